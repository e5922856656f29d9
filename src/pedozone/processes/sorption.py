"""Exchange of dissolved carbon with the exchangeable mineral surface."""

from __future__ import annotations

from pedozone.engine.declarations import Kind, Transfer
from pedozone.engine.process import Process
from pedozone.processes.minerals import affinity, exchangeable_capacity


class Sorption(Process):
    """Kinetic Langmuir exchange in linearly stable form.

    To the surface ``k_ex Q kappa / (theta V)``, back ``k_ex (1 + kappa D / theta)``: the isotherm of the textbook
    form with no clip and no division by the capacity. Capacity and affinity from Mayes et al. (2012).
    """

    name = "sorption"
    summary = "dissolved carbon exchanges with mineral surfaces within days to years"
    sources = (
        "Mayes et al. 2012, doi:10.2136/sssaj2011.0340",
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
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        bound = affinity(environment.ph, parameters) / environment.theta
        capacity = exchangeable_capacity(environment.soil, parameters) / environment.geometry.volume
        rate = parameters["exchange_rate"]
        return {"sorbed": rate * capacity * bound, "bound": bound}

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        back = parameters["exchange_rate"] * (1.0 + prepared["bound"] * state.dissolved)
        return prepared["sorbed"], back
