"""How a site starts and what grows on it from then on."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from pedozone.config.section import FIRST_YEAR, LAST_YEAR, Section, problem, quantity
from pedozone.plants.allocation import SOURCE, crop_inputs, crop_production
from pedozone.plants.cover import LandCover, load_cover, read_cover
from pedozone.plants.deposition import at_position, respond_to_deposition
from pedozone.plants.management import with_cover_crop, with_deep_roots, with_grazing
from pedozone.plants.production import (
    Conditions,
    from_climate,
    with_modelled_nitrogen,
    with_nitrogen_supply,
    with_production,
)


class PlantInputs(Section):
    """Plant carbon given to the soil in a year; what is left out stays as in the preset."""

    leaf: float | None = quantity(None, unit="kg C m-2 yr-1", lower=0, upper=5)
    """Litter from above ground."""
    root: float | None = quantity(None, unit="kg C m-2 yr-1", lower=0, upper=5)
    """Dead roots."""
    exudate: float | None = quantity(None, unit="kg C m-2 yr-1", lower=0, upper=5)
    """Exudates and other carbon from living roots."""
    wood: float | None = quantity(None, unit="kg C m-2 yr-1", lower=0, upper=5)
    """Coarse woody litter."""


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
    """Name of the land cover; or path of a file of one's own (``my-crop.toml``), from the folder of the site file."""
    inputs_kg_c_m2_yr: PlantInputs | None = None
    """Plant inputs instead of those of the preset."""
    crop: Crop | None = None
    """A crop from whose yield the plant inputs are computed."""
    production: Literal["preset", "climate", "climate-and-soil"] = "preset"
    """preset: the inputs of the preset as they are; climate: scaled by the Miami model from the
    climate to which the preset belongs to that of the site; climate-and-soil: lowered besides
    where the topsoil is acid or poor in bases."""
    nitrogen_supply_kg_ha_yr: float | None = quantity(None, unit="kg N ha-1 yr-1", lower=0, upper=1000)
    """Nitrogen that plants can take up; production falls where their litter holds more."""
    npp_kg_c_m2_yr: float | None = quantity(None, unit="kg C m-2 yr-1", lower=0.001, upper=5)
    """Net primary production, to which all inputs and the harvest are scaled."""
    nitrogen_limits_production: bool = False
    """Whether production falls short where plants do not find its nitrogen in the modelled soil; needs nitrogen =
    "modelled" under [modes]."""
    nitrogen_fertiliser_kg_ha_yr: float | None = quantity(None, unit="kg N ha-1 yr-1", lower=0, upper=1000)
    """Mineral nitrogen spread every year, less what the harvest carries off; needs nitrogen = "modelled" under
    [modes]."""
    trait_position: float | None = quantity(None, unit="(a share)", lower=0, upper=1)
    """Place on the axis from conservative (0) to acquisitive (1) plants, instead of the preset's."""
    nitrogen_deposition_kg_ha_yr: float | None = quantity(None, unit="kg N ha-1 yr-1", lower=0, upper=500)
    """Nitrogen from the air; it shifts traits, and above the critical load the assemblage."""
    rooting_depth_cm: float | None = quantity(None, unit="cm", lower=1, upper=2000)
    """Depth below which no roots grow."""
    root_beta: float | None = quantity(None, unit="(relative)", lower=0.5, upper=0.9999)
    """Share of roots above d cm is 1 - root_beta**d."""
    deep_rooting_factor: float | None = quantity(None, unit="(relative)", lower=0.25, upper=4)
    """Depth of the roots over that of the preset: 2 for a variety that roots twice as deep."""
    grazing_intensity: float | None = quantity(None, unit="(relative)", lower=0, upper=1.5)
    """Grazing beyond that of the preset; 1 is the mean of grazed against ungrazed land."""
    cover_crop_intensity: float | None = quantity(None, unit="(relative)", lower=0, upper=2)
    """Cover crop between the crops; 1 is the mean of field experiments."""
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
        for name, given in (
            ("crop", self.crop is not None),
            ("npp_kg_c_m2_yr", self.npp_kg_c_m2_yr is not None),
        ):
            if given and self.production != "preset":
                raise problem(
                    f"(together with production = '{self.production}')",
                    f"either {name} or production = '{self.production}'",
                    "Delete one of the two.",
                    name,
                )
        if self.crop is not None and self.npp_kg_c_m2_yr is not None:
            raise problem(
                "(together with npp_kg_c_m2_yr)",
                "either crop or npp_kg_c_m2_yr",
                "Delete one of the two: the yield already fixes the production.",
                "crop",
            )
        self._check_nitrogen()
        if self.deep_rooting_factor is not None and (self.root_beta is not None or self.rooting_depth_cm is not None):
            raise problem(
                self.deep_rooting_factor,
                "deep_rooting_factor, or root_beta and rooting_depth_cm",
                "Delete one or the other: both set the depth of the roots.",
                "deep_rooting_factor",
            )
        return self

    def _check_nitrogen(self) -> None:
        """Refuse to lower what the file gives as it was measured, or to lower it twice."""
        given = ("nitrogen_supply_kg_ha_yr", "npp_kg_c_m2_yr", "inputs_kg_c_m2_yr", "crop")
        for name in given if self.nitrogen_limits_production else ():
            if getattr(self, name) is not None:
                why = "the supply given" if name == given[0] else "what is given for plants"
                raise problem(
                    f"(together with {name})",
                    f"either nitrogen_limits_production or {name}",
                    f"Delete one of the two: {why} already says what they bring.",
                    "nitrogen_limits_production",
                )

    def resolve(self, year: int, conditions: Conditions | None = None, folder: Path | None = None) -> LandCover:
        """The land cover with its changes.

        Parameters
        ----------
        year : int
            Year from which it holds; part of its name where the preset was changed.
        conditions : Conditions, optional
            Climate and topsoil of the site, which ``production = "climate"`` needs.
        folder : pathlib.Path, optional
            Folder from which the path of a cover's file counts; the current one by default.

        Raises
        ------
        PlantError
            A land cover or crop that is not known or cannot be read, or values that leave their range together.
        ValueError
            ``production = "climate"`` without `conditions`.

        Notes
        -----
        In this order: production, traits, management, nitrogen deposition, and last what the file
        gives outright. What the soil's nitrogen makes of it is found while the years are simulated.
        """
        own = self.cover.endswith(".toml")
        preset = read_cover(self.cover, folder or Path()) if own else load_cover(self.cover)
        name = f"{preset.name} from {year}"
        cover = preset
        if self.npp_kg_c_m2_yr is not None:
            cover = with_production(cover, self.npp_kg_c_m2_yr, name, "site file")
        elif self.production != "preset":
            if conditions is None:
                raise ValueError("production = 'climate' needs the conditions of the site; give resolve them.")
            cover = from_climate(cover, conditions, name, soil=self.production == "climate-and-soil")
        if self.crop is not None:
            cover = self._with_crop(cover, self.crop, name)
        if self.nitrogen_supply_kg_ha_yr is not None:
            cover = with_nitrogen_supply(cover, self.nitrogen_supply_kg_ha_yr / 1e4, name)
        if self.trait_position is not None:
            cover = at_position(cover, self.trait_position, name, "site file; from the trait position")
        if self.cover_crop_intensity:
            cover = with_cover_crop(cover, self.cover_crop_intensity, name)
        if self.grazing_intensity:
            cover = with_grazing(cover, self.grazing_intensity, name)
        if self.deep_rooting_factor is not None:
            cover = with_deep_roots(cover, self.deep_rooting_factor, name)
        if self.nitrogen_deposition_kg_ha_yr is not None:
            cover = respond_to_deposition(cover, self.nitrogen_deposition_kg_ha_yr, name)
        if self.nitrogen_limits_production or self.nitrogen_fertiliser_kg_ha_yr is not None:
            spread = (self.nitrogen_fertiliser_kg_ha_yr or 0.0) / 1e4
            cover = with_modelled_nitrogen(cover, self.nitrogen_limits_production, spread, name)
        values = self._given(cover)
        return cover.changed(name, "site file", **values) if values else cover

    @staticmethod
    def _with_crop(cover: LandCover, crop: Crop, name: str) -> LandCover:
        given = crop_inputs(crop.name, crop.yield_t_ha, crop.residue_removed_fraction, crop.moisture_percent)
        production = crop_production(crop.name, crop.yield_t_ha, crop.moisture_percent)
        return cover.changed(
            name,
            f"site file; from the yield after {SOURCE}",
            leaf_input=given.leaf,
            root_input=given.root,
            exudate_input=given.exudate,
            wood_input=0.0,
            harvest=max(production - sum(given), 0.0),
            net_primary_production=production,
        )

    def _given(self, cover: LandCover) -> dict[str, float]:
        """The values that the file gives outright, by field of the cover."""
        values: dict[str, float] = {}
        if self.inputs_kg_c_m2_yr is not None:
            for part, value in self.inputs_kg_c_m2_yr:
                if value is not None:
                    values[f"{part}_input"] = value
        if self.rooting_depth_cm is not None:
            values["rooting_depth"] = self.rooting_depth_cm / 100.0
        if self.root_beta is not None:
            values["root_beta"] = self.root_beta
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
        return values


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
    """Name of the land cover of the start, or path of a file of one's own."""
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
