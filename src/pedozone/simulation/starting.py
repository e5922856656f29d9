"""The state in which a simulation starts: steady, from pedogenesis, or scaled to a measured profile."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.column.geometry import PEAT_FROM, integral_to
from pedozone.drivers.atmosphere import Curve
from pedozone.engine.batching import settling_width
from pedozone.engine.blocktri.solver import Solver, Tracing
from pedozone.engine.graph import Graph
from pedozone.engine.progress import Progress
from pedozone.engine.refining import spin_up_by
from pedozone.engine.ringing import Ringing
from pedozone.engine.spinup import Spinup
from pedozone.engine.steady import MeanYear, long_steps, mean_year, steady_stock
from pedozone.engine.stepping import Method, Stepper
from pedozone.engine.year import State, run_year
from pedozone.models.pedon import Pedon
from pedozone.models.pedon_forcing import AT_ONCE, Forcing
from pedozone.simulation.ageing import aged
from pedozone.simulation.known_ringing import Look, computed
from pedozone.simulation.setting import TRACERS, Setting, geometry_at, traced_as, widened

SCALINGS = 200
"""Most passes of scaling a profile to its measured carbon."""

AGE_CAP = 12_000.0
"""Years of soil formation that 14C and ages are carried through (an infinite steady state overstates deep ages)."""


OLD_MOSS = 3.0
"""Carbon (kg m-2) of every slot of peat where a spin-up begins."""

GROWN = "none"
"""Status of a start that needed no spin-up."""


@dataclass(frozen=True)
class Start:
    """Where a simulation starts.

    Parameters
    ----------
    state : State
        With all quantities: carbon, then the tracers of :data:`TRACERS`.
    stepper : Stepper
        That it was found with, and that the years from there on need.
    status : str
        Of the spin-up (a value of `Status`), or that there was none.
    message : str
        Status in words, with advice and figures.
    years : int
        Native years simulated.
    disequilibrium : numpy.ndarray or None
        Measured over spun-up carbon by cell, for mode measured.
    ringing : Ringing or None
        Oscillations about the steady state, where there was a spin-up.
    """

    state: State
    stepper: Stepper
    status: str
    message: str
    years: int
    disequilibrium: np.ndarray | None = None
    ringing: Ringing | None = None


def first_state(setting: Setting) -> State:
    """Where the spin-up of columns begins: next to nothing in all pools, and in peat slots full of old moss.

    A bog has two steady states, with and without its peat; the columns that are said to be peat are looked for in
    the neighbourhood of the first.
    """
    state = uniform_state(setting, 1e-3)
    graph = setting.model.graph
    if graph.organic < PEAT_FROM:
        return state
    stocks = np.array(state.stocks)
    structural = [p for p in graph.tagged("structural") if "woody" not in graph.pools[p].tags]
    stocks[0, structural, : graph.organic] = OLD_MOSS
    return State(jnp.asarray(stocks), _physical_of(setting, stocks[0]))


def uniform_state(setting: Setting, amount: float) -> State:
    """Columns with `amount` kg C m-2 in every pool and cell, and water at field capacity."""
    graph = setting.model.graph
    batch = setting.soil.mineral_mass.shape[-1]
    stocks = jnp.asarray(np.full((1, len(graph.pools), graph.cells, batch), amount))
    return State(stocks, _physical_of(setting, np.asarray(stocks[0])))


def _physical_of(setting: Setting, stock: np.ndarray) -> Any:
    """Physical states at stocks [pools, cells, batch], by a program of the width in which columns settle."""
    batch = stock.shape[-1]
    wide = widened(setting, settling_width(batch))
    more = wide.soil.mineral_mass.shape[-1] - batch
    padded = jnp.asarray(np.concatenate([stock, np.repeat(stock[..., -1:], more, axis=-1)], axis=-1))
    found = _physical(setting.model, padded, wide.soil, wide.parameters)
    return jax.tree.map(lambda leaf: leaf[..., :batch] if jnp.ndim(leaf) else leaf, found)


@functools.partial(jax.jit, static_argnames="model")
def _physical(model: Pedon, stock: Any, soil: Any, parameters: Any) -> Any:
    return model.initial_physical(stock, soil, parameters)


def tracing_of(setting: Setting, atmosphere: np.ndarray) -> Tracing:
    """Tracing of the shipped tracers; `atmosphere` is the absolute fraction modern [batch], or [1] for all columns."""
    graph = setting.model.graph
    batch = setting.soil.mineral_mass.shape[-1]
    rows = []
    for name in TRACERS:
        if name == "radiocarbon":
            rows.append(np.broadcast_to(atmosphere, (len(graph.inputs), batch)))
        else:
            rows.append(
                np.repeat(
                    [[1.0 if traced_as(entry.source) == name else 0.0] for entry in graph.inputs],
                    batch,
                    axis=1,
                )
            )
    ageing = np.array([1.0 if name == "age" else 0.0 for name in TRACERS])
    decay = np.array([setting.decay if name == "radiocarbon" else 0.0 for name in TRACERS])
    return Tracing(jnp.asarray(np.stack(rows)), jnp.asarray(ageing), jnp.asarray(decay))


def history_steps(start: int) -> tuple[np.ndarray, np.ndarray]:
    """Ends and lengths (yr) of the long steps from the age cap to the start: coarse first, annual after 1890."""
    first = start - AGE_CAP
    edges = [first]
    for until, step in ((1600.0, 40.0), (1890.0, 10.0), (float(start), 1.0)):
        stop = min(until, float(start))
        while edges[-1] < stop - 1e-9:
            edges.append(min(edges[-1] + step, stop))
    array = np.array(edges)
    return array[1:], np.diff(array)


def with_tracers(setting: Setting, state: State, mean: MeanYear, curve: Curve, year: int) -> State:
    """Give a steady state its tracers.

    Source tags are the steady state of their inputs. 14C starts in balance with the atmosphere at the age cap and
    the age moment at zero; both are carried to the start with the year's operator.
    """
    graph, solver = setting.model.graph, setting.solver
    batch = state.stocks.shape[-1]
    ends, lengths = history_steps(year)
    fraction = 1.0 + curve.delta14c(ends - 0.5 * lengths) / 1000.0
    first = float(1.0 + curve.delta14c(np.array([year - AGE_CAP]))[0] / 1000.0)

    tags = [name for name in TRACERS if name in graph.sources]
    inputs = len(graph.inputs)
    own = np.array([[[1.0 if traced_as(e.source) == tag else 0.0] for e in graph.inputs] for tag in tags])
    carried = np.zeros((ends.size, 2, inputs, batch))
    carried[:, 0] = fraction[:, None, None]
    rows = _carry(
        graph,
        solver,
        mean,
        jnp.asarray(lengths),
        jnp.asarray(carried),
        jnp.asarray(first),
        jnp.asarray(np.broadcast_to(own, (len(tags), inputs, batch))),
        jnp.asarray(setting.decay),
    )
    by_name = dict(zip(("radiocarbon", "age", *tags), np.asarray(rows), strict=True))
    carbon = np.asarray(state.stocks[0])
    stocks = np.stack([carbon, *(by_name[name] * carbon for name in TRACERS)])
    return State(jnp.asarray(stocks), state.physical)


@functools.partial(jax.jit, static_argnames=("graph", "solver"))
def _carry(
    graph: Graph,
    solver: Solver,
    mean: MeanYear,
    lengths: Any,
    carried: Any,
    first: Any,
    own: Any,
    decay: Any,
) -> Any:
    """14C and age per unit of carbon after the long steps, and the shares of the source tags."""
    by_tag = steady_stock(graph, solver, mean, own)
    # relative to their sum, so that the tags add up to the carbon where the year is not quite periodic
    shares = by_tag / jnp.maximum(jnp.sum(by_tag, axis=0), 1e-300)
    return jnp.concatenate([carry(graph, solver, mean, lengths, carried, first, decay), shares])


def carry(graph: Graph, solver: Solver, mean: MeanYear, lengths: Any, carried: Any, first: Any, decay: Any) -> Any:
    """14C (fraction modern) and age (yr) of carbon after long steps with a year's operator [2, pools, cells, batch].

    Parameters
    ----------
    lengths : Array [steps]
        yr.
    carried : Array [steps, 2, inputs, batch]
        What enters: the fraction modern of the air, and no age.
    first : Array
        Fraction modern of all carbon at the beginning.
    decay : Array
        Of 14C, yr-1.
    """
    carbon = mean.stock
    begin = jnp.stack([carbon, first * carbon, jnp.zeros_like(carbon)])
    ageing, decays = jnp.asarray([0.0, 1.0]), jnp.stack([decay, jnp.zeros_like(decay)])
    end = long_steps(graph, solver, mean, begin, lengths, carried, ageing, decays)
    full = end[0] > 1e-250
    return jnp.where(full, end[1:] / jnp.where(full, end[0], 1.0), 0.0)


def settled(forcing: Forcing) -> Forcing:
    """The same year for a column whose slow physical states have come to their targets."""
    return forcing._replace(adjustment=jnp.full_like(jnp.asarray(forcing.adjustment), AT_ONCE))


def spun_up(
    setting: Setting, method: Method, forcing: Forcing, progress: Progress | None = None
) -> tuple[Spinup, np.ndarray]:
    """The periodic steady state of columns under a year that repeats itself, and which steps each needs (0: usual)."""
    batch = setting.soil.mineral_mass.shape[-1]

    def each(leaf: Any) -> Any:
        """A value that columns share, for each: one program then serves a lone column and many."""
        return jnp.broadcast_to(leaf, (*np.shape(leaf)[:-1], batch))

    return spin_up_by(
        setting.model,
        setting.solver,
        method,
        first_state(setting),
        setting.soil,
        settled(forcing),
        {name: each(value) for name, value in setting.parameters.items()},
        jax.tree.map(lambda leaf: each(leaf) if np.ndim(leaf) else leaf, dict(setting.modes)),
        progress=progress,
    )


def steady_starts(
    setting: Setting,
    method: Method,
    forcing: Forcing,
    curve: Curve,
    year: int,
    progress: Progress | None,
    look: Look = computed,
) -> list[Start]:
    """Where each of a batch of columns starts: the steady state under its climate and cover, with its tracers."""
    result, finer = spun_up(setting, method, forcing, progress)
    state = with_tracers(setting, result.state, result.mean, curve, year)
    starts = []
    for k, status in enumerate(result.status):
        stepper = method.at(int(finer[k]))
        steps = f"; with {stepper.name}, since monthly steps were too long" if finer[k] else ""
        message = (
            f"{status.value} ({result.causes[k]}{steps}): {status.advice} Years simulated {int(result.years[k])}, "
            f"drift {result.drift[k]:.1e} per year."
        )
        own = np.array([k])
        column = jax.tree.map(lambda leaf, own=own: leaf[..., own], state)
        starts.append(Start(column, stepper, status.value, message, int(result.years[k]), ringing=look(result, k)))
    return starts


def pedogenesis_start(
    setting: Setting,
    stepper: Stepper,
    forcing: Any,
    curve: Curve,
    year: int,
    duration: int,
    progress: Progress | None,
    stride: int = 10,
) -> Start:
    """Grow the profile from bare parent material under the start's climate and cover.

    One native year in ten; the nine between are one implicit step with that year's operator. Every tracer rides
    along, so 14C and ages need no cap. Where weathering goes on, the minerals are as old as the profile.
    """
    model = setting.model
    carbon = uniform_state(setting, 0.0)
    stocks = jnp.concatenate([carbon.stocks, jnp.zeros((len(TRACERS), *carbon.stocks.shape[1:]))])
    state = State(stocks, carbon.physical)

    at = year - duration
    native = 0
    while at < year:
        step = min(stride, year - at) if at + stride <= year - 100 else 1
        fraction = 1.0 + curve.delta14c(np.array([at + 0.5 * step])) / 1000.0
        gap = jnp.asarray(max(step - 1.0, 1e-9))
        tracing = tracing_of(setting, fraction)
        soil = aged(setting, setting.soil, at + 0.5 * step - year)
        now = forcing, setting.parameters, setting.modes
        state = _decade(model, setting.solver, stepper, state, tracing, gap, soil, *now)
        at += step
        native += 1
        if progress is not None and native % 10 == 0:
            progress((at - year + duration) / duration, f"pedogenesis: {year - at} years to go")
    message = (
        f"grown from bare parent material over {duration} years ({native} of them simulated in full); the "
        "profile need not be at steady state."
    )
    return Start(state, stepper, GROWN, message, native)


@functools.partial(jax.jit, static_argnames=("model", "solver", "stepper"))
def _decade(
    model: Pedon,
    solver: Solver,
    stepper: Stepper,
    state: State,
    tracing: Tracing,
    gap: Any,
    soil: Any,
    forcing: Any,
    parameters: Any,
    modes: Any,
) -> State:
    """One native year, then `gap` years in one implicit step with its operator."""
    graph = model.graph
    year = run_year(model, solver, stepper, state, soil, forcing, parameters, modes, tracing)
    assert year.ledger is not None
    mean = mean_year(graph, year.ledger, year.season.inputs, year.season.inc_share)
    stocks = long_steps(
        graph,
        solver,
        mean,
        year.state.stocks,
        gap[None],
        tracing.signature[None],
        tracing.ageing,
        tracing.decay,
    )
    return State(stocks, year.state.physical)


def scale_to_measured(setting: Setting, start: Start, layers: list[Any]) -> Start:
    """Scale all pools of every layer to the measured carbon; ratios between pools and of tracers are kept.

    Parameters
    ----------
    layers : list
        With ``top_cm``, ``bottom_cm`` and ``soc_percent`` or ``soc_kg_m2``. Cells partly covered are scaled in
        proportion to their overlap; cells outside all measured layers are left as they were spun up.
    """
    stocks = np.array(start.state.stocks)
    organic, swelling = setting.model.graph.organic, start.state.physical.swelling
    spun = stocks[0, :, organic:, 0].sum(axis=0)
    factor = np.ones(spun.size)
    # carbon added or taken away moves the depths at which it is measured: scaled until nothing changes any more
    for _ in range(SCALINGS):
        scaled = stocks[0].copy()
        scaled[:, organic:, 0] *= factor
        g = geometry_at(setting.model, jnp.asarray(scaled), setting.soil, setting.parameters, swelling)
        face = np.asarray(g.face)[organic:, 0]
        cumulative = np.concatenate([[0.0], np.cumsum(spun * factor)])
        mass = np.concatenate([[0.0], np.cumsum(np.asarray(g.bulk_density * g.volume)[organic:, 0])])
        change = np.ones(spun.size)
        for layer in layers:
            top, bottom = layer.top_cm / 100.0, min(layer.bottom_cm / 100.0, float(face[-1]))
            modelled = float(integral_to(cumulative, face, bottom) - integral_to(cumulative, face, top))
            if layer.soc_kg_m2 is not None:
                wanted = layer.soc_kg_m2
            else:
                fine = float(integral_to(mass, face, bottom) - integral_to(mass, face, top))
                wanted = layer.soc_percent / 100.0 * fine
            covered = np.clip((np.minimum(face[1:], bottom) - np.maximum(face[:-1], top)) / np.diff(face), 0.0, 1.0)
            change = change + covered * (wanted / modelled - 1.0)
        factor = factor * change
        if np.max(np.abs(change - 1.0)) < 1e-9:
            break
    stocks[:, :, organic:, 0] *= factor
    whole = np.concatenate([np.ones(organic), factor])
    message = (
        f"{start.message} Scaled to the measured profile: layers hold {factor.min():.2f} to {factor.max():.2f} times "
        "their steady-state carbon, so the first decades show a drift of that origin beside any change of land use."
    )
    state = State(jnp.asarray(stocks), start.state.physical)
    return replace(start, state=state, message=message, disequilibrium=whole)
