"""Dissolved carbon that aluminium and iron of acid soil bind and precipitate."""

from __future__ import annotations

import jax.numpy as jnp

from pedozone.engine.declarations import Kind, Transfer
from pedozone.engine.process import Process
from pedozone.processes.minerals import calcium_weight, oxide_excess


class Complexation(Process):
    """Complexes with aluminium and iron take carbon out of solution: ``k_c a (1 - w) [o - o_ref]+ sigma``.

    o is oxalate-extractable Al + 1/2 Fe (kg kg-1), o_ref that of the reference soil with as much clay and silt, w the
    weight of calcium by pH, a the oxygen of the soil air, for iron dissolves without it, and sigma the room left on the
    slow surfaces, to whose capacity oxides add; k_c is in yr-1 per kg kg-1. A soil that does not tell its oxides forms
    none.
    """

    name = "complexation"
    summary = "aluminium and iron of acid soil bind and precipitate dissolved carbon"
    sources = (
        "Scheel et al. 2008, Organic Geochemistry 39",
        "Michalzik et al. 2001, doi:10.1023/A:1006441620810",
        "Kalbitz and Kaiser 2008, doi:10.1002/jpln.200700043",
        "Mikutta et al. 2006, doi:10.1007/s10533-005-0712-6",
        "pedozone: in proportion to oxides, oxygen and room",
    )
    transfers = (Transfer("dom", "maom_intermediate", Kind.ABIOTIC, "complexation"),)
    parameters = ("complexation_rate", "calcium_ph_midpoint", "calcium_ph_width")

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        acid = 1.0 - calcium_weight(environment.ph, parameters)
        if environment.soil.oxides is None:
            return jnp.zeros_like(acid)[None]
        oxides = jnp.maximum(oxide_excess(environment.soil), 0.0)
        return (parameters["complexation_rate"] * acid * oxides)[None] * environment.air

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        return (prepared * state.room,)
