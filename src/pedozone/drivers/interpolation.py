"""Finer drivers than they are given, for models that follow them within a period."""

from __future__ import annotations

import numpy as np

__all__ = ["between_periods"]


def between_periods(values, parts: int) -> np.ndarray:
    """Divide the periods of a repeated year, linear from each given value to the next.

    A step of second order wants its driver at its middle: with ``parts`` steps in each period these are the values
    there.

    Parameters
    ----------
    values : array_like [periods, ...]
        At the start of each period; the last is followed by the first.
    parts : int
        Steps in a period.

    Returns
    -------
    ndarray [periods * parts, ...]

    Raises
    ------
    ValueError
        If there is less than one part or no period.
    """
    given = np.asarray(values, dtype=float)
    if parts < 1 or given.ndim == 0 or given.shape[0] == 0:
        raise ValueError(f"at least one period and one part are needed, not {given.shape} and {parts}")
    share = ((np.arange(parts) + 0.5) / parts).reshape(1, parts, *(1,) * (given.ndim - 1))
    now, following = given[:, None], np.roll(given, -1, axis=0)[:, None]
    return (now * (1.0 - share) + following * share).reshape(-1, *given.shape[1:])
