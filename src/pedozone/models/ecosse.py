"""ECOSSE's carbon: RothC in the layers of mineral and organic soils, limited by nitrogen, acidity and wetness."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.operator import Ledger
from pedozone.engine.process import Parameters, Process
from pedozone.models import rothc
from pedozone.models.modified import Modified, Reference
from pedozone.physics.moisture_response import Water
from pedozone.physics.pedotransfer import Retention, water_content
from pedozone.physics.responses import Response, replaced
from pedozone.physics.rothc_modifiers import cover_modifier, temperature_modifier
from pedozone.processes.ecosse_decay import EcosseDecay, EcosseEnvironment, community_nitrogen, ph_modifier
from pedozone.processes.rothc_decay import RothCInputs

Array = jax.Array

POOLS = rothc.POOLS

ONE_BAR_KPA = 100.0


class Soil(NamedTuple):
    """A profile; [cells, batch].

    Attributes
    ----------
    clay : Array
        %.
    ph : Array
    retention : Retention
    input_share : Array
        Of plant and manure carbon by layer, adding up to one.
    """

    clay: Array
    ph: Array
    retention: Retention
    input_share: Array


class Forcing(NamedTuple):
    """One year; what changes by month leads with 12, what does not with 1.

    Attributes
    ----------
    temperature : Array [12 or 1, cells, batch]
        Of the soil, degC.
    theta : Array [12 or 1, cells, batch]
        Water, m3 m-3.
    covered : Array [12 or 1, batch]
        1 where plants cover the soil, else 0.
    plant, manure : Array [12 or 1, batch]
        kg C m-2 yr-1.
    decomposable_ratio : Array [12 or 1, batch]
        DPM over RPM in plant inputs.
    plant_carbon_nitrogen : Array [batch]
        Of plant matter.
    nitrogen : Array [12 or 1, cells, batch]
        Mineral nitrogen that decomposers can get beside what they set free themselves, kg N m-2 yr-1: deposition,
        fertiliser and fixation less what plants take and water carries off.
    """

    temperature: Array
    theta: Array
    covered: Array
    plant: Array
    manure: Array
    decomposable_ratio: Array
    plant_carbon_nitrogen: Array
    nitrogen: Array


def moisture_modifier(theta: Array, retention: Retention, parameters: Parameters) -> Array:
    """Factor of water (m3 m-3): 1 from field capacity to 1 bar, falling to a least value when dry and when flooded."""
    capacity, wilting, saturated = retention.field_capacity, retention.wilting_point, retention.saturation
    onset = water_content(ONE_BAR_KPA, retention)
    dry, wet = parameters["water_least_dry"], parameters["water_least_wet"]
    drying = dry + (1.0 - dry) * jnp.clip((theta - wilting) / (onset - wilting), 0.0, 1.0)
    flooding = 1.0 - (1.0 - wet) * jnp.clip((theta - capacity) / (saturated - capacity), 0.0, 1.0)
    return drying * flooding  # one of them is 1


def processes() -> tuple[Process, ...]:
    """The processes of the model."""
    return RothCInputs(), EcosseDecay()


class Ecosse(Modified):
    """ECOSSE's turnover of carbon in each layer. The site is a `Soil`, the year a `Forcing`.

    Nothing moves between layers, and mineral nitrogen is not a state: what decomposers can get of it in a month is
    given (`Forcing.nitrogen`), and what they bind or set free in a year is `net_mineralisation`.

    Parameters
    ----------
    cells, organic : int
        ECOSSE's own layers are 5 cm thick.
    temperature, moisture : str or Response, optional
        Responses in place of ECOSSE's own; those of pH, cover and nitrogen stay.

    References
    ----------
    Smith et al. (2010), doi:10.3354/cr00899.
    """

    reference = Reference(9.25, "field capacity (33 kPa)", "temperature of the soil", "water content, dry and flooded")

    def __init__(
        self,
        cells: int = 1,
        organic: int = 0,
        temperature: str | Response | None = None,
        moisture: str | Response | None = None,
    ) -> None:
        super().__init__(POOLS, processes(), cells, organic, temperature, moisture)

    def environment(self, stock, physical, site: Soil, forcing: Forcing, parameters):  # noqa: D102 (inherited)
        warm = replaced(
            self.modifiers.temperature,
            lambda degrees: temperature_modifier(degrees, parameters),
            forcing.temperature,
            self.reference.temperature,
            parameters,
        )
        moist = replaced(
            self.modifiers.moisture,
            lambda theta: moisture_modifier(theta, site.retention, parameters),
            forcing.theta,
            site.retention.field_capacity,
            parameters,
            lambda theta: Water.of(theta, site.retention),
        )
        covered = cover_modifier(forcing.covered, parameters)[:, None]
        environment = EcosseEnvironment(
            activity=warm * moist * covered * ph_modifier(site.ph, parameters),
            clay=site.clay[None],
            plant=forcing.plant[:, None],
            manure=forcing.manure[:, None],
            decomposable_ratio=forcing.decomposable_ratio[:, None],
            share=site.input_share[None],
            plant_nitrogen=1.0 / forcing.plant_carbon_nitrogen[None, None],
            soil_nitrogen=community_nitrogen(site.ph, parameters)[None],
            supply=forcing.nitrogen,
        )
        return environment, physical

    def local(self, environment, parameters):  # noqa: D102 (inherited)
        return ()

    def view(self, stock, local, parameters):  # noqa: D102 (inherited)
        return {pool.name: stock[index] for index, pool in enumerate(self.graph.pools)}


def net_mineralisation(model: Ecosse, ledger: Ledger, environment: EcosseEnvironment) -> Any:
    """Nitrogen set free less nitrogen bound in a year, kg N m-2 yr-1 [cells, batch]; negative where more is bound.

    Parameters
    ----------
    ledger : Ledger
        Of the year.
    environment : EcosseEnvironment
        Of the year.
    """
    ratio = {
        **dict.fromkeys(("dpm", "rpm"), environment.plant_nitrogen[0]),
        **dict.fromkeys(("bio", "hum"), environment.soil_nitrogen[0]),
    }
    graph = model.graph
    free: Any = 0.0
    for index, flux in enumerate((*graph.transfers, *graph.losses)):
        received = 0.0 if index >= len(graph.transfers) else ratio[graph.transfers[index].receiver]
        free = free + ledger.flux[index] * (ratio[flux.donor] - received)
    return free
