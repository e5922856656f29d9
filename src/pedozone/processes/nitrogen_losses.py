"""How mineral nitrogen leaves a layer: down with water, and into the air."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from pedozone.engine.process import Parameters
from pedozone.processes.environment import Environment
from pedozone.processes.transport import LEAST_WATER

Array = jax.Array


def drained_rate(environment: Environment, parameters: Parameters) -> Array:
    """Rate at which mineral nitrogen goes down with water, yr-1 [cells, batch].

    The nitrate share moves as a solute, ``f q / (theta V)``, with the net downward flux of the year; ammonium stays.
    """
    flux = jnp.maximum(jnp.mean(environment.face_flux[:, 1:], axis=0), 0.0)
    water = jnp.maximum(jnp.mean(environment.theta, axis=0) * environment.geometry.volume, LEAST_WATER)
    return parameters["nitrate_fraction"] * flux / water


def denitrified_rate(environment: Environment, saturation: Array, parameters: Parameters) -> Array:
    """First-order loss of nitrate to the air, yr-1 [cells, batch]: ``f k f_T [(s - s_0)/(1 - s_0)]+^w``.

    Parameters
    ----------
    saturation : Array [12, cells, batch]
        Share of the pores that water fills.

    Notes
    -----
    The form that simplified models share (Heinen 2006, doi:10.1016/j.geoderma.2005.06.010).
    """
    threshold = parameters["denitrification_threshold"]
    wet = jnp.maximum(saturation - threshold, 0.0) / (1.0 - threshold)
    # the floor keeps the derivative of the power finite where the soil is dry
    airless = jnp.where(wet > 0.0, jnp.maximum(wet, 1e-12) ** parameters["denitrification_exponent"], 0.0)
    warm = environment.arrhenius(parameters["activation_energy_depolymerisation"])
    rate = parameters["nitrate_fraction"] * parameters["denitrification_rate"]
    return rate * jnp.mean(warm * airless, axis=0)
