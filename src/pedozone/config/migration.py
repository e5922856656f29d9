"""Bringing older site files up to the present layout."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from pedozone.config.errors import MISSING, InputError
from pedozone.config.site import SCHEMA_VERSION

Data = dict[str, Any]


def _name_units(data: Data) -> list[str]:
    """0 -> 1: the monthly climate got its units into its names."""
    notes = []
    climate = data.get("climate")
    if isinstance(climate, dict):
        for old, new in (("temperature", "temperature_c"), ("precipitation", "precipitation_mm")):
            if old in climate and new not in climate:
                climate[new] = climate.pop(old)
                notes.append(f"climate.{old} is now climate.{new}")
    return notes


#: By the version it starts from: changes the data in place and tells what it changed.
MIGRATIONS: dict[int, Callable[[Data], list[str]]] = {0: _name_units}


def migrate(data: Data, file: str = "<dict>") -> tuple[Data, list[str]]:
    """Bring the content of a site file up to the present `SCHEMA_VERSION`.

    Parameters
    ----------
    data : dict
        Content of a site file; left unchanged.
    file : str
        Its name, for messages.

    Returns
    -------
    dict, list of str
        The content in the present layout, and what was changed, in words.

    Raises
    ------
    InputError
        A ``schema_version`` that is missing, no whole number, or newer than this program.
    """
    version = data.get("schema_version", MISSING)
    if isinstance(version, bool) or not isinstance(version, int) or version < 0:
        raise InputError(
            file,
            "schema_version",
            version,
            f"a whole number from 0 to {SCHEMA_VERSION}",
            f"Write schema_version = {SCHEMA_VERSION} as the first line of the file.",
        )
    if version > SCHEMA_VERSION:
        raise InputError(
            file,
            "schema_version",
            version,
            f"at most {SCHEMA_VERSION} for this version of pedozone",
            "Upgrade pedozone; the file was written for a newer one.",
        )
    data, notes = copy.deepcopy(data), []
    for step in range(version, SCHEMA_VERSION):
        notes += MIGRATIONS[step](data)
        data["schema_version"] = step + 1
    if notes:
        notes.append(f"write schema_version = {SCHEMA_VERSION} once you have changed that")
    return data, notes
