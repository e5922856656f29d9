"""Derivatives of the solve and of the step: one transposed solve, then products cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp

from pedozone.engine.graph import Graph
from pedozone.engine.operator import Coefficients

if TYPE_CHECKING:
    from pedozone.engine.blocktri.solver import Step

Array = jax.Array
TransposedSolve = Callable[[Graph, Array, Coefficients, Array], Array]
"""Solves ``(I - dt A)^T s = rhs`` given graph, dt, coefficients and right-hand sides."""


def _total(terms: list[Array], like: Array) -> Array:
    return sum(terms[1:], terms[0]) if terms else jnp.zeros_like(like)


def _shifted(row: Array) -> tuple[Array, Array]:
    """Rows of the cell below and of the cell above; zero outside the column."""
    outside = jnp.zeros_like(row[:, :, :1])
    below = jnp.concatenate([row[:, :, 1:], outside], axis=2)
    above = jnp.concatenate([outside, row[:, :, :-1]], axis=2)
    return below, above


def _upward(graph: Graph) -> Array:
    """1 for cells that something may leave upward, 0 for the first cell and the uppermost mineral layer."""
    return jnp.asarray([0.0 if i in (0, graph.organic) else 1.0 for i in range(graph.cells)])[:, None]


def coefficient_cotangent(
    graph: Graph, dt: Array, c: Coefficients, row: Array, column: Array, weight: Array | None = None
) -> tuple[Coefficients, list[Array] | None]:
    """Derivative of ``row^T (dt A) column`` by every coefficient, summed over right-hand sides.

    Parameters
    ----------
    row, column : Array [right_hand_sides, pools, cells, batch]
    weight : Array [pools, cells, batch], optional
        Factor of a donor on its transport and incorporation (second Patankar stage).

    Returns
    -------
    Coefficients
        Cotangents of the coefficients; those of the rates by the rates in use.
    list of Array [cells, batch] or None
        Cotangents of the weights by pool, without what comes through the rates; None without weights.
    """
    top, nt = graph.organic, len(graph.transfers)

    def gain(receiving: Array | float, giving: Array, stock: Array) -> Array:
        return dt * jnp.sum((receiving - giving) * stock, axis=0)

    rate = tuple(
        gain(row[:, graph.receivers[t]] if t < nt else 0.0, row[:, d], column[:, d]) for t, d in enumerate(graph.donors)
    )
    zero = jnp.zeros_like(row[0, 0])
    below, above = _shifted(row)
    allowed = _upward(graph)
    down: list[list[Array]] = [[] for _ in graph.classes]
    up: list[list[Array]] = [[] for _ in graph.classes]
    by_weight: list[list[Array]] = [[] for _ in graph.pools]
    for p, q in enumerate(graph.pool_class):
        if q < 0:
            continue
        falling = gain(below[:, p], row[:, p], column[:, p])
        rising = gain(above[:, p], row[:, p], column[:, p]) * allowed
        down[q].append(falling if weight is None else falling * weight[p])
        up[q].append(rising if weight is None else rising * weight[p])
        by_weight[p].append(c.down[q] * falling + c.up[q] * rising)
    inc_rate, inc_share = [], []
    for m, f in enumerate(graph.incorporations):
        donor, receiver = graph.index[f.donor], row[:, graph.index[f.receiver], top:]
        stock = column[:, donor, :top]
        carried = gain(jnp.sum(c.inc_share[m] * receiver, axis=1)[:, None], row[:, donor, :top], stock)
        held = stock if weight is None else stock * weight[donor, :top]
        inc_rate.append(carried if weight is None else carried * weight[donor, :top])
        moved = jnp.sum(c.inc_rate[m] * held, axis=1)
        inc_share.append(dt * jnp.sum(receiver * moved[:, None], axis=0))
        by_weight[donor].append(jnp.concatenate([c.inc_rate[m] * carried, zero[top:]]))
    bar = Coefficients(
        rate,
        tuple(_total(terms, zero) for terms in down),
        tuple(_total(terms, zero) for terms in up),
        tuple(inc_rate),
        tuple(inc_share),
    )
    return bar, None if weight is None else [_total(terms, zero) for terms in by_weight]


def _by_dt(dt: Array, pairs: list[tuple[Array, Array]]) -> Array:
    """Derivative by a factor that multiplies every first member, given their cotangents."""
    return sum((jnp.sum(x * y) for x, y in pairs), jnp.zeros(())) / dt


def _scaled(c: Coefficients, bar: Coefficients) -> list[tuple[Array, Array]]:
    names = ("rate", "down", "up", "inc_rate")
    return [pair for name in names for pair in zip(getattr(c, name), getattr(bar, name), strict=True)]


def pull_back_solve(
    graph: Graph, dt: Array, c: Coefficients, solution: Array, lam: Array, *, transpose: bool
) -> tuple[Array, Array, Coefficients]:
    """Cotangents of dt, of the identity's factor and of the coefficients of a solve, `lam` being that of its rhs."""
    by_row, by_column = (solution, lam) if transpose else (lam, solution)
    bar, _ = coefficient_cotangent(graph, dt, c, by_row, by_column)
    return _by_dt(dt, _scaled(c, bar)), -jnp.sum(lam * solution), bar


def pull_back_step(
    transposed_solve: TransposedSolve, graph: Graph, operands: Step, after: Array, cotangent: Array
) -> Step:
    """Cotangents of the operands of a step without ledger, but for those that :func:`completed` adds.

    Parameters
    ----------
    transposed_solve : callable
    operands : Step
    after, cotangent : Array [quantities, pools, cells, batch]
        State after the step and its cotangent.
    """
    x, dt, tracing, c = operands.state, operands.dt, operands.tracing, operands.coefficients
    pools = range(len(graph.pools))
    factor = jnp.concatenate([jnp.ones(1), jnp.exp(-tracing.decay * dt)])[:, None, None, None]
    z, right = after / factor, cotangent * factor
    if operands.rate0 is None or operands.stage is None:
        lam = transposed_solve(graph, dt, c, right)
        bar, _ = coefficient_cotangent(graph, dt, c, lam, z)
        rate0_bar = stage_bar = None
        x_bar = [lam[0, p] for p in pools]
    else:
        full = operands.stage > 0.0
        inverse = jnp.where(full, 1.0 / jnp.where(full, operands.stage, 1.0), 0.0)
        ratio = jnp.where(full, x[0] * inverse, 1.0)
        used = weighted(graph, c, operands.rate0, ratio)
        lam = transposed_solve(graph.per_pool, dt, used, right)
        bar, weight_bar = coefficient_cotangent(graph, dt, c, lam, z, 0.5 * (1.0 + ratio))
        assert weight_bar is not None
        terms = [[0.5 * w] for w in weight_bar]
        for t, d in enumerate(graph.donors):
            terms[d].append(0.5 * operands.rate0[t] * bar.rate[t])
        ratio_bar = [_total(term, term[0]) * inverse[p] for p, term in enumerate(terms)]
        rate0_bar = tuple(0.5 * ratio[d] * bar.rate[t] for t, d in enumerate(graph.donors))
        bar = bar._replace(rate=tuple(0.5 * b for b in bar.rate))
        stage_bar = jnp.stack([-r * ratio[p] for p, r in enumerate(ratio_bar)])
        x_bar = [lam[0, p] + ratio_bar[p] for p in pools]
    aged = dt * jnp.einsum("q,qpnb->pnb", tracing.ageing, lam[1:])
    input_bar = []
    for u, entry in enumerate(graph.inputs):
        gained = dt * lam[:, graph.index[entry.receiver]]
        tagged = jnp.sum(tracing.signature[:, u][:, None] * gained[1:], axis=0)
        input_bar.append(gained[0] + tagged)
    return operands._replace(
        state=jnp.concatenate([(jnp.stack(x_bar) + aged)[None], lam[1:]]),
        inputs=tuple(input_bar),
        coefficients=bar,
        rate0=rate0_bar,
        stage=stage_bar,
    )


def completed(graph: Graph, operands: Step, after: Array, cotangent: Array, bar: Step) -> Step:
    """Add the cotangents of dt and of the tracing to those of the other operands.

    They are rarely asked for; inside compiled code what nobody asks for is not computed.
    """
    x, dt, tracing, lam = operands.state, operands.dt, operands.tracing, bar.state[1:]
    signature = [
        dt * jnp.sum(operands.inputs[u] * lam[:, graph.index[entry.receiver]], axis=1)
        for u, entry in enumerate(graph.inputs)
    ]
    ageing = dt * jnp.einsum("pnb,qpnb->q", x[0], lam)
    decayed = jnp.sum(after[1:] * cotangent[1:], axis=(1, 2, 3))
    pairs = [
        *_scaled(operands.coefficients, bar.coefficients),
        *zip(operands.inputs, bar.inputs, strict=True),
        *zip(operands.rate0 or (), bar.rate0 or (), strict=True),
        (tracing.ageing, ageing),
    ]
    traced = tracing._replace(
        signature=jnp.stack(signature, axis=1) if signature else jnp.zeros_like(tracing.signature),
        ageing=ageing,
        decay=-dt * decayed,
    )
    return bar._replace(dt=_by_dt(dt, pairs) - jnp.sum(tracing.decay * decayed), tracing=traced)


def weighted(graph: Graph, c: Coefficients, rate0: tuple[Array, ...], ratio: Array) -> Coefficients:
    """Coefficients of the second Patankar stage, on ``graph.per_pool``; `ratio` is x^n / x^(1)."""
    weight = 0.5 * (1.0 + ratio)
    mobile = [p for p, q in enumerate(graph.pool_class) if q >= 0]
    return Coefficients(
        rate=tuple(0.5 * (k0 * ratio[d] + k1) for k0, k1, d in zip(rate0, c.rate, graph.donors, strict=True)),
        down=tuple(c.down[graph.pool_class[p]] * weight[p] for p in mobile),
        up=tuple(c.up[graph.pool_class[p]] * weight[p] for p in mobile),
        inc_rate=tuple(
            c.inc_rate[m] * weight[graph.index[f.donor], : graph.organic] for m, f in enumerate(graph.incorporations)
        ),
        inc_share=c.inc_share,
    )
