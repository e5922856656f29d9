"""Decay of plant residues in CENTURY, slowed by lignin."""

from __future__ import annotations

import jax.numpy as jnp

from pedozone.engine.declarations import Kind, Loss, Transfer
from pedozone.engine.process import Process

_DECAY = "litter decomposition"
_LIGNIN = "lignin decomposition"
_BREATH = "respiration of decomposers"


class CenturyLitterDecay(Process):
    """Structural residues decay at ``k exp(-3 L)``: their lignin to slow carbon, the rest to active; metabolic at k.

    What is not passed on is respired: of lignin 30 %, of the rest 45 % on the surface and 55 % in the soil, of
    metabolic residues 55 %.
    """

    name = "century_litter_decay"
    summary = "structural and metabolic residues become active and slow carbon"
    sources = ("Parton et al. 1987, doi:10.2136/sssaj1987.03615995005100050015x",)
    transfers = (
        Transfer("surface_structural", "active", Kind.BIOTIC, _DECAY),
        Transfer("surface_structural", "slow", Kind.BIOTIC, _LIGNIN),
        Transfer("surface_metabolic", "active", Kind.BIOTIC, _DECAY),
        Transfer("soil_structural", "active", Kind.BIOTIC, _DECAY),
        Transfer("soil_structural", "slow", Kind.BIOTIC, _LIGNIN),
        Transfer("soil_metabolic", "active", Kind.BIOTIC, _DECAY),
    )
    losses = tuple(
        Loss(pool, "respired", Kind.BIOTIC, _BREATH)
        for pool in ("surface_structural", "surface_metabolic", "soil_structural", "soil_metabolic")
    )
    parameters = (
        "surface_structural_decay_rate",
        "surface_metabolic_decay_rate",
        "soil_structural_decay_rate",
        "soil_metabolic_decay_rate",
        "lignin_inhibition",
        "lignin_to_slow",
        "surface_structural_to_active",
        "soil_structural_to_active",
        "metabolic_to_active",
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        def structural(place: str, lignin):
            rate = parameters[f"{place}_structural_decay_rate"] * jnp.exp(-parameters["lignin_inhibition"] * lignin)
            decay = rate * environment.activity
            active = parameters[f"{place}_structural_to_active"] * (1.0 - lignin)
            slow = parameters["lignin_to_slow"] * lignin
            return decay * active, decay * slow, decay * (1.0 - active - slow)

        def metabolic(place: str):
            decay = parameters[f"{place}_metabolic_decay_rate"] * environment.activity
            active = parameters["metabolic_to_active"]
            return decay * active, decay * (1.0 - active)

        above = structural("surface", environment.surface.structural_lignin)
        below = structural("soil", environment.soil.structural_lignin)
        surface, soil = metabolic("surface"), metabolic("soil")
        passed_on = (above[0], above[1], surface[0], below[0], below[1], soil[0])
        return (*passed_on, above[2], surface[1], below[2], soil[1])

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        return prepared
