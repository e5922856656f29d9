"""Litter of the organic slots carried into the mineral soil by fragmentation and anecic earthworms."""

from __future__ import annotations

import jax.numpy as jnp

from pedozone.engine.declarations import Incorporation
from pedozone.engine.process import Process


class LitterIncorporation(Process):
    """Fragmentation feeds the first centimetres; anecic earthworms bury litter along their burrows.

    Both take litter at a rate per unit of donor and spread it exponentially by depth: fragmentation from the lowest
    organic slot, earthworms from all.
    """

    name = "litter_incorporation"
    summary = "surface litter is carried into the mineral soil"
    sources = (
        "Braakhekke et al. 2011, Ecological Modelling 222",
        "pedozone: burial that decays with depth",
    )
    incorporations = (
        Incorporation("litter_metabolic", "litter_metabolic", "fragmentation"),
        Incorporation("litter_structural", "litter_structural", "fragmentation"),
        Incorporation("litter_metabolic", "litter_metabolic", "anecic burial"),
        Incorporation("litter_structural", "litter_structural", "anecic burial"),
    )
    parameters = (
        "litter_fragmentation_rate",
        "fragmentation_depth",
        "anecic_burial_rate",
        "anecic_depth",
    )

    def incorporate(self, environment, parameters):  # noqa: D102 (inherited)
        face = environment.geometry.face[environment.organic :]

        def by_depth(efold):
            left = jnp.exp(-face / efold)
            return (left[:-1] - left[1:]) / (left[0] - left[-1])

        flat = jnp.zeros((1, environment.organic, 1))
        lowest = (jnp.arange(environment.organic) == environment.organic - 1)[None, :, None]
        plants = environment.plants
        animals = jnp.minimum(environment.fauna, 1.0)
        fragmented = jnp.where(lowest, parameters["litter_fragmentation_rate"] * animals, flat)
        buried = flat + parameters["anecic_burial_rate"] * plants.anecic * environment.fauna
        shallow, deep = (
            by_depth(parameters["fragmentation_depth"]),
            by_depth(parameters["anecic_depth"]),
        )
        return ((fragmented, shallow), (fragmented, shallow), (buried, deep), (buried, deep))
