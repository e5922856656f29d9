"""One layer of mineral soil, for tests of what its surfaces do."""

from __future__ import annotations

import jax.numpy as jnp

from pedozone.column.geometry import Soil


def soil_of(clay=0.25, silt=0.55, ph=6.5, mass=140.0, **surfaces) -> Soil:
    """A layer of that texture and pH; `surfaces` are fields that it tells beside."""

    def cell(value):
        return jnp.asarray([[float(value)]])

    return Soil(
        mineral_mass=cell(mass),
        sand=cell(1.0 - clay - silt),
        silt=cell(silt),
        clay=cell(clay),
        coarse=cell(0.0),
        ph=cell(ph),
        mineral_density=cell(1400.0),
        capacity=cell(0.086),
        **{name: cell(value) for name, value in surfaces.items()},
    )
