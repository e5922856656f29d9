"""Aqueous transport in the BAMS1-like network."""

from __future__ import annotations

from pedozone.processes.bams_network import SOURCES
from pedozone.processes.comission_transport import ComissionLeaching


class BamsLeaching(ComissionLeaching):
    """Monomers move at the velocity of water, flux over water content, and leave at the base; nothing else moves."""

    name = "bams_leaching"
    summary = "monomers move with the water"
    sources = SOURCES
