"""The pedon's carbon and tracers close over a thousand years of land use, whichever processes take part."""

import engine_cases as cases
import jax
import jax.numpy as jnp
import numpy as np
import pedon_columns as columns
import pytest
from jax import lax

from pedozone.engine.assembly import Mode
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import STEPPERS
from pedozone.engine.year import State, run_year

BATCH, BLOCK = 3, 250
LAYERS = 6


@pytest.fixture(scope="module")
def site():
    return columns.site(model="pedon", layers=LAYERS)


@pytest.fixture(scope="module")
def setting(site):
    with double_precision():
        return columns.setting_of(site, BATCH)


@pytest.fixture(scope="module")
def block(setting):
    """Compiled: 250 years under one forcing."""
    graph = setting.model.graph

    @jax.jit
    def run(state, forcing, modes, tracing):
        def year(state, _):
            now = run_year(
                setting.model,
                setting.solver,
                STEPPERS["mprk22"],
                state,
                setting.soil,
                forcing,
                setting.parameters,
                modes,
                tracing,
            )
            entry = cases.entry_of(
                graph,
                now.season.inc_share,
                state.stocks,
                now.state.stocks,
                now.ledger,
                jnp.min(now.state.stocks),
            )
            return now.state, entry

        return lax.scan(year, state, length=BLOCK)

    return run


def without(inputs):
    """The same year without plant inputs."""
    gone = {name: 0.0 * getattr(inputs, name) for name in ("leaf_input", "root_input", "exudate_input", "wood_input")}
    return inputs._replace(**gone)


@pytest.mark.parametrize(
    "off", [(), ("aggregation", "mixing"), ("sorption", "litter_incorporation", "substrate_uptake")], ids=str
)
def test_a_thousand_years_of_land_use_close(off, site, setting, block):
    graph = setting.model.graph
    with double_precision():
        names, tracing = cases.tracing_of(graph, BATCH)
        modes = dict(setting.modes)
        for name in off:
            modes[name] = Mode(jnp.zeros(()), modes[name].prescribed)
        start = columns.bare(setting, 0.05)
        state = State(cases.initial(np.asarray(start.stocks)[0], names), start.physical)
        first = np.asarray(state.stocks)
        grass, crop = (
            columns.forcing(site, cover, BATCH, seed, 0.2)
            for seed, cover in enumerate(("temperate-grassland", "cereal-cropland"))
        )
        parts = []
        for forcing in (grass, crop, without(crop), without(grass)):
            state, account = block(state, forcing, modes, tracing)
            parts.append(jax.tree.map(np.asarray, account))
    account = jax.tree.map(lambda *a: np.concatenate(a), *parts)
    last = np.asarray(state.stocks)
    assert account.held.shape[0] == 1000
    assert np.isfinite(last).all()
    assert account.least.min() >= 0.0
    assert cases.closure(first, account).max() <= 1e-12
    assert account.cell.max() <= 1e-12
    np.testing.assert_array_equal(last[1 + names.index("copy")], last[0])
    tags = sum(last[1 + names.index(name)] for name in ("initial", *graph.sources))
    np.testing.assert_allclose(tags, last[0], rtol=1e-10, atol=1e-200)
    if not off:
        assert account.held[499][0].min() > 2.0 * account.held[999][0].max()
