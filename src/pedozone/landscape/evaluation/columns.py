"""A column for every profile: what is taken from the profile, what is assumed and from where."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pedozone.column.soil_types import load_soil_type
from pedozone.config.errors import InputError
from pedozone.landscape.evaluation.horizons import horizons_of
from pedozone.landscape.evaluation.rules import Choice, aridity, climate_class, cover_choice, rules, soil_choice
from pedozone.observations.frames import grouped_rows, numbers, rows_of, texts
from pedozone.observations.monthly_climate import WAVE_SOURCE, ClimateTable, Year, usual_year
from pedozone.observations.profiles import Profiles

BEFORE_THE_BOMB = 1950
"""Year in which columns start whose profile was sampled later: radiocarbon of the bombs is in the air from 1955 on."""
ASSUMED_YEAR = 2000
"""Year of sampling where none is given; radiocarbon is then not compared."""
MONTHS = tuple(range(1, 13))

LEFT_OUT = {
    "peat": "organic throughout (peat): its depths count from the surface, those of the modelled column from the "
    "mineral soil below",
    "treated": "an experimental treatment that the table does not describe (--treated simulates it without)",
    "empty": "no mineral layer with organic carbon or Delta14C to compare with",
    "latitude": "no latitude: neither in the data nor in the template",
    "climate": "no climate: no mean annual temperature and precipitation, nor in the table of climates or the template",
}
"""Why a profile is not built."""


class _Unbuilt(Exception):
    pass


@dataclass(frozen=True)
class Columns:
    """Columns to be simulated, and what they rest on.

    Attributes
    ----------
    sites : pandas.DataFrame
        A sites table as `pedozone.landscape.batch.run_batch` reads it.
    profiles : pandas.DataFrame
        Every profile: ``profile_id``, ``status`` ("built" or "not built"), ``reason``, place, year, classes and
        presets.
    assumed : pandas.DataFrame
        ``profile_id``, ``what``, ``value``, ``origin`` (profile, climate table, template, preset or assumed) and
        ``words``.
    """

    sites: pd.DataFrame
    profiles: pd.DataFrame
    assumed: pd.DataFrame


class _Given(NamedTuple):
    """What all profiles share."""

    template: Mapping[str, Any]
    climate: ClimateTable | None
    treated: bool


class _Notes:
    """What a column was built of."""

    def __init__(self, profile: str) -> None:
        self.profile = profile
        self.rows: list[tuple[str, str, str, str, str]] = []

    def say(self, what: str, value: object, origin: str, words: str = "") -> None:
        """Take down where a part of the column comes from."""
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        self.rows.append((self.profile, what, shown, origin, words))


def build_columns(
    observed: Profiles, template: Mapping[str, Any], climate: ClimateTable | None = None, *, treated: bool = False
) -> Columns:
    """Build columns.

    Parameters
    ----------
    observed : Profiles
    template : mapping
        Content of a site file for what profiles do not say; sections and fields may be missing.
    climate : ClimateTable, optional
        Monthly climates, in place of annual means.
    treated : bool
        Whether profiles of experimental treatments are built, too (as if they had none).
    """
    given = _Given(template, climate, treated)
    table = observed.profile.merge(observed.site.drop(columns=["file", "row"]), on="site_id", how="left")
    layers = {str(name): part for name, part in grouped_rows(observed.layer, "profile_id")}
    nothing = rows_of(observed.layer, np.zeros(len(observed.layer)))
    sites, profiles, assumed = [], [], []
    for record in table.to_dict("records"):
        name = str(record["profile_id"])
        notes, about = _Notes(name), _about({str(k): v for k, v in record.items()}, given)
        try:
            sites.append(_site(about, layers.get(name, nothing), given, notes))
        except _Unbuilt as reason:
            about |= {"status": "not built", "reason": LEFT_OUT[str(reason)]}
        else:
            assumed += notes.rows
        profiles.append({key: about[key] for key in _SHOWN})
    order = pd.DataFrame(sites)
    if len(order):
        # What can be simulated together stands together; and dry places do, whose steady states take the longest.
        keys = ["start.year", "_zone", "_wet", "_aridity"]
        order = order.sort_values(keys, kind="stable", ignore_index=True).drop(columns=keys[1:])
        order = order.dropna(axis="columns", how="all")
    return Columns(
        order,
        pd.DataFrame(profiles, columns=list(_SHOWN)),
        pd.DataFrame(assumed, columns=["profile_id", "what", "value", "origin", "words"]),
    )


_SHOWN = (
    *("profile_id", "site_id", "status", "reason", "latitude", "longitude", "sampling_year", "year_known"),
    *("mean_annual_temperature_c", "mean_annual_precipitation_mm", "climate", "soil", "land_cover", "soil_preset"),
    *("plant_preset", "texture", "bulk_density", "source"),
)


def _about(record: dict[str, Any], given: _Given) -> dict[str, Any]:
    """What is known of a profile, with the place of the template where it has none."""
    about: dict[str, Any] = dict.fromkeys(_SHOWN, "")
    about |= {
        k: v for k, v in record.items() if k in (*_SHOWN, "wrb", "usda", "fao", "climate_class", "treatment", "peat")
    }
    about["reported_cover"] = about["land_cover"]
    place = given.template.get("site", {})
    for axis in ("latitude", "longitude"):
        if not _finite(record[axis]):
            about[axis] = place.get(axis, math.nan)
    year = record["sampling_year"]
    about |= {"year_known": _finite(year), "status": "built", "reason": ""}
    about["sampling_year"] = float(year) if _finite(year) else float(ASSUMED_YEAR)
    return about


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _site(about: dict[str, Any], layer: pd.DataFrame, given: _Given, notes: _Notes) -> dict[str, Any]:
    """The row of a profile in the sites table."""
    cover_and_climate = _climate(about, given, notes)
    mineral = mineral_layers(layer)
    if about["peat"]:
        raise _Unbuilt("peat")
    if str(about["treatment"]).casefold() not in ("", "control") and not given.treated:
        raise _Unbuilt("treated")
    if not comparable(mineral).any():
        raise _Unbuilt("empty")
    if not _finite(about["latitude"]):
        raise _Unbuilt("latitude")
    if cover_and_climate is None:
        raise _Unbuilt("climate")
    row: dict[str, Any] = {"site.name": about["profile_id"], "site.latitude": float(about["latitude"])}
    row["site.longitude"] = float(about["longitude"]) if _finite(about["longitude"]) else 0.0
    row |= cover_and_climate
    plant = _cover(about, given, notes)
    row["start.cover"] = plant.preset if plant.known or "cover" not in given.template.get("start", {}) else None
    row |= _soil(about, mineral, plant, given, notes)
    row |= _years(about, given, notes)
    row["_aridity"] = aridity(about["mean_annual_temperature_c"], about["mean_annual_precipitation_mm"])
    row["_zone"] = int(np.digitize(float(about["latitude"]), (-10.0, 0.0, 15.0, 40.0)))
    return row


def mineral_layers(layer: pd.DataFrame) -> pd.DataFrame:
    """The layers of mineral soil that have a depth, below 0."""
    good = ~texts(layer, "organic").astype(bool) & (numbers(layer, "top_cm") >= 0.0)
    return rows_of(layer, good & (numbers(layer, "bottom_cm") > numbers(layer, "top_cm")))


def comparable(layer: pd.DataFrame) -> np.ndarray:
    """Which layers have something to compare with, [layers]."""
    fields = ("soc_percent", "delta14c_permil", "soc_stock_kg_m2")
    return np.logical_or.reduce([np.isfinite(numbers(layer, field)) for field in fields])


def _climate(about: dict[str, Any], given: _Given, notes: _Notes) -> dict[str, Any] | None:
    """Monthly climate: of the table, else from the profile's annual means, else that of the template."""
    means = about["mean_annual_temperature_c"], about["mean_annual_precipitation_mm"]
    latitude, longitude = about["latitude"], about["longitude"]
    year: Year | None = None
    if given.climate is not None:
        year = given.climate.of(str(about["site_id"]), float(latitude), float(longitude))
    shown = None
    if year is not None:
        notes.say("climate", "12 months", "climate table", Path(given.climate.file).name if given.climate else "")
    elif all(map(_finite, means)) and _finite(latitude):
        year = usual_year(float(means[0]), float(means[1]), float(latitude))
        notes.say("climate", f"{means[0]:g} degC, {means[1]:g} mm", "profile", "annual means of the site")
        notes.say("seasons", "from latitude and annual means", "assumed", WAVE_SOURCE)
    elif isinstance(shown := given.template.get("climate"), Mapping) and "temperature_c" in shown:
        notes.say("climate", "12 months", "template", str(shown.get("source", "")))
    else:
        about["climate"] = climate_class(str(about["climate_class"]), math.nan, math.nan)
        return None
    row: dict[str, Any] = {}
    if year is None:
        assert isinstance(shown, Mapping)
        months = {key: np.asarray(shown.get(f"{key}_{unit}", [math.nan])) for key, unit in _UNITS.items()}
        year = Year(months["temperature"], months["precipitation"])
    else:
        for key, values in zip(_UNITS, year, strict=True):
            for month in MONTHS:
                cell = None if values is None else round(float(values[month - 1]), 3)
                row[f"{key}_{month}"] = cell
    about["mean_annual_temperature_c"] = float(np.mean(year.temperature))
    about["mean_annual_precipitation_mm"] = float(np.sum(year.precipitation))
    about["climate"] = climate_class(
        str(about["climate_class"]), about["mean_annual_temperature_c"], about["mean_annual_precipitation_mm"]
    )
    return row


_UNITS = {"temperature": "c", "precipitation": "mm", "potential_evapotranspiration": "mm"}


def _cover(about: dict[str, Any], given: _Given, notes: _Notes) -> Choice:
    means = about["mean_annual_temperature_c"], about["mean_annual_precipitation_mm"]
    plant = cover_choice(str(about["reported_cover"]), str(about["climate_class"]), float(means[0]), float(means[1]))
    own = given.template.get("start", {})
    about["land_cover"] = plant.group
    if not plant.known and "cover" in own:
        notes.say("land cover", own["cover"], "template")
        about["plant_preset"] = str(own["cover"])
    else:
        notes.say("land cover", plant.preset, "profile" if plant.known else "assumed", plant.told)
        about["plant_preset"] = plant.preset
    if production_is_open(own):
        notes.say(
            "plant production", "of the climate", "assumed", "Miami model (Lieth 1975) relative to the preset's climate"
        )
    notes.say("history", "the same land cover always", "assumed", "steady state before the first year")
    return plant


def production_is_open(start: Mapping[str, Any]) -> bool:
    """Whether a ``[start]`` section says nothing of how much grows."""
    return not {"production", "inputs_kg_c_m2_yr", "crop", "npp_kg_c_m2_yr"} & set(start)


def _soil(about: dict[str, Any], mineral: pd.DataFrame, plant: Choice, given: _Given, notes: _Notes) -> dict[str, Any]:
    """Preset and horizons."""
    soil = soil_choice(*(str(about[name]) for name in ("wrb", "fao", "usda")))
    about["soil"] = soil.group
    if soil.preset == "histosol":
        raise _Unbuilt("peat")
    own = given.template.get("soil", {})
    preset, origin, told = soil.preset, "profile" if soil.known else "assumed", soil.told
    if not soil.known and plant.group == "wetland":
        preset, told = rules()["soil"]["wetland"]["preset"], f"{soil.told}; that of wetlands"
    if not soil.known and ("preset" in own or "horizon" in own):
        preset, origin, told = str(own.get("preset", "")), "template", ""
    typical, name = _typical(own, preset)
    notes.say("soil type", preset or "horizons of the template", origin, told)
    found = horizons_of(mineral, typical, name)
    for what, words in _WORDS.items():
        basis, more = found.told[what]
        notes.say(words, "measured" if basis == "profile" else more, basis, more if basis == "profile" else "")
    about |= {
        "soil_preset": preset,
        "texture": "measured" if found.told["clay_percent"][0] == "profile" else "assumed",
        "bulk_density": "measured" if found.told["bulk_density_g_cm3"][0] == "profile" else "modelled",
    }
    row: dict[str, Any] = {"soil.preset": preset or None}
    bedrock = load_soil_type(preset).soil.get("bedrock_depth_m") if preset else None
    horizons = found.horizons
    row["soil.bedrock_depth_m"] = None
    if bedrock is not None:
        base = round(max(100.0 * bedrock, min(float(numbers(mineral, "bottom_cm").max()), 300.0)), 1)
        horizons = [{**h, "bottom_cm": min(h["bottom_cm"], base)} for h in horizons if h["top_cm"] < base - 1e-9]
        row["soil.bedrock_depth_m"] = base / 100.0
        notes.say("rock", f"{base:g} cm", "preset", f"{name}, below the deepest layer")
    row["soil.horizon"] = _inline(horizons)
    row["_wet"] = preset in ("gleysol", "solonchak")
    return row


_WORDS = {
    "clay_percent": "texture",
    "ph": "pH",
    "coarse_fragments_percent": "coarse fragments",
    "bulk_density_g_cm3": "bulk density",
    "oxides_percent": "oxides",
    "base_saturation_percent": "base saturation",
}


def _typical(own: Mapping[str, Any], preset: str) -> tuple[list[Mapping[str, Any]], str]:
    """Horizons of the soil type, and its name."""
    if preset:
        if preset.endswith(".toml"):
            mend = "Name one that comes with pedozone, or write its horizons into the template."
            raise InputError("template", "soil.preset", preset, "a preset", mend)
        return list(load_soil_type(preset).horizons), f"preset {preset}"
    return list(own["horizon"]), "horizons of the template"


def _inline(horizons: list[dict[str, float]]) -> str:
    """Horizons as the value of one cell, in TOML."""
    tables = ("{ " + ", ".join(f"{key} = {value!r}" for key, value in h.items()) + " }" for h in horizons)
    return "[" + ", ".join(tables) + "]"


def _years(about: dict[str, Any], given: _Given, notes: _Notes) -> dict[str, int]:
    """First and last year simulated."""
    year = int(about["sampling_year"])
    if about["year_known"]:
        notes.say("sampling year", year, "profile")
    else:
        notes.say("sampling year", year, "assumed", "not given; Delta14C is not compared")
    start = int(given.template.get("start", {}).get("year", BEFORE_THE_BOMB))
    if year < start:
        return {"start.year": year, "run.end_year": year}
    return {"start.year": start, "run.end_year": year}
