"""Exchange with surfaces of a capacity, as rates that are never negative."""

from __future__ import annotations

import jax
import jax.numpy as jnp

Array = jax.Array

LEAST_CAPACITY = 1e-9
"""Stands for a capacity of nothing (kg C m-3) where what is sorbed is divided."""


def langmuir(sorbing: Array, desorbing: Array, capacity: Array, dissolved: Array, sorbed: Array) -> tuple[Array, Array]:
    """Rates (yr-1) of sorption by dissolved and of desorption by sorbed carbon, ``k_a (q - Q)`` and ``k_d``.

    Where more is sorbed than there is room for, the flux to the surfaces, ``k_a D (q - Q)``, is negative: it is then
    a rate of what is sorbed, the same flux.

    Parameters
    ----------
    sorbing, desorbing : Array
        ``k_a``, m3 kg-1 yr-1, and ``k_d``, yr-1.
    capacity, dissolved, sorbed : Array
        kg C m-3 of soil; of several that share the surfaces, all that is sorbed.
    """
    room = jnp.maximum(capacity - sorbed, 0.0)
    excess = jnp.maximum(sorbed - capacity, 0.0) / jnp.maximum(sorbed, capacity + LEAST_CAPACITY)
    return sorbing * room, desorbing + sorbing * dissolved * excess
