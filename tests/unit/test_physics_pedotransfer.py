"""Bulk density, porosity, retention: published values, order, smoothness on the whole triangle."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedozone.physics.pedotransfer import (
    Retention,
    bulk_density,
    litter_retention,
    mineral_bulk_density,
    particle_density,
    porosity,
    saxton_rawls,
    stack_retention,
    water_potential,
    with_porosity,
)

# Saxton and Rawls (2006), Table 3: 2.5 % organic matter; wilting point, field capacity and
# saturation in % by volume, conductivity in mm/h.
PUBLISHED = {
    "sand": (0.88, 0.05, 5, 10, 46, 108.1),
    "loam": (0.40, 0.20, 14, 28, 46, 15.5),
    "silty clay loam": (0.10, 0.34, 21, 38, 51, 5.9),
    "clay": (0.25, 0.50, 30, 42, 50, 1.1),
}

fraction = st.floats(0.0, 1.0)


@pytest.mark.parametrize("texture", PUBLISHED)
def test_saxton_rawls_gives_its_published_table(texture):
    sand, clay, wilting, capacity, saturation, conductivity = PUBLISHED[texture]
    with jax.enable_x64(True):
        soil = saxton_rawls(sand, clay, 0.025)
    assert 100 * float(soil.wilting_point) == pytest.approx(wilting, abs=0.6)
    assert 100 * float(soil.field_capacity) == pytest.approx(capacity, abs=0.6)
    assert 100 * float(soil.saturation) == pytest.approx(saturation, abs=0.6)
    assert float(soil.conductivity_m_yr) / 8.766 == pytest.approx(conductivity, rel=0.05)


def texture_grid():
    step = np.linspace(0.0, 1.0, 21)
    sand, clay = (values.ravel() for values in np.meshgrid(step, step))
    inside = sand + clay <= 1.0 + 1e-12
    sand, clay = np.repeat(sand[inside], 5), np.repeat(clay[inside], 5)
    organic = np.tile([0.0, 0.02, 0.08, 0.3, 1.0], inside.sum())
    return sand, clay, organic


def test_retention_is_ordered_and_finite_for_every_texture():
    sand, clay, organic = texture_grid()
    with jax.enable_x64(True):
        soil = Retention(*(np.asarray(field) for field in saxton_rawls(sand, clay, organic)))
    for field in soil:
        assert np.isfinite(field).all()
    assert (soil.wilting_point >= 0.01).all()
    assert (soil.field_capacity >= soil.wilting_point + 0.02).all()
    assert (soil.saturation >= soil.field_capacity + 0.03).all()
    assert (soil.saturation < 0.85).all()
    assert (soil.conductivity_m_yr > 0).all()
    assert ((soil.air_entry_kpa > 0.2) & (soil.air_entry_kpa < 25.1)).all()


def test_retention_can_be_differentiated_for_every_texture():
    textures = texture_grid()
    with jax.enable_x64(True):

        def total(sand, clay, organic):
            soil = saxton_rawls(sand, clay, organic)
            suction = water_potential(0.9 * soil.field_capacity, soil)
            return sum(jnp.sum(field) for field in soil) + jnp.sum(suction)

        for slope in jax.grad(total, argnums=(0, 1, 2))(*map(jnp.asarray, textures)):
            assert np.isfinite(np.asarray(slope)).all()


def test_inputs_beyond_the_domain_are_held_at_its_edge():
    with jax.enable_x64(True):
        edge = saxton_rawls(0.1, 0.60, 0.08)
        beyond = saxton_rawls(0.1, 0.85, 0.50)
    np.testing.assert_array_equal(np.array(edge), np.array(beyond))


@given(sand=fraction, part=fraction, organic=st.floats(0.0, 0.1))
def test_suction_passes_through_its_anchors_and_falls_with_water(sand, part, organic):
    clay = (1.0 - sand) * part
    with jax.enable_x64(True):
        soil = saxton_rawls(sand, clay, organic)
        at = [float(water_potential(soil[i], soil)) for i in (2, 1, 0)]
        theta = np.linspace(0.0, float(soil.saturation) + 0.05, 200)
        suction = np.asarray(water_potential(theta, soil))
    assert at[0] == pytest.approx(1500.0, rel=1e-9)
    assert at[1] == pytest.approx(33.0, rel=1e-9)
    assert at[2] == pytest.approx(float(soil.air_entry_kpa), rel=1e-9)
    assert np.isfinite(suction).all()
    assert (np.diff(suction) <= 1e-9).all()
    assert suction.max() <= 1.0e6 * (1 + 1e-9)


def test_campbell_a_and_b_describe_the_dry_branch():
    with jax.enable_x64(True):
        soil = saxton_rawls(0.4, 0.2, 0.03)
        law = float(soil.campbell_a * 0.2 ** (-soil.campbell_b))
        assert float(water_potential(0.2, soil)) == pytest.approx(law, rel=1e-12)


def test_suction_has_finite_slopes_at_dry_and_wet_ends():
    with jax.enable_x64(True):
        soil = saxton_rawls(0.4, 0.2, 0.03)
        slope = jax.vmap(jax.grad(lambda theta: water_potential(theta, soil)))
        ends = jnp.array([0.0, 1e-12, float(soil.field_capacity), float(soil.saturation), 1.0])
        assert np.isfinite(np.asarray(slope(ends))).all()


def test_density_adjustment_follows_structure():
    with jax.enable_x64(True):
        soil = saxton_rawls(0.2, 0.25, 0.03)
        same = with_porosity(soil, soil.saturation)
        np.testing.assert_allclose(np.array(same), np.array(soil), rtol=2e-3)
        dense, loose = (with_porosity(soil, float(soil.saturation) + d) for d in (-0.08, 0.08))
        dense, soil, loose = (Retention(*map(float, which)) for which in (dense, soil, loose))
    assert dense.saturation < soil.saturation < loose.saturation
    assert dense.field_capacity < soil.field_capacity < loose.field_capacity
    assert dense.conductivity_m_yr < soil.conductivity_m_yr < loose.conductivity_m_yr
    assert float(loose.field_capacity - soil.field_capacity) == pytest.approx(0.016, abs=1e-3)


@given(sand=fraction, part=fraction, pores=st.floats(0.2, 0.95))
def test_density_adjustment_keeps_the_order(sand, part, pores):
    with jax.enable_x64(True):
        adjusted = with_porosity(saxton_rawls(sand, (1 - sand) * part, 0.02), pores)
        soil = Retention(*map(float, adjusted))
    assert soil.wilting_point < soil.field_capacity < soil.saturation
    assert np.isfinite(np.array(soil)).all()


def test_bulk_density_mixes_volumes():
    assert bulk_density(0.0, 1500.0, 224.0) == pytest.approx(1500.0)
    assert bulk_density(1.0, 1500.0, 224.0) == pytest.approx(224.0)
    # 1 m3 of each constituent: total mass over 2 m3.
    som = 224.0 / 1724.0
    assert bulk_density(som, 1500.0, 224.0) == pytest.approx(1724.0 / 2)


def test_mineral_bulk_density_of_tranter():
    with jax.enable_x64(True):
        top, deep = np.asarray(mineral_bulk_density(0.12, 0.25, np.array([0.1, 1.0])))
        texture = np.asarray(mineral_bulk_density(np.linspace(0, 1, 101), 0.0, 0.1))
    assert top == pytest.approx(1350 + 4.5 * 12 - 0.06 * (12 - 44.65) ** 2 + 60, rel=1e-12)
    assert deep - top == pytest.approx(60.0)
    # Densest at about 80 % sand, as the paper's abstract states.
    assert 0.78 <= texture.argmax() / 100 <= 0.86
    assert 1200 < texture.min() < texture.max() < 1750


def test_highfield_densities_are_plausible():
    """Measured 0.944 under old grass (2.9 % C) and 1.245 after decades bare (1 % C), 0-23 cm.

    The texture-and-carbon part alone: the grass sward's macropores are the structure state's task.
    """
    with jax.enable_x64(True):
        mineral = mineral_bulk_density(0.12, 0.25, 0.115)
        grass = float(bulk_density(0.029 / 0.58, mineral))
        bare = float(bulk_density(0.010 / 0.58, mineral))
    assert 944 < grass < 944 * 1.2
    assert bare == pytest.approx(1245, rel=0.05)


def test_particle_density_and_porosity():
    assert particle_density(0.0, 0.0, 1.0) == pytest.approx(2760.0)
    assert 2660.0 < particle_density(0.4, 0.4, 0.2) < 2760.0
    assert porosity(0.0, 1325.0, 2650.0) == pytest.approx(0.5)
    assert porosity(0.05, 1100.0, 2690.0) > porosity(0.05, 1300.0, 2690.0)


def test_litter_holds_little_against_gravity_and_stacks_on_the_column():
    litter = litter_retention()
    assert 0.05 < float(litter.field_capacity) < 0.3 < float(litter.saturation) < 1.0
    with jax.enable_x64(True):
        mineral = saxton_rawls(np.full((4, 3), 0.4), np.full((4, 3), 0.2), np.full((4, 3), 0.02))
        column = stack_retention(litter, 2, mineral)
        assert all(field.shape == (6, 3) and field.dtype == jnp.float64 for field in column)
        np.testing.assert_array_equal(column.saturation[2:], mineral.saturation)
        suction = water_potential(column.field_capacity, column)
    np.testing.assert_allclose(suction, 33.0, rtol=1e-9)
