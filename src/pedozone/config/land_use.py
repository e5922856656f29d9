"""How a site starts and what grows on it from then on."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pedozone.config.section import FIRST_YEAR, LAST_YEAR, Section, problem, quantity
from pedozone.plants.allocation import SOURCE, crop_inputs
from pedozone.plants.cover import LandCover, load_cover


class PlantInputs(Section):
    """Plant carbon given to the soil in a year; what is left out stays as in the preset."""

    leaf: float | None = quantity(None, unit="kg C m-2 yr-1", lower=0, upper=5)
    """Litter from above ground."""
    root: float | None = quantity(None, unit="kg C m-2 yr-1", lower=0, upper=5)
    """Dead roots."""
    exudate: float | None = quantity(None, unit="kg C m-2 yr-1", lower=0, upper=5)
    """Exudates and other carbon from living roots."""


class Crop(Section):
    """A crop, from whose yield the plant inputs are computed (Bolinder et al. 2007)."""

    name: str
    """Name of the crop, for instance wheat."""
    yield_t_ha: float = quantity(unit="t ha-1 yr-1", lower=0, upper=100)
    """Harvested product: dry matter, unless moisture_percent is given."""
    residue_removed_fraction: float = quantity(
        0.0, unit="(a share)", lower=0, upper=1, mend="Write a share: 0.5 for one half."
    )
    """Share of straw or stover carried off."""
    moisture_percent: float = quantity(0.0, unit="percent of the fresh mass", lower=0, upper=95)
    """Water in the yield; about 15 for grain."""


class LandUse(Section):
    """A land cover and what differs from its preset."""

    cover: str
    """Name of the land cover."""
    inputs_kg_c_m2_yr: PlantInputs | None = None
    """Plant inputs instead of those of the preset."""
    crop: Crop | None = None
    """A crop from whose yield the plant inputs are computed."""
    tillage_depth_cm: float | None = quantity(None, unit="cm", lower=0, upper=60)
    """Depth of tillage; 0 for no tillage."""
    tillage_intensity: float | None = quantity(None, unit="(relative)", lower=0, upper=20)
    """Strength of tillage; the presets have 1.56 (cereals) and 4.23 (bare fallow)."""
    ph_shift: float | None = quantity(None, unit="pH units", lower=-5, upper=5)
    """Change of the topsoil's pH against that of the horizons."""

    @model_validator(mode="after")
    def _check_inputs(self) -> LandUse:
        if self.crop is not None and self.inputs_kg_c_m2_yr is not None:
            raise problem(
                "(together with inputs_kg_c_m2_yr)",
                "either crop or inputs_kg_c_m2_yr",
                "Delete one of the two.",
                "crop",
            )
        return self

    def resolve(self, year: int) -> LandCover:
        """The land cover with its changes.

        Parameters
        ----------
        year : int
            Year from which it holds; part of its name where the preset was changed.

        Raises
        ------
        PlantError
            A land cover or crop that is not known.
        """
        cover = load_cover(self.cover)
        values: dict[str, float] = {}
        source = "site file"
        if self.crop is not None:
            given = crop_inputs(
                self.crop.name,
                self.crop.yield_t_ha,
                self.crop.residue_removed_fraction,
                self.crop.moisture_percent,
            )
            source = f"site file; from the yield after {SOURCE}"
            values.update(leaf_input=given.leaf, root_input=given.root, exudate_input=given.exudate)
        elif self.inputs_kg_c_m2_yr is not None:
            for name, value in self.inputs_kg_c_m2_yr:
                if value is not None:
                    values[f"{name}_input"] = value
        if self.tillage_depth_cm is not None:
            values["tillage_depth"] = self.tillage_depth_cm / 100.0
            if cover.residue_depth > 0:  # residue is worked in as deep as the soil is tilled
                values["residue_depth"] = self.tillage_depth_cm / 100.0
            if self.tillage_depth_cm == 0:
                values["tillage_intensity"] = 0.0
        if self.tillage_intensity is not None:
            values["tillage_intensity"] = self.tillage_intensity
        if self.ph_shift is not None:
            values["ph_shift"] = self.ph_shift
        if not values:
            return cover
        return cover.changed(f"{self.cover} from {year}", source, **values)


class Measured(Section):
    """Organic carbon measured in a part of the profile at the start."""

    top_cm: float = quantity(unit="cm", lower=0, upper=10_000)
    """Depth of the top of the sample."""
    bottom_cm: float = quantity(unit="cm", lower=0, upper=10_000)
    """Depth of its base."""
    soc_percent: float | None = quantity(None, unit="percent of the fine earth's mass", lower=0, upper=58)
    """Organic carbon content."""
    soc_kg_m2: float | None = quantity(None, unit="kg C m-2", lower=0, upper=500)
    """Organic carbon stock between top and base."""

    @model_validator(mode="after")
    def _check(self) -> Measured:
        if self.bottom_cm <= self.top_cm:
            raise problem(
                self.bottom_cm,
                f"more than top_cm = {self.top_cm:g} cm",
                "Depths run downward from the surface; swap the two if they are reversed.",
                "bottom_cm",
            )
        if (self.soc_percent is None) == (self.soc_kg_m2 is None):
            raise problem(
                "(both given)" if self.soc_percent is not None else "(neither given)",
                "exactly one of soc_percent and soc_kg_m2",
                "Give the content or the stock of each depth, not both.",
            )
        return self


class Start(LandUse):
    """The state in which the simulation starts."""

    cover: str = "temperate-grassland"
    """Name of the land cover of the start."""
    mode: Literal["steady", "pedogenesis", "measured"] = "steady"
    """steady: in balance with the climate and the land cover of the start; pedogenesis: grown
    from bare parent material; measured: the steady state scaled to the measured carbon."""
    year: int = quantity(unit="(a calendar year)", lower=FIRST_YEAR, upper=LAST_YEAR)
    """First year simulated."""
    pedogenesis_years: int = quantity(12_000, unit="yr", lower=100, upper=50_000)
    """Age of the soil at the start, for mode pedogenesis."""
    measured: list[Measured] = Field(default_factory=list)
    """Organic carbon measured at the start, for mode measured."""

    @model_validator(mode="after")
    def _check_measured(self) -> Start:
        if self.mode == "measured" and not self.measured:
            raise problem(
                "(missing)",
                "one [[start.measured]] table or more for mode = 'measured'",
                "Add them, or choose mode = 'steady'.",
                "measured",
            )
        if self.mode != "measured" and self.measured:
            raise problem(
                f"({len(self.measured)} given)",
                f"none for mode = '{self.mode}'",
                "Set mode = 'measured', or write them as [[observation]] to compare with.",
                "measured",
            )
        for number, (above, below) in enumerate(zip(self.measured[:-1], self.measured[1:], strict=True), start=2):
            if below.top_cm < above.bottom_cm - 1e-9:
                raise problem(
                    below.top_cm,
                    f"{above.bottom_cm:g} cm or more, where the one above ends",
                    "List them from the top downward, without overlaps.",
                    f"measured[{number}].top_cm",
                )
        return self


class HistoryEntry(LandUse):
    """A land cover that holds from a year on."""

    from_year: int = quantity(unit="(a calendar year)", lower=FIRST_YEAR, upper=LAST_YEAR)
    """First year under this cover."""
