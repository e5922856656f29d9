"""Aggregates of Millennial: made of particulate and mineral-associated carbon, broken into both."""

from __future__ import annotations

import jax.numpy as jnp

from pedozone.engine.declarations import Kind, Transfer
from pedozone.engine.process import Process
from pedozone.processes.millennial_environment import DAYS


class MillennialAggregation(Process):
    """Aggregates form at ``k_pa S_wD`` and ``k_ma S_wD`` and break at ``k_b S_wD``, a share of it to particulate."""

    name = "millennial_aggregation"
    summary = "particulate and mineral-associated carbon become aggregates and come back as these break"
    sources = ("Abramoff et al. 2022, doi:10.1016/j.soilbio.2021.108466",)
    transfers = (
        Transfer("pom", "aggregate", Kind.ABIOTIC, "aggregate formation"),
        Transfer("maom", "aggregate", Kind.ABIOTIC, "aggregate formation"),
        Transfer("aggregate", "pom", Kind.ABIOTIC, "aggregate break-up"),
        Transfer("aggregate", "maom", Kind.ABIOTIC, "aggregate break-up"),
    )
    parameters = (
        "particulate_aggregation_rate",
        "mineral_aggregation_rate",
        "aggregate_breakup_rate",
        "breakup_to_particulate",
        "porosity",
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        wet = DAYS * environment.diffusion(parameters)
        breaking = parameters["aggregate_breakup_rate"] * wet
        particulate = parameters["breakup_to_particulate"]
        return (
            parameters["particulate_aggregation_rate"] * wet,
            parameters["mineral_aggregation_rate"] * wet,
            particulate * breaking,
            (1.0 - particulate) * breaking,
        )

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        return tuple(jnp.asarray(k) for k in prepared)
