"""Spin-up to the periodic steady state: native years, chord-Newton on the annual map, damped semi-analytic steps."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.engine.assembly import Assembly, Modes
from pedozone.engine.blocktri.solver import Solver, Tracing
from pedozone.engine.declarations import Role
from pedozone.engine.newton import NewtonYear, newton_correction
from pedozone.engine.process import Parameters
from pedozone.engine.steady import mean_year, steady_stock
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
    """

    state: State
    status: tuple[Status, ...]
    years: np.ndarray
    drift: np.ndarray
    distance: np.ndarray


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
    living : float
        Least microbial share of a cell's carbon that counts as alive.
    """

    tolerance: float = 1e-6
    native: int = 8
    iterations: int = 400
    damping: float = 0.35
    living: float = 1e-6


Progress = Callable[[float, str], None]


def make_iteration(
    model: Assembly, solver: Solver, stepper: Stepper, site: Any, forcing: Any, parameters: Parameters, modes: Modes
) -> Callable[[Array, Any], tuple[State, Array, Array, Array, Array]]:
    """Return the compiled work of one iteration.

    It maps stocks [pools, cells, batch] and physical state to: the state a year later, the semi-analytic estimate,
    the Newton estimate, and drift and distance [batch].
    """
    graph = model.graph

    @jax.jit
    def iterate(
        x: Array, physical: Any, site: Any, forcing: Any, parameters: Parameters, modes: Modes
    ) -> tuple[State, Array, Array, Array, Array]:
        batch = x.shape[-1]
        year = run_year(
            model,
            solver,
            stepper,
            State(x[None], physical),
            site,
            forcing,
            parameters,
            modes,
            no_tracers(graph, batch),
        )
        after = year.state.stocks[0]
        assert year.ledger is not None
        mean = mean_year(graph, year.ledger, year.season.inputs, year.season.inc_share)
        ones = jnp.ones((1, len(graph.inputs), batch))
        target = steady_stock(graph, solver, mean, ones)[0]
        ratio = jnp.where(mean.stock > 1e-30, after / jnp.maximum(mean.stock, 1e-30), 1.0)
        linear = target * ratio
        newton = NewtonYear(mean, year.season)
        correction = newton_correction(model, solver, newton, x, after, parameters, modes)
        change = after - x
        total = jnp.maximum(jnp.sum(after, axis=0), 1e-12)
        drift = jnp.max(jnp.abs(jnp.sum(change, axis=0)) / total, axis=0)
        distance = jnp.max(jnp.abs(jnp.sum(correction, axis=0)) / total, axis=0)
        return year.state, linear, after + correction, drift, distance

    return lambda x, physical: iterate(x, physical, site, forcing, parameters, modes)


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
    iterate = make_iteration(model, solver, stepper, site, forcing, parameters, modes)
    graph = model.graph
    x, physical = start.stocks[0], start.physical
    batch = x.shape[-1]
    years = np.zeros(batch, dtype=int)
    done = np.zeros(batch, dtype=bool)
    drift = distance = np.full(batch, np.inf)
    best = np.full(batch, np.inf)
    patience = np.zeros(batch, dtype=int)
    for k in range(options.iterations):
        state, linear, newton, drift_, distance_ = iterate(x, physical)
        years = years + ~done
        drift, distance = np.asarray(drift_), np.asarray(distance_)
        finite = np.isfinite(distance)
        done = done | (finite & (distance < options.tolerance))
        if progress is not None:
            gap = float(np.max(np.where(finite, distance, 1.0)))
            progress(_fraction(gap, options.tolerance), f"spin-up: year {k + 1}, distance {gap:.1e}")
        after, physical = state.stocks[0], state.physical
        if done.all():
            x = after
            break
        improving = distance < best
        best = np.where(improving, distance, best)
        patience = np.where(improving, 0, patience + 1)
        x = _next(x, after, linear, newton, k, options, jnp.asarray(patience), jnp.asarray(distance))
    biomass = np.asarray(jnp.sum(x[jnp.asarray(graph.roles(Role.LIVING))], axis=0))
    total = np.asarray(jnp.sum(x, axis=0))
    held = total > 1e-9
    alive = np.all(np.where(held, biomass > options.living * total, True), axis=0)
    status = tuple(
        _judge(bool(a), bool(d), float(r), float(e)) for a, d, r, e in zip(alive, done, drift, distance, strict=True)
    )
    return Spinup(State(x[None], physical), status, years, drift, distance)


def _fraction(distance: float, tolerance: float) -> float:
    """Progress from 0 to 1 on a logarithmic scale of the distance."""
    if not np.isfinite(distance) or distance >= 1.0:
        return 0.0
    return float(min(1.0, np.log(max(distance, tolerance)) / np.log(tolerance)))


def _next(
    x: Array,
    after: Array,
    linear: Array,
    newton: Array,
    iteration: int,
    options: SpinupOptions,
    patience: Array,
    distance: Array,
) -> Array:
    """Choose the next stocks: native at first, then semi-analytic while far, then Newton, always positive."""
    if iteration < options.native:
        return after
    if iteration % 2 == 1:
        return after  # a native year between corrections lets the fast pools follow
    damped = after + options.damping * (linear - after)
    # a Newton step may not take away more than two thirds of a pool nor more than triple it
    safe = jnp.clip(newton, after / 3.0, 3.0 * after + 1e-12)
    use_newton = (patience < 12) & jnp.isfinite(distance)
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
