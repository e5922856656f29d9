"""The soil by year as variables of a run (one column): what land covers, lime and moved earth change of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pedozone.models.pedon import PH_SHIFT_DEPTH
from pedozone.simulation.years import Record

MOVED = {
    "clay_fraction_by_year": "clay",
    "silt_fraction_by_year": "silt",
    "sand_fraction_by_year": "sand",
    "coarse_fraction_by_year": "coarse",
}
"""Variables that only moved earth changes, with their field of the soil."""


def soil_by_year(record: Record, geometry: Mapping[str, np.ndarray]) -> dict[str, tuple[tuple[str, ...], Any]]:
    """The pH of every year, and texture and stones where they change.

    Parameters
    ----------
    record : Record
    geometry : mapping
        ``face`` [times, cells + 1], m.
    """
    dims = ("year", "layer")
    face = geometry["face"][1:]
    centre = 0.5 * (face[:, 1:] + face[:, :-1])
    shift = record.ph_shift[:, :1] * np.exp(-np.maximum(centre, 0.0) / PH_SHIFT_DEPTH)
    given = np.asarray(record.soils.ph)[1:, :, 0]
    found: dict[str, tuple[tuple[str, ...], Any]] = {"ph_by_year": (dims, given + shift)}
    for name, field in MOVED.items():
        values = np.asarray(getattr(record.soils, field))[..., 0]
        if np.any(values != values[0]):
            found[name] = (dims, values[1:])
    return found
