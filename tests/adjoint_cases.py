"""A small model that reaches every branch of the derivatives, and checks against differences."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pedozone.engine.adjoint import years_scan
from pedozone.engine.assembly import Assembly
from pedozone.engine.blocktri.compiled import kernel
from pedozone.engine.blocktri.solver import Solver, Tracing
from pedozone.engine.declarations import Incorporation, Input, Kind, Loss, Pool, Role, Transfer
from pedozone.engine.process import Movement, Process
from pedozone.engine.stepping import STEPPERS
from pedozone.engine.year import State

BATCH, CELLS, ORGANIC = 3, 6, 1

needs_kernel = pytest.mark.skipif(not kernel().available, reason="no compiled kernel here")
both = pytest.mark.parametrize("backend", [pytest.param("cpp", marks=needs_kernel), "jax"])
steppers = pytest.mark.parametrize("stepper", ["first_order", "mprk22"])


# -- a small model: four pools, nonlinear, with water of its own ------------------------------------------------


class Weather(NamedTuple):
    warmth: Any  # [12, batch]
    rain: Any  # [batch]
    leaf: Any  # [batch]
    root: Any  # [batch]


class Surroundings(NamedTuple):
    activity: Any  # [12, cells, batch]
    depth: Any  # [cells, batch]
    weather: Weather


class Inputs(Process):
    name = "inputs"
    inputs = (Input("litter", "leaf"), Input("dom", "root"))

    def supply(self, environment, parameters):
        weather, depth = environment.weather, environment.depth
        surface = jnp.zeros_like(depth).at[0].set(1.0)
        roots = jnp.exp(-depth / parameters["rooting"]) * (depth > 0.0)
        season = 1.0 + 0.5 * weather.warmth[:, None]
        return season * weather.leaf * surface, season * weather.root * roots / jnp.sum(roots, axis=0)


class Burial(Process):
    name = "burial"
    incorporations = (Incorporation("litter", "litter", "burial"),)

    def incorporate(self, environment, parameters):
        share = jnp.exp(-environment.depth[ORGANIC:] / parameters["rooting"])
        rate = parameters["burial"] * jnp.ones((1, ORGANIC, 1))
        return ((rate, share / jnp.sum(share, axis=0)),)


class Life(Process):
    name = "life"
    transfers = (
        Transfer("litter", "dom", Kind.BIOTIC, "decay"),
        Transfer("dom", "microbes", Kind.BIOTIC, "growth"),
        Transfer("microbes", "dom", Kind.BIOTIC, "death"),
        Transfer("microbes", "mineral", Kind.BIOTIC, "death"),
        Transfer("mineral", "dom", Kind.ABIOTIC, "release"),
    )
    losses = (Loss("dom", "respired", Kind.BIOTIC, "growth"),)

    def prepare(self, environment, parameters):
        return environment.activity

    def rates(self, state, prepared, parameters):
        active = state["microbes"] / (parameters["half"] + state["microbes"])
        uptake = parameters["uptake"] * prepared * (state["microbes"] + 1e-3) / (parameters["half"] + state["dom"])
        death = parameters["death"] * (0.1 + state["microbes"])
        return (
            parameters["decay"] * prepared * (0.1 + active),
            0.4 * uptake,
            0.7 * death,
            0.3 * death / (1.0 + state["mineral"]),
            parameters["release"] * (0.2 + active),
            0.6 * uptake,
        )


class Solids(Process):
    name = "solids"
    moves = "mixing"

    def move(self, environment, parameters):
        rate = parameters["mixing"] * jnp.exp(-environment.depth)
        return Movement(rate.at[-1].set(0.0)[None], rate[None])


class Water(Process):
    name = "water"
    moves = "dissolved"

    def move(self, environment, parameters):
        return Movement(parameters["leaching"] * environment.activity, jnp.zeros((1, CELLS, 1)))


class Toy(Assembly):
    """A year keeps a share of its water, by column (the site), and warms up what is wet."""

    def __init__(self) -> None:
        pools = (
            Pool("litter", Role.FRESH, "mixing"),
            Pool("dom", Role.DISSOLVED, "dissolved"),
            Pool("microbes", Role.LIVING, "mixing"),
            Pool("mineral", Role.MINERAL, None),
        )
        super().__init__(pools, (Inputs(), Burial(), Life(), Solids(), Water()), CELLS, ORGANIC)

    def environment(self, stock, physical, site, forcing, parameters):
        depth = jnp.arange(CELLS)[:, None] - 0.5 + 0.02 * jnp.sum(stock, axis=0)
        wet = physical / (0.5 + physical)
        activity = jnp.exp(0.3 * forcing.warmth[:, None]) * wet
        kept = site * physical + forcing.rain * jnp.exp(-0.1 * jnp.arange(CELLS))[:, None]
        return Surroundings(activity, depth, forcing), kept

    def local(self, environment, parameters):
        return ()

    def view(self, stock, local, parameters):
        return {pool.name: stock[p] for p, pool in enumerate(self.graph.pools)}


PARAMETERS = {
    "rooting": 1.5,
    "burial": 0.8,
    "uptake": 6.0,
    "half": 0.3,
    "decay": 2.0,
    "death": 1.5,
    "release": 0.05,
    "mixing": 0.1,
    "leaching": 0.3,
}


class Case(NamedTuple):
    model: Any
    state: State
    site: Any
    forcing: Weather
    parameters: Any
    modes: Any
    tracing: Tracing


def toy(quantities: int = 1) -> Case:
    """Arrays of the small model (inside `double_precision`)."""
    rng, model = np.random.default_rng(7), Toy()
    inputs = len(model.graph.inputs)
    months = np.sin(2.0 * np.pi * np.arange(12) / 12.0)
    forcing = Weather(
        warmth=months[:, None] * rng.uniform(0.5, 1.5, BATCH),
        rain=rng.uniform(0.5, 1.5, BATCH),
        leaf=rng.uniform(0.5, 1.5, BATCH),
        root=rng.uniform(0.5, 1.5, BATCH),
    )
    tracing = Tracing(
        signature=rng.uniform(0.2, 1.0, (quantities - 1, inputs, BATCH)),
        ageing=np.arange(quantities - 1, dtype=float),
        decay=np.full(quantities - 1, 0.01),
    )
    state = State(rng.uniform(0.1, 1.0, (quantities, 4, CELLS, BATCH)), rng.uniform(0.5, 1.0, (CELLS, BATCH)))
    site = rng.uniform(0.1, 0.5, BATCH)
    given = (state, site, forcing, PARAMETERS)
    state, site, forcing, values = jax.tree.map(lambda a: jnp.asarray(a, dtype=jnp.float64), given)
    return Case(model, state, site, forcing, values, model.modelled(), jax.tree.map(jnp.asarray, tracing))


def run(case: Case, solver: Solver, stepper: str, state, site, forcing, values, years: int, **options):
    """`years_scan` of a case with other values."""
    given = (state, site, forcing, values, case.modes, case.tracing)
    return years_scan(case.model, solver, STEPPERS[stepper], *given, years, **options)


def assert_derivatives(function, at, relative=1e-6, step=1e-3, together=False, seed=0):
    """Directional derivatives by every leaf agree with central differences of fourth order.

    `function` maps a pytree to a figure; `step` is relative to the leaf. With `together`, one
    direction changes all leaves at once.
    """
    rng = np.random.default_rng(seed)
    leaves, structure = jax.tree.flatten(at)
    gradient = jax.tree.leaves(jax.grad(function)(at))
    ways = [leaf * rng.uniform(0.5, 1.5, jnp.shape(leaf)) for leaf in leaves]
    for k in ["all"] if together else range(len(leaves)):
        changed = [together or j == k for j in range(len(leaves))]

        def moved(s, changed=changed):
            there = [a + s * way if c else a for a, way, c in zip(leaves, ways, changed, strict=True)]
            return float(function(structure.unflatten(there)))

        near, far = moved(step) - moved(-step), moved(2 * step) - moved(-2 * step)
        expected = (8.0 * near - far) / (12.0 * step)
        found = sum(float(jnp.sum(g * w)) for g, w, c in zip(gradient, ways, changed, strict=True) if c)
        assert found == pytest.approx(expected, rel=relative), f"leaf {k} of {structure}"


# -- through years ----------------------------------------------------------------------------------------------
