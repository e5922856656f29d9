"""A set of parameters: values, references, joint ranges, and what it can tell of itself."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pedozone.parameters.errors import ParameterError, did_you_mean
from pedozone.parameters.parameter import Parameter


@dataclass(frozen=True)
class Reference:
    """A work that parameters rest on.

    Parameters
    ----------
    short : str
        Author and year.
    text : str
        Full citation.
    doi : str
        Without resolver; empty where it has none.
    note : str
        What of it was seen, and what is from memory.
    """

    short: str
    text: str
    doi: str = ""
    note: str = ""


@dataclass(frozen=True)
class Constraint:
    """A range that the product of several parameters has to hold.

    Parameters
    ----------
    product_of : tuple of str
        Names of the parameters multiplied.
    lower, upper : float
        Range of the product, both ends included.
    unit : str
        Of the product.
    description : str
        What the product means.
    """

    product_of: tuple[str, ...]
    lower: float
    upper: float
    unit: str
    description: str

    def check(self, values: Mapping[str, float]) -> None:
        """Raise a `ParameterError` where `values` break the range."""
        product = math.prod(values[name] for name in self.product_of)
        if not self.lower <= product <= self.upper:
            raise ParameterError(
                " x ".join(self.product_of),
                product,
                f"{self.lower:g} to {self.upper:g} {self.unit} ({self.description})",
                "Change one of them.",
            )


@dataclass(frozen=True, eq=False)
class ParameterSet:
    """Parameters by name, as one published or calibrated whole; immutable.

    ``set[name]`` is a `Parameter`; `values` gives the bare numbers that processes read.

    Parameters
    ----------
    name, version, title, description : str
        What it is called, which issue of it this is, and what it is for.
    parameters : dict of str to Parameter
        In the order of the file.
    references : dict of str to Reference
        The works it rests on, by short citation.
    constraints : tuple of Constraint
        Ranges that hold for several parameters together.

    Raises
    ------
    ParameterError
        A constraint that the values break.
    """

    name: str
    parameters: dict[str, Parameter]
    version: str = ""
    title: str = ""
    description: str = ""
    references: dict[str, Reference] = field(default_factory=dict)
    constraints: tuple[Constraint, ...] = ()

    def __post_init__(self) -> None:
        values = self.values()
        for constraint in self.constraints:
            constraint.check(values)

    def __getitem__(self, name: str) -> Parameter:
        try:
            return self.parameters[name]
        except KeyError:
            raise self._unknown(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.parameters)

    def __len__(self) -> int:
        return len(self.parameters)

    def __contains__(self, name: object) -> bool:
        return name in self.parameters

    def __repr__(self) -> str:
        changed = [p.name for p in self.parameters.values() if p.status == "user"]
        note = f", set for this run: {', '.join(changed)}" if changed else ""
        return f"<ParameterSet {self.name} {self.version}: {len(self)} parameters{note}>"

    def keys(self) -> KeysView[str]:
        """Names of the parameters."""
        return self.parameters.keys()

    def items(self) -> ItemsView[str, Parameter]:
        """Pairs of name and `Parameter`."""
        return self.parameters.items()

    def values(self) -> dict[str, float]:
        """The bare numbers by name (unlike a dictionary's method of this name)."""
        return {name: parameter.value for name, parameter in self.parameters.items()}

    def replace(self, overrides: Mapping[str, float] | None = None, /, **named: float) -> ParameterSet:
        """A set with other values; their source says so and their status is ``user``.

        Parameters
        ----------
        overrides : mapping of str to float, optional
            New values by name.
        **named : float
            The same as keywords; they win.

        Raises
        ------
        ParameterError
            A name that is unknown (with the nearest known ones), a value that is no finite number
            or outside the parameter's range, or values that break a constraint.
        """
        new = {**(overrides or {}), **named}
        changed = {name: self[name].with_value(value) for name, value in new.items()}
        return replace(self, parameters={**self.parameters, **changed})

    def trainable(self) -> tuple[str, ...]:
        """Names of the parameters that calibration may change."""
        return tuple(name for name, parameter in self.items() if parameter.trainable)

    def citations(self) -> list[dict[str, Any]]:
        """The works the values and ranges rest on, each with the parameters it serves.

        Returns
        -------
        list of dict
            Keys ``citation`` (full where known), ``short``, ``doi``, ``note`` (what of it was
            seen), ``values`` (parameters whose value it gave) and ``ranges`` (parameters whose
            range and prior alone it gave).
        """
        found: dict[str, dict[str, Any]] = {}

        def entry(short: str, doi: str) -> dict[str, Any]:
            known = self.references.get(short, Reference(short, short, doi))
            new = {"citation": known.text, "short": short, "doi": known.doi, "note": known.note}
            return found.setdefault(short, {**new, "values": [], "ranges": []})

        for parameter in self.parameters.values():
            entry(parameter.source, parameter.doi)["values"].append(parameter.name)
            if parameter.range_source:
                entry(parameter.range_source, "")["ranges"].append(parameter.name)
        return sorted(found.values(), key=lambda item: item["short"].casefold())

    def to_records(self) -> list[dict[str, Any]]:
        """Every parameter with all its fields, in a form JSON can hold."""
        return [parameter.to_record() for parameter in self.parameters.values()]

    @classmethod
    def from_records(cls, name: str, records: Iterable[Mapping[str, Any]]) -> ParameterSet:
        """Rebuild a set from `to_records`, as a run file holds them (no constraints, no works)."""
        built = {str(r["name"]): Parameter.from_record(str(r["name"]), r) for r in records}
        return cls(name, built)

    def digest(self) -> str:
        """SHA-256 of names, values and units: equal where two sets compute the same.

        Independent of order, of texts and of the platform.
        """
        content = sorted((p.name, repr(p.value), p.unit) for p in self.parameters.values())
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def markdown_table(self, group: str | None = None) -> str:
        """A Markdown table of the parameters, or of one group of them."""
        from pedozone.parameters.table import markdown_table

        return markdown_table(p for p in self.parameters.values() if group is None or p.group == group)

    def groups(self) -> tuple[str, ...]:
        """Names of the groups, in order."""
        return tuple(dict.fromkeys(p.group for p in self.parameters.values()))

    def _unknown(self, name: str) -> ParameterError:
        return ParameterError(
            name,
            None,
            f"the {len(self)} parameters of '{self.name}'",
            did_you_mean(name, self.parameters, otherwise="List them with load_parameters(...).keys()."),
        )
