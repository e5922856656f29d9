"""How much of a change of carbon is due to the feedback of the boundary."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

LEAST_CHANGE = 0.01
"""Share of the initial stock below which a change is too small to be divided by."""


class Attribution(NamedTuple):
    """What the boundary's feedback did to a change of stock; arrays as given.

    Attributes
    ----------
    full, frozen : numpy.ndarray
        Change of stock since the start, with the feedback and without, kg C m-2.
    difference : numpy.ndarray
        Full less frozen, kg C m-2.
    share : numpy.ndarray
        Difference over the full change; NaN where that is under 1 % of the initial stock.
    """

    full: np.ndarray
    frozen: np.ndarray
    difference: np.ndarray
    share: np.ndarray


def attribution(full: np.ndarray, frozen: np.ndarray, least: float = LEAST_CHANGE) -> Attribution:
    """Compare a run with its frozen twin: ``(dS_full - dS_frozen) / dS_full``.

    Parameters
    ----------
    full, frozen : numpy.ndarray [times, ...]
        Stocks of both runs at the same times, kg C m-2; at the first time they are the same.
    least : float
        Share of the initial stock below which the change counts as none.

    Raises
    ------
    ValueError
        If shapes differ, or the runs do not start from the same stocks.
    """
    if full.shape != frozen.shape:
        raise ValueError(
            f"stocks of shape {full.shape} and {frozen.shape}: both runs need the same times and intervals"
        )
    first = np.asarray(full[0], dtype=float)
    # a column that shrinks below its nominal depth is cut at the least depth of the run, which may differ a little
    if not np.allclose(first, frozen[0], rtol=1e-3, atol=1e-9, equal_nan=True):
        raise ValueError("the two runs do not start from the same stocks: the frozen one has to follow the full one")
    change, other = full - first, frozen - frozen[0]
    difference = change - other
    small = np.abs(change) < least * np.abs(first)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(small | (change == 0.0), np.nan, difference / change)
    return Attribution(change, other, difference, share)
