"""The zones model: its pools and processes on a column in mass coordinates, and the year that they live in."""

from __future__ import annotations

from collections.abc import Iterable

import jax
import jax.numpy as jnp

from pedozone.column.geometry import PEAT_FROM, Geometry, Soil, geometry, share_above
from pedozone.engine.process import Parameters
from pedozone.models.modified import Modified, Reference
from pedozone.models.pedon_forcing import Forcing, Physical
from pedozone.models.pedon_nitrogen import grown, nitrogen_after, nitrogen_before, nitrogen_cover
from pedozone.models.pedon_physics import aerated, drained, moisture, responding, rooting_depth, structured
from pedozone.models.pedon_variants import (
    DEFAULT_VARIANT,
    GROUNDWATER,
    NITROGEN,
    ON_REQUEST,
    OXYGEN,
    RICHARDS,
    ROOTING,
    STRUCTURE,
    VARIANTS,
)
from pedozone.physics.heat import soil_temperature
from pedozone.physics.pedotransfer import Retention, litter_retention, saxton_rawls, stack_retention
from pedozone.physics.responses import Response, relative
from pedozone.physics.richards import richards_year
from pedozone.physics.structure import bypass_share as bypass_of_structure
from pedozone.physics.structure import structured_geometry
from pedozone.physics.water import bucket_year, field_capacity_storage
from pedozone.processes.bypass import bypass_share
from pedozone.processes.environment import Environment, Held, Local, NitrogenSupply, Plants, View
from pedozone.processes.microbes import SubstrateUptake
from pedozone.processes.minerals import stable_capacity
from pedozone.processes.respiration_potential import respiration_potential
from pedozone.processes.roots import root_profile
from pedozone.processes.transport import fauna_activity

Array = jax.Array

PH_SHIFT_DEPTH = 1.0
"""e-folding depth (m) of the change of pH under a cover; from memory of forest chronosequences, to be refined."""


class Pedon(Modified):
    """The zones model on `cells` cells, the first `organic` of them organic slots.

    Parameters
    ----------
    cells, organic : int
    backend : str
        Of the water balance: ``"auto"`` (compiled where it can be) or ``"jax"``.
    variant : str
        A name in `VARIANTS`.
    physics : iterable of str
        Parts of the surroundings that are modelled, of `PHYSICS`; those of the variant unless given.
    temperature, moisture : str or Response, optional
        Responses of `pedozone.physics.responses` in place of Arrhenius' law with an energy by process, and of the
        factor of water with its own air. The oxygen of the soil air acts on top, as on the model's own.
    """

    reference = Reference(
        20.0, "field capacity (33 kPa)", "Arrhenius' law by process", "water potential and air of the layer"
    )

    variant = DEFAULT_VARIANT

    def __init__(
        self,
        cells: int,
        organic: int = 1,
        backend: str = "auto",
        variant: str | None = None,
        physics: Iterable[str] | None = None,
        temperature: str | Response | None = None,
        moisture: str | Response | None = None,
    ) -> None:
        self.variant = variant or self.variant
        chosen = VARIANTS[self.variant]
        super().__init__(chosen.pools, chosen.processes(), cells, organic, temperature, moisture)
        self.backend = backend
        self.physics = chosen.physics.difference(ON_REQUEST) if physics is None else frozenset(physics)

    @property
    def _identity(self) -> object:
        return self.graph, self.backend, self.physics, self.modifiers

    def geometry(self, stock: Array, site: Soil, parameters: Parameters, swelling: Array | None = None) -> Geometry:
        """Geometry of the column at the given stocks [pools, cells, batch].

        Parameters
        ----------
        swelling : Array [cells, batch], optional
            Change of volume by structure (`Physical.swelling`); none unless given.
        """
        organic = self.graph.organic
        g = geometry(
            site,
            organic,
            jnp.sum(stock, axis=0),
            carbon_fraction=parameters["som_carbon_fraction"],
            organic_density=parameters["organic_bulk_density"],
            litter_density=self._litter_density(parameters),
        )
        return g if swelling is None else structured_geometry(g, swelling, organic)

    def _litter_density(self, parameters: Parameters) -> Array:
        """Bulk density of organic matter in slots, kg m-3: of litter, or in peat of living moss above old peat."""
        cells, organic = self.graph.cells, self.graph.organic
        if organic < PEAT_FROM:
            return parameters["litter_bulk_density"]
        first = (jnp.arange(cells) == 0)[:, None]
        return jnp.where(first, parameters["moss_bulk_density"], parameters["peat_bulk_density"])

    def _retention(self, g: Geometry, site: Soil) -> Retention:
        organic = self.graph.organic
        mineral = saxton_rawls(site.sand[organic:], site.clay[organic:], g.organic_fraction[organic:])
        return stack_retention(litter_retention(), organic, mineral)

    def macroporosity(self, stock: Array, site: Soil, parameters: Parameters, swelling: Array) -> Array:
        """Pores that drain between saturation and 33 kPa, m3 per m3 of fine earth [cells, batch].

        Parameters
        ----------
        stock : Array [pools, cells, batch]
        swelling : Array [cells, batch]
            Change of volume by structure (`Physical.swelling`), all of it in these pores.
        """
        retention = self._retention(self.geometry(stock, site, parameters), site)
        return (retention.saturation - retention.field_capacity + swelling) / (1.0 + swelling)

    def initial_physical(self, stock: Array, site: Soil, parameters: Parameters) -> Physical:
        """Physical state to start from: water at field capacity, the reference structure, no roots yet."""
        g = self.geometry(stock, site, parameters)
        water = field_capacity_storage(g.volume, 0.0, self._retention(g, site))
        none = jnp.zeros_like(water)
        nitrogen = nitrogen_before(self.graph, none, parameters) if NITROGEN in self.physics else None
        return Physical(water, none, none, none, none[0], nitrogen)

    def environment(self, stock, physical, site, forcing, parameters):  # noqa: D102 (inherited)
        organic = self.graph.organic
        g = self.geometry(stock, site, parameters)
        held = Held() if forcing.held is None else forcing.held
        potential, forcing = forcing, grown(forcing, physical.nitrogen)
        retention = self._retention(g, site)
        # in peat the surface is the datum, not the minerals below
        datum = g.face[0] if organic >= PEAT_FROM else jnp.zeros_like(g.face[0])
        depth = forcing.rooting_depth
        if ROOTING in self.physics:
            depth = rooting_depth(physical, forcing, g, datum)
        roots = root_profile(g.face - datum, forcing.root_beta, depth)
        tilled = share_above(g.face - datum, forcing.tillage_depth)
        effects = None
        if STRUCTURE in self.physics:
            g, retention, roots, effects, physical = structured(
                g, retention, roots, physical, tilled, site, forcing, organic, parameters
            )
        if held.root_share is not None:
            roots = held.root_share
        flow = bucket_year if RICHARDS not in self.physics else richards_year
        water = flow(
            physical.water,
            forcing.precipitation,
            forcing.potential_evapotranspiration,
            roots,
            forcing.transpiration_fraction,
            g.volume / (1.0 - site.coarse),
            site.coarse,
            retention,
            backend=self.backend,
        )
        theta, flux, lateral = water.theta, water.face_flux, jnp.zeros_like(water.theta)
        if GROUNDWATER in self.physics:
            theta, flux, lateral = drained(water, forcing.water_table, g, retention, parameters)
        temperature = soil_temperature(
            forcing.temperature,
            g.centre - datum,
            parameters["soil_damping_depth"],
            forcing.surface_temperature_amplitude,
            forcing.surface_temperature_offset,
        )
        moist, dryness = moisture(theta, retention, parameters)
        warmth, lively = None, moist  # the activity of animals keeps the model's own factor
        if self.modifiers.temperature is not None:
            warmth = relative(self.modifiers.temperature, temperature, self.reference.temperature, parameters)
        if self.modifiers.moisture is not None:
            moist, dryness = responding(self.modifiers.moisture, theta, retention, parameters)
        air = jnp.ones_like(moist)
        if OXYGEN in self.physics:
            demand = respiration_potential(
                self.graph, stock, g.volume, temperature, dryness, roots, forcing, parameters, warmth
            )
            limited = aerated(theta, retention, g, temperature, demand, effects, parameters)
            least = parameters["anaerobic_minimum"]
            moist, lively, air = moist * limited, lively * limited, (limited - least) / (1.0 - least)
        bypass = jnp.zeros_like(g.volume)
        if "dom_bypass" in self.graph.index:
            bypass = bypass_share(g, site, organic, parameters)
            bypass = bypass if effects is None else bypass_of_structure(bypass, effects.bypass_log_odds)
        shift = forcing.ph_shift * jnp.exp(-jnp.maximum(g.centre, 0.0) / PH_SHIFT_DEPTH)
        environment = Environment(
            temperature=temperature,
            moisture_factor=moist,
            theta=theta,
            face_flux=flux,
            geometry=g,
            soil=site,
            ph=site.ph + shift,
            plants=_plants(g, datum, roots, tilled, forcing),
            organic=organic,
            fauna=fauna_activity(
                temperature[:, organic], lively[:, organic], site.ph[organic] + forcing.ph_shift, air[:, organic]
            ),
            air=air,
            bypass=bypass,
            lateral=lateral,
            held=held,
            warmth=warmth,
        )
        if physical.nitrogen is not None:
            environment = environment._replace(
                nitrogen=NitrogenSupply(physical.nitrogen.fed, physical.nitrogen.available),
                nitrogen_cover=nitrogen_cover(potential, physical.nitrogen, parameters),
                saturation=jnp.clip(theta / retention.saturation, 0.0, 1.0),
            )
        return environment, physical._replace(water=water.storage, rooting_depth=depth)

    def lived(self, forcing):  # noqa: D102 (inherited)
        if NITROGEN not in self.physics:
            return forcing
        limited = jnp.asarray(forcing.nitrogen_limitation) > 0.0
        return forcing._replace(adjustment=jnp.where(limited, 1.0, forcing.adjustment))

    def after_year(self, physical, ledger, season, environment, parameters):  # noqa: D102 (inherited)
        if NITROGEN not in self.physics:
            return physical
        if ledger is None:
            raise ValueError("nitrogen follows the year's ledger: run the year with record=True")
        nitrogen, _ = nitrogen_after(self.graph, physical, ledger, season, environment, parameters)
        return physical._replace(nitrogen=nitrogen)

    def local(self, environment, parameters):  # noqa: D102 (inherited)
        held = environment.held
        local = Local(
            volume=environment.geometry.volume[None],
            theta=environment.theta,
            stable_capacity=stable_capacity(environment.soil, parameters, environment.ph)[None],
            held_biomass=None if held.biomass is None else held.biomass[None],
            membership=None if held.membership is None else held.membership[None],
        )
        if not any(isinstance(p, SubstrateUptake) for p in self.processes):
            return local
        plants = environment.plants
        released = plants.exudate * (1.0 - plants.mycorrhizal)
        return local._replace(
            exudate=released[:, None] * plants.root_share,
            nitrogen=jax.tree.map(lambda a: a[None], environment.nitrogen),
        )

    def view(self, stock, local, parameters):  # noqa: D102 (inherited)
        return View(self.graph, stock, local)


def _plants(g: Geometry, datum: Array, roots: Array, tilled: Array, forcing: Forcing) -> Plants:
    mixed = share_above(g.face - datum, forcing.residue_depth) * g.thickness
    surface = jnp.zeros_like(roots).at[0].set(1.0)
    buried = mixed / jnp.maximum(jnp.sum(mixed, axis=0), 1e-12)
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
        wood=forcing.wood_input,
        mycorrhizal=forcing.mycorrhizal_fraction,
    )


class CorePedon(Pedon):
    """The zones model with its core set of eleven pools."""

    variant = "pedon-core"


class CommunityPedon(Pedon):
    """The zones model with two groups of microbes."""

    variant = "pedon-communities"


class OriginPedon(Pedon):
    """The core set with dissolved and exchangeable carbon by origin."""

    variant = "pedon-origins"
