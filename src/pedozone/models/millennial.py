"""Millennial V2: measurable pools, microbes, aggregates and minerals in a metre of soil."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.declarations import Pool, Role
from pedozone.engine.process import Process
from pedozone.models.modified import Modified, Reference
from pedozone.physics.moisture_response import Water
from pedozone.physics.pedotransfer import log_water_potential, saxton_rawls
from pedozone.physics.responses import Response, relative
from pedozone.processes.millennial_aggregation import MillennialAggregation
from pedozone.processes.millennial_environment import (
    MillennialEnvironment,
    MillennialSoil,
    MillennialView,
    Replacement,
)
from pedozone.processes.millennial_kinetics import (
    MillennialDepolymerisation,
    MillennialDepolymerisationECA,
    MillennialDepolymerisationLinear,
    MillennialUptake,
    MillennialUptakeECA,
    MillennialUptakeLinear,
)
from pedozone.processes.millennial_litter import MillennialLitter
from pedozone.processes.millennial_mortality import MillennialMortality
from pedozone.processes.millennial_sorption import MillennialLeaching, MillennialSorption

Array = jax.Array

POOLS = (
    Pool("pom", Role.FRESH, None, "particulate carbon"),
    Pool("lmwc", Role.DISSOLVED, None, "low molecular weight (dissolved) carbon"),
    Pool("aggregate", Role.OCCLUDED, None, "carbon in stable aggregates"),
    Pool("microbial", Role.LIVING, None, "living microbial biomass"),
    Pool("maom", Role.MINERAL, None, "mineral-associated carbon"),
)


class Forcing(NamedTuple):
    """One year; arrays lead with the number of periods (365 for days) or, if constant, with 1.

    Attributes
    ----------
    temperature : Array [periods, cells, batch]
        Of the soil, degC.
    theta : Array [periods, cells, batch]
        Water, m3 m-3, up to the porosity.
    litter : Array [periods, cells, batch]
        Plant litter, kg C m-2 yr-1.
    """

    temperature: Array
    theta: Array
    litter: Array


def soil_water(theta: Array, soil: MillennialSoil, parameters: Mapping[str, Any]) -> Water:
    """State of the water at a content (m3 m-3), for responses other than Millennial's.

    Field capacity, wilting point and suction are those of a soil whose fines are half clay, without organic matter,
    stretched to Millennial's porosity.
    """
    retention = saxton_rawls(1.0 - soil.fines, 0.5 * soil.fines, 0.0)
    stretched = parameters["porosity"] / retention.saturation
    capacity, wilting = stretched * retention.field_capacity, stretched * retention.wilting_point
    return Water(
        theta=theta,
        porosity=parameters["porosity"],
        field_capacity=capacity,
        wilting_point=wilting,
        log_suction=log_water_potential(theta / stretched, retention),
        supply=(theta - wilting) / (capacity - wilting),
    )


def processes(
    depolymerisation: Process | None = None,
    uptake: Process | None = None,
) -> tuple[Process, ...]:
    """The processes of Millennial V2, with Michaelis-Menten kinetics unless others are given."""
    return (
        MillennialLitter(),
        depolymerisation or MillennialDepolymerisation(),
        uptake or MillennialUptake(),
        MillennialMortality(),
        MillennialAggregation(),
        MillennialSorption(),
        MillennialLeaching(),
    )


def every_process() -> tuple[Process, ...]:
    """The processes of all three kinetics."""
    others = (
        MillennialDepolymerisationECA(),
        MillennialUptakeECA(),
        MillennialDepolymerisationLinear(),
        MillennialUptakeLinear(),
    )
    return (*processes(), *others)


class Millennial(Modified):
    """Millennial V2 with Michaelis-Menten kinetics. The site is a `MillennialSoil`, the year a `Forcing`.

    Half saturations and capacity belong to a metre of soil, which is one cell; further cells are further soils.

    Parameters
    ----------
    cells, organic : int
        One cell is the published model.
    temperature, moisture : str or Response, optional
        Responses in place of Millennial's own: of Arrhenius' law in depolymerisation and uptake, and of the factors of
        diffusion, water potential and oxygen. The fall of the efficiency of growth with temperature stays.

    References
    ----------
    Abramoff et al. (2022), doi:10.1016/j.soilbio.2021.108466.
    """

    reference = Reference(
        15.0, "field capacity (33 kPa)", "Arrhenius' law by process", "diffusion, water potential and oxygen"
    )

    def __init__(
        self,
        cells: int = 1,
        organic: int = 0,
        temperature: str | Response | None = None,
        moisture: str | Response | None = None,
    ) -> None:
        super().__init__(POOLS, self._processes(), cells, organic, temperature, moisture)

    def _processes(self) -> tuple[Process, ...]:
        return processes()

    def environment(self, stock, physical, site: MillennialSoil, forcing: Forcing, parameters):  # noqa: D102 (inherited)
        environment = MillennialEnvironment(forcing.temperature, forcing.theta, forcing.litter, site)
        warm, moist = self.modifiers.temperature, self.modifiers.moisture
        if warm is not None:
            reference = jnp.asarray(self.reference.temperature)
            factor = relative(warm, forcing.temperature, reference, parameters)
            environment = environment._replace(warmth=Replacement(factor, reference))
        if moist is not None:
            capacity = soil_water(forcing.theta, site, parameters).field_capacity
            factor = relative(
                moist, soil_water(forcing.theta, site, parameters), soil_water(capacity, site, parameters), parameters
            )
            environment = environment._replace(wetness=Replacement(factor, capacity))
        return environment, physical

    def local(self, environment, parameters):  # noqa: D102 (inherited)
        return ()

    def view(self, stock, local, parameters):  # noqa: D102 (inherited)
        return MillennialView(self.graph, stock)


class MillennialECA(Millennial):
    """Millennial V2 with the equilibrium chemistry approximation (Tang and Riley 2013, doi:10.5194/bg-10-8329-2013)."""

    def _processes(self) -> tuple[Process, ...]:
        return processes(MillennialDepolymerisationECA(), MillennialUptakeECA())


class MillennialLinear(Millennial):
    """Millennial V2 with depolymerisation and uptake proportional to biomass and substrate."""

    def _processes(self) -> tuple[Process, ...]:
        return processes(MillennialDepolymerisationLinear(), MillennialUptakeLinear())
