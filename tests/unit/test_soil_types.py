"""Soil types, and the site files that name one."""

from __future__ import annotations

import copy
import json
import pickle
import tomllib
from importlib import resources

import numpy as np
import pytest

from pedozone.column.soil_classes import known_names
from pedozone.column.soil_types import (
    ALIASES,
    SoilTypeError,
    group_hint,
    load_soil_type,
    parse_soil_type,
    soil_names,
)
from pedozone.config.errors import InputError
from pedozone.config.loading import parse_site
from pedozone.config.site import Site
from pedozone.config.templates import new_site_text
from pedozone.parameters import load_parameters
from pedozone.physics.groundwater import NO_WATER_TABLE
from pedozone.processes import minerals
from pedozone.simulation.columns import soil_of, water_table_of
from pedozone.simulation.histories import timeline_of

NAMES = (
    "acrisol", "andosol", "arenosol", "calcisol", "cambisol", "chernozem", "ferralsol", "fluvisol", "gleysol",
    "histosol", "leptosol", "luvisol", "phaeozem", "podzol", "solonchak", "solonetz", "vertisol",
)  # fmt: skip
VALUES = load_parameters("pedon-core").values()


def site_with(**soil) -> Site:
    data = tomllib.loads(new_site_text("temperate-grassland"))
    data["soil"] = soil
    return parse_site(data)


def raw(name: str) -> dict:
    path = resources.files("pedozone.column") / "presets" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def test_the_presets_are_there() -> None:
    assert soil_names() == NAMES
    assert load_soil_type("xerosol") == load_soil_type("calcisol")


@pytest.mark.parametrize("name", NAMES)
def test_every_preset_is_a_soil_with_sources(name: str) -> None:
    soil = load_soil_type(name)
    given = {*soil.soil, *soil.horizons[0]}
    assert set(soil.records) == given
    assert soil.wrb in known_names() and soil.wrb.lower() == name
    for record in soil.records.values():
        assert len(record.source) > 20 and record.unit
    json.dumps(soil.to_records())
    site = site_with(preset=name)
    assert site.soil.wrb == soil.wrb and len(site.soil.horizon) == len(soil.horizons)
    assert not [note for note in site.soil.notes() if "reference soil group" in note or "starts at" in note]
    again = parse_site(tomllib.loads(site.to_toml()))
    assert again.model_dump() == site.model_dump()


@pytest.mark.parametrize("name", NAMES)
def test_every_preset_becomes_a_column(name: str) -> None:
    site = site_with(preset=name, layers=12)
    soil = soil_of(site, VALUES)
    slots = site.soil.organic_slots
    np.testing.assert_allclose((soil.sand + soil.silt + soil.clay)[slots:], 1.0, rtol=1e-12)
    for values in soil:
        assert np.asarray(values).shape == (slots + 12, 1)
    for field in ("oxides", "base_saturation", "cation_exchange_capacity", "exchangeable_sodium"):
        values = getattr(soil, field)
        assert np.all(np.isnan(values[:slots])) and np.all(values[slots:] >= 0)
    capacity = np.asarray(minerals.stable_capacity(soil, VALUES))
    assert np.all(capacity[slots:] > 0) and np.all(capacity[:slots] == 0)


def test_soils_differ_as_their_groups_are_defined() -> None:
    soils = {name: load_soil_type(name) for name in NAMES}

    def values(name: str, key: str) -> tuple:
        return soils[name].records[key].value  # type: ignore[return-value]

    # World Reference Base: texture, oxides, bases, sodium, salt, activity of the clay.
    assert min(values("arenosol", "sand_percent")) >= 70
    assert min(values("vertisol", "clay_percent")) >= 30
    assert max(values("podzol", "oxides_percent")) >= 0.5
    bleached, spodic = values("podzol", "oxides_percent")[1:3]
    assert spodic >= 2 * bleached
    assert max(values("andosol", "oxides_percent")) >= 2 and max(values("andosol", "bulk_density_g_cm3")) <= 0.9
    assert max(values("acrisol", "base_saturation_percent")) < 50 <= min(values("luvisol", "base_saturation_percent"))
    assert max(values("solonetz", "exchangeable_sodium_percent")) >= 15
    assert max(values("solonchak", "electrical_conductivity_ds_m")) >= 15
    assert {name for name in NAMES if soils[name].soil["mineral_activity"] == "low"} == {"acrisol", "ferralsol"}
    for name in ("acrisol", "luvisol", "solonetz"):
        clay = values(name, "clay_percent")
        assert clay[1] > 1.2 * clay[0]
    assert {name for name in NAMES if "water_table_m" in soils[name].soil} == {
        "fluvisol", "gleysol", "histosol", "solonchak",
    }  # fmt: skip
    assert soils["leptosol"].soil["bedrock_depth_m"] == 0.3


def test_unknown_names() -> None:
    with pytest.raises(SoilTypeError, match="Did you mean 'podzol'"):
        load_soil_type("podsol")
    with pytest.raises(InputError) as caught:
        site_with(preset="Podzols")
    assert caught.value.field == "soil.preset" and "podzol" in caught.value.mend and "xerosol" in caught.value.allowed
    again = pickle.loads(pickle.dumps(SoilTypeError("a", 1, "b", "c")))
    assert (again.field, again.value, again.allowed, again.mend) == ("a", 1, "b", "c")
    assert all(alias not in NAMES and preset in NAMES for alias, preset in ALIASES.items())


@pytest.mark.parametrize(
    "text", ["Luvisol", "Haplic Luvisol (Siltic)", "luvisols", "LV", "Xerosol", "DYSTRIC NITOSOLS"]
)
def test_groups_that_are_known(text: str) -> None:
    assert group_hint(text) is None


def test_groups_that_are_not_known() -> None:
    assert "'Luvisol'" in (group_hint("Haplic Luvisoll") or "")
    assert "Vertisol" in (group_hint("brown earth") or "")
    site = site_with(preset="luvisol", wrb="Luvisoll")
    assert any("Did you mean 'Luvisol'" in note for note in site.notes())


def test_fields_given_take_the_place_of_the_preset() -> None:
    site = site_with(preset="gleysol", water_table_m=1.0, layers=20, wrb="Stagnosol")
    assert (site.soil.water_table_m, site.soil.layers, site.soil.wrb) == (1.0, 20, "Stagnosol")
    assert site.soil.water_table_amplitude_m == 0.4 and len(site.soil.horizon) == 4
    own = {"top_cm": 0, "bottom_cm": 150, "sand_percent": 50, "silt_percent": 30, "clay_percent": 20, "ph": 6.0}
    soil = site_with(preset="leptosol", horizon=[own]).soil
    assert len(soil.horizon) == 1 and soil.depth_m == 3.0 and soil.bedrock_depth_m is None
    assert site_with(preset="leptosol").soil.depth_m == 0.3
    cut = site_with(preset="podzol", bedrock_depth_m=0.6).soil
    assert [h.bottom_cm for h in cut.horizon] == [10, 30, 50, 60] and cut.depth_m == 0.6


def test_a_soil_needs_horizons_or_a_preset() -> None:
    with pytest.raises(InputError) as caught:
        site_with(layers=20)
    assert caught.value.field == "soil.horizon"
    schema = json.dumps(Site.model_json_schema())
    assert '"anyOf": [{"required": ["horizon"]}, {"required": ["preset"]}]' in schema


@pytest.mark.parametrize(
    ("change", "field", "allowed"),
    [
        ({"water_table_amplitude_m": 0.5}, "soil.water_table_amplitude_m", "water_table_m"),
        ({"water_table_trend_m_yr": 0.01}, "soil.water_table_trend_m_yr", "water_table_m"),
        ({"groundwater_sodium_percent": 10}, "soil.groundwater_sodium_percent", "water_table_m"),
        ({"water_table_m": 1.0, "groundwater_sodium_percent": 30, "groundwater_base_saturation_percent": 20},
         "soil.groundwater_sodium_percent", "at most groundwater_base_saturation_percent = 20"),
        ({"water_table_m": 1.0, "water_table_trend_m_yr": 1.0}, "soil.water_table_trend_m_yr", "-0.5 to 0.5"),
        ({"organic_slots": 21}, "soil.organic_slots", "1 to 20"),
    ],
)  # fmt: skip
def test_mistakes_about_groundwater(change: dict, field: str, allowed: str) -> None:
    with pytest.raises(InputError) as caught:
        site_with(preset="luvisol", **change)
    assert caught.value.field == field and allowed in caught.value.allowed and caught.value.mend


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"oxides_percent": 21}, "oxides_percent"),
        ({"base_saturation_percent": 101}, "base_saturation_percent"),
        ({"base_saturation_percent": 20, "exchangeable_sodium_percent": 30}, "exchangeable_sodium_percent"),
        ({"cation_exchange_capacity_cmol_kg": 10, "exchangeable_calcium_cmol_kg": 12}, "exchangeable_calcium_cmol_kg"),
        ({"oxide_percent": 1.0}, "oxide_percent"),
    ],
)
def test_mistakes_about_minerals(change: dict, field: str) -> None:
    horizon = {"top_cm": 0, "bottom_cm": 300, "sand_percent": 20, "silt_percent": 55, "clay_percent": 25, "ph": 6.5}
    with pytest.raises(InputError) as caught:
        site_with(horizon=[{**horizon, **change}])
    assert caught.value.field == f"soil.horizon[1].{field}"


def test_calcium_follows_from_the_bases_and_notes_say_so() -> None:
    horizon = {
        "top_cm": 0, "bottom_cm": 300, "sand_percent": 20, "silt_percent": 55, "clay_percent": 25, "ph": 6.5,
        "cation_exchange_capacity_cmol_kg": 12.5, "base_saturation_percent": 80.0,
    }  # fmt: skip
    site = site_with(horizon=[horizon], layers=10)
    soil = soil_of(site, VALUES)
    np.testing.assert_allclose(soil.exchangeable_calcium[1:], 0.8 * (0.80 - 0.01) * 12.5)
    assert np.all(np.isnan(soil.oxides))
    text = " ".join(site.notes())
    assert "four fifths" in text and "oxides, exchangeable sodium for every horizon" in text
    # The reference Luvisol: what is given and what is left out come to the same.
    plain = soil_of(site_with(horizon=[{k: v for k, v in horizon.items() if "_kg" not in k and "base" not in k}],
                              layers=10), VALUES)  # fmt: skip
    np.testing.assert_allclose(
        minerals.stable_capacity(soil, VALUES), minerals.stable_capacity(plain, VALUES), rtol=1e-12
    )


def test_groundwater_sets_the_cations_of_the_layers_it_reaches() -> None:
    site = site_with(preset="luvisol", layers=30, water_table_m=1.0, water_table_amplitude_m=0.2,
                     groundwater_sodium_percent=40, groundwater_base_saturation_percent=100)  # fmt: skip
    soil, dry = soil_of(site, VALUES), soil_of(site_with(preset="luvisol", layers=30), VALUES)
    sodium = np.asarray(soil.exchangeable_sodium)[1:, 0]
    assert sodium[0] == 0.01 and sodium[-1] == pytest.approx(0.4) and np.all(np.diff(sodium) >= 0)
    assert np.any((sodium > 0.02) & (sodium < 0.39))
    assert soil.base_saturation[-1, 0] == pytest.approx(1.0)
    factor = minerals.affinity_factor(soil, soil.ph, VALUES)
    before = minerals.affinity_factor(dry, dry.ph, VALUES)
    assert factor[-1, 0] < before[-1, 0] and factor[1, 0] == before[1, 0]


def test_the_water_table_moves_with_the_seasons_and_the_years() -> None:
    site = site_with(preset="gleysol", water_table_trend_m_yr=0.01)
    first = water_table_of(site)
    assert int(np.argmin(first)) == 2 and int(np.argmax(first)) == 8
    assert first.mean() == pytest.approx(0.5) and np.ptp(first) == pytest.approx(0.8)
    timeline = timeline_of(site)
    np.testing.assert_array_equal(timeline.first.water_table[:, 0], first)
    for years in (0, 50):
        forcing = timeline.year(site.start.year + years).forcing
        np.testing.assert_allclose(forcing.water_table[:, 0], first + 0.01 * years)
    south = site.model_copy(update={"site": site.site.model_copy(update={"latitude": -40.0})})
    np.testing.assert_allclose(water_table_of(south), np.roll(first, 6), atol=1e-12)
    assert np.all(water_table_of(site_with(preset="luvisol")) == NO_WATER_TABLE)


BROKEN = [
    (lambda d: d["horizon"][0].update(clay_percent=50), "sand + silt \\+ clay|sand \\+ silt"),
    (lambda d: d["horizon"][1].update(top_cm=25), "Close the gap"),
    (lambda d: d["horizon"][-1].update(bottom_cm=200), "down to 300 cm"),
    (lambda d: d["horizon"][0].update(ph=1.0), "2.5 to 11"),
    (lambda d: d["horizon"][0].pop("oxides_percent"), "oxides_percent"),
    (lambda d: d["horizon"][0].update(oxide_percent=1.0), "Did you mean 'oxides_percent'"),
    (lambda d: d["soil"].update(mineral_activity="middling"), "'high' or 'low'"),
    (lambda d: d["soil"].update(water_table=1.0), "Did you mean 'water_table_m'"),
    (lambda d: d["sources"].pop("ph"), "Say what it rests on"),
    (lambda d: d["sources"]["ph"].update(status="guessed"), "Say what it rests on"),
    (lambda d: d["sources"].update(water_table_m={"source": "x", "status": "cited"}), "a property that the preset"),
    (lambda d: d.pop("wrb"), "Add it"),
]


@pytest.mark.parametrize(("breaks", "message"), BROKEN)
def test_presets_that_cannot_be_used(breaks, message: str) -> None:
    data = copy.deepcopy(raw("luvisol"))
    parse_soil_type("mine", data)
    breaks(data)
    with pytest.raises(SoilTypeError, match=message):
        parse_soil_type("mine", data)
