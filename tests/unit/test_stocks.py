"""Stocks of carbon: fixed depths, bulk density, stones, errors, groups."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observed_layers import layers, profiles_of

from pedozone.observations.bulk_density import (
    FUNCTIONS,
    coarse_by_volume,
    fine_earth_density,
    pedotransfer,
    with_density,
)
from pedozone.observations.errors import ObservationError
from pedozone.observations.soil_groups import reference_soil_group, stocks_by_soil_group
from pedozone.observations.stocks import Choices, grouped, prepared, stocks
from pedozone.observations.uncertainty import Errors, stock_draws


def two_pits() -> dict[str, list]:
    return {
        "profile_id": ["a", "a", "a", "b", "b"],
        "top_cm": [-5, 0, 20, 0, 30],
        "bottom_cm": [0, 20, 100, 30, 95],
        "soc_percent": [30.0, 2.0, 0.5, 1.0, 0.4],
        "bulk_density_g_cm3": [0.1, 1.2, 1.5, np.nan, np.nan],
        "coarse_fragments_percent": [0, 10, 20, np.nan, np.nan],
    }


def stock(table, profile, bottom, column="soc_stock_kg_m2"):
    return table[(table["profile_id"] == profile) & (table["bottom_cm"] == bottom)][column].iloc[0]


def test_stock_by_hand():
    table = stocks(profiles_of(two_pits()), [(0, 30), (0, 100), (-5, 0)]).table
    # % x 10 x g cm-3 x share of fine earth x m: kg m-2
    upper = 2.0 * 10 * 1.2 * 0.9 * 0.2
    assert stock(table, "a", 30) == pytest.approx(upper + 0.5 * 10 * 1.5 * 0.8 * 0.1)
    assert stock(table, "a", 100) == pytest.approx(upper + 0.5 * 10 * 1.5 * 0.8 * 0.8)
    assert stock(table, "a", 0) == pytest.approx(30 * 10 * 0.1 * 0.05)
    assert stock(table, "b", 30) == pytest.approx(1.0 * 10 * (1.66 - 0.318) * 0.3)
    assert stock(table, "a", 30, "density_estimated") == 0
    assert stock(table, "b", 30, "density_estimated") == 1
    assert stock(table, "b", 30, "coarse_assumed") == 1


def test_no_stock_beyond_the_profile_unless_asked():
    observed = profiles_of(two_pits())
    table = stocks(observed, [(0, 100)]).table
    assert np.isnan(stock(table, "b", 100))
    assert stock(table, "b", 100, "basis") == "reaches only part"
    asked = stocks(observed, [(0, 100)], Choices(least=0.9)).table
    inner = stocks(observed, [(0, 95)]).table
    assert stock(asked, "b", 100) == pytest.approx(stock(inner, "b", 95) / 0.95)
    assert stock(asked, "b", 100, "basis") == "extended from part"
    assert stock(asked, "b", 100, "covered") == pytest.approx(0.95)
    assert np.isnan(stock(stocks(observed, [(0, 30)], Choices(density="none")).table, "b", 30))


def test_a_profile_that_begins_below_the_surface_has_no_stock_above_it():
    layer = {"profile_id": ["c"], "top_cm": [2], "bottom_cm": [100], "soc_percent": [1], "bulk_density_g_cm3": [1.3]}
    asked = stocks(profiles_of(layer), [(0, 100), (10, 50)], Choices(least=0.9)).table
    assert asked["basis"].tolist() == ["begins too deep", "complete"]
    assert np.isnan(asked["soc_stock_kg_m2"][0])


def test_a_reported_stock_stands_in_where_none_can_be_computed():
    layer = {"profile_id": ["c", "c"], "top_cm": [0, 10], "bottom_cm": [10, 30], "soc_stock_kg_m2": [2.0, 3.0]}
    observed = profiles_of({**layer, "soc_percent": [np.nan, 1.0], "bulk_density_g_cm3": [np.nan, 1.0]})
    table = stocks(observed, [(0, 10), (0, 30)]).table
    np.testing.assert_allclose(table["soc_stock_kg_m2"], [2.0, 4.0])
    np.testing.assert_allclose(table["stock_reported"], [1, 1 / 3])
    assert stocks(observed, [(0, 10)], Choices(reported=False)).table["soc_stock_kg_m2"].isna().all()


@given(st.lists(layers(gaps=False), min_size=1, max_size=4))
@settings(max_examples=12, deadline=None)
def test_the_spline_holds_what_the_layers_hold(profiles):
    rows = [(f"p{k}", *layer) for k, profile in enumerate(profiles) for layer in profile]
    layer = pd.DataFrame(rows, columns=["profile_id", "top_cm", "bottom_cm", "soc_percent"]).to_dict("list")
    observed = profiles_of(layer)
    own = [(profile[0][0], profile[-1][1]) for profile in profiles]
    whole = list(dict.fromkeys(own))
    rows = [k * len(whole) + whole.index(pair) for k, pair in enumerate(own)]
    layered, spline = (
        stocks(observed, whole, Choices(method=m)).table["soc_stock_kg_m2"].to_numpy()[rows]
        for m in ("layers", "spline")
    )
    np.testing.assert_allclose(spline, layered, rtol=1e-9, atol=1e-12)


def test_a_gap_is_bridged_by_the_spline_only():
    layer = {"profile_id": ["g", "g"], "top_cm": [0, 20], "bottom_cm": [10, 30], "soc_percent": [2.0, 1.0]}
    observed = profiles_of({**layer, "bulk_density_g_cm3": [1.0, 1.0]})
    bridged = stocks(observed, [(0, 30)], Choices(method="spline"))
    assert bridged.table["basis"][0] == "across a gap"
    assert bridged.table["soc_stock_kg_m2"][0] == pytest.approx(4.5)
    assert np.isnan(stocks(observed, [(0, 30)]).table["soc_stock_kg_m2"][0])
    assert len(bridged.findings.table()) == 1


@pytest.mark.parametrize("name", FUNCTIONS)
def test_estimated_densities_are_possible_and_fall_with_carbon(name):
    carbon = np.linspace(0, 58, 200)
    density = pedotransfer(name)(carbon)
    assert (np.diff(density) <= 0).all()
    assert (density >= 0.1).all()
    assert (density <= 1.8).all()
    assert 0.1 < pedotransfer(name).standard_error < 0.4


def test_densities_by_hand_and_where_they_go():
    assert pedotransfer("manrique-jones")(4.0) == pytest.approx(1.660 - 0.318 * 2)
    assert pedotransfer("adams")(5.0) == pytest.approx(100 / (8.62 / 0.244 + 91.38 / 1.64))
    assert pedotransfer("honeysett-ratkowsky")(0.0) == pytest.approx(1 / 0.564)
    assert pedotransfer("icp-forests")(10.0) == pytest.approx(1.511 - 0.811)
    filled = with_density(profiles_of(two_pits()).layer)
    assert filled["density_estimated"].tolist() == [False, False, False, True, True]
    assert filled["bulk_density_g_cm3_sd"].tolist()[3:] == [0.232, 0.232]
    with pytest.raises(ObservationError, match="manrique-jones"):
        pedotransfer("unknown")


def test_stones_by_mass_and_by_volume():
    # One litre of soil: 0.2 l of stones of 2.65 and 0.8 l of fine earth of 1.25 kg/l.
    stones, fine = 0.2 * 2.65, 0.8 * 1.25
    by_mass = 100 * stones / (stones + fine)
    assert coarse_by_volume(by_mass, 1.25) == pytest.approx(20)
    assert fine_earth_density(stones + fine, by_mass) == pytest.approx(1.25)
    assert np.isnan(fine_earth_density(2.7, 99.9))


def test_drawn_errors_have_the_size_of_the_errors():
    layer = {"profile_id": ["p"], "top_cm": [0], "bottom_cm": [30], "soc_percent": [2.0], "soc_percent_sd": [0.2]}
    measured = profiles_of({**layer, "bulk_density_g_cm3": [1.3], "bulk_density_g_cm3_sd": [0.13]})
    table = stocks(measured, [(0, 30)], draws=4000, seed=1).table
    mean = 2 * 10 * 1.3 * 0.3
    assert table["soc_stock_kg_m2"][0] == pytest.approx(mean)
    assert table["soc_stock_sd"][0] == pytest.approx(mean * np.sqrt(0.1**2 + 0.1**2 + 0.1**4), rel=0.05)
    assert table["soc_stock_p05"][0] < mean < table["soc_stock_p95"][0]
    drawn = stock_draws(prepared(measured, Choices()), [(0, 30)], Choices(), Errors(), draws=4000, seed=1)
    assert drawn.mean() == pytest.approx(mean, rel=0.01)
    again = stock_draws(prepared(measured, Choices()), [(0, 30)], Choices(), Errors(), draws=3, seed=1)
    assert np.array_equal(
        again, stock_draws(prepared(measured, Choices()), [(0, 30)], Choices(), Errors(), draws=3, seed=1)
    )


def test_draws_of_peat_weigh_what_peat_can():
    # Peat without densities: an error as of lighter mineral soil would be three times what such layers weigh.
    layer = {"profile_id": ["peat"] * 5, "top_cm": np.arange(5) * 10, "bottom_cm": np.arange(5) * 10 + 10}
    observed = profiles_of({**layer, "soc_percent": [42.0, 45, 48, 50, 48], "organic": True})
    ready = prepared(observed, Choices())
    np.testing.assert_allclose(ready.table["bulk_density_g_cm3"], 0.1)
    # The stated error is that of the factor drawn: of exp(0.7 z), which is 1.016 of its median.
    np.testing.assert_allclose(ready.table["bulk_density_g_cm3_sd"], 0.1 * 1.01594, rtol=1e-4)
    row = stocks(observed, [(0, 50)], draws=4000, seed=1).table.iloc[0]
    assert row["soc_stock_sd"] < row["soc_stock_kg_m2"]
    assert 0.3 < row["soc_stock_p05"] / row["soc_stock_kg_m2"] < 0.5
    assert 2 < row["soc_stock_p95"] / row["soc_stock_kg_m2"] < 4
    errors = Errors(soc_relative=0, correlation=1.0)
    drawn = stock_draws(ready, [(0, 10)], Choices(), errors, draws=4000, seed=2)[:, 0, 0] / (0.42 * 100)
    assert np.median(drawn) == pytest.approx(0.1, rel=0.04)
    assert np.log(drawn).std() == pytest.approx(0.7, rel=0.04)
    assert np.percentile(drawn, 99.9) < 1.2
    # A measured density has its own error, and a mineral layer the one that was measured in mineral soil.
    weighed = prepared(profiles_of({**layer, "soc_percent": 48.0, "bulk_density_g_cm3": 0.1}), Choices())
    drawn = stock_draws(weighed, [(0, 50)], Choices(), Errors(soc_relative=0, correlation=1.0), draws=2000, seed=2)
    assert drawn.std() / drawn.mean() == pytest.approx(0.05, rel=0.1)


def test_a_reported_stock_has_errors_like_a_measured_one():
    layer = {"profile_id": ["r", "m"], "top_cm": [0, 0], "bottom_cm": [30, 30], "soc_percent": [np.nan, 2.0]}
    layer |= {"bulk_density_g_cm3": [np.nan, 1.2], "soc_stock_kg_m2": [7.2, np.nan]}
    table = stocks(profiles_of(layer), [(0, 30)], draws=2000, seed=3).table
    assert table["soc_stock_kg_m2"].tolist() == pytest.approx([7.2, 7.2])
    assert table["soc_stock_sd"].to_numpy() == pytest.approx(7.2 * 0.05 * np.sqrt(2), rel=0.08)


def test_errors_that_go_together_do_not_average_out():
    count = 20
    layer = {"profile_id": ["p"] * count, "top_cm": np.arange(count) * 5, "bottom_cm": np.arange(count) * 5 + 5}
    observed = profiles_of({**layer, "soc_percent": np.full(count, 1.0)})
    ready = prepared(observed, Choices())
    spread = [
        stock_draws(ready, [(0, 100)], Choices(), Errors(soc_relative=0, correlation=r), draws=600, seed=3).std()
        for r in (0.0, 0.6, 1.0)
    ]
    relative = 0.232 / (1.66 - 0.318) * 10 * 1.342
    np.testing.assert_allclose(
        spread, relative * np.sqrt(np.array([0, 0.6, 1]) + np.array([1, 0.4, 0]) / count), rtol=0.1
    )


@given(st.floats(0.5, 99.5), st.floats(0.1, 10))
@settings(max_examples=20, deadline=None)
def test_drawn_stones_stay_between_none_and_all(coarse, sd):
    layer = {"profile_id": ["p"], "top_cm": [0], "bottom_cm": [10], "soc_percent": [1.0], "bulk_density_g_cm3": [1.0]}
    observed = profiles_of({**layer, "coarse_fragments_percent": [coarse]})
    errors = Errors(soc_relative=0, density_relative=0, coarse_absolute=sd)
    drawn = stock_draws(prepared(observed, Choices()), [(0, 10)], Choices(), errors, draws=400, seed=0)
    assert ((drawn >= 0) & (drawn <= 1)).all()
    assert drawn.mean() == pytest.approx(1 - coarse / 100, abs=0.02)


def test_stocks_by_group():
    table = stocks(profiles_of(two_pits()), [(0, 30), (0, 100)]).table
    by = pd.DataFrame({"profile_id": ["a", "b"], "land_cover": ["forest", "forest"], "wrb": ["", "LV"]})
    found = grouped(table, by, ["land_cover"])
    assert found["n"].tolist() == [2, 1]
    both = table[table["bottom_cm"] == 30]["soc_stock_kg_m2"]
    assert found["cv_percent"][0] == pytest.approx(100 * both.std() / both.mean())
    assert found["density_kg_m3"][0] == pytest.approx(both.mean() / 0.3)
    assert grouped(table, by, ["land_cover", "wrb"])["n"].tolist() == [1]
    with pytest.raises(ObservationError, match="land_cover"):
        grouped(table, by, ["biome"])


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("LV", "Luvisols"),
        ("Vr", "Vertisols"),
        ("Podzol", "Podzols"),
        ("HUMIC FERRALSOLS", "Ferralsols"),
        ("ALUANDIC MELANIC FOLIC UMBRIC ANDOSOL (HYPERDYSTRIC, CLAYIC)", "Andosols"),
        ("DYSTRIC NITOSOLS", "Nitisols"),
        ("Albeluvisol", "Retisols"),
        ("Stagnic Solonetz", "Solonetz"),
        ("ZZ", ""),
        ("NATRAQUOLL", ""),
        ("", ""),
    ],
)
def test_soil_groups_are_recognised(text, group):
    assert reference_soil_group(text) == group


def test_stocks_by_soil_group_leave_out_what_has_none():
    profile = {"profile_id": ["a", "b"], "wrb": ["Haplic Luvisol", ""]}
    found = stocks_by_soil_group(profiles_of(two_pits(), profile), [(0, 30)])
    assert found["soil_group"].tolist() == ["Luvisols"]


@pytest.mark.parametrize("wrong", [{"method": "magic"}, {"ends": "loose"}, {"least": 0.0}, {"least": 1.5}])
def test_choices_that_make_no_sense_are_explained(wrong):
    with pytest.raises(ObservationError):
        Choices(**wrong)
    with pytest.raises(ObservationError):
        Errors(correlation=2)
