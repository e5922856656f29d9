"""Figures of observed profiles: one by one, and groups of them by depth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from pedozone.observations.depth_statistics import LEAST_PROFILES, Group, Values, Variable
from pedozone.observations.mass_preserving import mass_preserving
from pedozone.observations.neighbours import TOLERANCE_CM
from pedozone.observations.stacks import Stack
from pedozone.report import style

MOST_PROFILES = 12
"""In one figure."""
MOST_GROUPS = 12

_TITLES = {
    "soc_percent": ("Organic carbon", "% of fine earth"),
    "carbon_density_kg_m3": ("Organic carbon density", "kg C m⁻³"),
    "total_carbon_percent": ("Total carbon", "% of fine earth"),
    "delta14c_permil": ("Radiocarbon", "Δ¹⁴C (‰)"),
    "delta13c_permil": ("Carbon-13", "δ¹³C (‰)"),
    "bulk_density_g_cm3": ("Bulk density of the fine earth", "g cm⁻³"),
    "coarse_fragments_percent": ("Coarse fragments", "% of the volume"),
    "ph": ("pH in water", "pH"),
}
_SHORT_UNITS = {"% by mass of fine earth": "% of fine earth", "kg m-2": "kg m⁻²"}
_SHORT_UNITS |= {"cmol kg-1": "cmol kg⁻¹", "mg g-1": "mg g⁻¹"}
_ROW = 1.85  # inches of a panel
_LETTERS = 25  # of a line of a panel's title
_FAR = 2.5  # times the usual range: a group beyond has a scale of its own
_STRETCHED = 200.0  # cm; deeper panels have a smaller scale below 1 m
_BAND = "#a9bfdc"
_ALL = "#7d8892"
_SPLINE = style.LINES[2]


def title_of(variable: Variable) -> tuple[str, str]:
    """What a variable is called, and the label of its axis."""
    if variable.name in _TITLES:
        return _TITLES[variable.name]
    words = variable.name.removesuffix("_percent").replace("_", " ")
    words = words.removesuffix(" cmol kg").removesuffix(" mg g").removesuffix(" kg m2")
    return words[:1].upper() + words[1:], _SHORT_UNITS.get(variable.unit, variable.unit)


def _from_zero(variable: Variable) -> bool:
    """Whether its axis begins at zero."""
    return 0 <= variable.lower < 0.1


def draw_profiles(values: Values, names: Sequence[str]) -> style.Figure:
    """Profiles one by one: layers as steps, the mass-preserving spline through them, gaps as gaps.

    Parameters
    ----------
    values : Values
    names : sequence of str
        Of the profiles, at most `MOST_PROFILES`.
    """
    rows = [int(np.flatnonzero(values.names == name)[0]) for name in names]
    layers = [np.flatnonzero(values.owner == row) for row in rows]
    stack = values.stack().rows(rows)
    curves = mass_preserving(stack, lower=values.variable.lower)
    pieces = [_curve(stack.rows([k]), curves.rows([k])) for k in range(len(names))]
    title, label = title_of(values.variable)
    every = np.concatenate(layers) if layers else np.zeros(0, dtype=int)
    deepest = float(np.nanmax(values.bottom[every], initial=10.0))
    highest = float(min(np.nanmin(values.top[every], initial=0.0), 0.0))
    limits = _limits(values, every, pieces)
    titles = [_folded(name) for name in names]
    figure, axes = _panels(title, titles, legend_rows=3 if deepest > _STRETCHED else 2)
    with style.styled():
        for k, ax in enumerate(axes):
            _depths(ax, deepest, highest, k)
            ax.set_xlim(*limits)
            if _has_label(k, len(names)):
                ax.set_xlabel(label)
            own = layers[k]
            _hatch_gaps(ax, stack, k, values.top[own], values.bottom[own], limits)
            _draw_layers(ax, values, own, limits)
            for depth, value in pieces[k]:
                ax.plot(value, depth, color=_SPLINE, linewidth=1.2, zorder=3)
            if highest < 0:
                ax.axhline(0, color=style.MUTED, linewidth=0.7)
        _legend_of_profiles(figure, values, every, deepest)
        style.place_labels(figure)
    return figure


def _draw_layers(ax: Axes, values: Values, own: np.ndarray, limits: tuple[float, float]) -> None:
    known = own[np.isfinite(values.value[own])]
    if not known.size:
        ax.text(0.5, 0.5, "not reported", transform=ax.transAxes, ha="center", va="center", color=style.MUTED)
    for layer in known:
        top, bottom, value = values.top[layer], values.bottom[layer], values.value[layer]
        colour = style.VEGETATION if values.organic[layer] else style.MINERAL
        dashes = (0, (2, 1.5)) if values.estimated[layer] else "-"
        if _from_zero(values.variable):
            ax.fill_betweenx([top, bottom], 0, min(value, limits[1]), color=colour, alpha=0.16, linewidth=0)
        if value > limits[1]:
            where = (limits[1], (top + bottom) / 2)
            ax.annotate(f"{value:.3g} →", where, ha="right", va="center", fontsize=7, color=colour)
            continue
        ax.plot([value, value], [top, bottom], color=colour, linewidth=1.8, linestyle=dashes, solid_capstyle="butt")
        if np.isfinite(values.sd[layer]) and values.sd[layer] > 0:
            spread = [value - values.sd[layer], value + values.sd[layer]]
            ax.plot(spread, [(top + bottom) / 2] * 2, color=colour, linewidth=0.8)


def _curve(stack: Stack, curve: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    """The curve through the layers of one profile, in pieces: nothing where nothing is known."""
    nodes, found = stack.nodes[0, : stack.last[0] + 1], []
    for k in range(stack.last[0]):
        if stack.layer[0, k]:
            depth = np.linspace(nodes[k], nodes[k + 1], 25)
            # Where organic and mineral soil meet, the depth itself counts to what is below.
            within = np.append(depth[:-1], np.nextafter(depth[-1], depth[0]))
            found.append((depth, curve.at(within)[0]))
    return found


def _hatch_gaps(
    ax: Axes, stack: Stack, k: int, top: np.ndarray, bottom: np.ndarray, limits: tuple[float, float]
) -> None:
    """Depths of a profile, from the surface to its deepest layer, of which nothing is known."""
    if not top.size:
        return
    if stack.last[k] == 0:
        gaps = [(min(0.0, float(top.min())), float(bottom.max()))]
    else:
        nodes, known = stack.nodes[k, : stack.last[k] + 1], stack.layer[k, : stack.last[k]]
        gaps = [(nodes[j], nodes[j + 1]) for j in range(stack.last[k]) if not known[j]]
        gaps += [(min(0.0, float(top.min())), nodes[0]), (nodes[-1], float(bottom.max()))]
    for upper, lower in gaps:
        if lower - upper > TOLERANCE_CM:
            ax.fill_betweenx([upper, lower], *limits, facecolor="none", edgecolor="#c3cbd1", hatch="////", linewidth=0)
    ax.plot(limits, [bottom.max()] * 2, color=style.MUTED, linewidth=0.7, linestyle=(0, (1, 2)))


def _limits(
    values: Values, every: np.ndarray, pieces: Sequence[list[tuple[np.ndarray, np.ndarray]]]
) -> tuple[float, float]:
    """One scale for all panels: that of the mineral soil where organic layers would press it against the axis."""
    every = every[np.isfinite(values.value[every])]
    if not every.size:
        return 0.0, 1.0
    drawn = [value for profile in pieces for _, value in profile]
    spread = np.nan_to_num(values.sd[every])
    high, low = values.value[every] + spread, values.value[every] - spread
    if not _from_zero(values.variable):
        most, least = max(high.max(), *(v.max() for v in drawn)), min(low.min(), *(v.min() for v in drawn))
        margin = 0.06 * max(float(most - least), 1.0)
        return float(least) - margin, float(most) + margin
    mineral = high[~values.organic[every]]
    if mineral.size and high.max() > 2.5 * mineral.max() > 0:
        most = float(mineral.max())
    else:
        most = float(max(high.max(), *(value.max() for value in drawn)))
    return 0.0, 1.12 * most if most > 0 else 1.0


def draw_groups(groups: Sequence[Group], variable: Variable, together: Group | None = None) -> style.Figure:
    """Groups by depth: the median, half of the profiles about it, and how many there are.

    Parameters
    ----------
    groups : sequence of Group
        Of `groups_by_depth`, at most `MOST_GROUPS`.
    variable : Variable
    together : Group, optional
        All profiles, to compare with.
    """
    title, label = title_of(variable)
    deepest = max(float(group.bottom.max()) for group in groups)
    highest = min(0.0, *(float(group.top.min()) for group in groups))
    ranges = [_range(group, variable) for group in groups]
    usual = float(np.median([high for _, high in ranges]))
    shared = [pair for pair in ranges if not _from_zero(variable) or pair[1] <= _FAR * usual]
    common = min(low for low, _ in shared), max(high for _, high in shared)
    titles = [
        _folded(group.name) + ("" if pair in shared else " (own scale)")
        for group, pair in zip(groups, ranges, strict=True)
    ]
    figure, axes = _panels(title, titles, legend_rows=2)
    with style.styled():
        for k, (ax, group) in enumerate(zip(axes, groups, strict=True)):
            low, high = common if ranges[k] in shared else ranges[k]
            _depths(ax, deepest, highest, k)
            # Room on the right for the numbers.
            ax.set_xlim(low, high + 0.34 * (high - low))
            if _has_label(k, len(groups)):
                ax.set_xlabel(label)
            if together is not None:
                _median(ax, together, _ALL, 1.0, (0, (3, 1.5)))
            _band(ax, group)
            _median(ax, group, style.MINERAL, 1.8, "-")
            _numbers(ax, group)
        _legend_of_groups(figure, together, deepest)
        style.place_labels(figure)
    return figure


def _range(group: Group, variable: Variable) -> tuple[float, float]:
    """Least and greatest value drawn of a group."""
    if not group.enough.any():
        return 0.0, 1.0
    low, high = float(group.low[group.enough].min()), float(group.high[group.enough].max())
    low = 0.0 if _from_zero(variable) else low - 0.04 * max(high - low, 1.0)
    return low, high if high > low else low + 1.0


def _depths(ax: Axes, deepest: float, highest: float, k: int) -> None:
    """The depth axis of a panel; what is said of its scale stands in the legend."""
    if deepest > _STRETCHED:
        style.depth_axis(ax, deepest, highest, label=False)
    else:
        ax.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        ax.set_ylim(deepest, highest)
    if k % 2 == 0:
        ax.set_ylabel("depth (cm)")


def _scale_note(deepest: float) -> tuple[list[Any], list[str]]:
    if deepest <= _STRETCHED:
        return [], []
    return [Line2D([], [], color=style.MUTED, linewidth=0.7, linestyle=(0, (4, 3)))], ["smaller scale below"]


def _runs(group: Group) -> list[np.ndarray]:
    """Places of adjoining intervals with profiles enough."""
    places = np.flatnonzero(group.enough)
    return np.split(places, np.flatnonzero(np.diff(places) > 1) + 1) if places.size else []


def _depths_of(group: Group, run: np.ndarray) -> np.ndarray:
    """Tops and bottoms in turn, for steps."""
    return np.column_stack([group.top[run], group.bottom[run]]).ravel()


def _band(ax: Axes, group: Group) -> None:
    for run in _runs(group):
        low, high = np.repeat(group.low[run], 2), np.repeat(group.high[run], 2)
        ax.fill_betweenx(_depths_of(group, run), low, high, color=_BAND, alpha=0.75, linewidth=0)


def _median(ax: Axes, group: Group, colour: str, width: float, dashes: Any) -> None:
    for run in _runs(group):
        value = np.repeat(group.median[run], 2)
        ax.plot(value, _depths_of(group, run), color=colour, linewidth=width, linestyle=dashes, solid_joinstyle="miter")


def _numbers(ax: Axes, group: Group) -> None:
    """How many profiles there are, beside the ticks of the depth axis."""
    low, high = sorted(ax.get_ylim())
    words: dict[str, Any] = {"ha": "right", "fontsize": 7, "xycoords": "axes fraction"}
    ax.annotate("n", (0.985, 1.0), xytext=(0, 4), textcoords="offset points", va="bottom", color=style.MUTED, **words)
    words["xycoords"] = ("axes fraction", "data")
    for tick in ax.get_yticks():
        place = np.flatnonzero((group.top <= tick + 0.01) & (group.bottom > tick + 0.01))
        if low <= tick < high and place.size:
            n, middle = int(group.n[place[0]]), (group.top[place[0]] + group.bottom[place[0]]) / 2
            colour = style.INK if n >= LEAST_PROFILES else style.MUTED
            box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
            ax.annotate(f"{n:,}", (0.985, middle), va="center", color=colour, bbox=box, **words)


def _panels(title: str, titles: Sequence[str], *, legend_rows: int) -> tuple[style.Figure, list[Axes]]:
    """Panels in two columns, or one for a single thing; those not needed are taken away."""
    count = len(titles)
    columns = 1 if count == 1 else 2
    rows = -(-count // columns)
    above = 0.13 * max(text.count("\n") for text in titles)  # of the second lines of titles
    top, bottom, gap = 0.42 + above, 0.5, 0.42 + above
    height = top + bottom + style.LEGEND_ROW * legend_rows + (_ROW if rows > 1 else 2.4) * rows + gap * (rows - 1)
    with style.styled():
        figure, grid = style.new_figure(
            title, rows=rows, columns=columns, height=height, top=top, bottom=bottom, legend_rows=legend_rows,
            row_gap=gap, column_gap=0.2, sharey=True,
        )  # fmt: skip
        axes = list(grid.ravel())
        for ax in axes[count:]:
            ax.remove()
        for ax, text in zip(axes, titles, strict=False):
            ax.set_title(text, fontsize=7.5, linespacing=1.05)
    return figure, axes[:count]


def _has_label(k: int, count: int) -> bool:
    """The last panel of each column names the axis."""
    return k >= count - (1 if count == 1 else 2)


def _folded(name: str) -> str:
    """A long name in two lines, cut in the middle where that is not enough."""
    if len(name) <= _LETTERS:
        return name
    places = [i + 1 for i, letter in enumerate(name) if letter in "/ _,;-" and i < _LETTERS]
    cut = places[-1] if places else _LETTERS
    rest = name[cut:]
    return f"{name[:cut]}\n{rest if len(rest) <= _LETTERS else '…' + rest[-_LETTERS + 1 :]}"


def _legend_of_profiles(figure: style.Figure, values: Values, every: np.ndarray, deepest: float) -> None:
    organic, estimated = values.organic[every], values.estimated[every]
    handles: list[Any] = [Line2D([], [], color=style.MINERAL, linewidth=1.8)]
    labels = ["layer"]
    if organic.any():
        handles, labels = [*handles, Line2D([], [], color=style.VEGETATION, linewidth=1.8)], [*labels, "organic layer"]
    if estimated.any():
        dashed = Line2D([], [], color=style.MINERAL, linewidth=1.8, linestyle=(0, (2, 1.5)))
        handles, labels = [*handles, dashed], [*labels, "density estimated"]
    handles += [
        Line2D([], [], color=_SPLINE, linewidth=1.2),
        Patch(facecolor="none", edgecolor="#c3cbd1", hatch="////", linewidth=0),
        Line2D([], [], color=style.MUTED, linewidth=0.7, linestyle=(0, (1, 2))),
    ]
    labels += ["spline", "no data", "deepest layer ends"]
    more, said = _scale_note(deepest)
    style.legend_below(figure, ([*handles, *more], [*labels, *said]), columns=3)


def _legend_of_groups(figure: style.Figure, together: Group | None, deepest: float) -> None:
    handles: list[Any] = [Line2D([], [], color=style.MINERAL, linewidth=1.8)]
    handles.append(Patch(color=_BAND, alpha=0.75, linewidth=0))
    labels = ["median", f"half of the profiles (n ≥ {LEAST_PROFILES})"]
    if together is not None:
        handles.append(Line2D([], [], color=_ALL, linewidth=1.0, linestyle=(0, (3, 1.5))))
        labels.append(f"median of all {together.profiles:,}")
    more, said = _scale_note(deepest)
    style.legend_below(figure, ([*handles, *more], [*labels, *said]), columns=2)
