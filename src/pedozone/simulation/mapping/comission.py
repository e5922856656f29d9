"""COMISSION on the site's own layers."""

from __future__ import annotations

from pedozone.engine.spinup import SpinupOptions
from pedozone.models.comission import Comission
from pedozone.simulation.mapping import solute
from pedozone.simulation.mapping.mapped import Line, Mapped, ModelMapping
from pedozone.simulation.mapping.site_years import SiteYears

_AHRENS = "Ahrens et al. 2015, doi:10.1016/j.soilbio.2015.06.008"


def build(years: SiteYears) -> Mapped:
    """Map a site on COMISSION."""
    lines = [
        Line("quality of litter", "(not used)", "15 % of all litter enters dissolved, a choice of pedozone"),
        Line("mixing by animals, tillage", "(not used)", "one diffusivity over bulk density at all times", _AHRENS),
    ]
    # where water brings no more dissolved carbon than microbes need to live, none live: a steady state of this model
    return solute.build(years, Comission, "comission", lines, SpinupOptions(living=0.0))


NOTE = (
    "with the values that were found, its minerals are about a third full at every depth, so that its stock goes on "
    "growing with the depth of the column. Their capacity, 79 g C per kg of clay and silt, is the usual one of the "
    "code of its successor; the paper measured it at its one forest soil. Its level below the topsoil tells of that"
)

MAPPING = ModelMapping("comission", "COMISSION", "the site's layers", build, NOTE)
