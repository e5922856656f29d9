"""Oxygen in soil air: known solutions, limits, monotone convergence, signs, gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedozone.physics.oxygen import oxygen_limitation, oxygen_of_soil_air, oxygen_profile

profile = jax.jit(oxygen_profile, static_argnames="iterations")

HALF = 0.07
CELLS = 12
MONTHS = 12


@pytest.fixture(autouse=True)
def double_precision():
    with jax.enable_x64(True):
        yield


def column(filled=0.3, porosity=0.5, respiration=2.0, table=None, slot=0.0):
    """A column of 12 cells with an organic slot, its water a share of the pores, saturated below `table` (m)."""
    thick = np.concatenate([[slot], np.geomspace(0.03, 0.4, CELLS - 1)])[:, None]
    centre = np.cumsum(thick, axis=0) - 0.5 * thick
    theta = np.broadcast_to(porosity * filled, (CELLS, 1))
    if table is not None:
        theta = np.where(centre > table, porosity, theta)
    theta = np.broadcast_to(theta, (MONTHS, CELLS, 1))
    warmth = np.full((MONTHS, CELLS, 1), 10.0)
    respired = np.broadcast_to(respiration * np.exp(-centre / 0.3), (MONTHS, CELLS, 1))
    return theta, np.full((CELLS, 1), porosity), thick, warmth, respired


def solve(arguments, **options):
    return np.asarray(oxygen_of_soil_air(*(jnp.asarray(a) for a in arguments), HALF, **options))


def test_first_order_uptake_in_a_uniform_column_is_the_known_cosh():
    """With a large half-saturation uptake is first order: C = cosh(k (L - z))/cosh(k L), k^2 = R/D."""
    cells, length, diffusivity, rate = 400, 1.0, 2.0, 8.0
    dz = length / cells
    resistance = np.full((cells, 1), dz / diffusivity)
    resistance[0] *= 0.5
    huge = 1e9
    solved = profile(jnp.asarray(resistance), jnp.full((cells, 1), rate * dz), huge, iterations=2)
    centre = (np.arange(cells) + 0.5) * dz
    k = np.sqrt(rate / diffusivity)
    np.testing.assert_allclose(solved[:, 0], np.cosh(k * (length - centre)) / np.cosh(k * length), rtol=1e-4)


def test_zero_order_uptake_is_the_known_parabola():
    """With a tiny half-saturation and little demand: C = 1 - R/D (L z - z^2/2)."""
    cells, length, diffusivity, rate = 400, 1.0, 2.0, 1.5
    dz = length / cells
    resistance = np.full((cells, 1), dz / diffusivity)
    resistance[0] *= 0.5
    solved = profile(jnp.asarray(resistance), jnp.full((cells, 1), rate * dz), 1e-9, iterations=4)
    centre = (np.arange(cells) + 0.5) * dz
    np.testing.assert_allclose(solved[:, 0], 1.0 - rate / diffusivity * (length * centre - 0.5 * centre**2), atol=1e-4)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    half=st.floats(0.01, 0.6),
    log_demand=st.floats(-3.0, 3.0),
    log_resistance=st.floats(-3.0, 3.0),
)
def test_iterates_rise_to_the_solution_of_the_balance(seed, half, log_demand, log_resistance):
    rng = np.random.default_rng(seed)
    with jax.enable_x64(True):
        resistance = jnp.asarray(10 ** (log_resistance + rng.uniform(-2, 2, (CELLS, 1))))
        demand = jnp.asarray(10 ** (log_demand + rng.uniform(-2, 2, (CELLS, 1))) * rng.integers(0, 2, (CELLS, 1)))
        before = np.asarray(profile(resistance, demand, half, iterations=1))
        for steps in (2, 3, 6):
            now = np.asarray(profile(resistance, demand, half, iterations=steps))
            assert np.all(now >= before - 1e-12)
            assert now.min() >= 0.0
            assert now.max() <= 1.0
            before = now
        final = np.asarray(profile(resistance, demand, half, iterations=25))
        above = np.concatenate([np.ones((1, 1)), final[:-1]])
        arriving = (above - final) / np.asarray(resistance)
        uptake = np.asarray(demand) * final * (1 + half) / (half + final)
        passing = np.cumsum(uptake[::-1], axis=0)[::-1]
        # What enters a cell is what it and all below it take.
        np.testing.assert_allclose(arriving * np.asarray(resistance), passing * np.asarray(resistance), atol=1e-9)


def test_five_steps_are_enough():
    for case in (column(), column(filled=0.9), column(table=0.4), column(filled=0.7, respiration=50.0)):
        difference = oxygen_limitation(solve(case), HALF, 0.3) - oxygen_limitation(
            solve(case, iterations=30), HALF, 0.3
        )
        assert np.abs(difference).max() < 1e-3


def test_dry_sand_is_aerated_and_counts_nothing_twice():
    oxygen = solve(column(filled=0.15, porosity=0.42, respiration=1.0))
    assert oxygen.min() > 0.97
    assert np.asarray(oxygen_limitation(oxygen, HALF, 0.3)).min() > 0.99
    assert float(oxygen_limitation(1.0, HALF, 0.3)) == 1.0


def test_peat_below_the_water_table_has_no_oxygen():
    case = column(filled=0.6, porosity=0.9, respiration=5.0, table=0.3)
    oxygen = solve(case)
    centre = np.cumsum(case[2], axis=0) - 0.5 * case[2]
    assert oxygen[:, centre[:, 0] > 0.5].max() < 1e-3
    assert oxygen[:, centre[:, 0] < 0.15].min() > 0.5
    activity = oxygen_limitation(oxygen, HALF, 0.3)
    np.testing.assert_allclose(activity[:, centre[:, 0] > 0.5], 0.3, atol=0.02)


def test_signs():
    base = solve(column(filled=0.75, respiration=10.0))
    assert np.all(np.diff(base, axis=1) <= 0.0)
    assert np.all(solve(column(filled=0.85, respiration=10.0))[:, 1:] <= base[:, 1:])
    assert np.all(solve(column(filled=0.75, respiration=20.0))[:, 1:] <= base[:, 1:])
    case = [jnp.asarray(a) for a in column(filled=0.75, respiration=10.0)]
    better = np.asarray(oxygen_of_soil_air(*case, HALF, 2.0))
    assert np.all(better[:, 1:] > base[:, 1:])


def test_a_wet_topsoil_starves_a_moist_subsoil():
    theta, porosity, thick, warmth, respired = column(filled=0.5)
    sealed = np.array(theta)
    sealed[:, 1:3] = 0.999 * porosity[0]
    open_, closed = (
        solve((theta, porosity, thick, warmth, respired)),
        solve((sealed, porosity, thick, warmth, respired)),
    )
    assert np.all(closed[:, 5:] < 0.2)
    assert np.all(open_[:, 5:] > 0.8)


def test_an_empty_slot_lets_air_through():
    without, thin = solve(column(slot=0.0)), solve(column(slot=1e-7))
    np.testing.assert_allclose(without, thin, atol=1e-5)
    np.testing.assert_allclose(without[:, 0], 1.0, atol=1e-3)


def test_seasons_keep_what_is_constant():
    case = column(filled=0.8, respiration=10.0)
    for seasons in (1, 4):
        np.testing.assert_allclose(solve(case, seasons=seasons), solve(case, seasons=12), rtol=1e-9)
    np.testing.assert_allclose(solve((*case[:4], case[4][:1])), solve(case), rtol=1e-12)


def test_gradients_are_finite_and_right():
    arguments = [jnp.asarray(a) for a in column(filled=0.8, respiration=10.0, table=0.6)]

    def total(theta, respired, thick, half, factor):
        oxygen = oxygen_of_soil_air(theta, arguments[1], thick, arguments[3], respired, half, factor)
        return jnp.sum(oxygen_limitation(oxygen, half, 0.3))

    point = (arguments[0], arguments[4], arguments[2], jnp.array(HALF), jnp.ones((CELLS, 1)))
    slope_of = jax.jit(jax.grad(total, argnums=range(5)))
    slopes = slope_of(*point)
    assert all(np.all(np.isfinite(slope)) for slope in slopes)
    step = 1e-6
    numeric = (total(*point[:3], HALF + step, point[4]) - total(*point[:3], HALF - step, point[4])) / (2 * step)
    np.testing.assert_allclose(slopes[3], numeric, rtol=1e-5)
    still = slope_of(arguments[0], 0.0 * arguments[4], *point[2:])
    assert all(np.all(np.isfinite(slope)) for slope in still)
