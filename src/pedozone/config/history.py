"""The diary of a site: events of single years, and changes that take several."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from pedozone.config.land_use import LandUse
from pedozone.config.section import FIRST_YEAR, LAST_YEAR, Section, problem, quantity

Month = Annotated[int, Field(ge=1, le=12)]
Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]


class Entry(Section):
    """An event at the beginning of a year, or of several."""

    year: int | None = quantity(None, unit="(a calendar year)", lower=FIRST_YEAR, upper=LAST_YEAR)
    """When it happens: at the beginning of this year."""
    years: list[Year] | None = Field(None, min_length=2, max_length=2)
    """First and last year, both included, instead of year."""
    every: int = quantity(1, unit="yr", lower=1, upper=1000)
    """With years: every so many years."""
    note: str = ""
    """Anything worth writing down."""

    @model_validator(mode="after")
    def _check_years(self) -> Entry:
        if (self.year is None) == (self.years is None):
            raise problem(
                "(neither given)" if self.year is None else "(both given)",
                "exactly one of year and years",
                "Write year = 1959 for once, or years = [1960, 1990] for every year from the first to the last.",
                "year",
            )
        if self.years is not None and self.years[1] < self.years[0]:
            raise problem(
                self.years[1],
                f"{self.years[0]}, the first of the two, or later",
                "Give the first and the last year in this order.",
                "years",
            )
        if self.year is not None and self.every != 1:
            raise problem(self.every, "every only together with years", "Write years = [first, last].", "every")
        return self

    @property
    def all_years(self) -> range:
        """The years in which it happens."""
        if self.year is not None:
            return range(self.year, self.year + 1)
        assert self.years is not None
        return range(self.years[0], self.years[1] + 1, self.every)

    def depths(self) -> Iterator[tuple[str, float]]:
        """Fields that are depths in the soil, and their values in cm."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if name.endswith("_cm") and value is not None and name != "water_table_cm":
                yield name, float(value)


def _share(default: float | None = None, **more: float) -> Any:
    return quantity(default, unit="(a share)", lower=0, upper=1, mend="Write a share: 0.5 for one half.", **more)


class Ploughing(Entry):
    """The soil is turned or loosened."""

    what: Literal["plough"]
    """Kind of event."""
    depth_cm: float = quantity(unit="cm", lower=1, upper=200)
    """Depth of the tool."""
    tool: Literal["mouldboard", "chisel", "disc"] = "mouldboard"
    """The tool, from which mixing and breaking of aggregates follow."""
    mixing: float | None = _share()
    """Share of the soil above the depth that is mixed; that of the tool where left out."""
    aggregates_broken: float | None = _share()
    """Share of macro-aggregates broken; that of the tool where left out."""


class Planting(Entry, LandUse):
    """Another land cover is planted, from this year on."""

    what: Literal["plant", "sow"]
    """Kind of event."""
    site_preparation_cm: float | None = quantity(None, unit="cm", lower=1, upper=200)
    """Depth to which the soil is ploughed before."""

    @model_validator(mode="after")
    def _check_once(self) -> Planting:
        if self.years is not None:
            raise problem(self.years, "one year", "A cover is planted once: write year = ...", "years")
        return self


class ClearCutting(Entry):
    """Trees are felled; what is not carried off becomes litter. The cover stays until the next one is planted."""

    what: Literal["clear-cut"]
    """Kind of event."""
    leaf_carbon_t_ha: float | None = quantity(None, unit="t C ha-1", lower=0, upper=100)
    """Foliage and twigs left; one year's litter of the cover where left out."""
    root_carbon_t_ha: float | None = quantity(None, unit="t C ha-1", lower=0, upper=200)
    """Fine roots that die; one year's root litter of the cover where left out."""
    wood_carbon_t_ha: float = quantity(0.0, unit="t C ha-1", lower=0, upper=500)
    """Branches, stumps and stems left."""


class Harvesting(Entry):
    """A harvest that differs from what the cover says of a usual year."""

    what: Literal["harvest"]
    """Kind of event."""
    residues_left: float = quantity(1.0, unit="(relative)", lower=0, upper=5)
    """The year's litter above ground over that of the cover; 0 where all straw is carried off."""
    residues_carbon_t_ha: float = quantity(0.0, unit="t C ha-1", lower=0, upper=100)
    """Residues left beside the litter of the cover."""
    litter_removed: float = _share(0.0)
    """Share of the organic layer carried off (litter raking, turf cutting)."""


class Burning(Entry):
    """A fire goes over the ground."""

    what: Literal["fire"]
    """Kind of event."""
    severity: Literal["low", "moderate", "high"] = "moderate"
    """How severe, from which what is left out below follows."""
    litter_burnt: float | None = _share()
    """Share of the organic layer's carbon affected."""
    soil_burnt: float | None = _share()
    """Share of the carbon of the heated mineral soil affected."""
    heated_cm: float | None = quantity(None, unit="cm", lower=0.1, upper=50)
    """Depth of the mineral soil that is heated."""
    charcoal: float | None = _share()
    """Share of the affected carbon that becomes charcoal."""


class Spell(Entry):
    """A year, or months of it, wetter or drier than the normals or the weather file say."""

    what: Literal["flood", "drought"]
    """Kind of event."""
    precipitation_factor: float = quantity(unit="(relative)", lower=0, upper=20)
    """Precipitation over what it would have been."""
    evapotranspiration_factor: float = quantity(1.0, unit="(relative)", lower=0, upper=5)
    """Potential evapotranspiration over what it would have been."""
    months: list[Month] = Field(default_factory=list)
    """Months concerned (1 to 12); the whole year where left out."""

    @model_validator(mode="after")
    def _check_months(self) -> Spell:
        if len(set(self.months)) < len(self.months):
            raise problem(self.months, "each month once", "Leave out what stands twice.", "months")
        return self

    @model_validator(mode="after")
    def _check_direction(self) -> Spell:
        wrong = self.precipitation_factor < 1 if self.what == "flood" else self.precipitation_factor > 1
        if wrong:
            raise problem(
                self.precipitation_factor,
                "1 or more for a flood" if self.what == "flood" else "1 or less for a drought",
                "Correct the factor, or call it the other one.",
                "precipitation_factor",
            )
        return self


class Slipping(Entry):
    """The upper soil slides off."""

    what: Literal["landslip"]
    """Kind of event."""
    removed_cm: float = quantity(unit="cm", lower=0.1, upper=2000)
    """How much of the mineral soil goes."""
    base: Literal["like the deepest layer", "bare"] = "like the deepest layer"
    """What comes in at the base of the column as the soil moves up: material with or without carbon."""


class Burying(Entry):
    """Material comes to lie on the soil."""

    what: Literal["burial"]
    """Kind of event."""
    deposited_cm: float = quantity(unit="cm", lower=0.1, upper=2000)
    """Thickness of the deposit."""
    carbon_of_topsoil: float = quantity(1.0, unit="(relative)", lower=0, upper=3)
    """Its carbon content over that of the present topsoil; 0 for bare material."""


class Compacting(Entry):
    """Heavy wheels press the soil."""

    what: Literal["compaction"]
    """Kind of event."""
    depth_cm: float = quantity(unit="cm", lower=1, upper=200)
    """Depth of the compaction."""
    macropores_lost: float = quantity(unit="(a share)", lower=0, upper=0.95)
    """Share of the macroporosity lost."""


class LimeSpreading(Entry):
    """Lime is spread and worked in."""

    what: Literal["lime"]
    """Kind of event."""
    ph_rise: float = quantity(unit="pH units", lower=0, upper=5)
    """Rise of the pH."""
    depth_cm: float = quantity(25.0, unit="cm", lower=1, upper=200)
    """Depth to which it acts."""
    lasting_years: float = quantity(10.0, unit="yr", lower=0.1, upper=1000)
    """Time in which the rise falls to 37 %."""


class Manuring(Entry):
    """Manure or compost is brought onto the land."""

    what: Literal["manure", "compost"]
    """Kind of event."""
    carbon_t_ha: float = quantity(unit="t C ha-1", lower=0, upper=200)
    """Carbon brought, each time."""
    carbon_nitrogen: float | None = quantity(None, unit="kg kg-1", lower=3, upper=100)
    """C:N ratio; usual ones where left out."""
    incorporated_cm: float = quantity(0.0, unit="cm", lower=0, upper=100)
    """Depth to which it is worked in; 0: it stays on top."""


class GrazingChange(Entry):
    """More is grazed than the cover's litter allows for, until the cover changes."""

    what: Literal["graze"]
    """Kind of event."""
    eaten: float = quantity(unit="(a share)", lower=0, upper=1)
    """Share of the litter above ground that animals eat instead."""
    returned: float | None = _share()
    """Share of the carbon eaten that comes back as dung."""


class Draining(Entry):
    """Ditches or pipes lower the water table for good."""

    what: Literal["drain"]
    """Kind of event."""
    water_table_cm: float = quantity(unit="cm", lower=0, upper=10_000)
    """Depth of the water table afterwards."""


class DeepRooting(Entry):
    """A deep-rooting variety is sown, until the cover changes."""

    what: Literal["sow-deep-rooting"]
    """Kind of event."""
    rooting_depth_cm: float = quantity(unit="cm", lower=5, upper=2000)
    """Depth below which no roots grow."""
    root_beta: float | None = quantity(None, unit="1", lower=0.5, upper=0.9999)
    """Shape of the root profile (Jackson et al. 1996); nearer to 1 is deeper."""

    def depths(self) -> Iterator[tuple[str, float]]:
        """Roots may reach below the column: they are cut there."""
        return iter(())


Event = Annotated[
    Ploughing
    | Planting
    | ClearCutting
    | Harvesting
    | Burning
    | Spell
    | Slipping
    | Burying
    | Compacting
    | LimeSpreading
    | Manuring
    | GrazingChange
    | Draining
    | DeepRooting,
    Field(discriminator="what"),
]


class Gradual(Section):
    """A change that takes years; it is complete in the last of them and stays."""

    from_year: int = quantity(unit="(a calendar year)", lower=FIRST_YEAR, upper=LAST_YEAR)
    """First year in which it is felt."""
    to_year: int = quantity(unit="(a calendar year)", lower=FIRST_YEAR, upper=LAST_YEAR)
    """Year in which it is complete; from_year for a step."""
    note: str = ""
    """Anything worth writing down."""

    @model_validator(mode="after")
    def _check_order(self) -> Gradual:
        if self.to_year < self.from_year:
            raise problem(
                self.to_year, f"from_year = {self.from_year} or later", "Swap the two if they are reversed.", "to_year"
            )
        return self


class WarmingChange(Gradual):
    """Air temperature rises; evapotranspiration follows."""

    what: Literal["warming"]
    """Kind of change."""
    by: float = quantity(unit="K", lower=-20, upper=20)
    """Change of the temperature of every month."""


class RainChange(Gradual):
    """Precipitation changes."""

    what: Literal["precipitation"]
    """Kind of change."""
    by_percent: float = quantity(unit="percent", lower=-100, upper=500)
    """Change of every month's precipitation."""


class SuccessionChange(Gradual, LandUse):
    """One land cover passes into another: succession, a growing forest."""

    what: Literal["succession", "forest-growth"]
    """Kind of change."""


class DepositionChange(Gradual):
    """Nitrogen deposition passes to another rate."""

    what: Literal["nitrogen-deposition"]
    """Kind of change."""
    to_kg_ha: float = quantity(unit="kg N ha-1 yr-1", lower=0, upper=200)
    """Deposition at the end of the change."""


Trait = Literal[
    "root_beta",
    "rooting_depth",
    "leaf_metabolic_fraction",
    "root_metabolic_fraction",
    "leaf_input",
    "root_input",
    "exudate_input",
    "mycorrhizal_fraction",
    "leaf_carbon_nitrogen",
    "root_carbon_nitrogen",
    "structural_decay_factor",
    "bioturbation_factor",
    "anecic_factor",
]


class TraitChange(Gradual):
    """A trait of the vegetation drifts, until the cover changes."""

    what: Literal["trait"]
    """Kind of change."""
    trait: Trait
    """Name of the trait, as in the reference of land covers."""
    to: float = quantity(unit="(unit of the trait)", lower=0, upper=1000)
    """Its value at the end of the change."""

    @model_validator(mode="after")
    def _check_range(self) -> TraitChange:
        from pedozone.plants.fields import RANGES

        unit, lower, upper = RANGES[self.trait]
        if not lower <= self.to <= upper:
            allowed = f"{lower:g} to {upper:g}" if unit == "1" else f"{lower:g} to {upper:g} {unit}"
            raise problem(self.to, allowed, "Give the trait a value that a cover may have.", "to")
        return self


class WaterTableChange(Gradual):
    """The water table rises or sinks."""

    what: Literal["water-table"]
    """Kind of change."""
    to_cm: float = quantity(unit="cm", lower=0, upper=10_000)
    """Its depth at the end of the change."""


Change = Annotated[
    WarmingChange | RainChange | SuccessionChange | DepositionChange | TraitChange | WaterTableChange,
    Field(discriminator="what"),
]


class WeatherFile(Section):
    """Weather of single years in place of the normals."""

    file: str = Field(min_length=1)
    """CSV file with the columns year, month, temperature_c, precipitation_mm and, if known, pet_mm; its path counts
    from the folder of this file."""
    source: str = ""
    """Where the figures come from."""
