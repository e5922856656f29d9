"""Nitrogen at rest: what a spin-up does in place of the centuries in which a soil gains or loses its nitrogen."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from pedozone.processes.nitrogen import OrganicExchange
from pedozone.processes.plant_nitrogen import share_met

Array = jax.Array

LONG = 1000.0
"""Years of adjustment from which on production and shortage are looked for at rest."""

LEAST = 1e-12
"""Share of demand; keeps the odds of a demand that is met in full, or not at all, and their derivative finite."""

MOST_RECYCLED, FURTHEST = 0.9, 5.0
"""Largest share of the nitrogen taken up that counts as recycled, and factor by which mineralisation may be off its
balance, in an iteration."""

DAMPING, LONGEST_STRIDE = 0.3, 0.3
"""Share of a step that is made, and the longest in log-odds: carbon follows production by a year or more. None of the
four moves the steady state."""


def recycled_at_rest(exchange: OrganicExchange, gone: Array, net: Array) -> Array:
    """What litter brings and organic matter does not lose, over what organic matter gives now, [batch].

    At rest the two are one. On the way there carbon lags behind production, and what it gives with it.
    """
    due = jnp.sum(exchange.brought - exchange.lost + gone, axis=0)
    given = jnp.sum(net, axis=0)
    both = (due > 0.0) & (given > 0.0)
    ratio = jnp.where(both, due, 1.0) / jnp.where(both, given, 1.0)
    return jnp.clip(ratio, 1.0 / FURTHEST, FURTHEST)


def production_at_rest(before: Array, taken_at: Callable[[Array], Array], needed: Array, scale: Array) -> Array:
    """A step towards the share of full production at which plants return what they take, 0 to 1 [batch].

    What plants bring they are given back, less what leaks, so that plain iteration would take as many years as a soil
    takes to gain its nitrogen. The step is Newton's in the log-odds of the share, with all that litter sets free and
    binds in proportion to production.

    Parameters
    ----------
    before : Array [batch]
    taken_at : callable
        What plants take up, kg N m-2 yr-1 [batch], where organic matter gives and binds so many times what it does.
    needed : Array [batch]
        For full production, kg N m-2 yr-1.
    scale : Array [batch]
        From :func:`recycled_at_rest`.
    """
    taken, recycled = jax.jvp(taken_at, (scale,), (scale,))
    target = share_met(taken, needed)
    odds, aim = _log_odds(before), _log_odds(target)
    some = jnp.where(needed > 0.0, needed, 1.0)
    slope = recycled / some * (1.0 - before) / (target * (1.0 - target) + LEAST)
    slope = jnp.clip(jnp.where(needed > 0.0, slope, 0.0), 0.0, MOST_RECYCLED)
    stride = DAMPING * (aim - odds) / (1.0 - slope)
    return jax.nn.sigmoid(odds + jnp.clip(stride, -LONGEST_STRIDE, LONGEST_STRIDE))


def _log_odds(share: Array) -> Array:
    return jnp.log(share + LEAST) - jnp.log(1.0 - share + LEAST)
