"""The bucket's compiled kernel against its JAX version: values, closure, derivatives, choice."""

import ctypes

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedozone.engine.blocktri.compiled import LIBRARY, kernel, register
from pedozone.engine.blocktri.solver import SolverError
from pedozone.physics.kernels.bucket import TARGET
from pedozone.physics.pedotransfer import litter_retention, saxton_rawls, stack_retention
from pedozone.physics.water import bucket_climatology, bucket_year, field_capacity_storage

pytestmark = pytest.mark.skipif(not register(TARGET), reason="the C++ kernel was not built")

RAIN = np.array([65, 48, 57, 53, 53, 57, 47, 53, 55, 66, 64, 73]) / 1000.0
DEMAND = np.array([5, 6, 21, 37, 64, 76, 83, 77, 48, 25, 10, 5]) / 1000.0
TOLERANCE = 1e-12

versions = {name: jax.jit(bucket_year, static_argnames="backend") for name in ("cpp", "jax")}


@pytest.fixture(params=["baseline", "v3", "v4"])
def instruction_set(request):
    """Let the library use one of the instruction sets that it holds and the processor knows."""
    library = ctypes.CDLL(str(LIBRARY))
    if not library.pedozone_select(request.param.encode()):
        pytest.skip("unknown to this processor")
    yield request.param
    library.pedozone_select(kernel().instruction_set.encode())


def columns(seed, batch, layers=30, wetness=1.0, dryness=1.0):
    """Columns of random texture, stones, roots, weather and start; slots thick, thin and empty."""
    draw = np.random.default_rng(seed)
    mineral = np.geomspace(0.02, 0.4, layers)[:, None] * draw.uniform(0.3, 1.5, (layers, batch))
    slot = draw.choice([0.0, 1e-3, 0.08], (1, batch))
    thickness = np.concatenate([slot, mineral])
    stony = draw.choice([0.0, 0.1, 0.9], (layers, batch))
    coarse = np.concatenate([np.zeros((1, batch)), stony])
    sand = draw.uniform(0.0, 1.0, (layers, batch))
    clay = (1.0 - sand) * draw.uniform(0.0, 1.0, (layers, batch))
    organic = draw.uniform(0.0, 0.08, (layers, batch))
    retention = stack_retention(litter_retention(), 1, saxton_rawls(sand, clay, organic))
    face = np.concatenate([np.zeros((2, batch)), np.cumsum(mineral, axis=0)])
    roots = 0.95 ** (100.0 * face[:-1]) - 0.95 ** (100.0 * face[1:])
    roots = roots / roots.sum(axis=0) * draw.choice([0.0, 1.0, 1.0], batch)
    start = field_capacity_storage(thickness, coarse, retention)
    start = start * draw.choice([0.0, 0.3, 1.0, 1.4], (1, batch))
    weather = [values[:, None] * draw.uniform(0.0, 3.0, (12, batch)) for values in (RAIN, DEMAND)]
    rain, demand = wetness * weather[0], dryness * weather[1]
    share = draw.uniform(0.0, 1.0, batch)
    return start, rain, demand, roots, share, thickness, coarse, retention


def both(operands):
    return versions["cpp"](*operands, backend="cpp"), versions["jax"](*operands, backend="jax")


def assert_same(fast, slow):
    """Agreement of 1e-12; the JAX version's running sums round at about 1e-16 m a spell."""
    for name, a, b in zip(slow._fields, fast, slow, strict=True):
        near = 1e-12 if name == "theta" else 1e-13  # theta is water over a thickness of 1 mm or more
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=TOLERANCE, atol=near, err_msg=name)


def unclosed(year, operands):
    start, rain = np.asarray(operands[0]), operands[1]
    flux, taken = np.asarray(year.face_flux).mean(axis=0), np.asarray(year.evapotranspiration)
    change = np.asarray(year.storage) - start
    by_cell = flux[:-1] - flux[1:] - taken.sum(axis=0) - change
    whole = rain.sum(axis=0) - taken.sum(axis=(0, 1)) - flux[-1] - change.sum(axis=0)
    return max(np.abs(by_cell).max(), np.abs(whole).max())


@pytest.mark.parametrize("batch", [1, 7, 64])
def test_kernel_agrees_on_every_instruction_set(instruction_set, batch):
    with jax.enable_x64(True):
        operands = columns(batch, batch)
        fast, slow = both(operands)
    assert_same(fast, slow)
    assert unclosed(fast, operands) < TOLERANCE


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    wetness=st.sampled_from([0.0, 1e-3, 0.3, 1.0, 5.0]),
    dryness=st.sampled_from([0.0, 0.3, 1.0, 5.0]),
)
def test_kernel_agrees_and_closes_over_soils_and_climates(seed, wetness, dryness):
    with jax.enable_x64(True):
        operands = columns(seed, 7, wetness=wetness, dryness=dryness)
        fast, slow = both(operands)
    assert_same(fast, slow)
    assert unclosed(fast, operands) < TOLERANCE
    assert np.asarray(fast.face_flux).min() >= 0.0
    assert np.asarray(fast.storage).min() >= -1e-15


def test_columns_do_not_see_each_other():
    """A result must not depend on the neighbours that share a vector."""
    with jax.enable_x64(True):
        operands = columns(3, 11)
        together, _ = both(operands)
        for b in (0, 7, 10):
            *arrays, retention = operands
            alone = [a[..., [b]] for a in arrays]
            one = versions["cpp"](*alone, jax.tree.map(lambda a, b=b: a[..., [b]], retention))
            for a, c in zip(together, one, strict=True):
                np.testing.assert_array_equal(np.asarray(a)[..., [b]], np.asarray(c))


def test_a_scalar_share_serves_all_columns():
    with jax.enable_x64(True):
        operands = list(columns(5, 3))
        operands[4] = 0.4
        scalar = bucket_year(*operands, backend="cpp")
        operands[4] = np.full(3, 0.4)
        fast, slow = both(operands)
    assert_same(fast, slow)
    np.testing.assert_array_equal(np.asarray(scalar.theta), np.asarray(fast.theta))


def test_gradients_agree():
    with jax.enable_x64(True):
        operands = columns(1, 5, layers=6)
        sizes = [(12, 7, 5), (12, 8, 5), (12, 7, 5), (7, 5)]
        weights = [np.random.default_rng(k).normal(size=s) for k, s in enumerate(sizes)]

        def total(floats, backend):
            year = bucket_year(*floats, backend=backend)
            return sum(jnp.vdot(w, part) for w, part in zip(weights, year, strict=True))

        gradient = jax.jit(jax.grad(total), static_argnames="backend")
        floats = jax.tree.map(jnp.asarray, operands)
        fast, slow = gradient(floats, backend="cpp"), gradient(floats, backend="jax")
    for at, a, b in zip(*map(jax.tree.leaves, (floats, fast, slow)), strict=True):
        # no roots, no thickness: the slopes on either side differ there, and each version takes one
        smooth, a, b = np.asarray(at) != 0.0, np.asarray(a), np.asarray(b)
        near = 1e-12 * np.max(np.abs(b), initial=0.0)
        np.testing.assert_allclose(a[smooth], b[smooth], rtol=1e-10, atol=near)
        assert np.isfinite(a).all()


@pytest.mark.parametrize(("wetness", "dryness"), [(1.0, 1.0), (0.3, 2.0), (3.0, 0.3)])
def test_derivatives_of_the_kernel_hold(instruction_set, wetness, dryness):
    rng, h = np.random.default_rng(3), 2e-6  # short of the nearest kink
    with jax.enable_x64(True):
        *front, retention = columns(2, 7, wetness=wetness, dryness=dryness)
        held = tuple(map(jnp.asarray, (*front, retention.field_capacity, retention.wilting_point)))
        year = versions["cpp"](*front, retention, backend="cpp")
        weights = [jnp.asarray(rng.normal(size=np.shape(part))) for part in year]

        def by_column(operands):
            *front, full, wilting = operands
            new = retention._replace(field_capacity=full, wilting_point=wilting)
            parts = zip(weights, bucket_year(*front, new, backend="cpp"), strict=True)
            return sum(jnp.sum(w * part, axis=tuple(range(part.ndim - 1))) for w, part in parts)

        slopes = jax.grad(lambda operands: jnp.sum(by_column(operands)))(held)
        for k, operand in enumerate(held):
            way = operand * rng.uniform(0.5, 1.5, operand.shape)

            def moved(step, k=k, operand=operand, way=way):
                return np.asarray(by_column((*held[:k], operand + step * way, *held[k + 1 :])))

            found = np.asarray(jnp.sum((slopes[k] * way).reshape(-1, 7), axis=0))
            near, far = moved(h) - moved(-h), moved(2 * h) - moved(-2 * h)
            expected = (8.0 * near - far) / (12.0 * h)
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_climatology_agrees():
    with jax.enable_x64(True):
        operands = columns(9, 4)[1:]
        fast, slow = (bucket_climatology(*operands, backend=name) for name in ("cpp", "jax"))
    assert_same(fast, slow)


def test_mapped_over_a_further_axis():
    with jax.enable_x64(True):
        operands = columns(2, 3)
        start = jnp.stack([operands[0], 0.5 * operands[0]])
        mapped = jax.vmap(lambda s: bucket_year(s, *operands[1:], backend="cpp").storage)(start)
        second = bucket_year(start[1], *operands[1:], backend="jax").storage
    np.testing.assert_allclose(mapped[1], second, rtol=TOLERANCE, atol=1e-14)


def test_a_bad_number_is_not_hidden():
    with jax.enable_x64(True):
        operands = list(columns(4, 3))
        operands[0] = np.asarray(operands[0]).copy()
        operands[0][10, 1] = np.nan
        storage = np.asarray(bucket_year(*operands, backend="cpp").storage)
    assert np.isnan(storage[10, 1])
    assert np.isfinite(storage[:, [0, 2]]).all()


def test_choice_of_the_backend():
    with jax.enable_x64(True):
        operands = columns(6, 2)
        chosen = [str(jax.make_jaxpr(bucket_year)(*operands)), str(jax.make_jaxpr(jax_year)(*operands))]
        with pytest.raises(ValueError, match="unknown backend"):
            bucket_year(*operands, backend="fortran")
    assert [TARGET in text for text in chosen] == [True, False]
    single = columns(6, 2)  # float32 outside enable_x64
    assert TARGET not in str(jax.make_jaxpr(bucket_year)(*single))
    with pytest.raises(SolverError, match="float64"):
        bucket_year(*single, backend="cpp")


def jax_year(*operands):
    return bucket_year(*operands, backend="jax")
