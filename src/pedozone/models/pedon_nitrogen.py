"""Nitrogen of a pedon: what a cover brings, and the step that follows a year of carbon."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from pedozone.engine.graph import Graph
from pedozone.engine.operator import Ledger
from pedozone.engine.process import Parameters
from pedozone.models.pedon_forcing import Forcing, Physical
from pedozone.processes.environment import Environment
from pedozone.processes.mineral_nitrogen import (
    Nitrogen,
    NitrogenCover,
    initial_nitrogen,
    nitrogen_drivers,
    nitrogen_year,
)
from pedozone.processes.nitrogen import Composition, nitrogen_per_carbon

Array = jax.Array

LONGEST = 12_000.0
"""Years that mineral nitrogen adjusts in a spin-up: without a drain nitrate piles up and knows no steady state."""

UNKNOWN = 30.0
"""C:N of litter before there is any."""


def nitrogen_cover(forcing: Forcing) -> NitrogenCover:
    """What the cover and the air of a year mean for nitrogen."""
    composition = Composition(forcing.leaf_carbon_nitrogen, forcing.root_carbon_nitrogen, forcing.wood_carbon_nitrogen)
    years = jnp.minimum(forcing.adjustment, LONGEST)
    return NitrogenCover(composition, forcing.nitrogen_deposition, forcing.nitrogen_fixation, years)


def nitrogen_before(graph: Graph, cells: Array, parameters: Parameters) -> Nitrogen:
    """Nitrogen of a column that has none yet; `cells` is any array [cells, batch]."""
    litter = jnp.full_like(cells, 1.0 / UNKNOWN)
    return initial_nitrogen(nitrogen_per_carbon(graph, litter, jnp.full_like(cells[0], UNKNOWN), parameters))


def nitrogen_after(
    graph: Graph, physical: Physical, ledger: Ledger, season: Any, environment: Environment, parameters: Parameters
) -> Nitrogen:
    """Nitrogen at the end of a year whose carbon has been booked."""
    assert physical.nitrogen is not None
    cover: NitrogenCover = environment.nitrogen_cover
    drivers = nitrogen_drivers(
        graph,
        environment,
        season.inputs,
        season.inc_share,
        cover.composition,
        cover.deposition,
        cover.fixation,
        jnp.asarray(environment.saturation),
        physical.nitrogen,
        parameters,
    )
    after, _ = nitrogen_year(graph, ledger, physical.nitrogen, drivers, parameters, cover.adjustment)
    return after
