"""Classes of soils: names and codes of the World Reference Base, and what those of other systems stand for in it.

Everything that is known stands in ``soil_classes.toml``, with its sources. Systems do not match one to one: where a
class may be one of several groups, the commoner is given, with the others beside it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

Scheme = Literal["wrb", "fao", "usda"]

SCHEMES: tuple[Scheme, ...] = ("wrb", "fao", "usda")
"""World Reference Base (any edition), legends of FAO (1974, 1988), Soil Taxonomy: fields of observed profiles."""

STATUSES = ("defined", "cited", "counted", "recalled")
"""How sure a translation is: the group's own name; looked up; counted in profiles with both names; from memory."""


class Translation(NamedTuple):
    """What a class stands for.

    Attributes
    ----------
    group : str
        Reference soil group, in the plural; empty where the class is not known.
    others : tuple of str
        Groups that it may be as well; where there are any, the translation is ambiguous.
    rule : str
        The entry of the table that was used.
    status : str
        One of `STATUSES`; empty where the class is not known.
    source : str
        Citation.
    """

    group: str = ""
    others: tuple[str, ...] = ()
    rule: str = ""
    status: str = ""
    source: str = ""

    @property
    def ambiguous(self) -> bool:
        """Whether the class may be another group."""
        return bool(self.others)


_UNKNOWN = Translation()


@cache
def _table() -> Mapping[str, Any]:
    text = resources.files("pedozone.column").joinpath("soil_classes.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


@cache
def group_names() -> Mapping[str, str]:
    """Reference soil groups in the plural, by their two-letter codes (WRB 2022)."""
    return MappingProxyType(_table()["wrb"]["groups"])


@cache
def group_codes() -> frozenset[str]:
    """Two-letter codes of groups, those of earlier editions and of the FAO legend of 1988 among them."""
    return frozenset(group_names()) | {entry["letters"] for entry in _table()["name"] if "letters" in entry}


@cache
def known_names() -> tuple[str, ...]:
    """Names in the singular: the groups of today, then those of earlier editions and legends."""
    earlier = dict.fromkeys(entry["name"] for entry in _table()["name"])
    return (*(singular(name) for name in group_names().values()), *earlier)


def singular(name: str) -> str:
    """The name of one soil of a group: Luvisol of Luvisols, but Solonetz of Solonetz."""
    return name.removesuffix("s")


@cache
def translated(text: str, scheme: Scheme = "wrb") -> Translation:
    """The reference soil group that a class of a system stands for.

    Parameters
    ----------
    text : str
        A name or code: "LV", "Haplic Luvisol (Siltic)", "HUMIC FERRALSOLS"; of FAO "Lc", "ACh", "Calcic Xerosols"; of
        Soil Taxonomy an order, suborder, great group or subgroup, with its family or without. Of several names the
        first counts.
    scheme : {"wrb", "fao", "usda"}

    Returns
    -------
    Translation
    """
    words = text.strip()
    if scheme == "usda":
        return _of_usda(words)
    if scheme == "fao":
        return _of_letters(words) or _of_name(words, (*_table()["fao"], *_table()["name"])) or _UNKNOWN
    return _of_code(words.upper()) or _of_name(words, _table()["name"]) or _UNKNOWN


def _given(entry: Mapping[str, Any], rule: str) -> Translation:
    first, *others = entry["groups"]
    return Translation(first, tuple(others), rule, entry["status"], _table()["sources"][entry["source"]])


def _own(name: str) -> Translation:
    return Translation(name, (), name, "defined", _table()["sources"]["wrb"])


# -- names and codes ---------------------------------------------------------------------------------------


def _of_code(word: str) -> Translation | None:
    if not re.fullmatch("[A-Z]{2}", word):
        return None
    if word in group_names():
        return _own(group_names()[word])
    for entry in _table()["name"]:
        if entry.get("letters") == word:
            return _given(entry, entry["name"])
    return _UNKNOWN


@cache
def _pattern() -> re.Pattern[str]:
    names = sorted(known_names(), key=len, reverse=True)
    return re.compile(rf"(?:([A-Z]+)\W+)?\b({'|'.join(name.upper() for name in names)})S?\b")


def _of_name(text: str, entries: Sequence[Mapping[str, Any]]) -> Translation | None:
    found = _pattern().search(text.upper())
    if found is None:
        return None
    unit, name = found.group(1) or "", found.group(2)
    for entry in entries:
        if entry["name"].upper() == name and entry.get("unit", unit).upper() == unit:
            return _given(entry, f"{entry['unit']} {entry['name']}" if "unit" in entry else entry["name"])
    return next((_own(group) for group in group_names().values() if singular(group).upper() == name), None)


def _of_letters(text: str) -> Translation | None:
    """Codes of the legends: Lc of 1974, LVh of 1988."""
    if re.fullmatch("[A-Z]{2}[a-z]?", text) and (text[:2] in group_codes()):
        entry = _lettered("letters", text[:2], text[2:])
        return _given(entry, text) if entry else _of_code(text[:2])
    if not re.fullmatch("[A-Z][A-Za-z]?", text):
        return None
    entry = _lettered("letter", text[0], text[1:].lower())
    if entry:
        return _given(entry, text)
    name = _table()["fao_letters"].get(text[0])
    if name is None:
        return None
    return Translation(name, (), text, "recalled", _table()["sources"]["fao1974"])


def _lettered(kind: str, major: str, unit: str) -> Mapping[str, Any] | None:
    for entry in (*_table()["fao"], *_table()["name"]):
        wanted = entry.get("unit_letters", unit)
        if entry.get(kind) == major and (wanted == unit or (unit and unit in wanted)):
            return entry
    return None


# -- Soil Taxonomy -----------------------------------------------------------------------------------------


class Taxon(NamedTuple):
    """A name of Soil Taxonomy taken apart.

    Attributes
    ----------
    order : str
        Its ending: ``alf``.
    suborder, beginning : str
        Parts before it, empty where the name is that of an order or suborder.
    before : tuple of str
        Words before the name, such as a subgroup's.
    """

    order: str
    suborder: str = ""
    beginning: str = ""
    before: tuple[str, ...] = ()


@cache
def _endings() -> tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]:
    found = []
    for order, entry in _table()["usda_orders"].items():
        parts = "|".join(sorted(entry["suborders"], key=len, reverse=True))
        # A beginning of one letter is none: 'parent' is no Arent.
        name = re.compile(rf"((?:[a-z]{{2,}}?)?)({parts}){order}s?")
        found.append((order, name, re.compile(rf"{entry['name'].lower().removesuffix('s')}s?")))
    return tuple(found)


def taxon(text: str) -> Taxon | None:
    """Take a name of Soil Taxonomy apart; None where there is none in the text."""
    words = re.findall("[a-z]+", text.lower())
    for place, word in enumerate(words):
        for order, name, whole in _endings():
            if found := name.fullmatch(word):
                return Taxon(order, found.group(2), found.group(1), tuple(words[:place]))
            if whole.fullmatch(word):
                return Taxon(order, before=tuple(words[:place]))
    return None


def meets(found: Taxon, rule: Mapping[str, Any]) -> bool:
    """Whether a taxon has all the parts that a rule names."""
    return (
        found.order in rule.get("order", (found.order,))
        and found.suborder in rule.get("suborder", (found.suborder,))
        and any(found.beginning.startswith(part) for part in rule.get("beginning", ("",)))
        and ("subgroup" not in rule or any(word in found.before for word in rule["subgroup"]))
    )


def usda_rules() -> Sequence[Mapping[str, Any]]:
    """The rules for Soil Taxonomy in their order, as they stand in the file."""
    return tuple(_table()["usda"])


def _of_usda(text: str) -> Translation:
    found = taxon(text)
    if found is None:
        return _UNKNOWN
    return next((_given(rule, rule["name"]) for rule in usda_rules() if meets(found, rule)), _UNKNOWN)
