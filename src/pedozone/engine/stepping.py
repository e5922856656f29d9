"""Time steppers behind one interface: first-order, MPRK22, discrete decay-and-partition, matrix exponential."""

from __future__ import annotations

import abc
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.blocktri.solver import Solver, Step, Tracing
from pedozone.engine.graph import Graph
from pedozone.engine.operator import EMPTY_WEIGHT, Coefficients, Ledger, tendency

Array = jax.Array
CoefficientsAt = Callable[[Array], Coefficients]
"""Gives the operator at stocks [pools, cells, batch]."""


def no_tracers(graph: Graph, batch: int) -> Tracing:
    """The tracing of a run that follows carbon alone."""
    return Tracing(jnp.zeros((0, len(graph.inputs), batch)), jnp.zeros(0), jnp.zeros(0))


class Stepper(abc.ABC):
    """Advances carbon and its tracers by one step on the same operator."""

    name: str
    order: int

    @abc.abstractmethod
    def advance(
        self,
        graph: Graph,
        solver: Solver,
        state: Array,
        at: CoefficientsAt,
        inputs: tuple[Array, ...],
        tracing: Tracing,
        dt: Array | float,
        ledger: Ledger | None,
    ) -> tuple[Array, Ledger | None]:
        """Return the state after `dt` and the ledger with the step added.

        Parameters
        ----------
        state : Array [quantities, pools, cells, batch]
            Carbon first, then the tracers.
        at : callable
            Coefficients at given stocks; transport and incorporation must not depend on the stocks.
        inputs : tuple of Array [cells, batch]
            kg C m-2 yr-1, one per declared input.
        dt : float
            yr.
        """


@dataclass(frozen=True)
class FirstOrder(Stepper):
    """Linearly implicit Euler: ``(I - dt A(x)) x' = x + dt u``; positive and conservative for any step."""

    name: str = "first_order"
    order: int = 1

    def advance(self, graph, solver, state, at, inputs, tracing, dt, ledger):  # noqa: D102 (inherited)
        step = Step(state, jnp.asarray(dt), tracing, inputs, at(state[0]), None, None, ledger)
        return solver.step(graph, step)


@dataclass(frozen=True)
class ModifiedPatankar(Stepper):
    """Second-order modified Patankar-Runge-Kutta scheme MPRK22 (Burchard et al. 2003, Kopecz & Meister 2018).

    The final stage weights every coefficient by its donor, ``(a(x) x/x1 + a(x1)) / 2``; an empty donor has weight 1.
    Tracers ride on the operator of the final stage.
    """

    name: str = "mprk22"
    order: int = 2

    def advance(self, graph, solver, state, at, inputs, tracing, dt, ledger):  # noqa: D102 (inherited)
        first = at(state[0])
        alone = no_tracers(graph, state.shape[-1])
        stage, _ = solver.step(graph, Step(state[:1], jnp.asarray(dt), alone, inputs, first, None, None, None))
        second = at(stage[0])
        step = Step(state, jnp.asarray(dt), tracing, inputs, second, first.rate, stage[0], ledger)
        return solver.step(graph, step)


@dataclass(frozen=True)
class DecayAndPartition(Stepper):
    """Discrete stepping of the classical models: each pool decays by ``exp(-k dt)``, what decayed is partitioned.

    What leaves a pool is shared out in proportion to its rates, to other pools and to the cells beside it, at the end
    of the step; inputs join after that. Incorporation is left out. The ledger's stock is the integral over the decaying
    pool, so that flux over stock gives back the rate.

    Parameters
    ----------
    fresh_inputs : bool
        Whether inputs keep their signature through the step in which they enter, in the stead of decaying with the
        rest of the tracer.
    """

    name: str = "decay_and_partition"
    order: int = 1
    fresh_inputs: bool = False

    def advance(self, graph, solver, state, at, inputs, tracing, dt, ledger):  # noqa: D102 (inherited)
        operator = at(state[0])
        rate = operator.rate
        pools, cells = len(graph.pools), graph.cells
        # nothing rises out of the column or out of the mineral soil
        allowed = jnp.asarray([0.0 if i in (0, graph.organic) else 1.0 for i in range(cells)])[:, None]
        mobile = [(p, q) for p, q in enumerate(graph.pool_class) if q >= 0]
        downward = {p: operator.down[q] for p, q in mobile}
        upward = {p: operator.up[q] * allowed for p, q in mobile}
        total: list[Array | None] = [None] * pools
        for t, d in enumerate(graph.donors):
            before = total[d]
            total[d] = rate[t] if before is None else before + rate[t]
        for p, _ in mobile:
            before = total[p]
            beside = downward[p] + upward[p]
            total[p] = beside if before is None else before + beside
        zero = jnp.zeros_like(state[:, 0])
        rows: list[Array] = [state[:, p] for p in range(pools)]
        span: list[Array] = [jnp.full_like(zero[0], dt) for _ in rows]  # time integral per unit of stock, yr
        for p, k in enumerate(total):
            if k is None:
                continue
            lost = -jnp.expm1(-k * dt)
            turned = k > 0.0
            span[p] = jnp.where(turned, lost / jnp.where(turned, k, 1.0), dt)
            rows[p] = state[:, p] - state[:, p] * lost
        flux = [rate[t] * span[d] * state[:, d] for t, d in enumerate(graph.donors)]
        for t, r in enumerate(graph.receivers):
            rows[r] = rows[r] + flux[t]
        descended = {p: downward[p] * span[p] * state[:, p] for p, _ in mobile}
        risen = {p: upward[p] * span[p] * state[:, p] for p, _ in mobile}
        for p, _ in mobile:
            rows[p] = rows[p].at[:, 1:].add(descended[p][:, :-1]).at[:, :-1].add(risen[p][:, 1:])
        aged = jnp.concatenate([jnp.zeros(1), tracing.ageing])[:, None, None]
        factor = jnp.concatenate([jnp.ones(1), jnp.exp(-tracing.decay * dt)])[:, None, None]
        moved, rows = rows, [(row + dt * aged * row[:1]) * (factor if self.fresh_inputs else 1.0) for row in rows]
        added = zero
        for u, entry in enumerate(graph.inputs):
            carried = jnp.concatenate([jnp.ones((1, state.shape[-1])), tracing.signature[:, u]])
            brought = dt * inputs[u] * carried[:, None]
            p = graph.index[entry.receiver]
            rows[p] = rows[p] + brought
            added = added + brought
        if not self.fresh_inputs:
            rows = [row * factor for row in rows]
        after = jnp.stack(rows, axis=1)
        if ledger is None:
            return after, None
        losses = [zero for _ in graph.fates]
        for k, loss in enumerate(graph.losses):
            f = graph.fates.index(loss.fate)
            losses[f] = losses[f] + flux[len(graph.transfers) + k]
        held = [span[p] * jnp.maximum(state[0, p], EMPTY_WEIGHT) for p in range(pools)]
        passed = [rate[t] * held[d] for t, d in enumerate(graph.donors)]
        down, up, face = ledger.down, ledger.up, ledger.face
        for p, q in mobile:
            down, up = down.at[p].add(downward[p] * held[p]), up.at[p].add(upward[p] * held[p])
            face = face.at[:, q].add(descended[p]).at[:, q, :-1].add(-risen[p][:, 1:])
        return after, ledger._replace(
            stock=ledger.stock + jnp.stack(held),
            flux=ledger.flux + jnp.stack(passed) if passed else ledger.flux,
            input=ledger.input + added,
            loss=ledger.loss + jnp.stack(losses, axis=1) if losses else ledger.loss,
            down=down,
            up=up,
            face=face,
            source=ledger.source + sum(rows, zero) - sum(moved, zero) - added,
        )


@dataclass(frozen=True)
class MatrixExponential(Stepper):
    """Exact stepping of a linear model with constant inputs: ``x' = e^{A dt} x + (int_0^dt e^{A s} ds) u``.

    Decay and ageing of tracers are part of the exponential. Dense in all pools and cells: for small graphs.
    """

    name: str = "matrix_exponential"
    order: int = 99

    def advance(self, graph, solver, state, at, inputs, tracing, dt, ledger):  # noqa: D102 (inherited)
        if ledger is not None:
            raise NotImplementedError("the matrix exponential keeps no ledger; its budget follows from its output")
        pools, cells, batch = state.shape[1:]
        size = pools * cells
        coefficients = at(state[0])
        columns = jax.vmap(
            lambda e: tendency(graph, coefficients, jnp.broadcast_to(e.reshape(pools, cells, 1), state.shape[1:]))
        )(jnp.eye(size))
        matrix = jnp.moveaxis(columns.reshape(size, size, batch), (0, 1, 2), (2, 1, 0))  # [batch, to, from]
        gained = jnp.zeros_like(state)
        for u, entry in enumerate(graph.inputs):
            carried = jnp.concatenate([jnp.ones((1, state.shape[-1])), tracing.signature[:, u]])
            gained = gained.at[:, graph.index[entry.receiver]].add(inputs[u] * carried[:, None])
        flat = jnp.moveaxis(state.reshape(-1, size, batch), 2, 0)  # [batch, quantities, size]
        force = jnp.moveaxis(gained.reshape(-1, size, batch), 2, 0)
        ageing = jnp.concatenate([jnp.zeros(1), tracing.ageing])
        decay = jnp.concatenate([jnp.zeros(1), tracing.decay])

        def one(a: Array, x: Array, y: Array, u: Array, v: Array, grow: Array, lost: Array) -> Array:
            # carbon x and a quantity y: x' = A x + u, y' = (A - decay) y + ageing x + v, their inputs carried along
            block = jnp.zeros((2 * size + 1, 2 * size + 1))
            block = block.at[:size, :size].set(a).at[:size, -1].set(u)
            block = block.at[size : 2 * size, size : 2 * size].set(a - lost * jnp.eye(size))
            block = block.at[size : 2 * size, :size].set(grow * jnp.eye(size)).at[size : 2 * size, -1].set(v)
            e = jax.scipy.linalg.expm(block * dt)[size : 2 * size]
            return e[:, :size] @ x + e[:, size : 2 * size] @ y + e[:, -1]

        def column(a: Array, x: Array, u: Array) -> Array:
            return jax.vmap(lambda y, v, grow, lost: one(a, x[0], y, u[0], v, grow, lost))(x, u, ageing, decay)

        return jnp.moveaxis(jax.vmap(column)(matrix, flat, force), 0, 2).reshape(state.shape), None


@dataclass(frozen=True)
class Finer(Stepper):
    """Another stepper in several parts of each step.

    Parameters
    ----------
    whole : Stepper
    parts : int or Array of int
        Four of a month are about a week, sixteen about two days. An array serves any number with one program, but no
        derivatives backwards.
    name : str
    """

    whole: Stepper = ModifiedPatankar()
    parts: int | Array = 4
    name: str = "mprk22_weekly"

    @property
    def order(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """That of the whole."""
        return self.whole.order

    def advance(self, graph, solver, state, at, inputs, tracing, dt, ledger):  # noqa: D102 (inherited)
        def part(_, carry):
            z, led = carry
            return self.whole.advance(graph, solver, z, at, inputs, tracing, dt / self.parts, led)

        return jax.lax.fori_loop(0, self.parts, part, (state, ledger))


def divided(stepper: Stepper) -> tuple[Stepper, int | Array]:
    """A stepper as parts of another one's steps, which one compiled program then serves with any number of parts."""
    return (stepper.whole, stepper.parts) if isinstance(stepper, Finer) else (stepper, 1)


WEEKLY = Finer()
TWO_DAYS = Finer(parts=16, name="mprk22_two_days")
STEPPERS: dict[str, Stepper] = {
    s.name: s for s in (ModifiedPatankar(), FirstOrder(), WEEKLY, TWO_DAYS, DecayAndPartition(), MatrixExponential())
}


class Method(NamedTuple):
    """How columns are stepped.

    Attributes
    ----------
    usual : Stepper
    finer : tuple of Stepper
        For columns for which the usual one takes too long steps, each shorter than the one before.
    """

    usual: Stepper
    finer: tuple[Stepper, ...] = ()

    def at(self, level: int) -> Stepper:
        """The usual one (level 0), or one of the finer ones."""
        return (self.usual, *self.finer)[level]


METHODS: dict[str, Method] = {
    "auto": Method(STEPPERS["mprk22"], (WEEKLY, TWO_DAYS)),
    **{name: Method(STEPPERS[name]) for name in ("mprk22", "first_order", WEEKLY.name, TWO_DAYS.name)},
}
"""Methods of a simulation by the name that a site file gives them."""
