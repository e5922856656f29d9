"""Figures of an evaluation: observed and modelled values, and where the differences lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FixedLocator, NullLocator

from pedozone.landscape.evaluation.compare import DEPTHS, label
from pedozone.landscape.evaluation.inferred import COUNTERPART, SIGNS
from pedozone.observations.agreement import site_median
from pedozone.observations.frames import numbers, rows_of, texts, where
from pedozone.report import style
from pedozone.report.comparison_plots import ComparisonFigure
from pedozone.report.evaluation_places import place_figures
from pedozone.report.numbers import fixed, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pedozone.landscape.evaluation.compare import Compared

OBSERVED, MODELLED = style.MEASURED, "#0072b2"
_POINT = {"s": 7, "linewidths": 0, "alpha": 0.45, "rasterized": True}
_LEAST = 5  # values of a box
_RASTER_DPI = 170


def evaluation_figures(compared: Compared) -> list[ComparisonFigure]:
    """The figures that the data can fill, in the order of the report."""
    pairs = rows_of(compared.pairs, np.isfinite(numbers(compared.pairs, "modelled")))
    pairs = pairs.merge(compared.profiles.loc[:, ["profile_id", "site_id"]], on="profile_id", how="left")
    found = []
    for variable, title, words in _SCATTERED:
        part = where(pairs, variable=variable)
        if len(part) >= 2:
            found.append(ComparisonFigure(f"{variable}_pairs", "fit", title, words, _scatter(part, variable, title)))
    if any(_drawable(pairs, variable) for variable in _NAMES):
        words = (
            "Median (line) and middle half (band) of layers, sorted by the middle of their depth. The same layers of "
            "the same profiles on both sides; other profiles reach each depth, so that a line is no profile."
        )
        found.append(
            ComparisonFigure("by_depth", "fit", "Observed and modelled by depth", words, lambda: _by_depth(pairs))
        )
        words = (
            "Single layers: carbon modelled over observed (cut at an eighth and eight times), Δ¹⁴C modelled less "
            "observed. Median, middle half and middle nine tenths."
        )
        found.append(
            ComparisonFigure("residual_depth", "depth", "Differences by depth", words, lambda: _residuals(pairs))
        )
    found += place_figures(compared)
    for sign in SIGNS:
        part = where(compared.boundaries, sign=sign)
        part = rows_of(part, np.isin(texts(part, "status"), ("one", "smooth")))
        if len(part):
            words = (
                f"Every point is a profile; the bar is the {_INTERVAL.get(sign, '95 % interval')}; grey: a bend "
                "without a corner. Left: against the depth that the same estimate finds in the modelled values of the "
                f"same layers. Right: against the model's own boundary (criterion {COUNTERPART[sign]})."
            )
            title = SIGNS[sign]
            found.append(ComparisonFigure(sign, "boundary", title, words, lambda p=part, t=title: _boundaries(p, t)))
    return found


_INTERVAL = {"delta14c_threshold": "distance between the two layers that enclose it"}
_SCATTERED = (
    (
        "soc_density",
        "Organic carbon of layers",
        "Organic carbon density of single layers by the middle of their depth; the line is where both are equal. "
        "Grey: bulk density estimated, not measured. In brackets the median of modelled over observed, every "
        "site counting once.",
    ),
    (
        "delta14c",
        "Radiocarbon of layers",
        "Δ¹⁴C of single layers by the middle of their depth, modelled for the middle of the year of sampling; the "
        "line is where both are equal. In brackets the mean difference.",
    ),
    (
        "mineral_share",
        "Mineral-associated share",
        "Share of a layer's carbon that is mineral-associated: by density or particle size (observed), and the pools "
        "that such a separation collects (modelled). In brackets the mean difference.",
    ),
)
_NAMES = {
    "soc_density": "carbon (kg m⁻³)",
    "delta14c": "Δ¹⁴C (‰)",
    "mineral_share": "mineral-associated share",
}


def _scatter(part: pd.DataFrame, variable: str, title: str) -> Any:
    return lambda: _pairs(part, variable, title)


def _pairs(part: pd.DataFrame, variable: str, title: str) -> Figure:
    """A panel by depth interval."""
    names = [label(*pair) for pair in DEPTHS if len(where(part, depth=label(*pair)))]
    columns = 2 if len(names) > 1 else 1
    rows = -(-len(names) // columns)
    figure, axes = style.new_figure(
        title, rows=rows, columns=columns, height=0.75 + 1.55 * rows, bottom=0.5, row_gap=0.3, sharex=True, sharey=True,
        column_gap=0.2,
    )  # fmt: skip
    logarithmic = variable == "soc_density"
    values = np.stack([numbers(part, "observed"), numbers(part, "modelled")], axis=1)
    values = values[(values > 0).all(axis=1)] if logarithmic else values
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.1, 1.0)
    if logarithmic:
        low, high = low / 1.15, high * 1.15
    elif variable == "mineral_share":
        low, high = -0.03, 1.03
    else:
        low, high = low - 0.03 * (high - low) - 1.0, high + 0.03 * (high - low) + 1.0
    for ax, name in zip(axes.flat, names, strict=False):
        own = where(part, depth=name)
        estimated = texts(own, "bulk_density_basis") == "estimated"
        for those, colour in ((estimated, "#8d99a3"), (~estimated, MODELLED)):
            points = rows_of(own, those)
            ax.scatter(points["observed"], points["modelled"], color=colour, **_POINT)
        if logarithmic:
            ax.set_xscale("log")
            ax.set_yscale("log")
            for axis in (ax.xaxis, ax.yaxis):
                axis.set_major_locator(FixedLocator([0.1, 1, 10, 100]))
                axis.set_minor_locator(NullLocator())
                axis.set_major_formatter(lambda value, _place: f"{value:g}")
        ax.set_xlim(low, high)
        ax.set_ylim(low, high)
        ax.plot([low, high], [low, high], color=style.MUTED, linewidth=0.8, zorder=0.9)
        ax.set_title(f"{name.replace('-', '–')} cm, n = {len(own)} ({_told(own, variable)})", fontsize=7.6)
    for ax in axes.flat[len(names) :]:
        ax.set_visible(False)
    below = axes[-1] if len(names) == axes.size else [*axes[-1][:1], *axes[-2][1:]] if rows > 1 else axes[-1]
    for ax in below:
        ax.tick_params(labelbottom=True)
    for ax in axes[:, 0]:
        ax.set_ylabel("modelled")
    figure.text(0.55, 0.1 / figure.get_size_inches()[1], f"observed {_NAMES[variable]}", ha="center")
    figure.set_dpi(_RASTER_DPI)
    return figure


def _told(own: pd.DataFrame, variable: str) -> str:
    observed, modelled = numbers(own, "observed"), numbers(own, "modelled")
    if variable == "soc_density":
        both = (observed > 0) & (modelled > 0)
        middle = site_median(modelled[both] / observed[both], texts(own, "site_id")[both])
        return f"×{fixed(middle, 2)}" if both.any() else "none above 0"
    return signed(float(np.mean(modelled - observed)), 2 if variable == "mineral_share" else 0)


def _by_depth(pairs: pd.DataFrame) -> Figure:
    shown = [v for v in ("soc_density", "delta14c", "mineral_share") if _drawable(pairs, v)]
    figure, axes = style.new_figure(
        "Observed and modelled by depth",
        columns=len(shown),
        height=3.5,
        bottom=0.5,
        legend_rows=1,
        sharey=True,
        left=0.8,
    )
    for ax, variable in zip(axes[0], shown, strict=True):
        part = where(pairs, variable=variable)
        for side, colour in (("observed", OBSERVED), ("modelled", MODELLED)):
            found = [(0.5 * sum(pair), *_quantiles(part, pair, side)) for pair in DEPTHS]
            depth, low, middle, high = np.array([row for row in found if np.isfinite(row[1])]).reshape(-1, 4).T
            ax.fill_betweenx(depth, low, high, color=colour, alpha=0.13 if side == "observed" else 0.22, linewidth=0)
            dash = "-" if side == "observed" else (0, (5, 2))
            ax.plot(middle, depth, color=colour, linestyle=dash, marker="o", markersize=3, label=side)
        ax.set_xlabel(_NAMES[variable].replace("mineral-associated share", "mineral share"))
        ax.xaxis.set_major_locator(style.MaxNLocator(3))
    style.depth_axis(axes[0, 0], 300.0)
    style.legend_below(figure, axes[0, 0].get_legend_handles_labels(), 2)
    return figure


def _drawable(pairs: pd.DataFrame, variable: str) -> bool:
    """Whether some depth has enough values of a variable for their quantiles."""
    part = where(pairs, variable=variable)
    return any(np.isfinite(_quantiles(part, pair, "observed")[0]) for pair in DEPTHS)


def _quantiles(part: pd.DataFrame, pair: tuple[float, float], side: str) -> tuple[float, float, float]:
    values = numbers(where(part, depth=label(*pair)), side)
    if len(values) < _LEAST:
        return np.nan, np.nan, np.nan
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    return float(low), float(middle), float(high)


def _residuals(pairs: pd.DataFrame) -> Figure:
    figure, axes = style.new_figure(
        "Differences by depth", columns=2, height=2.9, bottom=0.5, left=0.8, column_gap=0.25
    )
    names = [label(*pair) for pair in DEPTHS]
    carbon = where(pairs, variable="soc_density")
    carbon = rows_of(carbon, (numbers(carbon, "observed") > 0) & (numbers(carbon, "modelled") > 0))
    radio = where(pairs, variable="delta14c")
    ratio = np.log2(numbers(carbon, "modelled") / numbers(carbon, "observed"))
    difference = numbers(radio, "modelled") - numbers(radio, "observed")
    boxes(axes[0, 0], [ratio[texts(carbon, "depth") == name] for name in names])
    boxes(axes[0, 1], [difference[texts(radio, "depth") == name] for name in names])
    ratio_axis(axes[0, 0])
    axes[0, 0].set_xlabel("carbon (ratio)")
    axes[0, 1].set_xlabel("Δ¹⁴C (difference, ‰)")
    axes[0, 0].set_yticks(range(len(names)), [f"{name.replace('-', '–')} cm" for name in names])
    axes[0, 1].set_yticks(range(len(names)), [""] * len(names))
    return figure


def boxes(ax: Axes, groups: Sequence[np.ndarray], colour: str = MODELLED, shift: float = 0.0) -> None:
    """Median, middle half and middle nine tenths of groups, one below the other; small groups as their points."""
    for k, values in enumerate(groups):
        at = k + shift
        if len(values) < _LEAST:
            ax.plot(values, np.full(len(values), at), "o", color=colour, markersize=2.5, alpha=0.6)
            continue
        low, left, middle, right, high = np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95))
        ax.plot([low, high], [at, at], color=colour, linewidth=0.9)
        ax.plot([left, right], [at, at], color=colour, linewidth=4.5, alpha=0.45, solid_capstyle="butt")
        ax.plot([middle], [at], "o", color=colour, markersize=4)
    ax.axvline(0.0, color=style.MUTED, linewidth=0.8, zorder=0.9)
    ax.set_ylim(len(groups) - 0.4, -0.6)


def ratio_axis(ax: Axes, most: float = 3.0) -> None:
    """Make an axis of binary logarithms one of ratios."""
    reach = min(max(max(abs(limit) for limit in ax.get_xlim()), 1.0), most)
    ax.set_xlim(-reach, reach)
    ticks = [k for k in range(-int(reach), int(reach) + 1) if reach < 3 or k % 2 == int(reach) % 2 or k == 0]
    ax.set_xticks(ticks, [f"×{2.0**k:g}" if k >= 0 else f"1/{2**-k:g}" for k in ticks])


def _boundaries(part: pd.DataFrame, title: str) -> Figure:
    figure, axes = style.new_figure(title, columns=2, height=2.55, bottom=0.5, left=0.75, column_gap=0.2, sharey=True)
    deepest = max(
        float(np.nanmax(numbers(part, n), initial=0.0)) for n in ("depth_cm", "same_depth_cm", "modelled_depth_cm")
    )
    limit = min(max(10.0 * np.ceil(deepest / 10.0) + 10.0, 50.0), 320.0)
    for ax, against, words in (
        (axes[0, 0], "same_depth_cm", "same of the model (cm)"),
        (axes[0, 1], "modelled_depth_cm", "model's boundary (cm)"),
    ):
        for status, colour in (("smooth", "#8d99a3"), ("one", MODELLED)):
            own = where(part, status=status)
            x, y = numbers(own, against), numbers(own, "depth_cm")
            ax.vlines(x, own["low_cm"], own["high_cm"], color=colour, linewidth=0.7, alpha=0.5)
            ax.plot(x, y, "o", color=colour, markersize=3, alpha=0.8)
        ax.plot([0, limit], [0, limit], color=style.MUTED, linewidth=0.8, zorder=0.9)
        ax.set_xlim(0, limit)
        ax.set_ylim(limit, 0)
        ax.set_xlabel(words)
        ax.set_title(f"n = {int(np.isfinite(numbers(part, against)).sum())}", fontsize=7.6)
    axes[0, 0].set_ylabel("inferred from data (cm)")
    return figure
