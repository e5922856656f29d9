"""CENTURY's soil organic submodel (carbon): plant residues, active, slow and passive carbon."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.assembly import Assembly
from pedozone.engine.declarations import Pool, Role
from pedozone.engine.process import Process
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


class Forcing(NamedTuple):
    """Climate and residues of one year; monthly arrays lead with 12, constant ones with 1.

    Attributes
    ----------
    activity : Array [12 or 1, cells, batch]
        Factor on all decay rates, such as `climate_activity` gives.
    surface, soil : Litter
    """

    activity: Array
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
    limited = evapotranspiration > 0.0
    ratio = precipitation / jnp.where(limited, evapotranspiration, 1.0)
    return century(temperature) * jnp.where(limited, 1.0 / (1.0 + 30.0 * jnp.exp(-8.5 * ratio)), 1.0)


def processes() -> tuple[Process, ...]:
    """The processes of the submodel."""
    return (CenturyResidues(), CenturyLitterDecay(), CenturyTurnover())


class Century(Assembly):
    """CENTURY's soil organic submodel, the same in every cell; nothing moves between them.

    The site is a `Texture`, the year a `Forcing`. CENTURY's own time steps are a month or a quarter of one
    (``substeps=4``); ``periods=52`` gives the weeks of the first version.

    Parameters
    ----------
    cells, organic : int
        One cell is the published model.

    References
    ----------
    Parton et al. (1987), doi:10.2136/sssaj1987.03615995005100050015x; Parton, Stewart and Cole (1988),
    doi:10.1007/BF02180320.
    """

    def __init__(self, cells: int = 1, organic: int = 0) -> None:
        super().__init__(POOLS, processes(), cells, organic)

    def environment(self, stock, physical, site: Texture, forcing: Forcing, parameters):  # noqa: D102 (inherited)
        return CenturyEnvironment(forcing.activity, site, forcing.surface, forcing.soil), physical

    def local(self, environment, parameters):  # noqa: D102 (inherited)
        return ()

    def view(self, stock, local, parameters):  # noqa: D102 (inherited)
        return stock
