"""Spin-up to the periodic steady state: safeguarded Newton iterations, column by column, with an honest end."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from pedozone.engine.assembly import Assembly, Modes
from pedozone.engine.blocktri.solver import Solver
from pedozone.engine.chunking import settle, watch
from pedozone.engine.declarations import Role
from pedozone.engine.process import Parameters
from pedozone.engine.progress import Progress
from pedozone.engine.ringing import Ringing, least_damped
from pedozone.engine.settling import Columns, Given, Limits, columns_of
from pedozone.engine.steady import MeanYear
from pedozone.engine.stepping import Stepper
from pedozone.engine.year import State

SLOW = 1e-4
"""Relative change per year of a cell's carbon below which an unsettled column is a slow front."""

SWINGING = 5.0
"""Changes over one year in changes over two from which on a column swings from year to year."""

LONG = 35
"""Years of iteration from which on a settled column is disturbed, to see whether it comes back."""

DISTURBED, DISTURBANCE, GROWN = 24, 0.01, 1.5
"""Years that a disturbed column is watched, the share by which its microbes are raised, and the factor by which
the largest deviation must have grown for the steady state to be one that the column leaves by itself."""

RESEEDED = 0.01
"""Share of a cell's carbon given to microbes where they had died out, to see whether they can live there."""


class Status(enum.Enum):
    """How a spin-up ended; `advice` is a sentence on what it means and what to do."""

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
        "input can leave (moisture, temperature, decay rates). Where carbon swings, a month is often too long a step "
        "for its seasonal pulses: method = 'auto' under [run] tries weeks too; or start from a measured profile."
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
    causes : tuple of str
        What was seen in each column, with layer and pool where one is to blame.
    years : numpy.ndarray [batch]
        Native years simulated.
    drift : numpy.ndarray [batch]
        Largest relative change of a cell's carbon over the last year.
    distance : numpy.ndarray [batch]
        Largest relative correction that Newton's method still asked for: an estimate of the distance to the
        steady state.
    mean : MeanYear
        Of each column's last year.
    jacobian : numpy.ndarray [cells, pools (of), pools (by), batch]
        Of the pools of every cell at the end, yr-1.
    needy : numpy.ndarray [cells, batch]
        Cells that carbon enters or that are dense.
    """

    state: State
    status: tuple[Status, ...]
    causes: tuple[str, ...]
    years: np.ndarray
    drift: np.ndarray
    distance: np.ndarray
    mean: MeanYear
    jacobian: np.ndarray
    needy: np.ndarray

    def ringing(self, which: np.ndarray | None = None) -> Ringing:
        """The least damped oscillation of the columns, or of some of them: some milliseconds for each."""
        chosen = np.arange(self.jacobian.shape[-1]) if which is None else which
        return least_damped(self.jacobian[..., chosen], self.needy[:, chosen])


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
        Most years of a first attempt.
    again : int
        Native years before a second attempt, for columns whose first one failed or ended without microbes.
    watched : int
        Native years over which a column that still has not settled is watched, to say why.
    living : float
        Least microbial share of a cell's carbon that counts as alive.
    """

    tolerance: float = 1e-6
    native: int = 3
    iterations: int = 120
    again: int = 20
    watched: int = 40
    living: float = 1e-5


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

    Columns are worked on in chunks of a fixed width over the available cores; a settled column makes room. One whose
    iterations alternated or took long is then disturbed and stepped natively: a steady state that it leaves by itself
    does not count. A column that has not settled, or in which microbes died out, is given a second attempt.

    Parameters
    ----------
    start : State
        First guess; ``stocks`` [1, pools, cells, batch].
    progress : callable, optional
        Told the share done (0 to 1) and a few words.
    """
    options = options or SpinupOptions()
    given = Given(site, forcing, parameters, modes)
    columns = columns_of(model, solver, stepper, start, given, options.native)
    limits = Limits(np.asarray(options.tolerance), np.asarray(options.living))

    def report() -> None:
        if progress is not None:
            progress(*_progress(columns, options.tolerance))

    everyone = np.arange(columns.batch)
    settle(columns, everyone, options.iterations, limits, report)
    failed = ~columns.signs.settled | columns.signs.dead.any(axis=0)
    again = np.flatnonzero(failed)
    if again.size:
        _reseed(columns, again[~columns.broken[again]])
        columns.begin_anew(np.flatnonzero(columns.broken), start)
        columns.restart(again, options.again)
        settle(columns, again, options.again + options.iterations, limits, report)
    lost = np.flatnonzero(columns.broken)
    if lost.size:  # what was reached is no state of the model: a column is given back as it is natively
        held = columns.signs.held[lost].copy()
        columns.begin_anew(lost, start)
        watch(columns, lost, options.again + options.watched, report)
        columns.broken[lost], columns.signs.held[lost] = True, held
        assert columns.jacobian is not None
        columns.jacobian[..., lost] = np.nan  # that of the state that was left
    settled = columns.signs.settled & ~columns.broken & ~columns.signs.dead.any(axis=0)
    suspicious = (columns.years > LONG) | (columns.memory.swings > 0.0)
    if not model.graph.roles(Role.LIVING):
        suspicious[:] = False  # nothing to disturb
    suspects = np.flatnonzero(settled & suspicious)
    _, living = watch(columns, suspects, DISTURBED, report, DISTURBANCE)
    unrest = {int(k): living[..., i] for i, k in enumerate(suspects)}
    unsettled = np.flatnonzero(~columns.signs.settled & ~columns.broken)
    whole, _ = watch(columns, unsettled, options.watched, report)
    drifts = {int(k): whole[..., i] for i, k in enumerate(unsettled)}
    judged = [_judge(columns, k, unrest.get(k), drifts.get(k)) for k in range(columns.batch)]
    assert columns.mean is not None and columns.jacobian is not None
    return Spinup(
        State(jnp.asarray(columns.stocks[None]), columns.physical),
        tuple(status for status, _ in judged),
        tuple(cause for _, cause in judged),
        columns.years,
        columns.signs.drift,
        columns.signs.distance,
        columns.mean,
        columns.jacobian,
        columns.signs.needy,
    )


def _progress(columns: Columns, tolerance: float) -> tuple[float, str]:
    """Progress from 0 to 1: settled columns, and the others on a logarithmic scale of their distance."""
    distance = np.nan_to_num(columns.signs.distance, nan=1.0, posinf=1.0)
    come = np.log(np.clip(distance, tolerance, 1.0)) / np.log(tolerance)
    share = float(np.mean(np.where(columns.signs.settled | columns.broken, 1.0, 0.95 * come)))
    if columns.batch == 1:
        return share, f"spin-up: year {columns.years[0]}, distance {distance[0]:.1e}"
    return share, f"spin-up: {int(columns.signs.settled.sum())} of {columns.batch} columns settled"


def _reseed(columns: Columns, which: np.ndarray) -> None:
    """Give microbes a share of the carbon where they died out: the next attempt's first guess."""
    living = columns.model.graph.roles(Role.LIVING)
    for k in which:
        dead = columns.signs.dead[:, k]
        for p in living:
            columns.stocks[p, dead, k] = RESEEDED * columns.stocks[:, dead, k].sum(axis=0) / len(living)


def _place(columns: Columns, cell: int) -> str:
    top = columns.model.graph.organic
    return f"organic slot {cell + 1}" if cell < top else f"mineral layer {cell - top + 1}"


def _judge(columns: Columns, k: int, unrest: np.ndarray | None, drifting: np.ndarray | None) -> tuple[Status, str]:
    """Status of a column and what was seen.

    Parameters
    ----------
    unrest : numpy.ndarray [years + 1, cells], optional
        Living carbon of a settled column that was disturbed.
    drifting : numpy.ndarray [years + 1, cells], optional
        Carbon of a column that has not settled.
    """
    signs = columns.signs
    culprit = columns.model.graph.pools[int(signs.pool[k])].name
    if columns.broken[k]:
        return Status.NO_STEADY_STATE, (
            f"carbon grew to {signs.held[k]:.3g} kg m-2 under an input of {signs.fed[k]:.3g} kg m-2 yr-1 while a "
            "steady state was sought; the profile given is the one some decades after the first guess"
        )
    if signs.dead[:, k].any():
        cells = np.flatnonzero(signs.dead[:, k])
        whole = "" if cells.size == 1 else f" and {cells.size - 1} more"
        return Status.NOT_ALIVE, f"microbes died out in {_place(columns, int(cells[0]))}{whole}"
    if unrest is not None:
        away = np.where(signs.needy[:, k], np.abs(unrest[-1] / np.maximum(unrest[0], 1e-300) - 1.0), 0.0)
        cell = int(np.argmax(away))
        if not away[cell] < GROWN * DISTURBANCE:
            return Status.NO_STEADY_STATE, (
                f"microbes of {_place(columns, cell)} swing by themselves: a disturbance of {DISTURBANCE:.0%} grew to "
                f"{away[cell]:.0%} within {DISTURBED} years"
            )
    if drifting is None:
        return Status.CONVERGED, f"distance to the steady state {signs.distance[k]:.1e}"
    series = drifting
    series = series[:, signs.needy[:, k]]
    needy = np.flatnonzero(signs.needy[:, k])
    last = np.maximum(series[-1], 1e-12)
    yearly = np.abs(series[-1] - series[-2]) / last
    over_two = 0.5 * np.abs(series[-1] - series[-3]) / last
    cell = int(np.argmax(yearly))
    if yearly[cell] > SWINGING * np.max(over_two):
        return (
            Status.NO_STEADY_STATE,
            f"carbon of {_place(columns, int(needy[cell]))} swings by {yearly[cell]:.1e} from year to year",
        )
    drift = np.abs(series[-1] - series[0]) / last / (series.shape[0] - 1)
    cell = int(np.argmax(drift))
    seen = f"carbon of {_place(columns, int(needy[cell]))} changes by {drift[cell]:.1e} a year, mostly in {culprit}"
    return (Status.SLOW_FRONT if drift[cell] < SLOW else Status.NO_STEADY_STATE), seen
