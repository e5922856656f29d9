"""Years in months, weeks or any other parts, and what is kept of each."""

import functools

import jax
import jax.numpy as jnp
import model_cases as cases
import numpy as np
import pytest

from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import run_year


@pytest.fixture(autouse=True)
def doubles():
    with double_precision():
        yield


def year_of(case, forcing, **settings):
    graph = case.model.graph
    run = functools.partial(run_year, case.model, choose_solver(), STEPPERS["mprk22"], case.state(3), case.site)
    return run(forcing, case.parameters, case.model.modelled(), no_tracers(graph, cases.BATCH), **settings)


def constant(forcing):
    """The mean of every monthly array, by which all divisions of the year have the same conditions."""
    return jax.tree.map(lambda a: a.mean(axis=0, keepdims=True) if a.ndim == 3 else a, forcing)


def test_the_path_ends_where_the_year_ends():
    case = cases.CASES["century"]()

    @jax.jit
    def year():
        done = year_of(case, case.forcing, keep_path=True)
        return done.state.stocks, done.ledger.loss, done.path

    stocks, loss, path = year()
    assert path.stocks.shape == (12, *stocks.shape)
    np.testing.assert_array_equal(path.stocks[-1], stocks)
    np.testing.assert_array_equal(path.loss[-1], loss)
    assert (np.diff(np.asarray(path.loss).sum(axis=(2, 3)), axis=0) > 0.0).all()


def test_equal_steps_give_equal_years():
    case = cases.CASES["century"]()
    forcing = constant(case.forcing)
    months, quarters = (
        jax.jit(lambda n=n, m=m: year_of(case, forcing, periods=n, substeps=m).state.stocks)()
        for n, m in ((12, 1), (4, 3))
    )
    np.testing.assert_allclose(quarters, months, rtol=1e-13)


def test_a_path_only_where_it_is_asked_for():
    case = cases.CASES["century"]()
    assert jax.eval_shape(lambda: year_of(case, case.forcing).path) is None
    silent = jax.eval_shape(lambda: year_of(case, case.forcing, keep_path=True, record=False).path)
    assert silent.loss is None


def test_monthly_conditions_do_not_pass_for_weekly_ones():
    case = cases.CASES["century"]()
    with pytest.raises(ValueError, match=r"year of 52 periods was given an array of shape \(12, 2, 3\)"):
        year_of(case, case.forcing, periods=52)


def test_a_whole_number_of_cells_that_equals_the_periods_is_no_season():
    # what is constant leads with 1, whatever the other axes are
    case = cases.CASES["millennial"]()
    forcing = constant(case.forcing)
    one = jax.jit(lambda: year_of(case, forcing, periods=cases.CELLS, substeps=2).state.stocks)()
    other = jax.jit(lambda: year_of(case, forcing, periods=2 * cases.CELLS).state.stocks)()
    np.testing.assert_allclose(one, other, rtol=1e-12)
    assert jnp.isfinite(one).all()
