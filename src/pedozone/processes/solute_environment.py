"""What models of dissolved carbon in a mineral soil read of its surroundings, and their view of the stocks."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax

from pedozone.engine.graph import Graph
from pedozone.physics.temperature_response import arrhenius
from pedozone.processes.clm_environment import Layers

Array = jax.Array

REFERENCE = 20.0
"""Temperature of the rates, degC."""


class SoluteSoil(NamedTuple):
    """The mineral soil, [cells, batch].

    Attributes
    ----------
    thickness : Array
        m.
    bulk_density : Array
        kg m-3.
    fines : Array
        Clay and silt, a fraction of the mass.
    """

    thickness: Array
    bulk_density: Array
    fines: Array


class SoluteEnvironment(NamedTuple):
    """A year of a column.

    Attributes
    ----------
    temperature : Array [12 or 1, cells, batch]
        degC.
    velocity_down, velocity_up : Array [12 or 1, cells, batch], [12 or 1, cells - 1, batch]
        Of dissolved carbon across the lower face of each cell, and upward across the inner faces, m yr-1.
    soil : SoluteSoil
    layers : Layers
    leaf, root : Array [12 or 1, 1, batch]
        Litter, kg C m-2 yr-1.
    root_share : Array [cells, batch]
        Of roots by layer, adding up to one.
    """

    temperature: Array
    velocity_down: Array
    velocity_up: Array
    soil: SoluteSoil
    layers: Layers
    leaf: Array
    root: Array
    root_share: Array

    def warmth(self, energy: Any) -> Array:
        """Arrhenius factor of an activation energy (kJ mol-1), 1 at 20 degC."""
        return arrhenius(self.temperature, energy, 1.0) / arrhenius(REFERENCE, energy, 1.0)

    def litter(self, surface_depth: Array) -> tuple[Array, Array]:
        """Litter of leaves, which falls off exponentially with depth (m), and of roots, by layer, kg C m-2 yr-1."""
        return self.leaf * self.layers.exponential(surface_depth), self.root * self.root_share

    def capacity(self, of_fines: Array) -> Array:
        """Most carbon on surfaces, kg m-3 [1, cells, batch], from its mass by mass of clay and silt."""
        return (of_fines * self.soil.fines * self.soil.bulk_density)[None]


class ConcentrationView:
    """Concentrations of a stage by pool, kg C per m3 of soil [cells, batch]."""

    def __init__(self, graph: Graph, stock: Array, thickness: Array) -> None:
        self._graph, self._stock, self._thickness = graph, stock, thickness

    def __getitem__(self, pool: str) -> Array:
        return self._stock[self._graph.index[pool]] / self._thickness
