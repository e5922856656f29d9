"""Potential evapotranspiration from temperature or from an open-water tank."""

import numpy as np

from pedozone.drivers.climate import Climate

__all__ = ["climate_from_normals", "day_length", "grass_from_open_water", "thornthwaite"]

_DAYS = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
# Turf over open water by season at Rothamsted: winter 0.6, spring and autumn 0.7, summer 0.8.
_TURF_FACTOR = np.array([0.6, 0.6, 0.7, 0.7, 0.8, 0.8, 0.8, 0.8, 0.7, 0.7, 0.6, 0.6])
_MID_MONTH = np.cumsum(_DAYS) - 0.5 * _DAYS


def day_length(latitude):
    """Length of the day at the middle of each month.

    Parameters
    ----------
    latitude : array_like, shape () or (B,)
        Degrees, north positive.

    Returns
    -------
    ndarray, shape (12,) or (12, B)
        Hours from sunrise to sunset; 0 to 24 in polar night and day.

    References
    ----------
    Allen et al. (1998), FAO Irrigation and Drainage Paper 56, equations 24, 25 and 34.
    """
    phi = np.deg2rad(np.asarray(latitude, dtype=float))
    day = _MID_MONTH.reshape((12,) + (1,) * phi.ndim)
    declination = 0.409 * np.sin(2.0 * np.pi * day / 365.25 - 1.39)
    cosine = np.clip(-np.tan(phi) * np.tan(declination), -1.0, 1.0)
    return 24.0 / np.pi * np.arccos(cosine)


def thornthwaite(temperature_c, latitude):
    """Potential evapotranspiration from temperature and day length.

    ``16 (10 T/I)^a`` mm for a month of 30 days of 12 hours, scaled by the month's days and hours;
    0 below freezing; above 26.5 degC, where the power law fails, the quadratic of Willmott et al.
    (1985), which reproduces Thornthwaite's table.

    Parameters
    ----------
    temperature_c : array_like, shape (12,) or (12, B)
        Monthly mean air temperature, degC.
    latitude : array_like, shape () or (B,)
        Degrees, north positive.

    Returns
    -------
    ndarray, shape (12,) or (12, B)
        mm per month.

    References
    ----------
    Thornthwaite (1948), doi:10.2307/210739; Willmott, Rowe and Mintz (1985),
    doi:10.1002/joc.3370050602.
    """
    temperature = np.asarray(temperature_c, dtype=float)
    if temperature.shape[:1] != (12,):
        raise ValueError(f"temperature_c needs 12 monthly values first, got {temperature.shape}")
    warm = np.maximum(temperature, 0.0)
    heat_index = np.sum((warm / 5.0) ** 1.514, axis=0)
    exponent = 6.75e-7 * heat_index**3 - 7.71e-5 * heat_index**2 + 1.792e-2 * heat_index + 0.49239
    ratio = 10.0 * warm / np.maximum(heat_index, 1e-12)
    unadjusted = 16.0 * ratio**exponent
    hot = -415.85 + 32.24 * warm - 0.43 * warm**2
    unadjusted = np.where(temperature >= 26.5, hot, unadjusted)
    unadjusted = np.where(temperature > 0.0, unadjusted, 0.0)
    hours = day_length(latitude)
    days = _DAYS
    if unadjusted.ndim > 1:
        days = _DAYS.reshape(12, 1)
        hours = hours if hours.ndim > 1 else hours.reshape(12, 1)
    elif hours.ndim > 1:
        unadjusted, days = unadjusted[:, None], _DAYS[:, None]
    return unadjusted * (hours / 12.0) * (days / 30.0)


def grass_from_open_water(open_water_mm, latitude):
    """Potential evapotranspiration of grass from the evaporation of open water.

    Parameters
    ----------
    open_water_mm : array_like, shape (12,)
        Evaporation of a tank or of open water by Penman's formula, mm per month.
    latitude : float
        Degrees; in the southern hemisphere the seasons are exchanged.

    Returns
    -------
    ndarray, shape (12,)
        mm per month.

    References
    ----------
    Penman (1948), doi:10.1098/rspa.1948.0037: factors found on lysimeters at Rothamsted.
    """
    factor = _TURF_FACTOR if latitude >= 0.0 else np.roll(_TURF_FACTOR, 6)
    return factor * np.asarray(open_water_mm, dtype=float)


def climate_from_normals(temperature_c, precipitation_mm, pet_mm=None, *, latitude, source=""):
    """Climate from lists of twelve; without `pet_mm` it is derived by `thornthwaite`.

    Parameters
    ----------
    temperature_c, precipitation_mm : sequence of 12
        degC and mm per month.
    pet_mm : sequence of 12, optional
        mm per month.
    latitude : float
        Degrees, north positive; gives the day length.
    source : str
        Where the figures come from; a derived `pet_mm` is noted in it.

    Returns
    -------
    Climate

    Raises
    ------
    ValueError
        Not twelve values, or a value outside the physical range; names field and month.
    """
    if pet_mm is None:
        given = Climate(temperature_c, precipitation_mm, np.zeros(12), source)
        pet_mm = thornthwaite(given.temperature_c, latitude)
        source = f"{source}; PET: Thornthwaite (1948)" if source else "PET: Thornthwaite (1948)"
    return Climate(temperature_c, precipitation_mm, pet_mm, source)
