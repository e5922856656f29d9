"""The report says what the run says, stands alone, and draws nothing over anything else."""

import itertools
import json
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from report_dataset import HIGHFIELD_MEANS, make_dataset

from pedozone.output import open_run, write_dataset
from pedozone.report import Plots, figures, render_report, report_figure, save_figure, write_report
from pedozone.report.ledger import tracer_budgets
from pedozone.report.numbers import fixed, percent, scientific, signed, significant, spelled
from pedozone.report.observed import comparisons, measured_profiles, observations
from pedozone.report.sources import doi_of, parameter_rows, reference_rows
from pedozone.report.summary import headline
from pedozone.report.tables import stock_table, unused_observations, zone_table

HOSTILE = "<script>alert('site')</script> $x^{ & \"q\""


def observation(variable, year, top, bottom, value, unit, deviation=None, source="someone"):
    return {
        "variable": variable,
        "year": year,
        "top_cm": top,
        "bottom_cm": bottom,
        "value": value,
        "unit": unit,
        "standard_deviation": deviation,
        "source": source,
    }


def profile_observations():
    depths = ((0, 20, 2.5), (20, 30, 1.4), (30, 100, 0.7))
    return [
        *(observation("soc_percent", 1990, a, b, v, "%", 0.1) for a, b, v in depths),
        *(observation("delta14c", 1990, a, b, -99 * v, "permil", 20) for a, b, v in depths),
    ]


def with_status(ds, status, depth, years=slice(None)):
    ds = ds.copy(deep=True)
    ds["boundary_status"] = ds["boundary_status"].astype("<U16")
    ds["boundary_status"][years, 0] = status
    ds["boundary_depth"][years, 0] = depth
    return ds


def with_intervals(ds, names):
    return ds.assign_coords(interval=names)


# Runs that differ in what a figure could trip over.
VARIANTS = {
    "fallow": lambda: make_dataset(),
    "no vegetation zone": lambda: make_dataset(no_vegetation_from=1995),
    "vegetation zone to the base": lambda: with_status(make_dataset(), "all_vegetation", 3.0),
    "many crossings for some years": lambda: with_status(
        make_dataset(), "many", 0.5, slice(20, 30)
    ),
    "not defined": lambda: with_status(make_dataset(), "not_defined", np.nan),
    "one year": lambda: make_dataset(
        first_year=2000, last_year=2000, fallow_from=None, observations=[]
    ),
    "steady with a forest floor": lambda: make_dataset(fallow_from=None, organic_thickness=0.5),
    "three millennia": lambda: make_dataset(first_year=-1000, layers=12),
    "hostile names": lambda: make_dataset(site_name=HOSTILE, cover_before=HOSTILE),
    "measured profile": lambda: with_intervals(
        make_dataset(observations=profile_observations()),
        ["0-20", "20-30", "30-100", "0-100", "0-200", "0-300"],
    ),
}


@pytest.fixture(scope="module", params=VARIANTS)
def variant(request):
    return VARIANTS[request.param]()


@pytest.fixture
def without_figures(monkeypatch):
    """Spare a test of the page's words the drawing."""
    monkeypatch.setattr("pedozone.report.html._available", lambda ds: [])


@pytest.fixture(scope="module")
def ds():
    return make_dataset()


@pytest.fixture(scope="module")
def page(ds):
    return render_report(ds)


class Page(HTMLParser):
    """Tags, identifiers, references and visible text of a page."""

    VOID = frozenset({"meta", "br", "img", "hr", "link", "input"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> out of place"

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.text.append(data)

    @property
    def identifiers(self):
        return [attrs["id"] for _, attrs in self.tags if "id" in attrs]


# -- the page ---------------------------------------------------------------------------------


def test_the_page_is_well_formed(variant):
    page = Page(render_report(variant))
    assert page.open == []
    assert len(page.identifiers) == len(set(page.identifiers))


def test_references_within_the_page_resolve(page):
    parsed = Page(page)
    wanted = set()
    for _, attrs in parsed.tags:
        for name in ("href", "xlink:href"):
            value = attrs.get(name) or ""
            if value.startswith("#"):
                wanted.add(value[1:])
        wanted.update(re.findall(r"url\(#([^)]*)\)", " ".join(v or "" for v in attrs.values())))
        wanted.update((attrs.get("aria-labelledby") or "").split())
    assert wanted <= set(parsed.identifiers)


def test_the_page_asks_for_nothing_else(page):
    parsed = Page(page)
    tags = {tag for tag, _ in parsed.tags}
    assert not tags & {"script", "link", "iframe", "object", "embed", "base", "form"}
    for tag, attrs in parsed.tags:
        assert not any(name.startswith("on") for name in attrs), attrs
        for name in ("src", "href", "xlink:href", "data", "action"):
            value = attrs.get(name)
            if value and not value.startswith(("#", "data:image/png;base64,")):
                assert tag == "a" and value.startswith("https://doi.org/10."), value
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)
    assert "default-src 'none'" in page


def test_the_page_is_small_and_quick(ds, tmp_path):
    write_report(ds, tmp_path / "warm.html")
    start = time.perf_counter()
    path = write_report(ds, tmp_path / "report.html")
    taken = time.perf_counter() - start
    assert path.stat().st_size < 2e6
    # The promise is 3 s; a machine busy with other tests is allowed twice that.
    assert taken < 6.0


def test_the_page_suits_phone_and_paper(page):
    assert 'name="viewport"' in page
    assert "@media print" in page
    assert "@media (max-width" in page


def test_every_figure_has_words(page, ds):
    parsed = Page(page)
    graphics = [attrs for tag, attrs in parsed.tags if tag == "svg"]
    assert len(graphics) == len(figures.available(ds))
    for attrs in graphics:
        assert attrs["role"] == "img"
        assert len((attrs["aria-labelledby"] or "").split()) == 2
    assert page.count("<figcaption>") == len(graphics)


def test_names_from_the_user_are_escaped():
    page = render_report(
        make_dataset(
            site_name=HOSTILE,
            cover_before=HOSTILE,
            cover_after="<img src=x onerror=alert(1)>",
            observations=[
                observation("soc_stock", 1990, 0, 23, 3.0, "kg m-2", source=HOSTILE),
                observation(HOSTILE, 1990, 0, 23, 3.0, "kg m-2"),
                observation("soc_stock", 1990, 0, 23, 3.0, HOSTILE),
            ],
        )
    )
    assert "<script" not in page
    assert "<img" not in page
    text = "".join(Page(page).text)
    assert text.count(HOSTILE) >= 3


def test_every_attribute_is_escaped(ds, without_figures):
    hostile = ds.copy()
    hostile.attrs = {
        name: f"{HOSTILE} {name}" for name in ds.attrs if name not in ("parameters", "observations")
    }
    record = json.loads(ds.attrs["parameters"])[0]
    hostile.attrs["parameters"] = json.dumps([{key: f"{HOSTILE} {key}" for key in record}])
    page = render_report(hostile)
    assert "<script" not in page
    text = "".join(Page(page).text)
    for name in ("site", "version", "solver", "method", "site_toml", "spinup_message", "created"):
        assert f"{HOSTILE} {name}" in text, name
    for key in ("name", "unit", "source", "status", "description", "value"):
        assert f"{HOSTILE} {key}" in text, key


def test_the_page_says_what_the_run_says(ds, page):
    text = " ".join("".join(Page(page).text).split())
    stock = float(ds["soc_stock"].sel(interval="0-30")[-1])
    assert f"{10 * stock:.1f} t C/ha" in text
    assert f"{10 * stock * 44.009 / 12.011:.1f} t CO₂/ha" in text
    assert f"{stock:.2f} kg C m⁻²" in text
    for words in (
        "measured",
        "horizon of T = 10 years",
        "conventions",
        "The budget closes",
        "cpp avx2",
        "mprk22",
        "pedon-core",
        "pedozone 0.1.0",
        "metabolic_decay_rate",
        "fitted",
        "5 to 20",
        "latitude = 51.81",
        "doi:10.1111/gcb.14787",
        "The start is a steady state.",
    ):
        assert words in text, words


def test_a_run_or_its_dataset_will_do(ds, page, tmp_path):
    assert render_report(SimpleNamespace(dataset=ds)) == page
    path = write_report(SimpleNamespace(dataset=ds), tmp_path / "report.html")
    assert path.read_text(encoding="utf-8") == page


def test_a_run_from_disk_gives_the_same_report(ds, page, tmp_path):
    again = open_run(write_dataset(ds, tmp_path / "run.nc"))
    assert render_report(again) == page


def test_a_report_replaces_another_whole(ds, tmp_path, monkeypatch):
    target = tmp_path / "report.html"
    target.write_text("before")
    with monkeypatch.context() as patch:

        def interrupt(_descriptor):
            raise KeyboardInterrupt

        patch.setattr("os.fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_report(ds, target)
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_dataset_without_zones_ledger_or_isotopes_is_reported(ds):
    zones = [name for name, v in ds.variables.items() if {"criterion", "zone"} & set(v.dims)]
    lacking = ds.drop_vars(
        [
            *zones,
            *(name for name in ds.data_vars if str(name).startswith(("budget", "delta14c"))),
            *("atmosphere_delta14c", "mean_age", "membership", "boundary_depth_horizon"),
            *("transfer_across_boundary", "rezoning", "soil_temperature", "soil_water"),
            *("water_flux", "saturation", "pool_role", "carbon_by_source", "land_cover"),
        ]
    )
    lacking.attrs = {}
    text = "".join(Page(render_report(lacking)).text)
    assert "This run carries no ledger." in text
    assert "Boundary of the zones" not in text
    assert {"soc_by_pool", "soc_stock"} <= set(figures.available(lacking))


# -- figures ----------------------------------------------------------------------------------


def texts_of(figure: Figure) -> list[Text]:
    """Texts that are drawn: not empty, and ticks only where their axis shows them."""
    found = []
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if text.get_visible() and text.get_text().strip():
            found.append(text)
    shown = []
    ticks = {id(label): axis for axis in axes_of(figure) for label in labels_of(axis)}
    for text in found:
        axis = ticks.get(id(text))
        if axis is None or on_axis(axis, text):
            shown.append(text)
    return shown


def axes_of(figure):
    return [axis for ax in figure.findobj(matplotlib.axis.Axis) for axis in (ax,)]


def labels_of(axis):
    return [
        label
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
        for label in (tick.label1, tick.label2)
    ]


def on_axis(axis, text) -> bool:
    low, high = sorted(axis.get_view_interval())
    place = text.get_position()[0 if axis.axis_name == "x" else 1]
    return low - 1e-9 * abs(high) <= place <= high + 1e-9 * abs(high)


def drawn(name, ds):
    figure = figures[name](ds)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return figure, canvas.get_renderer()


def test_no_label_is_cut_off_or_overlaps_another(variant):
    for name in figures.available(variant):
        figure, renderer = drawn(name, variant)
        width, height = figure.canvas.get_width_height()
        boxes = []
        for text in texts_of(figure):
            if isinstance(text, Annotation):
                continue  # stands on a white ground of its own, over the drawing
            box = text.get_window_extent(renderer)
            where = f"{name}: {text.get_text()!r}"
            assert box.x0 > -1 and box.y0 > -1, f"{where} is cut off"
            assert box.x1 < width + 1 and box.y1 < height + 1, f"{where} is cut off"
            boxes.append((where, box.shrunk(0.9, 0.9)))
        for (one, a), (other, b) in itertools.combinations(boxes, 2):
            assert not a.overlaps(b), f"{one} overlaps {other}"


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
    import subprocess
    import sys

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
    np.testing.assert_allclose(
        heaviest.get_ydata(), 100 * ds["boundary_depth"].sel(criterion="dom_fate")
    )
    dotted = [line for line in lines if line.get_linestyle() == ":"]
    np.testing.assert_allclose(
        dotted[1].get_ydata() - dotted[0].get_ydata(),
        100 * ds["boundary_width"].sel(criterion="dom_fate"),
    )


def test_no_vegetation_zone_is_shown_plainly(without_figures):
    ds = make_dataset(no_vegetation_from=1995)
    figure = figures["boundary"](ds)
    words = " ".join(text.get_text() for text in figure.axes[0].texts)
    assert "no vegetation zone\n1995–2014" in words
    heavy = [line for line in figure.axes[0].get_lines() if line.get_linewidth() == 4.0]
    assert [tuple(line.get_xdata()) for line in heavy] == [(1995, 2015)]
    assert [tuple(line.get_ydata()) for line in heavy] == [(0.0, 0.0)]
    text = "".join(Page(render_report(ds)).text)
    assert "No vegetation zone since 1995" in text
    assert "the boundary has risen to the surface" in text


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
    from pedozone.report.style import ROLE_SHADES, pool_colours

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


@pytest.mark.parametrize(
    ("ending", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
)
def test_a_figure_as_a_file(ds, tmp_path, ending, start):
    path = save_figure(figures["fluxes"](ds), tmp_path / f"fluxes.{ending}")
    assert path.read_bytes().startswith(start)


def test_a_figure_in_an_unknown_format(ds, tmp_path):
    with pytest.raises(ValueError, match=r"\.png, \.svg, \.pdf"):
        save_figure(figures["fluxes"](ds), tmp_path / "fluxes.docx")
    assert list(tmp_path.iterdir()) == []


# -- numbers, tables, observations --------------------------------------------------------------


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


@pytest.mark.parametrize(
    "unit", ["t/ha", "t C/ha", "t ha-1", "Mg ha-1", "Mg C ha⁻¹", "t C ha^-1", "kg m-2", "g m-2"]
)
def test_units_of_a_stock(unit):
    per_unit = {"kg m-2": 0.1, "g m-2": 100.0}.get(unit, 1.0)
    ds = make_dataset(observations=[observation("soc_stock", 1990, 0, 23, 40 * per_unit, unit)])
    (read,), unused = observations(ds)
    assert read.value == pytest.approx(40.0)
    assert unused == []


def test_what_cannot_be_compared_is_told(without_figures):
    ds = make_dataset(
        observations=[
            observation("soc_stock", 1900, 0, 23, 4.0, "kg m-2"),
            observation("soc_stock", 1990, 0, 11, 4.0, "kg m-2"),
            observation("soc_stock", 1990, 0, 23, 4.0, "bananas"),
            observation("earthworms", 1990, 0, 23, 4.0, "m-2"),
        ]
    )
    told = "\n".join(unused_observations(ds))
    assert "outside the run's years" in told
    assert "no such depth interval" in told
    assert "bananas" in told
    assert "earthworms" in told
    assert all(line in "".join(Page(render_report(ds)).text) for line in told.splitlines())


def test_measured_profiles_are_found():
    ds = VARIANTS["measured profile"]()
    (profile,) = measured_profiles(ds)
    assert [point.interval for point in profile.points] == ["0-20", "20-30", "30-100"]
    assert {"observed_profile", "observed"} & set(figures.available(ds)) == {
        "observed_profile",
        "observed",
    }


def test_measured_points_are_drawn_where_they_were_measured(ds):
    ax = figures["observed"](ds).axes[0]
    points = next(line for line in ax.get_lines() if line.get_marker() == "o")
    assert list(points.get_xdata()) == list(HIGHFIELD_MEANS)
    assert list(points.get_ydata()) == pytest.approx(list(HIGHFIELD_MEANS.values()))
    assert "RMSE" in ax.get_title(loc="left")


def test_a_budget_that_does_not_close_is_said_to_be_broken(ds, without_figures):
    broken = ds.copy(deep=True)
    broken["budget_residual"][3, 2] = 1e-6
    budget = next(b for b in tracer_budgets(broken) if b.tracer == "leaf")
    assert not budget.closes
    assert budget.relative == pytest.approx(1e-6 / (budget.initial + budget.input), rel=1e-6)
    text = "".join(Page(render_report(broken)).text)
    assert "The budget does not close" in text
    assert "DOES NOT CLOSE" in text
    assert all(b.closes for b in tracer_budgets(ds))


def test_a_residual_that_is_no_number_does_not_close(ds, without_figures):
    broken = ds.copy(deep=True)
    broken["budget_residual"][3, 2] = np.nan
    assert "The budget does not close" in render_report(broken)


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
    other.attrs = {
        "references": json.dumps(["A. doi:10.1234/ab-c.", {"doi": "10.5/x", "text": "B"}])
    }
    assert reference_rows(other)[0] == {"text": "A. doi:10.1234/ab-c.", "doi": "10.1234/ab-c"}
    other.attrs = {"references": "just a sentence"}
    assert reference_rows(other) == [{"text": "just a sentence", "doi": ""}]


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
