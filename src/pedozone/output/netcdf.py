"""A run as one CF-1.11 NetCDF-4 file.

The file is serialised in memory first and then put under its name by
`pedozone.output.atomic`: HDF5 writing straight to a full disk has been seen to crash the process.
"""

from __future__ import annotations

import errno
import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pedozone import variables
from pedozone.output.atomic import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping

CONVENTIONS = "CF-1.11"

# Below this an array is cheaper to store as it is than to chunk and compress.
_COMPRESS_FROM_BYTES = 256 * 1024
_COMPRESSION = {"compression": "gzip", "compression_opts": 4, "shuffle": True}


def write_dataset(ds: xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Write a run's dataset as NetCDF-4 with CF-1.11 attributes.

    Parameters
    ----------
    ds : xarray.Dataset
        As `run.dataset`. Units, long and standard names come from the registry of variables;
        attributes already present stay. Lists and mappings among the attributes become JSON.
    path : path-like
        Final name, usually ending in ``.nc``. Its folder must exist.

    Returns
    -------
    pathlib.Path
        The final name.

    Raises
    ------
    OSError
        Folder missing or not writable, or disk full. No truncated file is left in any case.
    """
    return write_atomically(serialise(ds), path)


def serialise(ds: xr.Dataset) -> memoryview:
    """Return the bytes of the NetCDF-4 file that `write_dataset` writes."""
    described = _described(ds)
    encoding: dict[str, dict[str, object]] = {}
    for name, variable in described.variables.items():
        chosen: dict[str, object] = {}
        if variable.dtype.kind == "f" and not np.isnan(variable.values).any():
            # xarray would declare a fill value that never occurs.
            chosen["_FillValue"] = None
        if variable.dtype.kind in "fiu" and variable.nbytes >= _COMPRESS_FROM_BYTES:
            chosen |= _COMPRESSION
        if chosen:
            encoding[str(name)] = chosen
    stream = io.BytesIO()
    described.to_netcdf(stream, engine="h5netcdf", encoding=encoding)
    return stream.getbuffer()


def open_run(path: str | os.PathLike[str]) -> xr.Dataset:
    """Read a dataset written by `write_dataset` and close the file.

    Parameters
    ----------
    path : path-like
        A ``run.nc``.

    Returns
    -------
    xarray.Dataset
        In memory; text coordinates are text again, flags are booleans, years are plain numbers.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        The file is not NetCDF-4, or is damaged.
    """
    source = Path(path)
    if source.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder; name the run.nc inside it", str(source))
    if not source.exists():
        raise FileNotFoundError(errno.ENOENT, "no such run file", str(source))
    try:
        # `time` is a decimal year: decoding it as a date would lose what it means.
        with xr.open_dataset(source, engine="h5netcdf", decode_times=False) as opened:
            ds = opened.load()
    except PermissionError:
        raise
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(
            f"{source}: not a readable NetCDF-4 file ({error}); expected a run.nc written by pedozone"
        ) from error
    text = {
        name: (variable.dims, variable.values.astype(str), variable.attrs)
        for name, variable in ds.variables.items()
        if variable.dtype.kind == "O"
    }
    ds = ds.assign_coords({name: value for name, value in text.items() if name in ds.coords})
    return ds.assign({name: value for name, value in text.items() if name not in ds.coords})


def _described(ds: xr.Dataset) -> xr.Dataset:
    described = ds.copy(deep=False)
    described.attrs = {
        "Conventions": CONVENTIONS,
        **{str(name): _plain(value) for name, value in ds.attrs.items()},
    }
    if "version" in ds.attrs:
        described.attrs.setdefault("source", f"pedozone {ds.attrs['version']}")
    for name in described.variables:
        variable = described.variables[name]
        variable.attrs = {**_registered(str(name)), **variable.attrs}
    return described


def _registered(name: str) -> Mapping[str, str]:
    try:
        entry = variables.lookup(name)
    except KeyError:  # a plug-in may add variables that the registry does not know
        return {}
    return entry.attributes()


def _plain(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False)
    return value
