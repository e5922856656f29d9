"""RothC in stacked layers, in the manner of RothPC-1: carbon moves down, decay slows down with depth."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.process import Process
from pedozone.models import rothc
from pedozone.models.modified import Modified
from pedozone.physics.responses import Response
from pedozone.physics.rothc_modifiers import Deficits
from pedozone.processes.rothc_decay import RothCEnvironment
from pedozone.processes.rothc_descent import (
    RothCDescentBIO,
    RothCDescentDPM,
    RothCDescentHUM,
    RothCDescentRPM,
)

Array = jax.Array

POOLS = tuple(pool if pool.name == "iom" else replace(pool, moves_with=pool.name) for pool in rothc.POOLS)
"""RothC's pools; each moves at its own rate but the inert one, which stays."""

LAYER = 0.23
"""Thickness of the published layers, m: four of them to 92 cm."""


class Soil(NamedTuple):
    """A profile.

    Attributes
    ----------
    clay : Array [cells, batch]
        %.
    thickness : Array [cells, batch]
        Of the layers, m.
    input_share : Array [cells, batch]
        Of plant and manure carbon by layer, adding up to one.
    deficits : Deficits [batch]
        Of the topsoil, whose moisture stands for all layers; see `pedozone.models.rothc`.
    moisture_minimum : Array [batch]
        Factor of moisture at the wilting point.
    """

    clay: Array
    thickness: Array
    input_share: Array
    deficits: Deficits
    moisture_minimum: Array


def processes() -> tuple[Process, ...]:
    """The processes of the model: those of RothC, and a descent for each pool that moves."""
    return (*rothc.processes(), RothCDescentDPM(), RothCDescentRPM(), RothCDescentBIO(), RothCDescentHUM())


class LayeredRothC(Modified):
    """RothC in each layer; of what decays there a share p goes down a layer in its own pool instead.

    The site is a `Soil`, the year a `pedozone.models.rothc.Forcing`. Weather acts on all layers as on the topsoil; what
    depth does beside slows all rates, ``exp(-s (z - z1))``, z1 being the centre of the first layer. A single layer
    without descent is RothC.

    Parameters
    ----------
    cells, organic : int
        Four layers of 23 cm are the published ones.
    temperature, moisture : str or Response, optional
        Responses in place of RothC's own, as in `pedozone.models.rothc.RothC`.

    References
    ----------
    Jenkinson and Coleman (2008), doi:10.1111/j.1365-2389.2008.01026.x.
    """

    reference = rothc.RothC.reference

    def __init__(
        self,
        cells: int = 4,
        organic: int = 0,
        temperature: str | Response | None = None,
        moisture: str | Response | None = None,
    ) -> None:
        super().__init__(POOLS, processes(), cells, organic, temperature, moisture)

    def environment(self, stock, physical, site: Soil, forcing: rothc.Forcing, parameters):  # noqa: D102 (inherited)
        # the weather's part is the topsoil's; what it reads of clay is replaced by each layer's
        topsoil = rothc.Soil(site.clay[0], site.deficits, site.moisture_minimum)
        single = rothc.RothC(1, 0, self.modifiers.temperature, self.modifiers.moisture)
        above, end = single.environment(stock[:, :1], physical, topsoil, forcing, parameters)
        centre = jnp.cumsum(site.thickness, axis=0) - 0.5 * site.thickness
        turnover = above.activity * jnp.exp(-parameters["rothc_depth_slowing"] * (centre - centre[:1]))
        moved = parameters["rothc_moved_share"]
        environment = RothCEnvironment(
            activity=(1.0 - moved) * turnover,
            descent=moved * turnover,
            clay=site.clay[None],
            plant=above.plant,
            manure=above.manure,
            decomposable_ratio=above.decomposable_ratio,
            share=site.input_share[None],
        )
        return environment, end

    def local(self, environment, parameters):  # noqa: D102 (inherited)
        return ()

    def view(self, stock, local, parameters):  # noqa: D102 (inherited)
        return stock
