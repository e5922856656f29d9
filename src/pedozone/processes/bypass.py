"""Dissolved carbon that runs past the soil's matrix through macropores, and what leaves sideways."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from pedozone.column.geometry import Geometry, Soil
from pedozone.engine.declarations import Kind, Loss, Transfer
from pedozone.engine.process import Movement, Parameters, Process
from pedozone.processes.transport import LEAST_WATER

Array = jax.Array

LEAST_PATH = 0.01
"""Least length (m) of an organic slot along a macropore: thin ones are run through at once."""


def bypass_share(geometry: Geometry, soil: Soil, organic: int, parameters: Parameters) -> Array:
    """Share of the water percolating from a cell that runs through macropores. [cells, batch].

    Falls off with depth as burrows, root channels and cracks end; clay makes cracks and stable channels, sand has
    none. Jarvis (2007) puts what texture does on a scale of classes; here it goes with clay up to a third.
    """
    depth = jnp.maximum(geometry.face[1:], 0.0)
    clay = jnp.minimum(soil.clay / CRACKING_CLAY, 1.0)
    # litter drains into the pores of the layer below it
    below = jnp.concatenate([jnp.broadcast_to(clay[organic : organic + 1], (organic, *clay.shape[1:])), clay[organic:]])
    return parameters["bypass_fraction"] * below * jnp.exp(-depth / parameters["bypass_depth"])


CRACKING_CLAY = 0.33
"""Clay (mass fraction) from which on texture no longer limits macropores; from memory of Jarvis (2007)."""


class Bypass(Process):
    """A share of the percolating water carries dissolved carbon down macropores into the subsoil.

    A carrier pool keeps the operator block-tridiagonal: out of the matrix, down at the velocity of film flow v, and
    back into the matrix over a depth L, ``v / L``. The share f of the downward flux that bypasses exchanges its
    dissolved carbon with that of the matrix over the same depth, so a layer of thickness h gives
    ``f q+ h / (theta V L)``: far from changes the pores carry ``f q+`` times the concentration of the matrix, on any
    grid. The lowest organic slot gives all that bypasses, ``f q+ / (theta V)``: macropores open at the mineral surface.
    What is still on its way at the base drains.
    """

    name = "bypass"
    summary = "dissolved carbon runs down macropores and re-enters the soil further below"
    sources = (
        "Jarvis 2007, doi:10.1111/j.1365-2389.2007.00915.x",
        "Kaiser and Kalbitz 2012, doi:10.1016/j.soilbio.2012.04.002",
        "pedozone: the carrier pool",
    )
    transfers = (
        Transfer("dom", "dom_bypass", Kind.TRANSPORT, "bypass"),
        Transfer("dom_bypass", "dom", Kind.TRANSPORT, "re-infiltration"),
    )
    moves = "bypass"
    parameters = ("bypass_velocity", "reinfiltration_depth")

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        geometry, organic = environment.geometry, environment.organic
        water = jnp.maximum(environment.theta * geometry.volume, LEAST_WATER)
        exchanged = geometry.thickness / parameters["reinfiltration_depth"]
        last = (jnp.arange(exchanged.shape[0]) == organic - 1)[:, None]
        share = environment.bypass * jnp.where(last, 1.0, exchanged)
        return share * jnp.maximum(environment.face_flux[:, 1:], 0.0) / water

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        back = parameters["bypass_velocity"] / parameters["reinfiltration_depth"]
        return prepared, back * jnp.ones_like(prepared)

    def move(self, environment, parameters):  # noqa: D102 (inherited)
        path = environment.geometry.thickness
        is_slot = (jnp.arange(path.shape[0]) < environment.organic)[:, None]
        down = parameters["bypass_velocity"] / jnp.where(is_slot, jnp.maximum(path, LEAST_PATH), path)
        return Movement(down[None], jnp.zeros_like(down)[None])


class LateralDrainage(Process):
    """Water that leaves sideways at and below the water table takes its dissolved carbon along."""

    name = "lateral_drainage"
    summary = "groundwater carries dissolved carbon out of the column sideways"
    sources = ("pedozone: the water balance's own outflow",)
    losses = (Loss("dom", "drained", Kind.TRANSPORT, "lateral drainage"),)

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        water = jnp.maximum(environment.theta * environment.geometry.volume, LEAST_WATER)
        return environment.lateral / water

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        return (prepared,)
