"""What each zone holds, how fast it turns over, and what crosses between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pedozone.report import style
from pedozone.report.covers import cover_strip
from pedozone.report.data import middle_of_year, thinned
from pedozone.report.numbers import T_HA_PER_KG_M2, fixed, significant
from pedozone.report.registry import report_figure

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ZONE_DASH = {"vegetation": "-", "mineral": (0, (5, 2))}
MECHANISM_LOOKS = {
    "dissolved": ("#0072b2", "-"),
    "mixing": ("#b5791a", (0, (5, 2))),
    "incorporation": ("#7fa63c", (0, (1.5, 1.5))),
    "fragmentation": ("#7fa63c", (0, (1.5, 1.5))),
    "anecic burial": ("#c45a9a", (0, (6, 2, 1.5, 2))),
    "bypass": ("#56b4e9", (0, (3, 1))),
    "events": (style.ALERT, "-"),
}


def _zone_lines(ax: Axes, ds: xr.Dataset, name: str, factor: float = 1.0) -> None:
    x = middle_of_year(ds)
    for zone in ds["zone"].values.astype(str):
        ax.plot(
            x,
            factor * ds[name].sel(zone=zone).values,
            color=style.ZONE_COLOURS.get(zone, style.MUTED),
            linestyle=_ZONE_DASH.get(zone, "-"),
            marker=style.marker_for(x.size),
            label=f"{zone} zone",
        )


def _stock_caption(ds: xr.Dataset) -> str:
    parts = []
    for zone in ds["zone"].values.astype(str):
        stock = ds["zone_stock"].sel(zone=zone).values * T_HA_PER_KG_M2
        parts.append(f"{zone} zone {fixed(stock[0])} to {fixed(stock[-1])}")
    return (
        f"Modelled carbon in each zone, t C ha⁻¹: {'; '.join(parts)}. When the boundary moves, "
        "carbon changes zone without moving: a zone can gain while the soil loses."
    )


@report_figure(
    "zone_stock",
    title="Carbon in the two zones",
    section="zones",
    needs=("zone_stock",),
    caption=_stock_caption,
)
def zone_stock(ds: xr.Dataset) -> Figure:
    """Stock of the vegetation zone and of the mineral zone through time."""
    full, ds = ds, thinned(ds)
    figure, axes = style.new_figure("Carbon in the two zones", height=2.9, legend_rows=1, top=0.52, right=0.62)
    ax = axes[0, 0]
    _zone_lines(ax, ds, "zone_stock", T_HA_PER_KG_M2)
    ax.set_ylim(0, ax.get_ylim()[1] * 1.03)
    style.year_axis(ax, float(full["year"][0]), float(full["year"][-1]) + 1)
    ax.set_ylabel("t C ha⁻¹")
    right = ax.secondary_yaxis("right", functions=(lambda v: v / T_HA_PER_KG_M2, lambda v: v * T_HA_PER_KG_M2))
    right.set_ylabel("kg C m⁻²")
    right.spines["right"].set_visible(True)
    cover_strip(ax, full)
    style.legend_below(figure, ax.get_legend_handles_labels(), 2)
    return figure


_AGE_PANELS = (
    ("zone_turnover", "turnover time (yr)", True),
    ("zone_age", "mean age (yr)", True),
    ("zone_delta14c", "Δ¹⁴C (‰)", False),
)


def _age_panels(ds: xr.Dataset) -> list[tuple[str, str, bool]]:
    return [panel for panel in _AGE_PANELS if panel[0] in ds.variables and np.isfinite(ds[panel[0]].values).any()]


@report_figure(
    "zone_ages",
    title="How long carbon stays",
    section="zones",
    needs=("zone",),
    caption="Modelled turnover time (stock over all that leaves the zone), mean age and Δ¹⁴C of "
    "the carbon in each zone. Turnover and age are on logarithmic axes.",
    applies=lambda ds: bool(_age_panels(ds)),
)
def zone_ages(ds: xr.Dataset) -> Figure:
    """Turnover time, mean age and Delta14C of both zones through time."""
    full, ds = ds, thinned(ds)
    panels = _age_panels(ds)
    figure, axes = style.new_figure(
        "How long carbon stays",
        rows=len(panels),
        height=1.0 + 1.3 * len(panels),
        top=0.52,
        row_gap=0.16,
        sharex=True,
        legend_rows=1,
        left=0.72,
    )
    for ax, (name, label, logarithmic) in zip(axes[:, 0], panels, strict=True):
        _zone_lines(ax, ds, name)
        ax.set_ylabel(label)
        if logarithmic and (ds[name].values > 0).any():
            ax.set_yscale("log")
            _plain_log_ticks(ax)
    style.year_axis(axes[-1, 0], float(full["year"][0]), float(full["year"][-1]) + 1)
    cover_strip(axes[0, 0], full)
    style.legend_below(figure, axes[0, 0].get_legend_handles_labels(), 2)
    return figure


def _plain_log_ticks(ax: Axes) -> None:
    """Write 20, 100, 2,000 rather than powers, few enough not to touch."""
    low, high = ax.get_ylim()
    decades = np.log10(high / low)
    steps = (1, 2, 5) if decades < 2 else (1, 3) if decades < 3 else (1,)
    ticks = [
        step * 10.0**power
        for power in range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
        for step in steps
        if low <= step * 10.0**power <= high
    ]
    ax.set_yticks(ticks, [f"{tick:,g}" for tick in ticks])
    ax.set_yticks([], minor=True)


_NOISE_SHARE = 1e-3
"""Of the largest flux that any part of a figure shows: an axis of less would draw rounding as if it were something."""


def _largest_flux(ds: xr.Dataset) -> float:
    """Largest transfer or re-zoning of a year, g C m-2 yr-1."""
    shown = [ds[name].values for name in ("transfer_across_boundary", "rezoning") if name in ds.variables]
    return 1000 * max(float(np.nanmax(np.abs(values), initial=0.0)) for values in shown)


def _floor_axis(ax: Axes, largest: float) -> None:
    """Widen an axis of fluxes whose values are nothing beside `largest`."""
    low, high = ax.get_ylim()
    least = _NOISE_SHARE * largest
    if max(-low, high) < least:
        ax.set_ylim(-least, least)


def _transfer_caption(ds: xr.Dataset) -> str:
    total = 1000 * ds["transfer_across_boundary"].sum("mechanism").values
    rezoned = (
        " Re-zoning is carbon that changes zone because the boundary passes it, not because it "
        "moves; it is reckoned apart."
        if "rezoning" in ds.variables
        else ""
    )
    return (
        "Modelled net transfer of carbon from the vegetation zone down into the mineral zone, by "
        f"the way it travels; all together {significant(total[0])} g C m⁻² yr⁻¹ in the first "
        f"year and {significant(total[-1])} in the last.{rezoned}"
    )


@report_figure(
    "zone_transfer",
    title="What crosses the boundary",
    section="zones",
    needs=("transfer_across_boundary",),
    caption=_transfer_caption,
)
def zone_transfer(ds: xr.Dataset) -> Figure:
    """Carbon carried across the boundary by mechanism, and carbon re-zoned by its movement."""
    full, ds = ds, thinned(ds)
    rezoned = "rezoning" in ds.variables and bool((ds["rezoning"].values != 0).any())
    legend = -(-ds.sizes["mechanism"] // 3)
    figure, axes = style.new_figure(
        "What crosses the boundary",
        rows=1 + rezoned,
        height=(4.0 if rezoned else 2.9) + 0.185 * (legend - 1),
        top=0.72,
        row_gap=0.34,
        sharex=True,
        legend_rows=legend,
    )
    x = middle_of_year(ds)
    upper = axes[0, 0]
    for i, mechanism in enumerate(ds["mechanism"].values.astype(str)):
        colour, dash = MECHANISM_LOOKS.get(
            mechanism, (style.LINES[i % len(style.LINES)], style.DASHES[i % len(style.DASHES)])
        )
        upper.plot(
            x,
            1000 * ds["transfer_across_boundary"].sel(mechanism=mechanism).values,
            color=colour,
            linestyle=dash,
            marker=style.marker_for(x.size),
            label=mechanism,
        )
    upper.set_ylabel("g C m⁻² yr⁻¹")
    upper.set_title("carried down into the mineral zone", pad=17)
    upper.axhline(0, color=style.MUTED, linewidth=0.7)
    if rezoned:
        lower = axes[1, 0]
        lower.fill_between(
            x,
            0,
            1000 * ds["rezoning"].values,
            step="mid",
            color=style.MUTED,
            alpha=0.55,
            linewidth=0.8,
        )
        lower.axhline(0, color=style.MUTED, linewidth=0.7)
        lower.set_ylabel("g C m⁻² yr⁻¹")
        lower.set_title("re-zoned into the vegetation zone (below 0: out of it)")
    largest = _largest_flux(full)
    for ax in axes[:, 0]:
        _floor_axis(ax, largest)
    style.year_axis(axes[-1, 0], float(full["year"][0]), float(full["year"][-1]) + 1)
    cover_strip(upper, full)
    style.legend_below(figure, upper.get_legend_handles_labels(), 3)
    return figure
