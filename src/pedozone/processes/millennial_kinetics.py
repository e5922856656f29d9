"""Depolymerisation and uptake of Millennial V2, with three kinetics to choose from."""

from __future__ import annotations

import jax.numpy as jnp

from pedozone.engine.declarations import Kind, Loss, Transfer
from pedozone.engine.process import Array, Process

_SOURCE = "Abramoff et al. 2022, doi:10.1016/j.soilbio.2021.108466"
_ECA = "Tang and Riley 2013, doi:10.5194/bg-10-8329-2013"


class _Equilibrium:
    """Biomass and substrate both saturate (equilibrium chemistry approximation)."""

    def _limitation(self, half: Array, substrate: Array, biomass: Array) -> Array:
        return biomass / (half + biomass + substrate)


class _Proportional:
    """Nothing saturates."""

    def _limitation(self, half: Array, substrate: Array, biomass: Array) -> Array:
        return biomass / half


class MillennialDepolymerisation(Process):
    """Reverse Michaelis-Menten kinetics: ``V S_wD B/(K + B)`` per unit of particulate carbon."""

    name = "millennial_depolymerisation"
    summary = "microbes break particulate carbon down to low molecular weight carbon"
    sources = (_SOURCE,)
    transfers = (Transfer("pom", "lmwc", Kind.BIOTIC, "depolymerisation"),)
    parameters = (
        "depolymerisation_factor",
        "depolymerisation_energy",
        "depolymerisation_half_saturation",
        "porosity",
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        velocity = environment.velocity(parameters["depolymerisation_factor"], parameters["depolymerisation_energy"])
        return velocity * environment.diffusion(parameters)

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        half = parameters["depolymerisation_half_saturation"]
        return (prepared * self._limitation(half, state["pom"], state["microbial"]),)

    def _limitation(self, half: Array, substrate: Array, biomass: Array) -> Array:
        return biomass / (half + biomass)


class MillennialDepolymerisationECA(_Equilibrium, MillennialDepolymerisation):
    """Equilibrium chemistry approximation: ``V S_wD B/(K + B + POM)``."""

    name = "millennial_depolymerisation_eca"
    sources = (_SOURCE, _ECA)


class MillennialDepolymerisationLinear(_Proportional, MillennialDepolymerisation):
    """Proportional to biomass: ``V S_wD B/K``."""

    name = "millennial_depolymerisation_linear"


class MillennialUptake(Process):
    """Michaelis-Menten kinetics: ``V S_wB B/(K + LMWC)``; the efficiency of growth falls as it gets warmer.

    The efficiency is held within 0 and 1, which the published program leaves to its user.
    """

    name = "millennial_uptake"
    summary = "microbes take up low molecular weight carbon, grow with part of it and respire the rest"
    sources = (_SOURCE,)
    transfers = (Transfer("lmwc", "microbial", Kind.BIOTIC, "growth"),)
    losses = (Loss("lmwc", "respired", Kind.BIOTIC, "growth respiration"),)
    parameters = (
        "uptake_factor",
        "uptake_energy",
        "uptake_half_saturation",
        "growth_efficiency",
        "growth_efficiency_slope",
        "growth_efficiency_temperature",
        "porosity",
        "oxygen_least_factor",
        "water_potential",
        "water_potential_sensitivity",
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        velocity = environment.velocity(parameters["uptake_factor"], parameters["uptake_energy"])
        warmer = environment.temperature - parameters["growth_efficiency_temperature"]
        efficiency = parameters["growth_efficiency"] - parameters["growth_efficiency_slope"] * warmer
        return velocity * environment.activity(parameters), jnp.clip(efficiency, 0.0, 1.0)

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        velocity, efficiency = prepared
        half = parameters["uptake_half_saturation"]
        uptake = velocity * self._limitation(half, state["lmwc"], state["microbial"])
        return efficiency * uptake, (1.0 - efficiency) * uptake

    def _limitation(self, half: Array, substrate: Array, biomass: Array) -> Array:
        return biomass / (half + substrate)


class MillennialUptakeECA(_Equilibrium, MillennialUptake):
    """Equilibrium chemistry approximation: ``V S_wB B/(K + LMWC + B)``."""

    name = "millennial_uptake_eca"
    sources = (_SOURCE, _ECA)


class MillennialUptakeLinear(_Proportional, MillennialUptake):
    """Proportional to biomass: ``V S_wB B/K``."""

    name = "millennial_uptake_linear"
