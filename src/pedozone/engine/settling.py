"""Columns on their way to the steady state: a compiled year, a compiled correction, and chunks of columns."""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.engine.assembly import Assembly, Season
from pedozone.engine.blocktri.solver import Solver
from pedozone.engine.declarations import Role
from pedozone.engine.jacobian import mean_month
from pedozone.engine.newton import LEAST_TOTAL, PATIENCE, Memory, first_memory, improve
from pedozone.engine.precision import double_precision
from pedozone.engine.steady import MeanYear, mean_year
from pedozone.engine.stepping import Finer, Stepper, divided, no_tracers
from pedozone.engine.year import State, run_year

Array = jax.Array

FED, DENSE = 1e-6, 1.0
"""Input (kg C m-2 yr-1) and carbon (kg m-3 of fine earth) from which on microbes must live in a cell."""

LEAST_WATER = 1e-3
"""Physical state (m of water) below which its changes are not counted relative to itself."""


class Given(NamedTuple):
    """What columns are given beside their state: the arguments of a year."""

    site: Any
    forcing: Any
    parameters: Any
    modes: Any


class Limits(NamedTuple):
    """When a column has settled and lives; scalars.

    Attributes
    ----------
    tolerance
        Relative distance below which it has settled.
    living
        Least living share of a cell's carbon.
    """

    tolerance: Any
    living: Any


class Year(NamedTuple):
    """A recorded year: its end, its mean month, and the linear system that it amounts to."""

    after: Any  # [pools, cells, batch]
    physical: Any
    month: Season
    mean: MeanYear


class Signs(NamedTuple):
    """What is known of columns after a year; [batch] unless said.

    Attributes
    ----------
    settled : bool
        Whether the year repeats itself.
    distance, drift
        Largest relative correction asked for by Newton's method, and change of a cell's carbon over the year.
    cell, pool : int
        Where the correction is largest.
    paired : bool
        Whether corrections kept alternating.
    held, fed
        Carbon (kg m-2), and its input over the year.
    needy : bool, [cells, batch]
        Where carbon enters or is dense: microbes must live there, and what happens elsewhere does not matter.
    dead : bool, [cells, batch]
        Where carbon enters or is dense but microbes hold less than the least share of it.
    """

    settled: Any
    distance: Any
    drift: Any
    cell: Any
    pool: Any
    paired: Any
    held: Any
    fed: Any
    needy: Any
    dead: Any


@functools.partial(jax.jit, static_argnames=("model", "solver", "stepper"))
def simulated(
    model: Assembly, solver: Solver, stepper: Stepper, parts: Array, x: Array, physical: Any, given: Given
) -> Year:
    """One native year of carbon alone, recorded; in `parts` of the stepper's steps."""
    tracing = no_tracers(model.graph, x.shape[-1])
    year = run_year(model, solver, Finer(stepper, parts), State(x[None], physical), *given, tracing)
    assert year.ledger is not None
    mean = mean_year(model.graph, year.ledger, year.season.inputs, year.season.inc_share)
    return Year(year.state.stocks[0], year.state.physical, mean_month(year.season), mean)


@functools.partial(jax.jit, static_argnames=("model", "solver"))
def corrected(
    model: Assembly,
    solver: Solver,
    x: Array,
    physical: Any,
    year: Year,
    memory: Memory,
    limits: Limits,
    parameters: Any,
    modes: Any,
) -> tuple[Array, Memory, Signs, Array]:
    """One iteration from the stocks at the start of a year and what the year did to them; the cells' Jacobians last."""
    after, tolerance = year.after, limits.tolerance
    new = improve(model, solver, year.month, year.mean, x, after, memory, tolerance, parameters, modes)
    total = jnp.maximum(jnp.sum(after, axis=0), LEAST_TOTAL)
    settled = new.full & (new.distance < tolerance)
    for old, now in zip(jax.tree.leaves(physical), jax.tree.leaves(year.physical), strict=True):
        if now.ndim > 1:  # water too must repeat itself
            axes = tuple(range(now.ndim - 1))
            size = jnp.maximum(jnp.sum(jnp.abs(now), axis=axes), LEAST_WATER)
            settled = settled & (jnp.sum(jnp.abs(now - old), axis=axes) < tolerance * size)
    inputs = sum((jnp.broadcast_to(u, total.shape) for u in year.mean.inputs), jnp.zeros_like(total))
    living = model.graph.roles(Role.LIVING)
    biomass = jnp.sum(after[jnp.asarray(living)], axis=0) if living else total
    # fine earth by volume, where a model knows it
    volume = jnp.broadcast_to(getattr(year.month.local, "volume", 1.0), total.shape)
    needs_life = (total > DENSE * volume) | (inputs > FED)
    signs = Signs(
        settled=settled,
        distance=new.distance,
        drift=jnp.max(jnp.abs(jnp.sum(after - x, axis=0)) / total, axis=0),
        cell=new.cell,
        pool=new.pool,
        paired=new.memory.swings >= PATIENCE,
        held=jnp.sum(after, axis=(0, 1)),
        fed=jnp.sum(inputs, axis=0),
        needy=needs_life,
        dead=needs_life & (biomass < limits.living * total),
    )
    return new.stocks, new.memory, signs, new.jacobian


@dataclass
class Columns:
    """A batch of columns on the host, and how far each has come; NumPy arrays [..., batch].

    Parameters
    ----------
    stocks, physical
        At the start of a year.
    given : Given
    memory : Memory
    years : [batch]
        Native years simulated.
    signs : Signs
    broken : [batch]
        Whether carbon is no number, or grew beyond any bound.
    first : [batch]
        Carbon at the start, kg m-2.
    mean : MeanYear
        Of each column's last year; filled in as columns leave their chunks.
    jacobian : [cells, pools, pools, batch]
        Of the pools of every cell at each column's last correction, likewise.
    """

    model: Assembly
    solver: Solver
    stepper: Stepper
    stocks: np.ndarray
    physical: Any
    given: Given
    memory: Memory
    years: np.ndarray
    signs: Signs
    broken: np.ndarray
    first: np.ndarray
    mean: MeanYear | None = None
    jacobian: np.ndarray | None = None

    @property
    def batch(self) -> int:
        """Number of columns."""
        return self.stocks.shape[-1]

    def restart(self, which: np.ndarray, native: int) -> None:
        """Forget how some columns came to their stocks; go on with some native years, then corrections."""
        for leaf in self.memory:
            leaf[..., which] = 0.0
        self.memory.weight[..., which] = 1.0
        self.memory.native[which] = native
        self.signs.settled[which] = False

    def begin_anew(self, which: np.ndarray, start: State) -> None:
        """Put some columns back to the first guess, `start`."""
        batch = self.batch
        pairs = [(self.stocks, start.stocks[0])]
        pairs += zip(jax.tree.leaves(self.physical), jax.tree.leaves(start.physical), strict=True)
        for whole, first in pairs:
            if whole.ndim and whole.shape[-1] == batch:
                whole[..., which] = np.asarray(first)[..., which]
        self.broken[which] = False


def columns_of(model: Assembly, solver: Solver, stepper: Stepper, start: State, given: Given, native: int) -> Columns:
    """Put a batch of columns on the host, to begin with some native years."""
    x = np.array(start.stocks[0])
    batch = x.shape[-1]

    def row(value: float, kind: type) -> np.ndarray:
        return np.full(batch, value, dtype=kind)

    signs = Signs(
        settled=row(0, bool),
        distance=row(np.inf, float),
        drift=row(np.inf, float),
        cell=row(0, int),
        pool=row(0, int),
        paired=row(0, bool),
        held=x.sum(axis=(0, 1)),
        fed=row(0.0, float),
        needy=np.zeros(x.shape[1:], dtype=bool),
        dead=np.zeros(x.shape[1:], dtype=bool),
    )
    memory = jax.tree.map(np.array, first_memory(jnp.asarray(x), jnp.asarray(float(native))))
    physical, given = jax.tree.map(np.array, (start.physical, given))
    first = signs.held.copy()
    return Columns(model, solver, stepper, x, physical, given, memory, row(0, int), signs, row(0, bool), first)


class Chunk:
    """Some columns on the device, padded to a fixed width with copies of the last."""

    def __init__(self, columns: Columns, which: np.ndarray, width: int) -> None:
        self.columns, self.which = columns, which
        self.padded = np.concatenate([which, np.repeat(which[-1:], width - which.size)])
        batch = columns.batch

        def part(leaf: np.ndarray) -> Array:
            return jnp.asarray(leaf[..., self.padded] if leaf.ndim and leaf.shape[-1] == batch else leaf)

        self.given: Given = jax.tree.map(part, columns.given)
        self.x, self.physical, self.memory = jax.tree.map(part, (columns.stocks, columns.physical, columns.memory))

    def step(self) -> Year:
        """A native year from where the chunk stands."""
        return simulated(*self._arguments())

    def _arguments(self) -> tuple[Any, ...]:
        c = self.columns
        stepper, parts = divided(c.stepper)
        return c.model, c.solver, stepper, np.asarray(parts), self.x, self.physical, self.given

    def correct(self, year: Year, limits: Limits) -> tuple[Array, Memory, Signs, Array]:
        """An iteration from a simulated year."""
        c, g = self.columns, self.given
        state = (self.x, self.physical, year, self.memory)
        return corrected(c.model, c.solver, *state, limits, g.parameters, g.modes)

    def compile(self) -> None:
        """Compile the correction beside the year: either takes seconds, and a core of its own."""
        shapes = simulated.eval_shape(*self._arguments())
        blank = jax.tree.map(lambda s: np.zeros(s.shape, s.dtype), shapes)

        def correction() -> None:
            with double_precision():
                self.correct(blank, Limits(np.ones(()), np.ones(())))

        with ThreadPoolExecutor(1) as other:
            done = other.submit(correction)
            self.step()
            done.result()

    def write(
        self,
        here: np.ndarray,
        stocks: Array,
        physical: Any,
        memory: Memory | None = None,
        mean: MeanYear | None = None,
        jacobian: Array | None = None,
    ) -> None:
        """Put some columns of the chunk (a mask of `which`) back on the host."""
        c, positions = self.columns, np.flatnonzero(here)
        there = self.which[positions]
        pairs = [(c.stocks, stocks), *zip(jax.tree.leaves(c.physical), jax.tree.leaves(physical), strict=True)]
        if memory is not None:
            pairs += zip(c.memory, memory, strict=True)
        if mean is not None:
            if c.mean is None:
                c.mean = jax.tree.map(lambda a: np.zeros((*a.shape[:-1], c.batch)), mean)
            pairs += zip(jax.tree.leaves(c.mean), jax.tree.leaves(mean), strict=True)
        if jacobian is not None:
            if c.jacobian is None:
                c.jacobian = np.zeros((*jacobian.shape[:-1], c.batch))
            pairs.append((c.jacobian, jacobian))
        for whole, part in pairs:
            if whole.ndim and whole.shape[-1] == c.batch:
                whole[..., there] = np.asarray(part)[..., positions]
