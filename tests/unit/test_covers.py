"""Land covers and the allocation of crops."""

from __future__ import annotations

import dataclasses
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedozone.plants import CROPS, PlantError, cover_names, crop_inputs, load_cover
from pedozone.plants.cover import LandCover, parse_cover
from pedozone.plants.fields import GROWTH_FORMS, RANGES, unit_of

OLD = ("bare-fallow", "cereal-cropland", "temperate-forest", "temperate-grassland")
NAMES = cover_names()

# Net primary production by biome, g of dry matter m-2 yr-1 (Forseth 2012, as quoted by the University
# of Leeds). Left out: savanna (400-600) and Mediterranean shrubland (300-600), where the presets
# follow Saugier et al. 2001 with about twice as much.
BIOMES = {
    "tropical-rainforest": (2000, 3000),
    "temperate-forest": (600, 1500),
    "temperate-needleleaf-forest": (600, 1500),
    "rough-pasture": (400, 1000),
    "boreal-needleleaf-forest": (200, 600),
    "tundra": (100, 200),
}


def test_the_presets_are_there() -> None:
    assert set(OLD) <= set(NAMES) and len(NAMES) >= 21
    assert {load_cover(name).growth_form for name in NAMES} == set(GROWTH_FORMS)


@pytest.mark.parametrize("name", NAMES)
def test_inputs_and_harvest_come_out_of_production(name: str) -> None:
    cover = load_cover(name)
    used = cover.total_input + cover.harvest
    assert used <= 1.05 * cover.net_primary_production
    # Only trees keep much of what they grow, in standing wood.
    woody = cover.growth_form in ("broadleaf", "needleleaf")
    assert used >= (0.6 if woody else 0.8) * cover.net_primary_production
    assert cover.mycorrhizal_fraction * cover.exudate_input <= 0.13 * cover.net_primary_production


@pytest.mark.parametrize("name", BIOMES)
def test_production_lies_in_the_range_of_its_biome(name: str) -> None:
    least, most = BIOMES[name]
    dry_matter = 1000 * load_cover(name).net_primary_production / 0.5
    assert least <= dry_matter <= 1.05 * most


def test_presets_stand_in_the_order_that_is_known() -> None:
    cover = {name: load_cover(name) for name in NAMES}
    for warm, cold in (
        ("tropical-rainforest", "temperate-forest"),
        ("temperate-needleleaf-forest", "boreal-needleleaf-forest"),
        ("boreal-needleleaf-forest", "tundra"),
        ("improved-pasture", "rough-pasture"),
    ):
        assert cover[warm].net_primary_production > cover[cold].net_primary_production
    for poor, rich in (
        ("temperate-needleleaf-forest", "temperate-forest"),
        ("heath", "rough-pasture"),
        ("rough-pasture", "improved-pasture"),
        ("cereal-cropland", "root-crop"),
    ):
        assert cover[poor].leaf_carbon_nitrogen > cover[rich].leaf_carbon_nitrogen
        assert cover[poor].leaf_lignin > cover[rich].leaf_lignin
    deep, usual = cover["deep-rooted-woodland"], cover["temperate-forest"]
    assert deep.root_beta > usual.root_beta and deep.rooting_depth > usual.rooting_depth
    assert (deep.leaf_input, deep.root_input) == (usual.leaf_input, usual.root_input)
    # Roots at 95 % of the profile: Jackson's order of biomes.
    betas = [cover[n].root_beta for n in ("tundra", "boreal-needleleaf-forest", "shrubland", "tropical-grassland")]
    assert betas == sorted(betas)


def test_old_presets_keep_their_fitted_values() -> None:
    for name, shares in zip(OLD, ((0.2, 0.3333), (0.2, 0.3333), (0.2, 0.25), (0.2, 0.3333)), strict=True):
        cover = load_cover(name)
        assert (cover.leaf_metabolic_fraction, cover.root_metabolic_fraction) == shares
        assert cover.structural_decay_factor == (0.71 if name == "temperate-forest" else 1.0)


@pytest.mark.parametrize("name", NAMES)
def test_every_value_has_unit_source_and_status(name: str) -> None:
    cover = load_cover(name)
    fields = {f.name for f in dataclasses.fields(LandCover)} - {
        "name", "preset", "title", "growth_form", "records",
        "nitrogen_limitation", "nitrogen_fertiliser",  # chosen by a site file, no values of a preset
    }  # fmt: skip
    assert set(cover.records) == fields
    for key, record in cover.records.items():
        assert record.value == getattr(cover, key)
        assert record.source and record.unit
        assert record.status in ("cited", "recalled", "calibrated")
    assert sum(cover.leaf_phenology) == pytest.approx(1)
    assert sum(cover.root_phenology) == pytest.approx(1)
    json.dumps(cover.to_records())


def test_covers_differ_as_they_should() -> None:
    grass, forest = load_cover("temperate-grassland"), load_cover("temperate-forest")
    crop, fallow = load_cover("cereal-cropland"), load_cover("bare-fallow")
    assert (grass.leaf_input, grass.root_input, grass.exudate_input) == (0.145, 0.345, 0.075)
    assert (forest.leaf_input, forest.root_input, forest.exudate_input) == (0.257, 0.237, 0.059)
    assert (crop.leaf_input, crop.root_input, crop.exudate_input) == (0.161, 0.148, 0.030)
    assert fallow.total_input == pytest.approx(0.02 * grass.total_input)
    warmth = [c.surface_temperature_offset for c in (forest, grass, crop, fallow)]
    assert warmth == sorted(warmth)
    swing = [c.surface_temperature_amplitude for c in (forest, grass, crop, fallow)]
    assert swing == sorted(swing)
    assert fallow.transpiration_fraction < crop.transpiration_fraction
    assert crop.tillage_depth == fallow.tillage_depth == 0.23
    assert grass.tillage_intensity == forest.tillage_intensity == 0
    assert forest.ph_shift == -1.5


def test_unknown_cover_and_field() -> None:
    with pytest.raises(PlantError, match="Did you mean 'temperate-forest'"):
        load_cover("temperate-forrest")
    with pytest.raises(PlantError, match="Did you mean 'root_input'"):
        load_cover("bare-fallow").changed("x", "test", root_inputs=1.0)


def test_a_changed_cover_tells_what_changed() -> None:
    cover = load_cover("bare-fallow").changed("fallow 2", "a test", root_input=0.1)
    assert (cover.name, cover.preset, cover.root_input) == ("fallow 2", "bare-fallow", 0.1)
    assert cover.records["root_input"].status == "user"
    assert cover.records["leaf_input"].status == "calibrated"
    with pytest.raises(PlantError, match="0 to 5"):
        cover.changed("x", "test", root_input=-1.0)
    with pytest.raises(PlantError, match="twelve shares"):
        cover.changed("x", "test", leaf_phenology=(1.0,))


def test_covers_pass_between_processes_and_shift_by_half_a_year() -> None:
    cover = load_cover("temperate-forest")
    again = pickle.loads(pickle.dumps(cover))
    assert again == cover and dict(again.records) == dict(cover.records)
    assert cover.southern().southern() == cover


def test_a_preset_without_source_is_refused() -> None:
    entry = {"value": 1.0, "unit": "1", "status": "cited", "source": ""}
    names = [*RANGES, "leaf_phenology", "root_phenology"]
    with pytest.raises(PlantError, match="unit 'kg C m-2 yr-1'"):
        parse_cover("x", {"growth_form": "grass", **dict.fromkeys(names, entry)})
    with pytest.raises(PlantError, match="Say where the value comes from"):
        parse_cover("x", {"growth_form": "grass", **{name: entry | {"unit": unit_of(name)} for name in names}})
    with pytest.raises(PlantError, match="Add the field"):
        parse_cover("x", {"growth_form": "grass"})
    with pytest.raises(PlantError, match="growth_form"):
        parse_cover("x", {"growth_form": "tree"})
    with pytest.raises(PlantError, match="Did you mean 'root_beta'"):
        parse_cover("x", {"root_betta": entry})


@pytest.mark.parametrize("name", CROPS)
def test_allocation_sums_to_one(name: str) -> None:
    crop = CROPS[name]
    # The tables are rounded to three digits.
    assert crop.product + crop.residue + crop.root + crop.extra_root == pytest.approx(1, abs=2e-3)
    assert crop.extra_root / crop.root == pytest.approx(0.65, abs=0.02)


def test_shoot_to_root_ratios_are_those_of_the_paper() -> None:
    # Means stated in the abstract of Bolinder et al. 2007.
    assert CROPS["small-grain-cereals"].shoot_root_ratio == pytest.approx(7.4, abs=0.05)
    assert CROPS["maize"].shoot_root_ratio == pytest.approx(5.6, abs=0.05)
    assert CROPS["soybean"].shoot_root_ratio == pytest.approx(5.2, abs=0.05)
    assert CROPS["perennial-forage"].shoot_root_ratio == pytest.approx(1.6, abs=0.05)


def test_inputs_of_wheat() -> None:
    given_all = crop_inputs("wheat", 6.0)
    assert given_all.leaf == pytest.approx(0.27 / 0.322 * 0.482)
    assert given_all.root == pytest.approx(0.27 / 0.322 * 0.118)
    without_straw = crop_inputs("wheat", 6.0, residue_removed_fraction=1.0)
    assert without_straw.leaf == 0 and without_straw.root == given_all.root
    assert crop_inputs("wheat", 6.0 / 0.85, moisture_percent=15) == pytest.approx(given_all)


@given(st.sampled_from(sorted(CROPS)), st.floats(0, 50), st.floats(0, 1))
def test_inputs_never_exceed_production(name: str, harvest: float, removed: float) -> None:
    inputs = crop_inputs(name, harvest, removed)
    production = 0.045 * harvest / CROPS[name].product
    assert min(inputs) >= 0
    assert sum(inputs) <= production * (1 - CROPS[name].product) * (1 + 2e-2) + 1e-12


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("weat", 5.0), "Did you mean 'wheat'"),
        (("wheat", -1.0), "yield_t_ha"),
        (("wheat", float("nan")), "yield_t_ha"),
        (("wheat", 5.0, 50.0), "residue_removed_fraction"),
        (("wheat", 5.0, 0.5, 100.0), "moisture_percent"),
    ],
)
def test_bad_crops(arguments: tuple, part: str) -> None:
    with pytest.raises(PlantError, match=part):
        crop_inputs(*arguments)
