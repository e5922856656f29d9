"""A reactive network like BAMS1: polymers, monomers, fungi, bacteria and mineral surfaces, and water that moves."""

from __future__ import annotations

from pedozone.engine.declarations import Pool, Role
from pedozone.engine.process import Process
from pedozone.models.solute import SoluteAssembly
from pedozone.processes.bams_kinetics import BamsDepolymerisation, BamsMortality, BamsUptake
from pedozone.processes.bams_leaching import BamsLeaching
from pedozone.processes.bams_litter import BamsLitter
from pedozone.processes.bams_network import MONOMERS
from pedozone.processes.bams_sorption import BamsSorption

POOLS = (
    Pool("lignin", Role.FRESH, None, "lignin of plants", ("structural",)),
    Pool("cellulose", Role.FRESH, None, "cellulose of plants", ("structural",)),
    Pool("hemicellulose", Role.FRESH, None, "hemicellulose of plants", ("structural",)),
    Pool("protein", Role.RESIDUE, None, "proteins of plants and of dead microbes", ("metabolic",)),
    Pool("cell_wall", Role.RESIDUE, None, "cell walls of dead microbes"),
    Pool("phenols", Role.DISSOLVED, "dissolved", "phenols, from lignin"),
    Pool("sugars", Role.DISSOLVED, "dissolved", "monosaccharides"),
    Pool("amino_acids", Role.DISSOLVED, "dissolved", "amino acids"),
    Pool("lipids", Role.DISSOLVED, "dissolved", "lipids"),
    Pool("nucleotides", Role.DISSOLVED, "dissolved", "nucleotides"),
    Pool("fungi", Role.LIVING, None, "fungi"),
    Pool("bacteria", Role.LIVING, None, "heterotrophic bacteria"),
    *(Pool(f"sorbed_{name}", Role.MINERAL, None, f"{name.replace('_', ' ')} on mineral surfaces") for name in MONOMERS),
)


def processes() -> tuple[Process, ...]:
    """The processes of the model."""
    return (
        BamsLitter(),
        BamsDepolymerisation(),
        BamsUptake(),
        BamsMortality(),
        BamsSorption(),
        BamsLeaching(),
    )


class BamsLike(SoluteAssembly):
    """Polymers fall into monomers, which fungi and bacteria take up, minerals hold and water carries.

    The site is a `SoluteSoil`, the year a `pedozone.models.solute.Forcing`. This is not BAMS1: it has that model's cast
    and plot, in carbon alone. Oxygen, nitrogen and diffusion in water are left out; kinetics are those of the
    equilibrium chemistry approximation in the stead of Monod's; death hangs on density; monomers share one capacity.

    Parameters
    ----------
    cells, organic : int
        Layers; there are no organic slots.

    References
    ----------
    Riley et al. (2014), doi:10.5194/gmd-7-1335-2014; Dwivedi et al. (2017), doi:10.1016/j.soilbio.2016.12.019.
    """

    def __init__(self, cells: int = 20, organic: int = 0) -> None:
        super().__init__(POOLS, processes(), cells, organic)
