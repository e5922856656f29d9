"""Stocks above an equivalent soil mass, against published worked examples and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observed_layers import profiles_of

from pedozone.observations.errors import ObservationError
from pedozone.observations.soil_mass import above_mass, equivalent_stocks, layer_mass

# Wendt and Hauser (2013), their spreadsheet "Cubic spline simple" (as Verra distributes it with VM0042): four cores of
# 21.5 mm, layers 0-8-16-32-48 cm. Sample mass (g) and organic carbon (g/kg) of each layer; then cumulative carbon
# (Mg/ha) above 1500, 3000, 4500 and 6000 Mg/ha of soil. Its macro computes in single precision.
PUBLISHED = {
    "MFCF1": (
        [123.2, 139.2, 306.1, 292.2],
        [24.287188420042472, 12.681478533824528, 8.706741680356373, 6.9685959018314385],
        [29.738546027937353, 43.60408069529065, 55.46116675279182, 65.61606190251439],
    ),
    "MFCF2": (
        [122.7, 144.3, 300.8, 315.1],
        [28.76730530717023, 10.647029879769182, 7.702035647491051, 6.6103840588666625],
        [32.62708050328494, 43.580115017506934, 55.110121245576686, 64.69518212795994],
    ),
    "MFCF3": (
        [117.5, 143.5, 306.5, 303.6],
        [20.679025872460244, 11.283054618834822, 8.52984726426919, 7.094227289986121],
        [25.21565354474639, 38.39320625121876, 50.358693042744115, 60.72569305190596],
    ),
    "MFCF4": (
        [127.4, 158.8, 317.6, 339.8],
        [20.043011842080425, 11.251199236039827, 9.09973010012957, 7.65073162934959],
        [25.486967530670487, 39.37700829440551, 52.64292291412874, 64.08999607756334],
    ),
    "MFCF5": (
        [125.5, 146.9, 324.4, 297.7],
        [19.879660587333586, 10.157388911017502, 7.504624944694696, 6.702912243994888],
        [24.477793718170467, 36.023896011312054, 46.95521090437861, 56.92334093307248],
    ),
}


@pytest.mark.parametrize("core", PUBLISHED)
def test_the_natural_spline_reproduces_the_published_worksheet(core):
    sample, carbon, published = PUBLISHED[core]
    mass = layer_mass(np.array(sample), 21.5, 4)
    content = mass * np.array(carbon) / 1000
    reference = np.array([1500, 3000, 4500, 6000]) / 10  # kg m-2
    found = above_mass(mass, content, reference, interpolation="natural", extrapolate=True)
    np.testing.assert_allclose(found * 10, published, rtol=1e-6)
    # 6000 Mg/ha lies below some of these cores: no value unless asked for.
    silent = above_mass(mass, content, reference, interpolation="natural")
    assert np.isnan(silent).tolist() == (reference > mass.sum()).tolist()
    monotone = above_mass(mass, content, reference, extrapolate=True)
    np.testing.assert_allclose(monotone * 10, published, rtol=0.01)


def test_layer_masses_of_the_published_worksheet():
    assert layer_mass(np.array([123.2]), 21.5, 4)[0] * 10 == pytest.approx(848.3672899479288, rel=1e-12)


@given(
    st.lists(st.tuples(st.floats(1, 300), st.floats(0, 0.5)), min_size=1, max_size=8),
    st.sampled_from(["monotone", "linear"]),
)
@settings(max_examples=100, deadline=None)
def test_curves_pass_through_the_layers_and_rise(core, interpolation):
    mass = np.array([m for m, _ in core])
    content = mass * np.array([c for _, c in core])
    ends = np.cumsum(mass)
    found = above_mass(mass, content, ends, interpolation=interpolation)
    np.testing.assert_allclose(found, np.cumsum(content), rtol=1e-9, atol=1e-9)
    course = above_mass(mass, content, np.linspace(0, ends[-1], 300), interpolation=interpolation)
    assert (np.diff(course) >= -1e-9 * (1 + content.sum())).all()


def test_the_monotone_spline_reproduces_a_cubic_that_rises():
    x = np.array([0.0, 40, 100, 190, 300])

    def cubic(m):
        return 0.03 * m - 8e-5 * m**2 + 9e-8 * m**3

    found = above_mass(np.diff(x), np.diff(cubic(x)), np.array([20.0, 70, 150, 250]))
    np.testing.assert_allclose(found, cubic(np.array([20.0, 70, 150, 250])), rtol=1e-10)


def surveys(density: list[float], carbon: list[float]) -> dict[str, list]:
    """The same place twice, the second time with these densities and carbon."""
    return {
        "profile_id": ["before"] * 4 + ["after"] * 4,
        "top_cm": [0, 10, 30, 60] * 2,
        "bottom_cm": [10, 30, 60, 100] * 2,
        "soc_percent": [2.5, 1.6, 0.8, 0.4, *carbon],
        "bulk_density_g_cm3": [1.2, 1.3, 1.4, 1.5, *density],
    }


PROFILE = {"profile_id": ["before", "after"], "site_id": ["field"] * 2, "sampling_year": [1990, 2020]}


def test_compaction_alone_is_no_change_above_the_same_mass():
    # Each layer is pressed together by a tenth: 10 cm become 9.
    layer = surveys([1.2 / 0.9, 1.3 / 0.9, 1.4 / 0.9, 1.5 / 0.9], [2.5, 1.6, 0.8, 0.4])
    for name in ("top_cm", "bottom_cm"):
        layer[name][4:] = [0.9 * z for z in layer[name][4:]]
    observed = profiles_of(layer, PROFILE)
    for interpolation in ("monotone", "natural", "linear"):
        for basis in ("mineral", "fine-earth"):
            found = equivalent_stocks(observed, [30], interpolation=interpolation, basis=basis)
            before, after = found["soc_stock_kg_m2"]
            assert after == pytest.approx(before, rel=1e-12)
            assert found["soc_stock_fixed_kg_m2"][1] > found["soc_stock_fixed_kg_m2"][0] * 1.03
            assert found["equivalent_depth_cm"].tolist() == pytest.approx([30, 27])


def test_fixed_depth_equals_equivalent_mass_for_the_reference_itself():
    observed = profiles_of(surveys([1.3, 1.3, 1.4, 1.5], [2.0, 1.5, 0.8, 0.4]), PROFILE)
    found = equivalent_stocks(observed, [10, 30, 60])
    first = found[found["profile_id"] == "before"]
    np.testing.assert_allclose(first["soc_stock_kg_m2"], first["soc_stock_fixed_kg_m2"], rtol=1e-12)
    np.testing.assert_allclose(first["reference_mass_kg_m2"], first["mass_kg_m2"])
    upper = 1.2 * 100 * (1 - 1.724 * 0.025)
    assert first["reference_mass_kg_m2"].iloc[0] == pytest.approx(upper)
    assert (found["basis"] == "complete").all()


def test_the_lightest_reference_needs_no_extrapolation_and_others_say_so():
    observed = profiles_of(surveys([1.0, 1.2, 1.3, 1.4], [2.5, 1.6, 0.8, 0.4]), PROFILE)
    found = equivalent_stocks(observed, [100])
    assert found["basis"].tolist() == ["complete", "too shallow"]
    assert np.isnan(found["soc_stock_kg_m2"][1])
    further = equivalent_stocks(observed, [100], extrapolate=True)
    assert further["basis"].tolist() == ["complete", "extrapolated"]
    assert further["soc_stock_kg_m2"][1] > further["soc_stock_fixed_kg_m2"][1]
    assert (equivalent_stocks(observed, [100], reference="lightest")["basis"] == "complete").all()
    mean = equivalent_stocks(observed, [30], reference="mean")
    assert mean["reference_mass_kg_m2"][0] == pytest.approx(mean["mass_kg_m2"].mean())
    given_mass = equivalent_stocks(observed, [30], masses=[300.0])
    assert (given_mass["reference_mass_kg_m2"] == 300).all()


def test_profiles_that_cannot_be_compared_are_named():
    layer = surveys([1.0, 1.2, 1.3, 1.4], [2.5, 1.6, np.nan, 0.4])
    layer["top_cm"][0] = 3
    found = equivalent_stocks(profiles_of(layer, PROFILE), [30, 60], reference="lightest")
    assert found["basis"].tolist() == ["not from the surface"] * 2 + ["complete", "no reference"]
    undated = {**PROFILE, "sampling_year": [np.nan, np.nan]}
    whole = profiles_of(surveys([1.0] * 4, [1.0] * 4), undated)
    assert (equivalent_stocks(whole, [30])["basis"] == "no reference").all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"reference": "best"},
        {"basis": "rock"},
        {"interpolation": "magic"},
        {"by": "field"},
        {"depths": [0]},
        {"depths": []},
        {"masses": [1.0, 2.0]},
        {"masses": [-1.0]},
    ],
)
def test_requests_that_make_no_sense_are_explained(wrong):
    observed = profiles_of(surveys([1.0] * 4, [1.0] * 4), PROFILE)
    with pytest.raises(ObservationError):
        equivalent_stocks(observed, **{"depths": [30], **wrong})
    with pytest.raises(ValueError, match="mass above zero"):
        above_mass(np.array([0.0, 1.0]), np.array([1.0, 1.0]), np.array([1.0]))
