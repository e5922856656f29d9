"""Ages of a topsoil in equilibrium under RothC."""

import numpy as np
import pytest

from pedozone.config.errors import InputError
from pedozone.models.rothc import Forcing
from pedozone.simulation.rothc import simulate_rothc
from pedozone.simulation.rothc_ages import equilibrium_ages
from pedozone.simulation.rothc_arguments import Topsoil

SOIL = Topsoil(clay=23.4)


def grass(plant=(1.0, 3.0)):
    months = np.arange(12.0)[:, None]
    return Forcing(
        10.0 - 7.0 * np.cos(2.0 * np.pi * months / 12.0), 60.0, 40.0 + 0.0 * months, 1.0,
        0.2 * (months > 6) * np.array(plant), 0.0, 1.44,
    )  # fmt: skip


def test_rothc_in_equilibrium():
    year = grass()
    ages = equilibrium_ages(year, SOIL, times=np.geomspace(0.1, 3000.0, 30))
    run = simulate_rothc(year, SOIL, 0.0, spin_up=year)
    # RothC is linear: ages do not depend on how much enters
    np.testing.assert_allclose(ages.system[0], ages.system[1], rtol=1e-10)
    assert ages.pool.shape == (4, 2)
    assert (np.diff(ages.pool[:, 0])[[0, 2]] > 0.0).all() and ages.pool[0, 0] < 1.0
    assert ages.pool[3, 0] > ages.system[0] > ages.transit[0]
    # stock over input, with the stock as the mean over the decaying pools
    mean = run.pools.sum(axis=1).mean(axis=0)
    np.testing.assert_allclose(ages.transit, mean / (0.2 * 5 * np.array([1.0, 3.0])), rtol=0.02)
    for share, average in ((ages.system_younger, ages.system), (ages.transit_younger, ages.transit)):
        assert (np.diff(share, axis=0) > 0.0).all() and share[0].min() >= 0.0 and share[-1].max() <= 1.0
        # the mean of a distribution is the integral of what is older
        older = np.trapezoid(1.0 - share, ages.times, axis=0) + ages.times[0]
        np.testing.assert_allclose(older, average, rtol=0.05)


def test_a_site_without_input_has_no_ages():
    with pytest.raises(InputError, match=r"plant, manure \(site 2\)"):
        equilibrium_ages(grass((1.0, 0.0)), SOIL)


def test_a_site_frozen_all_year_has_no_ages():
    year = grass()
    frozen = year._replace(temperature=year.temperature - np.array([0.0, 40.0]))
    with pytest.raises(InputError, match=r"temperature \(site 2\)"):
        equilibrium_ages(frozen, SOIL)
