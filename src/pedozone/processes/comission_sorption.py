"""Sorption of COMISSION: dissolved carbon on mineral surfaces up to a capacity."""

from __future__ import annotations

from pedozone.engine.declarations import Kind, Transfer
from pedozone.engine.process import Process
from pedozone.processes.langmuir import langmuir


class ComissionSorption(Process):
    """Langmuir kinetics: to the surfaces ``k_a f (q - Q)`` of dissolved carbon, back ``k_d f`` of what is sorbed.

    The capacity q is a mass of carbon by mass of clay and silt. Where more is sorbed than that, as in a place that lost
    its clay, the flux to the surfaces changes its sign: it is then a coefficient of what is sorbed, the same flux.
    """

    name = "comission_sorption"
    summary = "dissolved carbon exchanges with mineral surfaces that can be full"
    sources = (
        "Ahrens et al. 2015, doi:10.1016/j.soilbio.2015.06.008",
        "Ahrens et al. 2020, doi:10.1016/j.soilbio.2020.107912",
    )
    transfers = (
        Transfer("doc", "sorbed", Kind.ABIOTIC, "sorption"),
        Transfer("sorbed", "doc", Kind.ABIOTIC, "desorption"),
    )
    parameters = ("sorption_rate", "sorption_energy", "desorption_rate", "desorption_energy", "capacity_of_fines")

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        p = parameters
        return {
            "sorbing": p["sorption_rate"] * environment.warmth(p["sorption_energy"]),
            "desorbing": p["desorption_rate"] * environment.warmth(p["desorption_energy"]),
            "capacity": environment.capacity(p["capacity_of_fines"]),
        }

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        sorbed = state["sorbed"]
        return langmuir(prepared["sorbing"], prepared["desorbing"], prepared["capacity"], state["doc"], sorbed)
