"""How a profile's carbon answers to its parameters: what the criterion `control` asks for."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.engine.adjoint import ImplicitOptions, steady_adjoint
from pedozone.engine.blocktri.solver import Solver
from pedozone.engine.precision import double_precision
from pedozone.engine.spinup import SpinupOptions, Status, spin_up
from pedozone.engine.stepping import Stepper, no_tracers
from pedozone.engine.year import State, run_year
from pedozone.models.pedon import Pedon
from pedozone.models.pedon_forcing import Forcing
from pedozone.parameters import ParameterSet
from pedozone.simulation.setting import Setting
from pedozone.zones.context import Sensitivities

STEP = 0.01
"""Relative step of the central differences."""

Schedule = Sequence[tuple[int, str, Forcing]]


def prior_spread(parameters: ParameterSet, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Prior standard deviations that go with relative changes, and whether they are those of the logarithm.

    Returns
    -------
    numpy.ndarray [parameters]
        Standard deviation of ln p; of p over its value where the prior has zero in its inside.
    numpy.ndarray of bool [parameters]
    """
    spread, logarithmic = [], []
    for name in names:
        parameter = parameters[name]
        sigma = parameter.prior.log_standard_deviation()
        logarithmic.append(bool(np.isfinite(sigma)))
        if not np.isfinite(sigma):
            sigma = parameter.prior.standard_deviation() / max(abs(parameter.value), 1e-300)
        spread.append(sigma)
    return np.array(spread), np.array(logarithmic)


def relevant(parameters: ParameterSet, names: Sequence[str] | None = None) -> tuple[str, ...]:
    """Parameters to be moved: the trainable ones, zero left out, or those asked for."""
    if names is None:
        return tuple(name for name in parameters if parameters[name].trainable and parameters[name].value != 0.0)
    return tuple(parameters[name].name for name in names)


@double_precision()
def sensitivities(
    setting: Setting,
    stepper: Stepper,
    parameters: ParameterSet,
    state: State,
    forcing: Forcing,
    *,
    names: Sequence[str] | None = None,
    schedule: Schedule | None = None,
    years: Sequence[int] = (),
    step: float = STEP,
) -> Sensitivities:
    """d ln C(z)/d ln p of a column's steady state, or of every year of a run that starts from it, in prior spreads.

    Central differences: a pair of columns for each parameter, all of them brought to their own steady state (and
    through the years) as one batch. One such batch gives the answer in all layers; by adjoint every layer costs a
    solve (:func:`steady_slopes`, which the tests compare).

    Parameters
    ----------
    setting : Setting
        Of one column.
    parameters : ParameterSet
        With the priors; values as in the setting.
    state : State
        Steady state of the column under `forcing` (other quantities than carbon are not read).
    forcing : Forcing
        Of the spin-up.
    names : sequence of str, optional
        Which parameters; by default all that are trainable.
    schedule, years : optional
        Land covers (first year, name, forcing) and years of a run; without them the steady state itself is described.
    step : float
        Relative, of each parameter.

    Returns
    -------
    Sensitivities
        response [parameters, cells, years or 1].

    Raises
    ------
    ValueError
        If a column with a changed parameter has no steady state, naming the parameter.
    """
    chosen = relevant(parameters, names)
    spread, _ = prior_spread(parameters, chosen)
    batch = 2 * len(chosen)
    factors = np.ones((len(chosen), batch))
    for k in range(len(chosen)):
        factors[k, 2 * k], factors[k, 2 * k + 1] = 1.0 - step, 1.0 + step
    values = {
        name: jnp.asarray(np.asarray(value) * factors[chosen.index(name)]) if name in chosen else value
        for name, value in setting.parameters.items()
    }

    def wide(tree: Any) -> Any:
        return jax.tree.map(lambda leaf: jnp.repeat(jnp.asarray(leaf), batch, axis=-1), tree)

    soil, start = wide(setting.soil), wide(State(state.stocks[:1], state.physical))
    # the differences of nearby steady states are small: each has to be closer to its own than they are to each other
    options = replace(SpinupOptions(), tolerance=1e-6 * step)
    found = spin_up(setting.model, setting.solver, stepper, start, soil, wide(forcing), values, setting.modes, options)
    for k, status in enumerate(found.status):
        if status is not Status.CONVERGED:
            name = chosen[k // 2]
            raise ValueError(
                f"with {name} {'lowered' if k % 2 == 0 else 'raised'} by {100 * step:g} % the column ends as "
                f"'{status.value}': {found.causes[k]} Leave the parameter out of `names`, or take a smaller step."
            )
    now, kept = found.state, []
    for year in years:
        running = [entry for entry in (schedule or [(year, "", forcing)]) if entry[0] <= year][-1]
        now = _year(setting.model, setting.solver, stepper, now, soil, wide(running[2]), values, setting.modes)
        kept.append(np.asarray(jnp.sum(now.stocks[0], axis=0)))
    carbon = np.stack(kept or [np.asarray(jnp.sum(now.stocks[0], axis=0))], axis=-1)  # [cells, batch, years]
    pairs = carbon.reshape(carbon.shape[0], len(chosen), 2, -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.log(pairs[:, :, 1] / pairs[:, :, 0]) / (2.0 * step)
    slope = np.where(np.isfinite(slope), slope, 0.0)  # an empty cell answers to nothing
    response = np.moveaxis(slope, 1, 0) * spread[:, None, None]
    return Sensitivities(chosen, tuple(parameters[name].group for name in chosen), response)


@functools.partial(jax.jit, static_argnames=("model", "solver", "stepper"))
def _year(
    model: Pedon,
    solver: Solver,
    stepper: Stepper,
    state: State,
    soil: Any,
    forcing: Forcing,
    parameters: Mapping[str, Any],
    modes: Any,
) -> State:
    tracing = no_tracers(model.graph, state.stocks.shape[-1])
    return run_year(model, solver, stepper, state, soil, forcing, parameters, modes, tracing, record=False).state


@double_precision()
def steady_slopes(setting: Setting, stepper: Stepper, state: State, forcing: Forcing, cell: int) -> dict[str, float]:
    """d ln C/d ln p of one cell's carbon at the steady state, for all parameters, by one adjoint solve.

    Parameters
    ----------
    state : State
        Steady state of one column, carbon alone.
    cell : int
    """
    carbon = jnp.sum(state.stocks[0, :, cell])
    stocks = jnp.zeros_like(state.stocks).at[0, :, cell].set(1.0 / carbon)
    cotangent = State(stocks, jax.tree.map(jnp.zeros_like, state.physical))
    options = ImplicitOptions()
    found = steady_adjoint(
        setting.model, setting.solver, stepper, state, setting.soil, forcing, setting.parameters, setting.modes,
        cotangent, options,
    )  # fmt: skip
    return {name: float(np.sum(found.parameters[name] * setting.parameters[name])) for name in setting.parameters}
