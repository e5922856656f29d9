r"""The classic equal-area smoothing spline, for comparison.

Bishop et al. (1999, doi:10.1016/S0016-7061(99)00003-8): parabolas in the layers and straight lines in the gaps, joined
with one value and one slope and flat at both ends, that minimise

.. math:: \frac1n \sum_i (m_i - \bar f_i)^2 + \lambda \int f'^2

over the *n* layers of a profile. It gives up the means of the layers for smoothness, may fall below zero, and runs on
from organic to mineral soil.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pedozone.observations.mass_preserving import Spline, mass_preserving
from pedozone.observations.stacks import Stack

LAMBDA = 0.1
"""With depths in cm: what most work since Bishop et al. has used."""


@dataclass(frozen=True)
class Smoothed:
    """Smoothing splines.

    Attributes
    ----------
    spline : Spline
        Through the smoothed means.
    mass_error : array [profiles]
        Content of the spline over the layers, relative to the content of the layers, minus one; NaN where they hold
        nothing.
    largest_error : array [profiles]
        Largest difference of a layer's mean from the measured one, in the unit of the values.
    below_limit : array of bool [profiles]
        The spline falls below the limit that the values cannot be below.
    """

    spline: Spline
    mass_error: np.ndarray
    largest_error: np.ndarray
    below_limit: np.ndarray


def _stiffness(stack: Stack) -> np.ndarray:
    """Matrix K with the least integral of the squared slope = m K m for given layer means, [profiles, s, s].

    Gaps have no rows of their own.
    """
    rows, count = stack.mean.shape
    h, layer = stack.thickness, stack.layer
    bend = np.where(layer, 3.0, 0.0)
    nodes = np.zeros((rows, count + 1, count + 1))
    k = np.arange(count)
    nodes[:, k, k] += (2 + 2 * bend) / h
    nodes[:, k + 1, k + 1] += (2 + 2 * bend) / h
    nodes[:, k, k + 1] += (-2 + 2 * bend) / h
    nodes[:, k + 1, k] += (-2 + 2 * bend) / h
    pull = np.zeros((rows, count + 1, count))
    pull[:, k, k] = pull[:, k + 1, k] = np.where(layer, 12 / h, 0.0)
    empty = stack.last == 0
    nodes[empty] = np.eye(count + 1)
    inner = np.zeros((rows, count, count))
    inner[:, k, k] = np.where(layer, 12 / h, 0.0)
    return inner - np.swapaxes(pull, 1, 2) @ np.linalg.solve(nodes, pull) / 2


def smoothing(stack: Stack, smoothness: float = LAMBDA, lower: float = 0.0) -> Smoothed:
    """Smoothing splines through profiles.

    Parameters
    ----------
    stack : Stack
    smoothness : float
        Lambda, 0 or more, with depths in cm.
    lower : float
        A limit that the values cannot be below; the spline is not kept from it.

    Raises
    ------
    ValueError
        Lambda is negative.
    """
    if not smoothness >= 0:
        raise ValueError(f"lambda is {smoothness}: it must be 0 or more")
    count = stack.mean.shape[1]
    layer = stack.layer
    layers = np.maximum(layer.sum(axis=1), 1)
    matrix = np.eye(count) + (layers * smoothness)[:, None, None] * _stiffness(stack)
    measured = np.where(layer, stack.mean, 0.0)
    means = np.linalg.solve(matrix, measured[..., None])[..., 0]
    smooth = replace(stack, mean=np.where(layer, means, np.nan), organic=np.zeros_like(layer))
    spline = mass_preserving(smooth, lower=-np.inf, ends="flat")
    held = (measured * stack.thickness).sum(axis=1)
    kept = (np.where(layer, means, 0.0) * stack.thickness).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.where(held != 0, kept / held - 1, np.nan)
    off = np.abs(np.where(layer, means - measured, 0.0)).max(axis=1, initial=0.0)
    slack = 1e-9 * np.abs(measured).max(axis=1, initial=0.0)
    return Smoothed(spline, error, off, lowest(spline) < lower - slack)


def lowest(spline: Spline) -> np.ndarray:
    """Lowest value of unbounded splines, [profiles]."""
    stack = spline.stack
    a, b = spline.values[:, :-1], spline.values[:, 1:]
    inside = np.arange(a.shape[1]) < stack.last[:, None]
    away = np.where(stack.layer, stack.mean - (a + b) / 2, 0.0)
    bent = np.where(away < 0, 12 * away, -1.0)
    t = np.clip(0.5 + (b - a) / bent, 0, 1)
    turning = np.where(away < 0, a + (b - a) * t + 6 * away * t * (1 - t), a)
    least = np.minimum(np.minimum(a, b), turning)
    return np.where(inside, least, np.inf).min(axis=1)
