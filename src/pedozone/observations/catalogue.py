"""A folder of imported sets of profiles, as Parquet files.

Parquet alone, read through pyarrow: of a set only the columns and profiles asked for are read, which takes a tenth of
a second for a hundred thousand layers. A database would be one more package to install and one more file that may not
agree with the others; those who want SQL can point one (DuckDB, for instance) at the same files.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pedozone.observations.errors import ObservationError
from pedozone.observations.fields import FIELDS
from pedozone.observations.findings import Findings
from pedozone.observations.profiles import Profiles, completed, empty
from pedozone.observations.selection import Conditions

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
            table = _typed(arrow, each, arrow.Table.from_pandas(frame, preserve_index=False))
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


def kept(
    folder: str | PathLike[str], names: Iterable[str] | None = None, conditions: Conditions | None = None
) -> pd.DataFrame:
    """The sets of a catalogue, and what of them meets conditions.

    Parameters
    ----------
    folder : path-like
    names : iterable of str, optional
        Of the sets; all of them where it is not given.
    conditions : Conditions, optional

    Returns
    -------
    pandas.DataFrame
        ``name``; ``sites``, ``profiles``, ``layers`` and ``fractions`` of each set as a whole; ``first_year`` and
        ``last_year`` of sampling; ``to_100_cm``: profiles with organic carbon over 90 % of the upper metre; and
        ``meeting``: profiles that meet the conditions.

    Raises
    ------
    ObservationError
        The folder does not exist, a file in it is damaged, or there is no such set.
    """
    arrow = _parquet()
    rows = []
    deep = Conditions(covers_cm=(0, 100))
    for path in _named(Path(folder), names):
        sizes = {}
        for each in FIELDS:
            try:
                sizes[f"{each}s"] = arrow.parquet.read_metadata(path / f"{each}.parquet").num_rows
            except (OSError, arrow.ArrowException) as error:
                raise _damaged(path / f"{each}.parquet", error) from None
        part = attributes(path, deep)
        (reach,) = deep.met(part).values()
        asked = part if conditions is None or conditions.covers_cm is None else attributes(path, conditions)
        met = np.ones(len(part), dtype=bool)
        for one in (conditions or Conditions()).met(asked).values():
            met &= one
        years = part.profile["sampling_year"]
        about = {"first_year": years.min(), "last_year": years.max(), "to_100_cm": int(reach.sum())}
        rows.append({"name": path.name, **sizes, **about, "meeting": int(met.sum())})
    heads = ["name", *(f"{each}s" for each in FIELDS), "first_year", "last_year", "to_100_cm", "meeting"]
    return pd.DataFrame(rows, columns=heads)


def taken(
    folder: str | PathLike[str], names: Iterable[str] | None = None, conditions: Conditions | None = None
) -> Profiles:
    """Sets of a catalogue, or what of them meets conditions, as one.

    Parameters
    ----------
    folder : path-like
    names : iterable of str, optional
        Of the sets; all of them where it is not given.
    conditions : Conditions, optional
        What profiles are to be like; only those are read.

    Raises
    ------
    ObservationError
        No such set; a damaged file; the same name of a profile in two sets.
    """
    wanted, parts = _named(Path(folder), names), []
    for path in wanted:
        part = attributes(path, conditions)
        chosen = np.ones(len(part), dtype=bool)
        if conditions is not None:
            for met in conditions.met(part).values():
                chosen &= met
        only = None if chosen.all() else part.profile["profile_id"].to_numpy()[chosen].tolist()
        layers = {each: _read(path, each, only=only) for each in ("layer", "fraction")}
        whole = Profiles(part.site, part.profile, **layers)
        parts.append(whole if only is None else whole.of(only))
    try:
        return Profiles.together(parts)
    except ValueError as error:
        mend = "Take the sets one by one, or import one of them under other names."
        raise ObservationError(
            folder, "sets", ", ".join(path.name for path in wanted), f"sets without common names ({error})", mend
        ) from None


def attributes(path: str | PathLike[str], conditions: Conditions | None = None) -> Profiles:
    """The profiles and sites of a set, and of its layers no more than conditions need.

    Parameters
    ----------
    path : path-like
        Folder of the set.
    conditions : Conditions, optional
        That are to be judged.

    Raises
    ------
    ObservationError
        A damaged file.
    """
    path = Path(path)
    layer = empty("layer")
    if conditions is not None and conditions.covers_cm is not None:
        known = [name for name in conditions.fields if name in layer]
        layer = _read(path, "layer", ["profile_id", "top_cm", "bottom_cm", *known])
    return Profiles(_read(path, "site"), _read(path, "profile"), layer, empty("fraction"))


def set_folder(name: str | PathLike[str], folder: str | PathLike[str]) -> Path | None:
    """Where the set of a name lies in a catalogue, or the folder of a set itself; none where there is none.

    Raises
    ------
    ObservationError
        pyarrow is not installed.
    """
    for path in (Path(name), Path(folder) / Path(name).name):
        if path.is_dir() and (path / "layer.parquet").exists():
            _parquet()
            return path
    return None


def _read(path: Path, table: str, columns: list[str] | None = None, only: list[str] | None = None) -> pd.DataFrame:
    arrow, file = _parquet(), path / f"{table}.parquet"
    try:
        # In an empty table of an earlier version the names have no type, and cannot be compared.
        blank = arrow.types.is_null(arrow.parquet.read_schema(file).field("profile_id").type) if only else False
        filters = None if only is None or blank else [("profile_id", "in", only)]
        found = arrow.parquet.read_table(file, columns=columns, filters=filters)
    except (OSError, KeyError, arrow.ArrowException) as error:
        raise _damaged(file, error) from None
    return completed(table, found.to_pandas())


def _typed(arrow: Any, table: str, found: Any) -> Any:
    """An Arrow table whose columns have their types also where they are empty."""
    fields = FIELDS.get(table, ())
    for field in fields:
        place = found.schema.get_field_index(field.name)
        if arrow.types.is_null(found.schema.field(place).type):
            found = found.set_column(place, field.name, found.column(place).cast(arrow.string()))
    return found


def _named(folder: Path, names: Iterable[str] | None) -> list[Path]:
    there = {path.name: path for path in _sets(folder)}
    wanted = list(there) if names is None else list(dict.fromkeys(names))
    for name in wanted:
        if name not in there:
            allowed = ", ".join(there) or "none: the catalogue is empty"
            raise ObservationError(folder, "set", name, allowed, "Name one of them.")
    return [there[name] for name in wanted]


def _sets(folder: Path) -> list[Path]:
    if not folder.is_dir():
        mend = "Name the folder into which sets were imported."
        raise ObservationError(folder, "", "(no such folder)", "a catalogue", mend)
    return sorted(path for path in folder.iterdir() if path.is_dir() and (path / "layer.parquet").exists())


def _damaged(file: Path, error: Exception) -> ObservationError:
    return ObservationError(file, "", f"({error})", "a Parquet file of a catalogue", "Import the set again.")
