"""Models and processes by name: those of pedozone and those of installed packages."""

from __future__ import annotations

from pedozone.engine.assembly import Assembly
from pedozone.engine.plugins import discover
from pedozone.engine.process import Process
from pedozone.models import century, millennial, pedon, rothc
from pedozone.models.century import Century
from pedozone.models.millennial import Millennial, MillennialECA, MillennialLinear
from pedozone.models.pedon import Pedon
from pedozone.models.rothc import RothC


def available_models() -> dict[str, type[Assembly]]:
    """Models by name; other packages add theirs under the entry-point group ``pedozone.models``.

    Returns
    -------
    dict of str to type
        Subclasses of `Assembly`.
    """
    own: dict[str, type[Assembly]] = {
        "pedon": Pedon,
        "rothc": RothC,
        "century": Century,
        "millennial": Millennial,
        "millennial-eca": MillennialECA,
        "millennial-linear": MillennialLinear,
    }
    return discover("pedozone.models", Assembly, own)


def available_processes() -> dict[str, type[Process]]:
    """Processes by name; other packages add theirs under the entry-point group ``pedozone.processes``.

    Returns
    -------
    dict of str to type
        Subclasses of `Process`: those of the shipped models first.
    """
    own = (*pedon.processes(), *rothc.processes(), *century.processes(), *millennial.every_process())
    return discover("pedozone.processes", Process, {p.name: type(p) for p in own})
