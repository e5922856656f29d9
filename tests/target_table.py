"""The table of targets in Markdown, from the figures that `target_run` collects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from target_observed import INTERVALS

PUBLISHED_DISSOLVED = {"temperate-forest": 3.5, "temperate-grassland": 5.3, "cereal-cropland": 4.1}
"""Flux of dissolved carbon at 1 m, g m-2 yr-1 (Kindler et al. 2011, from memory)."""

PUBLISHED_DEEP = {"shrubland": 77.0, "temperate-forest": 56.0, "temperate-grassland": 43.0}
"""Carbon in 100-300 cm over that in 0-100 cm, percent (Jobbágy and Jackson 2000)."""

PUBLISHED_TOP = {"shrubland": 33.0, "temperate-forest": 50.0, "temperate-grassland": 42.0}
"""Carbon in 0-20 cm over that in 0-100 cm, percent (Jobbágy and Jackson 2000)."""


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _table(head: list[str], rows: list[list[object]]) -> list[str]:
    return [_row(*head), _row(*("---" for _ in head)), *(_row(*row) for row in rows), ""]


def _met(yes: bool) -> str:
    return "yes" if yes else "**no**"


def markdown(found: Mapping[str, Any], summary_only: bool = False) -> str:
    """All tables, or the first and what holds between soil types."""
    made = f"Made on {found['date']} with the parameter set `{found['set']}`"
    changed = ", ".join(f"{k} = {v:g}" for k, v in found["overrides"].items())
    lines = [f"{made}{' and ' + changed if changed else ''}.", ""]
    parts = (_summary, _covers, _radiocarbon, _bound, _changes, _rothamsted, _pattern)
    for part in (_summary, _order) if summary_only else parts:
        lines += part(found)
    return "\n".join(lines)


def _summary(found: Mapping[str, Any]) -> list[str]:
    rows = [[s["target"], s["kind"], s["wanted"], s["modelled"], _met(s["met"])] for s in found["summary"]]
    return ["### Summary", "", *_table(["target", "", "wanted", "modelled", "met"], rows)]


def _covers(found: Mapping[str, Any]) -> list[str]:
    rows: list[list[object]] = []
    for entry in found["covers"]:
        deep = 100.0 * entry["stock 100-300"] / entry["stock 0-100"]
        grown = entry.get("grown 100-300/0-100")
        rows.append(
            [
                entry["soil"],
                entry["cover"],
                f"{entry['stock 0-100']:.1f}",
                f"{100.0 * entry['stock 0-20'] / entry['stock 0-100']:.0f}",
                f"{deep:.0f}",
                "" if grown is None else f"{100.0 * grown:.0f}",
                f"{entry['age 30-100'] / entry['age 0-30']:.1f}",
                f"{entry['dissolved_flux_1m']:.1f}",
                f"{100.0 * entry['boundary_m']:.0f}",
            ]
        )
    head = ["soil", "cover", "SOC 0-100, kg m⁻²", "0-20 of 0-100, %", "100-300 to 0-100, %", "the same after 12,000 yr"]
    return [
        "### Covers on three soils, temperate climate (T1, T2, T5, T7)",
        "",
        *_table([*head, "age ratio", "DOC at 1 m, g m⁻² yr⁻¹", "boundary, cm"], rows),
    ]


def _radiocarbon(found: Mapping[str, Any]) -> list[str]:
    entry = next(e for e in found["covers"] if (e["soil"], e["cover"]) == ("loam", "temperate-grassland"))
    rows: list[list[object]] = []
    for top, bottom in INTERVALS:
        seen = next(q for q in found["quartiles"] if q["top_cm"] == top)
        low, _, high = seen["delta14c"]
        least, _, most = seen["soc_percent"]
        modelled, percent = entry[f"delta14c {top}-{bottom}"], entry[f"percent {top}-{bottom}"]
        rows.append(
            [
                f"{top}-{bottom}",
                f"{low:.0f} to {high:.0f} ({seen['delta14c_layers']}/{seen['delta14c_profiles']})",
                f"{modelled:.0f}",
                _met(low <= modelled <= high),
                f"{least:.1f} to {most:.1f} ({seen['soc_percent_layers']}/{seen['soc_percent_profiles']})",
                f"{percent:.2f}",
                _met(least <= percent <= most),
            ]
        )
    head = ["cm", "Δ¹⁴C, quartiles (layers/profiles), ‰", "modelled", "inside"]
    return [
        "### Temperate grassland, 2005 (T4)",
        "",
        *_table([*head, "SOC, quartiles, %", "modelled", "inside"], rows),
    ]


def _bound(found: Mapping[str, Any]) -> list[str]:
    rows: list[list[object]] = []
    for e in found["own"]:
        deep = e["maom 30-100"] if e["base_m"] > 0.9 else None
        rows.append(
            [
                e["soil"],
                e["cover"],
                f"{100 * e['maom 0-30']:.0f}",
                "" if deep is None else f"{100 * deep:.0f}",
                f"{100 * e['saturation 0-30']:.0f}",
                "" if deep is None else f"{100 * e['saturation 30-100']:.0f}",
            ]
        )
    head = ["soil", "cover", "MAOM 0-30, %", "MAOM 30-100, %", "saturation 0-30, %", "saturation 30-100, %"]
    return ["### Mineral-associated share by soil (T6)", "", *_table(head, rows)]


def _changes(found: Mapping[str, Any]) -> list[str]:
    lines = ["### Changes of land use (T3), equal soil mass", ""]
    names = ("grass to crop", "crop to grass, from 180 years of crop", "crop to grass, from an equilibrium crop")
    rows: list[list[object]] = [
        [e["soil"], *(f"{e[name]:+.1f}" for name in names), f"{e['still losing']:+.3f}"] for e in found["changes"]
    ]
    head = ["soil", "grass to crop, 180 yr, %", "crop (180 yr) to grass, 80 yr, %"]
    lines += _table([*head, "crop (equilibrium) to grass, 80 yr, %", "change per year after 180 yr, %"], rows)
    rows = []
    for k, sign in enumerate(found["changes"][0]["signs"]):
        values = [e["signs"][k]["modelled"] for e in found["changes"]]
        met = all(np.sign(v) == np.sign(sign["published"]) for v in values)
        rows.append([sign["change"], f"{sign['published']:+.0f}", *(f"{v:+.1f}" for v in values), _met(met)])
    head = ["change", "Guo and Gifford, %", *(f"{e['soil']}, %" for e in found["changes"]), "sign"]
    lines += ["0-60 cm, 40 years after:", "", *_table(head, rows)]
    rows = []
    for e in found["changes"]:
        for name in ("loss after", "regrowth after"):
            rows.append([e["soil"], name.split()[0], *(f"{v:+.2f}" for v in e[name].values())])
    return [*lines, "0-30 cm, kg m⁻²:", "", *_table(["soil", "", "10 yr", "20 yr", "40 yr", "80 yr"], rows)]


def _rothamsted(found: Mapping[str, Any]) -> list[str]:
    fallow = found["fallow"]["rows"]
    rows: list[list[object]] = [
        [r["year"], f"{r['measured']:.1f}", f"{r['stock']:.1f}", f"{r['measured_ratio']:.2f}", f"{r['ratio']:.2f}"]
        for r in fallow
    ]
    head = ["year", "measured, t ha⁻¹", "modelled", "content over that of 1959, measured", "modelled"]
    lines = ["### Highfield bare fallow, 0-23 cm (T8)", "", *_table(head, rows)]
    rows = [
        [
            p["experiment"],
            p["treatment"],
            f"{100 * p['mean']:+.0f}",
            f"{100 * p['rms']:.0f}",
            f"{100 * p['worst']:+.0f}",
            f"{p['rows'][-1]['stock']:.0f} ({p['rows'][-1]['measured']:.0f})",
            f"{p['scale']:.2f}",
        ]
        for p in found["plots"]
    ]
    head = ["experiment", "plot", "mean error, %", "root mean square, %", "worst, %", "last, t ha⁻¹ (measured)"]
    return [*lines, "### Arable at Rothamsted, 0-23 cm (T9)", "", *_table([*head, "input scale"], rows)]


def _pattern(found: Mapping[str, Any]) -> list[str]:
    rows: list[list[object]] = []
    for e in found["pattern"]:
        seen = e["measured"]
        rows.append(
            [
                e["soil"],
                f"{e['cover']}, {e['climate'] or 'temperate'}",
                _or(e["stock from the ground 0-100"], ".1f"),
                _or(seen.get("s0_100_mean"), ".1f") + _times(seen.get("s0_100_n")),
                _or(e["below"], ".1f"),
                _or(e["below_measured"], ".1f"),
                _or(e.get("under grass"), ".1f"),
                e["spinup"],
            ]
        )
    head = ["soil", "plant, climate", "0-100 cm, kg m⁻²", "measured (n)", "density 30-100 cm, kg m⁻³", "measured"]
    lines = ["### Soil types, 0-100 cm from the ground surface (the paper's Figure 4)", ""]
    lines += _table([*head, "0-100 cm under temperate grassland", "spin-up"], rows)
    return [*lines, *_order(found)]


def _order(found: Mapping[str, Any]) -> list[str]:
    return [*(f"- {text}: {_met(met)} ({values})." for text, met, values in found["order"]), ""]


def _or(value: float | None, form: str) -> str:
    return "" if value is None or not np.isfinite(value) else format(value, form)


def _times(count: float | None) -> str:
    return "" if count is None or not np.isfinite(count) else f" ({count:.0f})"
