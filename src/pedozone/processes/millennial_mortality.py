"""Death of microbes in Millennial."""

from __future__ import annotations

from pedozone.engine.declarations import Kind, Transfer
from pedozone.engine.process import Process
from pedozone.processes.millennial_environment import DAYS


class MillennialMortality(Process):
    """Density-dependent: ``k_bd B`` per unit of biomass; a share of the dead binds to minerals."""

    name = "millennial_mortality"
    summary = "microbes die and feed mineral-associated and low molecular weight carbon"
    sources = (
        "Abramoff et al. 2022, doi:10.1016/j.soilbio.2021.108466",
        "Georgiou et al. 2017, doi:10.1038/s41467-017-01116-z",
    )
    transfers = (
        Transfer("microbial", "maom", Kind.BIOTIC, "residue sorption"),
        Transfer("microbial", "lmwc", Kind.BIOTIC, "lysis"),
    )
    parameters = ("death_rate", "dead_to_mineral")

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        death = DAYS * parameters["death_rate"] * state["microbial"]
        return parameters["dead_to_mineral"] * death, (1.0 - parameters["dead_to_mineral"]) * death
