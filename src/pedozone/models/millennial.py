"""Millennial V2: measurable pools, microbes, aggregates and minerals in a metre of soil."""

from __future__ import annotations

from typing import NamedTuple

import jax

from pedozone.engine.assembly import Assembly
from pedozone.engine.declarations import Pool, Role
from pedozone.engine.process import Process
from pedozone.processes.millennial_aggregation import MillennialAggregation
from pedozone.processes.millennial_environment import MillennialEnvironment, MillennialSoil, MillennialView
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


class Millennial(Assembly):
    """Millennial V2 with Michaelis-Menten kinetics. The site is a `MillennialSoil`, the year a `Forcing`.

    Half saturations and capacity belong to a metre of soil, which is one cell; further cells are further soils.

    Parameters
    ----------
    cells, organic : int
        One cell is the published model.

    References
    ----------
    Abramoff et al. (2022), doi:10.1016/j.soilbio.2021.108466.
    """

    def __init__(self, cells: int = 1, organic: int = 0) -> None:
        super().__init__(POOLS, self._processes(), cells, organic)

    def _processes(self) -> tuple[Process, ...]:
        return processes()

    def environment(self, stock, physical, site: MillennialSoil, forcing: Forcing, parameters):  # noqa: D102 (inherited)
        return MillennialEnvironment(forcing.temperature, forcing.theta, forcing.litter, site), physical

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
