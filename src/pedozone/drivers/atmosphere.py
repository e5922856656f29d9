"""Radiocarbon of atmospheric CO2 through time, by hemisphere zone.

The packaged figures run from 50,000 cal BP to 2018 (IntCal20, SHCal20, Hua et al. 2021; see the
head of ``atmosphere_14c.csv``). numpy only; nothing is read before a curve is asked for.

Two scales, never to be mixed:

- *absolute fraction modern* ``R = 1 + Delta14C/1000``: the activity in that year over the standard
  of 1950. Carbon taken up at R and kept closed falls as ``exp(-t/8267)``. This is what a tracer
  that decays needs.
- *F14C* ``= R exp((year - 1950)/8267)``: sample over standard, both measured in the same year. A
  closed sample keeps its F14C for ever, so a tracer in F14C must not decay.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

__all__ = ["MEAN_LIFE_YEARS", "ZONES", "Curve", "atmosphere", "hemisphere_zone"]

MEAN_LIFE_YEARS = 8267.0
ZONES = ("NH1", "NH2", "NH3", "SH12", "SH3")
# Mean decline 2008.5-2018.5 of Hua et al. (2021): 4.2 (northern zones), 4.0 permil yr-1 (southern).
EXTRAPOLATION_RATE = -4.2
SOURCE = (
    "IntCal20 (doi:10.1017/RDC.2020.41) and SHCal20 (doi:10.1017/RDC.2020.59) to 1940, "
    "Hua et al. 2021 (doi:10.1017/RDC.2021.95) 1941-2018"
)


def _as_array(year) -> np.ndarray:
    return np.asarray(year, dtype=float)


@dataclass(frozen=True, eq=False)
class Curve:
    """Atmospheric Delta14C against time, linear between knots.

    Attributes
    ----------
    name : str
        Zone or file name.
    years : ndarray, shape (k,)
        Decimal years CE, increasing.
    values : ndarray, shape (k,)
        Delta14C, permil.
    extrapolation : float
        Change of Delta14C after the last knot, permil yr-1. Before the first the value is held.
    source : str
        Where the figures come from.
    """

    name: str
    years: np.ndarray
    values: np.ndarray
    extrapolation: float = EXTRAPOLATION_RATE
    source: str = ""

    def __post_init__(self) -> None:
        years, values = np.array(self.years, float), np.array(self.values, float)
        where = f"atmosphere curve '{self.name}'"
        if years.ndim != 1 or years.shape != values.shape or years.size < 2:
            raise ValueError(f"{where}: years and delta14c must be equally long lists of 2 or more")
        if not (np.isfinite(years).all() and np.isfinite(values).all()):
            raise ValueError(f"{where}: year and delta14c must be finite numbers")
        if not (np.diff(years) > 0.0).all():
            bad = years[1 + int(np.argmin(np.diff(years) > 0.0))]
            raise ValueError(f"{where}: years must increase; {bad:g} does not")
        if values.min() <= -1000.0 or values.max() > 5000.0:
            raise ValueError(f"{where}: delta14c must lie in -1000 to 5000 permil")
        for array in (years, values):
            array.setflags(write=False)
        object.__setattr__(self, "years", years)
        object.__setattr__(self, "values", values)

    @property
    def last_observed_year(self) -> float:
        """End of the last year with observations (a knot at mid-year stands for its year)."""
        return float(np.floor(self.years[-1]) + 1.0)

    def delta14c(self, year):
        """Delta14C of the air.

        Parameters
        ----------
        year : array_like
            Decimal year CE.

        Returns
        -------
        ndarray
            permil.
        """
        year = _as_array(year)
        inside = np.interp(year, self.years, self.values)
        late = np.maximum(year - self.years[-1], 0.0)
        return np.maximum(inside + self.extrapolation * late, -1000.0)

    def extrapolated(self, year):
        """Whether a year lies outside the observations (after their end or before their start).

        Parameters
        ----------
        year : array_like
            Decimal year CE.

        Returns
        -------
        ndarray of bool
        """
        year = _as_array(year)
        return (year > self.last_observed_year) | (year < self.years[0])

    def absolute_fraction_modern(self, year):
        """``1 + Delta14C/1000``: for a tracer that decays at 1/8267 yr-1.

        Parameters
        ----------
        year : array_like
            Decimal year CE.

        Returns
        -------
        ndarray
        """
        return 1.0 + self.delta14c(year) / 1000.0

    def f14c(self, year):
        """F14C of carbon fixed in a year: for a tracer without decay.

        Parameters
        ----------
        year : array_like
            Decimal year CE.

        Returns
        -------
        ndarray
        """
        year = _as_array(year)
        return self.absolute_fraction_modern(year) * np.exp((year - 1950.0) / MEAN_LIFE_YEARS)

    def f14c_annual(self, first, last):
        """F14C at the middle of each year from `first` to `last`, inclusive.

        Parameters
        ----------
        first, last : int
            Years CE.

        Returns
        -------
        ndarray, shape (last - first + 1,)
        """
        return self.f14c(self._mid_years(first, last))

    def absolute_annual(self, first, last):
        """Absolute fraction modern at the middle of each year from `first` to `last`, inclusive.

        Parameters
        ----------
        first, last : int
            Years CE.

        Returns
        -------
        ndarray, shape (last - first + 1,)
        """
        return self.absolute_fraction_modern(self._mid_years(first, last))

    @staticmethod
    def _mid_years(first, last) -> np.ndarray:
        if last < first:
            raise ValueError(f"atmosphere: last year {last} lies before first year {first}")
        return np.arange(int(first), int(last) + 1) + 0.5

    @classmethod
    def from_csv(cls, path, *, extrapolation=EXTRAPOLATION_RATE, source="") -> Curve:
        """A user's curve from a CSV file with the columns ``year`` and ``delta14c``.

        Parameters
        ----------
        path : str or Path
            Lines starting with ``#`` are comments; other columns are ignored.
        extrapolation : float
            Change after the last year, permil yr-1.
        source : str
            Defaults to the file name.

        Returns
        -------
        Curve

        Raises
        ------
        ValueError
            Missing columns, a cell that is no number, years that do not increase.
        """
        path = Path(path)
        with path.open(encoding="utf-8-sig", newline="") as stream:
            table = _read_columns(stream, str(path), ("year", "delta14c"))
        return cls(path.stem, table["year"], table["delta14c"], extrapolation, source or path.name)


def _read_columns(stream, where: str, wanted: tuple[str, ...]) -> dict[str, np.ndarray]:
    lines = ((n, text) for n, text in enumerate(stream, 1) if not text.startswith("#"))
    numbered = [(n, text) for n, text in lines if text.strip()]
    rows = csv.DictReader(text for _, text in numbered)
    missing = [name for name in wanted if name not in (rows.fieldnames or ())]
    if missing:
        raise ValueError(f"{where}: column '{missing[0]}' is missing; found {', '.join(rows.fieldnames or ())}")
    columns: dict[str, list[float]] = {name: [] for name in wanted}
    for (line, _), row in zip(numbered[1:], rows, strict=False):
        for name in wanted:
            try:
                columns[name].append(float(row[name]))
            except (TypeError, ValueError):
                raise ValueError(f"{where}: line {line}: {name} = '{row[name]}' is no number") from None
    return {name: np.array(values) for name, values in columns.items()}


@cache
def _packaged() -> dict[str, np.ndarray]:
    resource = files("pedozone.drivers").joinpath("atmosphere_14c.csv")
    with resource.open(encoding="utf-8") as stream:
        return _read_columns(stream, "atmosphere_14c.csv", ("year", *ZONES))


def atmosphere(zone, *, extrapolation=EXTRAPOLATION_RATE) -> Curve:
    """Packaged curve of a hemisphere zone.

    Parameters
    ----------
    zone : {"NH1", "NH2", "NH3", "SH12", "SH3"}
        Zone of Hua et al. (2021); see `hemisphere_zone`.
    extrapolation : float
        Change after 2018, permil yr-1. The default continues 2008-2018; beyond about 2035 it
        should come from an emissions scenario.

    Returns
    -------
    Curve

    Raises
    ------
    ValueError
        Unknown zone.
    """
    if zone not in ZONES:
        raise ValueError(f"hemisphere_zone = '{zone}' is unknown; allowed are {', '.join(ZONES)}")
    table = _packaged()
    return Curve(zone, table["year"], table[zone], extrapolation, SOURCE)


def hemisphere_zone(latitude) -> str:
    """Hemisphere zone of a latitude.

    The zones of Hua et al. (2021) end at 40 degrees N and at the seasonal positions of the
    intertropical convergence, which vary with longitude: their mean latitudes (15 N in northern
    summer, 10 S in southern summer) are used here. Give the zone itself where that matters.

    Parameters
    ----------
    latitude : float
        Degrees, north positive.

    Returns
    -------
    str
        One of `ZONES`.
    """
    if not -90.0 <= latitude <= 90.0:
        raise ValueError(f"latitude = {latitude}: allowed is -90 to 90")
    if latitude > 40.0:
        return "NH1"
    if latitude > 15.0:
        return "NH2"
    if latitude >= 0.0:
        return "NH3"
    return "SH3" if latitude > -10.0 else "SH12"
