"""Layers brought to common depths, with gaps, overlaps and what is not known said."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observed_layers import layers, profiles_of, stack_of

from pedozone.observations.errors import ObservationError
from pedozone.observations.harmonise import harmonise
from pedozone.observations.intervals import STANDARD_CM, parse_intervals


def some() -> dict[str, list]:
    return {
        "profile_id": ["whole"] * 3 + ["gap"] * 2 + ["twice"] * 3 + ["short"],
        "top_cm": [0, 10, 40, 0, 30, 0, 0, 20, 0],
        "bottom_cm": [10, 40, 200, 15, 60, 20, 20, 60, 12],
        "soc_percent": [4.0, 1.5, 0.3, 3.0, 1.0, 2.0, 4.0, 1.0, 5.0],
        "ph": [5.0, 5.5, 6.0, np.nan, 6.5, 7, 7, 7, 4],
    }


def value(table: pd.DataFrame, profile: str, top: float, column: str = "soc_percent"):
    row = table[(table["profile_id"] == profile) & (table["top_cm"] == top)]
    return row[column].iloc[0]


def test_six_standard_depths_with_their_basis():
    found = harmonise(profiles_of(some()), ["soc_percent", "ph"])
    table = found.table
    assert len(table) == 4 * 6
    whole = table[table["profile_id"] == "whole"]
    thick = whole["bottom_cm"] - whole["top_cm"]
    assert (whole["soc_percent"] * thick).sum() == pytest.approx(4 * 10 + 1.5 * 30 + 0.3 * 160, rel=1e-12)
    assert (whole["soc_percent_basis"] == "complete").all()
    assert value(table, "gap", 15, "soc_percent_basis") == "across a gap"
    assert 1 < value(table, "gap", 15) < 3
    assert value(table, "gap", 15, "soc_percent_covered") == 0
    assert np.isnan(value(table, "gap", 60))
    assert value(table, "gap", 60, "soc_percent_basis") == "nothing there"
    assert np.isnan(value(table, "short", 5))
    assert value(table, "short", 5, "soc_percent_basis") == "reaches only part"
    # Where a layer's value is missing there is a gap, or no profile.
    assert value(table, "gap", 0, "ph_basis") == "nothing there"


def test_nothing_is_extended_or_bridged_unless_asked():
    observed = profiles_of(some())
    asked = harmonise(observed, least=0.5).table
    assert value(asked, "short", 5, "soc_percent_basis") == "extended from part"
    assert value(asked, "short", 5) == pytest.approx(5.0)
    unbridged = harmonise(observed, bridge=False).table
    assert np.isnan(value(unbridged, "gap", 15))
    assert value(unbridged, "gap", 15, "soc_percent_basis") == "has a gap"
    layered = harmonise(observed, method="layers").table
    assert np.isnan(value(layered, "gap", 15))
    assert value(layered, "whole", 5) == pytest.approx((5 * 4 + 5 * 1.5) / 10)


def test_an_interval_across_the_step_from_organic_to_mineral_soil_takes_both_parts():
    layer = {"profile_id": "moder", "top_cm": [0, 10, 25, 50], "bottom_cm": [10, 25, 50, 100]}
    layer |= {"soc_percent": [45.0, 2.0, 1.0, 0.4], "organic": [True, False, False, False]}
    depths = [(0, 10), (5, 15), (10, 15), (15, 50), (50, 100), (0, 100)]
    found = harmonise(profiles_of(layer), depths=depths).table["soc_percent"].to_numpy()
    assert found[0] == pytest.approx(45, rel=1e-12)
    assert found[1] == pytest.approx((45 + found[2]) / 2, rel=1e-12)
    assert 2 < found[2] < 3
    total = [45 * 10 + 2 * 15 + 25 + 20, 10 * found[0] + 5 * found[2] + 35 * found[3] + 50 * found[4]]
    assert [100 * found[5]] * 2 == pytest.approx(total, rel=1e-12)
    step = {**layer, "organic": False}
    assert harmonise(profiles_of(step), depths=[(25, 50)]).table["soc_percent"][0] == pytest.approx(1)
    # The classic spline goes on as one curve, with one slope, whatever the soil is made of.
    classic = [harmonise(profiles_of(each), method="smoothing").table["soc_percent"] for each in (layer, step)]
    pd.testing.assert_series_equal(*classic)


def test_gaps_and_overlaps_are_found_by_row_and_replicates_averaged():
    found = harmonise(profiles_of(some()), method="layers")
    notes = found.findings.table()
    assert notes["row"].tolist() == [6, 7, 8]
    assert notes["value"].tolist() == ["15-30 cm", "0-20 cm", "0-20 cm"]
    assert ["gap" in notes["reason"][0], *("replicates" in reason for reason in notes["reason"][1:])] == [True] * 3
    assert value(found.table, "twice", 0) == pytest.approx(3.0)
    stack = stack_of([(0, 20, 2.0), (10, 30, 4.0), (30, 30, 9.0), (30, 50, np.nan)])
    np.testing.assert_allclose(stack.nodes[0, :4], [0, 10, 20, 30])
    np.testing.assert_allclose(stack.mean[0], [2, 3, 4])
    assert stack.overlapping.all()


@given(st.lists(layers(), min_size=1, max_size=5), st.sampled_from(["spline", "layers"]))
@settings(max_examples=25, deadline=None)
def test_content_is_kept_over_any_depths_that_are_covered(profiles, method):
    rows = [(f"p{k}", *layer) for k, profile in enumerate(profiles) for layer in profile]
    frame = pd.DataFrame(rows, columns=["profile_id", "top_cm", "bottom_cm", "soc_percent"])
    edges = np.unique(frame[["top_cm", "bottom_cm"]].to_numpy())
    pairs = list(pairwise(edges))
    found = harmonise(profiles_of(frame.to_dict("list")), depths=pairs, method=method).table
    assert (found["soc_percent"].dropna() >= 0).all()
    assert found["soc_percent"].isna().equals(~found["soc_percent_basis"].isin(["complete", "across a gap"]))
    covered = found[found["soc_percent_covered"] > 0.5]
    kept = (covered["soc_percent"] * (covered["bottom_cm"] - covered["top_cm"])).groupby(covered["profile_id"]).sum()
    held = (frame["soc_percent"] * (frame["bottom_cm"] - frame["top_cm"])).groupby(frame["profile_id"]).sum()
    np.testing.assert_allclose(kept[held.index], held, rtol=1e-9, atol=1e-9)


@given(st.lists(st.sampled_from([0.0, 2.0, 50.0, 97.0, 100.0]), min_size=2, max_size=5), st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_interval_holds_more_than_the_field_can(sand, gap):
    limits = [0, 23, 30, 67, 70, 140][: len(sand) + 1]
    rows = {"profile_id": ["pit"] * len(sand), "top_cm": limits[:-1], "bottom_cm": limits[1:], "sand_percent": sand}
    missing = 1 if gap and len(sand) > 2 else None
    rows["sand_percent"] = [np.nan if k == missing else value for k, value in enumerate(sand)]
    depths = [(a, min(a + 5, limits[-1])) for a in range(0, limits[-1], 5)]
    table = harmonise(profiles_of(rows), ["sand_percent"], depths).table
    found, thick = table["sand_percent"].to_numpy(), np.diff(np.array(depths), axis=1)[:, 0]
    assert np.isfinite(found).all()
    assert found.min() >= 0 and found.max() <= 100
    if missing is None:
        assert found @ thick == pytest.approx(np.dot(sand, np.diff(limits)), rel=1e-9, abs=1e-7)


def test_the_smoothing_spline_reports_its_mass_error():
    found = harmonise(profiles_of(some()), method="smoothing", smoothness=1.0)
    errors = found.mass_error.set_index("profile_id")
    assert errors.loc["whole", "mass_error"] != 0
    assert errors.loc["short", "mass_error"] == pytest.approx(0, abs=1e-12)
    assert harmonise(profiles_of(some())).mass_error.empty


@pytest.mark.parametrize(
    ("text", "nested", "expected"),
    [
        ("30,100,200", True, [(0, 30), (0, 100), (0, 200)]),
        ("0,5,15", False, [(0, 5), (5, 15)]),
        ("30,100", False, [(0, 30), (30, 100)]),
        ("0-30, 30-100", True, [(0, 30), (30, 100)]),
        ("-20-0,0-30", True, [(-20, 0), (0, 30)]),
        ("-5,0,5", False, [(-5, 0), (0, 5)]),
    ],
)
def test_depths_are_read_as_written(text, nested, expected):
    assert parse_intervals(text, nested=nested) == expected


@pytest.mark.parametrize("text", ["", "a", "30,x", "30-10", "100,30", "30,30", "1-2,3", "inf", "30,,40"])
def test_depths_that_make_no_sense_are_explained(text):
    with pytest.raises(ObservationError, match="depths in cm"):
        parse_intervals(text, nested=False)


def test_requests_that_make_no_sense_are_explained():
    observed = profiles_of(some())
    for wrong in (
        {"fields": ["carbon"]},
        {"fields": ["horizon"]},
        {"method": "magic"},
        {"least": 0.0},
        {"depths": []},
        {"ends": "loose"},
        {"smoothness": -1},
    ):
        with pytest.raises(ObservationError):
            harmonise(observed, **wrong)
    empty = harmonise(profiles_of({"profile_id": [], "top_cm": [], "bottom_cm": []}))
    assert empty.table.empty
    assert len(STANDARD_CM) == 6
