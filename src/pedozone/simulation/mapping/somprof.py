"""SOMPROF on a site: three organic horizons over the site's own layers."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from pedozone.models.somprof import Forcing, Somprof
from pedozone.processes.somprof_environment import SomprofSoil
from pedozone.simulation.mapping.litter import SOIL_CLIMATE_LINE
from pedozone.simulation.mapping.mapped import Line, Mapped, ModelMapping, ModelYear, values
from pedozone.simulation.mapping.plant_inputs import received
from pedozone.simulation.mapping.site_years import SiteYear, SiteYears

HORIZONS = 3
"""L, F and H."""

_BRAAKHEKKE = "Braakhekke et al. 2011, doi:10.1016/j.ecolmodel.2011.02.008"


def build(years: SiteYears) -> Mapped:
    """Map a site on SOMPROF."""
    parameters = values("somprof")
    layers, face = years.layers, years.layers.face
    soil = SomprofSoil(jnp.asarray(layers.thickness)[:, None], jnp.asarray(layers.bulk_density)[:, None])

    def with_horizons(series: np.ndarray) -> jnp.ndarray:
        """What the first layer has, in the horizons above it too [12, cells, 1]."""
        return jnp.asarray(np.concatenate([np.repeat(series[:, :1], HORIZONS, axis=1), series], axis=1))[..., None]

    def of(year: SiteYear) -> ModelYear:
        carbon = received(year, face)
        above, roots = (jnp.asarray(part)[:, None, None] for part in (carbon.above, carbon.below))
        climate = year.climate
        return ModelYear(
            soil, Forcing(with_horizons(climate.temperature), with_horizons(climate.theta), above, roots)
        )  # fmt: skip

    depth, organic = (float(parameters[name]) for name in ("root_litter_depth", "organic_root_share"))
    return Mapped(
        model=Somprof(HORIZONS + len(face) - 1, HORIZONS),
        parameter_set="somprof",
        parameters=parameters,
        start=of(years.start),
        years=[of(year) for year in years.years],
        face=face,
        lines=[
            SOIL_CLIMATE_LINE,
            Line("soil temperature, water content", "decay by layer and month", "horizons as the first layer"),
            Line(
                "leaf litter, wood, manure",
                "litter on the L horizon",
                "of one quality; residues worked in too: the model has no tillage",
                _BRAAKHEKKE,
            ),
            Line(
                "root litter, exudates",
                "root litter",
                f"of one quality; {100 * organic:.0f} % into the F and H horizons, the rest e-folding "
                f"{100 * depth:.0f} cm: choices of pedozone, under crops too",
            ),
            Line("root profile, quality of litter", "(not used)", "the model has shares and a depth of its own"),
            Line("bulk density", "mixing by soil animals", "of the fine earth, by layer", _BRAAKHEKKE),
            Line("texture", "(not used)", "SOMPROF knows nothing of clay", _BRAAKHEKKE),
            Line(
                "(nothing)",
                "decay rates and shares",
                "medians of wide priors: no published values were found; transport as at one deciduous forest",
            ),
            Line("mixing by animals, tillage", "(not used)", "one rate of bioturbation at all times", _BRAAKHEKKE),
            Line("L, F and H horizons of the model", "(apart)", "no part of the stocks by depth"),
        ],
    )


MAPPING = ModelMapping("somprof", "SOMPROF", "organic horizons and the site's layers", build)
