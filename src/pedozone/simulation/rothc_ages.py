"""Ages and transit times of a topsoil in equilibrium under RothC."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.config.errors import InputError
from pedozone.engine.ages import systems
from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.months import periodic_state
from pedozone.engine.precision import double_precision
from pedozone.engine.steady import MeanYear, mean_year
from pedozone.engine.year import State, run_year
from pedozone.models.rothc import POOLS, STEPPER, Forcing, RothC, Soil, no_tracing
from pedozone.parameters import ParameterSet, load_parameters
from pedozone.simulation.rothc_arguments import Topsoil, extent, monthly, soil_of


class RothCAges(NamedTuple):
    """Ages of active carbon in equilibrium, yr; NumPy arrays.

    Attributes
    ----------
    pool : array [4, sites]
        Mean age of DPM, RPM, BIO and HUM.
    system, transit : array [sites]
        Mean age of all active carbon, and of what is respired.
    times : array [points]
    system_younger, transit_younger : array [points, sites]
        Share of the stock, and of what is respired, that is younger than each time.
    """

    pool: np.ndarray
    system: np.ndarray
    transit: np.ndarray
    times: np.ndarray
    system_younger: np.ndarray
    transit_younger: np.ndarray


def equilibrium_ages(
    year: Forcing, topsoil: Topsoil, times: Any = (1.0, 10.0, 100.0), parameters: ParameterSet | str = "rothc-26.3"
) -> RothCAges:
    """Ages of the carbon that is in equilibrium with twelve months; the inert pool takes no part.

    Parameters
    ----------
    year : Forcing
        Arrays [12, sites], with some input at every site.
    topsoil : Topsoil
    times : array_like [points]
        Of the distributions, yr.
    parameters : ParameterSet or str

    Raises
    ------
    InputError
        As `simulate_rothc`, and for a site without input or frozen all year: it has no equilibrium.
    """
    _, sites = extent(year, topsoil, 0.0)
    values = load_parameters(parameters) if isinstance(parameters, str) else parameters
    model = RothC()
    points = np.atleast_1d(np.asarray(times, dtype=float))
    with double_precision():
        constants = {name: jnp.asarray(value) for name, value in values.values().items()}
        soil = soil_of(topsoil, sites, constants)
        forcing = Forcing(*(jnp.asarray(a) for a in monthly(year, 12, sites)))
        fed = np.asarray(forcing.plant + forcing.manure).any(axis=0)
        if not fed.all():
            raise InputError(
                "<arguments>", f"plant, manure (site {int(np.argmin(fed)) + 1})", "0 in every month",
                "some input within the year", "Leave the site out.",
            )  # fmt: skip
        mean = _mean_year(constants, soil, forcing)
        still = ~np.isfinite(np.asarray(mean.stock)).all(axis=(0, 1))
        if still.any():
            raise InputError(
                "<arguments>", f"temperature (site {int(np.argmax(still)) + 1})", "(nothing decays)",
                "months in which carbon turns over", "Give twelve months that are not frozen all year.",
            )  # fmt: skip
        inert = [model.graph.pools[p].name for p in model.graph.lasting]
        columns = [column.without(*inert) for column in systems(model.graph, mean)]
    return RothCAges(
        pool=np.stack([column.mean_ages for column in columns], axis=-1),
        system=np.array([column.mean_system_age for column in columns]),
        transit=np.array([column.mean_transit_time for column in columns]),
        times=points,
        system_younger=np.stack([column.system_age_cumulative(points) for column in columns], axis=-1),
        transit_younger=np.stack([column.transit_time_cumulative(points) for column in columns], axis=-1),
    )


@jax.jit
def _mean_year(constants: dict[str, Any], soil: Soil, forcing: Forcing) -> MeanYear:
    """The year that repeats itself, as a linear system."""
    model, solver = RothC(), choose_solver("jax")
    modes, batch = model.modelled(), soil.clay.shape[-1]
    nothing = no_tracing(batch)
    deficit = jnp.zeros(batch)
    for _ in range(4):  # the deficit of the year before; a steady drift over centuries does not matter for ages
        environment, deficit = model.environment(jnp.zeros((1, 1, batch)), deficit, soil, forcing, constants)
    season = model.season(environment, constants, modes)
    held = jnp.zeros((1, len(POOLS), 1, batch))
    state = State(periodic_state(model, solver, STEPPER, held, season, constants, modes, nothing), deficit)
    done = run_year(model, solver, STEPPER, state, soil, forcing, constants, modes, nothing)
    assert done.ledger is not None
    return mean_year(model.graph, done.ledger, done.season.inputs, ())
