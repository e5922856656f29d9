"""The works that a run rests on, each with what of the run used it."""

from __future__ import annotations

from typing import Any

from pedozone.config.land_use import LandUse
from pedozone.config.nitrogen import land_uses
from pedozone.config.site import Site
from pedozone.drivers.atmosphere import SOURCE as ATMOSPHERE_SOURCE
from pedozone.models.pedon_variants import NITROGEN
from pedozone.parameters import ParameterSet, load_parameters
from pedozone.simulation.setting import Setting

PHYSICS: tuple[tuple[str, str, str], ...] = (
    ("porosity and bulk density", "Robinson et al. 2022", "10.1038/s41598-022-11099-7"),
    ("water retention and conductivity", "Saxton and Rawls 2006", "10.2136/sssaj2005.0117"),
    ("water retention of litter", "Letts et al. 2000", "10.1080/07055900.2000.9649643"),
    ("moisture response", "Manzoni et al. 2012", "10.1890/11-0026.1"),
    ("oxygen limitation", "Ghezzehei et al. 2019", "10.5194/bg-16-1187-2019"),
)
"""Laws of soil physics that every run of the zones model uses: what for, work and DOI."""

MODELLED: dict[str, tuple[tuple[str, str, str], ...]] = {
    "structure": (
        ("macroporosity", "Hirmas et al. 2018", "10.1038/s41586-018-0463-x"),
        ("recovery of structure", "Keller et al. 2021", "10.1002/saj2.20240"),
    ),
    "oxygen": (("diffusion of oxygen", "Moldrup et al. 2000", "10.2136/sssaj2000.6451588x"),),
    "groundwater": (("lateral outflow", "Beven and Kirkby 1979", "10.1080/02626667909491834"),),
    "richards": (("Richards' equation", "Celia et al. 1990", "10.1029/WR026i007p01483"),),
    "rooting": (("rooting depth", "Schenk 2008", "10.2136/vzj2007.0119"),),
    "weathering": (("weathering of minerals", "Torn et al. 1997", "10.1038/38260"),),
    NITROGEN: (("competition for nitrogen", "Thornton et al. 2007", "10.1029/2006GB002868"),),
}
"""Those of the parts that can be switched off."""

LIMITED = (
    ("production by the nitrogen that plants are given", "Thornton et al. 2007", "10.1029/2006GB002868"),
    ("residence time of nitrogen in plants", "Aerts and Chapin 2000", "10.1016/S0065-2504(08)60016-1"),
)
"""Those of production that nitrogen limits."""

THORNTHWAITE = ("potential evapotranspiration", "Thornthwaite 1948", "10.2307/210739")
BOLINDER = ("plant inputs from yields", "Bolinder et al. 2007", "10.1016/j.agee.2006.05.013")


def references_of(site: Site, setting: Setting, parameters: ParameterSet) -> list[dict[str, Any]]:
    """References of a run in a form JSON can hold.

    Returns
    -------
    list of dict
        First those of the parameter set (see `ParameterSet.citations`), then one per source of the equations, land
        covers and data: ``citation``, ``doi`` and ``used`` (what rests on it). Processes that are switched off, or
        whose rates the site file prescribes, are left out.
    """
    found: dict[tuple[str, str], list[str]] = {}

    def note(use: str, text: str, doi: str = "") -> None:
        if text:
            uses = found.setdefault((text, doi), [])
            if use not in uses:
                uses.append(use)

    note("climate", site.climate.source)
    note("atmospheric radiocarbon", ATMOSPHERE_SOURCE)
    if site.climate.potential_evapotranspiration_mm is None:
        note(*THORNTHWAITE)
    laws = [*PHYSICS, *(law for name in sorted(setting.model.physics) for law in MODELLED.get(name, ()))]
    for law in laws:
        note(*law)
    limited = any(use.nitrogen_limits_production for _, use in land_uses(site))
    for law in LIMITED if limited and NITROGEN in setting.model.physics else ():
        note(*law)
    uses = (site.start, *site.history, *site.event, *site.change)
    for response in (setting.model.modifiers.temperature, setting.model.modifiers.moisture):
        if response is not None:
            for work in response.source.split("; "):
                text, _, doi = work.partition(", doi:")
                note(f"response to {response.kind}", text, doi)
    if any(isinstance(use, LandUse) and use.crop is not None for use in uses):
        note(*BOLINDER)
    for _, cover in site.land_cover_segments():
        for record in cover.records.values():
            note(f"land cover {cover.preset}", record.source, record.doi)
    for observation in site.observation:
        note("observations", observation.source)
    if site.event:
        for reference in load_parameters("histories").citations():
            note("events of the history", str(reference["citation"]), str(reference.get("doi") or ""))
    for process in setting.model.processes:
        if site.modes.get(process.name, "modelled") == "modelled":
            for source in process.sources:
                text, _, doi = source.partition(", doi:")
                note(f"process {process.name}", text, doi)
    further = [{"citation": text, "doi": doi, "used": uses} for (text, doi), uses in found.items()]
    return [*parameters.citations(), *further]
