"""Soil temperature and water by depth and month, for every land cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pedozone.report import style
from pedozone.report.data import cover_base, cover_words, deepest_cm, profile_state
from pedozone.report.registry import report_figure

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

_WANTED_CM = (5.0, 30.0, 100.0, 200.0)
_MONTHS = "JFMAMJJASOND"
_MOST_COVERS = 4
_SHADES = ("#d55e00", "#b5791a", "#0072b2", "#1f2933")
_PROFILE = ("depth_top", "depth_bottom", "is_organic", "cover")


def _covers(ds: xr.Dataset) -> list[str]:
    """Land covers to show: of those whose settings change from a year on, the last."""
    last_of = {cover_base(str(name)): str(name) for name in ds["cover"].values}
    return list(last_of.values())[:_MOST_COVERS]


def _more_covers(ds: xr.Dataset) -> str:
    hidden = ds.sizes["cover"] - len(_covers(ds))
    if hidden <= 0:
        return ""
    return f" {hidden} more, such as earlier settings of a land cover, are in the run's file."


def _layers_at(ds: xr.Dataset) -> list[tuple[int, float]]:
    """Layers whose centres lie nearest to the depths wanted, with those centres (cm)."""
    state = profile_state(ds, ds.sizes["time"] - 1, organic=False)
    centres = (state.edges_cm[:-1] + state.edges_cm[1:]) / 2
    chosen: dict[int, float] = {}
    for wanted in _WANTED_CM:
        if wanted <= state.edges_cm[-1]:
            place = int(np.abs(centres - wanted).argmin())
            chosen[int(state.layers[place])] = float(centres[place])
    return list(chosen.items())


def _by_month(ds: xr.Dataset, name: str, title: str, label: str, factor: float) -> Figure:
    covers = _covers(ds)
    layers = _layers_at(ds)
    figure, axes = style.new_figure(
        title,
        rows=len(covers),
        height=0.85 + 1.7 * len(covers),
        row_gap=0.34,
        sharex=True,
        sharey=True,
        legend_rows=1,
        top=0.52,
    )
    months = np.arange(1, 13)
    for ax, cover in zip(axes[:, 0], covers, strict=True):
        values = factor * ds[name].sel(cover=cover).values
        for i, (layer, centre) in enumerate(layers):
            ax.plot(
                months,
                values[:, layer],
                color=_SHADES[i],
                linestyle=style.DASHES[i],
                label=f"{centre:.0f} cm",
            )
        ax.set_title(cover_words(cover))
        ax.set_ylabel(label)
        ax.set_xticks(months, list(_MONTHS))
        ax.set_xlim(0.6, 12.4)
    style.legend_below(figure, axes[0, 0].get_legend_handles_labels(), 4)
    return figure


@report_figure(
    "soil_temperature",
    title="Soil temperature",
    section="climate",
    needs=("soil_temperature", *_PROFILE),
    caption=lambda ds: (
        "Modelled soil temperature by month at several depths, for each land cover of "
        f"the run (January to December).{_more_covers(ds)}"
    ),
)
def soil_temperature(ds: xr.Dataset) -> Figure:
    """Monthly soil temperature at four depths, a panel per land cover."""
    return _by_month(ds, "soil_temperature", "Soil temperature", "°C", 1.0)


@report_figure(
    "soil_water",
    title="Soil water",
    section="climate",
    needs=("soil_water", *_PROFILE),
    caption=lambda ds: (
        "Modelled water content of the fine earth by month at several depths, for each "
        f"land cover of the run (January to December).{_more_covers(ds)}"
    ),
)
def soil_water(ds: xr.Dataset) -> Figure:
    """Monthly soil water content at four depths, a panel per land cover."""
    return _by_month(ds, "soil_water", "Soil water", "volume (%)", 100.0)


@report_figure(
    "water_flux",
    title="Water moving down",
    section="climate",
    needs=("water_flux", *_PROFILE),
    caption="Modelled mean annual water flux through each depth, for each land cover: what is not "
    "taken up by roots or evaporated on the way carries dissolved carbon down.",
)
def water_flux(ds: xr.Dataset) -> Figure:
    """Mean annual downward water flux against depth, a line per land cover."""
    covers = _covers(ds)
    figure, axes = style.new_figure("Water moving down", height=4.0, legend_rows=-(-len(covers) // 2), bottom=0.48)
    ax = axes[0, 0]
    state = profile_state(ds, ds.sizes["time"] - 1, organic=False)
    faces = np.append(state.layers, state.layers[-1] + 1)
    for i, cover in enumerate(covers):
        ax.plot(
            1000 * ds["water_flux"].sel(cover=cover).mean("month").values[faces],
            state.edges_cm,
            color=style.LINES[1 + i % 4],
            linestyle=style.DASHES[i],
            label=cover_words(cover),
        )
    ax.set_xlim(left=min(0.0, ax.get_xlim()[0]))
    ax.set_xlabel("mm yr⁻¹, downward")
    style.depth_axis(ax, deepest_cm(ds))
    style.legend_below(figure, ax.get_legend_handles_labels(), 2)
    return figure
