"""Profiles and years of SOMPROF, COMISSION and the BAMS1-like network, for the tests of every model and their own."""

from typing import Any

import jax
import jax.numpy as jnp
from layered_cases import spread, values, wave

from pedozone.engine.frozen import frozen_year
from pedozone.engine.year import State
from pedozone.models import somprof
from pedozone.models.solute import Forcing, SoluteAssembly
from pedozone.processes.solute_environment import SoluteSoil
from pedozone.processes.somprof_environment import SomprofSoil

HORIZONS = 3


def where_it_stands(model, stock, site, forcing, parameters):
    """The operator of a model at stocks [pools, cells, columns]; compiled, which is faster than op by op."""
    return jax.jit(lambda x: frozen_year(model, State(x[None], ()), site, forcing, parameters))(jnp.asarray(stock))


def thickening(layers: int, first: float):
    """Layers that thicken downward by a tenth each, m [layers, 3]."""
    return jnp.broadcast_to(first * 1.1 ** jnp.arange(layers)[:, None], (layers, 3))


def somprof_soil(layers: int, first: float = 0.02) -> SomprofSoil:
    """Three soils that grow denser downward."""
    depth = jnp.cumsum(thickening(layers, first), axis=0)
    return SomprofSoil(thickening(layers, first), jnp.asarray([900.0, 1200.0, 1400.0]) + 200.0 * depth)


def somprof_forcing(layers: int, seasonal: bool = True) -> somprof.Forcing:
    """A forest in a temperate, a cool and a warm dry climate."""
    cells = HORIZONS + layers
    swing = wave(8.0, 10.0, 6.0) if seasonal else jnp.asarray([8.0, 10.0, 6.0])[None, None]
    temperature = jnp.asarray([1.0, -6.0, 12.0]) + swing
    litter = (0.25, 0.15, 0.3)
    fall, roots = (wave(*litter), 0.6 * wave(*litter)) if seasonal else (jnp.asarray(litter)[None, None],) * 2
    return somprof.Forcing(
        temperature=jnp.broadcast_to(temperature, (temperature.shape[0], cells, 3)),
        theta=jnp.broadcast_to(spread(cells, 0.25, 0.35, 0.1), (1, cells, 3)),
        above_litter=fall,
        root_litter=roots if seasonal else 0.6 * roots,
    )


def somprof_case(layers: int) -> dict[str, Any]:
    """What the tests of every model need of SOMPROF; it knows nothing of texture."""
    soil = somprof_soil(layers)
    return {
        "model": somprof.Somprof(HORIZONS + layers, HORIZONS),
        "parameters": values("somprof"),
        "site": soil,
        "forcing": somprof_forcing(layers),
        "barren": soil,
    }


def mineral_soil(layers: int, first: float = 0.03) -> SoluteSoil:
    """Sand, loam and clay."""
    return SoluteSoil(thickening(layers, first), spread(layers, 1500.0, 1300.0, 1200.0), spread(layers, 0.1, 0.5, 0.9))


def mineral_forcing(layers: int, seasonal: bool = True) -> Forcing:
    """A temperate, a cool and a warm forest; water that dwindles downward and, in one, comes up in summer."""
    swing = wave(8.0, 8.0, 4.0) if seasonal else jnp.asarray([8.0, 8.0, 4.0])[None, None]
    temperature = jnp.asarray([1.0, -2.0, 16.0]) + swing
    water = jnp.asarray([0.4, 0.5, 0.25]) * jnp.exp(-0.05 * jnp.arange(layers))[:, None]
    if seasonal:
        water = water - 0.25 * (wave(1.0, 1.0, 1.0) - 1.0) * jnp.asarray([0.0, 1.0, 1.2])
    else:
        water = water[None]
    litter = (0.2, 0.15, 0.3)
    fall = wave(*litter) if seasonal else jnp.asarray(litter)[None, None]
    months = max(temperature.shape[0], water.shape[0])
    return Forcing(
        temperature=jnp.broadcast_to(temperature, (temperature.shape[0], layers, 3)),
        theta=jnp.broadcast_to(spread(layers, 0.15, 0.3, 0.4), (1, layers, 3)),
        water_flux=jnp.broadcast_to(water, (months, layers, 3)),
        leaf=fall,
        root=0.8 * fall,
        root_beta=jnp.asarray([0.95, 0.94, 0.96]),
        rooting_depth=jnp.asarray([1.0, 0.8, 2.0]),
    )


def solute_case(name: str, model: SoluteAssembly) -> dict[str, Any]:
    """What the tests of every model need of COMISSION and of the network like BAMS1."""
    layers = model.graph.cells
    soil = mineral_soil(layers, 0.3)
    return {
        "model": model,
        "parameters": values(name),
        "site": soil,
        "forcing": mineral_forcing(layers),
        "barren": soil._replace(fines=0.0 * soil.fines),
    }
