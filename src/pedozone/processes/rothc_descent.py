"""Downward movement of RothC's pools in stacked layers: a share of what decays goes down instead."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.process import Movement, Process

Array = jax.Array

_SOURCES = ("Jenkinson and Coleman 2008, doi:10.1111/j.1365-2389.2008.01026.x",)


class LayeredRothCEnvironment(NamedTuple):
    """What RothC's processes read (see `RothCEnvironment`), by layer, and what moves down.

    Attributes
    ----------
    activity, descent : Array [months, cells, batch]
        Factors on the rates of decay, by which carbon decays where it is and by which it goes down.
    clay : Array [1, cells, batch]
        %.
    plant, manure : Array [months, 1, batch]
        kg C m-2 yr-1.
    decomposable_ratio : Array [months, 1, batch]
        DPM over RPM in plant inputs.
    share : Array [1, cells, batch]
        Of the inputs by layer, adding up to one.
    """

    activity: Array
    descent: Array
    clay: Array
    plant: Array
    manure: Array
    decomposable_ratio: Array
    share: Array


def _descending(environment: LayeredRothCEnvironment, rate: Array) -> Movement:
    down = rate * environment.descent
    return Movement(down, jnp.zeros_like(down))


class RothCDescentDPM(Process):
    """Decomposable plant material goes down a layer; out of the lowest it leaves the column."""

    name = "rothc_descent_dpm"
    summary = "decomposable plant material moves down a layer"
    sources = _SOURCES
    moves = "dpm"
    parameters = ("rothc_dpm_decay_rate",)

    def move(self, environment, parameters):  # noqa: D102 (inherited)
        return _descending(environment, parameters["rothc_dpm_decay_rate"])


class RothCDescentRPM(Process):
    """Resistant plant material goes down a layer; out of the lowest it leaves the column."""

    name = "rothc_descent_rpm"
    summary = "resistant plant material moves down a layer"
    sources = _SOURCES
    moves = "rpm"
    parameters = ("rothc_rpm_decay_rate",)

    def move(self, environment, parameters):  # noqa: D102 (inherited)
        return _descending(environment, parameters["rothc_rpm_decay_rate"])


class RothCDescentBIO(Process):
    """Microbial biomass goes down a layer; out of the lowest it leaves the column."""

    name = "rothc_descent_bio"
    summary = "microbial biomass moves down a layer"
    sources = _SOURCES
    moves = "bio"
    parameters = ("rothc_bio_decay_rate",)

    def move(self, environment, parameters):  # noqa: D102 (inherited)
        return _descending(environment, parameters["rothc_bio_decay_rate"])


class RothCDescentHUM(Process):
    """Humified matter goes down a layer; out of the lowest it leaves the column."""

    name = "rothc_descent_hum"
    summary = "humified matter moves down a layer"
    sources = _SOURCES
    moves = "hum"
    parameters = ("rothc_hum_decay_rate",)

    def move(self, environment, parameters):  # noqa: D102 (inherited)
        return _descending(environment, parameters["rothc_hum_decay_rate"])
