"""N14CP's carbon and nitrogen against the equations written a second time, by its balance, and by what is expected."""

import jax.numpy as jnp
import model_cases as cases
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year
from pedozone.models import n14cp

RATES = np.array([0.5, 0.05, 0.001, 0.001])
SHARES = np.array([0.7, 0.3 * 0.97, 0.3 * 0.03])
DISSOLVED, SORBED, KEPT = 0.1, 0.5, 0.6


@pytest.fixture(autouse=True)
def doubles():
    with double_precision():
        yield


@pytest.fixture(scope="module")
def values():
    with double_precision():
        return cases.values("n14cp")


def forcing(batch=1, temperature=10.0, potential=0.6, deposition=1e-3, fixation=5e-4, ratio=50.0):
    one = jnp.ones(batch)
    return n14cp.Forcing(temperature * one[None], potential * one, deposition * one, fixation * one, ratio * one)


def written_out(years, potential, deposition, fixation, ratio):
    """The model a second time: each year's carbon by a solver of its own, its nitrogen by hand."""
    carbon, nitrogen, free = np.zeros(4), np.zeros(4), 0.0
    lost = 0.0
    for _ in range(years):
        there = free + deposition + fixation
        grown = min(potential, there * ratio)
        lost += there - grown / ratio

        def change(_, x, grown=grown):
            out = RATES * x[:4]
            into = np.append(grown * SHARES, DISSOLVED * SORBED * out[:3].sum())
            return np.concatenate([into - out, out])

        end = solve_ivp(change, (0.0, 1.0), np.concatenate([carbon, np.zeros(4)]), rtol=1e-10, atol=1e-14).y[:, -1]
        out = end[4:]
        into = np.append(grown * SHARES, DISSOLVED * SORBED * out[:3].sum())
        free, sunk = 0.0, 0.0
        for p in range(4):
            brought = into[p] / ratio if p < 3 else sunk
            n_per_c = (nitrogen[p] + brought) / (carbon[p] + into[p])
            respired = out[p] * ((1.0 - DISSOLVED) if p < 3 else 1.0)
            gone = (1.0 - KEPT) * n_per_c * respired
            free += gone
            if p < 3:
                sunk += n_per_c * DISSOLVED * SORBED * out[p]
                lost += n_per_c * DISSOLVED * (1.0 - SORBED) * out[p]
                gone += n_per_c * DISSOLVED * out[p]
            nitrogen[p] += brought - gone
        carbon = end[:4]
    return carbon, nitrogen, free, lost


@pytest.mark.parametrize("deposition", [1e-4, 1e-2])
def test_from_bare_ground_against_the_equations_written_out(values, deposition, record_property):
    years = 120
    given = forcing(deposition=deposition)
    state, course = n14cp.develop(
        n14cp.N14cp(1), n14cp.bare_ground(1, 1), given, jnp.full((years, 1), deposition), values
    )
    carbon, nitrogen, free, _ = written_out(years, 0.6, deposition, 5e-4, 50.0)
    found = np.asarray(course.carbon[-1, :, 0, 0])
    error = np.max(np.abs(found / carbon - 1.0))
    other = np.max(np.abs(np.asarray(course.nitrogen[-1, :, 0, 0]) / nitrogen - 1.0))
    record_property("largest relative difference", max(error, other))
    print(f"deposition {deposition}: carbon {error:.1e}, nitrogen {other:.1e}")
    assert max(error, other) < 2e-3
    assert float(state.physical.mineralised[0, 0]) == pytest.approx(free, rel=2e-3)


def test_nitrogen_is_kept(values):
    model, solver = n14cp.N14cp(2), choose_solver()
    given = forcing(batch=3)._replace(deposition=jnp.asarray([0.0, 1e-3, 1e-2]))
    rng = np.random.default_rng(2)
    stocks = jnp.asarray(rng.uniform(0.0, 2.0, (1, 4, 2, 3)))
    before = n14cp.Nitrogen(jnp.asarray(rng.uniform(0.0, 0.1, (4, 2, 3))), jnp.asarray(rng.uniform(0.0, 0.02, (2, 3))))
    state = State(stocks, before)
    for _ in range(3):
        done = run_year(
            model, solver, STEPPERS["mprk22"], state, (), given, values, model.modelled(),
            no_tracers(model.graph, 3), periods=4,
        )  # fmt: skip
        after, drained = n14cp.nitrogen_after(
            model, state.physical, done.ledger, done.season.inputs, done.environment, values
        )
        held = [np.asarray(n.organic.sum(axis=0) + n.mineralised) for n in (state.physical, after)]
        air = np.asarray(given.deposition + given.fixation)
        gone = np.asarray(drained + done.environment.left)
        np.testing.assert_allclose(held[1] - held[0], np.broadcast_to(air, (2, 3)) - gone, atol=1e-15)
        assert np.min(after.organic) >= 0.0
        state = done.state
        for mine, given_ in zip(state.physical, after, strict=True):
            np.testing.assert_array_equal(mine, given_)


def test_growth_is_the_least_of_what_climate_and_nitrogen_allow(values):
    given = forcing(batch=3, potential=0.4, ratio=40.0)._replace(deposition=jnp.asarray([0.0, 4e-3, 2e-2]))
    physical = n14cp.Nitrogen(jnp.zeros((4, 1, 3)), jnp.full((1, 3), 1e-3))
    environment, _ = n14cp.N14cp(1).environment(jnp.zeros((4, 1, 3)), physical, (), given, values)
    np.testing.assert_allclose(environment.litter[0, 0], [1.5e-3 * 40.0, 5.5e-3 * 40.0, 0.4], rtol=1e-14)
    np.testing.assert_allclose(environment.left[0], [0.0, 0.0, 2.15e-2 - 0.01], atol=1e-17)


def test_soils_grow_for_millennia_and_deposition_makes_them_grow_again(values):
    years = np.arange(-9700, 2011, 10)  # a year for each ten here, which is enough for the course
    before, air = 2e-4, 3e-3
    series = np.where(years[:, None] >= 1850, [before, air], before)
    given = forcing(batch=2, potential=0.5, fixation=2e-4)
    _, course = n14cp.develop(n14cp.N14cp(1), n14cp.bare_ground(1, 2), given, jnp.asarray(series), values)
    total = np.asarray(course.carbon.sum(axis=(1, 2)))
    assert (np.diff(total[:100, 0]) > 0.0).all()
    clean, fed = total[-1]
    assert fed > 1.02 * clean
    assert np.asarray(course.litter[-1, 0, 1]) > 1.2 * np.asarray(course.litter[-1, 0, 0])
    # decay keeps nitrogen back: in the end its share of that which leaves is what litter brings
    ratio = np.asarray(course.carbon[-1, :, 0, 0] / course.nitrogen[-1, :, 0, 0])
    assert ratio[1] == pytest.approx(50.0 * (DISSOLVED + (1.0 - DISSOLVED) * (1.0 - KEPT)), rel=0.05)
    assert (ratio < 40.0).all()


def test_a_year_that_is_not_recorded_is_refused(values):
    model = n14cp.N14cp(1)
    with pytest.raises(ValueError, match="record=True"):
        run_year(
            model, choose_solver(), STEPPERS["mprk22"], n14cp.bare_ground(1, 1), (), forcing(), values,
            model.modelled(), no_tracers(model.graph, 1), record=False,
        )  # fmt: skip
