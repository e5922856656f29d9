"""How plants and microbes share mineral nitrogen, layer by layer from the top with the water."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

Array = jax.Array

LEAST_DEMAND = 1e-30
"""kg N m-2 yr-1; so that shares of no demand are 0 and have a derivative."""


LASTING = 12_000.0
"""Years after which a stock is what a year's fluxes would keep; where plants look for nitrogen hangs on no other, so
that a spin-up comes to rest where years do."""


class Layers(NamedTuple):
    """What takes mineral nitrogen out of a layer, [cells, batch].

    Attributes
    ----------
    demand : Array
        Of plants, by roots, kg N m-2 yr-1.
    half_saturation : Array
        Mineral nitrogen at which half of a demand is met, kg N m-2.
    drained, denitrified : Array
        Rates at which it goes down with water and into the air, yr-1.
    """

    demand: Array
    half_saturation: Array
    drained: Array
    denitrified: Array


class Shared(NamedTuple):
    """Mineral nitrogen of a year, shared out, [cells, batch].

    Attributes
    ----------
    mineral : Array
        Left at the end, kg N m-2.
    inflow : Array
        From the cell above, kg N m-2 yr-1.
    demand : Array
        What plants ask for in the layer, kg N m-2 yr-1.
    plants, bound : Array
        What plants take up, and what organic matter binds, kg N m-2 yr-1.
    """

    mineral: Array
    inflow: Array
    demand: Array
    plants: Array
    bound: Array


def met(supplied: Array, demand: Array, half: Array, lost: Array) -> Array:
    """Stock m >= 0 at which ``supplied = lost m + demand m / (half + m)``, kg N m-2.

    Parameters
    ----------
    supplied : Array
        kg N m-2 yr-1, not negative.
    demand : Array
        kg N m-2 yr-1, not negative; never exceeded, nearly met where m is far above `half`.
    half : Array
        kg N m-2, above 0.
    lost : Array
        yr-1, above 0.
    """
    b = lost * half + demand - supplied
    root = jnp.sqrt(b * b + 4.0 * lost * half * supplied)
    # the two forms of the positive root; each loses all digits on the other side
    short = b >= 0.0
    scarce = 2.0 * supplied * half / jnp.where(short, b + root, 1.0)
    return jnp.where(short, scarce, (root - b) / (2.0 * lost))


def shared_out(
    source: Array, wanted: Array, mineral: Array, layers: Layers, years: float | Array, limitation: Array | float
) -> Shared:
    """Share mineral nitrogen between plants, microbes, water and air.

    Plants and microbes get the same share of what they ask for. Plants ask where their roots are; where nitrogen limits
    production, what they would lack they ask for once more, in the layers out of which water and air would take most
    nitrogen, in proportion to that and to roots (compensated uptake: Simunek and Hopmans 2009,
    doi:10.1016/j.ecolmodel.2008.11.004). They are never given more than their demand: what is asked for again is not
    more than what is unmet, and asking for more leaves less.

    Parameters
    ----------
    source : Array [cells, batch]
        Set free, deposited and fixed, kg N m-2 yr-1.
    wanted : Array [cells, batch]
        By organic matter, kg N m-2 yr-1.
    mineral : Array [cells, batch]
        At the start, kg N m-2.
    layers : Layers
    years : float
        For which the stock may adjust.
    limitation : Array [batch]
        1 where nitrogen limits production, else 0.
    """
    lasting, now = (_shared(source, wanted, mineral, layers.demand, layers, t) for t in (LASTING, years))
    whole = jnp.sum(layers.demand, axis=0)
    unmet = whole - jnp.maximum(jnp.sum(lasting.plants, axis=0), jnp.sum(now.plants, axis=0))
    unused = layers.demand * (layers.drained + layers.denitrified) * lasting.mineral
    again = limitation * jnp.maximum(unmet, 0.0) * unused / (jnp.sum(unused, axis=0) + LEAST_DEMAND)
    return _shared(source, wanted, mineral, layers.demand + again, layers, years)


def _shared(
    source: Array, wanted: Array, mineral: Array, demand: Array, layers: Layers, years: float | Array
) -> Shared:
    asked = wanted + demand
    left, uptake, inflow = _descend(source + mineral / years, asked, layers, years)
    parts = (uptake * part / (asked + LEAST_DEMAND) for part in (demand, wanted))
    return Shared(left, inflow, demand, *parts)


def _descend(supplied: Array, demand: Array, layers: Layers, years: float | Array) -> tuple[Array, Array, Array]:
    """Mineral stock, uptake and inflow of every cell, from the top down with the water. [cells, batch] each."""
    leaving = 1.0 / years + layers.drained + layers.denitrified

    def cell(inflow: Array, here: tuple[Array, ...]) -> tuple[Array, tuple[Array, ...]]:
        given, wanted, half, lost, drained = here
        m = met(given + inflow, wanted, half, lost)
        return drained * m, (m, wanted * m / (half + m), inflow)

    rows = (supplied, demand, layers.half_saturation, leaving, layers.drained)
    _, (left, uptake, inflow) = lax.scan(cell, jnp.zeros_like(supplied[0]), rows)
    return left, uptake, inflow
