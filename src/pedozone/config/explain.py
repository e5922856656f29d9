"""Turning what pydantic finds into messages that a person can act on."""

from __future__ import annotations

import difflib
import re
import types
import typing
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from pedozone.config.errors import MISSING, InputError
from pedozone.config.locate import Path, line_of
from pedozone.config.section import PROBLEM
from pedozone.config.site import MONTHS, Site

_KIND = {float: "a number", int: "a whole number", str: "a text in quotes", bool: "true or false"}
_INDEX = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def explain(error: ValidationError, file: str, lines: dict[Path, int]) -> InputError:
    """The problems that pydantic found in a site, as one `InputError` with the others attached.

    Parameters
    ----------
    error : pydantic.ValidationError
        Raised by `Site`.
    file : str
        Name of the file.
    lines : dict
        Lines of the fields, from `locate.key_lines`.
    """
    details = error.errors()
    # A misspelled key is unknown and leaves another one missing: that is one mistake, not two.
    meant = {
        (*detail["loc"][:-1], key)
        for detail in details
        if detail["type"] == "extra_forbidden"
        for key in _resembling(tuple(detail["loc"]))
    }
    kept = [d for d in details if d["type"] != "missing" or tuple(d["loc"]) not in meant]
    return combine([_explained(detail, file, lines) for detail in kept])


def combine(found: Sequence[InputError]) -> InputError:
    """One error of several, the first in the file in front."""
    first, *others = sorted(found, key=lambda e: e.line if e.line is not None else 0)
    return InputError(
        first.file,
        first.field,
        first.value,
        first.allowed,
        first.mend,
        line=first.line,
        others=others,
    )


def written(path: Sequence[str | int]) -> str:
    """A path as a person reads it: entries of lists counted from 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _explained(detail: ErrorDetails, file: str, lines: dict[Path, int]) -> InputError:
    path: Path = tuple(detail["loc"])
    kind, value = detail["type"], detail["input"]
    if kind == PROBLEM:
        told = detail.get("ctx", {})
        path = (*path, *_parsed(told["field"]))
        value, allowed, mend = told["value"], told["allowed"], told["mend"]
    else:
        value, allowed, mend = _standard(kind, path, value, detail)
        if kind.startswith("union_tag"):
            path = (*path, "what")
    path = _without_kinds(path)
    field = written(path)
    if path and isinstance(path[-1], int) and path[0] == "climate" and path[-1] < 12:
        field += f" ({MONTHS[path[-1]]})"
    return InputError(file, field, value, allowed, mend, line=line_of(lines, path))


def _standard(kind: str, path: Path, value: Any, detail: ErrorDetails) -> tuple[Any, str, str]:
    info = _field(path)
    allowed = _allowed(info, path)
    hint = (_extra(info).get("mend", "") if info else "") or "Correct the value."
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        known = kinds(info.annotation) if info else {}
        allowed = "what = one of " + ", ".join(f"'{name}'" for name in known)
        if kind == "union_tag_not_found":
            return MISSING, allowed, f"Add a line 'what = ...' to [[{_header(path)}]]."
        found = value.get("what") if isinstance(value, dict) else value
        near = difflib.get_close_matches(str(found), known, n=1, cutoff=0.5)
        return found, allowed, f"Did you mean '{near[0]}'?" if near else "Choose one of these."
    if kind == "missing":
        return MISSING, allowed, _how_to_add(path, info)
    if kind == "extra_forbidden":
        return _short(value), *_unknown_key(path)
    if kind in ("too_short", "too_long"):
        count = len(value)
        if path[0] == "climate":
            return (
                f"({count} values)",
                f"exactly twelve values, January to December; each {_item_range(info)}",
                "Give one value for each month.",
            )
        least, most = (detail.get("ctx", {}).get(f"{end}_length") for end in ("min", "max"))
        if kind == "too_long" and most == 2 and path[-1] == "years":
            return (
                f"({count} entries)",
                "two years, the first and the last",
                "Write years = [first, last].",
            )
        if kind == "too_long":
            return f"({count} entries)", f"at most {most} entries; each {allowed}", "Leave the others out."
        if count and least is not None:
            return f"({count} entries)", f"at least {least} entries; each {allowed}", "Add the others."
        return f"({count} entries)", allowed, _how_to_add(path, info)
    if kind == "list_type" and isinstance(value, dict):
        return "(one table)", allowed, f"Write [[{_header(path)}]] with double brackets."
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        if isinstance(value, list):
            return "(a list)", "one table", f"Write [{_header(path)}] with single brackets."
        return _short(value), "a table", f"Write it as [{_header(path)}] with keys below it."
    if kind == "float_type" and isinstance(value, str):
        return value, allowed, "Write the number without quotes, with a decimal point."
    if kind in ("int_type", "int_from_float") and isinstance(value, str | float):
        return value, allowed, "Write a whole number, without quotes and decimal point."
    if kind == "finite_number":
        return value, allowed, "Write a number; nan and inf stand for none."
    if kind == "literal_error" and isinstance(value, str):
        near = difflib.get_close_matches(value, _choices(info), n=1, cutoff=0.5)
        return value, allowed, f"Did you mean '{near[0]}'?" if near else "Choose one of these."
    if kind == "string_too_short":
        return value, "a text that is not empty", hint
    return _short(value), allowed or str(detail["msg"]), hint


def _parsed(field: str) -> Path:
    return tuple(name if name else int(index) - 1 for name, index in _INDEX.findall(field) if name or index)


def _short(value: Any) -> Any:
    return "(a table)" if isinstance(value, dict) else value


# --- what the models say of a field ---------------------------------------------------------


def _field(path: Path) -> FieldInfo | None:
    return _walk(path)[1]


def _walk(path: Path) -> tuple[Any, FieldInfo | None]:
    """The model (a mapping of them where one of several kinds may stand) and the field at the end of a path."""
    model: Any = Site
    info: FieldInfo | None = None
    for part in path:
        if isinstance(part, int):
            continue
        if isinstance(model, dict):
            if part in model:  # the kind, which pydantic puts into its paths
                model = model[part]
                continue
            return None, None
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return model, info  # a key of a free table: its table speaks for it
        info = model.model_fields.get(part)
        if info is None:
            return None, None
        model = kinds(info.annotation) or _inner(info.annotation)
    return model, info


def kinds(annotation: Any) -> dict[str, type[BaseModel]]:
    """The tables that may stand in a place, by the value of the key ``what`` that tells them apart."""
    origin = typing.get_origin(annotation)
    if origin is list or origin is typing.Annotated:
        return kinds(typing.get_args(annotation)[0])
    if origin not in (types.UnionType, typing.Union):
        return {}
    found: dict[str, type[BaseModel]] = {}
    for member in typing.get_args(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel) and "what" in member.model_fields:
            found |= dict.fromkeys(typing.get_args(member.model_fields["what"].annotation), member)
    return found


def _without_kinds(path: Path) -> Path:
    """A path as it stands in the file: without the kinds that pydantic puts into it."""

    def is_kind(place: int) -> bool:
        model = _walk(path[:place])[0]
        return isinstance(model, dict) and path[place] in model

    return tuple(part for place, part in enumerate(path) if not is_kind(place))


def _inner(annotation: Any) -> Any:
    """The type behind None, lists and annotations."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _inner(typing.get_args(annotation)[0])
    if origin in (types.UnionType, typing.Union):
        return _inner(next(a for a in typing.get_args(annotation) if a is not type(None)))
    if origin is list:
        return _inner(typing.get_args(annotation)[0])
    if origin is dict:
        return _inner(typing.get_args(annotation)[1])
    return annotation


def _limits(info: FieldInfo) -> tuple[Any, Any]:
    sources: list[Any] = list(info.metadata)
    item = info.annotation
    for argument in typing.get_args(item):
        if typing.get_origin(argument) is list or typing.get_origin(item) is list:
            inner = typing.get_args(argument)
            for annotated in (argument, *inner):
                for entry in getattr(annotated, "__metadata__", ()):
                    sources += getattr(entry, "metadata", [entry])
    lower = next((s.ge for s in sources if getattr(s, "ge", None) is not None), None)
    upper = next((s.le for s in sources if getattr(s, "le", None) is not None), None)
    return lower, upper


def _item_range(info: FieldInfo | None) -> str:
    if info is None:
        return ""
    lower, upper = _limits(info)
    unit = _extra(info).get("unit", "")
    if lower is not None and upper is not None:
        return f"{lower:g} to {upper:g} {unit}".strip()
    if lower is not None:
        return f"{lower:g} or more {unit}".strip()
    return unit


def _allowed(info: FieldInfo | None, path: Path) -> str:
    if info is None:
        return ""
    choices = _choices(info)
    if choices:
        return "one of " + ", ".join(f"'{c}'" if isinstance(c, str) else str(c) for c in choices)
    if isinstance(_walk(path)[0], dict):
        return "one or more tables with what = one of " + ", ".join(f"'{name}'" for name in kinds(info.annotation))
    kind = _inner(info.annotation)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        many = typing.get_origin(info.annotation) is list and not isinstance(path[-1], int)
        keys = ", ".join(kind.model_fields)
        return f"one or more tables with {keys}" if many else f"a table with {keys}"
    text = _KIND.get(kind, "")
    limits = _item_range(info)
    if typing.get_origin(info.annotation) is not dict and _is_months(info):
        if not (path and isinstance(path[-1], int)):
            return f"twelve numbers, January to December, each {limits}"
        return f"a number, {limits}"
    return f"{text}, {limits}" if limits and text else text or limits


def _is_months(info: FieldInfo) -> bool:
    return any(getattr(entry, "min_length", None) == 12 for entry in info.metadata)


def _choices(info: FieldInfo | None) -> list[Any]:
    inner = _inner(info.annotation) if info else None
    return list(typing.get_args(inner)) if typing.get_origin(inner) is typing.Literal else []


def _extra(info: FieldInfo) -> dict[str, Any]:
    return info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}


def _header(path: Path) -> str:
    return ".".join(part for part in _without_kinds(path) if isinstance(part, str))


def _how_to_add(path: Path, info: FieldInfo | None) -> str:
    name = path[-1]
    kind = _inner(info.annotation) if info else None
    if isinstance(kind, type) and issubclass(kind, BaseModel) and info is not None:
        many = typing.get_origin(info.annotation) is list
        header = f"[[{_header(path)}]]" if many else f"[{_header(path)}]"
        return f"Add a table {header}; 'pedozone new' writes one to copy from."
    where = f" in [{_header(path[:-1])}]" if len(path) > 1 else " at the top of the file"
    return f"Add a line '{name} = ...'{where}."


_OF_ONE_KIND = ("event", "change")
"""Tables whose keys hang on what they are about: those of other sections, alike by name, are none of theirs."""


def _unknown_key(path: Path) -> tuple[str, str]:
    """What is allowed and the mend for a key that no section has."""
    near = _resembling(path)
    if near:
        mend = "Did you mean " + " or ".join(f"'{key}'" for key in near) + "?"
    elif path[0] not in _OF_ONE_KIND and (elsewhere := _elsewhere(str(path[-1]))):
        mend = f"'{elsewhere[1]}' belongs into [{elsewhere[0]}]; move it there."
    else:
        mend = "Delete the line, or put a # before it."
    return "the keys " + ", ".join(_keys_beside(path)), mend


def _keys_beside(path: Path) -> list[str]:
    model = _walk(path[:-1])[0]
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []


def _resembling(path: Path) -> list[str]:
    """The known keys of its table that look like the last part of a path."""
    word, keys = str(path[-1]), _keys_beside(path)
    # Units are part of the names, so that 'depth' should find 'depth_m'.
    starting = [key for key in keys if key.startswith(f"{word}_")]
    return starting or difflib.get_close_matches(word, keys, n=2, cutoff=0.6)


def _elsewhere(word: str) -> tuple[str, str] | None:
    """The section to which a key, or one that looks like it, belongs."""
    known: dict[str, tuple[str, str]] = {}

    def walk(model: type[BaseModel], header: str) -> None:
        for key, info in model.model_fields.items():
            if kinds(info.annotation):
                continue  # its keys belong to one kind of table or another
            inner = _inner(info.annotation)
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                walk(inner, f"{header}.{key}" if header else key)
            elif header:
                known.setdefault(key, (header, key))

    walk(Site, "")
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.75)
    return known[near[0]] if near else None
