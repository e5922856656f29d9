"""Small settings of the models that are not driven by a site file, for tests that every model has to pass."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
import layered_cases as layered
import layered_organic_cases as profiles
import microbial_cases as microbial
import numpy as np

from pedozone.engine.assembly import Assembly
from pedozone.engine.stepping import STEPPERS, Stepper
from pedozone.engine.year import State
from pedozone.models import ecosse, n14cp, rothc
from pedozone.models.bams import BamsLike
from pedozone.models.century import Century, climate_activity
from pedozone.models.century import Forcing as CenturyForcing
from pedozone.models.comission import Comission
from pedozone.models.millennial import Forcing as MillennialForcing
from pedozone.models.millennial import Millennial, MillennialECA, MillennialLinear
from pedozone.parameters import load_parameters
from pedozone.physics.pedotransfer import saxton_rawls
from pedozone.physics.rothc_modifiers import farina_deficits, inert_carbon, standard_deficits
from pedozone.processes.century_environment import Litter, Texture
from pedozone.processes.millennial_environment import MillennialSoil

CELLS, BATCH = 2, 3


class Watched(Mapping):
    """Parameters that remember which were read."""

    def __init__(self, values):
        self.values_, self.read = values, set()

    def __getitem__(self, name):
        self.read.add(name)
        return self.values_[name]

    def __iter__(self):
        return iter(self.values_)

    def __len__(self):
        return len(self.values_)


class Case(NamedTuple):
    """A model with a year of its own, for columns of unlike soil; made inside `double_precision`."""

    model: Assembly
    parameters: dict[str, Any]
    site: Any
    forcing: Any
    barren: Any  # the site without silt and clay
    stepper: Stepper = STEPPERS["mprk22"]
    physical: Any = ()
    read_around: frozenset[str] = frozenset()  # parameters read before or after a run, not in one

    def state(self, seed: int, empty: float = 0.0) -> State:
        """Random stocks, a share of them empty."""
        rng = np.random.default_rng(seed)
        shape = (len(self.model.graph.pools), self.model.graph.cells, BATCH)
        x = 10.0 ** rng.uniform(-9.0, 0.5, shape)
        return State(jnp.asarray(np.where(rng.random(shape) < empty, 0.0, x))[None], self.physical)


def values(name: str) -> dict[str, Any]:
    """A parameter set as processes read it."""
    return {key: jnp.asarray(value) for key, value in load_parameters(name).values().items()}


def cell(value: float, *lead: int):
    """A figure [..., cells, batch] for a single soil."""
    return jnp.full((*lead, 1, 1), float(value))


def _grid(*columns: float):
    return jnp.broadcast_to(jnp.asarray(columns, float), (CELLS, BATCH))


def _seasonal(mean: float, amplitude: float):
    wave = mean - amplitude * np.cos(2.0 * np.pi * (np.arange(12) + 0.5) / 12.0)
    return jnp.broadcast_to(jnp.asarray(wave)[:, None, None], (12, CELLS, BATCH))


def _century() -> Case:
    activity = climate_activity(_seasonal(9.0, 12.0), _seasonal(0.06, 0.01), _seasonal(0.05, 0.05))
    litter = Litter(_seasonal(0.3, 0.2), jnp.asarray(20.0), jnp.asarray([0.05, 0.2, 0.4]))
    texture = Texture(_grid(0.05, 0.25, 0.6), _grid(0.1, 0.35, 0.35))
    sand = Texture(_grid(0, 0, 0), _grid(0, 0, 0))
    forcing = CenturyForcing(activity, litter, litter._replace(amount=_seasonal(0.2, 0.1)))
    return Case(Century(CELLS, 0), values("century"), texture, forcing, sand)


def _millennial(model: type[Millennial]) -> Case:
    forcing = MillennialForcing(_seasonal(11.0, 9.0), _seasonal(0.25, -0.1), _seasonal(0.2, 0.15))
    soil = MillennialSoil(_grid(0.1, 0.5, 0.9), _grid(1100.0, 1300.0, 1500.0), _grid(4.0, 6.0, 8.0))
    sand = soil._replace(fines=jnp.zeros((CELLS, BATCH)))
    return Case(model(CELLS, 0), values("millennial-v2"), soil, forcing, sand)


def _rothc() -> Case:
    """Sand, loam and pure clay; frozen months, drought, a bare site that gets nothing."""
    parameters = values("rothc-26.3")
    around = Watched(parameters)
    clay, depth = jnp.asarray([0.0, 23.4, 100.0]), jnp.asarray([23.0, 30.0, 10.0])
    least = jnp.full(BATCH, 0.2)
    soil = rothc.Soil(clay, standard_deficits(clay, depth, around), least)
    sand = rothc.Soil(0.0 * clay, standard_deficits(0.0 * clay, depth, parameters), least)
    wave = np.cos(2.0 * np.pi * np.arange(12) / 12.0)[:, None]
    fed = np.array([1.0, 1.0, 0.0])
    forcing = rothc.Forcing(
        temperature=jnp.asarray(np.array([-4.0, 9.0, 28.0]) - np.array([20.0, 7.0, 2.0]) * wave),
        rain=jnp.asarray(np.array([20.0, 60.0, 0.0]) + 0.0 * wave),
        evaporation=jnp.asarray(np.array([20.0, 55.0, 150.0]) * (1.0 - 0.9 * wave)),
        covered=jnp.asarray((wave < 0.5) * fed),
        plant=jnp.asarray((wave < -0.5) * fed * 0.8),
        manure=jnp.asarray((wave > 0.9) * fed * 3.0),
        decomposable_ratio=jnp.asarray(np.array([0.25, 1.44, 0.67]) + 0.0 * wave),
    )
    # the other moisture options, the estimate of inert carbon, and Delta14C
    farina_deficits(clay + 1.0, clay + 1.0, depth / 20.0, depth, depth, around, drier=True, bare_to_wilting=False)
    inert_carbon(depth, around)
    pools = jnp.ones((len(rothc.POOLS), BATCH))
    rothc.radiocarbon(pools, pools, around)
    read_around = frozenset(around.read)
    physical = jnp.zeros(BATCH)  # the moisture deficit
    return Case(rothc.RothC(CELLS, 0), parameters, soil, forcing, sand, rothc.STEPPER, physical, read_around)


def _ecosse() -> Case:
    """Acid sand short of nitrogen, loam, flooded clay that gets more than it needs; frozen and dry months."""
    clay = jnp.asarray([0.05, 0.25, 0.6])
    retention = saxton_rawls(_grid(0.85, 0.4, 0.1), _grid(0.05, 0.25, 0.6), 0.02)
    site = ecosse.Soil(100.0 * clay + _grid(0, 0, 0), _grid(3.2, 5.0, 7.5), retention, _grid(0.5, 0.5, 0.5))
    sand = site._replace(clay=_grid(0, 0, 0), retention=saxton_rawls(_grid(1, 1, 1), _grid(0, 0, 0), 0.0))
    months = jnp.zeros((12, BATCH))
    forcing = ecosse.Forcing(
        temperature=_seasonal(4.0, 18.0),
        theta=_seasonal(0.3, -0.25),
        covered=months + jnp.asarray([1.0, 1.0, 0.0]),
        plant=months + jnp.asarray([0.3, 0.4, 0.2]),
        manure=months + jnp.asarray([0.0, 0.05, 0.0]),
        decomposable_ratio=months + jnp.asarray([0.25, 1.44, 0.67]),
        plant_carbon_nitrogen=jnp.asarray([150.0, 60.0, 8.0]),
        nitrogen=1e-3 * (_seasonal(1.0, 0.9) * _grid(0.0, 1.0, 5.0)),
    )
    return Case(ecosse.Ecosse(CELLS, 0), values("ecosse"), site, forcing, sand)


def _n14cp() -> Case:
    """Plants short of nitrogen, at their climate's limit, and none."""
    forcing = n14cp.Forcing(
        temperature=_seasonal(6.0, 12.0)[:, 0],
        potential=jnp.asarray([0.5, 0.3, 0.0]),
        deposition=1e-3 * jnp.asarray([0.1, 3.0, 0.5]),
        fixation=1e-3 * jnp.asarray([0.2, 1.0, 0.0]),
        plant_carbon_nitrogen=jnp.asarray([50.0, 40.0, 30.0]),
    )
    organic = 0.01 + jnp.zeros((len(n14cp.POOLS), CELLS, BATCH))
    nitrogen = n14cp.Nitrogen(organic, 1e-3 * _grid(2.0, 8.0, 1.0))
    around = frozenset({"n14cp_nitrogen_retention"})
    return Case(n14cp.N14cp(CELLS, 0), values("n14cp"), (), forcing, (), physical=nitrogen, read_around=around)


CASES = {
    "n14cp": _n14cp,
    "ecosse": _ecosse,
    "rothc": _rothc,
    "century": _century,
    "century-layered": lambda: Case(**layered.century(CELLS)),
    "rothc-layered": lambda: Case(**layered.layered_rothc(CELLS), read_around=_rothc().read_around),
    "millennial": lambda: _millennial(Millennial),
    "millennial-eca": lambda: _millennial(MillennialECA),
    "millennial-linear": lambda: _millennial(MillennialLinear),
    "mimics": lambda: Case(**microbial.mimics_case(CELLS)),
    "mimics-forward": lambda: Case(**microbial.mimics_case(CELLS, forward=True)),
    "mems": lambda: Case(**microbial.mems_case(CELLS)),
    "somprof": lambda: Case(**profiles.somprof_case(CELLS)),
    "comission": lambda: Case(**profiles.solute_case("comission", Comission(CELLS))),
    "bams-like": lambda: Case(**profiles.solute_case("bams-like", BamsLike(CELLS))),
}
