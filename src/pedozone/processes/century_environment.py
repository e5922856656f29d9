"""What the processes of CENTURY's soil organic submodel read of the column's surroundings."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

Array = jax.Array


class Texture(NamedTuple):
    """Clay and silt as fractions of the fine earth, [cells, batch]."""

    clay: Array
    silt: Array


class Litter(NamedTuple):
    """Plant residues of one place, the surface or the soil.

    Attributes
    ----------
    amount : Array [12 or 1, cells, batch]
        kg C m-2 yr-1.
    lignin_to_nitrogen : Array
        Lignin to nitrogen of the residues, mass of lignin by mass of nitrogen; [batch] or scalar.
    structural_lignin : Array
        Lignin as a fraction of the structural residues; [batch] or scalar.
    """

    amount: Array
    lignin_to_nitrogen: Array
    structural_lignin: Array


class CenturyEnvironment(NamedTuple):
    """A year of a column.

    Attributes
    ----------
    activity : Array [12 or 1, cells, batch]
        Product of the temperature and the moisture modifier, by which every decay rate is multiplied.
    texture : Texture
    surface, soil : Litter
    """

    activity: Array
    texture: Texture
    surface: Litter
    soil: Litter

    @property
    def fines(self) -> Array:
        """Clay and silt together, a fraction [cells, batch]."""
        return self.texture.clay + self.texture.silt


def metabolic_fraction(lignin_to_nitrogen: Array, parameters) -> Array:
    """Share of the residues that is metabolic, falling with lignin to nitrogen; within 0 and 1."""
    fraction = parameters["metabolic_intercept"] - parameters["metabolic_slope"] * lignin_to_nitrogen
    return jnp.clip(fraction, 0.0, 1.0)
