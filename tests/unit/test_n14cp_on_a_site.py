"""N14CP on a site file: plants as far as nitrogen lets them, a soil that grows from bare ground."""

import dataclasses

import numpy as np
import pytest
from compared_sites import content

from pedozone.config.loading import parse_site
from pedozone.simulation.mapping.n14cp import GROWN_YEARS, MAPPING, build
from pedozone.simulation.mapping.site_years import site_years
from pedozone.simulation.models_dataset import models_dataset
from pedozone.simulation.side_by_side import run_model


@pytest.fixture(scope="module")
def grown():
    """Runs of one meadow under little and much nitrogen from the air, with their sites and years."""
    found = []
    for deposited in (1.0, 40.0):
        site = parse_site(content(start={"nitrogen_deposition_kg_ha_yr": deposited}))
        years = site_years(site)
        found.append((site, years, run_model(MAPPING, years)))
    return found


def test_plants_grow_as_far_as_nitrogen_lets_them(grown):
    for _, years, run in grown:
        given = np.array([np.mean(year.above + year.below) for year in years.years])
        assert (run.plant_carbon <= given * (1.0 + 1e-12)).all() and (run.plant_carbon > 0.05 * given).all()
        assert run.steady_input <= given[0] * (1.0 + 1e-12)
        held = run.carbon.sum(axis=1)
        np.testing.assert_allclose(np.diff(held), run.plant_carbon - run.co2 - run.leached, atol=1e-12)
    (_, few, _), (_, much, _) = grown
    assert float(much.start.forcing.nitrogen_deposition[0]) == pytest.approx(40e-4)
    # a young soil holds little nitrogen: what the air brings tells; over millennia it gathers what plants need
    young = dataclasses.replace(MAPPING, build=lambda years: dataclasses.replace(build(years), grown_years=60))
    poor, rich = run_model(young, few), run_model(young, much)
    assert rich.steady_input > 1.2 * poor.steady_input
    assert rich.carbon[0].sum() > 1.2 * poor.carbon[0].sum()
    assert grown[0][2].carbon[0].sum() > 2.0 * poor.carbon[0].sum()


def test_the_soil_is_grown_not_balanced_and_dated(grown):
    for site, years, run in grown:
        assert run.status == "none" and f"{GROWN_YEARS:,} years from bare ground" in run.message
        assert run.carbon.shape[1] == 2 and (run.carbon > 0.0).all()
        top, below = 1000.0 * (run.fraction_modern[0] - 1.0)
        assert -600.0 < below < top < 400.0  # old carbon lies deeper, and the bomb's has reached the topsoil
        assert 0.0 < run.system().mean_transit_time < run.system().mean_system_age
        notes = models_dataset(site, years, [run]).attrs["notes"]
        assert "Not so n14cp, grown from bare ground" in notes
    lines = {line.to: line.how for line in grown[1][2].lines}
    assert lines["what plants can take beside what the soil mineralises"].startswith("4 and ")
