"""The models that a site file can be given to, by name."""

from __future__ import annotations

from pedozone.simulation.mapping import (
    bams,
    century,
    century_layered,
    comission,
    ecosse,
    mems,
    millennial,
    mimics,
    n14cp,
    pedon,
    rothc,
    rothc_layered,
    somprof,
)
from pedozone.simulation.mapping.mapped import ModelMapping

_ALL = (
    *pedon.MAPPINGS,
    rothc.MAPPING,
    rothc_layered.MAPPING,
    ecosse.MAPPING,
    century.MAPPING,
    century_layered.MAPPING,
    *millennial.MAPPINGS,
    *mimics.MAPPINGS,
    mems.MAPPING,
    somprof.MAPPING,
    comission.MAPPING,
    bams.MAPPING,
    n14cp.MAPPING,
)

NOT_MAPPED: dict[str, str] = {}
"""Why a model of pedozone has no mapping, by its name; all of them have one."""


def mappings() -> dict[str, ModelMapping]:
    """Mappings by the name of the model, in the order in which they are listed."""
    return {mapping.name: mapping for mapping in _ALL}
