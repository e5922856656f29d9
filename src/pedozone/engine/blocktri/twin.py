"""The pure-JAX twin of the compiled kernel: same arguments, same results to rounding, any device."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from pedozone.engine.graph import Graph
from pedozone.engine.operator import Coefficients

Array = jax.Array


def _eliminate(matrix: Array, right: Array) -> Array:
    """Solve small dense systems by elimination without pivoting.

    Parameters
    ----------
    matrix : Array [size, size, batch]
    right : Array [size, columns, batch]
    """
    size = matrix.shape[0]
    for k in range(size):
        pivot = 1.0 / matrix[k, k]
        row_m, row_r = matrix[k] * pivot, right[k] * pivot
        factor = matrix[:, k].at[k].set(0.0)
        matrix = (matrix - factor[:, None] * row_m[None]).at[k].set(row_m)
        right = (right - factor[:, None] * row_r[None]).at[k].set(row_r)
    return right


def dense(diagonal: Array, lower: Array, upper: Array, rhs: Array) -> Array:
    """Solve block-tridiagonal systems with diagonal coupling between cells.

    Parameters
    ----------
    diagonal : Array [cells, size, size, batch]
    lower, upper : Array [cells, size, batch]
        Coupling of a cell to the one above and below; the first and last entries are ignored.
    rhs : Array [right_hand_sides, size, cells, batch]
    """
    size = diagonal.shape[1]
    b = jnp.moveaxis(rhs, 2, 0).swapaxes(1, 2)  # [cells, size, rhs, batch]
    lower = lower.at[0].set(0.0)
    upper = upper.at[-1].set(0.0)
    eye = jnp.eye(size)[:, :, None]

    def forward(carry: tuple[Array, Array], row: tuple[Array, Array, Array, Array]):
        gain, above = carry
        d, low, up, right = row
        d = d - low[:, None] * gain
        right = right - low[:, None] * above
        solved = _eliminate(d, jnp.concatenate([eye * up[None], right], axis=1))
        gain, right = solved[:, :size], solved[:, size:]
        return (gain, right), (gain, right)

    start = (jnp.zeros_like(diagonal[0]), jnp.zeros_like(b[0]))
    _, (gains, ys) = lax.scan(forward, start, (diagonal, lower, upper, b))

    def backward(below: Array, row: tuple[Array, Array]):
        gain, y = row
        s = y - jnp.sum(gain[:, :, None] * below[None], axis=1)
        return s, s

    _, s = lax.scan(backward, jnp.zeros_like(b[0]), (gains, ys), reverse=True)
    return jnp.moveaxis(s.swapaxes(1, 2), 0, 2)


def solve(
    graph: Graph,
    dt: Array,
    identity: Array,
    coefficients: Coefficients,
    rhs: Array,
    *,
    transpose: bool,
) -> Array:
    """Solve ``(identity I - dt A) s = rhs``, or its transpose, component by component.

    Parameters
    ----------
    rhs : Array [right_hand_sides, pools, cells, batch]
    """
    n, top = graph.cells, graph.organic
    nt = len(graph.transfers)
    out = [jnp.zeros_like(rhs[0, 0]) for _ in graph.pools]
    for t, d in enumerate(graph.donors):
        out[d] = out[d] + dt * coefficients.rate[t]
    allowed = jnp.asarray([0.0 if i in (0, top) else 1.0 for i in range(n)])[:, None]
    down, up = {}, {}
    for p, q in enumerate(graph.pool_class):
        zero = jnp.zeros_like(rhs[0, 0])
        down[p] = zero if q < 0 else dt * coefficients.down[q]
        up[p] = zero if q < 0 else dt * coefficients.up[q] * allowed
        out[p] = out[p] + down[p] + up[p]
    for m, f in enumerate(graph.incorporations):
        donor = graph.index[f.donor]
        out[donor] = out[donor].at[:top].add(dt * coefficients.inc_rate[m])
    z = [rhs[:, p] for p in range(len(graph.pools))]

    def component(pools: tuple[int, ...], first: int, last: int) -> None:
        if first >= last:
            return
        inside = []
        for t in range(nt):
            d, r = graph.donors[t], graph.receivers[t]
            if (d in pools) and (r in pools):
                inside.append(t)
            elif not transpose and r in pools:
                z[r] = z[r].at[:, first:last].add((dt * coefficients.rate[t] * z[d])[:, first:last])
            elif transpose and d in pools:
                z[d] = z[d].at[:, first:last].add((dt * coefficients.rate[t] * z[r])[:, first:last])
        local = {p: a for a, p in enumerate(pools)}
        zero = jnp.zeros_like(out[0][first:last])
        block = [[zero for _ in pools] for _ in pools]
        for p in pools:
            block[local[p]][local[p]] = identity + out[p][first:last]
        for t in inside:
            a, b = local[graph.receivers[t]], local[graph.donors[t]]
            a, b = (b, a) if transpose else (a, b)
            block[a][b] = block[a][b] - dt * coefficients.rate[t][first:last]
        diagonal = jnp.stack([jnp.stack(row, axis=1) for row in block], axis=1)
        pad = jnp.zeros_like(out[0][:1])
        if transpose:
            low = jnp.stack([-up[p][first:last] for p in pools], axis=1)
            high = jnp.stack([-down[p][first:last] for p in pools], axis=1)
        else:
            low = jnp.stack([-jnp.concatenate([pad, down[p][first : last - 1]]) for p in pools], axis=1)
            high = jnp.stack([-jnp.concatenate([up[p][first + 1 : last], pad]) for p in pools], axis=1)
        solved = dense(diagonal, low, high, jnp.stack([z[p][:, first:last] for p in pools], axis=1))
        for p in pools:
            z[p] = z[p].at[:, first:last].set(solved[:, local[p]])

    def couple() -> None:
        if top == 0 or top == n:
            return
        for p, q in enumerate(graph.pool_class):
            if q < 0:
                continue
            if transpose:
                z[p] = z[p].at[:, top - 1].add(down[p][top - 1] * z[p][:, top])
            else:
                z[p] = z[p].at[:, top].add(down[p][top - 1] * z[p][:, top - 1])
        for m, f in enumerate(graph.incorporations):
            donor, receiver = graph.index[f.donor], graph.index[f.receiver]
            rate, share = dt * coefficients.inc_rate[m], coefficients.inc_share[m]
            if transpose:
                total = jnp.sum(share * z[receiver][:, top:], axis=1)
                z[donor] = z[donor].at[:, :top].add(rate * total[:, None])
            else:
                total = jnp.sum(rate * z[donor][:, :top], axis=1)
                z[receiver] = z[receiver].at[:, top:].add(share * total[:, None])

    if transpose:
        for pools in reversed(graph.components):
            component(pools, top, n)
        couple()
        for pools in reversed(graph.components):
            component(pools, 0, top)
    else:
        for pools in graph.components:
            component(pools, 0, top)
        couple()
        for pools in graph.components:
            component(pools, top, n)
    return jnp.stack(z, axis=1)
