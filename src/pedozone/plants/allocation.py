"""Carbon given to the soil by a crop, from its yield (Bolinder et al. 2007).

A crop's annual net primary production is divided into four parts by relative coefficients that
sum to one: the harvested product, the straw or other residue above ground, the roots, and the
extra-root carbon (exudates and what sloughs off living roots). The yield fixes the product, the
coefficients the rest.

Bolinder, M.A., Janzen, H.H., Gregorich, E.G., Angers, D.A., VandenBygaart, A.J. (2007): An
approach for estimating net primary productivity and annual carbon inputs to soil for common
agricultural crops in Canada. Agriculture, Ecosystems & Environment 118, 29-42,
doi:10.1016/j.agee.2006.05.013.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pedozone.plants.errors import PlantError, unknown_name

SOURCE = "Bolinder et al. 2007"
DOI = "10.1016/j.agee.2006.05.013"

#: kg C per kg dry matter, for every part of the plant (Bolinder et al. 2007).
CARBON_OF_DRY_MATTER = 0.45

# t ha-1 to kg m-2
_KG_M2_PER_T_HA = 0.1

#: Where a coefficient was confirmed: the table of the Holos farm model, which names the paper.
_HOLOS = "as tabulated for Holos 4 (Agriculture and Agri-Food Canada), which cites the paper"
_RATIO = "from memory; agrees with the paper's mean shoot:root ratio of 7.4 and extra-root 0.65"


@dataclass(frozen=True)
class CropAllocation:
    """Relative carbon allocation of one crop.

    Parameters
    ----------
    name : str
        Name of the crop, as a site file writes it.
    product, residue, root, extra_root : float
        Shares of net primary production (-), which sum to 1.
    returned_product : float
        Share of the product that is lost to the soil at harvest (-).
    annual_root_return : float
        Share of the roots that becomes litter in a year (-): 1 for annual crops.
    status : {"cited", "recalled"}
        Whether the coefficients were read from a source or written from memory.
    note : str
        Where they come from, beyond `SOURCE`.
    """

    name: str
    product: float
    residue: float
    root: float
    extra_root: float
    status: Literal["cited", "recalled"]
    note: str
    returned_product: float = 0.0
    annual_root_return: float = 1.0

    @property
    def shoot_root_ratio(self) -> float:
        """Carbon above ground over carbon in roots (-)."""
        return (self.product + self.residue) / self.root


#: Half of the roots of a perennial stand die in a year: 0.53 yr-1 in grassland.
_PERENNIAL_ROOTS = "root turnover 0.5 yr-1 after Gill and Jackson 2000, from memory"

#: Crops known, by name.
CROPS: dict[str, CropAllocation] = {
    crop.name: crop
    for crop in (
        CropAllocation("small-grain-cereals", 0.335, 0.482, 0.110, 0.073, "recalled", _RATIO),
        CropAllocation("wheat", 0.322, 0.482, 0.118, 0.078, "recalled", "from memory"),
        CropAllocation("barley", 0.451, 0.400, 0.090, 0.059, "cited", _HOLOS),
        CropAllocation("oats", 0.319, 0.283, 0.241, 0.157, "cited", _HOLOS),
        CropAllocation("triticale", 0.260, 0.506, 0.142, 0.092, "cited", _HOLOS),
        CropAllocation("maize", 0.386, 0.387, 0.138, 0.089, "cited", _HOLOS),
        CropAllocation("soybean", 0.304, 0.455, 0.146, 0.095, "cited", _HOLOS),
        CropAllocation(
            "perennial-forage",
            0.492,
            0.0,
            0.308,
            0.200,
            "cited",
            f"{_HOLOS}; {_PERENNIAL_ROOTS}",
            annual_root_return=0.5,
        ),
        CropAllocation(
            "sown-grass",
            0.441,
            0.0,
            0.339,
            0.220,
            "cited",
            f"{_HOLOS}; {_PERENNIAL_ROOTS}",
            annual_root_return=0.5,
        ),
    )
}


class CropInputs(NamedTuple):
    """Annual plant inputs, kg C m-2 yr-1, by source."""

    leaf: float
    root: float
    exudate: float


def crop_production(name: str, yield_t_ha: float, moisture_percent: float = 0.0) -> float:
    """Net primary production of a crop from its yield, kg C m-2 yr-1.

    Parameters
    ----------
    name, yield_t_ha, moisture_percent
        As for `crop_inputs`, which checks them.

    Notes
    -----
    Source: Bolinder et al. 2007, doi:10.1016/j.agee.2006.05.013.
    """
    dry = yield_t_ha * (1.0 - moisture_percent / 100.0)
    return dry * _KG_M2_PER_T_HA * CARBON_OF_DRY_MATTER / CROPS[name].product


def crop_inputs(
    name: str,
    yield_t_ha: float,
    residue_removed_fraction: float = 0.0,
    moisture_percent: float = 0.0,
) -> CropInputs:
    """Carbon that a crop gives to the soil in a year.

    Parameters
    ----------
    name : str
        A name in `CROPS`.
    yield_t_ha : float
        Harvested product (grain, or the cut of a forage) in t ha-1 yr-1.
    residue_removed_fraction : float
        Share of straw or stover that is carried off the field (-), 0 to 1.
    moisture_percent : float
        Water in `yield_t_ha`, percent of its mass; 0 where the yield is given as dry matter.

    Returns
    -------
    CropInputs
        Residue left (leaf), roots and extra-root carbon, kg C m-2 yr-1.

    Raises
    ------
    PlantError
        An unknown crop, or a number outside its range.

    Notes
    -----
    Source: Bolinder et al. 2007, doi:10.1016/j.agee.2006.05.013. The allocation is linear in the
    yield; measured roots of cereals hardly grow with it, so very high yields are overstated.
    """
    try:
        crop = CROPS[name]
    except KeyError:
        raise unknown_name("crop", name, CROPS) from None
    _check("yield_t_ha", yield_t_ha, 0.0, 100.0, "t ha-1 yr-1")
    _check("residue_removed_fraction", residue_removed_fraction, 0.0, 1.0, "(a share)")
    _check("moisture_percent", moisture_percent, 0.0, 95.0, "percent of the fresh mass")
    dry = yield_t_ha * (1.0 - moisture_percent / 100.0)
    product = dry * _KG_M2_PER_T_HA * CARBON_OF_DRY_MATTER
    production = product / crop.product
    return CropInputs(
        leaf=production * crop.residue * (1.0 - residue_removed_fraction) + product * crop.returned_product,
        root=production * crop.root * crop.annual_root_return,
        exudate=production * crop.extra_root,
    )


def _check(field: str, value: float, lower: float, upper: float, unit: str) -> None:
    if not (math.isfinite(value) and lower <= value <= upper):
        raise PlantError(field, value, f"{lower:g} to {upper:g} {unit}", "Correct the number.")
