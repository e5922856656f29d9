"""Soil temperature by depth: a damped, delayed wave forced by the air temperature.

For a uniform soil of thermal diffusivity ``a`` under a periodic surface temperature, the harmonic
of angular frequency ``w`` decays as ``exp(-z/d)`` and lags by ``z/d`` radians, with damping depth
``d = sqrt(2 a/w)`` (Carslaw and Jaeger 1959; Hillel 1998; Campbell and Norman 1998). The
semi-annual wave therefore has ``d/sqrt(2)``.
"""

import jax.numpy as jnp
import numpy as np

__all__ = ["annual_damping_depth", "soil_temperature"]

_SECONDS_PER_YEAR = 31_557_600.0


def annual_damping_depth(thermal_diffusivity):
    """Damping depth of the annual temperature wave.

    Parameters
    ----------
    thermal_diffusivity : array_like
        Thermal diffusivity of the soil, m2 s-1 (mineral soils 3e-7 to 9e-7).

    Returns
    -------
    array_like
        Damping depth, m.
    """
    return jnp.sqrt(thermal_diffusivity * _SECONDS_PER_YEAR / np.pi)


def soil_temperature(air_temperature, depth, damping_depth, amplitude=1.0, offset=0.0):
    """Monthly mean soil temperature by depth.

    The twelve monthly means are reduced to their annual mean, annual and semi-annual harmonic;
    each harmonic is damped and delayed with depth. The filter is linear, so monthly means in give
    monthly means out: the factor by which averaging over a month shrinks a harmonic is the same
    on both sides and cancels. Months count as equal twelfths of a year.

    Parameters
    ----------
    air_temperature : array, shape (12, B)
        Monthly mean air temperature, degC.
    depth : array, shape (n, B) or (n, 1)
        Depth of the cell centres below the mineral surface, m. Negative depths (organic slots)
        are taken as the mineral surface.
    damping_depth : array_like, shape () or (B,)
        Damping depth of the annual wave, m, > 0.
    amplitude : array_like, shape () or (B,)
        Surface soil wave over air wave (both harmonics), -.
    offset : array_like, shape () or (B,)
        Annual mean of the soil minus that of the air, K.

    Returns
    -------
    array, shape (12, n, B)
        Monthly mean soil temperature, degC.
    """
    air = jnp.asarray(air_temperature)
    depth = jnp.maximum(jnp.asarray(depth), 0.0)
    phase = 2.0 * np.pi * (np.arange(12) + 0.5) / 12.0
    mean = jnp.mean(air, axis=0) + offset
    months, by_depth = [np.ones(12)], [jnp.broadcast_to(mean, (*depth.shape[:1], *air.shape[1:]))]
    for order in (1, 2):
        cosine, sine = np.cos(order * phase), np.sin(order * phase)
        in_phase = jnp.tensordot(cosine, air, axes=1) / 6.0
        quadrature = jnp.tensordot(sine, air, axes=1) / 6.0
        scaled = depth * np.sqrt(order) / damping_depth
        # cos and sin of (order * phase - scaled) by the addition theorem: no cosine per month
        damped = amplitude * jnp.exp(-scaled)
        lag_cosine, lag_sine = damped * jnp.cos(scaled), damped * jnp.sin(scaled)
        months += [cosine, sine]
        by_depth += [in_phase * lag_cosine - quadrature * lag_sine]
        by_depth += [in_phase * lag_sine + quadrature * lag_cosine]
    return jnp.tensordot(np.stack(months, axis=1), jnp.stack(by_depth), axes=1)
