"""Litter of COMISSION: polymeric and dissolved."""

from __future__ import annotations

from pedozone.engine.declarations import Input
from pedozone.engine.process import Process


class ComissionLitter(Process):
    """A share of litter enters dissolved, the rest as polymers.

    What falls on top enters exponentially by depth, in the stead of the published organic layer; roots where they are.
    """

    name = "comission_litter"
    summary = "litter enters polymers and dissolved carbon, by depth"
    sources = ("Ahrens et al. 2015, doi:10.1016/j.soilbio.2015.06.008",)
    inputs = (Input("pom", "leaf"), Input("doc", "leaf"), Input("pom", "root"), Input("doc", "root"))
    parameters = ("dissolved_litter_share", "surface_litter_depth")

    def supply(self, environment, parameters):  # noqa: D102 (inherited)
        dissolved = parameters["dissolved_litter_share"]
        leaf, root = environment.litter(parameters["surface_litter_depth"])
        return (1.0 - dissolved) * leaf, dissolved * leaf, (1.0 - dissolved) * root, dissolved * root
