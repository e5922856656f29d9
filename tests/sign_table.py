"""The table of expected signs and their sizes in Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sign_cases import CENTURY, YEARS

from pedozone.plants.cover import load_cover


def _cm(depth: float) -> str:
    return f"{100 * depth:.0f}"


def _lines(of: Mapping[str, Any]) -> dict[str, str]:
    """What every change gave on a soil, in words of a table."""
    grass = of["grass"]
    base, stock = grass["boundary"][1], grass["stock"][0]
    cover = load_cover("temperate-grassland")
    control = grass["bound 0-60"][CENTURY]
    lost = {name: control - of[name]["bound 0-60"][CENTURY] for name in ("no exudates", "no leaf litter")}
    warm, fallow, pulse = of["warming"], of["fallow"], of["pulse"]
    above = 100.0 * (warm["above"][10] / warm["above"][0] - 1.0)
    below = 100.0 * ((warm["all"][10] - warm["above"][10]) / (warm["all"][0] - warm["above"][0]) - 1.0)
    gradient = {n: of[n]["density"][50][0] / of[n]["density"][50][1] for n in ("tilled", "tillage stopped")}
    total = 100.0 * (of["tillage stopped"]["stock 0-60"][50] / of["tilled"]["stock 0-60"][50] - 1.0)
    gone = next((year for year, status in fallow["status"].items() if status == "no_vegetation"), None)
    course = ", ".join(_cm(fallow["boundary"][year]) for year in (1, 10, 50, CENTURY, YEARS))
    return {
        "boundary under grass, cm": _cm(base),
        "fallow after 1, 10, 50, 100, 300 yr: shallower, in the end gone": course
        + (f"; gone by {gone} yr" if gone else "; not gone"),
        "grass to crop, 10, 50, 100 yr: not deeper": ", ".join(
            _cm(of["crop"]["boundary"][y]) for y in (10, 50, CENTURY)
        ),
        "deep-rooted trees at equal pH, 100 yr: deeper": _cm(of["trees"]["boundary"][CENTURY]),
        "the same, pH 1.5 lower: less deep": _cm(of["trees, acid"]["boundary"][CENTURY]),
        "exchangeable capacity halved: deeper": _cm(of["exchangeable x0.5"]["boundary"][1]),
        "pH 1.5 higher (affinity halved): deeper": _cm(of["pH +1.5"]["boundary"][1]),
        "drainage doubled: DOC at 1 m up; boundary within 5 cm": (
            f"{grass['dissolved']:.1f} to {of['drainage x2']['dissolved']:.1f} g m⁻² yr⁻¹; "
            f"{_cm(of['drainage x2']['boundary'])}"
        ),
        "stable capacity halved: stock down; boundary nearly still": (
            f"{100 * (of['stable x0.5']['stock'][0] / stock - 1):+.0f} %; {_cm(of['stable x0.5']['boundary'][1])}"
        ),
        "+4 °C, 10 yr: falls first above the boundary": f"{above:+.1f} % above, {below:+.1f} % below",
        "pulse of 1 g C per kg at 60 cm: old carbon lost there in 5 yr": (
            f"{100 * pulse['lost 5']:.1f} % against {100 * pulse['usual 5']:.1f} % without; of the difference "
            f"{100 * pulse['displaced 5']:.0f} % from the exchangeable surface; on slow surfaces "
            f"{100 * pulse['slow 5']:.2f} against {100 * pulse['slow usual 5']:.2f} %; in the column "
            f"{pulse['column 5']:.2f} g per g given"
        ),
        "MAOM 0-60 cm lost in 100 yr per input taken away: exudates more than leaf litter": (
            f"{lost['no exudates'] / cover.exudate_input:.1f} against "
            f"{lost['no leaf litter'] / cover.leaf_input:.1f} kg per kg yr⁻¹"
        ),
        "tillage stopped, 50 yr: 0-5 over 5-23 cm; total 0-60 cm": (
            f"{gradient['tilled']:.2f} to {gradient['tillage stopped']:.2f}; {total:+.1f} %"
        ),
    }


def markdown(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Changes by row, soils by column."""
    columns = {soil: _lines(of) for soil, of in found.items()}
    first = next(iter(columns.values()))
    rows = [["", *columns], ["---"] * (1 + len(columns))]
    rows += [[name, *(of[name] for of in columns.values())] for name in first]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"
