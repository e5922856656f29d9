"""What every process and every model has to keep, whoever wrote it."""

import dataclasses
import functools
import importlib
import inspect
import pkgutil

import jax
import jax.numpy as jnp
import numpy as np
import pedon_columns as columns
import pytest
from model_cases import Watched

import pedozone.models
import pedozone.processes
from pedozone.engine.assembly import Mode
from pedozone.engine.declarations import Role
from pedozone.engine.graph import LARGEST_COMPONENT
from pedozone.engine.precision import double_precision
from pedozone.engine.process import Process
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year, split_months
from pedozone.models.pedon import Pedon
from pedozone.models.pedon_variants import VARIANTS
from pedozone.models.registry import available_models
from pedozone.parameters import load_parameters

BATCH, CELLS, LAYERS = 3, 7, 6
SETS = sorted({variant.parameter_set for variant in VARIANTS.values()})
COVERS = ("temperate-grassland", "cereal-cropland", "bare-fallow", "temperate-forest")


def defined_in(package, kind):
    """Concrete subclasses of a kind that the modules of a package define."""
    found = {}
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        loaded = importlib.import_module(module.name)
        for _, each in inspect.getmembers(loaded, inspect.isclass):
            if issubclass(each, kind) and each.__module__ == module.name and not inspect.isabstract(each):
                found[each.__name__] = each
    return found


MODELS = available_models()
# Microbes of these are in their rates alone.
WITHOUT_MICROBES = {MODELS["somprof"]}
# Those of the other models are held to the same in test_models.py; what is in no model is tried on the pedon.
ELSEWHERE = {type(p) for model in MODELS.values() if not issubclass(model, Pedon) for p in model(1, 0).processes}
EVERYWHERE = defined_in(pedozone.processes, Process)
PROCESSES = {name: process for name, process in EVERYWHERE.items() if process not in ELSEWHERE}
every_process = pytest.mark.parametrize("process", PROCESSES.values(), ids=PROCESSES)
GIVERS = {name: process for name, process in PROCESSES.items() if process.transfers or process.losses}
every_giver = pytest.mark.parametrize("process", GIVERS.values(), ids=GIVERS)
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


@pytest.fixture(scope="module")
def setting():
    with double_precision():
        made = columns.setting_of(columns.site("highfield", "pedon", layers=LAYERS, water_table_m=0.9), BATCH)
        # what processes of the other zones models read is at their own values
        others = {name: jnp.asarray(value) for s in SETS for name, value in load_parameters(s).values().items()}
        coated = made.soil._replace(oxides=jnp.full_like(made.soil.clay, 0.01))  # rich in oxides: all processes act
        return dataclasses.replace(made, soil=coated, parameters={**others, **made.parameters})


@pytest.fixture(scope="module")
def environments(setting):
    """A year's environment under every cover."""
    site = columns.site("highfield", "pedon", layers=LAYERS, water_table_m=0.9)
    with double_precision():
        start = columns.bare(setting, 0.05)

        @jax.jit
        def weather(forcing):
            stock, physical = start.stocks[0], start.physical
            return setting.model.environment(stock, physical, setting.soil, forcing, setting.parameters)[0]

        organic = setting.model.graph.organic
        forcings = [columns.forcing(site, cover, BATCH, seed, 0.3) for seed, cover in enumerate(COVERS)]
        return [weather(forcing)._replace(organic=organic) for forcing in forcings]


@pytest.fixture(scope="module")
def months(setting, environments):
    """(season of July, environment) under every cover."""
    with double_precision():

        def of_july(environment):
            season = setting.model.season(environment, setting.parameters, setting.modes)
            monthly, rebuild = split_months(season)
            return rebuild([leaf[6] for leaf in monthly])

        return [(of_july(environment), environment) for environment in environments]


def july(process, environment, parameters):
    """What a process prepares, in July; whether or not it is one of the model's."""
    return jax.tree.map(lambda a: a[6 % a.shape[0]], process.prepare(environment, parameters))


def stocks(setting, seed, empty=0.0):
    rng = np.random.default_rng(seed)
    shape = (len(setting.model.graph.pools), CELLS, BATCH)
    x = 10.0 ** rng.uniform(-9.0, 0.5, shape)
    return jnp.asarray(np.where(rng.random(shape) < empty, 0.0, x))


@pytest.mark.parametrize("process", EVERYWHERE.values(), ids=EVERYWHERE)
def test_a_process_says_what_it_is(process):
    assert process.name
    assert process.name == process.name.lower()
    assert " " not in process.name
    assert process.summary
    assert process.sources
    assert all(process.sources)
    assert process.__doc__


def test_names_are_unique():
    names = [process.name for process in EVERYWHERE.values()]
    assert len(set(names)) == len(names)


@every_process
def test_declared_parameters_exist(process):
    assert any(set(process.parameters) <= set(load_parameters(name)) for name in SETS)


@every_process
def test_a_process_reads_what_it_declares(process, setting, environments):
    each = process()
    with double_precision():
        watched = Watched(setting.parameters)
        prepared = each.prepare(environments[1], watched)
        month = jax.tree.map(lambda a: a[6 % a.shape[0]], prepared)
        local = jax.tree.map(lambda a: a[0], setting.model.local(environments[1], setting.parameters))
        each.rates(setting.model.view(stocks(setting, 1), local, watched), month, watched)
        each.supply(environments[1], watched)
        each.incorporate(environments[1], watched)
        each.move(environments[1], watched)
    assert watched.read <= set(process.parameters)


@every_process
def test_coefficients_are_as_many_as_declared_finite_and_not_negative(process, setting, months):
    each = process()
    declared = (*process.transfers, *process.losses)
    with double_precision():
        for cover, (month, environment) in zip(COVERS, months, strict=True):
            assert len(each.supply(environment, setting.parameters)) == len(process.inputs)
            assert len(each.incorporate(environment, setting.parameters)) == len(process.incorporations)
            assert (each.move(environment, setting.parameters) is None) == (process.moves is None)
            for seed, empty in ((1, 0.0), (2, 0.5), (3, 1.0)):
                view = setting.model.view(stocks(setting, seed, empty), month.local, setting.parameters)
                rates = each.rates(view, july(each, environment, setting.parameters), setting.parameters)
                assert len(rates) == len(declared)
                for k, flux in zip(rates, declared, strict=True):
                    k = np.asarray(k)
                    np.broadcast_to(k, (CELLS, BATCH))
                    assert np.isfinite(k).all(), (cover, flux.name)
                    assert (k >= 0.0).all(), (cover, flux.name)


@every_process
def test_what_does_not_depend_on_the_stocks_is_finite_and_not_negative(process, setting, environments):
    each = process()
    organic = setting.model.graph.organic
    with double_precision():
        for environment in environments:
            supplied = [np.asarray(u) for u in each.supply(environment, setting.parameters)]
            for u in supplied:
                assert np.broadcast_to(u, (12, CELLS, BATCH)).min() >= 0.0
                assert np.isfinite(u).all()
            for rate, share in each.incorporate(environment, setting.parameters):
                np.broadcast_to(rate, (12, organic, BATCH))
                assert np.min(rate) >= 0.0
                assert np.min(share) >= 0.0
                np.testing.assert_allclose(np.sum(share, axis=0), 1.0, rtol=1e-12)
            moved = each.move(environment, setting.parameters)
            for k in moved or ():
                k = np.broadcast_to(k, (12, CELLS, BATCH))
                assert np.isfinite(k).all()
                assert k.min() >= 0.0


@every_giver
def test_gradients_are_finite_even_where_pools_are_empty(process, setting, months):
    each = process()
    month, environment = months[1]
    with double_precision():
        prepared = july(each, environment, setting.parameters)

    @jax.jit
    @jax.grad
    def slope(at):
        stock, values = at
        view = setting.model.view(stock, month.local, values)
        return sum(jnp.sum(k) for k in each.rates(view, prepared, values))

    with double_precision():
        for seed, empty in ((1, 0.0), (2, 0.5), (3, 1.0)):
            at = stocks(setting, seed, empty), dict(setting.parameters)
            for leaf in jax.tree.leaves(slope(at)):
                assert np.isfinite(np.asarray(leaf)).all()


@every_giver
def test_gradients_are_finite_in_sand_without_clay(process, setting, environments):
    # no clay, no capacity: logarithms and quotients of zero must not leak into the gradient
    each = process()
    environment = environments[0]

    @jax.jit
    @jax.grad
    def slope(at):
        clay, silt, values = at
        here = environment._replace(soil=environment.soil._replace(clay=clay, silt=silt))
        local = jax.tree.map(lambda a: a[0], setting.model.local(here, values))
        prepared = jax.tree.map(lambda a: a[0], each.prepare(here, values))
        rates = each.rates(setting.model.view(stocks(setting, 4), local, values), prepared, values)
        return sum(jnp.sum(k) for k in rates)

    with double_precision():
        none = jnp.zeros((CELLS, BATCH))
        for leaf in jax.tree.leaves(slope((none, none, dict(setting.parameters)))):
            assert np.isfinite(np.asarray(leaf)).all()


def test_solids_exchange_equal_masses(setting, environments):
    # what moves down across a face per concentration moves up per concentration: mixing cannot concentrate
    mixing = PROCESSES["Mixing"]()
    organic = setting.model.graph.organic
    with double_precision():
        for environment in environments:
            moved = mixing.move(environment, setting.parameters)
            mass = np.asarray(environment.soil.mineral_mass)[organic:]
            down, up = (np.broadcast_to(k, (12, CELLS, BATCH))[:, organic:] for k in moved)
            np.testing.assert_allclose((down * mass)[:, :-1], (up * mass)[:, 1:], rtol=1e-12)
            assert not down[:, -1].any()
            assert not np.broadcast_to(moved.down, (12, CELLS, BATCH))[:, organic - 1].any()


@pytest.fixture(scope="module")
def one_year(setting):
    """Compiled year that takes the modes: (ledger, stocks)."""
    site = columns.site("highfield", "pedon", layers=LAYERS, water_table_m=0.9)
    with double_precision():
        forcing = columns.forcing(site, "cereal-cropland", BATCH)
        start = columns.bare(setting, 0.1)

    @jax.jit
    def year(modes):
        done = run_year(
            setting.model,
            setting.solver,
            STEPPERS["first_order"],
            State(start.stocks, start.physical),
            setting.soil,
            forcing,
            setting.parameters,
            modes,
            no_tracers(setting.model.graph, BATCH),
        )
        return done.ledger, done.season

    return year


@pytest.mark.parametrize("process", Pedon(CELLS, 1).processes, ids=lambda process: process.name)
def test_off_leaves_the_graph_and_moves_nothing(process, setting, one_year):
    graph = setting.model.graph
    with double_precision():
        ledger, season = one_year(
            {**setting.modes, process.name: Mode(jnp.zeros(()), setting.modes[process.name].prescribed)}
        )
        everything, _ = one_year(setting.modes)
    assert one_year._cache_size() == 1
    for t, flux in enumerate((*graph.transfers, *graph.losses)):
        if flux.process == process.name:
            assert not np.asarray(ledger.flux[t]).any()
            assert np.asarray(everything.flux[t]).any()
    for u, entry in enumerate(graph.inputs):
        if entry.process == process.name:
            assert not np.asarray(season.inputs[u]).any()
    for m, flux in enumerate(graph.incorporations):
        if flux.process == process.name:
            assert not np.asarray(ledger.moved[:, m]).any()
    if process.moves is not None:
        together = [p for p in setting.model.processes if p.moves == process.moves]
        with double_precision():
            off = {p.name: Mode(jnp.zeros(()), setting.modes[p.name].prescribed) for p in together}
            ledger, _ = one_year({**setting.modes, **off})
        assert not np.asarray(ledger.face[:, graph.classes.index(process.moves)]).any()


def test_prescribed_coefficients_take_the_place_of_the_modelled_ones(setting, one_year):
    graph, name = setting.model.graph, "stabilisation"
    given = tuple(jnp.asarray(0.01 * (k + 1)) for k in range(len(setting.modes[name].prescribed)))
    with double_precision():
        ledger, _ = one_year({**setting.modes, name: Mode(jnp.zeros(()), tuple(jnp.asarray(g, float) for g in given))})
    assert one_year._cache_size() == 1
    own = [t for t, flux in enumerate((*graph.transfers, *graph.losses)) if flux.process == name]
    for t, k in zip(own, given, strict=True):
        mean = np.asarray(ledger.flux[t]) / np.asarray(ledger.stock[graph.donors[t]])
        np.testing.assert_allclose(mean, float(k), rtol=1e-6)


@functools.cache
def built(model):
    return model(CELLS, 1)


@every_model
def test_a_model_is_a_consistent_graph(model):
    graph = built(model).graph
    assert {p for component in graph.components for p in component} == set(range(len(graph.pools)))
    assert max(map(len, graph.components)) <= LARGEST_COMPONENT
    assert all(pool.description for pool in graph.pools)
    assert all(flux.mechanism and flux.process for flux in (*graph.transfers, *graph.losses))
    assert "respired" in graph.fates
    assert graph.roles(Role.DISSOLVED) or "dissolved" not in graph.classes
    assert graph.roles(Role.LIVING) or model in WITHOUT_MICROBES
    # one dimension less: what flows downstream never returns
    order = {p: c for c, component in enumerate(graph.components) for p in component}
    assert all(order[d] <= order[r] for d, r in zip(graph.donors, graph.receivers, strict=False))


@every_model
def test_every_process_of_a_model_is_listed_once(model):
    names = [process.name for process in built(model).processes]
    assert len(set(names)) == len(names)


def test_the_components_of_the_pedon_are_fixed():
    # one careless transfer merges components, at several times the cost of a step
    graph = built(Pedon).graph
    components = [[graph.pools[p].name for p in component] for component in graph.components]
    print(*components, sep="\n")
    assert sorted(map(len, components)) == [1, 1, 1, 3, 8]
    assert {frozenset(c) for c in components} == {
        frozenset({"litter_metabolic"}),
        frozenset({"pyrogenic"}),
        frozenset({"wood"}),
        frozenset({"litter_structural", "pom_macro", "pom_micro"}),
        frozenset(
            {
                "dom",
                "microbial",
                "necromass",
                "maom_exchangeable",
                "maom_intermediate",
                "maom_stable",
                "maom_occluded",
                "dom_bypass",
            }
        ),
    }
    # the large one is last: it is fed by the others
    assert len(components[-1]) == 8


def test_no_process_reads_pool_names_outside_its_model():
    known = {pool.name for pool in built(Pedon).graph.pools}
    for process in PROCESSES.values():
        for flux in (*process.transfers, *process.incorporations):
            assert {flux.donor, flux.receiver} <= known
        assert {loss.donor for loss in process.losses} <= known
        assert {entry.receiver for entry in process.inputs} <= known
