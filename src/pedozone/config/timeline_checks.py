"""Checks of a history against the rest of its site: years, depths, covers, weather."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pedozone.config.history import DepositionChange, Planting, SuccessionChange, TraitChange, WaterTableChange
from pedozone.config.land_use import LandUse
from pedozone.config.problem import Problem
from pedozone.config.section import problem
from pedozone.drivers.weather import WeatherYear, read_weather
from pedozone.plants.cover import PlantError

if TYPE_CHECKING:
    from pedozone.config.site import Site

STRUCTURE = "structure of macropores"


def check_history(site: Site) -> None:
    """Raise the first thing in events and changes that does not fit the site."""
    start = site.start.year
    taken = {entry.from_year: f"history[{n}]" for n, entry in enumerate(site.history, start=1)}

    def begin(year: int, where: str, field: str) -> None:
        if year in taken:
            raise problem(
                year,
                f"a year in which no other land cover begins; {taken[year]} begins then",
                "Keep one of the two, or move one by a year.",
                f"{where}.{field}",
            )
        taken[year] = where

    for number, event in enumerate(site.event, start=1):
        where = f"event[{number}]"
        if event.all_years[0] < start:
            raise problem(
                event.all_years[0],
                f"start.year = {start} or later",
                "Start the simulation earlier, or leave the event out.",
                f"{where}.{'year' if event.year is not None else 'years'}",
            )
        for name, depth in event.depths():
            if depth > 100.0 * site.soil.depth_m + 1e-9:
                raise problem(
                    depth,
                    f"at most {100 * site.soil.depth_m:g} cm, the depth of the column (soil.depth_m)",
                    "Correct the depth, or make the column deeper.",
                    f"{where}.{name}",
                )
        if isinstance(event, Planting):
            begin(event.all_years[0], where, "year")
    for number, change in enumerate(site.change, start=1):
        where = f"change[{number}]"
        if change.from_year < start:
            raise problem(
                change.from_year,
                f"start.year = {start} or later",
                "Start the simulation earlier.",
                f"{where}.from_year",
            )
        if isinstance(change, SuccessionChange):
            begin(change.to_year, where, "to_year")


def history_notes(site: Site) -> list[str]:
    """Entries that lie after the last year simulated."""
    end = site.run.end_year
    found = []
    for number, event in enumerate(site.event, start=1):
        if event.all_years[-1] > end:
            found.append(
                f"event[{number}] ({event.what}) reaches to {event.all_years[-1]}, after run.end_year = {end}; "
                "the years after it have no effect."
            )
    for number, change in enumerate(site.change, start=1):
        if change.to_year > end:
            found.append(
                f"change[{number}] ({change.what}) is complete in {change.to_year}, after run.end_year = {end}; "
                "the run ends in the middle of it."
            )
    return found


def weather_of(site: Site, folder: Path | None = None) -> dict[int, WeatherYear]:
    """The weather of single years that a site gives; empty without a file.

    Parameters
    ----------
    site : Site
    folder : pathlib.Path, optional
        Folder from which the path counts; that of the site file by default.

    Raises
    ------
    OSError, ValueError
        If the file cannot be used; `load_site` has checked that.
    """
    if site.weather is None:
        return {}
    if folder is None:
        folder = site.source_path.parent if site.source_path is not None else Path()
    return read_weather(folder / site.weather.file)


Use = tuple[tuple[str | int, ...], LandUse, int]
"""Where a land use stands in the file, the use, and its first year."""


def cover_problems(site: Site, uses: Iterable[Use], folder: Path | None) -> Iterator[Problem]:
    """Land covers and crops that do not exist, or whose values leave their range together."""
    for path, use, year in uses:
        try:
            use.resolve(year, site.conditions, folder)
        except PlantError as error:
            field = ("crop", "name") if error.field == "crop" else (error.field,)
            yield Problem((*path, *field), error.value, error.allowed, error.mend)


def history_problems(site: Site, folder: Path | None) -> Iterator[Problem]:
    """What in a history refers to something that does not exist."""
    uses: list[Use] = [(("event", i), e, e.all_years[0]) for i, e in enumerate(site.event) if isinstance(e, Planting)]
    uses += [(("change", i), c, c.to_year) for i, c in enumerate(site.change) if isinstance(c, SuccessionChange)]
    yield from cover_problems(site, uses, folder)
    yield from _beyond_the_model(site)
    try:
        weather_of(site, folder)
    except OSError as error:
        yield Problem(
            ("weather", "file"),
            site.weather.file if site.weather else "",
            "a CSV file",
            f"{error.strerror}: give its path from the folder of the site file.",
        )
    except ValueError as error:
        yield Problem(
            ("weather", "file"),
            site.weather.file if site.weather else "",
            "a CSV file with the columns year, month, temperature_c, precipitation_mm and perhaps pet_mm",
            f"{error}.",
        )


def _beyond_the_model(site: Site) -> Iterator[Problem]:
    """Entries that change what the model does not have."""
    needs = [(("event", i, "what"), e.what, "water_table") for i, e in enumerate(site.event) if e.what == "drain"]
    needs += [(("event", i, "what"), e.what, STRUCTURE) for i, e in enumerate(site.event) if e.what == "compaction"]
    for i, change in enumerate(site.change):
        if isinstance(change, DepositionChange):
            needs.append((("change", i, "what"), change.what, "nitrogen_deposition"))
        elif isinstance(change, WaterTableChange):
            needs.append((("change", i, "what"), change.what, "water_table"))
        elif isinstance(change, TraitChange):
            needs.append((("change", i, "trait"), change.trait, change.trait))
    if not needs:
        return
    from pedozone.models.pedon_forcing import Forcing  # the model brings JAX with it
    from pedozone.models.pedon_variants import STRUCTURE as PORES
    from pedozone.models.pedon_variants import VARIANTS

    structured = PORES in VARIANTS[site.run.model].physics and site.modes.get(PORES) != "off"
    known = {*Forcing._fields, *([STRUCTURE] if structured else [])}
    for path, value, field in needs:
        if field not in known:
            yield Problem(
                path, value, "what the model has", f"The model has no {field.replace('_', ' ')}; take it out."
            )
        elif field == "water_table" and site.soil.water_table_m is None:
            yield Problem(
                path, value, "a soil with a water table", "Give its depth at the start in soil.water_table_m."
            )
