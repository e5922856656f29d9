"""What a column would respire with all the oxygen of the atmosphere: the demand that oxygen diffuses against."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from pedozone.engine.declarations import Role
from pedozone.engine.graph import Graph
from pedozone.engine.process import Parameters
from pedozone.processes.environment import arrhenius

Array = jax.Array


def respiration_potential(
    graph: Graph,
    stock: Array,
    volume: Array,
    temperature: Array,
    dryness: Array,
    roots: Array,
    forcing: Any,
    parameters: Parameters,
    warmth: Array | None = None,
) -> Array:
    """Respiration where oxygen does not limit, from the stocks at the start of a year.

    What is depolymerised and exuded is respired within weeks but for the share that grows; maintenance comes on top.
    What minerals release is left out: it is slow.

    Parameters
    ----------
    graph : Graph
    stock : Array [pools, cells, batch]
        kg C m-2.
    volume : Array [cells, batch]
        Fine earth, m.
    temperature, dryness : Array [12, cells, batch]
        degC; activity against dryness alone, 0 to 1.
    roots : Array [cells, batch]
        Distribution of roots.
    forcing : Forcing
        With `exudate_input`, `root_phenology` and `structural_decay_factor`.
    warmth : Array [12, cells, batch], optional
        A response to temperature in place of Arrhenius' law.

    Returns
    -------
    Array [12, cells, batch]
        kg C m-3 yr-1 of fine earth.
    """

    def warm(name: str) -> Array:
        return warmth if warmth is not None else arrhenius(temperature, parameters[name])

    biomass = sum((stock[p] for p in graph.roles(Role.LIVING)), jnp.zeros_like(volume)) / volume
    index = graph.index
    structural = parameters["structural_decay_rate"] * forcing.structural_decay_factor
    rates = {
        "litter_metabolic": parameters["metabolic_decay_rate"],
        "litter_structural": structural,
        "pom_macro": structural * parameters["macro_occlusion_factor"],
        "pom_micro": structural * parameters["micro_occlusion_factor"],
        "necromass": parameters["necromass_decay_rate"],
    }
    decaying = sum((rate * stock[index[pool]] for pool, rate in rates.items()), jnp.zeros_like(volume))
    basal, half = parameters["decay_basal_fraction"], parameters["decay_half_saturation"]
    decaying = decaying * (basal + (1.0 - basal) * biomass / (half + biomass)) / volume
    exuded = 12.0 * (forcing.root_phenology * forcing.exudate_input)[:, None] * roots / volume
    respired = 1.0 - parameters["efficiency_structural"]
    supplied = warm("activation_energy_depolymerisation") * dryness * decaying + exuded
    return respired * supplied + parameters["maintenance_rate"] * warm("activation_energy_maintenance") * biomass
