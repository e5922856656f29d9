"""Movement between cells: dissolved carbon with water, solids with soil animals and the plough."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from pedozone.column.geometry import PEAT_FROM
from pedozone.engine.process import Movement, Process

LEAST_WATER = 1e-3
"""Least water (m) by which a thin organic slot is drained of dissolved carbon: a film, not a pipe."""

LEAST_MASS = 1e-6
"""Stands for the mineral mass (kg m-2) of organic slots, which have none, where its inverse is taken."""


ACTIVE_FROM, BEST_FROM, BEST_TO, NONE_FROM = 0.0, 12.0, 22.0, 35.0
"""Soil temperatures (degC) between which burrowing animals wake, are at their best, and fail; from memory of the
temperature limits of European earthworms (Lee 1985)."""

SOUR, NEUTRAL = 3.5, 5.0
"""pH below which earthworms fail, and from which on they thrive; from memory of Edwards and Bohlen (1996)."""

TEMPERATE_ACTIVITY = 0.47
"""Activity of the temperate grassland by which the mixing parameters were set: mean 9.5 degC, swing of 6.4 K, moist."""

FAUNA_WITHOUT_EARTHWORMS = 0.3
"""Share of mixing that smaller animals, roots and frost do where earthworms cannot live; by judgement."""


def fauna_activity(
    temperature: jax.Array, moisture_factor: jax.Array, ph: jax.Array, air: jax.Array | float = 1.0
) -> jax.Array:
    """Activity of burrowing animals over the year, relative to a moist temperate grassland. [batch].

    Parameters
    ----------
    temperature, moisture_factor : Array [12, batch]
        Of the uppermost mineral layer.
    ph : Array [batch]
        Under the current cover.
    air : Array [12, batch] or float
        Oxygen there by what it lets decomposers do, 0 (none) to 1 (that of the atmosphere): animals need it more.
    """
    waking = jnp.clip((temperature - ACTIVE_FROM) / (BEST_FROM - ACTIVE_FROM), 0.0, 1.0)
    failing = jnp.clip((NONE_FROM - temperature) / (NONE_FROM - BEST_TO), 0.0, 1.0)
    active = jnp.mean(waking * failing * moisture_factor * air, axis=0) / TEMPERATE_ACTIVITY
    earthworms = jnp.clip((ph - SOUR) / (NEUTRAL - SOUR), 0.0, 1.0)
    return active * (FAUNA_WITHOUT_EARTHWORMS + (1.0 - FAUNA_WITHOUT_EARTHWORMS) * earthworms)


class Leaching(Process):
    """Advection and dispersion of dissolved carbon with the layer flux of water.

    Down ``(q+ + D/h) / (theta V)``, up ``(q- + D/h) / (theta V)`` with ``D = alpha |q|`` and h the distance of
    centres; no dispersion across the mineral surface or the base.
    """

    name = "leaching"
    summary = "dissolved carbon moves with the water"
    sources = ("Ahrens et al. 2015, doi:10.1016/j.soilbio.2015.06.008",)
    moves = "dissolved"
    parameters = ("dispersivity",)

    def move(self, environment, parameters):  # noqa: D102 (inherited)
        flux, centre = environment.face_flux, environment.geometry.centre
        water = jnp.maximum(environment.theta * environment.geometry.volume, LEAST_WATER)
        distance = centre[1:] - centre[:-1]
        inner = jnp.arange(1, centre.shape[0]) != environment.organic
        spread = parameters["dispersivity"] * jnp.abs(flux[:, 1:-1]) / jnp.maximum(distance, LEAST_WATER)
        spread = jnp.where(inner[:, None], spread, 0.0)
        edge = jnp.zeros_like(flux[:, :1])
        below = jnp.concatenate([spread, edge], axis=1)
        above = jnp.concatenate([edge, spread], axis=1)
        matrix = 1.0 - environment.bypass  # what does not run through macropores
        down = (matrix * jnp.maximum(flux[:, 1:], 0.0) + below) / water
        up = (jnp.maximum(-flux[:, :-1], 0.0) + above) / water
        return Movement(down, up)


class Mixing(Process):
    """Mixing of solids by soil animals, and by the plough where there is tillage.

    Exchange of mass across a face ``E = D_b rho_b / h``, so rates ``E / M``: no numerical diffusion. D_b decays with
    depth. Tillage adds a diffusivity above its depth, weighted by the overlap of the layer below the face. Organic
    slots do not mix: without mineral mass exchange is ``E x / M`` with M proportional to x, which leaves the
    division of litter between slots undetermined; :class:`LitterSettling` orders them.
    """

    name = "mixing"
    summary = "soil animals and tillage mix solid carbon"
    sources = (
        "Braakhekke et al. 2011, Ecological Modelling 222",
        "Koven et al. 2013, doi:10.5194/bg-10-7109-2013",
        "pedozone: tillage as mixing",
    )
    moves = "mixing"
    parameters = (
        "bioturbation_surface",
        "bioturbation_depth",
        "bioturbation_basal",
        "tillage_diffusivity",
    )

    def move(self, environment, parameters):  # noqa: D102 (inherited)
        g, plants, organic = environment.geometry, environment.plants, environment.organic
        depth = jnp.maximum(g.face[1:-1], 0.0)
        surface = parameters["bioturbation_surface"] * plants.bioturbation * environment.fauna
        diffusivity = surface * jnp.exp(-depth / parameters["bioturbation_depth"]) + parameters["bioturbation_basal"]
        diffusivity = diffusivity + jnp.where(
            plants.tillage_intensity > 0.0,
            parameters["tillage_diffusivity"] * plants.tilled[1:],
            0.0,
        )
        mass = environment.soil.mineral_mass
        is_slot = (jnp.arange(mass.shape[0]) < organic)[:, None]
        moving = jnp.where(is_slot, LEAST_MASS, mass)  # slots do not take part
        density = 0.5 * (moving[1:] / g.volume[1:] + moving[:-1] / g.volume[:-1])
        distance = jnp.maximum(g.centre[1:] - g.centre[:-1], LEAST_WATER)
        exchange = diffusivity * density / distance
        inner = jnp.arange(1, mass.shape[0]) > organic
        exchange = jnp.where(inner[:, None], exchange, 0.0)
        edge = jnp.zeros_like(exchange[:1])
        down = jnp.concatenate([exchange, edge]) / moving
        up = jnp.concatenate([edge, exchange]) / moving
        return Movement(down[None], up[None])


class LitterSettling(Process):
    """Litter that fragments settles from an organic slot to the next one: the L, F and H horizons in order.

    All solid carbon of a slot goes down at the rate of fragmentation, which animals drive. In peat they fail, and the
    moss buries what it leaves behind: a share of a slot per year. From the lowest slot fragments enter the mineral soil
    (litter incorporation); what is left there stays as old peat.
    """

    name = "litter_settling"
    summary = "fragmented litter settles from one organic slot to the next, and moss buries its own"
    sources = (
        "Braakhekke et al. 2011, doi:10.1016/j.ecolmodel.2011.02.007",
        "Clymo 1984, doi:10.1098/rstb.1984.0002",
    )
    moves = "mixing"
    parameters = ("litter_fragmentation_rate", "peat_burial_rate")

    def move(self, environment, parameters):  # noqa: D102 (inherited)
        above_another = jnp.arange(environment.geometry.centre.shape[0]) < environment.organic - 1
        settling = parameters["litter_fragmentation_rate"] * jnp.minimum(environment.fauna, 1.0)
        if environment.organic >= PEAT_FROM:
            settling = settling + parameters["peat_burial_rate"]
        down = jnp.where(above_another[:, None], settling, 0.0)
        return Movement(down[None], jnp.zeros_like(down)[None])
