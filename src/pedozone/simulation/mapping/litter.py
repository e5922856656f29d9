"""Litter of a site as CENTURY's rule wants it: lignin and nitrogen of what falls on the soil and dies in it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pedozone.plants.traits import CARBON_OF_LITTER
from pedozone.simulation.mapping.mapped import Line
from pedozone.simulation.mapping.site_years import SiteYear

WOOD_LIGNIN = 0.25
"""Lignin of wood, share of dry matter: between broadleaved (0.18-0.25) and coniferous wood (0.25-0.33); recalled."""

MANURE_LIGNIN, MANURE_CARBON_NITROGEN = 0.15, 20.0
"""Of farmyard manure, for models that have no pool for it; by judgement."""


class Mixture(NamedTuple):
    """Litter of one place.

    Attributes
    ----------
    lignin : float
        Share of dry matter.
    carbon_nitrogen : float
        kg C per kg N.
    """

    lignin: float
    carbon_nitrogen: float

    @property
    def lignin_to_nitrogen(self) -> float:
        """Mass of lignin over mass of nitrogen."""
        return self.lignin * self.carbon_nitrogen / CARBON_OF_LITTER


def mixture(parts: list[tuple[float, float, float]]) -> Mixture:
    """Mix litters given as (carbon, lignin, C:N): lignin and nitrogen add up."""
    carbon = sum(amount for amount, _, _ in parts)
    if carbon <= 0.0:
        _, lignin, ratio = parts[0]
        return Mixture(lignin, ratio)
    nitrogen = sum(amount / ratio for amount, _, ratio in parts)
    return Mixture(sum(amount * lignin for amount, lignin, _ in parts) / carbon, carbon / nitrogen)


def worked_in(year: SiteYear) -> bool:
    """Whether residues are worked into the soil in the stead of lying on it."""
    return float(np.asarray(year.forcing.residue_depth).reshape(-1)[0]) > 0.0


def above_ground(year: SiteYear) -> Mixture:
    """Leaves that lie on the soil, wood, and manure where a model has no pool for it."""
    q = year.quality
    leaf = 0.0 if worked_in(year) else float(np.mean(year.leaf))
    return mixture(
        [
            (leaf, q.leaf_lignin, q.leaf_carbon_nitrogen),
            (float(np.mean(year.wood)), WOOD_LIGNIN, q.wood_carbon_nitrogen),
            (float(np.mean(year.manure)), MANURE_LIGNIN, MANURE_CARBON_NITROGEN),
        ]
    )


def below_ground(year: SiteYear) -> Mixture:
    """Roots, exudates (without lignin, with the nitrogen of roots) and residues worked in."""
    q = year.quality
    leaf = float(np.mean(year.leaf)) if worked_in(year) else 0.0
    return mixture(
        [
            (float(np.mean(year.root)), q.root_lignin, q.root_carbon_nitrogen),
            (float(np.mean(year.exudate)), 0.0, q.root_carbon_nitrogen),
            (leaf, q.leaf_lignin, q.leaf_carbon_nitrogen),
        ]
    )


QUALITY_LINES = (
    Line("lignin and C:N of leaf litter", "quality of surface litter", "mixed with wood (lignin 0.25) and manure"),
    Line("lignin and C:N of roots", "quality of root litter", "mixed with exudates, which have no lignin"),
)
"""What is said of the quality of litter."""

SOIL_CLIMATE_LINE = Line(
    "weather, texture, land cover",
    "soil temperature and water",
    "the site's own heat wave and layered bucket, the same for all models; organic matter 4 % at the surface, "
    "e-folding 30 cm",
    "Saxton and Rawls 2006, doi:10.2136/sssaj2005.0117",
)
"""What is said of a soil climate that all models share."""
