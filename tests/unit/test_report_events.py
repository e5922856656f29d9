"""The report tells what happened in single years."""

import json
import tomllib

import pytest
from report_dataset import make_dataset
from report_variants import with_events

from pedozone.config.diary import conditions, diary
from pedozone.config.loading import parse_site
from pedozone.config.templates import new_site_text
from pedozone.report import figures
from pedozone.report.events import MOST_ROWS, NONE_MOVED, event_table, event_years, happenings
from pedozone.report.html import render_report


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


def test_what_only_changes_conditions_stands_in_the_table(ds):
    told = ds.assign_attrs(conditions=json.dumps([(1960, 1990, "1.5 K warmer"), (1965, 1965, "limed: pH up by 1")]))
    table = event_table(told)
    assert table is not None
    assert [row[:2] for row in table.rows[:4]] == [
        ["1960", "plough"],
        ["1960–1990", "1.5 K warmer"],
        ["1961", "fire"],
        ["1965", "limed: pH up by 1"],
    ]
    assert table.rows[3][2:] == [NONE_MOVED, NONE_MOVED]
    (axes, *_) = figures["soc_stock"](told).axes
    hollow = [line for line in axes.get_lines() if line.get_marker() == "v" and line.get_markerfacecolor() == "white"]
    assert [line.get_xdata().tolist() for line in hollow] == [[1965]]  # not the warming, which is gradual
    quiet = event_table(make_dataset().assign_attrs(conditions=json.dumps([(1965, 1965, "drained")])))
    assert quiet is not None and len(quiet.rows) == 1


def test_conditions_of_a_site_leave_out_what_moves_carbon():
    site = parse_site(
        {
            **tomllib.loads(new_site_text("bare-fallow")),
            "event": [
                {"year": 1990, "what": "lime", "ph_rise": 1.0, "depth_cm": 20},
                {"year": 1991, "what": "plough", "depth_cm": 20},
            ],
            "change": [{"what": "warming", "from_year": 1970, "to_year": 2000, "by": 2.0}],
        }
    )
    assert [(line.first, line.last) for line in conditions(site)] == [(1970, 2000), (1990, 1990)]
    assert any("ploughed" in line for line in diary(site))
