"""The report says what the run says, stands alone, and escapes what users wrote."""

import json
import re
import time
from types import SimpleNamespace

import numpy as np
import pytest
from report_dataset import make_dataset
from report_variants import HOSTILE, VARIANTS, Page, observation

from pedozone.output import open_run, write_dataset
from pedozone.report import figures, render_report, write_report
from pedozone.report.ledger import tracer_budgets
from pedozone.report.tables import unused_observations


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


def test_the_page_is_small_and_quick_and_made_of_a_run_as_of_its_dataset(ds, page, tmp_path):
    # once more after `page`, which was the first and had to load what draws
    start = time.process_time()  # of one thread, so that other tests beside it do not count
    path = write_report(SimpleNamespace(dataset=ds), tmp_path / "report.html")
    taken = time.process_time() - start
    assert path.read_text(encoding="utf-8") == page
    assert path.stat().st_size < 2e6
    # The promise is 3 s; a slower machine is allowed twice that.
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
    hostile.attrs = {name: f"{HOSTILE} {name}" for name in ds.attrs if name not in ("parameters", "observations")}
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


def test_a_run_or_its_dataset_will_do(ds, without_figures):
    assert render_report(SimpleNamespace(dataset=ds)) == render_report(ds)


def test_a_run_from_disk_gives_the_same_report(ds, page, tmp_path):
    again = open_run(write_dataset(ds, tmp_path / "run.nc"))
    assert render_report(again) == page


def test_a_report_replaces_another_whole(ds, tmp_path, monkeypatch, without_figures):
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


def test_no_vegetation_zone_is_said_plainly(without_figures):
    ds = make_dataset(no_vegetation_from=1995)
    text = "".join(Page(render_report(ds)).text)
    assert "No vegetation zone since 1995" in text
    assert "the boundary has risen to the surface" in text


def test_notes_on_the_run_are_shown(ds, without_figures):
    noted = ds.copy()
    noted.attrs = {**ds.attrs, "notes": json.dumps(["Evaporation was reckoned by Thornthwaite."])}
    assert "Evaporation was reckoned by Thornthwaite." in render_report(noted)
