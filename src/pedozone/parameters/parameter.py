"""One parameter: its value and everything needed to judge it."""

from __future__ import annotations

import keyword
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from numbers import Real
from typing import Any, cast

from pedozone.parameters.errors import ParameterError, did_you_mean
from pedozone.parameters.prior import Prior

#: What the value rests on. ``cited``: found in the source named. ``recalled``: attributed to the
#: source named without having been read there. ``calibrated``: fitted to observations by the
#: source named. ``convention``: chosen by the model. ``user``: set for one run.
STATUSES = ("cited", "recalled", "calibrated", "convention", "user")

_REQUIRED = ("value", "unit", "lower", "upper", "prior", "source", "status", "description")
_OPTIONAL = ("doi", "trainable", "group", "range_source")


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A named number with its unit, bounds, prior and source.

    Parameters
    ----------
    name : str
        The name processes use.
    value : float
        In `unit`.
    unit : str
        CF style (``yr-1``, ``kg m-3``); ``1`` where there is none. Masses are of carbon unless
        the description says otherwise.
    lower, upper : float
        Range to hold, in `unit`; both ends included.
    prior : Prior
        What is believed before any data; truncated here to the range.
    source : str
        Short citation of the value.
    status : {"cited", "recalled", "calibrated", "convention", "user"}
        What the value rests on, see `STATUSES`.
    description : str
        What it does.
    doi : str
        Of the source, without resolver; empty where it has none.
    trainable : bool
        Whether calibration may change it.
    group : str
        Part of the model it belongs to.
    range_source : str
        What range and prior rest on, where that is not the source.

    Raises
    ------
    ParameterError
        A value outside its range or not finite, a range that is empty, an unknown status, a name
        that is no identifier, an empty text.
    """

    name: str
    value: float
    unit: str
    lower: float
    upper: float
    prior: Prior
    source: str
    status: str
    description: str
    doi: str = ""
    trainable: bool = True
    group: str = ""
    range_source: str = ""

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or keyword.iskeyword(self.name):
            raise ParameterError("name", self.name, "lower-case words joined by '_'", "Rename the parameter.")
        for field in ("value", "lower", "upper"):
            number = checked_number(f"{self.name}.{field}", getattr(self, field))
            object.__setattr__(self, field, number)
        if not self.lower < self.upper:
            raise ParameterError(f"{self.name}.lower", self.lower, f"below upper = {self.upper:g}", "Swap them.")
        if not self.lower <= self.value <= self.upper:
            raise ParameterError(self.name, self.value, self.allowed, "Choose a value inside this range.")
        if self.status not in STATUSES:
            raise ParameterError(
                f"{self.name}.status",
                self.status,
                "one of " + ", ".join(STATUSES),
                did_you_mean(self.status, STATUSES, otherwise="Choose one of these."),
            )
        for field in ("unit", "source", "description"):
            if not getattr(self, field).strip():
                raise ParameterError(f"{self.name}.{field}", "", "a text", "Fill it in.")
        try:
            object.__setattr__(self, "prior", self.prior.truncate(self.lower, self.upper))
        except ValueError as error:
            raise ParameterError(f"{self.name}.prior", str(self.prior), self.allowed, f"{error}.") from error

    @property
    def allowed(self) -> str:
        """The range with its unit, as text."""
        unit = "" if self.unit == "1" else f" {self.unit}"
        return f"{self.lower:g} to {self.upper:g}{unit}"

    def with_value(self, value: float, *, source: str = "set for this run") -> Parameter:
        """The same parameter at another value, its source now `source` and its status ``user``.

        Raises
        ------
        ParameterError
            `value` is no finite number, or lies outside the range.
        """
        number = checked_number(self.name, value)
        if number == self.value:
            return self
        return replace(self, value=number, source=source, doi="", status="user")

    def to_record(self) -> dict[str, Any]:
        """All fields as a dictionary that JSON can hold; `from_record` reads it back."""
        record = asdict(self)
        record["prior"] = str(self.prior)
        return record

    @classmethod
    def from_record(cls, name: str, record: Mapping[str, Any]) -> Parameter:
        """Build a parameter from a record as a set file holds it.

        Raises
        ------
        ParameterError
            Unknown or missing keys, a wrong type, or any reason of the class.
        """
        known = _REQUIRED + _OPTIONAL
        for key in record:
            if key not in known and key != "name":
                raise ParameterError(
                    f"{name}.{key}",
                    record[key],
                    "no such key; known are " + ", ".join(known),
                    did_you_mean(key, known, otherwise="Remove it."),
                )
        for key in _REQUIRED:
            if key not in record:
                raise ParameterError(f"{name}.{key}", None, "a value", f"Add '{key} = ...'.")
        for key in (
            "unit",
            "prior",
            "source",
            "status",
            "description",
            "doi",
            "group",
            "range_source",
        ):
            if not isinstance(record.get(key, ""), str):
                raise ParameterError(f"{name}.{key}", record[key], "a text", "Put it in quotation marks.")
        if not isinstance(record.get("trainable", True), bool):
            raise ParameterError(f"{name}.trainable", record["trainable"], "true or false", "Write true or false.")
        try:
            prior = Prior.parse(record["prior"])
        except ValueError as error:
            raise ParameterError(f"{name}.prior", record["prior"], "family(first, second)", f"{error}.") from error
        fields = {key: record[key] for key in known if key in record}
        return cls(**cast(dict[str, Any], {**fields, "name": name, "prior": prior}))


def checked_number(name: str, value: Any) -> float:
    """`value` as a finite float.

    Raises
    ------
    ParameterError
        It is no number (a bool is none), or not finite.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ParameterError(name, value, "a number", "Write a number without quotation marks.")
    number = float(value)
    if not math.isfinite(number):
        raise ParameterError(name, value, "a finite number", "Replace it by a finite number.")
    return number
