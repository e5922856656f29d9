"""The soil by year: its pH under the cover, and what mineral surfaces then hold."""

from __future__ import annotations

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np

from pedozone.column.geometry import Soil
from pedozone.engine.precision import double_precision
from pedozone.models.pedon import PH_SHIFT_DEPTH
from pedozone.parameters import load_parameters
from pedozone.processes.minerals import stable_capacity
from pedozone.simulation.yearly_soil import ph_at_moments, slow_capacity

VALUES = load_parameters("pedon").values()
FACE = np.array([[0.0, 0.2, 0.6], [0.0, 0.2, 0.6], [0.0, 0.25, 0.65]])
SHIFT = np.array([[0.0], [-1.8]])  # two years, the second under an acidifying cover


def soil(ph: np.ndarray) -> Soil:
    """Two layers rich in oxides at the pH of each moment [moments, cells, 1]."""

    def same(value):
        return np.full_like(ph, value)

    return Soil(
        mineral_mass=same(280.0),
        sand=same(0.5),
        silt=same(0.3),
        clay=same(0.2),
        coarse=same(0.0),
        ph=ph,
        mineral_density=same(1400.0),
        capacity=same(0.086),
        oxides=same(0.01),
    )


def test_surfaces_hold_what_they_do_at_the_ph_under_the_cover():
    given = np.broadcast_to(np.array([6.5, 6.8])[None, :, None], (3, 2, 1)).copy()
    given[2] += 0.4  # limed before the third moment
    record = SimpleNamespace(soils=soil(given), ph_shift=SHIFT)
    middle = np.array([0.125, 0.45])
    by_hand = np.array([[6.5, 6.8], [6.5, 6.8], np.array([6.9, 7.2]) - 1.8 * np.exp(-middle / PH_SHIFT_DEPTH)])
    np.testing.assert_allclose(ph_at_moments(record, FACE), by_hand, rtol=1e-14)
    with double_precision():
        found = slow_capacity(SimpleNamespace(parameters=VALUES), record, FACE)
        for moment, ph in enumerate(by_hand):
            layer = Soil(*(None if part is None else jnp.asarray(part[moment]) for part in record.soils))
            expected = stable_capacity(layer, VALUES, jnp.asarray(ph[:, None]))[:, 0]
            np.testing.assert_allclose(found[moment], expected, rtol=1e-14)
    # oxides hold more in acid soil: the cover's acidity outdoes the lime near the surface
    assert found[2, 0] > 1.03 * found[0, 0]
