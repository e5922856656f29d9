"""What the processes of MEMS read of the column's surroundings, and their view of the stocks.

The model is published in g C m-2 and days for a litter layer and a topsoil; its parameters keep those units here.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.graph import Graph
from pedozone.physics.temperature_response import standcarb
from pedozone.processes.clm_environment import Layers

Array = jax.Array

DAYS = 365.0
GRAMS = 1000.0

SOURCE = "Robertson et al. 2019, doi:10.5194/bg-16-1225-2019"

WARMTH = ("temperature_optimum", "temperature_lag", "temperature_q10", "temperature_reference")
"""Parameters that every process reads for its pace."""


class MemsSoil(NamedTuple):
    """A column of soil; [cells, batch].

    Attributes
    ----------
    sand : Array
        A fraction of the fine earth.
    coarse : Array
        Stones, a fraction of the volume.
    bulk_density : Array
        Of the fine earth, kg m-3.
    ph : Array
    thickness : Array
        Of the layers, m.
    """

    sand: Array
    coarse: Array
    bulk_density: Array
    ph: Array
    thickness: Array


class MemsLitterQuality(NamedTuple):
    """What litter is made of; [batch].

    Attributes
    ----------
    soluble, insoluble : Array
        Shares of its carbon that hot water extracts, and that acid does not dissolve.
    nitrogen : Array
        Per cent of its mass.
    """

    soluble: Array
    insoluble: Array
    nitrogen: Array


class MemsEnvironment(NamedTuple):
    """A year of a column; what changes by month leads with 12, what does not with 1.

    Attributes
    ----------
    temperature : Array [12 or 1, cells, batch]
        Of the soil, degC.
    soil : MemsSoil
    layers : Layers
    leaf, root : Array [12 or 1, 1, batch]
        Litter, kg C m-2 yr-1.
    quality : MemsLitterQuality
    root_share : Array [cells, batch]
        Of roots by layer; what is below the column is left out.
    """

    temperature: Array
    soil: MemsSoil
    layers: Layers
    leaf: Array
    root: Array
    quality: MemsLitterQuality
    root_share: Array

    def pace(self, parameters) -> Array:
        """Days in a year, times the factor of temperature."""
        optimum, lag = parameters["temperature_optimum"], parameters["temperature_lag"]
        base, reference = parameters["temperature_q10"], parameters["temperature_reference"]
        return DAYS * standcarb(self.temperature, optimum, lag, base=base, reference=reference)


class MemsView:
    """Stocks of a stage by pool, in g C m-2 [cells, batch], and the lignocellulose index of the litter."""

    def __init__(self, graph: Graph, stock: Array) -> None:
        self._graph, self._stock = graph, stock

    def __getitem__(self, pool: str) -> Array:
        return GRAMS * self._stock[self._graph.index[pool]]

    @property
    def lignocellulose(self) -> Array:
        """Acid-insoluble litter over all that is structural."""
        insoluble = self["litter_acid_insoluble"]
        return insoluble / jnp.maximum(self["litter_acid_soluble"] + insoluble, 1e-9)


def root_share(face: Array, half: Array, deepest: Array) -> Array:
    """Share of roots by layer: ``z (h + m)/(m (h + z))`` of them lie above z, h and m as below.

    Parameters
    ----------
    face : Array [cells + 1, batch]
        Depths, m.
    half, deepest : Array [batch]
        Depth of half of the roots of a deep-rooted plant, and of the deepest, m.

    Returns
    -------
    Array [cells, batch]
        Less than one altogether where roots go deeper than the column.
    """
    z = jnp.minimum(face, deepest)
    above = z * (half + deepest) / (deepest * (half + z))
    return above[1:] - above[:-1]
