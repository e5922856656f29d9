"""Radiocarbon and age by depth and through time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib
import numpy as np

from pedozone.report import style
from pedozone.report.data import (
    deepest_cm,
    middle_of_year,
    profile_state,
    state_label,
    thinned,
)
from pedozone.report.numbers import depth_words, significant
from pedozone.report.observed import Observation, observations
from pedozone.report.registry import report_figure

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

_MOST_PROFILES = 4
_BOMB_PEAK = 1965
_BOMB_FALL = 1990
_TIME_MAP = matplotlib.colormaps["cividis"]
_PROFILE_DASHES = ("-", (0, (6, 2)), (0, (3, 1.4)), (0, (1.2, 1.2)))


def _measured(ds: xr.Dataset) -> list[Observation]:
    read, _ = observations(ds)
    low, high = float(ds["time"][0]), float(ds["time"][-1])
    return [point for point in read if point.quantity.variable == "delta14c" and low <= point.year <= high]


def _profile_indices(ds: xr.Dataset) -> list[int]:
    """States to draw: those nearest to measurements first, then ends, bomb peak and fall."""
    time = ds["time"].values
    last = time.size - 1
    chosen: list[int] = []
    measured_years = sorted({point.year for point in _measured(ds)})
    wanted = [int(np.abs(time - year).argmin()) for year in measured_years[:_MOST_PROFILES]]
    if time[0] < _BOMB_PEAK < time[-1]:
        between = [int(np.abs(time - year).argmin()) for year in (_BOMB_PEAK, _BOMB_FALL)]
    else:
        between = [round(last / 3), round(2 * last / 3)]
    wanted += [0, last, *between]
    for index in wanted:
        if index not in chosen and len(chosen) < _MOST_PROFILES:
            chosen.append(index)
    return sorted(chosen)


def _profile_caption(ds: xr.Dataset) -> str:
    layers = profile_state(ds, ds.sizes["time"] - 1, organic=False).layers
    surface, base = ds["delta14c"].values[-1][layers[[0, -1]]]
    points = (
        " Points with bars over their depth interval are measured, in the colour of the profile nearest in time."
        if _measured(ds)
        else ""
    )
    sky = (
        " Triangles on the top edge mark the atmosphere in the same years."
        if "atmosphere_delta14c" in ds.variables
        else ""
    )
    bomb = (
        ", high near the surface where carbon from the weapons tests of the 1960s has entered"
        if float(ds["time"][-1]) > _BOMB_PEAK and surface > max(base, 0.0)
        else ""
    )
    return (
        f"Modelled Δ¹⁴C of soil carbon by depth: low where carbon is old{bomb}. At the end "
        f"{significant(surface)} ‰ in the top layer and {significant(base)} ‰ at the base."
        f"{sky}{points}"
    )


@report_figure(
    "delta14c_profile",
    title="Radiocarbon by depth",
    section="radiocarbon",
    needs=("delta14c", "depth_top", "depth_bottom", "is_organic"),
    caption=_profile_caption,
    applies=lambda ds: bool(np.isfinite(ds["delta14c"].values).any()),
)
def delta14c_profile(ds: xr.Dataset) -> Figure:
    """Delta14C against depth for a few years, with measured values and the atmosphere."""
    indices = _profile_indices(ds)
    figure, axes = style.new_figure("Radiocarbon by depth", height=4.3, legend_rows=-(-len(indices) // 2), bottom=0.48)
    ax = axes[0, 0]
    shade = {index: _TIME_MAP(0.05 + 0.75 * i / max(len(indices) - 1, 1)) for i, index in enumerate(indices)}
    sky = ds["atmosphere_delta14c"].values if "atmosphere_delta14c" in ds.variables else None
    for i, index in enumerate(indices):
        state = profile_state(ds, index, organic=False)
        values = ds["delta14c"].values[index][state.layers]
        ax.plot(
            values,
            (state.edges_cm[:-1] + state.edges_cm[1:]) / 2,
            color=shade[index],
            linestyle=_PROFILE_DASHES[i],
            label=state_label(ds, index),
        )
        if sky is not None:
            # A state is the moment between two years; the first has only the one after it.
            ax.plot(
                sky[max(index - 1, 0)],
                0,
                marker="v",
                color=shade[index],
                markersize=6,
                markeredgecolor="white",
                markeredgewidth=0.6,
                clip_on=False,
                zorder=6,
            )
    time = ds["time"].values
    for point in _measured(ds):
        nearest = min(indices, key=lambda index: abs(time[index] - point.year))
        deviation = point.deviation if np.isfinite(point.deviation) else 0.0
        ax.errorbar(
            point.value,
            (point.top_cm + point.bottom_cm) / 2,
            xerr=deviation,
            yerr=(point.bottom_cm - point.top_cm) / 2,
            fmt="o",
            color=shade[nearest],
            markeredgecolor=style.MEASURED,
            markersize=5,
            elinewidth=0.9,
            zorder=5,
        )
    ax.set_xlabel("Δ¹⁴C (‰)")
    style.depth_axis(ax, deepest_cm(ds))
    style.legend_below(figure, ax.get_legend_handles_labels(), 2)
    return figure


def _time_caption(ds: xr.Dataset) -> str:
    years = ds["year"].values
    peak = (
        " The lag behind the bomb peak of the 1960s shows how fast carbon passes through."
        if years[0] < _BOMB_PEAK < years[-1]
        else ""
    )
    return f"Δ¹⁴C of the atmosphere (input), and modelled: of the CO₂ that the soil respires and of its carbon.{peak}"


_DEPTHS = ("0-20", "0-30", "0-100")


@report_figure(
    "delta14c_time",
    title="Radiocarbon and the atmosphere",
    section="radiocarbon",
    needs=("atmosphere_delta14c",),
    caption=_time_caption,
)
def delta14c_time(ds: xr.Dataset) -> Figure:
    """Delta14C of atmosphere, respired CO2 and soil carbon through time."""
    full, ds = ds, thinned(ds)
    x = middle_of_year(ds)
    marker = style.marker_for(x.size)
    lines: list[tuple[str, np.ndarray, np.ndarray, str, object]] = [
        ("atmosphere (input)", x, ds["atmosphere_delta14c"].values, style.MUTED, "-")
    ]
    if "delta14c_respired" in ds.variables:
        lines.append(("respired CO₂", x, ds["delta14c_respired"].values, style.LINES[2], "-"))
    if "delta14c_interval" in ds.variables:
        names = [name for name in _DEPTHS if name in ds["interval"].values.astype(str)][-2:]
        for name, dash in zip(names, ((0, (5, 2)), (0, (1.5, 1.5))), strict=False):
            values = ds["delta14c_interval"].sel(interval=name).values
            label = f"soil carbon, {depth_words(name)}"
            lines.append((label, ds["time"].values, values, style.LINES[1], dash))
    lines = [line for line in lines if np.isfinite(line[2]).any()]
    figure, axes = style.new_figure(
        "Radiocarbon and the atmosphere", height=3.1, legend_rows=-(-len(lines) // 2), left=0.68
    )
    ax = axes[0, 0]
    for label, abscissa, values, colour, dash in lines:
        ax.plot(abscissa, values, color=colour, linestyle=dash, label=label, marker=marker)
    ax.set_ylabel("Δ¹⁴C (‰)")
    style.year_axis(ax, float(full["year"][0]), float(full["year"][-1]) + 1)
    style.legend_below(figure, ax.get_legend_handles_labels(), 2)
    return figure


@report_figure(
    "mean_age",
    title="Mean age of carbon by depth",
    section="radiocarbon",
    needs=("mean_age", "depth_top", "depth_bottom", "is_organic"),
    caption="Modelled mean time since carbon entered the soil from plants. This is the true mean "
    "age in the model, not an age converted from ¹⁴C.",
    applies=lambda ds: bool(np.isfinite(ds["mean_age"].values).any()),
)
def mean_age(ds: xr.Dataset) -> Figure:
    """Mean age against depth at the start and the end of the run."""
    figure, axes = style.new_figure("Mean age of carbon by depth", height=4.3, legend_rows=1, bottom=0.48)
    ax = axes[0, 0]
    looks = ((style.LINES[1], (0, (4, 1.6))), (style.INK, "-"))
    for index, (colour, dash) in zip((0, ds.sizes["time"] - 1), looks, strict=True):
        state = profile_state(ds, index, organic=False)
        ax.stairs(
            ds["mean_age"].values[index][state.layers],
            state.edges_cm,
            orientation="horizontal",
            baseline=None,
            color=colour,
            linestyle=dash,
            linewidth=1.5,
            label=state_label(ds, index),
        )
    ax.set_xlim(left=0)
    ax.xaxis.set_major_formatter(lambda value, _position: f"{value:,.0f}")
    ax.set_xlabel("years")
    style.depth_axis(ax, deepest_cm(ds))
    style.legend_below(figure, ax.get_legend_handles_labels(), 2)
    return figure
