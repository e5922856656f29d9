"""Dissolved and mineral-bound carbon shut into micro-aggregates."""

from __future__ import annotations

import jax.numpy as jnp

from pedozone.engine.declarations import Kind, Transfer
from pedozone.engine.process import Process

_SOURCES = ("dom", "maom_exchangeable", "maom_intermediate")


class Entrapment(Process):
    """Micro-aggregates form around what microbes glue: solution and coated minerals are shut in, and come free again.

    Entrapment ``k_e B / (K + B) sigma`` of dissolved, exchangeable and intermediate carbon, sigma being the room left
    on fine minerals; release with the break-up of micro-aggregates, to solution. Organic slots form none.
    """

    name = "entrapment"
    summary = "micro-aggregates entrap dissolved and mineral-bound carbon and release it as they break"
    sources = (
        "Totsche et al. 2018, doi:10.1002/jpln.201600451",
        "Abramoff et al. 2018, doi:10.1007/s10533-017-0409-7",
        "pedozone: in proportion to the room on fine minerals",
    )
    transfers = (
        *(Transfer(pool, "maom_occluded", Kind.BIOTIC, "entrapment") for pool in _SOURCES),
        Transfer("maom_occluded", "dom", Kind.ABIOTIC, "aggregate break-up"),
    )
    parameters = ("entrapment_rate", "macroaggregate_half_saturation", "microaggregate_breakup_rate")

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        return (parameters["entrapment_rate"] * environment.is_mineral)[None]

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        bound = state.activity(parameters["macroaggregate_half_saturation"])
        shut = prepared * bound * state.room
        return shut, shut, shut, parameters["microaggregate_breakup_rate"] * jnp.ones_like(shut)
