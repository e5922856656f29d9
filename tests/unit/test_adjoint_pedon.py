"""Derivatives of the zones model through years and through its steady state."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pedon_columns as columns
import pytest
from adjoint_cases import (
    BATCH,
    assert_derivatives,
    both,
    steppers,
)

from pedozone.column.geometry import share_above
from pedozone.engine.adjoint import steady_state, years_scan
from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.precision import double_precision
from pedozone.engine.spinup import SpinupOptions, Status
from pedozone.engine.stepping import STEPPERS, no_tracers

LAYERS, DEPTH = 10, 2.0
RATES = ("uptake_rate", "necromass_decay_rate", "stable_desorption_rate", "activation_energy_uptake")
OTHERS = ("bioturbation_surface", "soil_damping_depth", "som_carbon_fraction")
WEATHER = ("leaf_input", "root_input", "exudate_input", "temperature")


def soc_to_1m(setting, state, soil, values):
    """Soil organic carbon above 1 m, kg m-2 [batch]."""
    face = setting.model.geometry(state.stocks[0], soil, values).face
    return jnp.sum(share_above(face, jnp.ones(face.shape[-1])) * jnp.sum(state.stocks[0], axis=0), axis=0)


@functools.cache
def pedon(stepper: str, backend: str):
    """A grassland, its twin on pure sand and its twin left bare, ten years of them, compiled."""
    site = columns.site(layers=LAYERS, depth_m=DEPTH)
    setting = columns.setting_of(site, BATCH, backend)
    # away from the kink where the best suction is that of field capacity: there no derivative exists
    shifted = {name: jnp.asarray(0.97 * np.asarray(v)) for name, v in setting.parameters.items()}
    setting = dataclasses.replace(setting, parameters=shifted)
    sandy = {"clay": 0.0, "silt": 0.0, "sand": 1.0}
    soil = setting.soil._replace(
        **{name: getattr(setting.soil, name).at[setting.model.graph.organic :, 1].set(v) for name, v in sandy.items()}
    )
    forcing = columns.forcing(site, "temperate-grassland", BATCH)
    unplanted = {n: getattr(forcing, n).at[..., 2].set(0.0) for n in ("leaf_input", "root_input", "exudate_input")}
    forcing = forcing._replace(**unplanted)
    tracing = no_tracers(setting.model.graph, BATCH)

    @jax.jit
    def after(values, weather, soil, start):
        given = (start, soil, forcing._replace(**weather), {**setting.parameters, **values}, setting.modes, tracing)
        state, _ = years_scan(setting.model, setting.solver, STEPPERS[stepper], *given, 10)
        return soc_to_1m(setting, state, soil, {**setting.parameters, **values})

    values = {name: jnp.asarray(setting.parameters[name]) for name in (*RATES, *OTHERS)}
    weather = {name: getattr(forcing, name) for name in WEATHER}
    return setting, soil, forcing, after, (values, weather, soil, columns.bare(setting, 0.05))


def assert_pedon_derivatives(stepper, backend):
    with double_precision():
        _, _, _, after, (values, weather, soil, start) = pedon(stepper, backend)
        inner = {name: getattr(soil, name) for name in ("mineral_mass", "coarse", "ph")}

        def held(at):
            changed = soil._replace(**at[2])
            return jnp.sum(after(at[0], at[1], changed, at[3]))

        # the water balance has kinks: figures that it depends on are given small steps
        assert_derivatives(held, (values, weather, inner, start), step=1e-5)


def test_gradients_of_ten_years_of_a_pedon():
    assert_pedon_derivatives("mprk22", choose_solver().backend)


@pytest.mark.nightly
@both
@steppers
def test_gradients_of_ten_years_of_a_pedon_by_every_way(backend, stepper):
    assert_pedon_derivatives(stepper, backend)


def test_gradients_of_sand_and_of_bare_soil_are_finite():
    with double_precision():
        setting, _, _, after, (values, weather, soil, start) = pedon("mprk22", choose_solver().backend)
        gradient = jax.grad(lambda *at: jnp.sum(after(*at)), argnums=(0, 1, 2, 3))
        for begin in (start, columns.bare(setting, 0.0)):
            found = gradient(values, weather, soil, begin)
            for leaf in jax.tree.leaves(found):
                assert np.isfinite(np.asarray(leaf)).all()
            # what a bare soil holds depends on what could have grown there
            assert float(found[1]["root_input"][2]) > 0.0


@pytest.mark.nightly  # two minutes; test_adjoint does the same on small graphs
def test_gradients_through_the_steady_state_of_a_pedon():
    names = (*RATES, "bioturbation_surface", "soil_damping_depth")
    with double_precision():
        setting, soil, forcing, _, (values, *_, start) = pedon("mprk22", choose_solver().backend)
        soil, forcing, start = jax.tree.map(lambda a: a[..., :1], (soil, forcing, start))
        options = SpinupOptions(tolerance=3e-11)

        def held(at):
            changed, weather = at
            given = ({**setting.parameters, **changed}, setting.modes)
            under = forcing._replace(**weather)
            state, found = steady_state(
                setting.model, setting.solver, STEPPERS["mprk22"], start, soil, under, *given, options
            )
            assert found.status[0] is Status.CONVERGED
            return jnp.sum(soc_to_1m(setting, state, soil, given[0]))

        weather = {name: getattr(forcing, name) for name in WEATHER}
        at = ({name: values[name] for name in names}, weather)
        assert_derivatives(held, at, step=2e-4, together=True)
