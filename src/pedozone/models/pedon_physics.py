"""The surroundings of a pedon for a year: structure, water table, oxygen."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from pedozone.column.geometry import Geometry, Soil
from pedozone.engine.process import Parameters
from pedozone.models.pedon_forcing import Forcing, Physical
from pedozone.physics.groundwater import with_water_table
from pedozone.physics.moisture import moisture_factor_from_log, water_potential_factor_from_log
from pedozone.physics.moisture_response import Water
from pedozone.physics.oxygen import oxygen_limitation, oxygen_of_soil_air
from pedozone.physics.pedotransfer import Retention, log_water_potential
from pedozone.physics.responses import Response, relative
from pedozone.physics.structure import (
    StructuralEffects,
    Structure,
    compact,
    relax,
    structural_effects,
    structure_target,
    structured_geometry,
    till,
)
from pedozone.physics.water import WaterYear
from pedozone.plants.rooting import (
    UNLIMITED,
    climate_limit,
    mechanical_limit,
    relaxed_depth,
    rooting_target,
    water_table_limit,
)

Array = jax.Array


def structured(
    g: Geometry,
    retention: Retention,
    roots: Array,
    physical: Physical,
    tilled: Array,
    site: Soil,
    forcing: Forcing,
    organic: int,
    parameters: Parameters,
) -> tuple[Geometry, Retention, Array, StructuralEffects, Physical]:
    """Move the structure by a year and return what it makes of geometry, retention and roots.

    Parameters
    ----------
    g, retention, roots
        Of the reference structure.
    tilled : Array [cells, batch]
        Share of each cell above the depth of tillage.
    """
    target = structure_target(
        g.centre,
        roots * forcing.root_input / g.volume,
        forcing.bioturbation_factor,
        jnp.sum(forcing.precipitation, axis=0),
        jnp.sum(forcing.potential_evapotranspiration, axis=0),
        site.clay,
        g.organic_fraction,
        organic,
        parameters,
    )
    ploughed = -jnp.expm1(-forcing.tillage_intensity) * tilled  # intensities are relative; one ploughing at most
    before = Structure(physical.connectivity, physical.porosity)
    now = relax(before, target, g.centre, ploughed, forcing.adjustment, parameters)
    held = forcing.held
    if held is not None and held.porosity is not None and held.connectivity is not None:
        now = Structure(held.connectivity, held.porosity)
    effects = structural_effects(now, retention, ploughed, parameters)
    rooted = roots * effects.root_factor
    mineral = (jnp.arange(g.volume.shape[0]) >= organic)[:, None]
    after = physical._replace(
        connectivity=now.connectivity,
        porosity=now.porosity,
        swelling=jnp.where(mineral, effects.swelling, 0.0),
    )
    return (
        structured_geometry(g, effects.swelling, organic),
        effects.retention,
        rooted / jnp.maximum(jnp.sum(rooted, axis=0), 1e-12),
        effects,
        after,
    )


def compacted(physical: Physical, lost: Array, parameters: Parameters) -> Physical:
    """Physical state after an event that took a share of the macropores, [cells, batch] from 0 to below 1."""
    after = compact(Structure(physical.connectivity, physical.porosity), -jnp.log1p(-lost), parameters)
    return physical._replace(connectivity=after.connectivity, porosity=after.porosity)


def ploughed(physical: Physical, tillage: Array, parameters: Parameters) -> Physical:
    """Physical state after a pass of a tool, [cells, batch] from 0 to 1 by how thoroughly it stirred."""
    after = till(Structure(physical.connectivity, physical.porosity), tillage, parameters)
    return physical._replace(connectivity=after.connectivity, porosity=after.porosity)


def rooting_depth(physical: Physical, forcing: Forcing, g: Geometry, datum: Array) -> Array:
    """Rooting depth below the datum after a year of adjustment, m [batch].

    The type's own depth, as far as climate, water table and structure (of the year before) let it.

    Parameters
    ----------
    datum : Array [batch]
        Depth of the surface that roots start from, m: 0 in mineral soil, negative in peat.
    """
    loose = jnp.minimum(jnp.exp(physical.porosity), 1.0)
    below = jnp.where(g.face[1:] > datum, g.thickness, 0.0)
    target = rooting_target(
        forcing.rooting_depth,
        climate_limit(forcing.precipitation, forcing.potential_evapotranspiration),
        jnp.asarray(UNLIMITED),
        water_table_limit(forcing.water_table + g.face[0] - datum),
        mechanical_limit(below, loose),
    )
    return relaxed_depth(physical.rooting_depth, target, forcing.rooting_time, forcing.adjustment)


def moisture(theta: Array, retention: Retention, parameters: Parameters) -> tuple[Array, Array]:
    """Activity against water, [12, cells, batch]: with the layer's own air, and for dryness alone."""
    suction = log_water_potential(theta, retention)
    limits = parameters["moisture_threshold_mpa"], parameters["moisture_optimum_kpa"]
    both = moisture_factor_from_log(
        theta, retention.saturation, suction, retention.field_capacity, *limits, parameters["oxygen_minimum_factor"]
    )
    return both, water_potential_factor_from_log(suction, *limits)


def responding(response: Response, theta: Array, retention: Retention, parameters: Parameters) -> tuple[Array, Array]:
    """A response in place of `moisture`, 1 at field capacity; for dryness alone it is that where drier, else 1."""
    capacity = retention.field_capacity
    both = relative(response, Water.of(theta, retention), Water.of(capacity, retention), parameters)
    return both, jnp.where(theta < capacity, both, 1.0)


def aerated(
    theta: Array,
    retention: Retention,
    g: Geometry,
    temperature: Array,
    demand: Array,
    effects: StructuralEffects | None,
    parameters: Parameters,
) -> Array:
    """Activity against the oxygen of the soil air, [12, cells, batch]."""
    half = parameters["oxygen_half_saturation"]
    diffusing = 1.0 if effects is None else effects.diffusivity_factor
    oxygen = oxygen_of_soil_air(theta, retention.saturation, g.volume, temperature, demand, half, diffusing)
    return oxygen_limitation(oxygen, half, parameters["anaerobic_minimum"])


def drained(
    water: WaterYear, water_table: Array, g: Geometry, retention: Retention, parameters: Parameters
) -> tuple[Array, Array, Array]:
    """Water content, flux through faces and lateral outflow with a water table, which lies below the ground's surface.

    Parameters
    ----------
    water_table : Array [12, batch]
        m below the top of the organic layer: in peat that is the surface.
    """
    table = water_table + g.face[0]
    ground = with_water_table(water, table, g.face, retention, parameters["groundwater_lateral_depth"])
    return ground.water.theta, ground.water.face_flux, ground.lateral
