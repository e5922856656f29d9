"""Finding the line of a TOML file on which a field stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence

Path = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)(.+?)(\]\]?)\s*(?:#.*)?$")


def key_lines(text: str) -> dict[Path, int]:
    """The line on which every table and key of a TOML text starts.

    Parameters
    ----------
    text : str
        A TOML text; what `tomllib` would refuse may come out incomplete, but does not raise.

    Returns
    -------
    dict of tuple to int
        Lines counted from 1 by path; entries of arrays of tables counted from 0. What stands
        inside a value (arrays, inline tables) has the line on which the value starts.
    """
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, statement in _statements(text):
        header = _HEADER.match(statement)
        if header and len(header[1]) == len(header[3]):
            parts = _split(header[2])
            if parts is None:
                continue
            table = _resolve(parts, counts, array=len(header[1]) == 2)
            lines.setdefault(table, number)
            continue
        key, separator, _ = _partition(statement, "=")
        parts = _split(key) if separator else None
        if parts is not None:
            for end in range(1, len(parts) + 1):
                lines.setdefault((*table, *parts[:end]), number)
    return lines


def line_of(lines: dict[Path, int], path: Sequence[str | int]) -> int | None:
    """The line of a path, or of the nearest table or value that holds it; None where none does."""
    for end in range(len(path), 0, -1):
        found = lines.get(tuple(path[:end]))
        if found is not None:
            return found
    return None


def _resolve(parts: list[str], counts: dict[Path, int], *, array: bool) -> Path:
    path: Path = ()
    for index, part in enumerate(parts):
        path = (*path, part)
        last = index == len(parts) - 1
        if last and array:
            counts[path] = counts.get(path, -1) + 1
            path = (*path, counts[path])
        elif path in counts:
            path = (*path, counts[path])
    return path


def _statements(text: str) -> list[tuple[int, str]]:
    """Logical lines, with their first line number: values over several lines are joined."""
    found: list[tuple[int, str]] = []
    start, current, depth, quote = 1, "", 0, ""
    for number, line in enumerate(text.split("\n"), start=1):  # what TOML takes for a line
        if not current:
            start = number
        kept, depth, quote = _scan(line, depth, quote)
        current += kept + "\n"
        if not quote and depth <= 0:
            if current.strip():
                found.append((start, current.strip()))
            current, depth = "", 0
    if current.strip():
        found.append((start, current.strip()))
    return found


def _scan(line: str, depth: int, quote: str) -> tuple[str, int, str]:
    """One line without its comment, with the bracket depth and the open quote at its end."""
    # A header's brackets close on their own line; only brackets of values can stay open.
    index = 0
    while index < len(line):
        rest = line[index:]
        if quote:
            if rest[0] == "\\" and quote in ('"', '"""'):
                index += 2
                continue
            if rest.startswith(quote):
                index += len(quote)
                quote = ""
                continue
        elif rest[0] == "#":
            return line[:index], depth, quote
        elif rest.startswith(('"""', "'''")):
            quote = rest[:3]
            index += 3
            continue
        elif rest[0] in "\"'":
            quote = rest[0]
        elif rest[0] in "[{":
            depth += 1
        elif rest[0] in "]}":
            depth -= 1
        index += 1
    # A simple quote cannot go on to the next line; left open, the file is broken anyway.
    return line, depth, quote if len(quote) == 3 else ""


def _partition(statement: str, separator: str) -> tuple[str, str, str]:
    quote, escaped = "", False
    for index, character in enumerate(statement):
        if escaped:
            escaped = False
        elif quote == '"' and character == "\\":
            escaped = True
        elif quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == separator:
            return statement[:index], separator, statement[index + 1 :]
    return statement, "", ""


def _split(key: str) -> list[str] | None:
    """The parts of a dotted key, quotes resolved, by the TOML reader itself."""
    try:
        node = tomllib.loads(f"{key} = 0")
    except tomllib.TOMLDecodeError:
        return None
    parts: list[str] = []
    while isinstance(node, dict):
        (part, node), *_ = node.items()
        parts.append(part)
    return parts
