"""RothC-26.3: the Rothamsted carbon model of a topsoil, as Rothamsted publishes it.

At this border masses are t C ha-1 and times are months; inside they are kg C m-2 and years like everywhere. Its
radiocarbon constants (half-life of 5568 yr, 8035 yr behind Delta14C, inert carbon of a fixed age) stay in here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.blocktri.solver import Tracing
from pedozone.engine.declarations import Pool, Role
from pedozone.engine.process import Process
from pedozone.engine.stepping import DecayAndPartition
from pedozone.models.modified import Modified, Reference
from pedozone.physics.moisture_response import Water
from pedozone.physics.pedotransfer import saxton_rawls
from pedozone.physics.responses import Response, replaced
from pedozone.physics.rothc_modifiers import (
    Deficits,
    cover_modifier,
    deficit_series,
    moisture_modifier,
    temperature_modifier,
)
from pedozone.processes.rothc_decay import RothCDecay, RothCEnvironment, RothCInputs

Array = jax.Array

POOLS = (
    Pool("dpm", Role.FRESH, None, "decomposable plant material", ("metabolic",)),
    Pool("rpm", Role.FRESH, None, "resistant plant material", ("structural",)),
    Pool("bio", Role.LIVING, None, "microbial biomass"),
    Pool("hum", Role.MINERAL, None, "humified organic matter", ("slow",)),
    Pool("iom", Role.INERT, None, "inert organic matter"),
)
ACTIVE, INERT = slice(0, 4), 4

T_HA_PER_KG_M2 = 10.0
MONTHS = 12.0

STEPPER = DecayAndPartition(fresh_inputs=True)
"""The published scheme: decay, partition, radioactive decay of what was there, then the month's inputs."""


class Soil(NamedTuple):
    """A topsoil; [batch].

    Attributes
    ----------
    clay : Array
        %.
    deficits : Deficits
        See `standard_deficits` and `farina_deficits`.
    moisture_minimum : Array
        Factor of moisture at the wilting point; 0.2 in RothC-26.3.
    """

    clay: Array
    deficits: Deficits
    moisture_minimum: Array


class Forcing(NamedTuple):
    """What the official input table holds; arrays [months, batch], of JAX or NumPy.

    Attributes
    ----------
    temperature : Array
        Mean air temperature, degC.
    rain, evaporation : Array
        mm month-1; evaporation from an open pan.
    covered : Array
        1 where plants cover the soil, else 0.
    plant, manure : Array
        Carbon input, t C ha-1 month-1.
    decomposable_ratio : Array
        DPM over RPM in plant inputs.
    """

    temperature: Any
    rain: Any
    evaporation: Any
    covered: Any
    plant: Any
    manure: Any
    decomposable_ratio: Any


def processes() -> tuple[Process, ...]:
    """The processes of RothC, in the order in which the graph lists their fluxes."""
    return RothCInputs(), RothCDecay()


def soil_water(deficit: Array, soil: Soil) -> Water:
    """State of the water at a deficit (mm, negative), for responses other than RothC's.

    The deficit at the wilting point stands for all extractable water. Contents and suction are those of a soil of this
    clay with as much silt as sand, which RothC does not know, and without organic matter.
    """
    clay = soil.clay / 100.0
    return Water.of_extractable(1.0 - deficit / soil.deficits.wilting, saxton_rawls(0.5 * (1.0 - clay), clay, 0.0))


class RothC(Modified):
    """RothC on one topsoil; with more cells, each gets an equal share of the inputs under the same factors.

    Parameters
    ----------
    cells, organic : int
    temperature, moisture : str or Response, optional
        Responses in place of RothC's own; the factor of plant cover stays.
    """

    reference = Reference(9.25, "no deficit (field capacity)", "temperature of the air", "deficit of the topsoil")

    def __init__(
        self,
        cells: int = 1,
        organic: int = 0,
        temperature: str | Response | None = None,
        moisture: str | Response | None = None,
    ) -> None:
        super().__init__(POOLS, processes(), cells, organic, temperature, moisture)

    def environment(self, stock, physical, site, forcing, parameters):  # noqa: D102 (inherited)
        # physical: the moisture deficit, mm [batch]
        deficit, end = deficit_series(
            forcing.rain, forcing.evaporation, forcing.covered, physical, site.deficits, parameters
        )
        activity = (
            replaced(
                self.modifiers.temperature,
                lambda air: temperature_modifier(air, parameters),
                forcing.temperature,
                self.reference.temperature,
                parameters,
            )
            * replaced(
                self.modifiers.moisture,
                lambda lacking: moisture_modifier(lacking, site.deficits, site.moisture_minimum),
                deficit,
                0.0 * site.deficits.wilting,
                parameters,
                lambda lacking: soil_water(lacking, site),
            )
            * cover_modifier(forcing.covered, parameters)
        )
        yearly = MONTHS / T_HA_PER_KG_M2
        environment = RothCEnvironment(
            activity=activity[:, None],
            clay=site.clay[None, None],
            plant=yearly * forcing.plant[:, None],
            manure=yearly * forcing.manure[:, None],
            decomposable_ratio=forcing.decomposable_ratio[:, None],
            share=jnp.full((1, self.graph.cells, stock.shape[-1]), 1.0 / self.graph.cells),
        )
        return environment, end

    def local(self, environment, parameters):  # noqa: D102 (inherited)
        return ()

    def view(self, stock, local, parameters):  # noqa: D102 (inherited)
        return stock


def stocks_of(pools: Array) -> Array:
    """Stocks of one cell, kg C m-2 [pools, 1, batch], from pools in t C ha-1 [pools, batch]."""
    return pools[:, None] / T_HA_PER_KG_M2


def pools_of(stocks: Array) -> Array:
    """Pools in t C ha-1 [..., pools, batch] from stocks in kg C m-2 [..., pools, cells, batch]."""
    return T_HA_PER_KG_M2 * jnp.sum(stocks, axis=-2)


def decay_constant(parameters: Mapping[str, Array]) -> Array:
    """Of radiocarbon, yr-1, from RothC's half-life."""
    return jnp.log(2.0) / parameters["rothc_radiocarbon_half_life"]


def no_tracing(batch: int) -> Tracing:
    """The tracing of a run without radiocarbon."""
    return Tracing(jnp.zeros((0, 5, batch)), jnp.zeros(0), jnp.zeros(0))


def radiocarbon_tracing(modern: Array, parameters: Mapping[str, Array]) -> Tracing:
    """The tracing of radiocarbon, for inputs of a modern fraction (% of modern carbon) [months, batch]."""
    signature = jnp.broadcast_to(modern[:, None, None] / 100.0, (modern.shape[0], 1, 5, modern.shape[-1]))
    return Tracing(signature, jnp.zeros(1), decay_constant(parameters)[None])


def radiocarbon(carbon: Array, activity: Array, parameters: Mapping[str, Array]) -> tuple[Array, Array]:
    """Delta14C (permil) and radiocarbon age (yr) of the whole soil, by RothC's own constants.

    Parameters
    ----------
    carbon, activity : Array [..., pools, batch]
        Pools and what they hold of radiocarbon, in one unit. The inert pool's radiocarbon is replaced by that of its
        fixed age, which does not grow.
    """
    rate = decay_constant(parameters)
    inert = carbon[..., INERT, :] * jnp.exp(-rate * parameters["rothc_inert_age"])
    held = jnp.sum(activity[..., ACTIVE, :], axis=-2) + inert
    total = jnp.sum(carbon, axis=-2)
    there = held > 0.0
    age = jnp.where(there, jnp.log(jnp.where(there, total, 1.0) / jnp.where(there, held, 1.0)) / rate, 0.0)
    return 1000.0 * (jnp.exp(-age / parameters["rothc_radiocarbon_mean_life"]) - 1.0), age
