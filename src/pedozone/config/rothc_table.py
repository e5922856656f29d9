"""RothC's official input table: CSV with the published column names, or the program's own text file."""

from __future__ import annotations

import difflib
import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pedozone.config.errors import MISSING, InputError

MONTHS = 12
_MOST_PROBLEMS = 20


@dataclass(frozen=True)
class _Column:
    low: float
    high: float
    unit: str
    what: str
    whole: bool = False


COLUMNS: dict[str, _Column] = {
    "year": _Column(-100_000, 100_000, "", "year", whole=True),
    "month": _Column(1, 12, "", "month", whole=True),
    "modern": _Column(0, 400, "% modern", "radiocarbon of the inputs"),
    "Tmp": _Column(-60, 60, "degC", "mean air temperature"),
    "Rain": _Column(0, 5000, "mm", "rain of the month"),
    "Evap": _Column(-50, 1000, "mm", "open-pan evaporation of the month"),
    "C_inp": _Column(0, 100, "t C ha-1", "carbon input from plants"),
    "FYM": _Column(0, 100, "t C ha-1", "carbon input from farmyard manure"),
    "PC": _Column(0, 1, "", "plant cover: 0 or 1", whole=True),
    "DPM_RPM": _Column(0, 100, "", "DPM over RPM in plant inputs"),
}
"""The columns, as Rothamsted publishes them, with what they may hold."""

_HEADER_VALUES = {
    "clay": "clay", "depth": "depth", "iom": "iom", "nsteps": "nsteps", "siltper": "silt", "silt": "silt",
    "bd": "bulk_density", "oc": "organic_carbon", "minrm_moist": "moisture_minimum",
    "opt_rmmoist": "opt_RMmoist", "opt_smdbare": "opt_SMDbare",
}  # fmt: skip

_CHOICES = {"opt_RMmoist": (1, 2, 3), "opt_SMDbare": (1, 2)}


def _plain(name: str) -> str:
    """A column name as it is compared: without case, prefix, unit or separators."""
    bare = re.sub(r"^t_", "", name.strip().strip('"').lower())
    bare = re.sub(r"[^a-z]", "", re.sub(r"[\[(].*", "", bare))
    return {"cinput": "cinp", "fyminp": "fym", "mod": "modern", "temp": "tmp", "pevap": "evap"}.get(bare, bare)


_BY_PLAIN = {_plain(name): name for name in COLUMNS}


@dataclass(frozen=True)
class RothCTable:
    """An input table, checked.

    Attributes
    ----------
    file : str
    columns : mapping of str to array [months]
        By published name; the first twelve rows are those of the spin-up.
    header : mapping of str to float
        What the head of the program's text file gives: clay (%), depth (cm), iom (t C ha-1), options; else empty.
    """

    file: str
    columns: Mapping[str, np.ndarray]
    header: Mapping[str, float]


def read_rothc_table(path: str | Path) -> RothCTable:
    """Read and check an input table.

    The first twelve rows are January to December of the spin-up; the rows after them follow each other month by
    month, from a January on.

    Parameters
    ----------
    path : path-like
        CSV, or the text file of the official program (columns apart by blanks, below a head with the soil).

    Raises
    ------
    InputError
        With the row, the column, the value, what is allowed and the mend; up to 20 problems at once.
    """
    file = Path(path)
    text = _text(file)
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise InputError(file, "", "(empty)", "a header and at least 12 rows", "Give the monthly table.")
    place = next((k for k, (_, line) in enumerate(lines) if _is_header(_cells(line, _mark(line)))), None)
    if place is None:
        number, line = lines[0]
        mend = "Name the columns in the first row as published."
        raise InputError(file, "header", line[:80], ", ".join(COLUMNS), mend, line=number)
    mark = _mark(lines[place][1])
    order = _order(file, *lines[place], mark)
    rows = _rows(file, lines[place + 1 :], order, mark)
    problems = [*rows.problems, *_calendar_problems(file, rows)] if not rows.problems else rows.problems
    if problems:
        raise _together(problems)
    header = _head(file, lines[:place])
    asked = int(header.get("nsteps", len(rows.lines)))
    if asked > len(rows.lines):
        raise InputError(
            file, "nsteps", asked, f"up to {len(rows.lines)}, the rows there are", "Add the missing months or lower it."
        )  # fmt: skip
    return RothCTable(str(file), {name: values[:asked] for name, values in rows.values.items()}, header)


def _text(file: Path) -> str:
    """The text of a file in UTF-8, with or without a byte order mark."""
    raw = file.read_bytes()
    # spreadsheets save "Unicode text" as UTF-16: with its mark, or told by the zero in every other byte
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in raw:
        raise InputError(file, "", "(UTF-16 or binary)", "a table in UTF-8", "Save it as CSV in UTF-8.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        mend = "Save it as CSV in UTF-8."
        raise InputError(file, "", "(not UTF-8 text)", "a table in UTF-8", mend, line=line) from None


def _mark(line: str) -> str | None:
    """What the cells of a table are apart by, read off its header: semicolons or commas if it has any, else blanks.

    Tabs alone where names have blanks in them; elsewhere the official program's files mix the two.
    """
    if "\t" in line and all(_plain(cell) in _BY_PLAIN for cell in line.split("\t")):
        return "\t"
    return next((mark for mark in (";", ",") if mark in line), None)


def _cells(line: str, mark: str | None) -> list[str]:
    return line.split() if mark is None else [cell.strip().strip('"') for cell in line.split(mark)]


def _is_header(cells: Sequence[str]) -> bool:
    return len({_plain(cell) for cell in cells} & _BY_PLAIN.keys()) >= 4


def _order(file: Path, number: int, line: str, mark: str | None) -> list[str]:
    """The published name of every cell of the header."""
    found: list[str] = []
    misspelt: set[str] = set()
    problems: list[InputError] = []
    for cell in _cells(line, mark):
        name = _BY_PLAIN.get(_plain(cell))
        if name is None:
            close = _meant(_plain(cell))
            if close is not None:
                misspelt.add(close)
            mend = f"Did you mean '{close}'?" if close else "Remove this column."
            shown = cell or "(a column without a name)"
            problems.append(InputError(file, "header", shown, "one of " + ", ".join(COLUMNS), mend, line=number))
        elif name in found:
            problems.append(InputError(file, f"header {name}", cell, "each column once", "Remove one.", line=number))
        found.append(name or cell)
    for name, column in COLUMNS.items():
        if name not in found and name not in misspelt:
            allowed = f"a column '{name}' ({column.what}{', ' if column.unit else ''}{column.unit})"
            problems.append(InputError(file, f"header {name}", MISSING, allowed, "Add the column.", line=number))
    if problems:
        raise _together(problems)
    return found


def _meant(plain: str) -> str | None:
    """The column that a name which is none may stand for."""
    for name, column in COLUMNS.items():
        if len(plain) > 2 and plain in re.sub("[^a-z]", "", column.what.lower()):
            return name
    close = difflib.get_close_matches(plain, _BY_PLAIN, n=1, cutoff=0.6)
    return _BY_PLAIN[close[0]] if close else None


@dataclass(frozen=True)
class _Rows:
    lines: list[int]
    values: dict[str, np.ndarray]
    problems: list[InputError]


def _rows(file: Path, lines: Sequence[tuple[int, str]], order: Sequence[str], mark: str | None) -> _Rows:
    values: dict[str, list[float]] = {name: [] for name in order}
    problems: list[InputError] = []
    for row, (number, line) in enumerate(lines, 1):
        if len(problems) > _MOST_PROBLEMS:
            break
        cells = _cells(line, mark)
        if not any(cells):
            mend = "Remove the empty row."
            problems.append(InputError(file, f"row {row}", "(empty)", f"{len(order)} cells", mend, line=number))
            continue
        if len(cells) != len(order):
            mend = "Fill in the missing cells." if len(cells) < len(order) else "Remove the surplus cells."
            if mark == "," and len(cells) > len(order):
                mend = "Remove the surplus cells, or write decimals with a point if they have commas."
            problems.append(
                InputError(file, f"row {row}", f"({len(cells)} cells)", f"{len(order)} cells", mend, line=number)
            )
            continue
        for name, cell in zip(order, cells, strict=True):
            value = _number(cell)
            values[name].append(value)
            column = COLUMNS[name]
            fits = column.low <= value <= column.high and not (column.whole and value != round(value))
            if not fits:  # NaN does not fit either
                allowed = f"{column.low:g} to {column.high:g} {column.unit}".strip()
                if column.whole:
                    allowed = "0 or 1" if name == "PC" else f"a whole number, {allowed}"
                shown = value if math.isfinite(value) else (cell or MISSING)
                mend = f"Correct the {column.what}." if cell else f"Fill in the {column.what}."
                if math.isfinite(_number(cell.replace(",", "."))) and "," in cell:
                    mend = "Write decimals with a point."
                problems.append(InputError(file, f"row {row}, column {name}", shown, allowed, mend, line=number))
    if not problems and len(lines) < MONTHS:
        problems.append(
            InputError(file, "", f"({len(lines)} rows)", "at least 12 rows", "Give the twelve months of the spin-up.")
        )
    arrays = {} if problems else {name: np.asarray(column) for name, column in values.items()}
    return _Rows([number for number, _ in lines], arrays, problems)


def _calendar_problems(file: Path, rows: _Rows) -> list[InputError]:
    """Months that are missing, twice there or out of order."""
    years, months = rows.values["year"], rows.values["month"]
    problems: list[InputError] = []
    for k, (year, month) in enumerate(zip(years, months, strict=True)):
        if k in (0, MONTHS):
            want_year, want_month = year, 1.0
        elif months[k - 1] == MONTHS:
            want_year, want_month = years[k - 1] + 1, 1.0
        else:
            want_year, want_month = years[k - 1], months[k - 1] + 1
        if k < MONTHS:
            want_year = years[0]
        if (year, month) == (want_year, want_month):
            continue
        found, wanted = f"{year:.0f}-{month:02.0f}", f"{want_year:.0f}-{want_month:02.0f}"
        mend = f"Add the months missing before {found}, or put the rows in order."
        if k not in (0, MONTHS) and (year, month) <= (years[k - 1], months[k - 1]):
            mend = "Remove the row if its month is there twice, or put the rows in order."
        if k in (0, MONTHS):
            mend = "Begin with a January: rows 1 to 12 are the spin-up's year, row 13 starts the run."
        problems.append(
            InputError(file, f"row {k + 1}, columns year and month", found, wanted, mend, line=rows.lines[k])
        )
        # a gap in the spin-up's year moves all that follows
        if k < MONTHS or len(problems) >= _MOST_PROBLEMS:
            break
    return problems


def _head(file: Path, lines: Sequence[tuple[int, str]]) -> dict[str, float]:
    """Soil and options from the head of the program's text file: a line of names, then a line of values."""
    found: dict[str, float] = {}
    for (above, names), (number, values) in itertools.pairwise(lines):
        titles, cells = _cells(names, _mark(names)), _cells(values, _mark(values))
        keys = [_HEADER_VALUES.get(cell.lower()) for cell in titles]
        if not any(keys) or len(keys) != len(cells) or None in keys:
            if 2 * sum(key is not None for key in keys) < len(keys) or not math.isfinite(_number(cells[0])):
                continue  # words of a description
            if None in keys:
                allowed = "names among " + ", ".join(_HEADER_VALUES)
                raise InputError(file, "head", titles[keys.index(None)], allowed, "Correct the name.", line=above)
            raise InputError(
                file, "head", f"({len(cells)} values)", f"{len(keys)} values: {' '.join(titles)}",
                "Give one value below each name.", line=number,
            )  # fmt: skip
        for key, cell in zip(keys, cells, strict=True):
            value = _number(cell)
            if not math.isfinite(value):
                raise InputError(file, f"head, {key}", cell, "a number", "Correct the value.", line=number)
            if key == "nsteps" and not (value >= MONTHS and value == round(value)):
                allowed = "a whole number of rows, 12 or more"
                raise InputError(file, "head, nsteps", value, allowed, "Count the rows of the table.", line=number)
            if value not in _CHOICES.get(str(key), (value,)):
                allowed = " or ".join(map(str, _CHOICES[str(key)]))
                raise InputError(file, f"head, {key}", value, allowed, "Choose one of them.", line=number)
            found[str(key)] = value
    return found


def _number(cell: str) -> float:
    try:
        return math.nan if "_" in cell else float(cell)  # Python would read 1_0 as 10
    except ValueError:
        return math.nan


def _together(problems: Sequence[InputError]) -> InputError:
    first, *others = problems[:_MOST_PROBLEMS]
    return InputError(first.file, first.field, first.value, first.allowed, first.mend, line=first.line, others=others)
