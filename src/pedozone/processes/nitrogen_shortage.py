"""Matter that lacks part of its nitrogen: what leaves it, by movement or by mineralisation, has as much less."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.processes.nitrogen import LEAST_INPUT, LEAST_NITROGEN, OrganicExchange

Array = jax.Array


def leaving(exchange: OrganicExchange, held: Array) -> Array:
    """Rates at which nitrogen leaves the organic matter of cells for others and for good, yr-1 [batch, to, from].

    Off the diagonal (negative) it arrives; a column adds up to what leaves organic matter altogether, mineralised in
    net or lost.

    Parameters
    ----------
    exchange : OrganicExchange
    held : Array [cells, batch]
        Mean organic nitrogen of the year at nominal C:N, kg N m-2.
    """
    cells, organic = held.shape[0], exchange.taken.shape[0]
    spread = exchange.buried / (jnp.sum(exchange.buried, axis=0) + LEAST_NITROGEN)
    taken = jnp.zeros_like(held).at[:organic].set(exchange.taken * jnp.sum(spread, axis=0))
    freed = jnp.maximum(exchange.net, 0.0)
    into = jnp.zeros((cells, *held.shape))  # [to, from, batch]
    below, slots, mineral = jnp.arange(cells - 1), jnp.arange(organic), jnp.arange(organic, cells)
    into = into.at[below + 1, below].add(exchange.sunk[:-1]).at[below, below + 1].add(exchange.risen[1:])
    if organic:
        into = into.at[mineral[:, None], slots[None]].add(spread[:, None] * exchange.taken[None])
    out = exchange.sunk.at[-1].set(0.0) + exchange.risen.at[0].set(0.0) + taken + exchange.lost + freed
    whole = jnp.eye(cells)[:, :, None] * out[None] - into
    return jnp.moveaxis(whole / (held + LEAST_INPUT)[None], -1, 0)


class Diluted(NamedTuple):
    """A shortage after a year, [cells, batch].

    Attributes
    ----------
    shortage : Array
        kg N m-2.
    held_back : Array
        Of net mineralisation at nominal C:N, what is not there to be set free, kg N m-2 yr-1.
    lost : Array
        Of what leaves the column at nominal C:N, likewise.
    """

    shortage: Array
    held_back: Array
    lost: Array


def shortage_moved(shortage: Array, rates: Array, exchange: OrganicExchange, held: Array) -> Diluted:
    """A shortage after a year in which it leaves with matter, implicit: ``(1 + L) s' = s``.

    Since nominal nitrogen obeys the same equation with more on its right, matter never comes to lack more than it
    holds. Where an event took matter and left its debt, no flux lacks more than its own nitrogen; the rest stays owed.

    Parameters
    ----------
    shortage : Array [cells, batch]
        kg N m-2.
    rates : Array [batch, to, from]
        L, from :func:`leaving`.
    exchange, held
        As there.
    """
    after = _solved(jnp.eye(rates.shape[-1]) + rates, shortage)
    share = after / (held + LEAST_INPUT)
    freed = jnp.maximum(exchange.net, 0.0)
    most = jnp.minimum(share, 1.0)
    return Diluted(after + (share - most) * (freed + exchange.lost), most * freed, most * exchange.lost)


def shortage_at_rest(before: Array, rates: Array, unmet: Array, years: Array) -> Array:
    """Shortage that a year reproduces, of which some is new: ``s = (1 + L)^-1 s + u``, kg N m-2 [cells, batch].

    Parameters
    ----------
    before : Array [cells, batch]
        kg N m-2; where nothing leaves, this and what has been added over `years` stay.
    rates : Array [batch, to, from]
        L, from :func:`leaving`.
    unmet : Array [cells, batch]
        u: asked for by organic matter and not given, kg N m-2.
    years : Array [batch]
    """
    cells = before.shape[0]
    step = jnp.broadcast_to(1.0 / years, before.shape[1:])
    new = unmet + jnp.einsum("bij,jb->ib", rates, unmet)
    return _solved(rates + step[:, None, None] * jnp.eye(cells), new + step * before)


def _solved(system: Array, right: Array) -> Array:
    """Solve systems [batch, cells, cells] for right-hand sides [cells, batch]."""
    return jnp.linalg.solve(system, right.T[:, :, None])[:, :, 0].T
