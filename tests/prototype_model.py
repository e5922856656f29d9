"""The zones prototype of the shared reference results, assembled from the package's own processes.

What differs from the pedon is the environment, which is constant and given, and the exchange of
mixing, which the prototype reckons by volume: ``D_b / (h dz)``.
"""

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.column.geometry import Geometry, Soil
from pedozone.engine.assembly import Assembly
from pedozone.engine.process import Movement, Process
from pedozone.models.pedon_sets import CORE_POOLS, core_processes
from pedozone.parameters import load_parameters
from pedozone.processes.environment import GAS_CONSTANT, Environment, Local, Plants, View
from pedozone.processes.minerals import stable_capacity
from pedozone.processes.transport import Mixing

SURFACE, FACTOR_ABOVE, PLOUGH = 0.0, 0.3, 0.23  # m

# q0, q_drainage (m yr-1), beta, pH, tillage, factor on f_W above 0.3 m, bioturbation, structural
VEGETATION = {
    "grass": (0.60, 0.27, 0.948, 6.5, 0.0, 1.0, 1.0, 1.0),
    "forest": (0.50, 0.22, 0.954, 5.0, 0.0, 0.912, 0.478, 0.711),
    "crop": (0.65, 0.33, 0.954, 6.5, 1.56, 1.15824, 1.0, 1.0),
    "fallow": (0.60, 0.27, 0.948, 6.5, 4.23, 1.46, 1.0, 1.0),
}


class MixingByVolume(Process):
    name = "mixing"
    summary = "solids are mixed by soil animals and the plough"
    sources = ("zones prototype",)
    moves = "mixing"

    def move(self, environment, parameters):
        g, plants = environment.geometry, environment.plants
        diffusivity = parameters["bioturbation_basal"] + (
            parameters["bioturbation_surface"]
            * plants.bioturbation
            * jnp.exp(-g.face[1:-1] / parameters["bioturbation_depth"])
        )
        ploughed = parameters["tillage_diffusivity"] * plants.tilled[1:]
        diffusivity = diffusivity + jnp.where(plants.tillage_intensity > 0.0, ploughed, 0.0)
        exchange = diffusivity / (g.centre[1:] - g.centre[:-1])
        edge = jnp.zeros_like(exchange[:1])
        down = jnp.concatenate([exchange, edge]) / g.thickness
        up = jnp.concatenate([edge, exchange]) / g.thickness
        return Movement(down[None], up[None])


class Prototype(Assembly):
    """Ten pools (the pyrogenic one stays empty) on mineral layers; its forcing is the environment."""

    def __init__(self, cells: int) -> None:
        own = [MixingByVolume() if isinstance(p, Mixing) else p for p in core_processes()]
        super().__init__(CORE_POOLS, own, cells, 0)

    def environment(self, stock, physical, site, forcing, parameters):
        return forcing._replace(organic=0), physical

    def local(self, environment, parameters):
        return Local(
            volume=environment.geometry.volume[None],
            theta=environment.theta,
            stable_capacity=stable_capacity(environment.soil, parameters)[None],
        )

    def view(self, stock, local, parameters):
        return View(self.graph, stock, local)


# What the prototype ran with (rates at 20 degC); what it does not have is at the package's value.
VALUES = {
    "metabolic_decay_rate": 11.1,
    "structural_decay_rate": 0.386,
    "necromass_decay_rate": 4.83,
    "macro_occlusion_factor": 0.476,
    "micro_occlusion_factor": 0.321,
    "decay_half_saturation": 0.0146,
    "decay_basal_fraction": 0.0432,
    "macroaggregate_formation_rate": 1.74,
    "macroaggregate_half_saturation": 0.434,
    "macroaggregate_capacity": 6.0,
    "macroaggregate_breakup_rate": 7.82,
    "macro_to_micro_fraction": 0.11,
    "microaggregate_breakup_rate": 0.167,
    "uptake_rate": 119.0,
    "uptake_half_saturation": 0.0821,
    "seed_bank": 1.3e-4,
    "carbon_use_efficiency": 0.384,
    "maintenance_rate": 0.939,
    "mortality_rate": 3.12,
    "mortality_exponent": 2.0,
    "dead_to_intermediate": 0.198,
    "dead_to_dissolved": 0.167,
    "exchange_rate": 20.0,
    "necromass_sorption_rate": 2.38,
    "exchangeable_maturation_rate": 0.0106,
    "intermediate_desorption_rate": 0.0415,
    "intermediate_basal_fraction": 0.392,
    "intermediate_half_saturation": 0.266,
    "intermediate_maturation_rate": 5.27e-4,
    "stable_desorption_rate": 1.12e-3,
    "stable_basal_fraction": 0.051,
    "stable_half_saturation": 0.686,
    "overfull_release_rate": 1.0,
    "exchangeable_capacity_slope": 0.4833,
    "exchangeable_capacity_intercept": 2.3282,
    "affinity_ph_slope": -0.186,
    "affinity_intercept": -0.216,
    "bioturbation_surface": 2.82e-4,
    "bioturbation_depth": 0.322,
    "bioturbation_basal": 1e-6,
    "tillage_diffusivity": 0.02,
    "dispersivity": 0.0409,
    "activation_energy_depolymerisation": 60.0,
    "activation_energy_uptake": 45.0,
    "activation_energy_mortality": 45.0,
    "activation_energy_maintenance": 45.0,
    "activation_energy_desorption": 20.0,
}


def parameters() -> dict[str, jax.Array]:
    """Its values; energies such that 8.314 J mol-1 K-1 serves as the gas constant."""
    values = {**load_parameters("pedon-core").values(), **VALUES}
    for name in values:
        if name.startswith("activation_energy"):
            values[name] *= 1e3 * GAS_CONSTANT / 8.314
    return {name: jnp.asarray(value) for name, value in values.items()}


def environment(vegetation: str, face: np.ndarray, inputs: np.ndarray) -> Environment:
    """The constant year of a vegetation; inputs [3, layers] are metabolic, structural and dissolved."""
    q0, drained, beta, ph, tillage, factor, bioturbation, structural = VEGETATION[vegetation]
    dz, centre = np.diff(face), 0.5 * (face[1:] + face[:-1])
    moisture = np.interp(centre, [0.0, 0.3, 1.0, 3.0], [0.85, 0.75, 0.60, 0.45])
    moisture = np.where(centre < FACTOR_ABOVE, moisture * factor, moisture)
    density = 1150.0 + 350.0 * (1.0 - np.exp(-centre / 0.3))

    def column(values):
        return np.asarray(values, dtype=float).reshape(-1, 1)

    def filled(value):
        return np.full((face.size - 1, 1), value)

    metabolic, by_structure, dissolved = (column(row) for row in inputs)
    litter = metabolic + by_structure
    one = np.ones(1)
    tilled = np.clip((PLOUGH - face[:-1]) / dz, 0.0, 1.0) * (tillage > 0.0)
    soil = Soil(
        mineral_mass=column(density * dz),
        sand=filled(0.20),
        silt=filled(0.55),
        clay=filled(0.25),
        coarse=filled(0.0),
        ph=filled(6.5),
        mineral_density=column(density),
        capacity=filled(0.086),
    )
    plants = Plants(
        leaf=np.ones((1, 1)),
        root=np.zeros((1, 1)),
        exudate=np.ones((1, 1)),
        leaf_metabolic=np.divide(metabolic, litter, out=np.zeros_like(litter), where=litter > 0.0),
        root_metabolic=0.0 * one,
        root_share=dissolved,
        leaf_share=litter,
        bioturbation=bioturbation * one,
        anecic=0.0 * one,
        structural_decay=structural * one,
        tillage_intensity=tillage * one,
        tilled=column(tilled),
        wood=jnp.zeros(1),
        mycorrhizal=jnp.zeros(1),
    )
    return Environment(
        temperature=filled(9.5)[None],
        moisture_factor=column(moisture)[None],
        theta=filled(0.30)[None],
        face_flux=column(drained + (q0 - drained) * beta ** (100.0 * face))[None],
        geometry=Geometry(
            thickness=column(dz),
            volume=column(dz),
            face=column(face),
            centre=column(centre),
            organic_fraction=filled(0.0),
            bulk_density=column(density),
        ),
        soil=soil,
        ph=filled(ph),
        plants=plants,
        organic=0,
        fauna=jnp.ones(1),
        bypass=filled(0.0),
        lateral=filled(0.0)[None],
        saturation=filled(0.0)[None],
        air=filled(1.0)[None],
    )


def side_by_side(environments: list[Environment]) -> Environment:
    """Environments as one batch."""

    def join(*leaves):
        if isinstance(leaves[0], int):
            return leaves[0]
        return jnp.concatenate([jnp.asarray(leaf) for leaf in leaves], axis=-1)

    return jax.tree.map(join, *environments)
