"""The boundary between vegetation zone and mineral zone through time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pedozone.report import style
from pedozone.report.covers import cover_strip
from pedozone.report.data import (
    StatusPeriod,
    band_edges,
    deepest_cm,
    main_criterion,
    main_horizon,
    middle_of_year,
    shallowest_cm,
    status_periods,
    thinned,
    years_by_status,
)
from pedozone.report.numbers import fixed, periods
from pedozone.report.registry import report_figure
from pedozone.report.wording import status_words

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_GRID_ROWS = 160


def _lowest_shown(ds: xr.Dataset, *depths_m: np.ndarray) -> float:
    """Lower limit of the depth axis, cm: a quarter below all that is drawn, 50 cm at least."""
    drawn = [100 * float(np.nanmax(values)) for values in depths_m if np.isfinite(values).any()]
    wanted = max([40.0, *drawn]) * 1.25
    return min(deepest_cm(ds), 10 * float(np.ceil(wanted / 10)))


def mineral_surface(ax: Axes, highest_cm: float) -> None:
    """Mark where peat or litter ends and the mineral soil begins, where the axis shows both."""
    if highest_cm < 0.0:
        ax.axhline(0.0, color=style.INK, linewidth=0.7, linestyle=(0, (1, 2)), zorder=4)


def _field(ds: xr.Dataset, horizon: float, highest_cm: float, lowest_cm: float) -> np.ndarray:
    """w on a regular grid of depth, shape (rows, years), linear between layer centres."""
    w = ds["membership"].sel(horizon=horizon).values
    centre = 50 * (ds["depth_top"].values[1:] + ds["depth_bottom"].values[1:])
    rows = highest_cm + (np.arange(_GRID_ROWS) + 0.5) / _GRID_ROWS * (lowest_cm - highest_cm)
    if highest_cm == 0.0:  # an organic layer that is not drawn says nothing of the soil below it
        mineral = ~ds["is_organic"].values.astype(bool)
        return np.stack([np.interp(rows, z[mineral], v[mineral]) for z, v in zip(centre, w, strict=True)], 1)
    surface = 100 * ds["depth_top"].values[1:, 0]  # it rises and sinks, with air above it
    years = zip(surface, centre, w, strict=True)
    return np.stack([np.where(rows < top, np.nan, np.interp(rows, z, v)) for top, z, v in years], 1)


def _mark_status(ax: Axes, ds: xr.Dataset, criterion: str, highest: float, lowest: float) -> None:
    """Show every stretch without a plain single boundary, with words for the longest."""
    unusual = [p for p in status_periods(ds, criterion) if p.status != "one"]
    low, high = ax.get_xlim()
    level = {"no_vegetation": highest, "all_vegetation": lowest}
    for period in unusual:
        if period.status in level:
            ax.plot(
                [period.first, period.last + 1],
                [level[period.status]] * 2,
                color=style.ALERT,
                linewidth=4.0,
                solid_capstyle="butt",
                clip_on=False,
                zorder=6,
            )
        else:
            ax.axvspan(
                period.first,
                period.last + 1,
                facecolor="none",
                edgecolor=style.ALERT,
                hatch="///",
                linewidth=0,
                alpha=0.35,
            )
    if not unusual:
        return
    longest = max(unusual, key=lambda p: p.last - p.first)
    middle = (max(longest.first, low) + min(longest.last + 1, high)) / 2
    centre = (low + high) / 2
    side = "left" if middle < centre else "right"
    # The words stand on the side where there is most room, with a line to what they tell of.
    ax.annotate(
        f"{status_words(longest.status).short}\n{_span(longest)}",
        xy=(middle, level.get(longest.status, (highest + lowest) / 2)),
        xytext=(0.04 if side == "left" else 0.96, 0.16),
        textcoords="axes fraction",
        ha=side,
        va="bottom",
        color=style.ALERT,
        fontsize=8,
        fontweight="bold",
        arrowprops={"arrowstyle": "-", "color": style.ALERT, "linewidth": 0.8},
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5},
        zorder=7,
    )


def _span(period: StatusPeriod) -> str:
    if period.first == period.last:
        return f"in {period.first}"
    return f"{period.first}–{period.last}"


def _caption(ds: xr.Dataset) -> str:
    criterion = main_criterion(ds)
    depth = 100 * ds["boundary_depth"].sel(criterion=criterion).values
    horizon = main_horizon(ds)
    words = "; ".join(
        f"{status_words(status).short} {periods(years)}" for status, years in years_by_status(ds, criterion).items()
    )
    return (
        "Boundary between the vegetation zone (above) and the mineral-matrix zone (below): the "
        "depth where dissolved carbon has an even chance of being respired by microbes within "
        f"{horizon:g} years. Shading is that chance, w; the dotted lines are w = ¾ and w = ¼, so "
        f"their distance is the boundary's width (drawn while both exist). From {fixed(depth[0], 0)} to "
        f"{fixed(depth[-1], 0)} cm. Status: {words}."
    )


@report_figure(
    "boundary",
    title="Zones of influence and their boundary",
    section="zones",
    needs=("boundary_depth", "boundary_status", "membership", "depth_top", "depth_bottom"),
    caption=_caption,
)
def boundary(ds: xr.Dataset) -> Figure:
    """Boundary depth with its band, over the membership w by depth and year."""
    criterion, horizon = main_criterion(ds), main_horizon(ds)
    full, ds = ds, thinned(ds)
    depth = 100 * ds["boundary_depth"].sel(criterion=criterion).values
    edges = band_edges(ds, criterion)
    highest, lowest = shallowest_cm(ds), _lowest_shown(ds, depth / 100, *(edges or ()))
    figure, axes = style.new_figure("Zones of influence and their boundary", height=4.0, top=0.52, bottom=0.86)
    ax = axes[0, 0]
    ax.grid(False)
    first, last = float(full["year"][0]), float(full["year"][-1]) + 1
    image = ax.imshow(
        _field(_with_states(ds, full), horizon, highest, lowest),
        extent=(first, last, lowest, highest),
        aspect="auto",
        cmap=style.ZONE_MAP,
        vmin=0,
        vmax=1,
        interpolation="nearest",
    )
    status = ds["boundary_status"].sel(criterion=criterion).values.astype(str)
    crossed = np.isin(status, ("one", "many"))
    x = middle_of_year(ds)
    if x.size == 1:  # one year is drawn as long as it lasts
        x, crossed = np.array([first, last]), np.repeat(crossed, 2)
    if edges is not None:
        for values in edges:
            ax.plot(
                x,
                np.where(crossed, 100 * values, np.nan),
                color=style.INK,
                linewidth=0.9,
                linestyle=":",
            )
    ax.plot(x, np.where(crossed, depth, np.nan), color=style.INK, linewidth=2.2, zorder=5)
    style.year_axis(ax, first, last)
    style.depth_axis(ax, lowest, highest)
    mineral_surface(ax, highest)
    for name, absent, height, colour in (
        ("vegetation zone", "no_vegetation", 0.96, style.VEGETATION),
        ("mineral zone", "all_vegetation", 0.04, style.MINERAL),
    ):
        if (status == absent).all():
            continue
        ax.text(
            0.02,
            height,
            name,
            transform=ax.transAxes,
            color=colour,
            fontweight="bold",
            va="top" if height > 0.5 else "bottom",
        )
    _mark_status(ax, full, criterion, highest, lowest)
    cover_strip(ax, full)
    size = figure.get_size_inches()
    key = figure.add_axes((0.62 / size[0], 0.42 / size[1], 2.0 / size[0], 0.1 / size[1]))
    bar = figure.colorbar(image, cax=key, orientation="horizontal", ticks=[0, 0.25, 0.5, 0.75, 1])
    bar.ax.set_xticklabels(["0", "¼", "½", "¾", "1"])
    bar.outline.set_linewidth(0.5)  # pyright: ignore[reportCallIssue]
    figure.text(
        0.62 / size[0],
        0.06 / size[1],
        f"w: share of dissolved carbon respired within {horizon:g} yr",
        fontsize=8,
    )
    return figure


def _with_states(thin: xr.Dataset, full: xr.Dataset) -> xr.Dataset:
    """Give thinned years the states that begin and end them, so that depths match years."""
    if thin.sizes["year"] == full.sizes["year"]:
        return full
    places = np.searchsorted(full["year"].values, thin["year"].values)
    ends = np.append(places[:1], places + 1)
    return full.isel(year=places, time=ends)


def _horizon_caption(ds: xr.Dataset) -> str:
    depths = 100 * ds["boundary_depth_horizon"].values[-1]
    parts = [
        f"T = {float(horizon):g} yr: {fixed(depth, 0)} cm"
        for horizon, depth in zip(ds["horizon"].values, depths, strict=True)
    ]
    return (
        "The same boundary with other horizons T. The horizon is a convention that sets the depth: "
        "the longer carbon is given, the deeper it counts as respired. "
        f"At the end {'; '.join(parts)}. The dashed line is an independent picture: the depth "
        "where organic carbon moving down balances the CO₂ coming up from below. It needs no "
        "horizon, and need not agree."
    )


@report_figure(
    "boundary_horizons",
    title="The boundary by other conventions",
    section="zones",
    needs=("boundary_depth_horizon", "boundary_depth", "boundary_status"),
    caption=_horizon_caption,
)
def boundary_horizons(ds: xr.Dataset) -> Figure:
    """Boundary depth for every horizon, and by the companion criterion."""
    full, ds = ds, thinned(ds)
    x = middle_of_year(ds)
    series = 100 * ds["boundary_depth_horizon"].values
    companion = None
    if "carbon_zero_flux" in [str(name) for name in ds["criterion"].values]:
        chosen = ds.sel(criterion="carbon_zero_flux")
        crossed = np.isin(chosen["boundary_status"].values.astype(str), ("one", "many"))
        companion = np.where(crossed, 100 * chosen["boundary_depth"].values, np.nan)
    count = series.shape[1] + (companion is not None)
    figure, axes = style.new_figure(
        "The boundary by other conventions", height=4.0, top=0.52, legend_rows=-(-count // 2)
    )
    ax = axes[0, 0]
    main = main_horizon(ds)
    marker = style.marker_for(x.size)
    shades = ("#8fb8de", style.INK, "#1b6ca8")
    for i, horizon in enumerate(ds["horizon"].values):
        ax.plot(
            x,
            series[:, i],
            color=style.INK if horizon == main else shades[i % 3],
            linewidth=2.2 if horizon == main else 1.4,
            linestyle="-" if horizon == main else style.DASHES[3 if i else 2],
            marker=marker,
            label=f"T = {float(horizon):g} yr",
        )
    drawn = [series / 100]
    if companion is not None:
        ax.plot(
            x,
            companion,
            color=style.LINES[2],
            linestyle=(0, (5, 2)),
            marker=marker,
            label="carbon zero-flux depth",
        )
        drawn.append(companion / 100)
    style.year_axis(ax, float(full["year"][0]), float(full["year"][-1]) + 1)
    style.depth_axis(ax, _lowest_shown(ds, *drawn), shallowest_cm(ds))
    mineral_surface(ax, shallowest_cm(ds))
    cover_strip(ax, full)
    style.legend_below(figure, ax.get_legend_handles_labels(), 2)
    return figure


_CRITERION_WORDS = {
    "dom_fate": "fate of dissolved carbon",
    "carbon_zero_flux": "carbon zero-flux",
    "supply": "who feeds the layer",
    "rooting": "95 % of root input",
    "persistence": "transit time 100 yr",
    "persistence_radiocarbon": "Δ¹⁴C = −100 ‰",
    "control": "who controls the stock",
}


def _drawn_criteria(ds: xr.Dataset) -> list[str]:
    """Criteria that cross somewhere, so that there is a line to draw."""
    names = [str(name) for name in ds["criterion"].values]
    status = ds["boundary_status"].transpose("year", "criterion").values.astype(str)
    return [name for i, name in enumerate(names) if np.isin(status[:, i], ("one", "many")).any()]


def _criteria_caption(ds: xr.Dataset) -> str:
    parts = []
    for name in _drawn_criteria(ds):
        depth = 100 * ds["boundary_depth"].sel(criterion=name).values
        status = str(ds["boundary_status"].sel(criterion=name).values[-1])
        end = f"{fixed(depth[-1], 0)} cm" if status in ("one", "many") else status_words(status).short
        parts.append(f"{_CRITERION_WORDS.get(name, name)} {end}")
    return (
        "Where other criteria would put the boundary; each asks another question, and they need not agree. "
        f"Lines end where a criterion finds no crossing. At the end: {'; '.join(parts)}."
    )


@report_figure(
    "boundary_criteria",
    title="The boundary by other criteria",
    section="zones",
    needs=("boundary_depth", "boundary_status"),
    caption=_criteria_caption,
    applies=lambda ds: len(_drawn_criteria(ds)) > 2,
)
def boundary_criteria(ds: xr.Dataset) -> Figure:
    """Boundary depth by every criterion that a crossing was found for."""
    full, ds = ds, thinned(ds)
    names = _drawn_criteria(full)
    figure, axes = style.new_figure(
        "The boundary by other criteria", height=3.7 + 0.185 * -(-len(names) // 2), top=0.52,
        legend_rows=-(-len(names) // 2),
    )  # fmt: skip
    ax, x, drawn = axes[0, 0], middle_of_year(ds), []
    for i, name in enumerate(names):
        chosen = ds.sel(criterion=name)
        crossed = np.isin(chosen["boundary_status"].values.astype(str), ("one", "many"))
        values = np.where(crossed, 100 * chosen["boundary_depth"].values, np.nan)
        main = name == main_criterion(full)
        ax.plot(
            x,
            values,
            color=style.LINES[i % len(style.LINES)] if i < len(style.LINES) else style.MUTED,
            linewidth=2.2 if main else 1.4,
            linestyle=style.DASHES[i % len(style.DASHES)],
            marker=style.marker_for(x.size),
            label=_CRITERION_WORDS.get(name, name),
        )
        drawn.append(values / 100)
    style.year_axis(ax, float(full["year"][0]), float(full["year"][-1]) + 1)
    style.depth_axis(ax, _lowest_shown(ds, *drawn), shallowest_cm(ds))
    mineral_surface(ax, shallowest_cm(ds))
    cover_strip(ax, full)
    style.legend_below(figure, ax.get_legend_handles_labels(), 2)
    return figure
