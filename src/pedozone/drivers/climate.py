"""Twelve monthly normals of the weather at a site."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Climate"]


@dataclass(frozen=True)
class Climate:
    """Monthly climate normals.

    Attributes
    ----------
    temperature_c : ndarray, shape (12,)
        Mean air temperature, degC.
    precipitation_mm : ndarray, shape (12,)
        mm per month.
    pet_mm : ndarray, shape (12,)
        Potential evapotranspiration, mm per month.
    source : str
        Where the figures come from.
    """

    temperature_c: np.ndarray
    precipitation_mm: np.ndarray
    pet_mm: np.ndarray
    source: str = ""

    def __post_init__(self) -> None:
        limits = {
            "temperature_c": (-60.0, 60.0),
            "precipitation_mm": (0.0, 5000.0),
            "pet_mm": (0.0, 1000.0),
        }
        for name, (low, high) in limits.items():
            values = np.array(getattr(self, name), dtype=float)
            if values.shape != (12,):
                raise ValueError(f"climate.{name}: 12 monthly values expected, got shape {values.shape}")
            bad = ~(np.isfinite(values) & (values >= low) & (values <= high))
            if bad.any():
                month = int(np.argmax(bad))
                raise ValueError(
                    f"climate.{name}: month {month + 1} is {values[month]}, allowed is {low:g} to {high:g}"
                )
            values.setflags(write=False)
            object.__setattr__(self, name, values)

    @property
    def mean_temperature_c(self) -> float:
        """Annual mean air temperature, degC."""
        return float(np.mean(self.temperature_c))

    @property
    def annual_precipitation_mm(self) -> float:
        """mm per year."""
        return float(np.sum(self.precipitation_mm))

    @property
    def annual_pet_mm(self) -> float:
        """mm per year."""
        return float(np.sum(self.pet_mm))
