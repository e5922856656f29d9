"""Whether the pools of a cell ring: oscillate many times before they come to rest.

Models with living microbes can swing though nothing drives them: microbes and what they feed on chase each other.
Where death and respiration are proportional to biomass they do so with hardly any damping (Wang et al. 2014,
doi:10.5194/bg-11-1817-2014); losses that grow faster than biomass damp it (Georgiou et al. 2017,
doi:10.1038/s41467-017-01116-z). The eigenvalues of the Jacobian of a cell's pools at its steady state say which it is.
Of a pair ``-a +- i w`` a disturbance leaves ``exp(-2 pi a / w)`` after each period ``2 pi / w``.

What is found is a property of the equations. A month's step can overshoot where the equations do not (the spin-up
then finds carbon that swings from year to year): this is not looked for here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LASTING = 0.25
"""Share of a disturbance left after a period above which a cell rings: the quarter-amplitude criterion of Ziegler and
Nichols (1942), Transactions of the ASME 64, 759-768 (a damping ratio of 0.22)."""

SHORTEST = 0.5
"""Periods (yr) below this are shorter than the seasons that drive the model, and are not looked at."""

SLOWEST = 1e-6
"""Angular frequency (yr-1) up to which an eigenvalue counts as real."""


@dataclass(frozen=True)
class Ringing:
    """The least damped oscillation of every column; arrays [batch].

    Parameters
    ----------
    lasting : numpy.ndarray
        Share of a disturbance that is left after one period: 0 where nothing oscillates, above 1 where it grows.
    period : numpy.ndarray
        yr; NaN where nothing oscillates.
    cell : numpy.ndarray
        Where; -1 where nothing oscillates.
    """

    lasting: np.ndarray
    period: np.ndarray
    cell: np.ndarray

    @property
    def rings(self) -> np.ndarray:
        """Whether a column rings, [batch]."""
        return self.lasting > LASTING


def least_damped(jacobian: np.ndarray, needy: np.ndarray | None = None) -> Ringing:
    """Look for oscillations in the cells of columns.

    Parameters
    ----------
    jacobian : numpy.ndarray [cells, pools (of), pools (by), batch]
        At the steady state, yr-1.
    needy : numpy.ndarray [cells, batch], optional
        Cells that matter; all unless given.

    Raises
    ------
    numpy.linalg.LinAlgError
        If a Jacobian is no number.
    """
    values = np.linalg.eigvals(np.moveaxis(jacobian, -1, 0))  # [batch, cells, pools]
    turning = values.imag > SLOWEST
    speed = np.where(turning, values.imag, 1.0)
    period = np.where(turning, 2.0 * np.pi / speed, np.nan)
    lasting = np.where(period >= SHORTEST, np.exp(np.clip(2.0 * np.pi * values.real / speed, -700.0, 700.0)), 0.0)
    if needy is not None:
        lasting = np.where(needy.T[..., None], lasting, 0.0)
    flat, columns = lasting.reshape(lasting.shape[0], -1), np.arange(lasting.shape[0])
    at = flat.argmax(axis=1)
    most = flat[columns, at]
    found = most > 0.0
    return Ringing(
        most,
        np.where(found, period.reshape(flat.shape)[columns, at], np.nan),
        np.where(found, at // values.shape[-1], -1),
    )
