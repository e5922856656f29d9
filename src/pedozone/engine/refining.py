"""Spin-up with finer steps for the columns whose steps turn out to be too long."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pedozone.engine.assembly import Assembly, Modes
from pedozone.engine.batching import of_columns, with_columns
from pedozone.engine.blocktri.solver import Solver
from pedozone.engine.process import Parameters
from pedozone.engine.progress import Progress, part_of
from pedozone.engine.settling import Given
from pedozone.engine.spinup import Spinup, SpinupOptions, Status, spin_up
from pedozone.engine.step_error import step_error
from pedozone.engine.stepping import Method
from pedozone.engine.year import State

STEP_ERROR = 0.1
"""Largest share by which finer steps may still move the microbes of a layer. In 96 columns each of a Luvisol, a
Cambisol and an Arenosol, wherever steps of two days moved the boundary by more than 3 cm this was 0.13 or more."""

_COARSE = 0.7  # share of the work that the usual steps are taken to be, for the display of progress


def spin_up_by(
    model: Assembly,
    solver: Solver,
    method: Method,
    start: State,
    site: Any,
    forcing: Any,
    parameters: Parameters,
    modes: Modes,
    options: SpinupOptions | None = None,
    progress: Progress | None = None,
) -> tuple[Spinup, np.ndarray]:
    """Find the periodic steady state of a batch of columns, by finer steps where the usual ones are too long.

    Too long they are where a column finds no steady state, for a seasonal pulse that a step does not resolve makes it
    swing by itself; and where a year of finer steps asks the microbes of some layer to change by more than
    `STEP_ERROR`. Such a column is settled with the finer steps, from where the usual ones brought it, and asked again
    with the next finer ones. Where finer steps do not settle, what was found before stands.

    Parameters
    ----------
    method : Method
    start, site, forcing, parameters, modes, options, progress
        As for `spin_up`.

    Returns
    -------
    Spinup
        Years are those of all attempts.
    numpy.ndarray of int [batch]
        Which steps a column needs: 0 for the usual ones, 1 and more for the finer ones of the method; its state and
        mean year belong to them.
    """
    given = Given(site, forcing, parameters, modes)
    batch = start.stocks.shape[-1]

    found = spin_up(
        model, solver, method.usual, start, *given, options, part_of(progress, 0.0, _COARSE if method.finer else 1.0)
    )
    level = np.zeros(batch, dtype=int)
    asked = np.arange(batch)
    for number, stepper in enumerate(method.finer, start=1):
        failed = np.array([found.status[k] is Status.NO_STEADY_STATE for k in asked], dtype=bool)
        error = np.full(asked.size, np.inf)
        settled = np.flatnonzero(~failed)
        if settled.size:
            own = of_columns((found.state, given), asked[settled], batch)
            error[settled] = step_error(model, solver, stepper, *own)
        asked, failed = asked[error > STEP_ERROR], failed[error > STEP_ERROR]
        if asked.size == 0:
            break
        anew = asked[failed]
        guess = with_columns(found.state, of_columns(start, anew, batch), anew, batch)
        first, own = of_columns((guess, given), asked, batch)
        low = _COARSE + (1.0 - _COARSE) * (number - 1) / len(method.finer)
        span = part_of(progress, low, low + (1.0 - _COARSE) / len(method.finer))
        again = spin_up(model, solver, stepper, first, *own, options, span)
        helped = np.array([status is not Status.NO_STEADY_STATE for status in again.status])
        level[asked[helped]] = number
        found = _doubted(_merged(found, again, asked, helped), asked[~helped & ~failed], stepper.name)
    return found, level


def _doubted(found: Spinup, which: np.ndarray, steps: str) -> Spinup:
    """The outcome with a word on columns that settle with longer steps and not with these."""
    causes = list(found.causes)
    for k in which:
        causes[k] += f"; with {steps} none was found"
    return replace(found, causes=tuple(causes))


def _merged(found: Spinup, again: Spinup, tried: np.ndarray, helped: np.ndarray) -> Spinup:
    """The first outcome with the second one's columns where it helped; the years of both."""
    there, here = tried[helped], np.flatnonzero(helped)
    years = found.years.copy()
    years[tried] += again.years
    status, causes = list(found.status), list(found.causes)
    for column, k in zip(there, here, strict=True):
        status[column], causes[column] = again.status[k], again.causes[k]
    own = {
        name: with_columns(getattr(found, name), of_columns(getattr(again, name), here, tried.size), there, len(status))
        for name in ("state", "drift", "distance", "mean", "jacobian", "needy")
    }
    return replace(found, status=tuple(status), causes=tuple(causes), years=years, **own)
