"""Sensitivities of a profile's carbon: by differences, by adjoint, and what the criterion makes of them."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pedon_columns as columns
import pytest

from pedozone.config.references import parameters_of
from pedozone.engine.precision import double_precision
from pedozone.engine.spinup import SpinupOptions, Status, spin_up
from pedozone.engine.stepping import STEPPERS
from pedozone.simulation.sensitivities import prior_spread, relevant, sensitivities, steady_slopes
from pedozone.zones.control import is_biotic

STEPPER = STEPPERS["mprk22"]
NAMES = ("stable_desorption_rate", "uptake_rate", "affinity_intercept")
BATCH = 2 * len(NAMES)
KINKED = {"moisture_optimum_kpa"}
"""The best suction is that of field capacity or this, whichever is less: no derivative exists where they meet."""


@functools.cache
def steady():
    """A small grassland at its steady state."""
    site = columns.site("highfield", layers=5, depth_m=1.5)
    with double_precision():
        # as many columns as the differences take, all alike, so that both share their compiled code
        wide = columns.setting_of(site, BATCH)
        parameters = {n: jnp.full(BATCH, v) if n in NAMES else v for n, v in wide.parameters.items()}
        given = (wide.soil, columns.forcing(site, "temperate-grassland", BATCH), parameters, wide.modes)
        found = spin_up(wide.model, wide.solver, STEPPER, columns.bare(wide), *given, SpinupOptions(tolerance=1e-8))
        assert set(found.status) == {Status.CONVERGED}
        setting = columns.setting_of(site)
        state = jax.tree.map(lambda leaf: leaf[..., :1], found.state)
        forcing = jax.tree.map(jnp.asarray, columns.forcing(site, "temperate-grassland"))
    return setting, parameters_of(site), state, forcing


def test_response_is_the_slope_times_the_prior_spread():
    setting, parameters, state, forcing = steady()
    found = sensitivities(setting, STEPPER, parameters, state, forcing, names=NAMES)
    assert found.names == NAMES
    assert found.groups == ("minerals", "microbes", "minerals")
    assert found.response.shape == (3, setting.model.graph.cells, 1)
    spread, logarithmic = prior_spread(parameters, NAMES)
    assert spread[0] == pytest.approx(parameters[NAMES[0]].prior.log_standard_deviation())
    if not logarithmic[2]:
        value = parameters[NAMES[2]]
        assert spread[2] == pytest.approx(value.prior.standard_deviation() / abs(value.value))
    # carbon that comes loose faster is less, and the more so the deeper it lies
    slope = found.response[0, :, 0] / spread[0]
    organic = setting.model.graph.organic
    assert np.all(slope[organic:] < 0.0)
    assert slope[-1] < slope[organic]
    assert is_biotic(found).tolist() == [False, True, False]


@pytest.mark.nightly
def test_a_run_under_the_same_conditions_answers_as_its_steady_state():
    setting, parameters, state, forcing = steady()
    run = range(1950, 1952)
    found = sensitivities(setting, STEPPER, parameters, state, forcing, names=NAMES)
    # through years under the same forcing nothing changes: each column is at its own steady state
    through = sensitivities(
        setting, STEPPER, parameters, state, forcing, names=NAMES, schedule=[(1900, "grass", forcing)], years=run
    )
    assert through.response.shape[-1] == len(run)
    for k in range(len(run)):
        np.testing.assert_allclose(through.response[..., k], found.response[..., 0], rtol=1e-3, atol=1e-4)


def test_what_is_not_trainable_is_left_out_unless_asked_for():
    _, parameters, _, _ = steady()
    chosen = relevant(parameters)
    assert set(chosen) == {n for n in parameters if parameters[n].trainable and parameters[n].value != 0.0}
    assert relevant(parameters, ["uptake_rate"]) == ("uptake_rate",)


@pytest.mark.nightly
def test_differences_agree_with_the_adjoint_of_the_steady_state():
    setting, parameters, state, forcing = steady()
    found = sensitivities(setting, STEPPER, parameters, state, forcing)
    spread, _ = prior_spread(parameters, found.names)
    for cell in range(setting.model.graph.organic, setting.model.graph.cells):
        exact = steady_slopes(setting, STEPPER, state, forcing, cell)
        for k, name in enumerate(found.names):
            slope = found.response[k, cell, 0] / spread[k]
            if name not in KINKED:
                assert slope == pytest.approx(exact[name], rel=1e-3, abs=1e-4), (name, cell)
