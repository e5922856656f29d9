"""COMISSION: microbes, sorption to a capacity and dissolved transport down a mineral soil."""

from __future__ import annotations

from pedozone.engine.declarations import Pool, Role
from pedozone.engine.process import Process
from pedozone.models.solute import SoluteAssembly
from pedozone.processes.comission_litter import ComissionLitter
from pedozone.processes.comission_microbes import ComissionDepolymerisation, ComissionMortality, ComissionUptake
from pedozone.processes.comission_sorption import ComissionSorption
from pedozone.processes.comission_transport import ComissionLeaching, ComissionMixing

POOLS = (
    Pool("pom", Role.FRESH, "mixing", "plant polymers, particulate", ("structural",)),
    Pool("doc", Role.DISSOLVED, "dissolved", "dissolved carbon"),
    Pool("microbial", Role.LIVING, "mixing", "living microbial biomass"),
    Pool("residue", Role.RESIDUE, "mixing", "residues of dead microbes"),
    Pool("sorbed", Role.MINERAL, "mixing", "carbon on mineral surfaces"),
)


def processes() -> tuple[Process, ...]:
    """The processes of the model."""
    return (
        ComissionLitter(),
        ComissionDepolymerisation(),
        ComissionUptake(),
        ComissionMortality(),
        ComissionSorption(),
        ComissionLeaching(),
        ComissionMixing(),
    )


class Comission(SoluteAssembly):
    """Polymers, dissolved carbon, microbes, their residues and sorbed carbon in every layer of a mineral soil.

    The site is a `SoluteSoil`, the year a `pedozone.models.solute.Forcing`. Concentrations are by volume of soil.

    The published model has an organic layer, which loss of mass below and litter above move; this one has none: litter
    from above enters the first centimetres, exponentially by depth. The equations rest on memory of the paper and on
    public code of its successor that names its equations.

    Parameters
    ----------
    cells, organic : int
        Layers; there are no organic slots.

    References
    ----------
    Ahrens et al. (2015), doi:10.1016/j.soilbio.2015.06.008.
    """

    def __init__(self, cells: int = 20, organic: int = 0) -> None:
        super().__init__(POOLS, processes(), cells, organic)
