"""One chunk of a batch, from its rows to its shards: what a worker does."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from pedozone.config.errors import InputError
from pedozone.config.site import Site
from pedozone.landscape.fields import Field, field_of
from pedozone.landscape.kept import Kept, chosen
from pedozone.landscape.rows import reason, site_of_row
from pedozone.landscape.store import STATUS, Store
from pedozone.landscape.table import Row
from pedozone.simulation.many_sites import FAILED, Outcome, simulate_sites


@dataclass(frozen=True)
class Job:
    """What all chunks of a batch share; plain values, to be sent to workers.

    Parameters
    ----------
    template : dict
        Content of the template.
    folder_of : str
        The template's path, from whose folder paths count.
    table : str
        Name of the table, for messages.
    columns : tuple of str
        Heads of the columns used.
    variables : tuple of str
        What is kept.
    first, last : int
        Years of the store.
    out : str
        The store.
    solver : str
    keep : int, optional
        Years kept of each site, its last ones; all where it is not given.
    """

    template: dict[str, Any]
    folder_of: str
    table: str
    columns: tuple[str, ...]
    variables: tuple[str, ...]
    first: int
    last: int
    out: str
    solver: str
    keep: int | None = None


class Done(NamedTuple):
    """What is told of a finished chunk."""

    chunk: int
    sites: int
    failed: int


def compute_chunk(job: Job, chunk: int, rows: Sequence[Row]) -> Done:
    """Simulate the sites of a chunk, write them, and mark the chunk as finished.

    A row that describes no valid site, and a site whose simulation fails, is recorded with its reason.
    """
    fields = _fields(job.columns)
    sites: dict[int, Site] = {}
    told: dict[int, Outcome[Any]] = {}
    for k, (number, cells) in enumerate(rows):
        try:
            sites[k] = site_of_row(job.template, Path(job.folder_of), fields, cells, f"{job.table}, row {number}")
        except InputError as error:
            told[k] = Outcome(None, FAILED, reason(error))
        except Exception as error:  # a check that stumbles over a value is no reason to stop the others
            told[k] = Outcome(None, FAILED, f"{job.table}, row {number}: {type(error).__name__}: {error}")
    kept = chosen(job.variables)

    def reduced(run: xr.Dataset) -> dict[str, np.ndarray]:
        return {variable.name: variable.of(run) for variable in kept}

    outcomes = simulate_sites(list(sites.values()), reduced, solver=job.solver, last=job.keep)
    told.update(zip(sites, outcomes, strict=True))
    Store(Path(job.out)).write(chunk, _arrays(job, kept, len(rows), sites, told))
    return Done(chunk, len(rows), sum(outcome.status == FAILED for outcome in told.values()))


def failed_chunk(job: Job, rows: Sequence[Row], message: str) -> dict[str, np.ndarray]:
    """The arrays of a chunk that could not be computed, for `Store.write`."""
    told: dict[int, Outcome[Any]] = {k: Outcome(None, FAILED, message) for k in range(len(rows))}
    return _arrays(job, chosen(job.variables), len(rows), {}, told)


@functools.lru_cache(maxsize=4)
def _fields(columns: tuple[str, ...]) -> tuple[Field, ...]:
    return tuple(field for field in map(field_of, columns) if field is not None)


def _arrays(
    job: Job, kept: Sequence[Kept], rows: int, sites: dict[int, Site], told: dict[int, Outcome[Any]]
) -> dict[str, np.ndarray]:
    """What becomes of the sites of a chunk, side by side on the years of the store."""
    years = job.last - job.first + 1
    arrays = {variable.name: variable.empty(rows, *variable.shape(years)) for variable in kept}
    arrays["status"] = np.array([STATUS.index(told[k].status) for k in range(rows)], dtype=np.uint8)
    arrays["message"] = np.array([told[k].message for k in range(rows)], dtype=object)
    arrays["latitude"], arrays["longitude"] = np.full(rows, np.nan), np.full(rows, np.nan)
    for k, site in sites.items():
        arrays["latitude"][k], arrays["longitude"][k] = site.site.latitude, site.site.longitude
        result = told[k].result
        if result is None:
            continue
        simulated = len(site.years)
        since = site.run.end_year + 1 - (simulated if job.keep is None else min(job.keep, simulated)) - job.first
        for name, values in result.items():
            arrays[name][k, since : since + len(values)] = values
    return arrays
