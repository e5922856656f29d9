"""What is allowed and yet hardly meant is told as a note, and a usual site has none of that."""

import tomllib

import pytest
from example_sites import PATHS

from pedozone import load_site
from pedozone.config import parse_site
from pedozone.config.plausibility import plausibility_notes


def changed(site, **parts):
    raw = site.model_dump(exclude_none=True)
    for where, value in parts.items():
        section, field = where.split("__")
        raw[section][field] = value
    return type(site).model_validate(raw)


@pytest.fixture(scope="module")
def site():
    return load_site(next(path for path in PATHS if path.parent.name == "temperate-grassland"))


@pytest.mark.parametrize("file", PATHS, ids=lambda f: f.parent.name)
def test_the_examples_are_plausible(file):
    assert plausibility_notes(load_site(file)) == []


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"climate__precipitation_mm": [0.06] * 12}, "metres"),
        ({"site__latitude": -50.0}, "right sign"),
        ({"start__cover": "tropical-rainforest"}, "production = 'climate'"),
        ({"start__inputs_kg_c_m2_yr": {"leaf": 2.0, "root": 3.0, "exudate": 1.0}}, "6 kg C"),
    ],
)
def test_what_hardly_goes_together_is_told(site, parts, words):
    found = plausibility_notes(changed(site, **parts))
    assert any(words in note for note in found), found


@pytest.mark.parametrize(("cover", "told"), [("temperate-grassland", True), ("temperate-forest", False)])
def test_a_clear_cut_without_wood_is_told(site, cover, told):
    year = site.start.year + 2
    history = [{"from_year": year, "cover": "temperate-grassland"}]  # what follows the felling
    felled = parse_site(
        {**tomllib.loads(site.to_toml()), "history": history, "event": [{"year": year, "what": "clear-cut"}]}
    )
    felled = changed(felled, start__cover=cover)
    assert any("brings no wood" in note for note in plausibility_notes(felled)) == told


def test_inputs_of_ones_own_belong_where_they_were_measured(site):
    own = {
        "start__cover": "tropical-rainforest",
        "start__inputs_kg_c_m2_yr": {"leaf": 0.2, "root": 0.2, "exudate": 0.05},
    }
    assert plausibility_notes(changed(site, **own)) == []


def test_stones_and_standing_water(site):
    raw = site.model_dump(exclude_none=True)
    raw["soil"]["horizon"][0]["coarse_fragments_percent"] = 95.0
    raw["soil"] |= {"water_table_m": 0.3, "water_table_amplitude_m": 5.0}
    found = plausibility_notes(type(site).model_validate(raw))
    assert any("stones" in note for note in found)
    assert any("stand 4.7 m" in note for note in found)
