"""One calm look for every figure: sizes, colours, axes.

Figures are narrow (about 10 cm) on purpose: on a phone they fill the screen with text that can
still be read, on a wide screen and on paper two stand side by side.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.ticker import MaxNLocator

WIDTH = 4.1  # inches
LEGEND_ROW = 0.185  # inches
INK = "#1f2933"
MUTED = "#5b6770"
GRID = "#e3e7ea"
MEASURED = "#111111"

# Role families: lightness differs within a family, hue and lightness between families. Found by
# search: any two shades of the core set differ by 17 or more (of the whole set by 15; CIE76) in full colour vision and
# under simulated protan, deutan and tritan deficiency (Machado et al. 2009), neighbours by 24.
ROLE_SHADES: dict[str, tuple[str, ...]] = {
    "fresh": ("#d1eb86", "#619949", "#4fcf88"),
    "occluded": ("#e1a62d", "#733407"),
    "dissolved": ("#9df2eb", "#0e7c74"),
    "living": ("#ae365f",),
    "residue": ("#e076ab",),
    "mineral": ("#adcff7", "#5890d9", "#274385", "#7d47ed"),
    "inert": ("#333030",),
}
ROLE_ORDER = tuple(ROLE_SHADES)
OTHER_SHADES = ("#9aa5ae", "#737d85", "#c9d0d5", "#525a61")

SOURCE_COLOURS = {
    "leaf": "#9cc65a",
    "root": "#8a4a12",
    "exudate": "#2f8fc0",
    "initial": "#c4cbd0",
}
VEGETATION = "#4d8b31"
MINERAL = "#2d4f85"
ZONE_COLOURS = {"vegetation": VEGETATION, "mineral": MINERAL}
ALERT = "#b3361d"
# From the mineral zone (w = 0) through the boundary (w = 1/2, white) to the vegetation zone.
ZONE_MAP = LinearSegmentedColormap.from_list("zones", ["#a9bfdc", "#ffffff", "#a8cf8a"])
# Any of the last six differs from all others by 20 or more, measured as the shades above; of the first six, orange and
# ochre are told apart by their dashes.
LINES = (
    *("#1f2933", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b5791a"),
    *("#b3c36d", "#f2005b", "#0014bc", "#f226d5", "#49175b", "#4e511b"),
)
DASHES = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)), (0, (3, 1)), (0, (8, 3)))

# Where the depth axis of a deep column changes scale, and by how much.
_BREAK_CM = 100
_SHRINK = 0.25
_STRETCHED_FROM_CM = 140.0

# Advance of a digit of a tick label, points.
_LETTER = 5.2

SETTINGS = {
    "font.family": ["DejaVu Sans"],
    "font.size": 8.5,
    "axes.titlesize": 8.5,
    "axes.titleweight": "normal",
    "axes.titlelocation": "left",
    "axes.titlepad": 5.0,
    # Given, so that matplotlib does not measure everything to find it.
    "axes.titley": 1.0,
    "axes.labelsize": 8.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#9aa5ae",
    "axes.linewidth": 0.7,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.color": "#9aa5ae",
    "ytick.color": "#9aa5ae",
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "legend.handlelength": 1.8,
    "legend.handletextpad": 0.5,
    "legend.columnspacing": 1.2,
    "legend.labelspacing": 0.35,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "figure.dpi": 100,
    "savefig.dpi": 200,
    # Names come from users' files: a dollar sign in one is not mathematics.
    "text.parse_math": False,
    # Text stays text: sharp, searchable, small, and read aloud.
    "svg.fonttype": "none",
    "svg.hashsalt": "pedozone",
    "path.simplify": True,
}


class Figure(MatplotlibFigure):
    """A matplotlib figure that shows itself in notebooks without pyplot."""

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        FigureCanvasAgg(self).print_png(stream)
        return stream.getvalue()


@contextmanager
def styled() -> Iterator[None]:
    """Make and save figures in this look, whatever the caller's own settings are."""
    with matplotlib.rc_context(cast("Any", SETTINGS)):
        yield


def new_figure(
    title: str,
    *,
    rows: int = 1,
    columns: int = 1,
    height: float = 3.0,
    heights: Sequence[float] | None = None,
    left: float = 0.62,
    right: float = 0.14,
    top: float = 0.38,
    bottom: float = 0.28,
    legend_rows: int = 0,
    row_gap: float = 0.34,
    column_gap: float = 0.3,
    sharex: bool = False,
    sharey: bool = False,
) -> tuple[Figure, np.ndarray]:
    """Make a figure with fixed margins in inches, and its axes as an array (rows, columns).

    Fixed margins keep layouts the same from run to run and cost no trial drawing.
    """
    bottom = bottom + LEGEND_ROW * legend_rows + (0.06 if legend_rows else 0.0)
    figure = Figure(figsize=(WIDTH, height))
    ratios = list(heights) if heights is not None else [1.0] * rows
    panel_height = (height - top - bottom - row_gap * (rows - 1)) / rows
    panel_width = (WIDTH - left - right - column_gap * (columns - 1)) / columns
    axes = figure.subplots(
        rows,
        columns,
        squeeze=False,
        sharex=sharex,
        sharey=sharey,
        gridspec_kw={"height_ratios": ratios},
    )
    # Set on the figure, not on the grid, so that `place_labels` can move the left margin.
    figure.subplots_adjust(
        left=left / WIDTH,
        right=1 - right / WIDTH,
        bottom=bottom / height,
        top=1 - top / height,
        hspace=row_gap / panel_height,
        wspace=column_gap / panel_width,
    )
    figure.text(0.06 / WIDTH, 1 - 0.07 / height, title, fontsize=9.5, fontweight="bold", va="top")
    return figure, axes


def upper_and_lower(title: str, legend_rows: int) -> tuple[Figure, Any, Any]:
    """Make a figure of two panels that share the years, the upper one taller: figure, upper and lower axes."""
    figure, axes = new_figure(
        title, rows=2, height=4.2, heights=(1.7, 1), top=0.52, row_gap=0.34, sharex=True, legend_rows=legend_rows
    )
    return figure, axes[0, 0], axes[1, 0]


def legend_below(figure: MatplotlibFigure, entries: tuple[Sequence[Any], Sequence[Any]], columns: int) -> None:
    """Put one legend under the axes, in the margin that `legend_rows` reserved.

    `entries` are handles and labels, as `Axes.get_legend_handles_labels` gives them.
    """
    handles, labels = entries
    height = figure.get_size_inches()[1]
    figure.legend(
        list(handles),
        list(labels),
        loc="lower left",
        ncols=columns,
        bbox_to_anchor=(0.02, 0.03 / height),
        borderaxespad=0.1,
    )


def depth_axis(ax: Axes, deepest_cm: float, shallowest_cm: float = 0.0, label: bool = True):
    """Make the y axis a depth, in cm and downward.

    Most of what changes does so in the upper metre: below it a deep column is drawn at a smaller
    scale, and a line and the axis label say so.
    """
    name = "depth (cm)"
    if deepest_cm > _STRETCHED_FROM_CM:
        ax.set_yscale("function", functions=(_shrink_below, _restore_below))
        ax.axhline(_BREAK_CM, color=MUTED, linewidth=0.7, linestyle=(0, (4, 3)), zorder=1.5)
        step = 100 if deepest_cm <= 400 else 200
        ticks = [*range(0, 101, 20), *range(_BREAK_CM + step, int(deepest_cm) + 1, step)]
        above = range(-20, int(shallowest_cm) - 1, -20)
        ax.set_yticks([*reversed(above), *ticks])
        name = "depth (cm); smaller scale below 100 cm"
    else:
        ax.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]))
    ax.set_ylim(deepest_cm, shallowest_cm)
    if label:
        ax.set_ylabel(name)


def _shrink_below(depth):
    return np.where(depth > _BREAK_CM, _BREAK_CM + _SHRINK * (depth - _BREAK_CM), depth)


def _restore_below(drawn):
    return np.where(drawn > _BREAK_CM, _BREAK_CM + (drawn - _BREAK_CM) / _SHRINK, drawn)


def year_axis(ax: Axes, first: float, last: float, label: bool = False):
    """Make the x axis a span of calendar years."""
    if last <= first:
        first, last = first - 0.5, last + 0.5
    ax.set_xlim(first, last)
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(lambda value, _position: f"{value:.0f}")
    if label:
        ax.set_xlabel("year")


def place_labels(figure: MatplotlibFigure) -> None:
    """Put the labels of y axes left of the tick labels, in line, and widen the margin for them.

    Reckoned from the number of letters: cheaper than matplotlib's trial drawing, and it allows for
    wider fonts than the one at hand, since the reader's device draws the text.
    """
    outer = [ax for ax in figure.axes if (place := ax.get_subplotspec()) is not None and place.is_first_col()]
    letters = max((_longest_tick_label(ax) for ax in outer), default=0)
    lines = max((ax.get_ylabel().count("\n") + 1 for ax in outer if ax.get_ylabel()), default=0)
    ticks = 11.0 + _LETTER * letters
    left = (ticks + 12.0 * lines) / 72 / WIDTH
    if left > figure.subplotpars.left:
        figure.subplots_adjust(left=left)
    for ax in outer:
        width = ax.get_position().width * WIDTH * 72
        ax.yaxis.set_label_coords(-ticks / width, 0.5)


def _longest_tick_label(ax: Axes) -> int:
    low, high = sorted(ax.get_ylim())
    ticks = [tick for tick in ax.yaxis.get_majorticklocs() if low <= tick <= high]
    return max((len(text) for text in ax.yaxis.get_major_formatter().format_ticks(ticks)), default=0)


def marker_for(count: int) -> str:
    """Give a marker where a line of so few points could not be seen."""
    return "o" if count < 3 else ""


def pool_colours(names: Sequence[str], roles: Sequence[str]) -> dict[str, str]:
    """Give every pool a shade of its role's family; pools of unknown role are grey."""
    taken: dict[str, int] = {}
    colours = {}
    for name, role in zip(names, roles, strict=True):
        shades = ROLE_SHADES.get(role, OTHER_SHADES)
        place = taken.get(role, 0)
        taken[role] = place + 1
        colours[name] = shades[place % len(shades)]
    return colours
