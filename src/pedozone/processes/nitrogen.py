"""Nitrogen that moves with carbon: every pool has its C:N, what does not fit is mineralised or immobilised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.declarations import Pool, Role
from pedozone.engine.graph import Graph
from pedozone.engine.operator import Ledger
from pedozone.engine.process import Parameters
from pedozone.processes.environment import Plants

Array = jax.Array

RESPIRED = "respired"
"""Fate of carbon that leaves its nitrogen behind; with any other fate (burnt, drained) nitrogen leaves too."""

LEAST_INPUT = 1e-12
"""kg C m-2 yr-1; weight of the litter that was there before where a cover brings none."""

PARAMETERS = (
    "carbon_nitrogen_occluded",
    "carbon_nitrogen_dissolved",
    "carbon_nitrogen_microbial",
    "carbon_nitrogen_necromass",
    "carbon_nitrogen_mineral_associated",
    "carbon_nitrogen_pyrogenic",
    "carbon_nitrogen_exudate",
)

_BY_ROLE = {
    Role.OCCLUDED: "carbon_nitrogen_occluded",
    Role.DISSOLVED: "carbon_nitrogen_dissolved",
    Role.LIVING: "carbon_nitrogen_microbial",
    Role.RESIDUE: "carbon_nitrogen_necromass",
    Role.MINERAL: "carbon_nitrogen_mineral_associated",
    Role.INERT: "carbon_nitrogen_pyrogenic",
}


LEAST_NITROGEN = 1e-30
"""kg N m-2 yr-1; so that shares of nothing are 0 and have a derivative."""


class Composition(NamedTuple):
    """C:N (kg C per kg N) of the litter of a cover, [batch]."""

    leaf: Array
    root: Array
    wood: Array


class OrganicExchange(NamedTuple):
    """Nitrogen that a year's carbon carried, kg N m-2 yr-1 [cells, batch].

    With N:C of all pools held over the year, the organic nitrogen of a cell changes by exactly
    ``brought + moved - lost - (mineralised - immobilised)``.

    Attributes
    ----------
    brought : Array
        With plant inputs, at the C:N of their source.
    moved : Array
        From other cells less to them, at the C:N of the cell it comes from.
    lost : Array
        Out of the column with carbon that is not respired: dissolved organic nitrogen, smoke.
    mineralised, immobilised : Array
        Sums of the mismatches that set nitrogen free and of those that bind it.
    sunk, risen : Array
        Carried to the cell below and above; `sunk` of the last cell is in `lost`.
    taken : Array [organic, batch]
        Carried from organic slots into the mineral soil.
    buried : Array [mineral, batch]
        Where it arrives.
    """

    brought: Array
    moved: Array
    lost: Array
    mineralised: Array
    immobilised: Array
    sunk: Array
    risen: Array
    taken: Array
    buried: Array

    @property
    def net(self) -> Array:
        """Net mineralisation; negative where more is bound than set free."""
        return self.mineralised - self.immobilised


def fixed_ratio(pool: Pool) -> str | None:
    """Name of the parameter that is a pool's C:N; None for fresh litter and wood, whose source gives it."""
    return _BY_ROLE.get(pool.role)


def is_wood(pool: Pool) -> bool:
    """Whether a fresh pool holds wood."""
    return pool.role is Role.FRESH and (pool.name == "wood" or "woody" in pool.tags)


def source_nitrogen(composition: Composition, parameters: Parameters) -> dict[str, Array]:
    """Nitrogen per carbon of every plant source, kg kg-1 [batch]."""
    return {
        "leaf": 1.0 / composition.leaf,
        "root": 1.0 / composition.root,
        "wood": 1.0 / composition.wood,
        "exudate": jnp.ones_like(composition.root) / parameters["carbon_nitrogen_exudate"],
    }


def litter_nitrogen(composition: Composition, plants: Plants, organic: int, before: Array | None = None) -> Array:
    """Nitrogen per carbon of litter by cell under a cover, kg kg-1 [cells, batch].

    Organic slots hold leaf litter; litter of the mineral soil has the mean of the roots that grow and the leaves that
    are worked in there. A cover that brings no litter leaves that of the last (`before`).
    """
    leaf, root = jnp.mean(plants.leaf, axis=0), jnp.mean(plants.root, axis=0)
    in_slots = jnp.sum(plants.leaf_share[:organic], axis=0) * leaf
    in_soil = jnp.sum(plants.leaf_share[organic:], axis=0) * leaf
    cells = plants.root_share.shape[0]
    is_slot = (jnp.arange(cells) < organic)[:, None]
    carbon = jnp.where(is_slot, in_slots, in_soil + root)
    nitrogen = jnp.where(is_slot, in_slots / composition.leaf, in_soil / composition.leaf + root / composition.root)
    kept = jnp.where(is_slot, 1.0 / composition.leaf, 1.0 / composition.root) if before is None else before
    return (nitrogen + LEAST_INPUT * kept) / (carbon + LEAST_INPUT)


def nitrogen_per_carbon(graph: Graph, litter: Array, wood: Array, parameters: Parameters) -> Array:
    """Nitrogen per carbon of every pool, kg kg-1 [pools, cells, batch].

    Parameters
    ----------
    litter : Array [cells, batch]
        From :func:`litter_nitrogen`.
    wood : Array [batch]
        C:N of wood.
    """
    one = jnp.ones_like(litter)
    rows = []
    for pool in graph.pools:
        name = fixed_ratio(pool)
        if name is not None:
            rows.append(one / parameters[name])
        else:
            rows.append(one / wood if is_wood(pool) else litter)
    return jnp.stack(rows)


def organic_nitrogen(stock: Array, per_carbon: Array) -> Array:
    """Organic nitrogen of every cell at the C:N of its pools, kg N m-2 [cells, batch]."""
    return jnp.sum(stock * per_carbon, axis=0)


def relabelled(stock: Array, before: Array, after: Array) -> Array:
    """Step of organic nitrogen where the C:N of pools changes with the cover, kg N m-2 [cells, batch].

    Litter of the old cover is reckoned at the C:N of the new one. Nothing flows: the term stands in the ledger by
    itself, so that it is never taken for mineralisation.

    Parameters
    ----------
    stock : Array [pools, cells, batch]
        Carbon when the cover changes, kg C m-2.
    before, after : Array [pools, cells, batch]
        Nitrogen per carbon, kg kg-1.
    """
    return jnp.sum(stock * (after - before), axis=0)


def annual_inputs(inputs: Sequence[Array]) -> tuple[Array, ...]:
    """Declared inputs of a season, [12 or 1, cells, batch] each, as sums of the year, kg C m-2 [cells, batch]."""
    return tuple(jnp.mean(u, axis=0) for u in inputs)


def organic_exchange(
    graph: Graph,
    ledger: Ledger,
    inputs: Sequence[Array],
    inc_share: Sequence[Array],
    per_carbon: Array,
    source_per_carbon: Mapping[str, Array],
) -> OrganicExchange:
    r"""Nitrogen of a year from its carbon: N moved = C moved / (C:N of the donor).

    With :math:`n_p` nitrogen per carbon of pool p in its cell, and every flux F of the ledger,

    * a transfer p -> r sets :math:`F (n_p - n_r)` free (binds it, if negative): the receiver keeps its C:N;
    * carbon respired sets :math:`F n_p` free, since CO2 takes none;
    * an input from source s sets :math:`F (n_s - n_r)` free where it arrives;
    * carbon that comes from another cell or slot sets :math:`F (n_{from} - n_{here})` free where it arrives.

    Summed over the pools of a cell, with the carbon balance :math:`\Delta C_p = \sum F_{in} - \sum F_{out}` term by
    term, :math:`\sum_p n_p \Delta C_p = brought + moved - lost - net`: each flux adds :math:`n_r F` to the left, and
    :math:`n_{donor} F` less its mismatch to the right, which is the same. Hence the nitrogen budget closes as exactly
    as that of carbon, whatever the C:N.

    Parameters
    ----------
    ledger : Ledger
        Of carbon, over one year.
    inputs : sequence of Array [cells, batch]
        By declared input, kg C m-2 yr-1 (:func:`annual_inputs`).
    inc_share : sequence of Array [mineral, batch]
        By incorporation.
    per_carbon : Array [pools, cells, batch]
    source_per_carbon : mapping of str to Array [batch]
        By source tag of the inputs.
    """
    zero = jnp.zeros_like(per_carbon[0])
    cells, organic, transfers = graph.cells, graph.organic, len(graph.transfers)
    carried = ledger.flux * per_carbon[jnp.asarray(graph.donors, dtype=int)]  # by donor, every transfer and loss
    wanted = ledger.flux[:transfers] * per_carbon[jnp.asarray(graph.receivers, dtype=int)]
    respired = jnp.asarray([f.fate == RESPIRED for f in graph.losses], dtype=bool)[:, None, None]
    out = carried[transfers:]
    # mismatches, by what causes them: [anything, cells, batch]
    mismatch = [carried[:transfers] - wanted, jnp.where(respired, out, 0.0)]
    lost = jnp.sum(jnp.where(respired, 0.0, out), axis=0)
    brought = zero
    if graph.inputs:
        carbon = jnp.stack(inputs)
        has = jnp.stack([source_per_carbon[entry.source] for entry in graph.inputs])[:, None]
        enters = jnp.asarray([graph.index[entry.receiver] for entry in graph.inputs])
        brought = jnp.sum(carbon * has, axis=0)
        mismatch.append(carbon * (has - per_carbon[enters]))
    moves = jnp.asarray([q >= 0 for q in graph.pool_class])[:, None, None]
    rises = jnp.asarray([i not in (0, organic) for i in range(cells)])[:, None]
    down, up = jnp.where(moves, ledger.down, 0.0), jnp.where(moves & rises, ledger.up, 0.0)
    sunk, risen = jnp.sum(down * per_carbon, axis=0), jnp.sum(up * per_carbon, axis=0)
    lost, sunk = lost.at[-1].add(sunk[-1]), sunk.at[-1].set(0.0)
    taken, buried = zero[:organic], zero[organic:]
    moved = zero.at[:-1].add(risen[1:] - sunk[:-1]).at[1:].add(sunk[:-1] - risen[1:])
    step = per_carbon[:, :-1] - per_carbon[:, 1:]
    edge = jnp.zeros_like(down[:, :1])
    mismatch.append(jnp.concatenate([edge, down[:, :-1] * step], axis=1))
    mismatch.append(jnp.concatenate([-up[:, 1:] * step, edge], axis=1))
    for m, flux in enumerate(graph.incorporations):
        donor, receiver = graph.index[flux.donor], graph.index[flux.receiver]
        carries = ledger.inc[m] * per_carbon[donor, :organic]
        carbon = inc_share[m] * jnp.sum(ledger.inc[m], axis=0)
        arrived = inc_share[m] * jnp.sum(carries, axis=0)
        taken, buried = taken + carries, buried + arrived
        mismatch.append(zero.at[organic:].set(arrived - carbon * per_carbon[receiver, organic:])[None])
    moved = moved.at[:organic].add(-taken).at[organic:].add(buried)
    settled = jnp.concatenate(mismatch)
    free = jnp.sum(jnp.maximum(settled, 0.0), axis=0)
    bound = jnp.sum(jnp.maximum(-settled, 0.0), axis=0)
    return OrganicExchange(brought, moved, lost, free, bound, sunk, risen, taken, buried)


def shortage_carried(shortage: Array, exchange: OrganicExchange, held: Array) -> tuple[Array, Array]:
    """Let what organic matter lacks of its nitrogen go where the matter goes.

    A cell's shortage is spread over its organic matter: what leaves takes its share, ``out / (held + out)`` of it in a
    year (implicit), to the cells to which it moves or out of the column. Without this a litter layer that binds more
    than it is given would run up a debt larger than itself.

    Parameters
    ----------
    shortage : Array [cells, batch]
        kg N m-2.
    exchange : OrganicExchange
    held : Array [cells, batch]
        Mean organic nitrogen of the year at nominal C:N, kg N m-2.

    Returns
    -------
    Array, Array [cells, batch]
        The shortage after it has moved, and what of it left the column.
    """
    organic = exchange.taken.shape[0]
    taken = jnp.zeros_like(held).at[:organic].set(exchange.taken)
    out = exchange.sunk + exchange.risen + taken + exchange.lost
    part = shortage / (held + out + LEAST_INPUT)
    down, up, inward, lost = (part * x for x in (exchange.sunk, exchange.risen, taken, exchange.lost))
    after = shortage - down - up - inward - lost
    after = after.at[1:].add(down[:-1]).at[:-1].add(up[1:])
    spread = exchange.buried / (jnp.sum(exchange.buried, axis=0) + LEAST_NITROGEN)
    # the remainder that a vanishing burial leaves undivided stays where it was
    left = jnp.sum(inward, axis=0) * (1.0 - jnp.sum(spread, axis=0))
    after = after.at[organic:].add(spread * jnp.sum(inward, axis=0))
    return (after.at[0].add(left) if organic else after), lost
