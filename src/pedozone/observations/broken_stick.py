r"""A change point with depth: where the slope of a measured profile changes, how surely, and whether it does at all.

The profile is described by two straight lines that meet (broken-stick regression; Hinkley 1971,
doi:10.1093/biomet/58.3.525; Muggeo 2003, doi:10.1002/sim.1545),

.. math::
    y(z) = a + b z + c\,(z - \tau)_+ ,

each layer being the mean of that line over its depths. This form is taken because a boundary between two regimes shows
as a change of slope, it has one parameter with the meaning of a depth, and profiles of six to twenty layers bear no
more. For every :math:`\tau` the rest is linear, so that the residual sum of squares is found exactly on a fine scale
of depths.

* *Is there one?* The gain over a straight line is tested by its largest F over all :math:`\tau`. Where there is no
  change point, :math:`\tau` has no meaning and F no F distribution (Davies 1987, doi:10.1093/biomet/74.1.33); but it
  does not depend on a, b and the error either, so its distribution is drawn for the depths at hand.
* *How well is it known?* The interval holds the :math:`\tau` that a likelihood ratio does not refuse (profile
  likelihood, with F for the small number of layers).
* *Is it a corner?* Any curved profile has a best broken stick. It is set against a smooth approach to a constant,
  :math:`a + b e^{-z/\ell}`, by the Bayesian information criterion; unless that speaks for the broken stick (by 2 or
  more; Kass and Raftery 1995, doi:10.1080/01621459.1995.10476572) the status says ``smooth``, and the depth is that of
  its bend only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from scipy import stats

Status = Literal["one", "smooth", "none", "too few"]
STATUSES: tuple[Status, ...] = ("one", "smooth", "none", "too few")

LEAST_LAYERS = 6
"""Four parameters, and two layers more to judge by."""
LEVEL = 0.05
"""Of the test; the interval holds the rest."""

POSITIVE_EVIDENCE = 2.0
"""Difference of the information criterion from which on it speaks for one of two descriptions."""

_AT_EACH_END = 2  # layers whose middle lies above, and below, any change point
_DEPTHS = 200
_DRAWS = 999


@dataclass(frozen=True)
class ChangePoint:
    """What a profile tells of a change point.

    Attributes
    ----------
    status : {"one", "smooth", "none", "too few"}
        "smooth": the slope changes, but a smooth curve describes that as well.
    depth_cm, low_cm, high_cm : float
        The change point and the ends of its 95 % interval; NaN where there is none. An end that is the first or last
        depth which the layers allow is open.
    low_open, high_open : bool
    slope_above, slope_below : float
        Per cm.
    p_value : float
        Of a straight line.
    smooth_evidence : float
        Bayesian information criterion of the broken stick less that of the curve: above 0 the curve is better.
    layers : int
    """

    status: Status
    depth_cm: float = np.nan
    low_cm: float = np.nan
    high_cm: float = np.nan
    low_open: bool = False
    high_open: bool = False
    slope_above: float = np.nan
    slope_below: float = np.nan
    p_value: float = np.nan
    smooth_evidence: float = np.nan
    layers: int = 0


def change_point(
    top_cm: np.ndarray, bottom_cm: np.ndarray, value: np.ndarray, *, level: float = LEVEL, draws: int = _DRAWS
) -> ChangePoint:
    """The change point of a property with depth.

    Parameters
    ----------
    top_cm, bottom_cm : array [layers]
        In any order; layers without a value are left out.
    value : array [layers]
        Mean of each layer.
    level : float
        Of the test of a straight line, 0 to 1.
    draws : int
        Profiles drawn for it, always the same ones.

    Raises
    ------
    ValueError
        Layers without thickness, or a level or number of draws that cannot be.
    """
    top, bottom, y = (np.asarray(part, dtype=float) for part in (top_cm, bottom_cm, value))
    if not 0.0 < level < 1.0 or draws < 19:
        raise ValueError(f"level must lie between 0 and 1 and draws be 19 or more, not {level!r} and {draws!r}")
    known = np.isfinite(top) & np.isfinite(bottom) & np.isfinite(y)
    top, bottom, y = top[known], bottom[known], y[known]
    if np.any(bottom <= top):
        raise ValueError("layers need a bottom below their top")
    order = np.lexsort((bottom, top))
    top, bottom, y = top[order], bottom[order], y[order]
    count = len(y)
    middle = np.unique(0.5 * (top + bottom))
    if count < LEAST_LAYERS or len(middle) < LEAST_LAYERS:
        return ChangePoint("too few", layers=count)
    design = _design(top.tobytes(), bottom.tobytes(), draws)
    scale = float(np.ptp(y))
    if scale == 0.0:
        return ChangePoint("none", p_value=1.0, layers=count)
    y = (y - y.mean()) / scale
    line = _residual(design.line, y[:, None])[0]
    broken = np.maximum([_residual(basis, y[:, None])[0] for basis in design.broken], 0.0)
    best = int(np.argmin(broken))
    least = max(float(broken[best]), 1e-24 * count)  # exact data: rounding alone is left
    free = count - 4
    gain = (line - least) / (least / free)
    p_value = float((1 + np.sum(design.gains >= gain)) / (len(design.gains) + 1))
    if p_value > level:
        return ChangePoint("none", p_value=p_value, layers=count)
    within = np.flatnonzero(broken <= least * (1.0 + stats.f.ppf(1.0 - level, 1, free) / free) + 1e-12 * line)
    low, high = int(within[0]), int(within[-1])
    depth = _refined(design.depths, broken, best)
    above, change = np.linalg.lstsq(_stick(top, bottom, depth), y, rcond=None)[0][1:]
    curve = max(min(float(_residual(basis, y[:, None])[0]) for basis in design.curves), 1e-24 * count)
    evidence = count * np.log(least / curve) + np.log(count)  # one parameter more than the curve has
    return ChangePoint(
        "smooth" if evidence > -POSITIVE_EVIDENCE else "one",
        depth,
        min(float(design.depths[low]), depth),
        max(float(design.depths[high]), depth),
        low == 0,
        high == len(design.depths) - 1,
        float(above * scale),
        float((above + change) * scale),
        p_value,
        float(evidence),
        count,
    )


@dataclass(frozen=True)
class _Design:
    """All that depends on the layers' depths alone: orthonormal bases [layers, columns], and draws of the test."""

    depths: np.ndarray
    line: np.ndarray
    broken: np.ndarray
    curves: np.ndarray
    gains: np.ndarray


@lru_cache(maxsize=512)
def _design(tops: bytes, bottoms: bytes, draws: int) -> _Design:
    top, bottom = np.frombuffer(tops), np.frombuffer(bottoms)
    middle = np.unique(0.5 * (top + bottom))
    depths = np.linspace(middle[_AT_EACH_END - 1], middle[-_AT_EACH_END], _DEPTHS)
    line = np.linalg.qr(_stick(top, bottom, depths[0])[:, :2])[0]
    broken = np.linalg.qr(np.stack([_stick(top, bottom, depth) for depth in depths]))[0]
    lengths = np.geomspace(0.02 * bottom.max(), 3.0 * bottom.max(), 120)
    curves = np.linalg.qr(np.stack([_curve(top, bottom, length) for length in lengths]))[0]
    normal = np.random.default_rng(0).standard_normal((len(top), draws))
    straight, free = _residual(line, normal), len(top) - 4
    bent = np.min([_residual(basis, normal) for basis in broken], axis=0)
    return _Design(depths, line, broken, curves, (straight - bent) / (bent / free))


def _stick(top: np.ndarray, bottom: np.ndarray, depth: float) -> np.ndarray:
    """Means over layers of 1, z and (z - depth)+ [layers, 3]."""
    over, under = np.maximum(top - depth, 0.0), np.maximum(bottom - depth, 0.0)
    hinge = (under**2 - over**2) / (2.0 * (bottom - top))
    return np.stack([np.ones_like(top), 0.5 * (top + bottom), hinge], axis=1)


def _curve(top: np.ndarray, bottom: np.ndarray, length: float) -> np.ndarray:
    """Means over layers of 1 and exp(-z / length) [layers, 2]."""
    mean = length * (np.exp(-top / length) - np.exp(-bottom / length)) / (bottom - top)
    return np.stack([np.ones_like(top), mean], axis=1)


def _residual(basis: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Residual sums of squares [columns of values]."""
    return np.sum((values - basis @ (basis.T @ values)) ** 2, axis=0)


def _refined(depths: np.ndarray, residual: np.ndarray, best: int) -> float:
    """The lowest point of a parabola through the best depth and its neighbours."""
    if best in (0, len(depths) - 1):
        return float(depths[best])
    left, here, right = residual[best - 1 : best + 2]
    bend = left - 2.0 * here + right
    move = 0.5 * (left - right) / bend if bend > 0.0 else 0.0
    return float(depths[best] + np.clip(move, -1.0, 1.0) * (depths[1] - depths[0]))
