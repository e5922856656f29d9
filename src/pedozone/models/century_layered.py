"""Layered CENTURY as in CLM4.5 and CLM5: litter, wood and three soil pools in every layer, mixed between layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.declarations import Pool, Role
from pedozone.engine.process import Process
from pedozone.models.modified import Modified, Reference
from pedozone.physics.moisture import water_potential_factor
from pedozone.physics.moisture_response import Water
from pedozone.physics.pedotransfer import FIELD_CAPACITY_KPA, saxton_rawls
from pedozone.physics.responses import Response, replaced
from pedozone.physics.temperature_response import q10
from pedozone.processes.century_environment import Texture
from pedozone.processes.century_turnover import CenturyTurnover
from pedozone.processes.clm_environment import ClmEnvironment, Layers, PlantCarbon
from pedozone.processes.clm_litter import ClmLitterDecay, ClmLitterInputs
from pedozone.processes.clm_mixing import ClmMixing
from pedozone.processes.roots import root_profile

Array = jax.Array

POOLS = (
    Pool("coarse_wood", Role.FRESH, None, "coarse woody debris, which is not mixed", ("structural",)),
    Pool("litter_labile", Role.FRESH, "mixing", "labile litter, weeks", ("metabolic",)),
    Pool("litter_cellulose", Role.FRESH, "mixing", "cellulose of litter, months", ("structural",)),
    Pool("litter_lignin", Role.FRESH, "mixing", "lignin of litter, months", ("structural",)),
    Pool("active", Role.LIVING, "mixing", "microbes and their products, months (SOM 1)"),
    Pool("slow", Role.OCCLUDED, "mixing", "resistant and protected carbon, years (SOM 2)", ("slow",)),
    Pool("passive", Role.MINERAL, "mixing", "very resistant or protected carbon, centuries (SOM 3)", ("slow",)),
)


class Profile(NamedTuple):
    """A column of soil; [cells, batch].

    Attributes
    ----------
    texture : Texture
    thickness : Array
        Of the layers, m.
    """

    texture: Texture
    thickness: Array


class Conditions(NamedTuple):
    """What makes the activity; [12 or 1, cells, batch].

    Attributes
    ----------
    temperature : Array
        Of the soil, degC.
    suction_kpa : Array
        Of its water, kPa, positive.
    oxygen : Array
        Share of the demand for oxygen that is met, 0 to 1.
    """

    temperature: Array
    suction_kpa: Array
    oxygen: Array


class Forcing(NamedTuple):
    """Conditions and plants of one year; what changes by month leads with 12, what does not with 1.

    Attributes
    ----------
    activity : Array [12 or 1, cells, batch] or Conditions
        Factor on all decay rates before the effect of depth, such as `soil_activity` gives, or what makes it.
    plants : PlantCarbon
    root_beta : Array [batch]
        Share of roots below a depth of d cm: ``beta^d``.
    rooting_depth : Array [batch]
        m.
    active_layer : Array [batch]
        Depth to which the soil thaws, m; infinite where nothing stays frozen.
    """

    activity: Array | Conditions
    plants: PlantCarbon
    root_beta: Array
    rooting_depth: Array
    active_layer: Array


def soil_activity(temperature: Array, suction_kpa: Array, oxygen: Array, parameters: Mapping[str, Any]) -> Array:
    """CLM's factor on decay: a Q10 of the temperature, the logarithm of the water potential, and oxygen.

    Parameters
    ----------
    temperature : Array
        Of the soil, degC.
    suction_kpa : Array
        Of its water, kPa, positive.
    oxygen : Array
        Share of the demand for oxygen that is met, 0 to 1; not less than a least value counts.

    Returns
    -------
    Array
        1 at 25 degC in moist and aerated soil, above 1 where it is warmer.

    References
    ----------
    Koven et al. (2013), doi:10.5194/bg-10-7109-2013; Andrén and Paustian (1987), doi:10.2307/1939203, for water.
    """
    return _warmth(temperature, parameters) * _moisture(suction_kpa, parameters) * _aeration(oxygen, parameters)


def _warmth(temperature: Array, parameters: Mapping[str, Any]) -> Array:
    return q10(temperature, parameters["temperature_q10"], parameters["temperature_reference"])


def _moisture(suction_kpa: Array, parameters: Mapping[str, Any]) -> Array:
    return water_potential_factor(suction_kpa, parameters["driest_potential"], 1e3 * parameters["wettest_potential"])


def _aeration(oxygen: Array, parameters: Mapping[str, Any]) -> Array:
    return jnp.clip(oxygen, parameters["oxygen_least"], 1.0)


def processes() -> tuple[Process, ...]:
    """The processes of the model."""
    return (ClmLitterInputs(), ClmLitterDecay(), CenturyTurnover(), ClmMixing())


class LayeredCentury(Modified):
    """CENTURY's cascade in layers that exchange carbon, decay slowing down with depth.

    The site is a `Profile`, the year a `Forcing`. Seven pools; with 20 layers the 140 of the matrix version of CLM. The
    turnover of soil carbon is that of `pedozone.models.century`, without the effect of texture on its rate.

    Parameters
    ----------
    cells, organic : int
        Layers; CLM has no organic slots.
    temperature, moisture : str or Response, optional
        Responses in place of CLM's own, where the year's activity is given as `Conditions`. One to moisture takes the
        place of the factors of water and oxygen together; contents of water are those of the texture at the suction.

    References
    ----------
    Koven et al. (2013), doi:10.5194/bg-10-7109-2013; Huang et al. (2018), doi:10.1111/gcb.13948.
    """

    reference = Reference(
        25.0, "field capacity (33 kPa), aerated", "temperature of the soil", "water potential and oxygen"
    )

    def __init__(
        self,
        cells: int = 20,
        organic: int = 0,
        temperature: str | Response | None = None,
        moisture: str | Response | None = None,
    ) -> None:
        super().__init__(POOLS, processes(), cells, organic, temperature, moisture)

    def environment(self, stock, physical, site: Profile, forcing: Forcing, parameters):  # noqa: D102 (inherited)
        layers = Layers.of(site.thickness)
        slowed = jnp.exp(-layers.centre / parameters["decay_depth"])
        environment = ClmEnvironment(
            activity=self._activity(forcing.activity, site, parameters) * slowed,
            texture=site.texture,
            layers=layers,
            plants=forcing.plants,
            root_share=root_profile(layers.face, forcing.root_beta, forcing.rooting_depth),
            active_layer=forcing.active_layer,
        )
        return environment, physical

    def _activity(self, given: Array | Conditions, site: Profile, parameters: Mapping[str, Any]) -> Array:
        if not isinstance(given, Conditions):
            self.needs_no_climate("Forcing.activity is an array: give Conditions")
            return given
        if not self.modifiers:
            return soil_activity(given.temperature, given.suction_kpa, given.oxygen, parameters)
        texture = site.texture
        retention = saxton_rawls(1.0 - texture.clay - texture.silt, texture.clay, 0.0)
        warm = replaced(
            self.modifiers.temperature,
            lambda t: _warmth(t, parameters),
            given.temperature,
            self.reference.temperature,
            parameters,
        )
        return warm * replaced(
            self.modifiers.moisture,
            lambda state: _moisture(state[0], parameters) * _aeration(state[1], parameters),
            (given.suction_kpa, given.oxygen),
            (FIELD_CAPACITY_KPA, 1.0),
            parameters,
            lambda state: Water.of_suction(state[0], retention),
        )

    def local(self, environment, parameters):  # noqa: D102 (inherited)
        return ()

    def view(self, stock, local, parameters):  # noqa: D102 (inherited)
        return stock
