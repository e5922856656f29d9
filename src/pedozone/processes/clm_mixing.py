"""Vertical mixing of solid carbon in CLM: diffusion by soil animals or by freezing and thawing, and advection."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from pedozone.engine.process import Movement, Process
from pedozone.processes.clm_environment import Layers
from pedozone.processes.face_transport import between_layers

Array = jax.Array


def face_diffusivity(face: Array, active_layer: Array, parameters) -> Array:
    """Diffusivity of solid carbon at the faces between layers, m2 yr-1.

    Where the soil stays frozen below a shallow active layer, freezing and thawing mix it: as far as it thaws at their
    full rate, from there falling linearly to nothing. Everywhere else soil animals do, at one rate for all depths.

    Parameters
    ----------
    face : Array [faces, batch]
        Depths, m.
    active_layer : Array [batch]
        Depth to which the soil thaws, m; infinite where it does not freeze.

    References
    ----------
    Koven et al. (2013), doi:10.5194/bg-10-7109-2013.
    """
    frozen_below = active_layer <= parameters["deepest_cryoturbated_layer"]
    thawed = jnp.where(frozen_below, active_layer, 0.0)  # infinite elsewhere, which derivatives do not bear
    base = parameters["cryoturbation_base"]
    left = jnp.clip((base - face) / (base - thawed), 0.0, 1.0)
    return jnp.where(
        frozen_below, parameters["cryoturbation_diffusivity"] * left, parameters["bioturbation_diffusivity"]
    )


def exchange(layers: Layers, diffusivity: Array, sinking: Array) -> Movement:
    """Movement between layers by diffusion of concentrations, and downward with a velocity, upwind.

    Parameters
    ----------
    layers : Layers
    diffusivity : Array [cells - 1, batch] or scalar
        At the faces between layers, m2 yr-1.
    sinking : Array
        Velocity, m yr-1.

    Returns
    -------
    Movement
        The same all year; nothing crosses the surface or the base.
    """
    across = diffusivity / (layers.centre[1:] - layers.centre[:-1])
    moved = between_layers(layers.thickness, across + sinking, across)
    return Movement(moved.down[None], moved.up[None])


class ClmMixing(Process):
    """Diffusion of concentrations ``D dC/dz`` across the faces, and advection ``A C`` (upwind), nought unless given.

    Out of a layer of thickness h at a rate ``D / (h d)``, d being the distance of centres, and ``A / h`` downward.
    Nothing crosses the surface or the base. Coarse wood stays where it is.
    """

    name = "clm_mixing"
    summary = "soil animals, freezing and thawing mix solid carbon between layers"
    sources = ("Koven et al. 2013, doi:10.5194/bg-10-7109-2013",)
    moves = "mixing"
    parameters = (
        "bioturbation_diffusivity",
        "cryoturbation_diffusivity",
        "deepest_cryoturbated_layer",
        "cryoturbation_base",
        "solid_advection",
    )

    def move(self, environment, parameters):  # noqa: D102 (inherited)
        layers = environment.layers
        diffusivity = face_diffusivity(layers.face[1:-1], environment.active_layer, parameters)
        return exchange(layers, diffusivity, parameters["solid_advection"])
