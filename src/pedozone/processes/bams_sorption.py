"""Mineral protection in the BAMS1-like network: every monomer on surfaces that all of them share."""

from __future__ import annotations

from typing import Any

from pedozone.engine.declarations import Kind, Transfer
from pedozone.engine.process import Process
from pedozone.processes.bams_network import MONOMERS, SOURCES
from pedozone.processes.langmuir import langmuir


class BamsSorption(Process):
    """Competitive Langmuir kinetics: to the surfaces ``k_i (q - Q)`` of a monomer, back ``k_d`` of what is sorbed.

    Q is all that is sorbed. With a capacity far above it this is linear exchange.
    """

    name = "bams_sorption"
    summary = "monomers exchange with mineral surfaces, which they share"
    sources = SOURCES
    transfers = tuple(
        flux
        for monomer in MONOMERS
        for flux in (
            Transfer(monomer, f"sorbed_{monomer}", Kind.ABIOTIC, "sorption"),
            Transfer(f"sorbed_{monomer}", monomer, Kind.ABIOTIC, "desorption"),
        )
    )
    parameters = (*(f"{monomer}_sorption_rate" for monomer in MONOMERS), "desorption_rate", "capacity_of_fines")

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        return environment.capacity(parameters["capacity_of_fines"])

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        held: Any = sum(state[f"sorbed_{monomer}"] for monomer in MONOMERS)
        return tuple(
            rate
            for monomer in MONOMERS
            for rate in langmuir(
                parameters[f"{monomer}_sorption_rate"], parameters["desorption_rate"], prepared, state[monomer], held
            )
        )
