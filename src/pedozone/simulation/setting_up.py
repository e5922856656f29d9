"""From a site to its setting, and to where its columns start."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.config.references import parameters_of
from pedozone.config.site import Site
from pedozone.drivers.atmosphere import Curve
from pedozone.engine.assembly import Mode, Modes
from pedozone.engine.batching import of_columns
from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.progress import Progress, part_of
from pedozone.engine.stepping import METHODS, Method
from pedozone.history.timelines import taken
from pedozone.models.pedon import Pedon
from pedozone.models.pedon_variants import GROUNDWATER, ON_REQUEST, PHYSICS, VARIANTS, flux_names
from pedozone.simulation.ageing import age_of
from pedozone.simulation.columns import soil_of
from pedozone.simulation.known_ringing import Look, computed
from pedozone.simulation.setting import Setting, some_columns
from pedozone.simulation.starting import Start, pedogenesis_start, scale_to_measured, spun_up, steady_starts


def set_up(site: Site, solver: str = "auto") -> Setting:
    """Choose solver, model, column and values for a site (call inside `double_precision`)."""
    values = parameters_of(site).values()
    chosen = choose_solver(solver)
    slots = site.soil.organic_slots
    backend = "jax" if chosen.backend == "jax" else "auto"
    responses = site.run.temperature_response, site.run.moisture_response
    model = Pedon(slots + site.soil.layers, slots, backend, site.run.model, physics_of(site), *responses)
    soil = jax.tree.map(jnp.asarray, soil_of(site, values))
    parameters = {name: jnp.asarray(np.asarray(value, dtype=np.float64)) for name, value in values.items()}
    age = age_of(site)
    ages = None if age is None else np.array([age])
    return Setting(model, chosen, soil, parameters, _modes(site, model), ages=ages)


def physics_of(site: Site) -> list[str]:
    """The physical processes that are modelled at a site."""
    physics = [name for name in VARIANTS[site.run.model].physics if site.modes.get(name, "modelled") == "modelled"]
    physics = [name for name in physics if name not in ON_REQUEST or site.modes.get(name) == "modelled"]
    if site.soil.water_table_m is None and GROUNDWATER in physics:
        physics.remove(GROUNDWATER)  # nothing to compute where there is none
    return physics


def _modes(site: Site, model: Pedon) -> Modes:
    modes = model.modelled()
    fluxes = flux_names(site.run.model)
    for name, mode in site.modes.items():
        if mode == "modelled" or name in PHYSICS:
            continue
        given = site.prescribed.get(name, {}) if mode == "prescribed" else {}
        rates = [np.asarray(given.get(flux, 0.0), dtype=np.float64) for flux in fluxes[name]]
        # by cell or one for all, the same for every column
        shaped = tuple(jnp.asarray(rate[:, None] if rate.ndim else rate) for rate in rates)
        modes[name] = Mode(jnp.zeros(()), shaped)
    return modes


_CHOOSING = 0.2
"""Share of the work of growing a profile that goes into choosing its steps, about."""


def starts_of(
    sites: Site | list[Site],
    setting: Setting,
    forcing: Any,
    curve: Curve,
    progress: Progress | None = None,
    look: Look = computed,
) -> list[Start]:
    """Where every column of a batch starts.

    Parameters
    ----------
    sites : Site or list of Site
        One for all columns, or one for each; they start in the same year and in the same way.
    setting : Setting
        With as many columns as the forcing.
    look : callable
        How oscillations of a column are found once it is at its steady state.
    """
    columns = setting.soil.mineral_mass.shape[-1]
    each = sites if isinstance(sites, list) else [sites] * columns
    year, method, mode = each[0].start.year, METHODS[each[0].run.method], each[0].start.mode
    if mode == "pedogenesis":
        return _grown(setting, method, forcing, curve, year, each[0].start.pedogenesis_years, progress)
    starts = steady_starts(setting, method, forcing, curve, year, progress, look)
    if mode == "measured":
        measured = [list(site.start.measured) for site in each]
        starts = [scale_to_measured(some_columns(setting, [k]), s, measured[k]) for k, s in enumerate(starts)]
    return starts


def _grown(
    setting: Setting,
    method: Method,
    forcing: Any,
    curve: Curve,
    year: int,
    duration: int,
    progress: Progress | None,
) -> list[Start]:
    """Profiles grown from bare material, each in the steps that its steady state under that cover and climate needs."""
    columns = setting.soil.mineral_mass.shape[-1]
    level, begun = np.zeros(columns, dtype=int), 0.0
    if method.finer:
        level, begun = spun_up(setting, method, forcing, part_of(progress, 0.0, _CHOOSING))[1], _CHOOSING
    kinds = np.unique(level)
    share = (1.0 - begun) / kinds.size
    grown: dict[int, Start] = {}
    for k, steps in enumerate(kinds):
        which = np.flatnonzero(level == steps)
        own = some_columns(setting, which), method.at(int(steps)), of_columns(forcing, which, columns)
        told = part_of(progress, begun + k * share, begun + (k + 1) * share)
        start = pedogenesis_start(*own, curve, year, duration, told)
        grown |= {int(c): replace(start, state=taken(start.state, [i])) for i, c in enumerate(which)}
    return [grown[k] for k in range(columns)]
