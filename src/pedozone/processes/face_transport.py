"""Movement across the faces between layers, from velocities to rates: what layered models share."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from pedozone.engine.process import Movement

Array = jax.Array

LEAST_DIFFUSIVITY = 1e-30
"""Stands for no diffusivity (m2 yr-1) where it is divided by."""

STEEPEST = 500.0
"""Cell Peclet number beyond which diffusion against the stream is nothing."""

STILL = 1e-4
"""Cell Peclet number below which the series serves: the quotient would lose digits, its derivatives more."""


def between_layers(thickness: Array, down: Array, up: Array, base: Array | float = 0.0) -> Movement:
    """Rates at which what is in a layer leaves it across its faces; nothing crosses the surface.

    Parameters
    ----------
    thickness : Array [layers, batch]
        m.
    down, up : Array [..., layers - 1, batch]
        Velocities across the inner faces, m yr-1: what moves is the velocity times the concentration it comes from.
    base : Array or float
        Velocity out of the lowest layer, m yr-1.

    Returns
    -------
    Movement
        yr-1 [..., layers, batch].
    """
    edge = jnp.zeros((*down.shape[:-2], 1, thickness.shape[-1]))
    below, above = jnp.concatenate([down, edge + base], axis=-2), jnp.concatenate([edge, up], axis=-2)
    return Movement(below / thickness, above / thickness)


def drifting(diffusivity: Array, velocity: Array, distance: Array) -> tuple[Array, Array]:
    """Velocities down and up of what diffuses while it is carried down, by exponential fitting.

    Between two centres the flux is that of the steady solution, ``D/d B(-P) C_above - D/d B(P) C_below`` with the cell
    Peclet number ``P = v d/D`` and ``B(x) = x/(e^x - 1)``: central differences where diffusion prevails, upwind where
    the stream does, never negative, and without the numerical diffusion of upwind differences.

    Parameters
    ----------
    diffusivity : Array
        m2 yr-1, not negative.
    velocity : Array
        m yr-1, downward, not negative.
    distance : Array
        Of the centres, m.

    References
    ----------
    Scharfetter and Gummel (1969), doi:10.1109/T-ED.1969.16566.
    """
    peclet = jnp.minimum(velocity * distance / (diffusivity + LEAST_DIFFUSIVITY), STEEPEST)
    moving = jnp.where(peclet > STILL, peclet, 1.0)
    bernoulli = jnp.where(peclet > STILL, moving / jnp.expm1(moving), 1.0 - 0.5 * peclet + peclet**2 / 12.0)
    against = diffusivity / distance * bernoulli
    return against + velocity, against
