"""The horizons of a column from the layers of a profile, with the rest from a typical soil."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pedozone.observations.frames import numbers

TEXTURE = ("sand_percent", "silt_percent", "clay_percent")
BASE_CM = 300.0
"""Depth to which horizons are made."""

ORGANIC_CARBON_SHARE = 0.58
"""Carbon of organic matter, as in the model's parameter ``som_carbon_fraction``."""
ORGANIC_DENSITY = 0.224
"""Bulk density of organic matter (g cm-3), as in the model's parameter ``organic_bulk_density``."""
RICHEST_PERCENT = 12.0
"""Organic carbon above which the density of the minerals cannot be told from that of the soil (convention)."""

_CLOSEST_CM = 0.5  # limits nearer than this are one
_SUMS = 90.0, 110.0  # sand + silt + clay that are scaled to 100
_LIMITS = {
    "ph": (2.5, 11.0),
    "coarse_fragments_percent": (0.0, 95.0),
    "bulk_density_g_cm3": (0.3, 2.3),
    "oxides_percent": (0.0, 20.0),
    "base_saturation_percent": (0.0, 100.0),
}


class Profile(NamedTuple):
    """What is known of a property by depth.

    Attributes
    ----------
    top, bottom : array [layers]
        cm.
    value : array [layers]
    """

    top: np.ndarray
    bottom: np.ndarray
    value: np.ndarray

    def between(self, top: float, bottom: float, reach: bool) -> float:
        """Mean over a part; beyond the layers that of the nearest one, or NaN unless it is to `reach`."""
        shared = np.minimum(self.bottom, bottom) - np.maximum(self.top, top)
        inside = shared > 1e-9
        if inside.any():
            return float(np.average(self.value[inside], weights=shared[inside]))
        if not reach or not len(self.value):
            return math.nan
        return float(self.value[int(np.argmin(-shared))])


class Horizons(NamedTuple):
    """Horizons and what they rest on.

    Attributes
    ----------
    horizons : list of dict
        As in the ``[soil]`` section of a site file.
    told : dict of str to (str, str)
        By property: where it comes from ("profile", "preset" or "assumed"), and more in words.
    """

    horizons: list[dict[str, float]]
    told: dict[str, tuple[str, str]]


def horizons_of(layer: pd.DataFrame, typical: Sequence[Mapping[str, Any]], name: str) -> Horizons:
    """Horizons of a column.

    What was measured is taken at its depth, and from the nearest layer where there is none (texture, pH and coarse
    fragments; density, oxides and base saturation only where they were measured). All else is that of the typical soil,
    whose exchange capacity goes with the clay.

    Parameters
    ----------
    layer : pandas.DataFrame
        Mineral layers of one profile, with depths from 0 down.
    typical : sequence of mapping
        Horizons of a soil type.
    name : str
        Of it, for the words.
    """
    column = {field: numbers(layer, field) for field in layer.columns if layer[field].dtype.kind == "f"}
    top, bottom = column["top_cm"], column["bottom_cm"]
    told: dict[str, tuple[str, str]] = {}
    known = _measured(column, told, name)
    limits = _limits(top, bottom, known, typical)
    found = []
    for upper, lower in itertools.pairwise(limits):
        preset = _typical(typical, 0.5 * (upper + lower))
        found.append({"top_cm": float(upper), "bottom_cm": float(lower), **_values(known, preset, upper, lower)})
    return Horizons(_merged(found), told)


def mineral_density(bulk_density: np.ndarray, soc_percent: np.ndarray) -> np.ndarray:
    """Bulk density that the minerals would have without the organic matter (g cm-3).

    Volumes of minerals and organic matter add up (Robinson et al. 2022, doi:10.1038/s41598-022-09737-4), as in the
    model. NaN where carbon is not known or above `RICHEST_PERCENT`.
    """
    matter = np.asarray(soc_percent, float) / 100.0 / ORGANIC_CARBON_SHARE
    room = 1.0 - np.asarray(bulk_density, float) * matter / ORGANIC_DENSITY
    usable = (np.asarray(soc_percent, float) <= RICHEST_PERCENT) & (room > 0.2)
    return np.where(usable, bulk_density * (1.0 - matter) / np.where(usable, room, 1.0), np.nan)


def _measured(column: dict[str, np.ndarray], told: dict[str, tuple[str, str]], name: str) -> dict[str, Profile]:
    """What the layers tell, by property; how is put into `told`."""
    known: dict[str, Profile] = {}

    def keep(field: str, values: np.ndarray, words: str, otherwise: tuple[str, str]) -> None:
        low, high = _LIMITS.get(field, (-np.inf, np.inf))
        good = np.isfinite(values) & (values >= low) & (values <= high)
        if good.any():
            known[field] = Profile(column["top_cm"][good], column["bottom_cm"][good], values[good])
            deep = f"{int(good.sum())} layers to {column['bottom_cm'][good].max():g} cm"
            told[field] = "profile", f"{deep}{words}"
        else:
            told[field] = otherwise

    sand, silt, clay = (column[field] for field in TEXTURE)
    total = sand + silt + clay
    whole = (total >= _SUMS[0]) & (total <= _SUMS[1])
    # of two the third follows; of clay alone, the typical soil says how the rest is shared
    clay = np.where(
        whole, 100.0 * clay / np.where(whole, total, 1.0), np.where(np.isnan(clay), 100.0 - sand - silt, clay)
    )
    clay = np.where(np.isfinite(total) & ~whole, np.nan, clay)
    sand = np.where(
        whole, 100.0 * sand / np.where(whole, total, 1.0), np.where(np.isnan(sand), 100.0 - clay - silt, sand)
    )
    clay = np.where((clay >= 0.0) & (clay <= 100.0), clay, np.nan)
    sand = np.where((sand >= 0.0) & (sand + clay <= 100.0), sand, np.nan)
    below = "; the nearest layer above and below"
    keep("clay_percent", clay, below, ("preset", name))
    if "clay_percent" in known:
        good = np.isfinite(clay) & np.isfinite(sand)
        if good.any():
            share = np.where(clay < 100.0, sand / np.maximum(100.0 - clay, 1e-9), 0.5)
            known["sand_share"] = Profile(column["top_cm"][good], column["bottom_cm"][good], np.clip(share[good], 0, 1))
        else:
            told["clay_percent"] = "profile", f"{told['clay_percent'][1]}; sand and silt shared as in {name}"
    keep("ph", column["ph"], below, ("preset", name))
    keep(
        "coarse_fragments_percent",
        column["coarse_fragments_percent"],
        below,
        ("assumed", "none reported: taken as none"),
    )
    density = mineral_density(column["bulk_density_g_cm3"], column["soc_percent"])
    words = "; organic matter taken out, elsewhere from texture and depth"
    keep("bulk_density_g_cm3", density, words, ("assumed", "from texture and depth, by the model"))
    oxides = (column["oxalate_aluminium_mg_g"] + 0.5 * column["oxalate_iron_mg_g"]) / 10.0
    keep("oxides_percent", oxides, "; oxalate-extractable Al + Fe/2, elsewhere " + name, ("preset", name))
    keep("base_saturation_percent", column["base_saturation_percent"], "; elsewhere " + name, ("preset", name))
    return known


def _limits(
    top: np.ndarray, bottom: np.ndarray, known: Mapping[str, Profile], typical: Sequence[Mapping[str, Any]]
) -> np.ndarray:
    """Depths at which one horizon passes into the next."""
    edges = [0.0, BASE_CM, *(float(h["bottom_cm"]) for h in typical)]
    for profile in known.values():
        edges += [*profile.top, *profile.bottom]
    inside = np.unique(np.round([edge for edge in edges if 0.0 <= edge <= BASE_CM], 1))
    kept = [0.0]
    for edge in inside[1:-1]:
        if edge - kept[-1] >= _CLOSEST_CM and BASE_CM - edge >= _CLOSEST_CM:
            kept.append(float(edge))
    return np.array([*kept, BASE_CM])


def _typical(typical: Sequence[Mapping[str, Any]], depth: float) -> Mapping[str, Any]:
    return next((h for h in typical if depth < h["bottom_cm"]), typical[-1])


def _values(known: Mapping[str, Profile], preset: Mapping[str, Any], top: float, bottom: float) -> dict[str, float]:
    def measured(field: str, reach: bool) -> float:
        return known[field].between(top, bottom, reach) if field in known else math.nan

    values = {key: float(value) for key, value in preset.items() if key not in ("top_cm", "bottom_cm")}
    clay = measured("clay_percent", True)
    if math.isfinite(clay):
        rest = values["sand_percent"] + values["silt_percent"]
        share = measured("sand_share", True)
        share = share if math.isfinite(share) else values["sand_percent"] / rest if rest > 0 else 0.5
        activity = values.get("cation_exchange_capacity_cmol_kg", math.nan) / max(values["clay_percent"], 1.0)
        sand = round(share * (100.0 - clay), 2)
        values |= {"clay_percent": round(clay, 2), "sand_percent": sand, "silt_percent": round(100.0 - clay - sand, 2)}
        if math.isfinite(activity):
            values["cation_exchange_capacity_cmol_kg"] = round(min(activity * clay, 200.0), 2)
            values.pop("exchangeable_calcium_cmol_kg", None)
    values["coarse_fragments_percent"] = 0.0
    for field, reach in (("ph", True), ("coarse_fragments_percent", True), ("bulk_density_g_cm3", False)):
        own = measured(field, reach)
        if math.isfinite(own):
            values[field] = round(own, 3)
    for field in ("oxides_percent", "base_saturation_percent"):
        own = measured(field, False)
        if math.isfinite(own):
            values[field] = round(own, 3)
    sodium = values.get("exchangeable_sodium_percent")
    if sodium is not None:
        values["exchangeable_sodium_percent"] = min(sodium, values.get("base_saturation_percent", 100.0))
    return values


def _merged(horizons: list[dict[str, float]]) -> list[dict[str, float]]:
    """Neighbours that do not differ, as one."""
    found: list[dict[str, float]] = []
    for horizon in horizons:
        same = found and all(found[-1].get(k) == v for k, v in horizon.items() if k not in ("top_cm", "bottom_cm"))
        if same and len(found[-1]) == len(horizon):
            found[-1]["bottom_cm"] = horizon["bottom_cm"]
        else:
            found.append(dict(horizon))
    return found
