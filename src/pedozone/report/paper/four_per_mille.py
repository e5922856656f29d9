"""Figure 1: four per mille of the soil's carbon against emissions and what restored soils could take up."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from pedozone.report import style
from pedozone.report.numbers import CO2_PER_CARBON, fixed
from pedozone.report.paper.figure import PaperFigure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_TITLE = "Four per mille of the soil's carbon"
_LOOKS = {"soil": "#b5791a", "emission": "#5b6770", "restoration": style.VEGETATION}
_COLUMNS = ("group", "name", "gt_co2_yr", "low_gt_co2_yr", "high_gt_co2_yr", "pg_c_yr", "status", "source")


@cache
def constants() -> Mapping[str, Any]:
    """The stocks, emissions and potentials compared, with their sources."""
    text = resources.files("pedozone.report.paper").joinpath("four_per_mille.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _in_co2(value: float, unit: str) -> float:
    """Gt CO2 per year."""
    return value if unit == "Gt CO2 yr-1" else value * CO2_PER_CARBON


def compared() -> pd.DataFrame:
    """The numbers of the figure, Gt CO2 and Pg C a year; what soils take up is negative.

    Returns
    -------
    pandas.DataFrame
        ``group`` (soil, emission, restoration), ``name``, ``gt_co2_yr`` with ``low_gt_co2_yr`` and ``high_gt_co2_yr``,
        ``pg_c_yr``, ``status`` and ``source``. Rows of the group soil are what is released where the stock falls by the
        share; as much is taken up where it rises.
    """
    import pandas as pd

    given = constants()
    rows = []
    for stock in given["stock"]:
        flux = _in_co2(given["share"] * stock["value"], "Pg C yr-1")
        name = f"4 ‰ of 0–{stock['depth_cm']} cm"
        rows.append(("soil", name, flux, -flux, flux, stock))
    for entry in given["emission"]:
        ends = (_in_co2(entry.get(end, entry["value"]), entry["unit"]) for end in ("value", "low", "high"))
        rows.append(("emission", f"{entry['name']}, {entry['year']}", *ends, entry))
    for entry in given["restoration"]:
        ends = (-_in_co2(entry.get(end, entry["value"]), entry["unit"]) for end in ("value", "high", "low"))
        rows.append(("restoration", entry["name"], *ends, entry))
    table = [(*row[:5], row[2] / CO2_PER_CARBON, row[5]["status"], row[5]["source"]) for row in rows]
    return pd.DataFrame(table, columns=list(_COLUMNS))


def figure_1() -> PaperFigure:
    """Four per mille of the carbon stock to 100, 150 and 300 cm against emissions and restoration."""
    table = compared()
    soil = table[table["group"] == "soil"]
    worth = ", ".join(fixed(value) for value in soil["gt_co2_yr"])
    recalled = [text.split(",")[0] for text in table.loc[table["status"] == "recalled", "source"]]
    caption = (
        f"Four per mille of the soil's organic carbon is {worth} Gt CO₂ a year to 100, 150 and 300 cm: to the right if "
        "it is lost in a year, to the left if it is gained. Below, emissions of fossil fuels and industry in 2100 by "
        "the four representative concentration pathways, and those measured in 2013 (± one standard deviation); at the "
        "foot, what the restoration of managed soils is estimated to take up (line: range). The deeper a soil is "
        "counted, the more the same share of it weighs; the bars say nothing of whether such a change is possible. "
        "After figure 1 of Cagnarini et al. (2019), who draw the range of all scenarios of each pathway."
    )
    if recalled:
        caption += f" Cited from memory: {'; '.join(recalled)}."
    sources = tuple(dict.fromkeys(table["source"]))
    return PaperFigure("figure_1", "1", _TITLE, caption, sources, table, lambda: _drawn(table))


def _drawn(table: pd.DataFrame) -> Figure:
    gaps = {"soil": 0.0, "emission": 0.9, "restoration": 1.8}
    heads = {"soil": "soil, lost or gained", "emission": "emissions", "restoration": "restoration"}
    figure, axes = style.new_figure(_TITLE, height=4.7, left=1.62, right=0.2, top=0.78, bottom=0.5)
    ax = axes[0, 0]
    names, places = [], []
    for place, row in enumerate(table.to_dict("records")):
        group, value = str(row["group"]), float(row["gt_co2_yr"])
        low, high = float(row["low_gt_co2_yr"]), float(row["high_gt_co2_yr"])
        y = place + gaps[group]
        colour = _LOOKS[group]
        ax.barh(y, value, 0.68, color=colour, linewidth=0)
        text, right = fixed(value), max(value, high, 0.0)
        if group == "soil":
            ax.barh(y, -value, 0.68, color=colour, alpha=0.45, linewidth=0)
            text = f"± {text}"
        elif low != high:
            ax.plot([low, high], [y, y], color=style.INK, linewidth=1.1)
        ax.text(right + 2, y, text, va="center", fontsize=7.5)
        names.append(str(row["name"]))
        places.append(y)
    first = {group: places[list(table["group"]).index(group)] for group in heads}
    for group, words in heads.items():
        ax.text(-0.02, first[group] - 0.72, words, transform=ax.get_yaxis_transform(), ha="right", va="center",
                fontsize=8, color=style.MUTED)  # fmt: skip
    ax.axvline(0, color=style.INK, linewidth=0.8)
    ax.set_yticks(places, names)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    ax.set_ylim(places[-1] + 0.6, -1.1)
    ax.set_xlim(-50, 128)
    ax.set_xticks(range(-50, 101, 50))
    ax.set_xlabel("Gt CO₂ a year; left of 0: taken up")
    above = ax.secondary_xaxis("top", functions=(lambda v: v / CO2_PER_CARBON, lambda v: v * CO2_PER_CARBON))
    above.set_xticks(range(-10, 31, 10))
    above.set_xlabel("Pg C a year")
    return figure
