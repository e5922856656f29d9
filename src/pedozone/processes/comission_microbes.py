"""Microbes of COMISSION: they break polymers, take up what dissolves, die and leave residues."""

from __future__ import annotations

from pedozone.engine.declarations import Kind, Loss, Transfer
from pedozone.engine.process import Process

_SOURCES = ("Ahrens et al. 2015, doi:10.1016/j.soilbio.2015.06.008",)


class ComissionDepolymerisation(Process):
    """Polymers and residues dissolve at ``V f(T) B/(K + B)``: where microbes are few, they are what is lacking."""

    name = "comission_depolymerisation"
    summary = "microbes break plant polymers and microbial residues down to dissolved carbon"
    sources = _SOURCES
    transfers = (
        Transfer("pom", "doc", Kind.BIOTIC, "depolymerisation"),
        Transfer("residue", "doc", Kind.BIOTIC, "depolymerisation"),
    )
    parameters = (
        "polymer_depolymerisation_rate",
        "residue_depolymerisation_rate",
        "depolymerisation_half_saturation",
        "depolymerisation_energy",
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        warmth = environment.warmth(parameters["depolymerisation_energy"])
        return (
            parameters["polymer_depolymerisation_rate"] * warmth,
            parameters["residue_depolymerisation_rate"] * warmth,
        )

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        biomass = state["microbial"]
        attacked = biomass / (parameters["depolymerisation_half_saturation"] + biomass)
        return tuple(rate * attacked for rate in prepared)


class ComissionUptake(Process):
    """Michaelis-Menten kinetics in dissolved carbon: ``V f(T) B/(K + D)`` of it, a fixed share of which is growth."""

    name = "comission_uptake"
    summary = "microbes take up dissolved carbon, grow with part of it and respire the rest"
    sources = _SOURCES
    transfers = (Transfer("doc", "microbial", Kind.BIOTIC, "growth"),)
    losses = (Loss("doc", "respired", Kind.BIOTIC, "growth respiration"),)
    parameters = ("uptake_rate", "uptake_half_saturation", "uptake_energy", "growth_efficiency")

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        return parameters["uptake_rate"] * environment.warmth(parameters["uptake_energy"])

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        efficiency = parameters["growth_efficiency"]
        uptake = prepared * state["microbial"] / (parameters["uptake_half_saturation"] + state["doc"])
        return efficiency * uptake, (1.0 - efficiency) * uptake


class ComissionMortality(Process):
    """A fixed share of microbes dies in a year; part of the dead dissolves, the rest is residue."""

    name = "comission_mortality"
    summary = "microbes die and become residues and dissolved carbon"
    sources = _SOURCES
    transfers = (
        Transfer("microbial", "residue", Kind.BIOTIC, "residues"),
        Transfer("microbial", "doc", Kind.BIOTIC, "lysis"),
    )
    parameters = ("death_rate", "dead_to_dissolved")

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        death, dissolved = parameters["death_rate"], parameters["dead_to_dissolved"]
        return (1.0 - dissolved) * death, dissolved * death
