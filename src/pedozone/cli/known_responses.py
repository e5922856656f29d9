"""Published responses to temperature and water to list and to show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pedozone.cli.layout import columns, linked, paragraph

if TYPE_CHECKING:
    from pedozone.physics.responses import Response


def _responses() -> list[Response]:
    from pedozone.physics.responses import MOISTURE, TEMPERATURE

    return [*TEMPERATURE.values(), *MOISTURE.values()]


def response_names() -> Sequence[str]:
    """Names of all responses, each once: one name may stand for one to temperature and one to moisture."""
    return list(dict.fromkeys(r.name for r in _responses()))


def response_rows() -> tuple[Sequence[str], list[Sequence[str]]]:
    """All responses by kind."""
    rows: list[Sequence[str]] = []
    kind = None
    for response in _responses():
        if response.kind != kind:
            kind = response.kind
            rows += [("",), (f"To {kind}: any model takes it as {kind}=NAME",)]
        works = "; ".join(work.split(", doi:")[0] for work in response.source.split("; "))
        rows.append((response.name, works, response.equation))
    return ("response", "source", "equation"), rows


def response_text(name: str, width: int) -> str:
    """The responses of a name in full."""
    from pedozone.parameters import load_parameters
    from pedozone.physics.responses import PARAMETER_SET

    known = load_parameters(PARAMETER_SET)
    lines = []
    for response in _responses():
        if response.name != name:
            continue
        head = f"{name} ({response.kind})"
        lines += [head, "=" * len(head), paragraph(response.equation, width), ""]
        rows = []
        for argument, parameter in response.parameters.items():
            p = known[parameter]
            rows.append((argument, f"{p.value:g}", "-" if p.unit == "1" else p.unit, p.allowed, p.status, parameter))
        if rows:
            lines += [columns(rows, width, ("value", "", "unit", "range", "status", "parameter")), ""]
        lines += [paragraph(f"Source: {linked(response.source)}", width), ""]
    return "\n".join(lines).rstrip()
