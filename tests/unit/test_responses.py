"""Published responses to temperature and water: declared, positive, finite, smooth, and at their published values."""

import inspect
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedozone.engine.precision import double_precision
from pedozone.parameters import ParameterError, load_parameters
from pedozone.physics.moisture_response import Water
from pedozone.physics.pedotransfer import saxton_rawls, water_content, water_potential
from pedozone.physics.responses import (
    MOISTURE,
    PARAMETER_SET,
    TEMPERATURE,
    Modifiers,
    moisture_response,
    replaced,
    temperature_response,
)

EVERY = [*TEMPERATURE.values(), *MOISTURE.values()]
NAMES = [f"{r.kind}-{r.name}" for r in EVERY]


@pytest.fixture(autouse=True)
def doubles():
    with double_precision():
        yield


def loam():
    return saxton_rawls(0.4, 0.2, 0.02)


@pytest.mark.parametrize("response", EVERY, ids=NAMES)
def test_declared_with_equation_source_and_parameters(response):
    known = load_parameters(PARAMETER_SET)
    assert response.equation and response.summary and response.lowest < response.highest
    assert "doi:10." in response.source or response.name == "standcarb"
    for work in response.source.split("; "):
        if "doi:" in work and response.name not in ("clm", "damm"):
            assert work.split("doi:")[1] in (inspect.getdoc(response.function) or "")
    for argument, name in response.parameters.items():
        assert argument in response.equation or response.name in ("rothc", "damm", "daycent", "clm", "manzoni")
        assert known[name].lower <= known[name].value <= known[name].upper


def test_the_set_holds_what_responses_read_and_nothing_else():
    read = {name for response in EVERY for name in response.parameters.values()}
    assert read == set(load_parameters(PARAMETER_SET))


@pytest.mark.parametrize("response", EVERY, ids=NAMES)
def test_the_set_and_the_functions_say_the_same(response):
    if (response.kind, response.name) in (("temperature", "clm"), ("temperature", "damm")):
        pytest.skip("a function that another response has, with other values")
    defaults = inspect.signature(response.function).parameters
    for argument, value in response.values().items():
        assert value == defaults[argument].default


@pytest.mark.parametrize("response", TEMPERATURE.values(), ids=TEMPERATURE)
@given(t=st.floats(0.0, 1.0))
@settings(max_examples=20, deadline=None)
def test_responses_to_temperature_within_their_range(response, t):
    with double_precision():
        temperature = response.lowest + t * (response.highest - response.lowest)
        value, slope = jax.value_and_grad(lambda x: response(x))(temperature)
        near = float(response(temperature + 1e-5) - response(temperature - 1e-5)) / 2e-5
    assert math.isfinite(value) and value > 0.0
    if response.lowest + 0.01 < temperature < response.highest - 0.01:
        assert float(slope) == pytest.approx(near, rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("response", MOISTURE.values(), ids=MOISTURE)
@given(sand=st.floats(0.0, 1.0), part=st.floats(0.0, 1.0), w=st.floats(0.0, 0.999))
@settings(max_examples=20, deadline=None)
def test_responses_to_water_from_the_wilting_point_to_nearly_saturated(response, sand, part, w):
    with double_precision():
        soil = saxton_rawls(sand, (1.0 - sand) * part, 0.02)

        def at(theta):
            return response(Water.of(theta, soil))

        theta = soil.wilting_point + w * (soil.saturation - soil.wilting_point)
        value, slope = jax.value_and_grad(at)(theta)
    assert math.isfinite(value) and value > 0.0
    assert math.isfinite(slope)


@pytest.mark.parametrize("response", MOISTURE.values(), ids=MOISTURE)
def test_slopes_are_finite_from_oven_dry_to_flooded(response):
    def total(theta, parameters):
        return jnp.sum(response(Water.of(theta, loam()), parameters))

    known = load_parameters(PARAMETER_SET)
    values = {name: jnp.asarray(known[name].value) for name in response.parameters.values()}
    soil = loam()
    ends = jnp.stack([0.0, soil.wilting_point, soil.field_capacity, soil.saturation, 0.9])
    for leaf in jax.tree.leaves(jax.grad(total, argnums=(0, 1))(ends, values)):
        assert np.isfinite(np.asarray(leaf)).all()
    assert (np.asarray(response(Water.of(ends, soil))) >= 0.0).all()


@pytest.mark.parametrize("response", TEMPERATURE.values(), ids=TEMPERATURE)
def test_slopes_by_parameter_are_finite_from_deep_frost_to_great_heat(response):
    known = load_parameters(PARAMETER_SET)
    values = {name: jnp.asarray(known[name].value) for name in response.parameters.values()}
    temperature = jnp.linspace(-60.0, 60.0, 25)
    slope = jax.grad(lambda v: jnp.sum(response(temperature, v)))(values)
    for leaf in jax.tree.leaves(slope):
        assert np.isfinite(np.asarray(leaf)).all()


def water(theta=0.3, porosity=0.5, capacity=0.3, wilting=0.1, suction=33.0, supply=1.0):
    return Water(*(np.asarray(float(x)) for x in (theta, porosity, capacity, wilting, math.log(suction), supply)))


@pytest.mark.parametrize(
    ("name", "state", "expected"),
    [
        # written out from the publications
        ("rothc", water(theta=0.3), 1.0),
        ("rothc", water(theta=0.3 - 0.444 * 0.2), 1.0),
        ("rothc", water(theta=0.2), 0.2 + 0.8 * 0.5 / (1.0 - 0.444)),
        ("rothc", water(theta=0.05), 0.2),
        ("century", water(supply=0.5), 1.0 / (1.0 + 30.0 * math.exp(-4.25))),
        ("daycent", water(theta=0.1 + 0.2 * 0.1747), 5.0 * 0.287),
        ("daycent", water(theta=0.3), 5.0 * (0.287 + math.atan(math.pi * 0.009 * 82.53) / math.pi)),
        ("clm", water(suction=2.0), 1.0),
        ("clm", water(suction=2500.0), 0.0),
        ("clm", water(suction=math.sqrt(2.0 * 2500.0)), 0.5),
        ("manzoni", water(suction=15e3), 0.0),
        ("moyano", water(theta=0.4), 3.11 * 0.4 - 2.42 * 0.16),
        ("moyano", water(theta=3.11 / 4.84), 3.11**2 / (4.0 * 2.42)),
        ("skopp", water(theta=0.25), 2.0 * 0.5**1.3),
        ("skopp", water(theta=0.45), 2.0 * 0.1**0.8),
        ("ghezzehei", water(theta=0.25, suction=1e3), math.exp(-0.21) * 0.5**0.5 * (0.2 + 0.8 * 0.5**0.5)),
        # Davidson's own soil: with 3.17 and 1.67 for the diffusion
        (
            "damm",
            water(theta=0.3, porosity=0.68),
            (s := 4.14e-4 * 0.048 * 3.18 * 0.027) / (9.95e-7 + s)
            * (o := 1.672 * 0.209 * 0.38 ** (4 / 3)) / (0.121 + o),
        ),
    ],
)  # fmt: skip
def test_published_values(name, state, expected):
    assert float(MOISTURE[name](state)) == pytest.approx(expected, rel=1e-3 if name == "damm" else 1e-12, abs=1e-12)


def test_damm_diffusion_is_that_of_its_soil():
    # 3.17 and 1.67 as published, from the porosity of Harvard Forest alone
    assert 0.68**-3 == pytest.approx(3.17, rel=5e-3)
    assert 0.68 ** (-4 / 3) == pytest.approx(1.67, rel=5e-3)


def test_temperature_values_that_only_the_set_has():
    clm, damm = TEMPERATURE["clm"], TEMPERATURE["damm"]
    assert float(clm(35.0) / clm(25.0)) == pytest.approx(1.5) and float(clm(25.0)) == pytest.approx(1.0)
    q10 = float(damm(20.0) / damm(10.0))
    assert q10 == pytest.approx(math.exp(72.26e3 / 8.3144621 * (1 / 283.15 - 1 / 293.15)), rel=1e-12)


def test_suction_and_content_are_inverses():
    soil = loam()
    suction = np.geomspace(float(soil.air_entry_kpa) * 1.01, 1e5, 40)
    np.testing.assert_allclose(np.asarray(water_potential(water_content(suction, soil), soil)), suction, rtol=1e-9)
    assert float(water_content(0.0, soil)) == pytest.approx(float(soil.saturation), rel=1e-12)


def test_values_of_ones_own():
    steep = temperature_response("q10", base=3.0)
    assert float(steep(20.0) / steep(10.0)) == pytest.approx(3.0)
    assert steep == temperature_response(steep) and steep != TEMPERATURE["q10"]
    assert hash(steep) == hash(temperature_response("q10", base=3.0))
    with pytest.raises(TypeError, match="it has base, reference"):
        temperature_response("q10", slope=3.0)
    with pytest.raises(ParameterError, match="1 to 4"):
        temperature_response("q10", base=30.0)
    with pytest.raises(ValueError, match="Did you mean 'moyano'"):
        moisture_response("moyanno")
    with pytest.raises(ValueError, match="a response to temperature, not to moisture"):
        moisture_response(TEMPERATURE["damm"])


def test_values_come_from_parameters_where_they_hold_them():
    held = {"temperature_q10_base": jnp.asarray(4.0)}
    assert float(TEMPERATURE["q10"](20.0, held)) == pytest.approx(4.0)
    assert float(temperature_response("q10", base=3.0)(20.0, held)) == pytest.approx(3.0)


def test_replaced_agrees_at_the_reference_and_keeps_the_own_factor_without_a_response():
    def own(temperature):
        return 7.0 + temperature

    assert replaced(None, own, 3.0, 10.0) == 10.0
    response = TEMPERATURE["kirschbaum"]
    assert float(replaced(response, own, 10.0, 10.0)) == pytest.approx(17.0, rel=1e-14)
    ratio = float(replaced(response, own, 20.0, 10.0)) / 17.0
    assert ratio == pytest.approx(float(response(20.0) / response(10.0)), rel=1e-14)
    assert not Modifiers() and Modifiers.of("q10") and Modifiers.of(None, "skopp")


def test_a_site_file_may_choose_responses():
    from pedon_columns import site

    from pedozone.config.references import find_problems, parameters_of
    from pedozone.simulate import set_up
    from pedozone.simulation.provenance import references_of

    plain = site()
    assert not set_up(plain).model.modifiers
    chosen = {"temperature_response": "lloyd-taylor", "moisture_response": "damm"}
    given = plain.model_copy(update={"run": plain.run.model_copy(update=chosen)})
    assert not list(find_problems(given))
    setting = set_up(given)
    assert setting.model.modifiers == Modifiers.of("lloyd-taylor", "damm")
    cited = {
        use: entry["doi"]
        for entry in references_of(given, setting, parameters_of(given))
        for use in entry.get("used", ())
    }
    assert cited["response to temperature"] == "10.2307/2389824"
    assert cited["response to moisture"] == "10.1111/j.1365-2486.2011.02546.x"
    wrong = {"temperature_response": "loyd-taylor", "moisture_response": "kirschbaum"}
    problems = list(find_problems(plain.model_copy(update={"run": plain.run.model_copy(update=wrong)})))
    assert [p.path for p in problems] == [("run", "temperature_response"), ("run", "moisture_response")]
    assert "Did you mean 'lloyd-taylor'" in problems[0].mend
