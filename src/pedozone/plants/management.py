"""Management of plants as a change of what they give to the soil: cover crops, grazing, deep roots."""

from __future__ import annotations

import math

from pedozone.plants.cover import LandCover
from pedozone.plants.errors import PlantError

#: A well grown cover crop, kg C m-2 yr-1 (Poeplau and Don 2015: 1.87 t ha-1), and its root share.
COVER_CROP_CARBON, COVER_CROP_ROOT_SHARE, COVER_CROP_EXUDATE_SHARE = 0.187, 0.25, 0.10

#: What grazing takes at intensity 1 (Yan et al. 2013): litter, and growth below ground (-).
GRAZED_LITTER, GRAZED_BELOW = 0.514, 0.231
#: Share of eaten carbon that comes back as dung (-); about what is not digested, from memory.
DUNG_RETURN = 0.30


def with_cover_crop(cover: LandCover, intensity: float, name: str | None = None) -> LandCover:
    """A cropland with a cover crop between its crops.

    Parameters
    ----------
    cover : LandCover
        The crop.
    intensity : float
        Success of the cover crop: 0 none, 1 the mean of field experiments, up to 2.
    name : str, optional
        Name of the new cover; that of the old one by default.

    Notes
    -----
    1.87 t C ha-1 yr-1 at intensity 1 (Poeplau and Don 2015, doi:10.1016/j.agee.2014.10.024, from
    memory), of which a quarter roots and a tenth exudates by judgement. Production rises by as
    much, and half of the bare ground is covered at intensity 1.
    """
    _check("cover_crop_intensity", intensity, 2.0)
    carbon = intensity * COVER_CROP_CARBON
    above = 1.0 - COVER_CROP_ROOT_SHARE - COVER_CROP_EXUDATE_SHARE
    return cover.changed(
        name or cover.name,
        "cover crop after Poeplau and Don 2015",
        leaf_input=cover.leaf_input + above * carbon,
        root_input=cover.root_input + COVER_CROP_ROOT_SHARE * carbon,
        exudate_input=cover.exudate_input + COVER_CROP_EXUDATE_SHARE * carbon,
        net_primary_production=cover.net_primary_production + carbon,
        canopy_cover=1.0 - (1.0 - cover.canopy_cover) * math.exp(-math.log(2.0) * intensity),
    )


def with_grazing(cover: LandCover, intensity: float, name: str | None = None) -> LandCover:
    """A grassland under more grazing than its preset stands for.

    Parameters
    ----------
    cover : LandCover
        The grassland.
    intensity : float
        0 as the preset, 1 the mean of grazed against ungrazed land in China, up to 1.5.
    name : str, optional
        Name of the new cover; that of the old one by default.

    Notes
    -----
    At intensity 1 litter falls by 51.4 % and growth below ground by 23.1 % (Yan et al. 2013,
    doi:10.1371/journal.pone.0081466). Litter that is not shed was eaten; 30 % of it comes back as
    dung, with the litter, and the rest joins the harvest. Growth below ground is lost to production.
    """
    _check("grazing_intensity", intensity, 1.5)
    eaten = GRAZED_LITTER * intensity * cover.leaf_input
    below = 1.0 - GRAZED_BELOW * intensity
    lost = GRAZED_BELOW * intensity * (cover.root_input + cover.exudate_input)
    return cover.changed(
        name or cover.name,
        "grazing after Yan et al. 2013",
        leaf_input=cover.leaf_input - (1.0 - DUNG_RETURN) * eaten,
        harvest=cover.harvest + (1.0 - DUNG_RETURN) * eaten,
        root_input=cover.root_input * below,
        exudate_input=cover.exudate_input * below,
        net_primary_production=cover.net_primary_production - lost,
    )


def with_deep_roots(cover: LandCover, factor: float, name: str | None = None) -> LandCover:
    """A deep-rooting variety: every depth of the root profile multiplied by a factor.

    Parameters
    ----------
    cover : LandCover
        The plant.
    factor : float
        Depth of any share of the roots over that of the preset, 0.25 to 4 (-).
    name : str, optional
        Name of the new cover; that of the old one by default.

    Notes
    -----
    ``1 - beta**d`` keeps its form: the new beta is ``beta**(1/factor)`` (Jackson et al. 1996,
    doi:10.1007/BF00333714). Kell 2011, doi:10.1093/aob/mcr175, argues for a factor of about 2.
    """
    _check("deep_rooting_factor", factor, 4.0, lower=0.25)
    return cover.changed(
        name or cover.name,
        "deep-rooting variety",
        root_beta=cover.root_beta ** (1.0 / factor),
        rooting_depth=min(cover.rooting_depth * factor, 20.0),
    )


def _check(field: str, value: float, upper: float, lower: float = 0.0) -> None:
    if not (math.isfinite(value) and lower <= value <= upper):
        raise PlantError(field, value, f"{lower:g} to {upper:g} (relative)", "Correct the number.")
