"""The compiled kernel and its JAX twin: the same results, solves that solve, derivatives that hold."""

import functools

import engine_cases as cases
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pedozone.engine.blocktri import solver as solvers
from pedozone.engine.blocktri.compiled import kernel
from pedozone.engine.blocktri.solver import Solver, SolverError, Step, choose_solver
from pedozone.engine.operator import open_ledger, tendency
from pedozone.engine.precision import PrecisionError, double_precision
from pedozone.engine.stepping import STEPPERS

BATCHES = (1, 7, 64)
needs_kernel = pytest.mark.skipif(not kernel().available, reason="no compiled kernel here")
both = pytest.mark.parametrize("backend", [pytest.param("cpp", marks=needs_kernel), "jax"])


def operands(graph, batch, *, second, keep, seed=11, stiffness=2.0, empty=0.2):
    """A step with everything in it."""
    stock, drawn = cases.draw(graph, batch, seed, stiffness=stiffness, empty=empty)
    before, _ = cases.draw(graph, batch, seed + 1, empty=empty)
    _, other = cases.draw(graph, batch, seed + 2, stiffness=stiffness, empty=empty)
    names, tracing = cases.tracing_of(graph, batch)
    state = cases.initial(stock, names)
    return Step(
        state=state,
        dt=jnp.asarray(1.0 / 12.0),
        tracing=tracing,
        inputs=drawn.inputs,
        coefficients=drawn.operator,
        rate0=other.operator.rate if second else None,
        stage=jnp.asarray(before) if second else None,
        ledger=open_ledger(graph, state.shape[0], batch) if keep else None,
    )


@functools.cache
def stepping(backend, graph):
    return jax.jit(functools.partial(Solver(backend).step, cases.GRAPHS[graph]))


@functools.cache
def solving(backend, graph, transpose):
    solver = Solver(backend)

    def solve(coefficients, rhs, identity, dt):
        return solver.solve(cases.GRAPHS[graph], coefficients, rhs, identity=identity, dt=dt, transpose=transpose)

    return jax.jit(solve)


def assert_same(found, expected):
    """Every array to 1e-12 of its largest figure in the column."""
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        a, b = np.asarray(a), np.asarray(b)
        assert a.shape == b.shape
        largest = np.max(np.abs(b), axis=tuple(range(b.ndim - 1)), initial=0.0)
        assert (np.abs(a - b) <= 1e-12 * largest).all()


@needs_kernel
@pytest.mark.parametrize(
    ("graph", "second", "keep"),
    [
        ("profile", False, False),
        ("profile", False, True),
        ("profile", True, False),
        ("profile", True, True),
        ("ring", True, True),
        ("core", True, True),
    ],
)
def test_both_solvers_step_alike(graph, second, keep):
    with double_precision():
        step = operands(cases.GRAPHS[graph], 7, second=second, keep=keep)
        assert_same(stepping("cpp", graph)(step), stepping("jax", graph)(step))


@needs_kernel
@pytest.mark.parametrize("batch", BATCHES)
def test_columns_do_not_depend_on_their_batch(batch):
    graph = cases.PROFILE
    with double_precision():
        step = operands(graph, 64, second=True, keep=True)
        whole, ledger = stepping("cpp", "profile")(step)
        part = jax.tree.map(lambda a: a[..., :batch] if a.ndim > 1 else a, step)
        alone, own = stepping("cpp", "profile")(part)
        assert_same(alone, whole[..., :batch])
        assert_same(own, jax.tree.map(lambda a: a[..., :batch], ledger))


def dense_matrix(graph, coefficients):
    """A [batch, to, from] by applying it to every unit vector."""
    shape = (len(graph.pools), graph.cells)
    size = shape[0] * shape[1]
    batch = coefficients.rate[0].shape[-1]

    def column(unit):
        return tendency(graph, coefficients, jnp.broadcast_to(unit.reshape(*shape, 1), (*shape, batch)))

    columns = jax.jit(jax.vmap(column))(jnp.eye(size))
    return np.moveaxis(np.asarray(columns).reshape(size, size, batch), (0, 1, 2), (2, 1, 0))


@pytest.mark.parametrize(
    ("backend", "graph"),
    [pytest.param("cpp", g, marks=needs_kernel) for g in ("profile", "ring", "core")]
    + [("jax", g) for g in ("profile", "ring")],
)
def test_a_solve_solves_and_its_transpose_is_the_adjoint(backend, graph):
    g, rng = cases.GRAPHS[graph], np.random.default_rng(2)
    with double_precision():
        _, drawn = cases.draw(g, 7, 8, stiffness=2.0, empty=0.2)
        matrix = dense_matrix(g, drawn.operator)
        for identity, dt in ((1.0, 1.0 / 12.0), (0.1, 1.0)):
            system = identity * np.eye(matrix.shape[1]) - dt * matrix
            sides = [rng.random((3, len(g.pools), g.cells, 7)) for _ in range(2)]
            found = []
            for transpose, rhs in zip((False, True), sides, strict=True):
                solved = solving(backend, graph, transpose)(drawn.operator, jnp.asarray(rhs), identity, dt)
                found.append(np.asarray(solved))
                flat = np.moveaxis(rhs.reshape(3, -1, 7), (0, 1, 2), (2, 1, 0))
                expected = np.linalg.solve(np.swapaxes(system, 1, 2) if transpose else system, flat)
                assert_same(found[-1], np.moveaxis(expected, (0, 1, 2), (2, 1, 0)).reshape(rhs.shape))
                assert found[-1].min() >= 0.0
            left, right = (sides[1] * found[0]).sum(axis=(1, 2)), (sides[0] * found[1]).sum(axis=(1, 2))
            np.testing.assert_allclose(left, right, rtol=1e-12)


@both
@pytest.mark.parametrize("size", [1, 4, 11])
def test_dense_blocks(backend, size):
    rng = np.random.default_rng(size)
    cells, batch, rhs = 5, 7, 2
    coupling = -rng.random((2, cells, size, batch))
    coupling[0, 0] = coupling[1, -1] = 0.0
    blocks = rng.standard_normal((cells, size, size, batch)) + 3.0 * size * np.eye(size)[:, :, None]
    right = rng.standard_normal((rhs, size, cells, batch))
    whole = np.zeros((batch, cells, size, cells, size))
    for i in range(cells):
        whole[:, i, :, i] = np.moveaxis(blocks[i], -1, 0)
        for p in range(size):
            if i > 0:
                whole[:, i, p, i - 1, p] = coupling[0, i, p]
            if i + 1 < cells:
                whole[:, i, p, i + 1, p] = coupling[1, i, p]
    flat = np.moveaxis(right, (0, 1, 2, 3), (3, 2, 1, 0)).reshape(batch, cells * size, rhs)
    expected = np.linalg.solve(whole.reshape(batch, cells * size, cells * size), flat)
    expected = np.moveaxis(expected.reshape(batch, cells, size, rhs), (0, 1, 2, 3), (3, 2, 1, 0))
    with double_precision():
        parts = [jnp.asarray(a) for a in (blocks, *coupling, right)]
        found = jax.jit(Solver(backend).dense)(*parts)
    assert_same(found, expected)


def slope_by_differences(f, at, direction):
    """Directional derivative by central differences of fourth order."""
    h = 1e-3

    def moved(s):
        return f(jax.tree.map(lambda a, d: a + s * d, at, direction))

    near, far = moved(h) - moved(-h), moved(2 * h) - moved(-2 * h)
    return float((8.0 * near - far) / (12.0 * h))


def assert_gradient(f, at, seed=0):
    """The gradient of a scalar function agrees with differences, for every leaf on its own and for all."""
    rng = np.random.default_rng(seed)
    leaves, structure = jax.tree.flatten(at)
    gradient = jax.tree.leaves(jax.jit(jax.grad(f))(at))
    compiled = jax.jit(f)
    directions = [np.asarray(leaf) * rng.uniform(-1.0, 1.0, np.shape(leaf)) for leaf in leaves]
    slopes = [float(jnp.sum(g * d)) for g, d in zip(gradient, directions, strict=True)]
    largest = max(abs(s) for s in slopes)
    for k in range(len(leaves)):
        if not np.any(directions[k]):
            continue
        only = [d if j == k else np.zeros_like(d) for j, d in enumerate(directions)]
        by_differences = slope_by_differences(compiled, at, jax.tree.unflatten(structure, only))
        assert slopes[k] == pytest.approx(by_differences, rel=1e-6, abs=1e-9 * largest), k
    together = slope_by_differences(compiled, at, jax.tree.unflatten(structure, directions))
    assert sum(slopes) == pytest.approx(together, rel=1e-6)


@both
def test_gradients_of_a_step(backend):
    graph, solver = cases.PROFILE, Solver(backend)
    rng = np.random.default_rng(4)
    with double_precision():
        step = operands(graph, 7, second=True, keep=True, stiffness=1.0, empty=0.0)
        results = jax.eval_shape(functools.partial(solver.step, graph), step)
        weights = jax.tree.map(lambda s: jnp.asarray(rng.standard_normal(s.shape)), results)

        def weighed(given):
            found = solver.step(graph, step._replace(**given))
            parts = jax.tree.map(lambda a, w: jnp.sum(a * w), found, weights)
            return sum(jax.tree.leaves(parts))

        at = {name: getattr(step, name) for name in ("state", "dt", "inputs", "coefficients", "rate0", "stage")}
        at["tracing"] = step.tracing._replace(decay=step.tracing.decay + 0.1)
        assert_gradient(weighed, at)


@both
@pytest.mark.parametrize("transpose", [False, True])
def test_gradients_of_a_solve(backend, transpose):
    # the derivative is the same code around either solve: a small graph will do for the slow one
    graph, solver = cases.PROFILE if backend == "cpp" else cases.RING, Solver(backend)
    rng = np.random.default_rng(4)
    with double_precision():
        _, drawn = cases.draw(graph, 7, 5, stiffness=1.0)
        rhs = jnp.asarray(rng.random((2, len(graph.pools), graph.cells, 7)))
        weights = jnp.asarray(rng.standard_normal(rhs.shape))

        def weighed(at):
            coefficients, right, identity, dt = at
            solved = solver.solve(graph, coefficients, right, identity=identity, dt=dt, transpose=transpose)
            return jnp.sum(weights * solved)

        assert_gradient(weighed, (drawn.operator, rhs, jnp.asarray(0.7), jnp.asarray(0.3)))


@needs_kernel
@pytest.mark.parametrize("stepper", ["first_order", "mprk22"])
def test_gradients_through_a_year_without_tracers(stepper):
    # a Patankar stage follows carbon alone, so its derivative must do without tracers
    graph, solver = cases.PROFILE, Solver("cpp")
    with double_precision():
        stock, drawn = cases.draw(graph, 2, 5, stiffness=1.0)
        nothing = solvers.Tracing(jnp.zeros((0, len(graph.inputs), 2)), jnp.zeros(0), jnp.zeros(0))

        def held(at):
            state, coefficients = at
            for month in range(3):
                law = cases.coefficients_at(graph, coefficients, coefficients.season[month])
                state, _ = STEPPERS[stepper].advance(
                    graph, solver, state, law, coefficients.inputs, nothing, 1.0 / 12.0, None
                )
            return jnp.sum(state**2)

        assert_gradient(held, (jnp.asarray(stock)[None], drawn))


@both
def test_single_precision_is_refused(backend):
    # outside `double_precision` JAX makes float32 of everything
    graph, batch = cases.CHAIN, 1
    step = operands(graph, batch, second=False, keep=False)
    assert step.state.dtype == jnp.float32
    with pytest.raises(PrecisionError, match="float64"):
        Solver(backend).step(graph, step)
    rhs = jnp.ones((1, 2, 1, batch))
    with pytest.raises(PrecisionError, match="float64"):
        Solver(backend).solve(graph, step.coefficients, rhs)
    blocks = jnp.ones((1, 2, 2, batch))
    with pytest.raises(PrecisionError, match="float64"):
        Solver(backend).dense(blocks, blocks[:, 0], blocks[:, 0], rhs)


def test_an_unknown_solver_is_refused():
    with pytest.raises(SolverError, match="choose auto, cpp or jax"):
        choose_solver("fortran")


def test_the_jax_solver_is_always_there():
    assert choose_solver("jax").description == "jax"
