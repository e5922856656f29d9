"""The network like BAMS1 against equations written by hand, and in what protection, fungi and water do."""

import functools

import jax.numpy as jnp
import layered_organic_cases as cases
import numpy as np
import pytest
import solute_by_hand as hand
from solute_by_hand import BATCH, warmth

from pedozone.engine.ages import systems
from pedozone.engine.precision import double_precision
from pedozone.models.bams import POOLS, BamsLike
from pedozone.parameters import load_parameters

LAYERS, FIRST = 7, 0.05
MODEL = BamsLike(LAYERS)
K = {pool.name: k for k, pool in enumerate(POOLS)}
POLYMERS = ("lignin", "cellulose", "hemicellulose", "protein", "cell_wall")
MONOMERS = ("phenols", "sugars", "amino_acids", "lipids", "nucleotides")
SORBED = tuple(f"sorbed_{name}" for name in MONOMERS)


@pytest.fixture(autouse=True)
def doubles():
    with double_precision():
        yield


@functools.cache
def published():
    return load_parameters("bams-like").values()


def given(**changed):
    return {key: jnp.asarray(value) for key, value in {**published(), **changed}.items()}


@functools.cache
def standard():
    with double_precision():
        return hand.constant(LAYERS, FIRST)


def steady(soil=None, forcing=None, **changed):
    return hand.spun_up(MODEL, given(**changed), soil or standard()[0], forcing or standard()[1])[0]


@functools.cache
def stands():
    with double_precision():
        return steady()


def part(stock, names):
    return stock[[K[name] for name in names]].sum(axis=0)


def changes(stock, soil, forcing, b):
    """Carbon by carbon, from the equations of the page."""
    p = published()
    h, rho, fines = (np.asarray(a)[:, b] for a in soil)
    f = warmth(np.asarray(forcing.temperature)[0, :, b], p["biotic_energy"])
    c = {name: stock[k] / h for name, k in K.items()}
    change = {name: np.zeros_like(h) for name in K}

    def flow(giver, taker, flux):
        change[giver] -= flux
        if taker is not None:
            change[taker] += flux

    fungi, bacteria = c["fungi"], c["bacteria"]
    enzymes = p["polymer_half_saturation"] + sum(c[name] for name in POLYMERS) + fungi + bacteria
    into = ("phenols", "sugars", "sugars", "amino_acids", "sugars")
    for polymer, monomer in zip(POLYMERS, into, strict=True):
        attacking = fungi if polymer == "lignin" else fungi + bacteria
        flow(polymer, monomer, p[f"{polymer}_depolymerisation_rate"] * f * c[polymer] * attacking / enzymes)
    carriers = p["monomer_half_saturation"] + sum(c[name] for name in MONOMERS) + fungi + bacteria
    for monomer in MONOMERS:
        for group in ("fungi", "bacteria"):
            liked = p["bacteria_phenol_preference"] if (monomer, group) == ("phenols", "bacteria") else 1.0
            uptake = liked * p[f"{group}_uptake_rate"] * f * c[monomer] * c[group] / carriers
            flow(monomer, group, p[f"{group}_growth_efficiency"] * uptake)
            flow(monomer, None, (1.0 - p[f"{group}_growth_efficiency"]) * uptake)
    made_of = {name: p[f"dead_to_{name}"] for name in ("protein", "lipids", "nucleotides", "sugars")}
    made_of["cell_wall"] = 1.0 - sum(made_of.values())
    for group in ("fungi", "bacteria"):
        for pool, share in made_of.items():
            flow(group, pool, share * p[f"{group}_death_rate"] * c[group] ** 2)
    free = p["capacity_of_fines"] * fines * rho - sum(c[name] for name in SORBED)
    for monomer in MONOMERS:
        bound = p[f"{monomer}_sorption_rate"] * c[monomer] * free - p["desorption_rate"] * c[f"sorbed_{monomer}"]
        flow(monomer, f"sorbed_{monomer}", bound)
    total = np.stack([change[name] for name in K]) * h
    for monomer in MONOMERS:
        total[K[monomer]] += hand.leached(soil, forcing, c[monomer], b)
    litter = hand.litter_by_layer(soil, forcing, p["surface_litter_depth"], b)
    left = litter
    for name in ("lignin", "cellulose", "hemicellulose", "protein"):
        total[K[name]] += p[f"litter_{name}"] * litter
        left = left - p[f"litter_{name}"] * litter
    total[K["sugars"]] += left
    return total


def test_the_steady_state_by_hand(record_property):
    furthest = hand.furthest_from_the_root(stands(), changes, *standard())
    assert furthest < 1e-8
    record_property("largest relative difference", furthest)


def test_a_course_by_hand(record_property):
    scale = np.random.default_rng(3).uniform(0.5, 2.0, (len(K), 1, 1))
    furthest = hand.furthest_from_the_course(MODEL, given(), stands() * scale, changes, *standard())
    assert furthest < 1e-4
    record_property("largest relative difference", furthest)


def test_seasonal_steady_states_are_found():
    soil, forcing = cases.mineral_soil(LAYERS, FIRST), cases.mineral_forcing(LAYERS)
    _, found = hand.spun_up(MODEL, given(), soil, forcing, "mprk22", 1e-6)
    assert (found.drift < 1e-5).all()


def test_components_stay_small():
    """Plant polymers and lignin's monomer stand upstream; what microbes make comes back to them."""
    sizes = sorted(len(component) for component in MODEL.graph.components)
    assert sizes == [1, 1, 1, 2, 12]


# -- what it does ----------------------------------------------------------------------------------------------


def test_carbon_falls_with_depth_and_fungi_and_bacteria_live_side_by_side():
    density = hand.concentration(stands(), standard()[0])
    assert (np.diff(density.sum(axis=0), axis=0) < 0.0).all()
    for group in ("fungi", "bacteria"):
        assert (density[K[group]] > 1e-3 * density.sum(axis=0)).all()
    # to the mineral side with depth
    share = part(stands(), SORBED) / stands().sum(axis=0)
    assert (share[-1] > share[0]).all()


def test_surfaces_fill_up_to_the_capacity_that_monomers_share():
    soil, _ = standard()
    capacity = published()["capacity_of_fines"] * np.asarray(soil.fines * soil.bulk_density)
    shares = []
    for desorption in (5.0, 0.5, 0.005):
        held = part(hand.concentration(steady(desorption_rate=desorption), soil), SORBED)
        shares.append(held / capacity)
    assert (np.diff(shares, axis=0) > 0.0).all()
    assert (shares[-1] < 1.0).all() and (shares[-1] > 0.9).any()
    # sugars lose their places to what holds on better
    clinging = steady(phenols_sorption_rate=600.0)
    assert (clinging[K["sorbed_sugars"]] < stands()[K["sorbed_sugars"]]).all()


def ages(stock, **changed):
    """Mean age (yr) by pool and layer [pools, layers] of every column."""
    year = cases.where_it_stands(MODEL, stock, *standard(), given(**changed))
    found = []
    for b, system in enumerate(systems(MODEL.graph, year)):
        np.testing.assert_allclose(system.by_pool(system.steady_state), stock[..., b], rtol=1e-7)
        found.append(system.by_pool(system.mean_ages))
    return np.stack(found, axis=-1)


def test_what_could_be_eaten_in_days_grows_old_on_surfaces():
    """The title of the paper: long residence times of rapidly decomposable organic matter."""
    age, bare = ages(stands()), {"capacity_of_fines": 1e-4}
    left = steady(**bare)
    mean = (stands() * age).sum(axis=0) / stands().sum(axis=0)
    without = (left * ages(left, **bare)).sum(axis=0) / left.sum(axis=0)
    assert (mean > without).all() and (stands().sum(axis=(0, 1)) > left.sum(axis=(0, 1))).all()
    # dissolved sugars are eaten within days; those on surfaces are older than the hemicellulose they come from
    p, soil = published(), standard()[0]
    c = hand.concentration(stands(), soil)
    f = warmth(np.asarray(standard()[1].temperature)[0], p["biotic_energy"])
    carriers = p["monomer_half_saturation"] + part(c, MONOMERS) + part(c, ("fungi", "bacteria"))
    eaten = (p["fungi_uptake_rate"] * c[K["fungi"]] + p["bacteria_uptake_rate"] * c[K["bacteria"]]) * f / carriers
    assert (1.0 / eaten[0] < 10.0 / 365.0).all()
    assert (age[K["sorbed_sugars"]] > age[K["hemicellulose"]]).all()


def test_lignin_waits_for_fungi():
    few = steady(fungi_death_rate=2.0 * published()["fungi_death_rate"])
    assert (few[K["fungi"]] < stands()[K["fungi"]]).all()
    assert (few[K["lignin"]].sum(axis=0) > 1.1 * stands()[K["lignin"]].sum(axis=0)).all()
    lignin, cellulose = (few[K[name]].sum(axis=0) / stands()[K[name]].sum(axis=0) for name in ("lignin", "cellulose"))
    assert (lignin > cellulose).all()


def test_water_carries_monomers_down_and_out():
    soil, forcing = standard()
    wetter = steady(soil, forcing._replace(water_flux=3.0 * forcing.water_flux))
    for stock, flux in ((stands(), forcing.water_flux), (wetter, 3.0 * forcing.water_flux)):
        for b in range(BATCH):
            c = hand.concentration(stock, soil)[..., b]
            lost = float(flux[0, -1, b] / forcing.theta[0, -1, b]) * part(c, MONOMERS)[-1]
            assert lost > 0.0
    deep = slice(LAYERS // 2, None)
    assert (wetter.sum(axis=0)[deep].sum(axis=0) > stands().sum(axis=0)[deep].sum(axis=0)).all()
