"""How stocks by soil group are drawn: a panel for each group, and a table in colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pedozone.report import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 2
_OTHERS = "#cfd6db"
_PALE = 0.4
_DARK = 0.5  # lightness below which white is read more easily
_NAMES = {
    "mean": ("Carbon stock by soil group", "stock of the interval (kg m⁻²)"),
    "density": ("Carbon density by soil group", "carbon per volume (kg m⁻³)"),
}
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)


class Cell(NamedTuple):
    """Stocks of a soil group in an interval.

    Attributes
    ----------
    n : int
        Profiles.
    mean : float
        kg m-2.
    variation : float
        Coefficient of variation, %; NaN of a single profile.
    density : float
        kg m-3.
    """

    n: int
    mean: float
    variation: float
    density: float


Cells = Mapping[tuple[str, float, float], Cell]
"""By soil group, upper and lower depth (cm)."""


def _steps(found: Cells, group: str, limits: Sequence[float], column: str) -> tuple[np.ndarray, np.ndarray]:
    """Value and number of profiles of every interval, NaN and 0 where there is none."""
    none = Cell(0, np.nan, np.nan, np.nan)
    here = [found.get((group, *pair), none) for pair in pairwise(limits)]
    return np.array([getattr(cell, column) for cell in here]), np.array([cell.n for cell in here])


def _staircase(ax: Axes, values: np.ndarray, limits: Sequence[float], **look: object) -> None:
    x, y = np.repeat(values, 2), np.repeat(np.asarray(limits, float), 2)[1:-1]
    ax.plot(x, y, solid_capstyle="butt", **look)  # type: ignore[arg-type]


def drawn_panels(found: Cells, groups: Sequence[str], limits: Sequence[float], column: str, few: int) -> Figure:
    """A panel for each group against all the others in grey.

    Parameters
    ----------
    found : Cells
    groups : sequence of str
    limits : sequence of float
        Of the intervals (cm).
    column : {"mean", "density"}
    few : int
        Intervals of fewer profiles are drawn pale.
    """
    title, label = _NAMES[column]
    columns = min(_COLUMNS, len(groups))
    rows = -(-len(groups) // columns)
    gap, panel, top, bottom = 0.34, 1.22, 0.56, 0.52
    height = top + bottom + rows * panel + (rows - 1) * gap
    figure, axes = style.new_figure(
        title, rows=rows, columns=columns, height=height, top=top, bottom=bottom, row_gap=gap, column_gap=0.18,
        left=0.62, sharex=True, sharey=True,
    )  # fmt: skip
    steps = {name: _steps(found, name, limits, column) for name in groups}
    every = np.concatenate([values[np.isfinite(values)] for values, _ in steps.values()])
    low, high = 0.75 * float(every.min()), 2.6 * float(every.max())  # room for the numbers on the right
    thin = limits[-1] / 9.0  # cm that a line of text takes
    for ax in axes.ravel()[len(groups) :]:
        ax.set_visible(False)
    for ax, name in zip(axes.ravel(), groups, strict=False):
        for other in groups:
            if other != name:
                _staircase(ax, steps[other][0], limits, color=_OTHERS, linewidth=0.9, zorder=2)
        values, numbers = steps[name]
        sure = np.where(numbers >= few, values, np.nan)
        _staircase(ax, values, limits, color=style.MINERAL, linewidth=2.0, alpha=_PALE, zorder=3)
        _staircase(ax, sure, limits, color=style.MINERAL, linewidth=2.0, zorder=4)
        for (upper, lower), n in zip(pairwise(limits), numbers, strict=True):
            if lower - upper >= thin * 0.85:
                ax.text(0.985, (upper + lower) / 2, f"{n:,}", transform=ax.get_yaxis_transform(), ha="right",
                        va="center", fontsize=6.5, color=style.MUTED, zorder=5)  # fmt: skip
        ax.set_title(name, pad=3)
        ax.set_xscale("log")
        ax.set_xlim(low, high)
        ticks = [tick for tick in _TICKS if low <= tick <= high]
        ax.set_xticks(
            ticks[:: 2 if len(ticks) > 5 else 1], [f"{tick:g}" for tick in ticks[:: 2 if len(ticks) > 5 else 1]]
        )
        ax.set_xticks([], minor=True)
        ax.set_ylim(limits[-1], 0)
        ax.set_yticks(limits)
    for ax in axes[:, 0]:
        ax.set_ylabel("depth (cm)")
    for place, ax in enumerate(axes.ravel()[: len(groups)]):
        if place + columns >= len(groups):
            ax.tick_params(axis="x", labelbottom=True)
    figure.text(0.5, 0.06 / height, f"{label}; n on the right", ha="center", va="bottom", fontsize=8.5)
    style.place_labels(figure)
    return figure


def drawn_table(found: Cells, groups: Sequence[str], depths: Sequence[float]) -> Figure:
    """Mean (coefficient of variation) and number by group and depth, shaded by carbon per volume."""
    from matplotlib.colors import LinearSegmentedColormap, LogNorm
    from matplotlib.patches import Rectangle

    row, left, top = 0.31, 0.98, 0.62
    height = top + 0.12 + row * len(groups)
    figure, axes = style.new_figure(
        "Carbon stock: mean, variation, number", height=height, left=left, right=0.08, top=top, bottom=0.12
    )
    ax = axes[0, 0]
    shades = LinearSegmentedColormap.from_list("carbon", ["#fbf7ef", "#e3cfa4", "#b5843c", "#6e4314", "#33200c"])
    shown = [found[name, 0.0, depth].density for name in groups for depth in depths if (name, 0.0, depth) in found]
    low, high = min(shown), max(shown)
    norm = LogNorm(low, max(high, 1.01 * low))
    for y, name in enumerate(groups):
        for x, depth in enumerate(depths):
            cell = found.get((name, 0.0, depth))
            if cell is None:
                ax.text(x + 0.5, y + 0.5, "–", ha="center", va="center", color=style.MUTED)
                continue
            shade = shades(float(norm(cell.density)))
            ax.add_patch(Rectangle((x, y), 1, 1, facecolor=shade, edgecolor="white", linewidth=1.0))
            ink = "white" if np.dot(shade[:3], (0.2126, 0.7152, 0.0722)) < _DARK else style.INK
            words = f"{cell.mean:.1f}" + (f" ({cell.variation:.0f} %)" if np.isfinite(cell.variation) else "")
            ax.text(x + 0.5, y + 0.34, words, ha="center", va="center", fontsize=7.5, color=ink)
            ax.text(x + 0.5, y + 0.74, f"n {cell.n:,}", ha="center", va="center", fontsize=6.5, color=ink)
    ax.set_xlim(0, len(depths))
    ax.set_ylim(len(groups), 0)
    ax.set_yticks(np.arange(len(groups)) + 0.5, list(groups))
    ax.xaxis.tick_top()
    ax.set_xticks(np.arange(len(depths)) + 0.5, [f"0–{depth:g} cm" for depth in depths])
    ax.tick_params(length=0)
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return figure
