"""Sites side by side: differences, equal soil mass, and ensembles that are the runs they stand for."""

import csv
import io

import compared_sites as cases
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_variants import Page

import pedozone
from pedozone import scenarios
from pedozone.config.compared import names_of
from pedozone.config.errors import InputError
from pedozone.parameters import load_parameters
from pedozone.parameters.draws import Subject, draw
from pedozone.report.comparison import closing_lines, csv_text, render_comparison, terminal_text
from pedozone.report.comparison_rows import CSV_HEAD
from pedozone.simulation.ensemble import run_members
from pedozone.simulation.measures import DECLARED, basis_of, measure

MEMBERS = 3
OBSERVED = {"variable": "soc_stock", "year": 1992, "top_cm": 0, "bottom_cm": 30, "value": 6.0, "unit": "kg m-2"}


@pytest.fixture(scope="module")
def sites():
    return [
        cases.small_site(),
        cases.small_site("bare-fallow", start={"year": 1988}, observation=[OBSERVED]),
        cases.small_site(parameters={"carbon_use_efficiency": 0.35}),
    ]


def one_by_one(site, setting, parameters, values, *rest):
    """Members in batches of one: nothing is compiled that the runs have not compiled; nightly tests take batches."""
    count = next(iter(values.values())).size
    single = [{name: value[k : k + 1] for name, value in values.items()} for k in range(count)]
    return [member for own in single for member in run_members(site, setting, parameters, own, *rest)]


@pytest.fixture(scope="module")
def compared(sites):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scenarios, "run_members", one_by_one)
        return scenarios.compare(sites, names=["grass", "fallow", "thrifty"], ensemble=MEMBERS, seed=5)


def test_the_first_site_is_the_baseline(compared):
    ds = compared.dataset
    assert compared.sites == ("grass", "fallow", "thrifty")
    assert ds.attrs["baseline"] == "grass"
    assert list(ds["scenario"].values) == ["fallow", "thrifty"]
    for name in DECLARED:
        expected = ds[name].values[1:] - ds[name].values[:1]
        np.testing.assert_array_equal(ds[f"difference_{name}"].values, expected)
    lost = ds["difference_soc_stock"].sel(scenario="fallow", interval="0-30").values
    assert lost[0] > -1.5 and lost[-1] < lost[0]


def test_what_is_compared_is_what_the_runs_say(compared):
    ds = compared.dataset
    for k, run in enumerate(compared.runs):
        own = run.dataset.sel(time=ds["time"].values, year=ds["year"].values)
        here = ds.isel(site=k)
        np.testing.assert_array_equal(here["soc_stock"].sel(interval="0-30"), own["soc_stock"].sel(interval="0-30"))
        np.testing.assert_allclose(here["co2_flux"], own["respiration"].sum("layer"), rtol=1e-14)
        np.testing.assert_array_equal(here["boundary_depth"], own["boundary_depth"])
        np.testing.assert_array_equal(here["zone_stock"], own["zone_stock"])
        # the slices are a way to say where the same carbon is
        height = ds["slice_bottom"].values - ds["slice_top"].values
        whole = own["cSoilLevels"].values[:, ~own["is_organic"].values].sum(axis=1)
        np.testing.assert_allclose((here["soc_slice"].values * height).sum(axis=1), whole, rtol=1e-2)


def test_common_years_are_compared_and_said(compared):
    ds = compared.dataset
    assert list(ds["year"].values) == list(range(1990, 1995))
    assert ds["time"].values[0] == 1990 and ds["time"].values[-1] == 1995
    assert any("years differ" in line and "1990-1994" in line for line in closing_lines(ds))


def test_sites_without_a_common_year_are_refused():
    late = cases.small_site(start={"year": 2000}, run={"end_year": 2003})
    with pytest.raises(InputError, match="year in common"):
        scenarios.compare([cases.small_site(), late])
    with pytest.raises(InputError, match="two site files"):
        scenarios.compare([late])


def test_equal_mass_is_the_baselines_own_depth_at_the_start(compared):
    first = compared.dataset.isel(time=0, site=0)
    np.testing.assert_allclose(first["soc_stock_equal_mass"], first["soc_stock"], rtol=1e-12)


def test_equal_mass_does_not_count_swelling_as_carbon(compared):
    """A soil of the same carbon per mineral mass that is half as dense holds the same on equal mass, not by depth."""
    run = compared.runs[0].dataset
    basis = basis_of([run])
    loose = run.copy()
    for name in ("depth_top", "depth_bottom"):
        loose[name] = run[name] * 2.0
    a, b = measure(run, basis), measure(loose, basis)
    np.testing.assert_allclose(a["soc_stock_equal_mass"], b["soc_stock_equal_mass"], rtol=1e-12)
    assert (b["soc_slice"].isel(slice=0) < 0.6 * a["soc_slice"].isel(slice=0)).all()


def test_a_column_with_less_mineral_mass_gives_no_stock_to_that_mass(compared):
    run = compared.runs[0].dataset
    basis = basis_of([run])
    stony = run.copy()
    stony["mineral_mass"] = run["mineral_mass"] * 0.5
    measured = measure(stony, basis)["soc_stock_equal_mass"]
    assert np.isnan(measured.sel(interval="0-100")).all()
    assert np.isfinite(measured.sel(interval="0-30")).all()


def assert_members_are_runs(sites, compared, places):
    ds = compared.dataset
    basis = basis_of([run.dataset for run in compared.runs])
    for k, label in places:
        place = compared.sites.index(label)
        values = ds["member_parameter"].isel(site=place, member=k)
        drawn = {str(n): float(v) for n, v in zip(ds["parameter"].values, values.values, strict=True) if np.isfinite(v)}
        site = sites[place].model_copy(update={"parameters": {**sites[place].parameters, **drawn}})
        single = measure(pedozone.simulate(site).dataset, basis)
        for name in DECLARED:
            member = ds[f"member_{name}"].isel(site=place, member=k).values
            scale = np.nanmax(np.abs(single[name].values), initial=1e-12)
            np.testing.assert_allclose(member / scale, single[name].values / scale, atol=1e-10, err_msg=name)


def test_a_member_is_the_run_with_its_values(sites, compared):
    assert_members_are_runs(sites, compared, ((0, "fallow"), (2, "fallow"), (1, "thrifty")))


@pytest.mark.nightly
@pytest.mark.parametrize(
    "start",
    [
        {"mode": "steady"},
        {"mode": "measured", "measured": [{"top_cm": 0, "bottom_cm": 30, "soc_percent": 2.0}]},
        {"mode": "pedogenesis", "pedogenesis_years": 500},
    ],
    ids=lambda start: start["mode"],
)
def test_a_member_of_a_batch_is_the_run_with_its_values(start):
    sites = [cases.small_site(preset, start=start) for preset in ("temperate-grassland", "bare-fallow")]
    compared = scenarios.compare(sites, names=["grass", "fallow"], ensemble=7, seed=1)
    assert_members_are_runs(sites, compared, ((0, "grass"), (6, "fallow")))


def test_differences_are_paired_and_a_sites_own_value_is_kept(compared):
    ds = compared.dataset
    drawn = ds["member_parameter"]
    other = drawn.sel(parameter=[p for p in ds["parameter"].values if p != "carbon_use_efficiency"])
    np.testing.assert_array_equal(other.sel(site="grass"), other.sel(site="thrifty"))
    assert np.isnan(drawn.sel(site="thrifty", parameter="carbon_use_efficiency")).all()
    member = ds["member_soc_stock"]
    paired = (member.sel(site="fallow") - member.sel(site="grass")).values[ds["member_used"].values]
    np.testing.assert_allclose(
        ds["difference_soc_stock_quantile"].sel(scenario="fallow", quantile=0.5), np.median(paired, axis=0), rtol=1e-12
    )


def test_members_that_did_not_settle_are_left_out_and_counted(sites, compared, monkeypatch):
    ds = compared.dataset

    def failing(site, setting, *rest):
        members = one_by_one(site, setting, *rest)
        bad = scenarios.Member(members[1].result, "no steady state", "no steady state (made up)")
        return [members[0], bad, *members[2:]] if site.start.year == 1988 else members

    monkeypatch.setattr(scenarios, "run_members", failing)
    less = scenarios.compare(sites[:2], names=["grass", "fallow"], ensemble=MEMBERS, seed=5).dataset
    assert less.attrs["ensemble_used"] == ds.attrs["ensemble_used"] - 1
    assert list(less["member_used"].values) == [True, False, True]
    assert any("1 'no steady state'" in line for line in closing_lines(less))
    used = (less["member_soc_stock"].sel(site="fallow") - less["member_soc_stock"].sel(site="grass")).values[[0, 2]]
    np.testing.assert_allclose(
        less["difference_soc_stock_quantile"].sel(quantile=0.05, scenario="fallow"), np.quantile(used, 0.05, axis=0)
    )


@given(st.integers(0, 2**31), st.integers(1, 12))
def test_draws_hold_ranges_and_do_not_depend_on_their_number(seed, members):
    subject = Subject(load_parameters("pedon-core"), {"carbon_use_efficiency"})
    few, more = draw([subject], members, seed).values(subject), draw([subject], members + 3, seed).values(subject)
    assert "carbon_use_efficiency" not in few
    for name, values in few.items():
        parameter = subject.parameters[name]
        assert parameter.trainable
        assert (values >= parameter.lower).all() and (values <= parameter.upper).all()
        assert more[name].size == members + 3
    subject.parameters.replace({name: float(values[-1]) for name, values in few.items()})  # joint ranges too


def test_draws_follow_the_prior():
    subject = Subject(load_parameters("pedon-core"))
    values = draw([subject], 400, 1).values(subject)["carbon_use_efficiency"]
    prior = subject.parameters["carbon_use_efficiency"].prior
    assert abs(np.mean(values) - prior.mean()) < 4 * prior.standard_deviation() / 20
    again = draw([subject], 400, 1).values(subject)["carbon_use_efficiency"]
    np.testing.assert_array_equal(values, again)
    assert not np.array_equal(values, draw([subject], 400, 2).values(subject)["carbon_use_efficiency"])


def test_the_table_names_every_scenario_and_its_intervals(compared):
    text = terminal_text(compared.dataset)
    assert "fallow against grass" in text and "thrifty against grass" in text
    assert "5-95 %" in text and "equal soil mass" in text and "status" in text
    assert len({len(line) for line in text.splitlines() if line.startswith("  0–30")}) <= 2


def test_the_csv_holds_every_site_year_and_quantity(compared):
    ds = compared.dataset
    rows = list(csv.DictReader(io.StringIO(csv_text(ds))))
    assert tuple(rows[0]) == CSV_HEAD
    assert {row["site"] for row in rows} == {"grass", "fallow", "thrifty"}
    assert set(DECLARED) | {"boundary_status"} == {row["quantity"] for row in rows}
    chosen = [row for row in rows if (row["site"], row["quantity"], row["at"]) == ("fallow", "soc_stock", "0-30")]
    assert [float(row["year"]) for row in chosen] == list(ds["time"].values)
    own = ds["soc_stock"].sel(site="fallow", interval="0-30").values
    np.testing.assert_allclose([float(row["value"]) for row in chosen], own, rtol=1e-7)
    gap = own - ds["soc_stock"].sel(site="grass", interval="0-30").values
    np.testing.assert_allclose([float(row["difference"]) for row in chosen], gap, rtol=1e-6)
    assert all(float(row["difference_p05"]) <= float(row["difference_p95"]) for row in chosen)
    assert all(row["difference"] == "" for row in rows if row["site"] == "grass")


def test_the_report_is_whole_and_stands_alone(compared):
    text = render_comparison(compared.dataset, [run.dataset for run in compared.runs])
    page = Page(text)
    assert page.open == []
    assert len(page.identifiers) == len(set(page.identifiers))
    assert text.count("<svg") == 9  # with what was measured
    assert len(text) < 2_000_000
    assert "<script" not in text and "years differ" in text and "seed 5" in text


def test_names_are_short_and_differ(tmp_path):
    sites = [cases.small_site() for _ in range(4)]
    for site, path in zip(sites, ("a/site.toml", "b/site.toml", "x.toml", "c/x.toml"), strict=True):
        site._source_path = tmp_path / path
    assert names_of(sites) == ["a", "b", "x", "x (2)"]


def test_what_a_site_held_or_switched_off_is_noted():
    import json
    from types import SimpleNamespace

    from pedozone.scenarios import _held

    given = {"depth_cm": [60.0], "year": [], "width_cm": 40.0, "rates": ["uptake: rate V_u"]}
    attributes = [{"prescribed_boundary": json.dumps(given)}, {"modes": json.dumps({"sorption": "off"})}, {}]
    runs = [SimpleNamespace(dataset=SimpleNamespace(attrs=a)) for a in attributes]
    prescribed, off = _held(["a", "b", "c"], runs)
    assert prescribed.startswith("a: A boundary was prescribed (60 cm; 40 cm wide)")
    assert off == "b: sorption off."
