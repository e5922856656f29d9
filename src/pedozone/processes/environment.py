"""What processes read of the column's surroundings, and their view of the stocks."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pedozone.column.geometry import Geometry, Soil
from pedozone.engine.declarations import Kind, Role
from pedozone.engine.graph import Graph
from pedozone.engine.process import Process
from pedozone.processes.stoichiometry import substrate_class

Array = jax.Array

GAS_CONSTANT = 8.314462618e-3  # kJ mol-1 K-1
REFERENCE_TEMPERATURE = 293.15  # K


def arrhenius(temperature: Array, activation_energy: Array) -> Array:
    """Factor of a temperature (degC), 1 at 20 degC, for an activation energy in kJ mol-1."""
    kelvin = temperature + 273.15
    return jnp.exp(activation_energy / GAS_CONSTANT * (1.0 / REFERENCE_TEMPERATURE - 1.0 / kelvin))


class Plants(NamedTuple):
    """Plant cover and management of a year; [batch] unless said.

    Attributes
    ----------
    leaf, root, exudate : Array [12, batch]
        Inputs of the month, kg C m-2 yr-1.
    leaf_metabolic, root_metabolic : Array
        Metabolic share of the litter.
    wood : Array
        Woody litter, kg C m-2 yr-1, in every month alike.
    mycorrhizal : Array
        Share of the exudates that arrives as residues of hyphae.
    root_share : Array [cells, batch]
        Distribution of roots over the cells, adding up to one.
    leaf_share : Array [cells, batch]
        Where leaf litter lands: the first organic slot, or the depth into which residues are mixed.
    bioturbation, anecic, structural_decay : Array
        Factors on the parameters of the same names.
    tillage_intensity : Array
    tilled : Array [cells, batch]
        Share of each cell above the tillage depth, 0 where nothing is tilled.
    """

    leaf: Array
    root: Array
    exudate: Array
    leaf_metabolic: Array
    root_metabolic: Array
    root_share: Array
    leaf_share: Array
    bioturbation: Array
    anecic: Array
    structural_decay: Array
    tillage_intensity: Array
    tilled: Array
    wood: Array | float = 0.0
    mycorrhizal: Array | float = 0.0


class Held(NamedTuple):
    """Profiles that replace what the model would make of its own state; [cells, batch], None where it stays modelled.

    For the frozen twin of a run, which keeps the boundary's feedback out, and for a prescribed boundary.

    Attributes
    ----------
    root_share : Array or None
        Distribution of roots and exudates over the cells, adding up to one.
    biomass : Array or None
        Microbial carbon (kg m-3) that biotic factors see: uptake, depolymerisation, aggregation, desorption.
    connectivity, porosity : Array or None
        State of the structure (`physics.structure.Structure`); bypass and aeration follow.
    membership : Array or None
        Share of biotic activity by depth, 0 to 1: scales the rate of uptake and of aggregate break-up, and gives the
        microbes of the uppermost mineral layer a profile in the activity term of aggregation and desorption.
    """

    root_share: Array | None = None
    biomass: Array | None = None
    connectivity: Array | None = None
    porosity: Array | None = None
    membership: Array | None = None


class Environment(NamedTuple):
    """A year of a column; monthly fields lead with 12, constant ones with 1.

    Attributes
    ----------
    temperature : Array [12, cells, batch]
        degC.
    moisture_factor : Array [12, cells, batch]
        1 at its maximum.
    theta : Array [12, cells, batch]
        m3 water per m3 of fine earth.
    face_flux : Array [12, cells + 1, batch]
        Water through the top of each cell and the base, m yr-1, positive downward.
    geometry : Geometry
        At the start of the year.
    soil : Soil
    ph : Array [cells, batch]
        pH under the current cover.
    plants : Plants
    organic : int
        Number of organic slots.
    fauna : Array [batch]
        Activity of burrowing animals relative to a moist temperate climate.
    air : Array [12, cells, batch]
        Oxygen of the soil air by what it lets decomposers do, 0 (none) to 1 (that of the atmosphere).
    bypass : Array [cells, batch]
        Share of the water percolating from a cell that runs through macropores.
    lateral : Array [12, cells, batch]
        Water that leaves sideways, m yr-1.
    held : Held
        Profiles that replace the model's own.
    nitrogen : NitrogenSupply or None
        [cells, batch]; None where nitrogen is not modelled.
    nitrogen_cover : NitrogenCover or None
    saturation : Array [12, cells, batch]
        Share of the pores that water fills.
    warmth : Array [12, cells, batch] or None
        A response to temperature, 1 at 20 degC, in place of Arrhenius' law with an energy by process.
    """

    temperature: Array
    moisture_factor: Array
    theta: Array
    face_flux: Array
    geometry: Geometry
    soil: Soil
    ph: Array
    plants: Plants
    organic: int
    fauna: Array | float = 1.0
    air: Array | float = 1.0
    bypass: Array | float = 0.0
    lateral: Array | float = 0.0
    held: Held = Held()
    nitrogen: NitrogenSupply | None = None
    nitrogen_cover: Any = None
    saturation: Array | float = 0.0
    warmth: Array | None = None

    def arrhenius(self, activation_energy: Array) -> Array:
        """Temperature factor, 1 at 20 degC, for an activation energy in kJ mol-1. [12, cells, batch]."""
        return self.warmth if self.warmth is not None else arrhenius(self.temperature, activation_energy)

    @property
    def is_mineral(self) -> Array:
        """1 in mineral layers, 0 in organic slots. [cells, 1]."""
        return (jnp.arange(self.ph.shape[0]) >= self.organic).astype(self.ph.dtype)[:, None]


class NitrogenSupply(NamedTuple):
    """Nitrogen for growth, [1, cells, batch].

    Attributes
    ----------
    fed : Array
        Per carbon of what feeds the solution, kg N per kg C.
    available : Array
        Mineral nitrogen that microbes can get, kg N m-2 yr-1.
    """

    fed: Array
    available: Array


class Local(NamedTuple):
    """What the view of the stocks needs: constant fields [1, cells, batch], monthly ones [12, cells, batch].

    Attributes
    ----------
    volume, theta, stable_capacity : Array
        Fine earth (m3 m-2), water (m3 m-3), capacity of the slow surfaces (kg C m-2).
    exudate : Array [12, cells, batch] or None
        Exudates that enter, kg C m-2 yr-1; for the efficiency by substrate.
    nitrogen : NitrogenSupply or None
        What growth can have of nitrogen; None where it does not limit.
    held_biomass, membership : Array [1, cells, batch] or None
        Profiles that are held (:class:`Held`), kg m-3 and -.
    """

    volume: Array
    theta: Array
    stable_capacity: Array
    exudate: Array | None = None
    nitrogen: NitrogenSupply | None = None
    held_biomass: Array | None = None
    membership: Array | None = None


class View:
    """Stocks as processes see them: by pool, as concentrations, and the room left on mineral surfaces.

    Parameters
    ----------
    graph : Graph
    stock : Array [pools, cells, batch]
    local : Local
        The month's slice.
    """

    def __init__(self, graph: Graph, stock: Array, local: Local) -> None:
        self._graph, self._stock, self.local = graph, stock, local
        # what arrives in solution, kg C m-2 yr-1 by class of substrate, as far as processes have said
        self.feeding: dict[str, Array] = {}

    @property
    def decomposers(self) -> Array:
        """Microbial carbon that biotic factors see, kg C m-3: that of the state unless it is held."""
        return self.biomass if self.local.held_biomass is None else self.local.held_biomass

    def saturation(self, half: Array) -> Array:
        """Share of the decomposers' full effect, ``B / (half + B)`` with `half` in kg C m-3."""
        return self.decomposers / (half + self.decomposers)

    def activity(self, half: Array) -> Array:
        """Biotic activity behind aggregation and desorption: the same, unless a boundary is prescribed.

        Then the microbes seen are those of the uppermost mineral layer times the prescribed share by depth.
        """
        if self.local.membership is None:
            return self.saturation(half)
        seen = self.local.membership * self.biomass[self._graph.organic]
        return seen / (half + seen)

    @property
    def prescribed(self) -> Array | float:
        """Factor of a prescribed boundary on biotic rates; 1 where none is prescribed."""
        return 1.0 if self.local.membership is None else self.local.membership

    def __getitem__(self, pool: str) -> Array:
        """Stock of a pool, kg C m-2 [cells, batch]."""
        return self._stock[self._graph.index[pool]]

    def concentration(self, pool: str) -> Array:
        """Stock per volume of fine earth, kg C m-3 [cells, batch]."""
        return self[pool] / self.local.volume

    def _held(self, role: Role, *, without: str = "") -> Array:
        pools = [p for p in self._graph.roles(role) if without not in self._graph.pools[p].tags]
        return functools.reduce(operator.add, (self._stock[p] for p in pools)) / self.local.volume

    @functools.cached_property
    def biomass(self) -> Array:
        """Microbial carbon of all groups, kg m-3 [cells, batch]."""
        return self._held(Role.LIVING)

    @functools.cached_property
    def dissolved(self) -> Array:
        """Dissolved carbon of the matrix, kg m-3 [cells, batch]."""
        return self._held(Role.DISSOLVED, without="bypass")

    @functools.cached_property
    def _filled(self) -> Array:
        """Carbon on the slow surfaces over their capacity; 0 where there is no capacity."""
        capacity = self.local.stable_capacity
        slow = self._graph.tagged("slow")
        bound = functools.reduce(operator.add, (self._stock[p] for p in slow))
        return jnp.where(capacity > 0.0, bound / jnp.where(capacity > 0.0, capacity, 1.0), 0.0)

    @property
    def room(self) -> Array:
        """Share of the slow surfaces' capacity that is free, at least 0; 0 where there is no capacity."""
        return jnp.where(self.local.stable_capacity > 0.0, jnp.maximum(1.0 - self._filled, 0.0), 0.0)

    @property
    def overfull(self) -> Array:
        """Excess over the capacity relative to it, at least 0 (release when capacity falls)."""
        return jnp.maximum(self._filled - 1.0, 0.0)

    def note(self, process: Process, coefficients: Sequence[Array]) -> None:
        """Take down what a process brings into solution, by class of substrate.

        Exchange with the surface and movement between pores are no supply: they bring back what was in solution.
        """
        for transfer, rate in zip(process.transfers, coefficients, strict=False):
            substrate = self._substrate.get((transfer.donor, transfer.receiver))
            if substrate is not None and transfer.kind is not Kind.TRANSPORT:
                flux = rate * self[transfer.donor]
                self.feeding[substrate] = self.feeding.get(substrate, 0.0) + flux

    @property
    def _substrate(self) -> dict[tuple[str, str], str]:
        return substrates(self._graph)


@functools.cache
def substrates(graph: Graph) -> dict[tuple[str, str], str]:
    """Class of substrate of every transfer into solution, by donor and receiver."""
    dissolved = {graph.pools[p].name for p in graph.roles(Role.DISSOLVED)}
    found = {}
    for transfer in graph.transfers:
        donor = graph.pools[graph.index[transfer.donor]]
        substrate = substrate_class(donor)
        if transfer.receiver in dissolved and substrate is not None and "exchangeable" not in donor.tags:
            found[donor.name, transfer.receiver] = substrate
    return found
