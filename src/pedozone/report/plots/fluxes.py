"""Carbon entering and leaving the soil through time."""

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


def _caption(ds: xr.Dataset) -> str:
    given = ds["plant_input"].sum(("source", "layer")).values
    breathed = ds["respiration"].sum("layer").values
    return (
        "Modelled yearly fluxes: plant carbon entering the soil, stacked by source; CO₂ leaving it "
        "(line); dissolved carbon leached below the column (lower panel, in grams). First and last "
        f"year, kg C m⁻² yr⁻¹: input {significant(given[0])} and {significant(given[-1])}, CO₂ "
        f"{significant(breathed[0])} and {significant(breathed[-1])}."
    )


@report_figure(
    "fluxes",
    title="Carbon in, carbon out",
    section="fluxes",
    needs=("plant_input", "respiration", "leaching"),
    caption=_caption,
)
def fluxes(ds: xr.Dataset) -> Figure:
    """Plant inputs by source, heterotrophic CO2 and leaching by year."""
    full, ds = ds, thinned(ds)
    x = middle_of_year(ds)
    figure, upper, lower = style.upper_and_lower("Carbon in, carbon out", legend_rows=1)
    years = full["year"].values
    # Steps from year to year: an input that changes with the cover changes at once.
    edges = np.append(ds["year"].values, years[-1] + 1)
    base = np.zeros(x.size)
    for i, source in enumerate(ds["source"].values.astype(str)):
        part = ds["plant_input"].sel(source=source).sum("layer").values
        if not part.any():
            continue
        upper.stairs(
            base + part,
            edges,
            baseline=base,
            fill=True,
            facecolor=style.SOURCE_COLOURS.get(source, style.OTHER_SHADES[i % 4]),
            edgecolor="none",
            linewidth=0,
            label=f"{source} input",
        )
        base = base + part
    upper.plot(
        x,
        ds["respiration"].sum("layer").values,
        color=style.INK,
        marker=style.marker_for(x.size),
        label="CO₂ out",
    )
    upper.set_ylim(0, upper.get_ylim()[1])
    upper.set_ylabel("kg C m⁻² yr⁻¹")
    lower.plot(x, 1000 * ds["leaching"].values, color=style.LINES[1], marker=style.marker_for(x.size))
    lower.set_ylim(0, max(lower.get_ylim()[1] * 1.05, 1e-9))
    lower.set_ylabel("g C m⁻² yr⁻¹")
    lower.set_title("leached below the column")
    style.year_axis(lower, float(years[0]), float(years[-1]) + 1)
    cover_strip(upper, full)
    style.legend_below(figure, upper.get_legend_handles_labels(), 4)
    return figure
