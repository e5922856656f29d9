"""Figures of a comparison: courses in time, profiles, zones and fluxes of every site."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pedozone.report import style
from pedozone.report.comparison_rows import CENTIMETRES, GRAMS, main_criterion
from pedozone.report.numbers import T_HA_PER_KG_M2, depth_words, signed
from pedozone.report.observed import Comparison as Measured
from pedozone.report.observed import comparisons

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BAND = 0.16  # opacity of a 5-95 % interval


@dataclass(frozen=True)
class ComparisonFigure:
    """A figure of the comparison with its title and a caption that serves as text alternative."""

    name: str
    section: str
    title: str
    caption: str
    draw: Callable[[], Figure]

    def __call__(self) -> Figure:
        """Draw it."""
        with style.styled():
            figure = self.draw()
            style.place_labels(figure)
        return figure


def comparison_figures(ds: xr.Dataset, runs: Sequence[xr.Dataset]) -> list[ComparisonFigure]:
    """The figures that a comparison can fill, in the order of the report."""
    band = _band_words(ds)
    shallow, deep = _ends(ds)
    base = str(ds["site"].values[0])
    found = [
        ComparisonFigure(
            "stocks",
            "summary",
            "Soil organic carbon through time",
            f"Modelled carbon of the mineral soil to {depth_words(shallow)} and {depth_words(deep)}, fixed depth."
            + band,
            lambda: _courses(ds, "Soil organic carbon through time", _stock_panels(ds, "soc_stock"), "time"),
        ),
        ComparisonFigure(
            "stock_differences",
            "summary",
            f"Difference in carbon to {base}",
            f"Difference to {base} on an equivalent soil mass: the layers compared hold the same mineral mass, so that "
            f"swelling and shrinking do not count as carbon gained or lost.{_difference_words(ds)}",
            lambda: _courses(
                ds,
                f"Difference in carbon to {base}",
                _stock_panels(ds, "difference_soc_stock_equal_mass"),
                "time",
                zero=True,
            ),
        ),
    ]
    measured = _measured(runs)
    if measured:
        found.append(
            ComparisonFigure(
                "observed",
                "observed",
                "Measured against modelled",
                "Points are measured values given in the site files, in the colour of their site; lines are the runs.",
                lambda: _observed(ds, runs, measured),
            )
        )
    found += [
        ComparisonFigure(
            "profiles",
            "profile",
            "Carbon by depth at the end",
            f"Modelled concentration of organic carbon, end of {_last_year(ds)}, as means of depth slices.{band}",
            lambda: _profiles(ds, "Carbon by depth at the end", "soc_slice", "kg C m⁻³"),
        ),
        ComparisonFigure(
            "profile_differences",
            "profile",
            f"Difference by depth to {base}",
            f"Difference in organic carbon at fixed depth, end of {_last_year(ds)}: {_slices_words(ds)}."
            f"{_difference_words(ds)}",
            lambda: _profiles(ds, f"Difference by depth to {base}", "difference_soc_slice", "kg C m⁻³", zero=True),
        ),
        ComparisonFigure(
            "boundary",
            "zones",
            "Depth of the boundary",
            f"Depth where the vegetation zone passes into the mineral zone (criterion {main_criterion(ds)}).{band}",
            lambda: _boundary(ds),
        ),
        ComparisonFigure(
            "zone_stocks",
            "zones",
            "Carbon in the two zones",
            "Modelled carbon above and below the boundary. Where the boundary moves, carbon changes zone without "
            f"moving itself.{band}",
            lambda: _courses(ds, "Carbon in the two zones", _zone_panels(ds), "year"),
        ),
        ComparisonFigure(
            "fluxes",
            "fluxes",
            "Carbon fluxes",
            "CO₂ from organic matter, dissolved carbon leaving the column, and net transfer through the boundary."
            + band,
            lambda: _courses(ds, "Carbon fluxes", _flux_panels(), "year"),
        ),
        ComparisonFigure(
            "radiocarbon",
            "radiocarbon",
            "Radiocarbon by depth at the end",
            f"Modelled Δ¹⁴C of organic carbon, end of {_last_year(ds)}, as means of depth slices.{band}",
            lambda: _profiles(ds, "Radiocarbon by depth at the end", "delta14c_slice", "Δ¹⁴C (‰)"),
        ),
    ]
    return found


@dataclass(frozen=True)
class _Panel:
    name: str
    chosen: dict[str, str]
    factor: float
    label: str
    title: str


def _last_year(ds: xr.Dataset) -> int:
    return int(ds["year"].values[-1])


def _band_words(ds: xr.Dataset) -> str:
    if "quantile" not in ds.dims:
        return ""
    return f" Bands: 5–95 % of {ds.attrs['ensemble_used']} draws of the parameters; lines: the sites' own values."


def _difference_words(ds: xr.Dataset) -> str:
    if "quantile" not in ds.dims:
        return ""
    return f" Bands: 5–95 % of the differences within {ds.attrs['ensemble_used']} draws, the same draw at every site."


def _slices_words(ds: xr.Dataset) -> str:
    parts = []
    for label in ds["scenario"].values.astype(str):
        top = ds["difference_soc_slice"].isel(time=-1).sel(scenario=label).values
        parts.append(f"{label} {signed(top[0], 2)} in the top slice, {signed(top[-1], 2)} kg C m⁻³ in the lowest")
    return "; ".join(parts)


def _ends(ds: xr.Dataset) -> tuple[str, str]:
    names = [str(name) for name in ds["interval"].values]
    shallow = "0-30" if "0-30" in names else names[0]
    return shallow, "0-100" if "0-100" in names else names[-1]


def _stock_panels(ds: xr.Dataset, name: str) -> list[_Panel]:
    return [
        _Panel(name, {"interval": interval}, T_HA_PER_KG_M2, "t C ha⁻¹", depth_words(interval))
        for interval in dict.fromkeys(_ends(ds))
    ]


def _zone_panels(ds: xr.Dataset) -> list[_Panel]:
    return [
        _Panel("zone_stock", {"zone": str(zone)}, T_HA_PER_KG_M2, "t C ha⁻¹", f"{zone} zone")
        for zone in ds["zone"].values.astype(str)
    ]


def _flux_panels() -> list[_Panel]:
    unit = "g C m⁻² yr⁻¹"
    return [
        _Panel("co2_flux", {}, GRAMS, unit, "CO₂"),
        _Panel("leaching", {}, GRAMS, unit, "leaching at the base"),
        _Panel("transfer_flux_boundary", {}, GRAMS, unit, "downward through the boundary"),
    ]


def _looks(ds: xr.Dataset) -> dict[str, tuple[str, Any]]:
    """Colour and dash of every site."""
    return {
        str(name): (style.LINES[k % len(style.LINES)], style.DASHES[k % len(style.DASHES)])
        for k, name in enumerate(ds["site"].values)
    }


def _legend_rows(ds: xr.Dataset) -> int:
    return -(-ds.sizes["site"] // _columns(ds))


def _columns(ds: xr.Dataset) -> int:
    longest = max(len(str(name)) for name in ds["site"].values)
    return max(1, min(4, int(44 / (longest + 6))))


def _courses(ds: xr.Dataset, title: str, panels: list[_Panel], axis: str, *, zero: bool = False) -> Figure:
    """Courses in time, one panel below the other, a line per site."""
    rows = len(panels)
    figure, axes = style.new_figure(
        title, rows=rows, height=0.85 + 1.6 * rows, top=0.55, row_gap=0.5, legend_rows=_legend_rows(ds)
    )
    x = ds[axis].values.astype(float) + (0.5 if axis == "year" else 0.0)
    for ax, panel in zip(axes[:, 0], panels, strict=True):
        _lines(ax, ds, panel, x)
        ax.set_title(panel.title)
        ax.set_ylabel(panel.label)
        if zero:
            ax.axhline(0, color=style.MUTED, linewidth=0.8)
        elif ax.get_ylim()[0] > 0:
            ax.set_ylim(bottom=0)
        style.year_axis(ax, float(ds["year"].values[0]), float(ds["year"].values[-1]) + 1)
    style.legend_below(figure, axes[0, 0].get_legend_handles_labels(), _columns(ds))
    return figure


def _lines(ax: Axes, ds: xr.Dataset, panel: _Panel, x: np.ndarray) -> None:
    array = ds[panel.name].sel(panel.chosen)
    axis = "scenario" if "scenario" in array.dims else "site"
    spread = f"{panel.name}_quantile"
    for name in array[axis].values.astype(str):
        colour, dash = _looks(ds)[str(name)]
        if spread in ds.variables:
            low, _, high = panel.factor * ds[spread].sel({**panel.chosen, axis: name}).values
            ax.fill_between(x, low, high, color=colour, alpha=_BAND, linewidth=0)
        values = panel.factor * array.sel({axis: name}).values
        ax.plot(x, values, color=colour, linestyle=dash, marker=style.marker_for(x.size), label=str(name))


def _profiles(ds: xr.Dataset, title: str, name: str, label: str, *, zero: bool = False) -> Figure:
    """Steps against depth at the end, a line per site, with the interval as a band."""
    figure, axes = style.new_figure(title, height=4.3, bottom=0.48, legend_rows=_legend_rows(ds))
    ax = axes[0, 0]
    last = ds.isel(time=-1)
    edges = CENTIMETRES * np.append(ds["slice_top"].values, ds["slice_bottom"].values[-1])
    axis = "scenario" if "scenario" in ds[name].dims else "site"
    spread = f"{name}_quantile"
    for site in ds[axis].values.astype(str):
        colour, dash = _looks(ds)[str(site)]
        if spread in ds.variables:
            low, _, high = last[spread].sel({axis: site}).values
            steps = np.append(low, low[-1]), np.append(high, high[-1])
            ax.fill_betweenx(edges, *steps, step="post", color=colour, alpha=_BAND, linewidth=0)
        values = last[name].sel({axis: site}).values
        ax.stairs(
            values, edges, orientation="horizontal", baseline=None, color=colour, linestyle=dash, linewidth=1.5,
            label=str(site),
        )  # fmt: skip
    if zero:
        ax.axvline(0, color=style.MUTED, linewidth=0.8)
    elif name == "soc_slice":
        ax.set_xlim(left=0)
    ax.set_xlabel(label)
    style.depth_axis(ax, float(edges[-1]))
    style.legend_below(figure, ax.get_legend_handles_labels(), _columns(ds))
    return figure


def _boundary(ds: xr.Dataset) -> Figure:
    """Depth of the boundary in time, downward."""
    figure, axes = style.new_figure("Depth of the boundary", height=2.9, legend_rows=_legend_rows(ds))
    ax = axes[0, 0]
    panel = _Panel("boundary_depth", {"criterion": main_criterion(ds)}, CENTIMETRES, "depth (cm)", "")
    _lines(ax, ds, panel, ds["year"].values + 0.5)
    ax.set_ylim(max(10.0, 1.05 * max(ax.get_ylim())), 0)
    ax.set_ylabel(panel.label)
    style.year_axis(ax, float(ds["year"].values[0]), float(ds["year"].values[-1]) + 1)
    style.legend_below(figure, ax.get_legend_handles_labels(), _columns(ds))
    return figure


_MOST_PANELS = 4


def _measured(runs: Sequence[xr.Dataset]) -> list[tuple[str, str]]:
    """Quantity and interval of what was measured at any site, most dates first."""
    dates: dict[tuple[str, str], int] = {}
    for run in runs:
        for found in comparisons(run):
            if found.points:
                key = (found.quantity.variable, found.interval)
                dates[key] = dates.get(key, 0) + found.dates
    return sorted(dates, key=lambda key: -dates[key])[:_MOST_PANELS]


def _observed(ds: xr.Dataset, runs: Sequence[xr.Dataset], keys: list[tuple[str, str]]) -> Figure:
    """Measured values of every site over its run, a panel per quantity and interval."""
    rows = len(keys)
    figure, axes = style.new_figure(
        "Measured against modelled", rows=rows, height=0.9 + 1.75 * rows, top=0.55, row_gap=0.5,
        legend_rows=_legend_rows(ds),
    )  # fmt: skip
    looks = _looks(ds)
    spans = [float(run["time"].values[k]) for run in runs for k in (0, -1)]
    for ax, key in zip(axes[:, 0], keys, strict=True):
        shown: Measured | None = None
        for name, run in zip(looks, runs, strict=True):
            colour, dash = looks[name]
            for found in comparisons(run):
                if (found.quantity.variable, found.interval) == key:
                    shown = found
                    series = run[found.quantity.modelled].sel(interval=found.interval).values
                    ax.plot(run["time"].values, series * found.quantity.modelled_factor, color=colour, linestyle=dash)
                    deviations = np.nan_to_num([p.deviation for p in found.points], nan=0.0)
                    ax.errorbar(
                        [p.year for p in found.points], [p.value for p in found.points], yerr=deviations, fmt="o",
                        markersize=3.5, color=colour, markeredgecolor="white", markeredgewidth=0.4, elinewidth=0.8,
                    )  # fmt: skip
            ax.plot([], [], color=colour, linestyle=dash, label=name)
        if shown is not None:
            ax.set_title(shown.name)
            ax.set_ylabel(shown.quantity.unit)
            if shown.quantity.variable != "delta14c":
                ax.set_ylim(0, ax.get_ylim()[1])
        style.year_axis(ax, min(spans), max(spans))
    style.legend_below(figure, axes[0, 0].get_legend_handles_labels(), _columns(ds))
    return figure
