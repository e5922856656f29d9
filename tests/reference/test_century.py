"""CENTURY's soil organic submodel against SoilR's, and the published temperature responses against theirs."""

import json

import jax
import jax.numpy as jnp
import model_cases as cases
import numpy as np
import pytest

from pedozone.engine.ages import operator_matrix
from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.frozen import frozen_year
from pedozone.engine.precision import double_precision
from pedozone.engine.spinup import SpinupOptions, Status, spin_up
from pedozone.engine.steady import steady_stock
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year
from pedozone.models.century import Century, Forcing, climate_activity
from pedozone.physics import temperature_response as response
from pedozone.processes.century_environment import Litter, Texture

pytestmark = pytest.mark.usefixtures("compiled_as_shipped")

WEEKS = 52.0
"""Weeks of a year, by which the reference counts."""

NAMES = ("surf_str", "surf_met", "soil_str", "soil_met", "active", "slow", "passive")
MODEL = Century()
SOLVER = choose_solver()


@pytest.fixture(autouse=True)
def doubles():
    with double_precision():
        yield


@pytest.fixture(scope="module")
def given(shared_path):
    return json.loads(shared_path("reference/century/century.json").read_text())["century_5000yr"]


@pytest.fixture(scope="module")
def setting():
    """The reference's call: (texture, forcing, parameters); 3 and 4 per week, half the activity, 25 % clay."""
    with double_precision():
        texture = Texture(cases.cell(0.25), cases.cell(0.35))
        chemistry = jnp.asarray(20.0), jnp.asarray(0.2)
        surface, soil = (Litter(cases.cell(weekly * WEEKS, 1), *chemistry) for weekly in (3.0, 4.0))
        return texture, Forcing(cases.cell(0.5, 1), surface, soil), cases.values("century")


def empty():
    return State(jnp.zeros((1, 7, 1, 1)), ())


def test_the_operator(given, setting):
    year = frozen_year(MODEL, empty(), *setting)
    matrix = operator_matrix(MODEL.graph, year)[0] / WEEKS
    np.testing.assert_allclose(matrix, np.array(given["A_times_xi"]), rtol=1e-13, atol=1e-17)
    entered = [float(u[0, 0]) / WEEKS for u in year.inputs]
    np.testing.assert_allclose(entered, given["u"][:4], rtol=1e-14)


def test_the_steady_state(given, setting, record_property):
    year = frozen_year(MODEL, empty(), *setting)
    found = np.asarray(steady_stock(MODEL.graph, SOLVER, year, jnp.ones((1, 4, 1))))[0, :, 0, 0]
    expected = np.array([given["steady_state"][name] for name in NAMES])
    record_property("largest relative difference", np.abs(found / expected - 1.0).max())
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def run(setting, stepper, years, **divided):
    """Stocks at the end of every year [years + 1, 7], from nothing."""

    @jax.jit
    def all_years(start):
        def one(state, _):
            tracing = no_tracers(MODEL.graph, 1)
            after = run_year(
                MODEL, SOLVER, stepper, state, *setting, MODEL.modelled(), tracing, record=False, **divided
            ).state
            return after, after.stocks[0, :, 0, 0]

        return jax.lax.scan(one, start, length=years)[1]

    return np.concatenate([np.zeros((1, 7)), np.asarray(all_years(empty()))])


@pytest.fixture(scope="module")
def trajectory(shared_path):
    """(years, stocks) of 5000 years."""
    rows = np.genfromtxt(shared_path("reference/century/century_5000yr_C_select.csv"), delimiter=",", names=True)
    return (rows["time"] / WEEKS).round().astype(int), np.stack([rows[name] for name in NAMES], axis=1)


def test_the_trajectory_by_the_matrix_exponential(trajectory, setting, record_property):
    years, expected = trajectory
    found = run(setting, STEPPERS["matrix_exponential"], 5000, periods=1)[years]
    after = years > 0
    record_property("largest relative difference", np.abs(found[after] / expected[after] - 1.0).max())
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_the_trajectory_by_weekly_steps(trajectory, setting, record_property):
    # the program's own step; MPRK22 is second order, and the fastest pool loses an eighth a week
    years, expected = trajectory
    soon = (years > 0) & (years <= 500)
    found = run(setting, STEPPERS["mprk22"], 500, periods=52)[years[soon]]
    record_property("largest relative difference", np.abs(found / expected[soon] - 1.0).max())
    np.testing.assert_allclose(found, expected[soon], rtol=1e-3)
    exact = run(setting, STEPPERS["matrix_exponential"], 1, periods=52)[1]
    coarse, fine = (
        np.abs(run(setting, STEPPERS["mprk22"], 1, periods=52, substeps=n)[1] / exact - 1.0).max() for n in (2, 4)
    )
    assert coarse / fine == pytest.approx(4.0, rel=0.15)


def seasonal(setting):
    texture, forcing, values = setting
    wave = -np.cos(2.0 * np.pi * (np.arange(12) + 0.5) / 12.0)
    temperature, rain, evaporation = 9.0 + 12.0 * wave, np.full(12, 60.0), 50.0 + 45.0 * wave
    activity = climate_activity(*(jnp.asarray(a).reshape(12, 1, 1) for a in (temperature, rain, evaporation)))
    return texture, forcing._replace(activity=activity), values


def test_months_with_seasons(setting):
    """Monthly decomposition in quarters, as the program's, against the exponential of each month."""
    climate = seasonal(setting)
    exact = run(climate, STEPPERS["matrix_exponential"], 30)
    quarters = run(climate, STEPPERS["mprk22"], 30, substeps=4)
    np.testing.assert_allclose(quarters[1:], exact[1:], rtol=2e-3)


def test_a_seasonal_steady_state_is_found_by_solving(setting):
    climate = seasonal(setting)
    stepper, modes, tight = STEPPERS["mprk22"], MODEL.modelled(), SpinupOptions(tolerance=1e-11)
    start = State(jnp.ones((1, 7, 1, 1)), ())
    found = spin_up(MODEL, SOLVER, stepper, start, *climate, modes, tight)
    assert found.status == (Status.CONVERGED,)
    assert found.years[0] < 60
    later = run_year(MODEL, SOLVER, stepper, found.state, *climate, modes, no_tracers(MODEL.graph, 1)).state
    np.testing.assert_allclose(later.stocks, found.state.stocks, rtol=1e-9)


def test_lignin_and_texture(setting):
    texture, forcing, values = setting

    def stocks(texture=texture, **chemistry):
        here = forcing._replace(surface=forcing.surface._replace(**chemistry), soil=forcing.soil._replace(**chemistry))
        year = frozen_year(MODEL, empty(), texture, here, values)
        return np.asarray(steady_stock(MODEL.graph, SOLVER, year, jnp.ones((1, 4, 1))))[0, :, 0, 0]

    usual = dict(zip(NAMES, stocks(), strict=True))
    woody = dict(zip(NAMES, stocks(structural_lignin=jnp.asarray(0.4)), strict=True))
    assert woody["surf_str"] == pytest.approx(usual["surf_str"] * np.exp(3.0 * 0.2), rel=1e-12)
    assert woody["slow"] > usual["slow"]
    clayey = dict(zip(NAMES, stocks(texture=Texture(cases.cell(0.5), cases.cell(0.35))), strict=True))
    assert all(clayey[name] > usual[name] for name in ("active", "slow", "passive"))
    assert clayey["surf_str"] == usual["surf_str"]
    # lignin to nitrogen beyond which nothing is metabolic
    rank = stocks(lignin_to_nitrogen=jnp.asarray(80.0))
    assert rank[1] == rank[3] == 0.0


RESPONSES = {
    # SoilR rounds RothC's constants and lets it run on below -5 degC
    "RothC": lambda t: response.rothc(t, 47.9, 106.0, 18.3, lowest=-18.3),
    "Century1": response.century,
    "Century2": response.century_exponential,
    "Daycent1": response.daycent_exponential,
    "Daycent2": response.daycent,
    "Demeter": response.demeter,
    "KB": response.kirschbaum,
    "LandT": response.lloyd_taylor,
    "Q10_2": response.q10,
    "Standcarb": response.standcarb,
    "Arrhenius": response.arrhenius,
}


@pytest.mark.parametrize("column", RESPONSES)
def test_temperature_responses(column, shared_path, record_property):
    grid = np.genfromtxt(shared_path("reference/century/fT_grid.csv"), delimiter=",", names=True)
    assert set(RESPONSES) == set(grid.dtype.names) - {"T"}
    found = np.asarray(RESPONSES[column](jnp.asarray(grid["T"])))
    record_property("largest relative difference", np.abs(found / grid[column] - 1.0).max())
    np.testing.assert_allclose(found, grid[column], rtol=1e-10)
