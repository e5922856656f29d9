"""Litter of a site as CENTURY's rule wants it: lignin and nitrogen of what falls on the soil and dies in it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pedozone.plants.traits import CARBON_OF_LITTER
from pedozone.simulation.mapping.mapped import Line
from pedozone.simulation.mapping.plant_inputs import Received
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
    leaf = 0.0 if worked_in(year) else float(np.mean(year.leaf))
    return _mixed(year, leaf=leaf, wood=float(np.mean(year.wood)), manure=float(np.mean(year.manure)))


def below_ground(year: SiteYear) -> Mixture:
    """Roots, exudates (without lignin, with the nitrogen of roots) and residues worked in."""
    leaf = float(np.mean(year.leaf)) if worked_in(year) else 0.0
    return _mixed(year, leaf=leaf, root=float(np.mean(year.root)), exudate=float(np.mean(year.exudate)))


def altogether(year: SiteYear, carbon: Received) -> Mixture:
    """Everything that a model receives, for models that know one litter."""
    return _mixed(year, **{part: float(amount.sum()) for part, amount in carbon._asdict().items()})


def _mixed(
    year: SiteYear,
    *,
    leaf: float = 0.0,
    wood: float = 0.0,
    manure: float = 0.0,
    root: float = 0.0,
    exudate: float = 0.0,
) -> Mixture:
    q = year.quality
    return mixture(
        [
            (root, q.root_lignin, q.root_carbon_nitrogen),
            (exudate, 0.0, q.root_carbon_nitrogen),
            (leaf, q.leaf_lignin, q.leaf_carbon_nitrogen),
            (wood, WOOD_LIGNIN, q.wood_carbon_nitrogen),
            (manure, MANURE_LIGNIN, MANURE_CARBON_NITROGEN),
        ]
    )


QUALITY_LINES = (
    Line("lignin and C:N of leaf litter", "quality of surface litter", "mixed with wood (lignin 0.25) and manure"),
    Line("lignin and C:N of roots", "quality of root litter", "mixed with exudates, which have no lignin"),
)
"""What is said of the quality of litter."""

WHOLE_QUALITY_LINE = Line(
    "lignin and C:N of leaf litter and roots",
    "quality of litter",
    "of all that the model receives, by its carbon: wood has lignin 0.25, exudates none, manure 0.15 and C:N 20",
)
"""What is said where a model knows one litter."""

SOIL_CLIMATE_LINE = Line(
    "weather, texture, land cover",
    "soil temperature and water",
    "the site's own heat wave and layered bucket, the same for all models; organic matter 4 % at the surface, "
    "e-folding 30 cm",
    "Saxton and Rawls 2006, doi:10.2136/sssaj2005.0117",
)
"""What is said of a soil climate that all models share."""
