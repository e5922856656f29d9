"""Stocks and depths of 33,000 legacy profiles (AfSP, ISIS, FEBR), against a table made of the same ones."""

import time
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from pedozone.column.soil_classes import meets, taxon, translated, usda_rules
from pedozone.observations.bulk_density import FUNCTIONS
from pedozone.observations.harmonise import harmonise
from pedozone.observations.profiles import Profiles, completed
from pedozone.observations.soil_groups import stocks_by_soil_group

DEPTHS = (30, 50, 100, 200)


@pytest.fixture(scope="module")
def layers(shared_path):
    return pd.read_csv(shared_path("data/legacy_profiles/layers.csv.gz"), low_memory=False)


@pytest.fixture(scope="module")
def observed(layers):
    names = {
        "bot_cm": "bottom_cm",
        "soc_pct": "soc_percent",
        "bd_gcm3": "bulk_density_g_cm3",
        "coarse_volpct": "coarse_fragments_percent",
    }
    chosen = layers[layers["db"].isin(["AfSP", "ISIS", "FEBR"])].rename(columns=names)
    chosen = chosen.assign(profile_id=chosen["db"] + "/" + chosen["profile"].astype(str))
    profile = chosen.groupby("profile_id", sort=False)["wrb"].first().reset_index()
    none = Profiles.none()
    return Profiles(none.site, completed("profile", profile), completed("layer", chosen), none.fraction)


@pytest.fixture(scope="module")
def compared(observed, shared_path):
    """Means, coefficients of variation and numbers by soil group and depth: ours and the table's."""
    table = pd.read_csv(shared_path("data/literature/soc_stock_by_wrb_empirical.csv"))
    parts = [
        table[["rsg", f"s0_{d}_n", f"s0_{d}_mean", f"s0_{d}_cv"]].set_axis(["soil_group", "n", "mean", "cv"], axis=1)
        for d in DEPTHS
    ]
    theirs = pd.concat([part.assign(bottom_cm=d) for part, d in zip(parts, DEPTHS, strict=True)])
    ours = stocks_by_soil_group(observed)
    both = theirs.merge(ours, on=["soil_group", "bottom_cm"], suffixes=("_theirs", ""))
    return both.assign(difference=100 * (both["mean"] / both["mean_theirs"] - 1))


def test_stocks_by_soil_group_are_those_of_the_table(compared, record_property):
    many = compared[compared["n_theirs"] >= 30]
    assert len(many) == 70
    upper, deep = many[many["bottom_cm"] <= 100], many[many["bottom_cm"] == 200]
    record_property("largest_difference_to_100_cm_percent", upper["difference"].abs().max())
    record_property("largest_difference_at_200_cm_percent", deep["difference"].abs().max())
    assert (upper["difference"].abs() < 5).all()
    assert (deep["difference"].abs() < 8).all()
    assert ((many["n"] - many["n_theirs"]).abs() <= 10).all()
    assert ((many["cv_percent"] - many["cv"]).abs() < 5).all()


def test_what_differs_is_what_is_scaled(compared):
    # The table leaves the unknown tenth of an interval at nothing where the recipe takes it to be like the rest: the
    # difference grows with depth, where profiles end.
    many = compared[compared["n_theirs"] >= 30]
    by_depth = many.groupby("bottom_cm")["difference"].mean()
    assert by_depth[200] > by_depth[100] > by_depth[30]
    assert abs(by_depth[30]) < 0.3


def test_all_profiles_come_to_the_standard_depths(observed, record_property):
    began = time.perf_counter()
    found = harmonise(observed, ["soc_percent"])
    took = time.perf_counter() - began
    record_property("seconds", took)
    assert took < 30  # about half a second on one core
    table = found.table
    assert len(table) == 6 * len(observed)
    assert table["soc_percent"].min() >= 0
    # Where a profile has neither gap nor overlap and ends at or above 200 cm, the spline holds what its layers hold.
    whole = table.assign(known=table["soc_percent_covered"] * (table["bottom_cm"] - table["top_cm"]))
    complete = whole.groupby("profile_id")["soc_percent_basis"].agg(lambda words: set(words) <= {"complete"})
    layer = observed.layer
    upper, lower = layer["top_cm"].clip(0, 200), layer["bottom_cm"].clip(0, 200)
    content = (layer["soc_percent"] * (lower - upper)).groupby(layer["profile_id"]).sum()
    to_200 = layer.groupby("profile_id")["bottom_cm"].max() == 200
    noted = layer["profile_id"].to_numpy()[found.findings.table()["row"].to_numpy() - 2]
    names = complete.index[complete & to_200.reindex(complete.index) & ~complete.index.isin(noted)]
    assert len(names) > 500
    spline = (whole["soc_percent"] * (whole["bottom_cm"] - whole["top_cm"])).groupby(whole["profile_id"]).sum()
    np.testing.assert_allclose(spline[names], content[names], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_estimated_bulk_densities_are_as_wrong_as_they_say(layers, name):
    measured = layers[
        layers["db"].isin(["AfSP", "ISIS", "FEBR"])
        & (layers["source"] != "Af_soilspec")
        & layers["bd_gcm3"].between(0.05, 2.2, inclusive="right")
        & layers["soc_pct"].notna()
        & (layers["top_cm"] >= 0)
    ]
    function = FUNCTIONS[name]
    wrong = function(measured["soc_pct"].to_numpy()) - measured["bd_gcm3"].to_numpy()
    mineral = (measured["soc_pct"] < 12).to_numpy()
    assert mineral.sum() == 12_780
    assert wrong[mineral].mean() == pytest.approx(function.bias, abs=6e-4)
    assert np.sqrt((wrong[mineral] ** 2).mean()) == pytest.approx(function.standard_error, abs=6e-4)
    assert np.sqrt((wrong[~mineral] ** 2).mean()) == pytest.approx(function.organic_error, abs=6e-4)


def test_classes_of_soil_taxonomy_are_counted_as_the_table_says(layers, record_property):
    both = layers[layers["db"].isin(["AfSP", "ISIS", "FEBR"])].drop_duplicates(["db", "profile"])
    both = both[both["wrb"].notna() & both["usda"].notna() & ~both["usda"].astype(str).str.startswith("SiBCS")]
    pairs = [(translated(str(wrb)).group, str(usda)) for wrb, usda in zip(both["wrb"], both["usda"], strict=True)]
    known = [(group, usda, found) for group, usda in pairs if group and (found := taxon(usda)) is not None]
    assert len(known) == 1_773
    for rule in usda_rules():
        counted = Counter(group for group, _, found in known if meets(found, rule))
        total = sum(counted.values())
        large = {group: n for group, n in counted.items() if n > 0.05 * total}
        rest = total - sum(large.values())
        assert rule.get("counted", {}) == {**large, **({"others": rest} if rest else {})}, rule["name"]
    found = [(group, translated(usda, "usda")) for group, usda, _ in known]
    sure = [group == one.group for group, one in found if not one.ambiguous]
    doubtful = [group == one.group for group, one in found if one.ambiguous]
    record_property("right_of_those_with_one_group_percent", 100 * np.mean(sure))
    record_property("right_of_the_ambiguous_percent", 100 * np.mean(doubtful))
    assert np.mean(sure) > 0.85 and np.mean(doubtful) > 0.5
