"""Errors of measurement and estimation carried to stocks, by drawing them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pedozone.observations.bulk_density import ORGANIC_PERCENT, ORGANIC_SCATTER, PROFILE_CORRELATION
from pedozone.observations.errors import ObservationError
from pedozone.observations.intervals import Intervals
from pedozone.observations.stacks import stacked
from pedozone.observations.stocks import Choices, Layers, carbon_density, interval_stocks

_AT_ONCE = 200_000  # layers


@dataclass(frozen=True)
class Errors:
    """Standard errors where a layer has none of its own, and how they go together.

    Parameters
    ----------
    soc_relative : float
        Of organic carbon, relative. The default is what dry combustion differs between laboratories (convention; see
        Goidts et al. 2009, doi:10.1111/j.1365-2389.2009.01157.x, for its part in the error of stocks).
    density_relative : float
        Of a measured bulk density, relative (convention).
    coarse_absolute : float
        Of coarse fragments, in per cent of the volume, where any are reported (convention: by eye, to about 5 %).
    correlation : float
        Between the errors of one quantity in the layers of a profile.
    """

    soc_relative: float = 0.05
    density_relative: float = 0.05
    coarse_absolute: float = 5.0
    correlation: float = PROFILE_CORRELATION

    def __post_init__(self) -> None:
        for name in ("soc_relative", "density_relative", "coarse_absolute"):
            if not getattr(self, name) >= 0:
                raise ObservationError("<command>", name, getattr(self, name), "0 or more", "Give a standard error.")
        if not 0 <= self.correlation <= 1:
            raise ObservationError("<command>", "correlation", self.correlation, "0 to 1", "Give a correlation.")


def _lognormal(mean: np.ndarray, sd: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Positive numbers of a mean and standard deviation, from standard normal ones."""
    some = (mean > 0) & np.isfinite(sd)
    ratio = np.where(some, np.where(some, sd, 0.0) / np.where(some, mean, 1.0), 0.0)
    width = np.sqrt(np.log1p(ratio**2))
    return np.where(some, np.where(some, mean, 0.0) * np.exp(width * normal - width**2 / 2), mean)


def _share(mean: np.ndarray, sd: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Numbers between 0 and 1 of a mean and, where there is room, a standard deviation: a logistic normal.

    Its median is moved so that the mean is kept to second order.
    """
    some = (mean > 0) & (mean < 1)
    middle = np.where(some, mean, 0.5)
    width = np.minimum(sd / (middle * (1 - middle)), 2.0)
    logit = np.log(middle / (1 - middle)) - width**2 / 2 * (1 - 2 * middle)
    return np.where(some, 1 / (1 + np.exp(-(logit + width * normal))), mean)


def stock_draws(
    layers: Layers, depths: Intervals, choices: Choices, errors: Errors, *, draws: int, seed: int
) -> np.ndarray:
    """Stocks with errors drawn, [draws, profiles, intervals] (kg m-2).

    Carbon and bulk density are drawn from log-normal distributions that keep the mean, coarse fragments from a
    logistic-normal one; the same seed gives the same draws. An estimated density of organic material is wrong by a
    factor (`bulk_density.ORGANIC_SCATTER`), as often above as below 1: there the median is kept. A stock that the
    source reports holds the errors of a measured content and a measured density.

    Parameters
    ----------
    layers : Layers
    depths : sequence of (float, float)
        cm.
    choices : Choices
    errors : Errors
    draws : int
        2 or more.
    seed : int
    """
    if draws < 2:
        raise ObservationError("<command>", "draws", draws, "2 or more", "Some hundreds give a steady interval.")
    rng = np.random.default_rng(seed)
    table = layers.table
    carbon, density, coarse = (
        table[name].to_numpy(float) for name in ("soc_percent", "bulk_density_g_cm3", "coarse_fragments_percent")
    )
    own = table["soc_percent_sd"].to_numpy(float)
    carbon_sd = np.where(np.isnan(own), errors.soc_relative * carbon, own)
    own = table["bulk_density_g_cm3_sd"].to_numpy(float)
    density_sd = np.where(np.isnan(own), errors.density_relative * density, own)
    by_factor = table["density_estimated"].to_numpy(bool) & (carbon >= ORGANIC_PERCENT)
    coarse_sd = np.full(len(table), errors.coarse_absolute / 100)
    kept = table["stock_reported"].to_numpy(bool)
    reported_sd = np.hypot(errors.soc_relative, errors.density_relative) * layers.carbon
    organic = table["organic"].to_numpy(bool)
    profiles, count = len(layers.names), len(table)
    parts = []
    left = draws
    while left:
        # Every draw as a profile of its own: as many at once as memory easily holds.
        now = min(left, max(1, _AT_ONCE // max(count, 1)))
        left -= now
        normal = rng.standard_normal((now, 3, profiles + 1 + count))
        shared, own = normal[..., : profiles + 1][..., layers.owner], normal[..., profiles + 1 :]
        z = np.sqrt(errors.correlation) * shared + np.sqrt(1 - errors.correlation) * own
        fragments = 100 * _share(coarse / 100, coarse_sd, z[:, 2])
        weight = np.where(
            by_factor, density * np.exp(ORGANIC_SCATTER * z[:, 1]), _lognormal(density, density_sd, z[:, 1])
        )
        value = carbon_density(_lognormal(carbon, carbon_sd, z[:, 0]), weight, fragments)
        value = np.where(kept, _lognormal(layers.carbon, reported_sd, (z[:, 0] + z[:, 1]) / np.sqrt(2)), value)
        here = layers.owner >= 0
        owner = (layers.owner[here] + profiles * np.arange(now)[:, None]).ravel()
        top, bottom, material = (np.tile(part[here], now) for part in (layers.top, layers.bottom, organic))
        stack = stacked(owner, top, bottom, value[:, here].ravel(), profiles * now, material)
        parts.append(interval_stocks(stack, depths, choices)[0].reshape(now, profiles, len(depths)))
    return np.concatenate(parts)
