"""Every model that has factors of temperature and water takes every published response in their place."""

import jax
import jax.numpy as jnp
import model_cases as cases
import numpy as np
import pedon_columns
import pytest

from pedozone.engine.precision import double_precision
from pedozone.engine.year import split_months
from pedozone.models import century, century_layered, ecosse, millennial, n14cp
from pedozone.models.modified import Modified
from pedozone.models.pedon import Pedon
from pedozone.models.pedon_physics import responding
from pedozone.models.registry import available_models
from pedozone.physics.pedotransfer import saxton_rawls
from pedozone.physics.responses import MOISTURE, TEMPERATURE, temperature_response
from pedozone.physics.rothc_modifiers import temperature_modifier
from pedozone.processes.environment import Environment

EVERY = [*TEMPERATURE.values(), *MOISTURE.values()]
MODIFIED = [name for name in cases.CASES if issubclass(available_models()[name], Modified)]
KIN = {
    "rothc": ("rothc",),
    "rothc-layered": ("rothc",),
    "ecosse": ("rothc",),
    "century": ("century",),
    "century-layered": ("clm",),
    "n14cp": ("q10", "demeter", "standcarb"),
}
"""Responses that are a model's own."""


@pytest.fixture(autouse=True)
def doubles():
    with double_precision():
        yield


def field(value, lead=12):
    return jnp.full((lead, cases.CELLS, cases.BATCH), float(value))


def climate(case, at_reference=False):
    """The case with its year's activity given as what makes it, where the model takes it so."""
    model, forcing = case.model, case.forcing
    reference = model.reference.temperature
    if isinstance(model, century.Century):
        seasonal = jnp.linspace(-15.0, 32.0, 12)[:, None, None] + field(0.0)
        made = century.Climate(seasonal, field(0.05), jnp.linspace(0.0, 0.2, 12)[:, None, None] + field(0.0))
        if at_reference:
            made = century.Climate(field(reference), field(0.07), field(0.07))
        forcing = forcing._replace(activity=made)
    elif isinstance(model, century_layered.LayeredCentury):
        seasonal = jnp.linspace(-15.0, 32.0, 12)[:, None, None] + field(0.0)
        made = century_layered.Conditions(seasonal, jnp.geomspace(0.1, 5e3, 12)[:, None, None] + field(0.0), field(0.6))
        if at_reference:
            made = century_layered.Conditions(field(reference), field(33.0), field(1.0))
        forcing = forcing._replace(activity=made)
    elif at_reference and isinstance(model, millennial.Millennial):
        capacity = millennial.soil_water(field(0.3), case.site, case.parameters).field_capacity
        forcing = forcing._replace(temperature=field(reference), theta=capacity + field(0.0))
    elif at_reference and isinstance(model, ecosse.Ecosse):
        forcing = forcing._replace(temperature=field(reference), theta=case.site.retention.field_capacity + field(0.0))
    elif at_reference and isinstance(model, n14cp.N14cp):
        forcing = forcing._replace(temperature=field(reference)[:, 0])
    elif at_reference:  # RothC, in one layer or more
        months = jnp.zeros((12, cases.BATCH))
        forcing = forcing._replace(temperature=months + reference, rain=months + 100.0, evaporation=months)
    return case._replace(forcing=forcing)


def july(case, model, parameters, site=None, stock=None):
    stock = case.state(3).stocks[0] if stock is None else stock
    site = case.site if site is None else site
    environment = model.environment(stock, case.physical, site, case.forcing, parameters)[0]
    season = model.season(environment, parameters, model.modelled())
    monthly, rebuild = split_months(season)
    return rebuild([leaf[6] for leaf in monthly])


def rates(case, model, site=None):
    stock = case.state(3).stocks[0]
    return [np.asarray(k) for k in model.rates(stock, july(case, model, case.parameters, site), case.parameters,
                                               model.modelled())]  # fmt: skip


def with_response(model, response):
    return type(model)(model.graph.cells, model.graph.organic, **{response.kind: response})


def test_all_models_with_factors_are_there():
    wanted = {
        "rothc",
        "rothc-layered",
        "ecosse",
        "century",
        "century-layered",
        "millennial",
        "millennial-eca",
        "millennial-linear",
    }
    assert wanted <= set(MODIFIED)
    assert issubclass(Pedon, Modified)
    for name in MODIFIED:
        assert available_models()[name].reference.temperature_factor


@pytest.mark.parametrize("name", MODIFIED)
def test_takes_every_response(name):
    plain = cases.CASES[name]()
    case, there = climate(plain), climate(plain, at_reference=True)
    own, own_there = rates(case, case.model), rates(there, there.model)
    for response in EVERY:
        if response.kind == "moisture" and not case.model.reference.water:
            with pytest.raises(ValueError, match="no factor of water"):
                with_response(case.model, response)
            continue
        model = with_response(case.model, response)
        found = rates(case, model)
        assert all(np.isfinite(k).all() and (k >= 0.0).all() for k in found), response
        if response.kind == "moisture":
            assert all(np.isfinite(k).all() for k in rates(case, model, case.barren)), response
        # the same at the reference, and another elsewhere unless the response is the model's own
        for mine, given in zip(own_there, rates(there, model), strict=True):
            np.testing.assert_allclose(given, mine, rtol=1e-12, err_msg=response.name)
        differs = any(not np.allclose(k, mine, rtol=1e-6) for k, mine in zip(found, own, strict=True))
        assert differs or response.name in KIN.get(name, ()), response


@pytest.mark.parametrize("name", MODIFIED)
def test_gradients_are_finite(name):
    case = climate(cases.CASES[name]())
    moisture = "skopp" if case.model.reference.water else None
    model = type(case.model)(case.model.graph.cells, 0, temperature="lloyd-taylor", moisture=moisture)

    def total(stock, values, site):
        month = july(case, model, values, site, stock)
        return sum(jnp.sum(k) for k in model.rates(stock, month, values, model.modelled()))

    slope = jax.jit(jax.grad(total, argnums=(0, 1, 2)))
    for site in (case.site, case.barren):
        for leaf in jax.tree.leaves(slope(case.state(3).stocks[0], case.parameters, site)):
            assert np.isfinite(np.asarray(leaf)).all()


def test_its_own_response_by_name_is_the_model_itself():
    for name, response in (("rothc", "rothc"), ("century", "century"), ("century-layered", "clm")):
        case = climate(cases.CASES[name]())
        model = type(case.model)(case.model.graph.cells, 0, temperature=response)
        for mine, given in zip(rates(case, case.model), rates(case, model), strict=True):
            np.testing.assert_allclose(given, mine, rtol=1e-9)


def test_rothc_takes_the_shape_of_the_response():
    case = cases.CASES["rothc"]()
    own = case.model.environment(case.state(0).stocks[0], case.physical, case.site, case.forcing, case.parameters)[0]
    steep = temperature_response("q10", base=3.0)
    model = type(case.model)(cases.CELLS, 0, temperature=steep)
    given = model.environment(case.state(0).stocks[0], case.physical, case.site, case.forcing, case.parameters)[0]
    air = case.forcing.temperature
    wanted = temperature_modifier(jnp.asarray(9.25), case.parameters) * 3.0 ** ((air - 9.25) / 10.0)
    thawed = np.asarray(air) > -5.0
    ratio = np.asarray(given.activity[:, 0])[thawed] / np.asarray(own.activity[:, 0])[thawed]
    np.testing.assert_allclose(
        ratio, np.asarray(wanted / temperature_modifier(air, case.parameters))[thawed], rtol=1e-12
    )


def test_a_ready_made_activity_and_a_response_do_not_go_together():
    for name in ("century", "century-layered"):
        case = cases.CASES[name]()
        model = type(case.model)(case.model.graph.cells, 0, moisture="moyano")
        with pytest.raises(ValueError, match="moyano"):
            july(case, model, case.parameters)


def test_models_with_other_responses_share_no_compiled_code():
    make = available_models()["rothc"]
    assert make(1) == make(1)
    assert make(1, 0, temperature="q10") == make(1, 0, temperature="q10")
    assert len({make(1), make(1, 0, temperature="q10"), make(1, 0, moisture="skopp")}) == 3


@pytest.fixture(scope="module")
def column():
    with double_precision():
        given = pedon_columns.site("temperate-grassland", "pedon-core", layers=6)
        setting = pedon_columns.setting_of(given)
        forcing = pedon_columns.forcing(given, "temperate-grassland")
        state = pedon_columns.uniform_state(setting, 0.5)
        yield setting, forcing, state


def environment_of_pedon(column, **responses) -> Environment:
    setting, forcing, state = column
    given = setting.model
    model = Pedon(given.graph.cells, given.graph.organic, "auto", given.variant, given.physics, **responses)

    @jax.jit
    def made(stock, physical, soil, parameters):
        found = model.environment(stock, physical, soil, forcing, parameters)[0]
        return found.moisture_factor, found.arrhenius(50.0), found.temperature, found.fauna

    return made(state.stocks[0], state.physical, setting.soil, setting.parameters)


@pytest.mark.parametrize("kind", ["temperature", "moisture"])
def test_the_pedon_takes_every_response(column, kind):
    own = environment_of_pedon(column)
    for response in TEMPERATURE.values() if kind == "temperature" else MOISTURE.values():
        moist, warm, temperature, fauna = environment_of_pedon(column, **{kind: response})
        assert np.isfinite(moist).all() and (np.asarray(moist) >= 0.0).all()
        np.testing.assert_array_equal(fauna, own[3])
        if kind == "temperature":
            np.testing.assert_array_equal(moist, own[0])
            np.testing.assert_allclose(warm, response(temperature) / response(20.0), rtol=1e-12)
        else:
            np.testing.assert_array_equal(warm, own[1])
            kin = response.name == "manzoni"  # the pedon's own but for the air of the layer
            assert kin or not np.allclose(moist, own[0], rtol=1e-3)


@pytest.mark.parametrize("response", MOISTURE.values(), ids=MOISTURE)
def test_the_pedons_responses_to_water_are_one_at_field_capacity(response):
    soil = saxton_rawls(jnp.asarray([0.9, 0.4, 0.1]), jnp.asarray([0.05, 0.2, 0.6]), 0.02)
    both, dryness = responding(response, soil.field_capacity, soil, {})
    np.testing.assert_allclose(both, 1.0, rtol=1e-14)
    np.testing.assert_allclose(dryness, 1.0, rtol=1e-14)
