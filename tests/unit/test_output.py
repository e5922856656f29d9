"""Files are whole or absent, and a run comes back as it was written."""

import errno
import json
import os
import shutil
from collections import namedtuple
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from report_dataset import make_dataset

from pedozone.output import atomic as atomic_module
from pedozone.output import open_run, write_atomically, write_dataset


@pytest.fixture(scope="module")
def ds() -> xr.Dataset:
    return make_dataset()


@pytest.fixture(scope="module")
def run_file(ds, tmp_path_factory) -> Path:
    return write_dataset(ds, tmp_path_factory.mktemp("run") / "run.nc")


def test_a_run_comes_back_as_it_was(ds, run_file):
    back = open_run(run_file)
    xr.testing.assert_equal(back, ds)
    assert set(back.coords) == set(ds.coords)
    assert {name: back.attrs[name] for name in ds.attrs} == ds.attrs
    assert json.loads(back.attrs["parameters"])[0]["name"] == "metabolic_decay_rate"


def test_text_flags_and_years_keep_their_kind(run_file):
    back = open_run(run_file)
    assert back["pool"].dtype.kind == "U"
    assert back["land_cover"].dtype.kind == "U"
    assert back["is_organic"].dtype == bool
    assert back["year"].dtype.kind == "i"
    assert back["time"].dtype == float
    assert back["carbon"].sel(pool="maom_stable").shape == back["cSoilLevels"].shape


def test_long_and_unusual_attributes_come_back(tmp_path):
    # A fixed-length HDF5 attribute ends at 64 kB; sites and parameter lists can be longer.
    long = "äöü ∂ " * 40_000
    odd = xr.Dataset(attrs={"site_toml": long, "list": [1, "two"], "nothing": None, "yes": True})
    back = open_run(write_dataset(odd, tmp_path / "odd.nc"))
    assert back.attrs["site_toml"] == long
    assert json.loads(back.attrs["list"]) == [1, "two"]
    assert back.attrs["nothing"] == ""
    assert back.attrs["yes"] == 1


def test_variables_carry_cf_attributes(run_file):
    with h5py.File(run_file) as file:
        assert file.attrs["Conventions"] == "CF-1.11"
        assert file["cSoilLevels"].attrs["units"] == "kg m-2"
        assert file["cSoilLevels"].attrs["standard_name"] == "carbon_mass_content_of_soil_layer"
        for name in ("depth_top", "boundary_depth", "zone_stock", "leaching", "time"):
            assert file[name].attrs["units"], name
            assert file[name].attrs["long_name"], name


def test_writing_leaves_the_dataset_alone(tmp_path):
    ds = make_dataset(last_year=1951)
    before = {name: dict(variable.attrs) for name, variable in ds.variables.items()}
    write_dataset(ds, tmp_path / "run.nc")
    assert {name: dict(variable.attrs) for name, variable in ds.variables.items()} == before


def test_large_arrays_are_compressed(tmp_path):
    big = xr.Dataset({"carbon": (("time", "pool", "layer"), np.zeros((400, 11, 31)))})
    assert write_dataset(big, tmp_path / "big.nc").stat().st_size < big.nbytes / 20


def test_missing_values_survive(run_file, ds):
    width = open_run(run_file)["boundary_width"]
    np.testing.assert_array_equal(np.isnan(width), np.isnan(ds["boundary_width"]))


def test_a_variable_unknown_to_the_registry_is_written(tmp_path):
    extra = xr.Dataset({"my_plugin_thing": ("x", [1.0, 2.0], {"units": "m"})})
    back = open_run(write_dataset(extra, tmp_path / "x.nc"))
    assert back["my_plugin_thing"].attrs["units"] == "m"


@pytest.mark.parametrize("failing", ["disk_full_before", "disk_full_during", "interrupted"])
@pytest.mark.parametrize("existing", [None, b"the run before"])
def test_no_truncated_file_under_the_final_name(tmp_path, monkeypatch, failing, existing):
    target = tmp_path / "run.nc"
    if existing is not None:
        target.write_bytes(existing)
    expected: type[BaseException] = OSError
    if failing == "disk_full_before":
        usage = namedtuple("usage", "total used free")
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage(10, 10, 0))
    elif failing == "disk_full_during":

        def full(_descriptor):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(atomic_module.os, "fsync", full)
    else:
        expected = KeyboardInterrupt

        def interrupt(_descriptor):
            raise KeyboardInterrupt

        monkeypatch.setattr(atomic_module.os, "fsync", interrupt)

    with pytest.raises(expected) as caught:
        write_atomically(b"x" * 100_000, target)
    monkeypatch.undo()

    if isinstance(caught.value, OSError):
        assert caught.value.errno == errno.ENOSPC
        assert "disk full" in str(caught.value)
        assert str(target) in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ([] if existing is None else ["run.nc"])
    if existing is not None:
        assert target.read_bytes() == existing


def test_a_file_is_replaced_whole(tmp_path):
    target = tmp_path / "file"
    write_atomically(b"one", target)
    write_atomically(memoryview(b"two"), target)
    assert target.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_is_readable_by_others_as_the_umask_says(tmp_path):
    target = write_atomically(b"one", tmp_path / "file")
    plain = tmp_path / "plain"
    plain.write_bytes(b"one")
    assert target.stat().st_mode == plain.stat().st_mode


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="folder does not exist") as caught:
        write_atomically(b"", tmp_path / "absent" / "run.nc")
    assert "absent" in str(caught.value)


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(IsADirectoryError, match="is a folder"):
        write_atomically(b"", tmp_path)
    with pytest.raises(IsADirectoryError, match="is a folder"):
        open_run(tmp_path)


def test_what_is_no_run_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such run file"):
        open_run(tmp_path / "absent.nc")
    text = tmp_path / "text.nc"
    text.write_text("not a run")
    with pytest.raises(ValueError, match="not a readable NetCDF-4 file"):
        open_run(text)


def test_a_truncated_file_is_refused(tmp_path, run_file):
    part = tmp_path / "part.nc"
    part.write_bytes(run_file.read_bytes()[:5000])
    with pytest.raises(ValueError, match=r"part\.nc: not a readable NetCDF-4 file"):
        open_run(part)
