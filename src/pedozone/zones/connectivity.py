"""How closely the zones are connected: what crosses of what plants bring, and how likely carbon is to cross."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.engine.blocktri.solver import Solver
from pedozone.engine.graph import Graph
from pedozone.engine.operator import Coefficients
from pedozone.engine.precision import double_precision
from pedozone.engine.steady import MeanYear
from pedozone.zones.boundary import share_above
from pedozone.zones.budget import place_of
from pedozone.zones.context import Years

CLOCK = 1e-13
"""Rate (yr-1) at which carbon is given up: keeps pools solvable that nothing leaves. Their carbon never crosses."""


def crossing_probability(years: Years, mass: np.ndarray) -> np.ndarray:
    """Probability that carbon now in the vegetation zone ever enters the mineral zone.

    ``-A_VV^T h = A_MV^T 1`` with the year's operator: whatever enters the mineral zone counts as crossed, once. The
    system is solved with the boundary on the upper and on the lower face of the cell that holds it; between the two h
    is linear in mineral mass. Pools that nothing leaves do not cross.

    Parameters
    ----------
    mass : numpy.ndarray [years]
        Boundary in the coordinate of the profile; NaN where there is none.

    Returns
    -------
    numpy.ndarray [pools, cells, years]
        NaN below the boundary (the cell that holds it included where the boundary is its upper face).
    """
    cell, phi = place_of(years, mass)
    holding = years.first + cell
    index = np.arange(years.graph.cells)[:, None]
    with double_precision():
        upper, lower = (
            np.asarray(_reaching(years.graph, years.solver, years.mean, jnp.asarray((index < last).astype(float))))
            for last in (holding, holding + 1)
        )
    h = (1.0 - phi) * upper + phi * lower
    return np.where(share_above(years, mass) > 0.0, h, np.nan)


@functools.partial(jax.jit, static_argnames=("graph", "solver"))
def _reaching(graph: Graph, solver: Solver, mean: MeanYear, inside: jax.Array) -> jax.Array:
    """Probability of reaching the cells where `inside` [cells, batch] is 0; 1 in those. [pools, cells, batch]."""
    a = mean.operator
    slots = inside[: graph.organic]
    kept = Coefficients(
        rate=tuple(k * inside for k in a.rate),
        down=tuple(k * inside for k in a.down),
        up=tuple(k * inside for k in a.up),
        inc_rate=tuple(k * slots for k in a.inc_rate),
        inc_share=a.inc_share,
    )
    # outside nothing leaves a cell but by the clock, which gives back the 1 that is written there
    outside = jnp.broadcast_to(CLOCK * (1.0 - inside), mean.stock.shape)[None]
    return solver.solve(graph.per_pool, kept, outside, identity=CLOCK, transpose=True)[0]


def crossing_by_depth(years: Years, mass: np.ndarray, h: np.ndarray | None = None) -> np.ndarray:
    """Crossing probability of a cell's carbon, the mean over its pools by stock: [cells, years], NaN below."""
    h = crossing_probability(years, mass) if h is None else h
    stock = np.asarray(years.mean.stock)
    return np.sum(h * stock, axis=0) / np.sum(stock, axis=0)


def crossing_by_source(
    years: Years, mass: np.ndarray, sources: tuple[str, ...], h: np.ndarray | None = None
) -> np.ndarray:
    """Crossing probability of what plants bring into the vegetation zone, by source tag: [sources, years].

    The mean over the year's inputs; NaN where a source brings nothing above the boundary.
    """
    h = crossing_probability(years, mass) if h is None else h
    above = share_above(years, mass)
    rows = []
    for source in sources:
        crossed, given = np.zeros(mass.size), np.zeros(mass.size)
        for u, entry in enumerate(years.graph.inputs):
            if entry.source == source:
                entered = above * years.plant_input[u]
                given = given + entered.sum(axis=0)
                pool = np.where(entered > 0.0, h[years.graph.index[entry.receiver]], 0.0)
                crossed = crossed + np.sum(entered * pool, axis=0)
        rows.append(np.where(given > 0.0, crossed / np.where(given > 0.0, given, 1.0), np.nan))
    return np.stack(rows) if rows else np.zeros((0, mass.size))


def connectivity(crossing: np.ndarray, plant_input: np.ndarray) -> np.ndarray:
    """``K = J_b / plant input``: net and signed, of whatever J_b is given.

    Parameters
    ----------
    crossing : numpy.ndarray [..., years]
        Net flux from the vegetation to the mineral zone, kg C m-2 yr-1.
    plant_input : numpy.ndarray [years]
        Of the whole column, all sources, kg C m-2 yr-1.

    Returns
    -------
    numpy.ndarray [..., years]
        NaN in years without plant input.
    """
    return crossing / np.where(plant_input > 0.0, plant_input, np.nan)
