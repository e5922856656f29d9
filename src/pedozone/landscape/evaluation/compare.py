"""Observed and modelled values side by side, in one long table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pedozone.landscape.evaluation.columns import mineral_layers
from pedozone.landscape.evaluation.inferred import COLUMNS as BOUNDARY_COLUMNS
from pedozone.landscape.evaluation.inferred import inferred_boundaries
from pedozone.landscape.evaluation.modelled import Modelled, modelled_columns
from pedozone.observations.agreement import agreements
from pedozone.observations.frames import counts_of, grouped_rows, numbers, rows_of, texts, where
from pedozone.observations.intervals import STANDARD_CM
from pedozone.observations.mineral_share import mineral_shares
from pedozone.observations.profiles import Profiles
from pedozone.observations.stocks import Choices, prepared, stocks

VARIABLES = {
    "soc_density": ("kg m-3", "organic carbon density of layers"),
    "soc_percent": ("%", "organic carbon content of layers"),
    "delta14c": ("permil", "Δ¹⁴C of layers"),
    "mineral_share": ("1", "mineral-associated share of carbon of layers"),
    "soc_stock": ("kg m-2", "organic carbon stock of depth intervals"),
}
"""What is compared: unit and words."""

DEPTHS = (*STANDARD_CM, (200.0, 300.0))
"""Intervals (cm) into which layers are sorted by their middle."""
STOCK_DEPTHS = (*STANDARD_CM, (0.0, 30.0), (0.0, 100.0))
"""Intervals (cm) of stocks."""

CLASSES = ("climate", "soil", "land_cover", "texture", "spinup", "bulk_density_basis")
"""By what statistics are told, beside depth."""

COLUMNS = (
    "profile_id",
    "variable",
    "top_cm",
    "bottom_cm",
    "depth",
    "observed",
    "modelled",
    "bulk_density_basis",
    "reason",
)


@dataclass(frozen=True)
class Compared:
    """Tables of a comparison.

    Attributes
    ----------
    profiles : pandas.DataFrame
        Every profile, with ``spinup`` and ``reason`` where nothing is compared.
    pairs : pandas.DataFrame
        `COLUMNS`; ``reason`` says why a modelled value is missing.
    statistics : pandas.DataFrame
        Of `pedozone.observations.agreement.agreements`.
    boundaries : pandas.DataFrame
        `BOUNDARY_COLUMNS`.
    unused : pandas.DataFrame
        Fractions of layers that say nothing of the mineral-associated share, with the reason.
    """

    profiles: pd.DataFrame
    pairs: pd.DataFrame
    statistics: pd.DataFrame
    boundaries: pd.DataFrame
    unused: pd.DataFrame


def label(top: float, bottom: float) -> str:
    """An interval as it is written."""
    return f"{top:g}-{bottom:g}"


def compare(observed: Profiles, profiles: pd.DataFrame, store: Path) -> Compared:
    """Set a batch beside what was observed.

    Parameters
    ----------
    observed : Profiles
    profiles : pandas.DataFrame
        Of `Columns`.
    store : pathlib.Path
        The batch of its sites.
    """
    built = where(profiles, status="built")
    abouts = {str(row["profile_id"]): {str(k): v for k, v in row.items()} for row in built.to_dict("records")}
    set_of = observed.of(abouts)
    layers = prepared(set_of, Choices())
    layer = layers.table.assign(soc_density=layers.carbon)
    shares, unused = mineral_shares(set_of.fraction)
    stock = stocks(set_of, STOCK_DEPTHS, Choices(method="spline")).table
    tables = {"layer": layer, "shares": shares, "stock": stock}
    own = {kind: dict(grouped_rows(table, "profile_id")) for kind, table in tables.items()}
    nothing = {kind: rows_of(table, np.zeros(len(table))) for kind, table in tables.items()}
    times = {name: _moment(float(about["sampling_year"])) for name, about in abouts.items()}
    parts: list[pd.DataFrame] = []
    rows: list[dict[str, Any]] = []
    ends: dict[str, tuple[str, str]] = {}
    for column in modelled_columns(store, times):
        name = column.name
        ends[name] = column.status, column.message
        soil, bound, held = (own[kind].get(name, nothing[kind]) for kind in tables)
        soil = mineral_layers(soil)
        parts.append(_pairs(column, soil, bound, held, bool(abouts[name]["year_known"])))
        if column.sums is not None:
            rows += inferred_boundaries(name, soil, bound, column, abouts[name])
    pairs = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
    told = _told(profiles, ends, pairs)
    joined = pairs.merge(told[["profile_id", "site_id", *CLASSES[:-1]]], on="profile_id", how="left")
    depths = [label(*pair) for pair in dict.fromkeys((*DEPTHS, *STOCK_DEPTHS))]
    statistics = agreements(joined, CLASSES, depths)
    # Intervals of stocks lie within each other: taken together they say nothing.
    nested = (texts(statistics, "variable") == "soc_stock") & (texts(statistics, "depth") == "all")
    return Compared(
        told,
        pairs,
        rows_of(statistics, ~nested).reset_index(drop=True),
        pd.DataFrame(rows, columns=list(BOUNDARY_COLUMNS)),
        unused,
    )


def _told(profiles: pd.DataFrame, ends: dict[str, tuple[str, str]], pairs: pd.DataFrame) -> pd.DataFrame:
    """The profiles with how their simulations ended, and how many values of each are compared."""
    names = [str(name) for name in profiles["profile_id"]]
    spinup = np.array([ends.get(name, ("", ""))[0] for name in names], dtype=object)
    failed = np.isin(spinup, ("failed", "not computed"))
    count = dict(counts_of(rows_of(pairs, np.isfinite(numbers(pairs, "modelled"))), "profile_id"))
    reasons = [ends[n][1] if bad else reason for n, bad, reason in zip(names, failed, profiles["reason"], strict=True)]
    return profiles.assign(
        spinup=spinup,
        reason=reasons,
        status=np.where(failed, "failed", texts(profiles, "status")),
        compared=[count.get(name, 0) for name in names],
    )


def _moment(year: float) -> float:
    """The decimal year of a sample: the middle of its year, unless it says more."""
    return year + 0.5 if year == int(year) else year


def _pairs(
    column: Modelled, layer: pd.DataFrame, shares: pd.DataFrame, stock: pd.DataFrame, year_known: bool
) -> pd.DataFrame:
    top, bottom = numbers(layer, "top_cm"), numbers(layer, "bottom_cm")
    simulated = column.layers(top, bottom)
    density = np.where(
        texts(layer, "stock_reported").astype(bool),
        "stock reported",
        np.where(texts(layer, "density_estimated").astype(bool), "estimated", "measured"),
    )
    parts = []
    for variable, field in (
        ("soc_density", "soc_density"),
        ("soc_percent", "soc_percent"),
        ("delta14c", "delta14c_permil"),
    ):
        value = numbers(layer, field)
        if variable == "delta14c" and not year_known:
            continue
        there = np.isfinite(value)
        parts.append(_part(variable, top[there], bottom[there], value[there], simulated[variable][there]))
        parts[-1]["bulk_density_basis"] = density[there] if variable == "soc_density" else ""
    if len(shares):
        upper, lower = numbers(shares, "top_cm"), numbers(shares, "bottom_cm")
        good = (upper >= 0.0) & (lower > upper)
        share = numbers(shares, "mineral_share")[good]
        upper, lower = upper[good], lower[good]
        parts.append(_part("mineral_share", upper, lower, share, column.layers(upper, lower)["mineral_share"]))
    held = rows_of(stock, np.isfinite(numbers(stock, "soc_stock_kg_m2")))
    upper, lower = numbers(held, "top_cm"), numbers(held, "bottom_cm")
    density_modelled = column.layers(upper, lower)["soc_density"] * (lower - upper) / 100.0
    parts.append(_part("soc_stock", upper, lower, numbers(held, "soc_stock_kg_m2"), density_modelled))
    parts[-1]["depth"] = [label(a, b) for a, b in zip(upper, lower, strict=True)]
    estimated = numbers(held, "density_estimated") > 0.5
    parts[-1]["bulk_density_basis"] = np.where(estimated, "estimated", "measured")
    found = pd.concat(parts, ignore_index=True)
    failed = "the simulation failed" if column.sums is None else "the layer reaches below the column"
    reason = np.where(np.isfinite(numbers(found, "modelled")), "", failed)
    found = found.assign(profile_id=column.name, reason=reason)
    return pd.DataFrame(found, columns=list(COLUMNS)).fillna({"bulk_density_basis": ""})


def _part(
    variable: str, top: np.ndarray, bottom: np.ndarray, observed: np.ndarray, modelled: np.ndarray
) -> pd.DataFrame:
    middle = 0.5 * (top + bottom)
    limits = np.array([pair[1] for pair in DEPTHS])
    names = [*(label(*pair) for pair in DEPTHS), "deeper"]
    depth = [names[k] for k in np.searchsorted(limits, middle, side="right")]
    return pd.DataFrame(
        {
            "variable": variable,
            "top_cm": top,
            "bottom_cm": bottom,
            "depth": depth,
            "observed": observed,
            "modelled": modelled,
            "bulk_density_basis": "",
        }
    )
