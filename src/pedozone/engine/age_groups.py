"""Ages of the carbon of groups of compartments, such as a pool over all layers or a depth over all pools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.linalg
from scipy.interpolate import PchipInterpolator

from pedozone.engine.ages import CompartmentalSystem

QUARTILES = (0.25, 0.5, 0.75)
"""Shares of which quantiles are given."""

_FIRST = 2.0**-12
"""Earliest time looked at, yr: a tenth of a day."""

_PER_OCTAVE = 4
"""Times looked at in every doubling."""

_DOUBLINGS = 40
"""Most of them: to a hundred million years."""


@dataclass(frozen=True)
class AgeOf:
    """Carbon of a group and how old it is.

    Parameters
    ----------
    name : str
    stock : float
        kg C m-2 at steady state; of a transit time, the input (kg C m-2 yr-1).
    mean : float
        yr; NaN where nothing is held.
    quartiles : tuple of float
        Ages below which `QUARTILES` of it are, yr.
    """

    name: str
    stock: float
    mean: float
    quartiles: tuple[float, ...]


def ages_of_groups(system: CompartmentalSystem, groups: Mapping[str, np.ndarray]) -> tuple[AgeOf, list[AgeOf]]:
    """Transit time of a system, and the ages of groups of its compartments.

    What is left of carbon of every age follows from powers of ``exp(B t)``, each the square of one before; between
    the times looked at, four to a doubling, the share is monotone and smooth (Fritsch and Carlson 1980,
    doi:10.1137/0717021). Quantiles are good to about a thousandth.

    Parameters
    ----------
    system : CompartmentalSystem
        At steady state.
    groups : mapping of str to numpy.ndarray [size]
        Which compartments belong to a group, or the share of them that does.

    Returns
    -------
    tuple
        Of the transit time, and one `AgeOf` for each group.
    """
    weights = np.array([np.asarray(group, dtype=float) for group in groups.values()]).reshape(-1, system.inputs.size)
    held = weights @ system.steady_state
    entering = system.inputs.sum()
    # the oldest first: how much of today's carbon is older than a time, and of what enters is still there after it
    start = np.stack([system.steady_state, system.inputs / entering], axis=1)
    rows = np.concatenate([weights, np.ones((1, weights.shape[1]))])
    scale = np.concatenate([held, [1.0]])
    times, left = _survivors(system.matrix, start, rows, scale)
    moments = np.where(system.steady_state > 0.0, system.mean_ages, 0.0) * system.steady_state
    found = []
    for k, name in enumerate(groups):
        mean = float(weights[k] @ moments / held[k]) if held[k] > 0.0 else float("nan")
        found.append(AgeOf(name, float(held[k]), mean, _quantiles(times, left[:, k])))
    transit = AgeOf("transit time", float(entering), system.mean_transit_time, _quantiles(times, left[:, -1]))
    return transit, found


def by_pool(system: CompartmentalSystem) -> dict[str, np.ndarray]:
    """A group for each pool, and one for all of the carbon."""
    pools, cells = system.shape
    own = np.repeat(np.eye(pools), cells, axis=1)
    return {**dict(zip(system.names, own, strict=True)), "all": np.ones(pools * cells)}


def by_cell(system: CompartmentalSystem, shares: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Groups of cells with all of their pools; shares of the cells [cells]."""
    return {name: np.tile(np.asarray(share, dtype=float), system.shape[0]) for name, share in shares.items()}


def _survivors(
    matrix: np.ndarray, start: np.ndarray, rows: np.ndarray, scale: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Times, yr [times], and the share of each row's carbon that is older [times, rows]; the last row is the input."""
    steps = _FIRST * 2.0 ** (np.arange(_PER_OCTAVE) / _PER_OCTAVE)
    powers = [scipy.linalg.expm(matrix * step) for step in steps]
    some = np.where(scale > 0.0, scale, 1.0)
    times, left = [], []
    for _ in range(_DOUBLINGS):
        for k, power in enumerate(powers):
            now = power @ start
            shares = np.append(rows[:-1] @ now[:, 0], rows[-1] @ now[:, 1]) / some
            times.append(steps[k])
            left.append(shares)
        if np.all(left[-1][scale > 0.0] < 0.5 * (1.0 - QUARTILES[-1])):
            break
        steps, powers = 2.0 * steps, [power @ power for power in powers]
    return np.array(times), np.array(left)


def _quantiles(times: np.ndarray, left: np.ndarray) -> tuple[float, ...]:
    """Times by which shares are gone; 0 where they are gone before the first time looked at, NaN where never."""
    gone = np.maximum.accumulate(1.0 - left)
    course = PchipInterpolator(np.log(times), gone)
    found = []
    for share in QUARTILES:
        if not gone[-1] >= share:
            found.append(float("nan"))
        elif gone[0] >= share:
            found.append(0.0)
        else:
            after = int(np.searchsorted(gone, share))
            low, high = np.log(times[after - 1]), np.log(times[after])
            roots = np.linspace(low, high, 257)
            found.append(float(np.exp(np.interp(share, course(roots), roots))))
    return tuple(found)
