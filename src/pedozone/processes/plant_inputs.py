"""Carbon that plants bring: leaf litter, root litter and exudates."""

from __future__ import annotations

from pedozone.engine.declarations import Input
from pedozone.engine.process import Process


class PlantInputs(Process):
    """Leaf litter falls on the organic slot or is mixed in; roots and exudates follow the root profile."""

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
