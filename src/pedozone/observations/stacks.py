"""Layers of many profiles side by side: sorted, without overlaps, gaps marked.

Every profile becomes a row of segments that follow each other. A segment is a layer, whose mean is known, or a gap, of
which nothing is known. Rows are padded at their ends with gaps, so that all computing is by whole arrays.

Organic and mineral soil meet in a step, not in a slope: `broken` cuts the rows where one gives way to the other.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from pedozone.observations.neighbours import TOLERANCE_CM, reach_above

_THINNEST_CM = 1e-6
_PAD_CM = 1.0


@dataclass(frozen=True)
class Stack:
    """Profiles as rows of segments.

    Parameters
    ----------
    nodes : array [profiles, segments + 1]
        Depths between the segments (cm), increasing.
    mean : array [profiles, segments]
        Mean of each layer; NaN in gaps.
    last : array of int [profiles]
        Where in `nodes` each profile ends; 0 for a profile without a layer.
    overlapping : array of bool [profiles]
        Layers of the profile overlapped; the shared parts have the mean of all that cover them.
    organic : array of bool [profiles, segments]
        Layers of organic material; a part that several layers share is organic where most of them are.
    """

    nodes: np.ndarray
    mean: np.ndarray
    last: np.ndarray
    overlapping: np.ndarray
    organic: np.ndarray

    def __len__(self) -> int:
        return len(self.nodes)

    @property
    def layer(self) -> np.ndarray:
        """Where the segments are layers, [profiles, segments]."""
        return np.isfinite(self.mean)

    @property
    def thickness(self) -> np.ndarray:
        """Of the segments (cm), [profiles, segments]."""
        return np.diff(self.nodes, axis=1)

    @property
    def top(self) -> np.ndarray:
        """Where the profiles begin (cm); NaN where there is no layer."""
        return np.where(self.last > 0, self.nodes[:, 0], np.nan)

    @property
    def bottom(self) -> np.ndarray:
        """Where the profiles end (cm); NaN where there is no layer."""
        end = np.take_along_axis(self.nodes, self.last[:, None], axis=1)[:, 0]
        return np.where(self.last > 0, end, np.nan)

    def rows(self, chosen: Any) -> Stack:
        """Some of the profiles."""
        return Stack(*(getattr(self, part.name)[chosen] for part in fields(self)))

    def narrowed(self) -> Stack:
        """Without the padding that no profile needs."""
        width = max(1, int(self.last.max(initial=0)))
        return replace(
            self, nodes=self.nodes[:, : width + 1], mean=self.mean[:, :width], organic=self.organic[:, :width]
        )

    def broken(self) -> Stack:
        """With a cut, a gap without thickness, wherever organic material gives way to mineral soil or takes over.

        Where a gap lies between the two the cut is at its middle: a convention, for nothing is known there.
        """
        layer = self.layer
        inside = np.arange(layer.shape[1]) < self.last[:, None]
        touching, apart = np.zeros((2, *layer.shape), dtype=bool)  # cut at the segment's top; in its middle
        touching[:, 1:] = layer[:, 1:] & layer[:, :-1] & (self.organic[:, 1:] != self.organic[:, :-1])
        apart[:, 1:-1] = inside[:, 1:-1] & ~layer[:, 1:-1] & (self.organic[:, 2:] != self.organic[:, :-2])
        if not (touching.any() or apart.any()):
            return self
        # New nodes are sorted in among the old by the place they are to have: a node's own number is its place.
        rows, count = self.nodes.shape
        middle = (self.nodes[:, :-1] + self.nodes[:, 1:]) / 2
        number = np.broadcast_to(np.arange(count, dtype=float), (rows, count))
        start = number[:, :-1]
        places = [
            number,
            np.where(touching, start + 0.25, np.inf),
            np.where(apart, start + 0.5, np.inf),
            np.where(apart, start + 0.75, np.inf),
        ]
        place = np.concatenate(places, axis=1)
        added = touching.sum(axis=1) + 2 * apart.sum(axis=1)
        order = np.argsort(place, axis=1, kind="stable")[:, : count + int(added.max())]
        place = np.take_along_axis(place, order, axis=1)
        nodes = np.take_along_axis(np.concatenate([self.nodes, self.nodes[:, :-1], middle, middle], axis=1), order, 1)
        beyond = np.isinf(place)
        nodes = np.where(beyond, self.nodes[:, -1:] + _PAD_CM * np.cumsum(beyond, axis=1), nodes)
        source = np.where(beyond, count - 1, np.floor(np.where(beyond, 0, place))).astype(np.intp)[:, :-1]
        real = (np.diff(nodes, axis=1) > 0) & (source < count - 1)
        source = np.minimum(source, count - 2)
        mean = np.where(real, np.take_along_axis(self.mean, source, axis=1), np.nan)
        organic = real & np.take_along_axis(self.organic, source, axis=1)
        return Stack(nodes, mean, self.last + added, self.overlapping, organic)

    def covered(self, edges: np.ndarray) -> np.ndarray:
        """Thickness that layers cover above depths (cm), [profiles, depths]."""
        known = np.where(self.layer, self.thickness, 0.0)
        return _below(self.nodes, known, known, edges)

    def layered(self, edges: np.ndarray) -> np.ndarray:
        """Integral over the layers above depths, each having its mean throughout, [profiles, depths]."""
        content = np.where(self.layer, self.thickness * np.where(self.layer, self.mean, 0.0), 0.0)
        return _below(self.nodes, content, content, edges)


def segment_at(nodes: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Which segment holds each depth, [profiles, depths]; the first and last also hold what is beyond them."""
    count = np.zeros((len(nodes), len(edges)), dtype=np.intp)
    for k in range(1, nodes.shape[1] - 1):  # inner nodes; a loop keeps the memory of one comparison
        count += nodes[:, k, None] <= edges
    return count


def _below(nodes: np.ndarray, whole: np.ndarray, slope: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Sum of what whole segments hold above depths, linear within a segment."""
    place = segment_at(nodes, edges)
    sums = np.concatenate([np.zeros((len(nodes), 1)), np.cumsum(whole, axis=1)], axis=1)
    upper = np.take_along_axis(nodes, place, axis=1)
    thick = np.take_along_axis(np.diff(nodes, axis=1), place, axis=1)
    share = np.clip((edges - upper) / thick, 0.0, 1.0)
    return np.take_along_axis(sums, place, axis=1) + share * np.take_along_axis(slope, place, axis=1)


def stacked(
    profile: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    value: np.ndarray,
    count: int,
    organic: np.ndarray | None = None,
) -> Stack:
    """Profiles from their layers.

    Parameters
    ----------
    profile : array of int [layers]
        Which profile each layer belongs to, from 0.
    top, bottom : array [layers]
        Depths (cm). Layers without both, or whose bottom is not below its top, are left out. Gaps and overlaps up to
        `TOLERANCE_CM` are closed by the lower layer.
    value : array [layers]
        Mean over the layer; a layer without one becomes part of a gap.
    count : int
        Number of profiles.
    organic : array of bool [layers], optional
        Layers of organic material; none where it is left out.
    """
    top, bottom, value = (np.asarray(part, dtype=float) for part in (top, bottom, value))
    with np.errstate(invalid="ignore"):
        known = np.isfinite(value) & np.isfinite(top) & np.isfinite(bottom) & (bottom - top > _THINNEST_CM)
    kind = np.zeros(len(value)) if organic is None else np.asarray(organic, dtype=float)
    owner = np.asarray(profile)[known]
    order = np.lexsort((bottom[known], top[known], owner))
    owner = owner[order]
    top, bottom, value, kind = (part[known][order] for part in (top, bottom, value, kind))
    same = np.zeros(len(owner), dtype=bool)
    same[1:] = owner[1:] == owner[:-1]

    above = reach_above(owner, top, bottom)
    # A sliver that the layers above hold wholly is cut out, too: nothing would be left of it.
    crossing = same & ((top < above - TOLERANCE_CM) | (bottom <= above + _THINNEST_CM))
    overlapping = np.zeros(count, dtype=bool)
    overlapping[owner[crossing]] = True
    if overlapping.any():
        mixed = overlapping[owner]
        parts = [(owner[~mixed], top[~mixed], bottom[~mixed], value[~mixed], kind[~mixed])]
        starts = np.flatnonzero(mixed & ~same)
        sizes = np.bincount(owner, minlength=count)
        for start in starts:
            one = slice(start, start + sizes[owner[start]])
            cut = _cut(top[one], bottom[one], value[one], kind[one])
            parts.append((np.full(len(cut[0]), owner[start]), *cut))
        owner, top, bottom, value, kind = (np.concatenate(part) for part in zip(*parts, strict=True))
        order = np.lexsort((top, owner))
        owner = owner[order]
        top, bottom, value, kind = (part[order] for part in (top, bottom, value, kind))
        same = np.zeros(len(owner), dtype=bool)
        same[1:] = owner[1:] == owner[:-1]

    above = np.roll(bottom, 1)
    gap = same & (top > above + TOLERANCE_CM)
    top = np.where(same & ~gap, above, top)  # what touches, but for rounding, shares its depth to the last bit
    # Place of each layer in its row: how many layers and gaps of the profile come before it.
    steps = np.cumsum(1 + gap.astype(np.intp))
    first = np.flatnonzero(~same)
    lengths = np.diff(np.append(first, len(owner)))
    place = steps - 1 - np.repeat(steps[first] - 1, lengths) if len(owner) else steps
    last = np.zeros(count, dtype=np.intp)
    np.maximum.at(last, owner, place + 1)

    width = max(1, int(last.max(initial=0)))
    nodes = np.full((count, width + 1), np.nan)
    mean = np.full((count, width), np.nan)
    nodes[owner, place] = top
    nodes[owner, place + 1] = bottom
    mean[owner, place] = value
    made_of = np.zeros((count, width), dtype=bool)
    made_of[owner, place] = kind > 0.5
    nodes[last == 0, 0] = 0.0
    for k in range(1, width + 1):
        missing = np.isnan(nodes[:, k])
        nodes[missing, k] = nodes[missing, k - 1] + _PAD_CM
    return Stack(nodes, mean, last, overlapping, made_of)


def _cut(
    top: np.ndarray, bottom: np.ndarray, value: np.ndarray, kind: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Overlapping layers of one profile cut at each other's limits; shared parts have the mean of what covers them.

    Replicates of one depth so become their average.
    """
    cuts = np.unique(np.concatenate([top, bottom]))
    cuts = cuts[np.append(True, np.diff(cuts) > _THINNEST_CM)]
    middle = (cuts[1:] + cuts[:-1]) / 2
    inside = (top[:, None] < middle) & (middle < bottom[:, None])
    weight = inside.sum(axis=0)
    kept = weight > 0
    mean, organic = ((inside * part[:, None]).sum(axis=0)[kept] / weight[kept] for part in (value, kind))
    upper, lower, members = cuts[:-1][kept], cuts[1:][kept], inside[:, kept]
    # Parts that the same layers cover, one below the other, are one layer.
    fresh = np.append(True, (members[:, 1:] != members[:, :-1]).any(axis=0) | (upper[1:] > lower[:-1]))
    ends = np.append(fresh[1:], True)
    return upper[fresh], lower[ends], mean[fresh], organic[fresh]
