"""The zones' budget with its re-zoning, and how closely the zones are connected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pedozone.report import style
from pedozone.report.covers import cover_strip
from pedozone.report.data import deepest_cm, main_criterion, middle_of_year, shallowest_cm, state_label, thinned
from pedozone.report.numbers import significant
from pedozone.report.plots.boundary import mineral_surface
from pedozone.report.plots.zones import MECHANISM_LOOKS
from pedozone.report.registry import report_figure

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_G = 1000.0  # kg to g

_TERM_LOOKS = {
    "input": ("#6ba539", "plant input"),
    "respired": ("#8c96a0", "respired"),
    "leached": ("#0072b2", "leached"),
    "transfer": ("#b5791a", "transfer"),
    "events": ("#b3361d", "events"),
    "rezoning": ("#9d7bc0", "re-zoned"),
}


def _budget_caption(ds: xr.Dataset) -> str:
    carbon = ds["zone_budget"].sel(tracer="carbon")
    rezoned = carbon.sel(zone="vegetation", budget_term="rezoning").values
    closes = float(np.nanmax(np.abs(carbon.sel(budget_term="residual").values)))
    return (
        "What each zone gained (above 0) and lost (below 0) in every year; the line is the change of its stock. "
        "Re-zoned carbon changed zone because the boundary passed it: it shows in both panels, with opposite signs, "
        f"all together {significant(_G * float(np.nansum(rezoned)))} g C m⁻² into the vegetation zone. The budget "
        f"closes within {closes:.0e} kg C m⁻²."
    )


def _bands(ax: Axes, x: np.ndarray, parts: dict[str, np.ndarray]) -> None:
    """Stack gains upward and losses downward, each term in its colour."""
    # one polygon for each side of a term: a bar for every year takes a minute for three thousand of them
    edges = np.append(x - 0.5, x[-1] + 0.5)
    up, down = np.zeros(edges.size), np.zeros(edges.size)
    for name, values in parts.items():
        colour, label = _TERM_LOOKS[name]
        gained = np.nan_to_num(np.append(values, values[-1]))
        rise, fall = np.maximum(gained, 0.0), np.minimum(gained, 0.0)
        ax.fill_between(edges, up, up + rise, step="post", color=colour, linewidth=0, label=label)
        ax.fill_between(edges, down, down + fall, step="post", color=colour, linewidth=0)
        up, down = up + rise, down + fall


@report_figure(
    "zone_budget",
    title="The budget of each zone",
    section="zones",
    needs=("zone_budget", "rezoning"),
    caption=_budget_caption,
)
def zone_budget(ds: xr.Dataset) -> Figure:
    """Terms of the carbon budget of both zones by year, re-zoning among them."""
    full = ds
    zones = ds["zone"].values.astype(str)
    carbon = ds["zone_budget"].sel(tracer="carbon")
    shown = [n for n in _TERM_LOOKS if np.nanmax(np.abs(carbon.sel(budget_term=n).values), initial=0.0) > 0.0]
    rows = -(-(len(shown) + 1) // 3)
    figure, axes = style.new_figure(
        "The budget of each zone",
        rows=zones.size,
        height=4.2 + 0.185 * rows,
        top=0.72,
        row_gap=0.34,
        sharex=True,
        legend_rows=rows,
    )
    x = middle_of_year(ds)
    for ax, zone in zip(axes[:, 0], zones, strict=True):
        terms = carbon.sel(zone=zone)
        _bands(ax, x, {name: _G * terms.sel(budget_term=name).values for name in shown})
        change = _G * terms.sel(budget_term="change").values
        ax.plot(x, change, color=style.INK, linewidth=1.2, marker=style.marker_for(x.size), label="change of stock")
        ax.axhline(0, color=style.MUTED, linewidth=0.7)
        ax.set_ylabel("g C m⁻² yr⁻¹")
        ax.set_title(f"{zone} zone", pad=17 if zone == zones[0] else 4)
    style.year_axis(axes[-1, 0], float(full["year"][0]), float(full["year"][-1]) + 1)
    cover_strip(axes[0, 0], full)
    style.legend_below(figure, axes[0, 0].get_legend_handles_labels(), 3)
    return figure


def _known_connectivity(ds: xr.Dataset) -> np.ndarray:
    """K of the years in which all its parts are known: those with plant input and a boundary."""
    whole = ds["connectivity"].sum(["mechanism", "source"], skipna=False).values
    return whole[np.isfinite(whole)]


def _connectivity_caption(ds: xr.Dataset) -> str:
    known = _known_connectivity(ds)
    first, last = (significant(100 * v) for v in (known[0], known[-1]))
    return (
        "Connectivity K: carbon that crosses the boundary on net, over the plant input of the whole column; "
        f"{first} % in the first year and {last} % in the last with plants. Above by the way it travels, below by "
        "where it came from. Little plant input makes K large although little crosses; years without any are left out."
    )


@report_figure(
    "connectivity",
    title="How closely the zones are connected",
    section="zones",
    needs=("connectivity",),
    caption=_connectivity_caption,
    applies=lambda ds: _known_connectivity(ds).size > 0,
)
def connectivity(ds: xr.Dataset) -> Figure:
    """Net transfer over plant input, by mechanism and by source."""
    full, ds = ds, thinned(ds)
    share = 100 * ds["connectivity"]
    mechanisms, sources = ds["mechanism"].values.astype(str), ds["source"].values.astype(str)
    rows = -(-(mechanisms.size + sources.size) // 3)
    figure, axes = style.new_figure(
        "How closely the zones are connected",
        rows=2,
        height=4.0 + 0.185 * rows,
        top=0.72,
        row_gap=0.34,
        sharex=True,
        legend_rows=rows,
    )
    x = middle_of_year(ds)
    for i, name in enumerate(mechanisms):
        colour, dash = MECHANISM_LOOKS.get(name, (style.LINES[i % len(style.LINES)], style.DASHES[i % 6]))
        values = share.sel(mechanism=name).sum("source", skipna=False).values
        axes[0, 0].plot(x, values, color=colour, linestyle=dash, marker=style.marker_for(x.size), label=name)
    for i, name in enumerate(sources):
        colour = style.SOURCE_COLOURS.get(name, style.OTHER_SHADES[i % 4])
        values = share.sel(source=name).sum("mechanism", skipna=False).values
        axes[1, 0].plot(
            x, values, color=colour, linestyle=style.DASHES[i % 6], marker=style.marker_for(x.size), label=name
        )
    for ax, title in zip(axes[:, 0], ("by the way it travels", "by source"), strict=True):
        ax.axhline(0, color=style.MUTED, linewidth=0.7)
        ax.set_ylabel("K (% of input)")
        ax.set_title(title, pad=17 if ax is axes[0, 0] else 4)
    style.year_axis(axes[-1, 0], float(full["year"][0]), float(full["year"][-1]) + 1)
    cover_strip(axes[0, 0], full)
    handles, labels = (a + b for a, b in zip(*(ax.get_legend_handles_labels() for ax in axes[:, 0]), strict=True))
    style.legend_below(figure, (handles, labels), 3)
    return figure


def _ends(ds: xr.Dataset) -> list[int]:
    """First and last year in which there is something to cross from."""
    known = np.flatnonzero(np.isfinite(ds["crossing_probability"].values).sum(axis=1) > 1)
    return [] if known.size == 0 else list(dict.fromkeys((int(known[0]), int(known[-1]))))


def _crossing_caption(ds: xr.Dataset) -> str:
    by_source = ds["crossing_probability_source"].isel(year=_ends(ds)[0])
    parts = [
        f"{source} {significant(100 * float(value))} %"
        for source, value in zip(ds["source"].values.astype(str), by_source.values, strict=True)
        if np.isfinite(value)
    ]
    given = f" Of what plants brought in {int(by_source['year'])}: {', '.join(parts)}." if parts else ""
    return (
        "Probability that carbon now at a depth of the vegetation zone ever enters the mineral zone, before it is "
        f"respired, if every year were like the one shown. The boundary is dotted.{given}"
    )


@report_figure(
    "crossing_probability",
    title="Who gets below the boundary",
    section="zones",
    needs=("crossing_probability", "crossing_probability_source", "boundary_depth", "depth_top", "depth_bottom"),
    caption=_crossing_caption,
    applies=lambda ds: bool(_ends(ds)),
)
def crossing_probability(ds: xr.Dataset) -> Figure:
    """Crossing probability by depth in the first and in the last year with a vegetation zone."""
    ends = _ends(ds)
    figure, axes = style.new_figure("Who gets below the boundary", height=3.6, bottom=0.5, legend_rows=1)
    ax = axes[0, 0]
    boundary = 100 * ds["boundary_depth"].sel(criterion=main_criterion(ds)).values
    highest = shallowest_cm(ds)
    drawn_layers = ~ds["is_organic"].values.astype(bool) | (highest < 0.0)
    for i, year in enumerate(ends):
        centre = 50 * (ds["depth_top"].values[year + 1] + ds["depth_bottom"].values[year + 1])
        h = 100 * ds["crossing_probability"].values[year]
        shown = drawn_layers & np.isfinite(h)
        colour = style.LINES[1 + i]
        ax.plot(
            h[shown],
            centre[shown],
            color=colour,
            linestyle=style.DASHES[i],
            marker="o" if shown.sum() < 3 else "",
            label=state_label(ds, year + 1),
        )
        ax.axhline(boundary[year], color=colour, linewidth=1.0, linestyle=":")
    drawn = boundary[ends][np.isfinite(boundary[ends])]
    deepest = min(deepest_cm(ds), 1.15 * max([20.0, *drawn]))
    style.depth_axis(ax, deepest, highest)
    mineral_surface(ax, highest)
    ax.set_xlim(0, 100)
    ax.set_xlabel("carbon that will enter the mineral zone (%)")
    style.legend_below(figure, ax.get_legend_handles_labels(), 2)
    return figure
