"""Litter of layered CENTURY, as in CLM: what plants give, by depth, and its decay."""

from __future__ import annotations

from pedozone.engine.declarations import Input, Kind, Loss, Transfer
from pedozone.engine.process import Process

_SOURCES = ("Koven et al. 2013, doi:10.5194/bg-10-7109-2013",)
_DECAY = "litter decomposition"
_BREATH = "respiration of decomposers"


class ClmLitterInputs(Process):
    """Leaves and fine roots divide into labile, cellulose and lignin; wood enters the coarse debris.

    What grows above the ground falls off exponentially with depth, what grows below follows the roots.
    """

    name = "clm_litter_inputs"
    summary = "leaves, roots and wood enter the litter of the layers"
    sources = _SOURCES
    inputs = (
        *(Input(f"litter_{part}", source) for source in ("leaf", "root") for part in ("labile", "cellulose", "lignin")),
        Input("coarse_wood", "stem"),
        Input("coarse_wood", "coarse_root"),
    )
    parameters = ("litter_labile_fraction", "litter_cellulose_fraction", "surface_litter_depth")

    def supply(self, environment, parameters):  # noqa: D102 (inherited)
        labile, cellulose = parameters["litter_labile_fraction"], parameters["litter_cellulose_fraction"]
        parts = (labile, cellulose, 1.0 - labile - cellulose)
        surface = environment.layers.exponential(parameters["surface_litter_depth"])
        roots, plants = environment.root_share, environment.plants
        fine = tuple(
            part * amount * share for amount, share in ((plants.leaf, surface), (plants.root, roots)) for part in parts
        )
        return (*fine, plants.stem * surface, plants.coarse_root * roots)


class ClmLitterDecay(Process):
    """Labile litter and cellulose feed the active pool, lignin the slow one; wood falls apart into the last two."""

    name = "clm_litter_decay"
    summary = "litter becomes active and slow carbon, coarse wood becomes litter"
    sources = _SOURCES
    transfers = (
        Transfer("coarse_wood", "litter_cellulose", Kind.BIOTIC, "fragmentation"),
        Transfer("coarse_wood", "litter_lignin", Kind.BIOTIC, "fragmentation"),
        Transfer("litter_labile", "active", Kind.BIOTIC, _DECAY),
        Transfer("litter_cellulose", "active", Kind.BIOTIC, _DECAY),
        Transfer("litter_lignin", "slow", Kind.BIOTIC, _DECAY),
    )
    losses = tuple(
        Loss(pool, "respired", Kind.BIOTIC, _BREATH) for pool in ("litter_labile", "litter_cellulose", "litter_lignin")
    )
    parameters = (
        "coarse_wood_decay_rate",
        "labile_decay_rate",
        "cellulose_decay_rate",
        "lignin_decay_rate",
        "wood_to_cellulose",
        "labile_to_active",
        "cellulose_to_active",
        "lignin_to_slow",
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        activity = environment.activity
        wood = parameters["coarse_wood_decay_rate"] * activity
        to_cellulose = parameters["wood_to_cellulose"]
        passed, respired = [], []
        for litter, receiver in (("labile", "active"), ("cellulose", "active"), ("lignin", "slow")):
            decay, kept = parameters[f"{litter}_decay_rate"] * activity, parameters[f"{litter}_to_{receiver}"]
            passed.append(decay * kept)
            respired.append(decay * (1.0 - kept))
        return (wood * to_cellulose, wood * (1.0 - to_cellulose), *passed, *respired)

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        return prepared
