"""Layered CENTURY, as in CLM5, on the site's own layers."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.models.century_layered import Forcing, LayeredCentury, Profile, soil_activity
from pedozone.processes.century_environment import Texture
from pedozone.processes.clm_environment import PlantCarbon
from pedozone.simulation.mapping.litter import SOIL_CLIMATE_LINE
from pedozone.simulation.mapping.mapped import Line, Mapped, ModelMapping, ModelYear, values
from pedozone.simulation.mapping.site_years import SiteYear, SiteYears

_activity = jax.jit(soil_activity)

_KOVEN = "Koven et al. 2013, doi:10.5194/bg-10-7109-2013"


def build(years: SiteYears) -> Mapped:
    """Map a site on layered CENTURY."""
    parameters = values("century-clm5")
    layers, face = years.layers, years.layers.face
    profile = Profile(
        Texture(jnp.asarray(layers.clay)[:, None], jnp.asarray(layers.silt)[:, None]),
        jnp.asarray(layers.thickness)[:, None],
    )

    def of(year: SiteYear) -> ModelYear:
        climate = year.climate
        activity = _activity(climate.temperature, climate.suction, np.ones_like(climate.suction), parameters)
        given = (year.leaf + year.manure, year.root + year.exudate, year.wood, np.zeros(12))
        plants = PlantCarbon(*(jnp.asarray(carbon)[:, None, None] for carbon in given))
        return ModelYear(
            profile,
            Forcing(
                activity[..., None],
                plants,
                jnp.asarray(year.forcing.root_beta),
                jnp.asarray(year.forcing.rooting_depth),
                jnp.asarray([active_layer(climate.temperature, face)]),
            ),
        )

    return Mapped(
        model=LayeredCentury(len(face) - 1),
        parameter_set="century-clm5",
        parameters=parameters,
        start=of(years.start),
        years=[of(year) for year in years.years],
        face=face,
        surface_pools=("coarse_wood",),
        lines=[
            SOIL_CLIMATE_LINE,
            Line("soil temperature, water potential", "decay by layer and month", "", _KOVEN),
            Line("(nothing)", "oxygen", "never short"),
            Line(
                "leaf litter, manure",
                "leaf litter",
                "falls off with depth, e-folding 10 cm; residues worked in are not told apart; manure as leaves",
                _KOVEN,
            ),
            Line("root litter, exudates", "root litter", "by the cover's root profile; exudates as roots"),
            Line("wood", "coarse wood", "no part of the stocks by depth"),
            Line("quality of litter", "(not used)", "fixed shares: labile 0.25, cellulose 0.5, lignin 0.25", _KOVEN),
            Line("soil temperature", "active layer", "deepest layer that thaws where one stays frozen"),
            Line("texture", "clay and silt by layer"),
            Line("mixing by animals, tillage", "(not used)", "one diffusivity at all depths and times", _KOVEN),
        ],
    )


def active_layer(temperature: np.ndarray, face: np.ndarray) -> float:
    """Depth to which the soil thaws in summer, m; infinite where no layer stays frozen."""
    frozen = temperature.max(axis=0) <= 0.0
    return float(face[int(np.argmax(frozen))]) if frozen.any() else float("inf")


MAPPING = ModelMapping("century-layered", "CENTURY in layers (CLM5)", "the site's layers", build)
