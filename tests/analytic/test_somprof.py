"""SOMPROF against matrices by hand, against profiles in closed form, and in the direction each process pushes."""

import functools

import jax
import jax.numpy as jnp
import layered_organic_cases as cases
import numpy as np
import pytest

from pedozone.engine.ages import operator_matrix, systems
from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.precision import double_precision
from pedozone.engine.spinup import SpinupOptions, Status, spin_up
from pedozone.engine.stepping import STEPPERS
from pedozone.engine.year import State
from pedozone.models.somprof import Somprof, moisture_factor
from pedozone.parameters import load_parameters
from pedozone.physics.temperature_response import lloyd_taylor
from pedozone.processes.face_transport import between_layers, drifting
from pedozone.processes.somprof_environment import SomprofSoil
from pedozone.processes.somprof_mixing import SomprofLeaching, SomprofMixing

LAYERS, BATCH = 18, 3
CELLS = cases.HORIZONS + LAYERS
ABOVE, FRAGMENTED, ROOT, SLOW, LEACHABLE = range(5)
L, F, H = range(3)
SETS = ("somprof", "somprof-loobos", "somprof-hainich")


@pytest.fixture(autouse=True)
def doubles():
    with double_precision():
        yield


@functools.cache
def published(name):
    return load_parameters(name).values()


def given(name="somprof", **changed):
    return {key: jnp.asarray(value) for key, value in {**published(name), **changed}.items()}


def steady(name="somprof", seasonal=False, tolerance=1e-13, **changed):
    """(stocks, outcome) of a spin-up."""
    model = Somprof(CELLS, cases.HORIZONS)
    start = State(jnp.full((1, 5, CELLS, BATCH), 0.1), ())
    found = spin_up(
        model, choose_solver(), STEPPERS["first_order"], start, cases.somprof_soil(LAYERS),
        cases.somprof_forcing(LAYERS, seasonal), given(name, **changed), model.modelled(), SpinupOptions(tolerance),
    )  # fmt: skip
    assert set(found.status) == {Status.CONVERGED}
    return np.asarray(found.state.stocks)[0], found


def by_hand(p, stock, b):
    """The matrix (yr-1) and the inputs of a column whose horizons hold `stock` [pools, cells]."""
    soil, forcing = cases.somprof_soil(LAYERS), cases.somprof_forcing(LAYERS, seasonal=False)
    h, rho = np.asarray(soil.thickness)[:, b], np.asarray(soil.bulk_density)[:, b]
    face = np.concatenate([[0.0], np.cumsum(h)])
    z = 0.5 * (face[1:] + face[:-1])
    warmth = np.exp(308.56 * (1.0 / 56.02 - 1.0 / (float(forcing.temperature[0, 0, b]) + 46.02)))
    wetness = np.exp(-np.exp(p["moisture_intercept"] - p["moisture_slope"] * float(forcing.theta[0, 0, b])))
    matrix, inputs = np.zeros((5, CELLS, 5, CELLS)), np.zeros((5, CELLS))
    names = ("above_litter", "fragmented_litter", "root_litter", "slow", "leachable")
    passed = {
        ABOVE: ((FRAGMENTED, p["above_litter_to_fragmented"]),),
        FRAGMENTED: ((SLOW, p["fragmented_to_slow"]), (LEACHABLE, p["fragmented_to_leachable"])),
        ROOT: ((SLOW, p["root_litter_to_slow"]), (LEACHABLE, p["root_litter_to_leachable"])),
        SLOW: (),
        LEACHABLE: (),
    }
    for i in range(CELLS):
        for pool, receivers in passed.items():
            k = p[f"{names[pool]}_decay_rate"] * warmth * wetness
            matrix[pool, i, pool, i] -= k
            for receiver, share in receivers:
                matrix[receiver, i, pool, i] += k * share

    def move(pool, here, there, rate):
        matrix[pool, here, pool, here] -= rate
        if there < CELLS:
            matrix[pool, there, pool, here] += rate

    carried, v = p["bioturbation_rate"], p["leaching_velocity"]
    for i in range(3):
        mobile = stock[1:, i].sum() / p["carbon_fraction"]
        thick = stock[:, i].sum() / p["carbon_fraction"] / p["organic_bulk_density"]
        animals = 12.0 if i == L else carried / (mobile + carried)
        for pool in (FRAGMENTED, ROOT, SLOW, LEACHABLE):
            move(pool, i, i + 1, animals + (v / (thick + v) if pool == LEACHABLE else 0.0))
    for i in range(LAYERS - 1):
        d = z[i + 1] - z[i]
        diffusivity = 0.5 * carried * p["mixing_length"] / (0.5 * (rho[i] + rho[i + 1]))
        for pool in (FRAGMENTED, ROOT, SLOW):
            move(pool, 3 + i, 4 + i, diffusivity / d / h[i])
            move(pool, 4 + i, 3 + i, diffusivity / d / h[i + 1])
        peclet = v * d / diffusivity
        move(LEACHABLE, 3 + i, 4 + i, v / (1.0 - np.exp(-peclet)) / h[i])
        move(LEACHABLE, 4 + i, 3 + i, v * np.exp(-peclet) / (1.0 - np.exp(-peclet)) / h[i + 1])
    move(LEACHABLE, CELLS - 1, CELLS, v / h[-1])
    inputs[ABOVE, L] = float(forcing.above_litter[0, 0, b])
    root, outside = float(forcing.root_litter[0, 0, b]), p["organic_root_share"]
    inputs[ROOT, [F, H]] = 0.5 * outside * root
    left = np.exp(-face / p["root_litter_depth"])
    inputs[ROOT, 3:] = (1.0 - outside) * root * (left[:-1] - left[1:]) / (left[0] - left[-1])
    return matrix.reshape(5 * CELLS, -1), inputs.ravel()


def test_the_operator_by_hand():
    model = Somprof(CELLS, cases.HORIZONS)
    stock = 10.0 ** np.random.default_rng(2).uniform(-3.0, 0.5, (5, CELLS, BATCH))
    soil, forcing = cases.somprof_soil(LAYERS), cases.somprof_forcing(LAYERS, seasonal=False)
    year = cases.where_it_stands(model, stock, soil, forcing, given())
    found = operator_matrix(model.graph, year)
    for b in range(BATCH):
        matrix, _ = by_hand(published("somprof"), stock[..., b], b)
        np.testing.assert_allclose(found[b], matrix, rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("name", SETS)
def test_the_steady_state_by_hand(name, record_property):
    """Dense solves, each with the horizons of the one before, until these stay."""
    found, _ = steady(name)
    furthest = 0.0
    for b in range(BATCH):
        stock = np.ones((5, CELLS))
        for _ in range(2000):
            matrix, inputs = by_hand(published(name), stock, b)
            before, stock = stock, np.linalg.solve(matrix, -inputs).reshape(5, CELLS)
            if np.abs(stock[:, :3] - before[:, :3]).max() < 1e-14:
                break
        held = stock > 1e-12
        furthest = max(furthest, np.abs(found[..., b] / np.where(held, stock, 1.0) - 1.0)[held].max())
        np.testing.assert_allclose(found[..., b], stock, rtol=1e-9, atol=1e-13)
    record_property("largest relative difference", furthest)


def test_seasonal_steady_states_are_found():
    for name in SETS:
        _, found = steady(name, seasonal=True, tolerance=1e-7)
        assert (found.drift < 1e-6).all()


# -- profiles in closed form -----------------------------------------------------------------------------------


def profile(process, decay, thickness, depth=3.0, density=1000.0, **changed):
    """Concentrations (kg m-3) and depths of a pool that enters the first layer at 1 kg m-2 yr-1."""
    layers = round(depth / thickness)
    h = jnp.full((layers, 1), thickness)
    model = Somprof(layers, 0)
    p = given(**changed)
    forcing = jax.tree.map(lambda a: a[:, :1, :1], cases.somprof_forcing(1, seasonal=False))
    soil = SomprofSoil(h, jnp.full((layers, 1), density))
    moved = jax.jit(lambda: process.move(model.environment(jnp.zeros((5, layers, 1)), (), soil, forcing, p)[0], p))
    down, up = (np.asarray(rate)[0, :, 0] for rate in moved())
    matrix = np.diag(-down - up - decay) + np.diag(down[:-1], -1) + np.diag(up[1:], 1)
    return np.linalg.solve(matrix, -np.eye(layers)[0]) / thickness, (np.arange(layers) + 0.5) * thickness


def test_slow_matter_under_animals_alone_falls_off_as_a_closed_form_says():
    diffusivity, decay = 0.5 * 0.4 * 0.3 / 1000.0, 0.01
    scale = np.sqrt(diffusivity / decay)
    errors = []
    for thickness in (0.02, 0.01):
        found, z = profile(SomprofMixing(), decay, thickness)
        expected = np.exp(-z / scale) / np.sqrt(diffusivity * decay)
        there = (z > 0.05) & (z < 0.5)
        errors.append(np.abs(found / expected - 1.0)[there].max())
    assert errors[1] < 0.02
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.1)  # of second order


@pytest.mark.parametrize("velocity", [2e-3, 6e-2])
def test_leachable_matter_falls_off_as_a_closed_form_says(velocity):
    diffusivity, decay = 0.5 * 0.4 * 0.3 / 1000.0, 0.05
    errors = []
    for thickness in (0.01, 0.005):
        found, z = profile(SomprofLeaching(), decay, thickness, leaching_velocity=velocity)
        slope = (velocity - np.sqrt(velocity**2 + 4.0 * diffusivity * decay)) / (2.0 * diffusivity)
        expected = np.exp(slope * z) / (velocity - diffusivity * slope)
        there = (z > 0.03) & (z < 0.4)
        errors.append(np.abs(found / expected - 1.0)[there].max())
    assert errors[1] < 0.02 and errors[1] < 0.6 * errors[0]


def test_what_drifts_between_two_centres():
    d, v, far = jnp.asarray([1e-4, 1e-4, 0.0, 1e-4]), jnp.asarray([0.0, 1e-9, 0.02, 1.0]), jnp.full(4, 0.1)
    apart = jax.jit(drifting)
    down, up = apart(d, v, far)
    np.testing.assert_allclose(down - up, v, rtol=1e-12, atol=1e-18)
    np.testing.assert_allclose(up, [1e-3, 1e-3, 0.0, 0.0], rtol=1e-6, atol=1e-30)
    # nothing moves where the concentrations are those of the steady profile of no net flux
    peclet = 0.02 * 0.1 / 1e-3
    down, up = apart(jnp.asarray(1e-3), jnp.asarray(0.02), jnp.asarray(0.1))
    assert float(down) == pytest.approx(float(up) * np.exp(peclet), rel=1e-13)
    slopes = jax.jit(jax.grad(lambda a: jnp.sum(jnp.stack(drifting(a[0], a[1], far)))))(jnp.stack([d, v]))
    assert np.isfinite(slopes).all()
    moved = between_layers(jnp.full((3, 1), 0.5), jnp.ones((2, 1)), 2.0 * jnp.ones((2, 1)), 3.0)
    np.testing.assert_array_equal(np.asarray(moved.down)[:, 0], [2.0, 2.0, 6.0])
    np.testing.assert_array_equal(np.asarray(moved.up)[:, 0], [0.0, 4.0, 4.0])


# -- what it does ----------------------------------------------------------------------------------------------


def centre_of(stock):
    """Mean depth of carbon of the mineral soil, m [batch]."""
    soil = cases.somprof_soil(LAYERS)
    z = np.cumsum(soil.thickness, axis=0) - 0.5 * np.asarray(soil.thickness)
    return (stock[3:] * z).sum(axis=0) / stock[3:].sum(axis=0)


def organic(stock):
    return stock[:, :3].sum(axis=(0, 1))


def test_carbon_falls_with_depth_and_litter_lies_on_top():
    stock, _ = steady()
    density = stock.sum(axis=0)[3:] / np.asarray(cases.somprof_soil(LAYERS).thickness)
    assert (np.diff(density, axis=0) < 0.0).all()
    assert (stock[ABOVE, 1:] < 1e-30).all() and (stock[ABOVE, L] > 0.9 * stock[:, L].sum(axis=0)).all()


def test_busy_animals_leave_little_on_top_and_bring_carbon_down():
    calm, usual, busy = (steady(bioturbation_rate=rate)[0] for rate in (0.04, 0.4, 1.2))
    assert (organic(calm) > organic(usual)).all() and (organic(usual) > organic(busy)).all()
    assert (centre_of(busy[SLOW]) > centre_of(usual[SLOW])).all()
    # the pine forest has a mor, the deciduous forest a mull
    assert (organic(steady("somprof-loobos")[0]) > 2.0 * organic(steady("somprof-hainich")[0])).all()


def test_leaching_brings_leachable_carbon_down_and_out():
    usual, fast = (steady(leaching_velocity=v)[0] for v in (2e-3, 2e-2))
    assert (centre_of(fast[LEACHABLE]) > centre_of(usual[LEACHABLE])).all()
    np.testing.assert_allclose(centre_of(fast[SLOW]), centre_of(usual[SLOW]), rtol=0.05)
    soil, forcing = cases.somprof_soil(LAYERS), cases.somprof_forcing(LAYERS, seasonal=False)
    entered = np.asarray(forcing.above_litter + forcing.root_litter)[0, 0]
    for stock, v in ((usual, 2e-3), (fast, 2e-2)):
        leached = v * stock[LEACHABLE, -1] / np.asarray(soil.thickness)[-1]
        for b in range(BATCH):
            matrix, _ = by_hand({**published("somprof"), "leaching_velocity": v}, stock[..., b], b)
            respired = -(matrix.sum(axis=0) @ stock[..., b].ravel()) - leached[b]
            assert respired + leached[b] == pytest.approx(entered[b], rel=1e-9)
            assert respired > 0.0 and leached[b] > 0.0


def test_carbon_grows_older_downward():
    stock, _ = steady()
    model = Somprof(CELLS, cases.HORIZONS)
    soil, forcing = cases.somprof_soil(LAYERS), cases.somprof_forcing(LAYERS, seasonal=False)
    year = cases.where_it_stands(model, stock, soil, forcing, given())
    for b, system in enumerate(systems(model.graph, year)):
        np.testing.assert_allclose(system.by_pool(system.steady_state), stock[..., b], rtol=1e-8, atol=1e-13)
        held, age = system.by_pool(system.steady_state), system.by_pool(system.mean_ages)
        mean = np.where(held > 0.0, held * age, 0.0).sum(axis=0) / held.sum(axis=0)
        assert mean[L] < mean[F] < mean[3] and mean[3] < mean[-1]


def test_factors_of_climate():
    assert float(lloyd_taylor(10.0, zero=273.15)) == pytest.approx(1.0, rel=1e-12)
    found = moisture_factor(jnp.asarray([0.0, 0.1, 0.5]), 0.824, 30.8)
    np.testing.assert_allclose(found, np.exp(-np.exp([0.824, -2.256, -14.576])), rtol=1e-12)
    assert found[0] < 0.11 and found[2] > 0.999999


def test_more_than_one_horizon_is_not_needed():
    """Without horizons litter falls on the mineral soil; with one, that is all the organic layer."""
    for horizons in (0, 1, 2):
        cells, p = horizons + 4, given()
        model, soil = Somprof(cells, horizons), cases.somprof_soil(4)
        forcing = jax.tree.map(lambda a, n=cells: a[:, :n], cases.somprof_forcing(4, seasonal=False))

        @jax.jit
        def entering(forcing, model=model, soil=soil, cells=cells, p=p):
            environment, _ = model.environment(jnp.zeros((5, cells, BATCH)), (), soil, forcing, p)
            return model.processes[0].supply(environment, p)

        litter, roots = (np.asarray(u).sum(axis=(0, 1)) for u in entering(forcing))
        np.testing.assert_allclose(litter, np.asarray(forcing.above_litter)[0, 0], rtol=1e-13)
        np.testing.assert_allclose(roots, np.asarray(forcing.root_litter)[0, 0], rtol=1e-13)
