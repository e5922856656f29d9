"""Geometry of a column in mass coordinates: thickness, depth and face positions from the carbon it holds."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

Array = jax.Array

SLOT_THICKNESS = 1e-3
"""Least thickness (m) by which an organic slot's volume is reckoned; an empty slot holds nothing in it."""


PEAT_FROM = 4
"""Least number of organic slots that are peat; fewer are the litter (L, F and H) of a mineral soil."""


class Soil(NamedTuple):
    """What a batch of columns is made of, organic slots first (zeros there unless said).

    Attributes
    ----------
    mineral_mass : Array [cells, batch]
        Fine mineral mass, kg m-2; constant.
    sand, silt, clay : Array [cells, batch]
        Mass fractions of the fine mineral mass.
    coarse : Array [cells, batch]
        Volume fraction of stones; they hold no carbon, no water and no capacity.
    ph : Array [cells, batch]
    mineral_density : Array [cells, batch]
        Bulk density of the mineral constituent, kg m-3.
    capacity : Array [cells, batch]
        Carbon capacity of clay + silt by mineral activity, g C per g.
    oxides : Array [cells, batch], optional
        Oxalate-extractable Al + half of Fe, mass fraction of the fine mineral mass. NaN, here and in the fields below,
        where it is not known, None where it is known nowhere: the soil then is as `capacity` says.
    base_saturation : Array [cells, batch], optional
        Exchangeable Ca, Mg, K and Na over the cation exchange capacity.
    cation_exchange_capacity : Array [cells, batch], optional
        Of the fine mineral mass at pH 7, cmol kg-1.
    exchangeable_sodium : Array [cells, batch], optional
        Sodium over the cation exchange capacity.
    exchangeable_calcium : Array [cells, batch], optional
        cmol kg-1.
    salinity : Array [cells, batch], optional
        Electrical conductivity of the saturation extract, dS m-1.
    clay_activity : Array [cells, batch], optional
        Cation exchange capacity that goes with `capacity`, cmol per kg of clay.
    """

    mineral_mass: Array
    sand: Array
    silt: Array
    clay: Array
    coarse: Array
    ph: Array
    mineral_density: Array
    capacity: Array
    oxides: Array | None = None
    base_saturation: Array | None = None
    cation_exchange_capacity: Array | None = None
    exchangeable_sodium: Array | None = None
    exchangeable_calcium: Array | None = None
    salinity: Array | None = None
    clay_activity: Array | None = None


class Geometry(NamedTuple):
    """Positions in a column at one moment, m; depth 0 is the mineral surface, positive down.

    Attributes
    ----------
    thickness : Array [cells, batch]
        Stones included.
    volume : Array [cells, batch]
        Fine earth per ground area, m3 m-2.
    face : Array [cells + 1, batch]
        Depth of the faces; the first is the top of the organic layer (negative).
    centre : Array [cells, batch]
    organic_fraction : Array [cells, batch]
        Organic matter over fine earth mass.
    bulk_density : Array [cells, batch]
        Dry fine earth, kg m-3.
    """

    thickness: Array
    volume: Array
    face: Array
    centre: Array
    organic_fraction: Array
    bulk_density: Array


def layer_faces(depth: float, layers: int, first: float = 0.02) -> np.ndarray:
    """Nominal depths of the faces of mineral layers that thicken geometrically downward.

    Parameters
    ----------
    depth : float
        Depth of the base, m.
    layers : int
        Number of layers.
    first : float
        Thickness of the first layer, m; equal layers where that would not fit.

    Returns
    -------
    numpy.ndarray [layers + 1]
        From 0 to `depth`, m.
    """
    if first * layers >= depth:
        return np.linspace(0.0, depth, layers + 1)
    low, high = 1.0, 3.0
    for _ in range(200):
        ratio = 0.5 * (low + high)
        total = first * layers if ratio == 1.0 else first * (ratio**layers - 1.0) / (ratio - 1.0)
        low, high = (ratio, high) if total < depth else (low, ratio)
    widths = first * ratio ** np.arange(layers)
    return np.concatenate([[0.0], np.cumsum(widths) * depth / widths.sum()])


def geometry(
    soil: Soil,
    organic_slots: int,
    carbon: Array,
    *,
    carbon_fraction: Array | float,
    organic_density: Array | float,
    litter_density: Array | float,
) -> Geometry:
    """Geometry from mineral mass and carbon; volumes of the two constituents add up (Robinson et al. 2022).

    Parameters
    ----------
    soil : Soil
    organic_slots : int
    carbon : Array [cells, batch]
        All pools, kg C m-2.
    carbon_fraction : float
        Carbon per organic matter, kg kg-1.
    organic_density, litter_density : float
        Bulk density of organic matter in mineral layers and in organic slots, kg m-3.
    """
    matter = carbon / carbon_fraction
    cells = carbon.shape[0]
    is_slot = (np.arange(cells) < organic_slots)[:, None]
    density = jnp.where(is_slot, litter_density, organic_density)
    volume = soil.mineral_mass / soil.mineral_density + matter / density
    thickness = volume / (1.0 - soil.coarse)
    volume = jnp.where(is_slot, jnp.maximum(volume, SLOT_THICKNESS), volume)
    above = -jnp.sum(thickness[:organic_slots], axis=0, keepdims=True)
    face = jnp.concatenate([above, above + jnp.cumsum(thickness, axis=0)])
    mass = soil.mineral_mass + matter
    return Geometry(
        thickness=thickness,
        volume=volume,
        face=face,
        centre=0.5 * (face[1:] + face[:-1]),
        organic_fraction=matter / jnp.maximum(mass, 1e-9),
        bulk_density=mass / volume,
    )


def share_above(face: Array, depth: Array) -> Array:
    """Share of every cell that lies above `depth` [batch]; 0 in organic slots (faces below 0). Shape [cells, batch]."""
    top, bottom = face[:-1], face[1:]
    thickness = jnp.maximum(bottom - top, 1e-12)
    share = jnp.clip((depth - top) / thickness, 0.0, 1.0)
    return jnp.where(bottom > 1e-9, share, 0.0)


def integral_to(cumulative: np.ndarray, face: np.ndarray, depth: float) -> float:
    """Value of a piecewise linear cumulative quantity at a depth.

    Parameters
    ----------
    cumulative, face : numpy.ndarray [faces]
        Cumulative quantity and depth (m) at the faces.
    depth : float
        m; NaN is returned below the last face.
    """
    if depth > face[-1] + 1e-9:
        return float("nan")
    return float(np.interp(depth, face, cumulative))
