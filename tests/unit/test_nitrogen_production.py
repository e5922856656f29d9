"""Production that modelled nitrogen limits: its law, its signs, its balance, its steady state, and the site file."""

import functools
import json

import jax
import jax.numpy as jnp
import numpy as np
import pedon_columns as columns
import pytest
import target_sites
from hypothesis import given, settings
from hypothesis import strategies as st

import pedozone
from pedozone import variables
from pedozone.cli.summary_text import summary_text
from pedozone.config.errors import InputError
from pedozone.config.loading import parse_site
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import METHODS, STEPPERS, no_tracers
from pedozone.engine.year import State
from pedozone.processes.nitrogen_competition import Layers, shared_out
from pedozone.processes.nitrogen_rest import production_at_rest
from pedozone.processes.plant_nitrogen import production_after, share_met
from pedozone.report.html import REGISTRY
from pedozone.simulation.columns import forcing_of
from pedozone.simulation.starting import spun_up
from pedozone.simulation.years import one_year

SHARE = st.floats(0.0, 1.0)
LAYERS = 6
COLUMNS = {
    "usual": {},
    "clean air": {"nitrogen_deposition": 0.2},
    "rich air": {"nitrogen_deposition": 5.0},
    "fertilised": {"nitrogen_fertiliser": 1e-2},
    "legumes": {"nitrogen_fixation": 8.0},
    "straw": {},
    "no plants": {"leaf_input": 0.0, "root_input": 0.0, "exudate_input": 0.0, "wood_input": 0.0},
    "unlimited": {"nitrogen_limitation": 0.0},
}
AT = {name: place for place, name in enumerate(COLUMNS)}


# --- the law


@settings(deadline=None, max_examples=60)
@given(before=SHARE, met=SHARE, needed=st.floats(1e-6, 1.0), residence=st.floats(0.5, 20.0))
def test_over_a_year_the_nitrogen_of_plants_balances(before, met, needed, residence):
    """Plants that hold p D/(1 - exp(-1/tau)) gain what they take up and shed the nitrogen of their litter."""
    with double_precision():
        p, taken, needed = (jnp.asarray([x]) for x in (before, met * needed, needed))
        after = production_after(p, taken, needed, jnp.asarray([residence]))
        p, taken, needed, after = (np.asarray(x) for x in (p, taken, needed, after))
    holding = needed / -np.expm1(-1.0 / residence)
    np.testing.assert_allclose(holding * (after - p), taken - p * needed, rtol=0.0, atol=1e-12 * float(holding[0]))
    assert min(before, met) - 1e-12 <= float(after[0]) <= max(before, met) + 1e-12


@jax.jit
def at_rest(supply, recycled, first):
    """Where a spin-up comes to rest if a soil gives back a share of what plants bring."""

    def step(_, share):
        def taken(scale):
            offered = supply + recycled * share * scale
            return offered / (1.0 + offered)

        return production_at_rest(share, taken, jnp.ones(1), jnp.ones(1))

    return jax.lax.fori_loop(0, 300, step, first * jnp.ones(1))


@settings(deadline=None, max_examples=60)
@given(supply=st.floats(-3.0, 0.5), recycled=st.floats(0.0, 0.98), first=st.floats(0.01, 0.99))
def test_a_spin_up_finds_the_share_at_which_plants_return_what_they_take(supply, recycled, first):
    """For a soil that gives back a share of the litter's nitrogen and meets demand by a saturating law."""
    supply = 10.0**supply

    with double_precision():
        share = at_rest(supply, recycled, first)
        given_ = supply + recycled * share
        np.testing.assert_allclose(share, given_ / (1.0 + given_), rtol=1e-7)
    assert 0.0 < float(share[0]) < 1.0


def test_without_demand_nothing_is_short_and_all_derivatives_are_finite():
    def both(before, taken, needed):
        after = production_after(before, taken, needed, jnp.ones(1))
        return jnp.sum(after + production_at_rest(before, lambda scale: scale * taken, needed, jnp.ones(1)))

    with double_precision():
        slopes = jax.jit(jax.grad(both, argnums=(0, 1, 2)))
        for values in ((1.0, 0.0, 0.0), (0.0, 0.0, 0.1), (1.0, 0.1, 0.1), (0.5, 0.03, 0.1)):
            found = slopes(*(jnp.asarray([x]) for x in values))
            assert all(np.isfinite(np.asarray(s)).all() for s in found), values
        assert float(share_met(jnp.zeros(1), jnp.zeros(1))[0]) == 1.0


share = jax.jit(shared_out)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), demand=st.floats(-4.0, 0.0), stock=st.floats(-9.0, -1.0))
def test_plants_that_look_for_more_get_more_and_never_more_than_they_ask_for(seed, demand, stock):
    rng = np.random.default_rng(seed)
    with double_precision():
        roots = jnp.asarray(rng.dirichlet(np.ones(8), 1).T)
        half, drained, denitrified = (jnp.asarray(10.0 ** rng.uniform(-5.0, 0.0, (8, 1))) for _ in range(3))
        layers = Layers(10.0**demand * roots, half, drained, denitrified)
        source, wanted = (jnp.asarray(10.0 ** rng.uniform(-6.0, -1.0, (8, 1))) for _ in range(2))
        mineral = jnp.asarray(10.0**stock * rng.uniform(0.0, 1.0, (8, 1)))
        plain, looking = (share(source, wanted, mineral, layers, 1.0, x) for x in (0.0, 1.0))
        asked = float(layers.demand.sum())
        assert float(plain.plants.sum()) * (1.0 - 1e-12) <= float(looking.plants.sum()) <= asked * (1.0 + 1e-12)
        for found in (plain, looking):
            out = found.plants + found.bound + denitrified * found.mineral
            left = mineral + source - out
            left = left.at[1:].add((drained * found.mineral)[:-1]) - drained * found.mineral
            np.testing.assert_allclose(found.mineral, left, atol=1e-13)


# --- columns side by side


def site_with(cover="temperate-grassland", modes=None, **start):
    """A made-up temperate site with modelled nitrogen."""
    data = columns.site("highfield", "pedon").model_dump(exclude_none=True)
    data |= {"modes": {"nitrogen": "modelled"} if modes is None else modes, "observation": [], "history": []}
    data["start"] |= {"cover": cover, **start}
    return parse_site(data)


@functools.cache
def sixty_years():
    """(states at the end of every year, fluxes, stocks, settings) of columns that differ in what nitrogen they get."""
    site = site_with(nitrogen_limits_production=True)
    site = site.model_copy(update={"soil": site.soil.model_copy(update={"layers": LAYERS})})
    with double_precision():
        setting = columns.setting_of(site, len(COLUMNS))
        year = columns.widened(forcing_of(site, site.land_cover_segments()[0][1]), len(COLUMNS))
        for name, changes in COLUMNS.items():
            for field, factor in changes.items():
                value = getattr(year, field)
                new = factor if field in ("nitrogen_fertiliser", "nitrogen_limitation") else value[AT[name]] * factor
                year = year._replace(**{field: value.at[AT[name]].set(new)})
        state = columns.bare(setting, 0.1)
        tracing, graph = no_tracers(setting.model.graph, len(COLUMNS)), setting.model.graph
        kept, states = [], [state]
        for k in range(60):
            if (
                k == 40
            ):  # straw with a C:N of 80 is worked in: the nitrogen that litter of this cover would hold is lacking
                straw, layer = graph.index["litter_structural"], graph.organic
                known = state.physical.nitrogen
                lacking = 0.4 * (known.per_carbon[straw, layer, AT["straw"]] - 1.0 / 80.0)
                stocks = state.stocks.at[0, straw, layer, AT["straw"]].add(0.4)
                nitrogen = known._replace(shortage=known.shortage.at[layer, AT["straw"]].add(lacking))
                state = State(stocks, state.physical._replace(nitrogen=nitrogen))
            stepper = STEPPERS["first_order"]
            state, now = one_year(setting.model, setting.solver, stepper, state, year, tracing, *setting.values)
            states.append(state)
            kept.append(now)
        return jax.tree.map(np.asarray, (states, kept, year))


def production():
    """Share of full production by year and column."""
    return np.stack([now.nitrogen.production for now in sixty_years()[1]])


def test_nitrogen_holds_production_between_nothing_and_its_potential():
    share = production()
    assert (share > 0.0).all() and (share <= 1.0).all()
    limited = share[30:, [AT[name] for name in ("usual", "clean air", "rich air", "legumes")]]
    assert (limited < 1.0).all()
    np.testing.assert_array_equal(share[:, AT["unlimited"]], 1.0)


def test_what_brings_nitrogen_lifts_production_towards_its_potential_and_carbon_with_it():
    states, kept, year = sixty_years()
    share, carbon = production()[-1], states[-1].stocks[0].sum(axis=(0, 1))
    order = [AT[name] for name in ("clean air", "usual", "rich air")]
    assert (np.diff(share[order]) > 0.01).all(), share
    assert (np.diff(carbon[order]) > 0.0).all(), carbon
    for name in ("fertilised", "legumes"):
        assert share[AT["usual"]] + 0.01 < share[AT[name]] < 1.0, (name, share)
        assert carbon[AT[name]] > carbon[AT["usual"]]
    brought = sum(np.asarray(u).sum(axis=0) for u in kept[-1].inputs)
    full = sum(getattr(year, f"{part}_input") for part in ("leaf", "root", "exudate", "wood"))
    np.testing.assert_allclose(brought, share * full, rtol=1e-12)


def test_litter_that_binds_nitrogen_lowers_the_next_years_production():
    share = production()
    with_straw, without = share[:, AT["straw"]], share[:, AT["usual"]]
    np.testing.assert_array_equal(with_straw[:41], without[:41])
    assert with_straw[41] < without[41] - 0.005, (with_straw[40:45], without[40:45])


def test_the_ledgers_of_nitrogen_and_carbon_close():
    states, kept, _ = sixty_years()
    for k, now in enumerate(kept):
        before, after, flux = states[k], states[k + 1], now.nitrogen
        organic = np.einsum("pcb,pcb->cb", after.stocks[0], after.physical.nitrogen.per_carbon)
        total = (organic + after.physical.nitrogen.mineral - after.physical.nitrogen.shortage).sum(axis=0)
        into = flux.litter.sum(axis=0) + flux.deposition + flux.fertiliser + flux.fixation.sum(axis=0)
        out = flux.plant_uptake.sum(axis=0) + flux.leaching[-1] + (flux.organic_loss + flux.gaseous).sum(axis=0)
        change = total - flux.opening.sum(axis=0)
        gross = total + into + flux.mineralisation.sum(axis=0)
        assert (np.abs(change - flux.relabelled.sum(axis=0) - into + out) <= 1e-12 * gross).all(), k
        carbon = after.stocks[0].sum(axis=(0, 1)) - before.stocks[0].sum(axis=(0, 1))
        given_ = sum(u.sum(axis=0) for u in now.inputs)
        lost = now.ledger.loss[0].sum(axis=(0, 1)) + now.ledger.face[0][:, -1].sum(axis=0)
        started = 0.4 * (np.arange(len(COLUMNS)) == AT["straw"]) * (k == 40)
        np.testing.assert_allclose(carbon - started, given_ - lost, rtol=0.0, atol=1e-12)
        assert (after.physical.nitrogen.shortage <= organic + 1e-12).all(), k
        # what stands in a layer comes and goes by layer
        mineral = after.physical.nitrogen.mineral - before.physical.nitrogen.mineral
        came = flux.mineralisation - flux.immobilisation + flux.fixation - flux.plant_uptake - flux.gaseous
        came = came - flux.leaching + np.concatenate([(flux.deposition + flux.fertiliser)[None], flux.leaching[:-1]])
        np.testing.assert_allclose(mineral, came, rtol=0.0, atol=1e-15 + 1e-12 * gross.max())


def test_bare_ground_asks_for_nothing_and_loses_what_it_is_given():
    states, kept, _ = sixty_years()
    bare, flux = AT["no plants"], kept[-1].nitrogen
    assert flux.plant_uptake[:, bare].sum() == 0.0 == flux.plant_demand[:, bare].sum()
    assert float(states[-1].physical.nitrogen.production[bare]) > 1.0 - 1e-9
    lost = flux.leaching[-1] + flux.gaseous.sum(axis=0)
    assert lost[bare] > 3.0 * lost[AT["usual"]]


def test_what_plants_take_and_bring_back_comes_to_the_same_in_the_end():
    """The store of nitrogen in plants: their production follows what they are given."""
    _, kept, year = sixty_years()
    held = [now.nitrogen.production / -np.expm1(-1.0 / year.nitrogen_residence) for now in kept]
    for k in (5, 30, 50):
        flux = kept[k].nitrogen
        asked, taken, brought = (x.sum(axis=0) for x in (flux.plant_demand, flux.plant_uptake, flux.litter))
        limited = np.asarray([name not in ("no plants", "unlimited") for name in COLUMNS])
        np.testing.assert_allclose((asked * (held[k + 1] - held[k]))[limited], (taken - brought)[limited], atol=1e-15)


def test_production_has_a_derivative_by_what_the_air_brings():
    site = site_with(nitrogen_limits_production=True)
    site = site.model_copy(update={"soil": site.soil.model_copy(update={"layers": 5})})
    with double_precision():
        setting = columns.setting_of(site)
        year = columns.widened(forcing_of(site, site.land_cover_segments()[0][1]), 1)
        start, tracing = columns.bare(setting, 0.1), no_tracers(setting.model.graph, 1)

        def grown(deposited):
            state = State(start.stocks[:1], start.physical)
            for _ in range(2):
                args = year._replace(nitrogen_deposition=deposited[None]), tracing, *setting.values
                state, _ = one_year(setting.model, setting.solver, STEPPERS["first_order"], state, *args)
            return state.physical.nitrogen.production[0]

        at, step = 1e-3, 1e-5
        slope = jax.grad(grown)(jnp.asarray(at))
        beside = (grown(jnp.asarray(at + step)) - grown(jnp.asarray(at - step))) / (2.0 * step)
    np.testing.assert_allclose(float(slope), float(beside), rtol=1e-4)
    assert float(slope) > 0.0


# --- steady states


STEADY = {
    "luvisol": ("temperate-grassland", None, 0.0),
    "arenosol": ("heath", None, 15.0),
    "podzol": ("boreal-needleleaf-forest", "Jyväskylä", 15.0),
}


@functools.cache
def steady(soil: str):
    """A spin-up with production limited by nitrogen, and its share of full production for thirty years from there."""
    cover, climate, spread = STEADY[soil]
    data = target_sites.site(cover, soil, climate).model_dump(exclude_none=True)
    data["modes"] = {"nitrogen": "modelled"}
    data["soil"] |= {"layers": 10}
    data["start"] |= {"nitrogen_limits_production": True, "nitrogen_fertiliser_kg_ha_yr": spread}
    site = parse_site(data)
    with double_precision():
        setting = columns.setting_of(site)
        year = columns.widened(forcing_of(site, site.land_cover_segments()[0][1]), 1)
        method = METHODS["first_order"]
        found, _ = spun_up(setting, method, year)
        state = State(jnp.asarray(found.state.stocks), jax.tree.map(jnp.asarray, found.state.physical))
        shares = [float(state.physical.nitrogen.production[0])]
        for _ in range(30):
            args = state, year, no_tracers(setting.model.graph, 1), *setting.values
            state, _ = one_year(setting.model, setting.solver, method.usual, *args)
            shares.append(float(state.physical.nitrogen.production[0]))
        return found, np.asarray(shares), np.asarray(state.stocks)


@pytest.mark.parametrize("soil", STEADY)
def test_spin_ups_find_the_production_that_stays(soil):
    found, shares, stocks = steady(soil)
    assert [s.value for s in found.status] == ["converged"], found.causes
    assert 0.05 < shares[0] < 0.99
    np.testing.assert_allclose(shares, shares[0], rtol=1e-4)
    np.testing.assert_allclose(stocks.sum(), np.asarray(found.state.stocks).sum(), rtol=1e-4)


# --- from the site file to what is told


def test_a_run_holds_the_nitrogen_budget_and_tells_of_it():
    data = columns.site("highfield", "pedon").model_dump(exclude_none=True)
    limited = {"nitrogen_limits_production": True}
    data |= {
        "modes": {"nitrogen": "modelled"},
        "observation": [],
        "event": [{"what": "manure", "year": 1993, "carbon_t_ha": 3.0}],
        "history": [
            {"from_year": 1992, "cover": "cereal-cropland", "nitrogen_fertiliser_kg_ha_yr": 50.0, **limited},
            {"from_year": 1995, "cover": "bare-fallow"},
        ],
    }
    data["start"] |= {"year": 1990, "mode": "pedogenesis", "pedogenesis_years": 100, **limited}
    data["run"] |= {"end_year": 1996, "method": "first_order"}
    site = parse_site(data)
    site = site.model_copy(update={"soil": site.soil.model_copy(update={"layers": 8})})
    assert any("production is not limited by nitrogen" in note for note in site.notes())
    run = pedozone.simulate(site)
    ds = run.dataset
    assert variables.problems(ds) == []
    told = run.summary()["nitrogen"]
    assert told["closure"] < 1e-12 and told["limits_production"]
    assert max(run.summary()["budget_closure"].values()) < 1e-12
    np.testing.assert_array_equal(ds["production_share"].sel(year=[1995, 1996]), 1.0)
    assert (ds["production_share"].sel(year=slice(1990, 1994)) < 1.0).all()
    np.testing.assert_allclose(ds["nitrogen_fertiliser"], [0, 0, 5e-3, 5e-3, 5e-3, 0, 0])
    # inputs less losses are the change of what is held, of the file's own variables
    held = (ds["organic_nitrogen"] + ds["mineral_nitrogen"]).sum("layer").values
    names = ("litter", "fixation", "uptake", "gaseous_loss")
    layered = {name: ds[f"nitrogen_{name}"].sum("layer").values for name in names}
    into = layered["litter"] + layered["fixation"] + (ds["nitrogen_deposition"] + ds["nitrogen_fertiliser"]).values
    out = layered["uptake"] + layered["gaseous_loss"] + (ds["nitrogen_leaching"] + ds["organic_nitrogen_loss"]).values
    steps = (ds["nitrogen_event_change"] + ds["nitrogen_relabelled"]).values
    np.testing.assert_allclose(np.diff(held), into - out + steps, rtol=0.0, atol=1e-12 * held.max())
    brought = ds["nitrogen_event_change"].values
    np.testing.assert_allclose(brought, [0.0, 0.0, 0.0, 0.02, 0.0, 0.0, 0.0], atol=1e-15)  # manure with a C:N of 15
    assert ds["organic_nitrogen"].values.min() >= -1e-12
    text = summary_text(ds, [])
    assert "production held to" in text and "budget closed" in text.partition("Nitrogen")[2]
    assert "nitrogen" in REGISTRY.available(ds)
    assert any("Aerts and Chapin" in r["citation"] for r in json.loads(ds.attrs["references"]))


@pytest.mark.parametrize(
    ("start", "modes", "field", "allowed"),
    [
        ({"nitrogen_limits_production": True}, {}, "start.nitrogen_limits_production", "nitrogen is modelled"),
        ({"nitrogen_limits_production": True}, {"nitrogen": "off"}, "start.nitrogen_limits_production", "is modelled"),
        ({"nitrogen_fertiliser_kg_ha_yr": 50.0}, {}, "start.nitrogen_fertiliser_kg_ha_yr", "nitrogen is modelled"),
        (
            {"nitrogen_limits_production": True, "nitrogen_supply_kg_ha_yr": 60.0},
            {"nitrogen": "modelled"},
            "start.nitrogen_limits_production",
            "either nitrogen_limits_production or nitrogen_supply_kg_ha_yr",
        ),
        (
            {"nitrogen_limits_production": True, "npp_kg_c_m2_yr": 0.5},
            {"nitrogen": "modelled"},
            "start.nitrogen_limits_production",
            "either nitrogen_limits_production or npp_kg_c_m2_yr",
        ),
        ({}, {"nitrogen": "modeled"}, "modes.nitrogen", "'modelled', 'prescribed', 'off'"),
        ({}, {"nitrogen": "on"}, "modes.nitrogen", "'modelled', 'prescribed', 'off'"),
        ({}, {"nitrogen": True}, "modes.nitrogen", "'modelled', 'prescribed', 'off'"),
        ({}, {"nitrogen": "prescribed"}, "modes.nitrogen", "'modelled' or 'off'"),
    ],
)
def test_what_contradicts_is_refused_and_told(start, modes, field, allowed):
    with pytest.raises(InputError) as caught:
        site_with(modes=modes, **start)
    assert caught.value.field == field
    assert allowed in caught.value.allowed, caught.value
    if modes.get("nitrogen") == "modeled":
        assert "Did you mean 'modelled'?" in caught.value.mend


def test_models_without_nitrogen_refuse_it():
    data = columns.site("highfield", "pedon-core").model_dump(exclude_none=True)
    data["start"] |= {"nitrogen_limits_production": True}
    with pytest.raises(InputError, match="'pedon-core' has no nitrogen"):
        parse_site(data | {"observation": []})
