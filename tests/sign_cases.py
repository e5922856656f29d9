"""What a change does to stock and boundary, on several soils: the changes whose sign is expected, and what they give.

All start from grassland at its steady state in the temperate climate, but for the tillage that is stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from column_batch import Batch, Column
from target_sites import site

from pedozone.engine.blocktri.solver import Tracing
from pedozone.engine.year import State
from pedozone.simulation.years import one_year

SOILS = ("luvisol", "arenosol", "cambisol")
START = 1800
CENTURY = 100
YEARS = 300
MARKS = (1, 5, 10, 20, 30, 50, 100, 150, 200, 250, 300)
"""Years after a change in which the boundary is looked for."""

RAIN = (60.0, 120.0, 200.0, 300.0, 450.0)
"""Rain added in winter (mm yr-1), among which that is found which doubles the drainage."""

WINTER = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1]) / 5.0

PULSE, PULSE_DEPTH, PULSE_THICKNESS = 1.0, 0.6, 0.2
"""Dissolved carbon given at once (g per kg of mineral soil; Fontaine et al. 2007 gave as much), and where (m)."""


def _grass(preset: str, after: dict[str, Any] | None = None, **more: Any) -> Column:
    history = [{"from_year": START, **after}] if after else []
    return Column(site("temperate-grassland", preset, start=START, end=START + YEARS, history=history), **more)


def _scaled_capacity(factor: float) -> Any:
    return lambda soil: soil._replace(capacity=soil.capacity * factor)


def _shifted_ph(shift: float) -> Any:
    return lambda soil: soil._replace(ph=soil.ph + shift)


def _rain(amount: float) -> Any:
    def change(forcing: Any) -> Any:
        return forcing._replace(precipitation=forcing.precipitation + 1e-3 * amount * WINTER[:, None])

    return change


def columns_of(soil: str) -> dict[str, Column]:
    """All changes on a soil, by name."""
    start = {"cover": "temperate-grassland"}
    trees = {"cover": "deep-rooted-woodland"}
    warm = site("temperate-grassland", soil, start=START, end=START + YEARS)
    raw = warm.model_dump(exclude_none=True)
    raw["change"] = [{"what": "warming", "by": 4.0, "from_year": START, "to_year": START + 1}]
    untilled = [{"from_year": START, "cover": "cereal-cropland", "tillage_depth_cm": 0}]
    oxides = 0.5 * parameter("oxide_stable_capacity")
    return {
        "grass": _grass(soil),
        "fallow": _grass(soil, {"cover": "bare-fallow"}),
        "crop": _grass(soil, {"cover": "cereal-cropland"}),
        "trees": _grass(soil, trees),
        "trees, acid": _grass(soil, trees | {"ph_shift": -1.5}),
        "exchangeable x0.5": _grass(
            soil,
            parameters={"exchangeable_capacity_intercept": parameter("exchangeable_capacity_intercept") - np.log10(2)},
        ),
        "pH +1.5": _grass(soil, soil=_shifted_ph(1.5)),
        "stable x0.5": _grass(soil, soil=_scaled_capacity(0.5), parameters={"oxide_stable_capacity": oxides}),
        "warming": Column(type(warm)(**raw)),
        "no exudates": _grass(soil, start | {"inputs_kg_c_m2_yr": {"exudate": 0.0}}),
        "no leaf litter": _grass(soil, start | {"inputs_kg_c_m2_yr": {"leaf": 0.0}}),
        "tilled": Column(site("cereal-cropland", soil, start=START, end=START + YEARS)),
        "tillage stopped": Column(site("cereal-cropland", soil, start=START, end=START + YEARS, history=untilled)),
        **{f"rain +{amount:g}": _grass(soil, forcing=_rain(amount)) for amount in RAIN},
    }


def parameter(name: str) -> float:
    """A value of the set that is tested."""
    from pedozone.config.references import parameters_of

    return float(parameters_of(site("temperate-grassland")).values()[name])


def run(soils: Sequence[str] = SOILS) -> dict[str, dict[str, Any]]:
    """What every change gives: by soil, then by change (m, kg m-2)."""
    named = [(soil, name, column) for soil in soils for name, column in columns_of(soil).items()]
    batch = Batch([column for _, _, column in named])
    state, spun = batch.spin()
    start = batch.profiles(state)
    kept_at: dict[int, tuple[np.ndarray, list[str]]] = {}
    stocks: dict[int, np.ndarray] = {}
    first: dict[str, np.ndarray] = {}
    held: dict[int, Any] = {0: start}

    def seen(year: int, state: Any, kept: Any) -> None:
        if year not in MARKS:
            return
        depth, status = batch.boundary(state, kept)
        kept_at[year] = (depth, [str(s.value) for s in status])
        held[year] = batch.profiles(state)
        stocks[year] = held[year].on_mass(start.mass_to(1.0))
        if year == 1:
            first["dissolved"] = 1000.0 * batch.dissolved_at(state, kept, 1.0)
            water = np.asarray(kept.weather.face_flux).mean(axis=0)
            face = held[1].face
            first["drainage"] = np.array([np.interp(1.0, face[:, k], water[:, k]) for k in range(batch.width)])

    batch.run(state, YEARS, seen)
    found: dict[str, dict[str, Any]] = {soil: {} for soil in soils}
    for k, (soil, name, _) in enumerate(named):
        entry: dict[str, Any] = {
            "spinup": spun.status[k].value,
            "boundary": {year: float(kept_at[year][0][k]) for year in MARKS},
            "status": {year: kept_at[year][1][k] for year in MARKS},
            "stock": {0: float(start.on_mass(start.mass_to(1.0))[k])} | {y: float(stocks[y][k]) for y in MARKS},
            "dissolved": float(first["dissolved"][k]),
            "drainage": float(first["drainage"][k]),
        }
        for year in (0, 5, 10, 50, CENTURY):
            p = held[year]
            entry.setdefault("bound 0-60", {})[year] = float(p.between(p.bound, 0.0, 0.6)[k])
            entry.setdefault("density", {})[year] = [
                float(p.between(p.carbon, a, b)[k] / (b - a)) for a, b in ((0.0, 0.05), (0.05, 0.23))
            ]
            entry.setdefault("stock 0-60", {})[year] = float(p.on_mass(start.mass_to(0.6))[k])
            above = start.between(start.mass, 0.0, 1.0)  # of every column, the mass above its own boundary
            above[k] = np.interp(
                kept_at[1][0][k], start.face[start.organic :, k], np.r_[0.0, np.cumsum(start.mass[start.organic :, k])]
            )
            entry.setdefault("above", {})[year] = float(p.on_mass(above)[k])
            entry.setdefault("all", {})[year] = float(p.carbon[p.organic :, k].sum())
        found[soil][name] = entry
    for soil in soils:
        found[soil]["drainage x2"] = _doubled(found[soil])
    for soil, lost in pulse(soils).items():
        found[soil]["pulse"] = lost
    return found


def _doubled(of: dict[str, Any]) -> dict[str, float]:
    """The column between those with more rain whose drainage at 1 m is twice that of the grass."""
    names = ["grass", *(f"rain +{amount:g}" for amount in RAIN)]
    ratio = [of[name]["drainage"] / of["grass"]["drainage"] for name in names]
    return {
        "most": max(ratio),
        "dissolved": float(np.interp(2.0, ratio, [of[name]["dissolved"] for name in names])),
        "boundary": float(np.interp(2.0, ratio, [of[name]["boundary"][1] for name in names])),
    }


def pulse(soils: Sequence[str]) -> dict[str, dict[str, float]]:
    """Old carbon around 60 cm with and without a pulse of dissolved carbon there, 1, 5 and 20 years after.

    Old is what was there before the pulse: a tracer that nothing enters.
    """
    batch = Batch([_grass(soil) for soil in soils for _ in range(2)])
    state, _ = batch.spin()
    graph = batch.setting.model.graph
    p = batch.profiles(state)
    stocks = np.array(state.stocks)
    old = stocks[:1].copy()
    centre = 0.5 * (p.face[1:] + p.face[:-1])
    near = np.abs(centre - PULSE_DEPTH) < 0.5 * PULSE_THICKNESS
    given = 1e-3 * PULSE * p.mass * near
    given[:, 1::2] = 0.0
    stocks[0, graph.index["dom"]] += given
    state = State(jnp.asarray(np.concatenate([stocks, old])), state.physical)
    none = Tracing(jnp.zeros((1, len(graph.inputs), batch.width)), jnp.zeros(1), jnp.zeros(1))
    forcing, _ = batch.forcing(0)
    found: dict[str, dict[str, float]] = {soil: {} for soil in soils}
    for year in range(1, 21):
        setting = batch.setting
        state, _ = one_year(setting.model, setting.solver, batch.stepper, state, forcing, none, *setting.values)
        if year not in (1, 5, 20):
            continue
        left = np.asarray(state.stocks[1]).sum(axis=0)
        before = old[0].sum(axis=0)
        slow = graph.tagged("slow")
        held, remained = old[0, slow].sum(axis=0), np.asarray(state.stocks[1])[slow].sum(axis=0)
        for k, soil in enumerate(soils):
            a, b = 2 * k, 2 * k + 1
            lost, usual = ((before - left)[near[:, c], c].sum() for c in (a, b))
            found[soil][f"lost {year}"] = float(lost / before[near[:, a], a].sum())
            found[soil][f"usual {year}"] = float(usual / before[near[:, b], b].sum())
            # on the slow surfaces, where it is not the turnover of microbes and of what they feed on
            for name, c in (("slow", a), ("slow usual", b)):
                kept = remained[near[:, c], c].sum() / held[near[:, c], c].sum()
                found[soil][f"{name} {year}"] = float(1.0 - kept)
            # on the exchangeable surface, from which what is given displaces what was there
            loose = graph.index["maom_exchangeable"]
            gone = old[0, loose] - np.asarray(state.stocks[1])[loose]
            displaced = gone[near[:, a], a].sum() - gone[near[:, b], b].sum()
            more = (before - left)[near[:, a], a].sum() - (before - left)[near[:, b], b].sum()
            found[soil][f"displaced {year}"] = float(displaced / more)
            # over the whole column: what leaves the layers by transport alone does not count
            whole, otherwise = ((before - left)[:, c].sum() for c in (a, b))
            found[soil][f"column {year}"] = float((whole - otherwise) / given[:, a].sum())
    return found
