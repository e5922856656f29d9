"""Looking up what a run holds: units, long names, and names in CF and CMIP."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from pedozone.variables.table import VARIABLES
from pedozone.variables.variable import Variable

_BY_NAME = {variable.name: variable for variable in VARIABLES}
_HEADER = ("variable", "dimensions", "units", "description")


class VariableError(KeyError):
    """A name that is no variable of a run.

    Parameters
    ----------
    name : str
        The name asked for.
    near : list of str
        Known names that resemble it.
    """

    def __init__(self, name: str, near: list[str]) -> None:
        self.name = name
        self.near = near
        super().__init__(name, near)

    def __str__(self) -> str:
        hint = " or ".join(f"'{name}'" for name in self.near)
        mend = f"Did you mean {hint}?" if hint else "List them with pedozone.variables.names()."
        return f"'{self.name}' is no variable of a run. {mend}"


class _Array(Protocol):
    @property
    def dims(self) -> tuple[Any, ...]: ...
    @property
    def attrs(self) -> Mapping[Any, Any]: ...


class _Dataset(Protocol):
    @property
    def variables(self) -> Mapping[Any, Any]: ...


def names() -> tuple[str, ...]:
    """Names of all coordinates and variables, coordinates first."""
    return tuple(_BY_NAME)


def coordinates() -> tuple[Variable, ...]:
    """The coordinates."""
    return tuple(variable for variable in VARIABLES if variable.coordinate)


def data_variables() -> tuple[Variable, ...]:
    """The variables that are no coordinates."""
    return tuple(variable for variable in VARIABLES if not variable.coordinate)


def lookup(name: str) -> Variable:
    """The declaration of a variable or coordinate.

    Raises
    ------
    VariableError
        No variable of that name; the error holds the nearest known ones.
    """
    try:
        return _BY_NAME[name]
    except KeyError:
        raise VariableError(name, difflib.get_close_matches(name, _BY_NAME)) from None


def attributes(name: str) -> dict[str, str]:
    """NetCDF attributes of a variable after CF: units, long_name, standard_name, comment ...

    Raises
    ------
    VariableError
        No variable of that name.
    """
    return lookup(name).attributes()


def problems(dataset: _Dataset) -> list[str]:
    """What in an xarray dataset departs from the declarations, one sentence each.

    Checks names, dimensions with their order, and units; a variable that is absent is none.

    Parameters
    ----------
    dataset : xarray.Dataset
        A run's dataset, or any part of it.
    """
    found = []
    for name, array in dataset.variables.items():
        if name not in _BY_NAME:
            found.append(str(VariableError(str(name), difflib.get_close_matches(name, _BY_NAME))))
            continue
        found += _departures(_BY_NAME[name], array)
    return found


def _departures(declared: Variable, array: _Array) -> list[str]:
    found = []
    if tuple(array.dims) != declared.dims:
        found.append(f"'{declared.name}' has dimensions {array.dims}, declared {declared.dims}.")
    if array.attrs.get("units") != declared.units:
        found.append(f"'{declared.name}' has units {array.attrs.get('units')!r}, declared "
                     f"{declared.units!r}.")  # fmt: skip
    return found


def groups() -> tuple[str, ...]:
    """Names of the groups, in order."""
    return tuple(dict.fromkeys(variable.group for variable in VARIABLES))


def markdown_table(group: str | None = None) -> str:
    """A Markdown table of the variables, or of one group of them (see `groups`)."""
    chosen = [v for v in VARIABLES if group is None or v.group == group]
    lines = ["| " + " | ".join(_HEADER) + " |", "|" + " --- |" * len(_HEADER)]
    lines += ["| " + " | ".join(_cells(variable)) + " |" for variable in chosen]
    return "\n".join(lines) + "\n"


def _cells(v: Variable) -> Iterable[str]:
    elsewhere = "".join(
        f" {where}: `{name}`." for where, name in (("CF", v.standard_name), ("CMIP", v.cmip_name)) if name
    )
    return (
        f"`{v.name}`",
        "" if v.coordinate else ", ".join(v.dims),
        v.display_units.replace(" ", "\N{NO-BREAK SPACE}"),
        f"{v.long_name[0].upper()}{v.long_name[1:]}. {v.description}{elsewhere}",
    )
