"""Parts of an evaluation: climates, rules, horizons, fractions, statistics."""

import numpy as np
import pandas as pd
import pytest

from pedozone.column.soil_classes import group_names
from pedozone.column.soil_types import load_soil_type, soil_names
from pedozone.landscape.evaluation.columns import LEFT_OUT, build_columns
from pedozone.landscape.evaluation.horizons import (
    ORGANIC_CARBON_SHARE,
    ORGANIC_DENSITY,
    horizons_of,
    mineral_density,
)
from pedozone.landscape.evaluation.inferred import CAPACITY
from pedozone.landscape.evaluation.rules import UNKNOWN, climate_class, cover_choice, rules, soil_choice
from pedozone.observations.agreement import agreement, agreements, partial_spearman, site_median
from pedozone.observations.errors import ObservationError
from pedozone.observations.mineral_share import mineral_shares
from pedozone.observations.monthly_climate import read_monthly_climate, usual_year
from pedozone.observations.profiles import Profiles, completed
from pedozone.parameters import load_parameters
from pedozone.plants.cover import cover_names


def profiles_of(layer, profile, site, fraction=None):
    return Profiles(
        completed("site", pd.DataFrame(site)),
        completed("profile", pd.DataFrame(profile)),
        completed("layer", pd.DataFrame(layer)),
        completed("fraction", pd.DataFrame(fraction if fraction is not None else {"fraction_id": []})),
    )


# --- climate ---------------------------------------------------------------------------------


def test_a_usual_year_has_the_means_it_was_asked_for_and_its_summer_in_its_hemisphere():
    for latitude, warmest in ((50.0, 6), (-35.0, 0)):
        year = usual_year(9.5, 750.0, latitude)
        assert year.temperature.mean() == pytest.approx(9.5)
        assert year.precipitation.sum() == pytest.approx(750.0)
        assert int(np.argmax(year.temperature)) == warmest
    swing = [np.ptp(usual_year(t, p, latitude).temperature) for t, p, latitude in ((26, 2000, 2), (-5, 400, 62))]
    assert swing[0] < 8 < 25 < swing[1]


def monthly(heads, rows, tmp_path):
    file = tmp_path / "climate.csv"
    file.write_text("\n".join(",".join(map(str, row)) for row in [heads, *rows]) + "\n", encoding="utf-8")
    return file


def test_climates_are_found_by_name_or_place(tmp_path):
    heads = ["site_id", "lat", "lon", *(f"tmean{m}" for m in range(1, 13)), *(f"prec{m}" for m in range(1, 13))]
    rows = [["a", 50, 10, *range(12), *[60] * 12], ["b", -20.01, 179.99, *[20] * 12, *[100] * 12]]
    rows.append(["c", 1, 1, *[20] * 11, 99, *[5] * 12])
    table = read_monthly_climate(monthly(heads, rows, tmp_path))
    assert table.refused == ("row 4: temperature of month 12 is 99, allowed is -60 to 50",)
    assert table.of("a", np.nan, np.nan).temperature.tolist() == list(range(12))
    assert table.of("elsewhere", -20.0, -180.0).precipitation.sum() == 1200  # across the date line
    assert table.of("elsewhere", 50.1, 10.0) is None
    assert table.of("elsewhere", np.nan, 10.0) is None


@pytest.mark.parametrize(
    ("heads", "said"), [(["site_id", "temperature_1"], "temperature_2 is missing"), (["x", "y"], "temperature_1 is")]
)
def test_a_climate_table_without_months_is_refused(heads, said, tmp_path):
    with pytest.raises(ObservationError, match=said):
        read_monthly_climate(monthly(heads, [[1, 2]], tmp_path))


# --- rules -----------------------------------------------------------------------------------


def test_every_rule_names_a_preset_that_there_is():
    soil = rules()["soil"]
    presets = [rule["preset"] for rule in (*soil["group"].values(), soil["unknown"], soil["wetland"])]
    assert set(presets) <= set(soil_names())
    assert set(soil["group"]) == set(group_names().values())
    for cover in rules()["cover"]:
        plants = {value for key, value in cover.items() if key not in ("group", "words")}
        assert plants <= set(cover_names()), cover["group"]
        assert "any" in cover


@pytest.mark.parametrize(
    ("wrb", "fao", "usda", "preset", "group"),
    [
        ("Haplic Luvisol", "", "Oxisols", "luvisol", "Luvisols"),
        ("", "", "Typic Hapludand", "andosol", "Andosols"),
        ("", "", "Humic Dystrudepts", "cambisol", "Cambisols"),
        ("", "ORTHIC PODZOLS", "", "podzol", "Podzols"),
        ("", "", "loam", "cambisol", UNKNOWN),
        ("", "", "", "cambisol", UNKNOWN),
    ],
)
def test_soil_types(wrb, fao, usda, preset, group):
    found = soil_choice(wrb, fao, usda)
    assert (found.preset, found.group, found.known) == (preset, group, group != UNKNOWN)


@pytest.mark.parametrize(
    ("cover", "climate", "temperature", "rain", "preset"),
    [
        ("forest", "Af", 26, 2500, "tropical-rainforest"),
        ("forest", "Dfc", -2, 500, "boreal-needleleaf-forest"),
        ("forest", "", 9, 800, "temperate-forest"),
        ("Pine plantation", "Cfb", 9, 800, "temperate-needleleaf-forest"),
        ("rangeland/grassland", "Cfb", 9, 800, "temperate-grassland"),
        ("shrubland", "Csa", 16, 500, "shrubland"),
        ("shrubland", "Cfb", 9, 1200, "heath"),
        ("cultivated", "Cfb", 9, 800, "cereal-cropland"),
        ("", "", 9, 1200, "temperate-forest"),
        ("", "", 12, 300, "temperate-grassland"),
    ],
)
def test_land_covers(cover, climate, temperature, rain, preset):
    found = cover_choice(cover, climate, temperature, rain)
    assert found.preset == preset
    assert found.known == bool(cover)


def test_climate_classes_where_none_is_reported():
    assert climate_class("Cfb", 30, 10) == "C temperate"
    found = [climate_class("", *means)[0] for means in ((26, 2000), (20, 100), (9, 800), (0, 500), (-9, 200))]
    assert found == ["A", "B", "C", "D", "E"]


# --- horizons --------------------------------------------------------------------------------


def test_constants_are_those_of_the_model():
    values = load_parameters("pedon").values()
    assert values["som_carbon_fraction"] == ORGANIC_CARBON_SHARE
    assert values["organic_bulk_density"] == pytest.approx(1000 * ORGANIC_DENSITY)
    assert (values["capacity_high_activity"], values["capacity_low_activity"]) == tuple(CAPACITY.values())


def test_the_density_of_minerals_gives_that_of_the_soil_back_once_organic_matter_is_in_it():
    soil, carbon = np.array([1.1, 1.4, 0.8]), np.array([3.0, 0.0, 20.0])
    minerals = mineral_density(soil, carbon)
    matter = carbon / 100 / ORGANIC_CARBON_SHARE
    mixed = 1.0 / ((1.0 - matter) / minerals + matter / ORGANIC_DENSITY)
    np.testing.assert_allclose(mixed[:2], soil[:2])
    assert minerals[0] > soil[0]
    assert np.isnan(minerals[2])  # a third of it is organic


def layers(**columns):
    return completed("layer", pd.DataFrame({"profile_id": "a", **columns}))


def test_horizons_take_what_was_measured_and_the_rest_from_the_typical_soil():
    typical = load_soil_type("luvisol").horizons
    given = layers(
        top_cm=[0, 20, 60], bottom_cm=[20, 40, 90], clay_percent=[10, np.nan, 30], silt_percent=[30, np.nan, 30],
        sand_percent=[60, np.nan, 40], ph=[5.0, np.nan, np.nan], soc_percent=[2, 1, 0.5],
        bulk_density_g_cm3=[1.2, np.nan, np.nan], oxalate_iron_mg_g=[4, np.nan, np.nan],
        oxalate_aluminium_mg_g=[2, np.nan, np.nan],
    )  # fmt: skip
    found = horizons_of(given, typical, "luvisol")
    assert found.horizons[0]["top_cm"] == 0
    assert found.horizons[-1]["bottom_cm"] == 300
    for above, below in zip(found.horizons[:-1], found.horizons[1:], strict=True):
        assert above["bottom_cm"] == below["top_cm"]
    at = {depth: next(h for h in found.horizons if depth < h["bottom_cm"]) for depth in (10, 75, 250)}
    assert (at[10]["clay_percent"], at[75]["clay_percent"], at[250]["clay_percent"]) == (10, 30, 30)
    assert all(h["ph"] == 5.0 for h in found.horizons)
    assert at[10]["oxides_percent"] == pytest.approx(0.4)
    assert at[75]["oxides_percent"] == typical[2]["oxides_percent"]
    assert at[10]["bulk_density_g_cm3"] > 1.2
    assert "bulk_density_g_cm3" not in at[75]
    # exchange capacity goes with the clay
    assert at[10]["cation_exchange_capacity_cmol_kg"] == pytest.approx(
        typical[0]["cation_exchange_capacity_cmol_kg"] * 10 / typical[0]["clay_percent"], rel=1e-3
    )
    assert found.told["clay_percent"][0] == "profile"
    assert found.told["coarse_fragments_percent"] == ("assumed", "none reported: taken as none")


def test_texture_that_adds_up_to_nonsense_is_not_taken():
    typical = load_soil_type("cambisol").horizons
    found = horizons_of(
        layers(top_cm=[0.0], bottom_cm=[20.0], clay_percent=[80], silt_percent=[60], sand_percent=[10]), typical, "x"
    )
    assert found.told["clay_percent"] == ("preset", "x")
    alone = horizons_of(layers(top_cm=[0.0], bottom_cm=[20.0], clay_percent=[50]), typical, "x").horizons[0]
    assert alone["sand_percent"] + alone["silt_percent"] == pytest.approx(50)
    assert alone["sand_percent"] / alone["silt_percent"] == pytest.approx(
        typical[0]["sand_percent"] / typical[0]["silt_percent"], rel=1e-3
    )


# --- columns ---------------------------------------------------------------------------------

SITE = {"site_id": ["s"], "latitude": [50.0], "longitude": [10.0]}
MEANS = {"mean_annual_temperature_c": [9.0], "mean_annual_precipitation_mm": [700.0]}
LAYER = {"profile_id": ["p", "p"], "top_cm": [0, 20], "bottom_cm": [20, 50], "soc_percent": [2.0, 1.0]}


@pytest.mark.parametrize(
    ("layer", "profile", "site", "reason"),
    [
        ({}, {"peat": [True]}, MEANS, "peat"),
        ({}, {"usda": ["Histosols"]}, MEANS, "peat"),
        ({}, {"treatment": ["warmed"]}, MEANS, "treated"),
        ({"soc_percent": [np.nan, np.nan]}, {}, MEANS, "empty"),
        ({"organic": [True, True]}, {}, MEANS, "empty"),
        ({}, {}, {"latitude": [np.nan], **MEANS}, "latitude"),
        ({}, {}, {}, "climate"),
    ],
)
def test_a_profile_that_cannot_be_built_says_why(layer, profile, site, reason):
    given = {"profile_id": ["p"], "site_id": ["s"], "sampling_year": [2000.0], **profile}
    found = build_columns(profiles_of(LAYER | layer, given, SITE | site), {})
    assert not len(found.sites)
    assert found.profiles[["status", "reason"]].iloc[0].tolist() == ["not built", LEFT_OUT[reason]]


def test_the_template_says_what_profiles_do_not_and_nothing_that_they_do():
    given = {"profile_id": ["p", "q"], "site_id": ["s", "s"], "sampling_year": [2000.0, np.nan]}
    given["land_cover"] = ["forest", ""]
    layer = {name: [*values, *values] for name, values in LAYER.items()} | {"profile_id": ["p", "p", "q", "q"]}
    template = {"start": {"cover": "heath", "year": 1960}, "climate": {"temperature_c": [8.0] * 12}}
    template["climate"]["precipitation_mm"] = [50.0] * 12
    found = build_columns(profiles_of(layer, given, SITE), template)
    rows = found.sites.set_index("site.name")
    assert rows["start.cover"].to_dict() == {"p": "temperate-forest", "q": None} or rows.loc["q"].isna()["start.cover"]
    assert rows.loc["p", ["start.year", "run.end_year"]].tolist() == [1960, 2000]
    origins = found.assumed.set_index(["profile_id", "what"])["origin"]
    assert origins["q", "land cover"] == "template"
    assert origins["q", "sampling year"] == "assumed"
    assert origins["p", "climate"] == "template"
    assert set(found.assumed["profile_id"]) == {"p", "q"}


# --- fractions -------------------------------------------------------------------------------


def test_shares_of_mineral_associated_carbon():
    table = pd.DataFrame(
        [
            ("density", "heavy", 60.0, np.nan, np.nan, 0), ("density", "free light", 30.0, np.nan, np.nan, 0),
            ("density", "Heavy", 40.0, np.nan, np.nan, 10),
            ("particle size", "silt+clay", np.nan, 70.0, 2.0, 20), ("particle size", "sand", np.nan, 30.0, 0.5, 20),
            ("density", "free light", 30.0, np.nan, np.nan, 30),
            ("density", "heavy", 90.0, np.nan, np.nan, 40), ("density", "free light", 60.0, np.nan, np.nan, 40),
            ("chemical", "residual", 30.0, np.nan, np.nan, 50),
            ("density", "heavy", 0.0, np.nan, np.nan, 60), ("density", "free light", 99.0, np.nan, np.nan, 60),
        ],
        columns=["scheme", "fraction", "carbon_share_percent", "mass_percent", "soc_percent", "top_cm"],
    ).assign(profile_id="p", bottom_cm=lambda t: t["top_cm"] + 10)  # fmt: skip
    shares, refused = mineral_shares(completed("fraction", table))
    assert shares.set_index("top_cm")["mineral_share"].round(4).to_dict() == {
        0.0: round(60 / 90, 4),
        10.0: 0.4,
        20.0: round(140 / 155, 4),
    }
    assert refused.set_index("top_cm")["reason"].to_dict() == {
        30.0: "no mineral-associated fraction",
        40.0: "the fractions hold 150 % of the layer's carbon",
        60.0: "the mineral-associated fraction is given no carbon",
    }


# --- statistics ------------------------------------------------------------------------------


def test_every_site_counts_once_in_medians():
    # Four profiles of one site that share their carbon are one piece of evidence.
    shared = agreement(np.ones(7), np.array([4.0, 4, 4, 4, 1, 0.5, 2]), list("abcdefg"), list("xxxxuvw"))
    assert (shared["profiles"], shared["sites"]) == (7, 4)
    assert shared["median_ratio"] == pytest.approx(1.5)  # of 0.5, 1, 2 and 4
    assert shared["median_factor"] == pytest.approx(2.0)
    values = np.random.default_rng(2).normal(size=11)
    for several in (values, values[:10]):
        assert site_median(several, range(len(several))) == pytest.approx(np.median(several))
        assert site_median(np.repeat(several, 3), np.repeat(np.arange(len(several)), 3)) == pytest.approx(
            np.median(several)
        )
    assert np.isnan(site_median(np.zeros(0), []))


def test_statistics_are_those_of_a_pocket_calculator():
    found = agreement(np.array([1.0, 2.0, 3.0, 6.0]), np.array([2.0, 2.0, 2.0, 8.0]), list("aabc"), list("xxyz"))
    assert (found["n"], found["profiles"], found["sites"]) == (4, 3, 3)
    assert found["bias"] == pytest.approx(0.5)
    assert found["rmse"] == pytest.approx(np.sqrt(6 / 4))
    assert found["mae"] == pytest.approx(1.0)
    assert found["r2"] == pytest.approx(1 - 6 / 14)
    assert found["spearman"] == pytest.approx(0.7745966692)
    assert found["median_ratio"] == pytest.approx((1 + 4 / 3) / 2)
    assert found["median_factor"] == pytest.approx(np.sqrt(4 / 3 * 3 / 2))
    assert found["bias_low"] <= found["bias"] <= found["bias_high"]
    few = agreement(np.array([1.0]), np.array([2.0]), ["a"], ["x"])
    assert few["bias"] == 1.0
    assert np.isnan(few["r2"])


def test_what_two_series_share_with_a_third_is_no_agreement_of_theirs():
    draw = np.random.default_rng(4)
    deep = draw.uniform(20, 300, 400)
    one, other = (deep * draw.uniform(0.3, 0.7, 400) for _ in range(2))
    assert np.corrcoef(one, other)[0, 1] > 0.6
    assert abs(partial_spearman(one, other, deep)) < 0.15
    assert partial_spearman(one, one * 2 + 1, deep) == pytest.approx(1.0)
    assert np.isnan(partial_spearman(deep, other, deep))


def test_statistics_are_told_by_class_and_depth():
    pairs = pd.DataFrame({"variable": "v", "observed": [1.0, 2, 3, np.nan], "modelled": [1.0, 3, 3, 1]})
    pairs = pairs.assign(depth=["0-5", "5-15", "0-5", "0-5"], climate=["A", "A", "B", "B"], profile_id="p", site_id="s")
    found = agreements(pairs, ["climate"], ["0-5", "5-15"]).set_index(["by", "class", "depth"])
    assert found["n"].to_dict() == {
        ("all", "all", "all"): 3, ("all", "all", "0-5"): 2, ("all", "all", "5-15"): 1,
        ("climate", "A", "all"): 2, ("climate", "A", "0-5"): 1, ("climate", "A", "5-15"): 1,
        ("climate", "B", "all"): 1, ("climate", "B", "0-5"): 1,
    }  # fmt: skip
    assert found.loc[("climate", "A", "all"), "bias"] == 0.5
