"""Layered RothC against RothC, against a matrix written by hand, and in the direction its parameters push."""

import functools

import jax
import jax.numpy as jnp
import layered_cases as cases
import numpy as np
import pytest

from pedozone.engine.ages import systems
from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.frozen import frozen_year
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year
from pedozone.models import rothc
from pedozone.models.rothc_layered import LayeredRothC
from pedozone.simulation.steady_columns import steady_columns

LAYERS, BATCH, POOLS = 4, 3, 5
MODEL = LayeredRothC(LAYERS)
FED = slice(0, 2)
"""The third site gets nothing."""


@pytest.fixture(autouse=True)
def doubles():
    with double_precision():
        yield


@functools.cache
def values():
    with double_precision():
        return cases.values("rothc-layered")


def given(**changed):
    return {**values(), **{name: jnp.asarray(value) for name, value in changed.items()}}


def steady(cells=LAYERS, solver="auto", **changed):
    soil, forcing = cases.rothc_soil(cells, values()), cases.rothc_forcing(seasonal=False)
    found = steady_columns(
        LayeredRothC(cells), soil, forcing, given(**changed), physical=jnp.zeros(BATCH), solver=solver
    )
    return found[..., FED]


def advanced(model, site, stepper, years, record=True, parameters=None, start=None):
    """Stocks and ledgers of the years that follow random stocks."""
    parameters = given() if parameters is None else parameters
    cells = model.graph.cells
    if start is None:
        start = np.random.default_rng(5).uniform(0.01, 2.0, (1, POOLS, cells, BATCH))
    state, ledger = State(jnp.asarray(start), jnp.zeros(BATCH)), None
    tracing = no_tracers(model.graph, BATCH)

    @jax.jit
    def year(state):
        done = run_year(
            model, choose_solver(), stepper, state, site, cases.rothc_forcing(), parameters, model.modelled(), tracing,
            record=record,
        )  # fmt: skip
        return done.state, done.ledger

    for _ in range(years):
        state, ledger = year(state)
    return np.asarray(state.stocks), jax.tree.map(np.asarray, ledger)


@pytest.mark.parametrize("stepper", [rothc.STEPPER, STEPPERS["mprk22"]], ids=lambda s: s.name)
def test_one_layer_without_descent_is_rothc(stepper):
    soil = cases.rothc_soil(1, values())
    plain = rothc.Soil(soil.clay[0], soil.deficits, soil.moisture_minimum)
    layered, _ = advanced(LayeredRothC(1), soil, stepper, 5, parameters=given(rothc_moved_share=0.0))
    expected, _ = advanced(rothc.RothC(1), plain, stepper, 5)
    if stepper is rothc.STEPPER:
        np.testing.assert_array_equal(layered, expected)
    else:
        np.testing.assert_allclose(layered, expected, rtol=1e-14)


def by_hand(p, b):
    """The matrix (yr-1) of one column's four active pools, layer by layer, and its inputs."""
    soil, forcing = cases.rothc_soil(LAYERS, p), cases.rothc_forcing(seasonal=False)
    model = rothc.RothC(1)
    plain = rothc.Soil(soil.clay[0], soil.deficits, soil.moisture_minimum)
    above, _ = model.environment(jnp.zeros((5, 1, BATCH)), jnp.zeros(BATCH), plain, forcing, p)
    weather = float(above.activity[0, 0, b])
    h, clay = np.asarray(soil.thickness)[:, b], np.asarray(soil.clay)[:, b]
    z = np.cumsum(h) - 0.5 * h
    moved, slowing = float(p["rothc_moved_share"]), float(p["rothc_depth_slowing"])
    matrix, inputs = np.zeros((4, LAYERS, 4, LAYERS)), np.zeros((4, LAYERS))
    for i in range(LAYERS):
        co2_ratio = 1.67 * (1.85 + 1.60 * np.exp(-0.0786 * clay[i]))
        for pool, rate in enumerate((10.0, 0.3, 0.66, 0.02)):
            turnover = rate * weather * np.exp(-slowing * (z[i] - z[0]))
            matrix[pool, i, pool, i] -= turnover
            for receiver, share in ((2, 0.46), (3, 0.54)):
                matrix[receiver, i, pool, i] += (1.0 - moved) * turnover * share / (1.0 + co2_ratio)
            if i + 1 < LAYERS:
                matrix[pool, i + 1, pool, i] += moved * turnover
        plant, manure, ratio = (float(a[0, b]) for a in (forcing.plant, forcing.manure, forcing.decomposable_ratio))
        share = float(soil.input_share[i, b]) * 12.0 / 10.0  # t C ha-1 month-1 to kg C m-2 yr-1
        decomposable = ratio / (1.0 + ratio)
        inputs[:, i] = share * np.array(
            [decomposable * plant + 0.49 * manure, (1.0 - decomposable) * plant + 0.49 * manure, 0.0, 0.02 * manure]
        )
    return matrix.reshape(4 * LAYERS, -1), inputs.reshape(-1)


def test_the_steady_state_by_hand(record_property):
    found = steady()
    assert not found[rothc.INERT].any()
    furthest = 0.0
    for b in (0, 1):
        matrix, inputs = by_hand(values(), b)
        expected = np.linalg.solve(matrix, -inputs).reshape(4, LAYERS)
        furthest = max(furthest, np.abs(found[:4, :, b] / expected - 1.0).max())
        np.testing.assert_allclose(found[:4, :, b], expected, rtol=1e-10)
    record_property("largest relative difference", furthest)
    np.testing.assert_allclose(steady(solver="jax"), found, rtol=1e-12)


def test_the_published_step_moves_a_share_of_what_decays():
    """A month of decay and partition by hand: what decays is shared out, then inputs join."""
    site, p = cases.rothc_soil(LAYERS, values()), given()
    start = np.random.default_rng(1).uniform(0.1, 2.0, (1, POOLS, LAYERS, BATCH))
    environment, _ = MODEL.environment(jnp.asarray(start[0]), jnp.zeros(BATCH), site, cases.rothc_forcing(), p)
    season = MODEL.season(environment, p, MODEL.modelled())
    january = jax.tree.map(lambda a: a[0], season._replace(inc_share=()))
    after, _ = rothc.STEPPER.advance(
        MODEL.graph, choose_solver(), jnp.asarray(start),
        lambda x: MODEL.coefficients(x, january._replace(inc_share=()), p, MODEL.modelled()),
        tuple(0.0 * u for u in january.inputs), no_tracers(MODEL.graph, BATCH), 1.0 / 12.0, None,
    )  # fmt: skip
    pace = np.asarray(environment.activity[0] + environment.descent[0])
    expected = start[0].copy()
    ratio = 1.67 * (1.85 + 1.60 * np.exp(-0.0786 * np.asarray(site.clay)))
    moved = float(p["rothc_moved_share"])
    for pool, rate in enumerate((10.0, 0.3, 0.66, 0.02)):
        decayed = -np.expm1(-rate * pace / 12.0) * start[0, pool]
        expected[pool] -= decayed
        expected[pool, 1:] += moved * decayed[:-1]
        for receiver, share in ((2, 0.46), (3, 0.54)):
            expected[receiver] += (1.0 - moved) * decayed * share / (1.0 + ratio)
    np.testing.assert_allclose(after[0], expected, rtol=1e-13)


def test_what_enters_is_respired_or_leaves_through_the_base():
    start, years = np.random.default_rng(5).uniform(0.01, 2.0, (1, POOLS, LAYERS, BATCH)), 1
    stocks, ledger = advanced(MODEL, cases.rothc_soil(LAYERS, values()), rothc.STEPPER, years, start=start)
    through = ledger.face[0].sum(axis=0)
    left = ledger.loss[0].sum(axis=(0, 1)) + through[-1]
    change = (stocks - start)[0].sum(axis=(0, 1))
    np.testing.assert_allclose(change, ledger.input[0].sum(axis=0) - left, atol=1e-13)
    assert (through > 0.0).all()


def shares(stock):
    """Of active carbon, by layer."""
    carbon = stock[:4].sum(axis=0)
    return carbon / carbon.sum(axis=0)


def test_a_greater_share_brings_carbon_deeper():
    depths = [(np.arange(LAYERS)[:, None] * shares(steady(rothc_moved_share=p))).sum(axis=0) for p in (0.0, 0.05, 0.3)]
    assert (np.diff(depths, axis=0) > 0.0).all()


def ages(**changed):
    """Mean age of active carbon by layer, yr, at the second site."""
    soil, forcing = cases.rothc_soil(LAYERS, values()), cases.rothc_forcing(seasonal=False)
    soil, forcing = jax.tree.map(lambda a: a[..., 1:2], (soil, forcing))
    start = State(jnp.zeros((1, POOLS, LAYERS, 1)), jnp.zeros(1))
    (system,) = systems(MODEL.graph, frozen_year(MODEL, start, soil, forcing, given(**changed)))
    system = system.without("iom")
    stock, age = system.by_pool(system.steady_state), system.by_pool(system.mean_ages)
    return (stock * age).sum(axis=0) / stock.sum(axis=0)


def test_slower_decay_at_depth_leaves_more_and_older_carbon_there():
    slow, even = steady(rothc_depth_slowing=4.0), steady(rothc_depth_slowing=0.0)
    assert (slow[:4, 1:].sum(axis=(0, 1)) > even[:4, 1:].sum(axis=(0, 1))).all()
    # the same carbon comes down from the first layer, whose decay is not slowed
    np.testing.assert_allclose(slow[:4, 0], even[:4, 0], rtol=1e-12)
    old, young = ages(rothc_depth_slowing=4.0), ages(rothc_depth_slowing=0.0)
    assert old[0] == pytest.approx(young[0], rel=1e-10) and (old[1:] > young[1:]).all()
    assert (np.diff(old) > 0.0).all()


def test_clay_of_a_layer_acts_in_that_layer():
    soil, forcing = cases.rothc_soil(LAYERS, values()), cases.rothc_forcing(seasonal=False)
    finer = soil._replace(clay=soil.clay.at[2].add(20.0))
    still = given(rothc_moved_share=0.0)
    found, usual = (
        steady_columns(MODEL, s, forcing, still, physical=jnp.zeros(BATCH))[..., FED] for s in (finer, soil)
    )
    np.testing.assert_array_equal(found[:, [0, 1, 3]], usual[:, [0, 1, 3]])
    assert (found[2:4, 2] > usual[2:4, 2]).all()
