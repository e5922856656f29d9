"""COMISSION against equations written by hand, one layer in closed form, and what energy limitation and capacity do."""

import functools

import jax
import jax.numpy as jnp
import layered_organic_cases as cases
import numpy as np
import pytest
import solute_by_hand as hand
from solute_by_hand import BATCH, warmth

from pedozone.engine.ages import systems
from pedozone.engine.precision import double_precision
from pedozone.models.comission import Comission
from pedozone.parameters import load_parameters
from pedozone.processes.comission_sorption import ComissionSorption

LAYERS = 12
POM, DOC, MICROBIAL, RESIDUE, SORBED = range(5)
MODEL = Comission(LAYERS)


@pytest.fixture(autouse=True)
def doubles():
    with double_precision():
        yield


@functools.cache
def published():
    return load_parameters("comission").values()


def given(**changed):
    return {key: jnp.asarray(value) for key, value in {**published(), **changed}.items()}


@functools.cache
def standard():
    with double_precision():
        return hand.constant(LAYERS)


def steady(soil=None, forcing=None, **changed):
    return hand.spun_up(MODEL, given(**changed), soil or standard()[0], forcing or standard()[1])[0]


@functools.cache
def stands():
    with double_precision():
        return steady()


def concentration(stock):
    return hand.concentration(stock, standard()[0])


def changes(stock, soil, forcing, b):
    """Written from the published equations for concentrations."""
    p = published()
    h, rho, fines = (np.asarray(a)[:, b] for a in soil)
    z = np.cumsum(h) - 0.5 * h
    t, c = np.asarray(forcing.temperature)[0, :, b], stock / h
    attacked = warmth(t, p["depolymerisation_energy"]) * c[MICROBIAL]
    attacked = attacked / (p["depolymerisation_half_saturation"] + c[MICROBIAL])
    broken = p["polymer_depolymerisation_rate"] * attacked * c[POM]
    recycled = p["residue_depolymerisation_rate"] * attacked * c[RESIDUE]
    uptake = p["uptake_rate"] * warmth(t, p["uptake_energy"]) * c[MICROBIAL] * c[DOC]
    uptake = uptake / (p["uptake_half_saturation"] + c[DOC])
    death = p["death_rate"] * c[MICROBIAL]
    capacity = p["capacity_of_fines"] * fines * rho
    net = p["sorption_rate"] * warmth(t, p["sorption_energy"]) * c[DOC] * (capacity - c[SORBED])
    net = net - p["desorption_rate"] * warmth(t, p["desorption_energy"]) * c[SORBED]
    change = np.zeros_like(stock)
    change[POM] = -broken
    change[DOC] = broken + recycled + p["dead_to_dissolved"] * death - uptake - net
    change[MICROBIAL] = p["growth_efficiency"] * uptake - death
    change[RESIDUE] = (1.0 - p["dead_to_dissolved"]) * death - recycled
    change[SORBED] = net
    change *= h
    change[DOC] += hand.leached(soil, forcing, c[DOC], b)
    for i in range(h.size - 1):
        diffusivity = p["bioturbation_by_density"] / (0.5 * (rho[i] + rho[i + 1]))
        for pool in (POM, MICROBIAL, RESIDUE, SORBED):
            flux = diffusivity * (c[pool, i] - c[pool, i + 1]) / (z[i + 1] - z[i])
            change[pool, i] -= flux
            change[pool, i + 1] += flux
    litter = hand.litter_by_layer(soil, forcing, p["surface_litter_depth"], b)
    change[POM] += (1.0 - p["dissolved_litter_share"]) * litter
    change[DOC] += p["dissolved_litter_share"] * litter
    return change


def test_the_steady_state_by_hand(record_property):
    furthest = hand.furthest_from_the_root(stands(), changes, *standard())
    assert furthest < 1e-8
    record_property("largest relative difference", furthest)


def test_a_course_by_hand(record_property):
    start = stands() * np.asarray([1.5, 3.0, 0.5, 1.2, 0.7])[:, None, None]
    furthest = hand.furthest_from_the_course(MODEL, given(), start, changes, *standard())
    assert furthest < 1e-4
    record_property("largest relative difference", furthest)


def test_one_layer_in_closed_form():
    soil, forcing = hand.constant(1)
    forcing = forcing._replace(water_flux=0.0 * forcing.water_flux)
    found = hand.concentration(hand.spun_up(Comission(1), given(), soil, forcing)[0], soil)[:, 0]
    p, t = published(), np.asarray(forcing.temperature)[0, 0]
    h, rho, fines = (np.asarray(a)[0] for a in soil)
    litter = np.asarray(forcing.leaf + forcing.root)[0, 0] / h
    uptake = litter / (1.0 - p["growth_efficiency"])  # what enters is respired
    microbial = p["growth_efficiency"] * uptake / p["death_rate"]
    attacked = warmth(t, 53.0) * microbial / (p["depolymerisation_half_saturation"] + microbial)
    most = p["uptake_rate"] * warmth(t, 47.0) * p["growth_efficiency"]
    doc = p["uptake_half_saturation"] * p["death_rate"] / (most - p["death_rate"])
    pom = (1.0 - p["dissolved_litter_share"]) * litter / p["polymer_depolymerisation_rate"] / attacked
    residue = (1.0 - p["dead_to_dissolved"]) * p["death_rate"] * microbial
    residue = residue / p["residue_depolymerisation_rate"] / attacked
    binding = p["sorption_rate"] * warmth(t, 5.0) / (p["desorption_rate"] * warmth(t, 20.0)) * doc
    sorbed = p["capacity_of_fines"] * fines * rho * binding / (1.0 + binding)
    np.testing.assert_allclose(found, [pom, doc, microbial, residue, sorbed], rtol=1e-9)


def test_seasonal_steady_states_are_found():
    soil, forcing = cases.mineral_soil(LAYERS), cases.mineral_forcing(LAYERS)
    _, found = hand.spun_up(MODEL, given(), soil, forcing, "mprk22", 1e-6)
    assert (found.drift < 1e-5).all()


def test_what_enters_is_respired_or_leached():
    soil, forcing = standard()
    for b in range(BATCH):
        c = concentration(stands())[..., b]
        leached = float(forcing.water_flux[0, -1, b] / forcing.theta[0, -1, b]) * c[DOC, -1]
        t, p = np.asarray(forcing.temperature)[0, :, b], published()
        uptake = p["uptake_rate"] * warmth(t, 47.0) * c[MICROBIAL] * c[DOC] / (p["uptake_half_saturation"] + c[DOC])
        respired = ((1.0 - p["growth_efficiency"]) * uptake * np.asarray(soil.thickness)[:, b]).sum()
        assert respired + leached == pytest.approx(float((forcing.leaf + forcing.root)[0, 0, b]), rel=1e-9)
        assert 0.0 < leached < respired


# -- what it does ----------------------------------------------------------------------------------------------


def test_surfaces_fill_up_to_their_capacity():
    soil, _ = standard()
    capacity = published()["capacity_of_fines"] * np.asarray(soil.fines * soil.bulk_density)
    shares = [concentration(steady(sorption_rate=k))[SORBED] / capacity for k in (6.0, 60.0, 6000.0)]
    assert (np.diff(shares, axis=0) > 0.0).all()
    assert (shares[-1] > 0.95).all() and (shares[-1] < 1.0).all()
    # twice the fines, twice the sorbed carbon and no other change
    sand = soil._replace(fines=0.5 * soil.fines)
    np.testing.assert_allclose(steady(sand)[SORBED], 0.5 * stands()[SORBED], rtol=0.01)


def test_more_is_sorbed_than_there_is_room_for():
    """The net flux is the published one on both sides of the capacity."""
    capacity = jnp.asarray([[2.0, 2.0, 0.0]])
    prepared = {"sorbing": jnp.asarray(60.0), "desorbing": jnp.asarray(0.5), "capacity": capacity}
    state = {"doc": jnp.asarray([[0.01, 0.01, 0.01]]), "sorbed": jnp.asarray([[1.0, 3.0, 3.0]])}
    there, back = ComissionSorption().rates(state, prepared, given())
    assert (np.asarray(there) >= 0.0).all() and (np.asarray(back) >= 0.0).all()
    net = there * state["doc"] - back * state["sorbed"]
    expected = 60.0 * 0.01 * (capacity - state["sorbed"]) - 0.5 * state["sorbed"]
    np.testing.assert_allclose(net, expected, rtol=1e-8)


def test_few_microbes_at_depth_leave_polymers_alone():
    """Energy limitation: carbon falls off with depth, and is older, though nothing but microbes changes its rates."""
    stock = stands()
    density = concentration(stock)
    assert (np.diff(density[MICROBIAL], axis=0) < 0.0).all() and (np.diff(density.sum(axis=0), axis=0) < 0.0).all()
    year = cases.where_it_stands(MODEL, stock, *standard(), given())
    for b, system in enumerate(systems(MODEL.graph, year)):
        np.testing.assert_allclose(system.by_pool(system.steady_state), stock[..., b], rtol=1e-7)
        held, age = system.by_pool(system.steady_state), system.by_pool(system.mean_ages)
        mean = (held * age).sum(axis=0) / held.sum(axis=0)
        assert (np.diff(mean) > 0.0).all()
    # with microbes that are not lacking anywhere there is less at depth
    eager = steady(depolymerisation_half_saturation=1e-3)
    assert (eager[POM, -1] < 0.5 * stock[POM, -1]).all()


def test_water_carries_dissolved_carbon_down():
    soil, forcing = standard()
    wetter = steady(soil, forcing._replace(water_flux=2.0 * forcing.water_flux))
    assert (wetter[MICROBIAL, -1] > stands()[MICROBIAL, -1]).all()


def test_nothing_is_broken_down_without_microbes():
    environment, _ = MODEL.environment(jnp.zeros((5, LAYERS, BATCH)), (), *standard(), given())
    season = MODEL.season(environment, given(), MODEL.modelled())
    month = jax.tree.map(lambda a: a[0], season._replace(inc_share=()))
    dead = jnp.asarray(stands()).at[MICROBIAL].set(0.0)
    rates = MODEL.rates(dead, month, given(), MODEL.modelled())
    for rate, flux in zip(rates, (*MODEL.graph.transfers, *MODEL.graph.losses), strict=True):
        if flux.process in ("comission_depolymerisation", "comission_uptake"):
            assert not np.asarray(rate).any()
