"""A water table: saturated below, a capillary fringe above, percolation that leaves sideways below it."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.physics.pedotransfer import FIELD_CAPACITY_KPA, Retention
from pedozone.physics.water import WaterYear

__all__ = ["NO_WATER_TABLE", "Groundwater", "saturated_share", "seasonal_water_table", "with_water_table"]

Array = jax.Array

NO_WATER_TABLE = 1e3
"""Depth, m, that stands for no water table."""
KPA_PER_M = 9.80665


class Groundwater(NamedTuple):
    """A water year with a water table in it.

    Attributes
    ----------
    water : WaterYear
        Water content and face fluxes with the table; evapotranspiration and storage are the bucket's.
    lateral : Array [12, cells, batch]
        Water leaving each cell sideways, m yr-1, >= 0: what it carries is lost to the column.
    supply : Array [12, cells, batch]
        Groundwater that makes good what roots take below the table, m yr-1, >= 0; it brings no carbon.
    """

    water: WaterYear
    lateral: Array
    supply: Array


def seasonal_water_table(
    mean: Array | np.ndarray, amplitude: Array | np.ndarray, peak_month: float = 2.5
) -> Array | np.ndarray:
    """Depth of the water table by month: a sine, highest in late winter.

    Parameters
    ----------
    mean, amplitude : array_like [batch]
        m below the mineral surface, negative above it; `NO_WATER_TABLE` for none.
    peak_month : float
        When it is highest, months since the start of the year: 2.5 mid-March, 8.5 south of the equator.

    Returns
    -------
    Array [12, batch]
    """
    month = np.arange(12)[:, None] + 0.5
    return mean - amplitude * np.cos(2.0 * np.pi * (month - peak_month) / 12.0)


def saturated_share(face: Array, water_table: Array) -> Array:
    """Share of every cell that lies below the water table.

    Parameters
    ----------
    face : Array [cells + 1, batch]
        m, negative in organic slots.
    water_table : Array [12, batch]
        m.

    Returns
    -------
    Array [12, cells, batch]
        0 to 1; 0 in an empty organic slot.
    """
    top, bottom = face[:-1], face[1:]
    wet = jnp.clip(bottom - water_table[:, None], 0.0, bottom - top)
    return wet / jnp.maximum(bottom - top, 1e-12)


def with_water_table(
    water: WaterYear, water_table: Array, face: Array, retention: Retention, lateral_depth: Array
) -> Groundwater:
    """Put a water table into a water year of the bucket.

    Below the table a cell is saturated. Above it, water stands at hydrostatic equilibrium where the bucket left it
    drier, to a degree that falls from 1 at the table to 0 where the suction of equilibrium reaches field capacity
    (33 kPa, 3.4 m): further up, rise by capillarity does not keep pace with roots. The flux of percolation falls below
    the table as ``exp(-(z - table)/lateral_depth)``, because permeability and slope drain it sideways.

    Water closes in every cell and month: with `used` = the bucket's flux in less its flux out (uptake and change of
    storage), ``flux in + supply = flux out + lateral + used``. Without a table the input is returned unchanged, to
    the last digit.

    Call once a year, after the water balance::

        ground = with_water_table(water, forcing.water_table, g.face, retention,
                                  parameters["groundwater_lateral_depth"])
        water = ground.water

    and let dissolved carbon leave by ``ground.lateral/(theta dz)`` as a declared loss.

    Parameters
    ----------
    water : WaterYear
        Of `bucket_year` (fluxes >= 0).
    water_table : Array [12, batch]
        m below the mineral surface; `NO_WATER_TABLE` for none.
    face : Array [cells + 1, batch]
        m, negative in organic slots.
    retention : Retention
        Fields [cells, batch].
    lateral_depth : Array
        m, parameter ``groundwater_lateral_depth``.

    Returns
    -------
    Groundwater

    References
    ----------
    Beven and Kirkby (1979), doi:10.1080/02626667909491834 (lateral flow falling exponentially with depth).
    """
    share = saturated_share(face, water_table)
    depth = water_table[:, None]
    # Middle of what of the cell lies above the table; height of it above the table gives the suction.
    middle = 0.5 * (face[:-1] + jnp.clip(depth, face[:-1], face[1:]))
    suction = KPA_PER_M * jnp.maximum(depth - middle, 0.0)
    entry = retention.air_entry_kpa
    wetness = jnp.clip((FIELD_CAPACITY_KPA - suction) / (FIELD_CAPACITY_KPA - entry), 0.0, 1.0)
    resting = retention.field_capacity + wetness * (retention.saturation - retention.field_capacity)
    reach = jnp.clip(1.0 - suction / FIELD_CAPACITY_KPA, 0.0, 1.0)
    fringe = water.theta + reach * jnp.maximum(resting - water.theta, 0.0)
    theta = share * retention.saturation + (1.0 - share) * fringe

    kept = jnp.exp(-jnp.maximum(face - depth, 0.0) / lateral_depth)
    flux = water.face_flux * kept
    gone = water.face_flux - flux
    leaving = gone[:, 1:] - gone[:, :-1]
    return Groundwater(
        water._replace(theta=theta, face_flux=flux), jnp.maximum(leaving, 0.0), jnp.maximum(-leaving, 0.0)
    )
