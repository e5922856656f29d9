"""The report tells what happened in single years."""

import numpy as np
import pytest
from report_dataset import make_dataset

from pedozone.report import figures
from pedozone.report.events import MOST_ROWS, event_table, event_years, happenings
from pedozone.report.html import render_report

FATES = ["harvested", "burnt"]


def with_events(years: dict[int, tuple[str, float, float]]):
    """A run in which, by year, something brought and burnt carbon (kg m-2)."""
    ds = make_dataset()
    at, layers = ds["year"].values.astype(int), ds.sizes["layer"]
    what = np.array([years.get(y, ("", 0.0, 0.0))[0] for y in at])
    gain, loss = np.zeros((at.size, ds.sizes["tracer"], layers)), np.zeros((at.size, 2, ds.sizes["tracer"], layers))
    carbon = list(ds["tracer"].values).index("carbon")
    for k, y in enumerate(at):
        _, brought, burnt = years.get(y, ("", 0.0, 0.0))
        gain[k, carbon, 0], loss[k, 1, carbon, 0] = brought, burnt
    return ds.assign_coords(fate=FATES).assign(
        event=("year", what),
        event_gain=(("year", "tracer", "layer"), gain),
        event_loss=(("year", "fate", "tracer", "layer"), loss),
    )


@pytest.fixture(scope="module")
def ds():
    manure = dict.fromkeys(range(1970, 1975), ("manure", 0.3, 0.0))
    return with_events({1960: ("plough", 0.0, 0.0), 1961: ("fire", 0.1, 0.45), **manure, 1980: ("manure", 0.3, 0.0)})


def test_the_same_in_successive_years_is_one_item(ds):
    found = [(h.what, h.first, h.last, round(h.brought, 6), h.taken) for h in happenings(ds)]
    assert found == [
        ("plough", 1960, 1960, 0.0, {}),
        ("fire", 1961, 1961, 0.1, {"burnt": 0.45}),
        ("manure", 1970, 1974, 1.5, {}),
        ("manure", 1980, 1980, 0.3, {}),
    ]


def test_the_table_has_them_in_tonnes(ds):
    table = event_table(ds)
    assert table is not None
    assert table.rows[1] == ["1961", "fire", "1.00", "4.50 burnt"]
    assert table.rows[2][:3] == ["1970–1974", "manure", "15.00"]


def test_a_long_diary_is_cut_and_says_so():
    table = event_table(with_events({y: (f"event {y}", 0.0, 0.0) for y in range(1950, 2014)}))
    assert table is not None
    assert len(table.rows) == MOST_ROWS
    assert f"{64 - MOST_ROWS} more" in table.caption


def test_a_run_without_events_has_no_table_and_no_marks():
    quiet = make_dataset()
    assert event_table(quiet) is None
    assert event_years(quiet).size == 0


def test_the_events_stand_in_the_report_and_over_the_time_axis(ds):
    page = "".join(render_report(ds))
    assert "1970–1974" in page
    (axes, *_) = figures["soc_stock"](ds).axes
    marks = [line for line in axes.get_lines() if line.get_marker() == "v"]
    assert marks[0].get_xdata().tolist() == event_years(ds).tolist()
