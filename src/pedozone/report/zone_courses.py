"""What the zones of one run, or of several, do in the course of time: a table and a figure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pedozone.report import style
from pedozone.report.data import main_criterion, middle_of_year, shallowest_cm

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_T_HA = 10.0  # kg m-2 in t ha-1
_KG_HA = 10_000.0


def zone_table(ds: xr.Dataset, years: Sequence[int]) -> pd.DataFrame:
    """Boundary, stocks of the zones and what connects them, in some years of a run.

    Parameters
    ----------
    ds : xarray.Dataset
        Dataset of a run.
    years : sequence of int
        Years to show, a column each.

    Returns
    -------
    pandas.DataFrame
        Text, rounded for reading; the dataset has the numbers. Stocks, t C ha-1, are those at the end of the year.

    Raises
    ------
    KeyError
        A year that was not simulated.
    """
    import pandas as pd

    return pd.DataFrame({str(year): _rows(ds, year) for year in years})


def _rows(ds: xr.Dataset, year: int) -> dict[str, str]:
    now = ds.sel(year=year)
    main = now.sel(criterion=main_criterion(ds))
    end = ds.sel(time=year + 1)
    depth, status = float(main["boundary_depth"]), str(main["boundary_status"].values)
    sure = status in ("one", "many")
    moved = float(now["transfer_across_boundary"].sum("mechanism"))
    given = float(now["plant_input"].sum(("source", "layer")))
    crossing = now["crossing_probability_source"]
    passed = {str(s): float(crossing.sel(source=s)) for s in crossing["source"].values}
    below = now.sel(zone="mineral")
    rows = {
        "boundary (cm)": f"{100 * depth:.0f}" + ("" if status == "one" else f" ({status.replace('_', ' ')})"),
        "vegetation zone (t C/ha)": f"{_T_HA * float(now['zone_stock'].sel(zone='vegetation')):.1f}",
        "mineral zone (t C/ha)": f"{_T_HA * float(below['zone_stock']):.1f}",
        "organic layers (t C/ha)": f"{_T_HA * float(end['organic_layer_stock']):.1f}",
        "mineral soil 0-30 cm (t C/ha)": f"{_T_HA * float(end['soc_stock'].sel(interval='0-30')):.1f}",
        "moved down across it (kg C/ha/yr)": f"{_KG_HA * moved:.0f}" if sure else "",
        "share of the plant input (%)": f"{100 * moved / given:.2f}" if sure and given > 0 else "",
        "root-derived below it (%)": f"{100 * float(below['zone_root_share']):.0f}" if sure else "",
    }
    for source, share in passed.items():
        rows[f"{source} carbon above it that will cross (%)"] = f"{100 * share:.2f}" if np.isfinite(share) else ""
    return rows


def zone_courses(runs: Mapping[str, xr.Dataset], title: str) -> Figure:
    """Boundary depth, stocks of both zones and the carbon that crosses, by year.

    Parameters
    ----------
    runs : mapping of str to xarray.Dataset
        Runs by label, two at most: the second is drawn dashed. Marks on the upper axis are events of the first.
    title : str
        Heading of the figure.

    Raises
    ------
    ValueError
        No run, or more than two.
    """
    if not 1 <= len(runs) <= 2:
        raise ValueError(f"zone_courses draws one run or two, not {len(runs)}; use pedozone.compare for more")
    with style.styled():
        several = len(runs) > 1
        figure, axes = style.new_figure(
            title, rows=3, height=5.6, sharex=True, row_gap=0.36, top=0.56, legend_rows=2 if several else 1
        )
        above, middle, below = axes[:, 0]
        for dashes, ds in zip(("-", (0, (4, 2))), runs.values(), strict=False):
            _lines(above, middle, below, ds, dashes)
        above.set_title("boundary (cm)")
        above.set_ylim(_lowest(runs.values()), min(map(shallowest_cm, runs.values())))
        middle.set_title("carbon (t/ha)")
        middle.set_ylim(0.0, 1.08 * middle.get_ylim()[1])
        below.set_title("moved down across the boundary (kg C/ha/yr)")
        below.axhline(0.0, color=style.MUTED, linewidth=0.7)
        first = next(iter(runs.values()))
        years = first["year"].values
        style.year_axis(below, float(years[0]), float(years[-1]) + 1.0)
        _mark_events((above, middle, below), first)
        _legend(figure, list(runs) if several else [])
        style.place_labels(figure)
    return figure


def _lines(above: Axes, middle: Axes, below: Axes, ds: xr.Dataset, dashes: Any) -> None:
    year = middle_of_year(ds)
    depth = ds["boundary_depth"].sel(criterion=main_criterion(ds)).values
    look: dict[str, Any] = {"linestyle": dashes}
    above.plot(year, 100.0 * depth, color=style.INK, **look)
    for zone, colour in style.ZONE_COLOURS.items():
        middle.plot(year, _T_HA * ds["zone_stock"].sel(zone=zone).values, color=colour, **look)
    below.plot(year, _KG_HA * ds["transfer_across_boundary"].sum("mechanism").values, color=style.INK, **look)


def _lowest(runs: Iterable[xr.Dataset]) -> float:
    deepest = max(float(np.nanmax(ds["boundary_depth"].sel(criterion=main_criterion(ds)).values)) for ds in runs)
    return 10.0 * float(np.ceil(max(40.0, 125.0 * deepest) / 10.0))


def _mark_events(axes: Sequence[Axes], ds: xr.Dataset) -> None:
    if "event" not in ds:  # a run saved before there were any
        return
    for year in ds["year"].values[ds["event"].values != ""]:
        for ax in axes:
            ax.axvline(float(year), color=style.MUTED, linewidth=0.6, linestyle=(0, (1, 2)), zorder=0.5)


def _legend(figure: Figure, labels: Sequence[str]) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=colour) for colour in style.ZONE_COLOURS.values()]
    words = [f"{zone} zone" for zone in style.ZONE_COLOURS]
    if labels:
        dashes = ("-", (0, (4, 2)))
        handles += [Line2D([], [], color=style.INK, linestyle=dash) for dash in dashes]  # type: ignore[arg-type]
        words += list(labels)
    else:
        handles.append(Line2D([], [], color=style.MUTED, linewidth=0.6, linestyle=(0, (1, 2))))
        words.append("event")
    style.legend_below(figure, (handles, words), columns=2 if labels else 3)
