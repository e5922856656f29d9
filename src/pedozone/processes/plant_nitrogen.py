"""Production that nitrogen holds back: plants grow as far as they are given what full production needs."""

from __future__ import annotations

from collections.abc import Mapping

import jax
import jax.numpy as jnp

Array = jax.Array


def plant_demand(inputs: Mapping[str, Array], source_per_carbon: Mapping[str, Array], root_share: Array) -> Array:
    """Nitrogen that a year's plant carbon takes up, following roots, kg N m-2 yr-1 [cells, batch].

    Parameters
    ----------
    inputs : mapping of str to Array [batch]
        Plant carbon by source, kg C m-2 yr-1.
    source_per_carbon : mapping of str to Array [batch]
    root_share : Array [cells, batch]
    """
    needed = sum((carbon * source_per_carbon[source] for source, carbon in inputs.items()), 0.0)
    return needed * root_share


def share_met(taken: Array, needed: Array) -> Array:
    """Share of a demand that is met, 0 to 1; 1 where nothing is needed.

    Parameters
    ----------
    taken, needed : Array [batch]
        kg N m-2 yr-1, `taken` at most `needed`.
    """
    short = jnp.maximum(needed - taken, 0.0)
    return 1.0 - short / (needed + jnp.where(needed > 0.0, 0.0, 1.0))


def production_after(before: Array, taken: Array, needed: Array, residence: Array | float) -> Array:
    r"""Share of full production that nitrogen allows in the year to come, 0 to 1 [batch].

    Plants ask for what full production needs, D, and are given U. Their production tends to the share U/D at which
    they build what they bring at its C:N, with the residence time of nitrogen in them,

    .. math:: p' = U/D + (p - U/D)\, e^{-1/\tau} .

    This is the balance of nitrogen in plants that hold :math:`p D/(1 - e^{-1/\tau})`, gain U and shed the :math:`p D`
    of their litter.

    Parameters
    ----------
    before : Array [batch]
        Share in the year that ends.
    taken, needed : Array [batch]
        U and D, kg N m-2 yr-1.
    residence : Array [batch]
        Of nitrogen in plants, yr.

    Notes
    -----
    Production in proportion to the share of demand that is met: Thornton et al. 2007 (doi:10.1029/2006GB002868).
    """
    target = share_met(taken, needed)
    return target + (before - target) * jnp.exp(-1.0 / residence)
