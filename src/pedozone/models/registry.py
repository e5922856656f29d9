"""Models and processes by name: those of pedozone and those of installed packages."""

from __future__ import annotations

from pedozone.engine.assembly import Assembly
from pedozone.engine.plugins import discover
from pedozone.engine.process import Process
from pedozone.models.pedon import Pedon, processes


def available_models() -> dict[str, type[Assembly]]:
    """Models by name; other packages add theirs under the entry-point group ``pedozone.models``.

    Returns
    -------
    dict of str to type
        Subclasses of `Assembly`.
    """
    own: dict[str, type[Assembly]] = {"pedon": Pedon}
    return discover("pedozone.models", Assembly, own)


def available_processes() -> dict[str, type[Process]]:
    """Processes by name; other packages add theirs under the entry-point group ``pedozone.processes``.

    Returns
    -------
    dict of str to type
        Subclasses of `Process`: those of the shipped models first.
    """
    return discover("pedozone.processes", Process, {p.name: type(p) for p in processes()})
