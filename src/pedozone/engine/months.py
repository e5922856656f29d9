"""A series of months of a model whose season does not hang on its stocks, with every month kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from pedozone.engine.assembly import Assembly, Modes, Season
from pedozone.engine.blocktri.solver import Solver, Tracing
from pedozone.engine.operator import Coefficients, Ledger, open_ledger
from pedozone.engine.process import Parameters
from pedozone.engine.stepping import Stepper
from pedozone.engine.year import MONTHS

Array = jax.Array
Keep = Callable[[Array, Ledger], Any]
"""Chooses what is kept of a month: stocks [quantities, pools, cells, batch] at its end, and the month's ledger."""


def run_months(
    model: Assembly,
    solver: Solver,
    stepper: Stepper,
    stocks: Array,
    season: Season,
    parameters: Parameters,
    modes: Modes,
    tracing: Tracing,
    keep: Keep,
) -> tuple[Array, Any]:
    """Step through a season of any number of months.

    Parameters
    ----------
    stocks : Array [quantities, pools, cells, batch]
        At the start.
    season : Season
        Leaves lead with the number of months, or with 1 where constant.
    tracing : Tracing
        Its signature [tracers, inputs, batch], or [months, tracers, inputs, batch] where it changes by month.
    keep : callable
        See :data:`Keep`. What it leaves out costs nothing.

    Returns
    -------
    Array [quantities, pools, cells, batch]
        At the end.
    pytree
        What `keep` returned, leaves [months, ...].
    """
    graph = model.graph
    signature = tracing.signature if tracing.signature.ndim == 4 else tracing.signature[None]
    leaves, structure = jax.tree.flatten((season._replace(inc_share=()), signature))
    months = max(leaf.shape[0] for leaf in leaves)
    changing = [leaf.shape[0] == months for leaf in leaves]

    def step(z: Array, slices: list[Array]) -> tuple[Array, Any]:
        given = iter(slices)
        whole = [next(given) if c else leaf[0] for c, leaf in zip(changing, leaves, strict=True)]
        month, carried = jax.tree.unflatten(structure, whole)
        month = month._replace(inc_share=season.inc_share)

        def at(x: Array) -> Coefficients:
            return model.coefficients(x, month, parameters, modes)

        ledger = open_ledger(graph, z.shape[0], z.shape[-1])
        now = tracing._replace(signature=carried)
        z, ledger = stepper.advance(graph, solver, z, at, month.inputs, now, 1.0 / MONTHS, ledger)
        if ledger is None:
            raise NotImplementedError(f"the stepper {stepper.name} keeps no ledger")
        return z, keep(z, ledger)

    return lax.scan(step, stocks, [leaf for c, leaf in zip(changing, leaves, strict=True) if c])


def nothing(stocks: Array, ledger: Ledger) -> tuple[()]:
    """Keep no month."""
    del stocks, ledger
    return ()


def periodic_state(
    model: Assembly,
    solver: Solver,
    stepper: Stepper,
    held: Array,
    season: Season,
    parameters: Parameters,
    modes: Modes,
    tracing: Tracing,
) -> Array:
    """The state that a season repeats exactly, by one linear solve, for a model that is linear in its stocks.

    The map of a season is affine: it is put together from one pass with unit stocks, carried along as tracers, and
    its fixed point is solved for. Pools that nothing leaves (inert ones) stay as they are given.

    Parameters
    ----------
    held : Array [quantities, pools, cells, batch]
        Carbon and tracers of the pools that nothing leaves; the other pools are ignored.
    season : Season
        Of one turn, usually a year.
    tracing : Tracing
        Of the tracers in `held`; ageing ones are not supported, see :mod:`pedozone.engine.ages`.

    Returns
    -------
    Array [quantities, pools, cells, batch]
        At the start of the season.
    """
    graph = model.graph
    quantities, pools, cells, batch = held.shape
    size = pools * cells
    free = [p for p in range(pools) if p not in graph.lasting]
    # carbon, the tracers from nothing, then a unit of carbon in each pool of each cell, without inputs or decay
    unit = jnp.broadcast_to(jnp.eye(size).reshape(size, pools, cells, 1), (size, pools, cells, batch))
    start = jnp.concatenate([jnp.zeros_like(held), unit])
    signature = tracing.signature if tracing.signature.ndim == 4 else tracing.signature[None]
    blank = jnp.zeros((signature.shape[0], size, *signature.shape[2:]))
    carried = Tracing(
        jnp.concatenate([signature, blank], axis=1),
        jnp.zeros(tracing.ageing.shape[0] + size),
        jnp.concatenate([tracing.decay, jnp.zeros(size)]),
    )
    months = max(leaf.shape[0] for leaf in jax.tree.leaves((season._replace(inc_share=()), signature)))
    end, _ = run_months(model, solver, stepper, start, season, parameters, modes, carried, nothing)
    gained, response = end[:quantities], end[quantities:]  # response [from, pools, cells, batch]
    matrix = jnp.moveaxis(response.reshape(pools, cells, pools, cells, batch), -1, 0)[:, free][:, :, :, free]
    n = len(free) * cells
    matrix = jnp.swapaxes(matrix.reshape(batch, n, n), 1, 2)  # [batch, to, from]
    decay = jnp.concatenate([jnp.zeros(1), tracing.decay])
    keep = jnp.exp(-decay * months / MONTHS)
    right = jnp.moveaxis(gained[:, jnp.asarray(free)].reshape(quantities, n, batch), -1, 1)  # [quantities, batch, n]
    system = jnp.eye(n) - keep[:, None, None, None] * matrix
    solved = jnp.linalg.solve(system, right[..., None])[..., 0]
    state = jnp.moveaxis(solved.reshape(quantities, batch, len(free), cells), 1, -1)
    return held.at[:, jnp.asarray(free)].set(state)
