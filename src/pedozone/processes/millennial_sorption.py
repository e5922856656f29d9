"""Sorption of Millennial: dissolved carbon on mineral surfaces of limited capacity, and leaching of the rest."""

from __future__ import annotations

import jax.numpy as jnp

from pedozone.engine.declarations import Kind, Loss, Transfer
from pedozone.engine.process import Process
from pedozone.processes.millennial_environment import DAYS, sorption_capacity


class MillennialSorption(Process):
    """To minerals ``S_wD K_lm (1 - M/Q)``, back ``K_ld/Q``, with the affinity ``K_lm = K_ld exp(-p1 pH - p2)``.

    Beyond the capacity the published flux to minerals changes its sign; here what then comes back is a coefficient of
    the mineral pool, the same flux.
    """

    name = "millennial_sorption"
    summary = "low molecular weight carbon exchanges with mineral surfaces"
    sources = (
        "Abramoff et al. 2022, doi:10.1016/j.soilbio.2021.108466",
        "Mayes et al. 2012, doi:10.2136/sssaj2011.0340",
        "Georgiou et al. 2022, doi:10.1038/s41467-022-31540-9",
    )
    transfers = (
        Transfer("lmwc", "maom", Kind.ABIOTIC, "sorption"),
        Transfer("maom", "lmwc", Kind.ABIOTIC, "desorption"),
    )
    parameters = ("desorption_rate", "affinity_ph_slope", "affinity_intercept", "capacity_of_fines", "porosity")

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        p = parameters
        bound = jnp.exp(-p["affinity_ph_slope"] * environment.soil.ph - p["affinity_intercept"])
        capacity = sorption_capacity(environment.soil, p)
        rate = DAYS * p["desorption_rate"]
        return {
            "sorbing": rate * bound * environment.diffusion(p),
            "desorbing": (rate / capacity)[None],
            "capacity": capacity[None],
        }

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        mineral, capacity = state["maom"], prepared["capacity"]
        filled = mineral / capacity
        excess = jnp.maximum(filled - 1.0, 0.0) / jnp.maximum(mineral, capacity)
        return (
            prepared["sorbing"] * jnp.maximum(1.0 - filled, 0.0),
            prepared["desorbing"] + prepared["sorbing"] * state["lmwc"] * excess,
        )


class MillennialLeaching(Process):
    """Dissolved carbon leaves with water at ``k_l S_wD``."""

    name = "millennial_leaching"
    summary = "low molecular weight carbon is leached"
    sources = ("Abramoff et al. 2022, doi:10.1016/j.soilbio.2021.108466",)
    losses = (Loss("lmwc", "leached", Kind.TRANSPORT, "leaching"),)
    parameters = ("leaching_rate", "porosity")

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        return DAYS * parameters["leaching_rate"] * environment.diffusion(parameters)

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        return (prepared,)
