"""Exchange of dissolved carbon with the exchangeable mineral surface."""

from __future__ import annotations

from pedozone.engine.declarations import Kind, Transfer
from pedozone.engine.process import Process
from pedozone.processes.minerals import affinity, affinity_factor, exchangeable_capacity


class Sorption(Process):
    """Kinetic Langmuir exchange in linearly stable form.

    To the surface ``k_ex Q kappa / (theta V)``, back ``k_ex (1 + kappa D / theta)``: the isotherm of the textbook
    form with no clip and no division by the capacity. Capacity and affinity from Mayes et al. (2012).

    Parameters
    ----------
    solution, surface : str
        Pools that exchange.
    affinity_factor : str or None
        Parameter by which the affinity differs from that of Mayes et al.
    competitors : tuple of (str, str or None)
        Other dissolved pools on the same surface, with the parameters of their affinity: the isotherms are those of
        competing solutes.
    """

    name = "sorption"
    summary = "dissolved carbon exchanges with mineral surfaces within days to years"
    sources = (
        "Mayes et al. 2012, doi:10.2136/sssaj2011.0340",
        "Mavi et al. 2012, Science of the Total Environment 435-436",
        "pedozone: form without clip or division",
    )
    transfers = (
        Transfer("dom", "maom_exchangeable", Kind.ABIOTIC, "sorption"),
        Transfer("maom_exchangeable", "dom", Kind.ABIOTIC, "desorption"),
    )
    parameters = (
        "exchange_rate",
        "exchangeable_capacity_slope",
        "exchangeable_capacity_intercept",
        "affinity_ph_slope",
        "affinity_intercept",
        "oxide_exchangeable_capacity",
        "calcium_ph_midpoint",
        "calcium_ph_width",
        "base_affinity_strength",
        "sodium_affinity_strength",
        "sodium_half_dispersion",
        "salinity_half_flocculation",
    )

    def __init__(
        self,
        solution: str = "dom",
        surface: str = "maom_exchangeable",
        affinity_factor: str | None = None,
        competitors: tuple[tuple[str, str | None], ...] = (),
    ) -> None:
        if solution != "dom":
            self.name = f"sorption_of_{solution}"
        self.transfers = (
            Transfer(solution, surface, Kind.ABIOTIC, "sorption"),
            Transfer(surface, solution, Kind.ABIOTIC, "desorption"),
        )
        self.solutes = ((solution, affinity_factor), *competitors)
        self.parameters = (*type(self).parameters, *(name for _, name in self.solutes if name is not None))

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        cations = affinity_factor(environment.soil, environment.ph, parameters)
        bound = affinity(environment.ph, parameters) * cations / environment.theta
        capacity = exchangeable_capacity(environment.soil, parameters) / environment.geometry.volume
        rate = parameters["exchange_rate"] * _factor(parameters, self.solutes[0][1])
        return {"sorbed": rate * capacity * bound, "bound": bound}

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        dissolved = 0.0
        for solute, name in self.solutes:
            dissolved = dissolved + _factor(parameters, name) * state.concentration(solute)
        return prepared["sorbed"], parameters["exchange_rate"] * (1.0 + prepared["bound"] * dissolved)


def _factor(parameters, name: str | None):
    return 1.0 if name is None else parameters[name]
