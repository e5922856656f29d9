r"""Net primary production: from climate, and lowered by a poor soil.

The climate's production is the Miami model of Lieth (1973; published 1975,
doi:10.1007/978-3-642-80913-2_12), the lesser of

.. math::
    P_T = \frac{3000}{1 + e^{1.315 - 0.119 T}}, \qquad P_W = 3000\,(1 - e^{-0.000664 W})

in g of dry matter m-2 yr-1, with T the annual mean temperature (degC) and W the annual
precipitation (mm). It is used relative to the climate to which a preset belongs, so that a preset
in its own climate keeps its own inputs.
"""

from __future__ import annotations

import dataclasses
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pedozone.plants.cover import LandCover
from pedozone.plants.errors import PlantError

#: kg C m-2 per g dry matter m-2.
_CARBON_PER_GRAM = 0.45e-3
_CEILING = 3000.0

# Janssen et al. 1990: a soil's nitrogen supply goes as 0.25 (pH - 3), level from pH 7 upward and
# below pH 4.7.
_PH_SLOPE, _PH_ZERO, _PH_LOW, _PH_HIGH = 0.25, 3.0, 4.7, 7.0

#: Base saturation at which production is half of what it would be on a rich soil (-); a prior.
HALF_BASE_SATURATION = 0.10

#: Topsoil to which the presets' production belongs: pH, and base saturation (-); a convention.
TYPICAL_PH, TYPICAL_BASE_SATURATION = 6.0, 0.6

#: Growth forms at home on acid soils, whose production acidity itself does not lower; by judgement.
ACID_TOLERANT = ("needleleaf", "shrub", "moss")

#: Mean time that nitrogen stays in plants between uptake and litter, by growth form, yr: what they hold over what they
#: take up (Hirose 2011, doi:10.1007/s00442-011-1942-z). Values from memory of Aerts and Chapin (2000,
#: doi:10.1016/S0065-2504(08)60016-1): herbs one to two years, woody plants several, evergreens longest.
NITROGEN_RESIDENCE = {"crop": 1.0, "grass": 2.0, "shrub": 4.0, "moss": 4.0, "broadleaf": 4.0, "needleleaf": 6.0}

#: Inputs that scale with production.
_FLOWS = ("leaf_input", "wood_input", "root_input", "exudate_input", "harvest")


class Conditions(NamedTuple):
    """What a site offers its plants.

    Parameters
    ----------
    temperature : float
        Annual mean temperature of the air, degC.
    precipitation : float
        Annual precipitation, mm yr-1.
    ph : float
        Of the topsoil, in water.
    base_saturation : float
        Of the topsoil (-).
    """

    temperature: float
    precipitation: float
    ph: float = TYPICAL_PH
    base_saturation: float = TYPICAL_BASE_SATURATION


def miami(temperature: ArrayLike, precipitation: ArrayLike) -> NDArray[np.float64]:
    """Net primary production of a climate after the Miami model.

    Parameters
    ----------
    temperature, precipitation : array_like
        Annual mean temperature (degC) and annual precipitation (mm), of shapes that broadcast.

    Returns
    -------
    numpy.ndarray
        kg C m-2 yr-1, with 0.45 kg C per kg of dry matter.

    Notes
    -----
    Source: Lieth 1973 (equation as restated by Krapp 2017), doi:10.1007/978-3-642-80913-2_12.
    """
    warmth = _CEILING / (1.0 + np.exp(1.315 - 0.119 * np.asarray(temperature, dtype=float)))
    water = -_CEILING * np.expm1(-0.000664 * np.asarray(precipitation, dtype=float))
    return _CARBON_PER_GRAM * np.minimum(warmth, water)


def climate_scale(cover: LandCover, conditions: Conditions) -> float:
    """Production of a climate over that of the climate to which a cover's values belong (-)."""
    here = float(miami(conditions.temperature, conditions.precipitation))
    return here / float(miami(cover.reference_temperature, cover.reference_precipitation))


def acidity_response(ph: ArrayLike) -> NDArray[np.float64]:
    """Nitrogen supply of a soil against that at pH 7 (-), array shaped as `ph`.

    Notes
    -----
    Source: Janssen et al. 1990 (QUEFTS), doi:10.1016/0016-7061(90)90021-Z, from memory:
    ``0.25 (pH - 3)``, 1 from pH 7 upward, 0.425 below pH 4.7.
    """
    return _PH_SLOPE * (np.clip(np.asarray(ph, dtype=float), _PH_LOW, _PH_HIGH) - _PH_ZERO)


def base_response(base_saturation: ArrayLike) -> NDArray[np.float64]:
    """Production against that of a soil saturated with bases (-).

    Parameters
    ----------
    base_saturation : array_like
        Share of exchange sites held by Ca, Mg, K and Na (-), 0 to 1.

    Notes
    -----
    A saturating curve, half at 10 %: a prior. The sign is well known from liming and from
    declining forests on soils below 20 % (Cronan and Grigal 1995, from memory).
    """
    share = np.asarray(base_saturation, dtype=float)
    return share * (1.0 + HALF_BASE_SATURATION) / (share + HALF_BASE_SATURATION)


def nitrogen_response(supply: ArrayLike, demand: ArrayLike) -> NDArray[np.float64]:
    """Production against that without want of nitrogen (-).

    Parameters
    ----------
    supply, demand : array_like
        Nitrogen that plants can have, and that they need for full production, kg N m-2 yr-1.

    Notes
    -----
    The lesser of supply over demand and 1 (Liebig), with the corner rounded:
    ``r / (1 + r**4)**(1/4)``, 0.84 where they are equal. Nothing is needed where demand is 0.
    """
    have, need = np.asarray(supply, dtype=float), np.asarray(demand, dtype=float)
    longest = np.maximum(have, need)
    safe = np.where(longest > 0.0, longest, 1.0)
    # Both divided by the greater one, so that no power over- or underflows.
    a, b = have / safe, need / safe
    return np.where(need > 0.0, a / np.where(longest > 0.0, a**4 + b**4, 1.0) ** 0.25, 1.0)


def nitrogen_demand(cover: LandCover) -> float:
    """Nitrogen in a cover's yearly litter, which it has to take up again, kg N m-2 yr-1."""
    return (
        cover.leaf_input / cover.leaf_carbon_nitrogen
        + cover.root_input / cover.root_carbon_nitrogen
        + cover.wood_input / cover.wood_carbon_nitrogen
    )


def fertility_response(ph: float, base_saturation: float = 1.0) -> float:
    """Production of a soil over that of a rich one (-): the lesser of its responses (Liebig).

    Parameters
    ----------
    ph : float
        Of the topsoil, in water.
    base_saturation : float
        Of the topsoil (-).

    Raises
    ------
    PlantError
        A value outside 2 to 11 or 0 to 1.
    """
    _check("ph", ph, 2.0, 11.0, "pH units")
    _check("base_saturation", base_saturation, 0.0, 1.0, "(a share)")
    return float(np.minimum(acidity_response(ph), base_response(base_saturation)))


def soil_scale(cover: LandCover, conditions: Conditions) -> float:
    """Production of a cover on a site's topsoil over that on the typical soil of its preset (-), at most 1.

    The acidity that the cover itself brings (`ph_shift`) counts. Plants of acid soils answer to bases alone.

    Raises
    ------
    PlantError
        A pH or base saturation outside its range.
    """
    tolerant = cover.growth_form in ACID_TOLERANT
    here = fertility_response(TYPICAL_PH if tolerant else conditions.ph + cover.ph_shift, conditions.base_saturation)
    return min(here / fertility_response(TYPICAL_PH, TYPICAL_BASE_SATURATION), 1.0)


def with_nitrogen_supply(cover: LandCover, supply: float, name: str | None = None) -> LandCover:
    """A cover whose production is lowered as far as it lacks nitrogen.

    Parameters
    ----------
    cover : LandCover
        Before; its litter says what nitrogen it needs.
    supply : float
        Nitrogen that plants can take up, kg N m-2 yr-1; what they fix comes on top.
    name : str, optional
        Name of the new cover; that of the old one by default.
    """
    have = supply + cover.nitrogen_fixation
    npp = cover.net_primary_production * float(nitrogen_response(have, nitrogen_demand(cover)))
    return with_production(cover, npp, name, f"lowered for a nitrogen supply of {1e4 * supply:g} kg ha-1 yr-1")


def with_modelled_nitrogen(cover: LandCover, limited: bool, fertiliser: float, name: str | None = None) -> LandCover:
    """A cover whose production hangs on the nitrogen of the modelled soil.

    Parameters
    ----------
    cover : LandCover
        With its production without want of nitrogen.
    limited : bool
        Whether production is held back where nitrogen is short.
    fertiliser : float
        Mineral nitrogen spread in a year, kg N m-2 yr-1.
    name : str, optional
        Name of the new cover; that of the old one by default.
    """
    values = {"nitrogen_limitation": float(limited), "nitrogen_fertiliser": fertiliser}
    return dataclasses.replace(cover, name=name or cover.name, **values)


def with_production(cover: LandCover, npp: float, name: str | None = None, source: str = "production") -> LandCover:
    """A cover with another net primary production, all its inputs and its harvest in proportion.

    Parameters
    ----------
    cover : LandCover
        The cover.
    npp : float
        kg C m-2 yr-1.
    name, source : str, optional
        Name of the new cover (that of the old one by default), and where the number comes from.

    Raises
    ------
    PlantError
        A production outside its range, or a cover that has none to be scaled.
    """
    if cover.net_primary_production <= 0.0:
        raise PlantError(f"{cover.name}.net_primary_production", 0.0, "more than 0", "Give inputs_kg_c_m2_yr instead.")
    _check("npp_kg_c_m2_yr", npp, 0.0, 5.0, "kg C m-2 yr-1")
    scale = npp / cover.net_primary_production
    values = {flow: getattr(cover, flow) * scale for flow in _FLOWS}
    return cover.changed(name or cover.name, source, net_primary_production=npp, **values)


def from_climate(cover: LandCover, conditions: Conditions, name: str | None = None, *, soil: bool = False) -> LandCover:
    """A cover with the production that a site's climate gives it, and where asked for its soil.

    Parameters
    ----------
    cover : LandCover
        A cover whose inputs belong to its reference climate.
    conditions : Conditions
        Those of the site.
    name : str, optional
        Name of the new cover; that of the old one by default.
    soil : bool
        Whether a poor soil lowers production (`soil_scale`).
    """
    npp = cover.net_primary_production * climate_scale(cover, conditions)
    source = "from climate after the Miami model (Lieth 1973), relative to the preset's"
    if soil:
        npp *= soil_scale(cover, conditions)
        source += "; lowered by the acidity and bases of the topsoil"
    return with_production(cover, npp, name, source)


def _check(field: str, value: float, lower: float, upper: float, unit: str) -> None:
    if not (math.isfinite(value) and lower <= value <= upper):
        raise PlantError(field, value, f"{lower:g} to {upper:g} {unit}", "Correct the number.")
