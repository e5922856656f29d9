"""From a criterion's signal to a boundary: its depth, width and status for every year."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np

from pedozone.zones.context import Years
from pedozone.zones.criterion import Signal


class BoundaryStatus(enum.StrEnum):
    """What the crossings of a year amount to."""

    ONE = "one"
    MANY = "many"
    ALL_VEGETATION = "all_vegetation"
    NO_VEGETATION = "no_vegetation"
    NOT_DEFINED = "not_defined"


@dataclass(frozen=True)
class Boundary:
    """The boundary of every year.

    Parameters
    ----------
    mass : numpy.ndarray [years]
        Mineral mass above it, kg m-2; inside peat minus the number of organic slots, and the fraction, below it.
    depth, width : numpy.ndarray [years]
        m below the mineral surface (negative inside peat); the width is NaN where membership does not span a quarter
        to three quarters.
    upper, lower : numpy.ndarray [years]
        Depths at which membership is three quarters and one quarter, m, NaN where it never is.
    status : tuple of BoundaryStatus
    """

    mass: np.ndarray
    depth: np.ndarray
    width: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    status: tuple[BoundaryStatus, ...]


def _down_crossings(mass: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Masses at which g falls from above 0 to 0 or below, linear between points."""
    at = np.flatnonzero((g[:-1] > 0.0) & (g[1:] <= 0.0))
    return mass[at] + g[at] / (g[at] - g[at + 1]) * (mass[at + 1] - mass[at])


def _nearest(mass: np.ndarray, g: np.ndarray, level: float, around: float) -> float:
    """Mass at which g falls through `level`, the crossing nearest to `around`; NaN if there is none."""
    found = _down_crossings(mass, g - level)
    return float(found[np.argmin(np.abs(found - around))]) if found.size else np.nan


def locate(years: Years, signal: Signal | None) -> Boundary:
    """Find the boundary: the deepest crossing from vegetation to mineral zone, linear in cumulative mineral mass.

    Without a crossing the status says which zone is all there is; a base that lies in the vegetation zone below a
    crossing, or several crossings, are ``many``.
    """
    count = years.respiration.shape[1]
    if signal is None:
        empty = np.full(count, np.nan)
        return Boundary(empty, empty, empty, empty, empty, (BoundaryStatus.NOT_DEFINED,) * count)
    surface, base = float(years.position_at_face[0]), float(years.position_at_face[-1])
    mass = np.full(count, np.nan)
    upper, lower = np.full(count, np.nan), np.full(count, np.nan)
    status: list[BoundaryStatus] = []
    for k in range(count):
        g = signal.value[:, k]
        if not np.all(np.isfinite(g)):
            status.append(BoundaryStatus.NOT_DEFINED)
            continue
        crossings = _down_crossings(signal.mass, g)
        if crossings.size:
            mass[k] = crossings[-1]
            only = crossings.size == 1 and g[0] > 0.0 and not g[-1] > 0.0
            status.append(BoundaryStatus.ONE if only else BoundaryStatus.MANY)
        elif not np.any(g > 0.0):
            mass[k] = surface
            status.append(BoundaryStatus.NO_VEGETATION)
        else:
            mass[k] = base
            status.append(BoundaryStatus.ALL_VEGETATION if np.all(g > 0.0) else BoundaryStatus.MANY)
        if signal.spread is not None and crossings.size:
            upper[k] = _nearest(signal.mass, g, signal.spread, mass[k])
            lower[k] = _nearest(signal.mass, g, -signal.spread, mass[k])

    top, bottom = depth_of(years, upper), depth_of(years, lower)
    return Boundary(mass, depth_of(years, mass), bottom - top, top, bottom, tuple(status))


def depth_of(years: Years, mass: np.ndarray, face: np.ndarray | None = None) -> np.ndarray:
    """Depth of a place in the coordinate of the profile, m below the mineral surface; NaN where the place is.

    Parameters
    ----------
    mass : numpy.ndarray [years]
    face : numpy.ndarray [cells + 1, years], optional
        Depths of the faces at another moment than the years' ends.
    """
    faces = (years.face if face is None else face)[years.first :]
    at = years.position_at_face
    found = [np.interp(m, at, faces[:, k]) if np.isfinite(m) else np.nan for k, m in enumerate(mass)]
    return np.array(found, dtype=float)


def share_above(years: Years, mass: np.ndarray) -> np.ndarray:
    """Share of every cell that lies in the vegetation zone, organic slots above the profile wholly. [cells, years]."""
    at = years.position_at_face
    share = np.clip((mass[None] - at[:-1, None]) / (at[1:] - at[:-1])[:, None], 0.0, 1.0)
    return np.concatenate([np.ones((years.first, mass.size)), share])
