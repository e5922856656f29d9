"""Bulk density, porosity and water retention from texture, organic matter and depth.

Densities in kg m-3, texture and organic matter as mass fractions, water contents in m3 of water
per m3 of fine earth, suction in kPa (positive).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

__all__ = [
    "Retention",
    "bulk_density",
    "litter_retention",
    "log_water_potential",
    "mineral_bulk_density",
    "particle_density",
    "porosity",
    "saxton_rawls",
    "stack_retention",
    "water_content",
    "water_potential",
    "with_porosity",
]

CLAY_DENSITY = 2760.0
SILT_DENSITY = 2690.0
SAND_DENSITY = 2660.0
ORGANIC_PARTICLE_DENSITY = 1430.0

FIELD_CAPACITY_KPA = 33.0
WILTING_POINT_KPA = 1500.0
OVEN_DRY_KPA = 1.0e6


class Retention(NamedTuple):
    """Water retention of a cell; every field has the shape of the inputs, e.g. (n, B).

    Attributes
    ----------
    saturation, field_capacity, wilting_point : array
        Water content at 0, 33 and 1500 kPa, m3 m-3; saturation > field_capacity > wilting_point.
    conductivity_m_yr : array
        Saturated hydraulic conductivity, m yr-1.
    air_entry_kpa : array
        Suction at which the soil starts to drain, kPa.
    campbell_b, campbell_a : array
        suction = campbell_a theta**(-campbell_b), kPa, drier than field capacity.
    """

    saturation: jax.Array
    field_capacity: jax.Array
    wilting_point: jax.Array
    conductivity_m_yr: jax.Array
    air_entry_kpa: jax.Array
    campbell_b: jax.Array
    campbell_a: jax.Array


def bulk_density(som_fraction, mineral_bulk_density, organic_bulk_density=224.0):
    """Bulk density of the fine earth from its organic matter.

    The volumes of the mineral and the organic constituent add up (Stewart 1970; Adams 1973;
    Robinson et al. 2022, equation 1): ``1/rho = SOM/rho_bOM + (1 - SOM)/rho_bM``.

    Parameters
    ----------
    som_fraction : array_like
        Organic matter over total dry mass, 0 to 1.
    mineral_bulk_density, organic_bulk_density : array_like
        Bulk density of the pure constituents, kg m-3.

    Returns
    -------
    array
        Bulk density, kg m-3.

    References
    ----------
    Robinson et al. (2022), doi:10.1038/s41598-022-11099-7; Adams (1973),
    doi:10.1111/j.1365-2389.1973.tb00737.x.
    """
    return 1.0 / (som_fraction / organic_bulk_density + (1.0 - som_fraction) / mineral_bulk_density)


def mineral_bulk_density(sand, clay, depth):
    """Bulk density of the mineral constituent by texture and depth.

    Tranter et al. (2007): packing is densest near 80 % sand and grows with the logarithm of depth
    (overburden). It is the packing of soils with ordinary structure; a macroporosity state enters
    as a deviation from it. ``clay`` is accepted because other forms need it; this one does not
    read it. With `bulk_density` and organic matter = SOC/0.58 it meets measured densities of
    grassland and cropland within 0.16-0.19 g cm-3 (bias -0.02 to +0.06), and is too dense by
    0.1-0.25 g cm-3 in forest soils and by 0.1-0.16 in aggregated tropical ones.

    Parameters
    ----------
    sand, clay : array_like
        Mass fractions of the fine earth's mineral part, 0 to 1.
    depth : array_like
        Depth of the cell centre below the mineral surface, m; taken as at least 1 cm.

    Returns
    -------
    array
        Bulk density, kg m-3.

    References
    ----------
    Tranter et al. (2007), doi:10.1111/j.1475-2743.2007.00092.x.
    """
    sand, _, depth = jnp.broadcast_arrays(jnp.asarray(sand), jnp.asarray(clay), jnp.asarray(depth))
    sand_percent = 100.0 * sand
    depth_cm = 100.0 * jnp.maximum(depth, 0.01)
    packing = 1350.0 + 4.5 * sand_percent - 0.06 * (sand_percent - 44.65) ** 2
    return packing + 60.0 * jnp.log10(depth_cm)


def particle_density(sand, silt, clay):
    """Density of the mineral particles, by volumes that add up.

    Parameters
    ----------
    sand, silt, clay : array_like
        Mass fractions, summing to 1.

    Returns
    -------
    array
        kg m-3.

    References
    ----------
    Constituent densities: Ruehlmann and Koerschens (2009), used by Robinson et al. (2022).
    """
    return (sand + silt + clay) / (sand / SAND_DENSITY + silt / SILT_DENSITY + clay / CLAY_DENSITY)


def porosity(som_fraction, bulk_density, mineral_particle_density, organic_particle_density=1430.0):
    """Total porosity from bulk and particle densities (Robinson et al. 2022, equation 2).

    Parameters
    ----------
    som_fraction : array_like
        Organic matter over total dry mass, 0 to 1.
    bulk_density, mineral_particle_density, organic_particle_density : array_like
        kg m-3.

    Returns
    -------
    array
        Pore volume over fine-earth volume, m3 m-3.
    """
    solid_volume = som_fraction / organic_particle_density + (1.0 - som_fraction) / mineral_particle_density
    return 1.0 - bulk_density * solid_volume


def _at_least(value, floor, width=0.005):
    # Smooth maximum: identical to `value` well above the floor, finite slope everywhere.
    gap = value - floor
    return floor + 0.5 * (gap + jnp.sqrt(gap * gap + width * width))


def _campbell(capacity, wilting, gap):
    """Campbell's b and a (kPa) and saturated conductivity (m yr-1)."""
    b = np.log(WILTING_POINT_KPA / FIELD_CAPACITY_KPA) / jnp.log(capacity / wilting)
    a = FIELD_CAPACITY_KPA * jnp.exp(b * jnp.log(capacity))
    return b, a, 8.766 * 1930.0 * jnp.exp((3.0 - 1.0 / b) * jnp.log(gap))


def saxton_rawls(sand, clay, organic_matter):
    """Water retention and conductivity from texture and organic matter.

    Saxton and Rawls (2006), normal density. Their domain is clay up
    to 60 % and organic matter up to 8 %: beyond it the inputs are held at its edge (the slope with
    respect to them is 0 there). Floors, reached only in nearly pure sand and in clay without
    sand, keep wilting point >= 0.01, field capacity - wilting point >= 0.02, saturation - field
    capacity >= 0.03 and air entry between 0.3 kPa and 25 kPa.

    Parameters
    ----------
    sand, clay : array_like
        Mass fractions of the fine earth, 0 to 1.
    organic_matter : array_like
        Organic matter mass fraction of the fine earth, 0 to 1.

    Returns
    -------
    Retention

    References
    ----------
    Saxton and Rawls (2006), doi:10.2136/sssaj2005.0117.
    """
    s = jnp.clip(jnp.asarray(sand), 0.0, 1.0)
    c = jnp.clip(jnp.asarray(clay), 0.0, 0.60)
    om = 100.0 * jnp.clip(jnp.asarray(organic_matter), 0.0, 0.08)

    wilting = -0.024 * s + 0.487 * c + 0.006 * om + 0.005 * s * om - 0.013 * c * om
    wilting = wilting + 0.068 * s * c + 0.031
    wilting = _at_least(1.14 * wilting - 0.02, 0.01)

    capacity = -0.251 * s + 0.195 * c + 0.011 * om + 0.006 * s * om - 0.027 * c * om
    capacity = capacity + 0.452 * s * c + 0.299
    capacity = capacity + 1.283 * capacity**2 - 0.374 * capacity - 0.015
    capacity = wilting + _at_least(capacity - wilting, 0.02)

    drainable = 0.278 * s + 0.034 * c + 0.022 * om - 0.018 * s * om - 0.027 * c * om
    drainable = drainable - 0.584 * s * c + 0.078
    drainable = 1.636 * drainable - 0.107

    gap = _at_least(drainable - 0.097 * s + 0.043, 0.03)
    saturation = capacity + gap

    b, a, conductivity = _campbell(capacity, wilting, gap)

    entry = -21.67 * s - 27.93 * c - 81.97 * drainable + 71.12 * s * drainable
    entry = entry + 8.29 * c * drainable + 14.05 * s * c + 27.16
    entry = entry + 0.02 * entry**2 - 0.113 * entry - 0.70
    entry = 25.0 - _at_least(25.0 - _at_least(entry, 0.3, 0.1), 0.0, 0.1)
    return Retention(saturation, capacity, wilting, conductivity, entry, b, a)


def with_porosity(retention, porosity):
    """Retention of a soil of other density than the texture's normal one.

    Density adjustment of Saxton and Rawls (2006): the saturated content becomes the given
    porosity, a fifth of the change is taken up by field capacity, the wilting point stays;
    conductivity and Campbell's law follow. This is how structure feeds back on water.

    Parameters
    ----------
    retention : Retention
        At normal density, from `saxton_rawls`.
    porosity : array_like
        Total porosity of the current structure, m3 m-3.

    Returns
    -------
    Retention
        Field capacity stays at least 0.02 above the wilting point and 0.03 below saturation.
    """
    wilting = retention.wilting_point
    capacity = retention.field_capacity - 0.2 * (retention.saturation - porosity)
    room = porosity - 0.03
    capacity = room - _at_least(room - capacity, 0.0)
    capacity = wilting + _at_least(capacity - wilting, 0.02)
    gap = _at_least(porosity - capacity, 0.03)
    b, a, conductivity = _campbell(capacity, wilting, gap)
    return retention._replace(
        saturation=capacity + gap,
        field_capacity=capacity,
        conductivity_m_yr=conductivity,
        campbell_b=b,
        campbell_a=a,
    )


def litter_retention():
    """Water retention of an organic slot (fibric litter), as scalars.

    Campbell's law with the fibric peat of Letts et al. (2000): porosity 0.93, air entry 0.101 kPa,
    b 2.7, conductivity 2.8e-4 m s-1.

    Returns
    -------
    Retention

    References
    ----------
    Letts et al. (2000), doi:10.1080/07055900.2000.9649643.
    """
    saturation, entry, b = 0.93, 0.101, 2.7
    capacity = saturation * (FIELD_CAPACITY_KPA / entry) ** (-1.0 / b)
    wilting = saturation * (WILTING_POINT_KPA / entry) ** (-1.0 / b)
    conductivity = 2.8e-4 * 31_557_600.0
    a = FIELD_CAPACITY_KPA * capacity**b
    return Retention(saturation, capacity, wilting, conductivity, entry, b, a)  # pyright: ignore[reportArgumentType]


def stack_retention(organic, slots, mineral):
    """Retention of a whole column: organic slots above mineral layers.

    Parameters
    ----------
    organic : Retention
        Scalars or arrays of shape (B,), e.g. from `litter_retention`.
    slots : int
        Number of organic slots.
    mineral : Retention
        Arrays of shape (n_mineral, B).

    Returns
    -------
    Retention
        Arrays of shape (slots + n_mineral, B).
    """

    def stack(top, below):
        top = jnp.broadcast_to(jnp.asarray(top, below.dtype), (slots, *below.shape[1:]))
        return jnp.concatenate([top, below])

    return Retention(*(stack(top, below) for top, below in zip(organic, mineral, strict=True)))


def water_potential(theta, retention):
    """Suction of the soil water.

    Drier than field capacity ``a theta**(-b)``; from there to saturation linear down to the
    air-entry suction (Saxton and Rawls 2006). At most 1e6 kPa (oven dry).

    Parameters
    ----------
    theta : array_like
        Water content, m3 m-3 of fine earth.
    retention : Retention

    Returns
    -------
    array
        Suction, kPa, positive.
    """
    theta = jnp.asarray(theta)
    held, wet = _held_and_wet(theta, retention)
    capacity = retention.field_capacity
    dry = FIELD_CAPACITY_KPA * jnp.exp(retention.campbell_b * jnp.log(capacity / held))
    return jnp.where(theta < capacity, dry, wet)


def water_content(suction_kpa, retention):
    """Water content at a suction, the inverse of `water_potential`; saturated below the air-entry suction.

    Parameters
    ----------
    suction_kpa : array_like
        kPa, above 0.
    retention : Retention

    Returns
    -------
    array
        m3 m-3 of fine earth.
    """
    suction = jnp.asarray(suction_kpa)
    capacity, entry = retention.field_capacity, retention.air_entry_kpa
    held = jnp.clip(suction, FIELD_CAPACITY_KPA, OVEN_DRY_KPA)
    dry = capacity * jnp.exp(-jnp.log(held / FIELD_CAPACITY_KPA) / retention.campbell_b)
    drained = jnp.clip((FIELD_CAPACITY_KPA - suction) / (FIELD_CAPACITY_KPA - entry), 0.0, 1.0)
    return dry + drained * (retention.saturation - capacity)


def log_water_potential(theta, retention):
    """Natural logarithm of `water_potential` (in kPa), by one logarithm and no exponential.

    Parameters
    ----------
    theta : array_like
        Water content, m3 m-3 of fine earth.
    retention : Retention

    Returns
    -------
    array
        ln(suction / kPa).
    """
    theta = jnp.asarray(theta)
    held, wet = _held_and_wet(theta, retention)
    is_dry = theta < retention.field_capacity
    logarithm = jnp.log(jnp.where(is_dry, retention.field_capacity / held, wet))
    dry = np.log(FIELD_CAPACITY_KPA) + retention.campbell_b * logarithm
    return jnp.where(is_dry, dry, logarithm)


def _held_and_wet(theta, retention):
    """Water content within Campbell's law, and suction where wetter than field capacity."""
    capacity, saturation = retention.field_capacity, retention.saturation
    driest = capacity * jnp.exp(-np.log(OVEN_DRY_KPA / FIELD_CAPACITY_KPA) / retention.campbell_b)
    wetness = jnp.clip((theta - capacity) / (saturation - capacity), 0.0, 1.0)
    wet = FIELD_CAPACITY_KPA + wetness * (retention.air_entry_kpa - FIELD_CAPACITY_KPA)
    return jnp.clip(theta, driest, capacity), wet
