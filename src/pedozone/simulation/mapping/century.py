"""CENTURY's soil organic submodel on a site: litter on the surface and one layer of 20 cm."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.engine.stepping import STEPPERS
from pedozone.models.century import Century, Forcing, climate_activity
from pedozone.processes.century_environment import Litter, Texture, metabolic_fraction
from pedozone.simulation.mapping.litter import (
    QUALITY_LINES,
    SOIL_CLIMATE_LINE,
    Mixture,
    above_ground,
    below_ground,
    worked_in,
)
from pedozone.simulation.mapping.mapped import Line, Mapped, ModelMapping, ModelYear, values
from pedozone.simulation.mapping.plant_inputs import below_line, received
from pedozone.simulation.mapping.site_years import SiteYear, SiteYears

DEPTH = 0.20
"""m."""

_activity, _metabolic = jax.jit(climate_activity), jax.jit(metabolic_fraction)

_PARTON = "Parton et al. 1987, doi:10.2136/sssaj1987.03615995005100050015x"


def build(years: SiteYears) -> Mapped:
    """Map a site on CENTURY."""
    parameters = values("century")
    layers, face = years.layers, np.array([0.0, DEPTH])
    clay, silt = (float(layers.mean(share, 0.0, DEPTH, by_mass=True)) for share in (layers.clay, layers.silt))
    texture = Texture(jnp.asarray([[clay]]), jnp.asarray([[silt]]))

    def litter(carbon: np.ndarray, of: Mixture) -> Litter:
        ratio = of.lignin_to_nitrogen
        structural = 1.0 - float(_metabolic(jnp.asarray(ratio), parameters))
        return Litter(
            amount=jnp.asarray(carbon)[:, None, None],
            lignin_to_nitrogen=jnp.asarray([ratio]),
            structural_lignin=jnp.asarray([min(of.lignin / max(structural, 1e-9), 1.0)]),
        )

    def of(year: SiteYear) -> ModelYear:
        carbon = received(year, face)
        leaf, within = carbon.leaf.sum(axis=-1), worked_in(year)
        above = (carbon.wood + carbon.manure).sum(axis=-1) + (0.0 if within else leaf)
        activity = _activity(
            jnp.asarray(layers.mean(year.climate.temperature, 0.0, DEPTH)),
            jnp.asarray(year.precipitation),
            jnp.asarray(year.evapotranspiration),
        )
        below = (carbon.root + carbon.exudate).sum(axis=-1) + (leaf if within else 0.0)
        return ModelYear(
            texture,
            Forcing(
                activity[:, None, None],
                litter(above, above_ground(year)),
                litter(below, below_ground(year)),
            ),
        )

    return Mapped(
        model=Century(),
        parameter_set="century",
        parameters=parameters,
        stepper=STEPPERS["mprk22_weekly"],
        start=of(years.start),
        years=[of(year) for year in years.years],
        face=face,
        surface_pools=("surface_structural", "surface_metabolic"),
        lines=[
            SOIL_CLIMATE_LINE,
            Line("soil temperature", "temperature", "mean of 0-20 cm", _PARTON),
            Line("precipitation, potential evapotranspiration", "moisture", "their ratio in each month", _PARTON),
            Line("leaf litter, wood, manure", "surface litter", "manure as litter"),
            Line("root litter, exudates, residues worked in", "litter in the soil", "exudates as roots without lignin"),
            *QUALITY_LINES,
            below_line(years, face),
            Line("texture", "clay and silt", f"means of 0-20 cm: {100 * clay:.3g} % and {100 * silt:.3g} %"),
            Line("surface litter of the model", "(apart)", "no part of the stock of 0-20 cm"),
        ],
    )


MAPPING = ModelMapping("century", "CENTURY (1987)", "surface litter and one layer, 0-20 cm", build)
