"""Models of soil carbon on one site: a steady start, 14C up to it, then the site's own history year by year."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from pedozone.engine.ages import CompartmentalSystem, systems
from pedozone.engine.blocktri.solver import Solver, Tracing, choose_solver
from pedozone.engine.graph import Graph
from pedozone.engine.months import periodic_state
from pedozone.engine.precision import double_precision
from pedozone.engine.progress import Progress
from pedozone.engine.spinup import Status, spin_up
from pedozone.engine.steady import MeanYear, mean_year
from pedozone.engine.stepping import no_tracers
from pedozone.engine.year import State, run_year
from pedozone.simulation.mapping.mapped import Line, Mapped, ModelMapping, ModelYear
from pedozone.simulation.mapping.site_years import SiteYears
from pedozone.simulation.setting import DECAY
from pedozone.simulation.starting import AGE_CAP, GROWN, carry, history_steps

LITTLE = 1e-3
"""Carbon (kg m-2) of every pool and layer where a spin-up begins."""

_MOST_YEARS_OF_WATER = 500
_REPEATS = "The profile repeats itself from year to year."


@dataclass(frozen=True, kw_only=True)
class ModelRun:
    """One model on the site, in terms that all models have.

    Parameters
    ----------
    name, title, reach : str
        See `ModelMapping`.
    lines : tuple of Line
        What of the site went where.
    parameter_set : str
    status, message : str
        Of the spin-up.
    face : numpy.ndarray [times, cells + 1]
        Depths of the layers, m, from the mineral surface down; the times are the start and the ends of the years.
    carbon : numpy.ndarray [times, cells]
        Of the soil, kg C m-2.
    fraction_modern : numpy.ndarray [times, cells]
        Its radiocarbon, absolute fraction modern; NaN where there is no carbon.
    surface : numpy.ndarray [times]
        Carbon on the soil (litter, organic layer) and in coarse wood, kg C m-2.
    plant_carbon, co2, leached : numpy.ndarray [years]
        Carbon received, respired, and lost downward or sideways, kg C m-2 yr-1.
    inert : float
        Carbon at the start that does not turn over, kg C m-2.
    note : str
        See `ModelMapping`.
    """

    name: str
    title: str
    reach: str
    lines: tuple[Line, ...]
    parameter_set: str
    status: str
    message: str
    face: np.ndarray
    carbon: np.ndarray
    fraction_modern: np.ndarray
    surface: np.ndarray
    plant_carbon: np.ndarray
    co2: np.ndarray
    leached: np.ndarray
    inert: float = 0.0
    note: str = ""

    @property
    def layered(self) -> bool:
        """Whether it resolves depth."""
        return self.carbon.shape[1] > 1

    @property
    def transit_time(self) -> float:
        """Carbon that turns over at the start, surface included, over its input: its mean time in the model, yr."""
        turning = self.carbon[0].sum() + self.surface[0] - self.inert
        entering = self.steady_input
        return float(turning / entering) if entering > 0.0 else float("nan")

    steady_input: float = 0.0
    """Carbon received in a year of the start, kg C m-2 yr-1."""

    steady_year: tuple[Graph, MeanYear] | None = None
    """The year of the start, if the model was run by `run_model`."""

    def system(self) -> CompartmentalSystem:
        """The start as a linear system: ages, transit times, radiocarbon, eigenvalues; pools without turnover left out.

        Raises
        ------
        ValueError
            For a zones model, whose own run has the age of its carbon (``mean_age`` of ``Run.dataset``), and where
            nothing enters.
        """
        if self.steady_year is None:
            raise ValueError(f"{self.name} keeps no operator of its start: pedozone.simulate gives its ages")
        graph, year = self.steady_year
        inert = [graph.pools[p].name for p in graph.lasting]
        (found,) = systems(graph, year)
        return found.without(*inert) if inert else found


def run_model(
    mapping: ModelMapping, years: SiteYears, *, solver: str = "auto", progress: Progress | None = None
) -> ModelRun:
    """Run a model that has a mapping on a site.

    Parameters
    ----------
    mapping : ModelMapping
        With a `build`.
    years : SiteYears
    solver : str
        ``"auto"``, ``"cpp"`` or ``"jax"``.
    progress : callable, optional
        Told the share done (0 to 1) and a few words.

    Returns
    -------
    ModelRun
    """
    if mapping.build is None:
        raise ValueError(f"{mapping.name} takes the site file itself: run it with pedozone.simulate")
    say = progress or (lambda share, words: None)
    with double_precision():
        mapped, chosen = mapping.build(years), choose_solver(solver)
        say(0.0, "steady state")
        start = _start(mapped, years, chosen)
        say(0.6, "history")
        delta = np.atleast_1d(years.curve.delta14c(np.array([year.year + 0.5 for year in years.years])))
        now = jax.tree.map(lambda *parts: jnp.asarray(np.stack(parts)), *mapped.years)
        model, parameters = mapped.model, dict(mapped.parameters)
        kept = _history(
            model, chosen, mapped.stepper, start.state, now, 1.0 + jnp.asarray(delta) / 1000.0, parameters,
            model.modelled(),
        )  # fmt: skip
        say(1.0, "done")
        return _gathered(mapping, mapped, start, _Kept(*(np.asarray(part) for part in kept)))


class _Kept(NamedTuple):
    """What is kept of the years: stocks [years, quantities, pools, cells], carbon [years], losses [years, fates]."""

    stocks: Any
    entered: Any
    lost: Any
    through_base: Any


@functools.partial(jax.jit, static_argnames=("model", "solver", "stepper"))
def _history(model, solver, stepper, state, years, air, parameters, modes) -> _Kept:
    """All years, one after the other."""

    def step(state: State, now: tuple[ModelYear, Any]) -> tuple[State, _Kept]:
        (site, forcing), fraction = now
        tracing = _tracing(model.graph, fraction)
        year = run_year(model, solver, stepper, state, site, forcing, parameters, modes, tracing)
        ledger = year.ledger
        assert ledger is not None
        kept = _Kept(
            year.state.stocks[..., 0],
            jnp.sum(ledger.input[0]),
            jnp.sum(ledger.loss[0], axis=(-2, -1)),
            jnp.sum(ledger.face[0, :, -1]),
        )
        return year.state, kept

    return lax.scan(step, state, (years, air))[1]


@dataclass(frozen=True)
class _Started:
    state: State
    status: str
    message: str
    inert: float
    steady_input: float
    mean: MeanYear


def _tracing(graph: Graph, fraction: Any) -> Tracing:
    """Radiocarbon alone."""
    return Tracing(jnp.broadcast_to(fraction, (1, len(graph.inputs), 1)), jnp.zeros(1), jnp.asarray([DECAY]))


def _start(mapped: Mapped, years: SiteYears, solver: Solver) -> _Started:
    """The steady state under the climate and cover of the start, with radiocarbon."""
    model, now, graph = mapped.model, mapped.start, mapped.model.graph
    parameters, modes = dict(mapped.parameters), mapped.model.modelled()
    turning = np.array([p not in graph.lasting for p in range(len(graph.pools))])[:, None, None]
    shape = (len(graph.pools), graph.cells, 1)
    if mapped.grown_years:
        return _grown(mapped, years, solver)
    if mapped.exact:
        stock, physical, mean = _solved(model, solver, mapped.stepper, mapped.physical, now, parameters, modes)
        status = Status.CONVERGED if np.all(np.isfinite(stock)) and np.all(stock >= 0.0) else Status.NO_STEADY_STATE
        cause = "solved for"
    else:
        first = jnp.asarray(np.broadcast_to(np.where(turning, LITTLE, 0.0), shape))[None]
        begin = State(first, mapped.physical)
        found = spin_up(model, solver, mapped.stepper, begin, now.site, now.forcing, parameters, modes, mapped.spinup)
        stock, physical, mean = found.state.stocks[0], found.state.physical, found.mean
        status, cause = found.status[0], found.causes[0]
    stock = np.where(turning, np.asarray(stock), 0.0)
    held = np.zeros(shape) if mapped.inert is None else np.asarray(mapped.inert(stock))
    carbon = np.where(turning, stock, held)
    ends, lengths = history_steps(years.site.start.year)
    curve = years.curve
    air = 1.0 + curve.delta14c(ends - 0.5 * lengths) / 1000.0
    oldest = float(1.0 + curve.delta14c(np.array([years.site.start.year - AGE_CAP]))[0] / 1000.0)
    carried = np.zeros((ends.size, 2, len(graph.inputs), 1))
    carried[:, 0] = air[:, None, None]
    ratio = _dated(graph, solver, mean, jnp.asarray(lengths), jnp.asarray(carried), jnp.asarray(oldest))
    fraction = np.where(turning, np.asarray(ratio), mapped.inert_fraction_modern)
    stocks = jnp.asarray(np.stack([carbon, fraction * carbon]))
    entered = float(sum(np.sum(amount) for amount in mean.inputs))
    # where microbes may die out, as in some models they do, that they live was not asked
    unasked = status is Status.CONVERGED and mapped.spinup.living <= 0.0
    message = f"{status.value} ({cause}): {_REPEATS if unasked else status.advice}"
    return _Started(State(stocks, physical), status.value, message, float(held.sum()), entered, mean)


def _grown(mapped: Mapped, years: SiteYears, solver: Solver) -> _Started:
    """What has grown from bare ground under the climate and cover of the start, year by year, with radiocarbon."""
    graph, now = mapped.model.graph, mapped.start
    first = years.site.start.year - mapped.grown_years
    air = 1.0 + np.asarray(years.curve.delta14c(first + np.arange(mapped.grown_years) + 0.5)) / 1000.0
    nothing = State(jnp.zeros((2, len(graph.pools), graph.cells, 1)), mapped.physical)
    state, mean = _growing(
        mapped.model, solver, mapped.stepper, nothing, now, jnp.asarray(air), dict(mapped.parameters),
        mapped.model.modelled(),
    )  # fmt: skip
    entered = float(sum(np.sum(amount) for amount in mean.inputs))
    message = f"{GROWN}: grown for {mapped.grown_years:,} years from bare ground; this model has no balanced start."
    return _Started(state, GROWN, message, 0.0, entered, mean)


@functools.partial(jax.jit, static_argnames=("model", "solver", "stepper"))
def _growing(model, solver, stepper, state, now, air, parameters, modes):
    """The state after years of the same conditions, and the last of them."""

    def year(state: State, fraction: Any) -> Any:
        tracing = _tracing(model.graph, fraction)
        return run_year(model, solver, stepper, state, now.site, now.forcing, parameters, modes, tracing)

    before, _ = lax.scan(lambda state, fraction: (year(state, fraction).state, None), state, air[:-1])
    last = year(before, air[-1])
    assert last.ledger is not None
    return last.state, mean_year(model.graph, last.ledger, last.season.inputs, last.season.inc_share)


@functools.partial(jax.jit, static_argnames=("graph", "solver"))
def _dated(graph, solver, mean, lengths, carried, oldest):
    """Fraction modern of a steady state [pools, cells, batch], from its year."""
    return carry(graph, solver, mean, lengths, carried, oldest, jnp.asarray(DECAY))[0]


@functools.partial(jax.jit, static_argnames=("model", "solver", "stepper"))
def _solved(model, solver, stepper, physical, now, parameters, modes):
    """The state that a year of a linear model repeats, by one linear solve, its physical state, and that year."""
    nothing = jnp.zeros((1, len(model.graph.pools), model.graph.cells, 1))

    def year(physical: Any) -> Any:
        return model.environment(nothing[0], physical, now.site, now.forcing, parameters)[1]

    def moving(state: tuple[Any, Any, Any]) -> Any:
        before, after, count = state
        same = [jnp.all(a == b) for a, b in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True)]
        return ~jnp.all(jnp.stack(same)) & (count < _MOST_YEARS_OF_WATER)

    def again(state: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        _, now, count = state
        return now, year(now), count + 1

    _, physical, _ = lax.while_loop(moving, again, (physical, year(physical), jnp.asarray(0)))
    environment, water = model.environment(nothing[0], physical, now.site, now.forcing, parameters)
    season = model.season(environment, parameters, modes)
    alone = no_tracers(model.graph, 1)
    stock = periodic_state(model, solver, stepper, nothing, season, parameters, modes, alone)
    begin = State(stock, physical)
    last = run_year(model, solver, stepper, begin, now.site, now.forcing, parameters, modes, alone)
    assert last.ledger is not None
    return stock[0], water, mean_year(model.graph, last.ledger, season.inputs, season.inc_share)


def _gathered(mapping: ModelMapping, mapped: Mapped, start: _Started, kept: _Kept) -> ModelRun:
    """Everything in terms that all models have."""
    graph = mapped.model.graph
    top = graph.organic if mapped.surface_cells is None else mapped.surface_cells
    stocks = np.concatenate([np.asarray(start.state.stocks)[None, ..., 0], kept.stocks])
    on_top = np.isin([pool.name for pool in graph.pools], mapped.surface_pools)
    if mapped.pool_layers is None:
        soil = stocks[:, :, ~on_top, top:].sum(axis=2)
    else:
        lies = np.arange(len(mapped.face) - 1)[:, None] == np.array(mapped.pool_layers)
        soil = np.einsum("tqpc,lp->tql", stocks, lies)
    some = np.where(soil[:, 0] > 1e-12, soil[:, 0], np.nan)
    respired = np.array([fate == "respired" for fate in graph.fates])
    return ModelRun(
        name=mapping.name,
        title=mapping.title,
        reach=mapping.reach,
        lines=tuple(mapped.lines),
        parameter_set=mapped.parameter_set,
        status=start.status,
        message=start.message,
        face=np.broadcast_to(mapped.face, (stocks.shape[0], len(mapped.face))),
        carbon=soil[:, 0],
        fraction_modern=soil[:, 1] / some,
        surface=stocks[:, 0, on_top].sum(axis=(1, 2)) + stocks[:, 0, ~on_top, :top].sum(axis=(1, 2)),
        plant_carbon=kept.entered,
        co2=kept.lost[:, respired].sum(axis=1),
        leached=kept.lost[:, ~respired].sum(axis=1) + kept.through_base,
        inert=start.inert,
        note=mapping.note,
        steady_input=start.steady_input,
        steady_year=(graph, start.mean),
    )
