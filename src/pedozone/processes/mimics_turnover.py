"""Death of microbes in MIMICS, to carbon protected in three ways, and desorption."""

from __future__ import annotations

import jax.numpy as jnp

from pedozone.engine.declarations import Kind, Transfer
from pedozone.engine.process import Process
from pedozone.processes.mimics_environment import GRAMS, HOURS, MICROBES, root_of

_SOURCES = ("Wieder et al. 2015, doi:10.5194/gmd-8-1789-2015",)


class MimicsTurnover(Process):
    """Microbes die faster on good litter and in productive places; clay and litter decide what protects the dead.

    With an exponent above one they die faster where they are dense, as MIMICS has it in the layers of CLM; one, as
    published, makes death proportional to their mass.

    The shares are those published, ``a exp(b clay)`` physically and ``c exp(-d metabolic)`` chemically protected; in
    very heavy clay, where they would add up to more than one, the first is held to one and the second to the rest.
    """

    name = "mimics_turnover"
    summary = "dead microbes become physically protected, chemically protected and available carbon"
    sources = (*_SOURCES, "Georgiou et al. 2017, doi:10.1038/s41467-017-01116-z")
    transfers = tuple(
        Transfer(f"microbial_{kind}", pool, Kind.BIOTIC, "death")
        for kind in MICROBES
        for pool in ("physically_protected", "chemically_protected", "available")
    )
    parameters = (
        "death_productivity",
        "death_productivity_least",
        "death_productivity_most",
        "death_factor",
        "death_exponent",
        *(f"death_{kind}" for kind in MICROBES),
        *(f"death_{kind}_metabolic" for kind in MICROBES),
        *(f"physical_{kind}" for kind in MICROBES),
        *(f"physical_{kind}_clay" for kind in MICROBES),
        *(f"chemical_{kind}" for kind in MICROBES),
        *(f"chemical_{kind}_metabolic" for kind in MICROBES),
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        p, metabolic = parameters, environment.metabolic
        productive = root_of(GRAMS * environment.productivity / p["death_productivity"])
        pace = jnp.clip(productive, p["death_productivity_least"], p["death_productivity_most"]) * p["death_factor"]
        found = []
        for kind in MICROBES:
            death = HOURS * pace * p[f"death_{kind}"] * jnp.exp(p[f"death_{kind}_metabolic"] * metabolic)
            physical = p[f"physical_{kind}"] * jnp.exp(p[f"physical_{kind}_clay"] * environment.clay)
            physical = jnp.minimum(physical, 1.0)
            chemical = p[f"chemical_{kind}"] * jnp.exp(-p[f"chemical_{kind}_metabolic"] * metabolic)
            chemical = jnp.minimum(chemical, 1.0 - physical)
            found += [death * physical, death * chemical, death * (1.0 - physical - chemical)]
        return tuple(rate[None] for rate in found)

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        given = []
        for i, kind in enumerate(MICROBES):
            # kept off zero, where the slope in the exponent has no end
            dense = jnp.maximum(state[f"microbial_{kind}"], 1e-12) ** (parameters["death_exponent"] - 1.0)
            given += [rate * dense for rate in prepared[3 * i : 3 * i + 3]]
        return tuple(given)


class MimicsDesorption(Process):
    """Physically protected carbon becomes available at ``a exp(-b clay)``."""

    name = "mimics_desorption"
    summary = "physically protected carbon becomes available"
    sources = _SOURCES
    transfers = (Transfer("physically_protected", "available", Kind.ABIOTIC, "desorption"),)
    parameters = ("desorption_rate", "desorption_clay")

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        slowed = jnp.exp(-parameters["desorption_clay"] * environment.clay)
        return (HOURS * parameters["desorption_rate"] * slowed)[None]

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        return (prepared,)
