"""The ten-pool case: what the speed of the engine is judged by, small enough to be written out as a plain loop.

Carbon processes of the zones model without necromass, on mineral layers alone, under a year that does not change:
components of 1, 1, 3 and 5 pools. Its environment is given, so that what is timed is rates, steps, tracers and ledger.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.column.geometry import Soil, geometry, layer_faces
from pedozone.engine.assembly import Assembly
from pedozone.engine.process import Parameters
from pedozone.models.pedon_sets import CORE_POOLS
from pedozone.parameters import load_parameters
from pedozone.processes.aggregation import Aggregation
from pedozone.processes.depolymerisation import Depolymerisation
from pedozone.processes.environment import Environment, Local, Plants, View
from pedozone.processes.microbes import Maintenance, Mortality, Uptake
from pedozone.processes.minerals import stable_capacity
from pedozone.processes.plant_inputs import PlantInputs
from pedozone.processes.roots import root_profile
from pedozone.processes.sorption import Sorption
from pedozone.processes.stabilisation import Stabilisation
from pedozone.processes.transport import Leaching, Mixing

Array = jax.Array

LAYERS = 30
MISSING = "necromass"


class WithoutNecromass(Depolymerisation):
    """Depolymerisation of the pools that this case has."""

    def __init__(self) -> None:
        super().__init__()
        self.transfers = tuple(t for t in self.transfers if t.donor != MISSING)

    def rates(self, state, prepared, parameters):
        given = super().rates(state, prepared, parameters)
        return tuple(k for k, t in zip(given, Depolymerisation.transfers, strict=True) if t.donor != MISSING)


class WakefulMaintenance(Maintenance):
    """Maintenance that dry soil lowers, but not want of food, as the plain loop has it."""

    parameters = ("maintenance_rate", "activation_energy_maintenance", "dormant_maintenance_share")

    def prepare(self, environment, parameters):
        dormant = parameters["dormant_maintenance_share"]
        awake = dormant + (1.0 - dormant) * environment.moisture_factor
        need = parameters["maintenance_rate"] * environment.arrhenius(parameters["activation_energy_maintenance"])
        return need * awake

    def rates(self, state, prepared, parameters):
        return (prepared,)


class DirectMortality(Mortality):
    """Residues that find no room on minerals dissolve."""

    def __init__(self) -> None:
        super().__init__()
        self.transfers = tuple(t for t in self.transfers if t.receiver != MISSING)

    def rates(self, state, prepared, parameters):
        sorbed, dissolved, rest = super().rates(state, prepared, parameters)
        return sorbed, dissolved + rest


class DirectStabilisation(Stabilisation):
    """Stabilisation of the pools that this case has."""

    def __init__(self) -> None:
        super().__init__()
        self.transfers = tuple(t for t in self.transfers if t.donor != MISSING)

    def rates(self, state, prepared, parameters):
        given = super().rates(state, prepared, parameters)
        return tuple(k for k, t in zip(given, Stabilisation.transfers, strict=True) if t.donor != MISSING)


class Ground(NamedTuple):
    """A column whose year is known: the environment that the processes read, but for the geometry."""

    soil: Soil
    temperature: Array  # [1, cells, batch]
    moisture_factor: Array
    theta: Array
    face_flux: Array  # [1, cells + 1, batch]
    plants: Plants


class TenPools(Assembly):
    """Ten pools on mineral layers under a constant year."""

    def __init__(self, layers: int = LAYERS) -> None:
        processes = (
            PlantInputs(),
            WithoutNecromass(),
            Uptake(),
            WakefulMaintenance(),
            DirectMortality(),
            Sorption(),
            DirectStabilisation(),
            Aggregation(),
            Leaching(),
            Mixing(),
        )
        super().__init__(tuple(p for p in CORE_POOLS if p.name != MISSING), processes, layers, 0)

    def environment(self, stock, physical, site, forcing, parameters):
        # bulk density as it stands: carbon does not swell this column
        empty = jnp.zeros_like(site.soil.mineral_mass)
        densities = {"carbon_fraction": 0.58, "organic_density": 224.0, "litter_density": 80.0}
        environment = Environment(
            temperature=site.temperature,
            moisture_factor=site.moisture_factor,
            theta=site.theta,
            face_flux=site.face_flux,
            geometry=geometry(site.soil, 0, empty, **densities),
            soil=site.soil,
            ph=site.soil.ph,
            plants=site.plants,
            organic=0,
        )
        return environment, physical

    def local(self, environment, parameters):
        return Local(
            volume=environment.geometry.volume[None],
            theta=environment.theta,
            stable_capacity=stable_capacity(environment.soil, parameters)[None],
        )

    def view(self, stock, local, parameters):
        return View(self.graph, stock, local)


def parameters(name: str = "pedon-core") -> Parameters:
    """Values of a parameter set."""
    return {name: jnp.asarray(value) for name, value in load_parameters(name).values().items()}


def ground(columns: int, layers: int = LAYERS, seed: int = 1) -> Any:
    """Columns of temperate grassland on loam, each a little different (NumPy arrays, batch last)."""
    rng = np.random.default_rng(seed)
    faces = layer_faces(3.0, layers)
    thickness, centre = np.diff(faces), 0.5 * (faces[1:] + faces[:-1])

    def spread(values: Any, share: float = 0.1) -> np.ndarray:
        return np.asarray(values, dtype=float)[..., None] * rng.uniform(1.0 - share, 1.0 + share, columns)

    def cells(values: Any, share: float = 0.1) -> np.ndarray:
        return spread(np.broadcast_to(np.asarray(values, dtype=float), (layers,)), share)

    density = 1150.0 + 350.0 * (1.0 - np.exp(-centre / 0.3))
    clay, silt = cells(0.25), cells(0.5)
    soil = Soil(
        mineral_mass=np.repeat((density * thickness)[:, None], columns, axis=1),
        sand=1.0 - clay - silt,
        silt=silt,
        clay=clay,
        coarse=np.zeros((layers, columns)),
        ph=cells(6.5, 0.05),
        mineral_density=np.repeat(density[:, None], columns, axis=1),
        capacity=cells(0.086),
    )
    beta, depth = np.full(columns, 0.948), np.full(columns, 3.0)
    face = np.repeat(faces[:, None], columns, axis=1)
    roots = np.asarray(root_profile(jnp.asarray(face), jnp.asarray(beta), jnp.asarray(depth)))
    water = 0.27 + 0.33 * 0.948 ** (100.0 * faces)
    first = np.zeros((layers, columns))
    first[0] = 1.0
    one = np.ones(columns)
    plants = Plants(
        leaf=spread([0.15]),
        root=spread([0.30]),
        exudate=spread([0.05]),
        leaf_metabolic=0.4 * one,
        root_metabolic=0.3 * one,
        root_share=roots,
        leaf_share=first,
        bioturbation=one,
        anecic=one,
        structural_decay=one,
        tillage_intensity=0.0 * one,
        tilled=np.zeros((layers, columns)),
    )
    return Ground(
        soil=soil,
        temperature=cells(9.5)[None],
        moisture_factor=cells(np.interp(centre, [0.0, 0.3, 1.0, 3.0], [0.85, 0.75, 0.60, 0.45]))[None],
        theta=cells(0.3)[None],
        face_flux=spread(water)[None],
        plants=plants,
    )
