"""Bioturbation and leaching in SOMPROF."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from pedozone.engine.process import Movement, Process
from pedozone.processes.face_transport import between_layers, drifting
from pedozone.processes.somprof_environment import SomprofEnvironment, emptied

Array = jax.Array

FALLING = 1.0 / 12.0
"""Time (yr) in which what is fragmented in the L horizon has fallen into the F horizon: at once, by the month."""

_SOURCES = (
    "Braakhekke et al. 2011, doi:10.1016/j.ecolmodel.2011.02.008",
    "Braakhekke et al. 2013, doi:10.5194/bg-10-399-2013",
)


def face_diffusivity(environment: SomprofEnvironment, parameters) -> Array:
    """Diffusivity by bioturbation at the inner faces of the mineral soil, ``B l / (2 rho)``, m2 yr-1 [faces, batch]."""
    density = environment.soil.bulk_density
    between = 0.5 * (density[1:] + density[:-1])
    return 0.5 * parameters["bioturbation_rate"] * parameters["mixing_length"] / between


def carried_down(environment: SomprofEnvironment, parameters) -> Array:
    """Rate at which what can be moved leaves the organic horizons, yr-1 [horizons, batch]."""
    rate = emptied(parameters["bioturbation_rate"], environment.mobile_matter)
    if rate.shape[0] < 2:
        return rate
    return jnp.concatenate([jnp.full_like(rate[:1], 1.0 / FALLING), rate[1:]])


def _column(above: Array, below: Movement) -> Movement:
    """Movement of the horizons, all downward, and of the mineral layers, as one column; constant over the year."""
    return Movement(
        jnp.concatenate([above, below.down])[None], jnp.concatenate([jnp.zeros_like(above), below.up])[None]
    )


class SomprofMixing(Process):
    """Animals carry organic matter down from horizon to horizon and mix it in the mineral soil.

    The flow B (kg organic matter m-2 yr-1) out of a horizon has the composition of what it holds; from the H horizon it
    enters the first mineral layer. The L horizon is litter that is not fragmented yet: that does not move, and its
    fragments fall into the F horizon. In the mineral soil the same B makes a diffusivity, ``D = B l / (2 rho)``, l
    being the mixing length. Nothing solid leaves at the base.
    """

    name = "somprof_mixing"
    summary = "soil animals carry organic matter down the organic layer and mix it in the mineral soil"
    sources = _SOURCES
    moves = "mixing"
    parameters = ("bioturbation_rate", "mixing_length")

    def move(self, environment, parameters):  # noqa: D102 (inherited)
        layers = environment.layers
        exchange = face_diffusivity(environment, parameters) / (layers.centre[1:] - layers.centre[:-1])
        return _column(carried_down(environment, parameters), between_layers(layers.thickness, exchange, exchange))


class SomprofLeaching(Process):
    """Leachable matter is mixed like the rest and goes down with the water at an effective velocity v.

    The velocity is that of matter which is sorbed most of the time: exchange with the surfaces is fast and linear. A
    horizon of thickness h loses ``v/h`` beside what animals carry; at the base v times the concentration is leached.
    """

    name = "somprof_leaching"
    summary = "leachable organic matter is carried down by water, and mixed by soil animals"
    sources = _SOURCES
    moves = "leaching"
    parameters = ("bioturbation_rate", "mixing_length", "leaching_velocity")

    def move(self, environment, parameters):  # noqa: D102 (inherited)
        layers, velocity = environment.layers, parameters["leaching_velocity"]
        distance = layers.centre[1:] - layers.centre[:-1]
        down, up = drifting(face_diffusivity(environment, parameters), velocity, distance)
        above = carried_down(environment, parameters) + emptied(velocity, environment.horizon_thickness)
        return _column(above, between_layers(layers.thickness, down, up, velocity))
