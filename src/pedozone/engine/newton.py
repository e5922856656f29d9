"""The chord-Newton correction of the annual map, from the Jacobian of the mean year."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.engine.assembly import Assembly, Modes, Season
from pedozone.engine.blocktri.solver import Solver
from pedozone.engine.process import Parameters
from pedozone.engine.steady import MeanYear
from pedozone.engine.year import MONTHS, split_months

Array = jax.Array


class NewtonYear(NamedTuple):
    """What the Jacobian of a year is made from."""

    mean: MeanYear
    season: Season


def sensitivity(model: Assembly, season: Season, x: Array, parameters: Parameters, modes: Modes) -> Array:
    """Jacobian of the reactions by pool, averaged over the months at stocks x.

    Rates read the stocks of their own cell only, so one tangent per pool covers all cells.

    Returns
    -------
    Array [pools (of), pools (by), cells, batch]
        yr-1.
    """
    graph = model.graph
    monthly, rebuild = split_months(season)
    size, nt, fluxes = len(graph.pools), len(graph.transfers), len(graph.donors)
    donors = np.asarray(graph.donors)
    taken = np.eye(size)[donors]  # [fluxes, pools]
    scatter = -taken.T
    scatter[np.asarray(graph.receivers), np.arange(nt)] += 1.0
    tangents = jnp.eye(size)[:, :, None, None] * jnp.ones_like(x)[None]

    def body(total: Array, slices: list[Array]) -> tuple[Array, None]:
        month = rebuild(slices)

        def rates(stock: Array) -> Array:
            given = model.rates(stock, month, parameters, modes)
            return jnp.stack([jnp.broadcast_to(k, stock.shape[1:]) for k in given])

        value, push = jax.linearize(rates, x)
        slopes = jax.vmap(push, out_axes=1)(tangents)  # [fluxes, by, cells, batch]
        return total + slopes * x[donors][:, None] + taken[:, :, None, None] * value[:, None], None

    flux, _ = jax.lax.scan(body, jnp.zeros((fluxes, *tangents.shape[1:])), monthly, length=MONTHS)
    return jnp.tensordot(jnp.asarray(scatter), flux, axes=1) / MONTHS


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
    jacobian = sensitivity(model, year.season, year.mean.stock, parameters, modes)
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
