"""Slow weathering in the course of a simulation: the capacity of mineral surfaces moves with the age of the soil."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from pedozone.column.geometry import Soil
from pedozone.config.site import Site
from pedozone.models.pedon_variants import WEATHERING
from pedozone.processes.minerals import aged_capacity
from pedozone.simulation.setting import Setting


def age_of(site: Site) -> float | None:
    """Age of a site's soil at the start (yr) where weathering goes on; None where capacities stay as at the start.

    It is that of the soil section, or where a profile is grown from bare material the time that this takes.
    """
    if site.modes.get(WEATHERING) != "modelled":
        return None
    if site.soil.age_years is not None:
        return site.soil.age_years
    return float(site.start.pedogenesis_years)


def aged(setting: Setting, soil: Soil, since: float) -> Soil:
    """The soil some years after the start, or before it: the same but for the capacity of clay and silt.

    Nothing leaves the soil by it. What a smaller capacity cannot hold is released by the rate laws that see it.

    Parameters
    ----------
    setting : Setting
        With the age at the start of every column; where it has none the soil is returned as it is.
    soil : Soil
        With the capacity at the start.
    since : float
        Years since the start, negative before it.
    """
    if setting.ages is None:
        return soil
    ages = jnp.asarray(setting.ages)
    capacity = aged_capacity(jnp.asarray(soil.capacity), ages, ages + since, setting.parameters)
    return soil._replace(capacity=np.asarray(capacity))
