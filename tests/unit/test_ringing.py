"""Oscillations about the steady state: found in the equations, told in the run, absent from the default set."""

import json

import jax.numpy as jnp
import numpy as np
import pedon_columns as columns
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedozone.engine.precision import double_precision
from pedozone.engine.ringing import LASTING, Ringing, least_damped
from pedozone.engine.spinup import spin_up
from pedozone.engine.stepping import STEPPERS
from pedozone.simulation.oscillation import oscillation_attributes
from pedozone.simulation.starting import Start

SETS = ({}, {"mortality_exponent": 1.0, "decay_basal_fraction": 0.005})
"""The default, and one whose microbes die in proportion to their mass."""


def swinging(damping: float, frequency: float) -> np.ndarray:
    return np.array([[-damping, frequency], [-frequency, -damping]])


@given(st.floats(0.01, 5.0), st.floats(0.02, 10.0))
def test_what_is_left_after_a_period_is_what_the_eigenvalues_say(damping, frequency):
    jacobian = np.stack([np.diag([-1.0, -2.0]), swinging(damping, frequency)])[..., None]  # two cells, one column
    found = least_damped(jacobian)
    assert found.lasting[0] == pytest.approx(np.exp(-2 * np.pi * damping / frequency), rel=1e-9)
    assert found.rings[0] == (found.lasting[0] > LASTING)
    if found.lasting[0] > 0.0:
        assert found.period[0] == pytest.approx(2 * np.pi / frequency)
        assert found.cell[0] == 1


def test_real_eigenvalues_fast_swings_and_cells_of_no_account_do_not_ring():
    still = np.diag([-1.0, -0.01])
    fast = swinging(0.1, 2 * np.pi / 0.2)
    slow = swinging(0.01, 1.0)
    found = least_damped(np.stack([still, fast, slow])[..., None], np.array([[True], [True], [False]]))
    assert not found.rings[0]
    assert np.isnan(found.period[0])
    assert found.cell[0] == -1


@pytest.fixture(scope="module")
def rung() -> Ringing:
    site = columns.site("temperate-grassland", layers=6)
    with double_precision():
        setting = columns.setting_of(site, len(SETS))
        values = {
            name: jnp.asarray([chosen.get(name, float(setting.parameters[name])) for chosen in SETS])
            for name in SETS[1]
        }
        found = spin_up(
            setting.model,
            setting.solver,
            STEPPERS["mprk22"],
            columns.bare(setting, 0.03),
            setting.soil,
            columns.forcing(site, "temperate-grassland", len(SETS)),
            {**setting.parameters, **values},
            setting.modes,
        )
    return found.ringing()


def test_the_default_does_not_ring_and_death_in_proportion_does(rung):
    assert rung.rings.tolist() == [False, True]
    assert 1.0 < rung.period[1] < 100.0


def test_a_run_warns_of_a_set_that_rings(rung):
    def told(k: int) -> dict:
        own = Ringing(*(row[k : k + 1] for row in (rung.lasting, rung.period, rung.cell)))
        start = Start(None, STEPPERS["mprk22"], "converged", "", 1, ringing=own)
        return json.loads(oscillation_attributes(start, 1)["oscillation"])

    assert "warning" not in told(0)
    assert told(1)["rings"]
    assert "mortality_exponent" in told(1)["warning"]
    assert "mineral layer" in told(1)["place"]
