"""What there is to list and to show: made from declarations, so that it cannot differ from what is computed."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pedozone.cli.known_entries import (
    change_names,
    change_rows,
    change_text,
    event_names,
    event_rows,
    event_text,
)
from pedozone.cli.known_responses import response_names, response_rows, response_text
from pedozone.cli.known_values import (
    find_parameter,
    parameter_names,
    parameter_rows,
    parameter_text,
    shown_unit,
    variable_names,
    variable_rows,
    variable_text,
)
from pedozone.cli.layout import columns, linked, paragraph
from pedozone.config.errors import InputError
from pedozone.parameters.errors import did_you_mean

if TYPE_CHECKING:
    from pedozone.engine.assembly import Assembly
    from pedozone.engine.process import Process


@dataclass(frozen=True)
class Catalogue:
    """Things of one kind.

    Parameters
    ----------
    kind : str
        What they are, in the singular.
    names : callable
        Gives the names that can be shown.
    rows : callable
        Gives heads and rows of the list.
    text : callable
        From a name and a width to the description.
    closing : str
        Said below the list.
    """

    kind: str
    names: Callable[[], Sequence[str]]
    rows: Callable[[], tuple[Sequence[str], list[Sequence[str]]]]
    text: Callable[[str, int], str]
    closing: str = ""

    def listing(self, width: int) -> str:
        """All of them in columns."""
        heads, rows = self.rows()
        hint = self.closing or f"One of them in full: pedozone show {self.kind} NAME"
        return columns(rows, width, heads) + f"\n\n{hint}"

    def description(self, name: str, width: int) -> str:
        """One of them in full.

        Raises
        ------
        InputError
            A name that is not known; the nearest ones are suggested.
        """
        names = list(self.names())
        if name not in names:
            shown = names if len(names) <= 40 else [*names[:40], "..."]
            mend = did_you_mean(name, names, otherwise=f"'pedozone list {plural(self.kind)}' names them.")
            raise InputError(f"pedozone show {self.kind}", "NAME", name, "one of " + ", ".join(shown), mend)
        return self.text(name, width)


def plural(kind: str) -> str:
    """Name of a kind as the command line takes it."""
    return "processes" if kind == "process" else f"{kind}s"


def catalogue(kind: str) -> Catalogue:
    """The catalogue of a kind, in the plural or the singular.

    Raises
    ------
    InputError
        A kind that is not known.
    """
    made = _catalogues()
    known = {**{plural(name): entry for name, entry in made.items()}, **made}
    if kind not in known:
        plurals = [plural(name) for name in made]
        mend = did_you_mean(kind, known, otherwise="Choose one of these.")
        raise InputError("pedozone", "KIND", kind, "one of " + ", ".join(plurals), mend)
    return known[kind]


def _catalogues() -> dict[str, Catalogue]:
    return {
        "process": Catalogue("process", lambda: list(_processes()), _process_rows, _process_text),
        "model": Catalogue("model", lambda: list(_models()), _model_rows, _model_text),
        "plant": Catalogue("plant", _plant_names, _plant_rows, _plant_text),
        "soil": Catalogue("soil", _soil_names, _soil_rows, _soil_text),
        "parameter": Catalogue(
            "parameter",
            parameter_names,
            parameter_rows,
            lambda name, width: parameter_text(name, width, _users(name)),
            "One of them, or a whole set: pedozone show parameter NAME",
        ),
        "variable": Catalogue("variable", variable_names, variable_rows, variable_text),
        "response": Catalogue("response", response_names, response_rows, response_text),
        "event": Catalogue("event", event_names, event_rows, event_text),
        "change": Catalogue("change", change_names, change_rows, change_text),
    }


def diagram(kind: str, name: str) -> str:
    """SVG of the pools of a model, once `Catalogue.description` has found it.

    Raises
    ------
    InputError
        The kind is not that of models.
    """
    from pedozone.report.diagram import pool_diagram

    if kind.rstrip("s") != "model":
        raise InputError("pedozone", "--svg", kind, "model", "Only models have a pool diagram: leave --svg out.")
    return pool_diagram(_models()[name].graph, name)


# -- processes and models --------------------------------------------------------------------------------------

_CELLS = 4  # enough for a model to be put together


@lru_cache(maxsize=1)
def _models() -> dict[str, Assembly]:
    """Every model on a small column."""
    from pedozone.models.registry import available_models

    return {name: make(cells=_CELLS) for name, make in available_models().items()}  # pyright: ignore[reportCallIssue]


def _processes() -> dict[str, tuple[Process | type[Process], list[str]]]:
    """Every process as its first model makes it, with the models that use it; plug-ins in no model at the end."""
    from pedozone.models.registry import available_processes

    found: dict[str, tuple[Process | type[Process], list[str]]] = {}
    for model, assembly in _models().items():
        for process in assembly.processes:
            found.setdefault(process.name, (process, []))[1].append(model)
    for name, process in available_processes().items():
        found.setdefault(name, (process, []))
    return found


def _process_rows() -> tuple[Sequence[str], list[Sequence[str]]]:
    rows = [(name, ", ".join(models) or "-", p.summary) for name, (p, models) in _processes().items()]
    return ("process", "models", "what it does"), [_shortened(row, 1, 34) for row in rows]


def _shortened(row: Sequence[str], place: int, most: int) -> Sequence[str]:
    cells = list(row)
    if len(cells[place]) > most:
        parts = cells[place].split(", ")
        cells[place] = f"{parts[0]} and {len(parts) - 1} more"
    return cells


def _process_text(name: str, width: int) -> str:
    process, models = _processes()[name]
    lines = [name, "=" * len(name), paragraph(process.summary, width), ""]
    law = (inspect.getdoc(process) or "").split("\n\nParameters\n---")[0]
    if law.strip() and law.strip() != process.summary:
        lines += [*(paragraph(part, width) for part in law.split("\n\n")), ""]
    fluxes: list[Sequence[str]] = [
        (f"{t.donor} -> {t.receiver}", "transfer", str(t.kind), t.mechanism) for t in process.transfers
    ]
    fluxes += [(f"{x.donor} -> {x.fate}", "loss", str(x.kind), x.mechanism) for x in process.losses]
    fluxes += [(f"{i.source} -> {i.receiver}", "input", "", "") for i in process.inputs]
    fluxes += [
        (f"{n.donor} (organic layer) -> {n.receiver}", "incorporation", "transport", n.mechanism)
        for n in process.incorporations
    ]
    if process.moves:
        fluxes.append((f"pools that move with '{process.moves}'", "between layers", "transport", process.moves))
    if fluxes:
        lines += [columns(fluxes, width, ("flux", "", "kind", "mechanism")), ""]
    lines += [*_parameter_lines(process.parameters, width)]
    lines += [*_source_lines(process.sources, width)]
    lines.append(f"Models: {', '.join(models) or 'none of those installed'}.")
    return "\n".join(lines).rstrip()


def _users(parameter: str) -> list[str]:
    return [process for process, (p, _) in _processes().items() if parameter in p.parameters]


def _parameter_lines(names: Sequence[str], width: int) -> list[str]:
    if not names:
        return []
    rows = []
    for name in names:
        found = find_parameter(name)
        parameter = next(iter(found.values()), None)
        value = f"{parameter.value:g} {shown_unit(parameter.unit)}".strip() if parameter else "-"
        rows.append((name, value, next(iter(found), "-"), parameter.description if parameter else ""))
    return [columns(rows, width, ("parameter", "value", "set", "what it does")), ""]


def _source_lines(sources: Iterable[str], width: int) -> list[str]:
    texts = [paragraph(linked(source), width, "  ") for source in sources]
    return ["Sources:", *texts, ""] if texts else []


def _model_rows() -> tuple[Sequence[str], list[Sequence[str]]]:
    rows: list[Sequence[str]] = [
        (name, str(len(m.graph.pools)), str(len(m.processes)), _model_summary(name)) for name, m in _models().items()
    ]
    return ("model", "pools", "processes", "what it is"), rows


def _model_summary(name: str) -> str:
    from pedozone.models.pedon_variants import VARIANTS

    if name not in VARIANTS:
        return _first_sentence(_models()[name])
    summary = VARIANTS[name].summary
    return f"{summary[0].upper()}{summary[1:]}."


def _surroundings(name: str, width: int) -> list[str]:
    """Parts of the surroundings that a zones model computes beside its processes."""
    from pedozone.models.pedon_variants import PHYSICS, VARIANTS

    physics = VARIANTS[name].physics if name in VARIANTS else frozenset()
    rows = [(part, words) for part, words in PHYSICS.items() if part in physics]
    return ["", columns(rows, width, ("surroundings", "what it does"))] if rows else []


def _first_sentence(thing: object) -> str:
    text = (inspect.getdoc(thing) or "").split("\n\n")[0]
    return " ".join(text.split()).replace("`", "")


def _model_text(name: str, width: int) -> str:
    model = _models()[name]
    pools = [(p.name, str(p.role), p.moves_with or "-", p.description) for p in model.graph.pools]
    processes = [(p.name, p.summary) for p in model.processes]
    return "\n".join(
        [
            name,
            "=" * len(name),
            paragraph(_model_summary(name), width),
            "",
            columns(pools, width, ("pool", "role", "moves with", "what it is")),
            "",
            columns(processes, width, ("process", "what it does")),
            *_surroundings(name, width),
        ]
    )


# -- plants and soils ------------------------------------------------------------------------------------------


def _plant_names() -> Sequence[str]:
    from pedozone.plants.cover import cover_names

    return cover_names()


def _plant_rows() -> tuple[Sequence[str], list[Sequence[str]]]:
    from pedozone.plants.cover import load_cover

    rows = []
    for name in _plant_names():
        cover = load_cover(name)
        rows.append((name, f"{cover.total_input:.2f}", f"{cover.rooting_depth:g}", cover.title))
    return ("plant", "input (kg C m-2 yr-1)", "roots to (m)", "what it is"), rows


def _plant_text(name: str, width: int) -> str:
    from pedozone.plants.cover import load_cover

    cover = load_cover(name)
    return _recorded(name, cover.title, "", cover.records, width)


def _soil_names() -> Sequence[str]:
    from pedozone.column.soil_types import soil_names

    return soil_names()


def _soil_rows() -> tuple[Sequence[str], list[Sequence[str]]]:
    from pedozone.column.soil_types import load_soil_type

    return ("soil", "what it is"), [(name, load_soil_type(name).description) for name in _soil_names()]


def _soil_text(name: str, width: int) -> str:
    from pedozone.column.soil_types import load_soil_type

    soil = load_soil_type(name)
    text = _recorded(name, soil.title, soil.description, soil.records, width)
    heads = list(dict.fromkeys(key for horizon in soil.horizons for key in horizon))
    rows = [tuple(_value(horizon.get(key)) for key in heads) for horizon in soil.horizons]
    return f"{text}\n\nHorizons\n{columns(rows, width, heads)}"


def _recorded(name: str, title: str, description: str, records: Mapping[str, Any], width: int) -> str:
    """A preset: every value with its unit, status and source."""
    rows = []
    for key, record in records.items():
        source = f"{record.source}, doi:{record.doi}" if record.doi else record.source
        rows.append((key, _value(record.value), shown_unit(record.unit), record.status, linked(source)))
    lines = [name, "=" * len(name), paragraph(title, width)]
    if description:
        lines.append(paragraph(description, width))
    return "\n".join([*lines, "", columns(rows, width, ("property", "value", "unit", "status", "source"))])


def _value(value: object) -> str:
    if isinstance(value, (list, tuple)):
        numbers = [float(v) for v in value]
        if len(numbers) == 12:
            peak = max(range(12), key=numbers.__getitem__)
            return f"by month, {min(numbers):.2g} to {max(numbers):.2g} (month {peak + 1})"
        return ", ".join(f"{v:g}" for v in numbers)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "" if math.isnan(value) else f"{value:g}"
    return "" if value is None else str(value)
