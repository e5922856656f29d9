"""RothC on many topsoils at once: start, months, radiocarbon."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from pedozone.config.errors import InputError
from pedozone.engine.batching import map_chunks
from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.months import nothing, periodic_state, run_months
from pedozone.engine.precision import double_precision
from pedozone.models.rothc import (
    ACTIVE,
    INERT,
    POOLS,
    STEPPER,
    Forcing,
    RothC,
    no_tracing,
    pools_of,
    radiocarbon,
    radiocarbon_tracing,
    stocks_of,
)
from pedozone.parameters import ParameterSet, load_parameters
from pedozone.physics.rothc_modifiers import deficit_series, inert_carbon
from pedozone.simulation.rothc_arguments import Topsoil, checked, extent, monthly, pools_given, soil_of

Array = jax.Array

WIDTH = 128
"""Sites of a chunk."""

TOLERANCE = 1e-6
"""Change of active carbon from year to year at which the published spin-up ends, t C ha-1."""

MOST_YEARS = 1_000_000
"""Years after which a spin-up by cycling gives up."""

_MOST_MOISTURE_YEARS = 5_000  # what then still moves does so by less than 0.03 mm a year


@dataclass(frozen=True)
class RothCRun:
    """What a run of RothC gives; NumPy arrays.

    Attributes
    ----------
    pools : array [months, 5, sites]
        DPM, RPM, BIO, HUM and IOM at the end of each month, t C ha-1.
    respired : array [months, sites]
        CO2 of each month, t C ha-1.
    start : array [5, sites]
        Pools before the first month.
    delta14c, radiocarbon_age : array [months, sites] or None
        Of the whole soil: permil and yr, by RothC's own constants.
    start_delta14c : array [sites] or None
    spin_up_years : array [sites] or None
        Years that the spin-up cycled; None where it was solved or the pools were given.
    """

    pools: np.ndarray
    respired: np.ndarray
    start: np.ndarray
    delta14c: np.ndarray | None
    radiocarbon_age: np.ndarray | None
    start_delta14c: np.ndarray | None
    spin_up_years: np.ndarray | None


class _Kept(NamedTuple):
    pools: Array
    respired: Array
    delta14c: Array | None
    age: Array | None


def simulate_rothc(
    forcing: Forcing,
    topsoil: Topsoil,
    inert: Any,
    *,
    spin_up: Forcing | None = None,
    rule: str = "solve",
    start: Any = None,
    modern: Any = None,
    spin_up_modern: Any = 100.0,
    parameters: ParameterSet | str = "rothc-26.3",
    width: int = WIDTH,
    workers: int | None = None,
) -> RothCRun:
    """Run RothC on many sites.

    Parameters
    ----------
    forcing : Forcing
        Of the run; arrays [months, sites], or anything that broadcasts to that.
    topsoil : Topsoil
    inert : array_like
        Inert organic carbon, t C ha-1, a number or [sites]; see `falloon`.
    spin_up : Forcing, optional
        Of the twelve months that the start is in equilibrium with.
    rule : {"solve", "cycle"}
        How that equilibrium is found: exactly, by one linear solve; or as published, from empty pools through the
        same months until active carbon changes by less than 1e-6 t C ha-1 in a year.
    start : array_like, optional
        DPM, RPM, BIO and HUM before the first month, t C ha-1 [4, sites] or [4], in the stead of `spin_up`; the soil
        then starts at field capacity.
    modern : array_like, optional
        Radiocarbon of the inputs, % modern [months, sites]; needs `spin_up`. None leaves radiocarbon out.
    spin_up_modern : array_like
        The same during the spin-up [12, sites].
    parameters : ParameterSet or str
        Constants.
    width, workers : int
        Sites of a chunk and threads, see `map_chunks`.

    Returns
    -------
    RothCRun

    Raises
    ------
    InputError
        A value that is not finite or out of range, arrays that do not fit together, a spin-up that does not settle.
    """
    if rule not in ("solve", "cycle"):
        raise InputError("<arguments>", "rule", rule, "'solve' or 'cycle'", "Choose one of them.")
    if (spin_up is None) == (start is None):
        raise InputError(
            "<arguments>", "spin_up", "(both or neither of spin_up and start)", "one of the two", "Give one of them."
        )
    if modern is not None and spin_up is None:
        raise InputError("<arguments>", "modern", "(without spin_up)", "a run with spin_up", "Give twelve months.")
    months, sites = extent(forcing, topsoil, inert)
    values = load_parameters(parameters) if isinstance(parameters, str) else parameters
    with double_precision():
        constants = {name: jnp.asarray(value) for name, value in values.values().items()}
        soil = soil_of(topsoil, sites, constants)
        columns = {
            "forcing": monthly(forcing, months, sites),
            "soil": soil,
            "inert": checked("inert", inert, (sites,)),
            "modern": None if modern is None else checked("modern", modern, (months, sites)),
            "spin_up": None if spin_up is None else monthly(spin_up, 12, sites),
            "spin_up_modern": None if modern is None else checked("modern", spin_up_modern, (12, sites)),
            "start": None if start is None else pools_given(start, sites),
        }
        function = functools.partial(_chunk, constants, rule=rule)
        kept, first, first_delta, years = map_chunks(function, columns, min(width, sites), workers)
    cycled = spin_up is not None and rule == "cycle"
    unsettled = years >= MOST_YEARS if cycled else ~((first >= 0.0) & np.isfinite(first)).all(axis=0)
    if unsettled.any():
        raise InputError(
            "<arguments>",
            f"spin_up (site {int(np.argmax(unsettled)) + 1})" if sites > 1 else "spin_up",
            f"(no equilibrium{f' within {MOST_YEARS} years' if cycled else ''})",
            "months in which carbon turns over",
            "Give twelve months that are not frozen all year.",
        )
    with_radiocarbon = modern is not None
    return RothCRun(
        pools=kept.pools,
        respired=kept.respired,
        start=first,
        delta14c=kept.delta14c if with_radiocarbon else None,
        radiocarbon_age=kept.age if with_radiocarbon else None,
        start_delta14c=first_delta if with_radiocarbon else None,
        spin_up_years=years if cycled else None,
    )


def falloon(total: Any, parameters: ParameterSet | str = "rothc-26.3") -> np.ndarray:
    """Inert organic carbon that goes with total organic carbon, both t C ha-1 (Falloon et al. 1998)."""
    values = load_parameters(parameters) if isinstance(parameters, str) else parameters
    with double_precision():
        constants = {name: jnp.asarray(value) for name, value in values.values().items()}
        return np.asarray(inert_carbon(jnp.asarray(total, dtype=float), constants))


@functools.partial(jax.jit, static_argnames="rule")
def _chunk(constants: dict[str, Array], columns: dict[str, Any], rule: str) -> tuple[_Kept, Array, Any, Array]:
    """Start and months of a chunk of sites."""
    model, solver = RothC(), choose_solver("jax")
    modes = model.modelled()
    soil, traced = columns["soil"], columns["modern"] is not None
    batch = soil.clay.shape[-1]
    tracing = radiocarbon_tracing(columns["modern"], constants) if traced else no_tracing(batch)
    pools = jnp.zeros((len(POOLS), batch)).at[INERT].set(columns["inert"])
    years, deficit = jnp.zeros(batch), jnp.zeros(batch)
    if columns["start"] is not None:
        stocks = stocks_of(pools.at[ACTIVE].set(columns["start"]))[None]
    else:
        held = jnp.concatenate([stocks_of(pools)[None], jnp.zeros((int(traced), len(POOLS), 1, batch))])
        before = radiocarbon_tracing(columns["spin_up_modern"], constants) if traced else tracing
        find = _solved if rule == "solve" else _cycled
        stocks, deficit, years = find(model, solver, held, columns["spin_up"], soil, constants, modes, before)
    environment, _ = model.environment(stocks[0], deficit, soil, columns["forcing"], constants)
    season = model.season(environment, constants, modes)

    def keep(stocks: Array, ledger: Any) -> _Kept:
        carbon = pools_of(stocks)
        respired = pools_of(ledger.loss[0])[0]
        delta, age = radiocarbon(carbon[0], carbon[1], constants) if traced else (None, None)
        return _Kept(carbon[0], respired, delta, age)

    _, kept = run_months(model, solver, STEPPER, stocks, season, constants, modes, tracing, keep)
    first = pools_of(stocks)
    first_delta = radiocarbon(first[0], first[1], constants)[0] if traced else None
    return kept, first[0], first_delta, years


def _solved(model, solver, held, forcing, soil, constants, modes, tracing):
    """The state that repeats itself, with its moisture deficit."""
    batch = held.shape[-1]

    def year(deficit: Array) -> Array:
        return deficit_series(forcing.rain, forcing.evaporation, forcing.covered, deficit, soil.deficits, constants)[1]

    def moving(now: tuple[Array, Array, Array]) -> Array:
        before, after, count = now
        return jnp.any(before != after) & (count < _MOST_MOISTURE_YEARS)

    def again(now: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        _, deficit, count = now
        return deficit, year(deficit), count + 1

    wet = jnp.zeros(batch)
    _, deficit, _ = lax.while_loop(moving, again, (wet, year(wet), jnp.asarray(0)))
    environment, deficit = model.environment(held[0], deficit, soil, forcing, constants)
    season = model.season(environment, constants, modes)
    return periodic_state(model, solver, STEPPER, held, season, constants, modes, tracing), deficit, jnp.zeros(batch)


def _cycled(model, solver, held, forcing, soil, constants, modes, tracing):
    """The published spin-up: from empty pools until active carbon changes by less than the tolerance in a year."""
    batch = held.shape[-1]

    def moving(now) -> Array:
        *_, settled, years = now
        return jnp.any(~settled) & (jnp.max(years) < MOST_YEARS)

    def again(now):
        stocks, deficit, total, settled, years = now
        environment, later = model.environment(stocks[0], deficit, soil, forcing, constants)
        season = model.season(environment, constants, modes)
        after, _ = run_months(model, solver, STEPPER, stocks, season, constants, modes, tracing, nothing)
        active = jnp.sum(pools_of(after[0])[ACTIVE], axis=0)
        fresh = (
            jnp.where(settled, stocks, after),
            jnp.where(settled, deficit, later),
            jnp.where(settled, total, active),
            settled | (jnp.abs(active - total) <= TOLERANCE),
            years + ~settled,
        )
        return fresh

    begin = (held, jnp.zeros(batch), jnp.zeros(batch), jnp.zeros(batch, bool), jnp.zeros(batch))
    stocks, deficit, _, _, years = lax.while_loop(moving, again, begin)
    return stocks, deficit, years
