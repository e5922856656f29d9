"""A table of sites, read row by row: CSV or Parquet."""

from __future__ import annotations

import csv
import hashlib
import importlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pedozone.config.errors import InputError
from pedozone.config.section import FIRST_YEAR, LAST_YEAR
from pedozone.landscape.fields import Field, field_of, resembling

Row = tuple[int, "list[Any] | str"]
"""Number in the file (the heads are row 1), and cells; a text where the row cannot be read."""

_AT_A_TIME = 4096


@dataclass(frozen=True)
class Table:
    """A sites table. Rows are never held all at once.

    Parameters
    ----------
    path : pathlib.Path
    fields : tuple of Field
        Of the columns used.
    places : tuple of int
        Where these stand among all columns.
    heads : int
        Number of all columns.
    """

    path: Path
    fields: tuple[Field, ...]
    places: tuple[int, ...]
    heads: int

    def rows(self) -> Iterator[Row]:
        """All rows, the cells of the columns used in their order; empty ones are passed over."""
        for number, cells in _cells(self.path):
            if len(cells) != self.heads:
                yield number, f"{len(cells)} cells under {self.heads} heads"
            else:
                yield number, [cells[place] for place in self.places]

    def chunks(self, size: int) -> Iterator[tuple[int, list[Row]]]:
        """Rows in chunks, with the number of each chunk from 0."""
        part: list[Row] = []
        number = 0
        for row in self.rows():
            part.append(row)
            if len(part) == size:
                yield number, part
                part, number = [], number + 1
        if part:
            yield number, part

    def digest(self) -> str:
        """SHA-256 of the file."""
        with open(self.path, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True)
class Survey:
    """What a store needs to know of a table before anything is computed.

    Parameters
    ----------
    names : list of str
        Of the sites, in the order of rows.
    numbers : list of int
        Of the rows in the file.
    first, last : int
        First and last year that any of the sites simulates.
    """

    names: list[str]
    numbers: list[int]
    first: int
    last: int


def open_table(path: Path, ignore: Sequence[str] = ()) -> Table:
    """Read the heads of a table and find their fields.

    Raises
    ------
    InputError
        The file cannot be read, or a column stands for no field or for that of another one.
    """
    heads = _heads(path)
    for name in ignore:
        if name not in heads:
            raise InputError(path, "--ignore", name, "a column of the table", f"Its columns are {', '.join(heads)}.")
    fields, places, problems = [], [], []
    taken: dict[Any, str] = {}
    for place, head in enumerate(heads):
        if head in ignore:
            continue
        field = field_of(head)
        if field is None:
            allowed = "a field of the site file, dotted, or a monthly column such as temperature_1"
            problems.append(InputError(path, "column", head or "(no name)", allowed, resembling(head)))
        elif field.path in taken:
            mend = "Keep one of them."
            problems.append(InputError(path, "column", head, f"a field other than that of {taken[field.path]!r}", mend))
        else:
            taken[field.path] = head
            fields.append(field)
            places.append(place)
    if problems:
        first, *others = problems
        raise InputError(first.file, first.field, first.value, first.allowed, first.mend, others=others)
    return Table(path, tuple(fields), tuple(places), len(heads))


def survey(table: Table, template: dict[str, Any]) -> Survey:
    """Names and years of the sites of a table; what a row lacks is the template's.

    Raises
    ------
    InputError
        There are no rows, none that tells which years to simulate, or two of one name.
    """
    at = {field.path: k for k, field in enumerate(table.fields)}
    site_name = ("site", "name")
    usual = str(_nested(template, "site", "name") or table.path.stem)
    names, numbers, firsts, lasts = [], [], [], []
    for number, cells in table.rows():

        def cell(*path: str, cells: Any = cells) -> Any:
            own = table.fields[at[path]].read(cells[at[path]]) if path in at and not isinstance(cells, str) else None
            return _nested(template, *path) if own is None else own

        numbers.append(number)
        name = cells[at[site_name]] if site_name in at and not isinstance(cells, str) else None
        own = table.fields[at[site_name]].read(name) if name is not None else None
        names.append(f"{usual}, row {number}" if own is None else str(own))
        first, last = cell("start", "year"), cell("run", "end_year")
        if isinstance(first, int) and isinstance(last, int) and FIRST_YEAR <= first <= last <= LAST_YEAR:
            firsts.append(first)
            lasts.append(last)
    rows_of: dict[str, int] = {}
    for name, number in zip(names, numbers, strict=True):
        if rows_of.setdefault(name, number) != number:
            allowed = "a name of its own for every site"
            mend = f"Rows {rows_of[name]} and {number} have this one: give them names that tell them apart."
            raise InputError(table.path, "site.name", name, allowed, mend, line=number)
    if not numbers:
        raise InputError(table.path, "", "(no rows)", "a row for every site", "Write the sites below the heads.")
    if not firsts:
        mend = "Give both in the template, or as columns."
        raise InputError(table.path, "start.year, run.end_year", "(none)", "the years to simulate", mend)
    return Survey(names, numbers, min(firsts), max(lasts))


def _nested(data: Any, *path: str) -> Any:
    for part in path:
        data = data.get(part) if isinstance(data, dict) else None
    return data


# --- files ----------------------------------------------------------------------------------


def _heads(path: Path) -> list[str]:
    if _is_parquet(path):
        return list(_parquet(path).schema_arrow.names)
    with _text(path) as stream:
        for row in _records(path, stream):
            return [head.strip() for head in row[1]]
    raise InputError(path, "", "(empty)", "a table of sites", "Write a line of heads and a row for every site.")


def _cells(path: Path) -> Iterator[tuple[int, list[Any]]]:
    """Rows below the heads, with their numbers."""
    if _is_parquet(path):
        number = 1
        for part in _parquet(path).iter_batches(batch_size=_AT_A_TIME):
            for cells in zip(*(column.to_pylist() for column in part.columns), strict=True):
                number += 1
                yield number, list(cells)
        return
    with _text(path) as stream:
        for k, row in enumerate(_records(path, stream)):
            if k:
                yield row


def _records(path: Path, stream: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Records of a CSV file that are not empty, with the lines on which they end."""
    lines = iter(stream)
    reader: Any = None
    try:
        first = next(lines, "")
        reader = csv.reader(itertools.chain([first], lines), delimiter=max(",;\t", key=first.count), strict=True)
        for record in reader:
            if any(cell.strip() for cell in record):
                yield reader.line_num, record
    except csv.Error as error:
        mend = "Close the quotes, and save the table as CSV once more."
        allowed = "a table of comma-separated values"
        raise InputError(path, "", f"({error})", allowed, mend, line=reader.line_num) from None
    except UnicodeDecodeError:
        line = 1 if reader is None else reader.line_num + 1
        mend = "Save the file as UTF-8."
        raise InputError(path, "", "(bytes that are not UTF-8)", "text in UTF-8", mend, line=line) from None


def _text(path: Path) -> Any:
    try:
        return open(path, encoding="utf-8-sig", newline="")
    except OSError as error:
        raise _unreadable(path, error) from None


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in (".parquet", ".pq")


def _parquet(path: Path) -> Any:
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError:
        mend = "Install it: pip install 'pedozone[observations]'; or save the table as CSV."
        raise InputError(path, "", "(Parquet)", "pyarrow, to read Parquet", mend) from None
    try:
        return parquet.ParquetFile(path)
    except OSError as error:
        raise _unreadable(path, error) from None
    except Exception as error:  # pyarrow's own, which derive from ValueError and others
        mend = "Write the table once more, or save it as CSV."
        raise InputError(path, "", f"({str(error).splitlines()[0][:100]})", "a Parquet file", mend) from None


def _unreadable(path: Path, error: OSError) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError(path, "", "(no such file)", "a table of sites", "Check the path.")
    return InputError(path, "", f"({error.strerror or error})", "a table of sites", "Check the path and permissions.")
