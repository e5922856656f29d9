"""ECOSSE's turnover of carbon on a site, in ECOSSE's layers of 5 cm."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.models.ecosse import Ecosse, Forcing, Soil
from pedozone.simulation.mapping import rothc as topsoil
from pedozone.simulation.mapping.litter import SOIL_CLIMATE_LINE, WHOLE_QUALITY_LINE, altogether
from pedozone.simulation.mapping.mapped import Line, Mapped, ModelMapping, ModelYear, values
from pedozone.simulation.mapping.plant_inputs import ONE_SHARE_LINE, Spread, below_line, received
from pedozone.simulation.mapping.site_years import SiteYear, SiteYears

LAYER, DEEPEST = 0.05, 3.0
"""m."""

GRAMS = 1000.0

_SMITH = "Smith et al. 2010, doi:10.3354/cr00899"


def build(years: SiteYears) -> Mapped:
    """Map a site on ECOSSE."""
    parameters, of_rothc = values("ecosse"), values("rothc-26.3")  # inert carbon is no part of ECOSSE's own set
    layers, cells = years.layers, max(1, int(min(years.site.soil.depth_m, DEEPEST) / LAYER + 1e-9))
    face = LAYER * np.arange(cells + 1)

    def regrid(of: np.ndarray, *, by_mass: bool = False) -> jnp.ndarray:
        return jnp.asarray(layers.regrid(of, face, by_mass=by_mass))[..., None]

    clay = regrid(100.0 * layers.clay, by_mass=True)

    def of(year: SiteYear) -> ModelYear:
        carbon, climate = received(year, face), year.climate
        spread = Spread.of(carbon)
        retention = jax.tree.map(regrid, climate.retention)
        soil = Soil(clay, regrid(year.ph, by_mass=True), retention, jnp.asarray(spread.share)[:, None])
        nitrogen = mineral_nitrogen(year) * spread.share
        forcing = Forcing(
            temperature=regrid(climate.temperature),
            theta=regrid(climate.theta),
            covered=jnp.asarray(topsoil.covered_months(year))[:, None],
            plant=jnp.asarray(spread.plant)[:, None],
            manure=jnp.asarray(spread.manure)[:, None],
            decomposable_ratio=jnp.asarray(topsoil.ratios(year))[:, None],
            plant_carbon_nitrogen=jnp.asarray([altogether(year, carbon).carbon_nitrogen]),
            nitrogen=jnp.asarray(nitrogen)[None, :, None],
        )
        return ModelYear(soil, forcing)

    supply = GRAMS * mineral_nitrogen(years.start)
    return Mapped(
        model=Ecosse(cells),
        parameter_set="ecosse",
        parameters=parameters,
        start=of(years.start),
        years=[of(year) for year in years.years],
        face=face,
        inert=lambda stock: topsoil.inert_of(stock, of_rothc, LAYER),
        inert_fraction_modern=topsoil.inert_fraction_modern(of_rothc),
        lines=[
            SOIL_CLIMATE_LINE,
            Line("soil temperature, water content, pH", "decay by layer and month", "", _SMITH),
            topsoil.COVERED_LINE,
            *topsoil.input_lines(years),
            ONE_SHARE_LINE,
            WHOLE_QUALITY_LINE,
            Line(
                "nitrogen deposition and fixation",
                "mineral nitrogen beside what decomposers free",
                f"evenly over the months, by depth like the input: {supply:.2g} g N m-2 yr-1 at the start; what plants "
                "take and water carries off is not subtracted, fertiliser is not known: neither is a state of the "
                "model, and nitrogen only delays decay",
            ),
            Line("texture", "clay, retention of water", "means of layers of 5 cm, between which nothing moves", _SMITH),
            below_line(years, face),
            Line(
                "(nothing)",
                "inert carbon by layer (IOM)",
                "0.049 C^1.139 of what 23 cm of the layer would hold; without radiocarbon (50,000 yr)",
                topsoil.FALLOON,
            ),
        ],
    )


def mineral_nitrogen(year: SiteYear) -> float:
    """Nitrogen that the air gives, deposited and fixed, kg N m-2 yr-1."""
    given = (year.forcing.nitrogen_deposition, year.forcing.nitrogen_fixation)
    return float(sum(np.asarray(amount, dtype=float).reshape(-1)[0] for amount in given))


MAPPING = ModelMapping("ecosse", "ECOSSE, its carbon", "layers of 5 cm, to 3 m at most", build)
