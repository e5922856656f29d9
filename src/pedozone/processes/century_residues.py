"""Plant residues of CENTURY: what enters, metabolic and structural, above and below the ground."""

from __future__ import annotations

from pedozone.engine.declarations import Input
from pedozone.engine.process import Process
from pedozone.processes.century_environment import metabolic_fraction


class CenturyResidues(Process):
    """Residues divide into metabolic and structural by their lignin to nitrogen, ``0.85 - 0.018 L/N``."""

    name = "century_residues"
    summary = "plant residues enter the surface and the soil, part of them metabolic, the rest structural"
    sources = ("Parton et al. 1987, doi:10.2136/sssaj1987.03615995005100050015x",)
    inputs = (
        Input("surface_structural", "leaf"),
        Input("surface_metabolic", "leaf"),
        Input("soil_structural", "root"),
        Input("soil_metabolic", "root"),
    )
    parameters = ("metabolic_intercept", "metabolic_slope")

    def supply(self, environment, parameters):  # noqa: D102 (inherited)
        entering = []
        for litter in (environment.surface, environment.soil):
            metabolic = metabolic_fraction(litter.lignin_to_nitrogen, parameters)
            entering += [litter.amount * (1.0 - metabolic), litter.amount * metabolic]
        return tuple(entering)
