"""The spin-up finds the year that repeats itself, column by column, and says where there is none."""

import jax
import jax.numpy as jnp
import numpy as np
import pedon_columns as columns
import pytest
from jax import lax

from pedozone.engine.declarations import Role
from pedozone.engine.precision import double_precision
from pedozone.engine.spinup import Status, spin_up
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


def test_a_steady_state_that_a_column_leaves_by_itself_does_not_count():
    site = columns.site("temperate-grassland", layers=30)
    with double_precision():
        setting = columns.setting_of(site, 2)
        mineral = np.s_[setting.model.graph.organic :, 1]
        sand = {"clay": 0.04, "silt": 0.04, "sand": 0.92}
        soil = setting.soil._replace(**{k: getattr(setting.soil, k).at[mineral].set(v) for k, v in sand.items()})
        # microbes of low efficiency that take up dissolved carbon in proportion, which sorbs strongly to a small
        # surface: deep down they bloom and starve by turns
        restless = {
            "uptake_half_saturation": [0.106, 0.34],
            "affinity_ph_slope": [-0.186, -0.15],
            "carbon_use_efficiency": [0.395, 0.29],
            "intermediate_desorption_rate": [0.0395, 0.073],
            "stable_desorption_rate": [1.12e-3, 1.6e-3],
            "seed_bank": [1.3e-4, 3.8e-5],
            "soil_damping_depth": [2.2, 1.6],
        }
        parameters = {**setting.parameters, **{name: jnp.asarray(v) for name, v in restless.items()}}
        given = (soil, columns.forcing(site, "temperate-grassland", 2), parameters, setting.modes)
        start = columns.bare(setting, 0.03)
        found = spin_up(setting.model, setting.solver, STEPPERS["first_order"], start, *given)
    assert found.status == (Status.CONVERGED, Status.NO_STEADY_STATE)
    assert "swing" in found.causes[1]


@pytest.mark.parametrize("cover", ["cereal-cropland", "bare-fallow"])
def test_a_cover_without_surface_litter_settles(cover):
    # its organic slot empties for ever, which is no restlessness of the soil
    site = columns.site("temperate-grassland", layers=LAYERS, organic_slots=3)
    with double_precision():
        setting = columns.setting_of(site, 1)
        given = (setting.soil, columns.forcing(site, cover, 1), setting.parameters, setting.modes)
        found = spin_up(setting.model, setting.solver, STEPPER, columns.bare(setting), *given)
    assert found.status == (Status.CONVERGED,), found.causes
