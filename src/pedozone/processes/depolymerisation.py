"""Breakdown of particulate and residual carbon to dissolved carbon, limited by the decomposers there are."""

from __future__ import annotations

from pedozone.engine.declarations import Kind, Loss, Transfer
from pedozone.engine.process import Process

FROM_PLANTS = ("litter_metabolic", "litter_structural", "pom_macro", "pom_micro")
FROM_ELSEWHERE = ("necromass", "pyrogenic")


class Depolymerisation(Process):
    """Reverse Michaelis-Menten kinetics: ``k = V f_T f_W [phi0 + (1 - phi0) B / (K_B + B)]``.

    Energy limitation and priming emerge: where few microbes live, substrate lasts.

    Parameters
    ----------
    of_plants, of_microbes : str
        Dissolved pools that take up what plants and what microbes left.
    """

    name = "depolymerisation"
    summary = "particulate carbon, necromass and charcoal become dissolved carbon"
    sources = (
        "Ahrens et al. 2015, doi:10.1016/j.soilbio.2015.06.008",
        "Sulman et al. 2014, doi:10.1038/nclimate2436",
        "pedozone: a basal share that needs no decomposers",
    )
    transfers = tuple(Transfer(p, "dom", Kind.BIOTIC, "depolymerisation") for p in (*FROM_PLANTS, *FROM_ELSEWHERE))
    parameters = (
        "metabolic_decay_rate",
        "structural_decay_rate",
        "necromass_decay_rate",
        "pyrogenic_decay_rate",
        "macro_occlusion_factor",
        "micro_occlusion_factor",
        "decay_half_saturation",
        "decay_basal_fraction",
        "activation_energy_depolymerisation",
    )

    def __init__(self, of_plants: str = "dom", of_microbes: str = "dom") -> None:
        receivers = [(p, of_plants) for p in FROM_PLANTS] + [(p, of_microbes) for p in FROM_ELSEWHERE]
        self.transfers = tuple(Transfer(p, q, Kind.BIOTIC, "depolymerisation") for p, q in receivers)

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        warm = environment.arrhenius(parameters["activation_energy_depolymerisation"])
        return {
            "activity": warm * environment.moisture_factor,
            "structural": (parameters["structural_decay_rate"] * environment.plants.structural_decay)[None, None],
        }

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        basal, half = parameters["decay_basal_fraction"], parameters["decay_half_saturation"]
        common = prepared["activity"] * (basal + (1.0 - basal) * state.saturation(half))
        structural = prepared["structural"] * common
        return (
            parameters["metabolic_decay_rate"] * common,
            structural,
            parameters["macro_occlusion_factor"] * structural,
            parameters["micro_occlusion_factor"] * structural,
            parameters["necromass_decay_rate"] * common,
            parameters["pyrogenic_decay_rate"] * common,
        )


class WoodDecay(Process):
    """Coarse wood loses mass by fragments, which join structural litter, and to its own decomposers.

    First order with temperature and moisture. Wood lies where it fell: soil animals do not move it.
    """

    name = "wood_decay"
    summary = "coarse wood falls to fragments and is respired where it lies"
    sources = (
        "Harmon et al. 1986, doi:10.1016/S0065-2504(08)60121-X",
        "Lawrence et al. 2019, doi:10.1029/2018MS001583",
    )
    transfers = (Transfer("wood", "litter_structural", Kind.BIOTIC, "fragmentation"),)
    losses = (Loss("wood", "respired", Kind.BIOTIC, "wood respiration"),)
    parameters = ("wood_decay_rate", "wood_respired_share", "activation_energy_depolymerisation")

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        warm = environment.arrhenius(parameters["activation_energy_depolymerisation"])
        return parameters["wood_decay_rate"] * warm * environment.moisture_factor

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        respired = parameters["wood_respired_share"]
        return (1.0 - respired) * prepared, respired * prepared
