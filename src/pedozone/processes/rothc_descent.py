"""Downward movement of RothC's pools in stacked layers: a share of what decays goes down instead."""

from __future__ import annotations

import jax.numpy as jnp

from pedozone.engine.process import Movement, Process

_SOURCES = ("Jenkinson and Coleman 2008, doi:10.1111/j.1365-2389.2008.01026.x",)


class _Descent:
    """What the descents share: the pool's own rate of decay, by which carbon goes down in the stead of decaying."""

    sources = _SOURCES
    parameters: tuple[str, ...]

    def move(self, environment, parameters):
        down = parameters[self.parameters[0]] * environment.descent
        return Movement(down, jnp.zeros_like(down))


class RothCDescentDPM(_Descent, Process):
    """Decomposable plant material goes down a layer; out of the lowest it leaves the column."""

    name = "rothc_descent_dpm"
    summary = "decomposable plant material moves down a layer"
    moves = "dpm"
    parameters = ("rothc_dpm_decay_rate",)


class RothCDescentRPM(_Descent, Process):
    """Resistant plant material goes down a layer; out of the lowest it leaves the column."""

    name = "rothc_descent_rpm"
    summary = "resistant plant material moves down a layer"
    moves = "rpm"
    parameters = ("rothc_rpm_decay_rate",)


class RothCDescentBIO(_Descent, Process):
    """Microbial biomass goes down a layer; out of the lowest it leaves the column."""

    name = "rothc_descent_bio"
    summary = "microbial biomass moves down a layer"
    moves = "bio"
    parameters = ("rothc_bio_decay_rate",)


class RothCDescentHUM(_Descent, Process):
    """Humified matter goes down a layer; out of the lowest it leaves the column."""

    name = "rothc_descent_hum"
    summary = "humified matter moves down a layer"
    moves = "hum"
    parameters = ("rothc_hum_decay_rate",)
