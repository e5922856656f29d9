"""Spin-up with finer steps for the columns whose steps turn out to be too long."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import numpy as np

from pedozone.engine.assembly import Assembly, Modes
from pedozone.engine.blocktri.solver import Solver
from pedozone.engine.process import Parameters
from pedozone.engine.spinup import Progress, Spinup, SpinupOptions, Status, spin_up
from pedozone.engine.stepping import Method
from pedozone.engine.year import State

_COARSE = 0.8  # share of the work that the usual steps are taken to be, for the display of progress


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
    """Find the periodic steady state of a batch of columns, those that have none under the usual steps by finer ones.

    A seasonal pulse that a step is too long for makes a column swing by itself; with shorter steps it settles. Where
    it does not, what was found with the usual steps stands.

    Parameters
    ----------
    method : Method
    start, site, forcing, parameters, modes, options, progress
        As for `spin_up`.

    Returns
    -------
    Spinup
        Years are those of both attempts.
    numpy.ndarray of bool [batch]
        Which columns need the finer steps; their states and mean years belong to them.
    """
    given = (site, forcing, parameters)
    batch = start.stocks.shape[-1]

    def part(low: float, high: float) -> Progress | None:
        tell = progress
        return None if tell is None else lambda done, message: tell(low + (high - low) * done, message)

    usual = method.usual
    found = spin_up(
        model, solver, usual, start, *given, modes, options, part(0.0, 1.0 if method.finer is None else _COARSE)
    )
    finer = np.zeros(batch, dtype=bool)
    failed = np.flatnonzero([status is Status.NO_STEADY_STATE for status in found.status])
    if method.finer is None or failed.size == 0:
        return found, finer

    def taken(leaf: Any) -> Any:
        return leaf[..., failed] if getattr(leaf, "ndim", 0) and leaf.shape[-1] == batch else leaf

    few = jax.tree.map(taken, (start, *given, modes))
    again = spin_up(model, solver, method.finer, few[0], few[1], few[2], few[3], few[4], options, part(_COARSE, 1.0))
    helped = np.array([status is not Status.NO_STEADY_STATE for status in again.status])
    finer[failed[helped]] = True
    return _merged(found, again, failed, helped), finer


def _merged(found: Spinup, again: Spinup, failed: np.ndarray, helped: np.ndarray) -> Spinup:
    """The first outcome with the second one's columns where it helped; the years of both."""
    there, here = failed[helped], np.flatnonzero(helped)

    def put(whole: Any, part: Any) -> Any:
        own = np.array(whole)
        if own.ndim:
            own[..., there] = np.asarray(part)[..., here]
        return own

    years = found.years.copy()
    years[failed] += again.years
    status, causes = list(found.status), list(found.causes)
    for column, k in zip(there, here, strict=True):
        status[column], causes[column] = again.status[k], again.causes[k]
    fields = ("state", "drift", "distance", "mean", "jacobian", "needy")
    own = {name: jax.tree.map(put, getattr(found, name), getattr(again, name)) for name in fields}
    return replace(found, status=tuple(status), causes=tuple(causes), years=years, **own)
