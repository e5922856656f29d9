"""Models and processes by name: those of pedozone and those of installed packages."""

from __future__ import annotations

from pedozone.engine.assembly import Assembly
from pedozone.engine.plugins import discover
from pedozone.engine.process import Process
from pedozone.models import (
    bams,
    century,
    century_layered,
    comission,
    ecosse,
    mems,
    millennial,
    mimics,
    n14cp,
    pedon_sets,
    rothc_layered,
    somprof,
)
from pedozone.models.bams import BamsLike
from pedozone.models.century import Century
from pedozone.models.century_layered import LayeredCentury
from pedozone.models.comission import Comission
from pedozone.models.ecosse import Ecosse
from pedozone.models.mems import Mems
from pedozone.models.millennial import Millennial, MillennialECA, MillennialLinear
from pedozone.models.mimics import Mimics, MimicsForward
from pedozone.models.n14cp import N14cp
from pedozone.models.pedon import CommunityPedon, CorePedon, OriginPedon, Pedon
from pedozone.models.rothc import RothC
from pedozone.models.rothc_layered import LayeredRothC
from pedozone.models.somprof import Somprof


def available_models() -> dict[str, type[Assembly]]:
    """Models by name; other packages add theirs under the entry-point group ``pedozone.models``.

    Returns
    -------
    dict of str to type
        Subclasses of `Assembly`.
    """
    own: dict[str, type[Assembly]] = {
        "pedon": Pedon,
        "pedon-core": CorePedon,
        "pedon-communities": CommunityPedon,
        "pedon-origins": OriginPedon,
        "rothc": RothC,
        "rothc-layered": LayeredRothC,
        "ecosse": Ecosse,
        "century": Century,
        "century-layered": LayeredCentury,
        "millennial": Millennial,
        "millennial-eca": MillennialECA,
        "millennial-linear": MillennialLinear,
        "mimics": Mimics,
        "mimics-forward": MimicsForward,
        "mems": Mems,
        "somprof": Somprof,
        "comission": Comission,
        "bams-like": BamsLike,
        "n14cp": N14cp,
    }
    return discover("pedozone.models", Assembly, own)


def available_processes() -> dict[str, type[Process]]:
    """Processes by name; other packages add theirs under the entry-point group ``pedozone.processes``.

    Returns
    -------
    dict of str to type
        Subclasses of `Process`: those of the shipped models first.
    """
    own = (
        *pedon_sets.whole_processes(),
        *pedon_sets.core_processes(),
        *rothc_layered.processes(),  # with those of RothC
        *ecosse.processes(),
        *century.processes(),
        *century_layered.processes(),
        *millennial.every_process(),
        *mimics.every_process(),
        *mems.processes(),
        *somprof.processes(),
        *comission.processes(),
        *bams.processes(),
        *n14cp.processes(),
    )
    return discover("pedozone.processes", Process, {p.name: type(p) for p in own})
