"""Criteria that ask who feeds a layer, and how far down roots do."""

from __future__ import annotations

import numpy as np

from pedozone.zones.context import Years
from pedozone.zones.criterion import Criterion, Signal


class Supply(Criterion):
    """Who feeds the layer: plants directly, or carbon that comes from other layers.

    ``w = I / (I + [C]+)`` with the plant input I of a layer and the convergence C of all transport into it (litter of
    the organic slots that is carried in counts as transport); 0 where plants bring nothing. At w = 1/2 both are equal.
    """

    name = "supply"
    summary = "plants bring a layer as much carbon as transport does"

    def evaluate(self, years: Years) -> Signal | None:  # noqa: D102 (inherited)
        graph = years.graph
        if not graph.inputs or not (graph.classes or graph.incorporations):
            return None
        given = years.profile(years.plant_input.sum(axis=0))
        gained = np.maximum(years.profile(-np.diff(years.organic_flux, axis=0)), 0.0)
        w = np.where(given > 0.0, given / np.where(given > 0.0, given + gained, 1.0), 0.0)
        return Signal(years.position_at_centre, w - 0.5, 0.25)


class Rooting(Criterion):
    """The biotic null model: a share of the root-tagged input lies above, 95 % by convention.

    Parameters
    ----------
    share : float
        Of the year's root input.
    sources : tuple of str
        Tags of inputs that roots bring.
    """

    name = "rooting"
    summary = "95 % of the carbon that roots bring enters above"

    def __init__(self, share: float = 0.95, sources: tuple[str, ...] = ("root", "coarse_root")) -> None:
        if not 0.0 < share < 1.0:
            raise ValueError(f"a share of {share} of the root input; it lies between 0 and 1, both excluded")
        self.share, self.sources = share, sources

    def evaluate(self, years: Years) -> Signal | None:  # noqa: D102 (inherited)
        if not set(self.sources) & set(years.graph.sources):
            return None
        given = years.entering(self.sources)
        total = given.sum(axis=0)
        above = np.concatenate([np.zeros_like(given[:1]), np.cumsum(given, axis=0)])[years.first :]
        rooted = total > 0.0
        # without roots nothing is rooted, down from the surface
        passed = np.where(rooted, above / np.where(rooted, total, 1.0), 1.0)
        return Signal(years.position_at_face, self.share - passed, None)
