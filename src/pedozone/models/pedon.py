"""The zones model: core set of pools and processes on a column in mass coordinates."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.column.geometry import Geometry, Soil, geometry, share_above
from pedozone.engine.assembly import Assembly
from pedozone.engine.declarations import Pool, Role
from pedozone.engine.process import Parameters, Process
from pedozone.physics.heat import soil_temperature
from pedozone.physics.moisture import moisture_factor_from_log
from pedozone.physics.pedotransfer import (
    Retention,
    litter_retention,
    log_water_potential,
    saxton_rawls,
    stack_retention,
)
from pedozone.physics.water import bucket_year, field_capacity_storage
from pedozone.processes.aggregation import Aggregation
from pedozone.processes.depolymerisation import Depolymerisation
from pedozone.processes.environment import Environment, Local, Plants, View
from pedozone.processes.incorporation import LitterIncorporation
from pedozone.processes.microbes import Maintenance, Mortality, Uptake
from pedozone.processes.minerals import stable_capacity
from pedozone.processes.plant_inputs import PlantInputs
from pedozone.processes.sorption import Sorption
from pedozone.processes.stabilisation import Stabilisation
from pedozone.processes.transport import Leaching, LitterSettling, Mixing

Array = jax.Array

POOLS = (
    Pool(
        "litter_metabolic",
        Role.FRESH,
        "mixing",
        "fresh plant litter that decays within months",
        ("metabolic",),
    ),
    Pool(
        "litter_structural",
        Role.FRESH,
        "mixing",
        "fresh plant litter that decays within years",
        ("structural",),
    ),
    Pool("pom_macro", Role.OCCLUDED, "mixing", "particulate carbon occluded in macro-aggregates"),
    Pool(
        "pom_micro",
        Role.OCCLUDED,
        "mixing",
        "particulate carbon occluded in micro-aggregates",
        ("micro",),
    ),
    Pool("dom", Role.DISSOLVED, "dissolved", "dissolved carbon"),
    Pool("microbial", Role.LIVING, "mixing", "living microbial biomass"),
    Pool("necromass", Role.RESIDUE, "mixing", "microbial residues that are not sorbed"),
    Pool(
        "maom_exchangeable",
        Role.MINERAL,
        "mixing",
        "mineral-associated carbon on exchangeable surfaces",
    ),
    Pool("maom_intermediate", Role.MINERAL, "mixing", "mineral-associated carbon, decades", ("slow",)),
    Pool(
        "maom_stable",
        Role.MINERAL,
        "mixing",
        "mineral-associated carbon, centuries to millennia",
        ("slow",),
    ),
    Pool("pyrogenic", Role.INERT, "mixing", "charcoal and kerogen"),
)

PH_SHIFT_DEPTH = 1.0
"""e-folding depth (m) of the change of pH under a cover; from memory of forest chronosequences, to be refined."""


def processes() -> tuple[Process, ...]:
    """The processes of the core set, in the order in which the graph lists their fluxes."""
    return (
        PlantInputs(),
        LitterIncorporation(),
        Depolymerisation(),
        Uptake(),
        Maintenance(),
        Mortality(),
        Sorption(),
        Stabilisation(),
        Aggregation(),
        Leaching(),
        Mixing(),
        LitterSettling(),
    )


def process_names() -> tuple[str, ...]:
    """Names that ``[modes]`` of a site file may switch."""
    return tuple(p.name for p in processes())


def flux_names() -> dict[str, tuple[str, ...]]:
    """Names of the fluxes of every process, ``donor->receiver``, which a site file may prescribe."""
    return {p.name: tuple(flux.name for flux in (*p.transfers, *p.losses)) for p in processes()}


class Forcing(NamedTuple):
    """Weather, cover and management of one year; [batch], the monthly ones [12, batch]."""

    temperature: Array  # degC
    precipitation: Array  # m month-1
    potential_evapotranspiration: Array  # m month-1
    leaf_input: Array  # kg C m-2 yr-1
    root_input: Array
    exudate_input: Array
    leaf_phenology: Array  # [12, batch], adding up to one
    root_phenology: Array  # [12, batch]
    leaf_metabolic_fraction: Array
    root_metabolic_fraction: Array
    root_beta: Array
    rooting_depth: Array  # m
    residue_depth: Array  # m, 0: onto the organic slot
    bioturbation_factor: Array
    anecic_factor: Array
    structural_decay_factor: Array
    tillage_depth: Array  # m
    tillage_intensity: Array
    surface_temperature_amplitude: Array
    surface_temperature_offset: Array  # K
    transpiration_fraction: Array
    ph_shift: Array


def root_profile(face: Array, beta: Array, depth: Array) -> Array:
    """Share of roots in every cell: ``1 - beta^(100 z)`` cut at the rooting depth and renormalised.

    Parameters
    ----------
    face : Array [cells + 1, batch]
        Depths, m.
    beta, depth : Array [batch]
        Jackson's beta (depth in cm) and rooting depth, m.

    Returns
    -------
    Array [cells, batch]
        Adding up to one over the mineral layers.
    """
    reached = jnp.clip(face, 0.0, jnp.minimum(depth, face[-1]))
    above = -jnp.expm1(100.0 * jnp.log(beta) * reached)
    return (above[1:] - above[:-1]) / above[-1]


class Pedon(Assembly):
    """The zones model on `cells` cells, the first `organic` of them organic slots.

    Parameters
    ----------
    cells, organic : int
    backend : str
        Of the water balance: ``"auto"`` (compiled where it can be) or ``"jax"``.
    """

    def __init__(self, cells: int, organic: int = 1, backend: str = "auto") -> None:
        super().__init__(POOLS, processes(), cells, organic)
        self.backend = backend

    @property
    def _identity(self) -> object:
        return self.graph, self.backend

    def geometry(self, stock: Array, site: Soil, parameters: Parameters) -> Geometry:
        """Geometry of the column at the given stocks [pools, cells, batch]."""
        return geometry(
            site,
            self.graph.organic,
            jnp.sum(stock, axis=0),
            carbon_fraction=parameters["som_carbon_fraction"],
            organic_density=parameters["organic_bulk_density"],
            litter_density=parameters["litter_bulk_density"],
        )

    def _retention(self, g: Geometry, site: Soil) -> Retention:
        organic = self.graph.organic
        mineral = saxton_rawls(site.sand[organic:], site.clay[organic:], g.organic_fraction[organic:])
        return stack_retention(litter_retention(), organic, mineral)

    def initial_water(self, stock: Array, site: Soil, parameters: Parameters) -> Array:
        """Water of every cell at field capacity, m [cells, batch]."""
        g = self.geometry(stock, site, parameters)
        return field_capacity_storage(g.volume, 0.0, self._retention(g, site))

    def environment(self, stock, physical, site, forcing, parameters):  # noqa: D102 (inherited)
        organic = self.graph.organic
        g = self.geometry(stock, site, parameters)
        roots = root_profile(g.face, forcing.root_beta, forcing.rooting_depth)
        retention = self._retention(g, site)
        water = bucket_year(
            physical,
            forcing.precipitation,
            forcing.potential_evapotranspiration,
            roots,
            forcing.transpiration_fraction,
            g.volume / (1.0 - site.coarse),
            site.coarse,
            retention,
            backend=self.backend,
        )
        temperature = soil_temperature(
            forcing.temperature,
            g.centre,
            parameters["soil_damping_depth"],
            forcing.surface_temperature_amplitude,
            forcing.surface_temperature_offset,
        )
        moist = moisture_factor_from_log(
            water.theta,
            retention.saturation,
            log_water_potential(water.theta, retention),
            retention.field_capacity,
            parameters["moisture_threshold_mpa"],
            parameters["moisture_optimum_kpa"],
            parameters["oxygen_minimum_factor"],
        )
        shift = forcing.ph_shift * jnp.exp(-jnp.maximum(g.centre, 0.0) / PH_SHIFT_DEPTH)
        environment = Environment(
            temperature=temperature,
            moisture_factor=moist,
            theta=water.theta,
            face_flux=water.face_flux,
            geometry=g,
            soil=site,
            ph=site.ph + shift,
            plants=self._plants(g, roots, forcing),
            organic=organic,
        )
        return environment, water.storage

    def _plants(self, g: Geometry, roots: Array, forcing: Forcing) -> Plants:
        mixed = share_above(g.face, forcing.residue_depth) * g.thickness
        surface = jnp.zeros_like(roots).at[0].set(1.0)
        buried = mixed / jnp.maximum(jnp.sum(mixed, axis=0), 1e-12)
        tilled = share_above(g.face, forcing.tillage_depth)
        return Plants(
            leaf=12.0 * forcing.leaf_phenology * forcing.leaf_input,
            root=12.0 * forcing.root_phenology * forcing.root_input,
            exudate=12.0 * forcing.root_phenology * forcing.exudate_input,
            leaf_metabolic=forcing.leaf_metabolic_fraction,
            root_metabolic=forcing.root_metabolic_fraction,
            root_share=roots,
            leaf_share=jnp.where(forcing.residue_depth > 0.0, buried, surface),
            bioturbation=forcing.bioturbation_factor,
            anecic=forcing.anecic_factor,
            structural_decay=forcing.structural_decay_factor,
            tillage_intensity=forcing.tillage_intensity,
            tilled=tilled,
        )

    def local(self, environment, parameters):  # noqa: D102 (inherited)
        return Local(
            volume=environment.geometry.volume[None],
            theta=environment.theta,
            stable_capacity=stable_capacity(environment.soil, parameters)[None],
        )

    def view(self, stock, local, parameters):  # noqa: D102 (inherited)
        return View(self.graph, stock, local)
