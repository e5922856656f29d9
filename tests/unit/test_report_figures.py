"""Figures show what the run holds, with nothing cut off or drawn over anything else."""

import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from figure_labels import check_labels
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from report_dataset import make_dataset
from report_records import HIGHFIELD_MEANS
from report_variants import VARIANTS

from pedozone.report import Plots, figures, report_figure, save_figure
from pedozone.report.style import ROLE_SHADES, pool_colours


@pytest.fixture(scope="module", params=VARIANTS)
def variant(request):
    return VARIANTS[request.param]()


@pytest.fixture(scope="module")
def ds():
    return make_dataset()


def drawn(name, ds):
    figure = figures[name](ds)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return figure, canvas.get_renderer()


def test_no_label_is_cut_off_or_overlaps_another(variant):
    for name in figures.available(variant):
        check_labels(figures[name](variant), name)


def test_every_axis_has_a_unit_or_a_name(ds):
    for name in figures.available(ds):
        figure, _ = drawn(name, ds)
        for ax in figure.axes:
            spec = ax.get_subplotspec()
            if spec is not None and spec.is_first_col():
                assert ax.get_ylabel(), f"{name}: an unlabelled axis"


def test_depth_runs_downward(ds):
    for name in ("soc_by_pool", "bulk_density", "boundary", "delta14c_profile", "water_flux"):
        bottom, top = figures[name](ds).axes[0].get_ylim()
        assert bottom > top, name


def test_figures_do_not_change_the_dataset_nor_the_settings(ds):
    before = ds.copy(deep=True)
    settings = dict(matplotlib.rcParams)
    for name in figures.available(ds):
        figures[name](ds)
    assert before.identical(ds)
    assert dict(matplotlib.rcParams) == settings


def test_the_report_needs_no_pyplot():
    code = (
        "import sys; from report_dataset import make_dataset; "
        "from pedozone.report import render_report; render_report(make_dataset()); "
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    folder = Path(__file__).resolve().parents[1]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=folder)


def test_the_boundary_is_drawn_with_its_band_and_its_gap(ds):
    lines = figures["boundary"](ds).axes[0].get_lines()
    heaviest = max(lines, key=lambda line: line.get_linewidth())
    np.testing.assert_allclose(heaviest.get_ydata(), 100 * ds["boundary_depth"].sel(criterion="dom_fate"))
    dotted = [line for line in lines if line.get_linestyle() == ":"]
    np.testing.assert_allclose(
        dotted[1].get_ydata() - dotted[0].get_ydata(),
        100 * ds["boundary_width"].sel(criterion="dom_fate"),
    )


def test_no_vegetation_zone_is_shown_plainly():
    ds = make_dataset(no_vegetation_from=1995)
    figure = figures["boundary"](ds)
    words = " ".join(text.get_text() for text in figure.axes[0].texts)
    assert "no vegetation zone\n1995–2014" in words
    heavy = [line for line in figure.axes[0].get_lines() if line.get_linewidth() == 4.0]
    assert [tuple(line.get_xdata()) for line in heavy] == [(1995, 2015)]
    assert [tuple(line.get_ydata()) for line in heavy] == [(0.0, 0.0)]


def test_the_stack_of_pools_adds_up_to_the_whole(ds):
    figure = figures["soc_by_pool"](ds)
    total = ds["cSoilLevels"].values[-1] / ds["thickness"].values[-1]
    outline = figure.axes[1].patches[-1].get_data()
    np.testing.assert_allclose(outline.values, total[1:], rtol=1e-12)


def test_a_vanished_organic_layer_is_no_spike():
    ds = make_dataset()
    assert float(ds["thickness"][-1, 0]) < 1e-3
    assert "no organic layer" in figures["soc_by_pool"](ds).axes[1].get_title(loc="left")


def test_pools_of_one_role_share_a_family(ds):
    colours = pool_colours(["a", "b", "c"], ["mineral", "mineral", "unheard-of"])
    assert colours["a"] in ROLE_SHADES["mineral"] and colours["b"] in ROLE_SHADES["mineral"]
    assert len(set(colours.values())) == 3


def test_a_missing_variable_is_named(ds):
    with pytest.raises(ValueError, match=r"'boundary'.*no membership"):
        figures["boundary"](ds.drop_vars("membership"))


def test_an_unknown_figure_lists_the_known():
    with pytest.raises(KeyError, match="soc_by_pool"):
        figures["soc_by_pol"]
    with pytest.raises(ValueError, match="no section"):
        report_figure("new", title="", section="nowhere", needs=(), caption="")(lambda ds: Figure())


def test_figures_as_methods(ds):
    plot = Plots(ds)
    assert isinstance(plot.boundary(), Figure)
    assert "boundary" in dir(plot)
    assert "boundary" in repr(plot)
    assert plot.boundary()._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(AttributeError, match="there are"):
        plot.boundry  # noqa: B018


@pytest.mark.parametrize(("ending", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_a_figure_as_a_file(ds, tmp_path, ending, start):
    path = save_figure(figures["fluxes"](ds), tmp_path / f"fluxes.{ending}")
    assert path.read_bytes().startswith(start)


def test_a_figure_in_an_unknown_format(ds, tmp_path):
    with pytest.raises(ValueError, match=r"\.png, \.svg, \.pdf"):
        save_figure(figures["fluxes"](ds), tmp_path / "fluxes.docx")
    assert list(tmp_path.iterdir()) == []


def test_measured_points_are_drawn_where_they_were_measured(ds):
    ax = figures["observed"](ds).axes[0]
    points = next(line for line in ax.get_lines() if line.get_marker() == "o")
    assert list(points.get_xdata()) == list(HIGHFIELD_MEANS)
    assert list(points.get_ydata()) == pytest.approx(list(HIGHFIELD_MEANS.values()))
    assert "RMSE" in ax.get_title(loc="left")


def test_connectivity_that_is_nowhere_whole_is_not_drawn(ds):
    """A desert: every year lacks the share of some source, though not of all."""
    desert = ds.copy(deep=True)
    desert["connectivity"].loc[{"source": "initial"}] = np.nan
    assert np.isfinite(desert["connectivity"].values).any()
    assert "connectivity" not in figures.available(desert)
    assert "connectivity" in figures.available(ds)
    assert "crossing_probability" in figures.available(desert)
