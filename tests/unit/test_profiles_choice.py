"""Sets by name, conditions on the command line, and what a catalogue says of itself."""

import csv

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observed_files import read_text

from pedozone.cli.app import start
from pedozone.observations import catalogue
from pedozone.observations.grouping import group_table
from pedozone.observations.land_covers import CLASSES, is_land_cover, land_cover_class
from pedozone.observations.selection import Conditions, select

pytest.importorskip("pyarrow")
HEADS = (
    "profile_id,top_cm,bottom_cm,soc_percent,land_cover,climate_class,wrb,fao,sampling_year,latitude,longitude,country,"
    "mean_annual_temperature_c,mean_annual_precipitation_mm,treatment\n"
)
ROWS = """beech,0,30,2,deciduousForest,Cfb,,Dystric Cambisol,1994,51,10,Germany,8.5,700,
beech,30,100,1,deciduousForest,Cfb,,Dystric Cambisol,1994,51,10,Germany,8.5,700,
spruce,0,20,3,Forest,Dfc,PZ,,2003,64,20,Sweden,1.5,550,control
field,0,30,1.2,cultivatedCrops,Cfa,LV,,2011,-38,178,New Zealand,13,900,manured
bog,0,50,40,woodyWetlands,ET,HS,,1988,66,-179,USA,-8,300,
"""


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    read = read_text(tmp_path, HEADS + ROWS, name="pits.csv")
    catalogue.keep("profiles", "pits", read.profiles, read.findings)
    return read.profiles


def run(capsys, *words):
    status = start(["profiles", *words])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return status, said.out, said.err


OPTIONS = [
    (["--land-cover", "forest"], ["beech", "spruce"]),
    (["--land-cover", "cropland,wetland"], ["field", "bog"]),
    (["--covers-to", "100", "--having", "carbon"], ["beech"]),
    (["--covers-to", "5:20"], ["beech", "spruce", "field", "bog"]),
    (["--covers-to", "10", "--having", "bulk_density_g_cm3"], []),
    (["--soil", "Cambisol,LV"], ["beech", "field"]),
    (["--climate", "C"], ["beech", "field"]),
    (["--mat", "5:12"], ["beech"]),
    (["--mat", ":0"], ["bog"]),
    (["--mat", "-10:2"], ["spruce", "bog"]),
    (["--map", "600:"], ["beech", "field"]),
    (["--years", "1990s"], ["beech"]),
    (["--years", "2000:"], ["spruce", "field"]),
    (["--country", "zealand,usa"], ["field", "bog"]),
    (["--box", "5,45,25,70"], ["beech", "spruce"]),
    (["--box", "170,-90,-170,90"], ["field", "bog"]),
    (["--control-only", "--land-cover", "forest", "--mat", "5:"], ["beech"]),
]


@pytest.mark.parametrize(("options", "found"), OPTIONS)
def test_conditions_choose_in_files_and_sets_alike(kept, capsys, options, found):
    for data in ("pits", "pits.csv")[: 2 if "covers-to" in options[0] else 1]:
        status, out, err = run(capsys, "harmonise", data, "--depths", "0,10", *options)
        if not found:
            assert status == 2 and "what some profile meets" in err
            continue
        assert status == 0
        assert [line.split(",")[0] for line in out.splitlines()[1:]] == found
        assert f"{len(found)} of 4 profiles" in err


def test_a_set_stands_in_for_a_file_everywhere(kept, capsys, tmp_path):
    of_file = run(capsys, "stocks", "pits.csv", "--depths", "10", "--by", "soil_group,decade")[1]
    assert run(capsys, "stocks", "pits", "--depths", "10", "--by", "soil_group,decade")[1] == of_file
    assert "Cambisols" in of_file and "1990s" in of_file
    assert run(capsys, "stocks", "profiles/pits", "--depths", "10", "--by", "soil_group,decade")[1] == of_file
    assert run(capsys, "plot", "pits", "--quiet", "--out", "x.png")[0] == 0
    assert (tmp_path / "x.png").stat().st_size > 10_000
    elsewhere = tmp_path / "elsewhere"
    catalogue.keep(elsewhere, "wet", select(kept, land_cover="wetland"))
    assert run(capsys, "harmonise", "wet", "-c", str(elsewhere), "--depths", "0,10")[1].count("bog") == 1
    # A name in two places: both, or a plain error.
    status, _, err = run(capsys, "harmonise", "pits", "pits.csv")
    assert status == 2 and "one by one" in err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["stocks", "pit"], "a set: pits"),
        (["stocks", "pit.csv"], "pit.csv"),
        (["stocks", "pits", "--mat", "12:5"], "--mat"),
        (["stocks", "pits", "--mat", "5"], "--mat"),
        (["stocks", "pits", "--map", "a:b"], "--map"),
        (["stocks", "pits", "--years", "1990s:"], "--years"),
        (["stocks", "pits", "--box", "1,2,3"], "--box"),
        (["stocks", "pits", "--box", "1,60,3,50"], "--box"),
        (["stocks", "pits", "--covers-to", "-5"], "--covers-to"),
        (["stocks", "pits", "--covers-to", "10", "--having", "colour"], "--having"),
        (["list", "--covers-to", "10", "--having", "colour"], "--having"),
        (["list", "--by", "colour"], "colour"),
        (["list", "pit"], "pits"),
    ],
)
def test_mistakes_are_named(kept, capsys, words, named):
    status, _, err = run(capsys, *words)
    assert status == 2 and named in err


def test_the_list_counts_what_there_is(kept, capsys, tmp_path):
    listed = run(capsys, "list")[1].splitlines()
    assert listed[2].split() == ["pits", "4", "4", "5", "0", "1988-2011", "1"]
    assert run(capsys, "list", "--land-cover", "forest")[1].splitlines()[2].split()[-1] == "2"
    by = run(capsys, "list", "pits", "--by", "land_cover_class,set", "--mat", "0:")[1].splitlines()
    assert [line.split() for line in by[2:]] == [["forest", "pits", "2"], ["cropland", "pits", "1"]]
    assert run(capsys, "list", "--climate", "C", "--out", "chosen.csv")[0] == 0
    with open("chosen.csv", encoding="utf-8", newline="") as stream:
        assert [row["profile_id"] for row in csv.DictReader(stream)] == ["beech", "field"]
    (tmp_path / "empty").mkdir()
    assert "holds no set" in run(capsys, "list", "-c", "empty")[1]


def test_only_what_is_chosen_is_read(kept):
    conditions = Conditions(land_cover="forest", covers_cm=(0, 20))
    part = catalogue.taken("profiles", ["pits"], conditions)
    assert part.profile["profile_id"].tolist() == ["beech", "spruce"]
    assert len(part.layer) == 3 and len(part.site) == 2
    whole = select(catalogue.taken("profiles"), conditions)
    for name in ("site", "profile", "layer", "fraction"):
        pd.testing.assert_frame_equal(getattr(part, name), getattr(whole, name))
    table = catalogue.kept("profiles", conditions=conditions)
    assert table[["profiles", "to_100_cm", "meeting"]].to_numpy().tolist() == [[4, 1, 2]]


@pytest.fixture(scope="module")
def pits(tmp_path_factory):
    return read_text(tmp_path_factory.mktemp("pits"), HEADS + ROWS).profiles


@settings(max_examples=40, deadline=None)
@given(low=st.floats(-20, 20), wide=st.floats(0, 30), west=st.floats(-180, 180), east=st.floats(-180, 180))
def test_ranges_hold_what_lies_in_them(pits, low, wide, west, east):
    site = pits.site.set_index("site_id")
    chosen = select(pits, temperature_c=(low, low + wide)).profile["site_id"]
    assert set(chosen) == set(site.index[site["mean_annual_temperature_c"].between(low, low + wide)])
    # A box and the rest of the globe hold every place, and both only what lies on the edge.
    boxes = ((west, -90, east, 90), (east, -90, west, 90))
    one, other = (set(select(pits, box=box).profile["site_id"]) for box in boxes)
    assert west == east or one | other == set(site.index)
    assert all(site.loc[name, "longitude"] in (west, east) for name in one & other)


@pytest.mark.parametrize(
    ("reported", "found"),
    [
        ("deciduousForest", "forest"),
        ("woodyWetlands", "wetland"),
        ("rangeland/grassland", "grassland"),
        ("pastureHay", "grassland"),
        ("cultivatedCrops", "cropland"),
        ("shrubScrub", "shrubland"),
        ("bare fallow", "cropland"),
        ("bare", "bare"),
        ("Arable (cont. winter wheat)", "cropland"),
        ("", ""),
        ("7", ""),
    ],
)
def test_land_covers_have_classes(reported, found):
    assert land_cover_class(reported) == found
    assert not found or is_land_cover(reported, found.upper())
    assert all(is_land_cover(reported, name) == (name == found) for name in CLASSES if name != reported)


def test_groups_are_made_of_columns(kept):
    table = group_table(kept, ["soil_group", "wrb", "climate_zone", "decade", "sampling_year"]).set_index("profile_id")
    assert table.loc["beech"].tolist() == ["Cambisols", "", "C", "1990s", "1994"]
    assert table.loc["bog"].tolist() == ["Histosols", "Histosols", "E", "1980s", "1988"]
