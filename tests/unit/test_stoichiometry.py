"""Carbon use efficiency: by substrate, temperature and nitrogen, and lower in cold spots once maintenance is paid."""

import jax
import jax.numpy as jnp
import nitrogen_cases as cases
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedozone.engine.precision import double_precision
from pedozone.parameters import load_parameters
from pedozone.processes import stoichiometry as cue

CORE = {name: parameter.value for name, parameter in load_parameters("pedon").parameters.items()}
FLUX = st.floats(-12.0, 2.0).map(lambda x: 10.0**x) | st.just(0.0)
limited = jax.jit(lambda e, u, n, a: cue.limited_efficiency(e, u, n, a, CORE))
mean = jax.jit(lambda w, t: cue.mean_efficiency(w, t, CORE))


def fluxes_of(year):
    """Flux of every transfer and loss by name, those of one name together, kg m-2 yr-1."""
    flux = {}
    for k, declared in enumerate((*year.graph.transfers, *year.graph.losses)):
        flux[declared.name] = flux.get(declared.name, 0.0) + np.asarray(year.ledger.flux[k])
    return flux


def fed_by(**weights):
    return {c: jnp.asarray(weights.get(c, 0.0)) for c in cue.CLASSES}


@pytest.mark.parametrize("name", cue.CLASSES)
def test_a_single_class_gives_its_own_value_and_slope(name):
    with double_precision():
        at = CORE["efficiency_reference_temperature"]
        labile = name in ("exudate", "metabolic")
        slope = CORE["efficiency_slope_labile" if labile else "efficiency_slope_resistant"]
        assert float(mean(fed_by(**{name: 2.0}), at)) == pytest.approx(CORE[f"efficiency_{name}"], rel=1e-12)
        warming = jax.grad(lambda t: cue.class_efficiency(name, t, CORE))(jnp.asarray(at))
        value = CORE[f"efficiency_{name}"]
        # the published slope holds at the published mean, and all classes have one steepness
        assert float(warming) == pytest.approx(slope * value * (1.0 - value) / (0.475 * 0.525), rel=1e-9)
        for extreme in (-60.0, 80.0):
            assert 0.0 < float(cue.class_efficiency(name, jnp.asarray(extreme), CORE)) < 1.0


@settings(deadline=None, max_examples=60)
@given(weights=st.lists(FLUX, min_size=5, max_size=5), warm=st.floats(-20.0, 40.0))
def test_the_mean_lies_between_its_classes(weights, warm):
    with double_precision():
        got = float(mean(fed_by(**dict(zip(cue.CLASSES, weights, strict=True))), warm))
        each = [float(cue.class_efficiency(c, jnp.asarray(warm), CORE)) for c in cue.CLASSES]
    assert min(each) * (1 - 1e-12) <= got <= max(each) * (1 + 1e-12)


@settings(deadline=None, max_examples=120)
@given(efficiency=st.floats(0.05, 0.7), uptake=FLUX, cn=st.floats(4.0, 400.0), available=FLUX)
def test_nitrogen_caps_growth(efficiency, uptake, cn, available):
    with double_precision():
        got = float(limited(efficiency, uptake, 1.0 / cn, available))
    assert 0.0 < got <= efficiency * (1 + 1e-12)
    if uptake > 1e-12:
        cap = CORE["carbon_nitrogen_microbial"] * (1.0 / cn + available / uptake)
        assert got <= cap * (1 + 1e-9)
        if cap > 10.0 * efficiency or efficiency > 10.0 * cap:
            assert got == pytest.approx(min(cap, efficiency), rel=0.02)


def test_derivatives_of_the_cap_are_finite_at_nothing():
    with double_precision():
        slopes = jax.grad(lambda e, u, n, a: cue.limited_efficiency(e, u, n, a, CORE), argnums=(0, 1, 2, 3))
        for point in ((0.4, 0.0, 0.0, 0.0), (0.4, 0.1, 0.0, 0.0), (0.4, 0.0, 0.1, 0.0), (0.4, 0.1, 0.05, 1e-3)):
            assert np.isfinite([float(s) for s in slopes(*(jnp.asarray(x) for x in point))]).all()
        weightless = jax.grad(lambda w: cue.mean_efficiency(w, jnp.asarray(9.0), CORE))(fed_by())
        assert all(np.isfinite(float(s)) for s in weightless.values())


def test_what_a_pedon_feeds_its_microbes():
    year = cases.years()["temperate-grassland"]
    with double_precision():
        drivers = cases.drivers_of(year)
        fed = cue.feeding(
            year.graph, tuple(year.ledger.flux), drivers.inputs, drivers.per_carbon, drivers.source_per_carbon
        )
        weights = {name: np.asarray(w) for name, w in fed.weights.items()}
        efficiency = np.asarray(cue.mean_efficiency(fed.weights, drivers.temperature, year.parameters))
        ratio = 1.0 / np.asarray(fed.nitrogen)
        flux = fluxes_of(year)
    np.testing.assert_allclose(weights["metabolic"], flux["litter_metabolic->dom"], rtol=1e-12)
    np.testing.assert_allclose(weights["exudate"], np.asarray(drivers.inputs[4]), rtol=1e-12)
    np.testing.assert_allclose(
        weights["necromass"], flux["microbial->dom"] + flux["necromass->dom"], rtol=1e-12, atol=1e-300
    )
    exchanged = sum(
        np.maximum(flux[f"{pool}->dom"] - flux[f"dom->{pool}"], 0.0) for pool in ("maom_exchangeable", "maom_occluded")
    )
    old = flux["maom_intermediate->dom"] + flux["maom_stable->dom"]
    np.testing.assert_allclose(weights["desorbed"], exchanged + old, rtol=1e-9, atol=1e-15)
    assert all((w >= 0.0).all() for w in weights.values())
    assert (0.2 < efficiency).all()
    assert (efficiency < 0.6).all()
    # leaf litter feeds the slot, necromass and minerals the subsoil: richer in nitrogen
    assert (ratio[0] > ratio[-1]).all()


def test_scarce_nitrogen_lowers_efficiency_where_litter_is_poor():
    year = cases.years()["temperate-grassland"]
    with double_precision():
        drivers = cases.drivers_of(year, made_of=cases.composition(120.0, 120.0))
        fed = cue.feeding(
            year.graph, tuple(year.ledger.flux), drivers.inputs, drivers.per_carbon, drivers.source_per_carbon
        )
        full = cue.mean_efficiency(fed.weights, drivers.temperature, year.parameters)
        uptake = sum(fed.weights.values())
        none, some, ample = (
            np.asarray(cue.limited_efficiency(full, uptake, fed.nitrogen, jnp.full_like(full, a), year.parameters))
            for a in (0.0, 1e-3, 1.0)
        )
    assert (none[0] < 0.5 * ample[0]).all()
    assert (none <= some).all()
    assert (some <= ample).all()
    rich = np.asarray(uptake) < 1.0
    np.testing.assert_allclose(ample[rich], np.asarray(full)[rich], rtol=0.05)


def test_realised_efficiency_is_lower_where_substrate_is_dilute():
    """Maintenance is paid per biomass, whatever it feeds on: cold spots need no rule of their own."""
    year = cases.years()["temperate-grassland"]
    graph = year.graph
    with double_precision():
        flux = fluxes_of(year)
        volume = np.asarray(year.environment.geometry.volume)
        dilute = np.asarray(year.ledger.stock[graph.index["dom"]]) / volume
        warmth = jnp.mean(year.environment.temperature, axis=0)
        classes = np.stack([np.asarray(cue.class_efficiency(c, warmth, year.parameters)) for c in cue.CLASSES])
    uptake = flux["dom->microbial"] + flux["dom->respired"]
    realised = ((flux["dom->microbial"] - flux["microbial->respired"]) / uptake)[1:]
    gross = (flux["dom->microbial"] / uptake)[1:]
    dilute = dilute[1:]
    # what feeds the solution sets efficiency before maintenance (the seasons' temperatures aside)
    assert (classes.min(axis=0)[1:] - 0.02 < gross).all() and (gross < classes.max(axis=0)[1:] + 0.02).all()
    assert np.ptp(gross) > 0.005
    assert (realised < gross).all()
    for column in range(cases.BATCH):
        order = np.argsort(dilute[:, column])
        poorest, richest = realised[order[:4], column], realised[order[-4:], column]
        assert poorest.max() < richest.min()
        ranks = np.argsort(order), np.argsort(np.argsort(realised[:, column]))
        assert np.corrcoef(*ranks)[0, 1] > 0.8
