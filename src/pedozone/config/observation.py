"""Measurements to compare a simulation with."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pydantic import model_validator

from pedozone.config.section import FIRST_YEAR, LAST_YEAR, Section, problem, quantity


class _Variable(NamedTuple):
    unit: str
    lower: float
    upper: float


#: What can be observed: unit and range.
OBSERVABLES: dict[str, _Variable] = {
    "soc_stock": _Variable("kg m-2", 0.0, 500.0),
    "soc_percent": _Variable("%", 0.0, 58.0),
    "delta14c": _Variable("permil", -1000.0, 2000.0),
}


class Observation(Section):
    """One measured value between two depths of the mineral soil."""

    variable: Literal["soc_stock", "soc_percent", "delta14c"]
    """What was measured."""
    year: float = quantity(unit="(a calendar year)", lower=FIRST_YEAR, upper=LAST_YEAR)
    """When, as a year or a decimal year."""
    top_cm: float = quantity(unit="cm", lower=0, upper=10_000)
    """Depth of the top of the sample."""
    bottom_cm: float = quantity(unit="cm", lower=0, upper=10_000)
    """Depth of its base."""
    value: float
    """The value, or the mean of several."""
    unit: Literal["kg m-2", "%", "permil"]
    """kg m-2 for soc_stock, % for soc_percent, permil for delta14c."""
    standard_deviation: float | None = quantity(None, lower=0, unit="(unit of the value)")
    """Of the single values behind the mean."""
    source: str = ""
    """Where it was published."""

    @model_validator(mode="after")
    def _check(self) -> Observation:
        known = OBSERVABLES[self.variable]
        if self.unit != known.unit:
            hint = " (1 t ha-1 is 0.1 kg m-2)" if self.variable == "soc_stock" else ""
            raise problem(
                self.unit,
                f"'{known.unit}' for {self.variable}",
                f"Convert value and standard_deviation to {known.unit}{hint}.",
                "unit",
            )
        if not known.lower <= self.value <= known.upper:
            raise problem(
                self.value,
                f"{known.lower:g} to {known.upper:g} {known.unit} for {self.variable}",
                "Correct the number or its unit.",
                "value",
            )
        if self.bottom_cm <= self.top_cm:
            raise problem(
                self.bottom_cm,
                f"more than top_cm = {self.top_cm:g} cm",
                "Depths run downward from the surface; swap the two if they are reversed.",
                "bottom_cm",
            )
        return self
