"""What installed packages bring under the entry-point groups of pedozone."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Mapping
from importlib import metadata
from typing import TypeVar

_log = logging.getLogger(__name__)

Kind = TypeVar("Kind")


def discover(group: str, kind: type[Kind], known: Mapping[str, type[Kind]]) -> dict[str, type[Kind]]:
    """Find the classes offered under an entry-point group.

    What cannot be used (it fails on import, is of another kind, or takes the name of a class that is there already)
    is left out with a warning in the log: somebody else's mistake must not keep a simulation from running.

    Parameters
    ----------
    group : str
        ``"pedozone.processes"``, ``"pedozone.models"`` or ``"pedozone.criteria"``.
    kind : type
        What the classes have to derive from.
    known : mapping of str to type
        Classes of pedozone itself; they come first and keep their names.

    Returns
    -------
    dict of str to type
        By the name of the entry point.
    """
    found = dict(known)
    for entry in metadata.entry_points(group=group):
        try:
            offered = entry.load()
        except Exception as error:
            _log.warning("%s %s (%s) cannot be used: %s", group, entry.name, entry.value, error)
            continue
        if not (isinstance(offered, type) and issubclass(offered, kind)):
            _log.warning("%s %s (%s) is left out: it is no %s", group, entry.name, entry.value, kind.__name__)
        elif inspect.isabstract(offered):
            lacking = ", ".join(sorted(getattr(offered, "__abstractmethods__", ())))
            _log.warning("%s %s (%s) is left out: it lacks %s", group, entry.name, entry.value, lacking)
        elif found.setdefault(entry.name, offered) is not offered:
            _log.warning("%s %s (%s) is left out: the name is taken", group, entry.name, entry.value)
    return found
