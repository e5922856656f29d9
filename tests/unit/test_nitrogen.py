"""Nitrogen closes to rounding, is never made, and is shared by depth between plants and microbes."""

import functools

import jax
import jax.numpy as jnp
import nitrogen_cases as cases
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedozone.engine.precision import double_precision
from pedozone.processes import mineral_nitrogen as mineral
from pedozone.processes import nitrogen as organic
from pedozone.processes.nitrogen_competition import met

COVERS = cases.COVERS
SEEDS = st.integers(0, 2**32 - 1)
AMOUNT = st.floats(-9.0, 1.0).map(lambda x: 10.0**x) | st.just(0.0)
CLOSES = 1e-12


@functools.cache
def compiled():
    """One year of nitrogen after one of carbon."""
    graph = cases.years()[COVERS[0]].graph
    return jax.jit(functools.partial(mineral.nitrogen_year, graph))


def stepped(cover: str):
    """One year of nitrogen under a cover."""
    return functools.partial(compiled(), cases.years()[cover].ledger)


def scaled(parameters, seed):
    """C:N of every pool drawn anew."""
    rng = np.random.default_rng(seed)
    return {
        name: value * rng.uniform(0.4, 3.0) if name.startswith("carbon_nitrogen") else value
        for name, value in parameters.items()
    }


def balance(booked) -> np.ndarray:
    """What the ledger says about the total of every cell."""
    o = booked.organic
    net = o.brought + o.moved - o.lost + booked.supply - booked.plant_uptake - booked.denitrification - booked.leaching
    net = net + booked.shortage_lost - booked.shortage_moved
    return np.asarray(net.at[1:].add(booked.leaching[:-1]))


def gross(booked) -> np.ndarray:
    o = booked.organic
    return np.asarray(o.brought + o.mineralised + o.immobilised + booked.supply + booked.demand)


@settings(deadline=None, max_examples=25)
@given(graph=cases.graphs(), seed=SEEDS)
def test_every_graph_closes_cell_by_cell(graph, seed):
    with double_precision():
        ledger, inputs, share = cases.random_year(graph, seed)
        ratios, sources = cases.random_ratios(graph, seed + 1)
        change = cases.carbon_change(graph, ledger, inputs, share)
        found = organic.organic_exchange(graph, ledger, inputs, share, ratios, sources)
        left = np.sum(change * np.asarray(ratios), axis=0)
        right = np.asarray(found.brought + found.moved - found.lost - found.net)
        scale = float(jnp.sum(found.brought + found.mineralised + found.immobilised + found.lost)) + 1.0
        np.testing.assert_allclose(left, right, rtol=0.0, atol=1e-13 * scale)
        assert float(jnp.min(found.mineralised)) >= 0.0
        assert float(jnp.min(found.immobilised)) >= 0.0
        # movement only moves: summed over the column nothing of it is left
        assert abs(float(jnp.sum(found.moved))) <= 1e-13 * scale * graph.cells


def test_pools_that_all_have_one_ratio_release_only_what_is_respired():
    year = cases.years()["temperate-grassland"]
    with double_precision():
        drivers = cases.drivers_of(year)
        same = jnp.full_like(drivers.per_carbon, 0.05)
        sources = {name: jnp.full(cases.BATCH, 0.05) for name in drivers.source_per_carbon}
        found = organic.organic_exchange(year.graph, year.ledger, drivers.inputs, year.inc_share, same, sources)
        respired = np.asarray(year.ledger.loss[0, year.graph.fates.index("respired")])
    np.testing.assert_allclose(np.asarray(found.mineralised), 0.05 * respired, rtol=1e-12)
    assert np.asarray(found.immobilised).max() <= 1e-18


@pytest.mark.parametrize("cover", COVERS)
@settings(deadline=None, max_examples=8)
@given(seed=SEEDS, leaf=st.floats(10.0, 120.0), root=st.floats(15.0, 120.0), stock=AMOUNT, lack=AMOUNT)
def test_a_pedons_year_closes(cover, seed, leaf, root, stock, lack):
    year = cases.years()[cover]
    with double_precision():
        parameters = scaled(year.parameters, seed)
        drivers = cases.drivers_of(year, made_of=cases.composition(leaf, root), parameters=parameters)
        first = mineral.initial_nitrogen(drivers.per_carbon)
        first = first._replace(mineral=first.mineral + stock, shortage=first.shortage + lack)
        after, booked = stepped(cover)(first, drivers, parameters, 1.0)
        before = np.asarray(mineral.total_nitrogen(year.before, first))
        change = np.asarray(mineral.total_nitrogen(year.after, after)) - before
        scale = np.asarray(organic.organic_nitrogen(year.before, drivers.per_carbon)) + stock + lack + gross(booked)
        assert np.abs(change - balance(booked)).max() <= CLOSES * scale.max()
        column = np.abs((change - balance(booked)).sum(axis=0))
        assert (column <= CLOSES * scale.sum(axis=0)).all()
        for kept in (after.mineral, after.shortage, after.available, booked.plant_uptake, booked.immobilisation):
            assert np.isfinite(np.asarray(kept)).all()
            assert float(jnp.min(kept)) >= 0.0
        assert (np.asarray(booked.plant_uptake) <= np.asarray(booked.demand) * (1.0 + 1e-12)).all()
        assert float(jnp.min(after.plant_limitation)) >= 0.0
        assert float(jnp.max(after.plant_limitation)) <= 1.0


def test_a_change_of_cover_relabels_litter_and_still_closes():
    grass, crop = (cases.years()[name] for name in COVERS[:2])
    with double_precision():
        first = cases.start_of(grass)
        drivers = cases.drivers_of(crop, before=first, made_of=cases.composition(70.0, 60.0))
        after, booked = stepped(COVERS[1])(first, drivers, crop.parameters, 1.0)
        step = np.asarray(organic.relabelled(crop.before, first.per_carbon, drivers.per_carbon))
        total = mineral.total_nitrogen(crop.after, after) - mineral.total_nitrogen(crop.before, first)
        change = np.asarray(total)
    np.testing.assert_allclose(change, balance(booked) + step, rtol=0.0, atol=CLOSES)
    assert step.sum(axis=0).max() < -1e-4  # litter of a wider C:N holds less
    fresh = [crop.graph.index[name] for name in ("litter_metabolic", "litter_structural")]
    others = [k for k in range(len(crop.graph.pools)) if k not in fresh]
    np.testing.assert_array_equal(np.asarray(drivers.per_carbon)[others], np.asarray(first.per_carbon)[others])


def test_bare_ground_keeps_the_litter_of_the_last_cover():
    bare = cases.years()["bare-fallow"]
    with double_precision():
        grass = cases.start_of(cases.years()["temperate-grassland"], made_of=cases.composition(22.0, 55.0))
        plants = bare.environment.plants
        plants = plants._replace(leaf=0.0 * plants.leaf, root=0.0 * plants.root)
        bare = bare._replace(environment=bare.environment._replace(plants=plants))
        drivers = cases.drivers_of(bare, before=grass, made_of=cases.composition(90.0, 20.0))
    np.testing.assert_allclose(np.asarray(drivers.per_carbon), np.asarray(grass.per_carbon), rtol=1e-9)


def test_immobilisation_beyond_supply_is_a_shortage_and_no_nitrogen_is_made():
    cover = "temperate-grassland"
    year = cases.years()[cover]
    with double_precision():
        poor = cases.composition(120.0, 120.0)  # litter that binds nitrogen, and none to bind
        drivers = cases.drivers_of(year, made_of=poor, deposition=0.0, fixation=0.0)
        first = mineral.initial_nitrogen(drivers.per_carbon)
        after, booked = stepped(cover)(first, drivers, year.parameters, 1.0)
        assert float(jnp.min(after.mineral)) >= 0.0
        short = np.asarray(after.shortage)
        assert short.sum(axis=0).min() > 1e-4
        # what is bound was there: mineral nitrogen of other cells, come down with water
        bound = float(jnp.sum(booked.immobilisation))
        freed = float(jnp.sum(jnp.maximum(booked.organic.net, 0.0)))
        assert bound <= freed * (1.0 + 1e-12)
        # a shortage is demanded again and is taken off what microbes may grow with
        rich = cases.drivers_of(year, made_of=poor, deposition=0.05)
        whole, _ = stepped(cover)(after._replace(shortage=0.0 * after.shortage), rich, year.parameters, 1.0)
        lacking, paid = stepped(cover)(after, rich, year.parameters, 1.0)
        assert float(jnp.sum(lacking.available)) < float(jnp.sum(whole.available))
        assert float(jnp.sum(paid.immobilisation)) > bound
        # matter takes what it lacks along, so that even a debt never paid stays below what there is
        for _ in range(300):
            after, _ = stepped(cover)(after, drivers, year.parameters, 1.0)
        held = np.asarray(organic.organic_nitrogen(year.after, drivers.per_carbon))
        assert (np.asarray(after.shortage)[0] < held[0]).all()


@settings(deadline=None, max_examples=60)
@given(supplied=AMOUNT, demand=AMOUNT, half=st.floats(-7.0, -1.0), lost=st.floats(-9.0, 4.0))
def test_what_is_met_is_positive_and_balances(supplied, demand, half, lost):
    half, lost = 10.0**half, 10.0**lost
    with double_precision():
        m = float(met(*(jnp.asarray(x) for x in (supplied, demand, half, lost))))
    taken = demand * m / (half + m)
    assert m >= 0.0
    assert taken <= demand
    np.testing.assert_allclose(lost * m + taken, supplied, rtol=1e-9, atol=1e-300)


def test_a_long_step_lands_on_the_steady_state():
    cover = "temperate-grassland"
    year = cases.years()[cover]
    with double_precision():
        rich = cases.composition(12.0, 12.0)  # nothing is short, so that no debt grows on the way
        drivers, first = cases.drivers_of(year, made_of=rich), cases.start_of(year, made_of=rich)
        far, _ = stepped(cover)(first, drivers, year.parameters, 1e7)
        again, booked = stepped(cover)(far, drivers, year.parameters, 1e7)
        walked = first
        for _ in range(400):
            walked, _ = stepped(cover)(walked, drivers, year.parameters, 1.0)
    clear = np.asarray(walked.shortage) < 1e-9
    wet = clear & (np.asarray(booked.leaching) > 0.1 * np.asarray(far.mineral))
    assert wet.mean() > 0.5
    np.testing.assert_allclose(np.asarray(again.mineral)[wet], np.asarray(far.mineral)[wet], rtol=1e-4)
    np.testing.assert_allclose(np.asarray(walked.mineral)[wet], np.asarray(far.mineral)[wet], rtol=0.05)


def test_a_steady_column_leaches_what_it_is_given():
    """Without plants and carbon: deposition falls on the top and leaves at the base and into the air."""
    cover = "bare-fallow"
    year = cases.years()[cover]
    with double_precision():
        empty = year._replace(inputs=tuple(0.0 * u for u in year.inputs))
        drivers = cases.drivers_of(empty, deposition=2e-3, fixation=0.0)
        none = jax.tree.map(jnp.zeros_like, year.ledger)
        first = mineral.initial_nitrogen(drivers.per_carbon)
        after, booked = compiled()(none, first, drivers, year.parameters, 1e8)
        assert float(jnp.max(drivers.demand)) == 0.0
        assert float(jnp.max(booked.supply[1:])) == 0.0
        out = np.asarray(booked.leaching[-1] + jnp.sum(booked.denitrification, axis=0))
    np.testing.assert_allclose(out, 2e-3, rtol=1e-4)
    assert np.asarray(after.shortage).max() == 0.0


def test_plants_and_microbes_share_what_is_short_in_every_layer():
    cover = "temperate-grassland"
    year = cases.years()[cover]
    with double_precision():
        drivers = cases.drivers_of(year, made_of=cases.composition(80.0, 80.0))
        first = mineral.initial_nitrogen(drivers.per_carbon)

        def with_demand(factor):
            now = drivers._replace(demand=factor * drivers.demand)
            return stepped(cover)(first, now, year.parameters, 1.0)

        (alone, _), (little, _), (much, booked) = (with_demand(f) for f in (0.0, 1.0, 20.0))
        assert (np.asarray(little.available) <= np.asarray(alone.available) * (1 + 1e-9)).all()
        assert float(jnp.sum(much.available)) < 0.5 * float(jnp.sum(alone.available))
        assert (np.asarray(much.plant_limitation) > np.asarray(little.plant_limitation)).all()
        assert (np.asarray(much.plant_limitation) > 0.5).all()
        # demand, and with it competition, follows roots
        roots = np.asarray(year.environment.plants.root_share)
        np.testing.assert_allclose(np.asarray(booked.demand), roots * np.asarray(booked.demand).sum(axis=0), rtol=1e-12)
        uncontested = np.asarray(booked.demand) == 0.0
        rooted = roots > 0.01
        kept = np.asarray(much.available)[rooted] / np.asarray(alone.available)[rooted]
        assert kept.max() < 0.9
        assert uncontested.any() or rooted.all()


def test_plants_that_get_all_they_want_are_not_limited():
    cover = "temperate-grassland"
    year = cases.years()[cover]
    with double_precision():
        rich = cases.drivers_of(year, deposition=0.0, fixation=0.5)
        after, booked = stepped(cover)(cases.start_of(year), rich, year.parameters, 1.0)
        needed = sum(
            jnp.sum(u) * n
            for u, n in (
                (jnp.sum(drawn, axis=0)[0], rich.source_per_carbon[e.source][0])
                for e, drawn in zip(year.graph.inputs, rich.inputs, strict=True)
            )
        )
        asked = jnp.sum(booked.demand[:, 0])
    assert np.asarray(after.plant_limitation).max() < 0.02
    np.testing.assert_allclose(float(asked), float(needed), rtol=1e-12)


def test_only_wet_soil_loses_nitrate_to_the_air():
    year = cases.years()["temperate-grassland"]
    with double_precision():
        rates = [
            np.asarray(mineral.denitrified_rate(year.environment, wet + 0.0 * year.environment.theta, year.parameters))
            for wet in (0.0, 0.6, 0.85, 1.0)
        ]
    assert rates[0].max() == 0.0
    assert rates[1].max() == 0.0
    assert (rates[3] > rates[2]).all()
    assert rates[2].min() > 0.0


def test_derivatives_are_finite_where_everything_is_empty():
    year = cases.years()["temperate-grassland"]
    names = [*organic.PARAMETERS, *mineral.PARAMETERS]

    @jax.jit
    @jax.grad
    def slopes(chosen, ledger, inputs, water):
        parameters = {**year.parameters, **chosen}
        environment = year.environment
        environment = environment._replace(theta=water * environment.theta, face_flux=water * environment.face_flux)
        here = year._replace(environment=environment, inputs=inputs)
        drivers = cases.drivers_of(here, parameters=parameters)
        first = mineral.initial_nitrogen(drivers.per_carbon)
        after, booked = mineral.nitrogen_year(year.graph, ledger, first, drivers, parameters)
        return jnp.sum(after.available) + jnp.sum(after.plant_limitation) + jnp.sum(booked.denitrification)

    with double_precision():
        at = {name: year.parameters[name] for name in names}
        for share in (1.0, 0.0):
            ledger, inputs = jax.tree.map(lambda x, share=share: share * x, (year.ledger, year.inputs))
            found = slopes(at, ledger, inputs, share)
            assert all(np.isfinite(np.asarray(s)).all() for s in found.values())
            assert share == 0.0 or float(found["carbon_nitrogen_microbial"]) != 0.0


@settings(deadline=None, max_examples=15)
@given(graph=cases.graphs(), seed=SEEDS)
def test_a_shortage_goes_where_matter_goes(graph, seed):
    with double_precision():
        ledger, inputs, share = cases.random_year(graph, seed)
        ratios, sources = cases.random_ratios(graph, seed + 1)
        found = organic.organic_exchange(graph, ledger, inputs, share, ratios, sources)
        held = organic.organic_nitrogen(ledger.stock, ratios)
        lacking = jnp.asarray(np.random.default_rng(seed).random(held.shape))
        after, lost = organic.shortage_carried(lacking, found, held)
        assert float(jnp.min(after)) >= 0.0
        assert float(jnp.min(lost)) >= 0.0
        total = float(jnp.sum(after) + jnp.sum(lost))
    assert total == pytest.approx(float(np.sum(np.asarray(lacking))), rel=1e-12)
