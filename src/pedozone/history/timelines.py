"""The time lines of several sites, side by side as the columns of one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from pedozone.column.geometry import Soil
from pedozone.history.timeline import Plan, Timeline


@dataclass(frozen=True)
class Plans:
    """What a year brings to every column.

    Parameters
    ----------
    year : int
    each : tuple of Plan
        One per column; what they hold has a batch of one.
    forcing : NamedTuple
        Those of all columns, side by side.
    """

    year: int
    each: tuple[Plan, ...]
    forcing: Any

    @property
    def cover(self) -> tuple[str, ...]:
        """Land cover of every column."""
        return tuple(plan.cover for plan in self.each)

    def soil(self, soil: Soil, face: np.ndarray) -> Soil:
        """The soil as it is in this year alone; `face` [cells + 1, batch], m."""
        altered = soil
        for k, plan in enumerate(self.each):
            if not plan.alterations:
                continue
            own = taken(soil, [k])
            now = plan.soil(own, face[:, [k]])
            if now is not own:
                altered = put(altered, now, k)
        return altered


@dataclass(frozen=True)
class Timelines:
    """Time lines that begin in the same year, a column each.

    Parameters
    ----------
    each : sequence of Timeline
        With forcings for a batch of one.
    """

    each: Sequence[Timeline]
    _joined: dict[tuple[int, ...], tuple[Any, Any]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def first(self) -> Any:
        """The forcing of a spin-up, all columns side by side."""
        return self._join([timeline.first for timeline in self.each])

    def year(self, year: int) -> Plans:
        """The plans of one year."""
        each = tuple(timeline.year(year) for timeline in self.each)
        return Plans(year, each, self._join([plan.forcing for plan in each]))

    def _join(self, parts: list[Any]) -> Any:
        """Forcings side by side; the last ones are kept, since most years repeat them."""
        key = tuple(id(part) for part in parts)
        if key not in self._joined:
            self._joined.clear()
            # the parts are kept with what was made of them, so that their ids stay theirs
            self._joined[key] = (parts, joined(parts))
        return self._joined[key][1]


def joined(parts: Sequence[Any]) -> Any:
    """Trees of arrays [..., 1] as one tree [..., batch]."""
    return jax.tree.map(lambda *arrays: np.concatenate([np.asarray(a) for a in arrays], axis=-1), *parts)


def taken(tree: Any, which: Sequence[int] | np.ndarray) -> Any:
    """Some columns of a tree of arrays [..., batch]."""
    index = np.asarray(which)
    return jax.tree.map(lambda a: np.asarray(a)[..., index], tree)


def put(tree: Any, column: Any, k: int) -> Any:
    """A tree of arrays [..., batch] with one column [..., 1] in the place of another."""

    def with_column(whole: Any, part: Any) -> np.ndarray:
        own = np.array(whole)
        own[..., k] = np.asarray(part)[..., 0]
        return own

    return jax.tree.map(with_column, tree, column)
