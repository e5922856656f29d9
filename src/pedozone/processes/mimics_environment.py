"""What the processes of MIMICS read of the column's surroundings, and their view of the stocks.

The model is published in mg C cm-3, which is kg C m-3, and hours; its parameters keep those units here.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.graph import Graph
from pedozone.processes.clm_environment import Layers

Array = jax.Array

HOURS = 8760.0
"""In a year of 365 days."""

GRAMS = 1000.0

MICROBES = ("r", "k")
"""Copiotrophs, which grow fast, and oligotrophs."""

SUBSTRATES = {"metabolic": "litter_metabolic", "structural": "litter_structural", "available": "available"}
"""What microbes decompose, by its name in parameters, and the pool."""


class MimicsEnvironment(NamedTuple):
    """A year of a column; what changes by month leads with 12, what does not with 1.

    Attributes
    ----------
    temperature : Array [12 or 1, cells, batch]
        Of the soil, degC.
    activity : Array [12 or 1, cells, batch]
        Factor of water and oxygen on decomposition.
    clay : Array [cells, batch]
        A fraction.
    layers : Layers
    leaf, root : Array [12 or 1, 1, batch]
        Litter, kg C m-2 yr-1.
    metabolic : Array [batch]
        Share of the litter that is metabolic.
    productivity : Array [batch]
        Net primary production, kg C m-2 yr-1.
    root_share : Array [cells, batch]
        Of roots by layer, adding up to one.
    active_layer : Array [batch]
        Depth to which the soil thaws, m; infinite where nothing stays frozen.
    """

    temperature: Array
    activity: Array
    clay: Array
    layers: Layers
    leaf: Array
    root: Array
    metabolic: Array
    productivity: Array
    root_share: Array
    active_layer: Array


class MimicsView:
    """Concentrations of a stage by pool, kg C m-3 [cells, batch]."""

    def __init__(self, graph: Graph, stock: Array, thickness: Array) -> None:
        self._graph, self._stock, self._thickness = graph, stock, thickness

    def __getitem__(self, pool: str) -> Array:
        return self._stock[self._graph.index[pool]] / self._thickness


def root_of(fraction: Array) -> Array:
    """Square root of what is not negative, its slope kept finite at zero."""
    return jnp.sqrt(jnp.maximum(fraction, 1e-24))
