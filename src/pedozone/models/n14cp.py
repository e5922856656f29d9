"""The carbon and nitrogen of N14CP: soils that grow from bare ground with plants that nitrogen limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.declarations import Pool, Role
from pedozone.engine.operator import Ledger
from pedozone.engine.process import Parameters, Process
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year
from pedozone.models.modified import Modified, Reference
from pedozone.physics.responses import Response, replaced
from pedozone.physics.temperature_response import q10
from pedozone.processes.n14cp_turnover import DEEP, TOPSOIL, N14cpEnvironment, N14cpLitter, N14cpTurnover

Array = jax.Array

POOLS = (
    Pool("fast", Role.LIVING, None, "litter of the topsoil that lasts for years, with the microbes that live on it"),
    Pool("slow", Role.OCCLUDED, None, "organic matter of the topsoil that lasts for decades", ("slow",)),
    Pool("passive", Role.MINERAL, None, "organic matter of the topsoil that lasts for a millennium", ("slow",)),
    Pool(DEEP, Role.MINERAL, None, "dissolved organic matter sorbed in the subsoil", ("slow",)),
)

QUARTERS = 4
"""Time steps of a year in N14CP."""


class Nitrogen(NamedTuple):
    """Nitrogen of a soil.

    Attributes
    ----------
    organic : Array [pools, cells, batch]
        kg N m-2.
    mineralised : Array [cells, batch]
        Set free in the year before, kg N m-2.
    """

    organic: Array
    mineralised: Array


class Forcing(NamedTuple):
    """One year; [batch] unless said.

    Attributes
    ----------
    temperature : Array [12 (or 4 of quarters) or 1, batch]
        Of the soil, degC.
    potential : Array
        Net primary production that climate and phosphorus would let grow, kg C m-2 yr-1.
    deposition, fixation : Array
        Nitrogen from the air, kg N m-2 yr-1.
    plant_carbon_nitrogen : Array
        C:N of what grows.
    """

    temperature: Array
    potential: Array
    deposition: Array
    fixation: Array
    plant_carbon_nitrogen: Array


def processes() -> tuple[Process, ...]:
    """The processes of the model."""
    return N14cpLitter(), N14cpTurnover()


class N14cp(Modified):
    """The soil of N14CP, with growth by Liebig's law of the minimum. The site is empty, the year a `Forcing`.

    Plants grow what climate lets them, as far as the nitrogen of deposition, fixation and last year's mineralisation
    reaches, and all of it becomes litter. What they leave of the nitrogen is lost. `Nitrogen` is the physical state; a
    year has to be recorded (``record=True``), because its nitrogen follows its ledger of carbon.

    Parameters
    ----------
    cells, organic : int
        One cell is the published topsoil with its subsoil.
    temperature : str or Response, optional
        In place of the model's own.
    moisture : None
        The model has no factor of water.

    References
    ----------
    Davies et al. (2016), doi:10.1002/2015GB005167; Tipping et al. (2012), doi:10.1016/j.ecolmodel.2012.08.002.
    """

    reference = Reference(10.0, "", "temperature of the soil", "")

    def __init__(
        self,
        cells: int = 1,
        organic: int = 0,
        temperature: str | Response | None = None,
        moisture: str | Response | None = None,
    ) -> None:
        super().__init__(POOLS, processes(), cells, organic, temperature, moisture)

    def environment(self, stock, physical: Nitrogen, site, forcing: Forcing, parameters):  # noqa: D102 (inherited)
        there = physical.mineralised + forcing.deposition + forcing.fixation
        grown = jnp.minimum(forcing.potential, there * forcing.plant_carbon_nitrogen)
        taken = grown / forcing.plant_carbon_nitrogen
        activity = replaced(
            self.modifiers.temperature,
            lambda degrees: _warmth(degrees, parameters),
            forcing.temperature,
            self.reference.temperature,
            parameters,
        )
        environment = N14cpEnvironment(
            activity=jnp.broadcast_to(activity[:, None], (activity.shape[0], *there.shape)),
            litter=grown[None],
            taken=taken,
            left=there - taken,
            plant_nitrogen=1.0 / forcing.plant_carbon_nitrogen,
            stock=stock,
        )
        return environment, physical

    def after_year(self, physical, ledger, season, environment, parameters):  # noqa: D102 (inherited)
        if ledger is None:
            raise ValueError("nitrogen follows the year's ledger: run the year with record=True")
        return nitrogen_after(self, physical, ledger, season.inputs, environment, parameters)[0]

    def local(self, environment, parameters):  # noqa: D102 (inherited)
        return ()

    def view(self, stock, local, parameters):  # noqa: D102 (inherited)
        return stock


def _warmth(temperature: Array, parameters: Mapping[str, Any]) -> Array:
    return q10(temperature, parameters["n14cp_q10"], parameters["n14cp_reference_temperature"])


def nitrogen_after(
    model: N14cp,
    before: Nitrogen,
    ledger: Ledger,
    inputs: tuple[Array, ...],
    environment: N14cpEnvironment,
    parameters: Parameters,
) -> tuple[Nitrogen, Array]:
    """Nitrogen at the end of a year, and what left the soil with dissolved organic matter.

    What leaves a pool has the C:N of all that was in it in the year; of what is respired a share of the nitrogen stays
    behind in the pool.

    Parameters
    ----------
    before : Nitrogen
    ledger : Ledger
        Of the year's carbon.
    inputs : tuple of Array [12 or 1, cells, batch]
        Of the year, as declared.

    Returns
    -------
    Nitrogen
    Array [cells, batch]
        kg N m-2 yr-1.
    """
    graph = model.graph
    fluxes = (*graph.transfers, *graph.losses)
    flux = dict(zip(((f.donor, getattr(f, "fate", DEEP)) for f in fluxes), ledger.flux, strict=True))
    kept = parameters["n14cp_nitrogen_retention"]
    organic, mineralised, drained, sunk, carried = [], 0.0, 0.0, 0.0, 0.0
    for index, pool in enumerate((*TOPSOIL, DEEP)):
        if pool == DEEP:
            carbon_in, nitrogen_in = carried, sunk
        else:
            carbon_in = jnp.mean(inputs[index], axis=0)
            nitrogen_in = carbon_in * environment.plant_nitrogen
        carbon = environment.stock[index] + carbon_in
        there = carbon > 0.0
        ratio = jnp.where(there, (before.organic[index] + nitrogen_in) / jnp.where(there, carbon, 1.0), 0.0)
        respired = flux[pool, "respired"]
        gone = (1.0 - kept) * ratio * respired
        mineralised = mineralised + gone
        if pool != DEEP:
            down, away = flux[pool, DEEP], flux[pool, "leached"]
            sunk, carried, drained = sunk + ratio * down, carried + down, drained + ratio * away
            gone = gone + ratio * (down + away)
        organic.append(before.organic[index] + nitrogen_in - gone)
    return Nitrogen(jnp.stack(organic), jnp.asarray(mineralised)), jnp.asarray(drained)


class Development(NamedTuple):
    """A soil's course, by year.

    Attributes
    ----------
    carbon : Array [years, pools, cells, batch]
        At the end of each year, kg C m-2.
    nitrogen : Array [years, pools, cells, batch]
        kg N m-2.
    litter : Array [years, cells, batch]
        kg C m-2 yr-1.
    """

    carbon: Array
    nitrogen: Array
    litter: Array


def bare_ground(cells: int, batch: int) -> State:
    """A soil without organic matter, as the ice left it."""
    nothing = jnp.zeros((len(POOLS), cells, batch))
    return State(nothing[None], Nitrogen(nothing, nothing[0]))


def develop(
    model: N14cp, start: State, forcing: Forcing, deposition: Array, parameters: Mapping[str, Any]
) -> tuple[State, Development]:
    """Let a soil grow year by year under a history of nitrogen deposition.

    Parameters
    ----------
    start : State
        `bare_ground` for a soil that the ice has left.
    forcing : Forcing
        Of every year but for its deposition.
    deposition : Array [years, batch]
        kg N m-2 yr-1.

    Returns
    -------
    State
        At the end.
    Development
    """
    solver, stepper = choose_solver("jax"), STEPPERS["mprk22"]
    tracing = no_tracers(model.graph, deposition.shape[-1])
    periods = max(QUARTERS, forcing.temperature.shape[0])

    def year(state: State, deposited: Array) -> tuple[State, Development]:
        now = forcing._replace(deposition=deposited)
        done = run_year(model, solver, stepper, state, (), now, parameters, model.modelled(), tracing, periods=periods)
        after = done.state
        return after, Development(after.stocks[0], after.physical.organic, done.environment.litter[0])

    return jax.jit(lambda state, series: lax.scan(year, state, series))(start, deposition)
