"""Where roots are."""

from __future__ import annotations

import jax
import jax.numpy as jnp

Array = jax.Array


def root_profile(face: Array, beta: Array, depth: Array) -> Array:
    """Share of roots in every cell: ``1 - beta^(100 z)`` cut at the rooting depth and renormalised.

    Parameters
    ----------
    face : Array [cells + 1, batch]
        Depths, m.
    beta, depth : Array [batch]
        Jackson's beta (depth in cm) and rooting depth, m.

    Returns
    -------
    Array [cells, batch]
        Adding up to one over the mineral layers.
    """
    reached = jnp.clip(face, 0.0, jnp.minimum(depth, face[-1]))
    above = -jnp.expm1(100.0 * jnp.log(beta) * reached)
    return (above[1:] - above[:-1]) / above[-1]
