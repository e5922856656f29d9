"""Moisture response: 1 at the optimum, 0 at the threshold, finite slopes everywhere."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedozone.physics.moisture import moisture_factor, oxygen_factor, water_potential_factor
from pedozone.physics.pedotransfer import saxton_rawls, water_potential


def test_water_potential_factor_is_linear_in_the_logarithm():
    with jax.enable_x64(True):
        suction = np.array([0.0, 10.0, 33.0, np.sqrt(33.0 * 15e3), 15e3, 1e6])
        factor = np.asarray(water_potential_factor(suction))
    np.testing.assert_allclose(factor, [1, 1, 1, 0.5, 0, 0], atol=1e-12)


def test_oxygen_factor_runs_from_its_floor_to_one():
    with jax.enable_x64(True):
        factor = np.asarray(oxygen_factor(np.array([0.0, 0.25, 0.5, 0.6]), 0.5, 0.2))
    assert factor[0] == pytest.approx(1.0)
    assert factor[1] == pytest.approx(0.2 + 0.8 * np.sqrt(0.5), abs=0.01)
    assert factor[2] == factor[3] == pytest.approx(0.2)


@given(sand=st.floats(0.0, 1.0), part=st.floats(0.0, 1.0), organic=st.floats(0.0, 0.08))
def test_maximum_over_water_content_is_one_at_the_optimum(sand, part, organic):
    with jax.enable_x64(True):
        soil = saxton_rawls(sand, (1.0 - sand) * part, organic)
        theta = np.linspace(0.0, float(soil.saturation), 101)
        theta = np.append(theta, float(soil.field_capacity))
        factor = np.asarray(moisture_factor(theta, soil.saturation, water_potential(theta, soil), soil.field_capacity))
    assert factor.max() <= 1.0 + 1e-12
    assert factor[-1] == pytest.approx(1.0, abs=1e-9)
    assert factor[0] == 0.0
    assert factor[100] < 0.75


def test_slopes_are_finite_at_zero_water_at_saturation_and_where_pores_are_full():
    with jax.enable_x64(True):
        soil = saxton_rawls(0.2, 0.3, 0.03)

        def factor(theta, porosity):
            suction = water_potential(theta, soil)
            return moisture_factor(theta, porosity, suction, soil.field_capacity)

        slope = jax.vmap(jax.grad(factor, argnums=(0, 1)), in_axes=(0, None))
        ends = jnp.array([0.0, float(soil.wilting_point), float(soil.saturation), 0.9])
        for pores in (soil.saturation, soil.field_capacity, 0.9 * soil.field_capacity):
            for values in slope(ends, pores):
                assert np.isfinite(np.asarray(values)).all()


def test_threshold_may_differ_between_litter_and_soil():
    with jax.enable_x64(True):
        suction = np.full((12, 2, 3), 20e3)
        threshold = np.array([[36.0], [15.0]])
        factor = np.asarray(moisture_factor(0.05, np.full((2, 3), 0.5), suction, 0.3, moisture_threshold_mpa=threshold))
    assert factor.shape == (12, 2, 3)
    assert (factor[:, 0] > 0.05).all()
    assert (factor[:, 1] == 0.0).all()
