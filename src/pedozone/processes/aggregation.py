"""Formation and break-up of aggregates that occlude particulate carbon."""

from __future__ import annotations

import jax.numpy as jnp

from pedozone.engine.declarations import Kind, Transfer
from pedozone.engine.process import Process
from pedozone.processes.minerals import aggregation_factor


class Aggregation(Process):
    """Microbes bind structural litter into macro-aggregates up to a cap; turnover and tillage break them.

    Formation ``k_f f_W B / (K + B) [1 - c / c_max]+``; break-up ``k_b (1 + tillage)``, a share of it to
    micro-aggregates, which break slowly. Organic slots form none, and clay that sodium disperses fewer.
    """

    name = "aggregation"
    summary = "particulate carbon is occluded in macro- and micro-aggregates and released as they break"
    sources = (
        "Six et al. 2000, doi:10.1016/S0038-0717(00)00179-6",
        "Abramoff et al. 2018, doi:10.1007/s10533-017-0409-7",
        "pedozone: structural litter alone is occluded",
    )
    transfers = (
        Transfer("litter_structural", "pom_macro", Kind.BIOTIC, "aggregate formation"),
        Transfer("pom_macro", "litter_structural", Kind.ABIOTIC, "aggregate break-up"),
        Transfer("pom_macro", "pom_micro", Kind.ABIOTIC, "aggregate break-up"),
        Transfer("pom_micro", "litter_structural", Kind.ABIOTIC, "aggregate break-up"),
    )
    parameters = (
        "macroaggregate_formation_rate",
        "macroaggregate_half_saturation",
        "macroaggregate_capacity",
        "macroaggregate_breakup_rate",
        "macro_to_micro_fraction",
        "microaggregate_breakup_rate",
        "sodium_aggregation_strength",
        "sodium_half_dispersion",
        "salinity_half_flocculation",
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        plants = environment.plants
        ploughing = plants.tillage_intensity * plants.tilled
        held = aggregation_factor(environment.soil, parameters)
        forming = parameters["macroaggregate_formation_rate"] * environment.is_mineral * held
        return {
            "forming": forming * environment.moisture_factor,
            "breaking": (parameters["macroaggregate_breakup_rate"] * jnp.ones_like(ploughing))[None],
            "ploughing": ploughing[None],
        }

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        filled = state.concentration("pom_macro") / parameters["macroaggregate_capacity"]
        bound = state.activity(parameters["macroaggregate_half_saturation"])
        to_micro = parameters["macro_to_micro_fraction"]
        # a prescribed boundary stands for what roots and animals break, beside the plough
        breaking = prepared["breaking"] * (state.prescribed + prepared["ploughing"])
        return (
            prepared["forming"] * bound * jnp.maximum(1.0 - filled, 0.0),
            (1.0 - to_micro) * breaking,
            to_micro * breaking,
            parameters["microaggregate_breakup_rate"] * state.prescribed * jnp.ones_like(filled),
        )
