"""One safeguarded Newton iteration towards the year that repeats itself.

The Jacobian of the year's mean tendency stands in for the derivative of the annual map. Four safeguards make the
iteration as robust as stepping in time, column by column and cell by cell, so that the result of a column never
depends on those beside it:

* where microbes natively grow and the correction would undo it (the steady state it points at is unstable), the cell
  takes implicit steps of some months instead, ``(J - shift)``, until they have settled;
* pools change by a bounded factor and stay positive;
* corrections that alternate in sign are shortened by the factor that their ratio suggests;
* a column that keeps alternating has a mode that monthly steps overshoot (eigenvalue of the annual map near -1): it
  goes on with the mean of two years, from which such a mode is absent.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.assembly import Assembly, Modes, Season
from pedozone.engine.blocktri.solver import Solver
from pedozone.engine.declarations import Role
from pedozone.engine.jacobian import jacobian_of, solve_jacobian
from pedozone.engine.process import Parameters
from pedozone.engine.steady import MeanYear

Array = jax.Array

SLOWEST = 1e-8
"""Rate (yr-1) added to every pool in the correction, so that a pool that nothing leaves does not make it singular."""

GROWTH, DECLINE = 2.0, 30.0
"""Factors by which a pool may grow, and by which one that does not live may shrink, in one iteration."""

FIRST_SHIFT, LARGEST_SHIFT, LEAST_SHIFT = 1.0, 4.0, 1e-3
"""Inverse of the implicit step (yr-1) where microbes bloom; doubled, halved, and dropped below the last."""

BLOOMING, UNDONE = 1e-2, 0.5
"""Yearly change of biomass that counts as a bloom, and the share of it that a correction takes back."""

ALTERNATING, PATIENCE = -0.8, 3
"""Ratio of successive corrections of a cell that counts as alternating, and how often before years are paired."""

LEAST_TOTAL = 1e-12
"""Carbon (kg m-2) of an empty cell, by which changes are made relative."""


class Memory(NamedTuple):
    """What the iteration remembers of a column.

    Attributes
    ----------
    shift, weight : Array [cells, batch]
        Inverse length of the implicit step (yr-1), and factor on corrections.
    last : Array [pools, cells, batch]
        The last correction.
    origin : Array [pools, cells, batch]
        Stocks at the start of a pair of years.
    native : Array [batch]
        Years to be stepped before corrections begin.
    swings : Array [batch]
        How often corrections have alternated.
    second : Array [batch]
        1 in the second year of a pair.
    """

    shift: Array
    weight: Array
    last: Array
    origin: Array
    native: Array
    swings: Array
    second: Array


class Improved(NamedTuple):
    """Result of an iteration; [batch] unless said.

    Attributes
    ----------
    stocks : Array [pools, cells, batch]
        To go on from.
    memory : Memory
    distance : Array
        Largest relative correction of a cell's carbon that was asked for.
    full : Array
        Whether that was a Newton correction, neither a native year nor an implicit step anywhere in the column.
    cell, pool : Array
        Where the largest correction is.
    jacobian : Array [cells, pools (of), pools (by), batch]
        Of the pools of every cell, yr-1.
    """

    stocks: Array
    memory: Memory
    distance: Array
    full: Array
    cell: Array
    pool: Array
    jacobian: Array


def first_memory(x: Array, native: Array) -> Memory:
    """Memory of columns with stocks `x` [pools, cells, batch] that begin with some native years."""
    cells, zero = jnp.zeros_like(x[0]), jnp.zeros_like(x[0, 0])
    return Memory(cells, cells + 1.0, jnp.zeros_like(x), jnp.zeros_like(x), zero + native, zero, zero)


def improve(
    model: Assembly,
    solver: Solver,
    month: Season,
    mean: MeanYear,
    x: Array,
    after: Array,
    memory: Memory,
    tolerance: Array,
    parameters: Parameters,
    modes: Modes,
) -> Improved:
    """Estimate the steady state from a recorded year.

    Parameters
    ----------
    month : Season
        The year's mean month.
    mean : MeanYear
    x, after : Array [pools, cells, batch]
        Stocks at the start and at the end of the year.
    tolerance : Array []
        Relative correction below which a cell does not matter.
    """
    graph = model.graph
    paired, second = memory.swings >= PATIENCE, memory.second > 0.0
    stepping = (memory.native > 0.0) | (paired & ~second)  # no correction this year
    change = jnp.where(second, 0.5 * (after - memory.origin), after - x)
    base = jnp.where(second, 0.5 * (after + x), after)
    jacobian = jacobian_of(model, month, mean, parameters, modes)
    asked = solve_jacobian(graph, solver, jacobian, -change, shift=memory.shift + SLOWEST)

    total = jnp.maximum(jnp.sum(after, axis=0), LEAST_TOTAL)
    relative = jnp.abs(jnp.sum(asked, axis=0)) / total
    largest = jnp.max(relative, axis=0)
    cell = jnp.argmax(relative, axis=0)
    pool = jnp.argmax(jnp.take_along_axis(jnp.abs(asked), cell[None, None], axis=1)[:, 0], axis=0)

    # the ratio of successive corrections says by how much they overshoot
    ratio = jnp.sum(asked * memory.last, axis=0) / jnp.maximum(jnp.sum(memory.last**2, axis=0), 1e-300)
    weight = jnp.where(memory.shift > 0.0, 1.0, memory.weight) / (1.0 - jnp.clip(ratio, -3.0, 0.5))
    weight = jnp.where(jnp.isfinite(weight), jnp.clip(weight, 0.1, 1.0), 1.0)
    wanted = base + asked * weight
    living = graph.roles(Role.LIVING)
    floor = jnp.asarray([1.0 / (GROWTH if p in living else DECLINE) for p in range(len(graph.pools))])
    bounded = jnp.clip(wanted, after * floor[:, None, None], GROWTH * after + LEAST_TOTAL)
    bounded = jnp.where(jnp.isfinite(bounded), bounded, after)

    blooming = jnp.zeros(relative.shape, dtype=bool)
    for p in living:
        growth = change[p] / jnp.maximum(after[p], 1e-300)
        undoing = (growth * asked[p] < 0.0) & (jnp.abs(asked[p]) > UNDONE * after[p])
        blooming = blooming | (undoing & (jnp.abs(growth) > BLOOMING))
    halved = jnp.where(0.5 * memory.shift < LEAST_SHIFT, 0.0, 0.5 * memory.shift)
    doubled = jnp.clip(2.0 * memory.shift, FIRST_SHIFT, LARGEST_SHIFT)
    shift = jnp.where(blooming, doubled, halved)

    matters = (relative > tolerance) & (relative > 0.1 * largest) & (memory.shift == 0.0)
    alternating = jnp.any((ratio < ALTERNATING) & matters, axis=0) & (largest < 1.0) & ~stepping & ~paired
    swings = memory.swings + alternating
    begins = alternating & (swings >= PATIENCE)

    def keep(old: Array, new: Array) -> Array:
        return jnp.where(stepping, old, new)

    return Improved(
        stocks=jnp.where(stepping, after, bounded),
        memory=Memory(
            shift=keep(memory.shift, shift),
            weight=keep(memory.weight, jnp.where(begins, 1.0, weight)),
            last=keep(memory.last, jnp.where(begins | ~jnp.isfinite(asked), 0.0, asked)),
            origin=jnp.where(stepping, x, memory.origin),
            native=jnp.maximum(memory.native - 1.0, 0.0),
            swings=swings,
            second=(stepping & paired & (memory.native <= 0.0)).astype(x.dtype),
        ),
        distance=largest,
        full=~stepping & jnp.all(memory.shift == 0.0, axis=0),
        cell=cell,
        pool=pool,
        jacobian=jacobian.diagonal,
    )
