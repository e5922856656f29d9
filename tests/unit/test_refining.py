"""Columns that swing because a step is too long are spun up with finer steps; all others are left as they were."""

import jax
import jax.numpy as jnp
import numpy as np
import pedon_columns as columns
import pytest

from pedozone.engine import refining
from pedozone.engine.precision import double_precision
from pedozone.engine.refining import STEP_ERROR, spin_up_by
from pedozone.engine.settling import Given
from pedozone.engine.spinup import Status, spin_up
from pedozone.engine.step_error import step_error
from pedozone.engine.stepping import METHODS, STEPPERS, Finer, FirstOrder, Method

MONTHS, WEEKS = FirstOrder(), Finer(FirstOrder(), 4, "first_order_weekly")
# microbes of low efficiency that take up dissolved carbon in proportion, which sorbs strongly to a small surface
RESTLESS = {
    "uptake_half_saturation": [0.106, 0.34],
    "affinity_ph_slope": [-0.186, -0.15],
    "carbon_use_efficiency": [0.395, 0.29],
    "intermediate_desorption_rate": [0.0395, 0.073],
    "stable_desorption_rate": [1.12e-3, 1.6e-3],
    "seed_bank": [1.3e-4, 3.8e-5],
    "soil_damping_depth": [2.2, 1.6],
}


@pytest.fixture(scope="module")
def given():
    """Two columns, the second of sand, where months are too long: arguments of a spin-up."""
    with double_precision():
        site = columns.site("temperate-grassland", layers=30)
        setting = columns.setting_of(site, 2)
        mineral = np.s_[setting.model.graph.organic :, 1]
        sand = {"clay": 0.04, "silt": 0.04, "sand": 0.92}
        soil = setting.soil._replace(**{k: getattr(setting.soil, k).at[mineral].set(v) for k, v in sand.items()})
        parameters = {**setting.parameters, **{name: jnp.asarray(v) for name, v in RESTLESS.items()}}
        forcing = columns.forcing(site, "temperate-grassland", 2)
        return setting.model, setting.solver, columns.bare(setting, 0.03), soil, forcing, parameters, setting.modes


@pytest.fixture(scope="module")
def found(given):
    model, solver, *rest = given
    with double_precision():
        return spin_up(model, solver, MONTHS, *rest), spin_up_by(model, solver, Method(MONTHS, (WEEKS,)), *rest)


def test_a_steady_state_that_a_column_leaves_by_itself_does_not_count(found):
    monthly, _ = found
    assert monthly.status == (Status.CONVERGED, Status.NO_STEADY_STATE)
    assert "swing" in monthly.causes[1]


def test_the_column_that_swings_settles_in_finer_steps(found):
    monthly, (refined, finer) = found
    assert finer.tolist() == [0, 1]
    assert refined.status == (Status.CONVERGED, Status.CONVERGED)
    assert refined.years[0] == monthly.years[0]
    assert refined.years[1] > monthly.years[1]


def test_the_other_column_is_left_as_it_was(found):
    monthly, (refined, _) = found
    (before,), (after,) = np.asarray(monthly.state.stocks), np.asarray(refined.state.stocks)
    np.testing.assert_array_equal(after[..., 0], before[..., 0])
    np.testing.assert_array_equal(np.asarray(refined.mean.stock)[..., 0], np.asarray(monthly.mean.stock)[..., 0])
    assert np.abs(after[..., 1] / before[..., 1] - 1.0).max() > 1e-3


def test_neither_column_depends_on_the_other(given, found):
    model, solver, *rest, modes = given
    _, (both, finer) = found
    with double_precision():
        for k in (0, 1):
            own = jax.tree.map(lambda leaf, k=k: leaf[..., k : k + 1] if jnp.shape(leaf)[-1:] == (2,) else leaf, rest)
            alone, again = spin_up_by(model, solver, Method(MONTHS, (WEEKS,)), *own, modes)
            assert again.tolist() == [finer[k]]
            np.testing.assert_array_equal(np.asarray(alone.state.stocks)[..., 0], np.asarray(both.state.stocks)[..., k])


def test_the_error_of_a_step_tells_how_much_finer_ones_change(given, found, monkeypatch):
    model, solver, start, *rest = given
    monthly, _ = found
    with double_precision():
        foretold = step_error(model, solver, WEEKS, monthly.state, Given(*rest))
        assert foretold[0] < STEP_ERROR
        monkeypatch.setattr(refining, "STEP_ERROR", 0.0)
        refined, finer = spin_up_by(model, solver, Method(MONTHS, (WEEKS,)), start, *rest)
        assert finer.tolist() == [1, 1]
        assert step_error(model, solver, WEEKS, refined.state, Given(*rest)).max() < 1e-4
    microbes = model.graph.index["microbial"]
    before, after = (np.asarray(s.state.stocks)[0, microbes, :, 0] for s in (monthly, refined))
    changed = np.where(monthly.needy[:, 0], np.abs(after / before - 1.0), 0.0).max()
    assert 1e-3 < changed
    assert 0.25 * changed < foretold[0] < 4.0 * changed  # one correction with the year's mean Jacobian


def test_without_finer_steps_nothing_is_tried_again(given, found):
    model, solver, *rest = given
    with double_precision():
        refined, finer = spin_up_by(model, solver, Method(MONTHS), *rest)
    assert not finer.any()
    assert refined.status == found[0].status


def test_the_default_method_refines_and_named_ones_do_not():
    finer = (STEPPERS["mprk22_weekly"], STEPPERS["mprk22_two_days"])
    assert METHODS["auto"] == Method(STEPPERS["mprk22"], finer)
    assert all(method.finer == () for name, method in METHODS.items() if name != "auto")
