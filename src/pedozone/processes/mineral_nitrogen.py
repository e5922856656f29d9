"""Mineral nitrogen by layer: what plants and microbes compete for, what water takes away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from pedozone.engine.declarations import Role
from pedozone.engine.graph import Graph
from pedozone.engine.operator import Ledger
from pedozone.engine.process import Parameters
from pedozone.processes.environment import Environment
from pedozone.processes.nitrogen import (
    RESPIRED,
    Composition,
    OrganicExchange,
    annual_inputs,
    fixed_ratio,
    is_wood,
    litter_nitrogen,
    nitrogen_per_carbon,
    organic_exchange,
    organic_nitrogen,
    shortage_carried,
    source_nitrogen,
)
from pedozone.processes.nitrogen_competition import LEAST_DEMAND, Layers, shared_out
from pedozone.processes.nitrogen_losses import denitrified_rate, drained_rate
from pedozone.processes.nitrogen_rest import LONG, production_at_rest, recycled_at_rest
from pedozone.processes.nitrogen_shortage import leaving, shortage_at_rest, shortage_moved
from pedozone.processes.plant_nitrogen import plant_demand, production_after
from pedozone.processes.stoichiometry import feeding, mean_efficiency
from pedozone.processes.transport import LEAST_WATER

Array = jax.Array

UNLIMITED = 1.0
"""kg N m-2 yr-1; available before the first year has been counted: a hundred times what any soil needs."""

PARAMETERS = (
    "nitrate_fraction",
    "nitrogen_half_saturation",
    "denitrification_rate",
    "denitrification_threshold",
    "denitrification_exponent",
    "activation_energy_depolymerisation",
)


class Nitrogen(NamedTuple):
    """Nitrogen that a column carries from year to year.

    Attributes
    ----------
    mineral : Array [cells, batch]
        kg N m-2, never negative.
    shortage : Array [cells, batch]
        Nitrogen that organic matter lacks of its nominal C:N, kg N m-2, never negative.
    available : Array [cells, batch]
        To microbes in the year to come, kg N m-2 yr-1.
    per_carbon : Array [pools, cells, batch]
        Nitrogen per carbon of the last year, kg kg-1.
    plant_limitation : Array [batch]
        Share of the plants' demand that the soil did not meet, 0 to 1.
    fed : Array [cells, batch]
        Nitrogen per carbon of what fed the solution in the last year, kg kg-1.
    production : Array [batch]
        Share of full production that nitrogen lets plants reach in the year to come, 0 to 1.
    """

    mineral: Array
    shortage: Array
    available: Array
    per_carbon: Array
    plant_limitation: Array
    fed: Array
    production: Array


class NitrogenCover(NamedTuple):
    """What the cover and the air mean for nitrogen in a year.

    Attributes
    ----------
    composition : Composition
    deposition, fixation : Array [batch]
        kg N m-2 yr-1.
    adjustment : Array
        Years by which mineral nitrogen adjusts.
    withheld : Array [batch]
        Nitrogen that full production needs and the year's does not, kg N m-2 yr-1; asked for as well.
    limitation : Array [batch]
        1 where what plants find limits production, 0 where it does not.
    residence : Array [batch]
        Of nitrogen in plants, yr.
    """

    composition: Composition
    deposition: Array
    fixation: Array
    adjustment: Array
    withheld: Array
    limitation: Array
    residence: Array


class NitrogenDrivers(NamedTuple):
    """What a year brings to the nitrogen of a column.

    Attributes
    ----------
    inputs : tuple of Array [cells, batch]
        Carbon by declared input, kg C m-2 yr-1.
    inc_share : tuple of Array [mineral, batch]
    per_carbon : Array [pools, cells, batch]
        Under the cover of the year, kg kg-1.
    source_per_carbon : mapping of str to Array [batch]
    demand : Array [cells, batch]
        Of plants, kg N m-2 yr-1.
    supply : Array [cells, batch]
        Deposition and fixation, kg N m-2 yr-1.
    drained, denitrified : Array [cells, batch]
        Rates at which mineral nitrogen goes down with water and into the air, yr-1.
    half_saturation : Array [cells, batch]
        Mineral nitrogen at which half the demand is met, kg N m-2.
    temperature : Array [cells, batch]
        Annual mean, degC.
    """

    inputs: tuple[Array, ...]
    inc_share: tuple[Array, ...]
    per_carbon: Array
    source_per_carbon: Mapping[str, Array]
    demand: Array
    supply: Array
    drained: Array
    denitrified: Array
    half_saturation: Array
    temperature: Array


class NitrogenLedger(NamedTuple):
    """Nitrogen of a year, kg N m-2 yr-1 [cells, batch].

    The total (:func:`total_nitrogen`) of a column changes by ``organic.brought + supply - organic.lost -
    plant_uptake - denitrification + shortage_lost`` less what leaves through its base (`leaching` of the last cell),
    and by the step where litter is relabelled with the cover. `organic` is at nominal C:N: matter that leaves with a
    shortage takes less nitrogen, by `shortage_lost`.
    """

    organic: OrganicExchange
    freed: Array  # by organic matter, in net, into the mineral stock
    supply: Array
    demand: Array
    plant_uptake: Array
    immobilisation: Array  # bound in organic matter, out of the mineral stock
    leaching: Array  # through the bottom of the cell
    denitrification: Array
    shortage_moved: Array  # with matter, from other cells less to them
    shortage_lost: Array  # with matter that left the column
    microbial_demand: Array  # what growth at full efficiency would need of mineral nitrogen


def nitrogen_drivers(
    graph: Graph,
    environment: Environment,
    inputs: Sequence[Array],
    inc_share: Sequence[Array],
    composition: Composition,
    deposition: Array,
    fixation: Array,
    saturation: Array,
    before: Nitrogen | None,
    parameters: Parameters,
    withheld: Array | float = 0.0,
) -> NitrogenDrivers:
    """Put together what a year brings to the nitrogen of a column.

    Parameters
    ----------
    environment : Environment
    inputs, inc_share : sequence of Array
        Of the season: declared inputs [12 or 1, cells, batch], shares of incorporation [mineral, batch].
    composition : Composition
        C:N of the cover's litter.
    deposition, fixation : Array [batch]
        kg N m-2 yr-1; the one falls on the top of the column, the other follows roots.
    saturation : Array [12, cells, batch]
        Share of the pores that water fills.
    before : Nitrogen or None
        At the start of the year.
    withheld : Array [batch]
        Nitrogen that full production needs beyond the year's, kg N m-2 yr-1.
    """
    plants = environment.plants
    litter = [k for k in graph.roles(Role.FRESH) if fixed_ratio(graph.pools[k]) is None and not is_wood(graph.pools[k])]
    kept = None if before is None or not litter else before.per_carbon[litter[0]]
    of_litter = litter_nitrogen(composition, plants, graph.organic, kept)
    sources = source_nitrogen(composition, parameters)
    annual = annual_inputs(inputs)
    grown: dict[str, Array] = {}
    for entry, carbon in zip(graph.inputs, annual, strict=True):
        grown[entry.source] = grown.get(entry.source, 0.0) + jnp.sum(carbon, axis=0)
    water = jnp.mean(environment.theta, axis=0) * environment.geometry.volume
    supply = fixation * plants.root_share
    return NitrogenDrivers(
        inputs=annual,
        inc_share=tuple(inc_share),
        per_carbon=nitrogen_per_carbon(graph, of_litter, composition.wood, parameters),
        source_per_carbon=sources,
        demand=plant_demand(grown, sources, plants.root_share) + withheld * plants.root_share,
        supply=supply.at[0].add(deposition),
        drained=drained_rate(environment, parameters),
        denitrified=denitrified_rate(environment, saturation, parameters),
        half_saturation=parameters["nitrogen_half_saturation"] * jnp.maximum(water, LEAST_WATER),
        temperature=jnp.mean(environment.temperature, axis=0),
    )


def initial_nitrogen(per_carbon: Array) -> Nitrogen:
    """No mineral nitrogen, no shortage, no limit to microbes, half of full production; N:C [pools, cells, batch]."""
    zero = jnp.zeros_like(per_carbon[0])
    none = jnp.zeros_like(zero[0])
    return Nitrogen(zero, zero, zero + UNLIMITED, per_carbon, none, zero + UNLIMITED, none + 0.5)


def total_nitrogen(stock: Array, nitrogen: Nitrogen) -> Array:
    """Organic and mineral nitrogen less the shortage, kg N m-2 [cells, batch], of carbon [pools, cells, batch]."""
    return organic_nitrogen(stock, nitrogen.per_carbon) + nitrogen.mineral - nitrogen.shortage


def microbial_need(
    graph: Graph, ledger: Ledger, drivers: NitrogenDrivers, parameters: Parameters
) -> tuple[Array, Array, Array]:
    """Mineral nitrogen that growth took, and that growth at full efficiency would take, kg N m-2 yr-1 [cells, batch].

    Third comes the nitrogen per carbon of what fed the solution, kg kg-1. The first two count what feeds the dissolved
    pool (its C:N is CN_flux) as the microbes' own.
    """
    zero = jnp.zeros_like(drivers.demand)
    uptake, growth = zero, zero
    pools = graph.pools
    for t, donor in enumerate(graph.donors):
        if pools[donor].role is not Role.DISSOLVED:
            continue
        if t < len(graph.transfers):
            if pools[graph.receivers[t]].role is Role.LIVING:
                uptake, growth = uptake + ledger.flux[t], growth + ledger.flux[t]
        elif graph.losses[t - len(graph.transfers)].fate == RESPIRED:
            uptake = uptake + ledger.flux[t]
    fed = feeding(graph, tuple(ledger.flux), drivers.inputs, drivers.per_carbon, drivers.source_per_carbon)
    full = mean_efficiency(fed.weights, drivers.temperature, parameters)
    per_growth = 1.0 / parameters["carbon_nitrogen_microbial"]
    own = uptake * fed.nitrogen
    taken = jnp.maximum(growth * per_growth - own, 0.0)
    return taken, jnp.maximum(full * uptake * per_growth - own, 0.0), fed.nitrogen


def nitrogen_year(
    graph: Graph,
    ledger: Ledger,
    nitrogen: Nitrogen,
    drivers: NitrogenDrivers,
    parameters: Parameters,
    years: float | Array = 1.0,
    limitation: Array | float = 0.0,
    residence: Array | float = 1.0,
) -> tuple[Nitrogen, NitrogenLedger]:
    """Step nitrogen over a year, after its carbon.

    Mineral nitrogen turns over within weeks, so that the implicit step of a year lands on its quasi-steady state: what
    comes in is taken up or lost within the year, and only a rest stands at its end. With m at the end of the year,
    ``(m - m_0)/years = source + inflow - D m/(K + m) - (drained + denitrified) m``. Losses are linear in m, as is
    the inflow from above; the demand D is solved with them (a quadratic), since a linearised one could be exceeded.
    Positive for any step.

    A cell's mismatches are settled with each other first: what one transfer sets free another one binds within weeks.
    Only the net of the year passes through the mineral stock. What organic matter needs and does not get becomes its
    *shortage*: the total counts organic matter at nominal C:N less the shortage, so that none is made. The shortage
    moves with organic matter, is demanded again in the years to come, and taken off what is available to growth.

    Parameters
    ----------
    ledger : Ledger
        Of the year's carbon.
    nitrogen : Nitrogen
        At the start of the year.
    drivers : NitrogenDrivers
    years : float
        Years for which the mineral stock may adjust: 1 in a simulated year, thousands in a spin-up. The ledger closes
        over a year of 1.
    limitation, residence : Array [batch]
        Of the cover (:class:`NitrogenCover`).

    Notes
    -----
    Plants and microbes share what is short in proportion to what they demand (relative demand; Thornton et al. 2007,
    doi:10.1029/2006GB002868, technical note of CLM5), in every layer by itself.
    """
    exchange = organic_exchange(
        graph, ledger, drivers.inputs, drivers.inc_share, drivers.per_carbon, drivers.source_per_carbon
    )
    held = organic_nitrogen(ledger.stock, drivers.per_carbon)
    limited = jnp.asarray(limitation) > 0.0
    # where production hangs on it, matter sets free what it has; else its debt is asked for, and a spin-up lets it go
    rates = leaving(exchange, held)
    diluted = shortage_moved(nitrogen.shortage, rates, exchange, held)
    carried, leached = shortage_carried(nitrogen.shortage, exchange, held)
    owed, gone = jnp.where(limited, diluted.shortage, carried), jnp.where(limited, diluted.lost, leached)
    held_back = jnp.where(limited, diluted.held_back, 0.0)
    wanted = jnp.maximum(-exchange.net, 0.0) + jnp.where(limited, 0.0, owed / years)
    freed = jnp.maximum(exchange.net, 0.0) - held_back
    source = freed + drivers.supply
    layers = Layers(drivers.demand, drivers.half_saturation, drivers.drained, drivers.denitrified)
    mineral, inflow, demand, to_plants, bound = shared_out(source, wanted, nitrogen.mineral, layers, years, limitation)
    shortage = jnp.maximum(wanted - bound, 0.0)  # over the year; never negative but for rounding
    shortage = shortage + jnp.where(limited, owed, 0.0)
    grown, full, fed = microbial_need(graph, ledger, drivers, parameters)
    # growth of the year to come competes for what this one set free, its own taking included
    recycled = jnp.maximum(exchange.net - held_back + grown, 0.0)
    due = jnp.where(limited, wanted - bound, shortage)
    offered = jnp.maximum(recycled + drivers.supply + inflow + mineral - due, 0.0)
    share = full / (full + demand + LEAST_DEMAND)
    available = jnp.maximum(offered * share, offered - demand)
    needed, taken = jnp.sum(drivers.demand, axis=0), jnp.sum(to_plants, axis=0)
    unmet = jnp.maximum(needed - taken, 0.0) / (needed + LEAST_DEMAND)
    production = production_after(nitrogen.production, taken, needed, residence)
    after = Nitrogen(mineral, shortage, available, drivers.per_carbon, unmet, fed, production)

    def at_rest() -> Nitrogen:
        def taken_at(scale: Array) -> Array:
            given = scale * freed + drivers.supply
            found = shared_out(given, scale * wanted, nitrogen.mineral, layers, years, limitation)
            return jnp.sum(found.plants, axis=0)

        scale = recycled_at_rest(exchange, gone, freed - bound)
        found = production_at_rest(nitrogen.production, taken_at, needed, scale)
        lacking = shortage_at_rest(nitrogen.shortage, rates, wanted - bound, jnp.asarray(years))
        return after._replace(
            production=jnp.where(limited, found, after.production), shortage=jnp.where(limited, lacking, after.shortage)
        )

    long = jnp.any((jnp.asarray(years) >= LONG) & limited)
    return lax.cond(long, at_rest, lambda: after), NitrogenLedger(
        organic=exchange,
        freed=freed,
        supply=drivers.supply,
        demand=drivers.demand,
        plant_uptake=to_plants,
        immobilisation=bound,
        leaching=drivers.drained * mineral,
        denitrification=drivers.denitrified * mineral,
        shortage_moved=owed + gone + held_back - nitrogen.shortage,
        shortage_lost=gone,
        microbial_demand=full,
    )
