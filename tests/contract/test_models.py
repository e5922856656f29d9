"""What every model beside the pedon has to keep, in surroundings of its own; test_processes.py has the pedon."""

import jax
import jax.numpy as jnp
import model_cases as cases
import numpy as np
import pytest

from pedozone.engine.assembly import Mode
from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import no_tracers
from pedozone.engine.year import run_year, split_months
from pedozone.models.pedon import Pedon
from pedozone.models.registry import available_models


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


def test_a_year_keeps_its_ledger_and_what_is_off_moves_nothing(case):
    model, graph, solver = case.model, case.model.graph, choose_solver()
    tracing = no_tracers(graph, cases.BATCH)

    @jax.jit
    def compiled(start, modes):
        done = run_year(model, solver, case.stepper, start, case.site, case.forcing, case.parameters, modes, tracing)
        return done.state.stocks, done.ledger, done.season.inputs

    def year(start, modes):
        return jax.tree.map(np.asarray, compiled(start, modes))

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
