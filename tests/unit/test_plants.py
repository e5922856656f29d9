"""Traits, production, deposition and management of plants, and how a site file asks for them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedozone.config.land_use import HistoryEntry
from pedozone.plants import PlantError, at_position, cover_names, load_cover, respond_to_deposition, traits_at
from pedozone.plants.deposition import assemblage_shift
from pedozone.plants.fields import GROWTH_FORMS
from pedozone.plants.management import with_cover_crop, with_deep_roots, with_grazing
from pedozone.plants.production import (
    Conditions,
    acidity_response,
    base_response,
    climate_scale,
    fertility_response,
    from_climate,
    miami,
    nitrogen_demand,
    nitrogen_response,
    soil_scale,
    with_nitrogen_supply,
    with_production,
)
from pedozone.plants.traits import metabolic_fraction, structural_decay_factor

NAMES = cover_names()
FLOWS = ("leaf_input", "wood_input", "root_input", "exudate_input", "harvest")
some_cover = st.sampled_from(NAMES).map(load_cover)


@given(st.sampled_from(GROWTH_FORMS), st.floats(0, 1), st.floats(0, 1))
def test_traits_are_monotone_along_the_axis(form: str, a: float, b: float) -> None:
    low, high = traits_at(min(a, b), form), traits_at(max(a, b), form)
    for falls in ("leaf_carbon_nitrogen", "root_carbon_nitrogen", "leaf_lignin", "root_lignin", "mycorrhizal_fraction"):
        assert getattr(high, falls) <= getattr(low, falls)
    for rises in ("leaf_root_ratio", "root_turnover", "exudation_share"):
        assert getattr(high, rises) >= getattr(low, rises)
    assert metabolic_fraction(high.leaf_lignin, high.leaf_carbon_nitrogen) >= metabolic_fraction(
        low.leaf_lignin, low.leaf_carbon_nitrogen
    )
    assert structural_decay_factor(high.root_lignin) >= structural_decay_factor(low.root_lignin)


def test_metabolic_share_by_hand() -> None:
    # Lignin 10 %, nitrogen 1 % of dry matter: lignin/N = 10.
    assert metabolic_fraction(0.10, 47.0) == pytest.approx(0.85 - 0.18)
    assert metabolic_fraction(0.30, 120.0) == 0.20


@pytest.mark.parametrize(
    ("position", "form", "part"), [(1.2, "grass", "0 .conserv"), (0.5, "gras", "Did you mean 'grass'")]
)
def test_bad_traits(position: float, form: str, part: str) -> None:
    with pytest.raises(PlantError, match=part):
        traits_at(position, form)


@given(some_cover, st.floats(0, 1))
def test_moving_along_the_axis_keeps_the_carbon(cover, position: float) -> None:
    moved = at_position(cover, position)
    assert moved.total_input == pytest.approx(cover.total_input, rel=1e-12)
    assert moved.wood_input == cover.wood_input and moved.harvest == cover.harvest
    back = at_position(moved, cover.trait_position)
    for name in (*FLOWS, "leaf_carbon_nitrogen", "root_lignin", "structural_decay_factor", "mycorrhizal_fraction"):
        assert getattr(back, name) == pytest.approx(getattr(cover, name), rel=1e-9)


@settings(max_examples=60)
@given(some_cover, st.floats(0, 100), st.floats(0, 100))
def test_deposition_shifts_traits_then_the_assemblage(cover, a: float, b: float) -> None:
    little, much = (respond_to_deposition(cover, n) for n in sorted((a, b)))
    for changed in (little, much):
        assert changed.total_input == pytest.approx(cover.total_input, rel=1e-12)
    assert much.nitrogen_deposition == pytest.approx(max(a, b) * 1e-4)
    assert much.trait_position >= little.trait_position
    assert much.leaf_carbon_nitrogen <= little.leaf_carbon_nitrogen
    assert much.mycorrhizal_fraction <= little.mycorrhizal_fraction
    # Written with room for rounding: the same two numbers may come out a last digit apart.
    assert much.root_input <= little.root_input * (1 + 1e-12)


def test_deposition_below_and_above_the_critical_load() -> None:
    heath = load_cover("heath")
    none = respond_to_deposition(heath, 0.0)
    assert none == heath.changed("heath", "test", nitrogen_deposition=0.0)
    assert assemblage_shift(15.0, 15.0) == 0.0 and assemblage_shift(1500.0, 15.0) == pytest.approx(1.0)
    at_load, above = respond_to_deposition(heath, 15.0), respond_to_deposition(heath, 30.0)
    traits_alone = at_position(heath, above.trait_position)
    assert at_load.mycorrhizal_fraction == pytest.approx(
        at_position(heath, at_load.trait_position).mycorrhizal_fraction
    )
    assert above.mycorrhizal_fraction < traits_alone.mycorrhizal_fraction
    assert above.exudate_input < traits_alone.exudate_input
    assert above.root_input / above.leaf_input < traits_alone.root_input / traits_alone.leaf_input
    # What is sown is not shifted, but receives the nitrogen.
    maize = respond_to_deposition(load_cover("maize"), 40.0)
    assert maize.trait_position == load_cover("maize").trait_position and maize.nitrogen_deposition == 0.004
    with pytest.raises(PlantError, match="0 to 500"):
        respond_to_deposition(heath, -1.0)


def test_miami_by_hand_and_in_signs() -> None:
    # 10 degC: 3000/(1 + e^0.125) = 1406; 700 mm: 3000 (1 - e^-0.4648) = 1115, the lesser.
    assert float(miami(10.0, 700.0)) == pytest.approx(0.45 * 1.1153, rel=1e-3)
    assert float(miami(10.0, 5000.0)) == pytest.approx(0.45 * 1.4064, rel=1e-3)
    assert float(miami(20.0, 0.0)) == 0.0


@given(st.floats(-30, 35), st.floats(0, 5000), st.floats(0, 10), st.floats(0, 1000))
def test_production_rises_with_warmth_and_water(t: float, w: float, dt: float, dw: float) -> None:
    assert 0 <= miami(t, w) <= miami(t + dt, w + dw) <= 0.45 * 3.0


@given(some_cover)
def test_a_preset_in_its_own_climate_keeps_its_inputs(cover) -> None:
    own = Conditions(cover.reference_temperature, cover.reference_precipitation)
    assert climate_scale(cover, own) == pytest.approx(1.0)
    same = from_climate(cover, own)
    for flow in FLOWS:
        assert getattr(same, flow) == pytest.approx(getattr(cover, flow))
    bare = own._replace(base_saturation=0.05)
    poor, scale = from_climate(cover, bare, soil=True), soil_scale(cover, bare)
    assert 0.3 < scale < 0.6
    assert poor.total_input == pytest.approx(scale * cover.total_input)
    assert from_climate(cover, bare) == same


@given(some_cover, st.floats(0.001, 1.2))
def test_scaling_keeps_every_share(cover, npp: float) -> None:
    scaled = with_production(cover, npp)
    assert scaled.net_primary_production == npp
    for flow in FLOWS:
        expected = getattr(cover, flow) * npp / cover.net_primary_production
        assert getattr(scaled, flow) == pytest.approx(expected)


def test_poor_soils_give_less() -> None:
    ph = np.linspace(2.0, 11.0, 50)
    assert np.all(np.diff(acidity_response(ph)) >= 0) and acidity_response(7.0) == 1.0
    assert acidity_response(5.0) == pytest.approx(0.5)
    share = np.linspace(0.0, 1.0, 50)
    assert np.all(np.diff(base_response(share)) > 0) and base_response(1.0) == pytest.approx(1.0)
    assert fertility_response(6.5, 0.05) < fertility_response(6.5, 0.8) < fertility_response(7.0) == pytest.approx(1.0)
    supply = np.linspace(0.0, 0.1, 50)
    response = nitrogen_response(supply, 0.01)
    assert response[0] == 0 and np.all(np.diff(response) >= 0) and response[-1] == pytest.approx(1, abs=1e-3)
    assert nitrogen_response(0.01, 0.01) == pytest.approx(2**-0.25)
    assert nitrogen_response(0.0, 0.0) == 1.0
    with pytest.raises(PlantError, match="base_saturation"):
        fertility_response(6.0, 1.5)

    # Litter of grassland holds some 100 kg N ha-1 yr-1, of boreal conifers a tenth or two of that.
    def nitrogen(cover):
        return sum(
            getattr(cover, f"{p}_input") / getattr(cover, f"{p}_carbon_nitrogen") for p in ("leaf", "root", "wood")
        )

    assert 0.008 < nitrogen(load_cover("temperate-grassland")) < 0.016
    assert 0.001 < nitrogen(load_cover("boreal-needleleaf-forest")) < 0.004


@given(some_cover, st.floats(0, 1.5))
def test_management_moves_carbon_with_care(cover, intensity: float) -> None:
    crop = with_cover_crop(cover, intensity)
    assert crop.total_input - cover.total_input == pytest.approx(
        crop.net_primary_production - cover.net_primary_production, abs=1e-12
    )
    assert cover.canopy_cover - 1e-12 <= crop.canopy_cover <= 1
    grazed = with_grazing(cover, intensity)
    fell = cover.net_primary_production - grazed.net_primary_production
    assert cover.total_input + cover.harvest - grazed.total_input - grazed.harvest == pytest.approx(fell, abs=1e-12)
    assert grazed.leaf_input <= cover.leaf_input and grazed.root_input <= cover.root_input
    factor = 0.25 + intensity
    deep = with_deep_roots(cover, factor)
    depth = 0.3
    assert deep.root_beta ** (100 * depth * factor) == pytest.approx(cover.root_beta ** (100 * depth))


def entry(**options) -> HistoryEntry:
    return HistoryEntry.model_validate({"from_year": 1950, "cover": "rough-pasture", **options})


def test_a_site_file_moves_a_preset() -> None:
    preset = load_cover("rough-pasture")
    assert entry().resolve(1950) is preset
    here = Conditions(9.0, 600.0)
    assert entry().resolve(1950, here) is preset
    climate = entry(production="climate").resolve(1950, here)
    assert climate.total_input == pytest.approx(preset.total_input * climate_scale(preset, here))
    assert climate.name == "rough-pasture from 1950"
    with pytest.raises(ValueError, match="conditions"):
        entry(production="climate").resolve(1950)
    given_npp = entry(npp_kg_c_m2_yr=0.9, inputs_kg_c_m2_yr={"wood": 0.01, "leaf": 0.2}).resolve(1950)
    assert (given_npp.leaf_input, given_npp.wood_input) == (0.2, 0.01)
    assert given_npp.root_input == pytest.approx(2 * preset.root_input)
    assert given_npp.records["wood_input"].status == "user"
    rooted = entry(rooting_depth_cm=150.0, root_beta=0.97).resolve(1950)
    assert (rooted.rooting_depth, rooted.root_beta) == (1.5, 0.97)
    several = entry(
        nitrogen_deposition_kg_ha_yr=25.0, trait_position=0.4, grazing_intensity=0.5, deep_rooting_factor=2.0
    ).resolve(1950)
    assert several.trait_position > 0.4 and several.nitrogen_deposition == pytest.approx(0.0025)
    assert several.rooting_depth == 2 * preset.rooting_depth and several.harvest > preset.harvest
    covered = entry(cover="maize", cover_crop_intensity=1.0).resolve(1950)
    assert covered.total_input == pytest.approx(load_cover("maize").total_input + 0.187)
    yielded = entry(cover="cereal-cropland", crop={"name": "wheat", "yield_t_ha": 6.0}).resolve(1950)
    assert yielded.total_input + yielded.harvest == pytest.approx(yielded.net_primary_production, rel=1e-6)


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"production": "weather"}, "preset"),
        ({"npp_kg_c_m2_yr": 0.0}, "0.001"),
        ({"npp_kg_c_m2_yr": 0.5, "production": "climate"}, "either npp_kg_c_m2_yr or"),
        ({"crop": {"name": "wheat", "yield_t_ha": 6.0}, "production": "climate"}, "either crop or production"),
        ({"crop": {"name": "wheat", "yield_t_ha": 6.0}, "npp_kg_c_m2_yr": 0.5}, "either crop or npp"),
        ({"deep_rooting_factor": 2.0, "root_beta": 0.97}, "both set the depth"),
        ({"nitrogen_deposition_kg_ha_yr": -1.0}, "greater than or equal to 0"),
        ({"inputs_kg_c_m2_yr": {"wood": 9.0}}, "less than or equal to 5"),
    ],
)
def test_bad_options(options: dict, part: str) -> None:
    with pytest.raises(ValueError, match=part):
        entry(**options)


def test_acid_soil_lowers_what_does_not_belong_there() -> None:
    acid = Conditions(9.0, 700.0, ph=4.5)
    grass, spruce = load_cover("temperate-grassland"), load_cover("temperate-needleleaf-forest")
    assert soil_scale(grass, acid) == pytest.approx(acidity_response(4.5) / acidity_response(6.0))
    assert soil_scale(spruce, acid) == 1.0
    assert soil_scale(grass, Conditions(9.0, 700.0, 8.0, 1.0)) == 1.0


def test_a_supply_of_nitrogen_lowers_production_as_far_as_it_is_short() -> None:
    grass = load_cover("temperate-grassland")
    # litter of grassland holds some 100 kg N ha-1 yr-1, of boreal conifers a tenth or two of that
    assert 0.008 < nitrogen_demand(grass) < 0.016
    assert 0.001 < nitrogen_demand(load_cover("boreal-needleleaf-forest")) < 0.004
    need = nitrogen_demand(grass) - grass.nitrogen_fixation
    ample, short = with_nitrogen_supply(grass, 20 * need), with_nitrogen_supply(grass, 0.25 * need)
    assert ample.total_input == pytest.approx(grass.total_input, rel=1e-4)
    assert 0.2 < short.total_input / grass.total_input < 0.5
    assert short.harvest / grass.harvest == pytest.approx(short.total_input / grass.total_input)
