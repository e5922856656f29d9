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


class Path(NamedTuple):
    """What a column holds and has lost at the end of every period.

    Attributes
    ----------
    stocks : Array [periods, quantities, pools, cells, batch]
        kg C m-2.
    loss : Array [periods, quantities, fates, cells, batch] or None
        Since the start, kg C m-2; None without a ledger.
    """

    stocks: Array
    loss: Array | None


class Year(NamedTuple):
    """A year's result; `path` only where it was asked for."""

    state: State
    ledger: Ledger | None
    environment: Any
    season: Season
    path: Path | None = None


def split_months(season: Season, periods: int = MONTHS) -> tuple[list[Array], Callable[[list[Array]], Season]]:
    """Separate what changes by month (or by another division of the year) from what is constant.

    Returns
    -------
    list of Array [periods, ...]
        To be sliced by month.
    callable
        Rebuilds the month's season from the slices.

    Raises
    ------
    ValueError
        If something leads with neither 1 nor the number of periods.
    """
    monthly = season._replace(inc_share=())
    leaves, structure = jax.tree.flatten(monthly)
    for leaf in leaves:
        if leaf.ndim == 0 or leaf.shape[0] not in (1, periods):
            raise ValueError(
                f"a year of {periods} periods was given an array of shape {leaf.shape}; what changes within the year "
                f"leads with {periods}, what does not with 1"
            )
    changing = [leaf.shape[0] == periods for leaf in leaves]

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
    periods: int = MONTHS,
    keep_path: bool = False,
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
    periods : int
        Into how many equal parts the year falls: 12 months, or 365 days where a model's forcing is daily. What leads
        with this number changes between them.
    keep_path : bool
        Whether to keep stocks and losses at the end of every period.
    """
    graph = model.graph
    stocks = state.stocks
    environment, physical = model.environment(stocks[0], state.physical, site, forcing, parameters)
    season = model.season(environment, parameters, modes)
    ledger = open_ledger(graph, stocks.shape[0], stocks.shape[-1]) if record else None
    dt = 1.0 / periods / substeps
    monthly, rebuild = split_months(season, periods)

    def step(
        carry: tuple[Array, Ledger | None], slices: list[Array]
    ) -> tuple[tuple[Array, Ledger | None], Path | None]:
        z, led = carry
        month = rebuild(slices)

        def at(x: Array) -> Coefficients:
            return model.coefficients(x, month, parameters, modes)

        for _ in range(substeps):
            z, led = stepper.advance(graph, solver, z, at, month.inputs, tracing, dt, led)
        return (z, led), Path(z, None if led is None else led.loss) if keep_path else None

    (stocks, ledger), path = lax.scan(step, (stocks, ledger), monthly, length=periods)
    physical = model.after_year(physical, ledger, season, environment, parameters)
    return Year(State(stocks, physical), ledger, environment, season, path)
