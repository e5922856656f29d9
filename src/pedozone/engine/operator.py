"""Coefficients of the compartmental operator, the ledger of a year, and the operator that a year amounts to."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.graph import Graph

Array = jax.Array

EMPTY_WEIGHT = 1e-200
"""Stock (kg m-2) that stands in for an empty donor in annual means, so that its mean coefficient survives."""


class Coefficients(NamedTuple):
    """Coefficients of ``A`` (yr-1), batch innermost.

    Attributes
    ----------
    rate : tuple of Array [cells, batch]
        One per declared transfer, then one per declared loss, per unit of donor.
    down, up : tuple of Array [cells, batch]
        One per transport class: rate at which what is in a cell moves to the cell below (for the last cell: out of
        the column) and to the cell above. Upward movement from the first cell and from the uppermost mineral layer
        into an organic slot does not exist and is ignored.
    inc_rate : tuple of Array [organic, batch]
        One per incorporation.
    inc_share : tuple of Array [mineral, batch]
        Shares by mineral layer, adding up to one.
    """

    rate: tuple[Array, ...]
    down: tuple[Array, ...]
    up: tuple[Array, ...]
    inc_rate: tuple[Array, ...]
    inc_share: tuple[Array, ...]


class Ledger(NamedTuple):
    """Sums of what a stepper moved since the ledger was opened (kg C m-2; stocks in kg C m-2 yr).

    The first axis of `input`, `loss`, `face`, `moved` and `source` is the quantity: carbon, then the tracers.
    """

    stock: Array  # [pools, cells, batch]
    flux: Array  # [transfers + losses, cells, batch]
    down: Array  # [pools, cells, batch]
    up: Array  # [pools, cells, batch]
    inc: Array  # [incorporations, organic, batch]
    input: Array  # [quantities, cells, batch]
    loss: Array  # [quantities, fates, cells, batch]
    face: Array  # [quantities, classes, cells, batch], net through the bottom of the cell
    moved: Array  # [quantities, incorporations, organic, batch]
    source: Array  # [quantities, cells, batch], ageing minus decay


def open_ledger(graph: Graph, quantities: int, batch: int) -> Ledger:
    """Return an empty ledger for one year."""
    p, n, nf = len(graph.pools), graph.cells, len(graph.transfers) + len(graph.losses)
    m, q = len(graph.incorporations), quantities
    return Ledger(
        stock=jnp.zeros((p, n, batch)),
        flux=jnp.zeros((nf, n, batch)),
        down=jnp.zeros((p, n, batch)),
        up=jnp.zeros((p, n, batch)),
        inc=jnp.zeros((m, graph.organic, batch)),
        input=jnp.zeros((q, n, batch)),
        loss=jnp.zeros((q, len(graph.fates), n, batch)),
        face=jnp.zeros((q, len(graph.classes), n, batch)),
        moved=jnp.zeros((q, m, graph.organic, batch)),
        source=jnp.zeros((q, n, batch)),
    )


def annual_operator(graph: Graph, ledger: Ledger, inc_share: tuple[Array, ...]) -> Coefficients:
    """Return the operator of the recorded period on ``graph.per_pool``: flux over mean donor stock.

    Where a donor was empty throughout, its mean coefficient is returned (see :data:`EMPTY_WEIGHT`).
    """
    rate = tuple(ledger.flux[t] / ledger.stock[d] for t, d in enumerate(graph.donors))
    mobile = [p for p, q in enumerate(graph.pool_class) if q >= 0]
    index = graph.index
    return Coefficients(
        rate=rate,
        down=tuple(ledger.down[p] / ledger.stock[p] for p in mobile),
        up=tuple(ledger.up[p] / ledger.stock[p] for p in mobile),
        inc_rate=tuple(
            ledger.inc[m] / ledger.stock[index[f.donor], : graph.organic] for m, f in enumerate(graph.incorporations)
        ),
        inc_share=inc_share,
    )


def mean_stock(ledger: Ledger, years: float = 1.0) -> Array:
    """Mean stock over the recorded period, kg C m-2 [pools, cells, batch]."""
    return ledger.stock / years


def tendency(graph: Graph, coefficients: Coefficients, x: Array) -> Array:
    """Return ``A x`` (kg C m-2 yr-1) [pools, cells, batch] by scattering every declared flux.

    Parameters
    ----------
    graph : Graph
        Structure; its transport classes must be those of the coefficients.
    coefficients : Coefficients
        Rates.
    x : Array [pools, cells, batch]
        Stock.
    """
    n, top = graph.cells, graph.organic
    rows: list[Array] = [jnp.zeros_like(x[0]) for _ in graph.pools]
    nt = len(graph.transfers)
    for t, d in enumerate(graph.donors):
        flux = coefficients.rate[t] * x[d]
        rows[d] = rows[d] - flux
        if t < nt:
            rows[graph.receivers[t]] = rows[graph.receivers[t]] + flux
    allowed = jnp.asarray([0.0 if i in (0, top) else 1.0 for i in range(n)])[:, None]
    for p, q in enumerate(graph.pool_class):
        if q < 0:
            continue
        down, up = coefficients.down[q] * x[p], coefficients.up[q] * x[p] * allowed
        rows[p] = rows[p] - down - up
        rows[p] = rows[p].at[1:].add(down[:-1]).at[:-1].add(up[1:])
    for m, f in enumerate(graph.incorporations):
        donor, receiver = graph.index[f.donor], graph.index[f.receiver]
        flux = coefficients.inc_rate[m] * x[donor, :top]
        rows[donor] = rows[donor].at[:top].add(-flux)
        rows[receiver] = rows[receiver].at[top:].add(coefficients.inc_share[m] * jnp.sum(flux, axis=0))
    return jnp.stack(rows)
