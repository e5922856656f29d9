"""SOC stock through time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pedozone.report import style
from pedozone.report.covers import cover_strip
from pedozone.report.data import has_peat, organic_stocks, thinned
from pedozone.report.numbers import T_HA_PER_KG_M2, depth_words, fixed
from pedozone.report.registry import report_figure

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

_WHOLE, _PEAT = "peat and soil", "peat"
_SHOWN = ("0-30", "0-100", "0-200", "0-300")


def _intervals(ds: xr.Dataset) -> list[str]:
    """Standard intervals that the column reaches and that differ from the next shallower one."""
    names = [str(name) for name in ds["interval"].values]
    chosen = []
    last = -np.inf
    for name in _SHOWN:
        if name not in names:
            continue
        value = float(ds["soc_stock"].sel(interval=name)[-1])
        if np.isfinite(value) and value > last * (1 + 1e-9):
            chosen.append(name)
            last = value
    return chosen


def _caption(ds: xr.Dataset) -> str:
    parts = []
    for name in _intervals(ds):
        series = ds["soc_stock"].sel(interval=name).values * T_HA_PER_KG_M2
        parts.append(f"{depth_words(name)}: {fixed(series[0])} to {fixed(series[-1])}")
    where = "in the mineral soil, by fixed depth"
    if has_peat(ds):
        above, whole = organic_stocks(ds)
        parts = [f"{name}: {fixed(s[0])} to {fixed(s[-1])}" for name, s in ((_WHOLE, whole), (_PEAT, above))] + parts
        where = "in peat and mineral soil together, in the peat, and in the mineral soil by fixed depth"
    return f"Modelled organic carbon {where}. Start to end of the run, t C ha⁻¹: {'; '.join(parts)}."


@report_figure(
    "soc_stock",
    title="Soil organic carbon through time",
    section="summary",
    needs=("soc_stock",),
    caption=_caption,
    applies=lambda ds: bool(_intervals(ds)),
)
def soc_stock(ds: xr.Dataset) -> Figure:
    """Stock of SOC by depth interval, t C/ha, with kg m-2 on the right."""
    ds, names = thinned(ds), _intervals(ds)
    series = {depth_words(name): ds["soc_stock"].sel(interval=name).values * T_HA_PER_KG_M2 for name in names}
    if has_peat(ds):
        above, whole = organic_stocks(ds)
        # the mineral soil's intervals lie close together at this scale: the deepest stands for them
        series = {_WHOLE: whole, _PEAT: above, f"soil, {depth_words(names[-1])}": list(series.values())[-1]}
    figure, axes = style.new_figure("Soil organic carbon through time", height=2.9, right=0.62, legend_rows=1, top=0.52)
    ax = axes[0, 0]
    time = ds["time"].values
    for i, (label, values) in enumerate(series.items()):
        ax.plot(
            time,
            values,
            color=style.LINES[i],
            linestyle=style.DASHES[i],
            marker=style.marker_for(time.size),
            label=label,
        )
    ax.set_ylim(0, ax.get_ylim()[1])
    style.year_axis(ax, time[0], time[-1])
    ax.set_ylabel("t C ha⁻¹")
    right = ax.secondary_yaxis(
        "right",
        functions=(lambda v: v / T_HA_PER_KG_M2, lambda v: v * T_HA_PER_KG_M2),
    )
    right.set_ylabel("kg C m⁻²")
    right.spines["right"].set_visible(True)
    cover_strip(ax, ds)
    style.legend_below(figure, ax.get_legend_handles_labels(), 4)
    return figure
