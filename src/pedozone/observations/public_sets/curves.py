"""Published radiocarbon curves as tables of year and Delta14C, which a site file can name."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

from pedozone.observations.errors import ObservationError

Points = dict[str, list[tuple[float, float]]]


def curve_tables(form: str, file: Path) -> list[Path]:
    """Write the curves of a file beside it, a table for each zone.

    Parameters
    ----------
    form : str
        A key of `FORMS`.
    file : pathlib.Path
        As published.

    Returns
    -------
    list of pathlib.Path
        Tables with the columns ``year`` (CE, no year left out at zero) and ``delta14c`` (permil).

    Raises
    ------
    ObservationError
        The file is not as it was published.
    """
    try:
        found = FORMS[form](file.read_text(encoding="utf-8-sig", errors="replace"))
    except (ValueError, IndexError, StopIteration):
        found = {}
    if not found or not all(len(points) > 1 for points in found.values()):
        mend = "The publisher has arranged it anew: make a table with the columns year and delta14c by hand."
        raise ObservationError(file, "contents", "(no curve found)", f"a file of the form '{form}'", mend)
    written = []
    for zone, points in found.items():
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("year", "delta14c"))
        writer.writerows((f"{year:.10g}", f"{value:.10g}") for year, value in sorted(points))
        target = file.with_name(f"{form}{'-' + zone if zone else ''}.csv")
        part = target.with_name(f".{target.name}.part")
        part.write_text(stream.getvalue(), encoding="utf-8")
        part.replace(target)
        written.append(target)
    return written


def _intcal(text: str) -> Points:
    """Lines of cal BP, radiocarbon age, sigma, Delta14C, sigma; comments begin with '#'."""
    lines = [line.split(",") for line in text.splitlines() if line.strip() and not line.startswith("#")]
    rows = [[float(cell) for cell in line] for line in lines]
    return {"": [(1950.0 - row[0], row[3]) for row in rows]}


def _graven(text: str) -> Points:
    """A column of dates and one of Delta14C for each zone, below a title."""
    rows = list(csv.reader(io.StringIO(text)))
    start, heads = next((k, row) for k, row in enumerate(rows) if row and row[0].strip().casefold() == "date")
    found: Points = {}
    for column, head in enumerate(heads):
        zone, _, what = head.strip().partition(" ")
        if "14c" not in what.casefold():
            continue
        points = [(row[0], row[column]) for row in rows[start + 1 :] if len(row) > column and _is_number(row[0])]
        found[zone] = [(float(year), float(value)) for year, value in points]
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


FORMS: dict[str, Callable[[str], Points]] = {"intcal20": _intcal, "graven2017": _graven}
"""Forms of published files, and what reads them."""
