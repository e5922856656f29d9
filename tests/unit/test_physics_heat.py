"""Soil temperature: damping, lag, linearity."""

import jax
import numpy as np
import pytest

from pedozone.physics.heat import annual_damping_depth, soil_temperature


def harmonic(values, order):
    phase = 2 * np.pi * (np.arange(12) + 0.5) / 12
    return (values * np.exp(-1j * order * phase)[:, None]).sum(axis=0) / 6


@pytest.fixture
def air():
    month = 2 * np.pi * (np.arange(12) + 0.5) / 12
    one = 10.0 - 8.0 * np.cos(month - 0.4) + 1.5 * np.cos(2 * month + 0.3)
    return np.stack([one, one[::-1], np.full(12, 25.0)], axis=1)


@pytest.mark.parametrize("order", [1, 2])
def test_a_harmonic_is_damped_and_delayed(air, order):
    depth = np.array([[0.0], [0.5], [2.0]])
    with jax.enable_x64(True):
        soil = np.asarray(soil_temperature(air, depth, 2.0, 0.9, 0.5))
    assert soil.shape == (12, 3, 3)
    surface = harmonic(air, order)[:2]
    for layer, z in enumerate(depth[:, 0]):
        reach = z * np.sqrt(order) / 2.0
        expected = 0.9 * np.exp(-reach) * np.exp(-1j * reach) * surface
        np.testing.assert_allclose(harmonic(soil[:, layer], order)[:2], expected, atol=1e-12)


def test_mean_moves_with_the_offset_and_constant_air_stays_constant(air):
    with jax.enable_x64(True):
        soil = np.asarray(soil_temperature(air, np.array([[0.1], [3.0]]), 2.0, 1.1, 0.7))
    mean = np.broadcast_to(air.mean(axis=0) + 0.7, (2, 3))
    np.testing.assert_allclose(soil.mean(axis=0), mean, atol=1e-12)
    np.testing.assert_allclose(soil[:, :, 2], 25.7, atol=1e-12)


def test_organic_slots_have_the_temperature_of_the_surface(air):
    with jax.enable_x64(True):
        soil = np.asarray(soil_temperature(air, np.array([[-0.04], [0.0]]), 2.0))
    np.testing.assert_array_equal(soil[:, 0], soil[:, 1])


def test_parameters_may_differ_between_columns(air):
    amplitude, offset = np.array([1.0, 0.8, 1.2]), np.array([0.0, 1.0, -1.0])
    depth = np.full((2, 3), 0.3)
    with jax.enable_x64(True):
        together = np.asarray(soil_temperature(air, depth, np.full(3, 1.5), amplitude, offset))
        alone = [
            np.asarray(soil_temperature(air[:, [b]], depth[:, [b]], 1.5, amplitude[b], offset[b])) for b in range(3)
        ]
    np.testing.assert_allclose(together, np.concatenate(alone, axis=2), atol=1e-12)


def test_gradient_agrees_with_differences(air):
    depth = np.array([[0.3], [1.0]])
    with jax.enable_x64(True):

        def total(d):
            return (soil_temperature(air, depth, d, 1.0, 0.0)[3] ** 2).sum()

        slope = float(jax.jit(jax.grad(total))(2.0))
        difference = float(total(2.0 + 1e-5) - total(2.0 - 1e-5)) / 2e-5
    assert slope == pytest.approx(difference, rel=1e-7)


def test_damping_depth_of_a_mineral_soil():
    # Campbell and Norman (1998): 5e-7 m2 s-1 gives about 2.2 m for the annual wave.
    assert float(annual_damping_depth(5e-7)) == pytest.approx(2.24, abs=0.02)
