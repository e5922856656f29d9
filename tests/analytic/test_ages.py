"""Ages, transit times and radiocarbon of compartmental systems against what can be written down or integrated."""

import itertools

import engine_cases as graphs
import jax
import jax.numpy as jnp
import numpy as np
import pedon_columns as columns
import pytest
import scipy.integrate

from pedozone.drivers.atmosphere import atmosphere
from pedozone.engine.ages import CompartmentalSystem, operator_matrix, systems
from pedozone.engine.operator import Coefficients, tendency
from pedozone.engine.precision import double_precision
from pedozone.engine.steady import MeanYear, long_steps, mean_year, steady_stock
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year

LAMBDA = 1.0 / 8267.0


def system(matrix, inputs, names=None):
    matrix = np.array(matrix, dtype=float)
    return CompartmentalSystem(
        matrix, np.array(inputs, float), (len(inputs), 1), names or tuple(f"p{k}" for k in range(len(inputs)))
    )


def one_pool(k=0.04, u=0.3):
    return system([[-k]], [u])


def chain(k=0.5, m=0.03, u=0.2):
    """All that leaves the first pool passes through the second."""
    return system([[-k, 0.0], [k, -m]], [u, 0.0])


def feedback():
    """Two pools that exchange, both lose and both are fed."""
    return system([[-0.9, 0.01], [0.3, -0.05]], [0.25, 0.1])


def test_one_pool_is_exponential():
    k, s = 0.04, one_pool()
    t = np.array([0.0, 1.0, 30.0, 200.0])
    assert s.steady_state[0] == pytest.approx(0.3 / k, rel=1e-14)
    for density in (s.transit_time_density(t), s.system_age_density(t), s.age_densities(t)[:, 0]):
        np.testing.assert_allclose(density, k * np.exp(-k * t), rtol=1e-12)
    for cumulative in (s.transit_time_cumulative(t), s.system_age_cumulative(t), s.age_cumulatives(t)[:, 0]):
        np.testing.assert_allclose(cumulative, -np.expm1(-k * t), rtol=1e-12, atol=1e-15)
    for q in (0.05, 0.5, 0.999):
        expected = -np.log1p(-q) / k
        found = [s.transit_time_quantile(q), s.system_age_quantile(q), s.age_quantiles(q)[0]]
        np.testing.assert_allclose(found, expected, rtol=1e-11)
    assert s.transit_time_quantile(0.0) == 0.0
    assert s.eigenvalues == pytest.approx(-k)
    assert s.relaxation_times == pytest.approx(1.0 / k)


def test_a_chain_in_closed_form():
    k, m, u, s = 0.5, 0.03, 0.2, chain()
    t = np.linspace(0.0, 300.0, 61)
    np.testing.assert_allclose(s.steady_state, [u / k, u / m], rtol=1e-14)
    hypoexponential = k * m / (k - m) * (np.exp(-m * t) - np.exp(-k * t))
    np.testing.assert_allclose(s.transit_time_density(t), hypoexponential, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(s.age_densities(t)[:, 0], k * np.exp(-k * t), rtol=1e-10)
    # carbon of the second pool has been through the first
    np.testing.assert_allclose(s.age_densities(t)[:, 1], hypoexponential, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(s.mean_ages, [1.0 / k, 1.0 / k + 1.0 / m], rtol=1e-13)
    assert s.mean_transit_time == pytest.approx(1.0 / k + 1.0 / m, rel=1e-13)
    assert s.transit_time_moment(2) == pytest.approx(2.0 * (1 / k**2 + 1 / (k * m) + 1 / m**2), rel=1e-13)
    assert s.mean_system_age == pytest.approx((s.steady_state @ s.mean_ages) / s.steady_state.sum(), rel=1e-13)
    np.testing.assert_allclose(s.eigenvalues, [-m, -k], rtol=1e-13)


def test_two_pools_with_feedback_by_hand():
    s = feedback()
    (a, c), (b, d) = (0.9, 0.01), (0.3, 0.05)
    determinant = a * d - b * c
    x = np.array([d * 0.25 + c * 0.1, b * 0.25 + a * 0.1]) / determinant
    np.testing.assert_allclose(s.steady_state, x, rtol=1e-13)
    assert s.mean_transit_time == pytest.approx(x.sum() / 0.35, rel=1e-13)
    moment = np.array([d * x[0] + c * x[1], b * x[0] + a * x[1]]) / determinant
    np.testing.assert_allclose(s.mean_ages, moment / x, rtol=1e-13)
    np.testing.assert_allclose(s.leaving, [0.6, 0.04], rtol=1e-13)
    half_trace, root = -0.475, np.sqrt(0.425**2 + 0.003)
    np.testing.assert_allclose(s.eigenvalues, [half_trace + root, half_trace - root], rtol=1e-12)


def ring():
    """Four pools in five mixed layers with random rates: (graph, coefficients, mean year)."""
    graph = graphs.RING
    stock, drawn = graphs.draw(graph, 2, 11, stiffness=0.5)
    c = drawn.operator
    mobile = [q for q in graph.pool_class if q >= 0]
    expanded = Coefficients(c.rate, tuple(c.down[q] for q in mobile), tuple(c.up[q] for q in mobile), (), ())
    return graph, c, MeanYear(expanded, drawn.inputs, stock)


@pytest.fixture(scope="module")
def of_ring():
    with double_precision():
        graph, coefficients, year = ring()
        return graph, coefficients, year, systems(graph, year)


def test_the_matrix_is_the_operator(of_ring):
    graph, coefficients, year, _ = of_ring
    with double_precision():
        matrices = operator_matrix(graph, year)
        x = jnp.asarray(np.random.default_rng(3).uniform(size=year.stock.shape))
        expected = np.asarray(jax.jit(lambda x: tendency(graph, coefficients, x))(x))
    for b, matrix in enumerate(matrices):
        found = (matrix @ np.asarray(x)[..., b].ravel()).reshape(expected.shape[:2])
        np.testing.assert_allclose(found, expected[..., b], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("which", ["chain", "feedback", "ring"])
def test_moments_are_those_of_the_densities(which, of_ring):
    s = {"chain": chain, "feedback": feedback, "ring": lambda: of_ring[3][1]}[which]()
    # substitution of exp(w) for time resolves fast and slow modes alike
    w = np.linspace(-14.0, np.log(45.0 * s.relaxation_times.max()), 1401)
    t = np.exp(w)

    def integral(values):
        return scipy.integrate.simpson(values.T * t, x=w)

    transit, age, by_pool = s.transit_time_density(t), s.system_age_density(t), s.age_densities(t)
    assert integral(transit) == pytest.approx(1.0, abs=1e-5)
    assert integral(transit * t) == pytest.approx(s.mean_transit_time, rel=1e-6)
    assert integral(age * t) == pytest.approx(s.mean_system_age, rel=1e-6)
    assert integral(transit * t**2) == pytest.approx(s.transit_time_moment(2), rel=1e-6)
    assert integral(age * t**2) == pytest.approx(s.system_age_moment(2), rel=1e-6)
    np.testing.assert_allclose(integral(by_pool * t[:, None]), s.mean_ages, rtol=1e-6)
    np.testing.assert_allclose(integral(by_pool * t[:, None] ** 2), s.age_moments(2), rtol=1e-6)


def test_quantiles_invert_the_cumulative(of_ring):
    for s in (feedback(), of_ring[3][0]):
        for q in (0.1, 0.5, 0.95):
            assert s.transit_time_cumulative(s.transit_time_quantile(q))[0] == pytest.approx(q, abs=1e-11)
            assert s.system_age_cumulative(s.system_age_quantile(q))[0] == pytest.approx(q, abs=1e-11)
            each = s.age_quantiles(q)
            found = s.age_cumulatives(each)
            np.testing.assert_allclose(np.diag(found), q, atol=1e-11)


def test_times_in_any_order():
    t = np.array([7.0, 0.0, 3.0, 3.0])
    s = feedback()
    separately = [s.transit_time_density([one])[0] for one in t]
    np.testing.assert_allclose(s.transit_time_density(t), separately, rtol=1e-13)


def test_radiocarbon_of_one_pool():
    k, s = 0.04, one_pool()
    assert s.radiocarbon_at_steady_state(LAMBDA, 0.98)[0] == pytest.approx(0.98 * k / (k + LAMBDA), rel=1e-14)
    steady = s.radiocarbon_through([1000.0, 1001.0, 1950.5], [0.98] * 3, LAMBDA)
    np.testing.assert_allclose(steady, 0.98 * k / (k + LAMBDA), rtol=1e-13)


def test_radiocarbon_through_the_bomb_is_the_age_density_seen_through_the_atmosphere():
    s, years = feedback(), np.arange(1940.0, 2011.0)
    air = np.asarray(atmosphere("NH1").absolute_fraction_modern(years))
    found = s.radiocarbon_through(years, air, LAMBDA)
    assert air.max() > 1.5  # the bomb is there
    # independently: carbon of age a carries the air of its year, less what has decayed since
    fine = np.linspace(0.0, years[-1] - years[0], 70 * 200 + 1)
    seen = np.interp(years[-1] - fine, years, air)[:, None] * np.exp(-LAMBDA * fine)[:, None]
    density = s.age_densities(fine)
    recent = scipy.integrate.simpson((density * seen).T, x=fine)
    old = 1.0 - s.age_cumulatives(fine[-1:])[0]
    assert (old > 0).any()
    # what is older than the curve decayed in equilibrium with its first value
    tail = np.linspace(fine[-1], 2000.0, 40001)
    before = air[0] * np.exp(-LAMBDA * tail)[:, None]
    older = scipy.integrate.simpson((s.age_densities(tail) * before).T, x=tail)
    np.testing.assert_allclose(found[-1], recent + older, rtol=1e-7)


def test_against_an_ode_solver():
    s, years = feedback(), np.array([1950.0, 1955.0, 1963.0, 1964.0, 1990.0])
    air = np.array([0.98, 1.0, 1.7, 1.9, 1.15])

    def change(t, y):
        return (s.matrix - LAMBDA * np.eye(2)) @ y + s.inputs * np.interp(t, years, air)

    start = s.radiocarbon_at_steady_state(LAMBDA, air[0]) * s.steady_state
    y = start
    for a, b in itertools.pairwise(years):
        y = scipy.integrate.solve_ivp(change, (a, b), y, method="DOP853", rtol=1e-12, atol=1e-14).y[:, -1]
    np.testing.assert_allclose(s.radiocarbon_through(years, air, LAMBDA)[-1], y / s.steady_state, rtol=1e-9)


def test_what_is_refused():
    with pytest.raises(ValueError, match="need a matrix of 2 x 2"):
        CompartmentalSystem(np.eye(3), np.ones(2), (2, 1), ("a", "b"))
    with pytest.raises(ValueError, match="not compartmental"):
        system([[-1.0, 2.0], [0.0, -1.0]], [1.0, 0.0])
    with pytest.raises(ValueError, match="not compartmental"):
        system([[-1.0, -0.5], [0.0, -1.0]], [1.0, 0.0])
    with pytest.raises(ValueError, match="some carbon has to enter"):
        system([[-1.0]], [0.0])
    with pytest.raises(ValueError, match="finite"):
        system([[np.nan]], [1.0])
    with pytest.raises(np.linalg.LinAlgError, match="no way out"):
        _ = system([[-1.0, 0.0], [1.0, 0.0]], [1.0, 0.0]).steady_state
    s = one_pool()
    for share in (-0.1, 1.0, np.nan):
        with pytest.raises(ValueError, match="share"):
            s.transit_time_quantile(share)
    with pytest.raises(ValueError, match="from 0 on"):
        s.transit_time_density([-1.0])
    with pytest.raises(ValueError, match="increase"):
        s.radiocarbon_through([2000.0, 1990.0], [1.0, 1.0], LAMBDA)


def test_pools_that_hold_nothing_have_no_age():
    s = system([[-0.5, 0.0], [0.0, -0.1]], [0.2, 0.0])
    assert s.mean_ages[0] == pytest.approx(2.0)
    assert np.isnan(s.mean_ages[1]) and np.isnan(s.age_quantiles(0.5)[1])


def test_a_pool_that_nothing_leaves_is_left_out():
    # a third pool that gives nothing back takes what would have left
    whole = system(
        [[-0.9, 0.01, 0.0], [0.3, -0.05, 0.0], [0.1, 0.04, 0.0]], [0.25, 0.1, 0.7], ("quick", "slow", "inert")
    )
    rest, expected = whole.without("inert"), feedback()
    assert rest.names == ("quick", "slow") and rest.shape == (2, 1)
    np.testing.assert_allclose(rest.leaving, [0.6, 0.04], rtol=1e-13)
    np.testing.assert_array_equal(rest.mean_ages, expected.mean_ages)
    assert rest.mean_transit_time == expected.mean_transit_time
    with pytest.raises(np.linalg.LinAlgError, match="no way out"):
        _ = whole.mean_ages
    with pytest.raises(ValueError, match="fed by pools among quick"):
        whole.without("quick")
    with pytest.raises(ValueError, match="no such pools: iom; there are quick, slow, inert"):
        whole.without("iom")


def test_pools_are_left_out_of_every_cell():
    cells = CompartmentalSystem(
        -np.diag([1.0, 2.0, 0.0, 0.0, 3.0, 4.0]), np.arange(1.0, 7.0), (3, 2), ("a", "inert", "b")
    ).without("inert")
    np.testing.assert_allclose(cells.by_pool(cells.mean_ages), [[1.0, 1.0 / 2.0], [1.0 / 3.0, 1.0 / 4.0]])
    np.testing.assert_array_equal(cells.inputs, [1.0, 2.0, 5.0, 6.0])


def test_the_pedon_agrees_with_its_age_tracer(record_property):
    with double_precision():
        setting = columns.setting_of(columns.site("highfield", layers=6), 1)
        forcing = columns.forcing(columns.site("highfield", layers=6), "temperate-grassland", 1)
        start = columns.bare(setting, 0.1)
        graph = setting.model.graph

        @jax.jit
        def aged():
            done = run_year(
                setting.model,
                setting.solver,
                STEPPERS["first_order"],
                State(start.stocks, start.physical),
                setting.soil,
                forcing,
                setting.parameters,
                setting.modes,
                no_tracers(graph, 1),
            )
            year = mean_year(graph, done.ledger, done.season.inputs, done.season.inc_share)
            ones = jnp.ones((1, len(graph.inputs), 1))
            stock = steady_stock(graph, setting.solver, year, ones)
            state = jnp.concatenate([stock, jnp.zeros_like(stock)])
            steps = 40
            signatures = jnp.zeros((steps, 1, len(graph.inputs), 1))
            durations = jnp.full(steps, 1e5)
            return year, long_steps(
                graph, setting.solver, year, state, durations, signatures, jnp.ones(1), jnp.zeros(1)
            )

        year, state = aged()
        (s,) = systems(graph, year)
    carbon, moment = np.asarray(state)[..., 0]
    np.testing.assert_allclose(s.by_pool(s.steady_state), carbon, rtol=1e-9, atol=1e-15)
    held = carbon > 1e-12
    traced, found = (moment[held] / carbon[held]), s.by_pool(s.mean_ages)[held]
    record_property("largest relative difference", np.abs(found / traced - 1.0).max())
    record_property("pools and layers compared", int(held.sum()))
    assert held.sum() > 50
    assert found.max() / found.min() > 100.0
    np.testing.assert_allclose(found, traced, rtol=1e-8)
