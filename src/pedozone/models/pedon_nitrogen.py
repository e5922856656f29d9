"""Nitrogen of a pedon: what a cover brings, and the step that follows a year of carbon."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.graph import Graph
from pedozone.engine.operator import Ledger
from pedozone.engine.process import Parameters
from pedozone.engine.year import State, Year
from pedozone.models.pedon_forcing import Forcing, Physical
from pedozone.processes.environment import Environment
from pedozone.processes.mineral_nitrogen import (
    Nitrogen,
    NitrogenCover,
    NitrogenLedger,
    initial_nitrogen,
    nitrogen_drivers,
    nitrogen_year,
    total_nitrogen,
)
from pedozone.processes.nitrogen import Composition, nitrogen_per_carbon, relabelled, source_nitrogen

Array = jax.Array

LONGEST = 12_000.0
"""Years that mineral nitrogen adjusts in a spin-up: without a drain nitrate piles up and knows no steady state."""

UNKNOWN = 30.0
"""C:N of litter before there is any."""


INPUTS = {"leaf": "leaf_input", "root": "root_input", "exudate": "exudate_input", "wood": "wood_input"}
"""Fields of the forcing that hold plant carbon, by source."""


def production_share(forcing: Forcing, nitrogen: Nitrogen) -> Array:
    """Production of a year over that without want of nitrogen, [batch]; exactly 1 where nitrogen does not limit it."""
    return 1.0 - forcing.nitrogen_limitation * (1.0 - nitrogen.production)


def grown(forcing: Any, nitrogen: Nitrogen | None) -> Any:
    """The forcing of a year with the plant carbon that nitrogen allows."""
    if nitrogen is None:
        return forcing
    share = production_share(forcing, nitrogen)
    return forcing._replace(**{name: share * getattr(forcing, name) for name in INPUTS.values()})


def nitrogen_cover(forcing: Forcing, nitrogen: Nitrogen, parameters: Parameters) -> NitrogenCover:
    """What the cover and the air of a year mean for nitrogen; `forcing` has the plant carbon of full production."""
    composition = Composition(forcing.leaf_carbon_nitrogen, forcing.root_carbon_nitrogen, forcing.wood_carbon_nitrogen)
    per_carbon = source_nitrogen(composition, parameters)
    needed = sum((getattr(forcing, name) * per_carbon[source] for source, name in INPUTS.items()), jnp.zeros(()))
    return NitrogenCover(
        composition,
        forcing.nitrogen_deposition + forcing.nitrogen_fertiliser,
        forcing.nitrogen_fixation,
        adjustment=jnp.minimum(forcing.adjustment, LONGEST),
        withheld=(1.0 - production_share(forcing, nitrogen)) * needed,
        limitation=forcing.nitrogen_limitation,
        residence=forcing.nitrogen_residence,
    )


def nitrogen_before(graph: Graph, cells: Array, parameters: Parameters) -> Nitrogen:
    """Nitrogen of a column that has none yet; `cells` is any array [cells, batch]."""
    litter = jnp.full_like(cells, 1.0 / UNKNOWN)
    return initial_nitrogen(nitrogen_per_carbon(graph, litter, jnp.full_like(cells[0], UNKNOWN), parameters))


def nitrogen_after(
    graph: Graph, physical: Physical, ledger: Ledger, season: Any, environment: Environment, parameters: Parameters
) -> tuple[Nitrogen, NitrogenLedger]:
    """Nitrogen at the end of a year whose carbon has been booked, and its own ledger."""
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
        cover.withheld,
    )
    return nitrogen_year(
        graph, ledger, physical.nitrogen, drivers, parameters, cover.adjustment, cover.limitation, cover.residence
    )


class NitrogenFluxes(NamedTuple):
    """Nitrogen of a simulated year, kg N m-2 yr-1; [cells, batch] unless said.

    The nitrogen of a column, organic and mineral, changes from `opening` by ``litter + deposition + fertiliser +
    fixation + relabelled - plant_uptake - leaching - organic_loss - gaseous``.

    Attributes
    ----------
    opening
        Organic and mineral nitrogen at the start of the year, after its events, kg N m-2.
    relabelled
        Step where litter of another cover is reckoned at the C:N of the new one, kg N m-2.
    litter
        With plant carbon.
    mineralisation, immobilisation
        Set free by the organic matter of a cell in net over the year, and bound by it out of the mineral stock.
    plant_uptake, plant_demand
    deposition, fertiliser
        [batch].
    fixation
    leaching
        Mineral, through the bottom of each cell.
    organic_loss
        Out of the column with dissolved carbon.
    gaseous
        By denitrification.
    production
        Over that without want of nitrogen (-), [batch].
    """

    opening: Array
    relabelled: Array
    litter: Array
    mineralisation: Array
    immobilisation: Array
    plant_uptake: Array
    plant_demand: Array
    deposition: Array
    fertiliser: Array
    fixation: Array
    leaching: Array
    organic_loss: Array
    gaseous: Array
    production: Array


def nitrogen_fluxes(
    graph: Graph, state: State, forcing: Forcing, year: Year, parameters: Parameters
) -> NitrogenFluxes | None:
    """What became of nitrogen in a year that began with a state; None where it is not modelled."""
    before: Nitrogen | None = state.physical.nitrogen
    if before is None:
        return None
    assert year.ledger is not None
    after, booked = nitrogen_after(graph, state.physical, year.ledger, year.season, year.environment, parameters)
    organic = booked.organic
    return NitrogenFluxes(
        opening=total_nitrogen(state.stocks[0], before),
        relabelled=relabelled(state.stocks[0], before.per_carbon, after.per_carbon),
        litter=organic.brought,
        mineralisation=booked.freed,
        immobilisation=booked.immobilisation,
        plant_uptake=booked.plant_uptake,
        plant_demand=booked.demand,
        deposition=forcing.nitrogen_deposition,
        fertiliser=forcing.nitrogen_fertiliser,
        fixation=forcing.nitrogen_fixation * year.environment.plants.root_share,
        leaching=booked.leaching,
        organic_loss=organic.lost - booked.shortage_lost,
        gaseous=booked.denitrification,
        production=production_share(forcing, before),
    )
