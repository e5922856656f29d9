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


class Replacement(NamedTuple):
    """A published response in place of the model's own factor.

    Attributes
    ----------
    factor : Array [periods, cells, batch]
        The response over its value at the reference.
    reference : Array
        The reference: degC, or water content (m3 m-3).
    """

    factor: Array
    reference: Array


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
    warmth, wetness : Replacement or None
        Responses in place of Arrhenius' law, and of the factors of water, air and diffusion.
    """

    temperature: Array
    theta: Array
    litter: Array
    soil: MillennialSoil
    warmth: Replacement | None = None
    wetness: Replacement | None = None

    def diffusion(self, parameters) -> Array:
        """Factor of substrates' diffusion through water, ``(theta/phi)^0.5``."""
        if self.wetness is None:
            return _diffusion(self.theta, parameters)
        return _diffusion(self.wetness.reference, parameters) * self.wetness.factor

    def activity(self, parameters) -> Array:
        """Factor on uptake: water potential, oxygen (with its least factor) and diffusion."""
        if self.wetness is None:
            return _activity(self.theta, parameters)
        return _activity(self.wetness.reference, parameters) * self.wetness.factor

    def velocity(self, factor: Array, energy: Array) -> Array:
        """Arrhenius rate, yr-1, from a factor (d-1) and an activation energy (J mol-1)."""
        if self.warmth is None:
            return DAYS * factor * _arrhenius(self.temperature, energy)
        return DAYS * factor * _arrhenius(self.warmth.reference, energy) * self.warmth.factor


def _diffusion(theta: Array, parameters) -> Array:
    # kept off zero, where its slope has no end
    return jnp.sqrt(jnp.maximum(theta / parameters["porosity"], 1e-12))


def _activity(theta: Array, parameters) -> Array:
    least = parameters["oxygen_least_factor"]
    air = jnp.maximum((parameters["porosity"] - theta) / parameters["porosity"], 1e-12)
    dry = jnp.exp(-parameters["water_potential_sensitivity"] * parameters["water_potential"])
    return dry * (least + (1.0 - least) * jnp.sqrt(air)) * _diffusion(theta, parameters)


def _arrhenius(temperature: Array, energy: Array) -> Array:
    return jnp.exp(-energy / (GAS_CONSTANT * (temperature + 273.15)))


def sorption_capacity(soil: MillennialSoil, parameters) -> Array:
    """Most carbon that minerals hold, g C m-2, at least 1. [cells, batch]."""
    return jnp.maximum(soil.bulk_density * soil.fines * parameters["capacity_of_fines"], 1.0)


class MillennialView:
    """Stocks of a stage by pool, in g C m-2 [cells, batch]."""

    def __init__(self, graph: Graph, stock: Array) -> None:
        self._graph, self._stock = graph, stock

    def __getitem__(self, pool: str) -> Array:
        return GRAMS * self._stock[self._graph.index[pool]]
