"""ECOSSE's carbon against RothC, against equations written out a second time, and by its balance of nitrogen."""

import jax
import jax.numpy as jnp
import model_cases as cases
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year
from pedozone.models import ecosse
from pedozone.physics.pedotransfer import saxton_rawls
from pedozone.processes.ecosse_decay import community_nitrogen, nitrogen_factor, ph_modifier

CLAY = 20.0
DECAY = np.array([10.0, 0.3, 0.66, 0.02])
X = 1.67 * (1.85 + 1.6 * np.exp(-0.0786 * CLAY))
KEPT = 1.0 / (1.0 + X)
STEADY_RATIO = 0.5 / 5.5 + 0.5 / 11.5
"""Nitrogen over carbon of the decomposers of a neutral soil, written out."""


@pytest.fixture(autouse=True)
def doubles():
    with double_precision():
        yield


@pytest.fixture(scope="module")
def values():
    with double_precision():
        return cases.values("ecosse")


def site(ph=6.5):
    one = jnp.ones((1, 1))
    return ecosse.Soil(CLAY * one, ph * one, saxton_rawls(0.4 * one, 0.2 * one, 0.02), one)


def year(supply=1.0, carbon_nitrogen=80.0, plant=0.3, temperature=9.25):
    one = jnp.ones((1, 1))
    moist = site().retention.field_capacity
    return ecosse.Forcing(
        temperature=temperature * one[None],
        theta=moist[None],
        covered=0.0 * one,
        plant=plant * one,
        manure=0.0 * one,
        decomposable_ratio=1.44 * one,
        plant_carbon_nitrogen=jnp.asarray([carbon_nitrogen]),
        nitrogen=supply * one[None],
    )


def activity(temperature=9.25):
    return 47.9 / (1.0 + np.exp(106.0 / (temperature + 18.3)))


def run(values, start, forcing, years, substeps=1, soil=None):
    """Stocks [pools] after the years, with ledger and environment of the last."""
    model, solver, stepper = ecosse.Ecosse(1), choose_solver(), STEPPERS["mprk22"]
    tracing = no_tracers(model.graph, 1)

    @jax.jit
    def one(state):
        done = run_year(
            model, solver, stepper, state, soil or site(), forcing, values, model.modelled(), tracing, substeps=substeps
        )
        return done.state, done.ledger, done.environment

    state = State(jnp.asarray(start, float)[None, :, None, None], ())
    for _ in range(years):
        state, ledger, environment = one(state)
    return np.asarray(state.stocks[0, :, 0, 0]), ledger, environment


def rates_of_change(x, supply, carbon_nitrogen, plant, a):
    """The equations a second time: DPM, RPM, BIO, HUM."""
    fresh = a * DECAY[:2] * x[:2]
    old = a * DECAY[2:] * x[2:]
    wanted = (KEPT * STEADY_RATIO - 1.0 / carbon_nitrogen) * fresh.sum()
    there = (1.0 - KEPT) * STEADY_RATIO * old.sum() + supply
    f = min(1.0, there / wanted) if wanted > 0.0 else 1.0
    decomposed = f * fresh.sum() + old.sum()
    inputs = plant * np.array([1.44, 1.0]) / 2.44
    return np.concatenate([inputs - f * fresh, KEPT * decomposed * np.array([0.46, 0.54]) - old])


@pytest.mark.parametrize(
    ("supply", "carbon_nitrogen"), [(0.0, 80.0), (1e-3, 80.0), (5e-4, 30.0), (1.0, 80.0), (0.0, 8.0)]
)
def test_ten_years_against_the_equations_written_out(values, supply, carbon_nitrogen, record_property):
    start = np.array([0.4, 0.6, 0.05, 1.5, 0.3])
    found, *_ = run(values, start, year(supply, carbon_nitrogen), 10, substeps=16)
    wanted = solve_ivp(
        lambda _, x: rates_of_change(x, supply, carbon_nitrogen, 0.3, activity()),
        (0.0, 10.0),
        start[:4],
        method="LSODA",
        rtol=1e-10,
        atol=1e-13,
        max_step=0.05,
    ).y[:, -1]
    error = np.max(np.abs(found[:4] / wanted - 1.0))
    record_property("largest relative difference", error)
    print(f"supply {supply}, C:N {carbon_nitrogen}: {error:.1e}")
    assert error < 2e-4
    assert found[4] == 0.3


def test_where_nitrogen_abounds_it_is_rothc(values):
    model = ecosse.Ecosse(1)
    environment, _ = model.environment(jnp.ones((5, 1, 1)), (), site(), year(supply=1e3), values)
    prepared = {name: value[0] for name, value in model.processes[1].prepare(environment, values).items()}
    state = {pool.name: jnp.ones((1, 1)) for pool in ecosse.POOLS}
    given = np.asarray([float(k[0, 0]) for k in model.processes[1].rates(state, prepared, values)])
    k = activity() * DECAY
    wanted = [k_p * KEPT * share for k_p in k for share in (0.46, 0.54)] + [k_p * (1.0 - KEPT) for k_p in k]
    np.testing.assert_allclose(given, wanted, rtol=1e-12)


def test_the_limitation_by_hand(values):
    prepared = {
        "activity": jnp.full((1, 1), 0.5),
        "bound": jnp.full((1, 1), 0.02),
        "freed": jnp.full((1, 1), 0.1),
        "supply": jnp.full((1, 1), 0.001),
    }
    state = {"dpm": jnp.full((1, 1), 0.1), "rpm": jnp.full((1, 1), 1.0), "bio": jnp.full((1, 1), 0.02)}
    state["hum"] = jnp.full((1, 1), 1.0)
    wanted = (0.1 * 0.5 * (0.66 * 0.02 + 0.02) + 0.001) / (0.02 * 0.5 * (10.0 * 0.1 + 0.3))
    assert float(nitrogen_factor(state, prepared, values)[0, 0]) == pytest.approx(wanted, rel=1e-13)
    prepared["bound"] = jnp.full((1, 1), -0.01)  # plant matter rich in nitrogen
    assert float(nitrogen_factor(state, prepared, values)[0, 0]) == 1.0


def test_short_of_nitrogen_exactly_what_there_is_gets_bound(values):
    start = np.array([0.5, 2.0, 0.02, 1.0, 0.0])
    for supply, short in ((1e-3, True), (1.0, False)):
        _, ledger, environment = run(values, start, year(supply, 100.0), 1, substeps=8)
        net = float(ecosse.net_mineralisation(ecosse.Ecosse(1), ledger, environment)[0, 0])
        assert (net == pytest.approx(-supply, rel=1e-3)) == short
        assert net > -supply * (1.0 + 1e-3)


def test_nitrogen_slows_what_it_does_not_change_in_the_end(values):
    # at a steady state nothing is bound on balance: all that litter brings is set free
    start = np.array([0.5, 2.0, 0.02, 1.0, 0.0])
    poor, rich = (run(values, start, year(supply, 60.0), 3)[0] for supply in (1e-4, 1.0))
    assert poor[:2].sum() > 1.1 * rich[:2].sum()
    inputs = 0.3 * np.array([1.44, 1.0]) / 2.44
    fresh = inputs / (activity() * DECAY[:2])
    old = KEPT * 0.3 / (1.0 - KEPT) * np.array([0.46, 0.54]) / (activity() * DECAY[2:])
    for supply in (1e-4, 1.0):
        np.testing.assert_allclose(
            rates_of_change(np.concatenate([fresh, old]), supply, 60.0, 0.3, activity()), 0.0, atol=1e-15
        )
        stays = run(values, [*fresh, *old, 0.0], year(supply, 60.0), 1)[0]
        np.testing.assert_allclose(stays[:4], [*fresh, *old], rtol=1e-9)


def test_acidity_and_bacteria_written_out(values):
    ph = jnp.asarray([0.5, 1.0, 2.75, 4.0, 4.5, 4.75, 5.5, 7.0])
    np.testing.assert_allclose(ph_modifier(ph, values), [0.2, 0.2, 0.6, 0.2 + 0.8 * 3 / 3.5, 1, 1, 1, 1], rtol=1e-12)
    bacteria = np.array([0.2, 0.2, 0.2, 0.2, 0.3, 0.35, 0.5, 0.5])
    wanted = bacteria / 5.5 + (1.0 - bacteria) / 11.5
    np.testing.assert_allclose(community_nitrogen(ph, values), wanted, rtol=1e-12)


def test_water_limits_when_dry_and_when_flooded(values):
    soil = saxton_rawls(0.4, 0.2, 0.02)
    theta = jnp.stack([0.0, soil.wilting_point, soil.field_capacity, soil.saturation])
    np.testing.assert_allclose(ecosse.moisture_modifier(theta, soil, values), [0.2, 0.2, 1.0, 0.2], rtol=1e-12)
    between = 0.5 * (soil.field_capacity + soil.saturation)
    assert float(ecosse.moisture_modifier(between, soil, values)) == pytest.approx(0.6, rel=1e-12)
