"""Carbon against depth, by pool and by source; bulk density, macropores and roots; share held by minerals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Patch

from pedozone.report import style
from pedozone.report.data import (
    ProfileState,
    deepest_cm,
    has_change,
    pool_roles,
    profile_state,
    state_label,
)
from pedozone.report.numbers import percent, significant, spelled
from pedozone.report.registry import report_figure

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT = 4.3


def _states(ds: xr.Dataset, *, organic: bool = True) -> list[ProfileState]:
    """Start and end of the run, or the end alone where nothing changed."""
    indices = (0, ds.sizes["time"] - 1) if has_change(ds) else (ds.sizes["time"] - 1,)
    return [profile_state(ds, index, organic=organic) for index in indices]


def _stacked(ax: Axes, state: ProfileState, parts: Mapping[str, np.ndarray], colours: Mapping[str, str]) -> None:
    """Stack concentrations (kg m-3, by layer) as steps, since a layer has one value."""
    base = np.zeros(state.layers.size)
    for name, stock in parts.items():
        width = np.nan_to_num(state.concentration(stock))
        ax.stairs(
            base + width,
            state.edges_cm,
            orientation="horizontal",
            baseline=base,
            fill=True,
            facecolor=colours[name],
            edgecolor="none",
            linewidth=0,
        )
        base = base + width
    ax.stairs(base, state.edges_cm, orientation="horizontal", color=style.INK, linewidth=0.8)


def _profile_pair(
    ds: xr.Dataset,
    title: str,
    parts_of: Callable[[int], Mapping[str, np.ndarray]],
    colours: Mapping[str, str],
    labels: Mapping[str, str],
    legend_columns: int,
) -> Figure:
    states = _states(ds)
    rows = -(-len(labels) // legend_columns)
    figure, axes = style.new_figure(
        title,
        columns=len(states),
        height=_HEIGHT,
        sharex=True,
        sharey=True,
        legend_rows=rows,
        bottom=0.48,
        top=0.86 if any(state.organic_note for state in states) else 0.6,
    )
    shallowest = min(0.0, *(float(state.edges_cm[0]) for state in states))
    for ax, state in zip(axes[0], states, strict=True):
        _stacked(ax, state, parts_of(state.index), colours)
        label = state_label(ds, state.index)
        ax.set_title(f"{label}\n{state.organic_note}" if state.organic_note else label, fontsize=8)
        if shallowest < 0:
            ax.axhline(0, color=style.INK, linewidth=0.8)
        ax.set_xlabel("kg C m⁻³")
        ax.set_xlim(left=0)
        style.depth_axis(ax, deepest_cm(ds), shallowest, label=ax is axes[0, 0])
        ax.xaxis.set_major_locator(style.MaxNLocator(4))
    style.legend_below(
        figure,
        ([Patch(facecolor=colours[name]) for name in labels], list(labels.values())),
        legend_columns,
    )
    return figure


def _pool_caption(ds: xr.Dataset) -> str:
    states = _states(ds, organic=False)
    tops = [
        f"{state_label(ds, s.index)} {significant(s.concentration(ds['cSoilLevels'].values[s.index])[0])}"
        for s in states
    ]
    return (
        "Modelled SOC concentration by depth, stacked by pool; each step is one model layer. "
        "Greens are fresh litter, yellow and brown are occluded in aggregates, blues bound to "
        f"minerals. Top mineral layer, kg C m⁻³: {'; '.join(tops)}."
    )


@report_figure(
    "soc_by_pool",
    title="Carbon by pool and depth",
    section="profile",
    needs=("carbon", "cSoilLevels", "depth_top", "depth_bottom", "is_organic"),
    caption=_pool_caption,
)
def soc_by_pool(ds: xr.Dataset) -> Figure:
    """SOC concentration against depth, stacked by pool in the order of roles."""
    names = [str(name) for name in ds["pool"].values]
    roles = pool_roles(ds)
    colours = style.pool_colours(names, roles)
    rank = {role: i for i, role in enumerate(style.ROLE_ORDER)}
    # Bound carbon at the bottom of the stack: the steadiest part has the common base line.
    order = sorted(range(len(names)), key=lambda i: (-rank.get(roles[i], -1), -i))
    carbon = ds["carbon"].values

    def parts_of(index: int) -> dict[str, np.ndarray]:
        return {names[i]: carbon[index, i] for i in order}

    labels = {names[i]: spelled(names[i]) for i in order}
    return _profile_pair(ds, "Carbon by pool and depth", parts_of, colours, labels, 3)


ELSEWHERE = "elsewhere"
"""Source of carbon that has no tag: manure, sediment, stocks that were given."""
LEAST_REST = 0.005
"""Least share of the carbon without a tag that is shown."""


def _source_caption(ds: xr.Dataset) -> str:
    initial = " 'Initial' is carbon already there when the tags were set." if "initial" in ds["source"].values else ""
    return (
        f"Modelled SOC concentration by depth, stacked by the plant source through which the carbon entered.{initial} "
        "'Elsewhere', where there is any, is carbon of manure, sediment and stocks that were given."
    )


@report_figure(
    "soc_by_source",
    title="Carbon by where it came from",
    section="profile",
    needs=("carbon_by_source", "cSoilLevels", "depth_top", "depth_bottom", "is_organic"),
    caption=_source_caption,
)
def soc_by_source(ds: xr.Dataset) -> Figure:
    """SOC concentration against depth, stacked by source."""
    names = [str(name) for name in ds["source"].values]
    colours = {name: style.SOURCE_COLOURS.get(name, style.OTHER_SHADES[i % 4]) for i, name in enumerate(names)}
    values = ds["carbon_by_source"].values
    rest = ds["cSoilLevels"].values - values.sum(axis=1)
    if rest.sum(axis=-1).max() > LEAST_REST * ds["cSoilLevels"].values.sum(axis=-1).max():
        names.append(ELSEWHERE)
        colours[ELSEWHERE] = style.OTHER_SHADES[len(names) % 4]
        values = np.concatenate([values, np.maximum(rest, 0.0)[:, None]], axis=1)
    order = list(reversed(range(len(names))))

    def parts_of(index: int) -> dict[str, np.ndarray]:
        return {names[i]: values[index, i] for i in order}

    labels = {names[i]: spelled(names[i]) for i in order}
    return _profile_pair(ds, "Carbon by where it came from", parts_of, colours, labels, 4)


def _looks(states: list[ProfileState]) -> list[tuple[ProfileState, str, Any]]:
    """States with the colour and dash of their lines."""
    looks = ((style.LINES[1], (0, (4, 1.6))), (style.INK, "-"))[-len(states) :]
    return [(state, colour, dash) for state, (colour, dash) in zip(states, looks, strict=True)]


def _lines(ds: xr.Dataset, ax: Axes, values: np.ndarray) -> None:
    """Start and end of a layer quantity (time, layer) as steps against depth."""
    for state, colour, dash in _looks(_states(ds, organic=False)):
        ax.stairs(
            values[state.index][state.layers],
            state.edges_cm,
            orientation="horizontal",
            color=colour,
            linestyle=dash,
            linewidth=1.5,
            baseline=None,
            label=state_label(ds, state.index),
        )


@report_figure(
    "bulk_density",
    title="Bulk density",
    section="profile",
    needs=("bulk_density", "cSoilLevels", "depth_top", "depth_bottom", "is_organic"),
    caption="Modelled bulk density of the fine earth in the mineral soil. It falls with organic "
    "matter and with macropores, so layers swell and shrink as they are gained and lost.",
)
def bulk_density(ds: xr.Dataset) -> Figure:
    """Bulk density against depth at the start and the end."""
    figure, axes = style.new_figure("Bulk density", height=_HEIGHT, legend_rows=1, bottom=0.48)
    ax = axes[0, 0]
    _lines(ds, ax, ds["bulk_density"].values / 1000.0)
    ax.set_xlabel("g cm⁻³ (= t m⁻³)")
    style.depth_axis(ax, deepest_cm(ds))
    style.legend_below(figure, ax.get_legend_handles_labels(), 2)
    return figure


def _pore_caption(ds: xr.Dataset) -> str:
    states = _states(ds, organic=False)
    depths = [f"{100 * float(ds['rooting_depth'][s.index]):.0f} cm ({state_label(ds, s.index)})" for s in states]
    return (
        "Modelled share of the fine earth's volume in pores that drain between saturation and 33 kPa, by depth. Roots, "
        "soil animals and drying open them, tillage and traffic take them away. Points mark the rooting depth of the "
        f"land cover: {', '.join(depths)}."
    )


@report_figure(
    "macroporosity",
    title="Macropores and rooting depth",
    section="profile",
    needs=("macroporosity", "rooting_depth", "depth_top", "depth_bottom", "is_organic"),
    caption=_pore_caption,
)
def macroporosity(ds: xr.Dataset) -> Figure:
    """Macroporosity against depth at the start and the end, with the depths that roots reach."""
    figure, axes = style.new_figure("Macropores and rooting depth", height=_HEIGHT, legend_rows=1, bottom=0.48)
    ax = axes[0, 0]
    _lines(ds, ax, 100.0 * ds["macroporosity"].values)
    for state, colour, _ in _looks(_states(ds, organic=False)):
        rooted = 100.0 * float(ds["rooting_depth"][state.index])
        porosity = 100.0 * ds["macroporosity"].values[state.index][state.layers]
        layer = int(np.clip(np.searchsorted(state.edges_cm, rooted) - 1, 0, porosity.size - 1))
        ax.plot(porosity[layer], rooted, color=colour, marker="o", linestyle="none", clip_on=False, zorder=3)
    ax.set_xlim(left=0.0)
    ax.set_xlabel("volume (%)")
    style.depth_axis(ax, deepest_cm(ds))
    style.legend_below(figure, ax.get_legend_handles_labels(), 2)
    return figure


def _share_caption(ds: xr.Dataset) -> str:
    share = ds["mineral_associated_share"].values[-1]
    state = profile_state(ds, ds.sizes["time"] - 1, organic=False)
    saturation = (
        " Saturation is the part of the minerals' capacity that is taken." if "saturation" in ds.variables else ""
    )
    return (
        "Modelled share of SOC associated with minerals (MAOM with necromass and half of the "
        "carbon in micro-aggregates, as a fractionation would collect it): "
        f"{percent(share[state.layers[0]])} at the surface, "
        f"{percent(share[state.layers[-1]])} at the base at the end.{saturation}"
    )


@report_figure(
    "mineral_association",
    title="Carbon held by minerals",
    section="profile",
    needs=("mineral_associated_share", "cSoilLevels", "depth_top", "depth_bottom", "is_organic"),
    caption=_share_caption,
)
def mineral_association(ds: xr.Dataset) -> Figure:
    """Mineral-associated share of SOC and saturation of the mineral capacity against depth."""
    panels = [("mineral_associated_share", "share of SOC (%)")]
    if "saturation" in ds.variables:
        panels.append(("saturation", "saturation (%)"))
    figure, axes = style.new_figure(
        "Carbon held by minerals",
        columns=len(panels),
        height=_HEIGHT,
        sharey=True,
        legend_rows=1,
        bottom=0.48,
    )
    for ax, (name, label) in zip(axes[0], panels, strict=True):
        values = 100 * ds[name].values
        _lines(ds, ax, values)
        largest = np.nanmax(values[[0, -1]])
        ax.set_xlim(0, 100 if largest <= 100 else 1.08 * largest)
        ax.set_xlabel(label)
        style.depth_axis(ax, deepest_cm(ds), label=ax is axes[0, 0])
    style.legend_below(figure, axes[0, 0].get_legend_handles_labels(), 2)
    return figure
