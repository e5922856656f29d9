"""What became of the rows that were read, for a person."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd

from pedozone.observations.findings import DISPOSITIONS, Disposition
from pedozone.observations.profiles import Profiles
from pedozone.observations.reading import FileRead, Reading
from pedozone.observations.soil_groups import soil_groups

_HEADINGS: dict[Disposition, str] = {
    "refused": "Refused (rows left out)",
    "emptied": "Values left out (their rows are kept)",
    "flagged": "Flagged (kept, with a doubt)",
    "assumed": "Assumed (filled in by a rule)",
    "converted": "Converted",
}
_SHOWN = (
    ("soc_percent", "organic carbon"),
    ("bulk_density_g_cm3", "bulk density"),
    ("coarse_fragments_percent", "coarse fragments"),
    ("clay_percent", "clay"),
    ("ph", "pH"),
    ("nitrogen_percent", "nitrogen"),
    ("delta14c_permil", "Delta14C"),
)
assert set(_HEADINGS) == set(DISPOSITIONS)


def report_text(reading: Reading, width: int = 100, most: int = 12) -> str:
    """A summary: what each file is, what the set holds, what was refused, flagged, assumed and converted.

    Parameters
    ----------
    reading : Reading
    width : int
        Characters in a line.
    most : int
        Kinds of findings to show under each heading; the commonest come first.
    """
    lines: list[str] = []
    for file in reading.files:
        lines += _file_lines(file, width)
    lines += ["", *_holding_lines(reading.profiles, width)]
    found = reading.findings.table()
    for disposition, heading in _HEADINGS.items():
        part = found.loc[(found["disposition"] == disposition).to_numpy()]
        if len(part):
            lines += ["", heading, *_finding_lines(part, width, most)]
    return "\n".join(lines)


def _file_lines(file: FileRead, width: int) -> list[str]:
    what = file.title or ("a mapping of your own" if file.format != "own" else "heads named after the fields")
    rows = f"{file.read:,} rows read: {file.kept:,} {file.table}s kept, {file.refused:,} refused."
    return [file.file, *_wrapped(f"{what}. {file.source}".rstrip(". ") + ".", width), f"  {rows}"]


def _holding_lines(profiles: Profiles, width: int) -> list[str]:
    layer = profiles.layer
    counts = [(len(profiles.site), "sites"), (len(profiles.profile), "profiles"), (len(layer), "layers")]
    if len(profiles.fraction):
        counts.append((len(profiles.fraction), "fractions"))
    lines = ["The set holds " + ", ".join(f"{n:,} {name}" for n, name in counts) + "."]
    facts = []
    if len(layer):
        facts.append(f"depths from {layer['top_cm'].min():g} to {layer['bottom_cm'].max():g} cm")
    year = profiles.profile["sampling_year"].dropna()
    if len(year):
        facts.append(f"sampled {year.min():.0f} to {year.max():.0f} ({len(year):,} of {len(profiles):,} dated)")
    placed = np.count_nonzero(profiles.site[["latitude", "longitude"]].notna().to_numpy().all(axis=1))
    facts.append(f"{placed:,} sites with coordinates")
    organic, peat = (np.count_nonzero(part) for part in (layer["organic"], profiles.profile["peat"]))
    facts.append(f"{organic:,} organic layers, {peat:,} profiles organic throughout")
    lines += _wrapped("; ".join(facts) + ".", width)
    if len(layer):
        shares = [f"{name} {100 * layer[field].notna().mean():.0f} %" for field, name in _SHOWN]
        lines += _wrapped("Share of layers with " + ", ".join(shares) + ".", width)
    return lines + _class_lines(profiles, width)


_SYSTEMS = {"wrb": "the World Reference Base", "fao": "FAO's legends", "usda": "Soil Taxonomy"}


def _class_lines(profiles: Profiles, width: int) -> list[str]:
    """How many profiles have a soil class, of which system, and how surely it is a reference soil group."""
    reported = profiles.profile[list(_SYSTEMS)].to_numpy(dtype=object) != ""
    if not reported.any():
        return []
    found = soil_groups(profiles)
    group, scheme, others = (
        found[name].to_numpy(dtype=object) for name in ("soil_group", "soil_group_scheme", "soil_group_others")
    )
    parts = [f"{n:,} by {words}" for name, words in _SYSTEMS.items() if (n := np.count_nonzero(scheme == name))]
    text = f"Soil class of {np.count_nonzero(reported.any(axis=1)):,} profiles"
    text += f", a reference soil group of {np.count_nonzero(group != ''):,}"
    text += f": {', '.join(parts)}" if parts else ""
    if several := np.count_nonzero(others != ""):
        text += f"; {several:,} of them may be another group"
    lines = _wrapped(text + ".", width)
    if len(lost := np.flatnonzero(reported.any(axis=1) & (group == ""))):
        classes = [str(word) for row in profiles.profile[list(_SYSTEMS)].to_numpy(object)[lost] for word in row if word]
        names, sizes = np.unique(classes, return_counts=True)
        commonest = ", ".join(f"{names[k]!s} ({sizes[k]:,})" for k in np.argsort(-sizes, kind="stable")[:4])
        lines += _wrapped(f"Not recognised: {commonest}{' and others' if len(names) > 4 else ''}.", width)
    return lines


def _finding_lines(part: pd.DataFrame, width: int, most: int) -> list[str]:
    what = (part["field"] + "\n" + part["reason"]).to_numpy(dtype=object)
    codes, kinds = pd.factorize(what)
    rows, values = part["row"].to_numpy(), part["value"].to_numpy(dtype=object)
    sizes = np.bincount(codes, minlength=len(kinds))
    lines = []
    for code in np.argsort(-sizes, kind="stable")[:most]:
        field, _, reason = str(kinds[code]).partition("\n")
        single = np.flatnonzero((codes == code) & (rows != 1))
        text = f"{field}: {reason}" if field else reason
        size = f"{sizes[code]:,}" if len(single) else "all"
        body = textwrap.wrap(text + _where(rows[single], values[single]), max(40, width - 12), break_long_words=False)
        lines += [f"{size:>9}   {body[0]}", *(" " * 12 + more for more in body[1:])]
    if len(kinds) > most:
        lines.append(f"{'...':>9}   and {len(kinds) - most} kinds more")
    return lines


def _where(rows: np.ndarray, values: np.ndarray) -> str:
    """The first rows and what stood in the first of them."""
    if not len(rows):
        return ""
    numbers = ", ".join(str(number) for number in rows[:3])
    value = str(values[0])
    found = f"; there: {value[:40]}" if value and value != "nan" else ""
    return f" (row{'s' if len(rows) > 1 else ''} {numbers}{', ...' if len(rows) > 3 else ''}{found})"


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="  ", break_long_words=False)


def report_table(reading: Reading) -> pd.DataFrame:
    """Every finding, and at the top a line for every file.

    Returns
    -------
    pandas.DataFrame
        Columns file, row, table, field, value, disposition, reason.
    """
    heads: Sequence[dict[str, object]] = [
        {
            "file": file.file,
            "row": 0,
            "table": file.table,
            "field": "",
            "value": file.format,
            "disposition": "read",
            "reason": f"{file.read} rows read, {file.kept} kept, {file.refused} refused",
        }
        for file in reading.files
    ]
    found = reading.findings.table()
    table = pd.concat([pd.DataFrame(heads), found], ignore_index=True)
    return table.assign(row=np.asarray(table["row"], dtype="int64"))
