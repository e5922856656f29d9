"""The command line, with a simulation that is a stand-in."""

from __future__ import annotations

import errno
import json
import os
import types
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import pedozone
from pedozone.cli import main
from pedozone.cli.compilation import cache_folder
from pedozone.config.templates import PRESETS
from pedozone.output import write_dataset
from tests.report_dataset import make_dataset


class FakeRun:
    """What `pedozone.simulate` returns, without a simulation."""

    def __init__(self, dataset: xr.Dataset) -> None:
        self.dataset = dataset

    def save(self, path: str | os.PathLike[str]) -> None:
        write_dataset(self.dataset, path)

    def summary(self) -> dict[str, object]:
        return {"site": "x", "stock": np.float64(6.3), "none": float("nan"), "years": (1950, 2014)}


@pytest.fixture(scope="module")
def dataset() -> xr.Dataset:
    return make_dataset()


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    file = tmp_path / "mysite.toml"
    assert main(["new", str(file), "--preset", "bare-fallow", "--quiet"]) == 0
    return file


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch, dataset: xr.Dataset) -> list[dict[str, object]]:
    calls: list[dict[str, object]] = []

    def simulate(site, progress, **options):
        calls.append({"site": site, **options})
        progress(0.5, "half way")
        return FakeRun(dataset)

    monkeypatch.setitem(vars(pedozone), "simulate", simulate)
    monkeypatch.setattr("pedozone.cli.compilation.configure", lambda: None)
    return calls


@pytest.mark.parametrize("preset", PRESETS)
def test_new_writes_a_file_that_validates(preset: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "site of mine.toml"
    assert main(["new", str(file), "--preset", preset]) == 0
    assert "pedozone run" in capsys.readouterr().err
    assert main(["validate", str(file)]) == 0
    assert "is valid" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == [file.name]


def test_new_does_not_replace_a_file_unasked(site_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site_file.write_text("mine")
    assert main(["new", str(site_file)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert site_file.read_text() == "mine"
    assert main(["new", str(site_file), "--force"]) == 0
    assert site_file.read_text() != "mine"


def test_new_with_an_unknown_preset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(tmp_path / "x.toml"), "--preset", "temperate-forst"]) == 2
    assert "Did you mean 'temperate-forest'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_validate_tells_every_problem(site_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = site_file.read_text().replace("latitude = 50.0", "latitude = 500")
    site_file.write_text(text.replace("layers = 30", "layres = 30"))
    assert main(["validate", str(site_file)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("Error: ") == captured.err.count("mend:") == 2
    assert "Traceback" not in captured.err


def test_run_writes_three_files_and_a_summary(
    site_file: Path,
    tmp_path: Path,
    simulated: list[dict[str, object]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "runs" / "mine"
    assert main(["run", str(site_file), "--out", str(out)]) == 0
    assert sorted(p.name for p in out.iterdir()) == ["report.html", "run.nc", "summary.json"]
    text = capsys.readouterr().out
    for part in ("kg m-2 =", "t C/ha =", "t CO2/ha", "cm", "Carbon budget", "Spin-up", "converged"):
        assert part in text
    assert str(out / "report.html") in text
    assert "closed" in text
    summary = json.loads((out / "summary.json").read_text())
    assert summary == {"site": "x", "stock": 6.3, "none": None, "years": [1950, 2014]}
    assert list(simulated[0]) == ["site", "solver", "known_ringing"] and simulated[0]["solver"] == "auto"


def test_run_with_json_prints_nothing_else(
    site_file: Path,
    tmp_path: Path,
    simulated: list[dict[str, object]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    arguments = ["run", str(site_file), "-o", str(out), "--json", "--no-report", "--solver", "jax"]
    assert main(arguments) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["stock"] == 6.3
    assert captured.err == ""
    assert sorted(p.name for p in out.iterdir()) == ["run.nc", "summary.json"]
    assert simulated[0]["solver"] == "jax"


def test_run_quietly(
    site_file: Path,
    tmp_path: Path,
    simulated: list[dict[str, object]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["run", str(site_file), "-o", str(tmp_path / "out"), "-q", "--no-report"]) == 0
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_the_default_folder_is_named_after_the_site(
    site_file: Path,
    tmp_path: Path,
    simulated: list[dict[str, object]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["run", "mysite.toml", "-q", "--no-report"]) == 0
    assert (tmp_path / "runs" / "mysite" / "run.nc").exists()
    folder = tmp_path / "highfield"
    folder.mkdir()
    (folder / "site.toml").write_text(site_file.read_text())
    assert main(["run", "highfield/site.toml", "-q", "--no-report"]) == 0
    assert (tmp_path / "runs" / "highfield" / "run.nc").exists()


def test_bad_input_costs_nothing_and_writes_nothing(
    site_file: Path,
    tmp_path: Path,
    simulated: list[dict[str, object]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    site_file.write_text(site_file.read_text().replace("end_year = 2020", "end_year = 1020"))
    out = tmp_path / "out"
    assert main(["run", str(site_file), "-o", str(out)]) == 2
    error = capsys.readouterr().err
    assert str(site_file) in error and "run.end_year = 1020" in error
    assert not out.exists() and not simulated


def test_a_folder_that_cannot_be_written(
    site_file: Path,
    tmp_path: Path,
    simulated: list[dict[str, object]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    obstacle = tmp_path / "a file"
    obstacle.write_text("")
    assert main(["run", str(site_file), "-o", str(obstacle / "deep" / "out")]) == 2
    assert "a folder that can be written to" in capsys.readouterr().err
    assert main(["run", str(site_file), "-o", str(obstacle)]) == 2
    assert main(["new", str(obstacle / "x.toml")]) == 2
    assert main(["new", str(tmp_path / "none" / "x.toml")]) == 2
    assert not simulated
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a file", "mysite.toml"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_folder_without_permission(site_file: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    assert main(["run", str(site_file), "-o", str(locked)]) == 2


def test_a_full_disk_leaves_no_half_site_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(["new", str(tmp_path / "x.toml")]) == 1
    assert "disk full; nothing was written" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("earlier", [True, False])
def test_a_full_disk_leaves_what_was_there(
    earlier: bool,
    site_file: Path,
    tmp_path: Path,
    simulated: list[dict[str, object]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "new" / "out"
    if earlier:
        out.mkdir(parents=True)
        (out / "run.nc").write_text("earlier")

    def full(self: FakeRun, path: str | os.PathLike[str]) -> None:
        Path(path).write_bytes(b"half of it")
        raise OSError(errno.ENOSPC, "No space left on device", os.fspath(path))

    monkeypatch.setattr(FakeRun, "save", full)
    assert main(["run", str(site_file), "-o", str(out)]) == 1
    error = capsys.readouterr().err
    assert "disk full" in error and str(out / "run.nc") in error
    assert ".unfinished" not in error and "Traceback" not in error
    if earlier:
        assert (out / "run.nc").read_text() == "earlier"
        assert [p.name for p in out.iterdir()] == ["run.nc"]
    else:
        assert not (tmp_path / "new").exists()


def test_a_failing_run_is_told_in_two_lines(
    site_file: Path,
    tmp_path: Path,
    simulated: list[dict[str, object]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(site, progress, **options):
        raise RuntimeError("the microbes died")

    monkeypatch.setitem(vars(pedozone), "simulate", fail)
    assert main(["run", str(site_file), "-o", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert "the microbes died" in error and "Traceback" not in error
    assert not (tmp_path / "out").exists()
    with pytest.raises(RuntimeError):
        main(["run", str(site_file), "-o", str(tmp_path / "out"), "--verbose"])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("earlier", [True, False])
def test_a_failing_report_does_not_cost_the_run(
    earlier: bool,
    site_file: Path,
    tmp_path: Path,
    simulated: list[dict[str, object]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(run: FakeRun, path: Path) -> None:
        raise IndexError("nothing to draw")

    monkeypatch.setattr("pedozone.report.write_report", fail)
    out = tmp_path / "out"
    if earlier:
        out.mkdir()
        (out / "report.html").write_text("earlier")
    assert main(["run", str(site_file), "-o", str(out)]) == 1
    captured = capsys.readouterr()
    assert "the report failed: IndexError: nothing to draw" in captured.err and "Traceback" not in captured.err
    assert "Carbon budget" in captured.out and str(out / "report.html") not in captured.out
    assert ("of an earlier run" in captured.err) is earlier
    assert {"run.nc", "summary.json"} <= {p.name for p in out.iterdir()} <= {"run.nc", "summary.json", "report.html"}
    with pytest.raises(IndexError):
        main(["run", str(site_file), "-o", str(out), "--verbose"])
    assert (out / "run.nc").exists()


def test_plot(dataset: xr.Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "run.nc"
    write_dataset(dataset, file)
    assert main(["plot", str(file), "--list"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    name = names[0]
    assert main(["plot", str(file)]) == 0
    assert {drawn.stem for drawn in (tmp_path / "figures").iterdir()} == set(names)
    capsys.readouterr()
    for ending in ("png", "svg"):
        target = tmp_path / f"x.{ending}"
        assert main(["plot", str(file), "--figure", name, "--out", str(target)]) == 0
        assert target.stat().st_size > 1000
    assert main(["plot", str(file), "--figure", name[:-1] + "x"]) == 2
    assert name in capsys.readouterr().err
    assert main(["plot", str(file), "--figure", name, "--out", "x.tiff"]) == 2
    assert main(["plot", str(tmp_path / "none.nc"), "--figure", name]) == 2
    (tmp_path / "bad.nc").write_text("no netcdf")
    assert main(["plot", str(tmp_path / "bad.nc"), "--figure", name]) == 2
    assert "a run.nc" in capsys.readouterr().err


def test_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed)["title"] == "pedozone site file"
    assert main(["schema", "--out", str(tmp_path / "s.json")]) == 0
    assert json.loads((tmp_path / "s.json").read_text()) == json.loads(printed)


def test_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PEDOZONE_CACHE_DIR", str(tmp_path))
    (tmp_path / "mine.txt").write_text("not the cache's")
    cache_folder().mkdir()
    (cache_folder() / "program").write_bytes(b"x" * 1000)
    assert main(["cache", "path"]) == 0
    assert capsys.readouterr().out.strip() == str(cache_folder())
    assert main(["cache", "clear"]) == 0
    assert "1 files" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
    assert main(["cache", "clear"]) == 0


def test_cache_folder_without_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("no home")

    monkeypatch.delenv("PEDOZONE_CACHE_DIR", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert cache_folder().is_absolute()


def test_usage_errors_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"pedozone {pedozone.__version__}"
    assert main(["rnu"]) == 2
    assert main(["run"]) == 2
    assert main(["run", "x.toml", "--solver", "fortran"]) == 2
    assert main(["--help"]) == 0


def test_the_module_simulate_does_not_hide_the_function(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(vars(pedozone), "simulate", None)
    module = types.ModuleType("pedozone.simulate")
    module.simulate = lambda: "done"  # type: ignore[attr-defined]
    setattr(pedozone, "simulate", module)  # noqa: B010  (what importing the module does)
    assert vars(pedozone)["simulate"]() == "done"


def test_public_names_exist_and_others_do_not() -> None:
    assert {"load_site", "simulate", "load_parameters", "load_cover", "load_run"} <= set(pedozone.__all__)
    assert set(pedozone.__all__) <= set(dir(pedozone))
    assert pedozone.load_cover("bare-fallow").name == "bare-fallow"
    with pytest.raises(AttributeError, match="simulat"):
        pedozone.simulat  # noqa: B018
