"""From a site to a run: the way data flows, top to bottom."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import xarray as xr

from pedozone.config.radiocarbon import curve_of
from pedozone.config.references import parameters_of
from pedozone.config.site import Site
from pedozone.engine.precision import double_precision
from pedozone.engine.progress import Progress, part_of, rising
from pedozone.simulation.dataset import build, geometry_of
from pedozone.simulation.events import happened
from pedozone.simulation.frozen_twin import FROZEN, frozen
from pedozone.simulation.histories import timeline_of
from pedozone.simulation.known_ringing import KnownRinging, recalling
from pedozone.simulation.prescribed_boundary import boundary_by_year
from pedozone.simulation.setting_up import set_up, starts_of
from pedozone.simulation.summary import summarise
from pedozone.simulation.years import run_years
from pedozone.simulation.zoning import zone


@dataclass(frozen=True)
class Run:
    """A finished simulation.

    Parameters
    ----------
    dataset : xarray.Dataset
        Everything computed, with units and names.
    site : Site or None
        What was simulated; None for a run read from a file.
    """

    dataset: xr.Dataset
    site: Site | None = None

    @property
    def zones(self) -> xr.Dataset:
        """Boundary, membership and both zones of every year."""
        starts = ("zone_", "boundary_", "transfer_across_", "transfer_by_", "connectivity", "crossing_")
        names = [n for n in self.dataset.data_vars if str(n).startswith(starts)]
        return self.dataset[[*names, "membership", "rezoning"]]

    @property
    def budget(self) -> xr.Dataset:
        """The carbon budget of every tracer, kg m-2, with its residual."""
        return self.dataset[[n for n in self.dataset.data_vars if str(n).startswith("budget_")]]

    def summary(self) -> dict[str, Any]:
        """The main results as plain numbers and texts."""
        return summarise(self.dataset)

    def save(self, path: str | Path) -> None:
        """Write the dataset as NetCDF-4, whole or not at all.

        Raises
        ------
        OSError
            If the file cannot be written; nothing is left under its name.
        """
        import pedozone

        pedozone.save_run(self.dataset, path)

    @property
    def plot(self) -> Any:
        """Figures by name: ``run.plot.<figure>()`` returns a matplotlib Figure."""
        import pedozone

        return pedozone.plots_of(self.dataset)


def simulate(
    site: Site,
    *,
    progress: Progress | None = None,
    solver: str = "auto",
    frozen_from: int | None = None,
    known_ringing: KnownRinging | None = None,
) -> Run:
    """Simulate a site: spin up, run the history, diagnose the zones.

    Parameters
    ----------
    site : Site
        As `load_site` returns it.
    progress : callable, optional
        Called with a fraction from 0 to 1 and a message.
    solver : str
        ``"auto"``, ``"cpp"`` or ``"jax"``.
    frozen_from : int, optional
        First year from which the feedbacks that form the boundary are held at the profiles of the year before: the
        frozen twin of a run, to compare with (`simulate_with_twin`).
    known_ringing : KnownRinging, optional
        Where oscillations of parameter sets are kept, so that they are looked for once; nowhere by default.

    Returns
    -------
    Run

    Raises
    ------
    SolverError
        If the solver asked for is not available.
    """
    return _simulated(site, [frozen_from], progress, solver, known_ringing)[0]


def simulate_with_twin(
    site: Site,
    frozen_from: int,
    *,
    progress: Progress | None = None,
    solver: str = "auto",
    known_ringing: KnownRinging | None = None,
) -> tuple[Run, Run]:
    """Simulate a site and its frozen twin, from one spin-up.

    Parameters
    ----------
    site : Site
        As `load_site` returns it.
    frozen_from : int
        First year from which the twin's feedbacks are held (see `simulate`).
    progress, solver, known_ringing
        As in `simulate`.

    Returns
    -------
    tuple of Run
        The run, and its twin.

    Raises
    ------
    SolverError
        If the solver asked for is not available.
    ValueError
        If the year is not simulated.
    """
    run, twin = _simulated(site, [None, frozen_from], progress, solver, known_ringing)
    return run, twin


def _simulated(
    site: Site,
    since: Sequence[int | None],
    progress: Progress | None,
    solver: str,
    known_ringing: KnownRinging | None,
) -> list[Run]:
    """Runs from one spin-up, each with its first year held or with none."""
    if not isinstance(site, Site):
        raise TypeError(f"simulate takes a Site, not {type(site).__name__}: read a file with pedozone.load_site(path)")
    runs, progress = [], rising(progress)
    with double_precision():
        setting = set_up(site, solver)
        curve = curve_of(site)
        timeline = replace(timeline_of(site), held=boundary_by_year(site))
        first = jax.tree.map(jnp.asarray, timeline.first)
        look = recalling(known_ringing, site, setting)
        start = starts_of(site, setting, first, curve, part_of(progress, 0.0, 0.5), look)[0]
        share = 0.45 / len(since)
        for k, year in enumerate(since):
            own = timeline if year is None else frozen(site, setting, start, timeline, curve, year)
            _, record = run_years(
                setting,
                start.stepper,
                start.state,
                list(site.years),
                own,
                curve,
                part_of(progress, 0.5 + k * share, 0.5 + (k + 1) * share),
            )
            faces = geometry_of(setting, record)["face"]
            zoning = zone(setting, record, faces, **happened(record))
            dataset = build(site, setting, parameters_of(site), start, record, zoning, start.stepper.name)
            if year is not None:
                dataset.attrs |= {"frozen_from": year, "frozen": json.dumps(FROZEN)}
            runs.append(Run(dataset, site))
    if progress is not None:
        progress(1.0, "done")
    return runs


def load_run(path: str | Path) -> Run:
    """Open a run written by `Run.save`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    """
    import pedozone

    return Run(pedozone.open_run(path))
