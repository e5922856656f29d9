"""Criteria for comparison with data: how long carbon stays in a layer, and its radiocarbon."""

from __future__ import annotations

import numpy as np

from pedozone.zones.context import Years
from pedozone.zones.criterion import Criterion, Signal


class Persistence(Criterion):
    """Where the mean transit time of the carbon that leaves a layer passes a threshold, 100 years by convention.

    The transit time is the layer's stock over what leaves it: respiration and, where more moves out than in, the net
    export (gross exchange between neighbours depends on the layers' thickness). ``g = ln(threshold / transit time)``.

    Parameters
    ----------
    threshold : float
        yr.
    """

    name = "persistence"
    summary = "the mean transit time of carbon passes 100 years"

    def __init__(self, threshold: float = 100.0) -> None:
        if not threshold > 0.0:
            raise ValueError(f"a transit time of {threshold} yr; it is above 0")
        self.threshold = threshold

    def evaluate(self, years: Years) -> Signal | None:  # noqa: D102 (inherited)
        if not years.graph.fates and not years.graph.classes:
            return None
        stock = years.profile(np.asarray(years.mean.stock).sum(axis=0))
        exported = np.maximum(years.profile(np.diff(years.organic_flux, axis=0)), 0.0)
        leaving = years.profile(years.respiration) + exported
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.log(self.threshold * leaving / stock)
        return Signal(years.position_at_centre, value, None)


class PersistenceRadiocarbon(Criterion):
    """Where Delta14C of the organic carbon passes a threshold, -100 permil by convention.

    Parameters
    ----------
    threshold : float
        permil.
    """

    name = "persistence_radiocarbon"
    summary = "Delta14C of organic carbon passes -100 permil"

    def __init__(self, threshold: float = -100.0) -> None:
        if not threshold > -1000.0:
            raise ValueError(f"a Delta14C of {threshold} permil; it is above -1000")
        self.threshold = threshold

    def evaluate(self, years: Years) -> Signal | None:  # noqa: D102 (inherited)
        if years.carbon is None or years.radiocarbon is None:
            return None
        with np.errstate(divide="ignore", invalid="ignore"):
            delta = 1000.0 * (years.radiocarbon / years.carbon - 1.0)
        return Signal(years.position_at_centre, years.profile(delta) - self.threshold, None)
