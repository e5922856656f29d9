"""Carbon and every tracer close over a thousand years on any graph, and no pool turns negative."""

import engine_cases as cases
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedozone.engine.operator import open_ledger
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import STEPPERS

# It computes for longer than it compiles.
pytestmark = pytest.mark.usefixtures("compiled_as_shipped")

YEARS = 1000
CLOSURE = 1e-12

# graph, solver, stepper, batch: each is compiled once.
LONG = [
    (graph, "cpp", stepper, batch)
    for graph, batches in (("profile", (1, 7, 64)), ("ring", (7,)), ("core", (7,)))
    for stepper in ("first_order", "mprk22")
    for batch in batches
] + [(graph, "jax", stepper, 7) for graph in ("profile", "ring") for stepper in ("first_order", "mprk22")]

drawn = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**31),
        # of the fastest rate, decimal logarithm of yr-1; the slowest are four decades below
        "stiffness": st.sampled_from([-1.0, 0.0, 1.0, 2.0]),
        "transport": st.sampled_from(["down", "up", "both", "none"]),
        "empty": st.sampled_from([0.0, 0.3]),
        "fed": st.booleans(),
    }
)


@pytest.mark.parametrize(("graph", "solver", "stepper", "batch"), LONG)
def test_a_thousand_years_close(graph, solver, stepper, batch):
    graph, solver = cases.GRAPHS[graph], cases.solver_named(solver)
    if solver is None:
        pytest.skip("no compiled kernel here")
    run = cases.account_of(graph, solver, STEPPERS[stepper], YEARS)
    names, tracing = None, None

    @settings(max_examples=4 if solver.backend == "cpp" else 2)
    @given(knobs=drawn)
    def close(knobs):
        stock, coefficients = cases.draw(graph, batch, **knobs)
        first = cases.initial(stock, names)
        last, account = jax.tree.map(np.asarray, run(first, coefficients, tracing))
        assert np.isfinite(last).all()
        assert account.least.min() >= 0.0
        assert cases.closure(np.asarray(first), account).max() <= CLOSURE
        assert account.cell.max() <= 1e-13
        # a tracer that enters and starts as the pool does is the pool: F14C = 1 stays 1 without decay
        np.testing.assert_allclose(last[1 + names.index("copy")], last[0], rtol=1e-14, atol=0.0)
        tags = sum(last[1 + names.index(name)] for name in ("initial", *graph.sources))
        np.testing.assert_allclose(tags, last[0], rtol=1e-10, atol=1e-300)

    with double_precision():
        names, tracing = cases.tracing_of(graph, batch)
        close()


SHORT = [("cpp", "first_order"), ("cpp", "mprk22"), ("jax", "mprk22")]


@pytest.mark.parametrize(("backend", "stepper"), SHORT)
def test_a_thousand_years_of_fallow_empty_a_profile(backend, stepper):
    # pools pass through denormal numbers on their way to zero
    graph, solver = cases.PROFILE, cases.solver_named(backend)
    if solver is None:
        pytest.skip("no compiled kernel here")
    with double_precision():
        names, tracing = cases.tracing_of(graph, 7)
        stock, coefficients = cases.draw(graph, 7, 5, stiffness=2.0, fed=False)
        stock[:, :, 0] *= 1e-300
        stock[:, :, 1] = 0.0
        first = cases.initial(stock, names)
        run = cases.account_of(graph, solver, STEPPERS[stepper], YEARS)
        last, account = jax.tree.map(np.asarray, run(first, coefficients, tracing))
        operator = cases.annual_operator_of(graph, solver, STEPPERS[stepper])(last, coefficients, tracing)
    assert np.isfinite(last).all()
    assert account.least.min() >= 0.0
    assert (account.held[-1][0] < 1e-3 * account.held[0][0]).any()
    assert not last[:, :, :, 1].any()
    assert cases.closure(np.asarray(first), account).max() <= CLOSURE
    # empty donors still have their mean coefficients
    assert all(np.isfinite(np.asarray(leaf)).all() for leaf in jax.tree.leaves(operator))


@pytest.mark.parametrize(("backend", "stepper"), SHORT)
def test_every_step_closes(backend, stepper):
    graph, solver = cases.PROFILE, cases.solver_named(backend)
    if solver is None:
        pytest.skip("no compiled kernel here")
    batch, scheme, names, tracing = 7, STEPPERS[stepper], None, None

    @jax.jit
    def advance(state, coefficients, tracing, dt):
        at = cases.coefficients_at(graph, coefficients, 1.0)
        ledger = open_ledger(graph, state.shape[0], batch)
        after, ledger = scheme.advance(graph, solver, state, at, coefficients.inputs, tracing, dt, ledger)
        shares = coefficients.operator.inc_share
        return after, cases.entry_of(graph, shares, state, after, ledger, jnp.min(after))

    @settings(max_examples=40)
    @given(
        knobs=drawn,
        stiffness=st.floats(-2.0, 3.0),
        dt=st.sampled_from([1e-4, 1 / 365, 1 / 12, 1.0]),
        huge=st.booleans(),
    )
    def close(knobs, stiffness, dt, huge):
        stiffness = 8.0 if huge else stiffness - np.log10(dt)
        stock, coefficients = cases.draw(graph, batch, **{**knobs, "stiffness": stiffness})
        first = cases.initial(stock, names)
        last, account = jax.tree.map(np.asarray, advance(first, coefficients, tracing, dt))
        account = jax.tree.map(lambda a: a[None], account)
        assert np.isfinite(last).all()
        assert last.min() >= 0.0
        np.testing.assert_allclose(last[1 + names.index("copy")], last[0], rtol=1e-14, atol=0.0)
        if not huge:
            assert cases.closure(np.asarray(first), account).max() <= CLOSURE

    with double_precision():
        names, tracing = cases.tracing_of(graph, batch)
        close()
