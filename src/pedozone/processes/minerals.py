"""Capacities and affinity of mineral surfaces."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from pedozone.column.geometry import Soil
from pedozone.engine.process import Parameters

Array = jax.Array


def exchangeable_capacity(soil: Soil, parameters: Parameters) -> Array:
    """Capacity of the exchangeable surface, kg C m-2 [cells, batch] (Mayes et al. 2012, on fine mineral mass)."""
    clay = 100.0 * soil.clay
    exponent = parameters["exchangeable_capacity_slope"] * jnp.log10(jnp.where(clay > 0.0, clay, 1.0))
    per_mass = 1e-6 * 10.0 ** (exponent + parameters["exchangeable_capacity_intercept"])
    return jnp.where(clay > 0.0, per_mass * soil.mineral_mass, 0.0)


def stable_capacity(soil: Soil, parameters: Parameters) -> Array:
    """Capacity of the slow surfaces, kg C m-2 [cells, batch] (Georgiou et al. 2022), less the exchangeable one."""
    total = soil.capacity * (soil.clay + soil.silt) * soil.mineral_mass
    return jnp.maximum(total - exchangeable_capacity(soil, parameters), 0.0)


def affinity(ph: Array, parameters: Parameters) -> Array:
    """Langmuir affinity, m3 per kg of dissolved carbon [cells, batch] (Mayes et al. 2012)."""
    return 1000.0 * 10.0 ** (parameters["affinity_ph_slope"] * ph + parameters["affinity_intercept"])
