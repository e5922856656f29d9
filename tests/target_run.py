"""All targets with one parameter set: run, judged, as a dictionary that JSON can hold."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import numpy as np
import target_arable
import target_change
from column_batch import Batch
from target_dated import COVERS, LOAM, SOILS, columns_for, dated
from target_observed import INTERVALS, Shared, grassland_quartiles, groups
from target_sites import OWN, SLOTTED, site
from target_table import PUBLISHED_DEEP, PUBLISHED_DISSOLVED, PUBLISHED_TOP

from pedozone.engine.precision import double_precision

GROWN = 12_000
"""Years of soil formation from which the deep share is looked at too."""

AMONG = (*COVERS, "shrubland")


def evaluate(shared: Shared, overrides: Mapping[str, float]) -> dict[str, Any]:
    """Run everything.

    Parameters
    ----------
    shared : callable
        From a path inside the shared folder to the file.
    overrides : mapping of str to float
        Parameters instead of those of the set.
    """
    with double_precision():
        covers = [(soil, cover) for soil in SOILS for cover in AMONG]
        own = [(soil, cover) for soil, (cover, _) in OWN.items()]
        grass = [(soil, "temperate-grassland") for soil in OWN]
        columns = [*columns_for(covers, overrides), *columns_for(own, overrides, own=True)]
        rows = dated([*columns, *columns_for(grass, overrides)])
        slotted = [dated(columns_for([(soil, c)], overrides, own=True))[0] for soil, (c, _) in SLOTTED.items()]
        deep = [(soil, cover) for soil in SOILS for cover in PUBLISHED_DEEP]
        grown = _grown(deep, overrides)
        arable = target_arable.run(shared, [overrides])[0]
        changes = target_change.run(overrides)

    def named(keys: list[tuple[str, str]], part: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"soil": soil, "cover": cover} | row for (soil, cover), row in zip(keys, part, strict=True)]

    n, m = len(covers), len(own)
    found: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "set": site("temperate-grassland").run.parameters_by_model,
        "overrides": dict(overrides),
        "quartiles": grassland_quartiles(shared),
        "covers": named(covers, rows[:n]),
        "own": named(own, rows[n : n + m]),
        "grass": named(grass, rows[n + m :]),
        "changes": changes,
        "fallow": arable["T8"],
        "plots": arable["T9"],
    }
    found["own"].insert(0, named([("podzol", SLOTTED["podzol"][0])], slotted[:1])[0])
    for entry in found["covers"]:
        if (entry["soil"], entry["cover"]) in grown:
            entry["grown 100-300/0-100"] = grown[entry["soil"], entry["cover"]]
    histosol = named([("histosol", SLOTTED["histosol"][0])], slotted[1:])[0]
    found["pattern"] = _pattern(shared, [*found["own"], histosol], found["grass"])
    found["order"] = _order(found["pattern"])
    found["summary"] = _summary(found)
    return found


def _grown(keys: list[tuple[str, str]], overrides: Mapping[str, float]) -> dict[tuple[str, str], float]:
    batch = Batch(columns_for(keys, overrides), tracers=True)
    p = batch.profiles(batch.grow(GROWN))
    share = p.between(p.carbon, 1.0, 3.0) / p.between(p.carbon, 0.0, 1.0)
    return dict(zip(keys, map(float, share), strict=True))


def _pattern(shared: Shared, rows: list[dict[str, Any]], grass: list[dict[str, Any]]) -> list[dict[str, Any]]:
    measured, below = groups(shared), ("stock from the ground 0-100", "stock from the ground 0-30")
    found = []
    for row in rows:
        seen = measured.get(row["soil"], {})
        deep = row["base_m"] + row["ground_m"] > 0.99
        found.append(
            row
            | {
                "climate": {**OWN, **SLOTTED}[row["soil"]][1],
                "measured": seen,
                "below": (row[below[0]] - row[below[1]]) / 0.7 if deep else None,
                "below_measured": (seen["s0_100_mean"] - seen["s0_30_mean"]) / 0.7 if seen else None,
                "under grass": next(
                    (g["stock from the ground 0-100"] for g in grass if g["soil"] == row["soil"]), None
                ),
            }
        )
    return sorted(found, key=lambda row: row["stock from the ground 0-100"])


def _order(pattern: list[dict[str, Any]]) -> list[tuple[str, bool, str]]:
    """The checks on the pattern: words, whether met, values."""
    at = {row["soil"]: row["stock from the ground 0-100"] for row in pattern}
    grass = {row["soil"]: row["under grass"] for row in pattern}
    chain = ("arenosol", "luvisol", "vertisol", "gleysol")

    def ascending(of: Mapping[str, float], names: tuple[str, ...]) -> tuple[bool, str]:
        values = [of[name] for name in names]
        return bool(np.all(np.diff(values) > 0.0)), ", ".join(f"{v:.1f}" for v in values)

    found = [
        ("Arenosol < Luvisol < Vertisol < Gleysol, the same plant and climate", *ascending(grass, chain)),
        ("Arenosol < Luvisol < Vertisol < Gleysol, each under its own plant and climate", *ascending(at, chain)),
        ("Calcisol < Gleysol", *ascending(at, ("calcisol", "gleysol"))),
    ]
    highest = max(at, key=lambda name: at[name])
    found.append(("Histosol highest", highest == "histosol", f"{at['histosol']:.0f}"))
    found.append(("Podzol 8 to 26 kg m⁻²", 8.0 <= at["podzol"] <= 26.0, f"{at['podzol']:.1f}"))
    podzol = [(z, c) for z, c in next(r for r in pattern if r["soil"] == "podzol")["density"] if z > 0.0]
    above = min(c for z, c in podzol if 0.1 <= z < 0.3)
    below = max(c for z, c in podzol if 0.3 <= z < 0.8)
    found.append(
        ("Podzol: second maximum below the E horizon", below > above, f"{above:.1f} in it, {below:.1f} below, kg m⁻³")
    )
    salt = [c for z, c in next(r for r in pattern if r["soil"] == "solonchak")["density"] if z > 0.0]
    found.append(("Solonchak: density falls with depth", bool(np.all(np.diff(salt) <= 1e-6)), "every layer"))
    return found


def _summary(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    loam = {e["cover"]: e for e in found["covers"] if e["soil"] == LOAM}
    rows: list[dict[str, Any]] = []

    def add(target: str, kind: str, wanted: str, modelled: str, met: bool) -> None:
        rows.append({"target": target, "kind": kind, "wanted": wanted, "modelled": modelled, "met": bool(met)})

    def share(entry: Mapping[str, Any], top: str) -> float:
        return 100.0 * entry[f"stock {top}"] / entry["stock 0-100"]

    tops = {cover: share(loam[cover], "0-20") for cover in PUBLISHED_TOP}
    everywhere = [
        share(_of(found, soil, "temperate-forest"), "0-20") > share(_of(found, soil, "temperate-grassland"), "0-20")
        for soil in SOILS
    ]
    add(
        "T1 share of 0-20 cm",
        "prediction (its rank was seen by the starting set)",
        "forest above grassland",
        ", ".join(f"{c} {v:.0f} %" for c, v in tops.items()),
        all(everywhere),
    )
    deep = {cover: share(loam[cover], "100-300") for cover in PUBLISHED_DEEP}
    add(
        "T2 100-300 to 0-100 cm, steady state",
        "prediction",
        ", ".join(f"{c} {v:.0f} %" for c, v in PUBLISHED_DEEP.items()) + ", ± 25 points",
        ", ".join(f"{c} {v:.0f} %" for c, v in deep.items()),
        all(abs(deep[c] - v) <= 25.0 for c, v in PUBLISHED_DEEP.items()),
    )
    grown = {c: 100.0 * loam[c]["grown 100-300/0-100"] for c in PUBLISHED_DEEP}
    add(
        "T2 after 12,000 years of soil formation",
        "prediction",
        "the same",
        ", ".join(f"{c} {v:.0f} %" for c, v in grown.items()),
        all(abs(grown[c] - v) <= 25.0 for c, v in PUBLISHED_DEEP.items()),
    )
    change = found["changes"][0]
    kind = "prediction (seen by the starting set)"
    add("T3 grass to crop, 180 yr", kind, "-33.6 ± 12 %", f"{change['grass to crop']:+.1f} %",
        abs(change["grass to crop"] + 33.6) <= 12.0)  # fmt: skip
    for origin in ("from 180 years of crop", "from an equilibrium crop"):
        value = change[f"crop to grass, {origin}"]
        add(f"T3 crop to grass, 80 yr, {origin}", kind, "+47.3 ± 12 %", f"{value:+.1f} %", abs(value - 47.3) <= 12.0)
    signs = [np.sign(s["modelled"]) == np.sign(s["published"]) for e in found["changes"] for s in e["signs"]]
    add(
        "T3 signs of Guo and Gifford",
        "prediction",
        "all",
        f"{sum(signs)} of {len(signs)} (7 on three soils)",
        all(signs),
    )
    inside = [
        q["delta14c"][0] <= loam["temperate-grassland"][f"delta14c {a}-{b}"] <= q["delta14c"][2]
        for (a, b), q in zip(INTERVALS, found["quartiles"], strict=True)
    ]
    add(
        "T4 Δ¹⁴C under grass",
        "calibrated",
        "inside the quartiles",
        f"{sum(inside)} of {len(inside)} depths",
        all(inside),
    )
    ratios = {c: loam[c]["age 30-100"] / loam[c]["age 0-30"] for c in AMONG}
    add("T5 age ratio", "prediction", "2 to 6", ", ".join(f"{c} {v:.1f}" for c, v in ratios.items()),
        all(2.0 <= v <= 6.0 for v in ratios.values()))  # fmt: skip
    for name, wanted in (("0-30", 66.0), ("30-100", 70.0)):
        values = [100.0 * e[f"maom {name}"] for e in found["own"] if name == "0-30" or e["base_m"] > 0.9]
        mean = float(np.mean(values))
        add(f"T6 MAOM share, {name} cm, {len(values)} mineral soils", "calibrated", f"{wanted:.0f} %, factor 1.5",
            f"{mean:.0f} %", 1.0 / 1.5 <= mean / wanted <= 1.5)  # fmt: skip
    flux = {c: loam[c]["dissolved_flux_1m"] for c in PUBLISHED_DISSOLVED}
    add(
        "T7 dissolved carbon at 1 m, g m⁻² yr⁻¹",
        "calibrated",
        ", ".join(f"{c} {v}" for c, v in PUBLISHED_DISSOLVED.items()) + ", factor 1.5",
        ", ".join(f"{c} {v:.1f}" for c, v in flux.items()),
        all(1 / 1.5 <= flux[c] / v <= 1.5 for c, v in PUBLISHED_DISSOLVED.items()),
    )
    by_year = {r["year"]: r["ratio"] for r in found["fallow"]["rows"]}
    held = 0.72 <= by_year[1963] <= 0.84 and abs(by_year[1971] - 0.59) <= 0.06 and 0.33 <= by_year[2014] <= 0.47
    first, last = found["fallow"]["rows"][0], found["fallow"]["rows"][-1]
    add(
        "T8 bare fallow",
        "calibrated",
        "63 to 31 t ha⁻¹; ratios 0.72-0.84, 0.59, 0.33-0.47",
        f"{first['stock']:.0f} to {last['stock']:.0f}; " + ", ".join(f"{by_year[y]:.2f}" for y in (1963, 1971, 2014)),
        held
        and abs(first["stock"] / first["measured"] - 1.0) <= 0.12
        and abs(last["stock"] / last["measured"] - 1.0) <= 0.12,
    )
    plots = [p["rms"] for p in found["plots"]]
    add("T9 arable, with and without manure", "calibrated", "within 12 % (root mean square of each plot)",
        f"{sum(r <= 0.12 for r in plots)} of {len(plots)} plots; {100 * min(plots):.0f} to {100 * max(plots):.0f} %",
        all(r <= 0.12 for r in plots))  # fmt: skip
    return rows


def _of(found: Mapping[str, Any], soil: str, cover: str) -> Mapping[str, Any]:
    return next(e for e in found["covers"] if (e["soil"], e["cover"]) == (soil, cover))
