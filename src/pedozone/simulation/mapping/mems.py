"""MEMS on a site: litter over one layer of 20 cm."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from pedozone.engine.spinup import SpinupOptions
from pedozone.engine.stepping import STEPPERS
from pedozone.models.mems import POOLS, Forcing, Mems
from pedozone.plants.traits import CARBON_OF_LITTER
from pedozone.processes.mems_environment import MemsLitterQuality, MemsSoil
from pedozone.simulation.mapping.litter import SOIL_CLIMATE_LINE, WHOLE_QUALITY_LINE, altogether
from pedozone.simulation.mapping.mapped import Line, Mapped, ModelMapping, ModelYear, values
from pedozone.simulation.mapping.plant_inputs import Received, below_line, received
from pedozone.simulation.mapping.site_years import SiteYear, SiteYears

SOLUBLE, SOLUBLE_WOOD = 0.37, 0.05
"""Share of litter that hot water extracts, which the site does not tell: between the 0.35 of conifers and the 0.40 of
broadleaves, and little in wood; by judgement. Exudates dissolve altogether."""

_ROBERTSON = "Robertson et al. 2019, doi:10.5194/bg-16-1225-2019"


def build(years: SiteYears) -> Mapped:
    """Map a site on MEMS v1.0."""
    parameters = values("mems")
    layers, depth = years.layers, float(parameters["published_depth"])
    face = np.array([0.0, depth])

    def mean(of: np.ndarray, *, by_mass: bool = True) -> float:
        return float(layers.mean(of, 0.0, depth, by_mass=by_mass))

    def cell(value: float) -> jnp.ndarray:
        return jnp.asarray([[value]])

    sand, coarse = mean(layers.sand), mean(layers.coarse, by_mass=False)
    density = mean(layers.bulk_density * (1.0 - layers.coarse), by_mass=False) / (1.0 - coarse)

    def of(year: SiteYear) -> ModelYear:
        carbon = received(year, face)
        leaf, root = (jnp.asarray(part)[:, None, None] for part in (carbon.above, carbon.below))
        forcing = Forcing(
            temperature=jnp.asarray(layers.mean(year.climate.temperature, 0.0, depth))[:, None, None],
            leaf=leaf,
            root=root,
            quality=quality_of(year, carbon),
            # the roots of the layer were reckoned by the site's profile: all of them are in it
            root_half_depth=jnp.asarray([depth]),
            rooting_depth=jnp.asarray([depth]),
        )
        soil = MemsSoil(cell(sand), cell(coarse), cell(density), cell(mean(year.ph)), cell(depth))
        return ModelYear(soil, forcing)

    reach = f"0-{100 * depth:.0f} cm"
    return Mapped(
        model=Mems(),
        parameter_set="mems",
        parameters=parameters,
        stepper=STEPPERS["mprk22_weekly"],
        start=of(years.start),
        years=[of(year) for year in years.years],
        face=face,
        surface_pools=tuple(pool.name for pool in POOLS if pool.name.startswith("litter_")),
        # on poor litter its microbes are a millionth of the carbon, and no decay waits for them
        spinup=SpinupOptions(living=0.0),
        lines=[
            SOIL_CLIMATE_LINE,
            Line("soil temperature", "temperature", f"mean of {reach}, for the litter too"),
            Line("soil water", "(not used)", "no factor of water in the published model", _ROBERTSON),
            Line(
                "leaf, wood and root litter, exudates, manure",
                "litter",
                "all as litter of one quality, that of roots too, as published",
                _ROBERTSON,
            ),
            WHOLE_QUALITY_LINE,
            Line("lignin of litter", "acid-insoluble litter", "the share of dry matter taken as that of carbon"),
            Line("C:N of litter", "nitrogen, % of mass", f"with {CARBON_OF_LITTER:g} carbon in dry matter"),
            Line(
                "(nothing)",
                "litter that hot water extracts",
                f"{SOLUBLE:g} of leaves, roots and manure, {SOLUBLE_WOOD:g} of wood, all of exudates; by judgement",
            ),
            below_line(years, face),
            Line(
                "sand, stones, bulk density, pH",
                "capacity and affinity of minerals",
                f"means of {reach}: sand {100 * sand:.3g} %, stones {100 * coarse:.2g} %, {density:.0f} kg m-3, "
                f"pH {mean(years.start.ph):.2g}",
                _ROBERTSON,
            ),
            Line("litter of the model, that of roots too", "(apart)", f"no part of the stock of {reach}"),
        ],
    )


def quality_of(year: SiteYear, carbon: Received) -> MemsLitterQuality:
    """What the litter of a year is made of."""
    mixed = altogether(year, carbon)
    parts = {name: float(amount.sum()) for name, amount in carbon._asdict().items()}
    whole = sum(parts.values())
    soluble = SOLUBLE
    if whole > 0.0:
        wood, exudate = parts["wood"] / whole, parts["exudate"] / whole
        soluble = SOLUBLE_WOOD * wood + exudate + SOLUBLE * (1.0 - wood - exudate)
    return MemsLitterQuality(
        soluble=jnp.asarray([min(soluble, 1.0 - mixed.lignin)]),
        insoluble=jnp.asarray([mixed.lignin]),
        nitrogen=jnp.asarray([100.0 * CARBON_OF_LITTER / mixed.carbon_nitrogen]),
    )


MAPPING = ModelMapping("mems", "MEMS v1.0", "litter and one layer, 0-20 cm", build)
