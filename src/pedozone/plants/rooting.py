r"""How deep roots go: what the type could, as far as climate, rock, water and structure let it.

The target is a soft minimum of five limits,

.. math:: z^* = \Big(\sum_j z_j^{-p}\Big)^{-1/p}, \qquad p = 8,

never deeper than the least of them and smooth where two are alike (two equal limits z give
0.92 z). The depth relaxes to it,
:math:`z' = z^* + (z - z^*)\,e^{-\Delta/\tau}`, with :math:`\tau` the rooting time of the type.

Schenk and Jackson (2002, doi:10.1890/0012-9615(2002)072[0311:TGBOR]2.0.CO;2) found that
precipitation and potential evapotranspiration explain rooting depths; the regression itself has
not been at hand. The climate limit here is the mechanism that Schenk (2008,
doi:10.2136/vzj2007.0119) gives for it: plants take the shallowest water first, so that roots reach
no deeper than rain wets the soil in dry climates, nor than the dry season's want of water asks
for in wet ones.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

#: Limits at or above this depth do not bind, m.
UNLIMITED = 1e3


class RootingParameters(NamedTuple):
    """Numbers of the rooting depth; all of them priors by judgement.

    Parameters
    ----------
    available_water : float
        Water that roots can draw from a depth of soil, m m-1 (0.08 in sand to 0.20 in silt loam).
    shallow_depth : float
        Depth that plants root for other reasons than drought: nutrients and hold, m (0.3 to 1.2).
    recharge_share : float
        Share of a year's rain that enters the soil and can be drawn from it (-) (0.5 to 0.95).
    aeration_margin : float
        Soil above the mean water table that is too wet for roots, m; negative for plants that
        bring air down with them (-0.3 to 0.3).
    least_depth : float
        Depth that every plant roots, m (0.02 to 0.1).
    sharpness : float
        Exponent p of the soft minimum (-) (4 to 16).
    """

    available_water: float = 0.14
    shallow_depth: float = 0.8
    recharge_share: float = 0.8
    aeration_margin: float = 0.1
    least_depth: float = 0.05
    sharpness: float = 8.0


#: The values by default.
PRIORS = RootingParameters()


def soft_minimum(limits: Array, sharpness: float = 8.0) -> Array:
    """Smooth minimum over the leading axis.

    Parameters
    ----------
    limits : Array
        Positive, [limits, batch].
    sharpness : float
        Exponent; the greater, the nearer to the least value.

    Returns
    -------
    Array
        [batch], positive and not above the least limit.
    """
    # Ratios of at most 1, so that no power of a large depth overflows or vanishes. The result does
    # not depend on what the limits are divided by, so its derivative needs none of that either.
    least = jax.lax.stop_gradient(jnp.min(limits, axis=0))
    return least * jnp.sum((least / limits) ** sharpness, axis=0) ** (-1.0 / sharpness)


def climate_limit(
    precipitation: Array, potential_evapotranspiration: Array, parameters: RootingParameters = PRIORS
) -> Array:
    """Depth to which a climate makes plants root.

    Parameters
    ----------
    precipitation, potential_evapotranspiration : Array
        Of every month, m, [12, batch].
    parameters : RootingParameters
        Numbers of the limit.

    Returns
    -------
    Array
        m, [batch]. Deepest where water is wanted and there: shallow in deserts and in climates
        that are never dry.
    """
    wetted = parameters.recharge_share * jnp.sum(precipitation, axis=0) / parameters.available_water
    dry_season = jnp.sum(_positive_part(potential_evapotranspiration - precipitation, 1e-3), axis=0)
    wanted = parameters.shallow_depth + dry_season / parameters.available_water
    limits = jnp.stack([wetted + parameters.least_depth, wanted])
    return soft_minimum(limits, parameters.sharpness)


def water_table_limit(water_table: Array, parameters: RootingParameters = PRIORS) -> Array:
    """Depth to which roots find air above a water table.

    Parameters
    ----------
    water_table : Array
        Its depth in every month, m below the mineral surface, 1e3 where there is none, [12, batch].
    parameters : RootingParameters
        Numbers of the limit.

    Returns
    -------
    Array
        m, [batch]: the mean over the year less the margin, and never less than the least depth.
    """
    air = jnp.mean(water_table, axis=0) - parameters.aeration_margin - parameters.least_depth
    return parameters.least_depth + _positive_part(air, 0.02)


def mechanical_limit(thickness: Array, elongation: Array, least_depth: float = 0.05) -> Array:
    """Depth that roots reach through layers that let them grow at a part of their pace.

    Parameters
    ----------
    thickness : Array
        Of the layers from the surface down, m, 0 in organic and empty ones, [cells, batch].
    elongation : Array
        Relative elongation in them, 0 to 1, [cells, batch]; any measure of the structure that
        is 1 where roots are free.
    least_depth : float
        Depth that every plant roots, m.

    Returns
    -------
    Array
        m, [batch]: the depth of soil in which roots would grow as long without resistance.
    """
    return least_depth + jnp.sum(thickness * elongation, axis=0)


def rooting_target(
    potential: Array,
    climate: Array,
    bedrock: Array,
    water_table: Array,
    mechanical: Array,
    sharpness: float = 8.0,
) -> Array:
    """Rooting depth to which a plant tends.

    Parameters
    ----------
    potential : Array
        What the type reaches in deep, moist, loose soil: `LandCover.rooting_depth`, m, [batch].
    climate, water_table, mechanical : Array
        From `climate_limit`, `water_table_limit` and `mechanical_limit`, m, [batch]; `UNLIMITED`
        for one that is not modelled.
    bedrock : Array
        Depth of rock, m, [batch]; `UNLIMITED` where there is none.
    sharpness : float
        Of the soft minimum.

    Returns
    -------
    Array
        m, [batch].
    """
    limits = jnp.broadcast_arrays(potential, climate, bedrock, water_table, mechanical)
    return soft_minimum(jnp.stack(limits), sharpness)


def relaxed_depth(depth: Array, target: Array, rooting_time: Array, adjustment: Array | float) -> Array:
    """Rooting depth after a time in which it could adjust.

    Parameters
    ----------
    depth, target : Array
        Depth before, and the one tended to, m, [batch].
    rooting_time : Array
        Relaxation time of the type, yr, [batch].
    adjustment : Array or float
        Time passed, yr; 1e9 in a spin-up, where the target is reached.

    Returns
    -------
    Array
        m, [batch].
    """
    return target + (depth - target) * jnp.exp(-adjustment / rooting_time)


def _positive_part(value: Array, width: float) -> Array:
    """The positive part of a length with its corner rounded over `width`."""
    return width * jax.nn.softplus(value / width)
