"""Plant carbon of a site's year on the layers of a model: the same for every model that has layers, or one."""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np

from pedozone.processes.roots import root_profile
from pedozone.simulation.mapping.mapped import Line
from pedozone.simulation.mapping.site_years import SiteYear, SiteYears

_root_profile = jax.jit(root_profile)


class Received(NamedTuple):
    """Carbon by month and layer, kg C m-2 yr-1 [12, cells]; what lies deeper than the model is left out.

    Attributes
    ----------
    leaf, wood, manure : numpy.ndarray
        Onto the surface: in the first layer, or mixed evenly to the depth of residues.
    root, exudate : numpy.ndarray
        By the distribution of roots.
    """

    leaf: np.ndarray
    wood: np.ndarray
    manure: np.ndarray
    root: np.ndarray
    exudate: np.ndarray

    @property
    def above(self) -> np.ndarray:
        """Leaves, wood and manure [12], wherever they enter."""
        return (self.leaf + self.wood + self.manure).sum(axis=-1)

    @property
    def below(self) -> np.ndarray:
        """Roots and exudates [12]."""
        return (self.root + self.exudate).sum(axis=-1)

    @property
    def all(self) -> np.ndarray:
        """Everything."""
        return self.leaf + self.wood + self.manure + self.root + self.exudate


class Spread(NamedTuple):
    """Carbon of a year for models that have one distribution over depth for all of it.

    Attributes
    ----------
    plant, manure : numpy.ndarray [12]
        Of all layers, kg C m-2 yr-1.
    share : numpy.ndarray [cells]
        Of both by layer, from the year's sum, adding up to one.
    """

    plant: np.ndarray
    manure: np.ndarray
    share: np.ndarray

    @classmethod
    def of(cls, carbon: Received) -> Spread:
        """From carbon by month and layer."""
        whole = carbon.all.sum(axis=0)
        share = whole / whole.sum() if whole.sum() > 0.0 else np.full(whole.size, 1.0 / whole.size)
        manure = carbon.manure.sum(axis=-1)
        return cls(carbon.all.sum(axis=-1) - manure, manure, share)


ONE_SHARE_LINE = Line("root profile, depth of residues", "share of the input by layer", "one for all months of a year")
"""What is said of a `Spread`."""


def received(year: SiteYear, face: np.ndarray) -> Received:
    """Carbon that the layers between faces (m) [cells + 1] receive in a year."""
    surface = np.zeros(len(face) - 1)
    surface[0] = 1.0
    residues = float(np.asarray(year.forcing.residue_depth).reshape(-1)[0])
    leaf = surface
    if residues > 0.0:
        mixed = np.clip((residues - face[:-1]) / np.diff(face), 0.0, 1.0) * np.diff(face)
        leaf = mixed / mixed.sum()
    roots = roots_between(year, face)
    return Received(
        leaf=year.leaf[:, None] * leaf,
        wood=year.wood[:, None] * surface,
        manure=year.manure[:, None] * surface,
        root=year.root[:, None] * roots,
        exudate=year.exudate[:, None] * roots,
    )


def roots_between(year: SiteYear, face: np.ndarray) -> np.ndarray:
    """Share of all roots between faces (m) [cells]: less than one together where roots go deeper than the model.

    From the cover's root profile rather than from the site's layers, so that thin layers are told apart.
    """
    forcing = year.forcing
    beta, depth = (np.asarray(a, dtype=float).reshape(-1)[:1] for a in (forcing.root_beta, forcing.rooting_depth))
    whole = np.append(np.minimum(face, year.depth), year.depth)
    return np.asarray(_root_profile(whole[:, None], beta, depth))[:-1, 0]


def below_line(years: SiteYears, face: np.ndarray) -> Line:
    """What is said of the roots below a model: how much of the start's carbon it does not receive."""
    start = years.start
    left = start.carbon - float(np.mean(received(start, face).all.sum(axis=-1)))
    share = left / start.carbon if start.carbon > 0.0 else 0.0
    depth = 100.0 * face[-1]
    if share < 5e-4:
        how = "all of it"
    else:
        percent = f"{100.0 * share:.{0 if share >= 0.0095 else 1}f} %"
        how = f"{percent} of the start's input, from roots below {depth:.0f} cm, is not given to the model"
    return Line("plant carbon", f"inputs of 0-{depth:.0f} cm", how)
