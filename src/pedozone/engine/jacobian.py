"""The Jacobian of a year: dense in the pools of a cell, diagonal between cells, and systems with it."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.engine.assembly import Assembly, Modes, Season
from pedozone.engine.blocktri.solver import Solver
from pedozone.engine.graph import Graph
from pedozone.engine.process import Parameters
from pedozone.engine.steady import MeanYear
from pedozone.engine.year import split_months

Array = jax.Array

LARGEST_SCALING = 10.0
"""Most by which an annual mean coefficient may differ from the one at mean stocks when it scales a slope."""


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


def mean_month(season: Season) -> Season:
    """The month that is the mean of a year's months."""
    monthly, rebuild = split_months(season)
    return rebuild([jnp.mean(leaf, axis=0) for leaf in monthly])


def sensitivity(model: Assembly, month: Season, mean: MeanYear, parameters: Parameters, modes: Modes) -> Array:
    """Jacobian of the reactions by pool.

    Rates read the stocks of their own cell only, so one tangent per pool covers all cells. Slopes are those at the
    mean stocks in the mean month, scaled by what the year made of each coefficient: seasons in step with the stocks
    are in it without a second loop over the months.

    Parameters
    ----------
    month : Season
        Of :func:`mean_month`.
    mean : MeanYear

    Returns
    -------
    Array [pools (of), pools (by), cells, batch]
        yr-1.
    """
    graph, stock = model.graph, mean.stock
    size, transfers, donors = len(graph.pools), len(graph.transfers), np.asarray(graph.donors)
    scatter = -np.eye(size)[:, donors]  # [pools, fluxes]
    scatter[np.asarray(graph.receivers), np.arange(transfers)] += 1.0

    def rates(stock: Array) -> Array:
        given = model.rates(stock, month, parameters, modes)
        return jnp.stack([jnp.broadcast_to(k, stock.shape[1:]) for k in given])

    value, push = jax.linearize(rates, stock)
    tangents = jnp.broadcast_to(jnp.eye(size)[:, :, None, None], (size, *stock.shape))
    slopes = jax.vmap(push)(tangents)  # [by, fluxes, cells, batch]
    annual = jnp.stack(mean.operator.rate)
    known = value > 0.0
    scale = jnp.where(known, annual / jnp.where(known, value, 1.0), 1.0)
    scale = jnp.clip(scale, 1.0 / LARGEST_SCALING, LARGEST_SCALING) * stock[donors]
    taken = jnp.eye(size)[:, donors][:, :, None, None]  # [by, fluxes]
    return jnp.einsum("pf,qfnb->pqnb", scatter, slopes * scale + taken * annual)


def mean_jacobian(
    model: Assembly, season: Season, mean: MeanYear, parameters: Parameters, modes: Modes
) -> MeanJacobian:
    """Jacobian of a recorded year: its reactions at the mean stocks, plus the mean transport."""
    return jacobian_of(model, mean_month(season), mean, parameters, modes)


def jacobian_of(model: Assembly, month: Season, mean: MeanYear, parameters: Parameters, modes: Modes) -> MeanJacobian:
    """The same from the mean month."""
    graph = model.graph
    reactions = jnp.moveaxis(sensitivity(model, month, mean, parameters, modes), 2, 0)
    operator, zero = mean.operator, jnp.zeros_like(mean.stock[0])
    classes = graph.per_pool.pool_class
    down = jnp.stack([zero if q < 0 else operator.down[q] for q in classes])
    up = jnp.stack([zero if q < 0 else operator.up[q] for q in classes])
    leaving = down + up
    for m, f in enumerate(graph.incorporations):
        leaving = leaving.at[graph.index[f.donor], : graph.organic].add(operator.inc_rate[m])
    eye = jnp.eye(len(graph.pools))[None, :, :, None]
    diagonal = reactions - eye * jnp.moveaxis(leaving, 1, 0)[:, None]
    return MeanJacobian(diagonal, down, up, operator.inc_rate, operator.inc_share)


def solve_jacobian(
    graph: Graph,
    solver: Solver,
    jacobian: MeanJacobian,
    right: Array,
    *,
    shift: Array | None = None,
    transpose: bool = False,
) -> Array:
    """Solve ``(J - shift) s = right``, or with the transpose of J; right and s [pools, cells, batch].

    Organic slots are solved first and feed the mineral layers; in the transpose the mineral layers
    come first.

    Parameters
    ----------
    shift : Array [cells, batch], optional
        yr-1, none unless given.
    """
    n, top = graph.cells, graph.organic
    if shift is not None:
        eye = jnp.eye(len(graph.pools))[None, :, :, None]
        jacobian = jacobian._replace(diagonal=jacobian.diagonal - eye * shift[:, None, None])
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
