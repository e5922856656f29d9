"""The TOML file of a parameter set.

::

    schema_version = 1
    name = "..."                        # version, title, description: texts
    extends = "pedon-core"              # optional: start from that set and change what stands here
    without = ["seed_bank"]             # optional: what of that set there is not

    [references.georgiou-2022]          # key that `source` and `range_source` name
    short = "Georgiou et al. (2022)"
    text = "..."
    doi = "..."

    [parameters.<group>.<name>]         # fields of `Parameter`
    value = 86.0

    [[constraints]]
    product_of = ["<name>", "<name>"]   # lower, upper, unit, description
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Any

from pedozone.parameters.errors import ParameterError, did_you_mean
from pedozone.parameters.parameter import Parameter, checked_number
from pedozone.parameters.parameter_set import Constraint, ParameterSet, Reference

SCHEMA_VERSION = 1

_TOP_KEYS = (
    "schema_version", "name", "version", "title", "description", "extends", "without",
    "references", "parameters", "constraints",
)  # fmt: skip
_REFERENCE_KEYS = ("short", "text", "doi", "note")
_CONSTRAINT_KEYS = ("product_of", "lower", "upper", "unit", "description")


def parse_set(content: bytes, file: str, extend: Callable[[str], ParameterSet]) -> ParameterSet:
    """Build a parameter set from the content of its TOML file.

    Parameters
    ----------
    content : bytes
        The file.
    file : str
        Its name, for errors and as the set's name where it gives none.
    extend : callable
        Returns the set that ``extends`` names.

    Raises
    ------
    ParameterError
        The content is no valid set.
    """
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParameterError("TOML", "unreadable", "valid TOML in UTF-8", f"{error}.", file=file) from error
    try:
        return _build(document, PurePath(file).stem, extend)
    except ParameterError as error:
        raise (error if error.file else error.in_file(file)) from error.__cause__


def _build(document: dict[str, Any], stem: str, extend: Callable[[str], ParameterSet]) -> ParameterSet:
    _check_keys("", document, _TOP_KEYS)
    version = document.get("schema_version")
    if version != SCHEMA_VERSION:
        raise ParameterError("schema_version", version, str(SCHEMA_VERSION), f"Write {SCHEMA_VERSION}.")
    extends = document.get("extends")
    if extends is not None and not isinstance(extends, str):
        raise ParameterError("extends", extends, "a name or a path", "Put it in quotation marks.")
    base = ParameterSet("", {}) if extends is None else extend(extends)
    by_key = {key: Reference(**_reference(key, table)) for key, table in _table(document, "references").items()}
    references = {**base.references, **{ref.short: ref for ref in by_key.values()}}
    parameters = dict(base.parameters)
    for name in _without(document.get("without", [])):
        if name not in parameters:
            mend = did_you_mean(name, parameters, otherwise="Name a parameter of the extended set.")
            raise ParameterError("without", name, "a parameter of the set that is extended", mend)
        del parameters[name]
    for group, name, record in _records(_table(document, "parameters")):
        full = {**_inherited(base, name, record), "group": group, **record}
        for key in ("source", "range_source"):
            if key in record:
                full[key] = _short(f"{name}.{key}", record[key], by_key, references)
        if "source" in record and "doi" not in record:
            full["doi"] = references[full["source"]].doi
        parameters[name] = Parameter.from_record(name, full)
    if not parameters:
        raise ParameterError("parameters", None, "at least one parameter", "Add [parameters.<group>.<name>].")
    tables = document.get("constraints", [])
    if not isinstance(tables, list):
        raise ParameterError("constraints", tables, "tables", "Write [[constraints]].")
    constraints = tuple(_constraint(table, parameters) for table in tables)
    return ParameterSet(
        name=_text(document, "name", stem),
        version=_text(document, "version", base.version),
        title=_text(document, "title", ""),
        description=_text(document, "description", ""),
        parameters=parameters,
        references=references,
        constraints=base.constraints + constraints,
    )


def _without(names: Any) -> list[str]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ParameterError("without", names, "a list of names", 'Write without = ["name"].')
    return names


def _records(tables: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield group, name and record of ``[parameters.<group>.<name>]`` tables."""
    seen: set[str] = set()
    for group in tables:
        for name, record in _table(tables, group).items():
            field_name = f"parameters.{group}.{name}"
            if not isinstance(record, dict):
                raise ParameterError(field_name, record, "a table", f"Write [parameters.<group>.{name}].")
            if name in seen:
                raise ParameterError(field_name, name, "one group", "Remove one of the two.")
            seen.add(name)
            yield group.replace("_", " "), name, record


def _inherited(base: ParameterSet, name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    if name not in base:
        return {}
    if "value" in record and not {"source", "status"} <= record.keys():
        raise ParameterError(
            name, record["value"], "a value with its own source and status",
            "Add 'source' and 'status': those of the extended set belong to its value.",
        )  # fmt: skip
    inherited = base[name].to_record()
    del inherited["name"]
    return inherited


def _reference(key: str, table: Any) -> dict[str, str]:
    if not isinstance(table, dict):
        raise ParameterError(f"references.{key}", table, "a table", f"Write [references.{key}].")
    _check_keys(f"references.{key}.", table, _REFERENCE_KEYS)
    for name in _REFERENCE_KEYS:
        optional = name in ("doi", "note")
        if not isinstance(table.get(name, "" if optional else None), str):
            raise ParameterError(f"references.{key}.{name}", table.get(name), "a text", f'Write {name} = "...".')
    return table


def _short(field_name: str, key: Any, by_key: Mapping[str, Reference], known: Mapping[str, Reference]) -> str:
    if isinstance(key, str) and key in by_key:
        return by_key[key].short
    if isinstance(key, str) and key in known:
        return key
    raise ParameterError(
        field_name, key, "a key of [references]",
        did_you_mean(str(key), by_key, otherwise=f"Add a table [references.{key}]."),
    )  # fmt: skip


def _constraint(table: Any, parameters: Mapping[str, Parameter]) -> Constraint:
    if not isinstance(table, dict):
        raise ParameterError("constraints", table, "tables", "Write [[constraints]].")
    _check_keys("constraints.", table, _CONSTRAINT_KEYS)
    for key in _CONSTRAINT_KEYS:
        if key not in table:
            raise ParameterError(f"constraints.{key}", None, "a value", f"Add '{key} = ...'.")
    names = table["product_of"]
    for name in names if isinstance(names, list) else [names]:
        if name not in parameters:
            raise ParameterError(
                "constraints.product_of", name, "names of parameters",
                did_you_mean(str(name), parameters, otherwise="Remove it."),
            )  # fmt: skip
    return Constraint(
        tuple(names),
        checked_number("constraints.lower", table["lower"]),
        checked_number("constraints.upper", table["upper"]),
        str(table["unit"]),
        str(table["description"]),
    )


def _check_keys(prefix: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
    known = tuple(known)
    for key in table:
        if key not in known:
            raise ParameterError(
                prefix + key, table[key], "no such key; known are " + ", ".join(known),
                did_you_mean(key, known, otherwise="Remove it."),
            )  # fmt: skip


def _table(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    table = document.get(key, {})
    if not isinstance(table, dict):
        raise ParameterError(key, table, "a table", f"Write [{key}].")
    return table


def _text(document: Mapping[str, Any], key: str, otherwise: str) -> str:
    text = document.get(key, otherwise)
    if not isinstance(text, str):
        raise ParameterError(key, text, "a text", "Put it in quotation marks.")
    return text
