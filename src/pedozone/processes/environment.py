"""What processes read of the column's surroundings, and their view of the stocks."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.column.geometry import Geometry, Soil
from pedozone.engine.graph import Graph

Array = jax.Array

GAS_CONSTANT = 8.314462618e-3  # kJ mol-1 K-1
REFERENCE_TEMPERATURE = 293.15  # K


class Plants(NamedTuple):
    """Plant cover and management of a year; [batch] unless said.

    Attributes
    ----------
    leaf, root, exudate : Array [12, batch]
        Inputs of the month, kg C m-2 yr-1.
    leaf_metabolic, root_metabolic : Array
        Metabolic share of the litter.
    root_share : Array [cells, batch]
        Distribution of roots over the cells, adding up to one.
    leaf_share : Array [cells, batch]
        Where leaf litter lands: the first organic slot, or the depth into which residues are mixed.
    bioturbation, anecic, structural_decay : Array
        Factors on the parameters of the same names.
    tillage_intensity : Array
    tilled : Array [cells, batch]
        Share of each cell above the tillage depth, 0 where nothing is tilled.
    """

    leaf: Array
    root: Array
    exudate: Array
    leaf_metabolic: Array
    root_metabolic: Array
    root_share: Array
    leaf_share: Array
    bioturbation: Array
    anecic: Array
    structural_decay: Array
    tillage_intensity: Array
    tilled: Array


class Environment(NamedTuple):
    """A year of a column; monthly fields lead with 12, constant ones with 1.

    Attributes
    ----------
    temperature : Array [12, cells, batch]
        degC.
    moisture_factor : Array [12, cells, batch]
        1 at its maximum.
    theta : Array [12, cells, batch]
        m3 water per m3 of fine earth.
    face_flux : Array [12, cells + 1, batch]
        Water through the top of each cell and the base, m yr-1, positive downward.
    geometry : Geometry
        At the start of the year.
    soil : Soil
    ph : Array [cells, batch]
        pH under the current cover.
    plants : Plants
    organic : int
        Number of organic slots.
    """

    temperature: Array
    moisture_factor: Array
    theta: Array
    face_flux: Array
    geometry: Geometry
    soil: Soil
    ph: Array
    plants: Plants
    organic: int

    def arrhenius(self, activation_energy: Array) -> Array:
        """Temperature factor, 1 at 20 degC, for an activation energy in kJ mol-1. [12, cells, batch]."""
        kelvin = self.temperature + 273.15
        return jnp.exp(activation_energy / GAS_CONSTANT * (1.0 / REFERENCE_TEMPERATURE - 1.0 / kelvin))

    @property
    def is_mineral(self) -> Array:
        """1 in mineral layers, 0 in organic slots. [cells, 1]."""
        return (jnp.arange(self.ph.shape[0]) >= self.organic).astype(self.ph.dtype)[:, None]


class Local(NamedTuple):
    """What the view of the stocks needs: capacities and volumes [1, cells, batch], water [12, cells, batch]."""

    volume: Array
    theta: Array
    stable_capacity: Array


class View:
    """Stocks as processes see them: by pool, as concentrations, and the room left on mineral surfaces.

    Parameters
    ----------
    graph : Graph
    stock : Array [pools, cells, batch]
    local : Local
        The month's slice.
    """

    def __init__(self, graph: Graph, stock: Array, local: Local) -> None:
        self._graph, self._stock, self.local = graph, stock, local
        self.biomass = self.concentration("microbial")
        self.dissolved = self.concentration("dom")

    def __getitem__(self, pool: str) -> Array:
        """Stock of a pool, kg C m-2 [cells, batch]."""
        return self._stock[self._graph.index[pool]]

    def concentration(self, pool: str) -> Array:
        """Stock per volume of fine earth, kg C m-3 [cells, batch]."""
        return self[pool] / self.local.volume

    @property
    def _filled(self) -> Array:
        """Carbon on the slow surfaces over their capacity; 0 where there is no capacity."""
        capacity = self.local.stable_capacity
        bound = self["maom_intermediate"] + self["maom_stable"]
        return jnp.where(capacity > 0.0, bound / jnp.where(capacity > 0.0, capacity, 1.0), 0.0)

    @property
    def room(self) -> Array:
        """Share of the slow surfaces' capacity that is free, at least 0; 0 where there is no capacity."""
        return jnp.where(self.local.stable_capacity > 0.0, jnp.maximum(1.0 - self._filled, 0.0), 0.0)

    @property
    def overfull(self) -> Array:
        """Excess over the capacity relative to it, at least 0 (release when capacity falls)."""
        return jnp.maximum(self._filled - 1.0, 0.0)
