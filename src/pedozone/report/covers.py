"""A strip over a time axis that shows the land cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.patches import Rectangle
from matplotlib.transforms import blended_transform_factory

from pedozone.report import style
from pedozone.report.data import cover_marks, cover_periods, cover_words
from pedozone.report.events import condition_years, event_years

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

_TINTS = ("#dfe9d3", "#efe3cd", "#d9e3ee", "#e9dbe6", "#e4e4e4")
# Mean advance of a letter as a share of the type size; wide on purpose, so that a label that is
# drawn fits whatever font the reader's device puts in its place.
_ADVANCE = 0.62
_TYPE_SIZE = 7.5
_BAR_HEIGHT = 11.0  # points
_GAP = 2.0
_MOST_LINES = 4
_EVENT_SIZE = 3.5  # points


def cover_strip(ax: Axes, ds: xr.Dataset) -> None:
    """Draw land covers as labelled bars just above `ax`, and a thin line at each of few changes.

    A bar too short for its name has the mark that the table of land covers gives it. Small triangles below the bars
    are events, hollow where they changed conditions alone.
    """
    periods = cover_periods(ds)
    if not periods:
        return
    points = 72 / ax.figure.dpi
    axes_width, axes_height = ax.bbox.width * points, ax.bbox.height * points
    low, high = ax.get_xlim()
    marks = cover_marks(ds)
    tint = {cover: _TINTS[place % len(_TINTS)] for place, cover in enumerate(marks)}
    bottom, height = 1 + _GAP / axes_height, _BAR_HEIGHT / axes_height
    where = blended_transform_factory(ax.transData, ax.transAxes)
    for period in periods:
        first, last = max(period.first, low), min(period.last + 1, high)
        if last <= first:
            continue
        ax.add_patch(
            Rectangle(
                (first, bottom),
                last - first,
                height,
                transform=where,
                facecolor=tint[period.cover],
                edgecolor="white",
                linewidth=0.8,
                clip_on=False,
            )
        )
        room = (last - first) / (high - low) * axes_width
        for label in (cover_words(period.cover), marks[period.cover]):
            if len(label) * _ADVANCE * _TYPE_SIZE + 3 <= room:
                ax.text(
                    (first + last) / 2,
                    bottom + height / 2,
                    label,
                    transform=where,
                    ha="center",
                    va="center_baseline",
                    fontsize=_TYPE_SIZE,
                )
                break
        if low < period.first < high and len(periods) <= _MOST_LINES + 1:
            ax.axvline(period.first, color=style.MUTED, linewidth=0.6, linestyle=(0, (2, 2)))
    inside = 1 - 0.5 * _EVENT_SIZE / axes_height
    for years, fill in ((event_years(ds), style.INK), (condition_years(ds), "white")):
        marked = years[(years >= low) & (years <= high)]
        if marked.size:
            ax.plot(
                marked,
                [inside] * marked.size,
                transform=where,
                linestyle="none",
                marker="v",
                markersize=_EVENT_SIZE,
                markerfacecolor=fill,
                markeredgecolor=style.INK,
                markeredgewidth=0 if fill == style.INK else 0.5,
            )
