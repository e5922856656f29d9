"""Reverse-mode gradients through years of the pedon agree with finite differences."""

import engine_cases as cases
import jax
import jax.numpy as jnp
import numpy as np
import pedon_columns as columns
import pytest
from jax import lax

from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import STEPPERS
from pedozone.engine.year import State, run_year

BATCH, YEARS, LAYERS = 2, 2, 4

# Read by nothing but the site's description, or only where a surface is overfull.
UNUSED = {"capacity_high_activity", "capacity_low_activity", "overfull_release_rate"}
# Of functions that a caller may use and no assembly does.
UNUSED |= {"clay_inhibition", "sodium_aggregation_strength"}
UNUSED |= {"moss_bulk_density", "peat_bulk_density", "peat_burial_rate"}  # of peat
UNUSED |= {"fresh_mineral_fraction", "mineral_formation_time", "mineral_weathering_time"}

# A soil whose minerals differ from the reference in all that is known of them.
MINERALS = {
    "oxides_percent": 0.6,
    "cation_exchange_capacity_cmol_kg": 20.0,
    "base_saturation_percent": 60.0,
    "exchangeable_sodium_percent": 8.0,
    "electrical_conductivity_ds_m": 3.0,
}


@pytest.fixture(scope="module")
def objective():
    """(function of parameters, forcing and carbon; where to evaluate it)."""
    given = columns.site("highfield").soil.horizon
    horizons = [horizon.model_copy(update=MINERALS) for horizon in given]
    site = columns.site("highfield", layers=LAYERS, horizon=horizons)
    with double_precision():
        setting = columns.setting_of(site, BATCH)
        graph, model = setting.model.graph, setting.model
        forcing = columns.forcing(site, "cereal-cropland", BATCH, 3, 0.1)
        rng = np.random.default_rng(8)
        carbon = np.full((len(graph.pools), graph.cells, BATCH), 0.2) * rng.uniform(0.5, 1.5, BATCH)
        carbon[graph.index["dom"]] *= 1e-3
        carbon[graph.index["microbial"]] *= 0.1
        physical = columns.bare(setting, 0.1).physical
        names, tracing = cases.tracing_of(graph, BATCH)
        weights = jnp.asarray(rng.uniform(0.5, 1.5, (1 + len(names), 1, graph.cells, BATCH)))

    def value(at):
        parameters, forcing, carbon = at
        share = jnp.asarray([1.0, *({"copy": 1.0, "radiocarbon": 0.5, "initial": 1.0}.get(n, 0.0) for n in names)])
        state = State(share[:, None, None, None] * carbon, physical)

        @jax.checkpoint
        def year(state, _):
            done = run_year(
                model,
                setting.solver,
                STEPPERS["mprk22"],
                state,
                setting.soil,
                forcing,
                parameters,
                setting.modes,
                tracing,
            )
            return done.state, jnp.sum(done.ledger.loss[0])

        state, respired = lax.scan(year, state, length=YEARS)
        return jnp.sum(weights * state.stocks) + 2.0 * jnp.sum(respired)

    with double_precision():
        # away from the kink where the best suction is that of field capacity
        parameters = {name: jnp.asarray(0.97 * np.asarray(v)) for name, v in setting.parameters.items()}
        at = (parameters, forcing, jnp.asarray(carbon))
        return jax.jit(value), jax.jit(jax.grad(value)), at


def slope(value, at, direction, h):
    """Directional derivative by central differences of fourth order."""

    def moved(s):
        return float(value(jax.tree.map(lambda a, d: a + s * d, at, direction)))

    return (8.0 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12.0 * h)


@pytest.mark.parametrize("part", ["parameters", "forcing", "carbon"])
def test_gradient_of_two_years_agrees_with_differences(objective, part):
    value, gradient, at = objective
    rng = np.random.default_rng(5)
    chosen = ["parameters", "forcing", "carbon"].index(part)
    with double_precision():
        slopes = gradient(at)
        direction = jax.tree.map(lambda a: jnp.asarray(np.asarray(a) * rng.uniform(-1.0, 1.0, np.shape(a))), at[chosen])
        whole = tuple(direction if k == chosen else jax.tree.map(jnp.zeros_like, a) for k, a in enumerate(at))
        products = jax.tree.map(lambda g, d: float(jnp.sum(g * d)), slopes[chosen], direction)
        for leaf in jax.tree.leaves(slopes[chosen]):
            assert np.isfinite(np.asarray(leaf)).all()
        # a short step: the curvature of the water balance jumps where a spell's demand meets what is free
        assert sum(jax.tree.leaves(products)) == pytest.approx(slope(value, at, whole, 4e-6), rel=1e-6)


def test_every_parameter_matters_and_has_its_gradient(objective):
    value, gradient, at = objective
    with double_precision():
        slopes = gradient(at)[0]
        largest = max(abs(float(slopes[name]) * float(at[0][name])) for name in slopes)
        for name, slope_ in slopes.items():
            if name in UNUSED:
                continue
            direction = {k: jnp.zeros(()) for k in at[0]} | {name: at[0][name]}
            whole = (direction, *(jax.tree.map(jnp.zeros_like, a) for a in at[1:]))
            found = float(slope_) * float(at[0][name])
            expected = slope(value, at, whole, 1e-4)
            assert found == pytest.approx(expected, rel=1e-6, abs=1e-10 * largest), name
            assert found != 0.0, name
