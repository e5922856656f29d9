"""What the columns of a file are: a mapping file, the built-in formats, and how one is recognised."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from os import PathLike, fspath
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pedozone.observations.errors import ObservationError
from pedozone.observations.fields import FIELDS, Field
from pedozone.observations.quantities import MISSING, convert

COARSE_MASS, WHOLE_DENSITY = "coarse_fragments_mass_percent", "bulk_density_whole_g_cm3"
"""Given in the stead of a field and turned into it: coarse fragments by mass, density with coarse fragments."""

_BASES = {
    ("coarse_fragments_percent", "mass"): COARSE_MASS,
    ("coarse_fragments_percent", "volume"): "coarse_fragments_percent",
    ("bulk_density_g_cm3", "whole soil"): WHOLE_DENSITY,
    ("bulk_density_g_cm3", "fine earth"): "bulk_density_g_cm3",
}
_SECTIONS = ("title", "source", "doi", "table", "file", "columns", "constants", "identifiers", "treatment", "flags")
_FILE = ("delimiter", "encoding", "decimal", "missing")
_ABOVE = {"layer": ("layer", "profile", "site"), "fraction": ("fraction", "profile", "site")}


class Column(NamedTuple):
    """A column of a file and the field that it fills.

    Attributes
    ----------
    head : str
        Name in the file.
    field : Field
    target : str
        Name of the field, or of what is turned into it (`COARSE_MASS`, `WHOLE_DENSITY`).
    unit : str
        ``date`` for a year out of a date; empty where it is the field's own.
    factor : float
        Stated by the user, such as 0.58 for organic matter to carbon.
    note : str
        A doubt about the whole column, reported with it.
    """

    head: str
    field: Field
    target: str
    unit: str = ""
    factor: float = 1.0
    note: str = ""


class Flag(NamedTuple):
    """Rows to flag by what stands in a column of theirs, and a text to set in them."""

    head: str
    contains: str
    field: str
    reason: str
    set: str


@dataclass(frozen=True)
class ColumnMapping:
    """What the columns of a file are.

    Parameters
    ----------
    name, title, source, doi : str
    table : {"layer", "fraction"}
        What a row is.
    columns : tuple of Column
        Where several fill one field, the first that has a value does.
    constants : dict
        Fields that are the same in all rows.
    identifiers : dict of str to tuple of str
        Fields put together of several columns.
    treatment : dict
        ``columns`` to put together, and the ``control`` column with its ``values``.
    flags : tuple of Flag
    missing : frozenset of str
    decimal, delimiter, encoding : str
        Empty where they are to be found out.
    """

    name: str
    title: str = ""
    source: str = ""
    doi: str = ""
    table: str = "layer"
    columns: tuple[Column, ...] = ()
    constants: dict[str, Any] = field(default_factory=dict)
    identifiers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    treatment: dict[str, Any] = field(default_factory=dict)
    flags: tuple[Flag, ...] = ()
    missing: frozenset[str] = MISSING
    decimal: str = ""
    delimiter: str = ""
    encoding: str = ""

    def needed(self) -> set[str]:
        """Columns without which a file is not of this format."""
        ends = {c.head for c in self.columns if c.target in ("top_cm", "bottom_cm")}
        names = {head for heads in self.identifiers.values() for head in heads}
        return ends | names | {c.head for c in self.columns if c.target in ("profile_id", "fraction")}

    def fits(self, heads: Iterable[str]) -> bool:
        """Whether a file has the columns needed, and one that says something about carbon or the soil."""
        there = set(heads)
        said = {c.head for c in self.columns if c.field.kind == "number" and c.field.table == self.table}
        return self.needed() <= there and bool((said - self.needed()) & there)


def load_mapping(file: str | PathLike[str]) -> ColumnMapping:
    """Read a mapping file.

    Raises
    ------
    ObservationError
        It cannot be read, is no TOML, or says something impossible.
    """
    path = Path(file)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        mend = "Check the name and the permissions."
        raise ObservationError(path, "", f"({error.strerror or error})", "a mapping file", mend) from None
    except UnicodeDecodeError:
        raise ObservationError(path, "", "(not UTF-8)", "a TOML file", "Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ObservationError(path, "", f"({error})", "a TOML file", "Correct the line named.") from None
    return parse_mapping(data, fspath(path))


def parse_mapping(data: Mapping[str, Any], file: str = "<mapping>") -> ColumnMapping:
    """A mapping from the content of its file.

    Raises
    ------
    ObservationError
        With the key and what is allowed.
    """
    _known(file, "", data, _SECTIONS)
    options = _section(file, data, "file")
    _known(file, "file", options, _FILE)
    table = data.get("table", "layer")
    if table not in _ABOVE:
        raise ObservationError(file, "table", table, "'layer' or 'fraction'", "Say what a row of the file is.")
    decimal = options.get("decimal", "")
    if decimal not in ("", ".", ","):
        raise ObservationError(file, "file.decimal", decimal, "'.' or ','", "Or leave it out.")
    columns = tuple(_column(file, table, head, given) for head, given in _section(file, data, "columns").items())
    constants = _constants(file, table, _section(file, data, "constants"))
    identifiers = {
        _resolve(file, f"identifiers.{name}", table, name).name: _heads(file, f"identifiers.{name}", given)
        for name, given in _section(file, data, "identifiers").items()
    }
    treatment = _section(file, data, "treatment")
    _known(file, "treatment", treatment, ("columns", "control", "values"))
    if treatment and not {"columns", "control", "values"} <= set(treatment):
        raise ObservationError(file, "treatment", sorted(treatment), "columns, control and values", "Give all three.")
    found = ColumnMapping(
        name=Path(file).stem,
        title=str(data.get("title", "")),
        source=str(data.get("source", "")),
        doi=str(data.get("doi", "")),
        table=table,
        columns=columns,
        constants=constants,
        identifiers=identifiers,
        treatment=dict(treatment),
        flags=tuple(_flag(file, table, given) for given in data.get("flags", [])),
        missing=_missing(file, options),
        decimal=decimal,
        delimiter=str(options.get("delimiter", "")),
        encoding=str(options.get("encoding", "")),
    )
    filled = {c.target for c in columns} | set(identifiers) | set(constants)
    needed = ("profile_id", "top_cm", "bottom_cm") if table == "layer" else ("profile_id", "fraction")
    for name in needed:
        if name not in filled:
            mend = f'Add under [columns] a line such as "head" = "{name}".'
            raise ObservationError(file, "columns", f"(no {name})", f"a column for {name}", mend)
    return found


def _missing(file: str, options: Mapping[str, Any]) -> frozenset[str]:
    given = options.get("missing", [])
    if not isinstance(given, list):
        raise ObservationError(file, "file.missing", given, "a list, such as ['NA', '-9999']", "Write a list.")
    return MISSING | {str(value).strip().lower() for value in given}


def _section(file: str, data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name, {})
    if not isinstance(found, Mapping):
        raise ObservationError(file, name, found, f"a section [{name}]", "See the how-to page on profiles.")
    return found


def _known(file: str, where: str, given: Mapping[str, Any], allowed: Sequence[str]) -> None:
    for key in given:
        if key not in allowed:
            raise ObservationError(
                file, f"{where}.{key}" if where else key, given[key], ", ".join(allowed), _meant(key, allowed)
            )


def _meant(name: str, allowed: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, allowed, n=1)
    return f"Did you mean {close[0]!r}?" if close else "Take it out or correct it."


def _resolve(file: str, where: str, table: str, name: Any) -> Field:
    for each in _ABOVE[table]:
        for found in FIELDS[each]:
            if found.name == name:
                return found
    names = list(dict.fromkeys(f.name for each in _ABOVE[table] for f in FIELDS[each]))
    raise ObservationError(file, where, name, "a field: " + ", ".join(names), _meant(str(name), names))


def _column(file: str, table: str, head: str, given: Any) -> Column:
    where = f"columns.{head}"
    if isinstance(given, str):
        given = {"field": given}
    if not isinstance(given, Mapping) or "field" not in given:
        mend = f'Write "{head}" = "soc_percent" or "{head}" = {{ field = "soc_percent", unit = "g/kg" }}.'
        raise ObservationError(file, where, given, "the name of a field, or field with unit, basis, factor, note", mend)
    _known(file, where, given, ("field", "unit", "basis", "factor", "note"))
    found = _resolve(file, f"{where}.field", table, given["field"])
    unit, factor, target = str(given.get("unit", "")), given.get("factor", 1.0), found.name
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not np.isfinite(factor) or factor <= 0:
        raise ObservationError(file, f"{where}.factor", factor, "a number above 0", "Correct it.")
    if "basis" in given:
        allowed = [basis for name, basis in _BASES if name == found.name]
        if given["basis"] not in allowed:
            what = ", ".join(repr(a) for a in allowed) or "none for this field"
            raise ObservationError(file, f"{where}.basis", given["basis"], what, "Correct it or take it out.")
        target = _BASES[found.name, given["basis"]]
    _check_unit(file, f"{where}.unit", found, unit)
    return Column(head, found, target, unit, float(factor), str(given.get("note", "")))


def _check_unit(file: str, where: str, found: Field, unit: str) -> None:
    if not unit or (unit == "date" and found.name == "sampling_year"):
        return
    if found.kind != "number":
        raise ObservationError(file, where, unit, f"none: {found.name} is a {found.kind}", "Take it out.")
    try:
        convert(np.ones(1), unit, found.unit)
    except ValueError as error:
        mend = f"Write it as in 'g/kg' or 'g cm-3' ({error})."
        raise ObservationError(file, where, unit, f"a unit that becomes {found.unit}", mend) from None


def _constants(file: str, table: str, given: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, value in given.items():
        known = _resolve(file, f"constants.{name}", table, name)
        right = {"number": int | float, "text": str, "flag": bool}[known.kind]
        if not isinstance(value, right) or (known.kind == "number" and isinstance(value, bool)):
            raise ObservationError(file, f"constants.{name}", value, f"a {known.kind}", "Correct it.")
        if known.kind == "number" and not known.lower <= value <= known.upper:
            allowed = f"{known.lower:g} to {known.upper:g} {known.unit}"
            raise ObservationError(file, f"constants.{name}", value, allowed, "Correct it.")
        found[name] = value
    return found


def _heads(file: str, where: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not given or not all(isinstance(head, str) for head in given):
        raise ObservationError(file, where, given, "a list of heads of columns", "Write ['first', 'second'].")
    return tuple(given)


def _flag(file: str, table: str, given: Any) -> Flag:
    if not isinstance(given, Mapping) or not {"column", "contains", "field", "reason"} <= set(given):
        raise ObservationError(file, "flags", given, "column, contains, field and reason", "Give all four.")
    _known(file, "flags", given, ("column", "contains", "field", "reason", "set"))
    _resolve(file, "flags.field", table, given["field"])
    return Flag(*(str(given.get(key, "")) for key in ("column", "contains", "field", "reason", "set")))


@cache
def formats() -> dict[str, ColumnMapping]:
    """The built-in formats by name."""
    folder = Path(__file__).parent / "formats"
    return {file.stem: load_mapping(file) for file in sorted(folder.glob("*.toml"))}


def own_format(heads: Iterable[str]) -> ColumnMapping | None:
    """The mapping of a file whose heads are the names of fields, with a unit in brackets or without.

    Raises
    ------
    ObservationError
        A unit in brackets is none of the field's kind.
    """
    known = {f.name: f for each in ("site", "profile", "layer") for f in FIELDS[each]}
    columns = []
    for head in heads:
        found = re.match(r"^(\w+)(?:\s*[\[(](.+)[\])])?$", head)
        if found and found.group(1) in known:
            own, unit = known[found.group(1)], found.group(2) or ""
            _check_unit("<heads>", head, own, unit)
            columns.append(Column(head, own, own.name, unit))
    names = {c.target for c in columns}
    if not {"profile_id", "top_cm", "bottom_cm"} <= names:
        return None
    return ColumnMapping(name="own", title="heads named after the fields", columns=tuple(columns))


def recognised(heads: Sequence[str]) -> ColumnMapping | None:
    """The format of a file by its heads; none where it is unknown."""
    own = own_format(heads)
    if own is not None:
        return own
    fitting = [mapping for mapping in formats().values() if mapping.fits(heads)]
    there = set(heads)
    return max(fitting, key=lambda m: sum(c.head in there for c in m.columns), default=None)
