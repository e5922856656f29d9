"""Spin-up to the periodic steady state: native years, chord-Newton on the annual map, damped semi-analytic steps."""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.engine.assembly import Assembly, Modes
from pedozone.engine.blocktri.solver import Solver
from pedozone.engine.declarations import Role
from pedozone.engine.newton import NewtonYear, newton_correction
from pedozone.engine.process import Parameters
from pedozone.engine.steady import MeanYear, mean_year, steady_stock
from pedozone.engine.stepping import Stepper, no_tracers
from pedozone.engine.year import State, run_year

Array = jax.Array


class Status(enum.Enum):
    """How a spin-up ended; the value is a sentence with advice."""

    CONVERGED = "converged"
    SLOW_FRONT = "slow front"
    NO_STEADY_STATE = "no steady state"
    NOT_ALIVE = "not alive"

    @property
    def advice(self) -> str:
        """What it means and what to do."""
        return _ADVICE[self]


_ADVICE = {
    Status.CONVERGED: "The profile repeats itself from year to year; every layer is alive.",
    Status.SLOW_FRONT: (
        "The profile still drifts slowly, usually where a mineral surface at depth fills up. Its upper part is at "
        "steady state; treat stocks below as lower bounds, or start with mode = 'pedogenesis'."
    ),
    Status.NO_STEADY_STATE: (
        "No steady state was found: some pool gains without limit or swings from year to year. Check that every "
        "input can leave (moisture, temperature, decay rates), or start from a measured profile or from pedogenesis."
    ),
    Status.NOT_ALIVE: (
        "Microbes died out in some layer, so its carbon is not decomposed and its stock means nothing. Check inputs, "
        "maintenance and efficiency there; a larger seed bank keeps dormant cells alive."
    ),
}


@dataclass(frozen=True)
class Spinup:
    """Outcome of a spin-up for a batch of columns.

    Parameters
    ----------
    state : State
        At the start of a year.
    status : tuple of Status
        One per column.
    years : numpy.ndarray [batch]
        Native years simulated.
    drift : numpy.ndarray [batch]
        Largest relative change of a cell's carbon over the last year.
    distance : numpy.ndarray [batch]
        Largest relative correction that Newton's method still asked for: an estimate of the distance to the
        steady state.
    mean : MeanYear
        The last year's operator.
    """

    state: State
    status: tuple[Status, ...]
    years: np.ndarray
    drift: np.ndarray
    distance: np.ndarray
    mean: MeanYear


@dataclass(frozen=True)
class SpinupOptions:
    """Settings of the spin-up.

    Parameters
    ----------
    tolerance : float
        Distance to the steady state (relative, by cell) at which a column has converged.
    native : int
        Native years at first, which settle the fast pools.
    iterations : int
        Most iterations.
    damping : float
        Of the semi-analytic steps.
    patience : int
        Iterations without a smaller distance after which semi-analytic steps take over.
    living : float
        Least microbial share of a cell's carbon that counts as alive.
    """

    tolerance: float = 1e-6
    native: int = 8
    iterations: int = 400
    damping: float = 0.35
    patience: int = 12
    living: float = 1e-6


Progress = Callable[[float, str], None]


class Iteration(NamedTuple):
    """What one iteration of the spin-up computes.

    Attributes
    ----------
    state : State
        A year later.
    linear, newton : Array [pools, cells, batch]
        Semi-analytic and Newton estimates of the steady state at the start of a year.
    drift, distance : Array [batch]
        Largest relative change of a cell's carbon over the year, and correction asked for by Newton's method.
    mean : MeanYear
        The year's operator.
    """

    state: State
    linear: Array
    newton: Array
    drift: Array
    distance: Array
    mean: MeanYear


@functools.partial(jax.jit, static_argnames=("model", "solver", "stepper"))
def iterate(
    model: Assembly,
    solver: Solver,
    stepper: Stepper,
    state: State,
    site: Any,
    forcing: Any,
    parameters: Parameters,
    modes: Modes,
) -> Iteration:
    """Run a native year from `state` (carbon alone) and estimate the steady state from it in two ways."""
    graph = model.graph
    x = state.stocks[0]
    batch = x.shape[-1]
    tracing = no_tracers(graph, batch)
    year = run_year(model, solver, stepper, state, site, forcing, parameters, modes, tracing)
    after = year.state.stocks[0]
    assert year.ledger is not None
    mean = mean_year(graph, year.ledger, year.season.inputs, year.season.inc_share)
    target = steady_stock(graph, solver, mean, jnp.ones((1, len(graph.inputs), batch)))[0]
    held = mean.stock > 1e-30
    ratio = jnp.where(held, after / jnp.where(held, mean.stock, 1.0), 1.0)
    correction = newton_correction(model, solver, NewtonYear(mean, year.season), x, after, parameters, modes)
    total = jnp.maximum(jnp.sum(after, axis=0), 1e-12)
    drift = jnp.max(jnp.abs(jnp.sum(after - x, axis=0)) / total, axis=0)
    distance = jnp.max(jnp.abs(jnp.sum(correction, axis=0)) / total, axis=0)
    return Iteration(year.state, target * ratio, after + correction, drift, distance, mean)


def spin_up(
    model: Assembly,
    solver: Solver,
    stepper: Stepper,
    start: State,
    site: Any,
    forcing: Any,
    parameters: Parameters,
    modes: Modes,
    options: SpinupOptions | None = None,
    progress: Progress | None = None,
) -> Spinup:
    """Find the periodic steady state of a batch of columns under a repeated year.

    Parameters
    ----------
    start : State
        First guess; ``stocks`` [1, pools, cells, batch].
    """
    options = options or SpinupOptions()
    graph = model.graph
    x, physical = start.stocks[0], start.physical
    batch = x.shape[-1]
    years = np.zeros(batch, dtype=int)
    done = np.zeros(batch, dtype=bool)
    drift = distance = np.full(batch, np.inf)
    best = np.full(batch, np.inf)
    mean: MeanYear | None = None
    patience = np.zeros(batch, dtype=int)
    for k in range(options.iterations):
        now = iterate(model, solver, stepper, State(x[None], physical), site, forcing, parameters, modes)
        years = years + ~done
        drift, distance = np.asarray(now.drift), np.asarray(now.distance)
        finite = np.isfinite(distance)
        done = done | (finite & (distance < options.tolerance))
        if progress is not None:
            gap = float(np.max(np.where(finite, distance, 1.0)))
            progress(_fraction(gap, options.tolerance), f"spin-up: year {k + 1}, distance {gap:.1e}")
        mean = now.mean
        after, physical = now.state.stocks[0], now.state.physical
        if done.all():
            x = after
            break
        improving = distance < best
        best = np.where(improving, distance, best)
        patience = np.where(improving, 0, patience + 1)
        x = _next(after, now.linear, now.newton, k, options, patience, distance)
    assert mean is not None
    biomass = np.asarray(jnp.sum(x[jnp.asarray(graph.roles(Role.LIVING))], axis=0))
    total = np.asarray(jnp.sum(x, axis=0))
    held = total > 1e-9
    alive = np.all(np.where(held, biomass > options.living * total, True), axis=0)
    status = tuple(
        _judge(bool(a), bool(d), float(r), float(e)) for a, d, r, e in zip(alive, done, drift, distance, strict=True)
    )
    return Spinup(State(x[None], physical), status, years, drift, distance, mean)


def _fraction(distance: float, tolerance: float) -> float:
    """Progress from 0 to 1 on a logarithmic scale of the distance."""
    if not np.isfinite(distance) or distance >= 1.0:
        return 0.0
    return float(min(1.0, np.log(max(distance, tolerance)) / np.log(tolerance)))


def _next(
    after: Array,
    linear: Array,
    newton: Array,
    iteration: int,
    options: SpinupOptions,
    patience: np.ndarray,
    distance: np.ndarray,
) -> Array:
    """Choose the next stocks: native years at first and between corrections, which let the fast pools follow."""
    if iteration < options.native or iteration % 2 == 1:
        return after
    use_newton = jnp.asarray((patience < options.patience) & np.isfinite(distance))
    # once nothing improves, shorter and shorter steps break cycles
    step = jnp.asarray(np.where(patience < 4, 1.0, 0.6 ** (1 + (patience - 4) % 6)))
    return _corrected(after, linear, newton, use_newton, step, options.damping)


@jax.jit
def _corrected(
    after: Array,
    linear: Array,
    newton: Array,
    use_newton: Array,
    step: Array,
    damping: Array,
) -> Array:
    damped = after + damping * (linear - after)
    change = step * (newton - after)
    # a Newton step may not take away more than two thirds of a pool nor more than triple it
    safe = jnp.clip(after + change, after / 3.0, 3.0 * after + 1e-12)
    chosen = jnp.where(use_newton, safe, damped)
    return jnp.where(jnp.isfinite(chosen), jnp.maximum(chosen, 0.0), after)


def _judge(alive: bool, converged: bool, drift: float, distance: float) -> Status:
    if not alive:
        return Status.NOT_ALIVE
    if converged:
        return Status.CONVERGED
    if np.isfinite(distance) and drift < 1e-4:
        return Status.SLOW_FRONT
    return Status.NO_STEADY_STATE
