"""Millennial V2 on a site: one metre of soil, in three kinetics."""

from __future__ import annotations

import functools

import jax.numpy as jnp
import numpy as np

from pedozone.engine.stepping import STEPPERS
from pedozone.models.millennial import Forcing, Millennial, MillennialECA, MillennialLinear
from pedozone.processes.millennial_environment import MillennialSoil
from pedozone.simulation.mapping.litter import SOIL_CLIMATE_LINE
from pedozone.simulation.mapping.mapped import Line, Mapped, ModelMapping, ModelYear, values
from pedozone.simulation.mapping.plant_inputs import below_line, received
from pedozone.simulation.mapping.site_years import SiteYear, SiteYears

DEPTH = 1.0
"""m: half saturations and capacity are for a metre of soil."""

_ABRAMOFF = "Abramoff et al. 2022, doi:10.1016/j.soilbio.2021.108466"


def build(years: SiteYears, model: type[Millennial] = Millennial) -> Mapped:
    """Map a site on Millennial V2."""
    parameters = values("millennial-v2")
    layers, depth = years.layers, min(DEPTH, years.site.soil.depth_m)
    face = np.array([0.0, depth])
    porosity = float(parameters["porosity"])

    def mean(of: np.ndarray, *, by_mass: bool = False) -> float:
        return float(layers.mean(of, 0.0, depth, by_mass=by_mass))

    fines = mean(layers.clay + layers.silt, by_mass=True)
    # the capacity is for a metre of soil without stones
    density = mean(layers.bulk_density * (1.0 - layers.coarse)) * depth / DEPTH

    def of(year: SiteYear) -> ModelYear:
        soil = MillennialSoil(
            jnp.asarray([[fines]]), jnp.asarray([[density]]), jnp.asarray([[mean(year.ph, by_mass=True)]])
        )
        saturation = layers.mean(year.climate.theta / year.climate.saturation, 0.0, depth)
        forcing = Forcing(
            temperature=jnp.asarray(layers.mean(year.climate.temperature, 0.0, depth))[:, None, None],
            theta=jnp.asarray(porosity * saturation)[:, None, None],
            litter=jnp.asarray(received(year, face).all.sum(axis=-1))[:, None, None],
        )
        return ModelYear(soil, forcing)

    ph = mean(years.start.ph, by_mass=True)
    return Mapped(
        model=model(),
        parameter_set="millennial-v2",
        parameters=parameters,
        stepper=STEPPERS["mprk22_weekly"],
        start=of(years.start),
        years=[of(year) for year in years.years],
        face=face,
        lines=[
            SOIL_CLIMATE_LINE,
            Line("soil temperature", "temperature", f"mean of 0-{100 * depth:.0f} cm"),
            Line(
                "soil water",
                "water content",
                f"share of pores filled, mean of 0-{100 * depth:.0f} cm, times the model's porosity of {porosity:g}",
                _ABRAMOFF,
            ),
            Line(
                "leaf, wood and root litter, exudates, manure",
                "litter",
                "of one quality: 66 % particulate, 34 % dissolved; nothing stays on the surface",
                _ABRAMOFF,
            ),
            below_line(years, face),
            Line("texture, bulk density, stones, pH", "capacity and affinity of minerals",
                 f"0-{100 * depth:.0f} cm: clay and silt {100 * fines:.3g} %, {density:.0f} kg m-3, pH {ph:.2g}",
                 _ABRAMOFF),
            Line("root profile", "(not used)", "one well mixed layer"),
        ],
    )  # fmt: skip


MAPPINGS = (
    ModelMapping("millennial", "Millennial V2", "one layer, 0-1 m", build),
    ModelMapping(
        "millennial-eca",
        "Millennial V2, ECA kinetics",
        "one layer, 0-1 m",
        functools.partial(build, model=MillennialECA),
    ),
    ModelMapping(
        "millennial-linear",
        "Millennial V2, linear kinetics",
        "one layer, 0-1 m",
        functools.partial(build, model=MillennialLinear),
    ),
)
