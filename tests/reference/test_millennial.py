"""Millennial V2 against its published program: steady states of three kinetics, ten years of one."""

import json

import jax
import jax.numpy as jnp
import model_cases as cases
import numpy as np
import pytest

from pedozone.drivers.interpolation import between_periods
from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.precision import double_precision
from pedozone.engine.spinup import SpinupOptions, Status, spin_up
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year
from pedozone.models.millennial import Forcing, Millennial, MillennialECA, MillennialLinear
from pedozone.processes.millennial_environment import MillennialSoil

pytestmark = pytest.mark.usefixtures("compiled_as_shipped")

POOLS = {"pom": "POM", "lmwc": "LMWC", "aggregate": "AGG", "microbial": "MIC", "maom": "MAOM"}
KINETICS = {"MM": Millennial, "ECA": MillennialECA, "LIN": MillennialLinear}
FOLDER = "reference/millennial_v2"
GRAMS, DAYS = 1000.0, 365
PARTS = 8
"""Steps in a day: LMWC turns over within one."""


@pytest.fixture(autouse=True)
def doubles():
    with double_precision():
        yield


@pytest.fixture(scope="module")
def case(shared_path):
    return json.loads(shared_path(f"{FOLDER}/case.json").read_text())["results"]


@pytest.fixture(scope="module")
def days(shared_path):
    """(temperature, water, litter in kg C m-2 yr-1) at the start of each day."""
    file = shared_path(f"{FOLDER}/forcing_globalaverage_day_degC_m3m3_gCm2d.csv")
    rows = np.genfromtxt(file, delimiter=",", names=True)
    assert rows.size == DAYS
    return rows["forc_st"], rows["forc_sw"], rows["forc_npp"] * DAYS / GRAMS


def soil():
    return MillennialSoil(cases.cell(0.8), cases.cell(1000.0), cases.cell(7.0))


def test_the_parameters_are_those_of_the_reference(case):
    ours, theirs = cases.values("millennial-v2"), case["params"]
    named = {
        "particulate_share": "param_pi",
        "depolymerisation_factor": "alpha_pl",
        "depolymerisation_energy": "eact_pl",
        "depolymerisation_half_saturation": "kaff_pl",
        "uptake_factor": "alpha_lb",
        "uptake_energy": "eact_lb",
        "uptake_half_saturation": "kaff_lb",
        "growth_efficiency": "cue_ref",
        "growth_efficiency_slope": "cue_t",
        "growth_efficiency_temperature": "tae_ref",
        "death_rate": "rate_bd",
        "dead_to_mineral": "param_pb",
        "particulate_aggregation_rate": "rate_pa",
        "mineral_aggregation_rate": "rate_ma",
        "aggregate_breakup_rate": "rate_break",
        "breakup_to_particulate": "param_pa",
        "desorption_rate": "kaff_des",
        "affinity_ph_slope": "param_p1",
        "affinity_intercept": "param_p2",
        "leaching_rate": "rate_leach",
        "porosity": "porosity",
        "oxygen_least_factor": "kamin",
        "water_potential": "matpot",
        "water_potential_sensitivity": "lambda",
    }
    assert set(ours) - set(named) == {"capacity_of_fines"}
    assert {name: float(ours[name]) for name in named} == {name: theirs[key] for name, key in named.items()}
    assert float(ours["capacity_of_fines"]) == 100.0 * theirs["param_pc"]


@pytest.mark.parametrize("kinetics", KINETICS)
def test_steady_states_under_mean_forcing(kinetics, case, days, record_property):
    model = KINETICS[kinetics]()
    mean = Forcing(*(cases.cell(np.mean(a), 1) for a in days))
    found = spin_up(
        model,
        choose_solver(),
        STEPPERS["first_order"],
        State(jnp.full((1, 5, 1, 1), 0.1), ()),
        soil(),
        mean,
        cases.values("millennial-v2"),
        model.modelled(),
        SpinupOptions(tolerance=1e-12),
    )
    assert found.status == (Status.CONVERGED,)
    assert found.years[0] < 60
    stocks = GRAMS * np.asarray(found.state.stocks)[0, :, 0, 0]
    expected = [case[f"steady_{kinetics}"][POOLS[pool.name]] for pool in model.graph.pools]
    record_property("largest relative difference", np.abs(stocks / expected - 1.0).max())
    np.testing.assert_allclose(stocks, expected, rtol=1e-6)


def ten_years(days, parts):
    """(stocks [days, pools], respired [days]) in g C m-2 at the end of each day from day 1, by MPRK22."""
    model, solver = Millennial(), choose_solver()
    forcing = Forcing(*(jnp.asarray(between_periods(a, parts)).reshape(-1, 1, 1) for a in days))
    values, site = cases.values("millennial-v2"), soil()

    @jax.jit
    def year(state):
        done = run_year(
            model,
            solver,
            STEPPERS["mprk22"],
            state,
            site,
            forcing,
            values,
            model.modelled(),
            no_tracers(model.graph, 1),
            periods=DAYS * parts,
            keep_path=True,
        )
        assert done.path is not None and done.path.loss is not None
        respired = done.path.loss[parts - 1 :: parts, 0, model.graph.fates.index("respired"), 0, 0]
        return done.state, done.path.stocks[parts - 1 :: parts, 0, :, 0, 0], respired

    state = State(jnp.full((1, 5, 1, 1), 1.0 / GRAMS), ())
    stocks, respired, before = [], [], 0.0
    for _ in range(10):
        state, held, lost = year(state)
        stocks.append(GRAMS * np.asarray(held))
        respired.append(before + GRAMS * np.asarray(lost))
        before = respired[-1][-1]
    return np.concatenate(stocks), np.concatenate(respired)


def differences(found, rows):
    """Largest relative difference of every pool and of the carbon respired."""
    stocks, respired = found
    later = rows["time"] > 1.0
    at = rows["time"][later].astype(int) - 2  # the first day ends at t = 2
    pools = {name: stocks[at, k] for k, name in enumerate(POOLS.values())} | {"CO2": respired[at]}
    return {name: np.abs(values / rows[name][later] - 1.0).max() for name, values in pools.items()}


def test_ten_years_of_daily_forcing(days, shared_path, record_property):
    rows = np.genfromtxt(shared_path(f"{FOLDER}/run10yr_MM.csv"), delimiter=",", names=True)
    fine = differences(ten_years(days, PARTS), rows)
    record_property("largest relative difference", max(fine.values()))
    assert max(fine.values()) < 1e-3, fine
    # second order, so that half the step leaves a quarter of the difference, down to the reference's own error
    coarse = differences(ten_years(days, PARTS // 2), rows)
    for name in ("POM", "AGG"):
        assert coarse[name] / fine[name] == pytest.approx(4.0, rel=0.1)


def test_values_between_periods():
    np.testing.assert_allclose(between_periods([0.0, 4.0], 2), [1.0, 3.0, 3.0, 1.0])
    both = between_periods(np.arange(6.0).reshape(3, 2), 1)
    np.testing.assert_allclose(both, [[1.0, 2.0], [3.0, 4.0], [2.0, 3.0]])
    with pytest.raises(ValueError, match="at least one period"):
        between_periods([], 2)


def test_beyond_the_capacity_carbon_comes_back():
    # the published flux to minerals is negative there; ours is the same as a coefficient of the mineral pool
    model, values = Millennial(), cases.values("millennial-v2")
    site = MillennialSoil(cases.cell(0.05), cases.cell(1000.0), cases.cell(7.0))
    forcing = Forcing(cases.cell(11.0, 1), cases.cell(0.25, 1), cases.cell(0.17, 1))
    environment = model.environment(None, (), site, forcing, values)[0]
    process = next(p for p in model.processes if p.name == "millennial_sorption")
    month = jax.tree.map(lambda a: a[0], process.prepare(environment, values))
    capacity, lmwc = 0.05 * 1000.0 * 86.0, 3.0
    for mineral in (0.5 * capacity, 2.0 * capacity):
        stock = jnp.asarray([0.0, lmwc, 0.0, 0.0, mineral]).reshape(5, 1, 1) / GRAMS
        bound, back = (float(k[0, 0]) for k in process.rates(model.view(stock, (), values), month, values))
        wet = np.sqrt(0.25 / 0.6)
        net = wet * np.exp(-0.12 * 7.0 - 0.216) * lmwc * (1.0 - mineral / capacity) - mineral / capacity
        assert bound * lmwc - back * mineral == pytest.approx(DAYS * net, rel=1e-12)
        assert bound >= 0.0 and back >= 0.0
