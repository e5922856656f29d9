"""MIMICS on a site: one layer of 30 cm, in two kinetics."""

from __future__ import annotations

import functools

import jax.numpy as jnp
import numpy as np

from pedozone.engine.stepping import STEPPERS
from pedozone.models.mimics import Forcing, Mimics, MimicsForward, Profile
from pedozone.simulation.mapping.litter import SOIL_CLIMATE_LINE, WHOLE_QUALITY_LINE, altogether
from pedozone.simulation.mapping.mapped import Line, Mapped, ModelMapping, ModelYear, values
from pedozone.simulation.mapping.plant_inputs import below_line, received
from pedozone.simulation.mapping.site_years import SiteYear, SiteYears

DEPTH = 0.30
"""m: what the published values are for."""

_WIEDER = "Wieder et al. 2015, doi:10.5194/gmd-8-1789-2015"


def build(years: SiteYears, model: type[Mimics] = Mimics, parameter_set: str = "mimics") -> Mapped:
    """Map a site on MIMICS."""
    parameters = values(parameter_set)
    layers, depth = years.layers, min(DEPTH, years.site.soil.depth_m)
    face = np.array([0.0, depth])
    clay = float(layers.mean(layers.clay, 0.0, depth, by_mass=True))
    profile = Profile(jnp.asarray([[clay]]), jnp.asarray([[depth]]))
    everywhere = jnp.asarray([np.inf])

    def of(year: SiteYear) -> ModelYear:
        carbon = received(year, face)
        leaf, root = (jnp.asarray(part)[:, None, None] for part in (carbon.above, carbon.below))
        forcing = Forcing(
            temperature=jnp.asarray(layers.mean(year.climate.temperature, 0.0, depth))[:, None, None],
            activity=jnp.ones((12, 1, 1)),
            leaf=leaf,
            root=root,
            lignin_to_nitrogen=jnp.asarray([altogether(year, carbon).lignin_to_nitrogen]),
            productivity=jnp.asarray([year.over_covers(lambda cover: cover.net_primary_production)]),
            # in one layer roots are where it is
            root_beta=jnp.asarray(year.forcing.root_beta),
            rooting_depth=jnp.asarray(year.forcing.rooting_depth),
            active_layer=everywhere,
        )
        return ModelYear(profile, forcing)

    reach = f"0-{100 * depth:.0f} cm"
    least, most = (parameters[f"death_productivity_{end}"] ** 2 for end in ("least", "most"))
    grams = [f"{float(parameters['death_productivity'] * end):.0f}" for end in (least, most)]
    return Mapped(
        model=model(),
        parameter_set=parameter_set,
        parameters=parameters,
        stepper=STEPPERS["mprk22_weekly"],
        start=of(years.start),
        years=[of(year) for year in years.years],
        face=face,
        lines=[
            SOIL_CLIMATE_LINE,
            Line("soil temperature", "temperature", f"mean of {reach}"),
            Line("soil water", "(not used)", "no factor of water in the published model", _WIEDER),
            Line(
                "leaf, wood and root litter, exudates, manure",
                "litter",
                "all as litter of one quality; nothing stays on the surface",
            ),
            WHOLE_QUALITY_LINE,
            below_line(years, face),
            Line(
                "net primary production of the land cover",
                "death of microbes",
                f"between {grams[0]} and {grams[1]} g C m-2 yr-1 alone does it make a difference",
                _WIEDER,
            ),
            Line("texture", "clay", f"mean of {reach}: {100 * clay:.3g} %"),
            Line("root profile", "(not used)", "one well mixed layer"),
        ],
    )


MAPPINGS = (
    ModelMapping("mimics", "MIMICS", "one layer, 0-30 cm", build),
    ModelMapping(
        "mimics-forward",
        "MIMICS, forward kinetics",
        "one layer, 0-30 cm",
        functools.partial(build, model=MimicsForward, parameter_set="mimics-2015"),
    ),
)
