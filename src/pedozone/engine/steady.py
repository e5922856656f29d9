"""What a recorded year amounts to: its operator, its steady state, and long linear stepping with it."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from pedozone.engine.blocktri.solver import Solver, Step, Tracing
from pedozone.engine.graph import Graph
from pedozone.engine.operator import Coefficients, Ledger, annual_operator

Array = jax.Array


class MeanYear(NamedTuple):
    """A year of a model as a linear system with constant coefficients.

    Attributes
    ----------
    operator : Coefficients
        On ``graph.per_pool``: annual flux over mean donor stock.
    inputs : tuple of Array [cells, batch]
        Annual input of every declared input, kg C m-2 yr-1.
    stock : Array [pools, cells, batch]
        Mean stock, kg C m-2.
    """

    operator: Coefficients
    inputs: tuple[Array, ...]
    stock: Array


def mean_year(graph: Graph, ledger: Ledger, season_inputs: tuple[Array, ...], shares: tuple[Array, ...]) -> MeanYear:
    """Reduce a recorded year to its :class:`MeanYear`.

    Parameters
    ----------
    ledger : Ledger
        Of one year.
    season_inputs : tuple of Array [12, cells, batch]
        Inputs by month.
    shares : tuple of Array [mineral, batch]
        Shares of the incorporations.
    """
    return MeanYear(
        annual_operator(graph, ledger, shares),
        tuple(jnp.mean(u, axis=0) for u in season_inputs),
        ledger.stock,
    )


def input_by_pool(graph: Graph, inputs: tuple[Array, ...], signature: Array) -> Array:
    """Inputs as they enter the pools, for each row of a signature.

    Parameters
    ----------
    inputs : tuple of Array [cells, batch]
    signature : Array [rows, inputs, batch]

    Returns
    -------
    Array [rows, pools, cells, batch]
        kg C m-2 yr-1.
    """
    rows = signature.shape[0]
    batch = signature.shape[-1]
    total = jnp.zeros((rows, len(graph.pools), graph.cells, batch))
    for u, entry in enumerate(graph.inputs):
        p = graph.index[entry.receiver]
        total = total.at[:, p].add(signature[:, u][:, None] * jnp.broadcast_to(inputs[u], (graph.cells, batch)))
    return total


def steady_stock(graph: Graph, solver: Solver, year: MeanYear, signature: Array) -> Array:
    """Steady state of the mean year, ``-A^-1 u``, for inputs carrying each row of a signature [rows, inputs, batch]."""
    rhs = input_by_pool(graph, year.inputs, signature)
    return solver.solve(graph.per_pool, year.operator, rhs, identity=0.0)


def long_steps(
    graph: Graph,
    solver: Solver,
    year: MeanYear,
    state: Array,
    durations: Array,
    signatures: Array,
    ageing: Array,
    decay: Array,
) -> Array:
    """Carry quantities through long, implicit, linear steps of the mean year.

    Parameters
    ----------
    state : Array [quantities, pools, cells, batch]
        Carbon (at the steady state of the mean year) and tracers.
    durations : Array [steps]
        yr.
    signatures : Array [steps, tracers, inputs, batch]
        What inputs carry in each step, as it arrives in the column.
    ageing, decay : Array [tracers]

    Returns
    -------
    Array [quantities, pools, cells, batch]
    """
    per_pool = graph.per_pool

    def step(z: Array, now: tuple[Array, Array]) -> tuple[Array, None]:
        dt, signature = now
        # a step's inputs decay through all of it: they are given what they would have at its end, or fast pools
        # would lack decay * dt
        signature = signature * jnp.exp(decay * dt)[:, None, None]
        operands = Step(z, dt, Tracing(signature, ageing, decay), year.inputs, year.operator, None, None, None)
        z, _ = solver.step(per_pool, operands)
        return z, None

    state, _ = lax.scan(step, state, (durations, signatures))
    return state
