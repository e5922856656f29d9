"""Maturation of mineral-associated carbon and its release where microbes are active."""

from __future__ import annotations

from pedozone.engine.declarations import Kind, Transfer
from pedozone.engine.process import Process


class Stabilisation(Process):
    """Exchangeable and residual carbon mature onto decadal and stable surfaces; activity releases it.

    Gains scale with the room left; ``maom_intermediate -> dom`` is
    ``k_i f_T [f_i + (1 - f_i) B / (K_i + B)]``, ``maom_stable -> dom`` alike; both release more where the capacity
    is overfull.

    Parameters
    ----------
    surfaces : tuple of str
        Exchangeable pools that mature.
    solution : str
        Dissolved pool that takes up what is released.
    """

    name = "stabilisation"
    summary = "mineral-associated carbon matures over decades to millennia and is released by activity"
    sources = (
        "Georgiou et al. 2022, doi:10.1038/s41467-022-31540-9",
        "Rasmussen et al. 2018, doi:10.1007/s10533-018-0424-3",
        "Rowley et al. 2018, doi:10.1007/s10533-017-0410-1",
        "Henneron et al. 2022, doi:10.1038/s41467-022-34951-w",
        "Ahrens et al. 2020, Soil Biology and Biochemistry 148",
        "pedozone: the intermediate surface, and release where capacity falls",
    )
    transfers = (
        Transfer("maom_exchangeable", "maom_intermediate", Kind.ABIOTIC, "maturation"),
        Transfer("necromass", "maom_intermediate", Kind.ABIOTIC, "residue sorption"),
        Transfer("maom_intermediate", "maom_stable", Kind.ABIOTIC, "maturation"),
        Transfer("maom_intermediate", "dom", Kind.BIOTIC, "desorption"),
        Transfer("maom_stable", "dom", Kind.BIOTIC, "desorption"),
    )
    parameters = (
        "exchangeable_maturation_rate",
        "necromass_sorption_rate",
        "intermediate_maturation_rate",
        "intermediate_desorption_rate",
        "intermediate_basal_fraction",
        "intermediate_half_saturation",
        "stable_desorption_rate",
        "stable_basal_fraction",
        "stable_half_saturation",
        "overfull_release_rate",
        "activation_energy_desorption",
        "capacity_high_activity",
        "capacity_low_activity",
        "oxide_stable_capacity",
        "calcium_ph_midpoint",
        "calcium_ph_width",
        "calcium_capacity_strength",
        "activity_capacity_strength",
        "sodium_capacity_strength",
        "sodium_half_dispersion",
        "salinity_half_flocculation",
    )

    def __init__(self, surfaces: tuple[str, ...] = ("maom_exchangeable",), solution: str = "dom") -> None:
        self.surfaces = surfaces
        self.transfers = (
            *(Transfer(surface, "maom_intermediate", Kind.ABIOTIC, "maturation") for surface in surfaces),
            Transfer("necromass", "maom_intermediate", Kind.ABIOTIC, "residue sorption"),
            Transfer("maom_intermediate", "maom_stable", Kind.ABIOTIC, "maturation"),
            Transfer("maom_intermediate", solution, Kind.BIOTIC, "desorption"),
            Transfer("maom_stable", solution, Kind.BIOTIC, "desorption"),
        )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        return environment.arrhenius(parameters["activation_energy_desorption"])

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        def released(rate: str, basal: str, half: str):
            share = parameters[basal] + (1.0 - parameters[basal]) * state.activity(parameters[half])
            return parameters[rate] * prepared * share + excess

        excess = parameters["overfull_release_rate"] * state.overfull
        room = state.room
        return (
            *(parameters["exchangeable_maturation_rate"] * prepared * room for _ in self.surfaces),
            parameters["necromass_sorption_rate"] * room,
            parameters["intermediate_maturation_rate"] * prepared * room,
            released(
                "intermediate_desorption_rate",
                "intermediate_basal_fraction",
                "intermediate_half_saturation",
            ),
            released("stable_desorption_rate", "stable_basal_fraction", "stable_half_saturation"),
        )
