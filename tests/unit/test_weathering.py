"""Weathering that goes on during a simulation: the law, what it asks of a site file, and runs with it."""

import sys
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pedon_columns as columns
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pedozone
from pedozone.config import parse_site
from pedozone.config.errors import InputError
from pedozone.engine.precision import double_precision
from pedozone.history.timelines import taken
from pedozone.parameters import load_parameters
from pedozone.processes.minerals import aged_capacity, weathered_capacity
from pedozone.simulate import set_up
from pedozone.simulation.ageing import aged
from pedozone.simulation.columns import soil_of
from pedozone.simulation.setting import some_columns

VALUES = load_parameters("pedon").values()
AGE = 3e5


def carried(capacity, age, later, **values):
    with double_precision():
        return np.asarray(aged_capacity(jnp.asarray(capacity), age, later, VALUES | values))


def site(modes=None, start=None, end_year=1992, **soil):
    given = columns.site("temperate-grassland", model="pedon", layers=10).model_dump(exclude_none=True)
    given["soil"] |= soil
    given["start"] |= {"year": 1990} | (start or {})
    given["run"]["end_year"] = end_year
    given["observation"] = []
    return parse_site(given | {"modes": modes or {}}, file="field.toml")


ON = {"weathering": "modelled"}


@given(st.floats(0.0, 1e7), st.floats(0.0, 1e7), st.floats(0.01, 0.2))
def test_it_is_the_law_of_the_start_carried_on(age, later, fresh):
    with double_precision():
        soil = soil_of(site(), VALUES)
        soil = soil._replace(capacity=np.where(soil.capacity > 0.0, fresh, 0.0))
        now, then = (np.asarray(weathered_capacity(soil, t, VALUES)) for t in (age, later))
    np.testing.assert_allclose(carried(now, age, later), then, rtol=1e-9)
    np.testing.assert_allclose(carried(carried(now, age, 5e4), 5e4, later), then, rtol=1e-9)
    np.testing.assert_allclose(carried(now, age, age), now, rtol=1e-12)


def test_bare_cells_and_soil_without_fresh_minerals_are_safe():
    def total(parameters, capacity):
        return jnp.sum(aged_capacity(capacity, 0.0, 1e4, parameters))

    with double_precision():
        for fresh in (0.0, 0.3):
            given = {name: jnp.asarray(v) for name, v in (VALUES | {"fresh_mineral_fraction": fresh}).items()}
            value, slopes = jax.value_and_grad(total, argnums=(0, 1))(given, jnp.asarray([[0.0], [0.05]]))
            assert jnp.isfinite(value)
            assert all(bool(jnp.all(jnp.isfinite(leaf))) for leaf in jax.tree.leaves(slopes))
    assert carried([[0.0]], 10.0, 1e4)[0, 0] == 0.0


def test_it_asks_for_the_age_of_the_soil():
    with pytest.raises(InputError, match="age_years"):
        site(ON)
    with pytest.raises(InputError, match=r"at least start\.pedogenesis_years = 12000"):
        site(ON, {"mode": "pedogenesis", "pedogenesis_years": 12_000}, age_years=500.0)
    with pytest.raises(InputError, match="'modelled' or 'off'"):
        site({"weathering": "prescribed"}, age_years=AGE)
    with double_precision():
        assert set_up(site(age_years=AGE)).ages is None
        assert set_up(site(ON, age_years=AGE)).ages == [AGE]
        grown = set_up(site(ON, {"mode": "pedogenesis", "pedogenesis_years": 12_000}))
        assert grown.ages == [12_000.0]


def test_every_column_ages_by_itself():
    with double_precision():
        one = set_up(site(ON, age_years=AGE))
        wide = replace(one, soil=taken(one.soil, [0, 0, 0]))  # as of an ensemble, whose members are one site
        assert some_columns(wide, range(3)).ages.tolist() == [AGE] * 3
        three = replace(wide, ages=np.array([1e3, AGE, 4e6]))
        soil = jax.tree.map(np.asarray, three.soil)
        later = aged(three, soil, 100.0)
        factors = (np.asarray(later.capacity) / np.where(soil.capacity > 0.0, soil.capacity, 1.0))[-1]
        assert factors[0] > 1.004 and 0.9999 < factors[1] < 1.0 and 0.9999 < factors[2] < 1.0
        alone = aged(some_columns(three, [1]), taken(soil, [1]), 100.0)
        np.testing.assert_array_equal(alone.capacity, later.capacity[:, [1]])
        assert aged(replace(three, ages=None), soil, 100.0) is soil


@pytest.fixture(scope="module")
def runs():
    start = {"mode": "pedogenesis", "pedogenesis_years": 200}
    found = [pedozone.simulate(site(ON, start)).dataset, pedozone.simulate(site({}, start)).dataset]
    return found


def test_minerals_form_with_the_profile_and_the_budget_closes(runs):
    young, fixed = runs
    for ds in runs:
        scale = ds["budget_initial"] + ds["budget_input"].sum("year")
        assert float((abs(ds["budget_residual"]).max("year") / scale).sel(tracer="carbon")) < 1e-12
    # 200 years of formation from bare material: at the start the capacities are the same, before it was lower
    mineral = ~young["is_organic"].values
    lower = carried([[0.086]], 200.0, 0.0)[0, 0]
    assert lower < 0.99 * 0.086
    bound = [ds["saturation"].isel(time=0).values[mineral] for ds in runs]
    # what minerals above do not hold is there for those below
    assert np.all(bound[0][:5] < bound[1][:5] * (1.0 - 1e-6))
    assert float(young["cSoilLevels"].isel(time=0).sum()) < float(fixed["cSoilLevels"].isel(time=0).sum())


def test_what_a_falling_capacity_cannot_hold_is_released(monkeypatch):
    """Minerals that are lost within decades, which none are, so that there is something to see."""
    module = sys.modules["pedozone.simulate"]
    made = module.set_up
    fast = {"mineral_weathering_time": jnp.asarray(15.0), "capacity_low_activity": jnp.asarray(0.0)}

    def quickly(given, solver):
        setting = made(given, solver)
        return replace(setting, parameters={**setting.parameters, **fast})

    monkeypatch.setattr(module, "set_up", quickly)
    start = {"mode": "pedogenesis", "pedogenesis_years": 200}
    falling, fixed = (pedozone.simulate(site(modes, start, age_years=AGE, end_year=2020)).dataset for modes in (ON, {}))
    mineral = [str(p.item()) for p in falling["pool"] if falling["pool_role"].sel(pool=p) == "mineral"]
    slow = [name for name in mineral if name != "maom_exchangeable"]
    held = [ds["carbon"].sel(pool=slow).sum(("pool", "layer")) for ds in (falling, fixed)]
    assert float(falling["saturation"].max()) > 1.0 > float(fixed["saturation"].max())
    assert float(held[0][-1]) < 0.95 * float(held[0][0])
    assert float(held[1][-1]) > float(held[1][0])
    assert float(falling["respiration"].sum()) > float(fixed["respiration"].sum())
    scale = falling["budget_initial"] + falling["budget_input"].sum("year")
    closure = abs(falling["budget_residual"]).max("year") / scale
    assert float(closure.sel(tracer=["carbon", "leaf", "root", "exudate"]).max()) < 1e-12
