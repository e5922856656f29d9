"""Layered bucket: closure, signs, limits, and the cascade against a plain loop."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedozone.physics.pedotransfer import litter_retention, saxton_rawls, stack_retention
from pedozone.physics.water import (
    _cascade,
    bucket_climatology,
    bucket_year,
    field_capacity_storage,
    snow_storage,
)

RAIN = np.array([65, 48, 57, 53, 53, 57, 47, 53, 55, 66, 64, 73]) / 1000.0
DEMAND = np.array([5, 6, 21, 37, 64, 76, 83, 77, 48, 25, 10, 5]) / 1000.0


compiled_year = jax.jit(bucket_year)


def column(batch=1, layers=15, slots=1, sand=0.2, clay=0.25):
    """Thickness, stones, retention and root share of a column with one organic slot on top."""
    mineral = np.geomspace(0.03, 0.4, layers)[:, None] * np.ones((1, batch))
    thickness = np.concatenate([np.full((slots, batch), 0.02), mineral])
    coarse = np.concatenate([np.zeros((slots, batch)), np.full((layers, batch), 0.1)])
    texture = [np.full((layers, batch), value) for value in (sand, clay, 0.02)]
    retention = stack_retention(litter_retention(), slots, saxton_rawls(*texture))
    below = np.concatenate([np.zeros((slots, batch)), np.cumsum(mineral, axis=0)])
    above = np.concatenate([np.zeros((slots + 1, batch)), np.cumsum(mineral, axis=0)[:-1]])
    roots = 0.95 ** (100 * above) - 0.95 ** (100 * below)
    return thickness, coarse, retention, roots / roots.sum(axis=0)


def months(values, batch=1):
    return np.repeat(values[:, None], batch, axis=1)


def closure(year, start, rain):
    gained = np.asarray(year.storage).sum(axis=0) - np.asarray(start).sum(axis=0)
    drained = np.asarray(year.face_flux)[:, -1].mean(axis=0)
    return rain.sum(axis=0) - np.asarray(year.evapotranspiration).sum((0, 1)) - drained - gained


@settings(max_examples=40)
@given(
    surplus=st.lists(st.floats(-0.2, 0.2), min_size=1, max_size=12),
    inflow=st.floats(0.0, 0.5),
)
def test_cascade_equals_the_loop_it_replaces(surplus, inflow):
    expected = [inflow]
    for value in surplus:
        expected.append(max(expected[-1] + value, 0.0))
    with jax.enable_x64(True):
        flux = np.asarray(_cascade(jnp.array(surplus)[:, None], jnp.array([inflow])))[:, 0]
    np.testing.assert_allclose(flux, expected, atol=1e-14)


@settings(max_examples=30)
@given(
    wetness=st.floats(0.0, 3.0),
    dryness=st.floats(0.0, 3.0),
    share=st.floats(0.0, 1.0),
    sand=st.floats(0.0, 1.0),
    part=st.floats(0.0, 1.0),
    filled=st.floats(0.0, 1.5),
    roots_present=st.booleans(),
)
def test_water_closes_and_keeps_its_signs(wetness, dryness, share, sand, part, filled, roots_present):
    with jax.enable_x64(True):
        thickness, coarse, retention, roots = column(sand=sand, clay=(1 - sand) * part)
        full = np.asarray(field_capacity_storage(thickness, coarse, retention))
        start = filled * full
        rain, demand = months(wetness * RAIN), months(dryness * DEMAND)
        year = compiled_year(start, rain, demand, roots_present * roots, share, thickness, coarse, retention)
    assert np.abs(closure(year, start, rain)).max() < 1e-12
    assert np.asarray(year.face_flux).min() >= 0.0
    assert np.asarray(year.evapotranspiration).min() >= -1e-15
    assert np.asarray(year.storage).min() >= -1e-15
    assert (np.asarray(year.evapotranspiration).sum(axis=1) <= demand + 1e-12).all()
    np.testing.assert_allclose(np.asarray(year.face_flux)[:, 0], 12 * rain, atol=1e-14)
    assert (np.asarray(year.storage) <= full + 1e-12).all()


def test_balance_closes_in_every_cell():
    with jax.enable_x64(True):
        thickness, coarse, retention, roots = column(batch=2)
        start = field_capacity_storage(thickness, coarse, retention)
        rain, demand = months(RAIN, 2), months(1.5 * DEMAND, 2)
        year = bucket_year(start, rain, demand, roots, 0.8, thickness, coarse, retention)
    flux = np.asarray(year.face_flux).mean(axis=0)
    taken = np.asarray(year.evapotranspiration).sum(axis=0)
    change = np.asarray(year.storage) - np.asarray(start)
    np.testing.assert_allclose(flux[:-1] - flux[1:] - taken, change, atol=1e-13)


def test_no_rain_no_demand_nothing_moves():
    with jax.enable_x64(True):
        thickness, coarse, retention, roots = column()
        start = field_capacity_storage(thickness, coarse, retention)
        none = np.zeros((12, 1))
        year = bucket_year(start, none, none, roots, 0.8, thickness, coarse, retention)
    np.testing.assert_allclose(year.storage, start, atol=1e-15)
    assert np.abs(np.asarray(year.face_flux)).max() < 1e-13


def test_drought_leaves_the_wilting_point_below_the_evaporating_layer():
    with jax.enable_x64(True):
        thickness, coarse, retention, roots = column()
        start = field_capacity_storage(thickness, coarse, retention)
        none = np.zeros((12, 1))
        demand = np.full((12, 1), 0.5)
        year = bucket_year(start, none, demand, roots, 0.9, thickness, coarse, retention)
        fine = thickness * (1 - coarse)
        theta = np.asarray(year.storage) / fine
    wilting = np.asarray(retention.wilting_point)
    assert (theta[1:] >= 0.5 * wilting[1:] - 1e-12).all()
    deep = np.cumsum(thickness, axis=0)[:, 0] > 0.8
    assert (theta[deep] >= wilting[deep] - 1e-3).all()


def test_dry_surface_is_compensated_from_wetter_layers():
    with jax.enable_x64(True):
        thickness, coarse, retention, roots = column()
        full = field_capacity_storage(thickness, coarse, retention)
        dry = np.asarray(full).copy()
        dry[:6] = (np.asarray(retention.wilting_point) * thickness * (1 - coarse))[:6]
        none, demand = np.zeros((12, 1)), np.full((12, 1), 0.03)
        year = bucket_year(dry, none, demand, roots, 1.0, thickness, coarse, retention)
    first = np.asarray(year.evapotranspiration)[0, :, 0]
    alone = (0.03 * roots[6:, 0]).sum()
    assert first.sum() > 1.5 * alone


def test_an_empty_organic_slot_lets_water_through():
    with jax.enable_x64(True):
        thickness, coarse, retention, roots = column()
        thickness[0] = 0.0
        start = field_capacity_storage(thickness, coarse, retention)
        rain, demand = months(RAIN), months(DEMAND)
        year = bucket_year(start, rain, demand, roots, 0.8, thickness, coarse, retention)
    assert np.isfinite(np.asarray(year.theta)).all()
    np.testing.assert_allclose(np.asarray(year.face_flux)[:, 1], 12 * rain, atol=1e-13)
    assert np.abs(closure(year, start, rain)).max() < 1e-12


def test_columns_do_not_see_each_other():
    with jax.enable_x64(True):
        thickness, coarse, retention, roots = column(batch=3)
        share = np.array([0.0, 0.5, 1.0])
        args = (months(RAIN, 3), months(DEMAND, 3), roots, share, thickness, coarse, retention)
        together = bucket_climatology(*args)
        one = column()
        alone = bucket_climatology(months(RAIN), months(DEMAND), one[3], 0.5, *one[:3])
    for a, b in zip(together, alone, strict=True):
        np.testing.assert_allclose(np.asarray(a)[..., [1]], np.asarray(b), atol=1e-13)


def test_climatology_is_periodic_under_a_temperate_year():
    with jax.enable_x64(True):
        thickness, coarse, retention, roots = column()
        args = (months(RAIN), months(DEMAND), roots, 0.85, thickness, coarse, retention)
        last = bucket_climatology(*args)
        again = bucket_year(last.storage, *args)
    np.testing.assert_allclose(again.storage, last.storage, atol=1e-6)


def test_gradients_are_finite_and_agree_with_differences():
    with jax.enable_x64(True):
        thickness, coarse, retention, roots = column()
        rain, demand = months(RAIN), months(1.3 * DEMAND)

        @jax.jit
        def drained(scale, thick):
            year = bucket_climatology(rain, scale * demand, roots, 0.85, thick, coarse, retention, years=3)
            return year.face_flux[:, -1].mean() + 0.1 * year.theta.mean()

        gradient = jax.jit(jax.grad(drained, argnums=(0, 1)))
        slope, by_layer = gradient(1.0, jnp.asarray(thickness))
        difference = (drained(1.0 + 1e-6, thickness) - drained(1.0 - 1e-6, thickness)) / 2e-6
        empty = thickness.copy()
        empty[0] = 0.0
        at_empty = gradient(1.0, jnp.asarray(empty))[1]
    assert float(slope) == pytest.approx(float(difference), rel=1e-6)
    assert np.isfinite(np.asarray(by_layer)).all()
    assert np.isfinite(np.asarray(at_empty)).all()


def test_more_demand_means_less_drainage_and_bare_soil_drains_more():
    with jax.enable_x64(True):
        thickness, coarse, retention, roots = column()
        rain = months(RAIN)

        def drainage(demand, roots, share):
            args = (rain, months(demand), roots, share, thickness, coarse, retention)
            return float(bucket_climatology(*args).face_flux[:, -1].mean())

        grass = drainage(DEMAND, roots, 0.85)
        thirsty = drainage(1.3 * DEMAND, roots, 0.85)
        bare = drainage(DEMAND, 0.0 * roots, 0.0)
    assert thirsty < grass < bare < RAIN.sum()


def test_snow_waits_for_warmth_and_the_year_keeps_its_water():
    cold = np.array([-12, -11, -6, 1, 8, 13, 16, 15, 9, 3, -4, -9.0])[:, None]
    rain = np.full((12, 1), 0.05)
    with jax.enable_x64(True):
        liquid = np.asarray(snow_storage(rain, cold))
        warm = np.asarray(snow_storage(rain, np.full((12, 1), 15.0)))
        ice = np.asarray(snow_storage(rain, np.full((12, 1), -20.0)))
    assert liquid.sum() == pytest.approx(0.6, rel=1e-12)
    assert liquid[0, 0] < 0.01
    assert liquid[3:6].sum() > 0.2
    np.testing.assert_allclose(warm, rain)
    np.testing.assert_allclose(ice, rain)
