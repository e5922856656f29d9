"""Litter of MEMS: what plants give, its decay by microbes and leaching, and its fragmentation into the soil."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from pedozone.engine.declarations import Input, Kind, Loss, Transfer
from pedozone.engine.process import Process
from pedozone.processes.mems_environment import SOURCE, WARMTH

_SOURCES = (SOURCE, "Campbell et al. 2016, doi:10.1016/j.soilbio.2016.06.007")
_BREATH = "respiration"


class MemsLitterInputs(Process):
    """Litter divides by what hot water and acid dissolve; part of the soluble is leached before microbes reach it.

    Leaves enter the first layer, whose litter is the litter layer; roots enter by depth.
    """

    name = "mems_litter_inputs"
    summary = "leaves and roots enter soluble, acid-soluble and acid-insoluble litter and its dissolved carbon"
    sources = _SOURCES
    inputs = tuple(
        Input(pool, source)
        for source in ("leaf", "root")
        for pool in ("litter_soluble", "litter_dom", "litter_acid_soluble", "litter_acid_insoluble")
    )
    parameters = ("cold_water_share",)

    def supply(self, environment, parameters):  # noqa: D102 (inherited)
        quality, leached = environment.quality, parameters["cold_water_share"]
        parts = (
            quality.soluble * (1.0 - leached),
            quality.soluble * leached,
            1.0 - quality.soluble - quality.insoluble,
            quality.insoluble,
        )
        first = jnp.zeros_like(environment.root_share).at[0].set(1.0)
        places = (environment.leaf * first, environment.root * environment.root_share)
        return tuple(part * amount for amount in places for part in parts)


class MemsLitterDecay(Process):
    """Litter decays at the pace its nitrogen and lignocellulose index allow, feeds microbes and leaches.

    Written with N the nitrogen of the litter (per cent) and L the lignocellulose index of what lies there:

    - pace of soluble and acid-soluble litter ``min(1/(1 + exp(-Nmax (N - Nmid))), exp(-3 L))``;
    - growth of microbes ``min(1/(1 + exp(-Nmax (N - Nmid))), 1 - exp(-7 |L - 0.7|))`` of the greatest efficiency;
    - leaching from the greatest share at no lignin or nitrogen down to the least at Lmax or Nmax, the smaller of the
      two;
    - acid-insoluble litter ``0.2/(1 + 200 exp(-8.15 L))`` as fast as acid-soluble litter at its fastest.
    """

    name = "mems_litter_decay"
    summary = "microbes in the litter grow on it and die; dissolved carbon is leached from it"
    sources = _SOURCES
    transfers = (
        Transfer("litter_soluble", "litter_microbial", Kind.BIOTIC, "growth"),
        Transfer("litter_acid_soluble", "litter_microbial", Kind.BIOTIC, "growth"),
        Transfer("litter_soluble", "litter_dom", Kind.BIOTIC, "leaching"),
        Transfer("litter_acid_soluble", "litter_dom", Kind.BIOTIC, "leaching"),
        Transfer("litter_acid_insoluble", "litter_dom", Kind.BIOTIC, "leaching"),
        Transfer("litter_microbial", "litter_dom", Kind.BIOTIC, "leaching"),
        Transfer("litter_microbial", "pom_heavy", Kind.BIOTIC, "microbial products"),
    )
    losses = tuple(
        Loss(f"litter_{pool}", "respired", Kind.BIOTIC, _BREATH)
        for pool in ("soluble", "acid_soluble", "acid_insoluble", "microbial")
    )
    parameters = (
        *WARMTH,
        "soluble_decay_rate",
        "acid_soluble_decay_rate",
        "microbial_decay_rate",
        "soluble_growth",
        "acid_soluble_growth",
        "soluble_leached_most",
        "soluble_leached_least",
        "acid_soluble_leached_most",
        "acid_soluble_leached_least",
        "microbial_leached",
        "resistant_leached",
        "microbial_to_heavy",
        "lignocellulose_most",
        "nitrogen_most",
        "nitrogen_middle",
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        nitrogen = environment.quality.nitrogen
        fed = jax.nn.sigmoid(parameters["nitrogen_most"] * (nitrogen - parameters["nitrogen_middle"]))
        rich = jnp.minimum(nitrogen / parameters["nitrogen_most"], 1.0)
        return {"pace": environment.pace(parameters), "fed": fed[None, None], "rich": rich[None, None]}

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        p, pace, index = parameters, prepared["pace"], state.lignocellulose
        slowed = jnp.minimum(prepared["fed"], jnp.exp(-3.0 * index))
        growing = jnp.minimum(prepared["fed"], -jnp.expm1(-7.0 * jnp.abs(index - 0.7)))
        held = jnp.maximum(prepared["rich"], jnp.minimum(index / p["lignocellulose_most"], 1.0))
        grown, leached, respired = [], [], []
        for pool in ("soluble", "acid_soluble"):
            decay = p[f"{pool}_decay_rate"] * slowed * pace
            most, least = p[f"{pool}_leached_most"], p[f"{pool}_leached_least"]
            share = most - (most - least) * held
            growth = p[f"{pool}_growth"] * growing
            grown.append(decay * (1.0 - share) * growth)
            leached.append(decay * share)
            respired.append(decay * (1.0 - share) * (1.0 - growth))
        resistant = p["acid_soluble_decay_rate"] * 0.2 / (1.0 + 200.0 * jnp.exp(-8.15 * index)) * pace
        death = p["microbial_decay_rate"] * pace
        products = death * (1.0 - p["microbial_leached"])
        return (
            *grown,
            *leached,
            resistant * p["resistant_leached"],
            death * p["microbial_leached"],
            products * p["microbial_to_heavy"],
            *respired,
            resistant * (1.0 - p["resistant_leached"]),
            products * (1.0 - p["microbial_to_heavy"]),
        )


class MemsFragmentation(Process):
    """Structural litter falls apart into heavy and light particulate carbon; its dissolved carbon enters the soil."""

    name = "mems_fragmentation"
    summary = "structural litter becomes particulate carbon, dissolved carbon of the litter that of the soil"
    sources = (SOURCE,)
    transfers = (
        *(
            Transfer(f"litter_{litter}", f"pom_{pom}", Kind.ABIOTIC, "fragmentation")
            for litter in ("acid_soluble", "acid_insoluble")
            for pom in ("heavy", "light")
        ),
        Transfer("litter_dom", "dom", Kind.TRANSPORT, "percolation"),
    )
    parameters = (*WARMTH, "fragmentation_rate", "fragments_to_heavy", "percolation_rate")

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        pace, heavy = environment.pace(parameters), parameters["fragments_to_heavy"]
        falling = parameters["fragmentation_rate"] * pace
        split = (falling * heavy, falling * (1.0 - heavy))
        return (*split, *split, parameters["percolation_rate"] * pace)

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        return prepared
