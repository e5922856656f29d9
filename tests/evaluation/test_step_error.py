"""Error of the time step: against a reference integrator, and how it falls as the step is halved."""

import functools

import engine_cases as cases
import jax
import jax.numpy as jnp
import numpy as np
import pedon_columns as columns
import pytest
from jax import lax
from jax.flatten_util import ravel_pytree
from scipy.integrate import solve_ivp

from pedozone.engine.operator import tendency
from pedozone.engine.precision import double_precision
from pedozone.engine.spinup import Status, spin_up
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year, split_months

MONTHS = 12
MPRK22 = STEPPERS["mprk22"]
HALVINGS = (1, 2, 4, 8, 16)


def with_inputs(graph, change, inputs):
    """Tendency [pools, cells, batch] with the inputs added."""
    for u, entry in enumerate(graph.inputs):
        change = change.at[graph.index[entry.receiver]].add(inputs[u])
    return change


def orders(errors) -> np.ndarray:
    """Observed order between neighbours, each with half the step of the one before."""
    errors = np.asarray(errors)
    return np.log2(errors[:-1] / errors[1:])


@pytest.mark.parametrize(("stepper", "order"), [("first_order", 1), ("mprk22", 2)])
def test_order_without_fast_exchange(stepper, order, record_property):
    graph, years = cases.PROFILE, 2.0
    with double_precision():
        stock, drawn = cases.draw(graph, 1, 17, stiffness=0.0)
        drawn = drawn._replace(half=jnp.asarray(0.3))
        law = cases.coefficients_at(graph, drawn, 1.0)
        solver = cases.solver_named("jax")
        nothing = no_tracers(graph, 1)

        @jax.jit
        def slope(y):
            x = y.reshape(stock.shape)
            return with_inputs(graph, tendency(graph, law(x), x), drawn.inputs).ravel()

        @jax.jit
        def run(steps):
            def one(_, z):
                dt = years / steps
                return STEPPERS[stepper].advance(graph, solver, z, law, drawn.inputs, nothing, dt, None)[0]

            return lax.fori_loop(0, steps, one, jnp.asarray(stock)[None])

        exact = solve_ivp(
            lambda t, y: np.asarray(slope(y)), (0.0, years), stock.ravel(), "LSODA", rtol=1e-12, atol=1e-14
        ).y[:, -1]
        counts = [24, 48, 96, 192, 384]
        errors = [np.abs(np.asarray(run(n)).ravel() - exact).sum() / exact.sum() for n in counts]
    observed = orders(errors)
    record_property("orders", observed.round(3).tolist())
    print(stepper, "errors", errors, "orders", observed)
    assert errors[0] > 1e-7
    np.testing.assert_allclose(observed[-2:], order, atol=0.1)


class Column:
    """Highfield's pedon at the steady state under grass, and its years under bare fallow."""

    def __init__(self) -> None:
        site = columns.site("highfield")
        self.setting = setting = columns.setting_of(site)
        self.graph = setting.model.graph
        self.fallow = columns.forcing(site, "bare-fallow")
        grass = columns.forcing(site, "temperate-grassland")
        start = columns.bare(setting)
        rest = (setting.soil, grass, setting.parameters, setting.modes)
        spun = spin_up(setting.model, setting.solver, MPRK22, start, *rest)
        assert spun.status == (Status.CONVERGED,)
        self.start = spun.state

    def season(self, stock, physical):
        """The year's season and the physical state at its end."""
        s = self.setting
        environment, physical = s.model.environment(stock, physical, s.soil, self.fallow, s.parameters)
        return s.model.season(environment, s.parameters, s.modes), physical

    def law(self, month):
        s = self.setting
        return lambda x: s.model.coefficients(x, month, s.parameters, s.modes)

    @functools.cached_property
    def _substepped(self):
        graph, solver, nothing = self.graph, self.setting.solver, no_tracers(self.graph, 1)

        @jax.jit
        def run(state, years, substeps):
            def year(_, state):
                season, physical = self.season(state.stocks[0], state.physical)
                monthly, rebuild = split_months(season)

                def month(z, slices):
                    now = rebuild(slices)

                    def one(_, z):
                        dt = 1.0 / MONTHS / substeps
                        return MPRK22.advance(graph, solver, z, self.law(now), now.inputs, nothing, dt, None)[0]

                    return lax.fori_loop(0, substeps, one, z), None

                return State(lax.scan(month, state.stocks, monthly, length=MONTHS)[0], physical)

            return lax.fori_loop(0, years, year, state)

        return run

    def after(self, years: int, substeps: int = 1) -> np.ndarray:
        """Stocks [pools, cells] after so many years in so many steps a month."""
        with double_precision():
            return np.asarray(self._substepped(self.start, years, substeps).stocks)[0, :, :, 0]

    def extrapolated(self, years: int, substeps: int = 32) -> np.ndarray:
        """The limit of short steps, from two step lengths."""
        return (4.0 * self.after(years, 2 * substeps) - self.after(years, substeps)) / 3.0

    def integrated(self, years: int) -> np.ndarray:
        """The same by LSODA at rtol 1e-10, month by month on the same environment."""
        graph, size = self.graph, len(self.graph.pools)
        with double_precision():
            season_of = jax.jit(self.season)
            state = self.start
            rebuild, unpack, slope = None, None, None
            x = np.asarray(state.stocks)[0]
            physical = state.physical
            for _ in range(years):
                season, physical = season_of(jnp.asarray(x), physical)
                monthly, rebuild = split_months(season)
                y = x[:, :, 0].T.ravel()
                for k in range(MONTHS):
                    flat, unpack = ravel_pytree(rebuild([a[k] for a in monthly]))
                    if slope is None:
                        slope = self._slope(unpack)
                    solved = solve_ivp(
                        lambda t, y, flat=flat, slope=slope: np.asarray(slope(y, flat)),
                        (0.0, 1.0 / MONTHS),
                        y,
                        "LSODA",
                        rtol=1e-10,
                        atol=1e-14,
                        lband=size,
                        uband=size,
                    )
                    assert solved.success
                    y = solved.y[:, -1]
                x = y.reshape(graph.cells, size).T[:, :, None]
        return x[:, :, 0]

    def _slope(self, unpack):
        graph = self.graph

        @jax.jit
        def slope(y, flat):
            month = unpack(flat)
            x = y.reshape(graph.cells, len(graph.pools)).T[:, :, None]
            change = with_inputs(graph, tendency(graph, self.law(month)(x), x), month.inputs)
            return change[:, :, 0].T.ravel()

        return slope


@pytest.fixture(scope="module")
def column():
    with double_precision():
        return Column()


def spread(found, reference) -> float:
    """Sum over pools and cells of the absolute error, relative to the carbon there is."""
    return np.abs(found - reference).sum() / reference.sum()


def assert_small_and_falling(column, years, reference, record_property):
    found = [column.after(years, k) for k in HALVINGS]
    total = [abs(x.sum() / reference.sum() - 1.0) for x in found]
    everywhere = [spread(x, reference) for x in found]
    layers = [np.abs(x.sum(axis=0) / reference.sum(axis=0) - 1.0).max() for x in found]
    observed = orders(everywhere)
    record_property("total", total)
    record_property("spread", everywhere)
    record_property("worst layer", layers)
    record_property("orders", observed.round(2).tolist())
    print(years, "years: total", total, "spread", everywhere, "worst layer", layers, "orders", observed)
    assert total[0] < 1e-3
    assert layers[0] < 5e-3
    assert (observed > 0.8).all()


def test_the_year_is_the_shipped_one(column):
    s = column.setting
    with double_precision():
        year = run_year(
            s.model,
            s.solver,
            MPRK22,
            column.start,
            s.soil,
            column.fallow,
            s.parameters,
            s.modes,
            no_tracers(column.graph, 1),
        )
    np.testing.assert_allclose(np.asarray(year.state.stocks)[0, :, :, 0], column.after(1), rtol=1e-12)


def test_short_steps_tend_to_the_reference_integrator(column):
    assert spread(column.extrapolated(1), column.integrated(1)) < 1e-6


def test_step_error_of_the_pedon(column, record_property):
    assert_small_and_falling(column, 20, column.extrapolated(20), record_property)


def test_total_after_two_centuries(column):
    assert column.after(200).sum() == pytest.approx(column.extrapolated(200, 8).sum(), rel=1e-3)


@pytest.mark.nightly
def test_step_error_of_the_pedon_against_the_reference_integrator(column, record_property):
    reference = column.integrated(200)
    assert_small_and_falling(column, 200, reference, record_property)
