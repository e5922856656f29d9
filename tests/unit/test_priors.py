"""Prior distributions of parameters."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from pedozone.parameters import Prior

TWINS = {
    "uniform(2, 5)": stats.uniform(2, 3),
    "loguniform(0.01, 1)": stats.loguniform(0.01, 1),
    "normal(-0.2, 0.04)": stats.norm(-0.2, 0.04),
    "lognormal(3, 2)": stats.lognorm(math.log(2), scale=3),
    "beta(2, 3.5)": stats.beta(2, 3.5),
}


@pytest.mark.parametrize(("text", "twin"), TWINS.items())
def test_priors_agree_with_scipy(text, twin):
    prior = Prior.parse(text)
    share = np.linspace(0.01, 0.99, 23)
    np.testing.assert_allclose(prior.ppf(share), twin.ppf(share), rtol=1e-9)
    np.testing.assert_allclose(prior.cdf(twin.ppf(share)), share, rtol=1e-9)
    np.testing.assert_allclose(prior.logpdf(twin.ppf(share)), twin.logpdf(twin.ppf(share)))
    np.testing.assert_allclose(prior.standard_deviation(), twin.std(), rtol=0.02)
    np.testing.assert_allclose(prior.mean(), twin.mean(), rtol=0.01)
    assert Prior.parse(str(prior)) == prior


@given(text=st.sampled_from(list(TWINS)), ends=st.tuples(st.floats(0.05, 0.45), st.floats(0.55, 1)))
def test_truncation_keeps_the_mass_at_one(text, ends):
    free = Prior.parse(text)
    lower, upper = (float(free.ppf(end)) for end in ends)
    prior = free.truncate(lower, min(upper, 1e3))
    mass, _ = integrate.quad(lambda x: math.exp(prior.logpdf(x)), prior.lower, prior.upper)
    assert mass == pytest.approx(1.0, rel=1e-6)
    assert prior.logpdf(prior.upper + 1e-3) == -math.inf
    drawn = prior.sample(np.random.default_rng(1), 100)
    assert np.all((drawn >= prior.lower) & (drawn <= prior.upper))


def test_sampling_is_reproducible_and_has_shape():
    prior = Prior.parse("lognormal(1, 2)")
    first = prior.sample(np.random.default_rng(7), (2, 3))
    assert first.shape == (2, 3)
    np.testing.assert_array_equal(first, prior.sample(np.random.default_rng(7), (2, 3)))
    assert isinstance(prior.sample(np.random.default_rng(7)), float)


def test_spread_in_logarithms():
    assert Prior.parse("lognormal(4, 2)").log_standard_deviation() == pytest.approx(math.log(2), rel=0.01)
    assert math.isnan(Prior.parse("normal(0, 1)").log_standard_deviation())


@pytest.mark.parametrize("text", list(TWINS))
def test_density_is_differentiable_in_jax(text):
    import jax
    import jax.numpy as jnp

    with jax.enable_x64(True):
        prior = Prior.parse(text)
        inside = prior.median()
        slope = jax.grad(lambda x: prior.logpdf(x, jnp))
        step = 1e-6 * max(abs(inside), 1e-3)
        numeric = (prior.logpdf(inside + step) - prior.logpdf(inside - step)) / (2 * step)
        assert float(slope(inside)) == pytest.approx(float(numeric), rel=1e-5, abs=1e-6)
        assert np.isfinite(float(slope(-50.0)))


@pytest.mark.parametrize(
    "text",
    [
        "gamma(1, 2)", "normal(1)", "normal(1, 2, 3)", "normal(1, -1)", "lognormal(0, 2)",
        "lognormal(1, 1)", "uniform(2, 1)", "loguniform(0, 1)", "beta(0, 1)", "normal(a, b)",
        "import os", "",
    ],
)  # fmt: skip
def test_what_is_no_prior_is_refused(text):
    with pytest.raises(ValueError):
        Prior.parse(text)


def test_a_prior_far_from_the_range_is_refused():
    with pytest.raises(ValueError, match="no probability"):
        Prior.parse("normal(0, 1)").truncate(50.0, 60.0)
