"""What the processes of layered CENTURY, as in CLM, read of the column's surroundings."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.processes.century_environment import Texture

Array = jax.Array


class Layers(NamedTuple):
    """Geometry of a column of mineral layers, m.

    Attributes
    ----------
    thickness : Array [cells, batch]
    face : Array [cells + 1, batch]
        Depths, from 0 downward.
    """

    thickness: Array
    face: Array

    @classmethod
    def of(cls, thickness: Array) -> Layers:
        """Stack layers of the given thickness, m [cells, batch], from the surface down."""
        above = jnp.zeros_like(thickness[:1])
        return cls(thickness, jnp.concatenate([above, jnp.cumsum(thickness, axis=0)]))

    @property
    def centre(self) -> Array:
        """Depths of the centres, m [cells, batch]."""
        return 0.5 * (self.face[1:] + self.face[:-1])

    def exponential(self, efold: Array) -> Array:
        """Shares by layer of what falls off exponentially with depth, adding up to one. [cells, batch]."""
        left = jnp.exp(-self.face / efold)
        return (left[:-1] - left[1:]) / (left[0] - left[-1])


class PlantCarbon(NamedTuple):
    """What plants give to the soil, kg C m-2 yr-1; each [12 or 1, 1, batch].

    Attributes
    ----------
    leaf, root : Array
        Leaves and fine roots.
    stem, coarse_root : Array
        Coarse wood above and below the ground.
    """

    leaf: Array
    root: Array
    stem: Array
    coarse_root: Array


class ClmEnvironment(NamedTuple):
    """A year of a column.

    Attributes
    ----------
    activity : Array [12 or 1, cells, batch]
        Product of the factors of temperature, water, oxygen and depth, by which every decay rate is multiplied.
    texture : Texture
    layers : Layers
    plants : PlantCarbon
    root_share : Array [cells, batch]
        Of roots by layer, adding up to one.
    active_layer : Array [batch]
        Depth of the soil that thaws in summer, m; below the column, or infinite, where nothing stays frozen.
    """

    activity: Array
    texture: Texture
    layers: Layers
    plants: PlantCarbon
    root_share: Array
    active_layer: Array

    @property
    def fines(self) -> Array:
        """Clay and silt together, a fraction [cells, batch]."""
        return self.texture.clay + self.texture.silt
