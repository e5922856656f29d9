"""What has been measured, from the shared data: quartiles of 14C and carbon under grass, stocks at Rothamsted."""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

INTERVALS = ((0, 10), (10, 30), (30, 50), (50, 100), (100, 200))
"""Depths (cm) in which grassland is compared."""

Shared = Callable[[str], Path]


def _number(text: str) -> float:
    return float(text) if text not in ("", "NA") else math.nan


def _grassland(path: Path) -> Iterator[dict[str, Any]]:
    """Mineral layers of temperate grassland sampled since 1995, without experimental treatment."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if "grass" not in row["land_cover"] or row["treatment"] == "treatment":
                continue
            if row["peatland"] == "yes" or row["org_neg"] == "yes" or not _number(row["top_cm"]) >= 0.0:
                continue
            if not _number(row["rc_year"] or row["obs_year"]) >= 1995 or not 2.0 <= _number(row["mat_wc_c"]) <= 16.0:
                continue
            yield row


def grassland_quartiles(shared: Shared) -> list[dict[str, Any]]:
    """Quartiles of Delta14C (permil) and carbon content (percent) by depth, with layers and profiles counted.

    Temperate: mean temperature 2 to 16 degC. A layer belongs where its middle lies.
    """
    layers: list[tuple[float, float, float, tuple[str, str]]] = []
    for row in _grassland(shared("data/israd/profiles.csv.gz")):
        middle = 0.5 * (_number(row["top_cm"]) + _number(row["bot_cm"]))
        layers.append((middle, _number(row["d14c"]), _number(row["soc_pct"]), (row["entry"], row["profile"])))
    found = []
    for top, bottom in INTERVALS:
        entry: dict[str, Any] = {"top_cm": top, "bottom_cm": bottom}
        for name, index in (("delta14c", 1), ("soc_percent", 2)):
            inside = [layer for layer in layers if top <= layer[0] < bottom and math.isfinite(layer[index])]
            values = [layer[index] for layer in inside]
            entry[name] = [float(v) for v in np.percentile(values, [25, 50, 75])]
            entry[f"{name}_layers"] = len(values)
            entry[f"{name}_profiles"] = len({layer[3] for layer in inside})
        found.append(entry)
    return found


def stocks(shared: Shared, experiment: str, treatment: str) -> list[tuple[int, float]]:
    """Years and measured carbon (t ha-1, 0-23 cm) of a treatment at Rothamsted, assumed values left out."""
    with shared("data/rothamsted/soc_timeseries.csv").open(encoding="utf-8") as file:
        return [
            (int(row["year"]), float(row["soc_tha"]))
            for row in csv.DictReader(file)
            if row["experiment"] == experiment
            and row["treatment"] == treatment
            and row["estimated"] == "False"
            and row["soc_tha"]
        ]


def groups(shared: Shared) -> dict[str, dict[str, float]]:
    """Measured stocks by soil group (kg m-2): means and coefficients of variation to 30, 50, 100 and 200 cm."""
    with shared("data/literature/soc_stock_by_wrb_empirical.csv").open(encoding="utf-8") as file:
        return {
            row["rsg"].lower().removesuffix("s"): {k: _number(v) for k, v in row.items() if k != "rsg"}
            for row in csv.DictReader(file)
        }
