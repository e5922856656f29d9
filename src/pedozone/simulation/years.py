"""The years of a simulation, one after the other, with everything that is kept of them."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.column.geometry import Soil
from pedozone.drivers.atmosphere import Curve
from pedozone.engine.blocktri.solver import Solver, Tracing
from pedozone.engine.operator import Ledger
from pedozone.engine.progress import Progress
from pedozone.engine.stepping import Stepper
from pedozone.engine.year import State, run_year
from pedozone.history.account import Booked
from pedozone.history.timeline import Timeline
from pedozone.history.timelines import Timelines
from pedozone.models.pedon import Pedon
from pedozone.models.pedon_forcing import Forcing, Physical
from pedozone.models.pedon_nitrogen import NitrogenFluxes, nitrogen_fluxes
from pedozone.simulation.ageing import aged
from pedozone.simulation.happening import happen
from pedozone.simulation.setting import Setting, face_at
from pedozone.simulation.starting import tracing_of


class Weather(NamedTuple):
    """Physical fields of a year kept for the record."""

    temperature: Any  # [12, cells, batch]
    theta: Any  # [12, cells, batch]
    face_flux: Any  # [12, cells + 1, batch]
    air: Any  # [12, cells, batch]


@dataclass(frozen=True)
class Record:
    """Everything kept of a simulation; arrays lead with the year.

    Parameters
    ----------
    years : tuple of int
    covers : tuple of str
        Land cover of each year; where every column has its own time line, a tuple of them.
    stocks : numpy.ndarray [years + 1, quantities, pools, cells, batch]
        At the start, then at the end of each year.
    ledger : Ledger
        Fields [years, ...].
    inc_share : tuple of numpy.ndarray [years, mineral, batch]
        Shares of the incorporations.
    inputs : tuple of numpy.ndarray [years, cells, batch]
        Annual input by declared input.
    weather : dict of str to Weather
        Of the first year under each cover.
    physical : Physical
        At the start, then at the end of each year; [years + 1, ...].
    atmosphere : numpy.ndarray [years]
        Delta14C, permil.
    ph_shift : numpy.ndarray [years, batch]
        Change of the pH of the topsoil by the cover of the year.
    events : tuple of Booked
        What happened at the beginning of years, in order, with its account.
    soils : Soil
        The soil at the moments of `stocks`, arrays [years + 1, cells, batch].
    lasting : Soil
        The soil at the end as events have left it, without alterations that are counted anew each year.
    nitrogen : NitrogenFluxes or None
        Fields [years, ...]; None where nitrogen is not modelled.
    """

    years: tuple[int, ...]
    covers: tuple[Any, ...]
    stocks: np.ndarray
    ledger: Ledger
    inc_share: tuple[np.ndarray, ...]
    inputs: tuple[np.ndarray, ...]
    weather: dict[Any, Weather]
    physical: Physical
    atmosphere: np.ndarray
    ph_shift: np.ndarray
    events: tuple[Booked, ...]
    soils: Soil
    lasting: Soil
    nitrogen: NitrogenFluxes | None = None


class Kept(NamedTuple):
    """What is kept of a year."""

    ledger: Ledger
    inc_share: tuple[Any, ...]
    inputs: tuple[Any, ...]
    weather: Weather
    physical: Physical
    nitrogen: NitrogenFluxes | None


@functools.partial(jax.jit, static_argnames=("model", "solver", "stepper"))
def one_year(
    model: Pedon,
    solver: Solver,
    stepper: Stepper,
    state: State,
    forcing: Forcing,
    tracing: Tracing,
    soil: Any,
    parameters: Any,
    modes: Any,
) -> tuple[State, Kept]:
    """One year of a simulation with everything that is kept of it."""
    year = run_year(model, solver, stepper, state, soil, forcing, parameters, modes, tracing)
    assert year.ledger is not None
    season, env = year.season, year.environment
    inputs = tuple(u.mean(axis=0) for u in season.inputs)
    weather = Weather(env.temperature, env.theta, env.face_flux, env.air)
    nitrogen = nitrogen_fluxes(model.graph, state, forcing, year, parameters)
    return year.state, Kept(year.ledger, season.inc_share, inputs, weather, year.state.physical, nitrogen)


def run_years(
    setting: Setting,
    stepper: Stepper,
    state: State,
    years: Sequence[int],
    timeline: Timeline | Timelines,
    curve: Curve,
    progress: Progress | None = None,
) -> tuple[State, Record]:
    """Simulate the years of a time line: in each one its events, then its steps.

    Events and alterations are arrays between years, so that all years share one compiled function.

    Parameters
    ----------
    timeline : Timeline or Timelines
        Forcings with as many columns as the state; one for all columns, or one for each.
    curve : Curve
        Atmospheric 14C.
    """
    kept: list[Kept] = []
    covers: list[Any] = []
    stocks = [np.asarray(state.stocks)]
    weather: dict[Any, Weather] = {}
    before = jax.tree.map(np.asarray, state.physical)
    delta = np.atleast_1d(curve.delta14c(np.asarray(years, dtype=float) + 0.5))
    soil, events = jax.tree.map(np.asarray, setting.soil), []
    soils, shifts = [soil], []
    for k, year in enumerate(years):
        plan = timeline.year(year)
        modern = np.array([1.0 + delta[k] / 1000.0])
        state, soil, booked = happen(setting, plan, state, soil, modern)
        events.extend(booked)
        now_soil = plan.soil(soil, np.asarray(face_at(setting, state.stocks[0], soil, state.physical.swelling)))
        now_soil = aged(setting, now_soil, float(year - years[0]))
        forcing = jax.tree.map(jnp.asarray, plan.forcing)
        values = (jax.tree.map(jnp.asarray, now_soil), *setting.values[1:])
        state, now = one_year(
            setting.model, setting.solver, stepper, state, forcing, tracing_of(setting, modern), *values
        )
        now = jax.tree.map(np.asarray, now)
        stocks.append(np.asarray(state.stocks))
        soils.append(now_soil)
        shifts.append(np.broadcast_to(np.asarray(plan.forcing.ph_shift), stocks[0].shape[-1:]))
        covers.append(plan.cover)
        weather.setdefault(plan.cover, now.weather)
        kept.append(now)
        if progress is not None:
            told = plan.cover if isinstance(plan.cover, str) else f"{len(plan.cover)} columns"
            progress((k + 1) / len(years), f"year {year}, {told}")
    fields: list[Any] = [np.stack(parts) for parts in zip(*(k.ledger for k in kept), strict=True)]
    record = Record(
        years=tuple(years),
        covers=tuple(covers),
        stocks=np.stack(stocks),
        ledger=Ledger(*fields),
        inc_share=tuple(np.stack(parts) for parts in zip(*(k.inc_share for k in kept), strict=True)),
        inputs=tuple(np.stack(parts) for parts in zip(*(k.inputs for k in kept), strict=True)),
        weather=weather,
        physical=jax.tree.map(lambda *parts: np.stack(parts), before, *(k.physical for k in kept)),
        atmosphere=delta,
        ph_shift=np.stack(shifts),
        events=tuple(events),
        soils=jax.tree.map(lambda *parts: np.stack(parts), *soils),
        lasting=soil,
        nitrogen=jax.tree.map(lambda *parts: np.stack(parts), *(k.nitrogen for k in kept)),
    )
    return state, record
