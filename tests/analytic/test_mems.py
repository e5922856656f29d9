"""MEMS: its steady state against an independent solve, layers by hand, and saturation of minerals."""

from typing import NamedTuple

import jax.numpy as jnp
import microbial_cases as cases
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import root

from pedozone.engine.precision import double_precision
from pedozone.engine.spinup import Status
from pedozone.models.mems import Mems
from pedozone.parameters import load_parameters
from pedozone.processes.mems_environment import root_share

NAMES = [pool.name for pool in Mems().graph.pools]
SOLUBLE, ACID, LIGNIN, MICROBES, LITTER_DOM, DOM, HEAVY, LIGHT, MAOM = range(9)
LAYERS, BATCH = 5, 3


@pytest.fixture(autouse=True)
def doubles():
    with double_precision():
        yield


class Layer(NamedTuple):
    """What the equations by hand need of a layer; supply in g m-2 d-1."""

    warmth: float
    supply: float
    soluble: float
    insoluble: float
    nitrogen: float
    ph: float
    capacity: float  # g m-2
    thickness: float


def layer_of(site, forcing, supply, i, b):
    """A layer of a column, its capacity from the published regression on silt and clay."""
    sand, coarse, density, ph, h = (float(a[i, b]) for a in site)
    capacity = (0.26126 * (100.0 - 100.0 * sand) + 11.0782) * density * h * (1.0 - coarse)
    quality = (float(a[b]) for a in forcing.quality)
    return Layer(float(forcing.temperature[0, i, b]), supply, *quality, ph, capacity, h)


def by_hand(pools, at: Layer):
    """(rates of change, leached, respired) in g m-2 d-1, from the published equations, not from the model."""
    c1, c2, c3, c4, c6, c8, c5, c10, c9 = pools
    tmod = np.exp(-((at.warmth / 49.0) ** 15)) * 2.0 ** ((at.warmth - 13.5) / 10.0)
    lci = c3 / (c2 + c3)
    logistic = 1.0 / (1.0 + np.exp(-3.0 * (at.nitrogen - 1.75)))
    u_b = min(logistic, 1.0 - np.exp(-0.7 * abs(lci - 0.7) * 10.0))
    u_k = min(logistic, np.exp(-3.0 * lci))
    leached = min(0.15 - 0.145 / 0.51 * min(lci, 0.51), 0.15 - 0.145 / 3.0 * min(at.nitrogen, 3.0))
    k3 = 0.009 * (0.2 / (1.0 + 200.0 / np.exp(8.15 * lci)))
    d1, d2, d3, d4 = u_k * 0.37 * c1, u_k * 0.009 * c2, k3 * c3, 0.57 * c4
    f2, f3 = 6e-4 * c2, 6e-4 * c3
    d5, d8, d9, d10 = 5e-4 * c5, 0.00144 * c8, 2.2e-5 * c9, 2.96e-4 * c10
    affinity, topsoil = 10.0 ** (-0.186 * at.ph - 0.216), c8 * 0.2 / at.thickness
    sorbed = c8 * (affinity * topsoil / (1.0 + affinity * topsoil) - c9 / at.capacity)
    gone = 0.00438 * 0.2 / at.thickness * c8
    grown1, grown2 = u_b * 0.6 * (1.0 - leached) * d1, u_b * 0.5 * (1.0 - leached) * d2
    percolated = 0.8 * c6
    reactions = np.array(
        [
            -d1,
            -d2 - f2,
            -d3 - f3,
            grown1 + grown2 - d4,
            leached * (d1 + d2) + 0.038 * d3 + 0.19 * d4 - percolated,
            0.038 * (d5 + d10) + percolated - sorbed - gone - d8,
            0.33 * 0.81 * d4 + 0.3 * (f2 + f3) - d5,
            0.7 * (f2 + f3) - d10,
            sorbed - d9,
        ]
    )
    breathed = (1.0 - leached) * (d1 + d2) - grown1 - grown2 + 0.962 * (d3 + d5 + d10) + 0.67 * 0.81 * d4 + d8 + d9
    parts = np.array([0.85 * at.soluble, 1.0 - at.soluble - at.insoluble, at.insoluble, 0.0, 0.15 * at.soluble])
    entering = np.concatenate([at.supply * parts, np.zeros(4)])
    return entering + tmod * reactions, tmod * gone, tmod * breathed


def one(forcing=None, site=None, **changed):
    """(site, forcing, steady stocks in g m-2 [pools, batch]) of the published topsoil."""
    site = cases.mems_soil(1) if site is None else site
    forcing = cases.mems_forcing(1, seasonal=False) if forcing is None else forcing
    done = cases.settled(Mems(), site, forcing, {**cases.values("mems"), **changed}, 1e-12, 0.0)
    assert set(done.status) == {Status.CONVERGED}
    return site, forcing, 1e3 * np.asarray(done.state.stocks)[0, :, 0], done


@pytest.fixture(scope="module")
def topsoil():
    with double_precision():
        return one()


def supplied(forcing, b, depth=0.2):
    """Litter of a topsoil, g m-2 d-1: all leaves, and the published share of the roots."""
    half, deepest = float(forcing.root_half_depth[b]), float(forcing.rooting_depth[b])
    share = depth * (half + deepest) / (deepest * (half + depth))
    return 1e3 / 365.0 * (float(forcing.leaf[0, 0, b]) + share * float(forcing.root[0, 0, b]))


def test_the_steady_state_by_an_independent_solve(topsoil, record_property):
    site, forcing, found, _ = topsoil
    furthest = 0.0
    for b in range(BATCH):
        at = layer_of(site, forcing, supplied(forcing, b), 0, b)

        def residual(logs, at=at):
            return by_hand(np.exp(logs), at)[0] / at.supply

        solved = root(residual, np.log(found[:, b]) + 0.03 * np.cos(np.arange(9)), tol=1e-13)
        assert np.abs(residual(solved.x)).max() < 1e-9
        furthest = max(furthest, np.abs(found[:, b] / np.exp(solved.x) - 1.0).max())
        _, leached, breathed = by_hand(np.exp(solved.x), at)
        assert leached + breathed == pytest.approx(at.supply, rel=1e-8)
    record_property("largest relative difference", furthest)
    assert furthest < 1e-8


def test_from_bare_soil_the_equations_by_hand_come_to_it(topsoil):
    """Not only is it a balance: it is the one that a soil reaches."""
    site, forcing, found, _ = topsoil
    at = layer_of(site, forcing, supplied(forcing, 1), 0, 1)
    bare = np.full(9, 1.0)
    path = solve_ivp(lambda _, x: by_hand(x, at)[0], (0.0, 2000.0 * 365.0), bare, method="BDF", rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(path.y[:, -1], found[:, 1], rtol=2e-3)


def test_layers_are_in_balance_by_the_equations_by_hand(record_property):
    site = cases.mems_soil(LAYERS, 0.08)
    forcing = cases.mems_forcing(LAYERS, seasonal=False)
    done = cases.settled(Mems(LAYERS), site, forcing, cases.values("mems"), 1e-10, 0.0)
    assert set(done.status) == {Status.CONVERGED}
    stock = 1e3 * np.asarray(done.state.stocks)[0]
    worst = 0.0
    for b in range(BATCH):
        h = np.asarray(site.thickness)[:, b]
        face = np.concatenate([[0.0], np.cumsum(h)])
        z = 0.5 * (face[1:] + face[:-1])
        half, deepest = float(forcing.root_half_depth[b]), float(forcing.rooting_depth[b])
        roots = float(forcing.root[0, 0, b]) * np.diff(face * (half + deepest) / (deepest * (half + face)))
        supply = roots + np.eye(LAYERS)[0] * float(forcing.leaf[0, 0, b])
        change, from_above = np.zeros((9, LAYERS)), 0.0
        for i in range(LAYERS):
            at = layer_of(site, forcing, 1e3 / 365.0 * supply[i], i, b)
            change[:, i], gone, _ = by_hand(stock[:, i, b], at)
            change[DOM, i] += from_above
            from_above = gone
        for i in range(LAYERS - 1):
            for pool in (HEAVY, LIGHT, MAOM):
                density = stock[pool, i : i + 2, b] / h[i : i + 2]
                moved = 1e-4 / 365.0 * (density[0] - density[1]) / (z[i + 1] - z[i])
                change[pool, i] -= moved
                change[pool, i + 1] += moved
        worst = max(worst, np.abs(change).max() / (1e3 / 365.0 * supply.sum()))
        assert (np.diff(stock[[HEAVY, LIGHT]].sum(axis=0)[:, b] / h) < 0.0).all()
    record_property("largest imbalance over the supply", worst)
    assert worst < 1e-8


def test_minerals_saturate_and_particulate_carbon_does_not():
    """Ten times the litter: particulate carbon follows, mineral-associated carbon nears its capacity."""
    site, base = cases.mems_soil(1), cases.mems_forcing(1, seasonal=False)
    pom, filled = [], []
    for more in (0.1, 1.0, 10.0, 100.0):
        given = base._replace(leaf=more * base.leaf, root=more * base.root)
        _, forcing, found, _ = one(given, site)
        capacity = np.array([layer_of(site, forcing, 0.0, 0, b).capacity for b in range(BATCH)])
        pom.append(found[HEAVY] + found[LIGHT])
        filled.append(found[MAOM] / capacity)
    np.testing.assert_allclose(np.diff(np.log(pom), axis=0), np.log(10.0), rtol=1e-6)
    assert (np.diff(filled, axis=0) > 0.0).all()
    assert (filled[-1] < 1.0).all() and (filled[-1] > 0.9).all()
    assert (filled[-1] / filled[-2] < 2.0).all()


def test_sand_has_less_mineral_carbon_and_poor_litter_more_fragments(topsoil):
    site, forcing, found, _ = topsoil
    sandy = site._replace(sand=jnp.minimum(site.sand + 0.1, 1.0))
    assert (one(forcing, sandy)[2][MAOM] < found[MAOM]).all()
    poor = forcing._replace(quality=forcing.quality._replace(nitrogen=0.7 * forcing.quality.nitrogen))
    left = one(poor, site)[2]
    assert (left[LIGHT] > found[LIGHT]).all()
    assert (left[MICROBES] < found[MICROBES]).all()


def test_it_does_not_ring(topsoil):
    assert not topsoil[3].ringing().rings.any()


def test_roots_below_the_column_are_left_out():
    face, half, deepest = jnp.asarray([[0.0], [0.2], [1.0], [3.0], [4.0]]), jnp.asarray([0.2]), jnp.asarray([3.0])
    share = np.asarray(root_share(face, half, deepest))[:, 0]
    assert share.sum() == pytest.approx(1.0) and share[-1] == 0.0
    assert share[0] == pytest.approx(0.5 * 3.2 / 3.0)


def test_values_lie_within_the_quoted_ranges():
    for name, parameter in load_parameters("mems").items():
        assert parameter.lower <= parameter.value <= parameter.upper, name
