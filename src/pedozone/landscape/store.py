"""The store of a batch: a Zarr group whose shards are written whole, each by one task, and then marked as finished."""

from __future__ import annotations

import importlib
import json
import os
import secrets
import shutil
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pedozone.config.errors import InputError
from pedozone.landscape.kept import AXES, NONE, Kept

STATUS = ("not computed", "converged", "slow front", "no steady state", "not alive", "none", "failed")
"""Meanings of the codes of ``status``: how the spin-up ended, that there was none, or that the site failed."""

IDENTITY = "pedozone_batch"
"""Attribute that says of what a store is the output."""

MARK = "chunk_finished"

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Layout:
    """What a store holds.

    Parameters
    ----------
    names, rows : sequence
        Of the sites: their names, and the rows of the table.
    first, last : int
        Years.
    kept : sequence of Kept
    chunk : int
        Sites of a chunk.
    identity : mapping of str to str
        Of what it is the output.
    attributes : mapping
        Of the whole.
    """

    names: Sequence[str]
    rows: Sequence[int]
    first: int
    last: int
    kept: Sequence[Kept]
    chunk: int
    identity: Mapping[str, str]
    attributes: Mapping[str, Any]

    @property
    def years(self) -> int:
        """Number of years."""
        return self.last - self.first + 1

    @property
    def chunks(self) -> int:
        """Number of chunks."""
        return -(-len(self.names) // self.chunk)


def zarr() -> Any:
    """The zarr package.

    Raises
    ------
    InputError
        It is not installed.
    """
    return needed("zarr")


def needed(package: str) -> Any:
    """A package of the extra ``landscape``.

    Raises
    ------
    InputError
        It is not installed.
    """
    try:
        return importlib.import_module(package)
    except ImportError:
        mend = "Install it: pip install 'pedozone[landscape]'."
        raise InputError("pedozone batch", "", f"(no {package})", f"the package {package}", mend) from None


class Store:
    """A store that exists.

    Parameters
    ----------
    path : pathlib.Path
        Its folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # consolidated metadata are no part of the format's text yet
            self.group = zarr().open_group(path, mode="r+", zarr_format=3, use_consolidated=True)

    def finished(self) -> set[int]:
        """Numbers of the chunks whose data are whole."""
        return {int(k) for k in np.flatnonzero(self.group[MARK][:])}

    def status(self) -> np.ndarray:
        """Codes of `STATUS` [sites]."""
        return np.asarray(self.group["status"][:])

    def messages(self, which: Sequence[int]) -> list[str]:
        """What is told of some sites."""
        found = self.group["message"]
        return [str(np.asarray(found[int(k) : int(k) + 1])[0]) for k in which]

    def write(self, chunk: int, arrays: Arrays, finished: bool = True) -> None:
        """Write a chunk, whole; then mark it as finished.

        Parameters
        ----------
        chunk : int
        arrays : mapping of str to numpy.ndarray [sites of the chunk, ...]
        finished : bool
            Whether it is; one that is not is computed again when the batch is resumed.
        """
        size = self.group["status"].chunks[0]
        first = chunk * size
        for name, values in arrays.items():
            self.group[name][first : first + len(values)] = values
        for name in arrays:
            _reach_the_disk(self.path / name / "c" / str(chunk))
        if finished:
            self.group[MARK][chunk] = 1
            _reach_the_disk(self.path / MARK / "c" / str(chunk))

    def tidy(self) -> None:
        """Remove what interrupted writers have left (only while nobody writes)."""
        for file in self.path.rglob("*.partial"):
            file.unlink(missing_ok=True)


def _reach_the_disk(place: Path) -> None:
    """Wait until a shard is on the disk: a mark must not get there before it. One of no values has no file."""
    files = [place] if place.is_file() else [file for file in place.rglob("*") if file.is_file()]
    for file in files:
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def open_store(path: Path, layout: Layout) -> Store:
    """The store of a batch, made where there is none.

    Raises
    ------
    InputError
        Under that name stands something else, or the output of another batch, or nothing can be written there.
    OSError
        One that is there cannot be read.
    """
    zarr()
    if not path.exists():
        _make(path, layout)
        return Store(path)
    mend = "Choose another --out, or remove it."
    try:
        found = json.loads((path / "zarr.json").read_text(encoding="utf-8"))["attributes"][IDENTITY]
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(path, "--out", "(something else)", "a new name, or the store of this batch", mend) from None
    differing = [name for name, value in layout.identity.items() if found.get(name) != value]
    if differing:
        changed = f"({', '.join(differing)} changed)"
        allowed = "a new name, or the store of this very batch, which is then resumed"
        raise InputError(path, "--out", changed, allowed, mend)
    store = Store(path)
    store.tidy()
    return store


def _make(path: Path, layout: Layout) -> None:
    """Lay out all arrays under a hidden name, and give the whole its own."""
    hidden = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            group = zarr().open_group(hidden, mode="w", zarr_format=3)
            group.attrs.update({**layout.attributes, IDENTITY: dict(layout.identity)})
            _lay_out(group, layout)
            zarr().consolidate_metadata(hidden, zarr_format=3)
        os.replace(hidden, path)
    except OSError as error:
        shutil.rmtree(hidden, ignore_errors=True)
        allowed, mend = "a name in a folder that can be written to", "Check the folder, its permissions and its space."
        raise InputError(path, "--out", f"({error.strerror or error})", allowed, mend) from None
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        raise


def _lay_out(group: Any, layout: Layout) -> None:
    sites, chunk = len(layout.names), layout.chunk

    def whole(name: str, dims: Sequence[str], values: Any, **attributes: Any) -> None:
        data = np.asarray(values)
        kind = str if data.dtype.kind in "UO" else data.dtype
        array = group.create_array(name, shape=data.shape, chunks=data.shape, dtype=kind, dimension_names=list(dims))
        array.attrs.update(attributes)
        array[:] = data.astype(object) if kind is str else data

    def by_site(name: str, dims: Sequence[str], shape: Sequence[int], kind: Any, fill: Any, attributes: Any) -> None:
        array = group.create_array(
            name,
            shape=(sites, *shape),
            chunks=(chunk, *shape),
            shards=(chunk, *shape),
            dtype=kind,
            fill_value=fill,
            dimension_names=["site", *dims],
        )
        array.attrs.update({"coordinates": "latitude longitude", **attributes})

    whole("site", ["site"], list(layout.names), long_name="name of the site")
    whole("row", ["site"], np.asarray(layout.rows, dtype=np.int64), long_name="row of the table; its heads are row 1")
    years = np.arange(layout.first, layout.last + 1, dtype=np.int64)
    whole("year", ["year"], years, long_name="calendar year", comment="Year CE over which fluxes are summed.")
    moments = np.append(years, years[-1] + 1).astype(float)
    whole("time", ["time"], moments, units="yr", long_name="time of a state", comment="Decimal year CE.")
    used = {dim for kept in layout.kept for dim in kept.dims}
    for name, values in AXES.items():
        if name in used:
            extra = {"units": "yr"} if name == "horizon" else {}
            whole(name, [name], values, **extra)
    for kept in layout.kept:
        kind, fill = (np.uint8, NONE) if kept.codes else (np.float64, np.nan)
        by_site(kept.name, kept.dims, kept.shape(layout.years), kind, fill, dict(kept.attributes))
    meanings = {"flag_values": list(range(len(STATUS))), "flag_meanings": " ".join(s.replace(" ", "_") for s in STATUS)}
    by_site("status", [], [], np.uint8, 0, {"long_name": "how the spin-up ended, or that the site failed", **meanings})
    by_site("message", [], [], str, "", {"long_name": "status in words, with cause and advice"})
    degrees = {"latitude": "degrees_north", "longitude": "degrees_east"}
    for name, units in degrees.items():
        by_site(name, [], [], np.float64, np.nan, {"units": units, "standard_name": name})
        del group[name].attrs["coordinates"]
    marks = group.create_array(
        MARK, shape=(layout.chunks,), chunks=(1,), dtype=np.uint8, fill_value=0, dimension_names=["chunk"]
    )
    marks.attrs.update({"long_name": "whether all sites of the chunk are in the store", "sites_of_a_chunk": chunk})
