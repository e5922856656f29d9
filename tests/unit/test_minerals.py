"""What oxides, cations, weathering and clay do to mineral surfaces."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_layer import soil_of

from pedozone.column.geometry import Soil
from pedozone.engine.precision import double_precision
from pedozone.parameters import load_parameters
from pedozone.processes import minerals
from pedozone.processes.minerals import REFERENCE

VALUES = load_parameters("pedon-core").values()
SURFACES = ("oxides", "base_saturation", "cation_exchange_capacity", "exchangeable_sodium", "exchangeable_calcium")


@pytest.fixture(autouse=True)
def _double():
    with double_precision():
        yield


def reference(**changed) -> Soil:
    surfaces = {
        "oxides": 0.003,
        "base_saturation": REFERENCE.base_saturation,
        "cation_exchange_capacity": 12.5,
        "exchangeable_sodium": REFERENCE.exchangeable_sodium,
        "exchangeable_calcium": 7.9,
        "salinity": 0.0,
    }
    return soil_of(**{**surfaces, **changed})


def figures(soil: Soil, parameters=VALUES) -> dict[str, float]:
    found = {
        "exchangeable": minerals.exchangeable_capacity(soil, parameters),
        "stable": minerals.stable_capacity(soil, parameters),
        "capacity": minerals.capacity_factor(soil, soil.ph, parameters),
        "affinity": minerals.affinity_factor(soil, soil.ph, parameters),
        "aggregation": minerals.aggregation_factor(soil, parameters),
        "dispersed": minerals.dispersed_share(soil, parameters),
    }
    return {name: float(jnp.squeeze(jnp.asarray(value))) for name, value in found.items()}


@given(st.floats(0, 0.9), st.floats(3, 10))
@settings(max_examples=30, deadline=None)
def test_what_is_not_known_changes_nothing(clay: float, ph: float) -> None:
    plain = soil_of(clay, 0.9 - clay, ph)
    unknown = soil_of(clay, 0.9 - clay, ph, **dict.fromkeys((*SURFACES, "salinity"), np.nan))
    assert figures(plain) == figures(unknown)
    assert figures(plain)["capacity"] == figures(plain)["affinity"] == 1.0
    total = 0.086 * 0.9 * 140.0
    assert figures(plain)["stable"] + figures(plain)["exchangeable"] == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("ph", [4.0, 6.5, 8.5])
def test_the_reference_soil_has_factors_of_one(ph: float) -> None:
    """A Luvisol of 25 % clay and 55 % silt: exactly one, but for the rounding of its figures in binary."""
    found, plain = figures(reference(ph=ph)), figures(soil_of(ph=ph))
    for name in found:
        assert found[name] == pytest.approx(plain[name], rel=1e-14, abs=1e-14)


# Property, value above the reference, pH, what it moves and in which direction.
SIGNS = [
    ({"oxides": 0.03}, 4.5, "stable", 1),
    ({"oxides": 0.03}, 4.5, "exchangeable", 1),
    ({"oxides": 0.0}, 4.5, "stable", -1),
    ({"exchangeable_calcium": 30.0}, 8.0, "stable", 1),
    ({"exchangeable_calcium": 1.0}, 8.0, "stable", -1),
    ({"cation_exchange_capacity": 30.0}, 6.5, "stable", 1),
    ({"cation_exchange_capacity": 3.0}, 6.5, "stable", -1),
    ({"exchangeable_sodium": 0.3}, 8.0, "stable", -1),
    ({"exchangeable_sodium": 0.3}, 8.0, "affinity", -1),
    ({"exchangeable_sodium": 0.3}, 8.0, "aggregation", -1),
    ({"base_saturation": 1.0}, 8.0, "affinity", 1),
    ({"base_saturation": 0.3}, 8.0, "affinity", -1),
]


@pytest.mark.parametrize(("change", "ph", "name", "sign"), SIGNS)
def test_signs(change: dict, ph: float, name: str, sign: int) -> None:
    difference = figures(reference(ph=ph, **change))[name] - figures(reference(ph=ph))[name]
    assert difference * sign > 1e-3 * figures(reference(ph=ph))[name]


def test_oxides_count_where_it_is_acid_and_calcium_where_it_is_not() -> None:
    def gain(ph: float, **change: float) -> float:
        return figures(reference(ph=ph, **change))["stable"] - figures(reference(ph=ph))["stable"]

    oxides = [gain(ph, oxides=0.02) for ph in (4, 5, 6, 7, 8)]
    calcium = [gain(ph, exchangeable_calcium=20.0) for ph in (4, 5, 6, 7, 8)]
    # All lose alike what the exchangeable surface takes out of the total, at any pH.
    assert oxides == sorted(oxides, reverse=True) and calcium == sorted(calcium)
    assert oxides[0] > 0.0 and calcium[0] < 0.02 * calcium[-1]


def test_salt_keeps_sodic_clay_flocculated() -> None:
    shares = [figures(reference(exchangeable_sodium=0.25, salinity=ec))["dispersed"] for ec in (0, 4, 15, 60)]
    assert shares == sorted(shares, reverse=True) and shares[2] == pytest.approx(0.5 * shares[0])
    assert figures(reference(exchangeable_sodium=0.16))["dispersed"] == pytest.approx(0.5)


_SHARE = st.floats(0, 1)


@given(_SHARE, _SHARE, st.floats(2.5, 11), st.floats(0, 0.2), _SHARE, st.floats(0, 300), _SHARE, st.floats(0, 300))
@settings(max_examples=60, deadline=None)
def test_factors_stay_within_their_bounds(clay, rest, ph, oxides, bases, exchange, sodium, calcium) -> None:
    soil = soil_of(clay, (1 - clay) * rest, ph, oxides=oxides, base_saturation=bases,
                   cation_exchange_capacity=exchange, exchangeable_sodium=sodium * bases,
                   exchangeable_calcium=calcium)  # fmt: skip
    found = figures(soil)
    s = VALUES
    least = (1 - s["calcium_capacity_strength"]) * (1 - s["activity_capacity_strength"])
    most = (1 + s["calcium_capacity_strength"]) * (1 + s["activity_capacity_strength"])
    assert least * (1 - s["sodium_capacity_strength"]) - 1e-12 <= found["capacity"] <= most + 1e-12
    lowest = (1 - s["base_affinity_strength"]) * (1 - s["sodium_affinity_strength"])
    assert lowest <= found["affinity"] <= 1 + s["base_affinity_strength"]
    assert found["stable"] >= 0.0 and found["exchangeable"] >= 0.0 and 0.0 <= found["dispersed"] < 1.0


@pytest.mark.parametrize("known", [0.0, np.nan])
def test_bare_sand_and_empty_slots_are_safe_to_differentiate(known: float) -> None:
    soil = soil_of(0.0, 0.0, 5.0, 0.0, **dict.fromkeys(SURFACES, known))

    def total(parameters):
        return sum(
            jnp.sum(jnp.asarray(value))
            for value in (
                minerals.stable_capacity(soil, parameters),
                minerals.exchangeable_capacity(soil, parameters),
                minerals.affinity_factor(soil, soil.ph, parameters),
                minerals.clay_inhibition(soil, parameters),
                minerals.weathered_capacity(soil, 0.0, parameters),
            )
        )

    value, slope = jax.value_and_grad(total)({name: jnp.asarray(v) for name, v in VALUES.items()})
    assert jnp.isfinite(value) and all(jnp.isfinite(leaf) for leaf in jax.tree.leaves(slope))


def test_sand_coated_with_oxides_has_capacity_without_clay() -> None:
    found = figures(soil_of(0.0, 0.0, 4.5, oxides=0.01))
    assert found["exchangeable"] == pytest.approx(0.05 * 0.01 * 140.0)
    assert found["stable"] == pytest.approx((0.6 * 0.01 * (1 - 1 / (1 + np.exp(4.0))) - 0.05 * 0.01) * 140.0)


def test_the_ph_of_the_cover_overrides_that_of_the_soil() -> None:
    soil = reference(ph=7.5, oxides=0.02)
    acid = minerals.stable_capacity(soil, VALUES, jnp.full((1, 1), 4.0))
    assert float(acid[0, 0]) == figures(reference(ph=4.0, oxides=0.02))["stable"] > figures(soil)["stable"]


def test_capacity_rises_and_falls_with_the_age_of_the_soil() -> None:
    ages = 10.0 ** np.arange(2.0, 7.5, 0.05)
    course = np.array([float(minerals.weathered_capacity(soil_of(), age, VALUES)[0, 0]) for age in ages])
    peak = int(np.argmax(course))
    assert np.all(np.diff(course[: peak + 1]) > 0) and np.all(np.diff(course[peak:]) < 0)
    # Torn et al. (1997): highest after 150,000 years, then down by about half over four million.
    assert 1e5 < ages[peak] < 2.5e5
    late = float(minerals.weathered_capacity(soil_of(), 4e6, VALUES)[0, 0])
    assert 0.5 < late / course[peak] < 0.65
    start = float(minerals.weathered_capacity(soil_of(), 0.0, VALUES)[0, 0])
    assert start == pytest.approx(VALUES["fresh_mineral_fraction"] * 0.086)
    poor = soil_of()._replace(capacity=jnp.asarray([[0.03]]))
    assert float(minerals.weathered_capacity(poor, 1e8, VALUES)[0, 0]) == pytest.approx(0.03)


def test_clay_inhibits_microbes() -> None:
    course = [float(minerals.clay_inhibition(soil_of(clay, 0.2), VALUES)[0, 0]) for clay in (0, 0.1, 0.25, 0.5, 0.8)]
    assert course == sorted(course, reverse=True) and course[2] == 1.0 and course[-1] > 0.5
    assert float(minerals.clay_inhibition(soil_of(0.0, 0.0, mass=0.0), VALUES)[0, 0]) == 1.0
