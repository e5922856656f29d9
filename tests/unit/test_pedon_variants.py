"""What the assemblies beside the whole model are for: carbon by origin, two groups of microbes."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pedon_columns as columns
import pytest
from jax import lax

from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year
from pedozone.models.pedon_sets import MICROBIAL_DOM, MICROBIAL_SURFACE, PLANT_DOM, PLANT_SURFACE
from pedozone.processes.microbes import COPIOTROPHS, OLIGOTROPHS

LAYERS, BATCH = 6, 3
PARTS = {"dom": (PLANT_DOM, MICROBIAL_DOM), "maom_exchangeable": (PLANT_SURFACE, MICROBIAL_SURFACE)}


@functools.cache
def years_of(model: str, length: int):
    """(setting, start, compiled years of grass from a state, forcing) of a small column."""
    site = columns.site("highfield", model, layers=LAYERS)
    with double_precision():
        setting = columns.setting_of(site, BATCH)
        forcing = columns.forcing(site, "temperate-grassland", BATCH, 2, 0.2)
        tracing = no_tracers(setting.model.graph, BATCH)

        @jax.jit
        def run(state, parameters):
            def year(state, _):
                done = run_year(
                    setting.model,
                    setting.solver,
                    STEPPERS["first_order"],
                    state,
                    setting.soil,
                    forcing,
                    parameters,
                    setting.modes,
                    tracing,
                )
                return done.state, jnp.sum(done.ledger.loss[0], axis=(0, 1)) + done.ledger.face[0, :, -1].sum(axis=0)

            return lax.scan(year, state, length=length)

        start = columns.bare(setting, 0.02)
    return setting, start, run


@pytest.fixture(scope="module")
def by_origin():
    """Stocks by pool after twenty years: core set, split by origin alike, split with another affinity."""
    core, start, run = years_of("pedon-core", 20)
    split, begin, run_split = years_of("pedon-origins", 20)
    graph = split.model.graph
    with double_precision():
        ended, _ = run(start, core.parameters)
        first = np.array(begin.stocks)
        for whole, parts in PARTS.items():
            for part, share in zip(parts, (0.7, 0.3), strict=True):
                first[0, graph.index[part]] = share * np.asarray(start.stocks)[0, core.model.graph.index[whole]]
        begin = State(jnp.asarray(first), start.physical)  # the same carbon, so the same water
        alike, _ = run_split(begin, split.parameters)
        other, _ = run_split(begin, {**split.parameters, "microbial_affinity_factor": jnp.asarray(5.0)})

    def by_pool(setting, state):
        return {pool.name: np.asarray(state.stocks)[0, p] for p, pool in enumerate(setting.model.graph.pools)}

    return by_pool(core, ended), by_pool(split, alike), by_pool(split, other)


def together(stocks, pool):
    return sum(stocks[part] for part in PARTS.get(pool, (pool,)))


def test_carbon_by_origin_with_one_affinity_is_the_core_set(by_origin):
    core, alike, _ = by_origin
    assert set(core) - set(PARTS) == set(alike) - {part for parts in PARTS.values() for part in parts}
    for pool, stock in core.items():
        np.testing.assert_allclose(together(alike, pool), stock, rtol=1e-9, atol=1e-12 * stock.max(), err_msg=pool)


def test_what_comes_from_microbes_is_held_by_its_own_affinity(by_origin):
    _, alike, other = by_origin
    rooted = slice(1, -1)  # at the base the start still shows
    held = [(s[MICROBIAL_SURFACE] / together(s, "maom_exchangeable"))[rooted] for s in (alike, other)]
    assert (held[1] > held[0]).all()


def test_the_share_of_frugal_microbes_rises_with_depth():
    setting, start, run = years_of("pedon-communities", 150)
    graph = setting.model.graph
    with double_precision():
        state, _ = run(start, setting.parameters)
    fast, frugal = (np.asarray(state.stocks)[0, graph.index[name], 1:] for name in (COPIOTROPHS, OLIGOTROPHS))
    share = frugal / (fast + frugal)
    assert (fast > 0.0).all() and (frugal > 0.0).all()
    # not at the base: with hardly any food both lie dormant there and live on the seed bank
    assert (np.diff(share[:-1], axis=0) > 0.0).all(), share
    assert (share[-2] > share[0] + 0.1).all(), share


def test_carbon_of_two_groups_is_conserved():
    setting, start, run = years_of("pedon-communities", 150)
    with double_precision():
        state, lost = run(start, setting.parameters)
        forcing = columns.forcing(columns.site("highfield", layers=LAYERS), "temperate-grassland", BATCH, 2, 0.2)
    given = 150.0 * sum(np.asarray(getattr(forcing, f"{name}_input")) for name in ("leaf", "root", "exudate", "wood"))
    held = [np.asarray(s.stocks)[0].sum(axis=(0, 1)) for s in (start, state)]
    np.testing.assert_allclose(
        held[1] - held[0], given - np.asarray(lost).sum(axis=0), rtol=0.0, atol=1e-11 * given.max()
    )
