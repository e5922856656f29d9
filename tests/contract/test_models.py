"""What every model beside the pedon has to keep, in surroundings of its own; test_processes.py has the pedon."""

import jax
import jax.numpy as jnp
import model_cases as cases
import numpy as np
import pytest

from pedozone.engine.ages import systems
from pedozone.engine.assembly import Mode
from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.precision import double_precision
from pedozone.engine.steady import mean_year
from pedozone.engine.stepping import no_tracers
from pedozone.engine.year import run_year, split_months
from pedozone.models.pedon import Pedon
from pedozone.models.registry import available_models
from pedozone.report.diagram import pool_diagram


@pytest.fixture(scope="module", params=cases.CASES)
def case(request):
    with double_precision():
        yield cases.CASES[request.param]()


@pytest.fixture(autouse=True)
def doubles():
    with double_precision():
        yield


def environment_of(case, parameters=None):
    state = case.state(0)
    given = case.parameters if parameters is None else parameters
    return case.model.environment(state.stocks[0], state.physical, case.site, case.forcing, given)[0]


def july(case, environment):
    season = case.model.season(environment, case.parameters, case.model.modelled())
    monthly, rebuild = split_months(season)
    return rebuild([leaf[6] for leaf in monthly])


def test_every_model_beside_the_pedon_has_a_case():
    others = {name for name, model in available_models().items() if not issubclass(model, Pedon)}
    assert set(cases.CASES) == others


def test_processes_say_what_they_are(case):
    for process in case.model.processes:
        assert process.name == process.name.lower().replace(" ", "_")
        assert process.summary
        assert process.__doc__
        assert process.sources and all("doi:10." in source for source in process.sources)


def test_parameters_are_declared_read_and_all_used(case):
    around = cases.Watched(case.parameters)
    environment = environment_of(case, around)
    used = around.read | case.read_around
    month = july(case, environment)
    for process in case.model.processes:
        assert set(process.parameters) <= set(case.parameters)
        watched = cases.Watched(case.parameters)
        process.prepare(environment, watched)
        view = case.model.view(case.state(1).stocks[0], month.local, watched)
        process.rates(view, month.prepared[process.name], watched)
        process.supply(environment, watched)
        process.incorporate(environment, watched)
        process.move(environment, watched)
        assert watched.read == set(process.parameters), process.name
        used |= watched.read
    assert used == set(case.parameters)


def test_coefficients_are_finite_and_not_negative(case):
    environment = environment_of(case)
    month = july(case, environment)
    for u in case.model.season(environment, case.parameters, case.model.modelled()).inputs:
        assert np.isfinite(np.asarray(u)).all() and np.min(u) >= 0.0
    declared = (*case.model.graph.transfers, *case.model.graph.losses)
    for seed, empty in ((1, 0.0), (2, 0.5), (3, 1.0)):
        state = case.state(seed, empty)
        rates = case.model.rates(state.stocks[0], month, case.parameters, case.model.modelled())
        assert len(rates) == len(declared)
        for k, flux in zip(rates, declared, strict=True):
            k = np.broadcast_to(k, (case.model.graph.cells, cases.BATCH))
            assert np.isfinite(k).all(), flux.name
            assert (k >= 0.0).all(), flux.name


def test_gradients_are_finite_for_empty_pools_and_without_fines(case):
    def total(stock, values, site):
        environment = case.model.environment(stock, case.physical, site, case.forcing, values)[0]
        season = case.model.season(environment, values, case.model.modelled())
        monthly, rebuild = split_months(season)
        month = rebuild([leaf[6] for leaf in monthly])
        rates = case.model.rates(stock, month, values, case.model.modelled())
        return sum(jnp.sum(k) for k in (*rates, *month.inputs))

    slope = jax.jit(jax.grad(total, argnums=(0, 1, 2)))
    for site in (case.site, case.barren):
        for seed, empty in ((1, 0.0), (2, 0.5), (3, 1.0)):
            for leaf in jax.tree.leaves(slope(case.state(seed, empty).stocks[0], case.parameters, site)):
                assert np.isfinite(np.asarray(leaf)).all()


@pytest.fixture(scope="module")
def compiled(case):
    """A year of the model, from a state and modes to stocks, ledger and what the season is made of."""
    model, solver = case.model, choose_solver()
    tracing = no_tracers(model.graph, cases.BATCH)

    @jax.jit
    def year(start, modes):
        done = run_year(model, solver, case.stepper, start, case.site, case.forcing, case.parameters, modes, tracing)
        return done.state.stocks, done.ledger, done.season.inputs, done.season.inc_share

    return year


def test_a_year_keeps_its_ledger_and_what_is_off_moves_nothing(case, compiled):
    model, graph = case.model, case.model.graph

    def year(start, modes):
        return jax.tree.map(np.asarray, compiled(start, modes)[:3])

    everything = model.modelled()
    full, patchy = case.state(4), case.state(4, empty=0.3)
    assert (year(full, everything)[1].flux > 0.0).all()
    for start in (full, patchy):
        stocks, ledger, supplied = year(start, everything)
        before = np.asarray(start.stocks)[0].sum(axis=0)
        gained, lost = ledger.input[0], ledger.loss[0].sum(axis=0)
        through = ledger.face[0].sum(axis=0)  # the lower face of each cell, downward
        lost = lost + through - np.concatenate([np.zeros_like(through[:1]), through[:-1]])
        passing = (before + gained).max()
        np.testing.assert_allclose(stocks[0].sum(axis=0), before + gained - lost, atol=1e-13 * passing, rtol=0.0)
        assert stocks.min() >= 0.0
        assert all(flux.any() for flux in ledger.flux)
        assert all(u.any() for u in supplied)
    for process in model.processes:
        off = Mode(jnp.zeros(()), everything[process.name].prescribed)
        _, without, supplied = year(patchy, {**everything, process.name: off})
        for t, flux in enumerate((*graph.transfers, *graph.losses)):
            if flux.process == process.name:
                assert not without.flux[t].any()
        if process.moves is not None:
            assert ledger.face[:, graph.classes.index(process.moves)].any()
            assert not without.face[:, graph.classes.index(process.moves)].any()
        own = [entry.process == process.name for entry in graph.inputs]
        assert not any(u.any() for u, mine in zip(supplied, own, strict=True) if mine)
        if own and all(own):
            assert not without.input.any()
    assert compiled._cache_size() == 1


def test_the_tools_of_the_operator_work_or_say_why_not(case, compiled):
    """Steady state, ages, transit times, radiocarbon, eigenvalues and diagram of what a year of the model amounts to.

    A model that is not linear is its operator over that year: what carbon does while stocks stay as they are.
    """
    graph = case.model.graph
    _, ledger, inputs, shares = compiled(case.state(4), case.model.modelled())
    inert = [graph.pools[p].name for p in graph.lasting]
    times, told = np.geomspace(0.01, 1e5, 40), 0
    for system in _systems(graph, mean_year(graph, ledger, inputs, shares)):
        if isinstance(system, str):
            assert "some carbon has to enter" in system
            told += 1
            continue
        system = system.without(*inert) if inert else system
        stock = system.steady_state
        scale = stock.max()
        assert stock.min() >= -1e-12 * scale
        np.testing.assert_allclose(system.matrix @ stock + system.inputs, 0.0, atol=1e-9 * system.inputs.max())
        assert system.mean_transit_time == pytest.approx(stock.sum() / system.inputs.sum(), rel=1e-9)
        held = stock > 1e-12 * scale
        assert system.mean_system_age > 0.0 and (system.mean_ages[held] > 0.0).all()
        for cumulative in (system.transit_time_cumulative(times), system.system_age_cumulative(times)):
            assert (np.diff(cumulative) >= -1e-9).all() and -1e-12 <= cumulative[0] <= cumulative[-1] <= 1.0 + 1e-9
        assert 0.0 < system.transit_time_quantile(0.5) and 0.0 < system.system_age_quantile(0.5)
        younger = system.age_cumulatives(times)[:, held]
        assert younger.min() >= -1e-9 and younger.max() <= 1.0 + 1e-9
        assert (system.eigenvalues.real < 0.0).all() and (system.relaxation_times > 0.0).all()
        modern = system.radiocarbon_at_steady_state(1.0 / 8267.0)
        assert (modern[held] > 0.0).all() and (modern[held] <= 1.0 + 1e-12).all()
        years = np.arange(1950.0, 1990.0)
        bomb = system.radiocarbon_through(years, np.interp(years, [1950, 1964, 1990], [1.0, 1.9, 1.15]), 1.0 / 8267.0)
        assert np.isfinite(bomb[:, held]).all() and bomb[:, held].min() > 0.0 and bomb[:, held].max() < 1.9
        assert bomb[-1][held].max() > modern[held].max()
    assert told < cases.BATCH
    drawn = pool_diagram(graph, "Pools")
    assert drawn.startswith("<") and "<svg" in drawn and all(pool.name in drawn for pool in graph.pools)


def _systems(graph, year):
    """The columns one by one: the linear system, or what is said where there is none."""
    for b in range(cases.BATCH):
        try:
            yield systems(graph, jax.tree.map(lambda leaf, b=b: leaf[..., b : b + 1], year))[0]
        except ValueError as refused:
            yield str(refused)
