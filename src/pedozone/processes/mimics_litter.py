"""Litter of MIMICS: metabolic and structural, a small share of each straight into protected carbon."""

from __future__ import annotations

from pedozone.engine.declarations import Input
from pedozone.engine.process import Process

_RECEIVERS = ("litter_metabolic", "physically_protected", "litter_structural", "chemically_protected")


class MimicsLitter(Process):
    """Leaves and roots divide by their lignin to nitrogen; of the metabolic part a share is physically protected.

    Of the structural part a share is chemically protected. Leaves enter as layered CENTURY's do, falling off
    exponentially with depth, roots where roots are; in one layer everything enters it.
    """

    name = "mimics_litter"
    summary = "leaf and root litter enters metabolic and structural litter and, in part, protected carbon"
    sources = (
        "Wieder et al. 2015, doi:10.5194/gmd-8-1789-2015",
        "Koven et al. 2013, doi:10.5194/bg-10-7109-2013",
    )
    inputs = tuple(Input(pool, source) for source in ("leaf", "root") for pool in _RECEIVERS)
    parameters = ("direct_metabolic_share", "direct_structural_share", "surface_litter_depth")

    def supply(self, environment, parameters):  # noqa: D102 (inherited)
        surface = environment.layers.exponential(parameters["surface_litter_depth"])
        entering = []
        for amount in (environment.leaf * surface, environment.root * environment.root_share):
            for part, share in (
                (environment.metabolic, parameters["direct_metabolic_share"]),
                (1.0 - environment.metabolic, parameters["direct_structural_share"]),
            ):
                entering += [amount * part * (1.0 - share), amount * part * share]
        return tuple(entering)
