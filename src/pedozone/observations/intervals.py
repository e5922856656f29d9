"""Depth intervals: standard ones, those a person asks for, and what of them layers cover."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from pedozone.observations.errors import ObservationError
from pedozone.observations.mass_preserving import Ends, Spline, mass_preserving
from pedozone.observations.stacks import Stack

STANDARD_CM: tuple[tuple[float, float], ...] = ((0, 5), (5, 15), (15, 30), (30, 60), (60, 100), (100, 200))
"""The depths of GlobalSoilMap (Arrouays et al. 2014, doi:10.1016/B978-0-12-800137-0.00003-0)."""
ROUNDING = 1e-6
"""Share of an interval that rounding may leave uncovered."""

Intervals = Sequence[tuple[float, float]]


def _numbers(text: str, option: str) -> list[float]:
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        raise _wrong(text, option) from None
    if not all(np.isfinite(found)):
        raise _wrong(text, option)
    return found


def _wrong(text: object, option: str) -> ObservationError:
    return ObservationError(
        "<command>",
        option,
        text,
        "depths in cm, increasing, as 30,100,200 or intervals as 0-30,30-100",
        "Give each depth once, from the surface down.",
    )


def parse_intervals(text: str, *, nested: bool, option: str = "--depths") -> list[tuple[float, float]]:
    """Intervals as written on a command line.

    Parameters
    ----------
    text : str
        ``30,100,200`` or ``0-30,30-100``.
    nested : bool
        Whether single depths mean everything above them (as for stocks: 0-30, 0-100, 0-200) or limits of adjoining
        intervals (0-30, 30-100, 100-200; a leading 0 may be left out).

    Raises
    ------
    ObservationError
    """
    if "-" in text.strip().lstrip("-"):
        intervals = []
        for part in text.split(","):
            # A leading minus belongs to the number: -5-0 is the 5 cm above the mineral soil.
            head = part.strip()
            cut = head.find("-", 1)
            if cut < 0:
                raise _wrong(text, option)
            top, bottom = _numbers(head[:cut], option)[0], _numbers(head[cut + 1 :], option)[0]
            intervals.append((top, bottom))
    else:
        depths = _numbers(text, option)
        if nested:
            intervals = [(0.0, depth) for depth in depths]
        else:
            depths = depths if depths[0] <= 0 else [0.0, *depths]
            intervals = list(pairwise(depths))
    return checked_intervals(intervals, option=option)


def checked_intervals(intervals: Iterable[tuple[float, float]], option: str = "depths") -> list[tuple[float, float]]:
    """Intervals whose tops lie above their bottoms, none twice.

    Raises
    ------
    ObservationError
    """
    found = [(float(top), float(bottom)) for top, bottom in intervals]
    good = bool(found) and all(np.isfinite(pair).all() and pair[0] < pair[1] for pair in found)
    if not good or len(set(found)) < len(found):
        raise _wrong(found, option)
    return found


@dataclass(frozen=True)
class Contents:
    """What profiles hold in depth intervals.

    Attributes
    ----------
    mean : array [profiles, intervals]
        Over the part of the interval that the profile reaches and, of gaps, that is to count; NaN where there is none.
    covered : array [profiles, intervals]
        Share of the interval that layers cover.
    reached : array [profiles, intervals]
        Share of the interval between the top and the bottom of the profile: layers and the gaps between them.
    """

    mean: np.ndarray
    covered: np.ndarray
    reached: np.ndarray


def contents(
    stack: Stack,
    intervals: Intervals,
    *,
    method: str = "spline",
    lower: float = 0.0,
    upper: float = np.inf,
    ends: Ends = "sloping",
    spline: Spline | None = None,
) -> Contents:
    """Means over depth intervals.

    Parameters
    ----------
    stack : Stack
    intervals : sequence of (float, float)
        Top and bottom (cm).
    method : {"spline", "layers"}
        The mass-preserving spline, which also bridges gaps; or the mean of the layers weighted by the thickness that
        each has in the interval, which leaves gaps out.
    lower, ends
        Of the spline: see `mass_preserving`.
    upper : float
        What no mean over an interval may exceed where no layer does. A profile whose spline does has the one that is
        held below the limit instead, and where that falls below `lower` its layers as they are.
    spline : Spline, optional
        Splines through the stack, made before, in place of the mass-preserving ones.
    """
    edges = np.unique(np.asarray(intervals, dtype=float))
    upper_edge, lower_edge = (np.searchsorted(edges, [pair[k] for pair in intervals]) for k in (0, 1))
    thick = edges[lower_edge] - edges[upper_edge]
    covered = stack.covered(edges)
    covered = covered[:, lower_edge] - covered[:, upper_edge]
    reach = np.clip(edges, stack.nodes[:, :1], np.where(stack.last > 0, stack.bottom, stack.nodes[:, 0])[:, None])
    reach = reach[:, lower_edge] - reach[:, upper_edge]
    if spline is not None or method == "spline":
        curve = spline if spline is not None else mass_preserving(stack, lower=lower, ends=ends)
        total, over = curve.integral(edges), reach
    elif method == "layers":
        total, over = stack.layered(edges), covered
    else:
        raise ValueError(f"method {method!r}: allowed are 'spline' and 'layers'")
    some = over > ROUNDING * thick

    def means(total: np.ndarray, rows: np.ndarray | slice) -> np.ndarray:
        part = total[:, lower_edge] - total[:, upper_edge]
        return np.where(some[rows], part / np.where(some[rows], over[rows], 1.0), np.nan)

    mean = means(total, slice(None))
    if spline is None and method == "spline" and np.isfinite(upper):
        possible = np.where(stack.layer, stack.mean, -np.inf).max(axis=1, initial=-np.inf) <= upper
        high = np.flatnonzero((mean > upper + ROUNDING).any(axis=1) & possible)
        if high.size:
            part = stack.rows(high)
            below = replace(part, mean=upper - part.mean)
            mean[high] = upper - means(mass_preserving(below, ends=ends).integral(edges), high)
            low = high[(mean[high] < lower - ROUNDING).any(axis=1)]
            mean[low] = means(_bridged(stack.rows(low)).layered(edges), low)
        mean[possible] = np.minimum(mean[possible], upper)
    if spline is None and np.isfinite(lower):
        mean = np.maximum(mean, lower)  # a difference of sums may miss its limit by a rounding error
    return Contents(mean, covered / thick, reach / thick)


def _bridged(stack: Stack) -> Stack:
    """Profiles whose gaps hold the mean of the layers beside them."""
    mean = stack.mean.copy()
    for row, last in enumerate(stack.last):
        (known,) = np.nonzero(stack.layer[row])
        for k in np.flatnonzero(~stack.layer[row, :last]):
            mean[row, k] = (stack.mean[row, known[known < k][-1]] + stack.mean[row, known[known > k][0]]) / 2
    return replace(stack, mean=mean)


def verdicts(found: Contents, *, gaps: bool, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Which values may stand, and a word on each, [profiles, intervals].

    Parameters
    ----------
    found : Contents
    gaps : bool
        Whether what spans a gap counts as known.
    least : float
        Share of the interval that must be known; what is missing is taken to be like the rest.
    """
    known = found.reached if gaps else found.covered
    full = known >= 1 - ROUNDING
    bridged = full & (found.covered < 1 - ROUNDING)
    enough = known >= least - ROUNDING
    some = found.reached > ROUNDING
    ends = found.reached < 1 - ROUNDING
    words = np.select(
        [bridged, full, enough & some, ~some, ends],
        ["across a gap", "complete", "extended from part", "nothing there", "reaches only part"],
        "has a gap",
    )
    return full | (enough & some), words
