"""What the temperature responses do at their ends and where they are one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pedozone.engine.precision import double_precision
from pedozone.physics import temperature_response as response
from pedozone.physics.responses import TEMPERATURE


@pytest.fixture(autouse=True)
def doubles():
    with double_precision():
        yield


@pytest.mark.parametrize(
    ("name", "temperature", "within"),
    [
        ("century", 35.0, 1e-14),
        ("demeter", 20.0, 1e-14),
        ("q10", 10.0, 1e-14),
        ("kirschbaum", 36.9, 5e-4),  # its constants are rounded
        ("lloyd-taylor", 10.15, 1e-14),
        ("rothc", 9.25, 2e-2),
        ("daycent", 30.0, 2e-3),
    ],
)
def test_where_they_are_one(name, temperature, within):
    assert float(TEMPERATURE[name](temperature)) == pytest.approx(1.0, abs=within)


def test_official_constants_of_rothc():
    # written out from the description of RothC-26.3
    assert float(response.rothc(9.3)) == pytest.approx(47.91 / (1.0 + np.exp(106.06 / (9.3 + 18.27))), rel=1e-14)
    assert float(response.rothc(-5.1)) == 0.0
    assert float(response.rothc(-5.0)) > 0.0


@pytest.mark.parametrize("name", TEMPERATURE)
def test_finite_from_hard_frost_to_great_heat(name):
    function = TEMPERATURE[name]
    temperature = jnp.linspace(-60.0, 60.0, 241)
    values = np.asarray(function(temperature))
    assert np.isfinite(values).all()
    assert (values >= 0.0).all()
    slope = np.asarray(jax.grad(lambda t: jnp.sum(function(t)))(temperature))
    assert np.isfinite(slope).all()
    # warmer is faster in the range where soils are alive
    usual = (np.asarray(temperature) >= -4.5) & (np.asarray(temperature) <= 34.5)
    assert (np.diff(values[usual]) > 0.0).all()


def test_rescaled():
    lloyd = response.relative_to(20.0, response.lloyd_taylor)
    assert float(lloyd(20.0)) == 1.0
    assert float(lloyd(10.0)) == pytest.approx(float(response.lloyd_taylor(10.0) / response.lloyd_taylor(20.0)))
