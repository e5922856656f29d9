"""Litter of Millennial: particulate and dissolved."""

from __future__ import annotations

from pedozone.engine.declarations import Input
from pedozone.engine.process import Process


class MillennialLitter(Process):
    """A fixed share of net primary production enters as particulate carbon, the rest as dissolved."""

    name = "millennial_litter"
    summary = "plant litter enters particulate and low molecular weight carbon"
    sources = ("Abramoff et al. 2022, doi:10.1016/j.soilbio.2021.108466",)
    inputs = (Input("pom", "litter"), Input("lmwc", "litter"))
    parameters = ("particulate_share",)

    def supply(self, environment, parameters):  # noqa: D102 (inherited)
        particulate = parameters["particulate_share"] * environment.litter
        return particulate, environment.litter - particulate
