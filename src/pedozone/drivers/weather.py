"""Monthly weather of single years from a table."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np

COLUMNS = ("year", "month", "temperature_c", "precipitation_mm")
OPTIONAL = "pet_mm"
LIMITS = {"temperature_c": (-60.0, 50.0), "precipitation_mm": (0.0, 3000.0), "pet_mm": (0.0, 1000.0)}


class WeatherYear(NamedTuple):
    """Twelve months [12]: temperature (degC), precipitation and potential evapotranspiration (mm; None: not given)."""

    temperature_c: np.ndarray
    precipitation_mm: np.ndarray
    pet_mm: np.ndarray | None


def read_weather(path: str | PathLike[str]) -> dict[int, WeatherYear]:
    """Read monthly weather by year.

    Parameters
    ----------
    path : str or os.PathLike
        CSV with the columns year, month (1 to 12), temperature_c, precipitation_mm and, if known, pet_mm. Every year
        that appears has all twelve months; years need not follow one another.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        For columns or rows that cannot be used; names the line.
    """
    text = Path(path).read_text(encoding="utf-8-sig")
    rows = csv.DictReader(line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    names = [name.strip() for name in rows.fieldnames or ()]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise ValueError(
            f"the column {', '.join(missing)} is missing; it needs {', '.join(COLUMNS)} and may have {OPTIONAL}"
        )
    rows.fieldnames = names
    months: dict[int, dict[int, dict[str, float]]] = {}
    wanted = (*COLUMNS[2:], *((OPTIONAL,) if OPTIONAL in names else ()))
    for number, row in _numbered(text, rows):
        where = f"line {number}"
        year, month = (_whole(row[name], name, where) for name in ("year", "month"))
        if not 1 <= month <= 12:
            raise ValueError(f"{where}: month is {month}, allowed is 1 to 12")
        if month in months.setdefault(year, {}):
            raise ValueError(f"{where}: month {month} of {year} stands twice")
        months[year][month] = {name: _number(row[name], name, where) for name in wanted}
    for year, given in months.items():
        lacking = [m for m in range(1, 13) if m not in given]
        if lacking:
            raise ValueError(f"{year} lacks the months {', '.join(map(str, lacking))}; give all twelve or none")

    def series(year: int, name: str) -> np.ndarray:
        return np.array([months[year][m][name] for m in range(1, 13)])

    return {
        year: WeatherYear(
            series(year, "temperature_c"),
            series(year, "precipitation_mm"),
            series(year, OPTIONAL) if OPTIONAL in names else None,
        )
        for year in sorted(months)
    }


def _numbered(text: str, rows: csv.DictReader[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows with their line in the file, comments and empty lines counted."""
    used = [n for n, line in enumerate(text.splitlines(), 1) if line.strip() and not line.lstrip().startswith("#")]
    yield from zip(used[1:], rows, strict=False)


def _whole(value: str | None, name: str, where: str) -> int:
    try:
        return int((value or "").strip())
    except ValueError:
        raise ValueError(f"{where}: {name} is {value!r}, allowed is a whole number") from None


def _number(value: str | None, name: str, where: str) -> float:
    low, high = LIMITS[name]
    try:
        number = float((value or "").strip())
    except ValueError:
        raise ValueError(f"{where}: {name} is {value!r}, allowed is a number from {low:g} to {high:g}") from None
    if not low <= number <= high:
        raise ValueError(f"{where}: {name} is {number:g}, allowed is {low:g} to {high:g}")
    return number
