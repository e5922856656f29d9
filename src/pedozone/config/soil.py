"""The soil of a site: its depth, its layers and its horizons."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ConfigDict, Field, ValidationInfo, model_validator

from pedozone.column.soil_types import SoilTypeError, group_hint, load_soil_type, read_soil_type
from pedozone.config.section import Section, problem, quantity

if TYPE_CHECKING:
    import numpy as np

_TEXTURE = ("sand_percent", "silt_percent", "clay_percent")
DEFAULT_DEPTH_M = 3.0
# Depths are written to the millimetre at best.
_TOLERANCE_CM = 0.05
# Properties of the minerals that a horizon may give, with the words of a note.
_MINERALS = {
    "oxides_percent": "oxides",
    "cation_exchange_capacity_cmol_kg": "cation exchange capacity",
    "base_saturation_percent": "base saturation",
    "exchangeable_sodium_percent": "exchangeable sodium",
    "exchangeable_calcium_cmol_kg": "exchangeable calcium",
}


class Horizon(Section):
    """A part of the profile described as one; depths are positive downward from the mineral surface."""

    top_cm: float = quantity(unit="cm", lower=0, upper=10_000)
    """Depth of the top of the horizon."""
    bottom_cm: float = quantity(unit="cm", lower=0, upper=10_000)
    """Depth of its base."""
    sand_percent: float = quantity(unit="percent of the fine earth", lower=0, upper=100)
    """Sand, 0.05 (or 0.063) to 2 mm."""
    silt_percent: float = quantity(unit="percent of the fine earth", lower=0, upper=100)
    """Silt, 0.002 to 0.05 (or 0.063) mm."""
    clay_percent: float = quantity(unit="percent of the fine earth", lower=0, upper=100)
    """Clay, below 0.002 mm."""
    ph: float = quantity(unit="(pH in water)", lower=2.5, upper=11)
    """pH in water."""
    coarse_fragments_percent: float = quantity(0.0, unit="percent of the volume", lower=0, upper=95)
    """Stones and gravel above 2 mm, by volume; they hold no carbon."""
    bulk_density_g_cm3: float | None = quantity(None, unit="g cm-3", lower=0.05, upper=2.3)
    """Measured bulk density of the fine earth; modelled from texture and organic matter where it
    is left out."""
    cation_exchange_capacity_cmol_kg: float | None = quantity(None, unit="cmol kg-1", lower=0, upper=300)
    """Cation exchange capacity at pH 7 of the minerals; in topsoil, what is measured less that of the organic
    matter (about 2 cmol per kg and percent of organic carbon)."""
    base_saturation_percent: float | None = quantity(None, unit="percent of the exchange capacity", lower=0, upper=100)
    """Calcium, magnesium, potassium and sodium on the exchange sites."""
    exchangeable_sodium_percent: float | None = quantity(
        None, unit="percent of the exchange capacity", lower=0, upper=100
    )
    """Sodium on the exchange sites."""
    exchangeable_calcium_cmol_kg: float | None = quantity(None, unit="cmol kg-1", lower=0, upper=300)
    """Exchangeable calcium; four fifths of the bases other than sodium where it is left out and they are known."""
    oxides_percent: float | None = quantity(None, unit="percent of the fine earth", lower=0, upper=20)
    """Poorly crystalline oxides: oxalate-extractable aluminium and half of the oxalate-extractable iron."""
    electrical_conductivity_ds_m: float | None = quantity(None, unit="dS m-1", lower=0, upper=300)
    """Electrical conductivity of the saturation extract; taken as that of soil without salt where it is left out."""

    @model_validator(mode="after")
    def _check(self) -> Horizon:
        if self.bottom_cm <= self.top_cm:
            raise problem(
                self.bottom_cm,
                f"more than top_cm = {self.top_cm:g} cm",
                "Depths run downward from the surface; swap top_cm and bottom_cm if they are reversed.",
                "bottom_cm",
            )
        total = sum(getattr(self, name) for name in _TEXTURE)
        if abs(total - 100.0) > 1.0 + 1e-9:
            raise problem(
                f"(sand {self.sand_percent:g} + silt {self.silt_percent:g} + clay {self.clay_percent:g} = {total:g})",
                "a sum of 99 to 101 percent",
                "Correct one of sand_percent, silt_percent and clay_percent; they are shares of "
                "the fine earth, without stones and organic matter.",
            )
        bases, sodium = self.base_saturation_percent, self.exchangeable_sodium_percent
        if bases is not None and sodium is not None and sodium > bases + 1e-9:
            raise problem(
                sodium,
                f"at most base_saturation_percent = {bases:g}",
                "Sodium is one of the bases; correct one of the two.",
                "exchangeable_sodium_percent",
            )
        capacity, calcium = self.cation_exchange_capacity_cmol_kg, self.exchangeable_calcium_cmol_kg
        if capacity is not None and calcium is not None and calcium > capacity + 1e-9:
            raise problem(
                calcium,
                f"at most cation_exchange_capacity_cmol_kg = {capacity:g}",
                "Calcium beyond it lies in carbonates and salts; give what is exchangeable.",
                "exchangeable_calcium_cmol_kg",
            )
        return self


class Soil(Section):
    """The soil profile and how finely it is divided."""

    model_config = ConfigDict(json_schema_extra=lambda schema: _horizon_or_preset(schema))

    preset: str | None = Field(None, min_length=1)
    """Name of a soil type, for instance "podzol", or path of a file of one's own, from the folder of the site file: it
    fills in whatever is not given here; horizons given here take the place of all of its horizons."""
    depth_m: float = quantity(DEFAULT_DEPTH_M, unit="m", lower=0.3, upper=20)
    """Depth of the column; 3 m where it is left out, or the bedrock if that is shallower."""
    layers: int = quantity(30, lower=10, upper=80, unit="layers")
    """Number of mineral layers, thin at the surface."""
    mineral_activity: Literal["high", "low"] = "high"
    """Whether the clay is of high activity (2:1 clays, most temperate soils) or of low activity
    (1:1 clays and oxides)."""
    wrb: str | None = Field(None, min_length=1)
    """Reference soil group of the World Reference Base, for the record."""
    bedrock_depth_m: float | None = quantity(None, unit="m", lower=0.3, upper=100)
    """Depth of hard rock, if there is any."""
    water_table_m: float | None = quantity(None, unit="m", lower=0, upper=100)
    """Mean depth of the water table, if it matters."""
    water_table_amplitude_m: float | None = quantity(None, unit="m", lower=0, upper=20)
    """How far the water table rises above and falls below its mean in the course of a year."""
    water_table_trend_m_yr: float = quantity(0.0, unit="m yr-1", lower=-0.5, upper=0.5)
    """Slow change of the mean water table; positive where it falls."""
    groundwater_sodium_percent: float | None = quantity(
        None, unit="percent of the exchange capacity", lower=0, upper=100
    )
    """Exchangeable sodium in balance with the groundwater; it replaces that of the horizons below the water table and,
    fading upward, half a metre above where it reaches."""
    groundwater_base_saturation_percent: float | None = quantity(
        None, unit="percent of the exchange capacity", lower=0, upper=100
    )
    """Base saturation in balance with the groundwater, likewise."""
    age_years: float | None = quantity(None, unit="yr", lower=0, upper=1e8)
    """Years of soil formation at the start, where the reactive minerals of young or of deeply weathered soil are to
    differ from those of the mineral activity; with weathering = 'modelled' under [modes] they go on from there."""
    organic_slots: int = quantity(1, lower=1, upper=20, unit="slots")
    """Number of organic layers above the mineral soil."""
    horizon: list[Horizon] = Field(min_length=1)
    """The horizons, from the top downward, without gaps."""

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, data: Any, info: ValidationInfo) -> Any:
        if not isinstance(data, dict):
            return data
        if isinstance(data.get("preset"), str) and data["preset"]:
            data = {**_preset_section(data, (info.context or {}).get("folder")), **data}
        if "depth_m" not in data:
            bedrock = data.get("bedrock_depth_m")
            if isinstance(bedrock, int | float) and 0.3 <= bedrock < DEFAULT_DEPTH_M:
                return {**data, "depth_m": float(bedrock)}
        return data

    @model_validator(mode="after")
    def _check(self) -> Soil:
        self._check_groundwater()
        bedrock = self.bedrock_depth_m
        if bedrock is not None and self.depth_m > bedrock + 1e-9:
            raise problem(
                self.depth_m,
                f"at most bedrock_depth_m = {bedrock:g} m",
                f"Layers cannot lie in rock: set depth_m = {bedrock:g}, leave depth_m out, or correct bedrock_depth_m.",
                "depth_m",
            )
        for index, horizon in enumerate(self.horizon):
            if bedrock is not None and horizon.bottom_cm > 100 * bedrock + _TOLERANCE_CM:
                raise problem(
                    horizon.bottom_cm,
                    f"at most bedrock_depth_m = {bedrock:g} m, that is {100 * bedrock:g} cm",
                    "Cut the horizon at the rock, or correct bedrock_depth_m.",
                    f"horizon[{index + 1}].bottom_cm",
                )
            if index:
                _check_contact(self.horizon[index - 1], horizon, index + 1)
        return self

    def _check_groundwater(self) -> None:
        if self.water_table_m is None:
            for name in (
                "water_table_amplitude_m",
                "water_table_trend_m_yr",
                "groundwater_sodium_percent",
                "groundwater_base_saturation_percent",
            ):
                if getattr(self, name):
                    raise problem(
                        getattr(self, name),
                        "none without water_table_m",
                        "Give water_table_m, the mean depth of the water table, too.",
                        name,
                    )
        bases, sodium = self.groundwater_base_saturation_percent, self.groundwater_sodium_percent
        if bases is not None and sodium is not None and sodium > bases + 1e-9:
            raise problem(
                sodium,
                f"at most groundwater_base_saturation_percent = {bases:g}",
                "Sodium is one of the bases; correct one of the two.",
                "groundwater_sodium_percent",
            )

    def profile(self, name: str, top_m: Any, bottom_m: Any) -> np.ndarray:
        """A property of the horizons as the mean over each of a set of layers.

        Parameters
        ----------
        name : str
            A numeric field of `Horizon`, for instance ``clay_percent``; sand, silt and clay are
            first scaled to sum to 100.
        top_m, bottom_m : array_like, shape (n,)
            Depths of the layers' tops and bases, m, positive downward.

        Returns
        -------
        numpy.ndarray, shape (n,)
            Means weighted by thickness, in the unit of the field. The first horizon reaches up
            to any height and the last one down to any depth. NaN where an optional property is
            given for none of the horizons that a layer meets.

        Raises
        ------
        ValueError
            An unknown property, or depths of different shape or not downward.
        """
        import numpy as np

        if name not in Horizon.model_fields or name in ("top_cm", "bottom_cm"):
            known = [key for key in Horizon.model_fields if key not in ("top_cm", "bottom_cm")]
            raise ValueError(f"no property {name!r} of horizons; known are {', '.join(known)}")
        top = np.atleast_1d(np.asarray(top_m, dtype=float))
        bottom = np.atleast_1d(np.asarray(bottom_m, dtype=float))
        if top.shape != bottom.shape or top.ndim != 1 or not np.all(bottom > top):
            raise ValueError("top_m and bottom_m must be of one length, bottoms below tops")
        upper = np.array([h.top_cm / 100.0 for h in self.horizon])
        lower = np.array([h.bottom_cm / 100.0 for h in self.horizon])
        # Contacts as one edge, so that a gap of less than a millimetre leaves no layer empty.
        upper[0], upper[1:], lower[-1] = -math.inf, lower[:-1], math.inf
        values = np.array([self._value(h, name) for h in self.horizon])
        shared = np.minimum(bottom[:, None], lower) - np.maximum(top[:, None], upper)
        weight = np.where(np.isnan(values), 0.0, np.clip(shared, 0.0, None))
        total = weight.sum(axis=1)
        mean = (weight * np.nan_to_num(values)).sum(axis=1) / np.where(total > 0, total, 1.0)
        return np.where(total > 0, mean, np.nan)

    def _value(self, horizon: Horizon, name: str) -> float:
        value = getattr(horizon, name)
        if value is None:
            return math.nan
        if name in _TEXTURE:
            return 100.0 * value / sum(getattr(horizon, part) for part in _TEXTURE)
        return float(value)

    def notes(self) -> list[str]:
        """What was assumed where the description of the soil ends."""
        found = []
        first, last = self.horizon[0], self.horizon[-1]
        if first.top_cm > _TOLERANCE_CM:
            found.append(f"soil.horizon[1] starts at {first.top_cm:g} cm; it was taken to reach up to the surface.")
        if last.bottom_cm < 100 * self.depth_m - _TOLERANCE_CM:
            found.append(
                f"soil.horizon[{len(self.horizon)}] ends at {last.bottom_cm:g} cm; it was taken "
                f"to reach down to depth_m = {self.depth_m:g} m."
            )
        if self.wrb is not None and (hint := group_hint(self.wrb)):
            found.append(f"soil.wrb = '{self.wrb}' holds no reference soil group of the World Reference Base. {hint}")
        if not self._has_preset_horizons():
            found.extend(self._mineral_notes())
        if any(horizon.bulk_density_g_cm3 is not None for horizon in self.horizon):
            found.append(
                "soil.horizon.bulk_density_g_cm3 is taken as that of the mineral soil without its organic matter, "
                "which adds to the volume: the bulk density simulated comes out lower."
            )
        return found

    def _has_preset_horizons(self) -> bool:
        """Whether the horizons are those of a shipped preset, whose own page says what it assumes."""
        if self.preset is None or self.preset.endswith(".toml"):
            return False
        theirs = load_soil_type(self.preset).section()["horizon"]
        pairs = zip(self.horizon, theirs, strict=False)
        return all((h.top_cm, h.clay_percent, h.ph) == (t["top_cm"], t["clay_percent"], t["ph"]) for h, t in pairs)

    def _mineral_notes(self) -> list[str]:
        """What was assumed of the minerals, where some of their properties are given and others not."""
        given = {key: [getattr(horizon, key) is not None for horizon in self.horizon] for key in _MINERALS}
        if not any(any(where) for where in given.values()):
            return []
        found = []
        calcium = "exchangeable_calcium_cmol_kg"
        known = zip(given["cation_exchange_capacity_cmol_kg"], given["base_saturation_percent"], strict=True)
        follows = [capacity and bases for capacity, bases in known]
        if any(a and not b for a, b in zip(follows, given[calcium], strict=True)):
            found.append(
                "soil.horizon.exchangeable_calcium_cmol_kg was taken as four fifths of the bases other than sodium "
                "where it is not given."
            )
        given[calcium] = [a or b for a, b in zip(follows, given[calcium], strict=True)]
        absent = [words for key, words in _MINERALS.items() if not all(given[key])]
        if absent:
            found.append(
                f"soil.horizon does not give {', '.join(absent)} for every horizon; where not, minerals bind carbon as "
                "those of a temperate Luvisol of like texture."
            )
        return found


def _preset_section(data: dict[str, Any], folder: Path | None) -> dict[str, Any]:
    """What the preset named in a section fills in, without what would contradict the section."""
    preset = data["preset"]
    try:
        own = preset.endswith(".toml")
        section = (read_soil_type(preset, folder or Path()) if own else load_soil_type(preset)).section()
    except SoilTypeError as error:
        raise problem(error.value, error.allowed, error.mend, "preset") from None
    bedrock = data.get("bedrock_depth_m")
    if "horizon" in data:
        # Horizons of one's own say where the soil ends.
        section.pop("bedrock_depth_m", None)
    elif isinstance(bedrock, int | float):
        above = [h for h in section["horizon"] if h["top_cm"] < 100.0 * bedrock]
        section["horizon"] = [{**h, "bottom_cm": min(h["bottom_cm"], 100.0 * bedrock)} for h in above]
    return section


def _horizon_or_preset(schema: dict[str, Any]) -> None:
    """Say in the JSON Schema that a preset stands in for the horizons."""
    schema["required"] = [name for name in schema.get("required", []) if name != "horizon"]
    schema["anyOf"] = [{"required": ["horizon"]}, {"required": ["preset"]}]


def _check_contact(above: Horizon, below: Horizon, number: int) -> None:
    step = below.top_cm - above.bottom_cm
    if abs(step) > _TOLERANCE_CM:
        what = "leaves a gap below" if step > 0 else "overlaps"
        raise problem(
            below.top_cm,
            f"{above.bottom_cm:g} cm, where horizon {number - 1} ends",
            f"Horizon {number} {what} the one above it; list them from the top downward and let "
            "each start where the one above ends.",
            f"horizon[{number}].top_cm",
        )
