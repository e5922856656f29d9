"""Zones of a recorded simulation: the years as a batch, one transposed solve per horizon for all of them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.engine.graph import Graph
from pedozone.engine.operator import Coefficients, Ledger, annual_operator
from pedozone.engine.steady import MeanYear
from pedozone.simulation.setting import TRACERS, Setting
from pedozone.simulation.years import Record
from pedozone.zones.boundary import Boundary, locate
from pedozone.zones.budget import cumulative_at, flux_at, split
from pedozone.zones.context import Years
from pedozone.zones.criteria import CRITERIA, HORIZONS, DomFate, Signal, dom_fate


@dataclass(frozen=True)
class Zoning:
    """Zones of every year.

    Parameters
    ----------
    membership : numpy.ndarray [horizons, cells, years]
        w of `dom_fate`.
    boundaries : dict of str to Boundary
        By criterion, and ``dom_fate <T>`` by horizon.
    tables : dict of str to numpy.ndarray [2, years]
        Quantities of the two zones (by `dom_fate` at its conventional horizon).
    crossing : numpy.ndarray [mechanisms, years]
        Net flux through the boundary, kg C m-2 yr-1.
    mechanisms : tuple of str
    rezoning : numpy.ndarray [years]
        Carbon that changed zone because the boundary moved, kg C m-2.
    """

    membership: np.ndarray
    boundaries: dict[str, Boundary]
    tables: dict[str, np.ndarray]
    crossing: np.ndarray
    mechanisms: tuple[str, ...]
    rezoning: np.ndarray


def mechanisms_of(setting: Setting) -> tuple[str, ...]:
    """Names of the ways in which carbon crosses faces: the transport classes, then incorporation."""
    return (*setting.model.graph.classes, "incorporation")


def face_fluxes(setting: Setting, record: Record, quantity: int = 0) -> np.ndarray:
    """Net downward flux through every face by mechanism, [years, mechanisms, cells + 1], kg m-2 yr-1."""
    graph = setting.model.graph
    local = record.ledger.face[:, quantity, :, :, 0]
    years, classes, cells = local.shape
    flux = np.zeros((years, classes + 1, cells + 1))
    flux[:, :classes, 1:] = local
    for m in range(len(graph.incorporations)):
        moved = record.ledger.moved[:, quantity, m, :, 0]
        share = record.inc_share[m][:, :, 0]
        # taken from the slots above a face, not yet delivered to the layers above it
        flux[:, classes, 1 : graph.organic + 1] += np.cumsum(moved, axis=1)
        left = 1.0 - np.cumsum(share, axis=1)
        left[:, -1] = 0.0
        flux[:, classes, graph.organic + 1 :] += moved.sum(axis=1, keepdims=True) * left
    return flux


def years_of(setting: Setting, record: Record, faces: np.ndarray) -> Years:
    """The recorded years side by side; `faces` [years, cells + 1] are depths at the end of each year."""
    graph = setting.model.graph

    def turn(a: Any) -> jax.Array:
        return jnp.asarray(np.moveaxis(a[..., 0], 0, -1))

    ledger = Ledger(*(turn(part) for part in record.ledger))
    shares = tuple(turn(s) for s in record.inc_share)
    inputs = tuple(turn(u) for u in record.inputs)
    mean = MeanYear(_operator(graph, ledger, shares), inputs, ledger.stock)
    return Years(
        graph=graph,
        solver=setting.solver,
        mean=mean,
        organic_flux=np.moveaxis(face_fluxes(setting, record).sum(axis=1), 0, -1),
        respiration=np.asarray(ledger.loss)[0].sum(axis=0),
        plant_input=np.stack([np.asarray(u) for u in inputs]),
        mineral_mass=np.asarray(setting.soil.mineral_mass)[:, 0],
        face=faces.T,
    )


@functools.partial(jax.jit, static_argnames="graph")
def _operator(graph: Graph, ledger: Ledger, shares: tuple[Any, ...]) -> Coefficients:
    return annual_operator(graph, ledger, shares)


def zone(setting: Setting, record: Record, faces: np.ndarray) -> Zoning:
    """Diagnose the zones of every recorded year.

    Parameters
    ----------
    faces : numpy.ndarray [years + 1, cells + 1]
        Depths of the faces at the start and at the end of each year, m.
    """
    years = years_of(setting, record, faces[1:])
    membership = np.stack([_or_nan(dom_fate(years, t), years) for t in HORIZONS])
    boundaries = {}
    for name, criterion in CRITERIA.items():
        boundaries[name] = locate(years, criterion.evaluate(years))
    conventional = DomFate().horizon
    mass = years.mass_at_face
    for k, horizon in enumerate(HORIZONS):
        if horizon == conventional:
            boundaries[f"dom_fate {horizon:g}"] = boundaries["dom_fate"]
            continue
        signal = Signal(0.5 * (mass[1:] + mass[:-1]), membership[k][years.graph.organic :] - 0.5, 0.25)
        boundaries[f"dom_fate {horizon:g}"] = locate(years, signal)
    at = boundaries["dom_fate"].mass
    parts = face_fluxes(setting, record)
    crossing = flux_at(years, at, np.moveaxis(parts, 0, -1))
    tables = _tables(setting, record, years, at, crossing.sum(axis=0), faces)
    # the year's fluxes are shared at the year's own boundary, so what was rezoned is what stood there before them
    start = np.moveaxis(record.stocks[:-1, 0, :, :, 0].sum(axis=1), 0, -1)
    before = np.concatenate([at[:1], at[:-1]])
    rezoning = cumulative_at(years, at, start) - cumulative_at(years, before, start)
    return Zoning(membership, boundaries, tables, crossing, mechanisms_of(setting), rezoning)


def _or_nan(w: np.ndarray | None, years: Years) -> np.ndarray:
    return np.full(years.respiration.shape, np.nan) if w is None else w


def _tables(
    setting: Setting,
    record: Record,
    years: Years,
    mass: np.ndarray,
    crossing: np.ndarray,
    faces: np.ndarray,
) -> dict[str, np.ndarray]:
    sharing = split(years, mass)

    def held(quantity: int) -> np.ndarray:
        return sharing.total(np.moveaxis(record.stocks[1:, quantity, :, :, 0].sum(axis=1), 0, -1))

    stock = held(0)
    safe = np.where(stock > 0.0, stock, np.nan)
    base = np.moveaxis(face_fluxes(setting, record), 0, -1)[:, -1].sum(axis=0)
    respired = sharing.total(years.respiration)
    none = np.zeros_like(base)
    lost = np.stack([respired[0] + np.maximum(crossing, 0.0), respired[1] + base + np.maximum(-crossing, 0.0)])
    thickness = sharing.total(np.diff(faces[1:].T, axis=0))
    by = {name: held(1 + k) for k, name in enumerate(TRACERS)}
    return {
        "zone_thickness": thickness,
        "zone_stock": stock,
        "zone_input": sharing.total(years.plant_input.sum(axis=0)),
        "zone_respiration": respired,
        "zone_leaching": np.stack([none, base]),
        "zone_turnover": stock / np.where(lost > 0.0, lost, np.nan),
        "zone_age": by["age"] / safe,
        "zone_delta14c": 1000.0 * (by["radiocarbon"] / safe - 1.0),
        "zone_leaf_share": by["leaf"] / safe,
        "zone_root_share": by["root"] / safe,
        "zone_exudate_share": by["exudate"] / safe,
    }
