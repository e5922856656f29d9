"""What the feedback of the boundary did, part by part and from the command line."""

import csv
import io
import sys
from pathlib import Path

import numpy as np
import pedon_columns as columns
import pytest
import xarray as xr

import pedozone
from pedozone.cli import main
from pedozone.output import open_run
from pedozone.report.attribution import attribution_csv, attribution_text
from pedozone.simulate import simulate_with_twin
from pedozone.simulation.attributed import COLUMN, ORGANIC, attribute_by_part, share_above
from pedozone.simulation.frozen_twin import attribute

FIRST, SINCE, LAST = 1955, 1959, 1964


def highfield(**sections):
    """Highfield on few layers about the year in which it is ploughed up."""
    site = columns.site("highfield", layers=10)
    start, run = site.start.model_copy(update={"year": FIRST}), site.run.model_copy(update={"end_year": LAST})
    history = [entry for entry in site.history if entry.from_year <= LAST]
    assert [entry.from_year for entry in history] == [SINCE]
    return site.model_copy(update={"start": start, "run": run, "history": history, "observation": [], **sections})


@pytest.fixture(scope="module")
def runs():
    return simulate_with_twin(highfield(), SINCE)


@pytest.fixture(scope="module")
def found(runs) -> xr.Dataset:
    return attribute_by_part(*(run.dataset for run in runs))


def test_the_run_beside_its_twin_is_a_run_as_any_other(runs):
    alone = pedozone.simulate(highfield()).dataset
    np.testing.assert_array_equal(runs[0].dataset["carbon"], alone["carbon"])
    assert "frozen_from" not in runs[0].dataset.attrs
    assert runs[1].dataset.attrs["frozen_from"] == SINCE


def test_parts_and_layers_add_up_to_the_column(found):
    for name in ("stock", "change", "change_frozen", "boundary_effect"):
        part = found[f"part_{name}"]
        whole = part.sel(part=COLUMN).values
        depths = [p for p in found["part"].values if str(p).endswith(" cm")]
        np.testing.assert_allclose(part.sel(part=[ORGANIC, *depths]).sum("part"), whole, atol=2e-3)
        zones = [p for p in found["part"].values if "zone" in str(p)]
        np.testing.assert_allclose(part.sel(part=zones).sum("part"), whole, atol=1e-12)
        np.testing.assert_allclose(found[f"layer_{name}"].sum("layer"), whole, atol=1e-12)
    np.testing.assert_allclose(
        found["part_change"] - found["part_change_frozen"], found["part_boundary_effect"], atol=1e-12
    )
    assert abs(float(found["part_change"].sel(part=COLUMN)[-1])) > 0.1  # ploughed up: it does lose carbon
    assert abs(float(found["part_boundary_effect"].sel(part=COLUMN)[-1])) > 1e-4


def test_the_first_depth_is_that_of_the_known_attribution(runs, found):
    known = attribute(*(run.dataset for run in runs))
    for name, by_part in (("stock_change", "part_change"), ("boundary_effect_share", "part_boundary_effect_share")):
        np.testing.assert_allclose(known[name].sel(interval="0-30"), found[by_part].sel(part="0-30 cm"))


def test_layers_above_a_depth():
    faces = np.array([[-0.02, 0.0, 0.1, 0.3, 0.6]])
    data = {"depth_top": (("time", "layer"), faces[:, :-1]), "depth_bottom": (("time", "layer"), faces[:, 1:])}
    np.testing.assert_allclose(share_above(xr.Dataset(data), 0.15), [1.0, 1.0, 0.25, 0.0])
    np.testing.assert_allclose(share_above(xr.Dataset(data), 0.0), [1.0, 0.0, 0.0, 0.0])


def test_table_and_csv_say_the_same(found):
    text = attribution_text(found)
    assert f"change of carbon from {SINCE} to the end of {LAST}" in text
    assert "whole column" in text
    assert "mineral zone before" in text
    rows = list(csv.DictReader(io.StringIO(attribution_csv(found))))
    assert len(rows) == found.sizes["time"] * found.sizes["part"]
    last = next(row for row in reversed(rows) if row["part"] == COLUMN)
    assert float(last["change (kg m-2)"]) == float(found["part_change"].sel(part=COLUMN)[-1])
    assert f"{10 * float(last['stock before (kg m-2)']):.2f}" in text


def site_file(folder: Path, **sections) -> Path:
    file = folder / "field.toml"
    file.write_text(highfield(**sections).to_toml())
    return file


def test_from_the_command_line(tmp_path: Path, runs, monkeypatch, capsys):
    asked = []

    def with_twin(site, frozen_from, **options):
        asked.append(frozen_from)
        return runs

    monkeypatch.setattr(sys.modules["pedozone.simulate"], "simulate_with_twin", with_twin)
    monkeypatch.chdir(tmp_path)
    assert main(["attribute", str(site_file(tmp_path))]) == 0  # the first change of its own accord
    assert asked == [SINCE]
    folder = tmp_path / "runs" / "field-attribution"
    written = {"attribution.csv", "attribution.nc", "attribution.png", "frozen.nc", "run.nc"}
    assert {file.name for file in folder.iterdir()} == written
    assert "whole column" in capsys.readouterr().out
    kept = open_run(folder / "attribution.nc")
    assert kept.attrs["frozen_from"] == SINCE
    assert kept["part_change"].attrs["units"] == "kg m-2"
    assert open_run(folder / "frozen.nc").attrs["frozen_from"] == SINCE


@pytest.mark.parametrize(
    ("arguments", "sections", "said"),
    [
        (["--from", "1800"], {}, ["--from", "1800", f"{FIRST} to {LAST}"]),
        (["--from", "next"], {}, ["--from"]),
        ([], {"history": [], "event": [], "change": []}, ["--from", "Nothing happens"]),
        (["--from", "1960"], {"prescribed_boundary": {"depth_cm": 50.0, "width_cm": 20.0}}, ["prescribed_boundary"]),
    ],
)
def test_what_cannot_be_asked_is_told_before_anything_runs(tmp_path: Path, arguments, sections, said, capsys):
    if "prescribed_boundary" in sections:
        from pedozone.config.prescribed_boundary import PrescribedBoundary

        sections = {"prescribed_boundary": PrescribedBoundary(**sections["prescribed_boundary"])}
    file = site_file(tmp_path, **sections)
    assert main(["attribute", str(file), "--out", str(tmp_path / "out"), *arguments]) == 2
    told = capsys.readouterr().err
    assert all(word in told for word in said)
    assert not (tmp_path / "out").exists()
