"""Figure 3: from the drivers of a landscape over the boundary's shift to processes in the zones, and back to carbon."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from numpy.lib.stride_tricks import sliding_window_view

from pedozone.report import style
from pedozone.report.citations import FRAMEWORK_DOI
from pedozone.report.covers import cover_strip
from pedozone.report.data import (
    has_change,
    has_peat,
    main_criterion,
    middle_of_year,
    organic_stocks,
    peat_surface,
    thinned,
)
from pedozone.report.numbers import T_HA_PER_KG_M2, signed, significant
from pedozone.report.paper.figure import PaperFigure
from pedozone.report.paper.run_views import CENTIMETRES, GRAMS, NoZones, check_zones, drawable_years

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SOURCES = (f"Cagnarini et al. (2019), doi:{FRAMEWORK_DOI}",)
_TITLE = "A moving boundary, from landscape to microscale"
_HALF = 2  # years on either side
_LEAST_SHIFT = 1.0  # cm
_LEAST_CHANGE = 1.0  # t C/ha: below this organic layers are not drawn
_LEAST_DEEP = 60.0  # cm: depths that the profiles show at least
_LOOKS: tuple[dict[str, Any], ...] = (
    {"color": style.LINES[1], "linestyle": "-"},
    {"color": style.LINES[2], "linestyle": (0, (5, 2))},
)
_DEPTHS = (style.LINES[3], style.LINES[4], style.LINES[5], style.LINES[0])
"""Other colours than those of the two years."""
_SHARES = {"living": "microbes (% of carbon)", "dissolved": "dissolved (% of carbon)"}


def two_moments(ds: xr.Dataset) -> tuple[int, int]:
    """Places of two years: the first with a boundary, and that in which it has come to lie farthest from there.

    A median over five years passes over what a single year does, such as that of the change itself.
    """
    years = drawable_years(ds)
    depth = _boundary(ds)[years]
    lasting = np.median(sliding_window_view(np.pad(depth, _HALF, mode="edge"), 2 * _HALF + 1), axis=1)
    return int(years[0]), int(years[np.argmax(np.abs(lasting - depth[0]))])


def figure_3(ds: xr.Dataset) -> PaperFigure:
    """What drives the boundary, how it moves, what changes on either side, and the carbon that follows.

    Parameters
    ----------
    ds : xarray.Dataset
        Of a run with a change: of land cover, of climate or by events.

    Raises
    ------
    NoZones
        The run has no zones, or nothing in it changes.
    """
    check_zones(ds)
    first, other = two_moments(ds)
    depth = _boundary(ds)
    if not has_change(ds) or abs(depth[other] - depth[first]) < _LEAST_SHIFT:
        raise NoZones(
            f"(a run whose boundary moves by less than {_LEAST_SHIFT:g} cm)",
            "a run in which the boundary moves, by a change of land cover, climate or management",
            "Give the site a history, or draw the other figures: --only 1,2,4.",
        )
    profiles, intervals = _profiles(ds, (first, other)), _intervals(ds)
    table = pd.concat([_courses(ds, intervals), profiles], ignore_index=True)
    caption = _caption(ds, first, other, intervals)
    return PaperFigure(
        "figure_3", "3", _TITLE, caption, _SOURCES, table, lambda: _drawn(ds, profiles, intervals, (first, other))
    )


# -- numbers ----------------------------------------------------------------------------------------------


def _boundary(ds: xr.Dataset, name: str = "boundary_depth") -> np.ndarray:
    """By year, cm below the surface: of the mineral soil, or of peat."""
    return CENTIMETRES * (ds[name].sel(criterion=main_criterion(ds)).values + peat_surface(ds))


def _intervals(ds: xr.Dataset) -> dict[str, np.ndarray]:
    """Change of carbon since the start in zones of fixed depth, t C/ha by state, upper to lower."""
    bottoms = [limit for limit in (30.0, 100.0) if limit < _base(ds)]
    limits = [0.0, *bottoms, _base(ds)]
    levels = ds["cSoilLevels"].values * T_HA_PER_KG_M2
    top, bottom = CENTIMETRES * ds["depth_top"].values, CENTIMETRES * ds["depth_bottom"].values
    thick = np.where(bottom > top, bottom - top, 1.0)
    found = {}
    for upper, lower in pairwise(limits):
        part = np.clip(np.minimum(bottom, lower) - np.maximum(top, upper), 0.0, None) / thick
        stock = (levels * part).sum(axis=1)
        found[f"{upper:.0f}–{lower:.0f} cm"] = stock - stock[0]
    organic = organic_stocks(ds)[0]
    if np.abs(organic - organic[0]).max() > _LEAST_CHANGE:
        found = {"organic layers": organic - organic[0], **found}
    return found


def _base(ds: xr.Dataset) -> float:
    return CENTIMETRES * float(np.nanmin(np.nanmax(ds["depth_bottom"].values, axis=1)))


def _courses(ds: xr.Dataset, intervals: dict[str, np.ndarray]) -> pd.DataFrame:
    years = ds["year"].values.astype(int)
    courses: dict[tuple[str, str], np.ndarray] = {
        (f"plant input, {source}", "g m-2 yr-1"): GRAMS * ds["plant_input"].sel(source=source).sum("layer").values
        for source in ds["source"].values.astype(str)
    }
    courses[("boundary", "cm")] = _boundary(ds)
    courses[("moved down across the boundary", "g m-2 yr-1")] = (
        GRAMS * ds["transfer_across_boundary"].sum("mechanism").values
    )
    for name, change in intervals.items():
        courses[(f"change of carbon since the start, {name.replace('–', '-')}, end of year", "t ha-1")] = change[1:]
    parts = [
        pd.DataFrame({"year": years, "depth_cm": np.nan, "quantity": name, "value": values, "unit": unit})
        for (name, unit), values in courses.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _profiles(ds: xr.Dataset, places: tuple[int, int]) -> pd.DataFrame:
    """What figure 3 shows of processes by depth, in two years."""
    shown = ~ds["is_organic"].values.astype(bool) | has_peat(ds)
    surface = CENTIMETRES * peat_surface(ds)
    roles = ds["pool_role"].values.astype(str) if "pool_role" in ds.variables else np.array([""] * ds.sizes["pool"])
    parts = []
    for place in places:
        carbon = ds["carbon"].values[place + 1][:, shown]
        whole = carbon.sum(axis=0)
        centre = 50.0 * (ds["depth_top"].values[place + 1] + ds["depth_bottom"].values[place + 1])[shown]
        centre = centre + surface[place]
        values = {words: _share(carbon[roles == role].sum(axis=0), whole) for role, words in _SHARES.items()}
        respired = ds["respiration"].values[place][shown]
        values["respired in a year (% of carbon)"] = _share(respired, whole)
        for name, found in values.items():
            year = int(ds["year"].values[place])
            quantity, unit = name.split(" (")
            parts.append(
                pd.DataFrame(
                    {"year": year, "depth_cm": centre, "quantity": quantity, "value": found, "unit": unit.rstrip(")")}
                )
            )
    return pd.concat(parts, ignore_index=True)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return 100.0 * np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 1e-9)


def _caption(ds: xr.Dataset, first: int, other: int, intervals: dict[str, np.ndarray]) -> str:
    site = str(ds.attrs.get("site", "") or ds.attrs.get("title", "") or "the site")
    years, depth = ds["year"].values.astype(int), _boundary(ds)
    given = GRAMS * ds["plant_input"].sum(("source", "layer")).values
    changes = "; ".join(f"{name} {signed(float(change[other + 1]))}" for name, change in intervals.items())
    moved = abs(depth[other] - depth[first])
    way = "up" if depth[other] < depth[first] else "down"
    below = " below the surface of the peat" if has_peat(ds) else ""
    return (
        f"{site}, {years[0]} to {years[-1]}, modelled. Ecosystem: plants bring {significant(given[first])} g m⁻² a "
        f"year in {years[first]} and {significant(given[other])} in {years[other]}. Pedon: the boundary moves {way} by "
        f"{moved:.0f} cm between these years, from {depth[first]:.0f} to {depth[other]:.0f} cm{below}; shading: from "
        "w = ¾ to w = ¼. Microscale: what lives, what is dissolved and what is respired on either side, in both years "
        "(dotted: the boundary). Ecosystem: the carbon that follows, as change since the start: by the end of "
        f"{years[other]} {changes} t C ha⁻¹, at fixed depth. It feeds back: what is stored at a depth is what microbes "
        "and minerals there have to work with. After figure 3 of Cagnarini et al. (2019)."
    )


# -- drawing ----------------------------------------------------------------------------------------------


def _drawn(ds: xr.Dataset, profiles: pd.DataFrame, intervals: dict[str, np.ndarray], places: tuple[int, int]) -> Figure:
    height, top, bottom, left, right = 7.5, 0.72, 0.32, 0.66, 0.4
    figure, grid = style.new_figure(
        _TITLE, rows=4, height=height, heights=(0.85, 1.15, 1.45, 1.15), top=top, bottom=bottom, left=left, right=right,
        row_gap=0.62,
    )  # fmt: skip
    drivers, pedon, micro, carbon = grid[:, 0]
    _time_rows(ds, drivers, pedon, carbon, intervals, places)
    spots = micro.get_position()
    micro.set_axis_off()
    names = list(dict.fromkeys(profiles["quantity"]))
    gap = 0.03
    wide = (spots.width - gap * (len(names) - 1)) / len(names)
    panels = [
        figure.add_axes((spots.x0 + k * (wide + gap), spots.y0, wide, spots.height - 0.012)) for k in range(len(names))
    ]
    _profile_panels(ds, panels, names, profiles, places)
    for ax, words in zip(
        (drivers, pedon, panels[0], carbon),
        ("1  ecosystem: plants bring (g C m⁻² yr⁻¹)", "2  pedon: the boundary (cm)", "3  microscale, by depth (cm)",
         "4  ecosystem: carbon, change (t C ha⁻¹)"),
        strict=True,
    ):  # fmt: skip
        box = ax.get_position()
        lift = 0.19 if ax is drivers else 0.18 if ax is panels[0] else 0.06
        figure.text(0.06 / style.WIDTH, box.y1 + lift / height, words, fontsize=8.5, fontweight="bold", va="bottom")
    _feedback(pedon, carbon)
    return figure


def _feedback(pedon: Axes, carbon: Axes) -> None:
    """An arrow beside the panels from the carbon back up to the boundary."""
    figure = carbon.figure
    x = 1.0 - 0.16 / style.WIDTH
    start, end = (ax.get_position().y0 + 0.5 * ax.get_position().height for ax in (carbon, pedon))
    edge = carbon.get_position().x1 + 0.02
    for y in (start, end):
        figure.add_artist(Line2D([edge, x], [y, y], color=style.MUTED, linewidth=1.2))
    figure.add_artist(Line2D([x, x], [start, end], color=style.MUTED, linewidth=1.2))
    figure.add_artist(Line2D([edge], [end], color=style.MUTED, marker="<", markersize=5))
    figure.text(x + 0.008, 0.5 * (start + end), "feeds back", rotation=90, fontsize=7.5, color=style.MUTED,
                ha="left", va="center")  # fmt: skip


def _time_rows(
    ds: xr.Dataset, drivers: Axes, pedon: Axes, carbon: Axes, intervals: dict[str, np.ndarray], places: tuple[int, int]
) -> None:
    full, few = ds, thinned(ds)
    x = middle_of_year(few)
    first, last = float(full["year"].values[0]), float(full["year"].values[-1]) + 1.0
    low = np.zeros(x.size)
    for source in few["source"].values.astype(str):
        flux = GRAMS * few["plant_input"].sel(source=source).sum("layer").values
        if np.nanmax(np.abs(flux)) <= 0:
            continue
        colour = style.SOURCE_COLOURS.get(source, style.MUTED)
        drivers.fill_between(x, low, low + flux, color=colour, linewidth=0, label=source)
        low = low + flux
    drivers.set_ylim(0, 1.28 * max(float(np.nanmax(low)), 1e-6))
    drivers.legend(loc="upper right", ncols=4, fontsize=7, borderaxespad=0.1, handlelength=0.9, columnspacing=0.9)
    upper, lower, middle = (_boundary(few, f"boundary_{end}") for end in ("upper", "lower", "depth"))
    pedon.fill_between(x, upper, lower, color=style.MUTED, alpha=0.18, linewidth=0)
    pedon.plot(x, middle, color=style.INK, linewidth=1.8, marker=style.marker_for(x.size))
    for place, look in zip(places, _LOOKS, strict=True):
        pedon.plot(full["year"].values[place] + 0.5, _boundary(full)[place], "o", color=look["color"], markersize=5,
                   zorder=5)  # fmt: skip
    deepest = np.nanmax(np.where(np.isfinite(lower), lower, middle))
    pedon.set_ylim(max(_LEAST_DEEP, 1.08 * float(deepest)), min(0.0, float(np.nanmin(middle))))
    for (name, change), colour, dash in zip(intervals.items(), _DEPTHS, style.DASHES, strict=False):
        times = few["time"].values
        chosen = np.isin(full["time"].values, times)
        carbon.plot(times, change[chosen], color=colour, linestyle=dash, label=name)
    carbon.axhline(0, color=style.MUTED, linewidth=0.7)
    spread = carbon.get_ylim()
    carbon.set_ylim(spread[0], spread[1] + 0.34 * (spread[1] - spread[0]))
    carbon.legend(loc="upper right", ncols=3, fontsize=7, borderaxespad=0.1, handlelength=1.8, columnspacing=0.9)
    for ax in (drivers, pedon, carbon):
        style.year_axis(ax, first, last)
    cover_strip(drivers, full)


def _profile_panels(
    ds: xr.Dataset, panels: list[Axes], names: list[str], profiles: pd.DataFrame, places: tuple[int, int]
) -> None:
    depth = _boundary(ds)
    lowest = min(_base(ds), max(_LEAST_DEEP, 2.0 * float(max(depth[place] for place in places))))
    for ax, name in zip(panels, names, strict=True):
        most = 0.0
        for place, look in zip(places, _LOOKS, strict=True):
            year = int(ds["year"].values[place])
            here = profiles.loc[((profiles["quantity"] == name) & (profiles["year"] == year)).to_numpy(bool)]
            values, depths = here["value"].to_numpy(float), here["depth_cm"].to_numpy(float)
            ax.plot(values, depths, label=str(year), **look)
            ax.axhline(depth[place], color=look["color"], linestyle=":", linewidth=1.0)
            most = np.nanmax(values[depths <= lowest], initial=most)
        ax.set_ylim(lowest, 0)
        ax.set_xlim(0, 1.08 * most if most > 0 else 1.0)
        ax.xaxis.set_major_locator(_few_ticks())
        ax.xaxis.set_major_formatter(lambda value, _position: f"{value:g}")
        ax.yaxis.set_major_locator(_depth_ticks())
        ax.set_title(f"{name} (%)" if name != names[-1] else "respired (%/yr)", fontsize=7.5, pad=2)
        ax.tick_params(axis="both", labelsize=7.5)
        if ax is not panels[0]:
            ax.tick_params(axis="y", labelleft=False)
    panels[-1].legend(loc="lower right", fontsize=7, borderaxespad=0.2, handlelength=1.6)


def _few_ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(3, steps=[1, 2, 5, 10])


def _depth_ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(6, steps=[1, 2, 2.5, 5, 10])
