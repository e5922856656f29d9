"""Markdown tables of parameters for the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pedozone.parameters.parameter import Parameter

_HEADER = ("parameter", "value", "range and prior", "description, status and source")
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_NO_BREAK = "\N{NO-BREAK SPACE}"


def markdown_table(parameters: Iterable[Parameter]) -> str:
    """A Markdown table with one line per parameter.

    Parameters
    ----------
    parameters : iterable of Parameter
        In the order of the lines.
    """
    lines = ["| " + " | ".join(_HEADER) + " |", "|" + " --- |" * len(_HEADER)]
    lines += ["| " + " | ".join(_cells(parameter)) + " |" for parameter in parameters]
    return "\n".join(lines) + "\n"


def _cells(p: Parameter) -> tuple[str, ...]:
    source = f"[{p.source}](https://doi.org/{p.doi})" if p.doi else p.source
    if p.range_source:
        source += f"; range: {p.range_source}"
    fixed = "" if p.trainable else " Not calibrated."
    return (
        f"`{p.name}`",
        _NO_BREAK.join([f"{p.value:g}", *_printed(p.unit)]),
        f"{p.lower:g} to {p.upper:g}; {p.prior}",
        f"{p.description}{fixed} *{p.status[0].upper()}{p.status[1:]}:* {source}.".replace("|", "\\|"),
    )


def _printed(unit: str) -> list[str]:
    """The factors of a unit with raised exponents; nothing for ``1``."""
    if unit == "1":
        return []
    return re.sub(r"(?<=[A-Za-z])-?\d+", lambda m: m[0].translate(_SUPERSCRIPT), unit).split()
