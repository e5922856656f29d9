"""Temperature and water of a site's soil, without a model of its carbon: what all models are driven by."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.column.geometry import Soil
from pedozone.models.pedon_forcing import Forcing
from pedozone.physics.groundwater import with_water_table
from pedozone.physics.heat import soil_temperature
from pedozone.physics.pedotransfer import Retention, bulk_density, saxton_rawls, water_potential
from pedozone.physics.water import bucket_climatology, bucket_year
from pedozone.processes.roots import root_profile

SURFACE_ORGANIC_MATTER, ORGANIC_MATTER_DEPTH = 0.04, 0.3
"""Organic matter (share of mass) that physics reckons with at the surface, and the depth (m) over which it falls by a
factor of e: the same for all models, whatever carbon they come to. A convention."""


class SoilClimate(NamedTuple):
    """A year of the mineral layers.

    Attributes
    ----------
    temperature : numpy.ndarray [12, layers]
        degC.
    theta : numpy.ndarray [12, layers]
        m3 water per m3 of fine earth.
    percolation : numpy.ndarray [12, layers]
        Water that goes down through the lower face of each layer, m yr-1.
    retention : Retention
        Of water by the fine earth, fields [layers].
    suction : numpy.ndarray [12, layers]
        kPa, positive.
    root_share : numpy.ndarray [layers]
        Of roots by layer, adding up to one.
    water : numpy.ndarray [layers, 1]
        Water at the end of the year, m.
    """

    temperature: np.ndarray
    theta: np.ndarray
    percolation: np.ndarray
    retention: Retention
    suction: np.ndarray
    root_share: np.ndarray
    water: np.ndarray

    @property
    def saturation(self) -> np.ndarray:
        """theta with all pores full [layers]."""
        return np.asarray(self.retention.saturation)


def organic_matter(face: Any) -> Any:
    """Organic matter (share of mass) that physics reckons with, means between faces (m) [layers + 1, ...]."""
    falling = jnp.exp(-face / ORGANIC_MATTER_DEPTH)
    return SURFACE_ORGANIC_MATTER * ORGANIC_MATTER_DEPTH * (falling[:-1] - falling[1:]) / (face[1:] - face[:-1])


def fine_earth_density(soil: Soil, face: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """Bulk density of the fine earth, kg m-3 [layers]: measured, elsewhere modelled with that organic matter."""
    modelled = np.asarray(bulk_density(organic_matter(face), np.asarray(soil.mineral_density)[:, 0]))
    return np.where(np.isnan(measured), modelled, measured)


def soil_climate(
    soil: Soil, face: np.ndarray, forcing: Forcing, parameters: Mapping[str, Any], water: np.ndarray | None
) -> SoilClimate:
    """Soil climate of a year under a forcing.

    Parameters
    ----------
    soil : Soil
        Mineral layers alone, one column.
    face : numpy.ndarray [layers + 1]
        m.
    water : numpy.ndarray [layers, 1] or None
        At the start of the year, m; None for a year that repeats itself.
    """
    plain = forcing._replace(held=None)
    found = _soil_climate(soil.sand, soil.clay, soil.coarse, face[:, None], plain, dict(parameters), water)
    *columns, after = found
    named = zip(SoilClimate._fields, jax.tree.map(lambda a: np.asarray(a)[..., 0], columns), strict=False)
    return SoilClimate(**dict(named), water=np.asarray(after))


@functools.partial(jax.jit)
def _soil_climate(sand, clay, coarse, face, forcing, parameters, water):
    matter = organic_matter(face)
    retention = saxton_rawls(sand, clay, matter)
    thickness = face[1:] - face[:-1]
    roots = root_profile(face, forcing.root_beta, forcing.rooting_depth)
    given = (
        forcing.precipitation,
        forcing.potential_evapotranspiration,
        roots,
        forcing.transpiration_fraction,
        thickness,
        coarse,
        retention,
    )
    year = bucket_climatology(*given, years=20) if water is None else bucket_year(water, *given)
    above = with_water_table(year, forcing.water_table, face, retention, parameters["groundwater_lateral_depth"]).water
    centre = 0.5 * (face[1:] + face[:-1])
    temperature = soil_temperature(
        forcing.temperature,
        centre,
        parameters["soil_damping_depth"],
        forcing.surface_temperature_amplitude,
        forcing.surface_temperature_offset,
    )
    suction, percolation = water_potential(above.theta, retention), above.face_flux[:, 1:]
    return temperature, above.theta, percolation, retention, suction, roots, year.storage
