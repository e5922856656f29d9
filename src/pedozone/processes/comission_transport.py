"""Transport in COMISSION: dissolved carbon goes with the water, solids are mixed by soil animals."""

from __future__ import annotations

from pedozone.engine.process import Movement, Process
from pedozone.processes.face_transport import between_layers

_SOURCES = ("Ahrens et al. 2015, doi:10.1016/j.soilbio.2015.06.008",)


class ComissionLeaching(Process):
    """Dissolved carbon moves at the velocity of water, flux over water content, and leaves at the base."""

    name = "comission_leaching"
    summary = "dissolved carbon moves with the water"
    sources = _SOURCES
    moves = "dissolved"

    def move(self, environment, parameters):  # noqa: D102 (inherited)
        down = environment.velocity_down
        return between_layers(environment.layers.thickness, down[:, :-1], environment.velocity_up, down[:, -1:])


class ComissionMixing(Process):
    """Diffusion of polymers, residues, microbes and sorbed carbon, less the denser the soil: ``D = d / rho``."""

    name = "comission_mixing"
    summary = "soil animals mix solid carbon between layers"
    sources = _SOURCES
    moves = "mixing"
    parameters = ("bioturbation_by_density",)

    def move(self, environment, parameters):  # noqa: D102 (inherited)
        layers, density = environment.layers, environment.soil.bulk_density
        diffusivity = parameters["bioturbation_by_density"] / (0.5 * (density[1:] + density[:-1]))
        exchange = diffusivity / (layers.centre[1:] - layers.centre[:-1])
        moved = between_layers(layers.thickness, exchange, exchange)
        return Movement(moved.down[None], moved.up[None])
