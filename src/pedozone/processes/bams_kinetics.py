"""Depolymerisation, uptake and death in the BAMS1-like network."""

from __future__ import annotations

from typing import Any

from pedozone.engine.declarations import Kind, Loss, Transfer
from pedozone.engine.process import Process
from pedozone.processes.bams_network import ECA, FUNGAL, GROUPS, MONOMERS, POLYMERS, REMAINS, SOURCES


def _total(state, pools):
    return sum(state[pool] for pool in pools)


class BamsDepolymerisation(Process):
    """Polymers compete for the enzymes of microbes: ``V_i f(T) E/(K + S + B)`` of each falls into its monomer.

    S is all polymers, B all microbes, E the fungi for lignin and both groups for the rest: the equilibrium chemistry
    approximation with one half saturation.
    """

    name = "bams_depolymerisation"
    summary = "fungi and bacteria break polymers into monomers"
    sources = (*SOURCES, ECA)
    transfers = tuple(
        Transfer(polymer, monomer, Kind.BIOTIC, "depolymerisation") for polymer, monomer in POLYMERS.items()
    )
    parameters = (
        *(f"{polymer}_depolymerisation_rate" for polymer in POLYMERS),
        "polymer_half_saturation",
        "biotic_energy",
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        warmth = environment.warmth(parameters["biotic_energy"])
        return tuple(parameters[f"{polymer}_depolymerisation_rate"] * warmth for polymer in POLYMERS)

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        microbes = _total(state, GROUPS)
        bound = 1.0 / (parameters["polymer_half_saturation"] + _total(state, POLYMERS) + microbes)
        attacking = (state["fungi"] if polymer in FUNGAL else microbes for polymer in POLYMERS)
        return tuple(rate * enzymes * bound for rate, enzymes in zip(prepared, attacking, strict=True))


class BamsUptake(Process):
    """Monomers compete for microbes and microbes for monomers: ``V_j f(T) B_j/(K + D + B)`` of each is taken up.

    D is all monomers, B all microbes. Bacteria take up phenols less eagerly. Each group grows with its own share.
    """

    name = "bams_uptake"
    summary = "fungi and bacteria take up monomers, grow with part of them and respire the rest"
    sources = (*SOURCES, ECA)
    transfers = tuple(Transfer(monomer, group, Kind.BIOTIC, "growth") for monomer in MONOMERS for group in GROUPS)
    losses = tuple(Loss(monomer, "respired", Kind.BIOTIC, "growth respiration") for monomer in MONOMERS)
    parameters = (
        *(f"{group}_uptake_rate" for group in GROUPS),
        *(f"{group}_growth_efficiency" for group in GROUPS),
        "bacteria_phenol_preference",
        "monomer_half_saturation",
        "biotic_energy",
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        warmth = environment.warmth(parameters["biotic_energy"])
        return tuple(parameters[f"{group}_uptake_rate"] * warmth for group in GROUPS)

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        p = parameters
        bound = 1.0 / (p["monomer_half_saturation"] + _total(state, MONOMERS) + _total(state, GROUPS))
        growth, breath = [], []
        for monomer in MONOMERS:
            eager = {"fungi": 1.0, "bacteria": p["bacteria_phenol_preference"] if monomer == "phenols" else 1.0}
            taken = {
                group: eager[group] * rate * state[group] * bound for group, rate in zip(GROUPS, prepared, strict=True)
            }
            growth.extend(p[f"{group}_growth_efficiency"] * taken[group] for group in GROUPS)
            breath.append(sum((1.0 - p[f"{group}_growth_efficiency"]) * taken[group] for group in GROUPS))
        return (*growth, *breath)


class BamsMortality(Process):
    """Death by density, ``k B`` per unit of biomass, so that both groups can live; the dead are split by make-up."""

    name = "bams_mortality"
    summary = "microbes die and become proteins, lipids, nucleotides, sugars and cell walls"
    sources = (*SOURCES, "Georgiou et al. 2017, doi:10.1038/s41467-017-01116-z")
    transfers = tuple(Transfer(group, pool, Kind.BIOTIC, "death") for group in GROUPS for pool in REMAINS)
    parameters = (*(f"{group}_death_rate" for group in GROUPS), *(f"dead_to_{pool}" for pool in REMAINS[:-1]))

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        shares: list[Any] = [parameters[f"dead_to_{pool}"] for pool in REMAINS[:-1]]
        shares.append(1.0 - sum(shares))
        death = [parameters[f"{group}_death_rate"] * state[group] for group in GROUPS]
        return tuple(rate * share for rate in death for share in shares)
