"""Numbers as people read them."""

from __future__ import annotations

import math
import re

T_HA_PER_KG_M2 = 10.0
CO2_PER_CARBON = 44.009 / 12.011  # molar masses; t CO2 per t C
NONE = "n/a"
MINUS = "\N{MINUS SIGN}"
_ACRONYMS = {"maom": "MAOM", "pom": "POM", "dom": "DOM", "soc": "SOC"}
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def significant(value: float, digits: int = 3) -> str:
    """Format to `digits` significant figures: no exponent between 0.001 and 1e6."""
    value = float(value)
    if not math.isfinite(value):
        return NONE
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if size < -3 or size >= 6:
        return scientific(value, digits)
    rounded = round(value, digits - 1 - size)
    # Rounding can add a digit (9.996 -> 10.0), which the decimals must follow.
    size = math.floor(math.log10(abs(rounded)))
    return f"{rounded:,.{max(digits - 1 - size, 0)}f}".replace("-", MINUS)


def scientific(value: float, digits: int = 2) -> str:
    """Format as 1.2 × 10⁻¹³."""
    value = float(value)
    if not math.isfinite(value):
        return NONE
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = str(int(exponent)).translate(_SUPERSCRIPT)
    return f"{mantissa.replace('-', MINUS)} × 10{power}"


def year_words(first: int, last: int) -> str:
    """A year, or a stretch of years with both ends."""
    return str(first) if first == last else f"{first}\N{EN DASH}{last}"


def fixed(value: float, decimals: int = 1) -> str:
    """Format with a fixed number of decimals."""
    value = float(value)
    if not math.isfinite(value):
        return NONE
    text = f"{value:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def signed(value: float, decimals: int = 1) -> str:
    """Format with its sign, + included."""
    text = fixed(value, decimals)
    if text == NONE or text.startswith(MINUS) or not text.strip("0.,"):
        return text
    return f"+{text}"


def percent(share: float, decimals: int = 0) -> str:
    """Format a share of one as per cent."""
    text = fixed(100 * float(share), decimals)
    return text if text == NONE else f"{text} %"


def periods(years: list[int]) -> str:
    """Join years into periods: 1990-1994, 1999."""
    parts: list[list[int]] = []
    for year in years:
        if parts and year == parts[-1][-1] + 1:
            parts[-1].append(year)
        else:
            parts.append([year])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}–{part[-1]}" for part in parts)


def depth_words(interval: str) -> str:
    """Turn the dataset's name of a depth interval into words: 0-23 -> 0–23 cm."""
    return f"{interval.replace('-', '–')}\u00a0cm"


def unit_words(unit: str) -> str:
    """Set the exponents of a unit high: kg m-2 yr-1 -> kg m⁻² yr⁻¹."""
    return re.sub(r"(?<=[A-Za-z])-?\d+", lambda found: found.group().translate(_SUPERSCRIPT), unit)


def spelled(name: str) -> str:
    """Turn a name of the dataset into words: litter_metabolic -> litter metabolic."""
    words = name.replace("_", " ").split(" ")
    return " ".join(_ACRONYMS.get(word, word) for word in words)
