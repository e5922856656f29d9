"""Atmospheric radiocarbon: values, scales, extrapolation, user files."""

import csv
import gzip

import numpy as np
import pytest

from pedozone.drivers.atmosphere import ZONES, Curve, atmosphere, hemisphere_zone

# Root mean square and largest allowed error of the decimated curve, permil, by period (CE).
DECIMATION = {
    (-48050, -23050): (3.0, 15.0),
    (-23050, -12050): (0.4, 4.0),
    (-12050, 0): (0.8, 6.0),
    (0, 1500): (0.6, 6.0),
    (1500, 1941): (0.3, 1.2),
    (1942, 2018): (0.06, 0.06),
}


@pytest.fixture(scope="module")
def published(shared_path):
    path = shared_path("data/radiocarbon_atm/atm14c_merged.csv.gz")
    series = {zone: [] for zone in ZONES}
    with gzip.open(path, "rt") as stream:
        for row in csv.DictReader(stream):
            series[row["zone"]].append((float(row["year"]), float(row["delta14c"])))
    return {zone: np.array(rows).T for zone, rows in series.items()}


@pytest.mark.parametrize("zone", ZONES)
def test_decimated_curve_follows_the_published_one(published, zone):
    years, values = published[zone]
    curve = atmosphere(zone)
    for (first, last), (typical, largest) in DECIMATION.items():
        inside = (years >= first) & (years < last)
        error = curve.delta14c(years[inside]) - values[inside]
        assert np.sqrt(np.mean(error**2)) < typical, (first, last)
        assert np.abs(error).max() < largest, (first, last)
        assert abs(error.mean()) < 0.1, (first, last)


def test_known_years():
    north = atmosphere("NH1")
    assert north.delta14c(1964.5) == pytest.approx(846, abs=1)
    assert north.delta14c(2005.5) == pytest.approx(58, abs=1)
    assert north.delta14c(1950 - 10_000) == pytest.approx(111, abs=80)
    assert atmosphere("SH12").delta14c(1964.5) < 700


def test_zones_agree_before_the_bomb_within_a_hemisphere():
    years = np.arange(-12000, 1940)
    np.testing.assert_array_equal(atmosphere("NH1").delta14c(years), atmosphere("NH3").delta14c(years))
    offset = atmosphere("SH12").delta14c(years) - atmosphere("NH1").delta14c(years)
    assert -8 < offset.mean() < -2


def test_extrapolation_is_declared_and_flagged():
    curve = atmosphere("NH1")
    assert curve.last_observed_year == 2019.0
    np.testing.assert_array_equal(
        curve.extrapolated([-60_000, -12_000, 2018.9, 2019.0, 2019.1]),
        [True, False, False, False, True],
    )
    step = curve.delta14c(2030.5) - curve.delta14c(2029.5)
    assert step == pytest.approx(curve.extrapolation)
    assert -5 < curve.extrapolation < -3
    assert curve.delta14c(-60_000) == curve.values[0]
    assert atmosphere("NH1", extrapolation=0.0).delta14c(2100) == curve.values[-1]
    assert atmosphere("NH1").delta14c(9999) == -1000.0


def test_extrapolation_continues_the_last_decade():
    for zone in ZONES:
        curve = atmosphere(zone)
        decade = (curve.delta14c(2018.5) - curve.delta14c(2008.5)) / 10
        assert curve.extrapolation == pytest.approx(decade, abs=0.3)


def test_scales_of_radiocarbon():
    curve = atmosphere("NH1")
    year = np.array([-10_050.0, 1950.0, 2000.5])
    ratio = curve.absolute_fraction_modern(year)
    np.testing.assert_allclose(ratio, 1 + curve.delta14c(year) / 1000)
    np.testing.assert_allclose(curve.f14c(year), ratio * np.exp((year - 1950) / 8267))
    # A closed sample of year y, read in year t: its activity decays, its F14C stays.
    then, now = -3000.0, 2000.0
    activity = curve.absolute_fraction_modern(then) * np.exp(-(now - then) / 8267)
    as_f14c = activity * np.exp((now - 1950) / 8267)
    assert as_f14c == pytest.approx(curve.f14c(then), rel=1e-12)


def test_annual_values_are_mid_year():
    curve = atmosphere("SH3")
    annual = curve.f14c_annual(1960, 1965)
    assert annual.shape == (6,)
    assert annual[4] == curve.f14c(1964.5)
    assert curve.absolute_annual(1964, 1964)[0] == curve.absolute_fraction_modern(1964.5)
    with pytest.raises(ValueError, match="before first year"):
        curve.f14c_annual(2000, 1999)


def test_user_curve(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("# my tower\nyear,delta14c,sigma\n2000.5,90,1\n# pause\n2010.5,45,1\n")
    curve = Curve.from_csv(path, extrapolation=-2.0)
    assert (curve.name, curve.source) == ("mine", "mine.csv")
    assert curve.delta14c(2005.5) == pytest.approx(67.5)
    assert curve.delta14c(2011.5) == pytest.approx(43.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("year,d14c\n2000,1\n", "column 'delta14c' is missing"),
        ("year,delta14c\n2000,1\n2001,x\n", "line 3: delta14c = 'x'"),
        ("year,delta14c\n2000,1\n2001\n", "line 3"),
        ("year,delta14c\n2001,1\n2000,2\n", "years must increase; 2000"),
        ("year,delta14c\n2000,1\n", "2 or more"),
        ("year,delta14c\n2000,1\n2001,nan\n", "finite"),
        ("year,delta14c\n2000,1\n2001,-1200\n", "-1000 to 5000"),
        ("", "missing"),
    ],
)
def test_bad_user_curve_is_named(tmp_path, text, message):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match="bad") as error:
        Curve.from_csv(path)
    assert message in str(error.value)


def test_unknown_zone_lists_the_known_ones():
    with pytest.raises(ValueError, match="NH1, NH2, NH3, SH12, SH3"):
        atmosphere("NH4")


@pytest.mark.parametrize(
    ("latitude", "zone"),
    [(51.8, "NH1"), (30.0, "NH2"), (5.0, "NH3"), (0.0, "NH3"), (-5.0, "SH3"), (-35.0, "SH12")],
)
def test_zone_of_a_latitude(latitude, zone):
    assert hemisphere_zone(latitude) == zone


def test_impossible_latitude_is_refused():
    with pytest.raises(ValueError, match="-90 to 90"):
        hemisphere_zone(123.0)
