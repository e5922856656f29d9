"""WoSIS snapshots as published: a file for every property, joined to layers."""

from __future__ import annotations

import gzip
import re
import zipfile
from pathlib import Path, PurePath

import numpy as np
import pandas as pd

from pedozone.observations.errors import ObservationError
from pedozone.observations.findings import Findings
from pedozone.observations.text_table import TextTable, parse_text_table

PROPERTIES = (
    "orgc", "totc", "tceq", "nitkjd", "phaq", "cecph7", "ecec", "clay", "silt", "sand", "cfvo", "cfgr",
    "bdfi33", "bdfiod", "bdfiad", "bdfifm", "bdws33", "bdwsod", "bdwsad", "bdwsfm",
)  # fmt: skip
"""Codes of the properties that are read, as in the names of the files."""

_NAME = re.compile(r"^wosis_\d{6}_(\w+)\.(?:tsv|csv|txt)(?:\.gz)?$", re.IGNORECASE)
_KEY = ("profile_id", "layer_id")
_SHARED = (
    "profile_id", "layer_id", "upper_depth", "lower_depth", "layer_name", "litter", "date", "latitude", "longitude",
    "country_name", "dataset_code", "dataset_id", "licence", "license", "site_id",
)  # fmt: skip


def _codes(names: list[str]) -> dict[str, str]:
    """Files by the code in their names."""
    found = {}
    for name in sorted(names):
        match = _NAME.match(PurePath(name).name)
        if match:
            found[match.group(1).lower()] = name
    return found


def _names(path: Path) -> list[str]:
    if path.is_dir():
        return [file.name for file in path.iterdir()]
    if path.suffix.lower() == ".zip" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    return [path.name]


def is_wosis(path: Path) -> bool:
    """Whether a folder, archive or file holds property files of a snapshot."""
    return path.exists() and bool(set(_codes(_names(path))) & set(PROPERTIES))


def read_wosis(path: Path, name: str, findings: Findings) -> list[TextTable]:
    """The layers of a snapshot, with every property in a column of its own (``orgc_value_avg`` ...).

    Parameters
    ----------
    path : pathlib.Path
        Folder, zip archive, or a single property file.
    name : str
        For findings and errors.
    findings : Findings
        Takes down rows of the property files that are refused.

    Raises
    ------
    ObservationError
        The archive is damaged, or a file lacks the columns of a snapshot.
    """
    codes = _codes(_names(path))
    wide: pd.DataFrame | None = None
    for code in PROPERTIES:
        if code in codes:
            part = _property(path, codes[code], name, code, findings)
            wide = part if wide is None else _joined(wide, part)
    assert wide is not None  # is_wosis has seen one
    wide = wide.reset_index(drop=True)
    for code in ("profiles", "sites"):
        if code in codes:
            wide = _described(wide, path, codes[code], name, findings)
    cells = {str(head): wide[head].fillna("").to_numpy(dtype=object) for head in wide.columns}
    return [TextTable(name, cells, np.arange(2, len(wide) + 2), len(wide))]


def _content(path: Path, inside: str, name: str) -> bytes:
    try:
        if path.is_dir():
            data = (path / inside).read_bytes()
        elif path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive:
                data = archive.read(inside)
        else:
            data = path.read_bytes()
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        mend = "It is damaged or was cut off: fetch it again."
        raise ObservationError(name, "", f"({inside}: {error})", "a snapshot of WoSIS", mend) from None


def _frame(path: Path, inside: str, name: str, findings: Findings) -> pd.DataFrame:
    where = name if path.is_file() and path.suffix.lower() != ".zip" else f"{name}/{inside}"
    table = parse_text_table(_content(path, inside, name), where, findings, delimiter="")
    frame = pd.DataFrame({head: pd.Series(column, dtype=object) for head, column in table.cells.items()})
    return frame.assign(_file=where, _row=table.row)


def _property(path: Path, inside: str, name: str, code: str, findings: Findings) -> pd.DataFrame:
    frame = _frame(path, inside, name, findings)
    lacking = [head for head in (*_KEY, "upper_depth", "lower_depth", "value_avg") if head not in frame]
    if lacking:
        mend = "Unpack the snapshot as published, without changes."
        raise ObservationError(frame["_file"].iloc[0], "heads", f"(no {', '.join(lacking)})", "those published", mend)
    again = frame.duplicated(list(_KEY)).to_numpy()
    reason = f"a second value of {code} for the layer: the first is kept"
    findings.note(
        "flagged", reason, file=frame["_file"].to_numpy()[again], row=frame["_row"].to_numpy()[again],
        table="layer", field=code, value=frame["value_avg"].to_numpy()[again],
    )  # fmt: skip
    frame = frame.loc[~again]
    said = {f"{code}_value_avg": frame["value_avg"]}
    if code == "orgc" and "method" in frame:
        said["orgc_method"] = frame["method"]
    shared = frame.loc[:, [head for head in _SHARED if head in frame]]
    return shared.assign(**said)


def _joined(wide: pd.DataFrame, part: pd.DataFrame) -> pd.DataFrame:
    both = wide.merge(part, on=list(_KEY), how="outer", suffixes=("", " again"), sort=False)
    for head in [str(h) for h in both.columns if str(h).endswith(" again")]:
        first = head.removesuffix(" again")
        both[first] = both[first].where(both[first].notna(), both[head])
    return both.loc[:, [head for head in both.columns if not str(head).endswith(" again")]]


def _described(wide: pd.DataFrame, path: Path, inside: str, name: str, findings: Findings) -> pd.DataFrame:
    """What the files of profiles and sites add."""
    more = _frame(path, inside, name, findings).drop(columns=["_file", "_row"])
    key = "profile_id" if "profile_id" in more else "site_id"
    if key not in more or key not in wide:
        return wide
    new = [head for head in more if head == key or head not in wide]
    return wide.merge(more.loc[~more.duplicated(key), new], on=key, how="left", sort=False)
