"""The nitrogen of a recorded simulation: stocks, fluxes and their balance."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from pedozone.simulation.years import Record

Variables = dict[str, tuple[tuple[str, ...], Any]]


def nitrogen_variables(record: Record) -> Variables:
    """Variables of nitrogen of a run (one column); none where it is not modelled."""
    state, fluxes = record.physical.nitrogen, record.nitrogen
    if state is None or fluxes is None:
        return {}
    state, fluxes = jax.tree.map(lambda a: np.asarray(a)[..., 0], (state, fluxes))
    organic = np.einsum("tpc,tpc->tc", record.stocks[:, 0, :, :, 0], state.per_carbon) - state.shortage
    held = (organic + state.mineral).sum(axis=-1)
    opening = fluxes.opening.sum(axis=-1)
    into = fluxes.litter.sum(axis=-1) + fluxes.deposition + fluxes.fertiliser + fluxes.fixation.sum(axis=-1)
    leached, organic_loss = fluxes.leaching[:, -1], fluxes.organic_loss.sum(axis=-1)
    out = fluxes.plant_uptake.sum(axis=-1) + leached + organic_loss + fluxes.gaseous.sum(axis=-1)
    new_label = fluxes.relabelled.sum(axis=-1)
    year, by_layer = ("year",), ("year", "layer")
    return {
        "production_share": (year, fluxes.production),
        "mineral_nitrogen": (("time", "layer"), state.mineral),
        "organic_nitrogen": (("time", "layer"), organic),
        "nitrogen_mineralisation": (by_layer, fluxes.mineralisation),
        "nitrogen_immobilisation": (by_layer, fluxes.immobilisation),
        "nitrogen_uptake": (by_layer, fluxes.plant_uptake),
        "nitrogen_demand": (by_layer, fluxes.plant_demand),
        "nitrogen_litter": (by_layer, fluxes.litter),
        "nitrogen_deposition": (year, fluxes.deposition),
        "nitrogen_fertiliser": (year, fluxes.fertiliser),
        "nitrogen_fixation": (by_layer, fluxes.fixation),
        "nitrogen_leaching": (year, leached),
        "organic_nitrogen_loss": (year, organic_loss),
        "nitrogen_gaseous_loss": (by_layer, fluxes.gaseous),
        "nitrogen_event_change": (year, opening - held[:-1]),
        "nitrogen_relabelled": (year, new_label),
        "nitrogen_residual": (year, held[1:] - opening - new_label - into + out),
    }
