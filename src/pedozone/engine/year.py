"""One year of a model: the environment once, then steps by month, then the ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
from jax import lax

from pedozone.engine.assembly import Assembly, Modes, Season
from pedozone.engine.blocktri.solver import Solver, Tracing
from pedozone.engine.operator import Coefficients, Ledger, open_ledger
from pedozone.engine.process import Parameters
from pedozone.engine.stepping import Stepper

Array = jax.Array

MONTHS = 12


class State(NamedTuple):
    """What a column carries from year to year: quantities [quantities, pools, cells, batch] and physical state."""

    stocks: Array
    physical: Any


class Year(NamedTuple):
    """A year's result."""

    state: State
    ledger: Ledger | None
    environment: Any
    season: Season


def split_months(season: Season) -> tuple[list[Array], Callable[[list[Array]], Season]]:
    """Separate what changes by month from what is constant.

    Returns
    -------
    list of Array [12, ...]
        To be sliced by month.
    callable
        Rebuilds the month's season from the slices.
    """
    monthly = season._replace(inc_share=())
    leaves, structure = jax.tree.flatten(monthly)
    changing = [leaf.ndim > 0 and leaf.shape[0] == MONTHS for leaf in leaves]

    def rebuild(slices: list[Array]) -> Season:
        given = iter(slices)
        whole = [next(given) if c else leaf[0] for c, leaf in zip(changing, leaves, strict=True)]
        return jax.tree.unflatten(structure, whole)._replace(inc_share=season.inc_share)

    return [leaf for c, leaf in zip(changing, leaves, strict=True) if c], rebuild


def run_year(
    model: Assembly,
    solver: Solver,
    stepper: Stepper,
    state: State,
    site: Any,
    forcing: Any,
    parameters: Parameters,
    modes: Modes,
    tracing: Tracing,
    *,
    record: bool = True,
    substeps: int = 1,
) -> Year:
    """Advance a batch of columns by one year in monthly steps (or `substeps` per month).

    Parameters
    ----------
    state : State
        At the start of the year.
    site, forcing : pytree
        Passed to the model's environment.
    tracing : Tracing
        One entry per tracer in ``state.stocks[1:]``.
    record : bool
        Whether to keep the ledger.
    """
    graph = model.graph
    stocks = state.stocks
    environment, physical = model.environment(stocks[0], state.physical, site, forcing, parameters)
    season = model.season(environment, parameters, modes)
    ledger = open_ledger(graph, stocks.shape[0], stocks.shape[-1]) if record else None
    dt = 1.0 / MONTHS / substeps
    monthly, rebuild = split_months(season)

    def step(carry: tuple[Array, Ledger | None], slices: list[Array]) -> tuple[tuple[Array, Ledger | None], None]:
        z, led = carry
        month = rebuild(slices)

        def at(x: Array) -> Coefficients:
            return model.coefficients(x, month, parameters, modes)

        for _ in range(substeps):
            z, led = stepper.advance(graph, solver, z, at, month.inputs, tracing, dt, led)
        return (z, led), None

    (stocks, ledger), _ = lax.scan(step, (stocks, ledger), monthly, length=MONTHS)
    return Year(State(stocks, physical), ledger, environment, season)
