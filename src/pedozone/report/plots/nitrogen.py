"""Nitrogen through time: what plants and microbes get, what comes in and what is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pedozone.report import style
from pedozone.report.covers import cover_strip
from pedozone.report.data import middle_of_year, thinned
from pedozone.report.numbers import significant
from pedozone.report.registry import report_figure

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

KG_HA = 1e4  # kg ha-1 in 1 kg m-2


def _of_column(ds: xr.Dataset, *names: str) -> np.ndarray:
    """Sum of fluxes of the whole column by year, kg N ha-1 yr-1."""
    total = np.zeros(ds.sizes["year"])
    for name in names:
        flux = ds[name]
        total = total + (flux.sum("layer") if "layer" in flux.dims else flux).values
    return KG_HA * total


def _limits(ds: xr.Dataset) -> bool:
    return bool((ds["production_share"].values < 1.0).any())


def _caption(ds: xr.Dataset) -> str:
    taken, asked = _of_column(ds, "nitrogen_uptake"), _of_column(ds, "nitrogen_demand")
    share = 100 * ds["production_share"].values
    grown = (
        f"Production is {share[0]:.0f} % of what it would be without want of nitrogen in the first year and "
        f"{share[-1]:.0f} % in the last (lower panel)."
        if _limits(ds)
        else "Production is not limited by nitrogen in this run (lower panel: share of the plants' demand that is met)."
    )
    return (
        "Modelled nitrogen of the whole column: taken up by plants, set free by organic matter beyond what it binds "
        "(net mineralisation), brought by air and fertiliser, and lost with water and to the air. In the last year "
        f"plants ask for {significant(asked[-1])} and are given {significant(taken[-1])} kg N ha⁻¹. {grown}"
    )


@report_figure(
    "nitrogen",
    title="Nitrogen",
    section="fluxes",
    needs=("production_share", "nitrogen_uptake", "nitrogen_demand", "nitrogen_mineralisation"),
    caption=_caption,
)
def nitrogen(ds: xr.Dataset) -> Figure:
    """Uptake, net mineralisation, inputs and losses of nitrogen by year, and the share of full production."""
    full, ds = ds, thinned(ds)
    x = middle_of_year(ds)
    figure, upper, lower = style.upper_and_lower("Nitrogen", legend_rows=2)
    net = _of_column(ds, "nitrogen_mineralisation") - _of_column(ds, "nitrogen_immobilisation")
    uptake = _of_column(ds, "nitrogen_uptake")
    courses = {
        "taken up by plants": uptake,
        "net mineralisation": net,
        "from air and fertiliser": _of_column(ds, "nitrogen_deposition", "nitrogen_fertiliser", "nitrogen_fixation"),
        "lost": _of_column(ds, "nitrogen_leaching", "organic_nitrogen_loss", "nitrogen_gaseous_loss"),
    }
    for place, (label, values) in enumerate(courses.items()):
        upper.plot(
            x,
            values,
            color=style.LINES[place],
            linestyle=style.DASHES[place],
            marker=style.marker_for(x.size),
            label=label,
        )
    upper.set_ylim(min(0.0, upper.get_ylim()[0]), upper.get_ylim()[1])
    upper.set_ylabel("kg N ha⁻¹ yr⁻¹")
    if _limits(full):
        values, title = ds["production_share"].values, "production over that without want of nitrogen"
    else:
        asked = _of_column(ds, "nitrogen_demand")
        values, title = np.where(asked > 0.0, uptake / np.where(asked > 0.0, asked, 1.0), np.nan), "plants' demand met"
    lower.plot(x, 100 * values, color=style.LINES[0], marker=style.marker_for(x.size))
    lower.set_ylim(0, 105)
    lower.set_ylabel("%")
    lower.set_title(title)
    years = full["year"].values
    style.year_axis(lower, float(years[0]), float(years[-1]) + 1)
    cover_strip(upper, full)
    style.legend_below(figure, upper.get_legend_handles_labels(), 2)
    return figure
