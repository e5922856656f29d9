"""Held profiles: the frozen twin, what it attributes, and a prescribed boundary."""

import tomllib
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pedon_columns as columns
import pytest
import xarray as xr
import zone_cases as cases
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pedozone.column.geometry import layer_faces
from pedozone.config.prescribed_boundary import PrescribedBoundary
from pedozone.config.radiocarbon import curve_of
from pedozone.config.site import Site
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year
from pedozone.history.timeline import Timeline
from pedozone.processes.environment import Held
from pedozone.simulation.frozen_twin import attribute, frozen, held_before
from pedozone.simulation.histories import timeline_of
from pedozone.simulation.prescribed_boundary import LEAST, boundary_by_year, held_by_boundary, membership_profile
from pedozone.zones.attribution import attribution

STEPPER = STEPPERS["mprk22"]


# -- attribution ---------------------------------------------------------------------------------------------


def test_attribution_in_figures():
    full = np.array([[10.0, 10.0, 10.0], [8.0, 10.05, 12.0]])
    frozen = np.array([[10.0, 10.0, 10.0], [9.0, 9.0, 13.0]])
    found = attribution(full, frozen)
    np.testing.assert_allclose(found.full[1], [-2.0, 0.05, 2.0])
    np.testing.assert_allclose(found.difference[1], [-1.0, 1.05, -1.0])
    np.testing.assert_allclose(found.share[1], [0.5, np.nan, -0.5])  # the second changed by half a per cent
    assert np.isnan(found.share[0]).all()
    with pytest.raises(ValueError, match="same stocks"):
        attribution(full, frozen + 1.0)
    with pytest.raises(ValueError, match="same times"):
        attribution(full, frozen[:1])


def made(stock, **attrs):
    values = np.asarray(stock, dtype=float)[:, None]
    data = {"soc_stock": (("time", "interval"), values), "cSoilLevels": (("time", "layer"), values)}
    return xr.Dataset(data, {"time": [1950.0, 1951.0, 1952.0], "interval": ["0-30"]}, attrs)


def test_attribute_takes_a_run_and_its_twin():
    run, twin = made([5.0, 5.0, 4.0]), made([5.0, 5.0, 4.5], frozen_from=1951, frozen="roots")
    found = attribute(run, twin)
    np.testing.assert_array_equal(found["time"], [1951.0, 1952.0])
    assert float(found["boundary_effect_share"][-1, 0]) == pytest.approx(0.5)
    assert float(found["boundary_effect"][-1, 0]) == pytest.approx(-0.5)
    assert found.attrs["frozen"] == "roots"
    with pytest.raises(ValueError, match="frozen_from"):
        attribute(run, run)
    with pytest.raises(ValueError, match="the same carbon at the start of 1951"):
        attribute(made([5.0, 5.1, 4.0]), twin)


# -- profiles ------------------------------------------------------------------------------------------------


@given(st.floats(0.0, 3.0), st.floats(0.02, 1.5))
def test_a_prescribed_profile_has_its_boundary_and_its_width(depth, width):
    face = np.linspace(0.0, 3.0, 3001)
    w = membership_profile(face, depth, width)[:, 0]
    centre = 0.5 * (face[1:] + face[:-1])
    assert np.all(np.diff(w) <= 1e-9)
    assert LEAST - 1e-9 <= w.min() and w.max() <= 1.0 - LEAST + 1e-9
    for level, at in ((0.5, depth), (0.75, depth - 0.5 * width), (0.25, depth + 0.5 * width)):
        if 0.01 < at < 2.99:
            assert np.interp(at, centre, w) == pytest.approx(level, abs=0.01)


def test_a_prescribed_boundary_spreads_roots_as_its_activity():
    face = layer_faces(2.0, 10)
    held = held_by_boundary(face, 1, [0.2, 0.8], 0.3)
    roots, w = np.asarray(held.root_share), np.asarray(held.membership)
    np.testing.assert_allclose(roots.sum(axis=0), 1.0)
    np.testing.assert_array_equal(roots[0], 0.0)
    np.testing.assert_array_equal(w[0], 1.0)
    thickness = np.diff(face)[:, None]
    np.testing.assert_allclose(roots[1:] / thickness, w[1:] / (w[1:] * thickness).sum(axis=0))
    assert held.biomass is None and held.porosity is None and held.connectivity is None
    with pytest.raises(ValueError, match="above 0 m"):
        membership_profile(face, 0.5, 0.0)


def test_the_time_line_follows_the_boundary():
    site = columns.site("highfield", layers=6)
    boundary = PrescribedBoundary(depth_cm=[80.0, 40.0], year=[1960, 1980], width_cm=20.0)
    site = site.model_copy(update={"prescribed_boundary": boundary})
    covers = [(site.start.year, "grass", columns.forcing(site, "temperate-grassland"))]
    covers.append((1970, "crop", columns.forcing(site, "cereal-cropland")))
    held = boundary_by_year(site)
    assert [year for year, _ in held] == list(site.years)
    timeline = Timeline(covers, held=held)
    by_year = {year: timeline.year(year) for year in site.years}
    assert [by_year[y].cover for y in (1969, 1970)] == ["grass", "crop"]
    above = [float(jnp.sum(by_year[y].forcing.held.root_share[:4])) for y in (1950, 1970, 1990)]
    assert above[0] < above[1] < above[2]
    assert timeline.first.held is held[0][1]  # a spin-up has it as well
    assert boundary.depth_m(1970.0) == pytest.approx(0.6)
    assert boundary_by_year(columns.site("highfield", layers=6)) == []
    still = PrescribedBoundary(depth_cm=80.0, width_cm=20.0)
    fixed = site.model_copy(update={"prescribed_boundary": still})
    assert [year for year, _ in boundary_by_year(fixed)] == [site.start.year]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("depth_cm = 1200.0\nwidth_cm = 20.0", "allowed is 0 to 1000 cm"),
        ("depth_cm = [60.0, 40.0]\nwidth_cm = 20.0", "one depth without years"),
        ("depth_cm = [60.0, 40.0]\nyear = [1960]\nwidth_cm = 20.0", "one depth without years"),
        ("depth_cm = [60.0, 40.0]\nyear = [1960, 1950]\nwidth_cm = 20.0", "later than 1960"),
        ("depth_cm = 60.0\nwidth_cm = 0.0", "greater than or equal to 1"),
    ],
)
def test_a_prescribed_boundary_that_makes_no_sense_is_refused(text, said):
    with pytest.raises(ValidationError, match=said):
        PrescribedBoundary(**tomllib.loads(text))


# -- in the model --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pedon():
    """A setting, a state, and a year compiled once for each structure of the forcing."""
    setting, record, _ = cases.history()
    site = columns.site("highfield", layers=10)
    with double_precision():
        forcing = jax.tree.map(jnp.asarray, columns.forcing(site, "temperate-grassland"))
        carbon = jnp.asarray(record.stocks[-1][:1])
        state = State(carbon, setting.model.initial_physical(carbon[0], setting.soil, setting.parameters))

        @jax.jit
        def one(state, forcing):
            given = (setting.soil, forcing, setting.parameters, setting.modes, no_tracers(setting.model.graph, 1))
            year = run_year(setting.model, setting.solver, STEPPER, state, *given)
            return year.state.stocks[0], year.ledger, year.environment.plants.root_share

    def run(state, forcing):
        with double_precision():
            return jax.tree.map(np.asarray, one(state, forcing))

    return setting, state, forcing, run


def test_profiles_held_at_their_own_values_change_little_and_others_much(pedon):
    setting, state, forcing, run = pedon
    free, _, roots = run(state, forcing)
    with double_precision():
        held = held_before(setting, STEPPER, state, forcing)
    same, _, kept = run(state, forcing._replace(held=held))
    np.testing.assert_allclose(kept, roots, rtol=1e-12)
    # the mean of the year stands for its months: close, not the same
    change = np.abs(same - free).sum() / np.abs(free - np.asarray(state.stocks)[0]).sum()
    assert 0.0 < change < 0.5
    with double_precision():
        halved = held._replace(biomass=0.2 * held.biomass)
    other, _, _ = run(state, forcing._replace(held=halved))
    assert np.abs(other - free).sum() > 3.0 * np.abs(same - free).sum()


def test_what_was_done_in_the_year_before_belongs_to_the_held_profiles(pedon):
    setting, state, *_ = pedon
    site = columns.site("highfield", layers=10)
    first = site.years[0]
    plough = {"year": first, "what": "plough", "depth_cm": 30}
    ploughed = Site.model_validate(site.model_dump(exclude_unset=True) | {"event": [plough]})
    start = SimpleNamespace(state=state, stepper=STEPPER)
    with double_precision():
        before, after = (
            frozen(s, setting, start, timeline_of(s), curve_of(s), first + 1).held[-1][1].biomass
            for s in (site, ploughed)
        )
    change = np.abs(np.asarray(after) / np.asarray(before) - 1.0)[:, 0]
    deep = setting.model.graph.organic + np.flatnonzero(layer_faces(3.0, setting.model.graph.mineral)[:-1] > 0.4)
    assert change.max() > 0.01 > 10.0 * change[deep].max()


def test_only_the_listed_rates_read_a_prescribed_boundary(pedon):
    setting, state, forcing, run = pedon
    graph = setting.model.graph
    _, free, roots = run(state, forcing)
    face = layer_faces(3.0, graph.mineral)
    with double_precision():
        held = held_by_boundary(face, graph.organic, 0.3, 0.2)._replace(root_share=jnp.asarray(roots))
        # one month's rates at the same stocks, so that nothing has had time to spread
        view = lambda f: _rates(setting, state, f)  # noqa: E731
        plain, bound = view(forcing), view(forcing._replace(held=held))
    changed = {t.process for t, a, b in zip((*graph.transfers, *graph.losses), plain, bound, strict=True)
               if not np.array_equal(a, b)}  # fmt: skip
    assert changed == {"uptake", "aggregation", "stabilisation"}
    w = np.asarray(held.membership)
    growth = [t.name for t in graph.transfers].index("dom->microbial")
    np.testing.assert_allclose(bound[growth], w * plain[growth], rtol=1e-12)
    assert np.isfinite(np.asarray(free.flux)).all()


def _rates(setting, state, forcing):
    model, parameters = setting.model, setting.parameters
    environment, _ = model.environment(state.stocks[0], state.physical, setting.soil, forcing, parameters)
    season = model.season(environment, parameters, setting.modes)
    month = jax.tree.map(lambda leaf: leaf[0], season._replace(inc_share=()))
    given = model.rates(state.stocks[0], month, parameters, setting.modes)
    return [np.broadcast_to(np.asarray(k), (model.graph.cells, 1)) for k in given]


def test_a_time_line_holds_profiles_from_their_year_on():
    site = columns.site("highfield", layers=6)
    grass, crop = (columns.forcing(site, name) for name in ("temperate-grassland", "cereal-cropland"))
    covers = [(1900, "grass", grass), (1950, "crop", crop), (1980, "wood", grass)]
    first, second = Held(biomass=np.ones((7, 1))), Held(biomass=np.zeros((7, 1)))
    for since in (1950, 1960):  # with a change of cover and between two of them
        timeline = Timeline(covers, held=[(since, first), (1990, second)])
        by_year = {year: timeline.year(year) for year in (1900, since - 1, since, 1979, 1980, 1989, 1990, 2000)}
        assert by_year[since - 1].forcing.held is None and by_year[1900].forcing.held is None
        assert all(by_year[year].forcing.held is first for year in (since, 1979, 1980, 1989))
        assert all(by_year[year].forcing.held is second for year in (1990, 2000))
        assert [by_year[year].cover for year in (1900, 1979, 1980)] == ["grass", "crop", "wood"]
        assert timeline.first.held is None
    assert Held() == (None,) * len(Held._fields)
