"""Two hundred parameter sets from their priors: every spin-up ends with a status that stepping confirms."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pedon_columns as columns
import pytest
from jax import lax

import pedozone
from pedozone.engine.precision import double_precision
from pedozone.engine.spinup import Status, spin_up
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import run_year

pytestmark = pytest.mark.nightly

SETS = 200
CASES = [(name, method) for name in ("temperate-grassland", "temperate-forest") for method in ("mprk22", "first_order")]


def drawn(count: int, seed: int) -> dict[str, np.ndarray]:
    """Parameter sets from the priors, inside their bounds."""
    rng = np.random.default_rng(seed)
    known = pedozone.load_parameters("pedon-core")
    return {
        p.name: np.clip(np.array([float(p.prior.sample(rng)) for _ in range(count)]), p.lower, p.upper)
        for p in known.parameters.values()
        if p.trainable
    }


@functools.cache
def spun(name: str, method: str):
    site = columns.site(name)
    with double_precision():
        setting = columns.setting_of(site, SETS)
        parameters = {**setting.parameters, **{k: jnp.asarray(v) for k, v in drawn(SETS, 11).items()}}
        forcing = columns.forcing(site, name, SETS)
        given = (setting.soil, forcing, parameters, setting.modes)
        return (
            setting,
            given,
            spin_up(setting.model, setting.solver, STEPPERS[method], columns.bare(setting, 0.03), *given),
        )


def stepped(setting, method, state, given, which, years):
    """Carbon by cell and microbial carbon of some columns after each century of native years."""

    def some(leaf):
        return leaf[..., which] if leaf.ndim and leaf.shape[-1] == SETS else leaf

    given = jax.tree.map(lambda leaf: jnp.asarray(some(np.asarray(leaf))), given)
    state = jax.tree.map(lambda leaf: jnp.asarray(some(np.asarray(leaf))), state)
    living = setting.model.graph.index["microbial"]

    @jax.jit
    def century(state):
        def year(state, _):
            tracing = no_tracers(setting.model.graph, len(which))
            done = run_year(setting.model, setting.solver, STEPPERS[method], state, *given, tracing, record=False)
            return done.state, (jnp.sum(done.state.stocks[0], axis=0), done.state.stocks[0, living])

        end, (carbon, microbes) = lax.scan(year, state, length=100)
        return end, (carbon[-2:], microbes[-1])

    series = []
    for _ in range(years // 100):
        state, kept = century(state)
        series.append(jax.tree.map(np.asarray, kept))
    return series


@pytest.mark.parametrize(("name", "method"), CASES)
def test_hardly_a_column_is_left_without_a_steady_state(name, method):
    _, _, found = spun(name, method)
    counts = {status: found.status.count(status) for status in Status}
    print(name, method, {s.value: n for s, n in counts.items()}, "years", np.percentile(found.years, [50, 90, 100]))
    assert counts[Status.SLOW_FRONT] <= 0.01 * SETS
    assert counts[Status.NO_STEADY_STATE] <= 0.02 * SETS
    assert counts[Status.NOT_ALIVE] <= 0.1 * SETS
    assert all(found.causes)


@pytest.mark.parametrize(("name", "method"), CASES)
def test_columns_come_back_to_their_steady_state(name, method):
    setting, given, found = spun(name, method)
    which = np.flatnonzero([s is Status.CONVERGED for s in found.status])
    before = np.asarray(found.state.stocks)[0][..., which].sum(axis=0)
    rng = np.random.default_rng(1)
    with double_precision():
        stocks = np.asarray(found.state.stocks)
        shaken = found.state._replace(stocks=jnp.asarray(stocks * rng.uniform(0.999, 1.001, stocks.shape)))
        series = stepped(setting, method, shaken, given, which, 500)
    away = np.abs(series[-1][0][-1] / before - 1.0).max(axis=0)
    assert away.max() < 2e-3  # what was shaken, and no more


@pytest.mark.parametrize(("name", "method"), CASES)
def test_microbes_that_died_out_do_not_come_back(name, method):
    setting, given, found = spun(name, method)
    which = np.flatnonzero([s is Status.NOT_ALIVE for s in found.status])
    if which.size == 0:
        pytest.skip("every column of this sweep has another status")
    living = setting.model.graph.index["microbial"]
    with double_precision():
        more = np.array(found.state.stocks)
        more[0, living] *= 10.0
        series = stepped(setting, method, found.state._replace(stocks=jnp.asarray(more)), given, which, 1_000)
    share = (series[-1][1] / series[-1][0][-1]).min(axis=0)
    for k, least in zip(which, share, strict=True):
        assert least < 1e-5, (int(k), found.causes[k], float(least))


@pytest.mark.parametrize(("name", "method"), CASES)
def test_ten_thousand_years_find_no_steady_state_either(name, method):
    setting, given, found = spun(name, method)
    which = np.flatnonzero([s in (Status.SLOW_FRONT, Status.NO_STEADY_STATE) for s in found.status])
    if which.size == 0:
        pytest.skip("every column of this sweep has another status")
    with double_precision():
        series = stepped(setting, method, columns.bare(setting, 0.03), given, which, 10_000)
    for i, k in enumerate(which):
        last, before = series[-1][0][1, :, i], series[-1][0][0, :, i]
        yearly = np.abs(last / before - 1.0).max()
        per_century = np.abs(last / series[-2][0][1, :, i] - 1.0).max()
        print(f"{name} {method} {k}: {found.causes[k]}; after 10,000 years {yearly:.1e} a year, {per_century:.1e}")
        assert max(yearly, per_century) > 1e-6
