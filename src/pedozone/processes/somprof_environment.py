"""What the processes of SOMPROF read of the column's surroundings."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.processes.clm_environment import Layers

Array = jax.Array

EMPTYING = 1.0
"""Shortest time (yr) in which a thin organic horizon is emptied: animals carry no more than there is."""


class SomprofSoil(NamedTuple):
    """The mineral soil, [layers, batch].

    Attributes
    ----------
    thickness : Array
        m.
    bulk_density : Array
        kg m-3.
    """

    thickness: Array
    bulk_density: Array


class SomprofEnvironment(NamedTuple):
    """A year of a column: organic horizons, then mineral layers.

    Attributes
    ----------
    activity : Array [12 or 1, cells, batch]
        Product of the factors of temperature and moisture on all decay.
    soil : SomprofSoil
    layers : Layers
        Of the mineral soil.
    above_litter, root_litter : Array [12 or 1, 1, batch]
        kg C m-2 yr-1.
    above_share, root_share : Array [cells, batch]
        Of either input by cell, adding up to one.
    mobile_matter : Array [horizons, batch]
        What animals can carry out of each organic horizon, kg organic matter m-2, at the start of the year.
    horizon_thickness : Array [horizons, batch]
        m, at the start of the year.
    """

    activity: Array
    soil: SomprofSoil
    layers: Layers
    above_litter: Array
    root_litter: Array
    above_share: Array
    root_share: Array
    mobile_matter: Array
    horizon_thickness: Array


def emptied(flow: Array, held: Array) -> Array:
    """Rate (yr-1) at which a steady flow empties what is held, a thin store within `EMPTYING` at the fastest."""
    return flow / (held + flow * EMPTYING)


def shares(organic: int, layers: Layers, depth: Array, organic_roots: Array) -> tuple[Array, Array]:
    """Where litter enters: from above the first cell, from roots the F and H horizons and the mineral soil.

    Parameters
    ----------
    organic : int
        Number of horizons.
    depth : Array
        Over which root litter of the mineral soil falls by a factor of e, m.
    organic_roots : Array
        Share of root litter in the organic horizons below the first, in equal parts; none without horizons.

    Returns
    -------
    tuple of Array [cells, batch]
        Shares of litter from above and of root litter.
    """
    mineral = layers.exponential(depth)
    count, batch = mineral.shape[0] + organic, mineral.shape[1]
    first = (jnp.arange(count) == 0)[:, None] * jnp.ones(batch)
    if organic == 0:
        return first, mineral
    rooted = jnp.arange(organic) >= min(1, organic - 1)
    above = (rooted / jnp.sum(rooted))[:, None] * jnp.broadcast_to(organic_roots, (batch,))
    return first, jnp.concatenate([above, (1.0 - organic_roots) * mineral])
