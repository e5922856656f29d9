"""One interface over the compiled kernel and its JAX twin, with derivatives."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.engine.blocktri import twin
from pedozone.engine.blocktri.compiled import kernel, register
from pedozone.engine.blocktri.pullback import completed, pull_back_solve, pull_back_step
from pedozone.engine.graph import Graph
from pedozone.engine.operator import EMPTY_WEIGHT, Coefficients, Ledger
from pedozone.engine.precision import require_double

Array = jax.Array

STEP_ADJOINT = "pedozone_step_adjoint"


class SolverError(RuntimeError):
    """Raised when a solver is asked for that this installation lacks."""


class Tracing(NamedTuple):
    """What the tracers of a step do.

    Attributes
    ----------
    signature : Array [tracers, inputs, batch]
        What a unit of each declared input carries of each tracer (1 for a tag of its own source, F14C, ...).
    ageing : Array [tracers]
        1 for a tracer that gains the carbon stock as time passes (age moment), else 0.
    decay : Array [tracers]
        Decay constant, yr-1.
    """

    signature: Array
    ageing: Array
    decay: Array


class Step(NamedTuple):
    """Operands of one step; `rate0` and `stage` only in the second Patankar stage."""

    state: Array  # [quantities, pools, cells, batch]
    dt: Array  # yr
    tracing: Tracing
    inputs: tuple[Array, ...]  # [inputs] of [cells, batch], kg C m-2 yr-1
    coefficients: Coefficients
    rate0: tuple[Array, ...] | None
    stage: Array | None  # [pools, cells, batch]
    ledger: Ledger | None


def _shape(graph: Graph, *flags: int) -> np.ndarray:
    return np.asarray([graph.cells, graph.organic, len(graph.fates), len(graph.classes), *flags], dtype=np.int32)


def _spread(coefficients: Coefficients, graph: Graph, batch: int) -> Coefficients:
    """Give every coefficient its full shape, which the kernel needs."""

    def fill(rows: int) -> Callable[[Array], Array]:
        return lambda a: jnp.broadcast_to(a, (rows, batch))

    cells, slots, layers = fill(graph.cells), fill(graph.organic), fill(graph.mineral)
    return Coefficients(
        rate=tuple(map(cells, coefficients.rate)),
        down=tuple(map(cells, coefficients.down)),
        up=tuple(map(cells, coefficients.up)),
        inc_rate=tuple(map(slots, coefficients.inc_rate)),
        inc_share=tuple(map(layers, coefficients.inc_share)),
    )


def _flat(c: Coefficients) -> tuple[Array, ...]:
    return (*c.rate, *c.down, *c.up, *c.inc_rate, *c.inc_share)


def _raw_solve(
    backend: str,
    graph: Graph,
    transpose: bool,
    dt: Array,
    identity: Array,
    c: Coefficients,
    rhs: Array,
) -> Array:
    if backend == "jax":
        return twin.solve(graph, dt, identity, c, rhs, transpose=transpose)
    call = jax.ffi.ffi_call("pedozone_solve", _alike(rhs), vmap_method="sequential")
    return call(rhs, dt, identity, *_flat(c), shape=_shape(graph, int(transpose)), **graph.attributes)


@functools.cache
def _solve(backend: str, graph: Graph, transpose: bool) -> Callable[[Array, Array, Coefficients, Array], Array]:
    """Solve with its derivative: the adjoint is one more solve with the other transpose."""

    @jax.custom_vjp
    def solve(dt: Array, identity: Array, c: Coefficients, rhs: Array) -> Array:
        return _raw_solve(backend, graph, transpose, dt, identity, c, rhs)

    def forward(dt: Array, identity: Array, c: Coefficients, rhs: Array):
        s = solve(dt, identity, c, rhs)
        return s, (dt, identity, c, s)

    def backward(kept: tuple[Array, Array, Coefficients, Array], cotangent: Array):
        dt, identity, c, s = kept
        lam = _raw_solve(backend, graph, not transpose, dt, identity, c, cotangent)
        return *pull_back_solve(graph, dt, c, s, lam, transpose=transpose), lam

    solve.defvjp(forward, backward)
    return solve


def _step_by_solve(backend: str, graph: Graph, operands: Step) -> tuple[Array, Ledger | None]:
    """One step assembled in JAX around the solve: the twin of the kernel's fused step, and its derivative."""
    x, dt, tracing = operands.state, operands.dt, operands.tracing
    c, quantities = operands.coefficients, operands.state.shape[0]
    mobile = [p for p, q in enumerate(graph.pool_class) if q >= 0]
    if operands.rate0 is None or operands.stage is None:
        ratio = jnp.ones_like(x[0])
        rate = c.rate
    else:
        full = operands.stage > 0.0
        ratio = jnp.where(full, x[0] / jnp.where(full, operands.stage, 1.0), 1.0)
        rate = tuple(0.5 * (k0 * ratio[d] + k1) for k0, k1, d in zip(operands.rate0, c.rate, graph.donors, strict=True))
    weight = 0.5 * (1.0 + ratio)
    slots = [graph.index[f.donor] for f in graph.incorporations]
    used = Coefficients(
        rate=rate,
        down=tuple(c.down[graph.pool_class[p]] * weight[p] for p in mobile),
        up=tuple(c.up[graph.pool_class[p]] * weight[p] for p in mobile),
        inc_rate=tuple(c.inc_rate[m] * weight[p, : graph.organic] for m, p in enumerate(slots)),
        inc_share=c.inc_share,
    )
    # what each declared input brings of each quantity: [inputs] of [quantities, cells, batch]
    brought = []
    for u, amount in enumerate(operands.inputs):
        carried = jnp.concatenate([jnp.ones((1, x.shape[-1])), tracing.signature[:, u]])
        brought.append(dt * amount[None] * carried[:, None])
    ageing = jnp.concatenate([jnp.zeros(1), tracing.ageing])[:, None, None, None] * dt * x[:1]
    rhs = x + ageing
    for u, entry in enumerate(graph.inputs):
        rhs = rhs.at[:, graph.index[entry.receiver]].add(brought[u])
    z = _solve(backend, graph.per_pool, False)(dt, jnp.ones(()), used, rhs)
    factor = jnp.concatenate([jnp.ones(1), jnp.exp(-tracing.decay * dt)])[:, None, None, None]
    after = z * factor
    if operands.ledger is None:
        return after, None
    old = operands.ledger
    floor = jnp.maximum(z[0], EMPTY_WEIGHT)
    by_pool = dict(zip(mobile, range(len(mobile)), strict=True))
    zero = jnp.zeros_like(z[0, 0])
    losses = [jnp.zeros_like(z[:, 0]) for _ in graph.fates]
    for k, loss in enumerate(graph.losses):
        f = graph.fates.index(loss.fate)
        t = len(graph.transfers) + k
        losses[f] = losses[f] + dt * used.rate[t] * z[:, graph.donors[t]]
    faces = [jnp.zeros_like(z[:, 0]) for _ in graph.classes]
    allowed = jnp.asarray([0.0 if i in (0, graph.organic) else 1.0 for i in range(graph.cells)])[:, None]
    for p in mobile:
        q = graph.pool_class[p]
        leaving = dt * used.down[by_pool[p]] * z[:, p]
        rising = dt * used.up[by_pool[p]] * allowed * z[:, p]
        faces[q] = faces[q] + leaving
        faces[q] = faces[q].at[:, :-1].add(-rising[:, 1:])
    added = sum(brought, jnp.zeros((quantities, graph.cells, x.shape[-1])))
    new = Ledger(
        stock=old.stock + dt * floor,
        flux=old.flux + jnp.stack([dt * r * floor[d] for r, d in zip(used.rate, graph.donors, strict=True)])
        if used.rate
        else old.flux,
        down=old.down
        + jnp.stack([dt * used.down[by_pool[p]] * floor[p] if p in by_pool else zero for p in range(len(graph.pools))]),
        up=old.up
        + jnp.stack(
            [dt * used.up[by_pool[p]] * allowed * floor[p] if p in by_pool else zero for p in range(len(graph.pools))]
        ),
        inc=old.inc + jnp.stack([dt * used.inc_rate[m] * floor[p, : graph.organic] for m, p in enumerate(slots)])
        if slots
        else old.inc,
        input=old.input + added,
        loss=old.loss + jnp.stack(losses, axis=1) if losses else old.loss,
        face=old.face + jnp.stack(faces, axis=1) if faces else old.face,
        moved=old.moved
        + jnp.stack([dt * used.inc_rate[m] * z[:, p, : graph.organic] for m, p in enumerate(slots)], axis=1)
        if slots
        else old.moved,
        source=old.source + jnp.sum(ageing, axis=1) - jnp.sum(z - after, axis=1),
    )
    return after, new


def _arguments(operands: Step) -> list[Array]:
    """What the kernel takes of a step, in its order, but for the ledger."""
    t = operands.tracing
    args: list[Array] = [operands.state, operands.dt, t.signature, t.ageing, t.decay, *operands.inputs]
    args += _flat(operands.coefficients)
    if operands.rate0 is not None and operands.stage is not None:
        args += [*operands.rate0, operands.stage]
    return args


def _alike(array: Array) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(array.shape, array.dtype)


def _kernel_step(graph: Graph, operands: Step) -> tuple[Array, Ledger | None]:
    args, results, aliases = _arguments(operands), [_alike(operands.state)], {}
    for part in operands.ledger or ():
        aliases[len(args)] = len(results)
        args.append(part)
        results.append(_alike(part))
    flags = int(operands.stage is not None), int(operands.ledger is not None)
    call = jax.ffi.ffi_call("pedozone_step", results, input_output_aliases=aliases)
    out, *ledger = call(*args, shape=_shape(graph, *flags), **graph.attributes)
    return out, Ledger(*ledger) if ledger else None


def _kernel_pullback(graph: Graph, operands: Step, after: Array, cotangent: Array) -> Step:
    c = operands.coefficients
    wanted: tuple[Array, ...] = (operands.state, *operands.inputs, *_flat(c))
    if operands.rate0 is not None and operands.stage is not None:
        wanted += (*operands.rate0, operands.stage)
    call = jax.ffi.ffi_call(STEP_ADJOINT, [_alike(a) for a in wanted], vmap_method="sequential")
    flags = int(operands.stage is not None), 0
    args = (*_arguments(operands), after, cotangent)
    bars = iter(call(*args, shape=_shape(graph, *flags), **graph.attributes))

    def take(like: Sequence[Array] | None) -> tuple[Array, ...]:
        return tuple(next(bars) for _ in like or ())

    return operands._replace(
        state=next(bars),
        inputs=take(operands.inputs),
        coefficients=Coefficients(*(take(part) for part in c)),
        rate0=take(operands.rate0) or None,
        stage=None if operands.stage is None else next(bars),
    )


@functools.cache
def _differentiable_step(backend: str, graph: Graph) -> Callable[[Step], tuple[Array, Ledger | None]]:
    """A step with its derivative; with a ledger, that of the twin around the backend's transposed solve."""
    twin_step = functools.partial(_step_by_solve, backend, graph)

    @jax.custom_vjp
    def step(operands: Step) -> tuple[Array, Ledger | None]:
        return _kernel_step(graph, operands) if backend == "cpp" else twin_step(operands)

    def forward(operands: Step):
        after, ledger = step(operands)
        return (after, ledger), (operands, after)

    def transposed(on: Graph, dt: Array, c: Coefficients, rhs: Array) -> Array:
        return _raw_solve(backend, on, True, dt, jnp.ones(()), c, rhs)

    def backward(kept: tuple[Step, Array], cotangent: tuple[Array, Ledger | None]):
        operands, after = kept
        if operands.ledger is not None:
            return jax.vjp(twin_step, operands)[1](cotangent)
        if backend == "cpp" and register(STEP_ADJOINT):
            bar = _kernel_pullback(graph, operands, after, cotangent[0])
        else:
            bar = pull_back_step(transposed, graph, operands, after, cotangent[0])
        return (completed(graph, operands, after, cotangent[0], bar),)

    step.defvjp(forward, backward)
    return step


@dataclass(frozen=True)
class Solver:
    """Steps and solves on one backend.

    Parameters
    ----------
    backend : str
        ``"cpp"`` (compiled kernel) or ``"jax"`` (its twin).
    """

    backend: str

    @property
    def description(self) -> str:
        """Backend with its instruction set, for provenance."""
        return f"cpp {kernel().instruction_set}" if self.backend == "cpp" else "jax"

    def step(self, graph: Graph, operands: Step) -> tuple[Array, Ledger | None]:
        """Advance one step; the ledger, if open, is added to.

        Raises
        ------
        PrecisionError
            If the state is not float64.
        """
        require_double(operands.state)
        batch = operands.state.shape[-1]
        cells = (graph.cells, batch)
        operands = operands._replace(
            dt=jnp.asarray(operands.dt, dtype=jnp.float64),
            inputs=tuple(jnp.broadcast_to(u, cells) for u in operands.inputs),
            coefficients=_spread(operands.coefficients, graph, batch),
            rate0=None if operands.rate0 is None else tuple(jnp.broadcast_to(k, cells) for k in operands.rate0),
        )
        return _differentiable_step(self.backend, graph)(operands)

    def solve(
        self,
        graph: Graph,
        coefficients: Coefficients,
        rhs: Array,
        *,
        identity: float | Array = 0.0,
        dt: float | Array = 1.0,
        transpose: bool = False,
    ) -> Array:
        """Solve ``(identity I - dt A) s = rhs``, or with A^T; rhs [right_hand_sides, pools, cells, batch]."""
        require_double(rhs)
        spread = _spread(coefficients, graph, rhs.shape[-1])
        scalars = jnp.asarray(dt, dtype=jnp.float64), jnp.asarray(identity, dtype=jnp.float64)
        return _solve(self.backend, graph, transpose)(*scalars, spread, rhs)

    def dense(self, diagonal: Array, lower: Array, upper: Array, rhs: Array) -> Array:
        """Solve dense blocks with diagonal coupling between cells (see :func:`twin.dense`); not differentiated."""
        require_double(rhs)
        if self.backend == "jax" or diagonal.shape[1] > 16:
            return twin.dense(diagonal, lower, upper, rhs)
        return jax.ffi.ffi_call("pedozone_dense", jax.ShapeDtypeStruct(rhs.shape, rhs.dtype))(
            diagonal, lower, upper, rhs
        )


def choose_solver(name: str = "auto") -> Solver:
    """Return the solver ``"cpp"``, ``"jax"`` or the best available one (``"auto"``).

    Raises
    ------
    SolverError
        If ``"cpp"`` is asked for and the kernel is not available, with the reason.
    """
    if name not in ("auto", "cpp", "jax"):
        raise SolverError(f"unknown solver '{name}'; choose auto, cpp or jax")
    if name == "jax" or (name == "auto" and not kernel().available):
        return Solver("jax")
    if not kernel().available:
        raise SolverError(kernel().reason)
    if jax.default_backend() != "cpu":
        return Solver("jax")
    return Solver("cpp")
