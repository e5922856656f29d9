"""A folder of imported sets of profiles, as Parquet files."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from pedozone.observations.errors import ObservationError
from pedozone.observations.fields import FIELDS
from pedozone.observations.findings import Findings
from pedozone.observations.profiles import Profiles, completed

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,80}$")
FINDINGS = "findings"
"""The table of what was noticed when a set was read."""


def _parquet() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        mend = "Install it: pip install 'pedozone[observations]'."
        raise ObservationError("pyarrow", "", "(not installed)", "the package that writes Parquet", mend) from None
    return pyarrow


def keep(
    folder: str | PathLike[str],
    name: str,
    profiles: Profiles,
    findings: Findings | None = None,
    *,
    replace: bool = False,
) -> Path:
    """Put a set into a catalogue, whole or not at all.

    Parameters
    ----------
    folder : path-like
        Of the catalogue; made where it does not exist.
    name : str
        Of the set: letters, digits, ``_``, ``-`` and ``.``.
    profiles : Profiles
    findings : Findings, optional
        Kept with the set.
    replace : bool
        Whether a set of this name may be replaced.

    Returns
    -------
    pathlib.Path
        The folder of the set.

    Raises
    ------
    ObservationError
        The name is taken or impossible; pyarrow is not installed.
    OSError
        The folder cannot be written to.
    """
    arrow = _parquet()
    if not _NAME.match(name):
        raise ObservationError(folder, "name", name, "letters, digits, '_', '-' and '.'", "Choose another name.")
    target = Path(folder) / name
    if target.exists() and not replace:
        raise ObservationError(folder, "name", name, "a name that is not taken", "Choose another, or replace the set.")
    Path(folder).mkdir(parents=True, exist_ok=True)
    staged = Path(folder) / f".{name}-{secrets.token_hex(4)}.part"
    old = staged.with_suffix(".old")
    try:
        staged.mkdir()
        frames = {each: completed(each, getattr(profiles, each)) for each in FIELDS}
        if findings is not None:
            frames[FINDINGS] = findings.table()
        for each, frame in frames.items():
            table = arrow.Table.from_pandas(frame, preserve_index=False)
            arrow.parquet.write_table(table, staged / f"{each}.parquet", compression="zstd")
        if target.exists():
            os.replace(target, old)
        os.replace(staged, target)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
        elif old.exists():
            os.replace(old, target)
    return target


def kept(folder: str | PathLike[str]) -> pd.DataFrame:
    """The sets of a catalogue: name, and how many sites, profiles, layers and fractions each has.

    Raises
    ------
    ObservationError
        The folder does not exist, or a file in it is damaged.
    """
    arrow = _parquet()
    rows = []
    for path in _sets(Path(folder)):
        sizes = {}
        for each in FIELDS:
            try:
                sizes[f"{each}s"] = arrow.parquet.read_metadata(path / f"{each}.parquet").num_rows
            except (OSError, arrow.ArrowException) as error:
                raise _damaged(path / f"{each}.parquet", error) from None
        rows.append({"name": path.name, **sizes})
    return pd.DataFrame(rows, columns=["name", *(f"{each}s" for each in FIELDS)])


def taken(folder: str | PathLike[str], names: Iterable[str] | None = None) -> Profiles:
    """Sets of a catalogue as one.

    Parameters
    ----------
    folder : path-like
    names : iterable of str, optional
        Of the sets; all of them where it is not given.

    Raises
    ------
    ObservationError
        No such set; a damaged file; the same name of a profile in two sets.
    """
    arrow = _parquet()
    there = {path.name: path for path in _sets(Path(folder))}
    wanted = list(there) if names is None else list(dict.fromkeys(names))
    parts = []
    for name in wanted:
        if name not in there:
            allowed = ", ".join(there) or "none: the catalogue is empty"
            raise ObservationError(folder, "set", name, allowed, "Name one of them.")
        frames = {}
        for each in FIELDS:
            file = there[name] / f"{each}.parquet"
            try:
                frames[each] = completed(each, arrow.parquet.read_table(file).to_pandas())
            except (OSError, arrow.ArrowException) as error:
                raise _damaged(file, error) from None
        parts.append(Profiles(**frames))
    try:
        return Profiles.together(parts)
    except ValueError as error:
        mend = "Take the sets one by one, or import one of them under other names."
        raise ObservationError(
            folder, "sets", ", ".join(wanted), f"sets without common names ({error})", mend
        ) from None


def _sets(folder: Path) -> list[Path]:
    if not folder.is_dir():
        mend = "Name the folder into which sets were imported."
        raise ObservationError(folder, "", "(no such folder)", "a catalogue", mend)
    return sorted(path for path in folder.iterdir() if path.is_dir() and (path / "layer.parquet").exists())


def _damaged(file: Path, error: Exception) -> ObservationError:
    return ObservationError(file, "", f"({error})", "a Parquet file of a catalogue", "Import the set again.")
