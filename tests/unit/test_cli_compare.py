"""The verbs compare, list, show and cite, as a person calls them."""

import os
import re
import subprocess
import sys

import compared_sites as cases
import pytest
from report_dataset import make_dataset
from typer.testing import CliRunner

import pedozone
from pedozone.cli import main
from pedozone.cli.app import app
from pedozone.config.templates import new_site_text
from pedozone.models.registry import available_models, available_processes
from pedozone.output import open_run, write_dataset
from pedozone.parameters import load_parameters
from pedozone.physics.responses import MOISTURE, TEMPERATURE
from pedozone.plants.cover import cover_names
from pedozone.report.citations import bibtex, citations, plain_text
from pedozone.scenarios import Comparison, _side_by_side
from pedozone.simulate import Run
from pedozone.simulation.provenance import references_of
from pedozone.variables import names as variable_names

KINDS = ("processes", "models", "plants", "parameters", "variables", "responses")


@pytest.fixture
def files(tmp_path):
    made = []
    for preset in ("temperate-grassland", "bare-fallow"):
        made.append(tmp_path / f"{preset}.toml")
        made[-1].write_text(new_site_text(preset))
    return made


@pytest.fixture
def compared(monkeypatch):
    """`pedozone.compare` without a simulation; the calls it got."""
    calls = []

    def compare(sites, *, names, progress, **options):
        calls.append({"names": names, **options})
        progress(0.5, "half way")
        from pedozone.simulation.measures import basis_of, measure

        run = make_dataset()
        for name in ("leaf", "root", "exudate"):  # a hand-made run has what a comparison needs
            assert name in run["source"].values
        basis = basis_of([run, run])
        ds = _side_by_side([measure(run, basis)] * 2, names)
        ds.attrs = {"baseline": names[0], "notes": "[]", "version": "0"}
        return Comparison(ds, (Run(run), Run(run)))

    monkeypatch.setitem(vars(pedozone), "compare", compare)
    monkeypatch.setattr("pedozone.cli.compilation.configure", lambda: None)
    return calls


def test_compare_writes_three_files_and_a_table(files, tmp_path, compared, capsys):
    out = tmp_path / "out"
    assert main(["compare", *map(str, files), "--ensemble", "7", "--seed", "3", "--out", str(out)]) == 0
    assert sorted(p.name for p in out.iterdir()) == ["comparison.csv", "comparison.nc", "report.html"]
    names = ["temperate-grassland", "bare-fallow"]
    assert compared == [{"names": names, "ensemble": 7, "seed": 3, "solver": "auto"}]
    text = capsys.readouterr().out
    assert "bare-fallow against temperate-grassland" in text and "difference" in text
    kept = open_run(out / "comparison.nc")
    assert list(kept["site"].values) == names and kept["soc_stock"].attrs["units"] == "kg m-2"


def test_compare_without_report_and_quiet(files, tmp_path, compared, capsys):
    out = tmp_path / "out"
    assert main(["compare", *map(str, files), "--no-report", "-q", "-o", str(out)]) == 0
    assert sorted(p.name for p in out.iterdir()) == ["comparison.csv", "comparison.nc"]
    assert capsys.readouterr() == ("", "")


def test_a_failure_leaves_nothing_behind(files, tmp_path, compared, monkeypatch, capsys):
    def failing(*args, **options):
        raise RuntimeError("broken")

    monkeypatch.setitem(vars(pedozone), "compare", failing)
    assert main(["compare", *map(str, files), "--out", str(tmp_path / "a" / "b")]) == 1
    assert "broken" in capsys.readouterr().err
    assert not (tmp_path / "a").exists()


def test_bad_input_is_told_for_every_file_and_nothing_is_written(files, tmp_path, compared, capsys):
    for file in files:
        file.write_text(file.read_text().replace("latitude = 50.0", "latitude = 500"))
    before = sorted(tmp_path.iterdir())
    assert main(["compare", *map(str, files), "--out", str(tmp_path / "out")]) == 2
    err = capsys.readouterr().err
    assert err.count("latitude") == 2 and all(str(file) in err for file in files)
    assert sorted(tmp_path.iterdir()) == before and not compared


@pytest.mark.parametrize(
    ("options", "said"),
    [((), "two site files"), (("--ensemble", "-3"), "--ensemble"), (("--seed", "-1"), "--seed")],
)
def test_what_cannot_be_compared_is_bad_input(files, compared, options, said, capsys):
    chosen = files if options else files[:1]
    assert main(["compare", *map(str, chosen), *options]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("kind", KINDS)
def test_list_names_all_there_is(kind, capsys):
    assert main(["list", kind]) == 0
    text = capsys.readouterr().out
    wanted = {
        "processes": available_processes(),
        "models": available_models(),
        "plants": cover_names(),
        "parameters": load_parameters().keys(),
        "variables": variable_names(),
        "responses": {*TEMPERATURE, *MOISTURE},
    }[kind]
    shown = {line.split("  ")[0] for line in text.splitlines()}
    assert set(wanted) <= shown
    assert "pedozone show" in text


def test_everything_listed_can_be_shown(capsys):
    from pedozone.cli.catalogue import catalogue

    for kind in KINDS:
        found = catalogue(kind)
        names = list(found.names())
        for name in names if kind != "variables" else names[::9]:
            text = found.description(name, 100)
            assert text.startswith(name) and len(text.splitlines()) > 3
            assert "``" not in text


def test_the_pools_of_a_model_are_drawn(capsys, tmp_path):
    file = tmp_path / "century.svg"
    assert main(["show", "model", "century", "--svg", str(file)]) == 0
    assert f"Drawn: {file}" in capsys.readouterr().out
    drawn = file.read_text(encoding="utf-8")
    assert drawn.startswith("<svg") and "passive" in drawn
    assert main(["show", "plant", "maize", "--svg", str(tmp_path / "maize.svg")]) == 2
    assert "leave --svg out" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["century.svg"]


def test_show_says_what_is_declared(capsys):
    assert main(["show", "process", "sorption"]) == 0
    text = capsys.readouterr().out
    process = available_processes()["sorption"]
    for flux in process.transfers:
        assert f"{flux.donor} -> {flux.receiver}" in text
    for name in process.parameters:
        assert name in text and f"{load_parameters()[name].value:g}" in text
    assert "https://doi.org/10.2136/sssaj2011.0340" in text
    assert main(["show", "plants", "temperate-forest"]) == 0
    assert "root_beta" in capsys.readouterr().out


def test_soils_come_from_their_presets(capsys):
    from pedozone.column.soil_types import load_soil_type, soil_names

    assert main(["list", "soils"]) == 0
    listed = capsys.readouterr().out
    together = " ".join(listed.split())
    for name in soil_names():
        first = " ".join(load_soil_type(name).description.split()[:3])
        assert name in listed
        assert first in together
    soil = load_soil_type("andosol")
    assert main(["show", "soil", "andosol"]) == 0
    text = capsys.readouterr().out
    assert soil.title in text and " ".join(soil.description.split()[:4]) in text
    together = "".join(text.split())  # sources are broken into lines
    assert all("".join(record.source.split()) in together for record in soil.records.values())
    assert all(key in text for key in soil.horizons[0])
    clay = [f"{horizon['clay_percent']:g}" for horizon in soil.horizons]
    assert ", ".join(clay) in text
    table = text.split("Horizons")[1]
    assert all(figure in table for figure in clay)
    assert main(["show", "soil", "vertisoil"]) == 2
    assert "Did you mean 'vertisol'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["list", "proceses"], "Did you mean 'processes'"),
        (["show", "process", "sorbtion"], "Did you mean 'sorption'"),
        (["show", "plant", "temperate-forst"], "Did you mean 'temperate-forest'"),
        (["show", "parameter", "carbon_use_eficiency"], "Did you mean 'carbon_use_efficiency'"),
        (["show", "variable", "soc_stok"], "Did you mean 'soc_stock'"),
        (["show", "model", "xyz"], "pedozone list models"),
    ],
)
def test_a_typo_is_bad_input_with_the_nearest_names(arguments, said, capsys):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert said in captured.err and captured.out == ""


def test_help_names_the_verbs():
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    for verb in ("compare", "list", "show", "cite"):
        assert re.search(rf"^\W*{verb} ", result.output, re.M)
    assert "baseline" in CliRunner().invoke(app, ["compare", "--help"]).output


@pytest.fixture
def run_file(tmp_path):
    import json
    import types

    from pedozone.config.references import parameters_of
    from pedozone.models.pedon import Pedon

    site = cases.small_site("cereal-cropland", modes={"aggregation": "off"}, climate={"source": "our own station"})
    ds = make_dataset()
    setting = types.SimpleNamespace(model=Pedon(cells=4))
    ds.attrs["references"] = json.dumps(references_of(site, setting, parameters_of(site)))
    write_dataset(ds, tmp_path / "run.nc")
    return tmp_path / "run.nc"


def test_cite_names_parameters_processes_covers_and_data(run_file, capsys):
    assert main(["cite", str(run_file)]) == 0
    text = capsys.readouterr().out
    flat = " ".join(text.split())
    for part in ("10.1111/gcb.14787", "Mayes, M. A.", "process sorption", "land cover", "our own station",
                 "10.1017/RDC.2020.41", "10.1017/RDC.2021.95", "Thornthwaite", "Bolinder"):  # fmt: skip
        assert part in flat, part
    assert "process aggregation" not in flat  # switched off: its works did not serve this run
    dois = re.findall(r"https://doi\.org/(\S+)", text)
    assert len(dois) == len(set(dois))


def test_bibtex_is_balanced_with_keys_of_their_own(run_file):
    ds = open_run(run_file)
    text = bibtex(citations(ds), ds)
    entries = re.findall(r"^@(\w+)\{([^,]+),$", text, re.M)
    assert len(entries) > 20 and len({key for _, key in entries}) == len(entries)
    assert text.count("{") == text.count("}")
    assert all(re.fullmatch(r"[a-z0-9]+", key) for _, key in entries)
    assert "author = {Mayes, M. A. and Heal, K. R." in text
    assert len(plain_text(citations(ds), ds)) > 2000


def test_cite_of_something_else_is_bad_input(tmp_path, capsys):
    (tmp_path / "x.nc").write_text("no")
    assert main(["cite", str(tmp_path / "x.nc")]) == 2
    assert "Name the run.nc" in capsys.readouterr().err


def test_list_in_a_process_of_its_own(tmp_path):
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH")}
    done = subprocess.run(
        [sys.executable, "-m", "pedozone.cli", "show", "plant", "temperate-gras"],
        capture_output=True, text=True, cwd=tmp_path, env={**kept, "HOME": str(tmp_path)}, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2 and "Did you mean 'temperate-grassland'" in done.stderr and done.stdout == ""
    assert list(tmp_path.iterdir()) == []
