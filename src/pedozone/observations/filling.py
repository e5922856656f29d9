"""From the cells of a file to fields in their units, by a mapping."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from pedozone.observations.errors import ObservationError
from pedozone.observations.fields import FIELDS
from pedozone.observations.findings import Findings
from pedozone.observations.mapping import Column, ColumnMapping
from pedozone.observations.quantities import Parsed, convert, parse_flags, parse_numbers, parse_texts, parse_years
from pedozone.observations.sieve import Sieve
from pedozone.observations.text_table import TextTable

DEPTHS = ("top_cm", "bottom_cm")


def filled(table: TextTable, mapping: ColumnMapping, findings: Findings) -> Sieve:
    """The rows of a file with their fields filled in.

    Parameters
    ----------
    table : TextTable
    mapping : ColumnMapping
    findings : Findings
        Takes down every unit that is converted and every cell that is no value.

    Returns
    -------
    Sieve
        With every row of the table.

    Raises
    ------
    ObservationError
        The file lacks a column that the mapping names and cannot do without.
    """
    cells = _by_head(table, mapping)
    sieve = Sieve(table.row, table.file, mapping.table, findings)
    by_target: dict[str, list[Column]] = {}
    for column in mapping.columns:
        if column.head in cells:
            by_target.setdefault(column.target, []).append(column)
    for target, columns in by_target.items():
        sieve.put(target, _merged(sieve, target, columns, cells, mapping))
    for name, value in mapping.constants.items():
        if name not in sieve:
            sieve.put(name, np.full(len(table.row), value, dtype=object if isinstance(value, str) else None))
    for name, heads in mapping.identifiers.items():
        sieve.put(name, _joined(heads, cells, mapping))
    if mapping.treatment:
        sieve.put("treatment", _treatment(cells, mapping))
    _raise_flags(sieve, cells, mapping)
    _note_unused(sieve, table, mapping)
    return sieve


def _by_head(table: TextTable, mapping: ColumnMapping) -> dict[str, np.ndarray]:
    """The columns that the mapping names; capitals in their heads do not matter."""
    small = {head.casefold(): head for head in reversed(table.heads)}
    cells = {}
    wanted = [c.head for c in mapping.columns] + [h for heads in mapping.identifiers.values() for h in heads]
    wanted += [flag.head for flag in mapping.flags]
    wanted += [*mapping.treatment.get("columns", ()), *([mapping.treatment["control"]] if mapping.treatment else ())]
    for head in wanted:
        found = head if head in table.cells else small.get(head.casefold())
        if found is not None:
            cells[head] = table.cells[found]
    keys = {"profile_id", *(DEPTHS if mapping.table == "layer" else ("fraction",))}
    lacking = []
    for name in keys - set(mapping.identifiers) - set(mapping.constants):
        heads = [c.head for c in mapping.columns if c.target == name]
        if not any(head in cells for head in heads):
            lacking += heads
    lacking += [h for heads in mapping.identifiers.values() for h in heads if h not in cells]
    if lacking:
        close = difflib.get_close_matches(lacking[0], table.heads, n=1)
        meant = f"Did you mean {close[0]!r}? " if close else ""
        allowed = "the heads that the mapping names; the file has " + ", ".join(table.heads[:40])
        raise ObservationError(
            table.file, "heads", f"(no {', '.join(dict.fromkeys(lacking))})", allowed, f"{meant}Correct the mapping."
        )
    return cells


def _merged(
    sieve: Sieve, target: str, columns: Sequence[Column], cells: dict[str, np.ndarray], mapping: ColumnMapping
) -> np.ndarray:
    """The first value among the columns of a field."""
    found = None
    for column in columns:
        texts = cells[column.head]
        if found is None:
            found = _column(sieve, column, texts, mapping, np.ones(len(texts), dtype=bool))
            continue
        lacking = _lacking(found)
        part = _column(sieve, column, texts, mapping, lacking)
        taken = lacking & ~_lacking(part)
        if taken.any():
            said = f"{int(taken.sum()):,} values taken from {column.head!r}, where {columns[0].head!r} has none"
            sieve.about_all("assumed", target, said)
            found = np.where(taken, part, found)
    assert found is not None  # by_target holds no empty lists
    return found


def _lacking(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "f":
        return np.isnan(values)
    return ~values if values.dtype.kind == "b" else values == ""


def _column(sieve: Sieve, column: Column, texts: np.ndarray, mapping: ColumnMapping, wanted: np.ndarray) -> np.ndarray:
    kind, name = column.field.kind, column.target
    if kind == "flag":
        return parse_flags(texts)
    if kind == "text":
        return parse_texts(texts, mapping.missing)
    if column.unit == "date" or name == "sampling_year":
        parsed = parse_years(texts, mapping.missing)
        _note_cells(sieve, name, texts, parsed, wanted, "no date that begins or ends with a year of four digits")
        return parsed.values
    large = column.field.upper > 1000 and name not in DEPTHS
    parsed = parse_numbers(texts, missing=mapping.missing, decimal=mapping.decimal, large=large)
    if mapping.decimal == ",":  # as declared: nothing to tell
        parsed = parsed._replace(comma=np.zeros(len(texts), dtype=bool))
    _note_cells(sieve, name, texts, parsed, wanted, "no number")
    values = parsed.values
    there = int((~np.isnan(values)).sum())
    if there and column.unit:
        before = values
        values = convert(values, column.unit, column.field.unit)
        if not np.array_equal(before, values, equal_nan=True):
            said = f"{there:,} values of {column.head!r} converted from {column.unit} to {column.field.unit}"
            sieve.about_all("converted", name, said)
    if there and column.factor != 1.0:
        sieve.about_all(
            "converted", name, f"{there:,} values of {column.head!r} multiplied by {column.factor:g}, as declared"
        )
        values = values * column.factor
    if there and column.note:
        sieve.about_all("assumed", name, f"{column.head!r}: {column.note}")
    return values


def _note_cells(sieve: Sieve, name: str, texts: np.ndarray, parsed: Parsed, wanted: np.ndarray, wrong: str) -> None:
    sieve.note("converted", parsed.comma & wanted, name, "a decimal comma", texts)
    reason = "a limit, not a value: taken as missing"
    sieve.note("emptied", parsed.limited & wanted, name, reason, texts)
    reason = "a decimal comma or one between thousands? Taken as missing: declare [file] decimal in a mapping"
    sieve.note("emptied", parsed.unclear & wanted, name, reason, texts)
    sieve.note("emptied", parsed.wrong & wanted, name, f"{wrong}: taken as missing", texts)


def _joined(heads: Sequence[str], cells: dict[str, np.ndarray], mapping: ColumnMapping) -> np.ndarray:
    """An identifier of several columns; empty where all of them are."""
    codes = []
    words = []
    for head in heads:
        code, uniques = pd.factorize(parse_texts(cells[head], mapping.missing))
        codes.append(code)
        words.append([str(word) for word in uniques])
    if not len(codes[0]):
        return np.array([], dtype=object)
    distinct, place = np.unique(np.stack(codes, axis=1), axis=0, return_inverse=True)
    names = []
    for row in distinct:
        parts = [word[k] for word, k in zip(words, row, strict=True)]
        names.append("/".join(part or "-" for part in parts) if any(parts) else "")
    return np.array(names, dtype=object)[place.reshape(-1)]


def _treatment(cells: dict[str, np.ndarray], mapping: ColumnMapping) -> np.ndarray:
    names = _joined([head for head in mapping.treatment["columns"] if head in cells], cells, mapping)
    control = np.isin(cells[mapping.treatment["control"]].astype(str), mapping.treatment["values"])
    return np.where(control, "control", np.where(names == "", "treatment", names)).astype(object)


def _raise_flags(sieve: Sieve, cells: dict[str, np.ndarray], mapping: ColumnMapping) -> None:
    for flag in mapping.flags:
        if flag.head not in cells:
            continue
        codes, uniques = pd.factorize(cells[flag.head])
        hit = np.array([flag.contains in str(word) for word in uniques], dtype=bool)[codes]
        sieve.note("flagged", hit, flag.field, flag.reason)
        if flag.set:
            sieve.put(flag.field, np.where(hit, flag.set, sieve.text(flag.field)).astype(object))


def _note_unused(sieve: Sieve, table: TextTable, mapping: ColumnMapping) -> None:
    used = {c.head.casefold() for c in mapping.columns}
    used |= {h.casefold() for heads in mapping.identifiers.values() for h in heads}
    used |= {flag.head.casefold() for flag in mapping.flags}
    used |= {h.casefold() for h in (*mapping.treatment.get("columns", ()), mapping.treatment.get("control", ""))}
    left = [head for head in table.heads if head.casefold() not in used]
    known = [f.name for each in FIELDS for f in FIELDS[each]]
    if left:
        sieve.about_all("flagged", "", "columns that are not read: " + ", ".join(left))
    for head in left:
        close = difflib.get_close_matches(head.casefold(), known, n=1, cutoff=0.85)
        if mapping.name == "own" and close:
            sieve.about_all("flagged", "", f"column {head!r} is not read; did you mean {close[0]!r}?")
