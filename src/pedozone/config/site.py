"""A site as a person describes it: place, climate, soil, history and run."""

from __future__ import annotations

import calendar
import math
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field, PrivateAttr, field_validator, model_validator

from pedozone.config.history import Change, Event, Planting, SuccessionChange, WeatherFile
from pedozone.config.land_use import HistoryEntry, LandUse, Start
from pedozone.config.observation import Observation
from pedozone.config.prescribed_boundary import PrescribedBoundary
from pedozone.config.section import FIRST_YEAR, LAST_YEAR, Section, problem, quantity
from pedozone.config.soil import Soil
from pedozone.plants.cover import LandCover
from pedozone.plants.production import Conditions

SCHEMA_VERSION = 1
Mode = Literal["modelled", "prescribed", "off"]
Zone = Literal["NH1", "NH2", "NH3", "SH12", "SH3"]

Temperature = Annotated[float, Field(ge=-60, le=50)]
MonthlyWater = Annotated[float, Field(ge=0, le=3000)]


class Location(Section):
    """Where the site lies."""

    name: str = Field(min_length=1)
    """Name of the site."""
    latitude: float = quantity(unit="degrees north", lower=-90, upper=90)
    """Latitude, negative in the southern hemisphere."""
    longitude: float = quantity(unit="degrees east", lower=-180, upper=180)
    """Longitude, negative in the west."""
    description: str = ""
    """Anything worth knowing about it."""
    hemisphere_zone: Zone | None = None
    """Zone of the atmospheric radiocarbon curve (Hua et al. 2021); from the latitude where it is
    left out."""

    radiocarbon_curve: str | None = None
    """CSV file with the columns year and delta14c (permil), instead of the built-in curve of the
    zone; its path counts from the folder of this file."""

    @property
    def radiocarbon_zone(self) -> Zone:
        """The zone given, or that of the latitude.

        The limits between the zones follow the wind systems and change with longitude; the
        latitudes used here (40, 15, 0 and -10 degrees) are rounded.
        """
        if self.hemisphere_zone is not None:
            return self.hemisphere_zone
        if self.latitude >= 40:
            return "NH1"
        if self.latitude >= 15:
            return "NH2"
        if self.latitude >= 0:
            return "NH3"
        return "SH3" if self.latitude >= -10 else "SH12"


class Climate(Section):
    """Monthly climate normals, January to December."""

    temperature_c: list[Temperature] = quantity(unit="degC", min_length=12, max_length=12)
    """Mean air temperature of each month."""
    precipitation_mm: list[MonthlyWater] = quantity(unit="mm per month", min_length=12, max_length=12)
    """Precipitation of each month."""
    potential_evapotranspiration_mm: list[MonthlyWater] | None = quantity(
        None, unit="mm per month", min_length=12, max_length=12
    )
    """Potential evapotranspiration of each month; after Thornthwaite where it is left out."""
    source: str = ""
    """Where the normals come from."""


class Run(Section):
    """What to compute."""

    end_year: int = quantity(unit="(a calendar year)", lower=FIRST_YEAR, upper=LAST_YEAR)
    """Last year simulated."""
    method: Literal["auto", "mprk22", "first_order", "mprk22_weekly", "mprk22_two_days"] = "auto"
    """Time stepping: mprk22 (second order, monthly), first_order (faster), mprk22_weekly and mprk22_two_days (four and
    sixteen times the steps, where carbon pulses with the seasons), or auto: the longest of these that will do."""
    model: Literal["pedon", "pedon-core", "pedon-communities", "pedon-origins"] = "pedon"
    """Which zones model: pedon (all pools), pedon-core (eleven pools), pedon-communities (two groups of microbes) or
    pedon-origins (dissolved carbon by origin)."""
    parameter_set: str | None = None
    """Name of a parameter set, or path of a file of one's own; that of the model where it is left out."""
    temperature_response: str | None = None
    """Published response to temperature in place of the model's own ('pedozone list responses')."""
    moisture_response: str | None = None
    """Published response to moisture in place of the model's own ('pedozone list responses')."""

    @field_validator("model", mode="before")
    @classmethod
    def _zones_model(cls, value: object) -> object:
        zones = get_args(cls.model_fields["model"].annotation)
        if not isinstance(value, str) or value in zones:
            return value
        from pedozone.models.registry import available_models  # loads JAX: only where a mistake is to be explained

        if value in available_models():
            raise problem(
                value,
                "one of " + ", ".join(f"'{name}'" for name in zones),
                f"'{value}' has no zones; run it on this site with 'pedozone compare FILE --models {value}', beside "
                f"others with '--models {zones[0]},{value}'.",
            )
        return value

    @property
    def parameters_by_model(self) -> str:
        """The parameter set named, or that of the model, which bears its name."""
        return self.parameter_set or self.model


class Site(Section):
    """A site file. Attributes are named as its keys; `load_site` reads one."""

    schema_version: Literal[1]
    """Version of the layout of this file."""
    site: Location
    """Where the site lies."""
    climate: Climate
    """Monthly climate normals."""
    soil: Soil
    """The soil profile."""
    start: Start
    """The state in which the simulation starts."""
    history: list[HistoryEntry] = Field(default_factory=list)
    """Land covers in the course of time; empty where the first one stays."""
    event: list[Event] = Field(default_factory=list)
    """What happened at the beginning of single years, several a year in the order written."""
    change: list[Change] = Field(default_factory=list)
    """What changed over several years."""
    weather: WeatherFile | None = None
    """Weather of single years."""
    run: Run
    """What to compute."""
    parameters: dict[str, float] = Field(default_factory=dict)
    """Values instead of those of the parameter set."""
    modes: dict[str, Mode] = Field(default_factory=dict)
    """Processes that are to be prescribed or switched off."""
    prescribed: dict[str, dict[str, float | list[float]]] = Field(default_factory=dict)
    """Rates (yr-1) of prescribed processes by flux, ``"donor->receiver"``: one, or one for every cell."""
    prescribed_boundary: PrescribedBoundary | None = None
    """A boundary between the zones in place of biotic factors, for hypothesis tests only."""
    observation: list[Observation] = Field(default_factory=list)
    """Measurements to compare with."""

    _source_path: Path | None = PrivateAttr(default=None)
    _source_text: str | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _check_years(self) -> Site:
        from pedozone.config.timeline_checks import check_history

        if self.run.end_year < self.start.year:
            raise problem(
                self.run.end_year,
                f"start.year = {self.start.year} or later",
                "The years run forward: correct run.end_year or start.year.",
                "run.end_year",
            )
        earlier = None
        for number, entry in enumerate(self.history, start=1):
            if entry.from_year < self.start.year:
                raise problem(
                    entry.from_year,
                    f"start.year = {self.start.year} or later",
                    "Start the simulation earlier, or describe the first land cover in [start].",
                    f"history[{number}].from_year",
                )
            if earlier is not None and entry.from_year <= earlier:
                raise problem(
                    entry.from_year,
                    f"later than {earlier}, the year of the entry before",
                    "List [[history]] from the oldest to the latest, one entry a year at most.",
                    f"history[{number}].from_year",
                )
            earlier = entry.from_year
        check_history(self)
        given = self.prescribed_boundary
        if given is not None and max(given.depths) > 100.0 * self.soil.depth_m + 1e-9:
            raise problem(
                max(given.depths),
                f"at most {100 * self.soil.depth_m:g} cm, the depth of the column (soil.depth_m)",
                "Correct the depth, or make the column deeper.",
                "prescribed_boundary.depth_cm",
            )
        return self

    @property
    def source_path(self) -> Path | None:
        """The file it was read from."""
        return self._source_path

    @property
    def folder(self) -> Path | None:
        """The folder of that file, from which the paths in it count."""
        return None if self._source_path is None else self._source_path.parent

    @property
    def source_text(self) -> str | None:
        """The text of that file; `to_toml` gives what holds now."""
        return self._source_text

    @property
    def years(self) -> range:
        """The years simulated."""
        return range(self.start.year, self.run.end_year + 1)

    @property
    def conditions(self) -> Conditions:
        """Annual means of the climate and the topsoil, from which plants may take their production."""
        climate, topsoil = self.climate, self.soil.horizon[0]
        means = Conditions(math.fsum(climate.temperature_c) / 12.0, math.fsum(climate.precipitation_mm), topsoil.ph)
        bases = topsoil.base_saturation_percent
        return means if bases is None else means._replace(base_saturation=bases / 100.0)

    def land_cover_segments(self) -> list[tuple[int, LandCover]]:
        """The land covers in order of time.

        Returns
        -------
        list of (int, LandCover)
            First year and cover, changes resolved. The first item is the cover of the start, with
            which the spin-up runs, even where the history replaces it in that same year. What is planted begins in
            the year of planting, the end of a succession in its last year. Entries
            after ``run.end_year`` are left out. South of the equator the phenology is moved by
            half a year.

        Raises
        ------
        PlantError
            A land cover or crop that is not known; `load_site` has checked that.
        """
        conditions = self.conditions
        later: list[tuple[int, LandUse]] = [(entry.from_year, entry) for entry in self.history]
        later += [(entry.all_years[0], entry) for entry in self.event if isinstance(entry, Planting)]
        later += [(entry.to_year, entry) for entry in self.change if isinstance(entry, SuccessionChange)]
        segments = [(self.start.year, self.start.resolve(self.start.year, conditions, self.folder))]
        segments += [
            (year, use.resolve(year, conditions, self.folder))
            for year, use in sorted(later, key=lambda item: item[0])
            if year <= self.run.end_year
        ]
        if self.site.latitude < 0:
            segments = [(year, cover.southern()) for year, cover in segments]
        return segments

    def to_toml(self) -> str:
        """This site as a site file, defaults written out, without comments."""
        from pedozone.config.writing import toml_text

        return toml_text(self.model_dump(exclude_none=True))

    def notes(self) -> list[str]:
        """What a person should know who wrote the file: assumptions and parts without effect."""
        from pedozone.config.nitrogen import nitrogen_notes
        from pedozone.config.plausibility import plausibility_notes
        from pedozone.config.radiocarbon import curve_notes
        from pedozone.config.timeline_checks import history_notes

        found = [*self.soil.notes(), *curve_notes(self)]
        for number, entry in enumerate(self.history, start=1):
            if entry.from_year > self.run.end_year:
                found.append(
                    f"history[{number}] starts in {entry.from_year}, after run.end_year = "
                    f"{self.run.end_year}; it has no effect."
                )
        found += history_notes(self)
        found += plausibility_notes(self)
        found += nitrogen_notes(self)
        for number, item in enumerate(self.observation, start=1):
            where = f"observation[{number}] ({item.variable}, {item.year:g})"
            if not self.start.year <= item.year < self.run.end_year + 2:
                found.append(f"{where} lies outside the years simulated; it is not compared.")
            if item.bottom_cm > 100 * self.soil.depth_m + 1e-6:
                found.append(f"{where} reaches below soil.depth_m; it is not compared.")
        return found


MONTHS = tuple(calendar.month_name[1:])
