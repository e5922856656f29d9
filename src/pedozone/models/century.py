"""CENTURY's soil organic submodel (carbon): plant residues, active, slow and passive carbon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.declarations import Pool, Role
from pedozone.engine.process import Process
from pedozone.models.modified import Modified, Reference
from pedozone.physics.moisture_response import Water
from pedozone.physics.pedotransfer import saxton_rawls
from pedozone.physics.responses import Response, replaced
from pedozone.physics.temperature_response import century
from pedozone.processes.century_environment import CenturyEnvironment, Litter, Texture
from pedozone.processes.century_litter_decay import CenturyLitterDecay
from pedozone.processes.century_residues import CenturyResidues
from pedozone.processes.century_turnover import CenturyTurnover

Array = jax.Array

POOLS = (
    Pool("surface_structural", Role.FRESH, None, "structural residues on the surface", ("structural", "surface")),
    Pool("surface_metabolic", Role.FRESH, None, "metabolic residues on the surface", ("metabolic", "surface")),
    Pool("soil_structural", Role.FRESH, None, "structural residues in the soil", ("structural",)),
    Pool("soil_metabolic", Role.FRESH, None, "metabolic residues in the soil", ("metabolic",)),
    Pool("active", Role.LIVING, None, "microbes and their products, turned over within months to years"),
    Pool("slow", Role.OCCLUDED, None, "resistant plant matter and protected products, decades", ("slow",)),
    Pool("passive", Role.MINERAL, None, "very resistant or protected carbon, centuries to millennia", ("slow",)),
)


class Climate(NamedTuple):
    """What makes the activity; [12 or 1, cells, batch].

    Attributes
    ----------
    temperature : Array
        Of the soil, degC.
    precipitation, evapotranspiration : Array
        Precipitation (with irrigation and stored water) and potential evapotranspiration, in the same unit.
    """

    temperature: Array
    precipitation: Array
    evapotranspiration: Array


class Forcing(NamedTuple):
    """Climate and residues of one year; monthly arrays lead with 12, constant ones with 1.

    Attributes
    ----------
    activity : Array [12 or 1, cells, batch] or Climate
        Factor on all decay rates, such as `climate_activity` gives, or what the model is to make it of.
    surface, soil : Litter
    """

    activity: Array | Climate
    surface: Litter
    soil: Litter


def climate_activity(temperature: Array, precipitation: Array, evapotranspiration: Array) -> Array:
    """CENTURY's factor on decay: temperature times ``1 / (1 + 30 exp(-8.5 P/PET))``.

    Parameters
    ----------
    temperature : Array
        Of the soil, degC.
    precipitation, evapotranspiration : Array
        Precipitation (with irrigation and stored water) and potential evapotranspiration, in the same unit; without
        evaporation water does not limit.

    Returns
    -------
    Array
        0 to 1.

    References
    ----------
    Parton et al. (1987), doi:10.2136/sssaj1987.03615995005100050015x; moisture as in Adair et al. (2008),
    doi:10.1111/j.1365-2486.2008.01674.x.
    """
    return century(temperature) * _water_activity(precipitation, evapotranspiration)


def _water_activity(precipitation: Array, evapotranspiration: Array) -> Array:
    limited = evapotranspiration > 0.0
    ratio = precipitation / jnp.where(limited, evapotranspiration, 1.0)
    return jnp.where(limited, 1.0 / (1.0 + 30.0 * jnp.exp(-8.5 * ratio)), 1.0)


def soil_water(precipitation: Array, evapotranspiration: Array, texture: Texture) -> Water:
    """State of the water, for responses other than CENTURY's.

    The extractable share is the supply over the demand as far as it is below 1; where nothing evaporates, 1. Contents
    and suction are those of the texture without organic matter.
    """
    limited = evapotranspiration > 0.0
    supply = jnp.where(limited, precipitation / jnp.where(limited, evapotranspiration, 1.0), 1.0)
    retention = saxton_rawls(1.0 - texture.clay - texture.silt, texture.clay, 0.0)
    return Water.of_extractable(jnp.minimum(supply, 1.0), retention)._replace(supply=supply)


def processes() -> tuple[Process, ...]:
    """The processes of the submodel."""
    return (CenturyResidues(), CenturyLitterDecay(), CenturyTurnover())


class Century(Modified):
    """CENTURY's soil organic submodel, the same in every cell; nothing moves between them.

    The site is a `Texture`, the year a `Forcing`. CENTURY's own time steps are a month or a quarter of one
    (``substeps=4``); ``periods=52`` gives the weeks of the first version.

    Parameters
    ----------
    cells, organic : int
        One cell is the published model.
    temperature, moisture : str or Response, optional
        Responses in place of CENTURY's own, where the year's activity is given as a `Climate`.

    References
    ----------
    Parton et al. (1987), doi:10.2136/sssaj1987.03615995005100050015x; Parton, Stewart and Cole (1988),
    doi:10.1007/BF02180320.
    """

    reference = Reference(
        15.0, "supply of water equal to demand", "temperature of the soil", "precipitation over evapotranspiration"
    )

    def __init__(
        self,
        cells: int = 1,
        organic: int = 0,
        temperature: str | Response | None = None,
        moisture: str | Response | None = None,
    ) -> None:
        super().__init__(POOLS, processes(), cells, organic, temperature, moisture)

    def environment(self, stock, physical, site: Texture, forcing: Forcing, parameters):  # noqa: D102 (inherited)
        activity = self._activity(forcing.activity, site, parameters)
        return CenturyEnvironment(activity, site, forcing.surface, forcing.soil), physical

    def _activity(self, given: Array | Climate, site: Texture, parameters: Mapping[str, Any]) -> Array:
        if not isinstance(given, Climate):
            self.needs_no_climate("Forcing.activity is an array: give a Climate")
            return given
        warm = replaced(self.modifiers.temperature, century, given.temperature, self.reference.temperature, parameters)
        water = given.precipitation, given.evapotranspiration
        moist = replaced(
            self.modifiers.moisture,
            lambda water: _water_activity(*water),
            water,
            (jnp.ones_like(water[0]), jnp.ones_like(water[1])),
            parameters,
            lambda water: soil_water(water[0], water[1], site),
        )
        return warm * moist

    def local(self, environment, parameters):  # noqa: D102 (inherited)
        return ()

    def view(self, stock, local, parameters):  # noqa: D102 (inherited)
        return stock
