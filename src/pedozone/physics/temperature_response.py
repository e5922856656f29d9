"""How fast decomposition runs at a temperature, as published models have it.

Every function takes degrees Celsius and returns a dimensionless factor. They are scaled as their authors scaled them,
so that a factor is 1 at different temperatures; `relative_to` brings any of them to 1 where one wants it.
`pedozone.physics.responses` declares them, with those to water, as modifiers that models take.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

__all__ = [
    "arrhenius",
    "century",
    "century_exponential",
    "daycent",
    "daycent_exponential",
    "demeter",
    "kirschbaum",
    "lloyd_taylor",
    "q10",
    "relative_to",
    "rothc",
    "standcarb",
]

GAS_CONSTANT = 8.3144621
"""J mol-1 K-1 (CODATA 2010)."""


def rothc(temperature, maximum=47.91, slope=106.06, offset=18.27, lowest=-5.0):
    """RothC: ``47.91 / (1 + exp(106.06 / (T + 18.27)))``, 0 below `lowest`; 1 at 9.25 degC.

    Parameters
    ----------
    temperature : array_like
        Monthly mean of the air, degC.
    maximum, slope, offset : float
        -, K, K. SoilR rounds them to 47.9, 106 and 18.3.
    lowest : float
        degC.

    Returns
    -------
    array

    References
    ----------
    Coleman and Jenkinson (1996), doi:10.1007/978-3-642-61094-3_17.
    """
    t = jnp.asarray(temperature)
    alive = (t >= lowest) & (t > -offset)
    above = jnp.where(alive, t + offset, 1.0)
    return jnp.where(alive, maximum / (1.0 + jnp.exp(slope / above)), 0.0)


def century(temperature, maximum=45.0, optimum=35.0):
    """CENTURY: ``r^0.2 exp(0.2/2.63 (1 - r^2.63))`` with ``r = (T_max - T)/(T_max - T_opt)``; 1 at the optimum.

    Parameters
    ----------
    temperature : array_like
        Of the soil, degC; 0 is returned at `maximum` and above.
    maximum, optimum : float
        degC.

    Returns
    -------
    array

    References
    ----------
    Parton et al. (1987), doi:10.2136/sssaj1987.03615995005100050015x; in this form Adair et al. (2008),
    doi:10.1111/j.1365-2486.2008.01674.x.
    """
    r = _below_maximum(temperature, maximum, optimum)
    held = jnp.where(r > 0.0, r, 1.0)
    return jnp.where(r > 0.0, held**0.2 * jnp.exp(0.2 / 2.63 * (1.0 - held**2.63)), 0.0)


def century_exponential(temperature, maximum=45.0, optimum=35.0, scale=3.439423):
    """CENTURY's second form: ``3.439423 exp(0.2/2.63 (1 - r^2.63) r^0.2)``, with r of `century`.

    Parameters
    ----------
    temperature : array_like
        degC.
    maximum, optimum : float
        degC.
    scale : float
        Factor at the optimum.

    Returns
    -------
    array
        At `maximum` and above what the formula gives at the maximum: `scale`.

    References
    ----------
    Adair et al. (2008), doi:10.1111/j.1365-2486.2008.01674.x, as in Burke et al. (2003).
    """
    r = _below_maximum(temperature, maximum, optimum)
    held = jnp.where(r > 0.0, r, 1.0)
    return scale * jnp.where(r > 0.0, jnp.exp(0.2 / 2.63 * (1.0 - held**2.63) * held**0.2), 1.0)


def _below_maximum(temperature, maximum, optimum):
    return (maximum - jnp.asarray(temperature)) / (maximum - optimum)


def daycent(temperature):
    """DayCent: ``0.56 + 1.46 atan(0.0309 pi (T - 15.7)) / pi``, not below 0; 1 at about 30 degC.

    Parameters
    ----------
    temperature : array_like
        Of the soil, degC.

    Returns
    -------
    array

    References
    ----------
    Del Grosso et al. (2005), doi:10.1007/s10533-004-0898-z.
    """
    t = jnp.asarray(temperature)
    return jnp.maximum(0.56 + 1.46 * jnp.arctan(math.pi * 0.0309 * (t - 15.7)) / math.pi, 0.0)


def daycent_exponential(temperature, factor=0.08, exponent=0.095):
    """DayCent's early form: ``0.08 exp(0.095 T)``.

    Parameters
    ----------
    temperature : array_like
        degC.
    factor : float
        At 0 degC.
    exponent : float
        K-1.

    Returns
    -------
    array

    References
    ----------
    Kelly et al. (2000), doi:10.1029/2000JD900259.
    """
    return factor * jnp.exp(exponent * jnp.asarray(temperature))


def demeter(temperature, base=2.0):
    """DEMETER: ``Q10^((T - 20)/10)``; 1 at 20 degC.

    Parameters
    ----------
    temperature : array_like
        degC.
    base : float
        Factor by 10 K.

    Returns
    -------
    array

    References
    ----------
    Foley (1995), doi:10.3402/tellusb.v47i3.16050.
    """
    return q10(temperature, base, 20.0)


def q10(temperature, base=2.0, reference=10.0):
    """``Q10^((T - T_ref)/10)``.

    Parameters
    ----------
    temperature : array_like
        degC.
    base : float
        Factor by 10 K.
    reference : float
        Where it is 1, degC.

    Returns
    -------
    array

    References
    ----------
    van 't Hoff; for soils Lloyd and Taylor (1994), doi:10.2307/2389824.
    """
    return jnp.exp(jnp.log(base) / 10.0 * (jnp.asarray(temperature) - reference))


def kirschbaum(temperature):
    """Kirschbaum: ``exp(-3.764 + 0.204 T (1 - 0.5 T/36.9))``; greatest, 1, at 36.9 degC.

    Parameters
    ----------
    temperature : array_like
        degC.

    Returns
    -------
    array

    References
    ----------
    Kirschbaum (1995), doi:10.1016/0038-0717(94)00242-S.
    """
    t = jnp.asarray(temperature)
    return jnp.exp(-3.764 + 0.204 * t * (1.0 - 0.5 * t / 36.9))


def lloyd_taylor(temperature, zero=273.0):
    """Lloyd and Taylor: ``exp(308.56 (1/56.02 - 1/(T + zero - 227.13)))``; 1 at 10.15 degC, 0 in deep frost.

    Parameters
    ----------
    temperature : array_like
        degC.
    zero : float
        0 degC in K: 273 with the constants as published (56.02 = 283.15 - 227.13), 273.15 to be 1 at 10 degC.

    Returns
    -------
    array

    References
    ----------
    Lloyd and Taylor (1994), doi:10.2307/2389824.
    """
    above = jnp.asarray(temperature) + zero - 227.13
    held = jnp.where(above > 0.0, above, 1.0)
    return jnp.where(above > 0.0, jnp.exp(308.56 * (1.0 / 56.02 - 1.0 / held)), 0.0)


def standcarb(temperature, optimum=45.0, lag=4.0, shape=15, base=2.0, reference=10.0):
    """STANDCARB: ``exp(-(T/(T_opt + lag))^shape) Q10^((T - T_ref)/10)``: a Q10 that collapses beyond the optimum.

    Parameters
    ----------
    temperature : array_like
        degC.
    optimum, lag : float
        degC, K.
    shape : int
        How sharply it collapses.
    base : float
        Factor by 10 K.
    reference : float
        degC, 10 in STANDCARB.

    Returns
    -------
    array

    References
    ----------
    Harmon and Domingo (2001), A users guide to STANDCARB version 2.0, Oregon State University (no DOI).
    """
    limit = jnp.exp(-((jnp.asarray(temperature) / (optimum + lag)) ** int(shape)))
    return limit * q10(temperature, base, reference)


def arrhenius(temperature, activation_energy=75.0, factor=1e13):
    """Arrhenius: ``A exp(-E/(R T))``.

    Parameters
    ----------
    temperature : array_like
        degC.
    activation_energy : float
        kJ mol-1.
    factor : float
        What it tends to in great heat.

    Returns
    -------
    array

    References
    ----------
    Davidson and Janssens (2006), doi:10.1038/nature04514.
    """
    kelvin = jnp.asarray(temperature) + 273.15
    return factor * jnp.exp(-1000.0 * activation_energy / (GAS_CONSTANT * kelvin))


def relative_to(reference: float, response: Callable[..., Any], **settings: float) -> Callable[[Any], Any]:
    """Rescale a response to be 1 at a temperature.

    Parameters
    ----------
    reference : float
        degC.
    response : callable
        One of this module.
    **settings : float
        Passed on to it.

    Returns
    -------
    callable
        Of temperature alone.
    """
    return lambda temperature: response(temperature, **settings) / response(reference, **settings)
