"""Numbers, comparisons with measurements, tables and sources of the report."""

import json

import numpy as np
import pytest
from report_dataset import make_dataset
from report_variants import VARIANTS, observation

from pedozone.report import figures
from pedozone.report.numbers import fixed, percent, scientific, signed, significant, spelled
from pedozone.report.observed import comparisons, measured_profiles, observations
from pedozone.report.sources import doi_of, parameter_rows, reference_rows
from pedozone.report.summary import headline
from pedozone.report.tables import status_table, stock_table, zone_table
from pedozone.report.wording import status_words


@pytest.fixture(scope="module")
def ds():
    return make_dataset()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1234.5, "1,230"),
        (9.996, "10.0"),
        (0.01234, "0.0123"),
        (-2.5, "−2.50"),
        (1.5e-7, "1.50 × 10⁻⁷"),
        (float("nan"), "n/a"),
        (999_999.0, "1,000,000"),
    ],
)
def test_significant_figures(value, text):
    assert significant(value) == text


def test_other_number_formats():
    assert fixed(-0.04) == "0.0"
    assert fixed(-1.25, 1).startswith("−1.2")
    assert signed(1.0) == "+1.0"
    assert signed(0.04) == "0.0"
    assert signed(-3.0, 0) == "−3"
    assert percent(0.373) == "37 %"
    assert scientific(2.34e-13) == "2.3 × 10⁻¹³"
    assert spelled("maom_stable") == "MAOM stable"


def test_rmse_is_of_the_means_by_date(ds):
    pairs = [observation("soc_stock", 1959, 0, 23, v, "kg m-2") for v in (6.0, 6.6)]
    pairs.append(observation("soc_stock", 2000.5, 0, 23, 2.0, "kg m-2"))
    ds = make_dataset(observations=pairs)
    (found,) = comparisons(ds)
    stock = 10 * ds["soc_stock"].sel(interval="0-23")
    model = [float(stock.interp(time=year)) for year in (1959.0, 2000.5)]
    expected = np.sqrt(((model[0] - 63.0) ** 2 + (model[1] - 20.0) ** 2) / 2)
    assert found.dates == 2
    assert found.rmse == pytest.approx(expected)
    assert found.bias == pytest.approx((model[0] - 63.0 + model[1] - 20.0) / 2)


@pytest.mark.parametrize("unit", ["t/ha", "t C/ha", "t ha-1", "Mg ha-1", "Mg C ha⁻¹", "t C ha^-1", "kg m-2", "g m-2"])
def test_units_of_a_stock(unit):
    per_unit = {"kg m-2": 0.1, "g m-2": 100.0}.get(unit, 1.0)
    ds = make_dataset(observations=[observation("soc_stock", 1990, 0, 23, 40 * per_unit, unit)])
    (read,), unused = observations(ds)
    assert read.value == pytest.approx(40.0)
    assert unused == []


def test_measured_profiles_are_found():
    ds = VARIANTS["measured profile"]()
    (profile,) = measured_profiles(ds)
    assert [point.interval for point in profile.points] == ["0-20", "20-30", "30-100"]
    assert {"observed_profile", "observed"} & set(figures.available(ds)) == {
        "observed_profile",
        "observed",
    }


@pytest.mark.parametrize("status", ["slow front", "no steady state", "not alive"])
def test_a_poor_spin_up_comes_with_advice(status):
    summary = headline(make_dataset(spinup_status=status))
    assert len(summary.warnings) == 1
    assert headline(make_dataset()).warnings == []


def test_change_is_reckoned_from_the_last_change_of_cover():
    ds = make_dataset(first_year=1850, no_vegetation_from=None)
    summary = headline(ds)
    labels = [card.label for card in summary.cards]
    assert "Change since 1959, under bare fallow" in labels
    stock = 10 * ds["soc_stock"].sel(interval="0-30")
    change = float(stock[-1] - stock.sel(time=1959.0))
    assert summary.cards[1].value == signed(change)
    steady = headline(make_dataset(fallow_from=None))
    assert "Change since the start of 1950" in [card.label for card in steady.cards]


def test_new_settings_of_a_cover_are_no_new_cover():
    labels = [card.label for card in headline(VARIANTS["settings that change"]()).cards]
    assert "Change since 1959, under bare fallow" in labels


def test_the_status_table_gathers_years():
    table = status_table(VARIANTS["many crossings for some years"]())
    assert table is not None
    assert [row[1:4] for row in table.rows[:2]] == [
        ["one boundary", "1950–1969, 1980–2014", "32–69"],
        ["several crossings, deepest shown", "1970–1979", "50"],
    ]


def test_the_stock_table_has_three_units(ds):
    table = stock_table(ds)
    assert table is not None
    row = next(row for row in table.rows if row[0].startswith("0–100"))
    last = float(ds["soc_stock"].sel(interval="0-100")[-1])
    assert row[2:5] == [f"{10 * last:.1f}", f"{10 * last * 44.009 / 12.011:.1f}", f"{last:.2f}"]


def test_the_zone_table_holds_both_ends(ds):
    table = zone_table(ds)
    assert table is not None
    zones_and_years = [head.split(", ") for head in table.heads[1:]]
    assert [zone for zone, _ in zones_and_years] == ["vegetation"] * 2 + ["mineral"] * 2
    assert [year for _, year in zones_and_years] == ["1950", "2014"] * 2


def test_parameters_in_either_form(ds):
    rows = parameter_rows(ds)
    assert rows[0]["name"] == "metabolic_decay_rate"
    assert rows[0]["bounds"] == "5 to 20"
    other = ds.copy()
    other.attrs = {**ds.attrs, "parameters": json.dumps({"a": {"value": 1.0}, "b": 2})}
    assert [(row["name"], row["value"]) for row in parameter_rows(other)] == [
        ("a", "1"),
        ("b", "2"),
    ]
    other.attrs = {}
    assert parameter_rows(other) == []


def test_references_in_any_form(ds):
    other = ds.copy()
    other.attrs = {"references": json.dumps(["A. doi:10.1234/ab-c.", {"doi": "10.5/x", "text": "B"}])}
    assert reference_rows(other)[0] == {"text": "A. doi:10.1234/ab-c.", "doi": "10.1234/ab-c", "use": ""}
    other.attrs = {"references": "just a sentence"}
    assert reference_rows(other) == [{"text": "just a sentence", "doi": "", "use": ""}]


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("https://doi.org/10.1111/gcb.14787.", "10.1111/gcb.14787"),
        ("javascript:alert(1)", ""),
        ('10.1234/x"onclick="alert(1)', "10.1234/x"),
    ],
)
def test_only_a_doi_becomes_a_link(text, doi):
    assert doi_of(text) == doi


def test_a_reference_says_what_rests_on_it(ds):
    other = ds.copy()
    record = {"citation": "C", "doi": "10.1234/c", "values": ["a", "b"], "ranges": [], "note": "N."}
    other.attrs = {"references": json.dumps([record])}
    (row,) = reference_rows(other)
    assert row == {"text": "C", "doi": "10.1234/c", "use": "values of a, b; N"}


def test_a_status_is_put_in_words_by_its_criterion():
    fate, other = (status_words("no_vegetation", criterion).meaning for criterion in ("dom_fate", "rooting"))
    assert "respired" in fate and "respired" not in other and other
    assert status_words("one", "rooting") == status_words("one")
