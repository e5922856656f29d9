"""Microbes: uptake and growth, maintenance, mortality; one group of them or several."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from pedozone.engine.declarations import Kind, Loss, Transfer
from pedozone.engine.process import Parameters, Process
from pedozone.processes import stoichiometry
from pedozone.processes.minerals import clay_inhibition
from pedozone.processes.stoichiometry import class_efficiency, limited_efficiency

COPIOTROPHS, OLIGOTROPHS = "copiotrophs", "oligotrophs"
"""Pools of the two groups; rates of the second are those of the first times factors of its own."""


@jax.custom_jvp
def _power(base: jax.Array, exponent: jax.Array) -> jax.Array:
    """Base (positive) to an exponent. The usual exponent is one, and a power costs fifty times a product."""
    return jax.lax.cond(jnp.all(exponent == 1.0), lambda: base, lambda: base**exponent)


@_power.defjvp
def _power_jvp(primals: tuple[jax.Array, jax.Array], tangents: tuple[jax.Array, jax.Array]):
    # not the branch's own derivative, which would forget the exponent where it is one
    base, exponent = primals
    value = _power(base, exponent)
    return value, value * (exponent / base * tangents[0] + jnp.log(base) * tangents[1])


class OfGroup:
    """What processes of one group of microbes share.

    Parameters
    ----------
    group : str
        Its pool; ``"microbial"`` where there is one group only.
    """

    name: str
    parameters: tuple[str, ...]
    factors: tuple[str, ...] = ()
    """Parameters by which the rates of oligotrophs differ."""

    def __init__(self, group: str = "microbial") -> None:
        self.group = group
        if group != "microbial":
            self.name = f"{type(self).name}_{group}"
        if group == OLIGOTROPHS:
            self.parameters = (*type(self).parameters, *self.factors)

    def factor(self, parameters: Parameters, name: str) -> jax.Array | float:
        """What a rate of this group is multiplied by."""
        return parameters[name] if self.group == OLIGOTROPHS else 1.0

    def own(self, state) -> jax.Array:
        """Carbon of the group, kg m-3."""
        return state.biomass if self.group == "microbial" else state.concentration(self.group)


class Uptake(OfGroup, Process):
    """Uptake of dissolved carbon, part of it grown into biomass: ``k = V_u f_T f_W (B + B0) / (K_D + D)``.

    The seed bank B0 keeps every layer alive without inventing carbon. The efficiency is the maximum before
    maintenance; the realised one is lower where substrate is dilute.

    Parameters
    ----------
    group : str
        Pool of the microbes that take up.
    solution : str
        Pool that they take up from.
    """

    name = "uptake"
    summary = "microbes take up dissolved carbon and respire what they do not grow with"
    sources = (
        "Abramoff et al. 2022, doi:10.1016/j.soilbio.2021.108466",
        "Manzoni et al. 2012, doi:10.1890/11-0026.1",
        "pedozone: the seed bank",
    )
    transfers = (Transfer("dom", "microbial", Kind.BIOTIC, "growth"),)
    losses = (Loss("dom", "respired", Kind.BIOTIC, "growth respiration"),)
    parameters = (
        "uptake_rate",
        "uptake_half_saturation",
        "seed_bank",
        "carbon_use_efficiency",
        "activation_energy_uptake",
    )
    factors = ("oligotroph_uptake_factor", "oligotroph_half_saturation_factor", "oligotroph_efficiency_factor")

    def __init__(self, group: str = "microbial", solution: str = "dom") -> None:
        super().__init__(group)
        if solution != "dom":
            self.name = f"{self.name}_of_{solution}"
        self.transfers = (Transfer(solution, group, Kind.BIOTIC, "growth"),)
        self.losses = (Loss(solution, "respired", Kind.BIOTIC, "growth respiration"),)

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        warm = environment.arrhenius(parameters["activation_energy_uptake"])
        rate = parameters["uptake_rate"] * self.factor(parameters, "oligotroph_uptake_factor")
        return rate * warm * environment.moisture_factor

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        uptake = self.uptake(state, prepared, parameters)
        efficiency = self.of_group(parameters["carbon_use_efficiency"], parameters)
        return efficiency * uptake, (1.0 - efficiency) * uptake

    def of_group(self, efficiency, parameters: Parameters) -> jax.Array:
        """Efficiency of the group, from that of copiotrophs."""
        return efficiency * self.factor(parameters, "oligotroph_efficiency_factor")

    def uptake(self, state, rate, parameters: Parameters) -> jax.Array:
        """Coefficient of uptake (yr-1 per dissolved carbon) from the rate of the month."""
        half = parameters["uptake_half_saturation"] * self.factor(parameters, "oligotroph_half_saturation_factor")
        feeding = state.decomposers if self.group == "microbial" else self.own(state)
        return rate * state.prescribed * (feeding + parameters["seed_bank"]) / (half + state.dissolved)


class SubstrateUptake(Uptake):
    """Uptake whose efficiency is the mean over what feeds the solution, by temperature and the nitrogen there is.

    Each class of substrate has an efficiency of its own; they are weighted by the fluxes that bring them into
    solution in the same cell at the same moment (exchange with the surface brings nothing new). Maintenance comes on
    top. Where nitrogen is modelled, growth is capped by what the substrate and the soil supply of it. Clay binds
    enzymes and slows uptake.
    """

    name = "substrate_uptake"
    summary = "microbes take up dissolved carbon and grow by what it was made from"
    sources = (
        *Uptake.sources,
        "Qiao et al. 2019, doi:10.1038/s41598-019-42145-6",
        "Frey et al. 2013, doi:10.1038/nclimate1796",
        "Sinsabaugh et al. 2016, doi:10.1890/15-2110.1",
        "Olagoke et al. 2019, doi:10.3390/soilsystems3040064",
    )
    parameters = (
        "uptake_rate",
        "uptake_half_saturation",
        "seed_bank",
        *(name for name in stoichiometry.PARAMETERS if name != "carbon_nitrogen_microbial"),
        "activation_energy_uptake",
        "clay_inhibition",
    )

    def __init__(self, group: str = "microbial", solution: str = "dom") -> None:
        super().__init__(group, solution)
        self.solution = solution

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        warmth = environment.temperature
        by_class = {c: class_efficiency(c, warmth, parameters) for c in stoichiometry.CLASSES}
        bound = clay_inhibition(environment.soil, parameters)
        return {"rate": bound * super().prepare(environment, parameters), "efficiency": by_class}

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        uptake = self.uptake(state, prepared["rate"], parameters)
        efficiency = self.of_group(self._mean(state, prepared["efficiency"]), parameters)
        nitrogen = state.local.nitrogen
        if nitrogen is not None:
            taken = uptake * state[self.solution]
            efficiency = limited_efficiency(efficiency, taken, nitrogen.fed, nitrogen.available, parameters)
        return efficiency * uptake, (1.0 - efficiency) * uptake

    def _mean(self, state, by_class) -> jax.Array:
        feeding = {**state.feeding}
        if state.local.exudate is not None:
            feeding["exudate"] = state.local.exudate
        total = LEAST_FEEDING
        grown = LEAST_FEEDING * by_class["desorbed"]
        for substrate, flux in feeding.items():
            total = total + flux
            grown = grown + flux * by_class[substrate]
        return grown / total


LEAST_FEEDING = 1e-12
"""Supply (kg C m-2 yr-1) of desorbed carbon that stands for none, so that a mean exists."""


class Maintenance(OfGroup, Process):
    """Respiration that keeps biomass alive, whatever it feeds on; dormant microbes need less of it.

    ``m f_T [d + (1 - d) f_W a]``, d being the share of maintenance that dormant microbes still need. They lie dormant
    in dry soil and where they starve: a is 1 where uptake covers maintenance, and falls to 0 where it does not. With r,
    uptake per biomass over maintenance of the same biomass, ``a = r^2 / (1 + r^2)``. Biomass that just holds its own
    has r of one over its efficiency, two to five, and is awake.
    """

    name = "maintenance"
    summary = "biomass is respired to stay alive, less of it where it is dry or where uptake does not cover it"
    sources = (
        "van Bodegom 2007, doi:10.1007/s00248-006-9049-5",
        "Wang et al. 2014, doi:10.1371/journal.pone.0089252",
        "Joergensen and Wichern 2018, doi:10.1016/j.soilbio.2017.10.022",
        "pedozone: the shape of the switch",
    )
    losses = (Loss("microbial", "respired", Kind.BIOTIC, "maintenance respiration"),)
    parameters = (
        "maintenance_rate",
        "activation_energy_maintenance",
        "dormant_maintenance_share",
        "uptake_rate",
        "uptake_half_saturation",
        "activation_energy_uptake",
        "clay_inhibition",
    )
    factors = (
        "oligotroph_maintenance_factor",
        "oligotroph_uptake_factor",
        "oligotroph_half_saturation_factor",
    )

    def __init__(self, group: str = "microbial") -> None:
        super().__init__(group)
        self.losses = (Loss(group, "respired", Kind.BIOTIC, "maintenance respiration"),)

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        need = parameters["maintenance_rate"] * self.factor(parameters, "oligotroph_maintenance_factor")
        need = need * environment.arrhenius(parameters["activation_energy_maintenance"])
        supply = parameters["uptake_rate"] * self.factor(parameters, "oligotroph_uptake_factor")
        supply = supply * environment.arrhenius(parameters["activation_energy_uptake"]) * environment.moisture_factor
        dormant = parameters["dormant_maintenance_share"]
        return {
            "dormant": dormant * need,
            "active": (1.0 - dormant) * need * environment.moisture_factor,
            "ratio": clay_inhibition(environment.soil, parameters) * supply / need,
        }

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        half = parameters["uptake_half_saturation"] * self.factor(parameters, "oligotroph_half_saturation_factor")
        covered = prepared["ratio"] * state.dissolved / (half + state.dissolved)
        square = covered * covered
        awake = square / (1.0 + square)
        return (prepared["dormant"] + prepared["active"] * awake,)


class Mortality(OfGroup, Process):
    """Density-dependent death, ``k = k_B f_T B^(b - 1)``; residues go to minerals, solution and necromass.

    Parameters
    ----------
    group : str
        Pool of the microbes that die.
    solution : str
        Dissolved pool that takes up what they spill.
    """

    name = "mortality"
    summary = "microbes die; their residues feed mineral surfaces, solution and necromass"
    sources = (
        "Georgiou et al. 2017, doi:10.1038/s41467-017-01116-z",
        "Ahrens et al. 2020, Soil Biology and Biochemistry 148",
    )
    transfers = (
        Transfer("microbial", "maom_intermediate", Kind.BIOTIC, "residue sorption"),
        Transfer("microbial", "dom", Kind.BIOTIC, "lysis"),
        Transfer("microbial", "necromass", Kind.BIOTIC, "necromass formation"),
    )
    parameters = (
        "mortality_rate",
        "mortality_exponent",
        "dead_to_intermediate",
        "dead_to_dissolved",
        "activation_energy_mortality",
    )
    factors = ("oligotroph_mortality_factor",)

    def __init__(self, group: str = "microbial", solution: str = "dom") -> None:
        super().__init__(group)
        self.transfers = (
            Transfer(group, "maom_intermediate", Kind.BIOTIC, "residue sorption"),
            Transfer(group, solution, Kind.BIOTIC, "lysis"),
            Transfer(group, "necromass", Kind.BIOTIC, "necromass formation"),
        )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        rate = parameters["mortality_rate"] * self.factor(parameters, "oligotroph_mortality_factor")
        return rate * environment.arrhenius(parameters["activation_energy_mortality"])

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        # the floor keeps the derivative of the power finite for empty cells
        crowding = _power(jnp.maximum(self.own(state), 1e-12), parameters["mortality_exponent"] - 1.0)
        death = prepared * crowding
        sorbed = parameters["dead_to_intermediate"] * state.room
        rest = death * (1.0 - sorbed)
        dissolved = parameters["dead_to_dissolved"]
        return death * sorbed, rest * dissolved, rest * (1.0 - dissolved)


class Rewetting(OfGroup, Process):
    """The pulse after drought: cells that dry soil had filled with osmolytes burst or spill as it is wetted.

    A month in which the moisture factor rises by a full unit releases the share `rewetting_release` of the biomass
    into solution.
    """

    name = "rewetting"
    summary = "microbes spill carbon into solution as dry soil is wetted"
    sources = (
        "Kieft et al. 1987, doi:10.1016/0038-0717(87)90070-8",
        "Fierer and Schimel 2003, doi:10.2136/sssaj2003.7980",
        "pedozone: in proportion to the rise of the moisture factor",
    )
    transfers = (Transfer("microbial", "dom", Kind.BIOTIC, "rewetting pulse"),)
    parameters = ("rewetting_release",)

    def __init__(self, group: str = "microbial", solution: str = "dom") -> None:
        super().__init__(group)
        self.transfers = (Transfer(group, solution, Kind.BIOTIC, "rewetting pulse"),)

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        moist = environment.moisture_factor
        # the month before the first is taken to be the last of the same year, as in a repeated one
        rise = jnp.maximum(moist - jnp.roll(moist, 1, axis=0), 0.0)
        return 12.0 * parameters["rewetting_release"] * rise

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        return (prepared,)
