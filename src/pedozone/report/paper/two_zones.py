"""Figure 2: the two zones of a run, what comes in, goes out and crosses between them, and how the boundary moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pedozone.report import style
from pedozone.report.citations import FRAMEWORK_DOI
from pedozone.report.data import deepest_cm, main_criterion, main_horizon, shallowest_cm
from pedozone.report.numbers import fixed, significant
from pedozone.report.paper.figure import PaperFigure
from pedozone.report.paper.run_views import (
    Boundary,
    boundary_of,
    check_zones,
    horizon_words,
    layer_zones,
    mean_depth,
    place_of_year,
    zone_numbers,
)
from pedozone.report.registry import REGISTRY

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SOURCES = (f"Cagnarini et al. (2019), doi:{FRAMEWORK_DOI}",)
_TITLE = "The two zones of influence"
_THINNEST, _THICKEST = 0.8, 9.0  # points of an arrow
_LEAST = 0.05  # g m-2 yr-1: below this a flux is no arrow
_MOST_MECHANISMS = 3
_CO2 = "#5b6770"
_SHADES = 400
_LINE, _HEAD, _GAP, _SKY = 0.142, 0.19, 0.13, 0.3  # inches


def figure_2(ds: xr.Dataset, year: int | None = None) -> list[PaperFigure]:
    """The zones in a year (a) and the boundary through the years (b).

    Parameters
    ----------
    ds : xarray.Dataset
        Of a run.
    year : int, optional
        Drawn in (a); the last one with a boundary.

    Raises
    ------
    NoZones
        The run has no zones, or not in this year.
    """
    check_zones(ds)
    place = place_of_year(ds, year)
    table, found = zone_numbers(ds, place), boundary_of(ds, place)
    return [
        PaperFigure("figure_2a", "2a", _TITLE, _caption(ds, place, table, found), _SOURCES, table,
                    lambda: _drawn(ds, place, table, found)),
        _through_years(ds),
    ]  # fmt: skip


def _value(table: pd.DataFrame, zone: str, quantity: str) -> float:
    for row in table.to_dict("records"):
        if row["zone"] == zone and row["quantity"] == quantity:
            return float(row["value"])
    return float("nan")


def _site(ds: xr.Dataset) -> str:
    return str(ds.attrs.get("site", "") or ds.attrs.get("title", "") or "the site")


def _caption(ds: xr.Dataset, place: int, table: pd.DataFrame, found: Boundary) -> str:
    year = int(ds["year"].values[place])
    band = ""
    if np.isfinite(found.upper) and np.isfinite(found.lower):
        band = (
            f" It is no sharp line: from three quarters to one quarter the share falls between {fixed(found.upper, 0)} "
            f"and {fixed(found.lower, 0)} cm."
        )
    moved, share = (
        _value(table, "boundary", name) for name in ("moved down", "connectivity: moved down of plant input")
    )
    reach = f"between {fixed(found.lowest, 0)} and {fixed(found.highest, 0)} cm in the years of the run"
    if found.highest - found.lowest < 1.0:
        reach = "the same within 1 cm in all years of the run"
    above = " Depths count from the mineral soil, negative above it." if shallowest_cm(ds) < 0 else ""
    return (
        f"{_site(ds)}, {year}, modelled. Green to blue: the share of the dissolved carbon of a depth that microbes "
        f"respire in the end; where it is one half lies the boundary, at {fixed(found.depth, 0)} cm "
        f"{horizon_words(ds, found)}, and {reach}.{band}{above} Arrows: carbon in g m⁻² yr⁻¹, their width growing with "
        f"the square root; each ends or begins at the depth about which it is centred. {significant(moved)} g m⁻² yr⁻¹ "
        f"move down across the boundary, {significant(share)} % of what plants bring (connectivity, K). The boundary "
        "is one of a year: the model tells no seasons of it. After figure 2a of Cagnarini et al. (2019)."
    )


def _through_years(ds: xr.Dataset) -> PaperFigure:
    drawn = REGISTRY["boundary"]
    main = ds.sel(criterion=main_criterion(ds))
    table = pd.DataFrame(
        {
            "year": ds["year"].values.astype(int),
            "boundary_cm": 100 * main["boundary_depth"].values,
            "upper_cm": 100 * main["boundary_upper"].values,
            "lower_cm": 100 * main["boundary_lower"].values,
            "status": main["boundary_status"].values.astype(str),
            **{
                f"boundary_{t:g}_yr_cm": 100 * ds["boundary_depth_horizon"].sel(horizon=t).values
                for t in ds["horizon"].values
            },
            "land_cover": ds["land_cover"].values.astype(str) if "land_cover" in ds.variables else "",
        }
    )
    found = boundary_of(ds, place_of_year(ds, None))
    reach = f"In all years it lies between {fixed(found.lowest, 0)} and {fixed(found.highest, 0)} cm."
    caption = f"{_site(ds)}, modelled. {drawn.caption(ds)} {reach} After figure 2b of Cagnarini et al. (2019)."
    return PaperFigure("figure_2b", "2b", "The boundary moves", caption, _SOURCES, table, lambda: drawn(ds))


# -- drawing ----------------------------------------------------------------------------------------------


def _drawn(ds: xr.Dataset, place: int, table: pd.DataFrame, found: Boundary) -> Figure:
    height, top, bottom, right = 5.3, 1.16, 0.46, 1.66
    figure, axes = style.new_figure(_TITLE, height=height, left=0.62, right=right, top=top, bottom=bottom)
    ax = axes[0, 0]
    lowest, highest = deepest_cm(ds), shallowest_cm(ds)
    _shade(ax, ds, place, lowest, highest)
    style.depth_axis(ax, lowest, highest)
    ax.set_xlim(0, 1)
    ax.set_xticks([])
    ax.grid(visible=False)
    style.place_labels(figure)
    for edge, dash in ((found.upper, ":"), (found.lower, ":"), (found.depth, "-")):
        if np.isfinite(edge):
            ax.axhline(edge, color=style.INK, linewidth=1.6 if dash == "-" else 0.8, linestyle=dash, zorder=3)
    if highest < 0:
        ax.axhline(0, color=style.MUTED, linewidth=0.7, zorder=2)
    _arrows(ax, ds, place, table, found, lowest, highest)
    _words(figure, ax, table, found, main_horizon(ds))
    return figure


def _shade(ax: Axes, ds: xr.Dataset, place: int, lowest: float, highest: float) -> None:
    """Membership of the vegetation zone by depth, linear between the centres of the layers."""
    w = ds["membership"].sel(horizon=main_horizon(ds)).values[place]
    centre = 50.0 * (ds["depth_top"].values[place + 1] + ds["depth_bottom"].values[place + 1])
    shown = ~ds["is_organic"].values.astype(bool) | (highest < 0)
    edges = np.linspace(highest, lowest, _SHADES + 1)
    middle = 0.5 * (edges[1:] + edges[:-1])
    between = np.interp(middle, centre[shown], w[shown])
    ax.pcolormesh([0, 1], edges, between[:, None], cmap=style.ZONE_MAP, vmin=0, vmax=1, zorder=0, rasterized=True)


def _width(flux: float, largest: float) -> float:
    return max(_THINNEST, _THICKEST * float(np.sqrt(max(flux, 0.0) / largest)))


def _arrows(
    ax: Axes, ds: xr.Dataset, place: int, table: pd.DataFrame, found: Boundary, lowest: float, highest: float
) -> None:
    zones, now = layer_zones(ds, place), ds.isel(year=place)
    everywhere = np.ones(ds.sizes["layer"], dtype=bool)
    coming = [
        (source, _value(table, "column", f"plant input, {source}"),
         mean_depth(ds, place, now["plant_input"].sel(source=source).values, everywhere),
         style.SOURCE_COLOURS.get(source, style.MUTED))
        for source in ds["source"].values.astype(str)
    ]  # fmt: skip
    coming = [entry for entry in coming if entry[1] >= _LEAST]
    going = [
        (zone, _value(table, zone, "respired"), mean_depth(ds, place, now["respiration"].values, layers))
        for zone, layers in zones.items()
    ]
    going = [entry for entry in going if entry[1] >= _LEAST]
    every = [entry[1] for entry in (*coming, *going)]
    largest = max([*every, _LEAST])
    spots = np.linspace(0.1, 0.9, max(len(coming) + len(going), 2))
    for x, (source, flux, depth, colour) in zip(spots, coming, strict=False):
        _arrow(ax, x, None, max(depth, highest), colour, _width(flux, largest), highest)
        _label_above(ax, x, f"{source}\n{significant(flux, 2 if flux < 100 else 3)}", colour)
    for x, (zone, flux, depth) in zip(spots[len(coming) :], going, strict=False):
        _arrow(ax, x, depth, None, _CO2, _width(flux, largest), highest)
        _label_above(ax, x, f"CO₂\n{significant(flux, 2 if flux < 100 else 3)}", style.ZONE_COLOURS.get(zone, _CO2))
    moved = _value(table, "boundary", "moved down")
    if abs(moved) >= _LEAST:
        reach = 0.09 * (ax.transData.transform((0, lowest))[1] - ax.transData.transform((0, highest))[1])
        middle = ax.transData.transform((0, found.depth))[1]
        ends = [float(ax.transData.inverted().transform((0, middle - k * reach))[1]) for k in (0.5, -0.75)]
        start, end = (max(min(z, lowest), highest) for z in (ends if moved > 0 else ends[::-1]))
        _arrow(ax, 0.22, start, end, style.INK, _width(abs(moved), largest), highest)
        ax.annotate(f"{significant(abs(moved), 2)} across", (0.27, max(ends)), fontsize=7.5, va="center", ha="left")
    lost = sum(_value(table, zone, "leached") for zone in ("vegetation", "mineral"))
    if lost >= _LEAST:
        ax.annotate("", (0.5, -0.045), (0.5, 0.03), xycoords="axes fraction", textcoords="axes fraction",
                    arrowprops={"arrowstyle": "-|>", "color": "#0072b2", "linewidth": _width(lost, largest),
                                "shrinkA": 0, "shrinkB": 0}, annotation_clip=False)  # fmt: skip
    ax.annotate(f"leached {significant(lost, 2)}", (0.5, -0.05), xycoords="axes fraction", fontsize=7.5, ha="center",
                va="top", annotation_clip=False)  # fmt: skip


def _arrow(
    ax: Axes, x: float, start: float | None, end: float | None, colour: str, width: float, highest: float
) -> None:
    """From a depth to another; None stands for above the soil."""
    sky = float(ax.transData.inverted().transform((0, ax.transData.transform((0, highest))[1] + _SKY * _dpi(ax)))[1])
    places = [(x, sky if z is None else z) for z in (start, end)]
    ax.annotate(
        "", places[1], places[0], annotation_clip=False, zorder=5,
        arrowprops={"arrowstyle": f"-|>,head_width={0.18 + 0.035 * width:.2f},head_length={0.3 + 0.03 * width:.2f}",
                    "color": colour, "linewidth": width, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 10},
    )  # fmt: skip


def _dpi(ax: Axes) -> float:
    figure = ax.get_figure()
    return 100.0 if figure is None else float(figure.dpi)


def _label_above(ax: Axes, x: float, words: str, colour: str) -> None:
    ax.annotate(words, (x, 1.0), (0, 72 * _SKY + 4), xycoords="axes fraction", textcoords="offset points", fontsize=7.2,
                ha="center", va="bottom", color=style.INK, annotation_clip=False)  # fmt: skip


def _words(figure: Figure, ax: Axes, table: pd.DataFrame, found: Boundary, horizon: float) -> None:
    """Numbers of the zones and of the boundary, below each other beside the drawing."""
    height = figure.get_size_inches()[1]
    blocks = [
        (style.VEGETATION, "Vegetation zone", _zone_lines(table, "vegetation")),
        (style.INK, "Boundary", _boundary_lines(table, found, horizon)),
        (style.MINERAL, "Mineral zone", _zone_lines(table, "mineral")),
    ]
    lines = sum(len(block[2]) for block in blocks)
    x, y = ax.get_position().x1 + 0.02, height - 0.62
    # What room there is beyond the lines lies between the blocks.
    gap = max(_GAP, 0.5 * (y - 0.25 - lines * _LINE - len(blocks) * _HEAD))
    for colour, head, words in blocks:
        figure.text(x, y / height, head, fontsize=8.5, fontweight="bold", color=colour, va="top")
        y -= _HEAD
        for line in words:
            figure.text(x, y / height, line, fontsize=7.4, va="top")
            y -= _LINE
        y -= gap


def _zone_lines(table: pd.DataFrame, zone: str) -> list[str]:
    found = {str(row["quantity"]): float(row["value"]) for row in table.to_dict("records") if row["zone"] == zone}
    rows = (
        ("thickness", "{} cm thick", 0), ("stock", "{} kg C m⁻²", 1), ("turnover time", "turnover {} yr", 0),
        ("mean age", "mean age {} yr", 0), ("Delta14C", "Δ¹⁴C {} ‰", 0),
        ("minerals saturated", "minerals {} % full", 0), ("from roots", "{} % from roots", 0),
    )  # fmt: skip
    return [
        words.format(fixed(found[name], digits)) for name, words, digits in rows if np.isfinite(found.get(name, np.nan))
    ]


def _boundary_lines(table: pd.DataFrame, found: Boundary, horizon: float) -> list[str]:
    lines = [f"{fixed(found.depth, 0)} cm (T = {horizon:g} yr)"]
    lines += [f"{fixed(z, 0)} cm (T = {t:g} yr)" for t, z in found.horizons.items() if t != horizon]
    moved = {
        str(row["quantity"]).removeprefix("moved down, "): float(row["value"])
        for row in table.to_dict("records")
        if str(row["quantity"]).startswith("moved down, ")
    }
    most = sorted(moved.items(), key=lambda item: -abs(item[1]))[:_MOST_MECHANISMS]
    lines += [f"{name} {significant(value, 2)}" for name, value in most if abs(value) >= _LEAST]
    share = _value(table, "boundary", "connectivity: moved down of plant input")
    if np.isfinite(share):
        lines.append(f"K = {significant(share, 2)} % of input")
    return lines
