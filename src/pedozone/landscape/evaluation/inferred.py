"""The boundary as data let it be inferred, profile by profile, beside the modelled one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pedozone.column.soil_types import load_soil_type
from pedozone.landscape.evaluation.modelled import Modelled
from pedozone.observations.broken_stick import ChangePoint, change_point
from pedozone.observations.frames import numbers
from pedozone.observations.root_depth import root_depth
from pedozone.zones.criteria import CRITERIA

SIGNS = {
    "delta14c_change_point": "Change point of Δ¹⁴C with depth",
    "delta14c_threshold": "Depth where Δ¹⁴C passes −100 ‰",
    "mineral_share_change_point": "Change point of the mineral-associated share",
    "saturation_change_point": "Change point of the saturation of mineral surfaces",
    "root_depth": "Depth above which 95 % of the roots lie",
}
"""Ways to infer a boundary from data."""

COUNTERPART = {
    "delta14c_change_point": "dom_fate",
    "delta14c_threshold": "persistence_radiocarbon",
    "mineral_share_change_point": "dom_fate",
    "saturation_change_point": "dom_fate",
    "root_depth": "rooting",
}
"""The criterion of the model's boundary that each is set beside."""

THRESHOLD = -100.0
"""permil; that of the criterion ``persistence_radiocarbon``."""

CAPACITY = {"high": 86.0, "low": 48.0}
"""mg of carbon per g of clay and silt (Georgiou et al. 2022, doi:10.1038/s41467-022-31540-9), as in the model."""

COLUMNS = (
    *("profile_id", "sign", "status", "depth_cm", "low_cm", "high_cm", "low_open", "high_open", "layers", "deepest_cm"),
    *("p_value", "same_status", "same_depth_cm", "modelled_status", "modelled_depth_cm"),
    *(f"{criterion}_cm" for criterion in CRITERIA),
)
"""``deepest_cm``: how deep the profile was sampled; ``same``: the same estimate made of the modelled values of the same
layers; ``modelled``: the boundary of the model's criterion in `COUNTERPART`; then the depths of all its criteria."""


def inferred_boundaries(
    name: str, layer: pd.DataFrame, shares: pd.DataFrame, column: Modelled, about: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What a profile tells of its boundary; signs of which it has no data at all are left out.

    Parameters
    ----------
    name : str
    layer : pandas.DataFrame
        Mineral layers of the profile.
    shares : pandas.DataFrame
        Mineral-associated shares of its layers.
    column : Modelled
        Its column.
    about : mapping
        Its row of the table of profiles.
    """
    rows = []
    top, bottom, delta = (numbers(layer, field) for field in ("top_cm", "bottom_cm", "delta14c_permil"))
    dated = np.isfinite(delta)
    if dated.any() and about["year_known"]:
        top, bottom, delta = top[dated], bottom[dated], delta[dated]
        simulated = column.layers(top, bottom)["delta14c"]
        rows.append(_bent("delta14c_change_point", top, bottom, delta, simulated))
        rows.append(_passing(top, bottom, delta, simulated))
    if len(shares):
        top, bottom, share = (numbers(shares, field) for field in ("top_cm", "bottom_cm", "mineral_share"))
        rows.append(
            _bent("mineral_share_change_point", top, bottom, share, column.layers(top, bottom)["mineral_share"])
        )
        top, bottom, filled = _saturation(layer, shares, str(about["soil_preset"]))
        if len(filled):
            rows.append(_bent("saturation_change_point", top, bottom, filled, np.full(len(filled), np.nan)))
    root = numbers(layer, "root_mass_g_m2")
    if np.isfinite(root).any():
        found = root_depth(numbers(layer, "top_cm"), numbers(layer, "bottom_cm"), root)
        row = {"sign": "root_depth", "status": found.status, "depth_cm": found.depth_cm, "layers": found.layers}
        deepest = numbers(layer, "bottom_cm")[np.isfinite(root)].max()
        rows.append({**row, "low_cm": found.low_cm, "high_cm": found.high_cm, "deepest_cm": deepest})
    criteria = {f"{criterion}_cm": depth for criterion, (depth, _) in column.boundaries.items()}
    for row in rows:
        depth, status = column.boundaries.get(COUNTERPART[row["sign"]], (np.nan, "not_defined"))
        row |= {"profile_id": name, "modelled_status": status, "modelled_depth_cm": depth, **criteria}
    return rows


def _bent(sign: str, top: np.ndarray, bottom: np.ndarray, value: np.ndarray, simulated: np.ndarray) -> dict[str, Any]:
    """The change point of the measured values, and of the modelled ones."""
    found = change_point(top, bottom, value)
    row = {"sign": sign, "deepest_cm": bottom.max(), **{name: getattr(found, name) for name in _SHARED}}
    if found.status == "too few" or not np.isfinite(simulated).all():
        return row
    # What is computed has no error of measurement, so that the test finds a bend in it more readily than in data.
    same: ChangePoint = change_point(top, bottom, simulated)
    return row | {"same_status": same.status, "same_depth_cm": same.depth_cm}


_SHARED = ("status", "depth_cm", "low_cm", "high_cm", "low_open", "high_open", "p_value", "layers")


def _passing(top: np.ndarray, bottom: np.ndarray, value: np.ndarray, simulated: np.ndarray) -> dict[str, Any]:
    """Where a profile falls below the threshold for good, between the middles of two layers, which bound it."""
    depth, low, high, status = _crossing(top, bottom, value)
    row = {"sign": "delta14c_threshold", "status": status, "depth_cm": depth, "low_cm": low, "high_cm": high}
    row |= {"layers": len(value), "deepest_cm": bottom.max()}
    if np.isfinite(simulated).all():
        row["same_depth_cm"], _, _, row["same_status"] = _crossing(top, bottom, simulated)
    return row


def _crossing(top: np.ndarray, bottom: np.ndarray, value: np.ndarray) -> tuple[float, float, float, str]:
    middle = 0.5 * (top + bottom)
    order = np.argsort(middle, kind="stable")
    middle, value = middle[order], value[order]
    if len(value) < 2:
        return np.nan, np.nan, np.nan, "too few"
    above = value > THRESHOLD
    if above.all() or not above.any():
        return np.nan, np.nan, np.nan, "all above" if above.all() else "all below"
    falls = np.flatnonzero(above[:-1] & ~above[1:])
    if not len(falls):
        return np.nan, np.nan, np.nan, "none"
    k = int(falls[-1])
    share = (value[k] - THRESHOLD) / (value[k] - value[k + 1])
    status = "one" if len(falls) == 1 and above[0] and not above[-1] else "many"
    return float(middle[k] + share * (middle[k + 1] - middle[k])), float(middle[k]), float(middle[k + 1]), status


def _saturation(layer: pd.DataFrame, shares: pd.DataFrame, preset: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tops, bottoms and mineral-associated carbon over the capacity of clay and silt, where it was measured."""
    fields = ["top_cm", "bottom_cm", "soc_percent", "clay_percent", "silt_percent"]
    joined = shares.merge(layer[fields], on=["top_cm", "bottom_cm"], how="inner").dropna(subset=fields)
    activity = str(load_soil_type(preset).soil["mineral_activity"]) if preset else "high"
    fine = (joined["clay_percent"] + joined["silt_percent"]).to_numpy(float) / 100.0
    carbon = 10.0 * (joined["soc_percent"] * joined["mineral_share"]).to_numpy(float)
    good = fine > 0.01
    filled = carbon[good] / (CAPACITY[activity] * fine[good])
    return numbers(joined, "top_cm")[good], numbers(joined, "bottom_cm")[good], filled
