"""Gradients through years and through the steady state, against differences of the runs themselves."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pedon_columns as columns
import pytest

from pedozone.column.geometry import share_above
from pedozone.engine.adjoint import ImplicitOptions, attach_implicit, steady_adjoint, steady_state, years_scan
from pedozone.engine.assembly import Assembly
from pedozone.engine.blocktri.library import kernel
from pedozone.engine.blocktri.solver import Solver, Tracing, choose_solver
from pedozone.engine.declarations import Incorporation, Input, Kind, Loss, Pool, Role, Transfer
from pedozone.engine.jacobian import mean_jacobian, solve_jacobian
from pedozone.engine.krylov import gmres
from pedozone.engine.newton import NewtonYear, newton_correction
from pedozone.engine.precision import PrecisionError, double_precision
from pedozone.engine.process import Movement, Process
from pedozone.engine.spinup import SpinupOptions, Status
from pedozone.engine.steady import mean_year
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year

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


def assert_derivatives(function, at, relative=1e-6, step=1e-3, seed=0):
    """Directional derivatives by every leaf agree with central differences of fourth order.

    `function` maps a pytree to a figure; `step` is relative to the leaf.
    """
    rng = np.random.default_rng(seed)
    leaves, structure = jax.tree.flatten(at)
    gradient = jax.tree.leaves(jax.grad(function)(at))
    for k, leaf in enumerate(leaves):
        way = leaf * rng.uniform(0.5, 1.5, jnp.shape(leaf))

        def moved(s, k=k, way=way):
            there = [a + s * way if j == k else a for j, a in enumerate(leaves)]
            return float(function(structure.unflatten(there)))

        near, far = moved(step) - moved(-step), moved(2 * step) - moved(-2 * step)
        expected = (8.0 * near - far) / (12.0 * step)
        found = float(jnp.sum(gradient[k] * way))
        assert found == pytest.approx(expected, rel=relative), f"leaf {k} of {structure}"


# -- through years ----------------------------------------------------------------------------------------------


@both
@steppers
def test_gradients_through_years(backend, stepper):
    with double_precision():
        case, solver = toy(quantities=3), Solver(backend)
        weights = jnp.asarray(np.random.default_rng(1).normal(size=case.state.stocks.shape))

        @jax.jit
        def held(at):
            state, _ = run(case, solver, stepper, *at, years=5)
            return jnp.sum(weights * state.stocks) + jnp.sum(state.physical**2)

        assert_derivatives(held, (case.state, case.site, case.forcing, case.parameters))


def test_gradients_of_what_is_recorded():
    with double_precision():
        case = toy(quantities=2)

        def kept(year):
            return jnp.sum(year.ledger.loss, axis=(1, 2)), jnp.sum(year.state.stocks, axis=(1, 2))

        @jax.jit
        def respired(at):
            state, (lost, stock) = run(case, choose_solver(), "first_order", *at, years=3, record=kept, ledger=True)
            assert lost.shape == stock.shape == (3, 2, BATCH)
            rising = jnp.arange(1.0, 4.0)[:, None, None]
            return jnp.sum(rising * lost) + jnp.sum(state.stocks)

        assert_derivatives(respired, (case.state, case.site, case.forcing, case.parameters))


def test_checkpoints_change_nothing():
    with double_precision():
        case, solver = toy(), choose_solver()

        def held(values, checkpoint):
            given = (case.state, case.site, case.forcing, values)
            return jnp.sum(run(case, solver, "mprk22", *given, years=3, checkpoint=checkpoint)[0].stocks)

        gradient = jax.jit(jax.grad(held), static_argnums=1)
        kept, again = gradient(case.parameters, False), gradient(case.parameters, True)
        for name in kept:
            assert float(again[name]) == pytest.approx(float(kept[name]), rel=1e-12)


def test_forcing_and_tracing_by_year():
    with double_precision():
        case, solver, years = toy(quantities=2), choose_solver(), 3
        repeated = jax.tree.map(lambda a: jnp.repeat(a[None], years, axis=0), (case.forcing, case.tracing))

        @jax.jit
        def apart(forcing, tracing):
            given = (case.state, case.site, forcing, case.parameters, case.modes, tracing)
            options = {"by_year": ("forcing", "tracing")}
            return years_scan(case.model, solver, STEPPERS["first_order"], *given, years, **options)[0].stocks

        @jax.jit
        def together(forcing):
            return run(case, solver, "first_order", case.state, case.site, forcing, case.parameters, years)[0].stocks

        np.testing.assert_allclose(apart(*repeated), together(case.forcing), rtol=1e-14)
        by_year = jax.grad(lambda f: jnp.sum(apart(f, repeated[1])))(repeated[0])
        once = jax.grad(lambda f: jnp.sum(together(f)))(case.forcing)
        for a, b in zip(jax.tree.leaves(by_year), jax.tree.leaves(once), strict=True):
            np.testing.assert_allclose(a.sum(axis=0), b, rtol=1e-10, atol=1e-12)
        # what fell in the last year has had no time to be respired
        assert (np.asarray(by_year.leaf[-1]) > np.asarray(by_year.leaf[0])).all()


def test_what_cannot_change_by_year_is_refused():
    with double_precision():
        case = toy()
        given = (case.state, case.site, case.forcing, case.parameters)
        with pytest.raises(ValueError, match="not \\['site'\\]"):
            run(case, choose_solver(), "mprk22", *given, years=2, by_year=("site",))
        single = case.state._replace(stocks=case.state.stocks.astype(jnp.float32))
        with pytest.raises(PrecisionError, match="float64"):
            run(case, choose_solver(), "mprk22", single, *given[1:], years=2)


# -- through the steady state -----------------------------------------------------------------------------------


TIGHT = SpinupOptions(tolerance=1e-12, iterations=200)


@pytest.mark.parametrize(
    ("backend", "stepper"), [pytest.param("cpp", "mprk22", marks=needs_kernel), ("jax", "first_order")]
)
def test_gradients_through_the_steady_state(backend, stepper):
    with double_precision():
        case, solver = toy(), Solver(backend)
        weights = jnp.asarray(np.random.default_rng(2).normal(size=case.state.stocks.shape))

        def held(at):
            site, weather, values = at
            given = (site, case.forcing._replace(**weather), {**case.parameters, **values}, case.modes)
            state, found = steady_state(case.model, solver, STEPPERS[stepper], case.state, *given, options=TIGHT)
            assert all(status is Status.CONVERGED for status in found.status)
            return jnp.sum(weights * state.stocks) + jnp.sum(state.physical)

        weather = {name: getattr(case.forcing, name) for name in ("rain", "root")}
        values = {name: case.parameters[name] for name in ("rooting", "burial", "death", "mixing")}
        assert_derivatives(held, (case.site, weather, values))


@functools.cache
def steady_case(stepper="mprk22"):
    """The small model at its steady state (inside `double_precision`)."""
    case, solver = toy(), choose_solver()
    given = (case.site, case.forcing, case.parameters, case.modes)
    state, _ = steady_state(case.model, solver, STEPPERS[stepper], case.state, *given, options=TIGHT)
    return case, solver, state, given


def test_the_adjoint_takes_few_years():
    with double_precision():
        case, solver, state, given = steady_case()
        cotangent = State(jnp.ones_like(state.stocks), jnp.zeros_like(state.physical))
        found = steady_adjoint(case.model, solver, STEPPERS["mprk22"], state, *given, cotangent)
        assert int(found.years) <= 15
        assert (np.asarray(found.residual) <= 1e-10).all()


def test_attached_derivatives_may_be_compiled():
    with double_precision():
        case, solver, state, (site, forcing, values, modes) = steady_case()

        @jax.jit
        def held(values):
            attached = attach_implicit(case.model, solver, STEPPERS["mprk22"], state, site, forcing, values, modes)
            return jnp.sum(attached.stocks)

        assert float(held(values)) == float(jnp.sum(state.stocks))
        inside = jax.jit(jax.grad(held))(values)
        cotangent = State(jnp.ones_like(state.stocks), jnp.zeros_like(state.physical))
        given = (site, forcing, values, modes)
        outside = steady_adjoint(case.model, solver, STEPPERS["mprk22"], state, *given, cotangent).parameters
        for name in outside:
            assert float(inside[name]) == pytest.approx(float(outside[name]), rel=1e-12)


def test_a_column_without_an_adjoint_gets_no_derivative():
    # the last column keeps all of its water for ever: what it holds at steady state is not determined
    with double_precision():
        case, solver, state, (site, *given) = steady_case()
        cotangent = State(jnp.ones_like(state.stocks), jnp.ones_like(state.physical))
        stuck = (site.at[-1].set(1.0), *given)
        found = steady_adjoint(case.model, solver, STEPPERS["mprk22"], state, *stuck, cotangent)
        assert np.isfinite(np.asarray(found.forcing.leaf[:-1])).all()
        assert np.isnan(np.asarray(found.forcing.leaf[-1]))
        assert float(found.residual[-1]) > ImplicitOptions().acceptable


def test_a_search_cannot_be_compiled():
    with double_precision():
        case, solver, _, (site, forcing, values, modes) = steady_case()

        def held(values):
            given = (case.state, site, forcing, values, modes)
            return jnp.sum(steady_state(case.model, solver, STEPPERS["mprk22"], *given)[0].stocks)

        with pytest.raises(TypeError, match="attach_implicit"):
            jax.jit(held)(values)


# -- what the adjoint is solved with ----------------------------------------------------------------------------


@both
def test_the_jacobian_and_its_transpose(backend):
    rng = np.random.default_rng(5)
    with double_precision():
        case, solver = toy(), Solver(backend)
        given = (case.state, case.site, case.forcing, case.parameters, case.modes, no_tracers(case.model.graph, BATCH))

        @jax.jit
        def solved(right, left):
            year = run_year(case.model, solver, STEPPERS["mprk22"], *given)
            mean = mean_year(case.model.graph, year.ledger, year.season.inputs, year.season.inc_share)
            jacobian = mean_jacobian(case.model, year.season, mean, case.parameters, case.modes)
            zero = jnp.zeros_like(right)
            chord = newton_correction(
                case.model, solver, NewtonYear(mean, year.season), zero, -right, case.parameters, case.modes
            )
            solve = functools.partial(solve_jacobian, case.model.graph, solver, jacobian)
            return solve(right), solve(left, transpose=True), chord

        right, left = (jnp.asarray(rng.normal(size=(4, CELLS, BATCH))) for _ in range(2))
        forward, backward, chord = map(np.asarray, solved(right, left))
        np.testing.assert_allclose(forward, chord, rtol=1e-9, atol=1e-9)
        products = [(np.asarray(a) * b).sum(axis=(0, 1)) for a, b in ((left, forward), (right, backward))]
        np.testing.assert_allclose(*products, rtol=1e-10)


def test_gmres_solves_every_column_on_its_own():
    rng, size, batch = np.random.default_rng(6), 12, 5
    matrix = np.eye(size)[:, :, None] + 0.2 * rng.normal(size=(size, size, batch))
    matrix[:, :, 1] = 2.0 * np.eye(size)  # done after one application
    right = rng.normal(size=(size, batch))
    right[:, 3] = 0.0
    with double_precision():
        system, rhs = jnp.asarray(matrix), jnp.asarray(right)

        @jax.jit
        def solve(system, rhs):
            def apply(x):
                return jnp.einsum("ijb,jb->ib", system, x)

            return gmres(apply, rhs, lambda x: 0.5 * x, tolerance=1e-12, iterations=size)

        found = solve(system, rhs)
        singular = solve(system.at[:, :, 4].multiply((jnp.arange(size) > 0.0)[:, None]), rhs)
    for b in range(batch):
        expected = np.linalg.solve(matrix[:, :, b], right[:, b])
        np.testing.assert_allclose(found.x[:, b], expected, rtol=1e-9, atol=1e-11)
        if b < 4:
            np.testing.assert_allclose(singular.x[:, b], expected, rtol=1e-9, atol=1e-11)
    assert (np.asarray(found.residual) <= 1e-12).all()
    assert float(singular.residual[4]) > 1e-3


# -- the pedon --------------------------------------------------------------------------------------------------

LAYERS, DEPTH = 10, 2.0
RATES = ("uptake_rate", "necromass_decay_rate", "stable_desorption_rate", "activation_energy_uptake")
OTHERS = ("bioturbation_surface", "soil_damping_depth", "som_carbon_fraction", "oxygen_minimum_factor")
WEATHER = ("leaf_input", "root_input", "exudate_input", "temperature", "root_beta")


def soc_to_1m(setting, state, soil, values):
    """Soil organic carbon above 1 m, kg m-2 [batch]."""
    face = setting.model.geometry(state.stocks[0], soil, values).face
    return jnp.sum(share_above(face, jnp.ones(face.shape[-1])) * jnp.sum(state.stocks[0], axis=0), axis=0)


@functools.cache
def pedon(stepper: str, backend: str):
    """A grassland, its twin on pure sand and its twin left bare, ten years of them, compiled."""
    site = columns.site(layers=LAYERS, depth_m=DEPTH)
    setting = columns.setting_of(site, BATCH, backend)
    sandy = {"clay": 0.0, "silt": 0.0, "sand": 1.0}
    soil = setting.soil._replace(
        **{name: getattr(setting.soil, name).at[setting.model.graph.organic :, 1].set(v) for name, v in sandy.items()}
    )
    forcing = columns.forcing(site, "temperate-grassland", BATCH)
    unplanted = {n: getattr(forcing, n).at[..., 2].set(0.0) for n in ("leaf_input", "root_input", "exudate_input")}
    forcing = forcing._replace(**unplanted)
    tracing = no_tracers(setting.model.graph, BATCH)

    @jax.jit
    def after(values, weather, soil, start):
        given = (start, soil, forcing._replace(**weather), {**setting.parameters, **values}, setting.modes, tracing)
        state, _ = years_scan(setting.model, setting.solver, STEPPERS[stepper], *given, 10)
        return soc_to_1m(setting, state, soil, {**setting.parameters, **values})

    values = {name: jnp.asarray(setting.parameters[name]) for name in (*RATES, *OTHERS)}
    weather = {name: getattr(forcing, name) for name in WEATHER}
    return setting, soil, forcing, after, (values, weather, soil, columns.bare(setting, 0.05))


def assert_pedon_derivatives(stepper, backend):
    with double_precision():
        _, _, _, after, (values, weather, soil, start) = pedon(stepper, backend)
        inner = {name: getattr(soil, name) for name in ("mineral_mass", "coarse", "ph")}

        def held(at):
            changed = soil._replace(**at[2])
            return jnp.sum(after(at[0], at[1], changed, at[3]))

        assert_derivatives(held, (values, weather, inner, start))


@needs_kernel
@steppers
def test_gradients_of_ten_years_of_a_pedon(stepper):
    assert_pedon_derivatives(stepper, "cpp")


@pytest.mark.nightly
@steppers
def test_gradients_of_ten_years_of_a_pedon_without_kernel(stepper):
    assert_pedon_derivatives(stepper, "jax")


def test_gradients_of_sand_and_of_bare_soil_are_finite():
    with double_precision():
        setting, _, _, after, (values, weather, soil, start) = pedon("mprk22", choose_solver().backend)
        gradient = jax.grad(lambda *at: jnp.sum(after(*at)), argnums=(0, 1, 2, 3))
        for begin in (start, columns.bare(setting, 0.0)):
            found = gradient(values, weather, soil, begin)
            for leaf in jax.tree.leaves(found):
                assert np.isfinite(np.asarray(leaf)).all()
            # what a bare soil holds depends on what could have grown there
            assert float(found[1]["root_input"][2]) > 0.0


def test_gradients_through_the_steady_state_of_a_pedon():
    names = ("uptake_rate", "stable_desorption_rate", "soil_damping_depth")
    with double_precision():
        setting, soil, forcing, _, (values, *_, start) = pedon("mprk22", choose_solver().backend)
        first = lambda tree: jax.tree.map(lambda a: a[..., :1], tree)  # noqa: E731
        soil, forcing, start = first((soil, forcing, start))
        options = SpinupOptions(tolerance=3e-11)

        def held(at):
            given = {**setting.parameters, **at[0]}
            under = forcing._replace(root_input=at[1])
            state, found = steady_state(
                setting.model, setting.solver, STEPPERS["mprk22"], start, soil, under, given, setting.modes, options
            )
            assert found.status[0] is Status.CONVERGED
            return jnp.sum(soc_to_1m(setting, state, soil, given))

        assert_derivatives(held, ({name: values[name] for name in names}, forcing.root_input), step=3e-4)
