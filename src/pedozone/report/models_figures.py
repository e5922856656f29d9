"""Figures of models side by side: courses in time, profiles, radiocarbon, what each received."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pedozone.report import style
from pedozone.report.comparison_plots import ComparisonFigure
from pedozone.report.comparison_rows import GRAMS
from pedozone.report.numbers import T_HA_PER_KG_M2, depth_words

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BAND = 0.12  # opacity of the range between models
_MOST_PANELS = 4
_CENTIMETRES = 100.0
_LEAST_PERCENT = 1.0  # changes are drawn on a scale that shows at least this
_BEFORE_THE_BOMB = 1930.0  # where the course of radiocarbon is drawn from, in a run that began long before


def model_figures(ds: xr.Dataset) -> list[ComparisonFigure]:
    """The figures, in the order of the report."""
    first, last = int(ds["year"].values[0]), int(ds["year"].values[-1])
    band = " Grey: from the lowest to the highest, where two models or more have a value." if _shared(ds) else ""
    absent = _absent_words(ds)
    return [
        ComparisonFigure(
            "stocks",
            "summary",
            "Soil organic carbon through time",
            f"Carbon of the mineral soil on common depths.{band} {absent}",
            lambda: _courses(ds, "Soil organic carbon through time", "soc_stock", T_HA_PER_KG_M2, "t C ha⁻¹"),
        ),
        ComparisonFigure(
            "changes",
            "summary",
            "Response to the same history",
            f"Change of carbon in percent of that at the start of {first}, on common depths.{band} {absent}",
            lambda: _courses(ds, "Response to the same history", "soc_change_relative", 1.0, "% of the start"),
        ),
        ComparisonFigure(
            "own",
            "summary",
            "Response of every model to its own depth",
            f"Change of carbon in percent of that at the start of {first}, each model to its own depth: "
            + "; ".join(f"{name} {depth}" for name, depth in _own_depths(ds).items())
            + ". The depths differ: this is no comparison of like with like.",
            lambda: _own(ds),
        ),
        ComparisonFigure(
            "profiles",
            "profile",
            "Carbon by depth",
            f"Organic carbon in the layers of each model, end of {last}. A model of one layer is one step down to its "
            "own depth; below it, nothing is modelled.",
            lambda: _profiles(ds, "Carbon by depth", "soc_concentration", "kg C m⁻³"),
        ),
        ComparisonFigure(
            "radiocarbon",
            "profile",
            "Radiocarbon by depth",
            f"Δ¹⁴C of organic carbon in the layers of each model, end of {last}.",
            lambda: _profiles(ds, "Radiocarbon by depth", "delta14c", "Δ¹⁴C (‰)"),
        ),
        ComparisonFigure(
            "bomb",
            "profile",
            "Radiocarbon through time",
            f"Δ¹⁴C of soil carbon on common depths and of the air (dotted grey, cut at its peak).{band} {absent}",
            lambda: _courses(ds, "Radiocarbon through time", "delta14c_interval", 1.0, "Δ¹⁴C (‰)", air=True),
        ),
        ComparisonFigure(
            "fluxes",
            "fluxes",
            "Carbon received and respired",
            "Carbon that each model receives, of what the site gives (dotted grey): models that end above the deepest "
            "roots receive less. Below, CO₂.",
            lambda: _fluxes(ds),
        ),
    ]


def looks(ds: xr.Dataset) -> dict[str, tuple[str, Any, float]]:
    """Colour, dash and width of every model: colours come round with another dash."""
    names = ds["model"].values.astype(str)
    colours, dashes = style.LINES, style.DASHES
    return {
        str(name): (
            colours[k % len(colours)],
            dashes[(k + k // len(colours)) % len(dashes)],
            1.9 if k == 0 else 1.4,
        )
        for k, name in enumerate(names)
    }


def _shared(ds: xr.Dataset) -> bool:
    return bool((ds["spread_soc_stock"].sel(statistic="models").values >= 2).any())


def _panels(ds: xr.Dataset) -> list[str]:
    """Intervals to draw: those that most models cover, in the order of depth."""
    count = ds["spread_soc_stock"].isel(time=0).sel(statistic="models").values
    order = sorted(range(count.size), key=lambda i: (-count[i], i))[:_MOST_PANELS]
    return [str(ds["interval"].values[i]) for i in sorted(order)]


def _absent_words(ds: xr.Dataset) -> str:
    """Who is missing in a panel, and why."""
    parts = []
    for interval in _panels(ds):
        values = ds["soc_stock"].sel(interval=interval).isel(time=0).values
        names = [str(name) for name, value in zip(ds["model"].values, values, strict=True) if not np.isfinite(value)]
        if names:
            parts.append(f"{depth_words(interval)}: {', '.join(names)}")
    return f"Not modelled: {'; '.join(parts)}." if parts else ""


def _own_depths(ds: xr.Dataset) -> dict[str, str]:
    depths = ds["own_depth"].values
    return {
        str(name): depth_words(f"0-{100 * depth:.0f}") for name, depth in zip(ds["model"].values, depths, strict=True)
    }


def _columns(ds: xr.Dataset) -> int:
    longest = max(len(str(name)) for name in ds["model"].values)
    return max(1, min(4, int(50 / (longest + 6))))


def _rows(ds: xr.Dataset, extra: int = 0) -> int:
    return -(-(ds.sizes["model"] + extra) // _columns(ds))


def _taller(ds: xr.Dataset) -> float:
    """Inches for the rows of a legend beyond two, so that it takes nothing from the axes."""
    return style.LEGEND_ROW * max(_rows(ds) - 2, 0)


def _plot(ax: Axes, ds: xr.Dataset, x: np.ndarray, values: np.ndarray) -> None:
    """A line per model that has values [models, times]."""
    for (name, (colour, dash, width)), line in zip(looks(ds).items(), values, strict=True):
        marker = style.marker_for(x.size)
        ax.plot(x, line, color=colour, linestyle=dash, linewidth=width, marker=marker, label=name)


def _courses(ds: xr.Dataset, title: str, name: str, factor: float, label: str, *, air: bool = False) -> Figure:
    panels = _panels(ds)
    rows = len(panels)
    figure, axes = style.new_figure(
        title,
        rows=rows,
        height=0.85 + 1.5 * rows + _taller(ds),
        top=0.55,
        row_gap=0.5,
        legend_rows=_rows(ds),
    )
    x = ds["time"].values.astype(float)
    first = max(float(x[0]), _BEFORE_THE_BOMB) if air and x[-1] > _BEFORE_THE_BOMB + 30.0 else float(x[0])
    shown = x >= first
    for ax, interval in zip(axes[:, 0], panels, strict=True):
        spread = factor * ds[f"spread_{name}"].sel(interval=interval)
        low, high = (spread.sel(statistic=end).values for end in ("minimum", "maximum"))
        ax.fill_between(x, low, high, color=style.MUTED, alpha=_BAND, linewidth=0)
        if air:
            ax.plot(
                ds["year"].values + 0.5, ds["atmosphere_delta14c"].values, color=style.MUTED, linestyle=(0, (1, 1.5)),
                linewidth=1.0, zorder=1.5,
            )  # fmt: skip
        values = factor * ds[name].sel(interval=interval).values
        _plot(ax, ds, x, values)
        if air and np.isfinite(values).any():
            low, high = np.nanmin(values[:, shown]), np.nanmax(values[:, shown])
            room = 0.15 * max(high - low, 20.0)
            ax.set_ylim(low - room, high + room)  # the air may leave the panel: the soil is what is compared
        ax.set_title(depth_words(interval))
        ax.set_ylabel(label)
        if name == "soc_stock":
            ax.set_ylim(bottom=0)
        elif name.startswith("soc_change"):
            _about_nothing(ax)
        style.year_axis(ax, first, float(x[-1]))
    style.legend_below(figure, axes[0, 0].get_legend_handles_labels(), _columns(ds))
    return figure


def _about_nothing(ax: Axes) -> None:
    """A line at no change, and no magnifying of rounding where nothing changes."""
    ax.axhline(0, color=style.MUTED, linewidth=0.8, zorder=1.2)
    low, high = ax.get_ylim()
    if max(-low, high) < _LEAST_PERCENT:
        ax.set_ylim(-_LEAST_PERCENT, _LEAST_PERCENT)


def _own(ds: xr.Dataset) -> Figure:
    title = "Response of every model to its own depth"
    figure, axes = style.new_figure(title, height=2.9 + _taller(ds), legend_rows=_rows(ds))
    ax, x = axes[0, 0], ds["time"].values.astype(float)
    stock = ds["own_stock"].values
    first = np.where(stock[:, :1] > 0.0, stock[:, :1], np.nan)
    _plot(ax, ds, x, 100.0 * (stock / first - 1.0))
    _about_nothing(ax)
    ax.set_ylabel("% of the start")
    style.year_axis(ax, float(x[0]), float(x[-1]))
    style.legend_below(figure, ax.get_legend_handles_labels(), _columns(ds))
    return figure


def _profiles(ds: xr.Dataset, title: str, name: str, label: str) -> Figure:
    figure, axes = style.new_figure(title, height=4.3 + _taller(ds), bottom=0.48, legend_rows=_rows(ds))
    ax, last = axes[0, 0], ds.isel(time=-1)
    for k, (model, (colour, dash, width)) in enumerate(looks(ds).items()):
        there = np.isfinite(last["depth_top"].values[k])
        tops, bottoms = (_CENTIMETRES * last[f"depth_{end}"].values[k][there] for end in ("top", "bottom"))
        edges = np.append(tops, bottoms[-1])
        ax.stairs(
            last[name].values[k][there], edges, orientation="horizontal", baseline=None, color=colour, linestyle=dash,
            linewidth=width, label=model,
        )  # fmt: skip
    if name == "soc_concentration":
        ax.set_xlim(left=0)
    ax.set_xlabel(label)
    style.depth_axis(ax, _CENTIMETRES * float(np.nanmax(last["depth_bottom"].values)))
    style.legend_below(figure, ax.get_legend_handles_labels(), _columns(ds))
    return figure


def _fluxes(ds: xr.Dataset) -> Figure:
    figure, axes = style.new_figure(
        "Carbon received and respired",
        rows=2,
        height=4.1 + _taller(ds),
        top=0.55,
        row_gap=0.5,
        legend_rows=_rows(ds),
    )
    x = ds["year"].values + 0.5
    for ax, name, words in zip(axes[:, 0], ("plant_carbon", "co2_flux"), ("received", "CO₂"), strict=True):
        if name == "plant_carbon":
            site = GRAMS * ds["site_plant_carbon"].values
            ax.plot(x, site, color=style.MUTED, linestyle=(0, (1, 1.5)), linewidth=3.2, alpha=0.5, zorder=1.5)
        _plot(ax, ds, x, GRAMS * ds[name].values)
        ax.set_ylim(0, 1.05 * ax.get_ylim()[1])
        ax.set_title(words)
        ax.set_ylabel("g C m⁻² yr⁻¹")
        style.year_axis(ax, float(ds["year"].values[0]), float(ds["year"].values[-1]) + 1)
    style.legend_below(figure, axes[0, 0].get_legend_handles_labels(), _columns(ds))
    return figure
