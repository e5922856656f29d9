"""Litter of the BAMS1-like network: polymers, and sugars that dissolve at once."""

from __future__ import annotations

from typing import Any

from pedozone.engine.declarations import Input
from pedozone.engine.process import Process
from pedozone.processes.bams_network import SOURCES

_PARTS = ("lignin", "cellulose", "hemicellulose", "protein")


class BamsLitter(Process):
    """Litter divides into lignin, cellulose, hemicellulose and protein; what is left enters as sugars."""

    name = "bams_litter"
    summary = "litter enters plant polymers and sugars, by depth"
    sources = SOURCES
    inputs = tuple(Input(pool, source) for source in ("leaf", "root") for pool in (*_PARTS, "sugars"))
    parameters = (*(f"litter_{part}" for part in _PARTS), "surface_litter_depth")

    def supply(self, environment, parameters):  # noqa: D102 (inherited)
        shares: list[Any] = [parameters[f"litter_{part}"] for part in _PARTS]
        shares.append(1.0 - sum(shares))
        return tuple(
            share * litter for litter in environment.litter(parameters["surface_litter_depth"]) for share in shares
        )
