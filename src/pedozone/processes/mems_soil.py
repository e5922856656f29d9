"""The soil of MEMS: decay of particulate, dissolved and mineral-associated carbon, sorption, and movement."""

from __future__ import annotations

import jax.numpy as jnp

from pedozone.engine.declarations import Kind, Loss, Transfer
from pedozone.engine.process import Movement, Process
from pedozone.processes.clm_mixing import exchange
from pedozone.processes.mems_environment import SOURCE, WARMTH

_BREATH = "respiration"


class MemsSoilDecay(Process):
    """First-order decay; a share of what particulate carbon loses dissolves."""

    name = "mems_soil_decay"
    summary = "particulate, dissolved and mineral-associated carbon is respired, part of the particulate dissolves"
    sources = (SOURCE,)
    transfers = (
        Transfer("pom_heavy", "dom", Kind.BIOTIC, "leaching"),
        Transfer("pom_light", "dom", Kind.BIOTIC, "leaching"),
    )
    losses = tuple(Loss(pool, "respired", Kind.BIOTIC, _BREATH) for pool in ("pom_heavy", "pom_light", "dom", "maom"))
    parameters = (
        *WARMTH,
        "pom_heavy_decay_rate",
        "pom_light_decay_rate",
        "dom_decay_rate",
        "maom_decay_rate",
        "resistant_leached",
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        pace, leached = environment.pace(parameters), parameters["resistant_leached"]
        heavy, light, dom, maom = (
            parameters[f"{pool}_decay_rate"] * pace for pool in ("pom_heavy", "pom_light", "dom", "maom")
        )
        return (heavy * leached, light * leached, heavy * (1.0 - leached), light * (1.0 - leached), dom, maom)

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        return prepared


class MemsSorption(Process):
    """Dissolved carbon D (g m-2 in the published topsoil) sorbs at ``K D/(1 + K D)`` and comes back at ``D/Q``, d-1.

    Their difference ``D (K D/(1 + K D) - M/Q)`` is the published flux to mineral carbon M, which is written as one.
    The affinity is ``K = 10^(-a pH - b)``, the capacity Q a concentration that falls linearly with sand, times the
    mass of fine earth. In layers thinner or thicker than the published topsoil, D is the amount that a topsoil of the
    same concentration has.
    """

    name = "mems_sorption"
    summary = "dissolved carbon exchanges with mineral surfaces of limited capacity"
    sources = (SOURCE, "Mayes et al. 2012, doi:10.2136/sssaj2011.0340")
    transfers = (
        Transfer("dom", "maom", Kind.ABIOTIC, "sorption"),
        Transfer("maom", "dom", Kind.ABIOTIC, "desorption"),
    )
    parameters = (
        *WARMTH,
        "affinity_ph_slope",
        "affinity_intercept",
        "capacity_slope",
        "capacity_intercept",
        "published_depth",
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        p, soil = parameters, environment.soil
        affinity = 10.0 ** (-p["affinity_ph_slope"] * soil.ph - p["affinity_intercept"])
        holds = p["capacity_slope"] * 100.0 * (1.0 - soil.sand) + p["capacity_intercept"]  # g kg-1
        mass = soil.bulk_density * soil.thickness * (1.0 - soil.coarse)
        return {
            "pace": environment.pace(p),
            "affinity": affinity[None],
            "topsoil": (p["published_depth"] / soil.thickness)[None],
            "capacity": jnp.maximum(holds * mass, 1.0)[None],
        }

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        pace, dissolved = prepared["pace"], prepared["topsoil"] * state["dom"]
        bound = prepared["affinity"] * dissolved
        return pace * bound / (1.0 + bound), pace * state["dom"] / prepared["capacity"]


class MemsLeaching(Process):
    """Dissolved carbon goes down, and out of the column at its base.

    The published rate belongs to the published topsoil; as a velocity it is the same in layers of any thickness.
    """

    name = "mems_leaching"
    summary = "dissolved carbon is carried down and leached from the base"
    sources = (SOURCE,)
    moves = "dissolved"
    parameters = (*WARMTH, "leaching_rate", "published_depth")

    def move(self, environment, parameters):  # noqa: D102 (inherited)
        velocity = parameters["leaching_rate"] * parameters["published_depth"] * environment.pace(parameters)
        down = velocity / environment.layers.thickness
        return Movement(down, jnp.zeros_like(down))


class MemsMixing(Process):
    """Soil animals mix particulate and mineral-associated carbon between layers, by diffusion of concentrations.

    Not in the publication, whose soil is one layer, in which this does nothing.
    """

    name = "mems_mixing"
    summary = "soil animals mix particulate and mineral-associated carbon"
    sources = ("Koven et al. 2013, doi:10.5194/bg-10-7109-2013",)
    moves = "mixing"
    parameters = ("bioturbation_diffusivity",)

    def move(self, environment, parameters):  # noqa: D102 (inherited)
        return exchange(environment.layers, parameters["bioturbation_diffusivity"], jnp.zeros(()))
