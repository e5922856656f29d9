"""Steppers, steady states and tracers against solutions that can be written down."""

import functools

import engine_cases as cases
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
import scipy.linalg

from pedozone.engine.blocktri.solver import Tracing, choose_solver
from pedozone.engine.declarations import Input, Kind, Loss, Pool, Role
from pedozone.engine.graph import Graph
from pedozone.engine.operator import Coefficients, tendency
from pedozone.engine.precision import double_precision
from pedozone.engine.steady import MeanYear, input_by_pool, long_steps, steady_stock
from pedozone.engine.stepping import STEPPERS

LAMBDA = 1.0 / 8267.0


def constant(*rates, down=(), up=(), inc_rate=(), inc_share=()):
    """A linear operator from figures or arrays [cells, batch]."""

    def arrays(values):
        return tuple(jnp.atleast_2d(jnp.asarray(v, dtype=float)) for v in values)

    return Coefficients(*map(arrays, (rates, down, up, inc_rate, inc_share)))


def tracing(inputs: int) -> Tracing:
    """A copy, 14C of a modern atmosphere, the age."""
    signature = np.ones((3, inputs, 1))
    signature[2] = 0.0
    return Tracing(jnp.asarray(signature), jnp.asarray([0.0, 0.0, 1.0]), jnp.asarray([0.0, LAMBDA, 0.0]))


def advanced(graph, stepper, state, operator, inputs, following, dt, steps):
    """The state after many equal steps of a linear model."""
    solver = choose_solver()

    @jax.jit
    def run(state, operator, inputs):
        def step(z, _):
            z, _ = STEPPERS[stepper].advance(graph, solver, z, lambda x: operator, inputs, following, dt, None)
            return z, None

        return jax.lax.scan(step, state, length=steps)[0]

    return np.asarray(run(state, operator, inputs))


def chain_exactly(t, x0, y0, u, k, r, m):
    """Stocks of ``x' = u - (k + r) x``, ``y' = k x - m y``."""
    a, b = k + r, m
    xs, ys = u / a, k * u / a / b
    p = k * (x0 - xs) / (b - a)
    return xs + (x0 - xs) * np.exp(-a * t), ys + p * np.exp(-a * t) + (y0 - ys - p) * np.exp(-b * t)


@pytest.mark.parametrize(("stepper", "order"), [("first_order", 1), ("mprk22", 2)])
def test_two_pools_in_a_chain(stepper, order):
    k, r, m, u, years = 0.6, 0.9, 0.05, 0.3, 4
    exact = np.array(chain_exactly(years, 1.0, 0.2, u, k, r, m))
    errors = []
    with double_precision():
        first = jnp.asarray([1.0, 0.2]).reshape(1, 2, 1, 1)
        nothing = Tracing(jnp.zeros((0, 1, 1)), jnp.zeros(0), jnp.zeros(0))
        inputs = (jnp.full((1, 1), u),)
        for steps in (24, 48, 96, 192):
            last = advanced(cases.CHAIN, stepper, first, constant(k, r, m), inputs, nothing, years / steps, steps)
            errors.append(np.abs(last[0, :, 0, 0] - exact).max())
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert errors[-1] < {1: 5e-3, 2: 2e-5}[order]
    np.testing.assert_allclose(orders[-1], order, atol=0.1)


def test_pure_decay_of_each_scheme():
    # (1 + k dt)^-1 for the implicit step; MPRK22 is exact to second order; the discrete ones are exact
    k, dt, steps = 0.7, 1.0 / 12.0, 60
    with double_precision():
        first = jnp.asarray([2.0, 0.0]).reshape(1, 2, 1, 1)
        nothing = Tracing(jnp.zeros((0, 1, 1)), jnp.zeros(0), jnp.zeros(0))
        inputs = (jnp.zeros((1, 1)),)
        run = functools.partial(
            advanced, cases.CHAIN, state=first, operator=constant(0.0, k, 0.0), inputs=inputs, following=nothing
        )
        last = {name: run(name, dt=dt, steps=steps)[0, 0, 0, 0] for name in STEPPERS}
    exact = 2.0 * np.exp(-k * dt * steps)
    assert last["first_order"] == pytest.approx(2.0 * (1.0 + k * dt) ** -steps, rel=1e-13)
    assert last["mprk22"] == pytest.approx(exact, rel=2e-3)
    assert last["decay_and_partition"] == pytest.approx(exact, rel=1e-13)
    assert last["matrix_exponential"] == pytest.approx(exact, rel=1e-13)


def test_decay_and_partition_in_closed_form():
    k, r, m, dt = 3.0, 2.0, 0.4, 1.0 / 12.0
    with double_precision():
        first = jnp.asarray(
            np.array([[1.0, 4.0]] * 4).reshape(4, 2, 1, 1) * np.array([1, 1, 0.5, 7]).reshape(4, 1, 1, 1)
        )
        last = advanced(
            cases.CHAIN, "decay_and_partition", first, constant(k, r, m), (jnp.full((1, 1), 0.6),), tracing(1), dt, 1
        )[..., 0, 0]
    lost = 1.0 - np.exp(-(k + r) * dt)
    carbon = [np.exp(-(k + r) * dt) + dt * 0.6, 4.0 * np.exp(-m * dt) + k / (k + r) * lost]
    np.testing.assert_allclose(last[0], carbon, rtol=1e-14)
    np.testing.assert_allclose(last[1], carbon, rtol=1e-14)
    half = [0.5 * np.exp(-(k + r) * dt) + dt * 0.6, 2.0 * np.exp(-m * dt) + k / (k + r) * 0.5 * lost]
    np.testing.assert_allclose(last[2], np.array(half) * np.exp(-LAMBDA * dt), rtol=1e-14)


def test_decay_and_partition_keeps_the_carbon_it_partitions():
    with double_precision():
        stock, drawn = cases.draw(cases.RING, 3, 4, stiffness=2.0, transport="none")
        closed = drawn.operator._replace(rate=(*drawn.operator.rate[:-1], jnp.zeros((5, 3))))
        names, following = cases.tracing_of(cases.RING, 3)
        first = cases.initial(stock, names)
        inputs = (jnp.zeros((5, 3)),)
        last = advanced(cases.RING, "decay_and_partition", first, closed, inputs, following, 1.0 / 12.0, 1000)
    np.testing.assert_allclose(last[0].sum(axis=0), stock.sum(axis=0), rtol=1e-11)
    assert last.min() >= 0.0


def test_matrix_exponential_against_scipy():
    graph, dt = cases.PROFILE, 0.35
    size = len(graph.pools) * graph.cells
    with double_precision():
        stock, drawn = cases.draw(graph, 2, 9, stiffness=1.5)
        names, following = cases.tracing_of(graph, 2)
        first = cases.initial(stock, names)
        last = advanced(graph, "matrix_exponential", first, drawn.operator, drawn.inputs, following, dt, 1)
        shape = (len(graph.pools), graph.cells, 2)
        apply = jax.jit(lambda x: tendency(graph, drawn.operator, x))
        units = [apply(jnp.broadcast_to(jnp.asarray(e).reshape(*shape[:2], 1), shape)) for e in np.eye(size)]
        gained = np.asarray(input_by_pool(graph, drawn.inputs, following.signature))
        carbon = np.asarray(input_by_pool(graph, drawn.inputs, jnp.ones((1, len(graph.inputs), 2))))[0]
    for b in range(2):
        a = np.stack([np.asarray(u)[..., b].ravel() for u in units], axis=1)
        for q, name in enumerate(("carbon", *names)):
            start = np.concatenate([np.asarray(first)[k, ..., b].ravel() for k in (0, q)])
            brought = np.concatenate([carbon[..., b].ravel(), (carbon if q == 0 else gained[q - 1])[..., b].ravel()])
            lost = LAMBDA if name == "radiocarbon" else 0.0
            grown = np.eye(size) if name == "age" else np.zeros((size, size))
            whole = np.block([[a, np.zeros((size, size))], [grown, a - lost * np.eye(size)]])

            def slope(_, y, whole=whole, brought=brought):
                return whole @ y + brought

            # an integrator knows nothing of exponentials
            done = scipy.integrate.solve_ivp(slope, (0.0, dt), start, "LSODA", rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(last[q, ..., b].ravel(), done.y[size:, -1], rtol=1e-8, atol=1e-12)


@pytest.fixture(scope="module")
def column():
    """Ten layers of one pool that mixing moves, unequal in mineral mass."""
    graph = Graph((Pool("carbon", Role.FRESH, "mixing"),), (), (), (), (), 10, 0, ("mixing",))
    mass = np.linspace(20.0, 300.0, 10)[:, None]
    exchange = np.linspace(3.0, 0.4, 9)[:, None]  # kg m-2 yr-1
    edge = np.zeros((1, 1))
    down, up = np.concatenate([exchange, edge]) / mass, np.concatenate([edge, exchange]) / mass
    return graph, mass, down, up


@pytest.mark.parametrize("stepper", ["first_order", "mprk22"])
def test_mixing_conserves_and_tends_to_equal_concentration(column, stepper):
    graph, mass, down, up = column
    with double_precision():
        first = np.zeros((1, 1, 10, 1))
        first[0, 0, 2] = 5.0
        nothing = Tracing(jnp.zeros((0, 0, 1)), jnp.zeros(0), jnp.zeros(0))
        run = functools.partial(
            advanced, graph, stepper, jnp.asarray(first), constant(down=(down,), up=(up,)), (), nothing
        )
        soon, late = run(1.0 / 12.0, 120), run(50.0, 1000)
    np.testing.assert_allclose(soon.sum(), 5.0, rtol=1e-13)
    np.testing.assert_allclose(late.sum(), 5.0, rtol=1e-12)
    np.testing.assert_allclose(late[0, 0], 5.0 * mass / mass.sum(), rtol=1e-9)
    # it spreads from where it was put
    assert soon[0, 0, 2] > soon[0, 0, 1] > soon[0, 0, 0] > 0.0
    assert soon[0, 0, 2] > soon[0, 0, 3] > soon[0, 0, 4] > 0.0


ONE_POOL = Graph(
    pools=(Pool("carbon", Role.FRESH, None),),
    transfers=(),
    losses=(Loss("carbon", "respired", Kind.BIOTIC, "decay"),),
    inputs=(Input("carbon", "leaf"),),
    incorporations=(),
    cells=1,
    organic=0,
    classes=(),
)


@pytest.mark.parametrize(("k", "dt"), [(2.0, 1.0 / 12.0), (0.05, 1.0 / 12.0), (1e-3, 5.0)])
def test_one_pool_at_steady_state(k, dt):
    # mean age 1/k; F14C k/(k + lambda) under a modern atmosphere
    solver, u, steps = choose_solver(), 0.4, 6000
    with double_precision():
        following = tracing(1)
        year = MeanYear(constant(k), (jnp.full((1, 1), u),), jnp.full((1, 1, 1), u / k))
        stock = np.asarray(steady_stock(ONE_POOL, solver, year, jnp.ones((1, 1, 1))))
        state = jnp.asarray([1.0, 1.0, 1.0, 0.0]).reshape(4, 1, 1, 1) * (u / k)
        durations = jnp.full(steps, dt)
        signatures = jnp.broadcast_to(following.signature, (steps, 3, 1, 1))

        @jax.jit
        def run(z):
            return long_steps(ONE_POOL, solver, year, z, durations, signatures, following.ageing, following.decay)

        carbon, copy, radiocarbon, age = np.asarray(run(state)).ravel()
    assert stock.item() == pytest.approx(u / k, rel=1e-14)
    assert carbon == pytest.approx(u / k, rel=1e-12)
    assert copy == carbon
    assert age / carbon == pytest.approx(1.0 / k, rel=1e-8)
    # what the scheme tends to, where 14C decays after each implicit step and inputs arrive undecayed, and what that
    # approximates: without any error in fast pools
    kept = np.exp(-LAMBDA * dt)
    assert radiocarbon / carbon == pytest.approx(k * dt / (1.0 + k * dt - kept), rel=1e-8)
    error = LAMBDA / (k + LAMBDA) * LAMBDA * dt
    assert radiocarbon / carbon == pytest.approx(k / (k + LAMBDA), rel=0.6 * error, abs=1e-12)


def test_ages_along_a_chain():
    # the slow pool is older than the fast one by its own residence time
    k, r, m, u = 0.8, 0.4, 0.02, 0.5
    solver = choose_solver()
    with double_precision():
        year = MeanYear(constant(k, r, m), (jnp.full((1, 1), u),), jnp.ones((2, 1, 1)))
        stock = steady_stock(cases.CHAIN, solver, year, jnp.ones((1, 1, 1)))
        moment = solver.solve(cases.CHAIN.per_pool, year.operator, stock, identity=0.0)
    fast, slow = np.asarray(stock).ravel()
    assert fast == pytest.approx(u / (k + r), rel=1e-14)
    assert slow == pytest.approx(k * u / (k + r) / m, rel=1e-14)
    ages = np.asarray(moment).ravel() / [fast, slow]
    np.testing.assert_allclose(ages, [1.0 / (k + r), 1.0 / (k + r) + 1.0 / m], rtol=1e-12)
