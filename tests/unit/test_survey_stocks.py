"""Change of stocks between surveys, to depths and above soil masses, in Python and as typed."""

import numpy as np
import pandas as pd
import pytest
from observed_layers import profiles_of

from pedozone.cli.app import start
from pedozone.observations.carbon_method import measured, predicted
from pedozone.observations.errors import ObservationError
from pedozone.observations.soil_mass import equivalent_stocks
from pedozone.observations.survey_stocks import EqualMass, reference_masses, survey_change
from pedozone.observations.surveys import paired, unpaired

CARBON = np.array([2.0, 2.4, 1.7, 3.1, 2.2])
GAIN = np.array([0.1, 0.3, 0.2, 0.0, 0.25])


def rows(year: int, carbon: np.ndarray, squeezed: float = 1.0, spectra: bool = False) -> list[dict]:
    """Pits of three layers, one a field; pressed together to a share of their thickness, nothing lost."""
    found = []
    for field, of in enumerate(carbon):
        for k, (top, bottom) in enumerate([(0, 20), (20, 40), (40, 80)]):
            row = {"profile_id": f"{field}-{year}", "site_id": f"field {field}", "sampling_year": year}
            row |= {"top_cm": top * squeezed, "bottom_cm": bottom * squeezed, "soc_percent": of / (k + 1)}
            row |= {"bulk_density_g_cm3": (1.2 + 0.05 * k) / squeezed, "coarse_fragments_percent": 0.0}
            row["carbon_method"] = "predicted from mid-infrared spectra" if spectra and k == 1 else "dry combustion"
            found.append(row)
    return found


def survey(*args, **more):
    table = pd.DataFrame(rows(*args, **more))
    profile = table[["profile_id", "site_id", "sampling_year"]].drop_duplicates()
    return profiles_of(table.to_dict("list"), profile.to_dict("list"))


def test_a_change_is_that_of_the_places_and_compaction_is_none_above_the_same_mass():
    before, after = survey(1990, CARBON), survey(2010, CARBON, squeezed=0.9)
    fixed = survey_change(before, after, [(0, 30)]).table.iloc[0]
    assert fixed["change"] > 0.2 and fixed["p"] < 0.001
    for of in ("first", "mean", "lightest", "2-1990"):
        equal = survey_change(before, after, [(0, 30)], equal=EqualMass(of=of)).table.iloc[0]
        assert equal["change"] == pytest.approx(0, abs=1e-12)
        assert equal["reference_mass_kg_m2"] == pytest.approx(365.0, rel=0.07)
    stated = survey_change(before, after, [], equal=EqualMass(masses=(240.0, 490.0))).table
    np.testing.assert_allclose(stated["first_mean"], [CARBON.mean() * 2.4, CARBON.mean() * 3.65], rtol=1e-12)
    np.testing.assert_allclose(stated["change"], 0, atol=1e-12)


def test_pairs_and_surveys_of_other_places_are_tested_as_such():
    before, after = survey(1990, CARBON), survey(2010, CARBON + GAIN)
    one, two = CARBON * 2.4, (CARBON + GAIN) * 2.4
    for pairs, test in ((True, paired), (False, unpaired)):
        found = survey_change(before, after, [(0, 20), (0, 200)], pairs=pairs, confidence=0.9, power=0.7).table
        by_hand = test(one, two, confidence=0.9, power=0.7)
        row = found.iloc[0]
        for name, column in (("mean", "change"), ("low", "low"), ("p", "p"), ("detectable", "detectable")):
            assert row[column] == pytest.approx(getattr(by_hand, name), rel=1e-9)
        assert found.iloc[1][["first_places", "second_places"]].tolist() == [0, 0]
        assert np.isnan(found.iloc[1]["change"])


def test_profiles_of_a_place_count_once():
    before = survey(1990, CARBON)
    twice = before.profile.assign(site_id=["a", "a", "b", "b", "c"])
    before = profiles_of(before.layer.to_dict("list"), twice.to_dict("list"))
    after = survey(2010, CARBON + 0.5)
    after = profiles_of(
        after.layer.to_dict("list"), after.profile.assign(site_id=["a", "b", "c", "d", "e"]).to_dict("list")
    )
    found = survey_change(before, after, [(0, 20)])
    row = found.table.iloc[0]
    assert row[["first_places", "second_places", "first_profiles", "second_profiles"]].tolist() == [3, 3, 5, 3]
    means = found.places.set_index("site_id")["first_stock_kg_m2"]
    assert means["a"] == pytest.approx(CARBON[:2].mean() * 2.4)
    apart = survey_change(before, after, [(0, 20)], pairs=False).table.iloc[0]
    assert apart[["first_places", "second_places"]].tolist() == [3, 5]


def test_masses_by_place_and_masses_without_depths():
    observed = survey(1990, CARBON)
    found = equivalent_stocks(observed, [30], masses={"field 1": [240.0]}, basis="fine-earth")
    assert found["basis"].tolist() == ["no reference", "complete", *["no reference"] * 3]
    assert found["soc_stock_kg_m2"][1] == pytest.approx(2.4 * 2.4)
    bare = equivalent_stocks(observed, [], masses=[240.0, 9999.0], basis="fine-earth")
    assert bare["basis"].tolist() == ["complete", "too shallow"] * 5
    assert bare["depth_cm"].isna().all() and bare["equivalent_depth_cm"][0] == pytest.approx(20)
    assert reference_masses((observed,), [20, 40], "mean") == pytest.approx([240, 490])
    for masses in ([-1.0], {"field 1": [1.0, 2.0]}, [1.0, 2.0]):
        with pytest.raises(ObservationError, match="one mass above 0"):
            equivalent_stocks(observed, [30], masses=masses)


def test_what_predicts_carbon_and_what_measures_it():
    guesses = ["predicted from mid-infrared spectra", "MIR spectroscopy", "Estimated by regression"]
    others = ["dry combustion, infrared detector", "mass spectrometer", "Walkley-Black, spectrophotometer", "", "LOI"]
    assert predicted(np.array([*guesses, *others], dtype=object)).tolist() == [True] * 3 + [False] * 5
    layer = {"profile_id": ["a", "a", "b"], "top_cm": [0, 10, 0], "bottom_cm": [10, 20, 10], "soc_percent": [1.0, 2, 3]}
    left, layers = measured(profiles_of(layer | {"carbon_method": ["LOI", guesses[0], guesses[0]]}))
    assert layers == 2 and list(left.profile["profile_id"]) == ["a"] and left.layer["soc_percent"].tolist() == [1.0]


@pytest.fixture
def data(tmp_path):
    file = tmp_path / "plots.csv"
    pd.DataFrame(rows(1990, CARBON) + rows(2010, CARBON + GAIN, spectra=True)).to_csv(file, index=False)
    return str(file)


def test_change_as_typed(data, tmp_path, capsys):
    out = tmp_path / "change.csv"
    asked = ["profiles", "change", data, "--from", "1990", "--to", "2005:2012", "--depths", "20,60"]
    assert start([*asked, "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert "0-20 cm" in said.out and "95 % interval" in said.out and "power of 80 %" in said.out
    assert "2005:2012: Organic carbon is predicted" in said.err and "5 of 15 layers" in said.err
    table = pd.read_csv(out)
    assert table["change"][0] == pytest.approx(GAIN.mean() * 2.4)
    assert table["first_places"].tolist() == [5, 5]
    assert f"{table['detectable'][0]:.2f}" in said.out
    # Without what spectra predict, only the upper layer is left of the second survey.
    assert start([*asked, "--measured", "--out", str(out)]) == 0
    assert pd.read_csv(out)["second_places"].tolist() == [5, 0]
    capsys.readouterr()
    assert start([*asked, "--unpaired", "--equal-mass-of", "first", "--power", "0.9"]) == 0
    said = capsys.readouterr()
    assert "240 kg m-2 (20 cm)" in said.out and "Welch" in said.out and "power of 90 %" in said.out
    assert "fine earth" in said.err


def test_two_tables_are_two_surveys(tmp_path, capsys):
    names = [str(tmp_path / name) for name in ("before.csv", "after.csv")]
    for name, carbon in zip(names, (CARBON, CARBON + GAIN), strict=True):
        # Profiles of the same names in both: they are the same places.
        pd.DataFrame(rows(1990, carbon)).to_csv(name, index=False)
    assert start(["profiles", "change", *names, "--equal-mass", "240,400"]) == 0
    said = capsys.readouterr().out
    assert "before.csv" in said and f"{GAIN.mean() * 2.4:+.2f}" in said and "400 kg m-2" in said


def test_stocks_above_a_mass_as_typed(data, tmp_path, capsys):
    out = tmp_path / "stocks.csv"
    asked = ["profiles", "stocks", data, "--by", "sampling_year", "--out", str(out)]
    assert start([*asked, "--equal-mass", "240,5000"]) == 0
    said = capsys.readouterr()
    assert "240 kg m-2" in said.out and "5000 kg m-2 of fine earth: 10 too shallow" in said.err
    table = pd.read_csv(out)
    assert table["soc_stock_kg_m2"][0] == pytest.approx(CARBON[0] * 2.4)
    assert "depth_cm" not in table
    assert start([*asked, "--equal-mass-of", "0-1990", "--depths", "20", "--mass-basis", "mineral"]) == 0
    assert "above 20 cm of 0-1990: 10 complete" in capsys.readouterr().err
    mass = pd.read_csv(out)["reference_mass_kg_m2"]
    np.testing.assert_allclose(mass, 240 * (1 - 1.724 * 0.02))
    assert start(["profiles", "stocks", data, "--depths", "20,40"]) == 0
    assert "in 5 of 30 layers with carbon (5 predicted from mid-infrared spectra)" in capsys.readouterr().err
    assert start(["profiles", "stocks", data, "--depths", "20,40", "--measured", "--out", str(out)]) == 0
    assert "5 layers: left out" in capsys.readouterr().err
    assert pd.read_csv(out)["soc_stock_kg_m2"].notna().sum() == 15


@pytest.mark.parametrize(
    ("verb", "options", "named"),
    [
        ("stocks", ["--equal-mass", "240,x"], "--equal-mass"),
        ("stocks", ["--equal-mass", "-3"], "above 0 kg m-2"),
        ("stocks", ["--equal-mass", "3", "--equal-mass-of", "mean"], "not both"),
        ("stocks", ["--equal-mass-of", "nobody"], "0-1990"),
        ("stocks", ["--equal-mass-of", "mean"], "--depths"),  # 100 and 200 cm, deeper than any pit
        ("stocks", ["--equal-mass-of", "mean", "--depths", "10-30"], "from the surface"),
        ("stocks", ["--equal-mass", "300", "--draws", "20"], "--draws"),
        ("stocks", ["--equal-mass", "300", "--mass-basis", "wet"], "fine-earth"),
        ("change", [], "--from"),
        ("change", ["--from", "1990"], "--to"),
        ("change", ["--from", "2010", "--to", "1990"], "earlier survey"),
        ("change", ["--from", "1990", "--to", "2030"], "1990 to 2010"),
        ("change", ["--from", "x", "--to", "2010"], "1988:1992"),
        ("change", ["--from", "1990", "--to", "2010", "--depths", "200"], "--paired"),
        ("change", ["--from", "1990", "--to", "2010", "--depths", "200", "--unpaired"], "--place profile_id"),
        ("change", ["--from", "1990", "--to", "2010", "--place", "plot"], "site_id"),
        ("change", ["--from", "1990", "--to", "2010", "--power", "1"], "below 1"),
        ("change", ["--from", "1990", "--to", "2010", "--equal-mass-of", "nobody"], "first"),
        ("change", ["--from", "1990", "--to", "2010", "--equal-mass-of", "first", "--depths", "99"], "99"),
    ],
)
def test_wrong_requests_end_with_2_and_write_nothing(data, tmp_path, capsys, verb, options, named):
    out = tmp_path / "out.csv"
    assert start(["profiles", verb, data, *options, "--out", str(out)]) == 2
    assert named in capsys.readouterr().err
    assert not out.exists()
