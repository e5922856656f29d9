"""The depth above which 95 % of the roots lie, from roots measured by layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

LEAST_LAYERS = 3


@dataclass(frozen=True)
class RootDepth:
    """D95 of a root profile.

    Attributes
    ----------
    status : {"one", "deeper", "too few"}
        "deeper": below what was sampled, so that the depth is an extrapolation of the curve.
    beta : float
        Of the share 1 - beta^d above d cm (Gale and Grigal 1987, doi:10.1139/x87-131).
    depth_cm, low_cm, high_cm : float
        With the ends of a 95 % interval.
    layers : int
    """

    status: str
    beta: float = np.nan
    depth_cm: float = np.nan
    low_cm: float = np.nan
    high_cm: float = np.nan
    layers: int = 0


def root_depth(top_cm: np.ndarray, bottom_cm: np.ndarray, mass: np.ndarray, share: float = 0.95) -> RootDepth:
    """Fit ``1 - beta^d`` to a root profile and read where it passes a share.

    The curve is fitted, by least squares, to the shares of what was found above the bottom of each layer, of that above
    the deepest one: roots below it are not taken for none. The interval holds the depths whose sum of squares an F test
    does not refuse.

    Parameters
    ----------
    top_cm, bottom_cm : array [layers]
        From the surface down, without overlap.
    mass : array [layers]
        Roots of each layer, of any unit per area.
    share : float
        0 to 1.
    """
    top, bottom, root = (np.asarray(part, float) for part in (top_cm, bottom_cm, mass))
    good = np.isfinite(top) & np.isfinite(bottom) & np.isfinite(root) & (root >= 0.0) & (bottom > top) & (top >= 0.0)
    order = np.argsort(top[good])
    top, bottom, root = top[good][order], bottom[good][order], root[good][order]
    if len(root) < LEAST_LAYERS or root.sum() <= 0.0 or top[0] > 1.0:
        return RootDepth("too few", layers=len(root))
    above = np.cumsum(root) / root.sum()
    depths = np.geomspace(1.0, 2000.0, 4000)  # of D95
    beta = (1.0 - share) ** (1.0 / depths)
    curves = (1.0 - beta[:, None] ** bottom) / (1.0 - beta[:, None] ** bottom[-1])
    residual = np.sum((curves - above) ** 2, axis=1)
    best = int(np.argmin(residual))
    free = len(root) - 2  # the last share is 1 by its making
    within = np.flatnonzero(residual <= residual[best] * (1.0 + stats.f.ppf(0.95, 1, free) / free) + 1e-12)
    status = "one" if depths[best] <= bottom[-1] else "deeper"
    return RootDepth(
        status, float(beta[best]), float(depths[best]), float(depths[within[0]]), float(depths[within[-1]]), len(root)
    )
