"""Time lines: what years differ by, how a diary is read, and what is said of mistakes in it."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest
from history_cases import column
from hypothesis import given
from hypothesis import strategies as st

from pedozone.cli import main
from pedozone.config import InputError, parse_site, site_json_schema
from pedozone.config.diary import diary
from pedozone.config.templates import new_site_text
from pedozone.drivers.weather import read_weather
from pedozone.history.alteration import FOREVER, Liming, Scaled, Towards, Warming, blend
from pedozone.history.errors import HistoryError
from pedozone.parameters import load_parameters
from pedozone.simulation.histories import timeline_of

BASE = new_site_text("cereal-cropland").replace("[[history]]\nfrom_year = 1960", "[[history]]\nfrom_year = 1955")


def site(text: str = "", file: str = "site.toml"):
    whole = BASE + text
    return parse_site(tomllib.loads(whole), file=file, text=whole)


def plans(text: str, file: str = "site.toml"):
    return timeline_of(site(text, file)).year


@pytest.mark.parametrize(
    ("text", "field", "said"),
    [
        ('[[event]]\nyear = 1970\nwhat = "plow"\n', "event[1].what", ("'clear-cut'", "Did you mean 'plough'?")),
        ("[[event]]\nyear = 1970\ndepth_cm = 20.0\n", "event[1].what", ("(missing)", "what = ...")),
        ('[[event]]\nyear = 1970\nwhat = "plough"\ndepth = 20.0\n', "event[1].depth", ("'depth_cm'",)),
        ('[[event]]\nyear = 1970\nwhat = "plough"\n', "event[1].depth_cm", ("(missing)", "1 to 200 cm", "[event]")),
        ('[[event]]\nyear = 1940\nwhat = "fire"\n', "event[1].year", ("1940", "1950 or later")),
        ('[[event]]\nwhat = "fire"\n', "event[1].year", ("exactly one of year and years",)),
        ('[[event]]\nyears = [1980, 1970]\nwhat = "fire"\n', "event[1].years", ("1980",)),
        ('[[event]]\nyear = 1970\nevery = 2\nwhat = "fire"\n', "event[1].every", ("years",)),
        (
            '[[event]]\nyear = 1970\nwhat = "landslip"\nremoved_cm = 1800.0\n',
            "event[1].removed_cm",
            ("at most 300 cm", "soil.depth_m"),
        ),
        (
            '[[event]]\nyear = 1970\nwhat = "plant"\ncover = "temperate-forst"\n',
            "event[1].cover",
            ("'temperate-forest'",),
        ),
        (
            '[[event]]\nyear = 1955\nwhat = "plant"\ncover = "temperate-forest"\n',
            "event[1].year",
            ("history[1] begins then",),
        ),
        (
            '[[event]]\nyear = 1970\nwhat = "drought"\nprecipitation_factor = 1.5\n',
            "event[1].precipitation_factor",
            ("1 or less for a drought",),
        ),
        (
            '[[event]]\nyear = 1970\nwhat = "drought"\nprecipitation_factor = 0.5\nmonths = [6, 13]\n',
            "event[1].months[2]",
            ("13", "1 to 12"),
        ),
        (
            '[[change]]\nfrom_year = 1990\nto_year = 1970\nwhat = "warming"\nby = 2.0\n',
            "change[1].to_year",
            ("from_year = 1990 or later",),
        ),
        (
            '[[change]]\nfrom_year = 1960\nto_year = 1970\nwhat = "warmign"\nby = 2.0\n',
            "change[1].what",
            ("Did you mean 'warming'?",),
        ),
        (
            '[[change]]\nfrom_year = 1960\nto_year = 1970\nwhat = "trait"\ntrait = "rootbeta"\nto = 0.9\n',
            "change[1].trait",
            ("Did you mean 'root_beta'?",),
        ),
        ('[event]\nyear = 1970\nwhat = "fire"\n', "event", ("[[event]] with double brackets",)),
        ('[[event]]\nyears = [1960, 1961, 1962]\nwhat = "fire"\n', "event[1].years", ("two years", "[first, last]")),
        ('[weather]\nfile = "nowhere.csv"\n', "weather.file", ("No such file", "folder of the site file")),
    ],
)
def test_mistakes_are_named_with_line_allowed_and_mend(text, field, said):
    with pytest.raises(InputError) as caught:
        site(text)
    error = caught.value
    assert error.field == field
    assert error.line is not None and error.line > BASE.count("\n")
    for part in said:
        assert part in str(error)


def test_bad_input_ends_with_code_two(tmp_path, capsys):
    file = tmp_path / "site.toml"
    file.write_text(BASE + '[[event]]\nyear = 1970\nwhat = "plow"\n', encoding="utf-8")
    assert main(["validate", str(file)]) == 2
    assert "Did you mean 'plough'?" in capsys.readouterr().err


def test_validate_prints_the_diary(tmp_path, capsys):
    file = tmp_path / "site.toml"
    file.write_text(BASE + '[[event]]\nyear = 1970\nwhat = "plough"\ndepth_cm = 25.0\n', encoding="utf-8")
    assert main(["validate", str(file)]) == 0
    told = capsys.readouterr()
    assert "1970: ploughed to 25 cm" in told.out + told.err


DIARY = """
[[event]]
year = 1960
what = "plough"
depth_cm = 25.0
note = "old ley"
[[event]]
years = [1990, 2000]
every = 2
what = "manure"
carbon_t_ha = 3.0
incorporated_cm = 20.0
[[event]]
year = 1976
what = "drought"
precipitation_factor = 0.5
months = [6, 7]
[[event]]
year = 1980
what = "plant"
cover = "temperate-forest"
site_preparation_cm = 30.0
[[event]]
year = 2030
what = "fire"
[[change]]
from_year = 1970
to_year = 2010
what = "warming"
by = 1.5
"""


def test_a_diary_reads_in_order_of_time():
    lines = diary(site(DIARY))
    assert [line.partition(":")[0] for line in lines] == [
        "1950", "1955", "1960", "1970-2010", "1976", "1980", "1990-2000",
    ]  # fmt: skip
    assert "1960: ploughed to 25 cm (old ley)" in lines
    assert "1970-2010: 1.5 K warmer" in lines
    assert "1976: drought: 50 % of the rain in months 6, 7" in lines
    assert "1980: ploughed to 30 cm, then planted: temperate forest" in lines
    assert lines[-1] == "1990-2000: manure, 3 t C/ha, worked in to 20 cm, every 2 years"
    assert any("event[5] (fire)" in note for note in site(DIARY).notes())


def test_every_event_and_change_has_words_and_a_place_in_the_schema():
    given = {
        "plough": {"depth_cm": 25.0},
        "plant": {"cover": "temperate-forest"},
        "clear-cut": {},
        "harvest": {"litter_removed": 0.5},
        "fire": {},
        "flood": {"precipitation_factor": 2.0},
        "drought": {"precipitation_factor": 0.5},
        "landslip": {"removed_cm": 30.0},
        "burial": {"deposited_cm": 30.0},
        "lime": {"ph_rise": 1.0},
        "manure": {"carbon_t_ha": 1.0},
        "compost": {"carbon_t_ha": 1.0},
        "graze": {"eaten": 0.5},
        "sow-deep-rooting": {"rooting_depth_cm": 200.0},
    }
    data = tomllib.loads(BASE)
    data["event"] = [{"year": 1970 + k, "what": what, **more} for k, (what, more) in enumerate(given.items())]
    read = parse_site(data)
    assert len(diary(read)) == 2 + len(given)
    assert parse_site(tomllib.loads(read.to_toml())).event == read.event
    schema = site_json_schema()
    mapping = schema["properties"]["event"]["items"]["discriminator"]["mapping"]
    assert {*given, "sow", "compaction", "drain"} == set(mapping)
    timeline = timeline_of(read)
    acting = {event.what for events in timeline.events.values() for event in events}
    assert {"plough", "clear-cut", "harvest", "fire", "landslip", "burial", "manure"} <= acting


def test_events_of_a_year_keep_the_order_written():
    first, second = (
        '[[event]]\nyear = 1970\nwhat = "manure"\ncarbon_t_ha = 3.0\n',
        '[[event]]\nyear = 1970\nwhat = "plough"\ndepth_cm = 20.0\n',
    )
    assert [e.what for e in plans(first + second)(1970).events] == ["manure", "plough"]
    assert [e.what for e in plans(second + first)(1970).events] == ["plough", "manure"]


def test_weather_of_a_dry_year():
    year = plans('[[event]]\nyear = 1976\nwhat = "drought"\nprecipitation_factor = 0.5\nmonths = [6, 7]\n')
    usual, dry = year(1975).forcing, year(1976).forcing
    ratio = (dry.precipitation / usual.precipitation)[:, 0]
    np.testing.assert_allclose(ratio, [1.0] * 5 + [0.5] * 2 + [1.0] * 5)
    np.testing.assert_array_equal(year(1977).forcing.precipitation, usual.precipitation)


def test_warming_grows_and_stays_and_takes_water():
    year = plans('[[change]]\nfrom_year = 1961\nto_year = 1970\nwhat = "warming"\nby = 2.0\n')
    normal = year(1960).forcing
    for when, rise in ((1961, 0.2), (1965, 1.0), (1970, 2.0), (1990, 2.0)):
        np.testing.assert_allclose(year(when).forcing.temperature, normal.temperature + rise)
    more = year(1980).forcing.potential_evapotranspiration.sum() / normal.potential_evapotranspiration.sum()
    assert 1.02 < more < 1.3


def test_a_step_is_a_change_of_one_year():
    year = plans('[[change]]\nfrom_year = 1970\nto_year = 1970\nwhat = "precipitation"\nby_percent = -30.0\n')
    ratio = year(1970).forcing.precipitation / year(1969).forcing.precipitation
    np.testing.assert_allclose(ratio, 0.7)


@given(st.floats(0.0, 1.0))
def test_a_blend_of_covers_keeps_every_months_litter(share):
    timeline = timeline_of(site('[[event]]\nyear = 1980\nwhat = "plant"\ncover = "temperate-forest"\n'))
    crop, forest = timeline.year(1970).forcing, timeline.year(1990).forcing
    mixed = blend(crop, forest, share)
    for source in ("leaf", "root"):
        litter = [getattr(f, f"{source}_input") * getattr(f, f"{source}_phenology") for f in (crop, forest, mixed)]
        np.testing.assert_allclose(litter[2], (1 - share) * litter[0] + share * litter[1], rtol=1e-12, atol=1e-15)
        quick = [getattr(f, f"{source}_input") * getattr(f, f"{source}_metabolic_fraction") for f in (crop, forest)]
        got = getattr(mixed, f"{source}_input") * getattr(mixed, f"{source}_metabolic_fraction")
        np.testing.assert_allclose(got, (1 - share) * quick[0] + share * quick[1], rtol=1e-12)
    np.testing.assert_array_equal(mixed.temperature, crop.temperature)
    np.testing.assert_allclose(mixed.leaf_phenology.sum(axis=0), 1.0, rtol=1e-12)


def test_what_belongs_to_a_cover_ends_with_it():
    year = plans(
        '[[event]]\nyear = 1970\nwhat = "graze"\neaten = 0.5\nreturned = 0.4\n'
        '[[event]]\nyear = 1970\nwhat = "sow-deep-rooting"\nrooting_depth_cm = 190.0\n'
        '[[event]]\nyear = 1980\nwhat = "plant"\ncover = "temperate-forest"\n'
    )
    before, grazed, forest = (year(y).forcing for y in (1969, 1975, 1985))
    np.testing.assert_allclose(grazed.leaf_input, 0.7 * before.leaf_input)
    np.testing.assert_allclose(grazed.rooting_depth, 1.9)
    bare = plans('[[event]]\nyear = 1980\nwhat = "plant"\ncover = "temperate-forest"\n')(1985).forcing
    np.testing.assert_array_equal(forest.leaf_input, bare.leaf_input)
    np.testing.assert_array_equal(forest.rooting_depth, bare.rooting_depth)


def test_a_field_that_the_model_lacks_is_named():
    forcing = plans("")(1960).forcing
    with pytest.raises(HistoryError, match="'magnetic_field'"):
        Towards(1960, FOREVER, 1960, {"magnetic_field": 1.0}).forcing(forcing, 1960)
    with pytest.raises(HistoryError, match="'magnetic_field'"):
        Scaled(1960, FOREVER, 1960, {"magnetic_field": 1.0}).forcing(forcing, 1960)


def test_lime_acts_where_it_was_mixed_in_and_fades():
    of = column()
    lime = Liming(2000, FOREVER, 1.5, float(of.face[3, 0]), 10.0)
    now, later = (lime.soil(of.soil, of.face, year).ph - of.soil.ph for year in (2000, 2010))
    np.testing.assert_allclose(now[1:3, 0], 1.5)
    assert now[0, 0] == 0.0 and (now[3:, 0] == 0.0).all()
    np.testing.assert_allclose(later[1:3, 0], 1.5 / np.e)


def test_lime_does_not_dissolve_beyond_the_ph_of_calcite():
    of = column()
    soil = of.soil
    for year in range(2000, 2020):
        soil = Liming(year, FOREVER, 1.5, 0.3, 10.0).soil(soil, of.face, 2019)
    assert soil.ph.max() == pytest.approx(8.3)
    alkaline = of.soil._replace(ph=of.soil.ph + 3.0)
    np.testing.assert_array_equal(Liming(2000, FOREVER, 1.5, 0.3, 10.0).soil(alkaline, of.face, 2000).ph, alkaline.ph)


def test_cold_months_ask_for_no_water():
    forcing = plans("")(1960).forcing
    frozen = forcing._replace(temperature=forcing.temperature * 0.0 - 5.0)
    colder = Warming(1960, FOREVER, 1960, -10.0, 50.0).forcing(frozen, 1960)
    assert (colder.potential_evapotranspiration >= 0.0).all()


# -- the weather file ----------------------------------------------------------------------------------------------


def table(year=1976, rows=range(1, 13), **changed):
    lines = ["# made up", "year,month,temperature_c,precipitation_mm,pet_mm"]
    for month in rows:
        values = {"t": 10.0 + month, "p": 5.0 * month, "e": 20.0} | changed.get(f"m{month}", {})
        lines.append(f"{year},{month},{values['t']},{values['p']},{values['e']}")
    return "\n".join(lines) + "\n"


def test_weather_takes_the_place_of_the_normals(tmp_path):
    (tmp_path / "weather.csv").write_text(table(), encoding="utf-8")
    text = '[weather]\nfile = "weather.csv"\n[[event]]\nyear = 1976\nwhat = "flood"\nprecipitation_factor = 2.0\n'
    file = str(tmp_path / "site.toml")
    (tmp_path / "site.toml").write_text(BASE + text, encoding="utf-8")
    from pedozone.config import load_site

    year = timeline_of(load_site(file)).year
    np.testing.assert_allclose(year(1976).forcing.temperature[:, 0], 10.0 + np.arange(1, 13))
    np.testing.assert_allclose(year(1976).forcing.precipitation[:, 0], 0.01 * np.arange(1, 13))
    np.testing.assert_allclose(year(1976).forcing.potential_evapotranspiration[:, 0], 0.02)
    np.testing.assert_array_equal(year(1977).forcing.temperature, year(1975).forcing.temperature)
    assert any("weather of single years" in line for line in diary(load_site(file)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (table(rows=range(1, 12)), "1976 lacks the months 12"),
        (table(m3={"t": 99.0}), "line 5: temperature_c is 99, allowed is -60 to 50"),
        (table(m4={"p": "wet"}), "line 6: precipitation_mm is 'wet'"),
        (table(m2={"e": "nan"}), "line 4: pet_mm is nan"),
        (table() + "1976,5,1,1,1\n", "line 15: month 5 of 1976 stands twice"),
        (table() + "1977,13,1,1,1\n", "line 15: month is 13"),
        (table().replace("temperature_c", "temp"), "column temperature_c is missing"),
        ("", "column year"),
    ],
)
def test_bad_rows_of_weather_are_named(tmp_path, text, said):
    file = tmp_path / "w.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=said.replace("(", "\\(")):
        read_weather(file)
    (tmp_path / "site.toml").write_text(BASE, encoding="utf-8")
    with pytest.raises(InputError, match=said.split(" is ")[0]) as caught:
        site('[weather]\nfile = "w.csv"\n', str(tmp_path / "site.toml"))
    assert caught.value.field == "weather.file"


def test_usual_values_of_events_are_shares_that_fit_together():
    usual = load_parameters("histories").values()
    for kind in ("manure", "compost"):
        assert usual[f"{kind}_metabolic"] + usual[f"{kind}_structural"] <= 1.0
    assert usual["fire_litter_low"] < usual["fire_litter_moderate"] < usual["fire_litter_high"]
    assert 0.05 <= usual["fire_pyrogenic"] <= 0.15
