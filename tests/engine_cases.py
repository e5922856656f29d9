"""Pool graphs for tests of the engine, with random coefficients on them.

Every new graph is compiled anew, which takes seconds: tests share the few that stand here.
"""

import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from pedozone.engine.blocktri.compiled import kernel
from pedozone.engine.blocktri.solver import Solver, Tracing
from pedozone.engine.declarations import Incorporation, Input, Kind, Loss, Pool, Role, Transfer
from pedozone.engine.graph import Graph
from pedozone.engine.operator import Coefficients, annual_operator, open_ledger
from pedozone.engine.stepping import Stepper
from pedozone.models.pedon import CorePedon

SOLVERS = ("cpp", "jax")
MONTHS = 12
LEAST = 1e-280  # kg m-2; fluxes out of less than that underflow


def solver_named(name: str) -> Solver | None:
    """The solver, or None where it is not available."""
    return Solver(name) if name == "jax" or kernel().available else None


def _transfers(*pairs: str) -> tuple[Transfer, ...]:
    ends = (pair.split(">") for pair in pairs)
    return tuple(Transfer(a, b, Kind.BIOTIC, "test") for a, b in ends)


def _losses(*pairs: str) -> tuple[Loss, ...]:
    ends = (pair.split(">") for pair in pairs)
    return tuple(Loss(a, fate, Kind.BIOTIC, "test") for a, fate in ends)


# Two organic slots, an immobile pool, two fates, two transport classes, components 1, 1 and 3.
PROFILE = Graph(
    pools=(
        Pool("litter", Role.FRESH, "mixing"),
        Pool("dom", Role.DISSOLVED, "dissolved"),
        Pool("microbes", Role.LIVING, "mixing"),
        Pool("mineral", Role.MINERAL, "mixing"),
        Pool("char", Role.INERT, None),
    ),
    transfers=_transfers(
        "litter>dom",
        "dom>microbes",
        "microbes>dom",
        "dom>mineral",
        "mineral>dom",
        "microbes>mineral",
        "char>dom",
    ),
    losses=_losses("dom>respired", "microbes>respired", "char>burnt"),
    inputs=(Input("litter", "leaf"), Input("litter", "root"), Input("dom", "exudate")),
    incorporations=(
        Incorporation("litter", "litter", "fragmentation"),
        Incorporation("char", "char", "burial"),
    ),
    cells=7,
    organic=2,
    classes=("mixing", "dissolved"),
)

# No organic slot, every pool in one component that only the last pool leaves.
RING = Graph(
    pools=tuple(
        Pool(name, Role.FRESH, moves) for name, moves in (("a", "fast"), ("b", None), ("c", "slow"), ("d", "fast"))
    ),
    transfers=_transfers("a>b", "b>c", "c>d", "d>a", "a>c"),
    losses=_losses("d>respired"),
    inputs=(Input("a", "leaf"),),
    incorporations=(),
    cells=5,
    organic=0,
    classes=("fast", "slow"),
)

# Two pools in one cell, nothing moves.
CHAIN = Graph(
    pools=(Pool("fast", Role.FRESH, None), Pool("slow", Role.MINERAL, None)),
    transfers=_transfers("fast>slow"),
    losses=_losses("fast>respired", "slow>respired"),
    inputs=(Input("fast", "leaf"),),
    incorporations=(),
    cells=1,
    organic=0,
    classes=(),
)

# What ships: components of 1, 3, 1 and 6 pools.
CORE = CorePedon(6, 1).graph

GRAPHS = {"profile": PROFILE, "ring": RING, "chain": CHAIN, "core": CORE}


class Draw(NamedTuple):
    """Coefficients and drivers of a test: an operator that depends on the stocks and the month."""

    operator: Coefficients  # at full activity, yr-1
    half: jax.Array  # half saturation, kg m-2
    inputs: tuple[jax.Array, ...]
    season: jax.Array  # [12], of rates and inputs


def draw(
    graph: Graph,
    batch: int,
    seed: int,
    *,
    stiffness: float = 1.0,
    transport: str = "both",
    empty: float = 0.0,
    fed: bool = True,
) -> tuple[np.ndarray, Draw]:
    """Random stocks [pools, cells, batch] and coefficients.

    Parameters
    ----------
    stiffness : float
        Decimal logarithm of the largest rate, yr-1; rates span four decades below it.
    transport : str
        ``"down"``, ``"up"``, ``"both"`` or ``"none"``.
    empty : float
        Share of pools and cells, and of rates, that are zero.
    fed : bool
        Whether there are inputs.
    """
    rng = np.random.default_rng(seed)
    cells = (graph.cells, batch)

    def rates(*shape: int) -> np.ndarray:
        k = 10.0 ** rng.uniform(stiffness - 4.0, stiffness, shape)
        return np.where(rng.random(shape) < empty, 0.0, k)

    zero = np.zeros(cells)
    share = rng.random((len(graph.incorporations), graph.mineral, batch)) + 1e-3
    operator = Coefficients(
        rate=tuple(rates(*cells) for _ in graph.donors),
        down=tuple(zero if transport in ("up", "none") else rates(*cells) for _ in graph.classes),
        up=tuple(zero if transport in ("down", "none") else rates(*cells) for _ in graph.classes),
        inc_rate=tuple(rates(graph.organic, batch) for _ in graph.incorporations),
        inc_share=tuple(share / share.sum(axis=1, keepdims=True)),
    )
    stock = 10.0 ** rng.uniform(-6.0, 1.0, (len(graph.pools), *cells))
    stock = np.where(rng.random(stock.shape) < empty, 0.0, stock)
    inputs = tuple(rng.random(cells) * fed for _ in graph.inputs)
    season = 1.0 + 0.9 * np.sin(2.0 * np.pi * (np.arange(MONTHS) / MONTHS + rng.random()))
    return stock, jax.tree.map(jnp.asarray, Draw(operator, rng.uniform(0.01, 2.0), inputs, season))


def coefficients_at(graph: Graph, drawn: Draw, activity: jax.Array) -> Callable[..., Coefficients]:
    """An operator whose rates saturate with one pool and grow with another."""

    def at(x: jax.Array) -> Coefficients:
        rate = []
        for t, k in enumerate(drawn.operator.rate):
            y = x[t % len(graph.pools)]
            law = y / (drawn.half + y) if t % 2 == 0 else 1.0 + 0.1 * y / drawn.half
            rate.append(activity * k * (0.1 + law))
        return drawn.operator._replace(rate=tuple(rate))

    return at


def tracing_of(graph: Graph, batch: int, seed: int = 0) -> tuple[tuple[str, ...], Tracing]:
    """A copy of the pool, 14C, the age, and a tag for every source and for what was there at first."""
    rng = np.random.default_rng(seed)
    rows = [np.ones((len(graph.inputs), batch)), rng.random((len(graph.inputs), batch))]
    rows.append(np.zeros_like(rows[0]))
    for source in graph.sources:
        mine = [[1.0 if entry.source == source else 0.0] for entry in graph.inputs]
        rows.append(np.repeat(mine, batch, axis=1))
    rows.append(np.zeros_like(rows[0]))
    names = ("copy", "radiocarbon", "age", *graph.sources, "initial")
    ageing = np.array([1.0 if name == "age" else 0.0 for name in names])
    decay = np.array([1.0 / 8267.0 if name == "radiocarbon" else 0.0 for name in names])
    return names, Tracing(jnp.asarray(np.stack(rows)), jnp.asarray(ageing), jnp.asarray(decay))


def initial(stock: np.ndarray, names: tuple[str, ...]) -> jax.Array:
    """Carbon, then its tracers: the copy as carbon, 14C half of it, the others none."""
    share = {"copy": 1.0, "radiocarbon": 0.5, "initial": 1.0}
    return jnp.stack([stock, *(share.get(name, 0.0) * stock for name in names)])


class Account(NamedTuple):
    """Annual sums of a run, [years, quantities, batch] unless said."""

    held: jax.Array  # at the end of the year
    input: jax.Array
    lost: jax.Array
    leached: jax.Array
    source: jax.Array
    aged: jax.Array  # gain of the age moment, for its scale
    cell: jax.Array  # worst relative residual of a cell
    least: jax.Array  # [years], the least stock of any month


@functools.cache
def account_of(graph: Graph, solver: Solver, stepper: Stepper, years: int) -> Callable:
    """Compile a run of `years` in monthly steps; returns the state at its end and its account."""

    @jax.jit
    def run(state: jax.Array, drawn: Draw, tracing: Tracing) -> tuple[jax.Array, Account]:
        def month(carry, activity):
            z, ledger, least = carry
            at = coefficients_at(graph, drawn, activity)
            inputs = tuple(activity * u for u in drawn.inputs)
            z, ledger = stepper.advance(graph, solver, z, at, inputs, tracing, 1.0 / MONTHS, ledger)
            return (z, ledger, jnp.minimum(least, jnp.min(z))), None

        def year(z, _):
            before = z
            ledger = open_ledger(graph, z.shape[0], z.shape[-1])
            (z, ledger, least), _ = lax.scan(month, (z, ledger, jnp.inf), drawn.season)
            return z, entry_of(graph, drawn.operator.inc_share, before, z, ledger, least)

        return lax.scan(year, state, length=years)

    return run


@functools.cache
def annual_operator_of(graph: Graph, solver: Solver, stepper: Stepper) -> Callable:
    """Compile the operator that one step from a state amounts to."""

    @jax.jit
    def one(state: jax.Array, drawn: Draw, tracing: Tracing) -> Coefficients:
        at = coefficients_at(graph, drawn, 1.0)
        ledger = open_ledger(graph, state.shape[0], state.shape[-1])
        _, ledger = stepper.advance(graph, solver, state, at, drawn.inputs, tracing, 1.0 / MONTHS, ledger)
        return annual_operator(graph, ledger, drawn.operator.inc_share)

    return one


def entry_of(graph, shares, before, after, ledger, least) -> Account:
    """One year of an account."""
    through = ledger.face.sum(axis=1)
    gross = ledger.input + ledger.loss.sum(axis=1) + jnp.abs(ledger.source)
    net = ledger.input - ledger.loss.sum(axis=1) + ledger.source - through
    net = net.at[:, 1:].add(through[:, :-1])
    gross = gross + jnp.abs(through)
    for m in range(len(graph.incorporations)):
        moved = ledger.moved[:, m]
        net = net.at[:, : graph.organic].add(-moved)
        net = net.at[:, graph.organic :].add(shares[m] * moved.sum(axis=1)[:, None])
        gross = gross.at[:, graph.organic :].add(shares[m] * moved.sum(axis=1)[:, None])
    change = after.sum(axis=1) - before.sum(axis=1)
    scale = before.sum(axis=1) + after.sum(axis=1) + gross
    worst = jnp.max(jnp.abs(change - net) / jnp.maximum(scale, 1e-280), axis=1)
    return Account(
        held=after.sum(axis=(1, 2)),
        input=ledger.input.sum(axis=1),
        lost=ledger.loss.sum(axis=(1, 2)),
        leached=ledger.face[:, :, -1].sum(axis=1),
        source=ledger.source.sum(axis=1),
        aged=jnp.maximum(ledger.source, 0.0).sum(axis=1),
        cell=worst,
        least=least,
    )


def closure(first: np.ndarray, account: Account) -> np.ndarray:
    """Residual of every quantity and column over what it held at first and was given. [quantities, batch]."""
    held = first.sum(axis=(1, 2))
    worst = np.zeros(held.shape)
    for at in np.ndindex(held.shape):
        column = (slice(None), *at)
        booked = math.fsum(
            np.concatenate(
                [account.input[column], -account.lost[column], -account.leached[column], account.source[column]]
            )
        )
        scale = held[at] + math.fsum(account.input[column]) + math.fsum(account.aged[column])
        residual = abs(math.fsum([account.held[-1][at], -held[at], -booked]))
        worst[at] = residual / max(scale, LEAST)
    return worst
