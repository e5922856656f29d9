"""Land covers and soil types of one's own, named in a site file by their path."""

import tomllib

import numpy as np
import pytest

from pedozone.column.soil_types import SoilTypeError, load_soil_type, read_soil_type
from pedozone.config import InputError, load_site
from pedozone.config.diary import diary
from pedozone.config.templates import new_site_text
from pedozone.plants.cover import PlantError, cover_names, load_cover, read_cover
from pedozone.simulation.histories import timeline_of

COVER = """
title = "Hay meadow"
like = "temperate-grassland"

[root_input]
value = 0.4
unit = "kg C m-2 yr-1"
status = "recalled"
source = "made up for this test"
"""


def preset_text(room, name):
    from importlib import resources

    return (resources.files(f"pedozone.{room}") / "presets" / f"{name}.toml").read_text(encoding="utf-8")


@pytest.fixture
def site_file(tmp_path):
    """Write a site file beside ``hay.toml``, with some of its text replaced."""

    def write(*pairs, cover=COVER):
        text = new_site_text("temperate-grassland")
        for old, new in pairs:
            assert text.count(old) >= 1, old
            text = text.replace(old, new)
        (tmp_path / "hay.toml").write_text(cover)
        (tmp_path / "site.toml").write_text(text)
        return tmp_path / "site.toml"

    return write


START = ('cover = "temperate-grassland"', 'cover = "hay.toml"')


def test_a_cover_from_a_file_takes_the_rest_from_the_preset_it_is_like(tmp_path):
    (tmp_path / "hay.toml").write_text(COVER)
    cover, like = read_cover("hay.toml", tmp_path), load_cover("temperate-grassland")
    assert (cover.name, cover.title, cover.root_input) == ("hay", "Hay meadow", 0.4)
    assert cover.records["root_input"].source == "made up for this test"
    assert cover.leaf_input == like.leaf_input
    assert cover.growth_form == like.growth_form


def test_traits_that_follow_from_others_follow_those_of_the_file(tmp_path):
    text = COVER.replace("temperate-grassland", "ley") + (
        '[trait_position]\nvalue = 0.1\nunit = "1"\nstatus = "recalled"\nsource = "made up for this test"\n'
    )
    (tmp_path / "hay.toml").write_text(text)
    assert read_cover("hay.toml", tmp_path).leaf_carbon_nitrogen > load_cover("ley").leaf_carbon_nitrogen


@pytest.mark.parametrize("name", cover_names())
def test_the_file_of_every_preset_serves_as_one_of_ones_own(name, tmp_path):
    (tmp_path / "own.toml").write_text(preset_text("plants", name))
    own = read_cover("own.toml", tmp_path)
    assert own.records == load_cover(name).records


def test_a_site_uses_the_file_in_every_place_that_names_a_cover(site_file):
    places = """
[[event]]
year = 1960
what = "sow"
cover = "hay.toml"
trait_position = 0.6

[[change]]
from_year = 1970
to_year = 1975
what = "succession"
cover = "hay.toml"
"""
    site = load_site(site_file(START, ("[run]", places + "\n[run]")))
    covers = dict(site.land_cover_segments())
    assert {cover.root_input for year, cover in covers.items() if year != 1960} == {0.4}
    assert [cover.name for cover in covers.values()] == ["hay", "hay from 1960", "hay"]
    assert not any(".toml" in line for line in diary(site))


def test_the_path_counts_from_the_folder_of_the_site_file(site_file, monkeypatch, tmp_path_factory):
    path = site_file(START)
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert load_site(path).land_cover_segments()[0][1].name == "hay"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.replace("0.4", "40"), "hay.root_input = 40"),
        (lambda t: t.replace("0.4", '"much"'), "hay.root_input = 'much'"),
        (lambda t: t.replace("kg C m-2 yr-1", "t C ha-1 yr-1"), "t C ha-1 yr-1"),
        (lambda t: t.replace("root_input", "rot_input"), "root_input"),
        (lambda t: t.replace('like = "temperate-grassland"', 'like = "temperate-grasland"'), "temperate-grassland"),
        (lambda t: t.replace('like = "temperate-grassland"\n', ""), "growth_form"),
        (lambda t: t.split("[root")[0] + "root_input = 0.4\n", "Write [root_input] with value"),
        (lambda t: t.replace("[root_input]", "[root_input"), "Mend the file"),
    ],
)
def test_mistakes_in_a_cover_file_name_file_field_and_mend(site_file, change, said):
    path = site_file(START, cover=change(COVER))
    with pytest.raises(InputError) as caught:
        load_site(path)
    message = caught.value.message()
    assert caught.value.field == "start.cover"
    assert caught.value.line == path.read_text().split("\n").index('cover = "hay.toml"') + 1
    assert "hay.toml" in message
    assert said in message


def test_a_succession_ends_in_the_cover_of_a_file_with_the_production_of_the_climate(site_file):
    change = '[[change]]\nwhat = "succession"\nfrom_year = 1985\nto_year = 1990\ncover = "hay.toml"\n'
    site = load_site(site_file(("[run]", change + 'production = "climate"\n\n[run]')))
    timeline = timeline_of(site)
    after = timeline.year(1990).forcing
    assert timeline.year(1990).cover == "hay from 1990"
    np.testing.assert_allclose(
        timeline.year(1987).forcing.root_input, 0.5 * (timeline.first.root_input + after.root_input)
    )


def test_a_file_that_is_not_there_or_bears_the_name_of_a_preset_is_refused(site_file, tmp_path):
    with pytest.raises(InputError, match="path from the folder of the site file"):
        load_site(site_file((START[0], 'cover = "straw.toml"')))
    (tmp_path / "maize.toml").write_text(COVER)
    with pytest.raises(PlantError, match="Rename the file"):
        read_cover("maize.toml", tmp_path)


def soil_site(path):
    text = new_site_text("temperate-grassland")
    head, rest = text.split("[soil]", 1)
    path.write_text(head + '[soil]\npreset = "field.toml"\n\n[start]' + rest.split("[start]", 1)[1])
    return path


def test_a_soil_type_from_a_file(tmp_path):
    (tmp_path / "field.toml").write_text(preset_text("column", "luvisol").replace("ph = 6.3", "ph = 5.9"))
    site = load_site(soil_site(tmp_path / "site.toml"))
    soil = site.soil
    assert soil.horizon[0].ph == 5.9
    assert any("exchangeable_calcium_cmol_kg" in note for note in site.notes())
    assert soil.horizon[-1].ph == load_soil_type("luvisol").horizons[-1]["ph"]


def test_mistakes_in_a_soil_type_file_name_file_field_and_mend(tmp_path):
    (tmp_path / "field.toml").write_text(preset_text("column", "luvisol").replace("ph = 6.3", "ph = 63"))
    with pytest.raises(InputError) as caught:
        load_site(soil_site(tmp_path / "site.toml"))
    assert caught.value.field == "soil.preset"
    assert "field.horizon[1].ph = 63" in caught.value.message()
    (tmp_path / "field.toml").write_text("title = 3 4")
    with pytest.raises(SoilTypeError, match="Mend the file"):
        read_soil_type("field.toml", tmp_path)
    with pytest.raises(SoilTypeError, match="path from the folder of the site file"):
        read_soil_type("none.toml", tmp_path)


def test_the_file_of_every_soil_type_serves_as_one_of_ones_own(tmp_path):
    from pedozone.column.soil_types import soil_names

    for name in soil_names():
        (tmp_path / "own.toml").write_text(preset_text("column", name))
        assert read_soil_type("own.toml", tmp_path).section() == load_soil_type(name).section()
        assert tomllib.loads(preset_text("column", name))["title"] == read_soil_type("own.toml", tmp_path).title
