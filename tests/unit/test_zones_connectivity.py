"""The crossing probability is what a labelled pulse does that is carried by the year's operator."""

import dataclasses

import jax
import numpy as np
import pytest
import zone_cases as cases

from pedozone.engine.ages import operator_matrix
from pedozone.engine.blocktri.solver import Solver
from pedozone.engine.steady import MeanYear
from pedozone.simulation.zoning import SOURCES, years_of, zone
from pedozone.zones.boundary import share_above
from pedozone.zones.connectivity import connectivity, crossing_by_depth, crossing_by_source, crossing_probability

WATCHED = (0, 20)  # a year of grass, a year of cereals


@pytest.fixture(scope="module")
def years():
    """Two of the recorded years."""
    setting, record, faces = cases.history()
    whole = years_of(setting, record, faces[1:])
    chosen = np.array(WATCHED)
    return dataclasses.replace(
        whole,
        mean=MeanYear(*jax.tree.map(lambda leaf: leaf[..., chosen], tuple(whole.mean))),
        organic_flux=whole.organic_flux[:, chosen],
        respiration=whole.respiration[:, chosen],
        plant_input=whole.plant_input[..., chosen],
        face=whole.face[:, chosen],
        carbon=whole.carbon[:, chosen],
        radiocarbon=whole.radiocarbon[:, chosen],
    )


def pulse(matrix: np.ndarray, inside: np.ndarray, start: np.ndarray) -> float:
    """Share of a unit pulse that arrives outside when carried on, by implicit steps, until nothing is left inside."""
    size = matrix.shape[0]
    left, arrived, step = start.astype(float), 0.0, 1e-3
    out = matrix[np.ix_(~inside, inside)].sum(axis=0)
    within = matrix[np.ix_(inside, inside)]
    left = left[inside]
    lasting = np.diag(within) == 0.0
    for _ in range(400):
        # over an implicit step what leaves is the step times the rates at its end
        left = np.linalg.solve(np.eye(within.shape[0]) - step * within, left)
        arrived += step * float(out @ left)
        step *= 1.12
        if left[~lasting].sum() < 1e-13:
            break
    assert size > inside.sum()
    return arrived


@pytest.mark.parametrize("face", [2, 5, 8])
def test_crossing_is_what_a_labelled_pulse_does(years, face):
    """On a face the zones are whole cells: the pulse is followed with the operator written out."""
    graph, cells, pools = years.graph, years.graph.cells, len(years.graph.pools)
    mass = np.full(2, years.mass_at_face[face])
    h = crossing_probability(years, mass)
    matrices = operator_matrix(graph, years.mean)
    inside = np.tile(np.arange(cells) < graph.organic + face, pools)
    rng = np.random.default_rng(face)
    for k in range(2):
        for _ in range(4):
            pool, cell = rng.integers(pools), rng.integers(graph.organic + face)
            start = np.zeros(pools * cells)
            start[pool * cells + cell] = 1.0
            assert h[pool, cell, k] == pytest.approx(pulse(matrices[k], inside, start), rel=1e-7, abs=1e-12)
    assert np.isnan(h[:, graph.organic + face :]).all()
    assert np.isfinite(h[:, : graph.organic + face]).all()


def test_crossing_is_a_probability_linear_inside_a_cell(years):
    at = years.mass_at_face
    low, high = (crossing_probability(years, np.full(2, m)) for m in (at[4], at[5]))
    between = crossing_probability(years, np.full(2, 0.3 * at[4] + 0.7 * at[5]))
    above = slice(0, years.graph.organic + 4)
    np.testing.assert_allclose(between[:, above], (0.3 * low + 0.7 * high)[:, above], rtol=1e-9)
    np.testing.assert_allclose(between[:, above.stop], (0.3 + 0.7 * high[:, above.stop]), rtol=1e-9)
    for h in (low, high, between):
        known = h[np.isfinite(h)]
        assert known.min() >= 0.0 and known.max() <= 1.0 + 1e-12
    # the deeper the boundary, the fewer reach it
    assert np.all((low - high)[:, above] >= -1e-12)


def test_crossing_grows_with_depth_and_has_its_mean_by_source(years):
    mass = np.full(2, years.mass_at_face[6] - 30.0)
    h = crossing_probability(years, mass)
    by_depth = crossing_by_depth(years, mass, h)
    organic = years.graph.organic
    for pool in ("dom", "litter_structural", "maom_stable"):
        assert np.all(np.diff(h[years.graph.index[pool], organic : organic + 6], axis=0) > 0.0), pool
    assert np.all(by_depth[organic + 5] > 2.0 * by_depth[organic])
    found = crossing_by_source(years, mass, SOURCES, h)
    above = share_above(years, mass)
    for s, source in enumerate(SOURCES):
        chosen = [(u, e.receiver) for u, e in enumerate(years.graph.inputs) if e.source == source]
        for k in range(2):
            crossed = given = 0.0
            for u, pool in chosen:
                for i in range(organic + 6):
                    entered = above[i, k] * years.plant_input[u, i, k]
                    given += entered
                    crossed += entered * h[years.graph.index[pool], i, k] if entered else 0.0
            assert found[s, k] == pytest.approx(crossed / given, rel=1e-12)
    assert np.isnan(crossing_by_source(years, mass, ("manure",), h)).all()


def test_without_a_mineral_zone_nothing_crosses_and_without_a_boundary_nothing_is_known(years):
    base = crossing_probability(years, np.full(2, years.mass_at_face[-1]))
    np.testing.assert_array_equal(base, 0.0)
    surface = crossing_probability(years, np.zeros(2))
    assert np.isnan(surface[:, years.graph.organic :]).all()
    litter = years.graph.index["litter_structural"]
    assert np.all(surface[litter, : years.graph.organic] > 0.05)
    assert np.isnan(crossing_probability(years, np.array([np.nan, 300.0]))[..., 0]).all()
    assert np.isnan(connectivity(np.ones(2), np.array([0.0, 2.0])))[0]
    assert connectivity(np.ones(2), np.array([0.0, 2.0]))[1] == 0.5


def test_both_solvers_agree(years):
    mass = np.array([250.0, 700.0])
    ours = crossing_probability(years, mass)
    other = dataclasses.replace(years, solver=Solver("jax"))
    np.testing.assert_allclose(crossing_probability(other, mass), ours, rtol=1e-9, atol=1e-14)


def test_shares_below_the_boundary_are_reported():
    setting, record, faces = cases.history()
    zoning = zone(setting, record, faces)
    parts = [zoning.tables[f"zone_{source}_share"] for source in SOURCES]
    np.testing.assert_allclose(sum(parts), 1.0, rtol=1e-9)
    assert np.isfinite(zoning.tables["zone_saturation"]).all()
