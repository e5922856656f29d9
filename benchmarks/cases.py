"""The cases that are timed: a model on many columns, with what is kept of a year."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import ten_pools
from pedozone.config.loading import load_site
from pedozone.engine.assembly import Assembly
from pedozone.engine.blocktri.solver import Solver, Tracing
from pedozone.engine.operator import Ledger, annual_operator
from pedozone.engine.stepping import Stepper
from pedozone.engine.year import State, Year, run_year
from pedozone.models.pedon import CorePedon, Pedon
from pedozone.simulation.columns import forcing_of, soil_of
from pedozone.simulation.setting import DECAY, TRACERS

SITE = Path(__file__).resolve().parents[1] / "examples" / "temperate-grassland" / "site.toml"


class Columns(NamedTuple):
    """What differs from column to column; NumPy arrays with the batch last."""

    stocks: Any
    physical: Any
    site: Any
    forcing: Any
    signature: Any


class Totals(NamedTuple):
    """What is kept of a year of a landscape; years lead."""

    stock: Any  # [quantities, batch], kg m-2
    respired: Any  # [quantities, batch], kg m-2 yr-1
    leached: Any  # [quantities, batch], kg m-2 yr-1
    membership: Any  # [cells, batch], of the vegetation zone


@dataclass(frozen=True)
class Case:
    """A model with its tracers and speed bars.

    Parameters
    ----------
    title : str
    model : Assembly
    parameters : mapping of str to array
    tracers : tuple of str
    keep : bool
        Whether the ledger is kept and the zones' fluxes and membership are taken from it.
    columns : callable
        Gives `Columns` for a number of them.
    bars : dict of str to float
        Column-years per second that are asked for on two cores of the machine of reference, by method.
    """

    title: str
    model: Assembly
    parameters: Mapping[str, Any]
    tracers: tuple[str, ...]
    keep: bool
    columns: Callable[[int], Columns]
    bars: dict[str, float]

    @property
    def description(self) -> dict[str, Any]:
        """Size of the case, JSON-able."""
        graph = self.model.graph
        return {
            "title": self.title,
            "pools": len(graph.pools),
            "components": [len(c) for c in graph.components],
            "cells": graph.cells,
            "tracers": list(self.tracers),
            "ledger": self.keep,
        }


def signature_of(model: Assembly, tracers: tuple[str, ...], columns: int) -> np.ndarray:
    """What a unit of each input carries of each tracer [tracers, inputs, columns]."""
    inputs = model.graph.inputs
    rows = [[1.0 if t in ("radiocarbon", e.source) else 0.0 for e in inputs] for t in tracers]
    return np.repeat(np.reshape(rows, (len(tracers), len(inputs), 1)), columns, axis=2)


def start_of(model: Assembly, depth: np.ndarray, quantities: int, columns: int) -> np.ndarray:
    """Stocks that fall off with depth, the same share of every quantity [quantities, pools, cells, columns]."""
    amount = {"dissolved": 2e-4, "living": 0.01, "fresh": 0.02, "residue": 0.005}
    per_pool = np.array([amount.get(str(pool.role), 0.05) for pool in model.graph.pools])
    profile = per_pool[:, None] * np.exp(-depth / 0.5)
    whole = np.repeat(profile[:, :, None], columns, axis=2)
    return np.repeat(whole[None], quantities, axis=0)


def _ten(columns: int, model: Assembly, tracers: tuple[str, ...]) -> Columns:
    ground = jax.tree.map(lambda a: a if np.ndim(a) else np.full(columns, float(a)), ten_pools.ground(columns))
    depth = np.cumsum(ground.soil.mineral_mass[:, 0] / 1400.0)
    stocks = start_of(model, depth, 1 + len(tracers), columns)
    return Columns(stocks, (), ground, (), signature_of(model, tracers, columns))


def _core(columns: int, model: Pedon, parameters: Mapping[str, Any]) -> Columns:
    rng = np.random.default_rng(2)
    site = load_site(SITE)
    values = {name: float(value) for name, value in parameters.items()}
    soil = soil_of(site, values)
    soil = jax.tree.map(lambda a: np.repeat(a, columns, axis=-1), soil)
    sand = soil.sand * rng.uniform(0.5, 1.5, columns)
    soil = soil._replace(sand=sand, silt=np.where(soil.clay > 0.0, 1.0 - soil.clay - sand, 0.0))
    _, cover = next(iter(site.land_cover_segments()))
    forcing = forcing_of(site, cover)
    forcing = jax.tree.map(lambda a: np.repeat(a, columns, axis=-1), forcing)
    forcing = forcing._replace(
        temperature=forcing.temperature + rng.normal(0.0, 1.0, columns),
        precipitation=forcing.precipitation * rng.uniform(0.8, 1.2, columns),
        root_input=forcing.root_input * rng.uniform(0.7, 1.3, columns),
    )
    depth = np.cumsum(soil.mineral_mass[:, 0] / 1400.0)
    stocks = start_of(model, depth, 1 + len(TRACERS), columns)
    water = jax.tree.map(np.asarray, jax.jit(model.initial_physical)(stocks[0], soil, parameters))
    return Columns(stocks, water, soil, forcing, signature_of(model, TRACERS, columns))


@functools.cache
def cases() -> dict[str, Case]:
    """All cases by name (inside `double_precision`)."""
    values, all_values = ten_pools.parameters(), ten_pools.parameters("pedon")
    ten, core, whole = ten_pools.TenPools(), CorePedon(31, 1), Pedon(31, 1)
    tags = ("radiocarbon", "leaf", "root", "exudate")
    return {
        "ten pools": Case(
            "Ten pools, carbon alone",
            ten,
            values,
            (),
            False,
            lambda n: _ten(n, ten, ()),
            {"first_order": 60e3, "mprk22": 30e3},
        ),
        "ten pools, traced": Case(
            "Ten pools with ledger, zones, 14C and three source tags",
            ten,
            values,
            tags,
            True,
            lambda n: _ten(n, ten, tags),
            {"first_order": 30e3, "mprk22": 18e3},
        ),
        "core set": Case(
            "Core set as `pedozone run` ships it",
            core,
            values,
            TRACERS,
            True,
            lambda n: _core(n, core, values),
            {"first_order": 20e3, "mprk22": 12e3},
        ),
        "whole model": Case(
            "Whole zones model as `pedozone run` ships it",
            whole,
            all_values,
            TRACERS,
            True,
            lambda n: _core(n, whole, all_values),
            {"first_order": 20e3 / 1.5, "mprk22": 12e3 / 1.5},
        ),
    }


def totals(case: Case, solver: Solver, year: Year) -> Totals:
    """What is kept of a year."""
    graph, stocks = case.model.graph, year.state.stocks
    held = stocks.sum(axis=(1, 2))
    if year.ledger is None:
        nothing = jnp.zeros_like(held)
        return Totals(held, nothing, nothing, jnp.zeros(stocks.shape[2:]))
    ledger: Ledger = year.ledger
    operator = annual_operator(graph, ledger, year.season.inc_share)
    losses = jnp.zeros((1, *stocks.shape[1:]))
    for k in range(len(graph.losses)):
        t = len(graph.transfers) + k
        losses = losses.at[0, graph.donors[t]].add(operator.rate[t])
    within = solver.solve(graph.per_pool, operator, losses, identity=0.1, transpose=True)
    return Totals(held, ledger.loss.sum(axis=(1, 2)), ledger.face[:, :, -1].sum(axis=1), within[0, graph.index["dom"]])


def advance(case: Case, solver: Solver, stepper: Stepper, years: int) -> Callable[[Columns], tuple[Columns, Totals]]:
    """A compiled function that takes columns through some years."""
    ageing = np.array([1.0 if name == "age" else 0.0 for name in case.tracers])
    decay = np.array([DECAY if name == "radiocarbon" else 0.0 for name in case.tracers])
    model, modes = case.model, case.model.modelled()

    @jax.jit
    def run(columns: Columns, parameters: Any, modes: Any) -> tuple[Columns, Totals]:
        tracing = Tracing(columns.signature, jnp.asarray(ageing), jnp.asarray(decay))

        def year(state: State, _: None) -> tuple[State, Totals]:
            done = run_year(
                model,
                solver,
                stepper,
                state,
                columns.site,
                columns.forcing,
                parameters,
                modes,
                tracing,
                record=case.keep,
            )
            return done.state, totals(case, solver, done)

        end, kept = jax.lax.scan(year, State(columns.stocks, columns.physical), None, length=years)
        return columns._replace(stocks=end.stocks, physical=end.physical), kept

    return lambda columns: run(columns, case.parameters, modes)
