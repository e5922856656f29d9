"""Water table: none changes nothing, water closes, saturation and fringe, signs, gradients."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedozone.physics.groundwater import (
    NO_WATER_TABLE,
    saturated_share,
    seasonal_water_table,
    with_water_table,
)
from pedozone.physics.pedotransfer import litter_retention, saxton_rawls, stack_retention, water_potential
from pedozone.physics.water import bucket_climatology

CELLS, ORGANIC = 12, 2


@pytest.fixture(autouse=True)
def double_precision():
    with jax.enable_x64(True):
        yield


@functools.cache
def column():
    """Faces, retention and the bucket's year of a column with a filled and an empty organic slot."""
    thickness = np.concatenate([[0.0, 0.05], np.geomspace(0.03, 0.5, CELLS - ORGANIC)])[:, None]
    face = np.concatenate([[[0.0]], np.cumsum(thickness, axis=0)]) - 0.05
    fill = np.ones((CELLS - ORGANIC, 1))
    retention = stack_retention(litter_retention(), ORGANIC, saxton_rawls(0.2 * fill, 0.25 * fill, 0.02 * fill))
    roots = np.exp(-np.maximum(face[:-1], 0.0) / 0.3) - np.exp(-np.maximum(face[1:], 0.0) / 0.3)
    rain = np.array([65, 48, 57, 53, 53, 57, 47, 53, 55, 66, 64, 73])[:, None] / 1000.0
    demand = np.array([5, 6, 21, 37, 64, 76, 83, 77, 48, 25, 10, 5])[:, None] / 1000.0
    with jax.enable_x64(True):
        year = bucket_climatology(
            rain, demand, roots / roots.sum(axis=0), 0.8, thickness, np.zeros_like(thickness), retention
        )
    return jnp.asarray(face), retention, year


def at(depth, lateral_depth=0.4):
    face, retention, year = column()
    return with_water_table(year, jnp.full((12, 1), depth), face, retention, lateral_depth)


def test_without_a_table_nothing_changes():
    _, _, year = column()
    result = at(NO_WATER_TABLE)
    for now, before in zip(result.water, year, strict=True):
        np.testing.assert_array_equal(now, before)
    np.testing.assert_array_equal(result.lateral, 0.0)
    np.testing.assert_array_equal(result.supply, 0.0)


@settings(max_examples=40, deadline=None)
@given(mean=st.floats(-0.2, 4.0), amplitude=st.floats(0.0, 1.0), lateral_depth=st.floats(0.1, 2.0))
def test_water_closes_in_every_cell_and_month(mean, amplitude, lateral_depth):
    with jax.enable_x64(True):
        face, retention, year = column()
        table = seasonal_water_table(jnp.array([mean]), jnp.array([amplitude]))
        result = with_water_table(year, table, face, retention, lateral_depth)
        flux, before = np.asarray(result.water.face_flux), np.asarray(year.face_flux)
        used = before[:, :-1] - before[:, 1:]
        balance = flux[:, :-1] + result.supply - flux[:, 1:] - result.lateral - used
        assert np.abs(balance).max() < 1e-14
        assert np.asarray(result.lateral).min() >= 0.0
        assert np.asarray(result.supply).min() >= 0.0
        assert flux.min() >= 0.0
        assert np.all(flux <= before)
        theta = np.asarray(result.water.theta)
        assert np.all(theta <= np.maximum(np.asarray(retention.saturation), np.asarray(year.theta)) + 1e-15)
        assert np.all(theta >= np.asarray(year.theta) - 1e-15)


def test_saturated_below_and_draining_by_equilibrium_above():
    face, retention, year = column()
    result = at(1.0)
    below = np.asarray(face)[:-1, 0] > 1.0
    theta = np.asarray(result.water.theta)
    full = np.broadcast_to(np.asarray(retention.saturation), theta.shape)
    np.testing.assert_allclose(theta[:, below], full[:, below], rtol=1e-14)
    just_above = np.flatnonzero(np.asarray(face)[1:, 0] < 1.0)[-1]
    assert np.all(theta[:, just_above] > np.asarray(year.theta)[:, just_above])
    centre = 0.5 * float(face[just_above, 0] + face[just_above + 1, 0])
    suction = np.asarray(water_potential(result.water.theta, retention))[:, just_above, 0]
    assert np.all(suction >= 9.8 * (1.0 - centre) - 1e-9)
    assert np.all(suction < 33.0)
    deep = np.flatnonzero(below)
    flux = np.asarray(result.water.face_flux).mean(axis=0)[deep, 0]
    np.testing.assert_allclose(
        flux / np.asarray(year.face_flux).mean(axis=0)[deep, 0], np.exp(-(np.asarray(face)[deep, 0] - 1.0) / 0.4)
    )


def test_a_higher_table_wets_more_and_drains_less_downward():
    high, low = at(0.5), at(1.5)
    assert np.all(np.asarray(high.water.theta) >= np.asarray(low.water.theta))
    assert float(high.water.face_flux[:, -1].mean()) < float(low.water.face_flux[:, -1].mean())
    year = column()[2]
    np.testing.assert_allclose(
        float(jnp.mean(jnp.sum(high.lateral - high.supply, axis=1)) + jnp.mean(high.water.face_flux[:, -1])),
        float(jnp.mean(year.face_flux[:, -1])),
    )


def test_a_table_above_the_mineral_surface_drowns_the_organic_slot():
    theta = np.asarray(at(-0.05).water.theta)
    saturation = np.asarray(column()[1].saturation)
    np.testing.assert_allclose(theta[:, 1:], np.broadcast_to(saturation[1:], theta[:, 1:].shape), rtol=1e-14)
    assert np.all(np.isfinite(theta))


def test_the_season_peaks_in_march_or_september():
    north = np.asarray(seasonal_water_table(jnp.array([1.0]), jnp.array([0.3])))[:, 0]
    south = np.asarray(seasonal_water_table(jnp.array([1.0]), jnp.array([0.3]), 8.5))[:, 0]
    assert north.argmin() == 2
    np.testing.assert_allclose(north, np.roll(south, 6))
    np.testing.assert_allclose(north.mean(), 1.0)
    assert np.all(np.asarray(saturated_share(column()[0], jnp.full((12, 1), NO_WATER_TABLE))) == 0.0)


def test_gradients_are_finite():
    face, retention, year = column()

    def total(table, face, depth):
        result = with_water_table(year, table, face, retention, depth)
        return jnp.sum(result.water.theta) + jnp.sum(result.lateral**2) + jnp.sum(result.water.face_flux**2)

    slope_of = jax.jit(jax.grad(total, argnums=(0, 1, 2)))
    for depth in (-0.05, 0.7, NO_WATER_TABLE):
        slopes = slope_of(jnp.full((12, 1), depth), face, jnp.array(0.4))
        assert all(np.all(np.isfinite(slope)) for slope in slopes)
