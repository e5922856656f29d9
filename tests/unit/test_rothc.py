"""RothC in settings that the official cases leave out, and what holds in all of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import rothc_by_hand as by_hand
from hypothesis import given, settings
from hypothesis import strategies as st

from pedozone.config.errors import InputError
from pedozone.engine.blocktri.compiled import kernel
from pedozone.engine.blocktri.solver import Solver, Step
from pedozone.engine.operator import Coefficients, open_ledger
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import no_tracers
from pedozone.models.rothc import STEPPER, Forcing, RothC
from pedozone.simulation.rothc import falloon, simulate_rothc
from pedozone.simulation.rothc_arguments import Topsoil

MONTHS, SITES = 36, 6
START = np.array([0.2, 6.0, 0.9, 30.0])

drawn_months = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**31),
        "cold": st.floats(-30.0, 10.0),
        "warm": st.floats(10.0, 35.0),
        "rain": st.floats(0.0, 200.0),
        "pan": st.floats(0.0, 250.0),
        "covered": st.floats(0.0, 1.0),
        "fed": st.floats(0.0, 1.0),
    }
)
drawn_clay = st.lists(st.one_of(st.sampled_from([0.0, 100.0]), st.floats(0.0, 100.0)), min_size=SITES, max_size=SITES)


def weather(seed, cold, warm, rain, pan, covered, fed, months=MONTHS, sites=SITES):
    rng = np.random.default_rng(seed)
    shape = (months, sites)
    wave = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(months) / 12.0)[:, None]
    return Forcing(
        temperature=cold + (warm - cold) * wave + rng.normal(0.0, 3.0, shape),
        rain=rain * rng.gamma(1.0, 1.0, shape),
        evaporation=pan * wave * rng.random(shape),
        covered=(rng.random(shape) < covered).astype(float),
        plant=rng.random(shape) * (rng.random(shape) < fed),
        manure=3.0 * (rng.random(shape) < 0.1 * fed),
        decomposable_ratio=rng.choice([1.44, 0.67, 0.25], shape),
    )


YEAR = weather(7, 0.0, 20.0, 40.0, 150.0, 0.7, 0.8, months=12)


@settings(max_examples=25)
@given(months=drawn_months, clay=drawn_clay)
def test_every_month_closes_and_stays_positive(months, clay):
    forcing = weather(**months)
    run = simulate_rothc(forcing, Topsoil(clay=np.array(clay)), 2.7, start=START)
    pools = np.concatenate([run.start[None], run.pools])
    total = pools.sum(axis=1)
    gap = np.diff(total, axis=0) - forcing.plant - forcing.manure + run.respired
    assert np.abs(gap).max() <= 1e-12 * total.max()
    assert run.pools.min() >= 0.0 and run.respired.min() >= 0.0
    frozen = forcing.temperature < -5.0
    assert not run.respired[frozen].any()
    assert run.respired[~frozen].all()


@pytest.mark.parametrize("bare_option", [1, 2])
@pytest.mark.parametrize(("option", "moisture"), [(1, "standard"), (2, "drier"), (3, "retention")])
def test_every_moisture_option_against_plain_python(option, moisture, bare_option):
    clay = np.array([0.0, 100.0, 8.0, 23.4, 55.0, 2.0]) if option == 1 else np.array([5.0, 60.0, 8.0, 23.4, 40.0, 2.0])
    silt, density, carbon = np.linspace(10.0, 35.0, SITES), np.linspace(1.1, 1.6, SITES), np.linspace(0.4, 3.0, SITES)
    depth, least = np.linspace(10.0, 40.0, SITES), np.linspace(0.1, 0.3, SITES)
    forcing = weather(11, -12.0, 30.0, 30.0, 200.0, 0.6, 0.5)
    run = simulate_rothc(
        forcing,
        Topsoil(
            clay=clay, depth=depth, moisture=moisture, bare_to_wilting=bare_option == 2, silt=silt,
            bulk_density=density, organic_carbon=carbon, moisture_minimum=least,
        ),
        2.7,
        start=START,
    )  # fmt: skip
    for k in range(SITES):
        site = by_hand.Site(clay[k], depth[k], option, bare_option, silt[k], density[k], carbon[k], least[k])
        rows = np.stack([a[:, k] for a in forcing], axis=1)
        expected = np.array(by_hand.run(site, rows.tolist(), START, 2.7))
        np.testing.assert_allclose(run.pools[..., k], expected[:, :5], rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(run.respired[:, k], expected[:, 5], rtol=1e-10, atol=1e-14)


@settings(max_examples=20)
@given(months=drawn_months, clay=drawn_clay, depth=st.floats(5.0, 50.0))
def test_drawn_climates_and_clays_against_plain_python(months, clay, depth):
    """Clay of 0 and 100 %, months below -5 degC (and below -18.27), no rain, bare soil, manure: month by month."""
    forcing = weather(**months)
    run = simulate_rothc(forcing, Topsoil(clay=np.array(clay), depth=depth), 2.7, start=START)
    for k in (0, SITES - 1):
        rows = np.stack([a[:, k] for a in forcing], axis=1)
        expected = np.array(by_hand.run(by_hand.Site(clay[k], depth), rows.tolist(), START, 2.7))
        np.testing.assert_allclose(run.pools[..., k], expected[:, :5], rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(run.respired[:, k], expected[:, 5], rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("temperature", [-40.0, -18.27, -18.0, -5.0 - 1e-9, -5.0, 0.0, 35.0])
def test_the_factor_of_temperature_is_nought_below_minus_five(temperature):
    year = Forcing(*(np.full((12, 2), value) for value in (temperature, 60.0, 40.0, 1.0, 0.1, 0.0, 1.44)))
    run = simulate_rothc(year, Topsoil(clay=np.array([0.0, 100.0])), 1.0, start=START)
    assert np.isfinite(run.pools).all() and (run.respired > 0.0).all() == (temperature >= -5.0)
    for k, clay in enumerate((0.0, 100.0)):
        rows = np.stack([a[:, k] for a in year], axis=1)
        expected = np.array(by_hand.run(by_hand.Site(clay, 23.0), rows.tolist(), START, 1.0))
        np.testing.assert_allclose(run.pools[..., k], expected[:, :5], rtol=1e-12)


def test_forest_to_arable_in_cold_and_dry_places_is_dated_as_by_hand():
    """The published spin-up under forest, then crops with bare months and manure through the bomb."""
    wave = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(12) / 12.0)[:, None]
    cold, warm = np.array([-22.0, 3.0, 12.0]), np.array([14.0, 18.0, 31.0])
    rain, pan = np.array([35.0, 60.0, 12.0]), np.array([70.0, 110.0, 260.0])
    forest = Forcing(
        cold + (warm - cold) * wave, rain + 0.0 * wave, pan * wave, 1.0 + 0.0 * wave + 0.0 * cold,
        0.3 * wave + 0.0 * cold, 0.0 * wave + 0.0 * cold, 0.25 + 0.0 * wave + 0.0 * cold,
    )  # fmt: skip
    years = 8
    crops = Forcing(*(np.tile(a, (years, 1)) for a in forest))
    july, march = (np.tile(np.arange(12) == m, years)[:, None] * np.ones(3) for m in (6, 2))
    crops = crops._replace(
        covered=np.tile((np.arange(12) < 7).astype(float), years)[:, None] * np.ones(3),
        plant=1.7 * july, manure=2.0 * march, decomposable_ratio=np.full(crops.plant.shape, 1.44),
    )  # fmt: skip
    clay, inert = np.array([0.0, 35.0, 100.0]), np.array([0.0, 2.7, 6.0])
    bomb = np.linspace(98.0, 190.0, 12 * years)[:, None] * np.ones(3)
    run = simulate_rothc(
        crops, Topsoil(clay=clay), inert, spin_up=forest, rule="cycle", modern=bomb, spin_up_modern=100.0
    )
    assert run.delta14c is not None and run.radiocarbon_age is not None and run.spin_up_years is not None
    for k in range(3):
        of = [np.stack([a[:, k] for a in part], axis=1).tolist() for part in (forest, crops)]
        site = by_hand.Site(clay[k], 23.0)
        cycles = int(run.spin_up_years[k])
        expected = np.array(by_hand.run_dated(site, of[0], [100.0] * 12, cycles, of[1], bomb[:, k], inert[k]))
        np.testing.assert_allclose(run.pools[:, :4, k], expected[:, :4], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(run.delta14c[:, k], expected[:, 4], atol=1e-8)
        np.testing.assert_allclose(run.radiocarbon_age[:, k], expected[:, 5], atol=1e-6)


def test_the_moisture_options_differ():
    soil = {"clay": 20.0, "silt": 30.0, "bulk_density": 1.4, "organic_carbon": 1.0}
    forcing = weather(3, 5.0, 30.0, 15.0, 250.0, 0.8, 0.5)
    totals = {
        (moisture, bare): simulate_rothc(
            forcing, Topsoil(moisture=moisture, bare_to_wilting=bare, **soil), 2.7, start=START
        ).respired.sum()
        for moisture in ("standard", "drier", "retention")
        for bare in (False, True)
    }
    assert len({round(total, 6) for total in totals.values()}) == len(totals)


@settings(max_examples=6)
@given(months=drawn_months, clay=drawn_clay)
def test_the_solved_equilibrium_repeats_itself(months, clay):
    year = weather(**{**months, "warm": months["warm"] + 5.0}, months=12)
    soil = Topsoil(clay=np.array(clay))
    modern = np.linspace(90.0, 130.0, 12)
    run = simulate_rothc(year, soil, 2.7, spin_up=year, modern=modern, spin_up_modern=modern)
    scale = run.start.max()
    np.testing.assert_allclose(run.pools[-1], run.start, rtol=1e-10, atol=1e-12 * scale)
    np.testing.assert_allclose(run.delta14c[-1], run.start_delta14c, atol=1e-7)


def test_the_solved_equilibrium_is_what_long_stepping_tends_to():
    soil = Topsoil(clay=np.linspace(0.0, 100.0, SITES))
    solved = simulate_rothc(YEAR, soil, 2.7, spin_up=YEAR)
    years = 9000
    long = Forcing(*(np.tile(a, (years, 1)) for a in YEAR))
    stepped = simulate_rothc(long, soil, 2.7, start=np.zeros(4))
    np.testing.assert_allclose(solved.start, stepped.pools[-1], rtol=1e-11, atol=1e-13)


def test_the_moisture_of_the_equilibrium_year_repeats_itself_too():
    # rain and evaporation nearly balance: the deficit takes centuries to reach its limit
    months = np.arange(12.0)[:, None]
    near = YEAR._replace(
        temperature=np.full((12, SITES), 15.0),
        rain=np.full((12, SITES), 60.0),
        evaporation=(80.0 + 0.001 + 10.0 * np.cos(2.0 * np.pi * months / 12.0)) * np.ones((1, SITES)),
        covered=np.ones((12, SITES)),
        plant=np.full((12, SITES), 0.1),
    )
    solved = simulate_rothc(near, Topsoil(clay=20.0), 2.7, spin_up=near)
    np.testing.assert_allclose(solved.pools[-1], solved.start, rtol=1e-11)


def test_long_bare_fallow_runs_into_denormals_and_stays_sound():
    months = 12 * 3000
    nothing = Forcing(12.0, 60.0, 50.0, 0.0, 0.0, 0.0, 1.44)
    forcing = Forcing(*(np.full((months, 2), value) for value in nothing))
    run = simulate_rothc(
        forcing,
        Topsoil(clay=np.array([5.0, 50.0])),
        np.array([0.0, 3.0]),
        spin_up=Forcing(*(np.full((12, 2), value) for value in nothing._replace(plant=0.2))),
        modern=np.full((months, 2), 100.0),
        spin_up_modern=100.0,
    )
    assert run.delta14c is not None
    assert np.isfinite(run.pools).all() and run.pools.min() >= 0.0
    assert np.isfinite(run.delta14c).all() and np.isfinite(run.radiocarbon_age).all()
    assert (run.pools[-1, 0] == 0.0).all()
    total = run.pools.sum(axis=1)
    assert (np.diff(total, axis=0) <= 0.0).all()
    assert total[-1, 1] == pytest.approx(3.0, rel=1e-12)
    # the inert carbon's age does not grow
    assert run.radiocarbon_age[-1, 1] == pytest.approx(50_000.0, rel=1e-6)
    assert run.start.sum() - total[-1].sum() == pytest.approx(run.respired.sum(), rel=1e-12)


def test_a_site_does_not_hang_on_its_neighbours_or_chunk():
    forcing = weather(5, -5.0, 25.0, 50.0, 150.0, 0.7, 0.6)
    clay = np.linspace(3.0, 70.0, SITES)
    whole = simulate_rothc(forcing, Topsoil(clay=clay), 2.7, spin_up=YEAR)
    split = simulate_rothc(forcing, Topsoil(clay=clay), 2.7, spin_up=YEAR, width=4, workers=2)
    np.testing.assert_allclose(split.pools, whole.pools, rtol=1e-13)
    alone = simulate_rothc(
        Forcing(*(a[:, 2] for a in forcing)), Topsoil(clay=clay[2]), 2.7, spin_up=Forcing(*(a[:, 2] for a in YEAR))
    )
    np.testing.assert_allclose(alone.pools[..., 0], whole.pools[..., 2], rtol=1e-13)


def test_cycling_and_solving_agree_within_the_published_tolerance():
    cycled = simulate_rothc(YEAR, Topsoil(clay=20.0), 2.7, spin_up=YEAR, rule="cycle")
    solved = simulate_rothc(YEAR, Topsoil(clay=20.0), 2.7, spin_up=YEAR)
    assert np.abs(cycled.start - solved.start).max() < 1e-3
    assert (cycled.spin_up_years > 100).all() and solved.spin_up_years is None


def test_inert_carbon_of_falloon():
    assert falloon(60.0) == pytest.approx(0.049 * 60.0**1.139, rel=1e-14)


@pytest.mark.parametrize("backend", ["cpp", "jax"])
def test_an_implicit_step_leaves_alone_what_returns(backend):
    # what decays into its own pool changes no stock: the implicit step agrees with the net rates
    if backend == "cpp" and not kernel().available:
        pytest.skip("no compiled kernel here")
    with double_precision():
        model = RothC()
        graph, rng = model.graph, np.random.default_rng(1)
        rates = tuple(jnp.asarray(rng.uniform(0.01, 3.0, (1, 3))) for _ in graph.donors)
        stock = jnp.asarray(rng.uniform(0.1, 3.0, (1, 5, 1, 3)))
        inputs = tuple(jnp.full((1, 3), 0.2) for _ in graph.inputs)
        empty = open_ledger(graph, 1, 3)
        at = Coefficients(rates, (), (), (), ())
        step = Step(stock, jnp.asarray(1.0 / 12.0), no_tracers(graph, 3), inputs, at, None, None, empty)
        after, ledger = jax.jit(lambda s: Solver(backend).step(graph, s))(step)
        matrix = np.zeros((3, 5, 5))
        for t, d in enumerate(graph.donors):
            matrix[:, d, d] -= np.asarray(rates[t])[0]
            if t < len(graph.transfers):
                matrix[:, graph.receivers[t], d] += np.asarray(rates[t])[0]
        right = np.asarray(stock)[0, :, 0].copy()
        for entry in graph.inputs:
            right[graph.index[entry.receiver]] += 0.2 / 12.0
        expected = np.linalg.solve(np.eye(5) - matrix / 12.0, right.T[..., None])[..., 0].T
    np.testing.assert_allclose(np.asarray(after)[0, :, 0], expected, rtol=1e-13)
    left = right.sum(axis=0) - np.asarray(ledger.loss)[0].sum(axis=(0, 1))
    np.testing.assert_allclose(np.asarray(after)[0].sum(axis=(0, 1)), left, rtol=1e-13)


def test_the_ledger_of_the_discrete_stepper_gives_the_rates_back():
    with double_precision():
        model = RothC()
        graph, rng = model.graph, np.random.default_rng(2)
        rates = tuple(jnp.asarray(rng.uniform(0.01, 9.0, (1, 3))) for _ in graph.donors)
        stock = jnp.asarray(rng.uniform(0.1, 3.0, (1, 5, 1, 3)))
        at = Coefficients(rates, (), (), (), ())
        inputs = tuple(jnp.full((1, 3), 0.2) for _ in graph.inputs)
        after, ledger = STEPPER.advance(
            graph,
            Solver("jax"),
            stock,
            lambda _: at,
            inputs,
            no_tracers(graph, 3),
            1.0 / 12.0,
            open_ledger(graph, 1, 3),
        )
        for t, d in enumerate(graph.donors):
            np.testing.assert_allclose(ledger.flux[t] / ledger.stock[d], rates[t], rtol=1e-13)
        change = ledger.input[0].sum(axis=0) - ledger.loss[0].sum(axis=(0, 1))
        np.testing.assert_allclose((after - stock)[0].sum(axis=(0, 1)), change, rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"forcing": YEAR._replace(temperature=np.where(np.arange(12)[:, None] == 4, np.nan, 10.0))}, "month 5", "nan"),
        ({"forcing": YEAR._replace(rain=-1.0 * np.ones((12, SITES)))}, "rain", "-1"),
        ({"forcing": YEAR._replace(rain=np.ones((7, 2)))}, "rain", "shape"),
        ({"topsoil": Topsoil(clay=101.0)}, "clay", "101"),
        ({"topsoil": Topsoil(clay=20.0, moisture="wet")}, "moisture", "wet"),
        ({"topsoil": Topsoil(clay=20.0, moisture="drier")}, "silt", "missing"),
        ({"topsoil": Topsoil(clay=0.0, moisture="drier", silt=9, bulk_density=1.3, organic_carbon=1)}, "clay", "0.0"),
        ({"inert": np.inf}, "inert", "inf"),
        ({"rule": "guess"}, "rule", "guess"),
        ({"start": np.zeros(3)}, "start", "shape"),
        ({"start": np.array([1.0, 1.0, -1.0, 1.0])}, "start", "-1"),
        ({"start": None, "spin_up": None}, "spin_up", "neither"),
        ({"modern": 100.0}, "modern", "without"),
    ],
)
def test_bad_arguments_are_named(change, field, value):
    given = {"forcing": YEAR, "topsoil": Topsoil(clay=20.0), "inert": 2.7, "start": START, **change}
    with pytest.raises(InputError, match=field) as caught:
        simulate_rothc(given.pop("forcing"), given.pop("topsoil"), given.pop("inert"), **given)
    assert value in str(caught.value)


def test_a_spin_up_that_never_settles_is_told():
    # frozen but for a breath: carbon accumulates for longer than anybody waits
    cold = YEAR._replace(temperature=np.full((12, SITES), -4.99), plant=np.full((12, SITES), 1.0))
    run = simulate_rothc(cold, Topsoil(clay=20.0), 2.7, spin_up=cold)
    assert np.isfinite(run.start).all()
    frozen = YEAR._replace(temperature=np.full((12, SITES), -20.0), plant=np.full((12, SITES), 1.0))
    with pytest.raises(InputError, match="spin_up"):
        simulate_rothc(frozen, Topsoil(clay=20.0), 2.7, spin_up=frozen)
