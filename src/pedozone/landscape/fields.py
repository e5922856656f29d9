"""Columns of a sites table: which field of a site file each one stands for, and how its cells are read."""

from __future__ import annotations

import functools
import math
import re
import tomllib
import types
import typing
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel

from pedozone.config.site import Site
from pedozone.parameters.errors import did_you_mean

Path = tuple[str | int, ...]

MONTHLY = {
    "temperature": "temperature_c",
    "precipitation": "precipitation_mm",
    "potential_evapotranspiration": "potential_evapotranspiration_mm",
}
"""Short names of monthly columns, ``temperature_1`` to ``temperature_12``, and the fields of the climate."""

EMPTY = ("", "NA", "NaN", "nan")
"""Cells that leave the template's value."""

_MONTH = re.compile(rf"({'|'.join(MONTHLY)})_(\d+)")
_PART = re.compile(r"[^.\[\]]+")


class Field(NamedTuple):
    """A column and its field.

    Attributes
    ----------
    column : str
        As the table heads it.
    path : tuple
        Of the field in a site file, entries of lists counted from 0.
    kinds : tuple of type
        What its value may be.
    """

    column: str
    path: Path
    kinds: tuple[Any, ...]

    def read(self, cell: Any) -> Any:
        """The value of a cell, as a site file would hold it; None where the cell is empty.

        A text that cannot be read stays one, for the checks of the site file to name it.
        """
        if cell is None or (isinstance(cell, float) and math.isnan(cell)):
            return None
        if not isinstance(cell, str):
            return self._typed(cell)
        text = cell.strip()
        return None if text in EMPTY else self._parsed(text)

    def _typed(self, cell: Any) -> Any:
        """A value of a typed table."""
        value = cell.tolist() if hasattr(cell, "tolist") else cell
        if isinstance(value, bool):
            return value
        if isinstance(value, float) and int in self.kinds and float not in self.kinds and value.is_integer():
            return int(value)
        return float(value) if isinstance(value, int) and float in self.kinds else value

    def _parsed(self, text: str) -> Any:
        if bool in self.kinds and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if text[:1] in "[{" and set(self.kinds) - {str, int, float, bool}:
            try:
                return tomllib.loads(f"value = {text}")["value"]
            except tomllib.TOMLDecodeError:
                return text
        if not {int, float} & set(self.kinds):
            return text
        try:
            value = float(text)
        except ValueError:
            return text
        return int(value) if float not in self.kinds and value.is_integer() else value


def field_of(column: str) -> Field | None:
    """The field that a column stands for; None where there is none.

    Parameters
    ----------
    column : str
        A dotted field of the site file, entries of lists counted from 1 (``soil.horizon.1.ph`` or
        ``soil.horizon[1].ph``), or a monthly column (``temperature_1``).
    """
    month = _MONTH.fullmatch(column.strip())
    dotted = f"climate.{MONTHLY[month[1]]}.{month[2]}" if month else column.strip()
    path: Path = ()
    kinds: list[Any] = [Site]
    for part in _PART.findall(dotted):
        step, kinds = _below(kinds, part)
        if not kinds:
            return None
        path = (*path, step)
    return Field(column, path, tuple(kinds)) if path else None


def _below(kinds: Sequence[Any], part: str) -> tuple[str | int, list[Any]]:
    """The step that a part of a dotted name takes, and what may stand there."""
    found: list[Any] = []
    step: str | int = part
    for kind in kinds:
        origin, inside = typing.get_origin(kind), typing.get_args(kind)
        if origin is list and part.isdecimal() and int(part) >= 1:
            step = int(part) - 1
            found += _members(inside[0])
        elif origin is dict:
            found += _members(inside[1])
        elif isinstance(kind, type) and issubclass(kind, BaseModel) and part in kind.model_fields:
            found += _members(kind.model_fields[part].annotation)
    return step, found


def _members(annotation: Any) -> list[Any]:
    """The types behind unions, annotations and literals, without None."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _members(typing.get_args(annotation)[0])
    if origin in (types.UnionType, typing.Union):
        return [kind for part in typing.get_args(annotation) for kind in _members(part)]
    if origin is typing.Literal:
        return list({type(value) for value in typing.get_args(annotation)})
    return [] if annotation is type(None) else [annotation]


@functools.cache
def known_columns() -> tuple[str, ...]:
    """Names that a column may have; of lists, the first entry."""
    monthly = [f"{name}_{month}" for name in MONTHLY for month in range(1, 13)]
    return (*monthly, *_names([Site], ""))


def _names(kinds: Sequence[Any], before: str) -> Iterator[str]:
    for kind in kinds:
        if typing.get_origin(kind) is list:
            yield from _names(_members(typing.get_args(kind)[0]), f"{before}.1")
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            for name, info in kind.model_fields.items():
                dotted = f"{before}.{name}" if before else name
                yield dotted
                yield from _names(_members(info.annotation), dotted)


def resembling(column: str) -> str:
    """A sentence on what may have been meant by a column that stands for no field."""
    otherwise = "Name a field of the site file ('pedozone schema'), or leave the column out with --ignore."
    near = did_you_mean(column, known_columns(), otherwise="")
    return f"{near} Or leave the column out with --ignore." if near else otherwise


def put_value(data: dict[str, Any], path: Path, value: Any) -> None:
    """Set a field of the content of a site file, in place; tables and lists on the way are made.

    Raises
    ------
    LookupError
        If an entry of a list is to be set before the one above it.
    """
    place: Any = data
    for k, step in enumerate(path):
        _make_room(place, step, path[:k])
        if k == len(path) - 1:
            place[step] = value
        elif place[step] is None:
            place[step] = [] if isinstance(path[k + 1], int) else {}
        place = place[step]


def _make_room(place: Any, step: str | int, above: Path) -> None:
    """See to it that a step can be taken from a place, which is a table or a list."""
    if isinstance(step, int):
        count = len(place) if isinstance(place, list) else 0
        if step > count:
            raise LookupError(f"entry {step + 1} of a list that has {count}")
    if not isinstance(place, list if isinstance(step, int) else dict):
        raise LookupError(f"a part of {'.'.join(map(str, above))}, which is one value")
    if isinstance(place, dict):
        place.setdefault(step, None)
    elif step == len(place):
        place.append(None)
