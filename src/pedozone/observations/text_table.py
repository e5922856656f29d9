"""A file of text in rows and columns, read so that no row gets lost: encoding, delimiter, ragged rows."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pedozone.observations.errors import ObservationError
from pedozone.observations.findings import Findings

_DELIMITERS = ",;\t|"
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_TEXT = "a table of text: CSV or TSV, plain or compressed with gzip"


class TextTable(NamedTuple):
    """The cells of a file.

    Attributes
    ----------
    file : str
    cells : dict of str to array [rows] of str
        By the heads of the columns; texts without surrounding blanks.
    row : array [rows] of int
        Counted from 1, the heads being row 1.
    read : int
        Rows below the heads, those refused included.
    """

    file: str
    cells: dict[str, np.ndarray]
    row: np.ndarray
    read: int

    @property
    def heads(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self.cells)


def read_text_table(
    path: str | PathLike[str],
    name: str,
    findings: Findings,
    *,
    encoding: str = "",
    delimiter: str = "",
    table: str = "layer",
) -> TextTable:
    """Read a table of text.

    Parameters
    ----------
    path : path-like
        CSV or a relative of it; compressed with gzip or not.
    name : str
        How the file is called in findings and errors.
    findings : Findings
        Takes down rows that are refused and what was assumed.
    encoding, delimiter : str, optional
        Where they are known; otherwise they are found out.
    table : str
        What the rows are, for the findings.

    Raises
    ------
    ObservationError
        The file cannot be read as a whole: missing, no text, one column only, no rows.
    """
    return parse_text_table(_bytes(Path(path)), name, findings, encoding=encoding, delimiter=delimiter, table=table)


def parse_text_table(
    data: bytes, file: str, findings: Findings, *, encoding: str = "", delimiter: str = "", table: str = "layer"
) -> TextTable:
    """`read_text_table` for bytes already at hand."""
    text = _decoded(data, file, findings, encoding, table)
    lines = text.splitlines()
    first = next((line for line in lines if line.strip() and not line.lstrip().startswith("#")), None)
    if first is None:
        raise ObservationError(file, "", "(no rows)", _TEXT, "The file is empty: was it saved?")
    mark = delimiter or _delimiter(first)
    plain = _plain_cells(text, mark) if len(mark) == 1 else None
    if plain is not None:
        heads, columns = plain
        _check_heads(file, heads, len(columns[0]), first)
        named = _named(file, heads, columns, findings, table)
        number = np.arange(2, len(columns[0]) + 2)
        return TextTable(file, named, number, len(number))
    heads, rows, broken = _records(text, file, mark, findings, table)
    _check_heads(file, heads, len(rows), first)
    found = _table(file, heads, rows, findings, table, mark)
    if broken:
        _note_line_breaks(found, findings, table)
    return found


def _check_heads(file: str, heads: list[str], rows: int, first: str) -> None:
    if len(heads) < 2:
        mend = "Say in a mapping what separates the cells: [file] delimiter. A table needs a profile and two depths."
        raise ObservationError(file, "heads", first.strip()[:80], "several columns", mend)
    if not rows:
        raise ObservationError(
            file, "", "(heads without rows)", "at least one row below the heads", "Was it all saved?"
        )


def _plain_cells(text: str, mark: str) -> tuple[list[str], list[list[str]]] | None:
    """Heads and columns of a text without quotation marks whose lines all have as many cells; none for any other."""
    body = text.replace("\r\n", "\n").removesuffix("\n")
    if '"' in body or "\r" in body or body[:1] == "#":
        return None
    data = np.frombuffer((body + "\n").encode("utf-8", errors="surrogatepass"), dtype=np.uint8)
    marks = np.diff(np.cumsum(data == ord(mark))[data == 10], prepend=0) if ord(mark) < 128 else np.array([-1, 0])
    width = int(marks[0]) + 1
    if width < 2 or len(marks) < 2 or (marks != width - 1).any():
        return None
    cells = body.replace("\n", mark).split(mark)
    heads = [cell.strip().strip("\ufeff") for cell in cells[:width]]
    blank = mark * (width - 1)
    if not any(heads) or f"\n{blank}\n" in body + "\n":
        return None  # rows without any cell are refused one by one
    return heads, [cells[width + k :: width] for k in range(width)]


def _bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        mend = "Check the name and the permissions."
        raise ObservationError(path, "", f"({error.strerror or error})", "a file that can be read", mend) from None
    if data[:2] == b"\x1f\x8b":
        try:
            return gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            mend = "It is damaged or was cut off: fetch it again."
            raise ObservationError(path, "", f"({error})", "a whole gzip file", mend) from None
    if data[:4] == b"PK\x03\x04":
        mend = "Unpack it, or save the spreadsheet as CSV."
        raise ObservationError(path, "", "(a zip archive or spreadsheet)", _TEXT, mend)
    if data[:4] == b"PAR1" or data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise ObservationError(path, "", "(not text)", _TEXT, "Save it as CSV.")
    return data


def _decoded(data: bytes, file: str, findings: Findings, encoding: str, table: str) -> str:
    if encoding:
        try:
            return data.decode(encoding)
        except LookupError:
            mend = "Correct [file] encoding, or leave it out."
            raise ObservationError(file, "encoding", encoding, "an encoding such as utf-8 or cp1252", mend) from None
        except UnicodeDecodeError as error:
            found = f"byte {data[error.start]:#04x} at {error.start}"
            mend = "Correct [file] encoding, or leave it out."
            raise ObservationError(file, "encoding", found, f"text in {encoding}", mend) from None
    if data[:3] == b"\xef\xbb\xbf":
        return data.decode("utf-8-sig", errors="replace")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    if data.count(0) > len(data) // 5:  # every other byte of western text in UTF-16
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        reason = (
            f"the file is no UTF-8 (line {number}): read as Windows-1252, so accented letters may be wrong; "
            "declare [file] encoding in a mapping"
        )
        findings.note("assumed", reason, file=file, row=1, table=table, value="cp1252")
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _delimiter(line: str) -> str:
    outside = "".join(part for k, part in enumerate(line.split('"')) if k % 2 == 0)
    return max(_DELIMITERS, key=lambda mark: (outside.count(mark), -_DELIMITERS.index(mark)))


def _records(
    text: str, file: str, mark: str, findings: Findings, table: str
) -> tuple[list[str], list[list[str]], bool]:
    # With newline="" the csv module sees the line ends itself, also within quotation marks.
    if len(mark) != 1:
        raise ObservationError(file, "delimiter", mark, "a single character", "Correct [file] delimiter.")
    for quoted, strict in ((True, True), (True, False), (False, False)):
        quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, quoting=quoting, strict=strict)
            found = list(reader)
        except csv.Error:
            continue  # quotation marks that do not pair, or a cell beyond the module's limit
        if quoted and not strict and len(found) < _lines(text):
            continue  # rows have vanished into a cell
        if not quoted:
            reason = "quotation marks do not pair: the file is read without regard to them"
            findings.note("flagged", reason, file=file, row=1, table=table)
        start = next((k for k, row in enumerate(found) if any(map(str.strip, row)) and row[0][:1] != "#"), None)
        if start is None:
            break
        heads = [cell.strip().strip("\ufeff") for cell in found[start]]
        rows = found[start + 1 :]
        while rows and not any(map(str.strip, rows[-1])):
            rows.pop()  # blank lines at the end are no rows
        return heads, rows, len(found) < _lines(text)
    raise ObservationError(file, "", "(no heads, or a cell of more than 131,072 characters)", _TEXT, "What is it?")


def _lines(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n") + (text[-1:] not in "\r\n")


def _table(file: str, heads: list[str], rows: list[list[str]], findings: Findings, table: str, mark: str) -> TextTable:
    width = len(heads)
    lengths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
    number = np.arange(2, len(rows) + 2)
    keep = np.ones(len(rows), dtype=bool)
    for k in np.flatnonzero(lengths > width):
        if any(cell.strip() for cell in rows[k][width:]):
            keep[k] = False
        rows[k] = rows[k][:width]
    reason = (
        f"more cells than heads ({width}), so values stand under wrong heads: {_NAMES.get(mark, mark)} separate cells, "
        "and a cell that holds one (a decimal comma?) belongs in quotation marks"
    )
    long = ~keep
    findings.note("refused", reason, file=file, row=number[long], table=table, value=lengths[long])
    short = lengths < width
    blank = np.zeros(len(rows), dtype=bool)
    for k in np.flatnonzero(short | (lengths <= 1)):
        blank[k] = not any(cell.strip() for cell in rows[k])
        rows[k] = rows[k] + [""] * (width - len(rows[k]))
    findings.note("refused", "an empty row", file=file, row=number[blank & keep], table=table)
    reason = f"fewer cells than heads ({width}): those at the end are taken as missing"
    some = short & ~blank
    findings.note("flagged", reason, file=file, row=number[some], table=table, value=lengths[some])
    keep &= ~blank
    if not keep.all():
        rows = [row for row, good in zip(rows, keep, strict=True) if good]
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    return TextTable(file, _named(file, heads, columns, findings, table), number[keep], len(keep))


def _named(
    file: str, heads: list[str], columns: Sequence[Sequence[str]], findings: Findings, table: str
) -> dict[str, np.ndarray]:
    """The columns by their heads, which may be empty or stand twice."""
    cells: dict[str, np.ndarray] = {}
    for place, (head, column) in enumerate(zip(heads, columns, strict=True)):
        name = head or f"column {place + 1}"
        if name in cells:
            reason = "a second column of this name: the first is read"
            findings.note("flagged", reason, file=file, row=1, table=table, field=name, value=f"column {place + 1}")
            name = f"{name} #{place + 1}"
        cells[name] = np.array(column, dtype=object)
    return cells


def _note_line_breaks(found: TextTable, findings: Findings, table: str) -> None:
    for name, column in found.cells.items():
        broken = np.fromiter(("\n" in cell for cell in column), dtype=bool, count=len(column))
        reason = "a cell over several lines: if that is not meant, a quotation mark is missing and rows are in it"
        findings.note("flagged", reason, file=found.file, row=found.row[broken], table=table, field=name)
