"""Parameters and variables to list and to show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from pedozone.cli.layout import columns, linked, paragraph
from pedozone.cli.ringing_cache import rung_words

if TYPE_CHECKING:
    from pedozone.parameters import ParameterSet
    from pedozone.parameters.parameter import Parameter


@lru_cache(maxsize=1)
def parameter_sets() -> dict[str, ParameterSet]:
    """All parameter sets by name."""
    from pedozone.parameters import load_parameters
    from pedozone.parameters.sets import available_sets

    return {name: load_parameters(name) for name in available_sets()}


def _default_set() -> str:
    from pedozone.parameters import load_parameters

    return load_parameters().name


def find_parameter(name: str) -> dict[str, Parameter]:
    """A parameter by the sets that have it, the default set first."""
    sets = parameter_sets()
    default = _default_set()
    order = sorted(sets, key=lambda s: (s != default, s))
    return {s: sets[s][name] for s in order if name in sets[s]}


def parameter_names() -> Sequence[str]:
    """Names of sets, then of parameters."""
    sets = parameter_sets()
    return list(dict.fromkeys([*sets, *(name for one in sets.values() for name in one)]))


def parameter_rows() -> tuple[Sequence[str], list[Sequence[str]]]:
    """The sets, then the parameters of the default one."""
    default = _default_set()
    rows: list[Sequence[str]] = [("",), ("Parameter sets",)]
    rows += [(name, str(len(one)), "parameters", one.title) for name, one in parameter_sets().items()]
    rows += [("",), (f"Parameters of {default}, the default set",)]
    rows += [(p.name, f"{p.value:g}", shown_unit(p.unit), p.description) for _, p in parameter_sets()[default].items()]
    return ("parameter", "value", "unit", "what it does"), rows


def parameter_text(name: str, width: int, users: Iterable[str] = ()) -> str:
    """A parameter by the sets that have it, with the processes that use it; or a set in full."""
    users = list(users)
    sets = parameter_sets()
    if name in sets:
        one = sets[name]
        lines = [f"{name} {one.version}".strip(), "=" * len(f"{name} {one.version}".strip())]
        lines += [paragraph(one.title, width), paragraph(one.description, width), ""]
        rows = [
            (p.name, f"{p.value:g}", shown_unit(p.unit), f"{p.lower:g} to {p.upper:g}", p.status, p.description)
            for _, p in one.items()
        ]
        lines.append(columns(rows, width, ("parameter", "value", "unit", "range", "status", "what it does")))
        told = rung_words(one.digest())
        return "\n".join([*lines, *(["", paragraph(told, width)] if told else [])])
    lines = [name, "=" * len(name)]
    for number, (owner, p) in enumerate(find_parameter(name).items()):
        if not number:
            lines += [paragraph(p.description, width), ""]
        source = f"{p.source}, doi:{p.doi}" if p.doi else p.source
        facts = [
            ("set", owner),
            ("value", f"{p.value:g} {shown_unit(p.unit)}".strip()),
            ("range", p.allowed),
            ("prior", str(p.prior)),
            ("status", p.status + ("" if p.trainable else ", not calibrated")),
            ("source", linked(source)),
        ]
        if p.range_source:
            facts.append(("range from", linked(p.range_source)))
        lines += [columns(facts, width), ""]
    if users:
        lines.append(f"Processes: {', '.join(users)}.")
    return "\n".join(lines).rstrip()


def shown_unit(unit: str) -> str:
    """A unit, a dash for none."""
    return "-" if unit == "1" else unit


def variable_names() -> Sequence[str]:
    """Names of all variables and coordinates."""
    from pedozone import variables

    return variables.names()


def variable_rows() -> tuple[Sequence[str], list[Sequence[str]]]:
    """All variables by group."""
    from pedozone import variables

    rows: list[Sequence[str]] = []
    group = None
    for name in variables.names():
        v = variables.lookup(name)
        if v.group != group:
            group = v.group
            rows += [("",), (f"{group[0].upper()}{group[1:]}",)]
        rows.append((name, v.units or "(text)", ", ".join(v.dims), v.long_name))
    return ("variable", "units", "dimensions", "what it is"), rows


def variable_text(name: str, width: int) -> str:
    """A variable in full."""
    from pedozone import variables

    v = variables.lookup(name)
    facts = [
        ("what", f"{v.long_name[0].upper()}{v.long_name[1:]}. {v.description}"),
        ("units", v.units or "(text or true/false)"),
        ("dimensions", ", ".join(v.dims)),
        ("group", v.group),
    ]
    facts += [(k, x) for k, x in (("CF name", v.standard_name), ("CMIP name", v.cmip_name)) if x]
    return "\n".join([name, "=" * len(name), columns(facts, width)])
