"""Years of a pedon with their carbon ledgers, and random graphs with random ones, for tests of nitrogen."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pedon_columns as columns
from hypothesis import strategies as st

from pedozone.engine.declarations import Incorporation, Input, Kind, Loss, Pool, Role, Transfer
from pedozone.engine.graph import Graph
from pedozone.engine.operator import Ledger
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year
from pedozone.processes.mineral_nitrogen import NitrogenDrivers, initial_nitrogen, nitrogen_drivers
from pedozone.processes.nitrogen import Composition

LAYERS, BATCH = 12, 2
COVERS = ("temperate-grassland", "cereal-cropland", "bare-fallow")
DEPOSITION, FIXATION = 1.0e-3, 5.0e-4  # kg N m-2 yr-1
POROSITY = 0.5
FATES = ("respired", "burnt")


class YearOfCarbon(NamedTuple):
    """One year of a column under a cover."""

    graph: Graph
    before: jax.Array  # stocks [pools, cells, batch]
    after: jax.Array
    ledger: Ledger
    inputs: tuple
    inc_share: tuple
    environment: Any
    parameters: Any


@functools.cache
def years() -> dict[str, YearOfCarbon]:
    """A column grown under grass for 40 years, then one year more under every cover."""
    site = columns.site("highfield", "pedon", layers=LAYERS)
    with double_precision():
        setting = columns.setting_of(site, BATCH)
        stepper, graph = STEPPERS["first_order"], setting.model.graph
        covers = {name: columns.forcing(site, name, BATCH, 1, 0.1) for name in COVERS}

        @jax.jit
        def one(state, forcing):
            now = run_year(
                setting.model,
                setting.solver,
                stepper,
                state,
                setting.soil,
                forcing,
                setting.parameters,
                setting.modes,
                no_tracers(graph, BATCH),
            )
            return now.state, now.ledger, now.season.inputs, now.season.inc_share, now.environment

        start = columns.bare(setting, 0.05)
        state = State(start.stocks[:1], start.physical)
        for _ in range(40):
            state = one(state, covers["temperate-grassland"])[0]
        grown = state
        found = {}
        for name, forcing in covers.items():
            then, ledger, inputs, share, environment = one(grown, forcing)
            found[name] = YearOfCarbon(
                graph, grown.stocks[0], then.stocks[0], ledger, inputs, share, environment, setting.parameters
            )
        return found


def composition(leaf: float = 30.0, root: float = 45.0, wood: float = 300.0) -> Composition:
    """C:N of a cover's litter."""
    return Composition(*(jnp.full(BATCH, x) for x in (leaf, root, wood)))


def saturation(year: YearOfCarbon) -> jax.Array:
    """Water-filled share of the pores, with one porosity for all."""
    return jnp.minimum(year.environment.theta / POROSITY, 1.0)


def drivers_of(year: YearOfCarbon, before=None, made_of=None, parameters=None, **given) -> NitrogenDrivers:
    """What a year brings to nitrogen."""
    supplied = {"deposition": DEPOSITION, "fixation": FIXATION, **given}
    return nitrogen_drivers(
        year.graph,
        year.environment,
        year.inputs,
        year.inc_share,
        made_of or composition(),
        jnp.full(BATCH, supplied["deposition"]),
        jnp.full(BATCH, supplied["fixation"]),
        saturation(year),
        before,
        parameters or year.parameters,
    )


def start_of(year: YearOfCarbon, mineral: float = 1e-4, made_of=None):
    """Nitrogen at the start of a year: some mineral nitrogen in every cell."""
    first = initial_nitrogen(drivers_of(year, None, made_of).per_carbon)
    return first._replace(mineral=first.mineral + mineral)


@st.composite
def graphs(draw):
    """Four pools on an organic slot and two layers, whatever its transfers (one shape: arrays compile once)."""
    names, classes = "abcd", ("slow", "fast")

    def some(strategy, size):
        return draw(st.lists(strategy, min_size=size, max_size=size))

    moves = some(st.sampled_from((None, *classes)), 4)
    pools = tuple(Pool(n, r, m) for n, r, m in zip(names, some(st.sampled_from(list(Role)), 4), moves, strict=True))
    name = st.sampled_from(names)
    pair = st.tuples(name, name)
    sources = st.sampled_from(("leaf", "root", "wood", "exudate"))
    return Graph(
        pools,
        tuple(Transfer(a, b, Kind.BIOTIC, "test", returns=a == b) for a, b in some(pair, 7)),
        tuple(Loss(a, f, Kind.BIOTIC, "test") for a, f in some(st.tuples(name, st.sampled_from(FATES)), 3)),
        tuple(Input(a, s) for a, s in some(st.tuples(name, sources), 3)),
        tuple(Incorporation(a, b, "test") for a, b in some(pair, 2)),
        3,
        1,
        tuple(c for c in classes if c in moves),
    )


def random_year(graph: Graph, seed: int, batch: int = 1):
    """Fluxes drawn at random, over six decades: ledger, inputs by declared input, shares of incorporation."""
    rng = np.random.default_rng(seed)

    def amounts(*shape):
        return jnp.asarray(10.0 ** rng.uniform(-5.0, 1.0, shape) * (rng.random(shape) > 0.2))

    pools, n = len(graph.pools), graph.cells
    still = np.asarray([q < 0 for q in graph.pool_class])[:, None, None]
    rises = np.asarray([i not in (0, graph.organic) for i in range(n)])[None, :, None]
    inc = len(graph.incorporations)
    share = rng.random((inc, graph.mineral, batch)) + 1e-3
    ledger = Ledger(
        stock=1.0 + amounts(pools, n, batch),
        flux=amounts(len(graph.donors), n, batch),
        down=jnp.where(still, 0.0, amounts(pools, n, batch)),
        up=jnp.where(still, 0.0, amounts(pools, n, batch) * rises),
        inc=amounts(inc, graph.organic, batch),
        **{name: jnp.zeros(()) for name in ("input", "loss", "face", "moved", "source")},
    )
    return ledger, tuple(amounts(n, batch) for _ in graph.inputs), tuple(jnp.asarray(share / share.sum(1)[:, None]))


def carbon_change(graph: Graph, ledger: Ledger, inputs, inc_share) -> np.ndarray:
    """What the fluxes of a ledger do to carbon, one by one [pools, cells, batch]."""
    change = np.zeros(np.shape(ledger.down))
    for entry, carbon in zip(graph.inputs, inputs, strict=True):
        change[graph.index[entry.receiver]] += carbon
    for t, donor in enumerate(graph.donors):
        change[donor] -= ledger.flux[t]
        if t < len(graph.transfers):
            change[graph.receivers[t]] += ledger.flux[t]
    down, up, top = np.asarray(ledger.down), np.asarray(ledger.up), graph.organic
    change -= down + up
    change[:, 1:] += down[:, :-1]
    change[:, :-1] += up[:, 1:]
    for m, flux in enumerate(graph.incorporations):
        taken = np.asarray(ledger.inc[m])
        change[graph.index[flux.donor], :top] -= taken
        change[graph.index[flux.receiver], top:] += np.asarray(inc_share[m]) * taken.sum(axis=0)
    return change


def random_ratios(graph: Graph, seed: int, batch: int = 1):
    """Nitrogen per carbon of pools and sources."""
    rng = np.random.default_rng(seed)
    pools = 1.0 / rng.uniform(4.0, 400.0, (len(graph.pools), graph.cells, batch))
    sources = {s: jnp.asarray(1.0 / rng.uniform(8.0, 400.0, batch)) for s in ("leaf", "root", "wood", "exudate")}
    return jnp.asarray(pools), sources
