"""Columns in mass coordinates: what carbon does to thickness, depth and density."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pedozone.column.geometry import Soil, geometry, integral_to, layer_faces, share_above
from pedozone.engine.precision import double_precision

FRACTION, ORGANIC, LITTER = 0.58, 224.0, 80.0


@pytest.mark.parametrize(("depth", "layers"), [(3.0, 30), (3.0, 60), (1.0, 10), (0.1, 10)])
def test_layers_thicken_downward_and_end_at_the_base(depth, layers):
    faces = layer_faces(depth, layers)
    widths = np.diff(faces)
    assert faces[0] == 0.0
    assert faces[-1] == pytest.approx(depth, rel=1e-12)
    assert faces.size == layers + 1
    assert (np.diff(widths) >= -1e-12).all()
    assert widths[0] <= 0.02 + 1e-9


def soil(coarse=0.0, cells=4, batch=2):
    def rows(slot, layer):
        return jnp.asarray(np.repeat([[slot], *[[layer]] * (cells - 1)], batch, axis=1))

    return Soil(
        mineral_mass=rows(0.0, 140.0),
        sand=rows(0.0, 0.2),
        silt=rows(0.0, 0.5),
        clay=rows(0.0, 0.3),
        coarse=rows(0.0, coarse),
        ph=rows(6.0, 6.0),
        mineral_density=rows(1000.0, 1400.0),
        capacity=rows(0.0, 0.086),
    )


def measured(carbon, coarse=0.0):
    with double_precision():
        found = geometry(
            soil(coarse),
            1,
            jnp.asarray(carbon),
            carbon_fraction=FRACTION,
            organic_density=ORGANIC,
            litter_density=LITTER,
        )
        return jax.tree.map(np.asarray, found)


def test_volumes_of_mineral_and_organic_matter_add_up():
    carbon = np.full((4, 2), 2.9)
    g = measured(carbon)
    matter = 2.9 / FRACTION
    assert g.thickness[0, 0] == pytest.approx(matter / LITTER)
    assert g.thickness[1, 0] == pytest.approx(0.1 + matter / ORGANIC)
    assert g.face[1, 0] == pytest.approx(0.0, abs=1e-15)
    assert g.face[0, 0] == pytest.approx(-matter / LITTER)
    np.testing.assert_allclose(np.diff(g.face, axis=0), g.thickness, rtol=1e-12)
    np.testing.assert_allclose(g.centre, 0.5 * (g.face[1:] + g.face[:-1]))
    np.testing.assert_allclose((g.bulk_density * g.volume)[1:], 140.0 + matter)
    np.testing.assert_allclose(g.organic_fraction[1:], matter / (140.0 + matter))


def test_bare_layers_have_the_density_of_their_minerals():
    g = measured(np.zeros((4, 2)))
    np.testing.assert_allclose(g.bulk_density[1:], 1400.0)
    np.testing.assert_allclose(g.thickness[:, 0], [0.0, 0.1, 0.1, 0.1])
    assert all(np.isfinite(part).all() for part in g)


def test_stones_take_room_but_no_mass():
    without, stony = measured(np.ones((4, 2))), measured(np.ones((4, 2)), coarse=0.2)
    np.testing.assert_allclose(stony.thickness[1:], without.thickness[1:] / 0.8)
    np.testing.assert_allclose(stony.volume, without.volume)
    np.testing.assert_allclose(stony.bulk_density, without.bulk_density)


def test_share_of_cells_above_a_depth():
    face = jnp.asarray([[-0.1], [0.0], [0.1], [0.3]])
    for depth, shares in ((0.0, [0, 0, 0]), (0.05, [0, 0.5, 0]), (0.2, [0, 1, 0.5]), (9.0, [0, 1, 1])):
        np.testing.assert_allclose(np.asarray(share_above(face, depth))[:, 0], shares, atol=1e-6)


def test_integral_to_a_depth():
    cumulative, face = np.array([0.0, 2.0, 5.0]), np.array([0.0, 0.1, 0.4])
    assert integral_to(cumulative, face, 0.25) == pytest.approx(3.5)
    assert np.isnan(integral_to(cumulative, face, 0.5))
