"""The table and the figure of what the zones do in the course of time."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from report_dataset import make_dataset

from pedozone.report.zone_courses import zone_courses, zone_table


@pytest.fixture(scope="module")
def ds():
    return make_dataset()


def test_the_table_says_what_the_dataset_holds(ds):
    table = zone_table(ds, [1955, 2000])
    assert list(table.columns) == ["1955", "2000"]
    for year in (1955, 2000):
        now = ds.sel(year=year)
        depth = 100 * float(now["boundary_depth"].sel(criterion="dom_fate"))
        assert table.loc["boundary (cm)", str(year)] == f"{depth:.0f}"
        stock = 10 * float(now["zone_stock"].sel(zone="mineral"))
        assert table.loc["mineral zone (t C/ha)", str(year)] == f"{stock:.1f}"
    # A fallow has no plant input to relate what moves to.
    assert table.loc["share of the plant input (%)", "1955"] != ""
    assert table.loc["share of the plant input (%)", "2000"] == ""


def test_a_year_without_a_boundary_says_so():
    table = zone_table(make_dataset(no_vegetation_from=2000), [2005])
    assert table.loc["boundary (cm)", "2005"] == "0 (no vegetation)"
    assert table.loc["moved down across it (kg C/ha/yr)", "2005"] == ""


def test_a_year_that_was_not_simulated_is_refused(ds):
    with pytest.raises(KeyError):
        zone_table(ds, [1800])


def test_the_figure_draws_both_runs(ds):
    other = make_dataset(fallow_from=1980)
    figure = zone_courses({"early": ds, "late": other}, "Two fallows")
    FigureCanvasAgg(figure).draw()
    above, middle, below = figure.axes
    assert above.yaxis_inverted()
    for line, run in zip(above.get_lines(), (ds, other), strict=False):
        depth = 100 * run["boundary_depth"].sel(criterion="dom_fate").values
        np.testing.assert_allclose(line.get_ydata(), depth)
        assert np.nanmax(depth) <= above.get_ylim()[0]
    assert len([line for line in middle.get_lines() if len(line.get_xdata()) > 2]) == 4
    assert below.get_xlim() == (1950.0, 2015.0)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["vegetation zone", "mineral zone", "early", "late"]


def test_three_runs_are_too_many(ds):
    with pytest.raises(ValueError, match=r"pedozone\.compare"):
        zone_courses({"a": ds, "b": ds, "c": ds}, "Three")
