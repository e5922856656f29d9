"""What may stand in the entries of a diary: keys, units, ranges, defaults and meanings, from their declarations."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pedozone.config.history import Change, Entry, Event, Gradual

REQUIRED = "required"
"""In the place of a default."""

USUAL = {
    "plough": "tillage_",
    "plant": "tillage_",
    "sow": "tillage_",
    "clear-cut": "standing_",
    "fire": "fire_",
    "manure": "manure_",
    "compost": "compost_",
    "graze": "grazing_",
}
"""How the parameters of the set ``histories`` begin that an event takes for what its entry leaves out."""


@dataclass(frozen=True)
class EntryField:
    """A key of an entry.

    Parameters
    ----------
    key : str
    unit : str
        Empty where it has none.
    allowed : str
        Range or choices.
    default : str
        `REQUIRED` where there is none; empty where leaving it out has a meaning of its own.
    meaning : str
    """

    key: str
    unit: str
    allowed: str
    default: str
    meaning: str


@dataclass(frozen=True)
class EntryKind:
    """A kind of entry.

    Parameters
    ----------
    name : str
        What stands under ``what``.
    table : str
        ``event`` or ``change``.
    summary : str
    own, common : tuple of EntryField
        Keys of its own, and those of every entry of its table.
    usual : str
        How the parameters of the set ``histories`` begin that it takes; empty if none.
    """

    name: str
    table: str
    summary: str
    own: tuple[EntryField, ...]
    common: tuple[EntryField, ...]
    usual: str


def events() -> dict[str, EntryKind]:
    """Kinds of ``[[event]]`` by name."""
    return _kinds(Event, Entry, "event")


def changes() -> dict[str, EntryKind]:
    """Kinds of ``[[change]]`` by name."""
    return _kinds(Change, Gradual, "change")


def _kinds(union: Any, base: type[BaseModel], table: str) -> dict[str, EntryKind]:
    found = {}
    common = tuple(_field(key, info) for key, info in base.model_fields.items())
    for kind in typing.get_args(typing.get_args(union)[0]):
        fields = {k: info for k, info in kind.model_fields.items() if k != "what" and k not in base.model_fields}
        own = tuple(_field(key, info) for key, info in fields.items())
        for name in typing.get_args(kind.model_fields["what"].annotation):
            summary = " ".join((kind.__doc__ or "").split())
            found[name] = EntryKind(name, table, summary, own, common, USUAL.get(name, ""))
    return found


def _field(key: str, info: FieldInfo) -> EntryField:
    extra = info.json_schema_extra
    unit = str(extra.get("unit", "")) if isinstance(extra, Mapping) else ""
    default = REQUIRED if info.is_required() else _default(info.get_default(call_default_factory=True))
    meaning = " ".join((info.description or "").split())
    # a unit in brackets says what kind of number it is
    return EntryField(
        key, "" if "(" in unit or unit == "1" else unit, _allowed(info.annotation, info), default, meaning
    )


def _default(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return ""
    return f"{value:g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else f'"{value}"'


def _allowed(annotation: Any, info: FieldInfo | None = None) -> str:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        parts = [part for part in typing.get_args(annotation) if part is not type(None)]
        return " or ".join(dict.fromkeys(_allowed(part, info) for part in parts))
    if origin is typing.Literal:
        return ", ".join(f'"{value}"' for value in typing.get_args(annotation))
    if origin is typing.Annotated:
        inner, *more = typing.get_args(annotation)
        bounds = [m for m in more if isinstance(m, FieldInfo)]
        return _allowed(inner, bounds[0] if bounds else info)
    if origin is list:
        return f"a list, each {_allowed(typing.get_args(annotation)[0])}"
    if annotation in (int, float):
        return _range(info, "a whole number" if annotation is int else "a number")
    if annotation is bool:
        return "true or false"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "a table with " + ", ".join(annotation.model_fields)
    return "a text"


def _range(info: FieldInfo | None, otherwise: str) -> str:
    if info is None:
        return otherwise
    lower = next((m.ge for m in info.metadata if getattr(m, "ge", None) is not None), None)
    upper = next((m.le for m in info.metadata if getattr(m, "le", None) is not None), None)
    if lower is None or upper is None:
        return otherwise
    return f"{lower:g} to {upper:g}"
