"""The figures of the framework's paper, from profiles and from a run."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from figure_labels import check_labels
from report_dataset import make_dataset
from report_variants import VARIANTS, Page

from pedozone.cli.app import start
from pedozone.observations import catalogue
from pedozone.observations.errors import ObservationError
from pedozone.observations.profiles import Profiles, completed
from pedozone.output import write_dataset
from pedozone.report.numbers import CO2_PER_CARBON
from pedozone.report.paper import NoZones, figure_1, figure_2, figure_3, figure_4
from pedozone.report.paper.four_per_mille import constants
from pedozone.report.paper.run_views import boundary_of, drawable_years
from pedozone.report.paper.soil_stocks import cells, chosen_groups, stock_table

GROUPS = ("Luvisols", "Podzols", "Histosols", "Gleysols", "Ferralsols")


def layers_of(rng, group, number, deepest):
    """Profiles whose carbon per volume is the same at all depths."""
    limits = [0, 10, 30, 50, 100, 150, deepest]
    carbon = np.exp(rng.normal(0.0, 0.4, number)) * (30 if group == "Histosols" else 1)
    return pd.DataFrame(
        {
            "profile_id": np.repeat([f"{group} {i}" for i in range(number)], len(limits) - 1),
            "top_cm": np.tile(limits[:-1], number),
            "bottom_cm": np.tile(limits[1:], number),
            "soc_percent": np.repeat(carbon, len(limits) - 1),
            "bulk_density_g_cm3": 0.2 if group == "Histosols" else 1.4,
            "wrb": group,
        }
    )


def table_of(deepest=200):
    rng = np.random.default_rng(1)
    parts = [layers_of(rng, group, 25 if group == "Luvisols" else 12, deepest) for group in GROUPS]
    table = pd.concat(parts, ignore_index=True).assign(usda="")
    table.loc[table["wrb"] == "Ferralsols", ["wrb", "usda"]] = ["", "Typic Haplustox"]
    spare = layers_of(rng, "Acrisols", 10, deepest).assign(wrb="", usda="Ultisols")
    return pd.concat([table, spare], ignore_index=True)


def profiles_of(table):
    profile = table.groupby("profile_id", sort=False)[["wrb", "usda"]].first().reset_index()
    none = Profiles.none()
    return Profiles(none.site, completed("profile", profile), completed("layer", table), none.fraction)


@pytest.fixture(scope="module")
def observed():
    return profiles_of(table_of())


@pytest.fixture(scope="module")
def ds():
    return make_dataset()


# -- figure 1 --------------------------------------------------------------------------


def test_four_per_mille_is_four_per_mille():
    drawn = figure_1()
    table = drawn.table.set_index("name")
    for entry in constants()["stock"]:
        row = table.loc[f"4 ‰ of 0–{entry['depth_cm']} cm"]
        assert row["pg_c_yr"] == pytest.approx(0.004 * entry["value"])
        assert row["gt_co2_yr"] == pytest.approx(0.004 * entry["value"] * CO2_PER_CARBON)
    # The paper: the effect grows almost linearly with the depth that is counted.
    assert table["gt_co2_yr"].iloc[:3].round(1).tolist() == [22.1, 26.1, 44.0]
    assert table.loc["RCP8.5, 2100", "gt_co2_yr"] == pytest.approx(105.3, abs=0.05)
    assert (table.loc[table["group"] == "restoration", "gt_co2_yr"] < 0).all()
    assert set(table["status"]) <= {"cited", "recalled"} and all("doi:" in source for source in table["source"])
    assert all(f"{value:.1f}" in drawn.caption for value in table["gt_co2_yr"].iloc[:3])
    check_labels(drawn(), drawn.name)


# -- figure 4 --------------------------------------------------------------------------


def test_stocks_grow_with_the_interval_and_densities_do_not(observed):
    table = stock_table(observed)
    found = cells(table)
    thin, thick = found["Luvisols", 30.0, 50.0], found["Luvisols", 100.0, 200.0]
    assert thick.mean == pytest.approx(5 * thin.mean)
    assert thick.density == pytest.approx(thin.density)
    assert thick.variation == pytest.approx(thin.variation)
    # All profiles reach 200 cm here, so that the paper's difference of means is the mean of the interval.
    interval = table[table["kind"] == "interval"]
    np.testing.assert_allclose(interval["mean_by_difference"], interval["mean"])
    ferralsols = table[table["soil_group"] == "Ferralsols"]
    assert (ferralsols["n_translated"] == 12).all() and (ferralsols["n_ambiguous"] == 0).all()
    assert (table.loc[table["soil_group"] == "Acrisols", "n_ambiguous"] == 10).all()
    assert "Acrisols" not in set(stock_table(observed, certain=True)["soil_group"])
    assert set(stock_table(observed, schemes=("wrb",))["soil_group"]) == set(GROUPS) - {"Ferralsols"}


def test_the_artefact_is_told_and_nothing_overlaps(observed):
    stock, density, summary = figure_4(observed, names="five soils")
    assert "30, 20, 50 and 100 cm thick" in stock.caption and "10 from classes that may be several" in stock.caption
    assert "the stock grows in Histosols, Podzols, Gleysols, Luvisols" in density.caption
    assert "the density in none" in density.caption
    assert summary.table["top_cm"].eq(0).all() and len(stock.table) == 4 * 6
    for drawn in (stock, density, summary):
        check_labels(drawn(), drawn.name)
    assert "predicted" not in stock.caption
    layer = observed.layer.copy()
    layer.loc[layer["profile_id"] == observed.profile["profile_id"][0], "carbon_method"] = "predicted from spectra"
    guessed = figure_4(replace(observed, layer=layer), names="five soils")
    assert all("In 1 of them carbon is predicted" in drawn.caption for drawn in guessed)
    (even, *_) = figure_4(observed, depths=(50, 100), groups=["PZ"], at_least=1)
    assert "equally thick" in even.caption
    check_labels(even(), even.name)


def test_groups_are_the_papers_first_then_the_commonest(observed):
    found = cells(stock_table(observed))
    assert chosen_groups(found) == ["Histosols", "Podzols", "Gleysols", "Luvisols", "Ferralsols", "Acrisols"]
    assert chosen_groups(found, at_least=12)[-1] == "Ferralsols"
    assert chosen_groups(found, ["Ferralsol", "LV"]) == ["Ferralsols", "Luvisols"]
    with pytest.raises(ObservationError, match="Vertisols"):
        chosen_groups(found, ["Vertisols"])
    with pytest.raises(ObservationError, match="at most 25 profiles"):
        chosen_groups(found, at_least=26)


# -- figures 2 and 3 --------------------------------------------------------------------------


def test_the_diagram_has_the_numbers_of_the_run(ds):
    diagram, course = figure_2(ds, year=1955)
    now = ds.sel(year=1955)
    table = diagram.table.set_index(["zone", "quantity"])["value"]
    for zone in ("vegetation", "mineral"):
        assert table[zone, "stock"] == pytest.approx(float(now["zone_stock"].sel(zone=zone)))
        assert table[zone, "respired"] == pytest.approx(1000 * float(now["zone_respiration"].sel(zone=zone)))
    given = sum(table["column", f"plant input, {source}"] for source in ds["source"].values)
    assert given == pytest.approx(1000 * float(now["plant_input"].sum()))
    moved = table["boundary", "moved down"]
    share = table["boundary", "connectivity: moved down of plant input"]
    assert share == pytest.approx(100 * moved / given)
    assert table["boundary", "depth"] == pytest.approx(100 * float(now["boundary_depth"].sel(criterion="dom_fate")))
    np.testing.assert_allclose(course.table["boundary_cm"], 100 * ds["boundary_depth"].sel(criterion="dom_fate"))
    for drawn in (diagram, course):
        check_labels(drawn(), drawn.name)


def test_figure_3_shows_the_two_moments_and_the_carbon_that_follows(ds):
    drawn = figure_3(ds)
    profiles = drawn.table[drawn.table["depth_cm"].notna()]
    first, other = sorted(profiles["year"].unique())
    depth = ds["boundary_depth"].sel(criterion="dom_fate")
    assert first == 1950 and abs(depth.sel(year=other) - depth.sel(year=first)) > 0.8 * abs(depth - depth[0]).max()
    change = drawn.table[drawn.table["quantity"].str.startswith("change of carbon") & (drawn.table["year"] == 2014)]
    fixed = 10 * (ds["soc_stock"].isel(time=-1) - ds["soc_stock"].isel(time=0))
    upper = change.loc[change["quantity"].str.contains(", 0-30 cm"), "value"].item()
    assert upper == pytest.approx(float(fixed.sel(interval="0-30")), abs=1e-9)
    check_labels(drawn(), drawn.name)


DIFFERENT = (
    "no vegetation zone", "vegetation zone to the base", "not defined", "one year", "steady with a forest floor",
    "three millennia", "hostile names",
)  # fmt: skip


@pytest.mark.parametrize("variant", DIFFERENT)
def test_every_run_is_drawn_or_refused_in_words(variant):
    ds = VARIANTS[variant]()
    if not drawable_years(ds).size:
        with pytest.raises(NoZones, match="no year with a boundary"):
            figure_2(ds)
        return
    drawn = figure_2(ds)[0]
    check_labels(drawn(), f"{variant}: {drawn.name}")
    place = int(drawable_years(ds)[-1])
    assert f"{boundary_of(ds, place).depth:.0f}" in drawn.caption
    try:
        last = figure_3(ds)
    except NoZones as error:
        assert "less than 1 cm" in error.found
    else:
        check_labels(last(), f"{variant}: {last.name}")


def test_years_without_a_boundary_are_refused(ds):
    with pytest.raises(NoZones, match="1950 to 2014"):
        figure_2(ds, year=1900)
    with pytest.raises(NoZones, match="inside the column"):
        figure_2(make_dataset(no_vegetation_from=1995), year=2000)


# -- the command --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory, ds):
    folder = tmp_path_factory.mktemp("figures")
    table_of().to_csv(folder / "layers.csv", index=False)
    table_of(deepest=160).query("bottom_cm <= 10").to_csv(folder / "shallow.csv", index=False)
    table_of().assign(wrb="Brownsol", usda="").to_csv(folder / "unknown.csv", index=False)
    write_dataset(ds, folder / "run.nc")
    bare = ds.drop_vars([name for name in ds.data_vars if str(name).startswith(("zone_", "boundary_", "membership"))])
    write_dataset(bare.assign_attrs(model="rothc"), folder / "bare.nc")
    (folder / "text.nc").write_text("no run", encoding="utf-8")
    return folder


def test_all_figures_are_written_with_their_numbers(files, tmp_path, capsys):
    out = tmp_path / "made" / "figures"
    asked = ["figures", "--data", str(files / "layers.csv"), "--run", str(files / "run.nc"), "--out", str(out)]
    assert start(asked) == 0
    said = capsys.readouterr()
    assert "4c" in said.out and str(out / "index.html") in said.out
    names = ["1", "2a", "2b", "3", "4a_stock", "4a_density", "4c"]
    there = {path.name for path in out.iterdir()}
    assert there == {"index.html", *(f"figure_{n}.{kind}" for n in names for kind in ("png", "svg", "csv"))}
    page = Page((out / "index.html").read_text(encoding="utf-8"))
    assert not page.open and len(page.identifiers) == len(set(page.identifiers))
    links = {attrs["href"] for tag, attrs in page.tags if tag == "a"}
    assert all((out / str(link)).is_file() for link in links if not str(link).startswith("http"))
    assert (out / "figure_1.png").read_bytes()[:4] == b"\x89PNG"
    assert not pd.read_csv(out / "figure_4c.csv").empty
    again = tmp_path / "again"
    assert start([*asked[:3], "--only", "4", "--quiet", "--out", str(again)]) == 0
    assert (again / "figure_4c.svg").read_bytes() == (out / "figure_4c.svg").read_bytes()


def test_without_data_and_run_there_is_figure_1(tmp_path, capsys):
    out = tmp_path / "figures"
    assert start(["figures", "--out", str(out)]) == 0
    assert "--run run.nc" in capsys.readouterr().err
    assert "figure_1.svg" in {path.name for path in out.iterdir()} and len(list(out.iterdir())) == 4
    assert "give them with --data" in (out / "index.html").read_text(encoding="utf-8")


def test_imported_sets_are_read(files, tmp_path, observed):
    pytest.importorskip("pyarrow")
    catalogue.keep(tmp_path / "profiles", "mine", observed)
    for n, given in enumerate((tmp_path / "profiles" / "mine", tmp_path / "profiles")):
        out = tmp_path / str(n)
        assert start(["figures", "-d", str(given), "--only", "4", "-o", str(out), "--quiet"]) == 0
        assert len(pd.read_csv(out / "figure_4c.csv")["soil_group"].unique()) == 6
    given = ["-d", str(tmp_path / "profiles"), "-d", str(tmp_path / "profiles" / "mine")]
    twice = tmp_path / "twice"
    assert start(["figures", *given, "--only", "4", "-o", str(twice), "--quiet"]) == 0  # a set named twice counts once
    pd.testing.assert_frame_equal(pd.read_csv(twice / "figure_4c.csv"), pd.read_csv(tmp_path / "0" / "figure_4c.csv"))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["--only", "4"], ["--data", "soil profiles"]),
        (["--only", "2,3"], ["--run", "run.nc"]),
        (["--only", "5"], ["--only", "1, 2, 3, 4"]),
        (["--only", ","], ["--only"]),
        (["--data", "absent.csv"], ["absent.csv"]),
        (["--run", "absent.nc"], ["absent.nc"]),
        (["--run", "text.nc"], ["text.nc", "a run.nc"]),
        (["--run", "bare.nc"], ["model rothc", "a run with zones", "pedozone run"]),
        (["--run", "run.nc", "--year", "1800"], ["--year", "1800", "1950 to 2014"]),
        (["--data", "shallow.csv"], ["carbon down to 10 cm", "30 cm or deeper", "shallower depths"]),
        (["--data", "unknown.csv"], ["none with a known soil class", "'Brownsol' is not recognised"]),
        (["--data", "layers.csv", "--at-least", "99"], ["at most 25 profiles"]),
        (["--data", "layers.csv", "--groups", "Vertisols"], ["Vertisols", "groups of the profiles"]),
        (["--data", "layers.csv", "--classes", "wbr"], ["wbr", "wrb, fao, usda"]),
        (["--data", "layers.csv", "--depths", "100,30"], ["--depths", "increasing"]),
        (["--data", "layers.csv", "--density", "magic"], ["magic"]),
        (["--out", "layers.csv"], ["layers.csv", "folder"]),
    ],
)
def test_what_cannot_be_drawn_is_told(asked, words, files, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(files)
    before = sorted(path.name for path in files.iterdir())
    out = [] if "--out" in asked else ["--out", str(tmp_path / "none")]
    assert start(["figures", *asked, *out]) == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said
    for word in words:
        assert word in said
    assert not (tmp_path / "none").exists() and sorted(path.name for path in files.iterdir()) == before


def test_a_steady_run_has_no_figure_3(tmp_path, capsys):
    write_dataset(make_dataset(fallow_from=None), tmp_path / "run.nc")
    out = tmp_path / "figures"
    assert start(["figures", "--run", str(tmp_path / "run.nc"), "-o", str(out)]) == 0
    assert "Figure 3 is left out" in capsys.readouterr().err
    assert not (out / "figure_3.png").exists() and (out / "figure_2a.png").exists()
    assert start(["figures", "--run", str(tmp_path / "run.nc"), "-o", str(out), "--only", "3"]) == 2
