"""What the tables of a site file have in common."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

#: Type of the pydantic errors that already say what is allowed and how to mend it.
PROBLEM = "pedozone"

#: Years that the driver curves and the calendar can serve.
FIRST_YEAR, LAST_YEAR = -50_000, 2_500


class Section(BaseModel):
    """A table of a site file: nothing unknown, nothing converted, nothing changed later."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


def quantity(
    default: Any = ...,
    *,
    unit: str = "",
    lower: float | None = None,
    upper: float | None = None,
    mend: str = "",
    **more: Any,
) -> Any:
    """A field with unit, range and a hint how to mend it, all of which messages can name.

    Parameters
    ----------
    default : object
        Value where the file gives none; required where it is left out.
    unit : str
        Unit of the number.
    lower, upper : float, optional
        Range, both ends included.
    mend : str
        What to tell a person whose value is not allowed.
    """
    extra: dict[str, Any] = {}
    if unit:
        extra["unit"] = unit
    if mend:
        extra["mend"] = mend
    return Field(default, ge=lower, le=upper, json_schema_extra=extra or None, **more)


def problem(value: Any, allowed: str, mend: str, field: str = "") -> PydanticCustomError:
    """A pydantic error that names the value, what is allowed and the mend.

    Parameters
    ----------
    value : object
        What was found.
    allowed, mend : str
        What may stand there, and what to do.
    field : str
        Path of the field below the section that raises; empty for the section itself.
    """
    return PydanticCustomError(
        PROBLEM,
        "allowed is {allowed}. {mend}",
        {"value": value, "allowed": allowed, "mend": mend, "field": field},
    )
