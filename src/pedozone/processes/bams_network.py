"""The species of a BAMS1-like reactive network: who is broken into what, and of what the dead are made."""

from __future__ import annotations

POLYMERS = {
    "lignin": "phenols",
    "cellulose": "sugars",
    "hemicellulose": "sugars",
    "protein": "amino_acids",
    "cell_wall": "sugars",
}
"""Polymers, with the monomers they fall into."""

MONOMERS = ("phenols", "sugars", "amino_acids", "lipids", "nucleotides")
"""Dissolved; each has a pool that is sorbed."""

GROUPS = ("fungi", "bacteria")

FUNGAL = ("lignin",)
"""Polymers that fungi alone break down."""

REMAINS = ("protein", "lipids", "nucleotides", "sugars", "cell_wall")
"""What dead microbes turn into, the last taking what the others leave."""

SOURCES = (
    "Riley et al. 2014, doi:10.5194/gmd-7-1335-2014",
    "Dwivedi et al. 2017, doi:10.1016/j.soilbio.2016.12.019",
)

ECA = "Tang and Riley 2013, doi:10.5194/bg-10-8329-2013"
