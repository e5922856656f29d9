"""The mass-preserving spline: exact means, no negative values, and no smoother curve that has both."""

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observed_layers import layers, stack_of
from scipy.optimize import minimize

from pedozone.observations.mass_preserving import mass_preserving
from pedozone.observations.smoothing import lowest, smoothing

ENDS = ("sloping", "flat")


def means(spline, profile):
    """Of the spline over the layers of one profile."""
    edges = np.unique([layer[:2] for layer in profile])
    total = spline.integral(edges)[0]
    at = {edge: total[k] for k, edge in enumerate(edges)}
    return np.array([(at[bottom] - at[top]) / (bottom - top) for top, bottom, _ in profile])


@given(layers(), st.sampled_from(ENDS))
@settings(max_examples=100, deadline=None)
def test_any_profile_keeps_its_means_and_never_falls_below_zero(profile, ends):
    spline = mass_preserving(stack_of(profile), ends=ends)
    measured = np.array([layer[2] for layer in profile])
    largest = max(measured.max(), 1e-4)
    np.testing.assert_allclose(means(spline, profile), measured, rtol=1e-9, atol=1e-9 * largest)
    depths = np.linspace(profile[0][0], profile[-1][1], 997)
    curve = spline.at(depths)[0]
    assert (curve >= 0).all()
    assert (np.diff(spline.integral(depths)[0]) >= -1e-9 * largest).all()


@given(st.data(), layers(), st.sampled_from(ENDS))
@settings(max_examples=60, deadline=None)
def test_cuts_keep_the_means_and_nothing_falls_below_zero(data, profile, ends):
    organic = data.draw(st.lists(st.booleans(), min_size=len(profile), max_size=len(profile)))
    spline = mass_preserving(stack_of(profile, organic=organic), ends=ends)
    measured = np.array([layer[2] for layer in profile])
    largest = max(measured.max(), 1e-4)
    np.testing.assert_allclose(means(spline, profile), measured, rtol=1e-9, atol=1e-9 * largest)
    depths = np.linspace(profile[0][0], profile[-1][1], 499)
    assert (spline.at(depths)[0] >= 0).all()
    assert (np.diff(spline.integral(depths)[0]) >= -1e-9 * largest).all()


@given(layers(gaps=False), st.integers(1, 8), st.booleans(), st.sampled_from(ENDS))
@settings(max_examples=60, deadline=None)
def test_each_side_of_a_cut_is_as_if_it_were_alone(profile, cut, first, ends):
    cut = min(cut, len(profile) - 1)
    organic = [first] * cut + [not first] * (len(profile) - cut)
    parts = [part for part in (profile[:cut], profile[cut:]) if part]
    depths = np.linspace(profile[0][0], profile[-1][1], 203)
    whole = mass_preserving(stack_of(profile, organic=organic), ends=ends).integral(depths)[0]
    alone = sum(mass_preserving(stack_of(part), ends=ends).integral(depths)[0] for part in parts)
    # The solver stops at a share of the largest value of a profile, here of both sides together.
    np.testing.assert_allclose(whole, alone, rtol=1e-7, atol=1e-7 * max(1e-4, *(layer[2] for layer in profile)))


def test_peat_above_mineral_soil_leaves_the_mineral_soil_its_carbon():
    # Profile IE12 of ISIS: as one curve it holds nothing from 37 to 65 cm.
    profile = [(0, 28, 60.0), (30, 65, 0.83), (65, 80, 0.39), (80, 100, 0.2)]
    within = np.array([37.0, 45.0, 55.0, 65.0])
    one, cut = (mass_preserving(stack_of(profile, organic=o)) for o in (None, [True, False, False, False]))
    assert np.diff(one.integral(within)[0]).max() < 1e-3
    assert (np.diff(cut.integral(within)[0]) > 6).all()
    # The cut lies in the middle of the gap: each half is like the soil beside it.
    np.testing.assert_allclose(cut.at(np.array([20.0, 28.9]))[0], 60.0, rtol=1e-12)
    assert 0.83 < cut.at(np.array([29.1]))[0, 0] < 1.2
    # Layers that stand in for each other are organic where most of them are.
    for organic, broken in (([True, True, False, False], True), ([True, False, False, False], False)):
        stack = stack_of([(0, 10, 40.0), (0, 10, 30.0), (0, 10, 20.0), (10, 40, 2.0)], organic=organic)
        assert (stack.broken() is not stack) == broken


@given(st.lists(layers(), min_size=2, max_size=6))
@settings(max_examples=30, deadline=None)
def test_a_profile_is_the_same_in_any_company(profiles):
    together = mass_preserving(stack_of(*profiles)).integral(np.array([3.0, 20.0, 77.0]))
    alone = [mass_preserving(stack_of(p)).integral(np.array([3.0, 20.0, 77.0]))[0] for p in profiles]
    np.testing.assert_allclose(together, alone, rtol=1e-9, atol=1e-12)


@given(layers(zeros=False), st.sampled_from(ENDS))
@settings(max_examples=80, deadline=None)
def test_value_and_slope_pass_smoothly_from_layer_to_layer(profile, ends):
    stack = stack_of(profile)
    spline = mass_preserving(stack, ends=ends)
    inner = stack.nodes[0, 1 : stack.last[0]]
    # Slopes are compared very close to a node, where a parabola's own bend is little.
    step = 1e-7 * np.diff(stack.nodes[0]).min()
    at = spline.at(np.concatenate([inner - step, inner, inner + step]))[0].reshape(3, -1)
    slopes = np.diff(at, axis=0) / step
    steepest = np.abs(np.diff(spline.at(np.linspace(profile[0][0], profile[-1][1], 4001))[0])).max() / (
        (profile[-1][1] - profile[0][0]) / 4000
    )
    away = at[1] > 1e-3 * max(layer[2] for layer in profile)
    rounding = 1e-6 * max(layer[2] for layer in profile) / step * 1e-9
    assert (np.abs(slopes[1] - slopes[0])[away] <= 1e-3 * steepest + rounding).all()


def discretised(profile, count):
    """The same problem on small equal steps, solved by a method of its own."""
    top, bottom = profile[0][0], profile[-1][1]
    step = (bottom - top) / count
    middle = top + (np.arange(count) + 0.5) * step
    rows = np.array([(middle > a) & (middle < b) for a, b, _ in profile], dtype=float)
    rows /= rows.sum(axis=1, keepdims=True)
    measured = np.array([layer[2] for layer in profile])

    def roughness(f):
        jump = np.diff(f)
        slope = np.zeros_like(f)
        slope[:-1] -= 2 * jump / step
        slope[1:] += 2 * jump / step
        return (jump**2).sum() / step, slope

    start = np.interp(middle, [(a + b) / 2 for a, b, _ in profile], measured)
    found = minimize(
        roughness,
        start,
        jac=True,
        method="SLSQP",
        bounds=[(0, None)] * count,
        constraints={"type": "eq", "fun": lambda f: rows @ f - measured, "jac": lambda _: rows},
        options={"maxiter": 500, "ftol": 1e-12},
    )
    assert found.success
    return middle, found.x, found.fun


@pytest.mark.parametrize(
    "profile",
    [
        [(0, 20, 5.0), (20, 40, 0.2), (40, 60, 4.0)],
        [(0, 20, 6.0), (20, 40, 0.05), (40, 60, 0.05), (60, 80, 3.0)],
        [(0, 10, 1.0), (10, 40, 0.0), (50, 80, 2.0)],
    ],
)
def test_no_smoother_curve_has_these_means(profile):
    spline = mass_preserving(stack_of(profile), ends="flat")
    depths, values, roughness = discretised(profile, 160)
    # Where a layer holds nothing its neighbours leave zero at an angle, which steps blur.
    np.testing.assert_allclose(spline.at(depths)[0], values, atol=0.04 * values.max())
    assert spline.roughness()[0] == pytest.approx(roughness, rel=0.06)


def test_a_straight_profile_comes_out_straight_and_a_constant_one_constant():
    edges = np.array([0.0, 5, 12, 30, 55, 100, 140])
    straight = [(a, b, 8 - 0.05 * (a + b) / 2) for a, b in pairwise(edges)]
    depths = np.linspace(0, 140, 57)
    np.testing.assert_allclose(mass_preserving(stack_of(straight)).at(depths)[0], 8 - 0.05 * depths, rtol=1e-12)
    for ends in ENDS:
        constant = [(a, b, 3.25) for a, b, _ in straight]
        np.testing.assert_allclose(mass_preserving(stack_of(constant), ends=ends).at(depths)[0], 3.25, rtol=1e-13)
    one = mass_preserving(stack_of([(10, 30, 2.0)]))
    np.testing.assert_allclose(one.at(np.array([9.0, 10, 20, 30, 31]))[0], [np.nan, 2, 2, 2, np.nan])


def test_harmonising_what_was_harmonised_changes_nothing():
    profile = [(0, 8, 4.0), (8, 30, 2.0), (30, 70, 0.6), (70, 120, 0.3)]
    edges = np.array([0.0, 5, 15, 30, 60, 100, 120])
    once = np.diff(mass_preserving(stack_of(profile)).integral(edges)[0])
    again = [(a, b, total / (b - a)) for a, b, total in zip(edges[:-1], edges[1:], once, strict=True)]
    np.testing.assert_allclose(np.diff(mass_preserving(stack_of(again)).integral(edges)[0]), once, rtol=1e-12)
    assert once.sum() == pytest.approx(sum((b - a) * m for a, b, m in profile), rel=1e-12)


def test_a_limit_other_than_zero_and_none():
    profile = [(0, 10, 50.0), (10, 40, -200.0), (40, 100, -950.0), (100, 150, -990.0)]
    depths = np.linspace(0, 150, 301)
    curve = mass_preserving(stack_of(profile), lower=-1000.0)
    assert curve.at(depths).min() >= -1000
    np.testing.assert_allclose(means(curve, profile), [p[2] for p in profile], rtol=1e-10)
    free = mass_preserving(stack_of(profile), lower=-np.inf)
    np.testing.assert_allclose(means(free, profile), [p[2] for p in profile], rtol=1e-10)
    with pytest.raises(ValueError, match="below the limit"):
        mass_preserving(stack_of(profile))


def test_the_classic_spline_agrees_with_a_published_package():
    # Example of the R package mpspline2 1.0 (its README), lambda 0.1. It averages values at 0, 1, 2 ... cm.
    profile = [(0, 10, 6.0), (20, 30, 4.0), (40, 50, 3.0), (60, 70, 10.0)]
    curve = smoothing(stack_of(profile), 0.1).spline.at(np.arange(70.0))[0]
    published = {(0, 5): 6.105160, (5, 15): 5.618341, (15, 30): 4.316876, (30, 60): 4.192058, (60, 70): 9.732400}
    for (a, b), value in published.items():
        assert curve[a:b].mean() == pytest.approx(value, abs=5e-7)


def test_the_classic_spline_says_what_mass_it_loses_and_where_it_is_negative():
    profile = [(0, 10, 9.0), (10, 20, 0.2), (20, 60, 0.1), (60, 100, 3.0)]
    stack = stack_of(profile)
    found = smoothing(stack, 1.0)
    kept = (found.spline.stack.mean[0, :4] * [10, 10, 40, 40]).sum()
    assert found.mass_error[0] == pytest.approx(kept / (90 + 2 + 4 + 120) - 1)
    assert found.mass_error[0] != 0
    assert found.largest_error[0] > 0.1
    exact = smoothing(stack, 0.0)
    np.testing.assert_allclose(means(exact.spline, profile), [p[2] for p in profile], rtol=1e-10)
    assert abs(exact.mass_error[0]) < 1e-12
    assert exact.below_limit[0]
    assert lowest(exact.spline)[0] == pytest.approx(exact.spline.at(np.linspace(0, 100, 20001))[0].min(), abs=1e-4)
    with pytest.raises(ValueError, match="lambda"):
        smoothing(stack, -1.0)


@given(layers(zeros=False))
@settings(max_examples=40, deadline=None)
def test_the_classic_spline_without_smoothing_is_the_flat_one_where_that_is_positive(profile):
    stack = stack_of(profile)
    exact = smoothing(stack, 0.0)
    edges = np.linspace(profile[0][0], profile[-1][1], 23)
    if lowest(exact.spline)[0] > 0:
        here = mass_preserving(stack, ends="flat").integral(edges)
        np.testing.assert_allclose(exact.spline.integral(edges), here, rtol=1e-8, atol=1e-8)


def test_twenty_thousand_profiles_take_seconds():
    rng = np.random.default_rng(5)
    counts = rng.integers(1, 12, 20_000)
    owner = np.repeat(np.arange(20_000), counts)
    thick = rng.uniform(2, 40, counts.sum())
    bottom = np.cumsum(thick)
    bottom -= np.repeat((bottom - thick)[np.cumsum(counts) - counts], counts)
    value = rng.lognormal(0, 1.5, counts.sum())
    from pedozone.observations.stacks import stacked

    began = time.perf_counter()
    stack = stacked(owner, bottom - thick, bottom, value, 20_000)
    total = mass_preserving(stack).integral(np.array([0.0, 5, 15, 30, 60, 100, 200, 1e4]))
    assert time.perf_counter() - began < 20  # about one second on one core; 60 are allowed
    np.testing.assert_allclose(total[:, -1], np.bincount(owner, value * thick), rtol=1e-9)
