"""What models of dissolved carbon that moves down a mineral soil have in common: their site, their year, their view."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.assembly import Assembly
from pedozone.processes.clm_environment import Layers
from pedozone.processes.roots import root_profile
from pedozone.processes.solute_environment import ConcentrationView, SoluteEnvironment, SoluteSoil

Array = jax.Array

DRIEST = 1e-3
"""Least water content (m3 m-3) by which the flux of water is divided."""


class Forcing(NamedTuple):
    """Conditions and plants of one year; what changes by month leads with 12, what does not with 1.

    Attributes
    ----------
    temperature : Array [12 or 1, cells, batch]
        degC.
    theta : Array [12 or 1, cells, batch]
        Water, m3 m-3.
    water_flux : Array [12 or 1, cells, batch]
        Through the lower face of each layer, downward, m yr-1.
    leaf, root : Array [12 or 1, 1, batch]
        Litter, kg C m-2 yr-1.
    root_beta : Array [batch]
        Share of roots below a depth of d cm: ``beta^d``.
    rooting_depth : Array [batch]
        m.
    """

    temperature: Array
    theta: Array
    water_flux: Array
    leaf: Array
    root: Array
    root_beta: Array
    rooting_depth: Array


class SoluteAssembly(Assembly):
    """A mineral soil in layers whose processes read concentrations. Site: a `SoluteSoil`; year: a `Forcing`."""

    def environment(self, stock, physical, site: SoluteSoil, forcing: Forcing, parameters):  # noqa: D102 (inherited)
        layers = Layers.of(site.thickness)
        water = jnp.maximum(forcing.theta, DRIEST)
        environment = SoluteEnvironment(
            temperature=forcing.temperature,
            velocity_down=jnp.maximum(forcing.water_flux, 0.0) / water,
            velocity_up=jnp.maximum(-forcing.water_flux[:, :-1], 0.0) / water[:, 1:],
            soil=site,
            layers=layers,
            leaf=forcing.leaf,
            root=forcing.root,
            root_share=root_profile(layers.face, forcing.root_beta, forcing.rooting_depth),
        )
        return environment, physical

    def local(self, environment, parameters):  # noqa: D102 (inherited)
        return environment.layers.thickness[None]

    def view(self, stock, local, parameters):  # noqa: D102 (inherited)
        return ConcentrationView(self.graph, stock, local)
