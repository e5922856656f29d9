"""The chord-Newton correction of the annual map, from the Jacobian of the mean year."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.assembly import Assembly, Modes, Season
from pedozone.engine.blocktri.solver import Solver
from pedozone.engine.graph import Graph
from pedozone.engine.process import Parameters
from pedozone.engine.steady import MeanYear
from pedozone.engine.year import MONTHS, split_months

Array = jax.Array


class NewtonYear(NamedTuple):
    """What the Jacobian of a year is made from."""

    mean: MeanYear
    season: Season


def _reaction(graph: Graph, rates: tuple[Array, ...], x: Array) -> Array:
    """Tendency of the transfers and losses alone."""
    rows = [jnp.zeros_like(x[0]) for _ in graph.pools]
    nt = len(graph.transfers)
    for t, d in enumerate(graph.donors):
        flux = rates[t] * x[d]
        rows[d] = rows[d] - flux
        if t < nt:
            rows[graph.receivers[t]] = rows[graph.receivers[t]] + flux
    return jnp.stack(rows)


def sensitivity(
    model: Assembly, season: Season, x: Array, parameters: Parameters, modes: Modes
) -> tuple[Array, tuple[Array, ...]]:
    """Jacobian of the reactions by pool, averaged over the months at stocks x.

    Rates read the stocks of their own cell only, so one tangent per pool covers all cells.

    Returns
    -------
    Array [pools (of), pools (by), cells, batch]
        yr-1.
    tuple of Array [cells, batch]
        Mean rates.
    """
    graph = model.graph
    monthly, rebuild = split_months(season)
    size = len(graph.pools)

    def one(slices: list[Array]) -> tuple[Array, tuple[Array, ...]]:
        month = rebuild(slices)

        def f(stock: Array) -> Array:
            return _reaction(graph, model.rates(stock, month, parameters, modes), stock)

        _, push = jax.linearize(f, x)
        columns = [push(jnp.zeros_like(x).at[p].set(1.0)) for p in range(size)]
        return jnp.stack(columns, axis=1), model.rates(x, month, parameters, modes)

    def body(total: Array, slices: list[Array]) -> tuple[Array, None]:
        return total + one(slices)[0], None

    zero = jnp.zeros((size, *x.shape))
    total, _ = jax.lax.scan(body, zero, monthly)
    return total / MONTHS, ()


def newton_correction(
    model: Assembly,
    solver: Solver,
    year: NewtonYear,
    x: Array,
    after: Array,
    parameters: Parameters,
    modes: Modes,
) -> Array:
    """Return ``-J^-1 (after - x)``, the distance that the chord from the year's Jacobian predicts.

    The Jacobian is that of the mean stocks under every month's conditions, plus the mean transport; organic slots
    are solved first and feed the mineral layers.
    """
    graph = model.graph
    n, top = graph.cells, graph.organic
    change = after - x
    jacobian, _ = sensitivity(model, year.season, year.mean.stock, parameters, modes)
    diagonal = jnp.moveaxis(jacobian, 2, 0)  # [cells, of, by, batch]
    size = len(graph.pools)
    zero = jnp.zeros_like(x[0])
    down, up = [zero] * size, [zero] * size
    operator = year.mean.operator
    for p, q in enumerate(graph.per_pool.pool_class):
        if q >= 0:
            down[p], up[p] = operator.down[q], operator.up[q]
    leaving = jnp.stack(down) + jnp.stack(up)
    for m, f in enumerate(graph.incorporations):
        leaving = leaving.at[graph.index[f.donor], :top].add(operator.inc_rate[m])
    for p in range(size):
        diagonal = diagonal.at[:, p, p].add(-leaving[p])
    lower = jnp.stack([jnp.concatenate([jnp.zeros_like(d[:1]), d[:-1]]) for d in down], axis=1)
    upper = jnp.stack([jnp.concatenate([u[1:], jnp.zeros_like(u[:1])]) for u in up], axis=1)

    def region(first: int, last: int, right: Array) -> Array:
        if first == last:
            return right[:, first:last]
        return solver.dense(diagonal[first:last], lower[first:last], upper[first:last], right[None, :, first:last])[0]

    right = -change
    organic = region(0, top, right)
    if top and top < n:
        for p in range(size):
            right = right.at[p, top].add(-down[p][top - 1] * organic[p, top - 1])
        for m, f in enumerate(graph.incorporations):
            moved = jnp.sum(operator.inc_rate[m] * organic[graph.index[f.donor]], axis=0)
            right = right.at[graph.index[f.receiver], top:].add(-operator.inc_share[m] * moved)
    return jnp.concatenate([organic, region(top, n, right)], axis=1)
