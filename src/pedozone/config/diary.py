"""A site's history in words, year by year, as a land manager would keep it."""

from __future__ import annotations

from typing import NamedTuple

from pedozone.config.history import (
    Burning,
    Burying,
    ClearCutting,
    Compacting,
    DeepRooting,
    DepositionChange,
    Draining,
    Entry,
    Gradual,
    GrazingChange,
    Harvesting,
    LimeSpreading,
    Manuring,
    Planting,
    Ploughing,
    RainChange,
    Slipping,
    Spell,
    SuccessionChange,
    TraitChange,
    WarmingChange,
    WaterTableChange,
)
from pedozone.config.site import Site


def diary(site: Site) -> list[str]:
    """The history of a site as lines of text in order of time.

    Parameters
    ----------
    site : Site

    Returns
    -------
    list of str
        One line for each cover, event and change: its years, a colon, what happens. What lies after
        ``run.end_year`` is left out.
    """
    lines = [(site.start.year, f"{site.start.year}: {words(site.start.cover)} at the start")]
    if site.weather is not None:
        lines.append((site.start.year, f"{site.start.year}: weather of single years from {site.weather.file}"))
    lines += [(e.from_year, f"{e.from_year}: {words(e.cover)} from now on") for e in site.history]
    entries = [*map(_of_change, site.change), *map(_of_event, site.event)]
    lines += [(e.first, f"{e.first if e.first == e.last else f'{e.first}-{e.last}'}: {e.text}") for e in entries]
    return [text for year, text in sorted(lines, key=lambda line: line[0]) if year <= site.run.end_year]


class Line(NamedTuple):
    """Years, both included, and what happens."""

    first: int
    last: int
    text: str


_CONDITIONS = (LimeSpreading, GrazingChange, Draining, DeepRooting, Spell)
"""Events that change what the soil lives under; they move no carbon themselves, so no account tells of them."""


def conditions(site: Site) -> list[Line]:
    """What only changes conditions, in order of time: gradual changes, and events that move no carbon themselves.

    Parameters
    ----------
    site : Site

    Returns
    -------
    list of Line
        What lies after ``run.end_year`` is left out.
    """
    lines = [*map(_of_change, site.change), *(_of_event(e) for e in site.event if isinstance(e, _CONDITIONS))]
    return sorted(line for line in lines if line.first <= site.run.end_year)


def _of_change(change: Gradual) -> Line:
    return Line(change.from_year, max(change.from_year, change.to_year), _change(change) + _remark(change.note))


def _of_event(event: Entry) -> Line:
    first, last = event.all_years[0], event.all_years[-1]
    often = "" if first == last else ", every year" if event.every == 1 else f", every {event.every} years"
    return Line(first, last, _event(event) + often + _remark(event.note))


def _remark(note: str) -> str:
    return f" ({note})" if note else ""


def words(cover: str) -> str:
    """The name of a land cover in words."""
    return cover.removesuffix(".toml").replace("-", " ")


def _percent(share: float) -> str:
    return f"{100 * share:g} %"


def _months(event: Spell) -> str:
    if not event.months:
        return ""
    return f" in month{'s' if len(event.months) > 1 else ''} " + ", ".join(map(str, event.months))


def _event(event: Entry) -> str:
    match event:
        case Ploughing():
            tool = {"mouldboard": "ploughed", "chisel": "chiselled", "disc": "disced"}[event.tool]
            return f"{tool} to {event.depth_cm:g} cm"
        case Planting():
            before = f"ploughed to {event.site_preparation_cm:g} cm, then " if event.site_preparation_cm else ""
            return f"{before}{'sown' if event.what == 'sow' else 'planted'}: {words(event.cover)}"
        case ClearCutting():
            wood = f", {event.wood_carbon_t_ha:g} t C/ha of wood left" if event.wood_carbon_t_ha else ""
            return f"clear-cut{wood}"
        case Harvesting():
            parts = []
            if event.residues_left != 1.0:
                parts.append(f"{_percent(event.residues_left)} of the usual residues left")
            if event.residues_carbon_t_ha:
                parts.append(f"{event.residues_carbon_t_ha:g} t C/ha of residues brought in")
            if event.litter_removed:
                parts.append(f"{_percent(event.litter_removed)} of the litter layer carried off")
            return "harvest" + (": " + ", ".join(parts) if parts else "")
        case Burning():
            return f"fire of {event.severity} severity"
        case Spell():
            other = event.evapotranspiration_factor
            demand = f", {_percent(other)} of the evapotranspiration" if other != 1.0 else ""
            return f"{event.what}: {_percent(event.precipitation_factor)} of the rain{demand}{_months(event)}"
        case Slipping():
            return f"landslip takes {event.removed_cm:g} cm off"
        case Burying():
            return f"{event.deposited_cm:g} cm of soil come to lie on top"
        case Compacting():
            return f"compacted to {event.depth_cm:g} cm, {_percent(event.macropores_lost)} of the macropores lost"
        case LimeSpreading():
            return f"limed: pH up by {event.ph_rise:g} to {event.depth_cm:g} cm"
        case Manuring():
            depth = f", worked in to {event.incorporated_cm:g} cm" if event.incorporated_cm else ""
            return f"{event.what}, {event.carbon_t_ha:g} t C/ha{depth}"
        case GrazingChange():
            return f"grazed: animals eat {_percent(event.eaten)} of the litter above ground"
        case Draining():
            return f"drained, water table at {event.water_table_cm:g} cm"
        case DeepRooting():
            return f"deep-rooting variety sown, roots to {event.rooting_depth_cm:g} cm"
    raise TypeError(f"no words for {type(event).__name__}")


def _change(change: Gradual) -> str:
    match change:
        case WarmingChange():
            return f"{abs(change.by):g} K {'warmer' if change.by >= 0 else 'colder'}"
        case RainChange():
            return f"{abs(change.by_percent):g} % {'more' if change.by_percent >= 0 else 'less'} rain"
        case SuccessionChange():
            return f"becomes {words(change.cover)}"
        case DepositionChange():
            return f"nitrogen deposition goes to {change.to_kg_ha:g} kg N/ha a year"
        case TraitChange():
            return f"{change.trait.replace('_', ' ')} drifts to {change.to:g}"
        case WaterTableChange():
            return f"water table goes to {change.to_cm:g} cm"
    raise TypeError(f"no words for {type(change).__name__}")
