"""The soil by year as variables of a run (one column): what land covers, lime and moved earth change of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.column.geometry import Soil
from pedozone.models.pedon import PH_SHIFT_DEPTH
from pedozone.processes.minerals import stable_capacity
from pedozone.simulation.setting import Setting
from pedozone.simulation.years import Record

MOVED = {
    "clay_fraction_by_year": "clay",
    "silt_fraction_by_year": "silt",
    "sand_fraction_by_year": "sand",
    "coarse_fraction_by_year": "coarse",
}
"""Variables that only moved earth changes, with their field of the soil."""


def side_by_side(soils: Soil) -> Soil:
    """Soils of several moments [times, cells, 1] as columns of a batch [cells, times]."""
    return jax.tree.map(lambda a: jnp.asarray(a[..., 0].T) if np.ndim(a) == 3 else a, soils)


def ph_at_moments(record: Record, face: np.ndarray) -> np.ndarray:
    """PH under the land cover at the moments of `Record.stocks` [years + 1, cells]; the start is under the first cover.

    Parameters
    ----------
    record : Record
    face : numpy.ndarray [years + 1, cells + 1]
        Depths of the faces, m.
    """
    centre = 0.5 * (face[:, 1:] + face[:, :-1])
    shift = np.concatenate([record.ph_shift[:1], record.ph_shift])[:, :1]
    return np.asarray(record.soils.ph)[..., 0] + shift * np.exp(-np.maximum(centre, 0.0) / PH_SHIFT_DEPTH)


def slow_capacity(setting: Setting, record: Record, face: np.ndarray) -> np.ndarray:
    """Capacity of the slow surfaces as the processes had it, kg C m-2 [years + 1, cells].

    That of the soil of the moment at the pH under its cover; parameters as for `ph_at_moments`.
    """
    ph = jnp.asarray(ph_at_moments(record, face).T)
    return np.asarray(stable_capacity(side_by_side(record.soils), setting.parameters, ph)).T


def soil_by_year(record: Record, geometry: Mapping[str, np.ndarray]) -> dict[str, tuple[tuple[str, ...], Any]]:
    """The pH of every year, and texture and stones where they change.

    Parameters
    ----------
    record : Record
    geometry : mapping
        ``face`` [times, cells + 1], m.
    """
    dims = ("year", "layer")
    found: dict[str, tuple[tuple[str, ...], Any]] = {"ph_by_year": (dims, ph_at_moments(record, geometry["face"])[1:])}
    for name, field in MOVED.items():
        values = np.asarray(getattr(record.soils, field))[..., 0]
        if np.any(values != values[0]):
            found[name] = (dims, values[1:])
    return found
