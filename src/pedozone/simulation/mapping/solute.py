"""What models of dissolved carbon that moves down a mineral soil are given on a site: the site's own layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from pedozone.engine.spinup import SpinupOptions
from pedozone.engine.stepping import STEPPERS
from pedozone.models.solute import Forcing, SoluteAssembly
from pedozone.processes.solute_environment import SoluteSoil
from pedozone.simulation.mapping.litter import SOIL_CLIMATE_LINE
from pedozone.simulation.mapping.mapped import SPINUP, Line, Mapped, ModelYear, values
from pedozone.simulation.mapping.plant_inputs import received
from pedozone.simulation.mapping.site_years import SiteYear, SiteYears

CENTIMETRES = 100.0
T_HA_PER_KG_M2 = 10.0


def build(
    years: SiteYears,
    model: Callable[[int], SoluteAssembly],
    parameter_set: str,
    lines: Sequence[Line],
    spinup: SpinupOptions = SPINUP,
) -> Mapped:
    """Map a site on a model of dissolved carbon.

    Parameters
    ----------
    model : callable
        From the number of layers.
    lines : sequence of Line
        What is said beside what all of these models share.
    """
    parameters = values(parameter_set)
    layers, face = years.layers, years.layers.face
    solid = 1.0 - layers.coarse
    thickness, density, fines = (
        jnp.asarray(of)[:, None] for of in (layers.thickness, layers.bulk_density * solid, layers.clay + layers.silt)
    )
    soil = SoluteSoil(thickness, density, fines)

    def of(year: SiteYear) -> ModelYear:
        carbon, climate = received(year, face), year.climate
        forcing = Forcing(
            temperature=jnp.asarray(climate.temperature)[..., None],
            # concentrations are by volume of soil, stones included, and so is the water that they go with
            theta=jnp.asarray(climate.theta * solid)[..., None],
            water_flux=jnp.asarray(climate.percolation)[..., None],
            leaf=jnp.asarray(carbon.above)[:, None, None],
            root=jnp.asarray(carbon.below)[:, None, None],
            root_beta=jnp.asarray(year.forcing.root_beta),
            rooting_depth=jnp.asarray(year.forcing.rooting_depth),
        )
        return ModelYear(soil, forcing)

    surface = CENTIMETRES * float(parameters["surface_litter_depth"])
    base = CENTIMETRES * float(np.mean(years.start.climate.percolation[:, -1]))
    return Mapped(
        model=model(len(face) - 1),
        parameter_set=parameter_set,
        parameters=parameters,
        stepper=STEPPERS["mprk22_weekly"],
        start=of(years.start),
        years=[of(year) for year in years.years],
        face=face,
        spinup=spinup,
        lines=[
            SOIL_CLIMATE_LINE,
            Line("soil temperature", "rates by layer and month"),
            Line(
                "soil water, percolation",
                "what carries dissolved carbon",
                f"water that moves down, by layer and month: {base:.3g} cm a year at the base; nothing rises, and dry "
                "soil slows no microbe",
            ),
            Line(
                "leaf litter, wood, manure",
                "litter from above",
                f"falls off with depth, e-folding {surface:.0f} cm; residues worked in are not told apart; no organic "
                "layer",
            ),
            Line("root litter, exudates", "root litter", "by the cover's root profile; exudates as roots"),
            *lines,
            Line(
                "texture, bulk density, stones",
                "capacity of minerals",
                f"{1e3 * float(parameters['capacity_of_fines']):.0f} g C per kg of clay and silt, by layer: "
                f"{_capacity(parameters, thickness, density, fines):.0f} t C/ha to {face[-1]:.3g} m",
            ),
            Line("pH", "(not used)"),
        ],
    )


def _capacity(parameters: Mapping[str, Any], thickness: Any, density: Any, fines: Any) -> float:
    """Of the whole column, t C/ha."""
    return float(T_HA_PER_KG_M2 * parameters["capacity_of_fines"] * (thickness * density * fines).sum())
