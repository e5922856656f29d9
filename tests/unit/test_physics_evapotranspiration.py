"""Potential evapotranspiration and the climate normals derived with it."""

import numpy as np
import pytest

from pedozone.drivers.climate import Climate
from pedozone.physics.evapotranspiration import (
    climate_from_normals,
    day_length,
    grass_from_open_water,
    thornthwaite,
)

HARPENDEN = [3.1, 3.2, 5.3, 7.6, 10.9, 13.9, 15.9, 15.8, 13.5, 10.4, 6.0, 4.0]


def test_thornthwaite_by_hand():
    # 12-hour days, 15 degC all year: I = 12 x 3^1.514 = 63.32, a = 1.489.
    heat_index = 12 * 3**1.514
    exponent = 6.75e-7 * heat_index**3 - 7.71e-5 * heat_index**2 + 1.792e-2 * heat_index + 0.49239
    expected = 16 * (150 / heat_index) ** exponent
    june = thornthwaite(np.full(12, 15.0), 0.0)[5]
    assert june == pytest.approx(expected, rel=5e-3)


def test_a_temperate_year_is_plausible_and_frost_stops_it():
    pet = thornthwaite(HARPENDEN, 51.8)
    assert 550 < pet.sum() < 680
    assert pet.argmax() == 6
    cold = np.array(HARPENDEN) - 6.0
    assert thornthwaite(cold, 51.8)[0] == 0.0
    assert np.all(thornthwaite(np.full(12, -10.0), 60.0) == 0.0)


def test_hot_months_follow_the_table_not_the_power_law():
    pet = thornthwaite(np.full(12, 30.0), 0.0)
    assert pet[2] == pytest.approx((-415.85 + 32.24 * 30 - 0.43 * 900) * 31 / 30, rel=0.01)


def test_columns_and_latitudes_broadcast():
    temperature = np.stack([HARPENDEN, np.roll(HARPENDEN, 6)], axis=1)
    latitude = np.array([51.8, -51.8])
    pet = thornthwaite(temperature, latitude)
    assert pet.shape == (12, 2)
    np.testing.assert_allclose(pet[:, 0], thornthwaite(HARPENDEN, 51.8))
    assert pet[:, 1].argmax() in (0, 11)
    assert thornthwaite(HARPENDEN, latitude).shape == (12, 2)


@pytest.mark.parametrize("latitude", [-90.0, -66.0, 0.0, 51.8, 75.0, 90.0])
def test_day_length_is_between_polar_night_and_day(latitude):
    hours = day_length(latitude)
    assert np.all((hours >= 0) & (hours <= 24))
    assert hours.mean() == pytest.approx(12.0, abs=0.35)


def test_wrong_number_of_months_is_refused():
    with pytest.raises(ValueError, match="12 monthly values"):
        thornthwaite([1.0, 2.0], 50.0)


def test_grass_evaporates_three_quarters_of_open_water():
    open_water = np.array([7.6, 10.3, 30, 52.3, 80.4, 94.8, 103.6, 95.8, 68.9, 36.1, 15.9, 8.0])
    north = grass_from_open_water(open_water, 51.8)
    assert north.sum() / open_water.sum() == pytest.approx(0.755, abs=0.005)
    south = grass_from_open_water(np.roll(open_water, 6), -51.8)
    np.testing.assert_allclose(np.roll(south, 6), north)


def test_climate_without_pet_gets_thornthwaite_and_says_so():
    climate = climate_from_normals(HARPENDEN, [60.0] * 12, latitude=51.8, source="normals")
    np.testing.assert_allclose(climate.pet_mm, thornthwaite(HARPENDEN, 51.8))
    assert "Thornthwaite" in climate.source
    given = climate_from_normals(HARPENDEN, [60.0] * 12, [40.0] * 12, latitude=51.8)
    assert given.annual_pet_mm == 480.0
    assert given.annual_precipitation_mm == 720.0
    assert given.mean_temperature_c == pytest.approx(9.13, abs=0.01)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([60.0] * 11, "12 monthly values"),
        ([60.0] * 11 + [-1.0], "month 12 is -1"),
        ([float("nan")] + [60.0] * 11, "month 1 is nan"),
    ],
)
def test_bad_climate_names_field_and_month(values, message):
    with pytest.raises(ValueError, match=r"climate\.precipitation_mm") as error:
        climate_from_normals(HARPENDEN, values, latitude=51.8)
    assert message in str(error.value)


def test_climate_cannot_be_changed():
    climate = Climate(np.array(HARPENDEN), np.full(12, 60.0), np.full(12, 40.0))
    with pytest.raises(ValueError, match="read-only"):
        climate.temperature_c[0] = 99.0
