"""The spread between models in rows: who lies apart, depths that none share, courses, where parameters come from."""

import numpy as np
import pytest
from compared_sites import content
from hypothesis import given
from hypothesis import strategies as st

from pedozone.config.loading import parse_site
from pedozone.parameters import load_parameters
from pedozone.report.models_report import closing_lines, render_models
from pedozone.report.models_spread import apart, apart_words, course_tables, origins_table, spread_rows, unsourced
from pedozone.report.models_tables import terminal_text
from pedozone.report.numbers import fixed
from pedozone.simulation.mapping.registry import mappings
from pedozone.simulation.mapping.site_years import site_years
from pedozone.simulation.models_dataset import _spread, models_dataset
from pedozone.simulation.side_by_side import ModelRun

FACES = {
    "rothc": [0.0, 0.23], "rothc-layered": [0.0, 0.23, 0.46], "century": [0.0, 0.2], "mimics": [0.0, 0.3],
    "century-layered": [0.0, 0.1, 0.5, 1.2], "somprof": [0.0, 0.6, 1.2], "comission": [0.0, 0.3, 1.2],
    "ecosse": [0.0, 0.2, 1.2], "bams-like": [0.0, 1.2],
}  # fmt: skip
SETS = {"rothc": "rothc-26.3", "century-layered": "century-clm5"}
NAMES = [name for name in FACES if name != "bams-like"]


@pytest.fixture(scope="module")
def compared():
    """A site and its years, with a change of land cover, and made-up runs of models on it."""
    data = content("cereal-cropland")
    data["event"] = [{"what": "sow", "year": 1993, "cover": "temperate-grassland"}]
    site = parse_site(data)
    return site, site_years(site)


def of(compared, *names):
    site, years = compared
    rng, known, runs = np.random.default_rng(3), mappings(), []
    for name in names or NAMES:
        cells, times = len(FACES[name]) - 1, len(years.years) + 1
        flux = np.full(times - 1, 0.3)
        carbon = rng.uniform(2.0, 6.0, cells) * np.linspace(1.0, 0.8, times)[:, None]
        runs.append(
            ModelRun(
                name=name, title=known[name].title, reach=known[name].reach, lines=(), note=known[name].note,
                parameter_set=SETS.get(name, name), status="converged", message="",
                face=np.broadcast_to(FACES[name], (times, cells + 1)), carbon=carbon,
                fraction_modern=0.0 * carbon + 0.9,
                surface=np.zeros(times), plant_carbon=flux, co2=flux, leached=0.0 * flux, steady_input=0.3,
            )
        )  # fmt: skip
    return models_dataset(site, years, runs)


@given(st.lists(st.one_of(st.floats(-1e3, 1e3), st.just(np.nan)), min_size=1, max_size=12))
def test_a_model_apart_is_beyond_the_fences_of_the_others_and_never_the_median(numbers):
    values = np.array(numbers)
    out = apart(values)
    there = np.isfinite(values)
    assert not out[~there].any() and out.sum() <= there.sum() / 2
    if there.sum() < 5:
        assert not out.any()
    assert not apart(np.full(6, 0.01) + np.array([0, 0, 0, 0, 0, 0.03])).any()  # alike as they are printed


def test_a_model_apart_is_named_and_left_out():
    values = np.array([[100.0, 1.0], [110.0, 2.0], [120.0, 3.0], [130.0, np.nan], [900.0, np.nan]])
    rows = {row[0]: row[1:] for row in spread_rows(values, _spread(values), fixed, 0)}
    assert rows["spread: lowest to highest"] == ["100 to 900", "1 to 3"]
    assert rows["the same without models apart"] == ["100 to 130", "none apart"]
    assert rows["median of the models"] == ["120", "2"]
    assert rows["spread: standard deviation"][1] == "1"
    assert rows["spread: middle half of the models"] == ["110 to 130", "(few models)"]
    pair = {row[0] for row in spread_rows(values[:2], _spread(values[:2]), fixed, 0)}
    assert "spread: lowest to highest" in pair and not any("half" in name or "deviation" in name for name in pair)
    assert "e (there)" in apart_words("abcde", ["there", "here"], values)
    single = np.array([[1.0], [np.nan]])
    only = spread_rows(single, _spread(single), fixed, 0)
    assert only == [["models with a value", "1"]]


def test_models_without_a_common_depth_get_advice_and_a_spread_of_their_changes(compared):
    ds = of(compared, "rothc", "century", "mimics")
    text, closing = terminal_text(ds), "\n".join(closing_lines(ds))
    assert "No two of the models share a depth" in text and "No common depth" in closing
    assert "add models in layers" in closing and "rothc, 0–23 cm" in text
    rows = [line for line in text.splitlines() if line.startswith("spread")]
    assert rows and all(len(line.split()) > 3 for line in rows)  # never blank
    assert "No common depth" in render_models(ds) and "(one model)" not in text


def test_courses_stand_at_every_change_of_land_cover(compared):
    ds = of(compared)
    shared, own = course_tables(ds)
    years, covers = ds["year"].values, ds["land_cover"].values.astype(str)
    changed = [k for k in range(1, years.size) if covers[k] != covers[k - 1]]
    assert changed
    wanted = [f"start of {years[0]}", *(f"start of {years[k]}" for k in changed), f"end of {years[-1]}"]
    assert shared.heads == ["model", *wanted] and own.heads == ["model", *wanted[1:]]
    interval = str(ds["interval"].values[int(np.argmax(ds["spread_soc_stock"].values[-1, 0]))])
    stock = 10.0 * ds["soc_stock"].sel(model="century-layered", interval=interval).values
    told = next(row for row in shared.rows if row[0] == "century-layered")
    assert told[1:] == [fixed(stock[k]) for k in (0, *changed, years.size)]
    assert all(f"{years[k]} {covers[k]}" in own.caption for k in changed)
    assert len(own.rows) > len(NAMES) and "Carbon stock through the history" in terminal_text(ds)


def test_where_parameters_come_from_is_counted_and_told(compared):
    ds = of(compared)
    table = origins_table(ds)
    counted = {row[0]: dict(zip(table.heads[3:], row[3:], strict=True)) for row in table.rows}
    rothc = load_parameters("rothc-26.3")
    assert counted["rothc"]["found"] == str(sum(rothc[name].status == "cited" for name in rothc))
    assert {row[0]: int(row[2]) for row in table.rows}["century"] == len(load_parameters("century"))
    closing = "\n".join(closing_lines(ds))
    assert "somprof (" in closing and "no verdict" in closing and "bams" not in closing.split("no verdict")[0]
    assert "rothc, rothc-layered: the level follows the plant carbon" in closing and "comission: " in closing
    assert "their published parameters" not in closing


def test_a_spread_without_models_of_chosen_values():
    values = np.array([[1.0, 2.0], [3.0, np.nan], [90.0, 50.0]])
    rows = dict_of(spread_rows(values, _spread(values), fixed, 0, np.array([False, False, True])))
    assert rows["spread: lowest to highest"][0] == "1 to 90"
    assert rows["mean without models of chosen values"] == ["2", "(one model)"]
    assert rows["lowest to highest without them"] == ["1 to 3", "(one model)"]
    assert not any("without them" in row[0] for row in spread_rows(values, _spread(values), fixed, 0))


def dict_of(rows):
    return {row[0]: row[1:] for row in rows}


def test_models_of_chosen_values_are_named_and_counted_apart(compared):
    ds = of(compared, "century", "rothc", "bams-like")
    assert list(unsourced(ds)) == [False, False, True]
    labels = [row[0] for table in course_tables(ds) for row in table.rows]
    assert "mean without models of chosen values" in labels
