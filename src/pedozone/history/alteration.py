"""Alterations: what the weather, the cover or the soil of a year differ by; gradual changes and bad years.

An alteration takes the forcing of a year (any NamedTuple of arrays with the columns last) and returns another one. It
names fields, so a model that lacks one says so rather than passing over it.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pedozone.column.geometry import Soil
from pedozone.history.column import layers_above
from pedozone.history.errors import HistoryError
from pedozone.physics.evapotranspiration import thornthwaite

CLIMATE = ("temperature", "precipitation", "potential_evapotranspiration")

OF_SITE = ("water_table", "nitrogen_deposition")
"""What belongs to the site and not to its cover: a succession leaves it as other changes have made it."""

FOREVER = 10**9
"""Last year of what does not end."""

_LEAF = ("leaf_phenology", "leaf_metabolic_fraction")
_ROOT = ("root_phenology", "root_metabolic_fraction", "root_beta")


def field_of(forcing: Any, name: str) -> np.ndarray:
    """A field of a forcing.

    Raises
    ------
    HistoryError
        If the model's forcing has no such field.
    """
    value = getattr(forcing, name, None)
    if value is None:
        raise HistoryError(f"the history changes '{name}', which the chosen model does not take")
    return np.asarray(value, dtype=float)


@dataclass(frozen=True)
class Alteration(abc.ABC):
    """Something that makes years differ from what the climate normals and the land cover say.

    Parameters
    ----------
    first, last : int
        First and last year in which it acts at all; before, nothing.
    """

    first: int
    last: int

    of_cover = False
    """Whether it ends with the land cover under which it began."""

    def holds(self, year: int, cover_since: int) -> bool:
        """Whether it acts in a year whose land cover began in `cover_since`."""
        return self.first <= year <= self.last and not (self.of_cover and self.first < cover_since)

    def forcing(self, forcing: Any, year: int) -> Any:
        """The forcing of the year, altered."""
        del year
        return forcing

    def soil(self, soil: Soil, face: np.ndarray, year: int) -> Soil:
        """The soil of the year, altered for that year alone; `face` [cells + 1, batch], m."""
        del face, year
        return soil


@dataclass(frozen=True)
class Gradual(Alteration):
    """Grows linearly from nothing before `first` to the whole in `full`, and stays.

    Parameters
    ----------
    full : int
        Year in which it is complete; `first` for a step.
    """

    full: int

    def extent(self, year: int) -> float:
        """Share of the change that is there in a year, 0 to 1."""
        if year >= self.full:
            return 1.0
        return max(year - self.first + 1, 0) / (self.full - self.first + 1)


@dataclass(frozen=True)
class Warming(Gradual):
    """Air temperature rises in every month; evapotranspiration follows by Thornthwaite's formula.

    Parameters
    ----------
    by : float
        K.
    latitude : float
        degrees north.
    """

    by: float
    latitude: float

    def forcing(self, forcing: Any, year: int) -> Any:  # noqa: D102 (inherited)
        before = field_of(forcing, "temperature")
        after = before + self.by * self.extent(year)
        demand = field_of(forcing, "potential_evapotranspiration") + (
            monthly_demand(after, self.latitude) - monthly_demand(before, self.latitude)
        )
        return forcing._replace(temperature=after, potential_evapotranspiration=np.maximum(demand, 0.0))


def monthly_demand(temperature: np.ndarray, latitude: float) -> np.ndarray:
    """Potential evapotranspiration after Thornthwaite, m month-1 [12, batch]; the batch may be absent."""
    columns = np.asarray(temperature, dtype=float).reshape(12, -1)
    out = np.stack([np.asarray(thornthwaite(column, latitude)) for column in columns.T], axis=-1) / 1000.0
    return out.reshape(np.shape(temperature))


@dataclass(frozen=True)
class Scaled(Gradual):
    """Fields multiplied by a factor that grows from 1.

    Parameters
    ----------
    factors : mapping of str to float
        By field.
    months : tuple of int
        Months (1 to 12) of monthly fields that it touches; all where empty.
    """

    factors: Mapping[str, float]
    months: tuple[int, ...] = ()

    def forcing(self, forcing: Any, year: int) -> Any:  # noqa: D102 (inherited)
        share = self.extent(year)
        chosen = np.isin(np.arange(1, 13), self.months)[:, None]
        values = {}
        for name, factor in self.factors.items():
            value = field_of(forcing, name)
            scale = 1.0 + share * (factor - 1.0)
            values[name] = value * (np.where(chosen, scale, 1.0) if self.months else scale)
        return forcing._replace(**values)


@dataclass(frozen=True)
class Towards(Gradual):
    """Fields that pass to other values.

    Parameters
    ----------
    values : mapping of str to float
        By field.
    """

    values: Mapping[str, float]

    def forcing(self, forcing: Any, year: int) -> Any:  # noqa: D102 (inherited)
        share = self.extent(year)
        values = {}
        for name, target in self.values.items():
            value = field_of(forcing, name)
            values[name] = value + share * (target - value)
        return forcing._replace(**values)


@dataclass(frozen=True)
class Drifting(Alteration):
    """Fields that change by the same amount every year, as they are in `first` itself.

    Parameters
    ----------
    paces : mapping of str to float
        By field, in its unit per year.
    """

    paces: Mapping[str, float]

    def forcing(self, forcing: Any, year: int) -> Any:  # noqa: D102 (inherited)
        years = year - self.first
        return forcing._replace(**{name: field_of(forcing, name) + years * pace for name, pace in self.paces.items()})


@dataclass(frozen=True)
class CoverScaled(Scaled):
    """As `Scaled`, until the land cover changes."""

    of_cover = True


@dataclass(frozen=True)
class CoverTowards(Towards):
    """As `Towards`, until the land cover changes."""

    of_cover = True


@dataclass(frozen=True)
class Succession(Gradual):
    """One land cover passes into another.

    Inputs change linearly; what belongs to an input (phenology, litter quality, root profile) is weighted by it, so
    that every month has the mixture of both covers' litter.

    Parameters
    ----------
    target : NamedTuple
        Forcing of the cover that comes.
    name : str
        Of that cover.
    """

    target: Any
    name: str

    of_cover = True

    def forcing(self, forcing: Any, year: int) -> Any:  # noqa: D102 (inherited)
        return blend(forcing, self.target, self.extent(year))


def blend(forcing: Any, other: Any, share: float) -> Any:
    """Mix two covers' forcings; climate, water table and deposition stay those of the first.

    Parameters
    ----------
    forcing, other : NamedTuple
    share : float
        Of the second, 0 to 1.
    """
    new = {}
    for name in forcing._fields:
        a, b = getattr(forcing, name), getattr(other, name)
        if name in CLIMATE or name in OF_SITE or a is None or b is None:
            continue
        a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
        of = "leaf_input" if name in _LEAF else "root_input" if name in _ROOT else None
        if of is None:
            new[name] = a + share * (b - a)
            continue
        first = (1.0 - share) * np.asarray(getattr(forcing, of), dtype=float)
        second = share * np.asarray(getattr(other, of), dtype=float)
        whole = first + second
        weight = np.divide(second, whole, out=np.full_like(whole, share), where=whole > 0.0)
        new[name] = a + weight * (b - a)
    return forcing._replace(**new)


CALCITE_PH = 8.3
"""pH of water in equilibrium with calcite and air, beyond which lime does not dissolve (textbook value, recalled)."""


@dataclass(frozen=True)
class Liming(Alteration):
    """pH raised to a depth, not beyond that of calcite; the rise fades exponentially as the soil acidifies again.

    Parameters
    ----------
    rise : float
        pH units in the year of liming.
    depth : float
        m.
    lasting : float
        e-folding time of the rise, yr.
    """

    rise: float
    depth: float
    lasting: float

    def soil(self, soil: Soil, face: np.ndarray, year: int) -> Soil:  # noqa: D102 (inherited)
        share = np.where(np.asarray(soil.mineral_mass) > 0.0, layers_above(face, self.depth), 0.0)
        before = np.asarray(soil.ph)
        limed = before + self.rise * np.exp(-(year - self.first) / self.lasting) * share
        return soil._replace(ph=np.minimum(limed, np.maximum(before, CALCITE_PH)))


@dataclass(frozen=True)
class MeasuredWeather(Alteration):
    """Monthly weather of single years in place of the normals.

    Parameters
    ----------
    years : mapping of int to tuple of numpy.ndarray [12]
        Temperature (degC), precipitation and potential evapotranspiration (m per month, None: Thornthwaite).
    latitude : float
        degrees north.
    """

    years: Mapping[int, tuple[np.ndarray, np.ndarray, np.ndarray | None]]
    latitude: float

    def forcing(self, forcing: Any, year: int) -> Any:  # noqa: D102 (inherited)
        if year not in self.years:
            return forcing
        temperature, precipitation, demand = self.years[year]
        demand = monthly_demand(temperature, self.latitude) if demand is None else demand
        shape = field_of(forcing, "temperature").shape
        return forcing._replace(
            temperature=np.broadcast_to(temperature[:, None], shape),
            precipitation=np.broadcast_to(precipitation[:, None], shape),
            potential_evapotranspiration=np.broadcast_to(demand[:, None], shape),
        )
