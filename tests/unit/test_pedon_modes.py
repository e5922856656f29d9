"""The whole model with parts of its surroundings on and off: structure, oxygen, rooting, groundwater, nitrogen."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pedon_columns as columns
import pytest
from jax import lax

import pedozone
from pedozone import variables
from pedozone.config.loading import parse_site
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year
from pedozone.models.pedon_variants import GROUNDWATER, NITROGEN, OXYGEN, ROOTING, STRUCTURE

LAYERS, BATCH = 6, 3
GRASS = "temperate-grassland"


def site_with(modes=None, **soil):
    """A site file's content with a section [modes], parsed; then on fewer layers than a site file may have."""
    given = columns.site("highfield", "pedon", **soil)
    data = given.model_dump(exclude_none=True)
    data |= {"modes": modes or {}, "observation": []}
    site = parse_site(data)
    return site.model_copy(update={"soil": site.soil.model_copy(update={"layers": LAYERS})})


@functools.cache
def surroundings(modes: tuple = (), water_table: float | None = None):
    """(setting, compiled environment of a year of grass from a structure and an adjustment)."""
    site = site_with(dict(modes), water_table_m=water_table)
    with double_precision():
        setting = columns.setting_of(site, BATCH)
        forcing = columns.forcing(site, GRASS, BATCH)
        start = columns.bare(setting, 0.05)

        @jax.jit
        def environment(porosity, rooted, adjustment):
            physical = start.physical._replace(
                porosity=start.physical.porosity + porosity,
                connectivity=start.physical.connectivity + porosity,
                rooting_depth=start.physical.rooting_depth + rooted,
            )
            year = forcing._replace(adjustment=adjustment * jnp.ones(BATCH))
            found, after = setting.model.environment(start.stocks[0], physical, setting.soil, year, setting.parameters)
            return found._replace(organic=0), after

    def run(porosity=0.0, rooted=0.0, adjustment=1.0):
        with double_precision():
            return jax.tree.map(np.asarray, environment(porosity, rooted, adjustment))

    return setting, jax.tree.map(np.asarray, forcing), run


def test_parts_of_the_surroundings_are_switched_by_the_site_file():
    everything = surroundings()[0].model.physics
    assert everything == {STRUCTURE, OXYGEN, ROOTING}  # nitrogen is asked for, and there is no water table
    assert surroundings(water_table=1.0)[0].model.physics == everything | {GROUNDWATER}
    plain = surroundings(tuple((name, "off") for name in (STRUCTURE, OXYGEN, ROOTING)))[0]
    assert plain.model.physics == frozenset()
    with double_precision():
        asked = columns.setting_of(site_with({NITROGEN: "modelled"}))
    assert asked.model.physics == everything | {NITROGEN}


def test_without_structure_oxygen_and_rooting_nothing_of_them_is_left():
    off = tuple((name, "off") for name in (STRUCTURE, OXYGEN, ROOTING))
    _, forcing, run = surroundings(off)
    plain, after = run()
    dense, dense_after = run(porosity=-0.5, rooted=0.3)
    for a, b in zip(jax.tree.leaves(plain), jax.tree.leaves(dense), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(after.swelling, 0.0)
    np.testing.assert_array_equal(dense_after.porosity, -0.5)  # carried along, read by nothing
    np.testing.assert_array_equal(after.rooting_depth, forcing.rooting_depth)


def test_with_them_density_moves_water_air_volume_and_roots():
    _, forcing, run = surroundings()
    plain, after = run(rooted=1.0)
    dense, dense_after = run(porosity=-0.8, rooted=1.0)
    mineral = slice(1, None)
    assert (dense.geometry.volume[mineral] < plain.geometry.volume[mineral]).all()
    assert (dense_after.swelling[mineral] < after.swelling[mineral]).all()
    np.testing.assert_array_equal(dense_after.swelling[0], 0.0)  # litter has no structure
    assert (dense.bypass[1] < plain.bypass[1]).all()
    assert (dense_after.rooting_depth < after.rooting_depth).all()
    shallow, grown = run(rooted=0.2)
    assert (0.2 < grown.rooting_depth).all() and (grown.rooting_depth < forcing.rooting_depth).all()
    assert (shallow.plants.root_share[-2] < plain.plants.root_share[-2]).all()
    for share in (plain.plants.root_share, dense.plants.root_share):
        np.testing.assert_allclose(share.sum(axis=0), 1.0, rtol=1e-12)
    # in a spin-up the slow states come to their targets, wherever they were; roots follow last year's structure
    targets = [run(porosity, rooted, 1e9)[1] for porosity, rooted in ((0.0, 0.2), (-0.8, 1.0))]
    np.testing.assert_allclose(targets[0].porosity, targets[1].porosity, atol=1e-3)
    np.testing.assert_allclose(targets[0].connectivity, targets[1].connectivity, atol=1e-3)


def test_oxygen_slows_what_lives_where_air_is_short():
    on = surroundings()[2]()[0].moisture_factor
    off = surroundings(((OXYGEN, "off"),))[2]()[0].moisture_factor
    assert (on <= off * (1.0 + 1e-12)).all()
    assert (on < 0.999 * off).any()
    np.testing.assert_allclose(on[:, 0], off[:, 0], rtol=0.05)  # the litter breathes


def test_a_water_table_makes_the_profile_below_it_anoxic():
    table = 0.45
    setting, _, run = surroundings(water_table=table)
    wet, dry = run()[0], surroundings()[2]()[0]
    face = wet.geometry.face
    below, above = face[:-1].min(axis=1) >= table, face[1:].max(axis=1) <= 0.1
    below[0], above[0] = False, False
    assert below.sum() >= 2 and above.sum() >= 1
    # pores without air are one thing, the column's oxygen another: of that nothing is left
    airless = wet.moisture_factor / surroundings(((OXYGEN, "off"),), table)[2]()[0].moisture_factor
    np.testing.assert_allclose(airless[:, below], float(setting.parameters["anaerobic_minimum"]), rtol=1e-3)
    assert (airless[:, above] > 0.5).all()
    assert (wet.moisture_factor[:, below] < 0.3 * dry.moisture_factor[:, below]).all()
    assert (wet.moisture_factor[:, above] > 0.3 * dry.moisture_factor[:, above]).all()
    # percolation leaves sideways there, and less of it reaches the base
    assert (wet.lateral[:, below].sum(axis=0) > 0.0).all()
    assert not wet.lateral[:, above].any() and not dry.lateral.any()
    assert (wet.face_flux[:, -1].mean(axis=0) < dry.face_flux[:, -1].mean(axis=0)).all()


@functools.cache
def thirty_years():
    """(setting, grass, compiled: thirty years with nitrogen from bare ground under a forcing, with parameters)."""
    site = site_with({NITROGEN: "modelled"})
    with double_precision():
        setting = columns.setting_of(site, BATCH)
        forcing = columns.forcing(site, GRASS, BATCH)
        start, graph = columns.bare(setting, 0.02), setting.model.graph

        @jax.jit
        def run(forcing, bypassing):
            state = State(start.stocks, start.physical)
            parameters = {**setting.parameters, "bypass_fraction": bypassing}

            def year(state, _):
                done = run_year(
                    setting.model,
                    setting.solver,
                    STEPPERS["first_order"],
                    state,
                    setting.soil,
                    forcing,
                    parameters,
                    setting.modes,
                    no_tracers(graph, BATCH),
                )
                lost = jnp.sum(done.ledger.loss[0], axis=(0, 1))
                face = done.ledger.face[0]
                return done.state, (done.ledger.flux, face, lost, done.state.physical.nitrogen)

            return lax.scan(year, state, length=30)

    def ran(forcing, bypassing):
        with double_precision():
            state, (flux, face, lost, kept) = jax.tree.map(np.asarray, run(forcing, jnp.asarray(bypassing)))
        names = [declared.name for declared in (*graph.transfers, *graph.losses)]
        return state, {name: flux[:, k] for k, name in enumerate(names)}, face, lost, kept

    return setting, start, forcing, ran


@pytest.fixture(scope="module")
def nitrogen():
    """Thirty years of rich, poor and middling litter side by side."""
    _, _, forcing, run = thirty_years()
    with double_precision():
        forcing = forcing._replace(
            leaf_carbon_nitrogen=jnp.array([15.0, 90.0, 30.0]),
            root_carbon_nitrogen=jnp.array([20.0, 90.0, 40.0]),
            nitrogen_deposition=jnp.array([5e-3, 0.0, 1e-3]),
            nitrogen_fixation=jnp.array([1e-3, 0.0, 1e-3]),
        )
    state, flux, _, _, kept = run(forcing, [0.1] * BATCH)
    return state, flux, kept


def test_nitrogen_caps_growth_where_it_is_short(nitrogen):
    state, flux, kept = nitrogen
    growth, burnt = flux["dom->microbial"][-1, 1:], flux["dom->respired"][-1, 1:]
    efficiency = growth / (growth + burnt)
    rich, poor, middling = efficiency.T
    rooted = slice(0, 3)
    assert (poor[rooted] < 0.9 * rich[rooted]).all(), efficiency
    assert (middling[rooted] <= rich[rooted] * (1.0 + 1e-6)).all()
    assert np.isfinite(state.stocks).all() and state.stocks.min() >= 0.0
    limited = kept.plant_limitation[-1]
    assert limited[1] > limited[0] and (limited >= 0.0).all() and (limited <= 1.0).all()


def test_nitrogen_of_a_run_is_never_negative_and_without_growth_unlimited(nitrogen):
    _, flux, kept = nitrogen
    for name in ("mineral", "shortage", "available", "fed"):
        values = getattr(kept, name)
        assert np.isfinite(values).all() and values.min() >= 0.0, name
    # the first year has no knowledge of nitrogen yet, and grows without limit
    growth, burnt = flux["dom->microbial"][:, 1:4, 1], flux["dom->respired"][:, 1:4, 1]
    efficiency = growth / (growth + burnt)
    assert (efficiency[-1] < efficiency[0]).all()


def test_macropores_carry_dissolved_carbon_deeper_and_lose_none():
    setting, start, forcing, run = thirty_years()
    graph = setting.model.graph
    state, flux, face, lost, _ = run(forcing, [0.0, 0.1, 0.4])
    # conserved: what is held, given and lost, over the thirty years
    given = 30.0 * sum(
        np.asarray(getattr(forcing, f"{source}_input")) for source in ("leaf", "root", "exudate", "wood")
    )
    leached = face[:, :, -1].sum(axis=(0, 1))
    change = state.stocks[0].sum(axis=(0, 1)) - np.asarray(start.stocks)[0].sum(axis=(0, 1))
    np.testing.assert_allclose(change, given - lost.sum(axis=0) - leached, rtol=0.0, atol=1e-12 * given.max())
    assert not flux["dom->dom_bypass"][..., 0].any()
    # the more macropores, the more dissolved carbon passes half a metre
    carried = [graph.classes.index(name) for name in ("dissolved", "bypass")]
    through = face[-1][carried].sum(axis=0)
    deep = 4  # the slot and three layers, down to 49 cm, lie above its lower face
    assert (np.diff(through[deep]) > 0.0).all(), through
    # it comes out of the macropores again below
    back = flux["dom_bypass->dom"][-1]
    assert (back[deep + 1 :, 2] > back[deep + 1 :, 1]).all()
    assert (np.diff(face[-1][carried[1], deep]) > 0.0).all()


def test_the_whole_model_runs_from_a_site_file_to_a_dataset():
    """Water table, structure, oxygen, rooting and nitrogen; two years from pedogenesis."""
    site = site_with({NITROGEN: "modelled"}, water_table_m=0.9)
    start = site.start.model_copy(update={"year": 1990, "mode": "pedogenesis", "pedogenesis_years": 100})
    site = site.model_copy(
        update={"start": start, "run": site.run.model_copy(update={"end_year": 1991, "method": "first_order"})}
    )
    run = pedozone.simulate(site)
    ds = run.dataset
    assert variables.problems(ds) == []
    assert max(run.summary()["budget_closure"].values()) < 1e-12
    assert ds.sizes["pool"] == 14 and float(ds["carbon"].min()) >= 0.0
    assert float(ds["lateral_drainage"].sum()) > 0.0
    assert float(ds["leaching"].min()) > 0.0
