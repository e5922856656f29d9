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
)

NOT_MAPPED = {
    "n14cp": "its plants grow as far as nitrogen lets them, so that it cannot be given the site's plant carbon, and "
    "its soil begins as bare ground, not in balance with a land cover",
}
"""Why a model has no mapping, by its name."""


def mappings() -> dict[str, ModelMapping]:
    """Mappings by the name of the model, in the order in which they are listed."""
    return {mapping.name: mapping for mapping in _ALL}
