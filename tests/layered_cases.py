"""Profiles and years of the layered models, for the tests of every model and for their own."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from pedozone.models import century_layered, rothc, rothc_layered
from pedozone.parameters import load_parameters
from pedozone.physics.rothc_modifiers import standard_deficits
from pedozone.processes.century_environment import Texture
from pedozone.processes.clm_environment import PlantCarbon


def values(name: str) -> dict[str, Any]:
    """A parameter set as processes read it."""
    return {key: jnp.asarray(value) for key, value in load_parameters(name).values().items()}


def spread(cells: int, *columns: float):
    """A figure for each column, the same in all layers [cells, batch]."""
    return jnp.broadcast_to(jnp.asarray(columns, float), (cells, len(columns)))


def wave(*columns: float):
    """A year of months that is lowest in winter, times a figure for each column [12, 1, batch]."""
    season = 1.0 - np.cos(2.0 * np.pi * (np.arange(12) + 0.5) / 12.0)
    return jnp.asarray(season[:, None, None] * np.asarray(columns))


def century_profile(cells: int, thickness: float = 0.1) -> century_layered.Profile:
    """Sand, loam and clay in layers that thicken downward."""
    layers = jnp.broadcast_to(thickness * 1.1 ** jnp.arange(cells)[:, None], (cells, 3))
    texture = Texture(spread(cells, 0.05, 0.25, 0.6), spread(cells, 0.1, 0.35, 0.35))
    return century_layered.Profile(texture, layers)


def century_plants(seasonal: bool = True) -> PlantCarbon:
    """Grass and two forests, kg C m-2 yr-1."""
    amounts = ((0.2, 0.3, 0.1), (0.3, 0.2, 0.1), (0.02, 0.1, 0.2), (0.01, 0.05, 0.1))
    if seasonal:
        return PlantCarbon(*(wave(*amount) for amount in amounts))
    return PlantCarbon(*(jnp.asarray(amount).reshape(1, 1, 3) for amount in amounts))


def century_forcing(cells: int, seasonal: bool = True) -> century_layered.Forcing:
    """A temperate, a warm and a frozen place; soil that never freezes, thaws deeply, thaws shallowly."""
    parameters = values("century-clm4.5")
    activity = century_layered.soil_activity(
        jnp.asarray([8.0, 24.0, -6.0]) - 5.0 + 5.0 * wave(1.0, 1.0, 2.0),
        jnp.asarray([10.0, 300.0, 1.0]),
        jnp.asarray([1.0, 0.9, 0.1]),
        parameters,
    )
    if not seasonal:
        activity = jnp.mean(activity, axis=0, keepdims=True)
    return century_layered.Forcing(
        activity=jnp.broadcast_to(activity, (activity.shape[0], cells, 3)),
        plants=century_plants(seasonal),
        root_beta=jnp.asarray([0.943, 0.976, 0.914]),
        rooting_depth=jnp.asarray([2.0, 3.0, 0.5]),
        active_layer=jnp.asarray([5.0, 2.5, 0.8]),
    )


def century(cells: int) -> dict[str, Any]:
    """What the tests of every model need of layered CENTURY."""
    profile = century_profile(cells)
    bare = jnp.zeros_like(profile.thickness)
    return {
        "model": century_layered.LayeredCentury(cells),
        "parameters": values("century-clm4.5"),
        "site": profile,
        "forcing": century_forcing(cells),
        "barren": profile._replace(texture=Texture(bare, bare)),
        # of the climate, which makes the activity before a run
        "read_around": frozenset(
            {"temperature_q10", "temperature_reference", "driest_potential", "wettest_potential", "oxygen_least"}
        ),
    }


def rothc_soil(cells: int, parameters: Any) -> rothc_layered.Soil:
    """Sand, loam and pure clay; inputs by depth as roots."""
    clay, depth = jnp.asarray([0.0, 23.4, 100.0]), jnp.asarray([23.0, 30.0, 10.0])
    share = 0.3 ** jnp.arange(cells)
    return rothc_layered.Soil(
        clay=spread(cells, *np.asarray(clay)),
        thickness=jnp.broadcast_to(depth / 100.0, (cells, 3)),
        input_share=jnp.broadcast_to((share / share.sum())[:, None], (cells, 3)),
        deficits=standard_deficits(clay, depth, parameters),
        moisture_minimum=jnp.full(3, 0.2),
    )


def rothc_forcing(seasonal: bool = True) -> rothc.Forcing:
    """Frozen months, drought, a bare site that gets nothing; without seasons the mean of all but cover."""
    cosine = np.cos(2.0 * np.pi * np.arange(12) / 12.0)[:, None]
    fed = np.array([1.0, 1.0, 0.0])
    forcing = rothc.Forcing(
        temperature=np.array([-4.0, 9.0, 28.0]) - np.array([20.0, 7.0, 2.0]) * cosine,
        rain=np.array([20.0, 60.0, 5.0]) + 0.0 * cosine,
        evaporation=np.array([20.0, 55.0, 150.0]) * (1.0 - 0.9 * cosine),
        covered=(cosine < 0.5) * fed,
        plant=(cosine < -0.5) * fed * 0.8,
        manure=(cosine > 0.9) * fed * 3.0,
        decomposable_ratio=np.array([0.25, 1.44, 0.67]) + 0.0 * cosine,
    )
    if not seasonal:
        mean = rothc.Forcing(*(np.mean(series, axis=0, keepdims=True) for series in forcing))
        forcing = mean._replace(temperature=np.array([[6.0, 9.0, 28.0]]), covered=np.array([[1.0, 1.0, 0.0]]))
    return rothc.Forcing(*(jnp.asarray(series) for series in forcing))


def layered_rothc(cells: int) -> dict[str, Any]:
    """What the tests of every model need of layered RothC."""
    parameters = values("rothc-layered")
    soil = rothc_soil(cells, parameters)
    barren = soil._replace(clay=0.0 * soil.clay)
    return {
        "model": rothc_layered.LayeredRothC(cells),
        "parameters": parameters,
        "site": soil,
        "forcing": rothc_forcing(),
        "barren": barren,
        "stepper": rothc.STEPPER,
        "physical": jnp.zeros(3),
    }
