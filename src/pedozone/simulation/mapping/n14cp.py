"""N14CP on a site: a soil that grows from bare ground, with plants as far as nitrogen lets them."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from pedozone.models.n14cp import Forcing, N14cp, bare_ground
from pedozone.simulation.mapping.ecosse import GRAMS
from pedozone.simulation.mapping.litter import SOIL_CLIMATE_LINE, altogether
from pedozone.simulation.mapping.mapped import Line, Mapped, ModelMapping, ModelYear, values
from pedozone.simulation.mapping.plant_inputs import received
from pedozone.simulation.mapping.site_years import SiteYear, SiteYears

TOPSOIL, SUBSOIL = 0.15, 1.0
"""Bases of the two, m."""

GROWN_YEARS = 11_700
"""Of soil formation, since the ice left northern Europe: the beginning of the Holocene."""

_DAVIES = "Davies et al. 2016, doi:10.1002/2015GB005167"


def build(years: SiteYears) -> Mapped:
    """Map a site on N14CP."""
    layers = years.layers
    face = np.array([0.0, TOPSOIL, max(SUBSOIL, 2.0 * TOPSOIL)])
    whole = np.array([0.0, max(float(layers.face[-1]), SUBSOIL)])

    def of(year: SiteYear) -> ModelYear:
        plants = received(year, whole)._replace(manure=np.zeros((12, 1)))
        forcing = Forcing(
            temperature=jnp.asarray(layers.regrid(year.climate.temperature, face[:2])),
            potential=jnp.asarray([_potential(year)]),
            deposition=jnp.asarray([_nitrogen(year.forcing.nitrogen_deposition)]),
            fixation=jnp.asarray([_nitrogen(year.forcing.nitrogen_fixation)]),
            plant_carbon_nitrogen=jnp.asarray([altogether(year, plants).carbon_nitrogen]),
        )
        return ModelYear((), forcing)

    start = of(years.start)
    given, fixed = (GRAMS * float(getattr(start.forcing, name)[0]) for name in ("deposition", "fixation"))
    model = N14cp(1)
    return Mapped(
        model=model,
        parameter_set="n14cp",
        parameters=values("n14cp"),
        start=start,
        years=[of(year) for year in years.years],
        face=face,
        physical=bare_ground(1, 1).physical,
        grown_years=GROWN_YEARS,
        pool_layers=tuple(int(pool.name == "deep") for pool in model.graph.pools),
        lines=[
            SOIL_CLIMATE_LINE,
            Line("soil temperature", "decay by month", "mean of 0-15 cm"),
            Line(
                "leaf, wood and root litter, exudates",
                "potential growth",
                "the most that climate lets grow; what nitrogen lets grow of it is what the soil receives",
                _DAVIES,
            ),
            Line(
                "manure and compost", "(not used)", "plants alone feed this soil; manure's nitrogen is not known to it"
            ),
            Line(
                "C:N of leaf litter and roots",
                "C:N of plants",
                "of all that is given; lignin is not used",
            ),
            Line(
                "nitrogen deposition and fixation",
                "what plants can take beside what the soil mineralises",
                f"{given:.2g} and {fixed:.2g} g N m-2 yr-1 at the start, held for all years before it; a history of "
                "deposition after it is followed",
                _DAVIES,
            ),
            Line(
                "(nothing)",
                "years of soil formation",
                f"{GROWN_YEARS:,} from bare ground to the start, under its climate and land cover: no balance",
                _DAVIES,
            ),
            Line(
                "pools of the model",
                "layers",
                "fast, slow and passive in 0-15 cm; what is sorbed below, in 15-100 cm, is taken as even there, by "
                "judgement: the model names no depth",
            ),
            Line("(nothing)", "rates and shares", "middles of wide priors: no published table was found"),
            Line("texture, water, root profile", "(not used)"),
        ],
    )


def _potential(year: SiteYear) -> float:
    """Plant carbon of the land cover, kg C m-2 yr-1."""
    return float(np.mean(year.above + year.below))


def _nitrogen(amount: object) -> float:
    """kg N m-2 yr-1."""
    return float(np.asarray(amount, dtype=float).reshape(-1)[0])


NOTE = (
    "its plants grow as far as nitrogen lets them, so that it may receive less carbon than the others, and its soil "
    "grows from bare ground instead of being in balance at the start"
)

MAPPING = ModelMapping("n14cp", "N14CP, its soil", "topsoil of 15 cm and subsoil to 1 m", build, NOTE)
