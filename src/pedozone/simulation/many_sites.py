"""Many sites: those of one structure are simulated as the columns of one batch, each reduced to what is kept of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from pedozone.config.radiocarbon import curve_of
from pedozone.config.references import parameters_of
from pedozone.config.site import Site
from pedozone.engine.batching import LEAST
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import Stepper
from pedozone.history.timelines import Timelines, joined
from pedozone.simulation.ageing import age_of
from pedozone.simulation.batch_columns import column_of, years_until
from pedozone.simulation.columns import soil_of
from pedozone.simulation.dataset import geometry_of, variables_of
from pedozone.simulation.events import happened
from pedozone.simulation.histories import timeline_of
from pedozone.simulation.known_ringing import not_looked_for
from pedozone.simulation.prescribed_boundary import boundary_by_year
from pedozone.simulation.setting import Setting, some_columns
from pedozone.simulation.setting_up import physics_of, set_up, starts_of
from pedozone.simulation.starting import Start
from pedozone.simulation.years import run_years
from pedozone.simulation.zoning import zone

T = TypeVar("T")

WIDTH = LEAST
"""Columns of a batch. Batches with fewer sites are filled up, so that what becomes of a site does not depend on the
sites beside it; what is kept of a batch while it runs takes about 32 MB a century of 30 layers."""

FAILED = "failed"
"""Status of a site that could not be simulated."""


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """What is kept of a site.

    Parameters
    ----------
    result : object or None
        What was asked for of its run; None where it failed.
    status : str
        How its spin-up ended (a value of `Status`), ``"none"`` where there was none, or `FAILED`.
    message : str
        The same with its cause and advice.
    """

    result: T | None
    status: str
    message: str


def alike(site: Site) -> Hashable:
    """What sites must share to be columns of one batch: equal where two of them can be."""
    curve = site.site.radiocarbon_curve
    return (
        site.run.model,
        site.run.method,
        (site.run.temperature_response, site.run.moisture_response),
        site.soil.layers,
        site.soil.organic_slots,
        tuple(physics_of(site)),
        json.dumps([site.modes, site.prescribed], sort_keys=True),
        site.prescribed_boundary is not None,
        (site.start.mode, site.start.pedogenesis_years if site.start.mode == "pedogenesis" else None),
        (site.start.year, site.run.end_year),
        (site.folder, curve) if curve is not None else site.site.radiocarbon_zone,
    )


def simulate_sites(
    sites: Sequence[Site],
    reduce: Callable[[xr.Dataset], T],
    *,
    solver: str = "auto",
    last: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Outcome[T]]:
    """Simulate sites and keep a part of each run.

    Sites of one structure (layers, organic slots, processes, years, kind of start; see `alike`) are spun up and
    stepped together. What is kept of a site is what `pedozone.simulate` gives for it up to the rounding of sums, and
    to the last bit the same whatever sites are beside it. A site whose simulation fails stops no other.

    Parameters
    ----------
    sites : sequence of Site
    reduce : callable
        From the variables of a site's run, named as in a run's dataset (without its attributes), to what is kept.
    solver : str
        ``"auto"``, ``"cpp"`` or ``"jax"``.
    last : int, optional
        Only so many years are kept of each run, the last ones; what counts from the start of a run then counts from the
        first of them. Sites share a batch whatever their last year.
    progress : callable, optional
        Told after each batch how many sites are done.

    Returns
    -------
    list of Outcome
        In the order of the sites.
    """
    groups: dict[Hashable, list[int]] = {}
    for k, site in enumerate(sites):
        groups.setdefault(alike(site) if last is None else _alike_until(site), []).append(k)
    found: dict[int, Outcome[T]] = {}
    for members in groups.values():
        for first in range(0, len(members), WIDTH):
            own = members[first : first + WIDTH]
            found.update(zip(own, _apart([sites[k] for k in own], reduce, solver, last), strict=True))
            if progress is not None:
                progress(len(found))
    return [found[k] for k in range(len(sites))]


def _alike_until(site: Site) -> Hashable:
    """As `alike`, whatever the last year."""
    run = site.run.model_copy(update={"end_year": site.start.year})
    # a boundary that is prescribed year by year ends with the run
    return alike(site if site.prescribed_boundary is not None else site.model_copy(update={"run": run}))


def _apart(sites: list[Site], reduce: Callable[[xr.Dataset], T], solver: str, last: int | None) -> list[Outcome[T]]:
    """The outcomes of a batch; where it fails as a whole, its halves are tried, down to the site that is to blame."""
    try:
        return _together(sites, reduce, solver, last)
    except Exception as error:
        if len(sites) == 1:
            return [Outcome(None, FAILED, _told(error))]
    half = len(sites) // 2
    return [*_apart(sites[:half], reduce, solver, last), *_apart(sites[half:], reduce, solver, last)]


def _told(error: Exception) -> str:
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said[:1000]}" if said else type(error).__name__


@double_precision()
def _together(sites: list[Site], reduce: Callable[[xr.Dataset], T], solver: str, last: int | None) -> list[Outcome[T]]:
    full = [sites[min(k, len(sites) - 1)] for k in range(WIDTH)]
    setting = _setting(full, solver)
    own = [replace(timeline_of(site), held=boundary_by_year(site)) for site in sites]
    timelines = [own[min(k, len(own) - 1)] for k in range(WIDTH)]
    curve = curve_of(full[0])
    first = jax.tree.map(jnp.asarray, Timelines(timelines).first)
    starts = starts_of(full, setting, first, curve, look=not_looked_for)  # what is kept of a site does not tell of them
    outcomes: dict[int, Outcome[T]] = {}
    for stepper in dict.fromkeys(start.stepper for start in starts[: len(sites)]):
        which = [k for k in range(len(sites)) if starts[k].stepper == stepper]
        outcomes.update(_years(sites, setting, starts, timelines, which, stepper, curve, reduce, last))
    return [outcomes[k] for k in range(len(sites))]


def _setting(sites: list[Site], solver: str) -> Setting:
    """The setting of the first site with a column for each."""
    values = [parameters_of(site).values() for site in sites]
    soil = joined([soil_of(site, own) for site, own in zip(sites, values, strict=True)])
    parameters = {name: np.array([float(own[name]) for own in values]) for name in values[0]}
    ages = [age_of(site) for site in sites]
    own_ages = None if None in ages else np.array(ages, dtype=float)
    return replace(set_up(sites[0], solver), soil=soil, parameters=parameters, ages=own_ages)


def _years(
    sites: list[Site],
    setting: Setting,
    starts: list[Start],
    timelines: list[Any],
    which: list[int],
    stepper: Stepper,
    curve: Any,
    reduce: Callable[[xr.Dataset], T],
    last: int | None,
) -> dict[int, Outcome[T]]:
    """The years of those columns of a batch that take steps of one length, and what is kept of each."""
    full = [which[min(k, len(which) - 1)] for k in range(WIDTH)]
    part = some_columns(setting, full)
    state = jax.tree.map(jnp.asarray, joined([starts[k].state for k in full]))
    years = list(range(sites[0].start.year, max(sites[k].run.end_year for k in which) + 1))
    _, record = run_years(part, stepper, state, years, Timelines([timelines[k] for k in full]), curve)
    outcomes: dict[int, Outcome[T]] = {}
    for j, k in enumerate(which):
        start = starts[k]
        try:
            one, own = some_columns(part, [j]), column_of(record, j)
            if last is not None:
                own = years_until(own, sites[k].run.end_year, last)
            zoning = zone(one, own, geometry_of(one, own)["face"], **happened(own))
            kept = reduce(variables_of(sites[k], one, own, zoning))
            outcomes[k] = Outcome(kept, start.status, start.message)
        except Exception as error:
            outcomes[k] = Outcome(None, FAILED, _told(error))
    return outcomes
