"""Events and changes of a site's diary to list and to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pedozone.cli.known_values import shown_unit
from pedozone.cli.layout import columns, paragraph
from pedozone.config.history_fields import EntryField, EntryKind, changes, events

_LONG = 28  # characters
_HEADS = ("key", "unit", "allowed", "default", "what it says")


def event_names() -> Sequence[str]:
    """Names of the events."""
    return list(events())


def change_names() -> Sequence[str]:
    """Names of the gradual changes."""
    return list(changes())


def event_rows() -> tuple[Sequence[str], list[Sequence[str]]]:
    """The events, with their keys."""
    return _rows("event", events())


def change_rows() -> tuple[Sequence[str], list[Sequence[str]]]:
    """The gradual changes, with their keys."""
    return _rows("change", changes())


def event_text(name: str, width: int) -> str:
    """An event in full."""
    return _text(events()[name], width)


def change_text(name: str, width: int) -> str:
    """A gradual change in full."""
    return _text(changes()[name], width)


def _rows(kind: str, known: Mapping[str, EntryKind]) -> tuple[Sequence[str], list[Sequence[str]]]:
    rows: list[Sequence[str]] = []
    for entry in known.values():
        keys = [field.key for field in entry.own]
        shown = ", ".join(keys) if len(keys) <= 2 else f"{keys[0]} and {len(keys) - 1} more"
        rows.append((entry.name, shown or "-", entry.summary))
    return (kind, "keys", "what happens"), rows


def _text(entry: EntryKind, width: int) -> str:
    lines = [entry.name, "=" * len(entry.name), paragraph(entry.summary, width), ""]
    when = "year = 1990" if entry.table == "event" else "from_year = 1990\nto_year = 2020"
    lines += [f'[[{entry.table}]]\n{when}\nwhat = "{entry.name}"', ""]
    if entry.own:
        lines += [columns(_fields(entry.own), width, _HEADS), ""]
    lines += [f"Of every {entry.table}:", columns(_fields(entry.common), width, _HEADS)]
    if entry.usual:
        from pedozone.parameters import load_parameters

        usual = [p for _, p in load_parameters("histories").items() if p.name.startswith(entry.usual)]
        rows = [(p.name, f"{p.value:g}", shown_unit(p.unit), p.description) for p in usual]
        heads = ("parameter", "value", "unit", "what it does")
        lines += ["", "For what is left out, from the parameter set histories:", columns(rows, width, heads)]
    return "\n".join(lines)


def _fields(fields: Sequence[EntryField]) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = []
    for f in fields:
        long = len(f.allowed) > _LONG  # it has more room on the right
        meaning = f.meaning.replace("``", "")
        meaning = f"{meaning} Allowed: {f.allowed}." if long else meaning
        rows.append((f.key, f.unit or "-", "see right" if long else f.allowed, f.default or "-", meaning))
    return rows
