"""Decomposition of MIMICS: two kinds of microbes eat litter and available carbon and oxidise protected carbon."""

from __future__ import annotations

import jax.numpy as jnp

from pedozone.engine.declarations import Kind, Loss, Transfer
from pedozone.engine.process import Array, Process
from pedozone.processes.mimics_environment import HOURS, MICROBES, SUBSTRATES, root_of

_PUBLISHED = "Wieder et al. 2015, doi:10.5194/gmd-8-1789-2015"
_REVERSE = "Pierson et al. 2022, doi:10.1038/s41598-022-14224-8"


class MimicsDecomposition(Process):
    """Reverse Michaelis-Menten kinetics: ``V B/(K + B)`` per unit of substrate, for each kind of microbes B.

    Velocity and half saturation rise exponentially with temperature; clay raises the half saturation of available
    carbon. Of what is eaten a share grows, that of available carbon being that of metabolic litter. Chemically
    protected carbon is oxidised to available carbon at the velocities of structural litter and a multiple of its half
    saturations.
    """

    name = "mimics_decomposition"
    summary = "copiotrophs and oligotrophs eat litter and available carbon and oxidise chemically protected carbon"
    sources = (_PUBLISHED, _REVERSE)
    transfers = (
        *(
            Transfer(pool, f"microbial_{kind}", Kind.BIOTIC, "growth")
            for kind in MICROBES
            for pool in SUBSTRATES.values()
        ),
        Transfer("chemically_protected", "available", Kind.BIOTIC, "oxidation"),
    )
    losses = tuple(Loss(pool, "respired", Kind.BIOTIC, "growth respiration") for pool in SUBSTRATES.values())
    parameters = (
        "velocity_slope",
        "velocity_intercept",
        "velocity_scale",
        "saturation_intercept",
        "saturation_scale",
        "protection_scale",
        "protection_clay",
        *(f"saturation_slope_{name}" for name in SUBSTRATES),
        *(f"velocity_{kind}_{name}" for kind in MICROBES for name in SUBSTRATES),
        *(f"affinity_{kind}_{name}" for kind in MICROBES for name in SUBSTRATES),
        *(f"growth_{kind}_{name}" for kind in MICROBES for name in ("metabolic", "structural")),
        *(f"oxidation_{kind}" for kind in MICROBES),
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        p, warmth = parameters, environment.temperature
        speed = jnp.exp(p["velocity_slope"] * warmth + p["velocity_intercept"]) * p["velocity_scale"]
        speed = HOURS * speed * environment.activity
        protection = p["protection_scale"] * jnp.exp(-p["protection_clay"] * root_of(environment.clay))
        found = {}
        for name in SUBSTRATES:
            half = jnp.exp(p[f"saturation_slope_{name}"] * warmth + p["saturation_intercept"]) * p["saturation_scale"]
            if name == "available":
                half = half / protection
            for kind in MICROBES:
                found[kind, name] = (p[f"velocity_{kind}_{name}"] * speed, half / p[f"affinity_{kind}_{name}"])
        return found

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        grown, respired = [], dict.fromkeys(SUBSTRATES, jnp.zeros(()))
        oxidised = jnp.zeros(())
        for kind in MICROBES:
            microbes = state[f"microbial_{kind}"]
            for name, pool in SUBSTRATES.items():
                velocity, half = prepared[kind, name]
                eaten = velocity * self._limitation(half, state[pool], microbes)
                growth = parameters[f"growth_{kind}_{'structural' if name == 'structural' else 'metabolic'}"]
                grown.append(growth * eaten)
                respired[name] = respired[name] + (1.0 - growth) * eaten
            velocity, half = prepared[kind, "structural"]
            half = parameters[f"oxidation_{kind}"] * half
            oxidised = oxidised + velocity * self._limitation(half, state["chemically_protected"], microbes)
        return (*grown, oxidised, *respired.values())

    def _limitation(self, half: Array, substrate: Array, microbes: Array) -> Array:
        return microbes / (half + microbes)


class MimicsForwardDecomposition(MimicsDecomposition):
    """Michaelis-Menten kinetics: ``V B/(K + S)`` per unit of substrate S, as printed in 2015."""

    name = "mimics_decomposition_forward"
    sources = (_PUBLISHED,)

    def _limitation(self, half: Array, substrate: Array, microbes: Array) -> Array:
        return microbes / (half + substrate)
