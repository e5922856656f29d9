"""RothC in layers on a site: four of 23 cm, or as many as the column is deep."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from pedozone.models import rothc, rothc_layered
from pedozone.physics.rothc_modifiers import standard_deficits
from pedozone.simulation.mapping import rothc as topsoil
from pedozone.simulation.mapping.mapped import Line, Mapped, ModelMapping, ModelYear, values
from pedozone.simulation.mapping.plant_inputs import ONE_SHARE_LINE, Spread, below_line, received
from pedozone.simulation.mapping.site_years import SiteYear, SiteYears

MOST_LAYERS = 4


def build(years: SiteYears) -> Mapped:
    """Map a site on RothC in stacked layers."""
    parameters = values("rothc-layered")
    layers, thick = years.layers, rothc_layered.LAYER
    cells = max(1, min(MOST_LAYERS, int(years.site.soil.depth_m / thick + 1e-9)))
    face = thick * np.arange(cells + 1)
    clay = 100.0 * jnp.asarray(layers.regrid(layers.clay, face, by_mass=True))[:, None]
    deficits = standard_deficits(clay[0], jnp.asarray(100.0 * thick), parameters)
    least = jnp.asarray([parameters["rothc_moisture_minimum_standard"]])
    pan = float(parameters["rothc_pan_factor"])

    def of(year: SiteYear) -> ModelYear:
        carbon = Spread.of(received(year, face))
        share = jnp.asarray(carbon.share)[:, None]
        soil = rothc_layered.Soil(clay, jnp.full((cells, 1), thick), share, deficits, least)
        return ModelYear(soil, topsoil.forcing_of(year, carbon.plant, pan))

    return Mapped(
        model=rothc_layered.LayeredRothC(cells),
        parameter_set="rothc-layered",
        parameters=parameters,
        stepper=rothc.STEPPER,
        start=of(years.start),
        years=[of(year) for year in years.years],
        face=face,
        physical=jnp.zeros(1),
        exact=True,
        inert=lambda stock: topsoil.inert_of(stock, parameters),
        inert_fraction_modern=topsoil.inert_fraction_modern(parameters),
        lines=[
            *topsoil.climate_lines(),
            *topsoil.input_lines(years),
            below_line(years, face),
            ONE_SHARE_LINE,
            Line("clay", "clay by layer", f"means of {cells} layers of 23 cm"),
            Line("(nothing)", "inert carbon by layer", "0.049 C^1.139 of each layer's own carbon", topsoil.FALLOON),
            Line(
                "(nothing)",
                "share that moves down, slowing with depth",
                "medians of wide priors: no published values were found",
            ),
        ],
    )


MAPPING = ModelMapping("rothc-layered", "RothC in layers", "four layers of 23 cm, 0-92 cm", build, topsoil.LEVEL_NOTE)
