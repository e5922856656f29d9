"""How deep roots go."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedozone.plants.rooting import (
    PRIORS,
    UNLIMITED,
    climate_limit,
    mechanical_limit,
    relaxed_depth,
    rooting_target,
    soft_minimum,
    water_table_limit,
)

SEASON = 0.5 * (1 - np.cos(2 * np.pi * (np.arange(12) + 0.5) / 12))


@pytest.fixture(autouse=True, scope="module")
def double_precision():
    with jax.enable_x64(True):
        yield


limit = st.floats(0.05, UNLIMITED)


@settings(max_examples=60, deadline=None)
@given(st.lists(limit, min_size=2, max_size=6))
def test_soft_minimum_stays_below_the_least_and_near_it(limits: list[float]) -> None:
    depth = float(soft_minimum(jnp.asarray(limits)[:, None])[0])
    assert min(limits) * len(limits) ** (-1 / 8) * (1 - 1e-12) <= depth <= min(limits) * (1 + 1e-12)


def test_soft_minimum_has_its_true_derivative() -> None:
    limits = jnp.asarray([[1.0], [1.0], [3.0]])
    gradient = jax.grad(lambda z: soft_minimum(z)[0])(limits)
    step = 1e-6
    for row in range(3):
        moved = [float(soft_minimum(limits.at[row, 0].add(d))[0]) for d in (step, -step)]
        assert float(gradient[row, 0]) == pytest.approx((moved[0] - moved[1]) / (2 * step), abs=1e-7)


def test_the_binding_limit_is_felt() -> None:
    free = jnp.full(5, UNLIMITED)
    potential = jnp.full(5, 2.0)
    rock = free.at[0].set(0.4)
    wet = free.at[1].set(0.3)
    strong = free.at[2].set(0.5)
    dry = free.at[3].set(0.7)
    depth = np.asarray(rooting_target(potential, dry, rock, wet, strong))
    np.testing.assert_allclose(depth, [0.4, 0.3, 0.5, 0.7, 2.0], rtol=1e-3)


def climate(rain: float, demand: float) -> float:
    months = np.ones(12) / 12
    wanted = SEASON / SEASON.sum()
    return float(climate_limit(jnp.asarray(rain * months)[:, None], jnp.asarray(demand * wanted)[:, None])[0])


def test_roots_are_deepest_where_water_is_wanted_and_there() -> None:
    desert, steppe, balanced, wet = climate(0.05, 1.4), climate(0.35, 0.9), climate(0.9, 0.95), climate(3.0, 1.0)
    assert desert < 0.4 < steppe
    assert balanced > wet and steppe > desert
    # Without a dry season roots go to the depth that nutrients and hold ask for.
    assert wet == pytest.approx(PRIORS.shallow_depth, abs=0.1)


def test_water_table_and_strength() -> None:
    table = jnp.broadcast_to(jnp.asarray([1e3, 0.6, 0.1, -0.2]), (12, 4))
    depth = np.asarray(water_table_limit(table))
    assert depth[0] > 900 and depth[1] == pytest.approx(0.5, abs=1e-3)
    assert depth[1] > depth[2] > depth[3] >= PRIORS.least_depth
    elongation = jnp.asarray([[1.0], [0.5], [0.25]])
    reached = mechanical_limit(jnp.asarray([[0.3], [0.2], [0.4]]), elongation)
    assert float(reached[0]) == pytest.approx(0.05 + 0.3 + 0.1 + 0.1)


def test_relaxation() -> None:
    depth, target = jnp.asarray([0.2, 2.0]), jnp.asarray([1.2, 1.2])
    time = jnp.asarray([2.0, 20.0])
    np.testing.assert_allclose(relaxed_depth(depth, target, time, 1e9), target)
    np.testing.assert_allclose(relaxed_depth(depth, target, time, 0.0), depth)
    half = relaxed_depth(relaxed_depth(depth, target, time, 0.5), target, time, 0.5)
    np.testing.assert_allclose(half, relaxed_depth(depth, target, time, 1.0))


def test_derivatives_are_finite_at_the_edges() -> None:
    def depth(rain, demand, table, elongation):
        return jnp.sum(
            rooting_target(
                jnp.asarray([1.2]),
                climate_limit(rain, demand),
                jnp.asarray([UNLIMITED]),
                water_table_limit(table),
                mechanical_limit(jnp.full((4, 1), 0.25), elongation),
            )
        )

    zero = jnp.zeros((12, 1))
    gradients = jax.grad(depth, argnums=(0, 1, 2, 3))(zero, zero, zero - 0.5, jnp.zeros((4, 1)))
    for gradient in gradients:
        assert np.all(np.isfinite(gradient))
