"""Reading observed profiles: from files to a set and a report of what became of every row."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path

import numpy as np
import pandas as pd

from pedozone.observations.carbon_method import note_carbon_method
from pedozone.observations.depth_checks import check_depths, note_overlaps_and_gaps
from pedozone.observations.errors import ObservationError
from pedozone.observations.fields import FIELDS
from pedozone.observations.filling import filled
from pedozone.observations.findings import Findings
from pedozone.observations.keys import name_rows, refuse_duplicates, tables_of
from pedozone.observations.mapping import ColumnMapping, formats, load_mapping, recognised
from pedozone.observations.plausibility import (
    check_ranges,
    check_texture,
    check_units,
    derive_carbon,
    derive_density,
    mark_organic,
)
from pedozone.observations.profiles import Profiles, empty
from pedozone.observations.same_names import told_apart
from pedozone.observations.sieve import Sieve
from pedozone.observations.text_table import TextTable, read_text_table
from pedozone.observations.wosis import is_wosis, read_wosis

Source = str | PathLike[str]


@dataclass(frozen=True)
class FileRead:
    """What became of a file.

    Attributes
    ----------
    file : str
    format : str
        Name of its mapping.
    title, source : str
        Of the format.
    table : {"layer", "fraction"}
    read, kept, refused : int
        Rows; read = kept + refused.
    """

    file: str
    format: str
    title: str
    source: str
    table: str
    read: int
    kept: int
    refused: int


@dataclass(frozen=True)
class Reading:
    """Profiles as read, with everything that was noticed.

    Attributes
    ----------
    profiles : Profiles
    findings : Findings
    files : tuple of FileRead
    """

    profiles: Profiles
    findings: Findings
    files: tuple[FileRead, ...]


def read_profiles(sources: Source | Sequence[Source], mapping: ColumnMapping | Source | None = None) -> Reading:
    """Read observed profiles from files.

    Parameters
    ----------
    sources : path-like or sequence of path-like
        Tables of text, a folder of them, or a WoSIS snapshot as published (folder or zip archive).
    mapping : ColumnMapping or path-like, optional
        What the columns are; without it the format is recognised by the heads (`formats`, or heads named after the
        fields).

    Returns
    -------
    Reading
        No row is lost: each is kept or refused with a reason.

    Raises
    ------
    ObservationError
        A file cannot be read as a whole: missing, no text, or no format that is known.
    """
    if mapping is not None and not isinstance(mapping, ColumnMapping):
        mapping = load_mapping(mapping)
    given = [sources] if isinstance(sources, str | os.PathLike) else list(sources)
    findings = Findings()
    parts: list[Profiles] = []
    files: list[FileRead] = []
    for source in given:
        for one, used in _tables(Path(source), fspath(source), mapping, findings):
            part, read = _checked(one, used, findings)
            parts.append(part)
            files.append(read)
    return Reading(_united(parts, findings), findings, tuple(files))


def read_table(table: TextTable, mapping: ColumnMapping, findings: Findings) -> tuple[Profiles, FileRead]:
    """The profiles of one table already read."""
    part, read = _checked(table, mapping, findings)
    return _united([part], findings), read


def _tables(
    path: Path, name: str, mapping: ColumnMapping | None, findings: Findings
) -> list[tuple[TextTable, ColumnMapping]]:
    if mapping is None and is_wosis(path):
        return [(table, formats()["wosis"]) for table in read_wosis(path, name, findings)]
    if not path.is_dir():
        return [_one(path, name, mapping, findings)]
    endings = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
    inside = sorted(file for file in path.iterdir() if file.name.lower().endswith(endings))
    found = []
    for file in inside:
        apart = Findings()
        try:
            found.append(_one(file, fspath(file), mapping, apart))
        except ObservationError as error:
            findings.note("flagged", f"not read: {error.value}", file=fspath(file), row=1, table="layer")
            continue
        findings.add(apart)
    if not found:
        mend = "Name a file, or give a mapping."
        raise ObservationError(name, "", f"({len(inside)} tables, none of a known format)", "profiles", mend)
    return found


def _one(path: Path, name: str, mapping: ColumnMapping | None, findings: Findings) -> tuple[TextTable, ColumnMapping]:
    if mapping is not None:
        options = {"encoding": mapping.encoding, "delimiter": mapping.delimiter, "table": mapping.table}
        return read_text_table(path, name, findings, **options), mapping
    own = Findings()
    table = read_text_table(path, name, own)
    found = recognised(table.heads)
    if found is None:
        mend = (
            "Name the columns after the fields (profile_id, top_cm, bottom_cm, soc_percent ...; a unit in brackets "
            "behind), or give a mapping with --mapping."
        )
        known = ", ".join(formats())
        heads = ", ".join(table.heads[:12]) + (", ..." if len(table.heads) > 12 else "")
        raise ObservationError(name, "heads", heads, f"those of a known format ({known}) or of the fields", mend)
    if found.table != "layer":
        own = Findings()
        table = read_text_table(path, name, own, table=found.table)
    findings.add(own)
    return table, found


@np.errstate(all="ignore")  # a number beyond all measure is taken out, not warned of
def _checked(table: TextTable, mapping: ColumnMapping, findings: Findings) -> tuple[Profiles, FileRead]:
    sieve = filled(table, mapping, findings)
    if mapping.table == "layer":
        check_depths(sieve)
    else:
        sieve.refuse(sieve.text("profile_id") == "", "profile_id", "no profile is named, so it belongs to none")
        _open_depths(sieve)
    refuse_duplicates(sieve, table)
    doubted = check_units(sieve) if mapping.table == "layer" else set()
    check_ranges(sieve, doubted)
    if mapping.table == "layer":
        check_texture(sieve)
        derive_density(sieve)
        derive_carbon(sieve)
        mark_organic(sieve, doubted)
        note_overlaps_and_gaps(sieve)
        note_carbon_method(sieve)
    name_rows(sieve)
    tables = tables_of(sieve)
    found = {each: tables[each] if each in tables else empty(each) for each in FIELDS}
    kept = int(sieve.kept.sum())
    read = FileRead(
        table.file, mapping.name, mapping.title, mapping.source, mapping.table, table.read, kept, table.read - kept
    )
    return Profiles(**found), read


def _open_depths(sieve: Sieve) -> None:
    for name in ("top_cm", "bottom_cm"):
        if name in sieve:
            sieve.empty(np.isinf(sieve.number(name)), name, "an open depth")


def _united(parts: Sequence[Profiles], findings: Findings) -> Profiles:
    """One set of several files: a profile of layers and fractions, or of files that go together, stands once."""
    if not parts:
        return Profiles.none()
    parts, joined = told_apart(parts, findings), {}
    for each in FIELDS:
        frames = [frame for part in parts if len(frame := getattr(part, each))]
        found = pd.concat(frames, ignore_index=True) if frames else empty(each)
        joined[each] = found.drop_duplicates(f"{each}_id", ignore_index=True) if each in ("site", "profile") else found
    joined["site"] = joined["site"][joined["site"]["site_id"].isin(joined["profile"]["site_id"])].reset_index(drop=True)
    for each in ("layer", "fraction"):
        joined[each] = _apart(joined[each], each, findings)
    lonely = joined["fraction"]
    if len(joined["layer"]) and len(lonely):
        off = (lonely["layer_id"] != "").to_numpy() & ~lonely["layer_id"].isin(joined["layer"]["layer_id"]).to_numpy()
        reason = "its layer is not among the layers read: the fraction is kept with its profile alone"
        findings.note(
            "flagged", reason, file=lonely["file"].to_numpy()[off], row=lonely["row"].to_numpy()[off],
            table="fraction", field="layer_id", value=lonely["layer_id"].to_numpy()[off],
        )  # fmt: skip
        joined["fraction"] = lonely.assign(layer_id=lonely["layer_id"].where(~off, ""))
    return Profiles(**joined)


def _apart(frame: pd.DataFrame, table: str, findings: Findings) -> pd.DataFrame:
    """Names that two files share get the file's place behind them."""
    key = f"{table}_id"
    again = frame[key].duplicated().to_numpy()
    if not again.any():
        return frame
    reason = "a name that another file has, too: the file's name is put behind it"
    findings.note(
        "flagged", reason, file=frame["file"].to_numpy()[again], row=frame["row"].to_numpy()[again],
        table=table, field=key, value=frame[key].to_numpy()[again],
    )  # fmt: skip
    behind = frame[key] + " (" + frame["file"].map(lambda f: Path(f).name) + ", row " + frame["row"].astype(str) + ")"
    return frame.assign(**{key: frame[key].where(~again, behind)})
