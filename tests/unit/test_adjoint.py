"""Derivatives through years and through the periodic steady state."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from adjoint_cases import (
    BATCH,
    CELLS,
    assert_derivatives,
    both,
    needs_kernel,
    run,
    steppers,
    toy,
)

from pedozone.engine.adjoint import ImplicitOptions, attach_implicit, steady_adjoint, steady_state, years_scan
from pedozone.engine.blocktri.solver import Solver, choose_solver
from pedozone.engine.jacobian import mean_jacobian, solve_jacobian
from pedozone.engine.krylov import gmres
from pedozone.engine.precision import PrecisionError, double_precision
from pedozone.engine.spinup import SpinupOptions, Status
from pedozone.engine.steady import mean_year
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year


@both
@steppers
def test_gradients_through_years(backend, stepper):
    with double_precision():
        case, solver = toy(quantities=3), Solver(backend)
        weights = jnp.asarray(np.random.default_rng(1).normal(size=case.state.stocks.shape))

        @jax.jit
        def held(at):
            state, _ = run(case, solver, stepper, *at, years=5)
            return jnp.sum(weights * state.stocks) + jnp.sum(state.physical**2)

        assert_derivatives(held, (case.state, case.site, case.forcing, case.parameters))


def test_gradients_of_what_is_recorded():
    with double_precision():
        case = toy(quantities=2)

        def kept(year):
            return jnp.sum(year.ledger.loss, axis=(1, 2)), jnp.sum(year.state.stocks, axis=(1, 2))

        @jax.jit
        def respired(at):
            state, (lost, stock) = run(case, choose_solver(), "first_order", *at, years=3, record=kept, ledger=True)
            assert lost.shape == stock.shape == (3, 2, BATCH)
            rising = jnp.arange(1.0, 4.0)[:, None, None]
            return jnp.sum(rising * lost) + jnp.sum(state.stocks)

        assert_derivatives(respired, (case.state, case.site, case.forcing, case.parameters))


def test_checkpoints_change_nothing():
    with double_precision():
        case, solver = toy(), choose_solver()

        def held(values, checkpoint):
            given = (case.state, case.site, case.forcing, values)
            return jnp.sum(run(case, solver, "mprk22", *given, years=3, checkpoint=checkpoint)[0].stocks)

        gradient = jax.jit(jax.grad(held), static_argnums=1)
        kept, again = gradient(case.parameters, False), gradient(case.parameters, True)
        for name in kept:
            assert float(again[name]) == pytest.approx(float(kept[name]), rel=1e-12)


def test_forcing_and_tracing_by_year():
    with double_precision():
        case, solver, years = toy(quantities=2), choose_solver(), 3
        repeated = jax.tree.map(lambda a: jnp.repeat(a[None], years, axis=0), (case.forcing, case.tracing))

        @jax.jit
        def apart(forcing, tracing):
            given = (case.state, case.site, forcing, case.parameters, case.modes, tracing)
            options = {"by_year": ("forcing", "tracing")}
            return years_scan(case.model, solver, STEPPERS["first_order"], *given, years, **options)[0].stocks

        @jax.jit
        def together(forcing):
            return run(case, solver, "first_order", case.state, case.site, forcing, case.parameters, years)[0].stocks

        np.testing.assert_allclose(apart(*repeated), together(case.forcing), rtol=1e-14)
        by_year = jax.grad(lambda f: jnp.sum(apart(f, repeated[1])))(repeated[0])
        once = jax.grad(lambda f: jnp.sum(together(f)))(case.forcing)
        for a, b in zip(jax.tree.leaves(by_year), jax.tree.leaves(once), strict=True):
            np.testing.assert_allclose(a.sum(axis=0), b, rtol=1e-10, atol=1e-12)
        # what fell in the last year has had no time to be respired
        assert (np.asarray(by_year.leaf[-1]) > np.asarray(by_year.leaf[0])).all()


def test_what_cannot_change_by_year_is_refused():
    with double_precision():
        case = toy()
        given = (case.state, case.site, case.forcing, case.parameters)
        with pytest.raises(ValueError, match="not \\['site'\\]"):
            run(case, choose_solver(), "mprk22", *given, years=2, by_year=("site",))
        single = case.state._replace(stocks=case.state.stocks.astype(jnp.float32))
        with pytest.raises(PrecisionError, match="float64"):
            run(case, choose_solver(), "mprk22", single, *given[1:], years=2)


# -- through the steady state -----------------------------------------------------------------------------------


TIGHT = SpinupOptions(tolerance=1e-12, iterations=200)


@pytest.mark.parametrize(
    ("backend", "stepper"), [pytest.param("cpp", "mprk22", marks=needs_kernel), ("jax", "first_order")]
)
def test_gradients_through_the_steady_state(backend, stepper):
    with double_precision():
        case, solver = toy(), Solver(backend)
        weights = jnp.asarray(np.random.default_rng(2).normal(size=case.state.stocks.shape))

        def held(at):
            site, weather, values = at
            given = (site, case.forcing._replace(**weather), {**case.parameters, **values}, case.modes)
            state, found = steady_state(case.model, solver, STEPPERS[stepper], case.state, *given, options=TIGHT)
            assert all(status is Status.CONVERGED for status in found.status)
            return jnp.sum(weights * state.stocks) + jnp.sum(state.physical)

        weather = {name: getattr(case.forcing, name) for name in ("rain", "root")}
        values = {name: case.parameters[name] for name in ("rooting", "burial", "death", "mixing")}
        assert_derivatives(held, (case.site, weather, values))


@functools.cache
def steady_case(stepper="mprk22"):
    """The small model at its steady state (inside `double_precision`)."""
    case, solver = toy(), choose_solver()
    given = (case.site, case.forcing, case.parameters, case.modes)
    state, _ = steady_state(case.model, solver, STEPPERS[stepper], case.state, *given, options=TIGHT)
    return case, solver, state, given


def test_the_adjoint_takes_few_years():
    with double_precision():
        case, solver, state, given = steady_case()
        cotangent = State(jnp.ones_like(state.stocks), jnp.zeros_like(state.physical))
        found = steady_adjoint(case.model, solver, STEPPERS["mprk22"], state, *given, cotangent)
        assert int(found.years) <= 15
        assert (np.asarray(found.residual) <= 1e-10).all()


def test_attached_derivatives_may_be_compiled():
    with double_precision():
        case, solver, state, (site, forcing, values, modes) = steady_case()

        @jax.jit
        def held(values):
            attached = attach_implicit(case.model, solver, STEPPERS["mprk22"], state, site, forcing, values, modes)
            return jnp.sum(attached.stocks)

        assert float(held(values)) == float(jnp.sum(state.stocks))
        inside = jax.jit(jax.grad(held))(values)
        cotangent = State(jnp.ones_like(state.stocks), jnp.zeros_like(state.physical))
        given = (site, forcing, values, modes)
        outside = steady_adjoint(case.model, solver, STEPPERS["mprk22"], state, *given, cotangent).parameters
        for name in outside:
            assert float(inside[name]) == pytest.approx(float(outside[name]), rel=1e-12)


def test_a_column_without_an_adjoint_gets_no_derivative():
    # the last column keeps all of its water for ever: what it holds at steady state is not determined
    with double_precision():
        case, solver, state, (site, *given) = steady_case()
        cotangent = State(jnp.ones_like(state.stocks), jnp.ones_like(state.physical))
        stuck = (site.at[-1].set(1.0), *given)
        found = steady_adjoint(case.model, solver, STEPPERS["mprk22"], state, *stuck, cotangent)
        assert np.isfinite(np.asarray(found.forcing.leaf[:-1])).all()
        assert np.isnan(np.asarray(found.forcing.leaf[-1]))
        assert float(found.residual[-1]) > ImplicitOptions().acceptable


def test_a_search_cannot_be_compiled():
    with double_precision():
        case, solver, _, (site, forcing, values, modes) = steady_case()

        def held(values):
            given = (case.state, site, forcing, values, modes)
            return jnp.sum(steady_state(case.model, solver, STEPPERS["mprk22"], *given)[0].stocks)

        with pytest.raises(TypeError, match="attach_implicit"):
            jax.jit(held)(values)


# -- what the adjoint is solved with ----------------------------------------------------------------------------


@both
def test_the_jacobian_and_its_transpose(backend):
    rng = np.random.default_rng(5)
    with double_precision():
        case, solver = toy(), Solver(backend)
        given = (case.state, case.site, case.forcing, case.parameters, case.modes, no_tracers(case.model.graph, BATCH))

        @jax.jit
        def solved(right, left):
            year = run_year(case.model, solver, STEPPERS["mprk22"], *given)
            mean = mean_year(case.model.graph, year.ledger, year.season.inputs, year.season.inc_share)
            jacobian = mean_jacobian(case.model, year.season, mean, case.parameters, case.modes)
            solve = functools.partial(solve_jacobian, case.model.graph, solver, jacobian)
            return solve(right), solve(left, transpose=True), jacobian

        right, left = (jnp.asarray(rng.normal(size=(4, CELLS, BATCH))) for _ in range(2))
        forward, backward, jacobian = jax.tree.map(np.asarray, solved(right, left))
        # the system, put together by hand
        top, index = case.model.graph.organic, case.model.graph.index
        product = np.einsum("nopb,pnb->onb", jacobian.diagonal, forward)
        product[:, 1:] += jacobian.down[:, :-1] * forward[:, :-1]
        product[:, :-1] += jacobian.up[:, 1:] * forward[:, 1:]
        for m, f in enumerate(case.model.graph.incorporations):
            moved = (jacobian.inc_rate[m] * forward[index[f.donor], :top]).sum(axis=0)
            product[index[f.receiver], top:] += jacobian.inc_share[m] * moved
        np.testing.assert_allclose(product, right, rtol=1e-9, atol=1e-9)
        products = [(np.asarray(a) * b).sum(axis=(0, 1)) for a, b in ((left, forward), (right, backward))]
        np.testing.assert_allclose(*products, rtol=1e-10)


def test_gmres_solves_every_column_on_its_own():
    rng, size, batch = np.random.default_rng(6), 12, 5
    matrix = np.eye(size)[:, :, None] + 0.2 * rng.normal(size=(size, size, batch))
    matrix[:, :, 1] = 2.0 * np.eye(size)  # done after one application
    right = rng.normal(size=(size, batch))
    right[:, 3] = 0.0
    with double_precision():
        system, rhs = jnp.asarray(matrix), jnp.asarray(right)

        @jax.jit
        def solve(system, rhs):
            def apply(x):
                return jnp.einsum("ijb,jb->ib", system, x)

            return gmres(apply, rhs, lambda x: 0.5 * x, tolerance=1e-12, iterations=size)

        found = solve(system, rhs)
        singular = solve(system.at[:, :, 4].multiply((jnp.arange(size) > 0.0)[:, None]), rhs)
    for b in range(batch):
        expected = np.linalg.solve(matrix[:, :, b], right[:, b])
        np.testing.assert_allclose(found.x[:, b], expected, rtol=1e-9, atol=1e-11)
        if b < 4:
            np.testing.assert_allclose(singular.x[:, b], expected, rtol=1e-9, atol=1e-11)
    assert (np.asarray(found.residual) <= 1e-12).all()
    assert float(singular.residual[4]) > 1e-3
