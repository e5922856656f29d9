"""From a site's diary to the time line that the years run along."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pedozone.config import history as said
from pedozone.config.site import Site
from pedozone.config.timeline_checks import weather_of
from pedozone.history.alteration import (
    FOREVER,
    Alteration,
    CoverScaled,
    CoverTowards,
    Drifting,
    Liming,
    MeasuredWeather,
    Scaled,
    Succession,
    Towards,
    Warming,
)
from pedozone.history.amendment import Amendment
from pedozone.history.compaction import Compaction
from pedozone.history.event import Event
from pedozone.history.fire import Fire
from pedozone.history.harvest import ClearCut, Harvest
from pedozone.history.landslip import Burial, Landslip
from pedozone.history.tillage import Plough
from pedozone.history.timeline import Timeline
from pedozone.parameters import load_parameters
from pedozone.simulation.columns import forcing_of

KG_M2 = 0.1
"""kg m-2 in one t ha-1."""


def timeline_of(site: Site) -> Timeline:
    """The time line of a site: covers, alterations of weather, cover and soil, and events by year.

    Parameters
    ----------
    site : Site

    Returns
    -------
    Timeline
        Forcings as NumPy arrays, batch of one.
    """
    usual = load_parameters("histories").values()
    covers = [(year, cover.name, forcing_of(site, cover)) for year, cover in site.land_cover_segments()]
    latitude = site.site.latitude
    alterations: list[Alteration] = []
    weather = weather_of(site)
    if weather:
        by_year = {
            year: (w.temperature_c, w.precipitation_mm / 1000.0, None if w.pet_mm is None else w.pet_mm / 1000.0)
            for year, w in weather.items()
        }
        alterations.append(MeasuredWeather(min(by_year), max(by_year), by_year, latitude))
    if site.soil.water_table_trend_m_yr:
        trend = site.soil.water_table_trend_m_yr
        alterations.append(Drifting(site.start.year, FOREVER, {"water_table": trend}))
    for change in site.change:
        alterations.append(_change(site, change, latitude))
    events: dict[int, list[Event]] = {}
    for entry in site.event:
        for year in entry.all_years:
            if year > site.run.end_year:
                break
            events.setdefault(year, []).extend(_events(entry, usual))
            alterations.extend(_alterations(entry, year, usual))
    # the weather of single years is what everything else alters; the rest acts in the order in which it begins, so that
    # a water table that rises in 2000 is not held down by ditches of 1950
    measured = [a for a in alterations if isinstance(a, MeasuredWeather)]
    others = sorted((a for a in alterations if not isinstance(a, MeasuredWeather)), key=lambda a: a.first)
    return Timeline(covers, measured + others, events)


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _events(entry: said.Entry, usual: Mapping[str, float]) -> Iterator[Event]:
    """What an entry does to the stocks at the beginning of a year."""
    match entry:
        case said.Ploughing():
            yield _plough(entry.depth_cm, entry.tool, entry.mixing, entry.aggregates_broken, usual)
        case said.Planting(site_preparation_cm=float(depth)):
            yield _plough(depth, "mouldboard", None, None, usual)
        case said.ClearCutting():
            yield ClearCut(
                None if entry.leaf_carbon_t_ha is None else KG_M2 * entry.leaf_carbon_t_ha,
                None if entry.root_carbon_t_ha is None else KG_M2 * entry.root_carbon_t_ha,
                KG_M2 * entry.wood_carbon_t_ha,
                usual["standing_years"],
            )
        case said.Harvesting():
            yield Harvest(KG_M2 * entry.residues_carbon_t_ha, entry.litter_removed)
        case said.Burning():
            severe = entry.severity == "high"
            yield Fire(
                _or(entry.litter_burnt, usual[f"fire_litter_{entry.severity}"]),
                _or(entry.soil_burnt, usual["fire_soil_high"] if severe else 0.0),
                usual["fire_heated_depth"] if entry.heated_cm is None else entry.heated_cm / 100.0,
                _or(entry.charcoal, usual["fire_pyrogenic"]),
            )
        case said.Slipping():
            yield Landslip(entry.removed_cm / 100.0, entry.base == "bare")
        case said.Burying():
            yield Burial(entry.deposited_cm / 100.0, entry.carbon_of_topsoil)
        case said.Compacting():
            yield Compaction(entry.depth_cm / 100.0, entry.macropores_lost)
        case said.Manuring():
            metabolic, structural = usual[f"{entry.what}_metabolic"], usual[f"{entry.what}_structural"]
            yield Amendment(
                entry.what,
                KG_M2 * entry.carbon_t_ha,
                0.0,
                metabolic,
                structural,
                1.0 - metabolic - structural,
                entry.incorporated_cm / 100.0,
                _or(entry.carbon_nitrogen, usual[f"{entry.what}_carbon_nitrogen"]),
            )


def _plough(
    depth_cm: float, tool: str, mixing: float | None, broken: float | None, usual: Mapping[str, float]
) -> Plough:
    """A pass of a tool; it breaks aggregates in proportion to how well it mixes, against the mouldboard plough."""
    efficiency = _or(mixing, usual[f"tillage_efficiency_{tool}"])
    share = usual["tillage_aggregates_broken"] * efficiency / usual["tillage_efficiency_mouldboard"]
    return Plough(depth_cm / 100.0, efficiency, min(_or(broken, share), 1.0))


def _alterations(entry: said.Entry, year: int, usual: Mapping[str, float]) -> Iterator[Alteration]:
    """What an entry changes in the weather, the cover or the soil of that year, or from it on."""
    match entry:
        case said.Spell():
            factors = {
                "precipitation": entry.precipitation_factor,
                "potential_evapotranspiration": entry.evapotranspiration_factor,
            }
            yield Scaled(year, year, year, factors, tuple(entry.months))
        case said.Harvesting() if entry.residues_left != 1.0:
            yield Scaled(year, year, year, {"leaf_input": entry.residues_left})
        case said.LimeSpreading():
            yield Liming(year, FOREVER, entry.ph_rise, entry.depth_cm / 100.0, entry.lasting_years)
        case said.GrazingChange():
            left = 1.0 - entry.eaten * (1.0 - _or(entry.returned, usual["grazing_returned"]))
            yield CoverScaled(year, FOREVER, year, {"leaf_input": left})
        case said.Draining():
            yield Towards(year, FOREVER, year, {"water_table": entry.water_table_cm / 100.0})
        case said.DeepRooting():
            values = {"rooting_depth": entry.rooting_depth_cm / 100.0}
            if entry.root_beta is not None:
                values["root_beta"] = entry.root_beta
            yield CoverTowards(year, FOREVER, year, values)


def _change(site: Site, change: Any, latitude: float) -> Alteration:
    first, full = change.from_year, change.to_year
    match change:
        case said.WarmingChange():
            return Warming(first, FOREVER, full, change.by, latitude)
        case said.RainChange():
            return Scaled(first, FOREVER, full, {"precipitation": 1.0 + change.by_percent / 100.0})
        case said.SuccessionChange():
            cover = change.resolve(full, site.conditions, site.folder)
            cover = cover.southern() if latitude < 0 else cover
            # from its last year on the cover that comes is the cover itself
            return Succession(first, full - 1, full, forcing_of(site, cover), cover.name)
        case said.DepositionChange():
            return Towards(first, FOREVER, full, {"nitrogen_deposition": change.to_kg_ha * 1e-4})
        case said.TraitChange():
            return CoverTowards(first, FOREVER, full, {change.trait: change.to})
        case said.WaterTableChange():
            return Towards(first, FOREVER, full, {"water_table": change.to_cm / 100.0})
    raise TypeError(f"no alteration for {type(change).__name__}")
