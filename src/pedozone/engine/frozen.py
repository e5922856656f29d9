"""A model's operator at given stocks and conditions: the linear system that the model is there and then."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from pedozone.engine.assembly import Assembly, Modes
from pedozone.engine.operator import Coefficients
from pedozone.engine.process import Parameters
from pedozone.engine.steady import MeanYear
from pedozone.engine.year import State, split_months

Array = jax.Array


def frozen_year(
    model: Assembly,
    state: State,
    site: Any,
    forcing: Any,
    parameters: Parameters,
    modes: Modes | None = None,
) -> MeanYear:
    """Return the operator at the given stocks under a forcing that is the same all year.

    For a linear model this is the model; for another its operator where it stands, at a steady state the one by which
    its carbon turns over.

    Parameters
    ----------
    state : State
        ``stocks`` [quantities, pools, cells, batch]; carbon first, the others are not read.
    site, forcing : pytree
        Of the model; what could change in the year has to be constant (leading axis 1).

    Returns
    -------
    MeanYear

    Raises
    ------
    ValueError
        If the forcing changes within the year: then only a recorded year has a mean operator
        (`pedozone.engine.steady.mean_year`).
    """
    graph = model.graph
    stock = state.stocks[0]
    environment, _ = model.environment(stock, state.physical, site, forcing, parameters)
    modes = model.modelled() if modes is None else modes
    season = model.season(environment, parameters, modes)
    monthly = season._replace(inc_share=())
    lengths = {leaf.shape[0] for leaf in jax.tree.leaves(monthly) if leaf.ndim > 0}
    if lengths - {1}:
        raise ValueError(
            f"the forcing has {max(lengths)} values in the year; give one that is constant (leading axis 1), or record "
            "a year and take its mean operator (pedozone.engine.steady.mean_year)"
        )
    _, rebuild = split_months(season)
    year = rebuild([])
    given = model.coefficients(stock, year, parameters, modes)
    batch = stock.shape[-1]

    def spread(values: tuple[Array, ...], rows: int) -> tuple[Array, ...]:
        return tuple(jnp.broadcast_to(v, (rows, batch)) for v in values)

    mobile = [q for q in graph.pool_class if q >= 0]
    operator = Coefficients(
        rate=spread(given.rate, graph.cells),
        down=spread(tuple(given.down[q] for q in mobile), graph.cells),
        up=spread(tuple(given.up[q] for q in mobile), graph.cells),
        inc_rate=spread(given.inc_rate, graph.organic),
        inc_share=spread(given.inc_share, graph.mineral),
    )
    return MeanYear(operator, spread(year.inputs, graph.cells), stock)
