"""Text in columns for a terminal."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterable, Sequence

_DOI = re.compile(r",?\s*doi:(\S+)")


def columns(rows: Iterable[Sequence[str]], width: int, heads: Sequence[str] = (), gap: str = "  ") -> str:
    """Rows in aligned columns; the last column is wrapped to what is left of the width.

    Parameters
    ----------
    rows : iterable of sequence of str
        All of one length; a row of one is a heading of its own.
    width : int
        Of the terminal, characters.
    heads : sequence of str, optional
        Names of the columns, underlined.
    """
    body = [list(row) for row in rows]
    table = [list(heads)] if heads else []
    table += body
    full = [row for row in table if len(row) > 1]
    if not full:
        return "\n".join(row[0] for row in table)
    widths = [max(len(row[c]) for row in full) for c in range(len(full[0]) - 1)]
    left = sum(widths) + len(gap) * len(widths)
    room = max(24, width - left)
    lines = []
    for number, row in enumerate(table):
        if len(row) == 1:
            lines.append(row[0])
            continue
        start = gap.join(cell.ljust(w) for cell, w in zip(row[:-1], widths, strict=True)) + gap
        wrapped = textwrap.wrap(row[-1], room, break_long_words=False) or [""]
        lines.append((start + wrapped[0]).rstrip())
        lines += [" " * left + more for more in wrapped[1:]]
        if heads and number == 0:
            lines.append(gap.join("-" * w for w in (*widths, len(row[-1]))))
    return "\n".join(lines)


def terminal_width() -> int:
    """Characters in a line of the terminal, within what can be read."""
    return max(60, min(shutil.get_terminal_size((110, 24)).columns, 130))


def paragraph(text: str, width: int, indent: str = "") -> str:
    """A text wrapped to the width; markup of docstrings is taken out."""
    plain = " ".join(text.split()).replace("``", "").replace("`", "")
    return textwrap.fill(plain, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False)


def linked(source: str) -> str:
    """A source with its DOI as an address that a terminal can open."""
    return _DOI.sub(r", https://doi.org/\1", source)
