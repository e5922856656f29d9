"""Change points and root depths of made-up profiles whose answer is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedozone.observations.broken_stick import LEAST_LAYERS, change_point
from pedozone.observations.root_depth import root_depth

TOP = np.array([0, 5, 10, 20, 30, 40, 60, 80, 100, 130.0])
BOTTOM = np.array([5, 10, 20, 30, 40, 60, 80, 100, 130, 160.0])
CORNER = 45.0


def layered(curve, top=TOP, bottom=BOTTOM):
    """Means of a curve over layers."""
    return np.array([curve(np.linspace(a, b, 401)).mean() for a, b in zip(top, bottom, strict=True)])


def stick(z):
    return 50.0 - 8.0 * z + 7.0 * np.maximum(z - CORNER, 0.0)


def test_a_corner_within_a_layer_is_found_with_its_slopes():
    found = change_point(TOP, BOTTOM, layered(stick))
    assert found.status == "one"
    assert found.depth_cm == pytest.approx(CORNER, abs=0.05)
    assert found.low_cm <= CORNER <= found.high_cm
    assert found.slope_above == pytest.approx(-8.0, rel=1e-3)
    assert found.slope_below == pytest.approx(-1.0, rel=1e-2)
    assert found.layers == len(TOP)


def test_intervals_hold_the_corner_as_often_as_they_promise():
    draw, truth = np.random.default_rng(1), layered(stick)
    inside = []
    for _ in range(60):
        found = change_point(TOP, BOTTOM, truth + draw.normal(0.0, 12.0, len(TOP)))
        assert found.status in ("one", "smooth")
        inside.append(found.low_cm <= CORNER <= found.high_cm)
    assert np.mean(inside) > 0.87  # 95 % promised; 0.87 is three standard errors less


def test_a_straight_line_has_none_but_by_chance():
    draw = np.random.default_rng(2)
    found = [change_point(TOP, BOTTOM, 20.0 - 2.0 * TOP + draw.normal(0, 15, len(TOP))).status for _ in range(100)]
    assert found.count("none") > 87
    assert change_point(TOP, BOTTOM, np.full(len(TOP), 3.0)).status == "none"


def test_a_smooth_curve_is_no_corner():
    draw, curve = np.random.default_rng(3), layered(lambda z: -400.0 + 450.0 * np.exp(-z / 40.0))
    assert change_point(TOP, BOTTOM, curve).status == "smooth"
    found = [change_point(TOP, BOTTOM, curve + draw.normal(0.0, 8.0, len(TOP))).status for _ in range(40)]
    assert found.count("smooth") > 34


def test_too_few_layers_say_so():
    few = LEAST_LAYERS - 1
    assert change_point(TOP[:few], BOTTOM[:few], np.arange(few) ** 2.0).status == "too few"
    value = layered(stick)
    value[3:8] = np.nan
    found = change_point(TOP, BOTTOM, value)
    assert (found.status, found.layers) == ("too few", 5)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="bottom below"):
        change_point(TOP, TOP, TOP)
    with pytest.raises(ValueError, match="level"):
        change_point(TOP, BOTTOM, TOP, level=1.5)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.floats(-500, 500), st.floats(0.01, 100), st.booleans())
def test_the_answer_does_not_hang_on_units_or_order(seed, shift, scale, turned):
    draw = np.random.default_rng(seed)
    value = layered(stick) + draw.normal(0.0, 30.0, len(TOP))
    order = draw.permutation(len(TOP)) if turned else np.arange(len(TOP))
    plain = change_point(TOP, BOTTOM, value)
    other = change_point(TOP[order], BOTTOM[order], shift + scale * value[order])
    assert plain.status == other.status
    np.testing.assert_allclose(
        [plain.depth_cm, plain.low_cm, plain.high_cm], [other.depth_cm, other.low_cm, other.high_cm], atol=1e-5
    )
    assert plain.p_value == other.p_value
    if plain.status != "none":
        assert plain.low_cm <= plain.depth_cm <= plain.high_cm


@pytest.mark.parametrize("beta", [0.92, 0.95, 0.97])
def test_the_depth_of_roots_is_that_of_their_curve(beta):
    top, bottom = np.array([0, 10, 20, 40, 60, 100.0]), np.array([10, 20, 40, 60, 100, 150.0])
    found = root_depth(top, bottom, beta**top - beta**bottom)
    assert found.beta == pytest.approx(beta, abs=1e-4)
    assert found.depth_cm == pytest.approx(np.log(0.05) / np.log(beta), rel=5e-3)
    assert found.status == "one"
    assert found.low_cm <= found.depth_cm <= found.high_cm


def test_roots_below_what_was_sampled_are_extrapolated_and_said_so():
    top, bottom = np.array([0, 10, 20.0]), np.array([10, 20, 40.0])
    found = root_depth(top, bottom, 0.975**top - 0.975**bottom)
    assert found.status == "deeper"
    assert found.depth_cm > 100.0
    assert root_depth(top[:2], bottom[:2], np.ones(2)).status == "too few"
    assert root_depth(top + 5, bottom + 5, np.ones(3)).status == "too few"
