"""Figures of where the differences lie: by climate, soil, land cover, and on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pedozone.landscape.evaluation.rules import UNKNOWN
from pedozone.observations.frames import counts_of, numbers, rows_of, texts, where
from pedozone.report import style
from pedozone.report.comparison_plots import ComparisonFigure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pedozone.landscape.evaluation.compare import Compared

LIMIT_CM = 30.0
"""Between topsoil and subsoil."""
LEAST = 3
"""Profiles of a class that is shown."""
TOP, SUB = "#8a4a12", "#2d4f85"

# Brown: the model has less; blue-green: it has more. White in the middle.
_MAP = style.LinearSegmentedColormap.from_list("differences", ["#7a3e06", "#d9a35c", "#f1efe9", "#6fb3ae", "#0b5e59"])
_SHOWN = {
    "soc_density": ("carbon", "modelled / observed", 2.0),
    "delta14c": ("Δ¹⁴C", "modelled less observed (‰)", 200.0),
}
_CLASSES = {"climate": "climate", "soil": "soil type", "land_cover": "land cover"}


def profile_differences(compared: Compared) -> pd.DataFrame:
    """Differences of profiles above and below `LIMIT_CM`.

    Returns
    -------
    pandas.DataFrame
        ``profile_id``, ``variable``, ``part`` ("topsoil" or "subsoil"), ``difference`` and the columns of the profiles.
        Of carbon the binary logarithm of modelled over observed, of the sum over the layers compared; of Δ14C the mean
        difference, weighted by thickness.
    """
    table = compared.pairs
    pairs = rows_of(table, np.isfinite(numbers(table, "modelled")) & np.isin(texts(table, "variable"), list(_SHOWN)))
    top, bottom = numbers(pairs, "top_cm"), numbers(pairs, "bottom_cm")
    weighed = pairs.assign(
        part=np.where(0.5 * (top + bottom) < LIMIT_CM, "topsoil", "subsoil"),
        thick=bottom - top,
        observed=numbers(pairs, "observed") * (bottom - top),
        modelled=numbers(pairs, "modelled") * (bottom - top),
    )
    keys, sums = ["profile_id", "variable", "part"], ["observed", "modelled", "thick"]
    summed = pd.DataFrame(weighed.groupby(keys, as_index=False)[sums].sum())
    observed, modelled = numbers(summed, "observed"), numbers(summed, "modelled")
    carbon = texts(summed, "variable") == "soc_density"
    good = ~carbon | ((observed > 0) & (modelled > 0))
    ratio = np.log2(np.where(good & carbon, modelled, 1.0) / np.where(good & carbon, observed, 1.0))
    difference = np.where(carbon, ratio, (modelled - observed) / numbers(summed, "thick"))
    kept = rows_of(summed.assign(difference=difference), good).drop(columns=sums)
    return kept.merge(compared.profiles, on="profile_id", how="left")


def place_figures(compared: Compared) -> list[ComparisonFigure]:
    """The figures, in the order of the report."""
    all_of = profile_differences(compared)
    found = []
    for name, title in _CLASSES.items():
        if any(count >= LEAST for _, count in _sizes(all_of, name)):
            words = (
                f"Profiles by {title}, above and below {LIMIT_CM:g} cm: carbon modelled over observed (cut at an "
                "eighth and eight times), Δ¹⁴C modelled less observed. Median, middle half and middle nine tenths; in "
                f"brackets the number of profiles. Classes of fewer than {LEAST} are left out."
            )
            text = f"Differences by {title}"
            found.append(ComparisonFigure(name, "classes", text, words, _classes(all_of, name, text)))
    for variable, (what, units, _) in _SHOWN.items():
        part = where(all_of, variable=variable, part="topsoil")
        sites = by_site(part)
        if len(sites) >= 2:
            words = f"Layers above {LIMIT_CM:g} cm, {what}, {units}; every point is a site, the median of its profiles."
            title = f"Differences of {what} by climate"
            found.append(
                ComparisonFigure(f"{variable}_climate", "climate", title, words, _plane(sites, variable, title))
            )
            title = f"Differences of {what} on the map"
            found.append(ComparisonFigure(f"{variable}_map", "map", title, words, _map(sites, variable, title)))
    return found


def by_site(part: pd.DataFrame) -> pd.DataFrame:
    """Medians of the profiles of each site."""
    columns = ["difference", "latitude", "longitude", "mean_annual_temperature_c", "mean_annual_precipitation_mm"]
    numeric = part.assign(**{name: pd.to_numeric(part[name], errors="coerce") for name in columns})
    return pd.DataFrame(numeric.groupby("site_id", as_index=False)[columns].median())


def _sizes(all_of: pd.DataFrame, name: str) -> list[tuple[str, int]]:
    """Numbers of profiles by class."""
    return counts_of(all_of.drop_duplicates("profile_id"), name)


def _classes(all_of: pd.DataFrame, name: str, title: str) -> Any:
    return lambda: _class_figure(all_of, name, title)


def _class_figure(all_of: pd.DataFrame, name: str, title: str) -> Figure:
    from pedozone.report.evaluation_figures import boxes, ratio_axis

    counts = dict(_sizes(all_of, name))
    names = sorted(group for group, count in counts.items() if count >= LEAST)
    if name != "climate":
        names.sort(key=lambda group: (group == UNKNOWN, -counts[group]))
    height = 0.95 + 0.3 * len(names) + style.LEGEND_ROW
    figure, axes = style.new_figure(
        title, columns=2, height=height, bottom=0.5, legend_rows=1, left=1.25, column_gap=0.2
    )
    for ax, (variable, (what, _, _)) in zip(axes[0], _SHOWN.items(), strict=True):
        for part, colour, shift in (("topsoil", TOP, -0.17), ("subsoil", SUB, 0.17)):
            own = where(all_of, variable=variable, part=part)
            boxes(
                ax,
                [numbers(where(own, **{name: group}), "difference") for group in names],
                colour,
                shift,
            )
            ax.plot(
                [],
                [],
                "o-",
                color=colour,
                markersize=4,
                label=f"{part} ({'above' if part == 'topsoil' else 'below'} 30 cm)",
            )
        ax.set_xlabel(f"{what} ({'ratio' if variable == 'soc_density' else 'difference, ‰'})")
        ax.grid(axis="y", visible=False)
    ratio_axis(axes[0, 0])
    axes[0, 0].set_yticks(range(len(names)), [f"{group} ({counts[group]})" for group in names])
    axes[0, 1].set_yticks(range(len(names)), [""] * len(names))
    style.legend_below(figure, axes[0, 0].get_legend_handles_labels(), 2)
    return figure


def _plane(sites: pd.DataFrame, variable: str, title: str) -> Any:
    def draw() -> Figure:
        figure, axes = style.new_figure(title, height=2.9, bottom=0.5, right=0.9)
        ax = axes[0, 0]
        _coloured(ax, sites, "mean_annual_temperature_c", "mean_annual_precipitation_mm", variable)
        ax.set_xlabel("mean annual temperature (°C)")
        ax.set_ylabel("annual precipitation (mm)")
        return figure

    return draw


def _map(sites: pd.DataFrame, variable: str, title: str) -> Any:
    def draw() -> Figure:
        known = rows_of(sites, np.isfinite(numbers(sites, "latitude")) & np.isfinite(numbers(sites, "longitude")))
        figure, axes = style.new_figure(title, height=2.5, bottom=0.5, right=0.9)
        ax = axes[0, 0]
        _coloured(ax, known, "longitude", "latitude", variable)
        ax.set_xlabel("longitude (°)")
        ax.set_ylabel("latitude (°)")
        for axis, low, high, most in ((ax.set_xlim, -180, 180, "longitude"), (ax.set_ylim, -60, 85, "latitude")):
            values = numbers(known, most)
            wide = np.ptp(values) > 0.25 * (high - low)
            axis(*((low, high) if wide else (values.min() - 2.0, values.max() + 2.0)))
        ax.axhline(0.0, color=style.MUTED, linewidth=0.5, zorder=0.5)
        return figure

    return draw


def _coloured(ax: Any, sites: pd.DataFrame, x: str, y: str, variable: str) -> None:
    """Points coloured by difference, the largest ones on top, with a scale beside."""
    _, units, most = _SHOWN[variable]
    order = np.argsort(np.abs(numbers(sites, "difference")))
    values = numbers(sites, "difference")[order]
    points = ax.scatter(
        numbers(sites, x)[order], numbers(sites, y)[order], c=values, cmap=_MAP, vmin=-most, vmax=most, s=16,
        edgecolors=style.INK, linewidths=0.3,
    )  # fmt: skip
    bar = ax.figure.colorbar(points, ax=ax, extend="both", fraction=0.05, pad=0.03)
    if variable == "soc_density":
        bar.set_ticks([-2, -1, 0, 1, 2], labels=["1/4", "1/2", "×1", "×2", "×4"])
    bar.set_label(units)
    bar.outline.set_linewidth(0.4)
