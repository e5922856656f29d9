"""How fast decomposition runs at a state of the soil's water, as published models have it.

Every function takes a `Water` and returns a dimensionless factor, scaled as its authors scaled it: at its best that is
1, about 1, or, where substrate and oxygen always limit, less. `pedozone.physics.responses` declares them as modifiers
that models take.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.physics.moisture import water_potential_factor_from_log
from pedozone.physics.pedotransfer import Retention, log_water_potential, water_content

__all__ = ["Water", "century", "clm", "damm", "daycent", "ghezzehei", "manzoni", "moyano", "rothc", "skopp"]

Array = jax.Array

_OXYGEN_OF_AIR = 0.209  # m3 m-3
_NEARLY_NOTHING = 1e-12  # under a root, whose slope has no end at nought


class Water(NamedTuple):
    """The water of a soil by everything that a published response reads; arrays of one shape or broadcast.

    Attributes
    ----------
    theta, porosity : Array
        Water content and pore volume, m3 per m3 of fine earth.
    field_capacity, wilting_point : Array
        Water content at 33 and 1500 kPa, m3 m-3.
    log_suction : Array
        ln(suction / kPa).
    supply : Array
        Water supplied over water demanded by the air (precipitation over potential evapotranspiration, -); the
        extractable share where a model knows water contents alone.
    """

    theta: Array
    porosity: Array
    field_capacity: Array
    wilting_point: Array
    log_suction: Array
    supply: Array

    @classmethod
    def of(cls, theta: Array, retention: Retention) -> Water:
        """The state of a soil at a water content (m3 m-3), with its supply taken as the extractable share."""
        capacity, wilting = retention.field_capacity, retention.wilting_point
        extractable = (theta - wilting) / (capacity - wilting)
        suction = log_water_potential(theta, retention)
        return cls(jnp.asarray(theta), retention.saturation, capacity, wilting, suction, extractable)

    @classmethod
    def of_suction(cls, suction_kpa: Array, retention: Retention) -> Water:
        """The state of a soil at a suction (kPa, positive)."""
        return cls.of(water_content(suction_kpa, retention), retention)

    @classmethod
    def of_extractable(cls, share: Array, retention: Retention) -> Water:
        """The state of a soil from its water above the wilting point as a share of that at field capacity."""
        capacity, wilting = retention.field_capacity, retention.wilting_point
        return cls.of(jnp.maximum(wilting + share * (capacity - wilting), 0.0), retention)

    @property
    def extractable(self) -> Array:
        """Water above the wilting point as a share of that at field capacity; above 1 where wetter."""
        return (self.theta - self.wilting_point) / (self.field_capacity - self.wilting_point)

    @property
    def saturated(self) -> Array:
        """Share of the pores that water fills, 0 to 1."""
        return jnp.clip(self.theta / self.porosity, 0.0, 1.0)

    @property
    def air(self) -> Array:
        """Share of the pores that air fills, 0 to 1."""
        return 1.0 - self.saturated


def rothc(water: Water, onset=0.444, least=0.2):
    """RothC: 1 down to a deficit of `onset`, from there straight to `least` at the wilting point.

    RothC counts its deficit from field capacity and takes the largest one as that at 15 bar, so that the deficit as a
    share of the largest is one less the extractable share of `Water`.

    Parameters
    ----------
    water : Water
    onset : float
        Share of the largest deficit above which water limits.
    least : float
        Factor at the wilting point and below.

    Returns
    -------
    array

    References
    ----------
    Coleman and Jenkinson (1996), doi:10.1007/978-3-642-61094-3_17.
    """
    return jnp.clip(least + (1.0 - least) * water.extractable / (1.0 - onset), least, 1.0)


def century(water: Water, factor=30.0, steepness=8.5):
    """CENTURY: ``1 / (1 + 30 exp(-8.5 supply))``.

    Parameters
    ----------
    water : Water
    factor, steepness : float

    Returns
    -------
    array

    References
    ----------
    Parton et al. (1987), doi:10.2136/sssaj1987.03615995005100050015x; in this form Adair et al. (2008),
    doi:10.1111/j.1365-2486.2008.01674.x.
    """
    return 1.0 / (1.0 + factor * jnp.exp(-steepness * water.supply))


def daycent(water: Water, scale=5.0, level=0.287, slope=0.009, offset=17.47):
    """DayCent: ``5 (0.287 + atan(0.009 pi (RWC - 17.47)) / pi)`` with the extractable water RWC in %; not below 0.

    Parameters
    ----------
    water : Water
    scale, level : float
        -
    slope : float
        Per %.
    offset : float
        %.

    Returns
    -------
    array
        3.3 at field capacity.

    References
    ----------
    Del Grosso et al. (2005), doi:10.1007/s10533-004-0898-z.
    """
    bend = jnp.arctan(math.pi * slope * (100.0 * water.extractable - offset)) / math.pi
    return jnp.maximum(scale * (level + bend), 0.0)


def clm(water: Water, driest=2.5, wettest=0.002):
    """CLM: linear in the logarithm of the water potential, from 1 at `wettest` to 0 at `driest`.

    Parameters
    ----------
    water : Water
    driest, wettest : float
        Suction, MPa; CLM4.5 has 10 for the driest.

    Returns
    -------
    array

    References
    ----------
    Andrén and Paustian (1987), doi:10.2307/1939203; as in CLM5, Lawrence et al. (2019), doi:10.1029/2018MS001583.
    """
    return water_potential_factor_from_log(water.log_suction, driest, 1e3 * wettest)


def manzoni(water: Water, threshold=15.0, optimum=33.0):
    """Manzoni: linear in the logarithm of the suction, from 1 at `optimum` to 0 at `threshold`.

    Parameters
    ----------
    water : Water
    threshold : float
        MPa.
    optimum : float
        kPa.

    Returns
    -------
    array

    References
    ----------
    Manzoni, Schimel and Porporato (2012), doi:10.1890/11-0026.1.
    """
    return water_potential_factor_from_log(water.log_suction, threshold, optimum)


def moyano(water: Water, linear=3.11, quadratic=2.42):
    """Moyano: ``3.11 theta - 2.42 theta^2``; greatest, 1.0, at a water content of 0.64.

    Parameters
    ----------
    water : Water
    linear, quadratic : float

    Returns
    -------
    array

    References
    ----------
    Moyano, Manzoni and Chenu (2013), doi:10.1016/j.soilbio.2013.01.002.
    """
    return jnp.maximum(linear * water.theta - quadratic * water.theta**2, 0.0)


def skopp(water: Water, diffusion=2.0, aeration=2.0, diffusion_exponent=1.3, aeration_exponent=0.8):
    """Skopp: the lesser of what substrates diffusing in water, ``2 s^1.3``, and oxygen, ``2 (1 - s)^0.8``, let run.

    Parameters
    ----------
    water : Water
    diffusion, aeration : float
        Factors of the two.
    diffusion_exponent, aeration_exponent : float

    Returns
    -------
    array

    References
    ----------
    Skopp, Jawson and Doran (1990), doi:10.2136/sssaj1990.03615995005400060018x.
    """
    wet = jnp.maximum(water.saturated, _NEARLY_NOTHING)
    airy = jnp.maximum(water.air, _NEARLY_NOTHING)
    return jnp.minimum(diffusion * wet**diffusion_exponent, aeration * airy**aeration_exponent)


def ghezzehei(water: Water, sensitivity=2.1e-4, least=0.2, diffusion_exponent=0.5, aeration_exponent=0.5):
    """Ghezzehei: ``exp(-lambda psi) s^0.5 (k + (1 - k) (1 - s)^0.5)``: cells, diffusion in water, oxygen.

    Parameters
    ----------
    water : Water
    sensitivity : float
        Of cells to suction, lambda, kPa-1.
    least : float
        Factor k without oxygen.
    diffusion_exponent, aeration_exponent : float

    Returns
    -------
    array

    References
    ----------
    Ghezzehei et al. (2019), doi:10.5194/bg-16-1187-2019.
    """
    wet = jnp.maximum(water.saturated, _NEARLY_NOTHING)
    airy = jnp.maximum(water.air, _NEARLY_NOTHING)
    oxygen = least + (1.0 - least) * airy**aeration_exponent
    return jnp.exp(-sensitivity * jnp.exp(water.log_suction)) * wet**diffusion_exponent * oxygen


def damm(
    water: Water,
    substrate=0.048,
    soluble=4.14e-4,
    substrate_half=9.95e-7,
    oxygen_half=0.121,
    liquid_exponent=3.0,
    gas_exponent=1.3333333333333333,
):
    """DAMM: ``S/(kM + S) O2/(kM' + O2)``, with soluble substrate and oxygen as they diffuse through water and air.

    ``S = p S_total s^3`` and ``O2 = 0.209 (1 - s)^(4/3)`` for the share s of the pores that water fills. The published
    coefficients of diffusion, 3.17 in water and 1.67 in air, are ``porosity^-3`` and ``porosity^-(4/3)`` for the
    porosity of 0.68 at Harvard Forest: all substrate arrives in saturated soil, all oxygen in dry soil.

    Parameters
    ----------
    water : Water
    substrate : float
        Carbon of the soil, g cm-3.
    soluble : float
        Share of it that is soluble, p.
    substrate_half : float
        g C cm-3.
    oxygen_half : float
        cm3 O2 per cm3 of air.
    liquid_exponent, gas_exponent : float

    Returns
    -------
    array

    References
    ----------
    Davidson et al. (2012), doi:10.1111/j.1365-2486.2011.02546.x.
    """
    wet = jnp.maximum(water.saturated, _NEARLY_NOTHING)
    airy = jnp.maximum(water.air, _NEARLY_NOTHING)
    arriving = soluble * substrate * wet**liquid_exponent
    oxygen = _OXYGEN_OF_AIR * airy**gas_exponent
    return arriving / (substrate_half + arriving) * oxygen / (oxygen_half + oxygen)
