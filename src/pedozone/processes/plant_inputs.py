"""Carbon that plants bring: leaf litter, root litter and exudates."""

from __future__ import annotations

import jax.numpy as jnp

from pedozone.engine.declarations import Input
from pedozone.engine.process import Process


class PlantInputs(Process):
    """Leaf litter falls on the organic slot or is mixed in; roots and exudates follow the root profile.

    Parameters
    ----------
    solution : str
        Dissolved pool that exudates enter.
    """

    name = "plant_inputs"
    summary = "leaf, root and exudate carbon enters by source"
    sources = ("Jackson et al. 1996, doi:10.1007/BF00333714",)
    inputs = (
        Input("litter_metabolic", "leaf"),
        Input("litter_structural", "leaf"),
        Input("litter_metabolic", "root"),
        Input("litter_structural", "root"),
        Input("dom", "exudate"),
    )

    def __init__(self, solution: str = "dom") -> None:
        self.inputs = (*PlantInputs.inputs[:-1], Input(solution, "exudate"))

    def supply(self, environment, parameters):  # noqa: D102 (inherited)
        plants = environment.plants
        leaf = plants.leaf[:, None] * plants.leaf_share
        root = plants.root[:, None] * plants.root_share
        exudate = plants.exudate[:, None] * plants.root_share
        return (
            leaf * plants.leaf_metabolic,
            leaf * (1.0 - plants.leaf_metabolic),
            root * plants.root_metabolic,
            root * (1.0 - plants.root_metabolic),
            exudate,
        )


class WoodAndHyphae(PlantInputs):
    """Beside litter and exudates: wood on the ground, hyphae of mycorrhiza, and the microbes that litter brings along.

    Hyphae die into residues and count as exudates: the source is the plant's, not the decomposer's. Leaves and roots
    are colonised before they die; a small share of their carbon, `litter_inoculum`, arrives as living microbes. It
    hardly matters where microbes thrive, but fresh litter that is cold, or soon carried on, is never without any.

    Parameters
    ----------
    solution : str
        Dissolved pool that exudates enter.
    living : str
        Pool of the microbes that come with litter.
    """

    name = "wood_and_hyphae"
    summary = "leaf, wood, root and exudate carbon enters by source, with mycorrhizal hyphae and microbes in the litter"
    sources = (
        "Jackson et al. 1996, doi:10.1007/BF00333714",
        "Godbold et al. 2006, doi:10.1007/s11104-005-3701-6",
        "Osono et al. 2004, doi:10.1007/s10267-003-0155-7",
    )
    inputs = (
        *PlantInputs.inputs,
        Input("wood", "wood"),
        Input("necromass", "exudate"),
        Input("microbial", "leaf"),
        Input("microbial", "root"),
    )
    parameters = ("litter_inoculum",)

    def __init__(self, solution: str = "dom", living: str = "microbial") -> None:
        super().__init__(solution)
        own = type(self).inputs[len(PlantInputs.inputs) :]
        self.inputs = (*self.inputs, *own[:2], *(Input(living, entry.source) for entry in own[2:]))

    def supply(self, environment, parameters):  # noqa: D102 (inherited)
        leaf_metabolic, leaf, root_metabolic, root, exudate = super().supply(environment, parameters)
        plants, living = environment.plants, parameters["litter_inoculum"]
        surface = jnp.zeros_like(plants.leaf_share).at[0].set(1.0)
        wood = (plants.wood * surface)[None]
        return (
            *((1.0 - living) * dead for dead in (leaf_metabolic, leaf, root_metabolic, root)),
            (1.0 - plants.mycorrhizal) * exudate,
            wood,
            plants.mycorrhizal * exudate,
            living * (leaf_metabolic + leaf),
            living * (root_metabolic + root),
        )
