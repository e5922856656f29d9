"""What the processes of Millennial read of the column's surroundings, and their view of the stocks.

The model is published in g C m-2 and days for one metre of soil; its parameters keep those units here.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.graph import Graph

Array = jax.Array

GAS_CONSTANT = 8.31446
"""J mol-1 K-1, as the published program has it; more digits move the steady state by 1e-5."""

DAYS = 365.0
GRAMS = 1000.0


class MillennialSoil(NamedTuple):
    """What a metre of soil is made of, [cells, batch].

    Attributes
    ----------
    fines : Array
        Silt and clay, a fraction.
    bulk_density : Array
        kg m-3.
    ph : Array
    """

    fines: Array
    bulk_density: Array
    ph: Array


class MillennialEnvironment(NamedTuple):
    """A year of a column; fields lead with the number of periods or, if constant, with 1.

    Attributes
    ----------
    temperature : Array [periods, cells, batch]
        degC.
    theta : Array [periods, cells, batch]
        Water, m3 m-3.
    litter : Array [periods, cells, batch]
        kg C m-2 yr-1.
    soil : MillennialSoil
    """

    temperature: Array
    theta: Array
    litter: Array
    soil: MillennialSoil

    def diffusion(self, parameters) -> Array:
        """Factor of substrates' diffusion through water, ``(theta/phi)^0.5``."""
        # kept off zero, where its slope has no end
        return jnp.sqrt(jnp.maximum(self.theta / parameters["porosity"], 1e-12))

    def activity(self, parameters) -> Array:
        """Factor on uptake: water potential, oxygen (with its least factor) and diffusion."""
        least = parameters["oxygen_least_factor"]
        air = jnp.maximum((parameters["porosity"] - self.theta) / parameters["porosity"], 1e-12)
        dry = jnp.exp(-parameters["water_potential_sensitivity"] * parameters["water_potential"])
        return dry * (least + (1.0 - least) * jnp.sqrt(air)) * self.diffusion(parameters)

    def velocity(self, factor: Array, energy: Array) -> Array:
        """Arrhenius rate, yr-1, from a factor (d-1) and an activation energy (J mol-1)."""
        return DAYS * factor * jnp.exp(-energy / (GAS_CONSTANT * (self.temperature + 273.15)))


def sorption_capacity(soil: MillennialSoil, parameters) -> Array:
    """Most carbon that minerals hold, g C m-2, at least 1. [cells, batch]."""
    return jnp.maximum(soil.bulk_density * soil.fines * parameters["capacity_of_fines"], 1.0)


class MillennialView:
    """Stocks of a stage by pool, in g C m-2 [cells, batch]."""

    def __init__(self, graph: Graph, stock: Array) -> None:
        self._graph, self._stock = graph, stock

    def __getitem__(self, pool: str) -> Array:
        return GRAMS * self._stock[self._graph.index[pool]]
