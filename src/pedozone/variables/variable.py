"""One variable of a run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["float", "integer", "boolean", "text"]

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SYMBOLS = {"1": "", "1e-3": "‰", "degC": "°C"}


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A variable or coordinate of a run's dataset.

    Parameters
    ----------
    name : str
        Name in the dataset.
    dims : tuple of str
        Its dimensions, in order; a coordinate that spans a dimension has that one alone.
    units : str or None
        As UDUNITS and CF write them (``kg m-2``, ``1``, ``1e-3`` for permil); None for text and
        for true or false. Masses are of carbon where the long name says so.
    long_name : str
        What it is, for labels.
    description : str
        What a reader has to know: sign, reference, what counts.
    group : str
        Part of the output it belongs to.
    standard_name : str or None
        CF standard name, where one means exactly this.
    cmip_name : str or None
        Name CMIP gives it, or gives its sum over layers where the description says so.
    kind : {"float", "integer", "boolean", "text"}
        Type of its values.
    coordinate : bool
        Whether it is a coordinate.
    positive : {"down", "up"} or None
        Direction in which a depth grows.
    """

    name: str
    dims: tuple[str, ...]
    units: str | None
    long_name: str
    description: str
    group: str
    standard_name: str | None = None
    cmip_name: str | None = None
    kind: Kind = "float"
    coordinate: bool = False
    positive: Literal["down", "up"] | None = None

    @property
    def display_units(self) -> str:
        """The units as a label prints them: ``kg m⁻² yr⁻¹``, ``‰``, nothing for ``1``."""
        if self.units is None:
            return ""
        if self.units in _SYMBOLS:
            return _SYMBOLS[self.units]
        return re.sub(r"(?<=[A-Za-z])-?\d+", lambda m: m[0].translate(_SUPERSCRIPT), self.units)

    @property
    def label(self) -> str:
        """Long name and units, for an axis."""
        units = self.display_units
        return f"{self.long_name} ({units})" if units else self.long_name

    def attributes(self) -> dict[str, str]:
        """NetCDF attributes after CF: those of the fields above that are set."""
        found = {
            "units": self.units,
            "long_name": self.long_name,
            "standard_name": self.standard_name,
            "cmip_name": self.cmip_name,
            "positive": self.positive,
            "comment": self.description,
        }
        return {key: value for key, value in found.items() if value}
