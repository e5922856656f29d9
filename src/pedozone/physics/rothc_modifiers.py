"""RothC's response to temperature, topsoil moisture deficit and plant cover, and the deficits of a soil.

Deficits are in mm and negative, 0 at field capacity, as Rothamsted publishes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

Array = jax.Array
Parameters = Mapping[str, Array]

_FIELD_CAPACITY, _ONE_BAR, _WILTING, _DRIEST = 50.0, 1e3, 15e3, 1e6  # mbar
_ORGANIC_MATTER_PER_CARBON = 1.72


class Deficits(NamedTuple):
    """What bounds the moisture deficit of a topsoil and its effect; mm, negative, [batch].

    Attributes
    ----------
    lowest : Array
        Reached under a crop.
    bare : Array
        Reached by bare soil; a drier one keeps its deficit until rain exceeds evaporation.
    onset : Array
        Above it, moisture does not limit (suction of 1 bar).
    wilting : Array
        Where the factor reaches its minimum (15 bar).
    """

    lowest: Array
    bare: Array
    onset: Array
    wilting: Array


def standard_deficits(clay: Array, depth: Array, parameters: Parameters) -> Deficits:
    """Deficits of RothC-26.3 from clay (%) and the depth of the topsoil (cm).

    References
    ----------
    Coleman and Jenkinson (1996), doi:10.1007/978-3-642-61094-3_17; Rothamsted's program.
    """
    a, b, c = (parameters[f"rothc_deficit_{name}"] for name in ("intercept", "slope", "curvature"))
    largest = -(a + b * clay - c * (clay * clay)) * depth / parameters["rothc_deficit_depth"]
    return Deficits(
        lowest=largest,
        bare=parameters["rothc_deficit_bare"] * largest,
        onset=parameters["rothc_deficit_onset"] * largest,
        wilting=largest,
    )


def farina_deficits(
    clay: Array,
    silt: Array,
    bulk_density: Array,
    organic_carbon: Array,
    depth: Array,
    parameters: Parameters,
    *,
    drier: bool,
    bare_to_wilting: bool,
) -> Deficits:
    """Deficits from a soil's retention curve, for dry regions.

    Parameters
    ----------
    clay, silt, organic_carbon : Array
        %, all above 0.
    bulk_density : Array
        g cm-3.
    depth : Array
        cm.
    drier : bool
        Whether the soil may dry to 1000 bar (Rothamsted's option 2) or only to the wilting point (option 3).
    bare_to_wilting : bool
        Whether bare soil dries to the wilting point.

    References
    ----------
    Farina et al. (2013), doi:10.1016/j.geoderma.2013.01.021; retention of Wösten et al. (1999),
    doi:10.1016/S0016-7061(98)00132-3; Rothamsted's program.
    """
    retained = [
        wosten_retention(clay, silt, bulk_density, organic_carbon, suction)
        for suction in (_FIELD_CAPACITY, _ONE_BAR, _WILTING, _DRIEST)
    ]
    onset, wilting, driest = (10.0 * depth * (theta - retained[0]) for theta in retained[1:])
    share = parameters["rothc_farina_bare"] / (1.0 - parameters["rothc_moisture_minimum_standard"])
    bare = wilting if bare_to_wilting else wilting - share * (wilting - onset)
    return Deficits(lowest=driest if drier else wilting, bare=bare, onset=onset, wilting=wilting)


def wosten_retention(clay: Array, silt: Array, bulk_density: Array, organic_carbon: Array, suction: float) -> Array:
    """Water content (m3 m-3) of a topsoil at a suction (mbar), van Genuchten's curve with Wösten's coefficients.

    Parameters
    ----------
    clay, silt, organic_carbon : Array
        %, all above 0.
    bulk_density : Array
        g cm-3.

    References
    ----------
    Wösten et al. (1999), doi:10.1016/S0016-7061(98)00132-3.
    """
    om, bd, log = organic_carbon * _ORGANIC_MATTER_PER_CARBON, bulk_density, jnp.log
    saturated = (
        0.7919 + 0.001691 * clay - 0.29619 * bd - 0.000001491 * silt**2 + 0.0000821 * om**2 + 0.02427 / clay
        + 0.01113 / silt + 0.01472 * log(silt) - 0.0000733 * om * clay - 0.000619 * bd * clay
        - 0.001183 * bd * om - 0.0001664 * silt
    )  # fmt: skip
    alpha = jnp.exp(
        -14.96 + 0.03135 * clay + 0.0351 * silt + 0.646 * om + 15.29 * bd - 0.192 - 4.671 * bd**2
        - 0.000781 * clay**2 - 0.00687 * om**2 + 0.0449 / om + 0.0663 * log(silt) + 0.1482 * log(om)
        - 0.04546 * bd * silt - 0.4852 * bd * om + 0.00673 * clay
    )  # fmt: skip
    n = 1.0 + jnp.exp(
        -25.23 - 0.02195 * clay + 0.0074 * silt - 0.194 * om + 45.5 * bd - 7.24 * bd**2 + 0.0003658 * clay**2
        + 0.002885 * om**2 - 12.81 / bd - 0.1524 / silt - 0.01958 / om - 0.2876 * log(silt) - 0.0709 * log(om)
        - 44.6 * log(bd) - 0.02264 * bd * clay + 0.0896 * bd * om + 0.00718 * clay
    )  # fmt: skip
    residual = 0.01
    return residual + (saturated - residual) / (1.0 + (alpha * suction) ** n) ** (1.0 - 1.0 / n)


def temperature_modifier(temperature: Array, parameters: Parameters) -> Array:
    """Factor of temperature (degC): ``47.91 / (1 + exp(106.06 / (T + 18.27)))``, 0 below -5 degC.

    References
    ----------
    Coleman and Jenkinson (1996), doi:10.1007/978-3-642-61094-3_17; the threshold from Rothamsted's program.
    """
    frozen = temperature < parameters["rothc_temperature_threshold"]
    thawed = jnp.where(frozen, 0.0, temperature)  # keeps the pole at -18.27 degC out of value and gradient
    shifted = thawed + parameters["rothc_temperature_shift"]
    factor = parameters["rothc_temperature_scale"] / (jnp.exp(parameters["rothc_temperature_exponent"] / shifted) + 1.0)
    return jnp.where(frozen, 0.0, factor)


def cover_modifier(covered: Array, parameters: Parameters) -> Array:
    """Factor of plant cover: 0.6 where the soil is covered, 1 where it is bare."""
    return jnp.where(covered > 0.5, parameters["rothc_cover_factor"], 1.0)


def deficit_series(
    rain: Array, evaporation: Array, covered: Array, start: Array, bounds: Deficits, parameters: Parameters
) -> tuple[Array, Array]:
    """Accumulated deficit by month, and at the end.

    Parameters
    ----------
    rain, evaporation : Array [months, batch]
        mm month-1; evaporation from an open pan.
    covered : Array [months, batch]
        1 or 0.
    start : Array [batch]
        Deficit before the first month, mm.

    Returns
    -------
    Array [months, batch]
    Array [batch]
    """
    balance = rain - parameters["rothc_pan_factor"] * evaporation

    def month(deficit: Array, now: tuple[Array, Array]) -> tuple[Array, Array]:
        change, cover = now
        moved = jnp.minimum(0.0, deficit + change)
        floor = jnp.where(cover > 0.5, bounds.lowest, jnp.minimum(bounds.bare, deficit))
        deficit = jnp.maximum(floor, moved)
        return deficit, deficit

    end, series = lax.scan(month, jnp.broadcast_to(start, balance.shape[1:]), (balance, covered))
    return series, end


def moisture_modifier(deficit: Array, bounds: Deficits, minimum: Array) -> Array:
    """Factor of the deficit: 1 above the onset, falling to `minimum` at the wilting point, and that below it."""
    fall = minimum + (1.0 - minimum) * (bounds.wilting - deficit) / (bounds.wilting - bounds.onset)
    return jnp.where(deficit > bounds.onset, 1.0, jnp.where(deficit > bounds.wilting, fall, minimum))


def inert_carbon(total: Array, parameters: Parameters) -> Array:
    """Inert organic carbon (t C ha-1) that goes with a total stock (t C ha-1), Falloon et al. (1998)."""
    return parameters["rothc_inert_factor"] * total ** parameters["rothc_inert_exponent"]
