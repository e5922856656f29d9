"""Model meets data, whole: a small table of profiles, simulated by the small model and compared."""

import contextlib
import itertools
import tomllib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from figure_labels import check_labels

from pedozone.cli.app import start
from pedozone.config.errors import InputError
from pedozone.landscape import batch as batches
from pedozone.landscape.evaluation.columns import build_columns
from pedozone.landscape.evaluation.run import STORE, TABLES, evaluate
from pedozone.landscape.rows import site_of_row
from pedozone.landscape.table import open_table
from pedozone.observations.profiles import Profiles
from pedozone.report.evaluation_figures import evaluation_figures
from pedozone.report.evaluation_report import write_evaluation
from pedozone.report.evaluation_text import summary_text
from pedozone.simulation.many_sites import simulate_sites

distributed = pytest.importorskip("distributed")
pytest.importorskip("zarr")

HEADS = (
    "profile_id,site_id,sampling_year,land_cover,usda,latitude,longitude,mean_annual_temperature_c,"
    "mean_annual_precipitation_mm,peat,top_cm,bottom_cm,soc_percent,bulk_density_g_cm3,clay_percent,delta14c_permil,"
    "root_mass_g_m2"
)
# as the small sites of other tests, so that what they compile serves here
TEMPLATE = """
[soil]
layers = 10
organic_slots = 2
depth_m = 1.0
[start]
year = 2000
[run]
model = "pedon-core"
"""


def table(folder, profiles=10):
    """Profiles of forest and grassland, one of peat, one too cold for a site file."""
    draw = np.random.default_rng(5)
    edges = [0, 5, 10, 20, 30, 45, 60, 80]
    rows = [HEADS]
    for k in range(profiles):
        cover, warm = ("forest", "grassland")[k % 2] if k != 7 else "", round(6 + 0.5 * k, 1) if k != 8 else -40
        about = f"p{k},s{k},{2001 + k % 3},{cover},Alfisols,{48 + k % 5},{k},{warm},{600 + 40 * k},{k == 9}"
        for top, bottom in itertools.pairwise(edges):
            carbon = 3.0 * np.exp(-top / 30) * draw.uniform(0.8, 1.2)
            delta = 60 - 6.0 * max(top - 15, 0) + draw.normal(0, 8)
            roots = 300 * (0.95**top - 0.95**bottom)
            rows.append(f"{about},{top},{bottom},{carbon:.3f},1.3,{20 + k},{delta:.1f},{roots:.2f}")
    (folder / "profiles.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "template.toml").write_text(TEMPLATE, encoding="utf-8")
    return folder / "profiles.csv"


@contextlib.contextmanager
def at_once(scheduler, workers):
    """A cluster within this process, which has compiled already."""
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0"
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("evaluation")


@pytest.fixture(scope="module")
def made(folder):
    """An evaluation, and the folder that it wrote."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "connected", at_once)
        found = evaluate([table(folder)], folder / "out", template=folder / "template.toml")
    write_evaluation(found, folder / "out", ["profiles.csv"])
    return found, folder / "out"


def test_every_profile_is_accounted_for(made):
    found, out = made
    profiles = found.compared.profiles.set_index("profile_id")
    assert len(profiles) == 10
    assert profiles["status"].value_counts().to_dict() == {"built": 8, "failed": 1, "not built": 1}
    assert "climate.temperature_c" in profiles.loc["p8", "reason"]
    assert "peat" in profiles.loc["p9", "reason"]
    assert set(found.assumed["profile_id"]) == {f"p{k}" for k in range(9)}
    origins = found.assumed.set_index(["what", "profile_id"])["origin"]
    assert set(origins["plant production"]) == {"assumed"}
    assert origins["land cover", "p7"] == "assumed"
    for name in TABLES:
        pd.read_csv(out / f"{name}.csv")
    assert (found.compared.pairs["reason"] == "the simulation failed").sum() > 0


def test_what_is_modelled_is_what_a_run_of_the_same_site_gives(made):
    found, out = made
    template = tomllib.loads((out / "site.toml").read_text(encoding="utf-8"))
    sites = open_table(out / "sites.csv")
    names = [cells[0] for _, cells in sites.rows()]
    cells = list(sites.rows())[names.index("p1")][1]
    site = site_of_row(template, out / "site.toml", sites.fields, cells, "p1")
    (outcome,) = simulate_sites([site], lambda run: run[["soc_stock", "boundary_depth"]])
    run = outcome.result
    assert run is not None
    stock = run["soc_stock"].sel(interval="0-30").values[-2:].mean()  # the middle of the last year
    pairs = found.compared.pairs.set_index(["profile_id", "variable", "top_cm", "bottom_cm"])["modelled"].sort_index()
    assert pairs["p1", "soc_stock", 0, 30] == pytest.approx(stock, rel=2e-3)
    inner = pairs.loc[("p1", "soc_density")]
    tops, bottoms = (np.asarray(inner.index.get_level_values(k), float) for k in (0, 1))
    above = bottoms <= 30
    assert (inner.to_numpy() * (bottoms - tops) / 100)[above].sum() == pytest.approx(stock, rel=2e-3)
    boundary = run["boundary_depth"].sel(criterion="dom_fate").values[-1]
    kept = found.compared.boundaries.set_index(["profile_id", "sign"])["dom_fate_cm"]
    assert kept["p1", "root_depth"] == pytest.approx(100 * boundary, abs=1e-6)


def test_boundaries_are_inferred_where_there_is_one(made):
    boundaries = made[0].compared.boundaries.set_index(["sign", "profile_id"])
    corner = boundaries.loc["delta14c_change_point"]
    assert (corner["status"] == "one").sum() >= 6
    near = corner[corner["status"] == "one"]["depth_cm"]
    assert near.median() == pytest.approx(17.5, abs=4)  # between the middles of 10-20 and 20-30 cm
    roots = boundaries.loc["root_depth"]
    np.testing.assert_allclose(roots["depth_cm"], np.log(0.05) / np.log(0.95), rtol=0.02)
    assert roots["modelled_status"].isin(["one", "all_vegetation"]).all()
    crossing = boundaries.loc["delta14c_threshold"]
    assert (crossing["low_cm"] <= crossing["depth_cm"]).all()


def test_the_same_again_is_resumed_and_another_one_refused(made, folder):
    found, out = made
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "connected", at_once)
        again = evaluate([folder / "profiles.csv"], out, template=folder / "template.toml")
    assert again.batch.resumed == found.batch.sites
    pd.testing.assert_frame_equal(again.compared.statistics, found.compared.statistics)
    before = (out / "sites.csv").read_bytes()
    with pytest.raises(InputError, match="another evaluation"):
        evaluate([folder / "profiles.csv"], out, template=folder / "template.toml", limit=3)
    assert (out / "sites.csv").read_bytes() == before
    assert (out / STORE).is_dir()


def test_report_and_figures(made):
    found, out = made
    text = (out / "report.html").read_text(encoding="utf-8")
    assert len(text) < 2_000_000
    assert "<script" not in text
    assert ">nan" not in text.lower()
    assert "8 of 10 profiles (8 sites) were simulated" in text
    figures = evaluation_figures(found.compared)
    assert {figure.name for figure in figures} >= {"soc_density_pairs", "by_depth", "land_cover", "delta14c_map"}
    for figure in figures:
        check_labels(figure(), figure.name)
        assert (out / "figures" / f"{figure.name}.png").stat().st_size > 1000
    said = summary_text(found, 90)
    assert "8 of 10 profiles simulated and compared" in said
    assert max(map(len, said.splitlines())) <= 100
    assert "Given by" not in said
    assumed = found.assumed.copy()
    assumed.loc[assumed["what"] == "climate", "origin"] = "climate table"
    said = summary_text(replace(found, assumed=assumed), 200)
    given, _, rest = said.partition("Given by the table of climates in: climate 100 %.")
    assert given and "Assumed" in rest and "climate" not in rest.split("The rest: presets.")[0]


def test_an_evaluation_without_pairs_is_told_all_the_same(made):
    found = made[0]
    compared = replace(
        found.compared,
        **{name: getattr(found.compared, name).iloc[:0] for name in ("pairs", "statistics", "boundaries")},
    )
    assert evaluation_figures(compared) == []
    assert "profiles simulated" in summary_text(replace(found, compared=compared))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("profiles.csv", "profile_id,", "pit,"), "heads"),
        (("profiles.csv", "latitude", "breadth"), "no latitude"),
        (("template.toml", "layers = 10", "layers = 3"), "soil.layers = 3"),
        (("template.toml", "[soil]", "[soil"), "--template"),
        (("template.toml", "[soil]", "soil = 3\n[soils]"), "a table [soil]"),
        (("template.toml", 'model = "pedon-core"', 'modle = "pedon"'), "modle"),
    ],
)
def test_what_cannot_be_used_ends_with_status_2_and_a_mend(change, said, tmp_path, capsys):
    file, old, new = change
    table(tmp_path, 2)
    text = (tmp_path / file).read_text()
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new))
    asked = ["evaluate", str(tmp_path / "profiles.csv"), "--template", str(tmp_path / "template.toml")]
    assert start([*asked, "--out", str(tmp_path / "out"), "--quiet"]) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert "mend" in shown
    assert "Traceback" not in shown
    assert not (tmp_path / "out" / STORE).exists()


def test_a_set_without_fractions_or_layers_has_nothing_to_build(tmp_path):
    assert not len(build_columns(Profiles.none(), {}).sites)
