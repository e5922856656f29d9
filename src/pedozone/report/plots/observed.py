"""Measured values over the modelled ones, through time and by depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pedozone.report import style
from pedozone.report.covers import cover_strip
from pedozone.report.data import thinned
from pedozone.report.numbers import significant
from pedozone.report.observed import (
    Comparison,
    MeasuredProfile,
    comparisons,
    measured_profiles,
)
from pedozone.report.registry import report_figure

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_PANELS = 4
_MOST_PROFILES = 2


def _courses(ds: xr.Dataset) -> list[Comparison]:
    """Comparisons that make a course in time: several dates, or not part of a profile."""
    in_profile = {
        (profile.quantity.variable, point.interval) for profile in measured_profiles(ds) for point in profile.points
    }
    return [
        c for c in comparisons(ds) if c.dates > 1 or (c.points and (c.quantity.variable, c.interval) not in in_profile)
    ]


def _shown(ds: xr.Dataset) -> list[Comparison]:
    """Courses that fit in the figure: those with most dates, in their own order."""
    found = _courses(ds)
    ranked = sorted(range(len(found)), key=lambda i: -found[i].dates)[:_MOST_PANELS]
    return [found[i] for i in sorted(ranked)]


def _bars(values: list[float]) -> str:
    if any(np.isfinite(value) for value in values):
        return " Error bars: one standard deviation as stated in the site file."
    return " No uncertainty of the measurements was given."


def _caption(ds: xr.Dataset) -> str:
    shown = _shown(ds)
    parts = [
        f"{c.name}: RMSE {significant(c.rmse)} {c.quantity.unit} over {c.dates} "
        f"date{'s' if c.dates != 1 else ''}, bias {significant(c.bias)}"
        for c in shown
    ]
    hidden = len(_courses(ds)) - len(shown)
    more = f" {hidden} more comparison(s) are in the tables." if hidden else ""
    return (
        f"Measured (black points) over modelled (line). {'; '.join(parts)}. RMSE and bias are of "
        "the means by date, model minus measured."
        f"{_bars([p.deviation for c in shown for p in c.points])}{more}"
    )


@report_figure(
    "observed",
    title="Measured against modelled",
    section="observed",
    needs=("time", "interval"),
    caption=_caption,
    applies=lambda ds: bool(_shown(ds)),
)
def observed(ds: xr.Dataset) -> Figure:
    """Measured values with error bars over the modelled series, RMSE stated."""
    shown = _shown(ds)
    ds = thinned(ds)
    rows = len(shown)
    figure, axes = style.new_figure(
        "Measured against modelled",
        rows=rows,
        height=1.0 + 1.95 * rows,
        top=0.72,
        row_gap=0.52,
        legend_rows=1,
    )
    time = ds["time"].values
    span = _span(shown, time)
    for ax, comparison in zip(axes[:, 0], shown, strict=True):
        quantity = comparison.quantity
        series = ds[quantity.modelled].sel(interval=comparison.interval).values
        ax.plot(
            time,
            series * quantity.modelled_factor,
            color=style.LINES[1],
            label="modelled",
            marker=style.marker_for(time.size),
        )
        points = comparison.points
        _measured(
            ax,
            np.array([point.year for point in points]),
            np.array([point.value for point in points]),
            yerr=_finite([point.deviation for point in points]),
        )
        if quantity.variable != "delta14c":
            ax.set_ylim(0, ax.get_ylim()[1])
        style.year_axis(ax, *span)
        ax.set_ylabel(quantity.unit)
        ax.set_title(
            f"{comparison.name}  ·  RMSE {significant(comparison.rmse)}",
            pad=17 if ax is axes[0, 0] else 5,
        )
    cover_strip(axes[0, 0], ds)
    style.legend_below(figure, axes[0, 0].get_legend_handles_labels(), 2)
    return figure


def _span(shown: list[Comparison], time: np.ndarray) -> tuple[float, float]:
    """Years to show: those measured with some room, not centuries before them."""
    years = [point.year for comparison in shown for point in comparison.points]
    room = max(5.0, 0.15 * (max(years) - min(years)))
    return max(time[0], min(years) - room), min(time[-1], max(years) + room)


def _profile_caption(ds: xr.Dataset) -> str:
    shown = measured_profiles(ds)[:_MOST_PROFILES]
    parts = [
        f"{p.quantity.label} in {p.year:g}: RMSE {significant(p.rmse)} {p.shown_unit} over {len(p.points)} depths"
        for p in shown
    ]
    return (
        "Measured (black points, with their depth interval) against the model's mean over the same "
        f"intervals (blue). {'; '.join(parts)}."
        f"{_bars([point.deviation for p in shown for point in p.points])}"
    )


@report_figure(
    "observed_profile",
    title="Measured profile",
    section="observed",
    needs=("time", "interval"),
    caption=_profile_caption,
    applies=lambda ds: bool(measured_profiles(ds)),
)
def observed_profile(ds: xr.Dataset) -> Figure:
    """Measured profiles of SOC beside the model's means over the same depths."""
    shown: list[MeasuredProfile] = measured_profiles(ds)[:_MOST_PROFILES]
    figure, axes = style.new_figure(
        "Measured profile",
        columns=len(shown),
        height=4.3,
        sharey=True,
        legend_rows=1,
        bottom=0.48,
        top=0.68,
    )
    deepest = max(point.bottom_cm for profile in shown for point in profile.points)
    for ax, profile in zip(axes[0], shown, strict=True):
        tops = np.array([point.top_cm for point in profile.points])
        bottoms = np.array([point.bottom_cm for point in profile.points])
        middle = (tops + bottoms) / 2
        ax.hlines(tops, 0, profile.modelled, color=style.LINES[1], linewidth=0.5, alpha=0.5)
        ax.vlines(profile.modelled, tops, bottoms, color=style.LINES[1], linewidth=2.2, label="modelled")
        _measured(ax, profile.measured, middle, xerr=profile.deviation, yerr=(bottoms - tops) / 2)
        ax.set_xlim(left=0)
        ax.set_xlabel(profile.shown_unit)
        ax.set_title(f"{profile.quantity.label}\nin {profile.year:g}")
        style.depth_axis(ax, deepest, label=ax is axes[0, 0])
    style.legend_below(figure, axes[0, 0].get_legend_handles_labels(), 2)
    return figure


def _finite(values: list[float]) -> np.ndarray:
    return np.nan_to_num(np.array(values), nan=0.0)


def _measured(
    ax: Axes,
    x: np.ndarray,
    y: np.ndarray,
    *,
    xerr: np.ndarray | None = None,
    yerr: np.ndarray | None = None,
) -> None:
    ax.errorbar(
        x,
        y,
        xerr=xerr,
        yerr=yerr,
        fmt="o",
        color=style.MEASURED,
        markersize=4.2,
        markeredgecolor="white",
        markeredgewidth=0.6,
        elinewidth=1.0,
        capsize=2.0,
        label="measured",
        zorder=5,
    )
