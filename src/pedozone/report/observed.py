"""Measured values beside the modelled ones."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pedozone.report.data import as_mapping, attribute_json
from pedozone.report.numbers import T_HA_PER_KG_M2, depth_words

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Quantity:
    """How one kind of observation is named, compared and converted.

    `units` holds factors from the units a site file may use to the unit shown.
    """

    variable: str
    modelled: str
    modelled_factor: float
    label: str
    unit: str
    units: dict[str, float]


def _unit_key(unit: str) -> str:
    """Reduce spellings of a unit (t C/ha, t ha-1, t/ha) to one."""
    key = unit.strip().lower().replace("**", "").replace("^", "")
    key = key.replace("⁻¹", "-1").replace("⁻²", "-2").replace("·", " ")
    words = [word for word in key.replace("/", " /").split() if word not in ("c", "soc")]
    return "".join(words).replace("-1", "").replace("-2", "2").replace("/", "").replace("m²", "m2")


_STOCK = Quantity(
    "soc_stock",
    "soc_stock",
    T_HA_PER_KG_M2,
    "SOC stock",
    "t C ha⁻¹",
    {"tha": 1.0, "mgha": 1.0, "kgha": 1e-3, "kgm2": 10.0, "gm2": 0.01, "kgcm2": 10.0},
)
_PERCENT = Quantity(
    "soc_percent",
    "soc_percent",
    1.0,
    "SOC concentration",
    "% of fine earth",
    {"%": 1.0, "percent": 1.0, "gkg": 0.1, "g100g": 1.0, "": 1.0},
)
_RADIOCARBON = Quantity(
    "delta14c",
    "delta14c_interval",
    1.0,
    "Δ¹⁴C",
    "‰",
    {"permil": 1.0, "permille": 1.0, "‰": 1.0, "per mil": 1.0, "": 1.0},
)
_PROFILE_DEPTHS = 3
QUANTITIES = {q.variable: q for q in (_STOCK, _PERCENT, _RADIOCARBON)}


@dataclass(frozen=True)
class Observation:
    """One measured value, in the unit shown."""

    quantity: Quantity
    year: float
    top_cm: float
    bottom_cm: float
    value: float
    deviation: float
    source: str

    @property
    def interval(self) -> str:
        """Depth interval as the dataset names it, cm."""
        return f"{self.top_cm:g}-{self.bottom_cm:g}"


@dataclass(frozen=True)
class Comparison:
    """Measured and modelled values of one quantity in one depth interval.

    Attributes
    ----------
    points : tuple of Observation
        In order of years; only those within the run's time.
    modelled : numpy.ndarray
        The model at the points' years, linear in time between states.
    rmse, bias : float
        Of the means by date (model minus measured), in the unit shown.
    dates : int
        Number of dates compared.
    outside : int
        Number of measured values before or after the run, which are left out.
    """

    quantity: Quantity
    interval: str
    points: tuple[Observation, ...]
    modelled: np.ndarray
    rmse: float
    bias: float
    dates: int
    outside: int

    @property
    def name(self) -> str:
        """Quantity and depth in words."""
        return f"{self.quantity.label}, {depth_words(self.interval)}"


@dataclass(frozen=True)
class MeasuredProfile:
    """Values of one quantity at several depths in one year, beside the modelled means.

    Stocks are divided by the height of their interval, so that unequal intervals compare.

    Attributes
    ----------
    points : tuple of Observation
        From the top down.
    measured, deviation, modelled : numpy.ndarray
        In `shown_unit`; deviation 0 where none was given.
    """

    quantity: Quantity
    year: float
    points: tuple[Observation, ...]
    measured: np.ndarray
    deviation: np.ndarray
    modelled: np.ndarray
    shown_unit: str

    @property
    def rmse(self) -> float:
        """Root mean square difference over the depths."""
        return float(np.sqrt(np.mean((self.modelled - self.measured) ** 2)))


def observations(ds: xr.Dataset) -> tuple[list[Observation], list[str]]:
    """Read the observations a run carries; also say which could not be used, and why."""
    read: list[Observation] = []
    unused: list[str] = []
    raw = attribute_json(ds, "observations")
    rows: Iterable[object] = raw if isinstance(raw, list) else []
    for row in rows:
        record = as_mapping(row)
        quantity = QUANTITIES.get(str(record.get("variable")))
        where = f"{record.get('variable')}, {record.get('year')}"
        if quantity is None:
            unused.append(f"{where}: this report shows no such quantity")
            continue
        factor = quantity.units.get(_unit_key(str(record.get("unit") or "")))
        if factor is None:
            unused.append(f"{where}: unit {record.get('unit')!r} is not known")
            continue
        try:
            deviation = record.get("standard_deviation")
            read.append(
                Observation(
                    quantity,
                    float(record["year"]),
                    float(record["top_cm"]),
                    float(record["bottom_cm"]),
                    float(record["value"]) * factor,
                    float(deviation) * factor if deviation is not None else math.nan,
                    str(record.get("source") or ""),
                )
            )
        except (KeyError, TypeError, ValueError):
            unused.append(f"{where}: incomplete")
    return read, unused


def comparisons(ds: xr.Dataset) -> list[Comparison]:
    """Compare what was measured with the model, by quantity and depth interval.

    The model is read at the decimal year of the observation as the site file gives it: 1959 is
    the state at the start of 1959.
    """
    read, _ = observations(ds)
    groups: dict[tuple[str, str], list[Observation]] = {}
    for point in read:
        groups.setdefault((point.quantity.variable, point.interval), []).append(point)
    found = []
    time = ds["time"].values.astype(float) if "time" in ds.variables else np.empty(0)
    names = [str(name) for name in ds["interval"].values] if "interval" in ds.variables else []
    for (_, interval), group in groups.items():
        quantity = group[0].quantity
        if quantity.modelled not in ds.variables or interval not in names:
            continue
        series = ds[quantity.modelled].sel(interval=interval).values * quantity.modelled_factor
        inside = [point for point in group if time[0] <= point.year <= time[-1]]
        inside.sort(key=lambda point: point.year)
        years = np.array([point.year for point in inside])
        modelled = np.interp(years, time, series)
        differences = _differences_by_date(years, [p.value for p in inside], modelled)
        finite = differences[np.isfinite(differences)]
        found.append(
            Comparison(
                quantity,
                interval,
                tuple(inside),
                modelled,
                float(np.sqrt(np.mean(finite**2))) if finite.size else math.nan,
                float(np.mean(finite)) if finite.size else math.nan,
                finite.size,
                len(group) - len(inside),
            )
        )
    return found


def measured_profiles(ds: xr.Dataset) -> list[MeasuredProfile]:
    """Find SOC measured at three depths or more in one year, most depths first.

    Radiocarbon is left to its own figure.
    """
    groups: dict[tuple[str, float], list[tuple[Observation, float]]] = {}
    for found in comparisons(ds):
        if found.quantity.variable != "delta14c":
            for point, modelled in zip(found.points, found.modelled, strict=True):
                key = (found.quantity.variable, point.year)
                groups.setdefault(key, []).append((point, float(modelled)))
    profiles = [
        _measured_profile(pairs)
        for pairs in groups.values()
        if len({point.interval for point, _ in pairs}) >= _PROFILE_DEPTHS
    ]
    return sorted(profiles, key=lambda profile: -len(profile.points))


def _measured_profile(pairs: list[tuple[Observation, float]]) -> MeasuredProfile:
    pairs = sorted(pairs, key=lambda pair: pair[0].top_cm)
    points = tuple(point for point, _ in pairs)
    quantity = points[0].quantity
    factor = np.ones(len(points))
    unit = quantity.unit
    if quantity.variable == "soc_stock":
        height = np.array([(point.bottom_cm - point.top_cm) / 100 for point in points])
        factor = 1 / (T_HA_PER_KG_M2 * height)
        unit = "kg C m⁻³"
    return MeasuredProfile(
        quantity,
        points[0].year,
        points,
        factor * np.array([point.value for point in points]),
        factor * np.nan_to_num([point.deviation for point in points], nan=0.0),
        factor * np.array([modelled for _, modelled in pairs]),
        unit,
    )


def _differences_by_date(years: np.ndarray, measured: list[float], modelled: np.ndarray) -> np.ndarray:
    values = np.array(measured)
    return np.array([float(np.mean(modelled[years == y] - values[years == y])) for y in np.unique(years)])
