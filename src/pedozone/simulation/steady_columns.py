"""Steady states of many columns of a linear model by one solve each."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.engine.assembly import Assembly
from pedozone.engine.batching import WIDTH, map_chunks
from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.frozen import frozen_year
from pedozone.engine.steady import steady_stock
from pedozone.engine.year import State
from pedozone.parameters import ParameterSet, load_parameters


def steady_columns(
    model: Assembly,
    site: Any,
    forcing: Any,
    parameters: ParameterSet | Mapping[str, Any] | str,
    *,
    physical: Any = (),
    width: int = WIDTH,
    workers: int | None = None,
    solver: str = "auto",
) -> np.ndarray:
    """Stocks at which each column of a linear model stays under conditions that are the same all year.

    Parameters
    ----------
    model : Assembly
        A linear model: its coefficients do not depend on its stocks.
    site, forcing, physical : pytree of array_like [..., columns]
        As the model takes them; what could change within the year has a leading axis of 1.
    parameters : ParameterSet, mapping or str
        A set, its name, or values: a number, or one for each column [columns].
    width, workers : int
        Columns of a chunk and threads, see `map_chunks`.
    solver : str
        See `choose_solver`.

    Returns
    -------
    numpy.ndarray [pools, cells, columns]
        kg C m-2; 0 for a pool which nothing enters and nothing leaves.

    Raises
    ------
    ValueError
        If the forcing changes within the year, or arrays differ in their number of columns.
    """
    if isinstance(parameters, str):
        parameters = load_parameters(parameters)
    values = parameters.values() if isinstance(parameters, ParameterSet) else parameters
    varying = {name: value for name, value in values.items() if np.ndim(value)}
    constant = {name: np.asarray(value, dtype=float) for name, value in values.items() if name not in varying}
    solve = functools.partial(_compiled(model, solver), constant)
    return map_chunks(solve, (site, forcing, physical, varying), width, workers)


@functools.lru_cache(maxsize=16)
def _compiled(model: Assembly, name: str) -> Callable[[Any, Any], jax.Array]:
    solver, graph = choose_solver(name), model.graph
    turning = np.array([p not in graph.lasting for p in range(len(graph.pools))])[:, None, None]

    @jax.jit
    def solve(constant: Mapping[str, jax.Array], columns: Any) -> jax.Array:
        site, forcing, physical, varying = columns
        batch = jax.tree.leaves(columns)[0].shape[-1]
        empty = State(jnp.zeros((1, len(graph.pools), graph.cells, batch)), physical)
        year = frozen_year(model, empty, site, forcing, {**constant, **varying})
        stock = steady_stock(graph, solver, year, jnp.ones((1, len(graph.inputs), batch)))[0]
        return jnp.where(turning, stock, 0.0)

    return solve
