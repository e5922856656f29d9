"""Texts to numbers, flags and years; numbers from any unit to the field's."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

MISSING = frozenset({"", "na", "nan", "n/a", "#n/a", "null", "none", "-", "--", ".", "missing", "nd", "n.d."})
"""Cells that mean that there is no value, in lower case."""

_COMMA = re.compile(r"^[+-]?\d*,\d+(?:[eE][+-]?\d+)?$")
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(?:,\d{3})+$")
_LIMIT = re.compile(r"^[<>≤≥~]")
_YES = frozenset({"yes", "y", "true", "t", "1", "1.0", "x"})
_CARBONATE_CARBON = 12.011 / 100.087  # carbon in CaCO3, by mass
_PLAIN = {
    "%": "percent",
    "‰": "permille",
    "permil": "permille",
    "% by mass of fine earth": "percent",
    "% by mass of the fraction": "percent",
    "% of the soil's mass": "percent",
    "% of the soil's carbon": "percent",
    "% by volume": "percent",
    "degrees_north": "degree",
    "degrees_east": "degree",
    "1": "dimensionless",
    "": "dimensionless",
    "year": "dimensionless",
}


class Parsed(NamedTuple):
    """Numbers read from texts, and where they were not plain.

    Attributes
    ----------
    values : array [rows]
        NaN where there is none.
    comma : array [rows] of bool
        Written with a decimal comma.
    limited : array [rows] of bool
        A limit such as ``<0.1``; no value.
    unclear : array [rows] of bool
        A comma that may separate thousands; no value.
    wrong : array [rows] of bool
        No number; no value.
    """

    values: np.ndarray
    comma: np.ndarray
    limited: np.ndarray
    unclear: np.ndarray
    wrong: np.ndarray


def parse_numbers(texts: np.ndarray, *, missing: frozenset[str], decimal: str = "", large: bool = False) -> Parsed:
    """Read numbers.

    Parameters
    ----------
    texts : array [rows] of str
    missing : frozenset of str
        Cells without a value, in lower case; numbers among them count by their value.
    decimal : {"", ".", ","}
        Decimal mark; found out where it is empty.
    large : bool
        Values of a thousand and more are possible, so that ``1,234`` alone says nothing.
    """
    codes, uniques = pd.factorize(texts)
    words = [str(word).strip().replace("\u2212", "-").replace("\u00a0", "") for word in uniques]
    size = len(words)
    comma, limited, unclear, absent = (np.zeros(size, dtype=bool) for _ in range(4))
    plain: list[str | None] = [None] * size
    commas = [word for word in words if _COMMA.match(word)]
    grouped = bool(commas) and decimal != "," and large and all(_THOUSANDS.match(word) for word in commas)
    for k, word in enumerate(words):
        if word.lower() in missing:
            absent[k] = True
        elif "," in word and decimal != ".":
            if decimal == "," and re.match(r"^[+-]?\d{1,3}(?:\.\d{3})*,\d+$", word):
                word = word.replace(".", "")
            comma[k] = bool(_COMMA.match(word))
            unclear[k] = (grouped or not comma[k]) and bool(_THOUSANDS.match(word))
            comma[k] &= not unclear[k]
            plain[k] = word.replace(",", ".") if comma[k] else None
        elif _LIMIT.match(word):
            limited[k] = True
        elif "_" not in word:
            plain[k] = word
    numbers = np.array(pd.to_numeric(np.array(plain, dtype=object), errors="coerce"), dtype="float64")
    for text in missing:
        value = _number(text)
        if value is not None:
            gone = numbers == value
            numbers[gone], absent[gone], comma[gone] = np.nan, True, False
    wrong = np.isnan(numbers) & ~absent & ~limited & ~unclear
    return Parsed(*(part[codes] for part in (numbers, comma & ~wrong, limited, unclear, wrong)))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def parse_flags(texts: np.ndarray) -> np.ndarray:
    """Yes or no; what is neither is no."""
    codes, uniques = pd.factorize(texts)
    return np.array([str(word).strip().lower() in _YES for word in uniques], dtype=bool)[codes]


def parse_texts(texts: np.ndarray, missing: frozenset[str]) -> np.ndarray:
    """Texts without surrounding blanks; empty where there is none."""
    codes, uniques = pd.factorize(texts)
    words = [str(word).strip() for word in uniques]
    return np.array(["" if word.lower() in missing else word for word in words] + [""], dtype=object)[codes]


def parse_years(texts: np.ndarray, missing: frozenset[str]) -> Parsed:
    """Calendar years from dates as people write them: with the year of four digits first or last."""
    codes, uniques = pd.factorize(texts)
    words = [str(word).strip() for word in uniques]
    years = np.full(len(words), np.nan)
    absent = np.array([word.lower() in missing for word in words], dtype=bool)
    for k, word in enumerate(words):
        found = re.match(r"^(\d{4})(?:\.0*)?(?!\d)", word) or re.search(r"(?<!\d)(\d{4})$", word)
        if found and not absent[k]:
            years[k] = float(found.group(1))
    none = np.zeros(len(words), dtype=bool)
    wrong = np.isnan(years) & ~absent
    return Parsed(years[codes], none[codes], none[codes], none[codes], wrong[codes])


@cache
def _registry() -> Any:
    import pint

    registry = pint.UnitRegistry()
    registry.define("equivalent = mole = eq")
    return registry


def _pint_unit(unit: str) -> str:
    plain = _PLAIN.get(unit.strip(), unit.strip())
    plain = re.sub(r"\b100 ?g\b", "hectogram", plain)
    plain = re.sub(r"\b100 ?c(?:m3|m\^3|m³)", "deciliter", plain)
    plain = plain.replace("³", "**3").replace("²", "**2").replace("^", "**").replace("·", "*")
    plain = re.sub(r"\(\+\)|\(c\)|\bC(?=/| |$)", "", plain).strip()
    plain = re.sub(r"([A-Za-z])\s*(-\d+)", r"\1**\2", plain)
    plain = re.sub(r"([A-Za-z])(\d)", r"\1**\2", plain)
    return re.sub(r"(?<=[\w)])\s+(?=[A-Za-z(])", "*", plain)


def convert(values: np.ndarray, unit: str, target: str) -> np.ndarray:
    """Values in another unit.

    Parameters
    ----------
    values : array
    unit : str
        As people write it: ``g/kg``, ``g cm-3``, ``meq/100g``, ``degF``; ``% CaCO3`` and ``g/kg CaCO3`` are carbon
        of carbonates given as calcium carbonate.
    target : str
        A unit of `FIELDS`.

    Raises
    ------
    ValueError
        The unit is unknown, or of another kind than the target.
    """
    factor = 1.0
    if unit.endswith("CaCO3"):
        unit, factor = unit.removesuffix("CaCO3").strip(), _CARBONATE_CARBON
    if _PLAIN.get(unit, unit) == _PLAIN.get(target, target) and factor == 1.0:
        return values
    try:
        registry = _registry()
        found = registry.Quantity(values, _pint_unit(unit)).to(_pint_unit(target))
    except Exception as error:  # pint raises a dozen kinds, of its own and of its parser
        raise ValueError(str(error)) from None
    return np.asarray(found.magnitude, dtype="float64") * factor
