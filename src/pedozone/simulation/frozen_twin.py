"""The frozen twin of a run: the same history with the boundary's feedbacks held as they were before the change."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from pedozone.config.site import Site
from pedozone.drivers.atmosphere import Curve
from pedozone.engine.blocktri.solver import Solver
from pedozone.engine.declarations import Role
from pedozone.engine.stepping import Stepper, no_tracers
from pedozone.engine.year import State, run_year
from pedozone.history.timeline import Timeline
from pedozone.models.pedon import Pedon
from pedozone.models.pedon_forcing import Forcing
from pedozone.models.pedon_variants import STRUCTURE
from pedozone.processes.environment import Held
from pedozone.simulation.ageing import aged
from pedozone.simulation.happening import happen
from pedozone.simulation.setting import Setting, face_at
from pedozone.simulation.starting import Start
from pedozone.simulation.years import run_years
from pedozone.zones.attribution import attribution

FROZEN = (
    "root and exudate profile",
    "microbial carbon that uptake, depolymerisation, aggregation and desorption see",
    "macroporosity and bypass, where modelled",
)
"""What a frozen twin holds at its profile before the change."""


def frozen(site: Site, setting: Setting, start: Start, timeline: Timeline, curve: Curve, year: int) -> Timeline:
    """The time line with profiles held from a year on, as they are in the year before (at the start: as there).

    Raises
    ------
    ValueError
        If the year is not simulated.
    """
    if year not in site.years:
        raise ValueError(f"frozen_from = {year} lies outside the years simulated, {site.years[0]} to {site.years[-1]}")
    state, forcing = start.state, timeline.first
    if year > site.years[0]:
        before, last = range(site.years[0], year - 1), year - 1
        soil = jax.tree.map(np.asarray, setting.soil)
        if before:
            state, record = run_years(setting, start.stepper, state, before, timeline, curve)
            soil = record.lasting
        plan = timeline.year(last)
        modern = 1.0 + np.atleast_1d(curve.delta14c(np.array([last + 0.5]))) / 1000.0
        state, soil, _ = happen(setting, plan, state, soil, modern)  # what was done in that year belongs to it
        soil = plan.soil(soil, np.asarray(face_at(setting, state.stocks[0], soil, state.physical.swelling)))
        soil = aged(setting, soil, float(last - site.years[0]))
        setting = replace(setting, soil=jax.tree.map(jnp.asarray, soil))
        forcing = plan.forcing
    held = held_before(setting, start.stepper, state, jax.tree.map(jnp.asarray, forcing))
    return replace(timeline, held=(*timeline.held, (year, held)))


def held_before(setting: Setting, stepper: Stepper, state: State, forcing: Forcing) -> Held:
    """Profiles of the boundary's feedbacks in the year that follows a state: roots, microbes and, if any, macropores.

    Parameters
    ----------
    state : State
        Just before the change.
    forcing : Forcing
        Of the years before it.

    Returns
    -------
    Held
        Arrays [cells, batch].
    """
    alone = State(state.stocks[:1], state.physical)
    return _held(setting.model, setting.solver, stepper, alone, forcing, *setting.values)


@functools.partial(jax.jit, static_argnames=("model", "solver", "stepper"))
def _held(
    model: Pedon,
    solver: Solver,
    stepper: Stepper,
    state: State,
    forcing: Forcing,
    soil: Any,
    parameters: Mapping[str, Any],
    modes: Any,
) -> Held:
    tracing = no_tracers(model.graph, state.stocks.shape[-1])
    year = run_year(model, solver, stepper, state, soil, forcing, parameters, modes, tracing)
    assert year.ledger is not None
    living = sum(year.ledger.stock[p] for p in model.graph.roles(Role.LIVING))
    return Held(
        root_share=year.environment.plants.root_share,
        biomass=living / year.environment.geometry.volume,
        connectivity=year.state.physical.connectivity if STRUCTURE in model.physics else None,
        porosity=year.state.physical.porosity if STRUCTURE in model.physics else None,
    )


def attribute(run: xr.Dataset, frozen: xr.Dataset) -> xr.Dataset:
    """Attribute a run's change of carbon to the feedback of its boundary.

    Parameters
    ----------
    run, frozen : xarray.Dataset
        A run and its frozen twin (`simulate` with `frozen_from`).

    Returns
    -------
    xarray.Dataset
        ``stock_change``, ``stock_change_frozen``, ``boundary_effect`` (kg m-2) and ``boundary_effect_share``, by time
        and depth interval, counted from the first year held (attribute ``frozen_from``); what was held in ``frozen``.

    Raises
    ------
    ValueError
        If the second run is no frozen twin of the first.
    """
    since = frozen.attrs.get("frozen_from")
    if since is None or "frozen_from" in run.attrs:
        raise ValueError(
            "attribute takes a run and then its frozen twin, a run with the attribute 'frozen_from': make it with "
            "simulate(site, frozen_from=year)"
        )
    kept = run["time"] >= since
    first = [ds["cSoilLevels"].values[kept.values][0] for ds in (run, frozen)]
    if first[0].shape != first[1].shape or not np.allclose(*first, rtol=1e-9, atol=1e-12):
        raise ValueError(f"the two runs do not hold the same carbon at the start of {since}: use one site for both")
    both = [ds["soc_stock"].isel(time=kept.values).transpose("time", "interval") for ds in (run, frozen)]
    found = attribution(both[0].values, both[1].values)
    texts = {
        "stock_change": (found.full, "kg m-2", "change of organic carbon since the change of land use"),
        "stock_change_frozen": (found.frozen, "kg m-2", "change of organic carbon with the boundary's feedback frozen"),
        "boundary_effect": (found.difference, "kg m-2", "change of organic carbon by the boundary's feedback"),
        "boundary_effect_share": (found.share, "1", "share of the change by the boundary's feedback"),
    }
    data = {
        name: (("time", "interval"), values, {"units": units, "long_name": words})
        for name, (values, units, words) in texts.items()
    }
    attributes = {name: frozen.attrs[name] for name in ("frozen_from", "frozen")}
    return xr.Dataset(data, {"time": both[0]["time"], "interval": both[0]["interval"]}, attributes)
