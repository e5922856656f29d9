"""Response of microbial activity to soil water: too dry below, too little oxygen above."""

import jax.numpy as jnp

__all__ = [
    "moisture_factor",
    "moisture_factor_from_log",
    "oxygen_factor",
    "water_potential_factor",
    "water_potential_factor_from_log",
]

# sqrt has an infinite slope at zero air; this softens it over 0.1 % of the porosity.
_AIR_SOFTENING = 1e-3


def water_potential_factor(suction_kpa, moisture_threshold_mpa=15.0, moisture_optimum_kpa=33.0):
    """Respiration against suction: linear in its logarithm.

    1 where wetter than the optimum, 0 beyond the threshold, ``ln(threshold/suction)/
    ln(threshold/optimum)`` between. Fitted to whole-soil respiration, it holds the diffusion of
    substrate in thinning water films as well as physiology: no diffusion factor beside it.

    Parameters
    ----------
    suction_kpa : array_like
        Suction, kPa, positive.
    moisture_threshold_mpa : array_like
        Suction at which respiration stops, MPa: about 14 in mineral soil, 36 in surface litter.
    moisture_optimum_kpa : array_like
        Suction below which water does not limit, kPa.

    Returns
    -------
    array
        0 to 1.

    References
    ----------
    Manzoni, Schimel and Porporato (2012), doi:10.1890/11-0026.1.
    """
    threshold_kpa = 1000.0 * jnp.asarray(moisture_threshold_mpa)
    suction = jnp.clip(jnp.asarray(suction_kpa), moisture_optimum_kpa, threshold_kpa)
    return jnp.log(threshold_kpa / suction) / jnp.log(threshold_kpa / moisture_optimum_kpa)


def oxygen_factor(theta, porosity, oxygen_minimum_factor=0.2):
    """Respiration against air-filled pores: ``k + (1 - k) sqrt(air/porosity)``.

    Parameters
    ----------
    theta, porosity : array_like
        Water content and total porosity, m3 m-3 of fine earth.
    oxygen_minimum_factor : array_like
        Factor without any air-filled pore, -.

    Returns
    -------
    array
        `oxygen_minimum_factor` at saturation to 1 in dry soil.

    References
    ----------
    Ghezzehei et al. (2019), doi:10.5194/bg-16-1187-2019, equation for oxygen.
    """
    air = jnp.clip(1.0 - jnp.asarray(theta) / porosity, 0.0, 1.0)
    low, high = _AIR_SOFTENING**0.5, (1.0 + _AIR_SOFTENING) ** 0.5
    root = (jnp.sqrt(air + _AIR_SOFTENING) - low) / (high - low)
    return oxygen_minimum_factor + (1.0 - oxygen_minimum_factor) * root


def moisture_factor(
    theta,
    porosity,
    suction_kpa,
    optimum_theta,
    moisture_threshold_mpa=15.0,
    moisture_optimum_kpa=33.0,
    oxygen_minimum_factor=0.2,
):
    """Activity of decomposers against soil water, 1 at its maximum.

    Product of `water_potential_factor` and `oxygen_factor`, the latter divided by its value at
    `optimum_theta` and held at 1 where drier. The product is then exactly 1 at the optimum water
    content of every cell and below 1 elsewhere: dryness alone acts on one side, oxygen alone on
    the other.

    Parameters
    ----------
    theta : array, shape (..., n, B)
        Water content, m3 m-3 of fine earth.
    porosity : array, shape (n, B)
        Total porosity of the current structure, m3 m-3.
    suction_kpa : array, shape (..., n, B)
        Suction at `theta`, kPa (`pedotransfer.water_potential`).
    optimum_theta : array, shape (n, B)
        Water content at `moisture_optimum_kpa`; with 33 kPa the field capacity of `Retention`.
    moisture_threshold_mpa, moisture_optimum_kpa, oxygen_minimum_factor : array_like
        See `water_potential_factor` and `oxygen_factor`.

    Returns
    -------
    array, shape (..., n, B)
        0 to 1.
    """
    dryness = water_potential_factor(suction_kpa, moisture_threshold_mpa, moisture_optimum_kpa)
    return dryness * _relative_oxygen(theta, porosity, optimum_theta, oxygen_minimum_factor)


def water_potential_factor_from_log(log_suction, moisture_threshold_mpa, moisture_optimum_kpa):
    """`water_potential_factor` from ln(suction / kPa); arrays alike."""
    driest = jnp.log(1000.0 * jnp.asarray(moisture_threshold_mpa))
    wettest = jnp.log(moisture_optimum_kpa)
    return (driest - jnp.clip(log_suction, wettest, driest)) / (driest - wettest)


def moisture_factor_from_log(
    theta,
    porosity,
    log_suction,
    optimum_theta,
    moisture_threshold_mpa,
    moisture_optimum_kpa,
    oxygen_minimum_factor,
):
    """`moisture_factor` from the logarithm of suction, which spares an exponential per month.

    Parameters
    ----------
    theta, porosity, optimum_theta : array
        See `moisture_factor`.
    log_suction : array, shape (..., n, B)
        ln(suction / kPa) at `theta` (`pedotransfer.log_water_potential`).
    moisture_threshold_mpa, moisture_optimum_kpa, oxygen_minimum_factor : array_like
        See `water_potential_factor` and `oxygen_factor`.

    Returns
    -------
    array, shape (..., n, B)
        0 to 1.
    """
    dryness = water_potential_factor_from_log(log_suction, moisture_threshold_mpa, moisture_optimum_kpa)
    return dryness * _relative_oxygen(theta, porosity, optimum_theta, oxygen_minimum_factor)


def _relative_oxygen(theta, porosity, optimum_theta, oxygen_minimum_factor):
    """`oxygen_factor` over its value at the optimum water content, 1 where drier."""
    best = oxygen_factor(optimum_theta, porosity, oxygen_minimum_factor)
    wetness = oxygen_factor(jnp.maximum(theta, optimum_theta), porosity, oxygen_minimum_factor)
    return wetness / best
