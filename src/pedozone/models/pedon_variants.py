"""Zones models by name: which pools, processes and physics each has, and the parameter set that goes with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pedozone.engine.declarations import Pool
from pedozone.engine.process import Process
from pedozone.models import pedon_sets as sets

STRUCTURE, OXYGEN, ROOTING = "structure", "oxygen", "rooting"
GROUNDWATER, NITROGEN, RICHARDS = "groundwater", "nitrogen", "richards"
WEATHERING = "weathering"
PHYSICS = {
    STRUCTURE: "macroporosity follows roots, animals, drying and tillage, and moves density, water, air and bypass",
    OXYGEN: "oxygen diffuses into the soil against respiration",
    ROOTING: "rooting depth adapts to climate, water table, rock and structure",
    NITROGEN: "plants and microbes compete for mineral nitrogen, which caps growth; only where it is asked for",
    RICHARDS: "water moves by Richards' equation instead of the layered bucket; only where it is asked for, a hundred "
    "times slower",
    GROUNDWATER: "a water table saturates what lies below it, and percolation leaves sideways there",
    WEATHERING: "the age of the soil goes on and with it the capacity of clay and silt; only where it is asked for",
}
"""Parts of the surroundings that ``[modes]`` of a site file may switch, beside the processes."""

ON_REQUEST = (NITROGEN, RICHARDS, WEATHERING)
"""Those that are off unless a site file has them modelled."""


@dataclass(frozen=True)
class Variant:
    """Which pools and processes make up a zones model, and the parameter set that goes with them.

    Parameters
    ----------
    pools : tuple of Pool
    processes : callable
        Makes the processes, in the order in which the graph lists their fluxes.
    parameter_set : str
    summary : str
    physics : frozenset of str
        Parts of the surroundings that it can have, of `PHYSICS`.
    """

    pools: tuple[Pool, ...]
    processes: Callable[[], tuple[Process, ...]]
    parameter_set: str
    summary: str
    physics: frozenset[str] = frozenset()


WHOLE_PHYSICS = frozenset(PHYSICS)
"""All of them."""

VARIANTS: dict[str, Variant] = {
    "pedon": Variant(
        sets.WHOLE_POOLS,
        sets.whole_processes,
        "pedon",
        "the zones model with all of its pools and processes",
        WHOLE_PHYSICS,
    ),
    "pedon-core": Variant(
        sets.CORE_POOLS, sets.core_processes, "pedon-core", "the zones model with its core set of eleven pools"
    ),
    "pedon-communities": Variant(
        sets.COMMUNITY_POOLS,
        sets.community_processes,
        "pedon-communities",
        "the zones model with fast and frugal microbes, whose shares by depth emerge",
        WHOLE_PHYSICS,
    ),
    "pedon-origins": Variant(
        sets.ORIGIN_POOLS,
        sets.origin_processes,
        "pedon-origins",
        "the core set with dissolved and exchangeable carbon by origin, whose affinities differ",
    ),
}
"""The zones model by name."""

DEFAULT_VARIANT = "pedon"


def process_names(variant: str = DEFAULT_VARIANT) -> tuple[str, ...]:
    """Names that ``[modes]`` of a site file may switch: processes, then physics."""
    chosen = VARIANTS[variant]
    return (*(p.name for p in chosen.processes()), *(name for name in PHYSICS if name in chosen.physics))


def flux_names(variant: str = DEFAULT_VARIANT) -> dict[str, tuple[str, ...]]:
    """Names of the fluxes of every process, ``donor->receiver``, which a site file may prescribe."""
    return {p.name: tuple(flux.name for flux in (*p.transfers, *p.losses)) for p in VARIANTS[variant].processes()}
