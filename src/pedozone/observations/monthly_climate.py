"""Monthly climate of the places where profiles were dug: from a table, or from annual means with a usual year."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pedozone.observations.errors import ObservationError
from pedozone.observations.findings import Findings
from pedozone.observations.text_table import read_text_table

NEAR_DEGREES = 0.02
"""Latitude and longitude may differ by so much where a table names places by them (rounded figures)."""

_HEADS = {
    "temperature": r"(?:temperature|tmean|tavg|tas)",
    "precipitation": r"(?:precipitation|prec|precip|rain|pr)",
    "potential_evapotranspiration": r"(?:potential_evapotranspiration|pet)",
}
_LIMITS = {"temperature": (-60.0, 50.0), "precipitation": (0.0, 3000.0), "potential_evapotranspiration": (0.0, 1000.0)}
_NAMES = ("site_id", "site", "site_code")
_LATITUDE, _LONGITUDE = ("latitude", "lat"), ("longitude", "long", "lon")

# Half the range of the yearly wave of temperature (K): 21,234 stations thinned to 3,697 cells of 2 degrees.
_WAVE = {"base": 23.4, "latitude": 0.049, "temperature": -0.372, "log_precipitation": -1.70}
_LEAST_WAVE, _MOST_WAVE = 0.5, 30.0
_WARMEST = {True: 6.65, False: 0.55}  # months after 1 January, north and south
WAVE_SOURCE = (
    "temperature as a cosine of half-range 23.4 + 0.049 |latitude| - 0.372 MAT - 1.70 ln(MAP) K, warmest on 20 July "
    "(north) or 17 January; fitted to monthly normals of 21,234 stations (Hijmans et al. 2005, doi:10.1002/joc.1276), "
    "R2 0.78, error 3.3 K; precipitation the same in every month"
)


class Year(NamedTuple):
    """Twelve months [12]: temperature (degC), precipitation and potential evapotranspiration (mm; None: not given)."""

    temperature: np.ndarray
    precipitation: np.ndarray
    potential_evapotranspiration: np.ndarray | None = None


def usual_year(mean_temperature: float, precipitation: float, latitude: float) -> Year:
    """A year of these annual means with the seasons that are usual there (`WAVE_SOURCE`).

    Parameters
    ----------
    mean_temperature : float
        degC.
    precipitation : float
        mm a year.
    latitude : float
        Degrees north.
    """
    wave = (
        _WAVE["base"]
        + _WAVE["latitude"] * abs(latitude)
        + _WAVE["temperature"] * mean_temperature
        + _WAVE["log_precipitation"] * math.log(max(precipitation, 50.0))
    )
    months = np.arange(12) + 0.5
    course = np.cos(2.0 * np.pi * (months - _WARMEST[latitude >= 0.0]) / 12.0)
    wave = min(max(wave, _LEAST_WAVE), _MOST_WAVE)
    return Year(mean_temperature + wave * course, np.full(12, precipitation / 12.0))


@dataclass(frozen=True)
class ClimateTable:
    """Monthly climate by place.

    Parameters
    ----------
    file : str
    names : tuple of str
        Of the sites; empty where places are known by latitude and longitude alone.
    latitude, longitude : array [places]
        NaN where names alone are given.
    years : tuple of Year
    refused : tuple of str
        Rows that cannot be used, with the reason.
    """

    file: str
    names: tuple[str, ...]
    latitude: np.ndarray
    longitude: np.ndarray
    years: tuple[Year, ...]
    refused: tuple[str, ...]

    def of(self, site: str, latitude: float, longitude: float) -> Year | None:
        """The climate of a site: by its name, or of the nearest place within `NEAR_DEGREES`; or None."""
        if site in self.names:
            return self.years[self.names.index(site)]
        if not len(self.years) or not (math.isfinite(latitude) and math.isfinite(longitude)):
            return None
        east = np.abs(self.longitude - longitude) % 360.0
        far = np.maximum(np.abs(self.latitude - latitude), np.minimum(east, 360.0 - east))
        if not np.isfinite(far).any():
            return None
        nearest = int(np.nanargmin(far))
        return self.years[nearest] if far[nearest] <= NEAR_DEGREES + 1e-9 else None


def read_monthly_climate(path: str | PathLike[str]) -> ClimateTable:
    """Read a table of monthly normals: a row for every place.

    Parameters
    ----------
    path : path-like
        CSV or TSV (gzip or not), with temperature_1 to temperature_12 (degC; or tmean1 ...), precipitation_1 to
        precipitation_12 (mm; or prec1 ...), if known potential_evapotranspiration_1 ... (mm; or pet1 ...), and places
        by site_id, or by latitude and longitude.

    Raises
    ------
    ObservationError
        The file cannot be read, or lacks a column.
    """
    name = fspath(path)
    table = read_text_table(Path(path), name, Findings())
    by_fold = {head.strip().casefold(): head for head in table.heads}
    months = {what: _months(by_fold, pattern) for what, pattern in _HEADS.items()}
    for what in ("temperature", "precipitation"):
        lacking = [m for m in range(1, 13) if m not in months[what]]
        if lacking:
            need = f"columns {what}_1 to {what}_12; {what}_{lacking[0]} is missing"
            raise ObservationError(name, "heads", _some(table.heads), need, "Name the months 1 to 12 in the heads.")
    site = _first(by_fold, _NAMES)
    place = _first(by_fold, _LATITUDE), _first(by_fold, _LONGITUDE)
    if site is None and None in place:
        need = "site_id, or latitude and longitude"
        raise ObservationError(name, "heads", _some(table.heads), need, "Say in a column which place a row is for.")
    rows = len(table.row)
    wanted = {what: found for what, found in months.items() if len(found) == 12}
    cells = {
        what: np.stack([_numbers(table.cells[found[m]]) for m in range(1, 13)], axis=1)
        for what, found in wanted.items()
    }
    at = [_numbers(table.cells[head]) if head is not None else np.full(rows, np.nan) for head in place]
    names = table.cells[site] if site is not None else np.full(rows, "", dtype=object)
    good, refused = [], []
    for k in range(rows):
        wrong = _wrong({what: values[k] for what, values in cells.items()})
        if not wrong and not str(names[k]) and not (np.isfinite(at[0][k]) and np.isfinite(at[1][k])):
            wrong = "no place is named"
        if wrong:
            refused.append(f"row {int(table.row[k])}: {wrong}")
        else:
            good.append(k)
    years = tuple(
        Year(*(cells[what][k] if what in cells else None for what in _HEADS))  # pyright: ignore[reportArgumentType]
        for k in good
    )
    named = tuple(str(names[k]) for k in good) if site is not None else ()
    return ClimateTable(name, named, at[0][good], at[1][good], years, tuple(refused))


def _months(heads: dict[str, str], pattern: str) -> dict[int, str]:
    found = {}
    for fold, head in heads.items():
        match = re.fullmatch(rf"{pattern}_?(\d{{1,2}})", fold)
        if match and 1 <= int(match[1]) <= 12:
            found.setdefault(int(match[1]), head)
    return found


def _first(heads: dict[str, str], names: Sequence[str]) -> str | None:
    return next((heads[name] for name in names if name in heads), None)


def _some(heads: Sequence[str]) -> str:
    return ", ".join(heads[:12]) + (", ..." if len(heads) > 12 else "")


def _numbers(cells: np.ndarray) -> np.ndarray:
    def number(cell: object) -> float:
        try:
            return float(str(cell))
        except ValueError:
            return math.nan

    return np.array([number(cell) for cell in cells])


def _wrong(months: dict[str, np.ndarray]) -> str:
    """What is wrong with a row's figures; empty where nothing is."""
    for what, values in months.items():
        low, high = _LIMITS[what]
        for month, value in enumerate(values, start=1):
            if not low <= value <= high:
                return f"{what} of month {month} is {value:g}, allowed is {low:g} to {high:g}"
    return ""
