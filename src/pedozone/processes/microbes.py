"""Microbes: uptake and growth, maintenance, mortality."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from pedozone.engine.declarations import Kind, Loss, Transfer
from pedozone.engine.process import Process


@jax.custom_jvp
def _power(base: jax.Array, exponent: jax.Array) -> jax.Array:
    """Base (positive) to an exponent. The usual exponent is one, and a power costs fifty times a product."""
    return jax.lax.cond(jnp.all(exponent == 1.0), lambda: base, lambda: base**exponent)


@_power.defjvp
def _power_jvp(primals: tuple[jax.Array, jax.Array], tangents: tuple[jax.Array, jax.Array]):
    # not the branch's own derivative, which would forget the exponent where it is one
    base, exponent = primals
    value = _power(base, exponent)
    return value, value * (exponent / base * tangents[0] + jnp.log(base) * tangents[1])


class Uptake(Process):
    """Uptake of dissolved carbon, part of it grown into biomass: ``k = V_u f_T f_W (B + B0) / (K_D + D)``.

    The seed bank B0 keeps every layer alive without inventing carbon. The efficiency is the maximum before
    maintenance; the realised one is lower where substrate is dilute.
    """

    name = "uptake"
    summary = "microbes take up dissolved carbon and respire what they do not grow with"
    sources = (
        "Abramoff et al. 2022, doi:10.1016/j.soilbio.2021.108466",
        "Manzoni et al. 2012, doi:10.1890/11-0026.1",
        "pedozone: the seed bank",
    )
    transfers = (Transfer("dom", "microbial", Kind.BIOTIC, "growth"),)
    losses = (Loss("dom", "respired", Kind.BIOTIC, "growth respiration"),)
    parameters = (
        "uptake_rate",
        "uptake_half_saturation",
        "seed_bank",
        "carbon_use_efficiency",
        "activation_energy_uptake",
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        warm = environment.arrhenius(parameters["activation_energy_uptake"])
        return parameters["uptake_rate"] * warm * environment.moisture_factor

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        half = parameters["uptake_half_saturation"]
        uptake = prepared * (state.biomass + parameters["seed_bank"]) / (half + state.dissolved)
        efficiency = parameters["carbon_use_efficiency"]
        return efficiency * uptake, (1.0 - efficiency) * uptake


class Maintenance(Process):
    """Respiration that keeps biomass alive, whatever it feeds on."""

    name = "maintenance"
    summary = "biomass is respired to stay alive"
    sources = ("van Bodegom 2007, doi:10.1007/s00248-006-9049-5",)
    losses = (Loss("microbial", "respired", Kind.BIOTIC, "maintenance respiration"),)
    parameters = ("maintenance_rate", "activation_energy_maintenance")

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        return parameters["maintenance_rate"] * environment.arrhenius(parameters["activation_energy_maintenance"])

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        return (prepared,)


class Mortality(Process):
    """Density-dependent death, ``k = k_B f_T B^(b - 1)``; residues go to minerals, solution and necromass."""

    name = "mortality"
    summary = "microbes die; their residues feed mineral surfaces, solution and necromass"
    sources = (
        "Georgiou et al. 2017, doi:10.1038/s41467-017-01116-z",
        "Ahrens et al. 2020, Soil Biology and Biochemistry 148",
    )
    transfers = (
        Transfer("microbial", "maom_intermediate", Kind.BIOTIC, "residue sorption"),
        Transfer("microbial", "dom", Kind.BIOTIC, "lysis"),
        Transfer("microbial", "necromass", Kind.BIOTIC, "necromass formation"),
    )
    parameters = (
        "mortality_rate",
        "mortality_exponent",
        "dead_to_intermediate",
        "dead_to_dissolved",
        "activation_energy_mortality",
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        return parameters["mortality_rate"] * environment.arrhenius(parameters["activation_energy_mortality"])

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        # the floor keeps the derivative of the power finite for empty cells
        crowding = _power(jnp.maximum(state.biomass, 1e-12), parameters["mortality_exponent"] - 1.0)
        death = prepared * crowding
        sorbed = parameters["dead_to_intermediate"] * state.room
        rest = death * (1.0 - sorbed)
        dissolved = parameters["dead_to_dissolved"]
        return death * sorbed, rest * dissolved, rest * (1.0 - dissolved)
