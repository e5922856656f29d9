"""GMRES for a batch of independent systems behind one operator."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

Array = jax.Array
Linear = Callable[[Array], Array]

BREAKDOWN = 1e-12
"""What is left of a new direction, relative to its length, when it holds nothing new."""


class Solution(NamedTuple):
    """What GMRES found.

    Attributes
    ----------
    x : Array [size, batch]
    residual : Array [batch]
        Norm of the residual over that of the right-hand side, by the recurrence.
    applications : Array
        How often the operator was applied.
    """

    x: Array
    residual: Array
    applications: Array


def _over(a: Array, b: Array) -> Array:
    """``a / b``, 0 where b is 0."""
    empty = b == 0.0
    return jnp.where(empty, 0.0, a / jnp.where(empty, 1.0, b))


def gmres(apply: Linear, right: Array, precondition: Linear, *, tolerance: float, iterations: int) -> Solution:
    """Solve ``A x = right`` for every column of a batch, with its own Krylov space.

    One application of the operator serves all columns; a column that has converged stands still
    while the others go on. Preconditioned from the right, so that the residual is that of the system
    itself.

    Parameters
    ----------
    apply : callable
        ``A`` on [size, batch]; columns must not mix.
    right : Array [size, batch]
    precondition : callable
        Approximate inverse of ``A``.
    tolerance : float
        Of the residual relative to the right-hand side.
    iterations : int
        Most applications of the operator.

    References
    ----------
    Saad & Schultz (1986), doi:10.1137/0907058.
    """
    size, batch = right.shape
    norm = jnp.sqrt(jnp.sum(right**2, axis=0))
    target = tolerance * norm

    def go_on(carry: tuple) -> Array:
        k, _, _, _, rotated = carry
        return (k < iterations) & jnp.any(jnp.abs(rotated[k]) > target)

    def step(carry: tuple) -> tuple:
        k, basis, triangle, turns, rotated = carry
        new = apply(precondition(basis[k]))
        before = jnp.sqrt(jnp.sum(new**2, axis=0))
        column = jnp.zeros((iterations + 1, batch))
        for _ in range(2):  # classical Gram-Schmidt, twice is enough
            parts = jnp.einsum("knb,nb->kb", basis, new)
            new = new - jnp.einsum("knb,kb->nb", basis, parts)
            column = column + parts
        length = jnp.sqrt(jnp.sum(new**2, axis=0))

        def turn(i: Array, h: Array) -> Array:
            cosine, sine = turns[i]
            above, below = cosine * h[i] + sine * h[i + 1], cosine * h[i + 1] - sine * h[i]
            return h.at[i].set(above).at[i + 1].set(below)

        column = lax.fori_loop(0, k, turn, column)
        pivot = jnp.hypot(column[k], length)
        # nothing new: the column is done and stands still, or its system is singular; its residual stays
        lost = pivot <= BREAKDOWN * before
        cosine, sine = _over(column[k], pivot), _over(length, pivot)
        pivot, cosine, sine = (jnp.where(lost, a, b) for a, b in ((0.0, pivot), (0.0, cosine), (1.0, sine)))
        triangle = triangle.at[k].set(column.at[k].set(pivot)[:iterations])
        turns = turns.at[k].set(jnp.stack([cosine, sine]))
        rotated = rotated.at[k + 1].set(-sine * rotated[k]).at[k].set(cosine * rotated[k])
        moving = ~lost & (jnp.abs(rotated[k + 1]) > target)
        basis = basis.at[k + 1].set(jnp.where(moving, _over(new, length), 0.0))
        return k + 1, basis, triangle, turns, rotated

    basis = jnp.zeros((iterations + 1, size, batch)).at[0].set(_over(right, norm))
    rotated = jnp.zeros((iterations + 1, batch)).at[0].set(norm)
    turns = jnp.zeros((iterations, 2, batch))
    start = (jnp.asarray(0), basis, jnp.zeros((iterations, iterations, batch)), turns, rotated)
    count, basis, triangle, _, rotated = lax.while_loop(go_on, step, start)

    def substitute(j: Array, y: Array) -> Array:
        i = iterations - 1 - j  # triangle[j, i] is row i of column j
        rest = rotated[i] - jnp.sum(triangle[:, i] * y, axis=0)
        return y.at[i].set(jnp.where(i < count, _over(rest, triangle[i, i]), 0.0))

    y = lax.fori_loop(0, iterations, substitute, jnp.zeros((iterations, batch)))
    x = precondition(jnp.einsum("knb,kb->nb", basis[:iterations], y))
    return Solution(x, _over(jnp.abs(rotated[count]), norm), count)
