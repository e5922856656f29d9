"""The spin-up finds the year that repeats itself, column by column, and says where there is none."""

import jax
import numpy as np
import pedon_columns as columns
import pytest
from jax import lax

from pedozone.engine import chunking
from pedozone.engine.declarations import Role
from pedozone.engine.precision import double_precision
from pedozone.engine.spinup import SpinupOptions, Status, spin_up
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year

STEPPER = STEPPERS["mprk22"]
LAYERS = 6
# temperate, colder, wetter, and without rain, where nothing decomposes
WARMER, WETTER = np.array([0.0, -6.0, 0.0, 5.0]), np.array([1.0, 1.0, 2.0, 0.0])
LIVING = [0, 1, 2]


@pytest.fixture(scope="module")
def climates():
    """Setting and forcing of four columns side by side."""
    site = columns.site("temperate-grassland", layers=LAYERS)
    with double_precision():
        setting = columns.setting_of(site, WARMER.size)
        forcing = columns.forcing(site, "temperate-grassland", WARMER.size)
        forcing = forcing._replace(
            temperature=forcing.temperature + WARMER, precipitation=forcing.precipitation * WETTER
        )
    return setting, forcing


@pytest.fixture(scope="module")
def spun(climates):
    setting, forcing = climates
    with double_precision():
        return spin_up(
            setting.model,
            setting.solver,
            STEPPER,
            columns.bare(setting),
            setting.soil,
            forcing,
            setting.parameters,
            setting.modes,
        )


def test_every_column_has_its_own_status(spun):
    assert [spun.status[k] for k in LIVING] == [Status.CONVERGED] * 3
    assert spun.status[3] in (Status.NOT_ALIVE, Status.NO_STEADY_STATE)
    assert all(status.advice for status in Status)
    assert spun.distance[LIVING].max() < 1e-6
    assert spun.years[LIVING].max() < 200


def test_a_column_that_grows_beyond_bounds_is_given_back_as_it_is_natively(climates, monkeypatch):
    setting, forcing = climates
    monkeypatch.setattr(chunking, "BOUND", 2.0)  # years of input: every soil holds more
    options = SpinupOptions(iterations=40, again=2, watched=3)
    model, solver, rest = setting.model, setting.solver, (setting.soil, forcing, setting.parameters, setting.modes)
    with double_precision():
        start = state = columns.bare(setting)
        grown = spin_up(model, solver, STEPPER, start, *rest, options)
        for _ in range(options.again + options.watched):
            state = run_year(model, solver, STEPPER, state, *rest, no_tracers(model.graph, WARMER.size)).state
    for k in LIVING:
        assert grown.status[k] is Status.NO_STEADY_STATE
        assert "carbon grew to" in grown.causes[k]
    native, stocks = np.asarray(state.stocks), np.asarray(grown.state.stocks)
    np.testing.assert_allclose(stocks[..., LIVING], native[..., LIVING], rtol=1e-9)


def test_the_steady_state_repeats_itself(spun, climates):
    setting, forcing = climates
    graph = setting.model.graph

    @jax.jit
    def later(state):
        def year(state, _):
            done = run_year(
                setting.model,
                setting.solver,
                STEPPER,
                state,
                setting.soil,
                forcing,
                setting.parameters,
                setting.modes,
                no_tracers(graph, WARMER.size),
                record=False,
            )
            return done.state, None

        return lax.scan(year, state, length=500)[0]

    with double_precision():
        start = State(spun.state.stocks[:1], spun.state.physical)
        end = np.asarray(later(start).stocks)[0][..., LIVING]
    first = np.asarray(spun.state.stocks)[0][..., LIVING]
    np.testing.assert_allclose(end.sum(axis=0), first.sum(axis=0), rtol=1e-5)
    biomass = end[graph.roles(Role.LIVING)].sum(axis=0)
    assert (biomass > 1e-5 * end.sum(axis=0)).all()


def test_cold_soil_holds_more_carbon(spun):
    carbon = np.asarray(spun.state.stocks)[0].sum(axis=(0, 1))
    assert carbon[1] > carbon[0]


def test_three_organic_slots_settle_in_order():
    site = columns.site("temperate-forest", layers=LAYERS, organic_slots=3)
    with double_precision():
        setting = columns.setting_of(site, 1)
        forcing = columns.forcing(site, "temperate-forest", 1)
        given = (setting.soil, forcing, setting.parameters, setting.modes)
        found = spin_up(setting.model, setting.solver, STEPPER, columns.bare(setting), *given)
    slots = np.asarray(found.state.stocks)[0, :, :3, 0]
    assert found.status == (Status.CONVERGED,)
    # litter loses its metabolic part on the way down, and mass
    fresh = setting.model.graph.index["litter_metabolic"]
    share = slots[fresh] / slots.sum(axis=0)
    assert (np.diff(share) < 0.0).all()
    assert (np.diff(slots.sum(axis=0)) < 0.0).all()


@pytest.mark.parametrize("cover", ["cereal-cropland", "bare-fallow"])
def test_a_cover_without_surface_litter_settles(cover):
    # its organic slot empties for ever, which is no restlessness of the soil
    site = columns.site("temperate-grassland", layers=LAYERS, organic_slots=3)
    with double_precision():
        setting = columns.setting_of(site, 1)
        given = (setting.soil, columns.forcing(site, cover, 1), setting.parameters, setting.modes)
        found = spin_up(setting.model, setting.solver, STEPPER, columns.bare(setting), *given)
    assert found.status == (Status.CONVERGED,), found.causes
