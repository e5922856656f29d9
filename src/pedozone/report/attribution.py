"""What the feedback of the boundary did to a change of carbon: table, CSV and figure."""

from __future__ import annotations

import csv
import io
import json
import textwrap
from typing import TYPE_CHECKING

import numpy as np

from pedozone.report import style
from pedozone.report.comparison_rows import CENTIMETRES, aligned
from pedozone.report.numbers import NONE, T_HA_PER_KG_M2, fixed, percent, signed

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

_HEADS = ("t C/ha", "before", "change", "frozen twin", "feedback", "of the change")
_COLUMNS = ("stock", "change", "change_frozen", "boundary_effect", "boundary_effect_share")


def attribution_text(ds: xr.Dataset) -> str:
    """The table of the last state as aligned columns, with what has to be said beside it.

    Parameters
    ----------
    ds : xarray.Dataset
        As `pedozone.simulation.attributed.attribute_by_part` gives it.
    """
    since, end = int(ds.attrs["frozen_from"]), int(ds["year"].values[-1])
    lines: list[tuple[str, ...]] = [_HEADS]
    last = ds.isel(time=-1)
    for part in ds["part"].values.astype(str):
        stock, change, twin, effect, share = (float(last[f"part_{name}"].sel(part=part)) for name in _COLUMNS)
        amounts = [signed(T_HA_PER_KG_M2 * value, 2) for value in (change, twin, effect)]
        lines.append((part.replace("-", "–"), fixed(T_HA_PER_KG_M2 * stock, 2), *amounts, percent(share)))
    frozen = "; ".join(json.loads(ds.attrs["frozen"]))
    peat = ds.attrs["boundary_from"] != "mineral surface"
    parts = {
        "feedback": f"change less that of the frozen twin; {NONE}: the whole change is under 1 % of the stock",
        "boundary": "",
        "zones": "the soil that lay above and below the boundary before, wherever the boundary is later",
        "frozen": f"as before {since}: {frozen}",
    }
    depths = [CENTIMETRES * float(ds[name].values[-1]) for name in ("boundary_depth", "boundary_depth_frozen")]
    before = CENTIMETRES * float(ds.attrs["boundary_before"])
    parts["boundary"] = (
        f"{before:.0f} cm before; {depths[0]:.0f} cm in {end}, {depths[1]:.0f} cm in the frozen twin (criterion "
        f"{ds.attrs['criterion']}{', below the surface of the peat' if peat else ''})"
    )
    if peat:
        parts.pop("zones")
    said = [textwrap.fill(f"{name:<10}{words}", 110, subsequent_indent=10 * " ") for name, words in parts.items()]
    title = f"{ds.attrs['site']}: change of carbon from {since} to the end of {end}"
    return "\n".join([title, aligned(lines), "", *said])


def attribution_csv(ds: xr.Dataset) -> str:
    """Every time and part, one line each; stocks in kg C m-2."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    units = ("kg m-2", "kg m-2", "kg m-2", "kg m-2", "1")
    heads = ("stock before", *_COLUMNS[1:])
    writer.writerow(["time", "part", *(f"{name} ({unit})" for name, unit in zip(heads, units, strict=True))])
    for k, time in enumerate(ds["time"].values):
        for part in ds["part"].values.astype(str):
            at = ds.isel(time=k).sel(part=part)
            values = [float(at[f"part_{name}"]) for name in _COLUMNS]
            writer.writerow([f"{time:g}", part, *("" if np.isnan(value) else repr(value) for value in values)])
    return stream.getvalue()


def attribution_figure(ds: xr.Dataset) -> Figure:
    """Draw the course of the whole column's change and the change by depth, with the feedback and without."""
    with style.styled():
        figure = _drawn(ds)
        style.place_labels(figure)
    return figure


def _drawn(ds: xr.Dataset) -> Figure:
    since, end = int(ds.attrs["frozen_from"]), int(ds["year"].values[-1])
    figure, axes = style.new_figure(
        f"Change of carbon since {since}", rows=2, heights=(1.0, 1.6), height=5.6, top=0.55, bottom=0.48, row_gap=0.72,
        legend_rows=1,
    )  # fmt: skip
    course, profile = axes[:, 0]
    column = str(ds["part"].values[0])
    looks = {"change": ("run", style.LINES[1], style.DASHES[0]), "change_frozen": ("frozen twin", *_frozen_look())}
    organic = ds["is_organic"].values.astype(bool)
    thickness = (ds["depth_bottom"] - ds["depth_top"]).values[~organic]
    edges = CENTIMETRES * np.append(ds["depth_top"].values[~organic], ds["depth_bottom"].values[~organic][-1])
    for name, (label, colour, dash) in looks.items():
        values = T_HA_PER_KG_M2 * ds[f"part_{name}"].sel(part=column).values
        marker = style.marker_for(values.size)
        course.plot(ds["time"].values, values, color=colour, linestyle=dash, marker=marker, label=label)
        change = ds[f"layer_{name}"].isel(time=-1).values[~organic] / thickness
        profile.stairs(
            change, edges, orientation="horizontal", baseline=None, color=colour, linestyle=dash, linewidth=1.5
        )
    course.set_title(column)
    course.set_ylabel("t C ha⁻¹")
    course.axhline(0, color=style.MUTED, linewidth=0.8)
    style.year_axis(course, float(ds["time"].values[0]), float(ds["time"].values[-1]))
    profile.set_title(f"by layer of the mineral soil, end of {end}")
    profile.set_xlabel("change, kg C m⁻³")
    profile.axvline(0, color=style.MUTED, linewidth=0.8)
    style.depth_axis(profile, float(edges[-1]))
    depth = CENTIMETRES * float(ds.attrs["boundary_before"])
    if ds.attrs["boundary_from"] == "mineral surface":
        profile.axhline(depth, color=style.VEGETATION, linewidth=1.0, linestyle=(0, (2, 2)), label="boundary before")
    handles, labels = course.get_legend_handles_labels()
    line, words = profile.get_legend_handles_labels()
    style.legend_below(figure, ([*handles, *line], [*labels, *words]), 3)
    return figure


def _frozen_look():
    return style.LINES[2], style.DASHES[1]
