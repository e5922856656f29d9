"""The Jacobian of a year: dense in the pools of a cell, diagonal between cells, and systems with it."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.assembly import Assembly, Modes, Season
from pedozone.engine.blocktri.solver import Solver
from pedozone.engine.graph import Graph
from pedozone.engine.newton import sensitivity
from pedozone.engine.process import Parameters
from pedozone.engine.steady import MeanYear

Array = jax.Array


class MeanJacobian(NamedTuple):
    """Mean derivative (yr-1) of the tendency over a year.

    Attributes
    ----------
    diagonal : Array [cells, pools (of), pools (by), batch]
        Within cells, with everything that leaves them.
    down, up : Array [pools, cells, batch]
        Rates to the cell below and to the cell above.
    inc_rate : tuple of Array [organic, batch]
    inc_share : tuple of Array [mineral, batch]
        Of the incorporations.
    """

    diagonal: Array
    down: Array
    up: Array
    inc_rate: tuple[Array, ...]
    inc_share: tuple[Array, ...]


def mean_jacobian(
    model: Assembly, season: Season, mean: MeanYear, parameters: Parameters, modes: Modes
) -> MeanJacobian:
    """Jacobian at the mean stocks under every month's conditions, plus the mean transport."""
    graph = model.graph
    diagonal = jnp.moveaxis(sensitivity(model, season, mean.stock, parameters, modes), 2, 0)
    operator, zero = mean.operator, jnp.zeros_like(mean.stock[0])
    classes = graph.per_pool.pool_class
    down = jnp.stack([zero if q < 0 else operator.down[q] for q in classes])
    up = jnp.stack([zero if q < 0 else operator.up[q] for q in classes])
    leaving = down + up
    for m, f in enumerate(graph.incorporations):
        leaving = leaving.at[graph.index[f.donor], : graph.organic].add(operator.inc_rate[m])
    pools = jnp.arange(len(graph.pools))
    diagonal = diagonal.at[:, pools, pools].add(-jnp.moveaxis(leaving, 1, 0))
    return MeanJacobian(diagonal, down, up, operator.inc_rate, operator.inc_share)


def solve_jacobian(
    graph: Graph, solver: Solver, jacobian: MeanJacobian, right: Array, *, transpose: bool = False
) -> Array:
    """Solve ``J s = right``, or with the transpose of J; right and s [pools, cells, batch].

    Organic slots are solved first and feed the mineral layers; in the transpose the mineral layers
    come first.
    """
    n, top = graph.cells, graph.organic
    down, up = jnp.moveaxis(jacobian.down, 1, 0), jnp.moveaxis(jacobian.up, 1, 0)
    outside = jnp.zeros_like(down[:1])
    if transpose:
        diagonal, lower, upper = jnp.swapaxes(jacobian.diagonal, 1, 2), up, down
    else:
        diagonal = jacobian.diagonal
        lower = jnp.concatenate([outside, down[:-1]])
        upper = jnp.concatenate([up[1:], outside])

    def region(first: int, last: int) -> Array:
        if first == last:
            return right[:, first:last]
        part = slice(first, last)
        return solver.dense(diagonal[part], lower[part], upper[part], right[None, :, part])[0]

    coupled = 0 < top < n
    if not transpose:
        above = region(0, top)
        if coupled:
            right = right.at[:, top].add(-jacobian.down[:, top - 1] * above[:, top - 1])
            for m, f in enumerate(graph.incorporations):
                moved = jnp.sum(jacobian.inc_rate[m] * above[graph.index[f.donor]], axis=0)
                taken = -jacobian.inc_share[m] * moved
                right = right.at[graph.index[f.receiver], top:].add(taken)
        return jnp.concatenate([above, region(top, n)], axis=1)
    below = region(top, n)
    if coupled:
        right = right.at[:, top - 1].add(-jacobian.down[:, top - 1] * below[:, 0])
        for m, f in enumerate(graph.incorporations):
            mean = jnp.sum(jacobian.inc_share[m] * below[graph.index[f.receiver]], axis=0)
            right = right.at[graph.index[f.donor], :top].add(-jacobian.inc_rate[m] * mean)
    return jnp.concatenate([region(0, top), below], axis=1)
