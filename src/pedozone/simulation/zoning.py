"""Zones of a recorded simulation: the years as a batch, one transposed solve per horizon for all of them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.column.geometry import PEAT_FROM
from pedozone.engine.graph import Graph
from pedozone.engine.operator import Coefficients, Ledger, annual_operator
from pedozone.engine.precision import double_precision
from pedozone.engine.steady import MeanYear
from pedozone.simulation.setting import TRACERS, Setting
from pedozone.simulation.yearly_soil import slow_capacity
from pedozone.simulation.years import Record
from pedozone.zones.boundary import Boundary, locate
from pedozone.zones.budget import EVENTS, Events, Flows, ZoneBudget, boundary_movement, split, zone_budget
from pedozone.zones.connectivity import connectivity, crossing_by_depth, crossing_by_source, crossing_probability
from pedozone.zones.context import Sensitivities, Years
from pedozone.zones.criteria import CRITERIA, HORIZONS, DomFate, Signal, dom_fate

SOURCES = ("leaf", "root", "exudate")
"""Source tags by which connectivity is told apart."""


@dataclass(frozen=True)
class Zoning:
    """Zones of every year, by `dom_fate` at its conventional horizon unless said.

    Parameters
    ----------
    membership : numpy.ndarray [horizons, cells, years]
        w of `dom_fate`.
    boundaries : dict of str to Boundary
        By criterion, and ``dom_fate <T>`` by horizon.
    tables : dict of str to numpy.ndarray [2, years]
        Quantities of the two zones.
    budget : ZoneBudget
        Of both zones for every quantity, with the transfer by mechanism.
    mechanisms : tuple of str
        Of the transfer and of `face_flux`.
    face_flux : numpy.ndarray [years, mechanisms, cells + 1]
        Net downward carbon flux through every face, kg C m-2 yr-1.
    connectivity : numpy.ndarray [mechanisms, sources, years]
        Transfer across the boundary over the plant input of the column.
    crossing_by_depth : numpy.ndarray [cells, years]
        Crossing probability of carbon by cell, NaN below the boundary.
    crossing_by_source : numpy.ndarray [sources, years]
        Of plant input to the vegetation zone.
    rezoned_depth, swelling : numpy.ndarray [years]
        Change of the boundary's depth by re-zoning and by swelling of the soil, m.
    """

    membership: np.ndarray
    boundaries: dict[str, Boundary]
    tables: dict[str, np.ndarray]
    budget: ZoneBudget
    mechanisms: tuple[str, ...]
    face_flux: np.ndarray
    connectivity: np.ndarray
    crossing_by_depth: np.ndarray
    crossing_by_source: np.ndarray
    rezoned_depth: np.ndarray
    swelling: np.ndarray


def mechanisms_of(setting: Setting) -> tuple[str, ...]:
    """Names of the ways in which carbon crosses faces: the transport classes, then the kinds of incorporation."""
    graph = setting.model.graph
    return (*graph.classes, *dict.fromkeys(f.mechanism for f in graph.incorporations))


def face_fluxes(setting: Setting, record: Record, quantity: int = 0) -> np.ndarray:
    """Net downward flux through every face by mechanism, [years, mechanisms, cells + 1], kg m-2 yr-1."""
    graph, mechanisms = setting.model.graph, mechanisms_of(setting)
    local = record.ledger.face[:, quantity, :, :, 0]
    years, classes, cells = local.shape
    flux = np.zeros((years, len(mechanisms), cells + 1))
    flux[:, :classes, 1:] = local
    for m, entry in enumerate(graph.incorporations):
        way = mechanisms.index(entry.mechanism)
        moved = record.ledger.moved[:, quantity, m, :, 0]
        share = record.inc_share[m][:, :, 0]
        # taken from the slots above a face, not yet delivered to the layers above it
        flux[:, way, 1 : graph.organic + 1] += np.cumsum(moved, axis=1)
        left = 1.0 - np.cumsum(share, axis=1)
        left[:, -1] = 0.0
        flux[:, way, graph.organic + 1 :] += moved.sum(axis=1, keepdims=True) * left
    return flux


def events_by_cell(
    years: Years,
    external: np.ndarray,
    redistributed: np.ndarray,
    mineral_mass: np.ndarray | None = None,
    slots: np.ndarray | None = None,
) -> Events:
    """Account of the events of every year, in the form that the zones' budget takes.

    Parameters
    ----------
    external, redistributed : numpy.ndarray [years, quantities, cells]
        Gained from outside less lost to it, and carried between cells (adding up to zero over them), kg m-2.
    mineral_mass : numpy.ndarray [years], optional
        Added at the surface (negative: removed), kg m-2.
    slots : numpy.ndarray [years, organic + 1], optional
        For peat: new number, counted from the surface, of every face between organic slots after they split or merge.
    """
    at = years.position_at_face
    moved = None
    if mineral_mass is not None or slots is not None:
        moved = np.repeat(at[:, None], external.shape[0], axis=1)
        if mineral_mass is not None:
            moved[years.graph.organic - years.first :] += mineral_mass
        if slots is not None and years.peat:
            moved[: years.graph.organic + 1] = slots.T - years.graph.organic
    return Events(np.moveaxis(external, 0, -1), np.moveaxis(redistributed, 0, -1), moved)


def flows_of(setting: Setting, record: Record, events: Events | None = None) -> Flows:
    """What the cells of a recorded column held, gained and lost, for carbon and every tracer."""
    held = np.moveaxis(record.stocks[..., 0].sum(axis=2), 0, -1)  # [quantities, cells, years + 1]
    ledger = record.ledger

    def turn(a: Any) -> np.ndarray:
        return np.moveaxis(np.asarray(a)[..., 0], 0, -1)

    faces = [face_fluxes(setting, record, quantity) for quantity in range(held.shape[0])]
    return Flows(
        before=held[..., :-1],
        after=held[..., 1:],
        input=turn(ledger.input),
        respired=fate_of(setting, turn(ledger.loss), "respired"),
        source=turn(ledger.source),
        face=np.stack([np.moveaxis(f, 0, -1) for f in faces], axis=1),
        events=events,
        drained=fate_of(setting, turn(ledger.loss), "drained"),
    )


def fate_of(setting: Setting, loss: np.ndarray, fate: str) -> np.ndarray:
    """Loss with one fate out of those of all fates [quantities, fates, ...]; zero where the model has not got it."""
    fates = setting.model.graph.fates
    return loss[:, fates.index(fate)] if fate in fates else np.zeros_like(loss[:, 0])


@double_precision()
def years_of(setting: Setting, record: Record, faces: np.ndarray, sensitivities: Sensitivities | None = None) -> Years:
    """The recorded years side by side; `faces` [years, cells + 1] are depths at the end of each year."""
    graph = setting.model.graph
    held = np.moveaxis(record.stocks[1:, :, :, :, 0].sum(axis=2), 0, -1)  # [quantities, cells, years]

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
        respiration=fate_of(setting, np.asarray(ledger.loss), "respired")[0],
        plant_input=np.stack([np.asarray(u) for u in inputs]),
        mineral_mass=np.asarray(setting.soil.mineral_mass)[:, 0],
        face=faces.T,
        carbon=held[0],
        radiocarbon=held[1 + TRACERS.index("radiocarbon")],
        sensitivities=sensitivities,
        peat=graph.organic >= PEAT_FROM,
    )


@functools.partial(jax.jit, static_argnames="graph")
def _operator(graph: Graph, ledger: Ledger, shares: tuple[Any, ...]) -> Coefficients:
    return annual_operator(graph, ledger, shares)


@double_precision()
def zone(
    setting: Setting,
    record: Record,
    faces: np.ndarray,
    *,
    sensitivities: Sensitivities | None = None,
    external: np.ndarray | None = None,
    redistributed: np.ndarray | None = None,
    mineral_mass: np.ndarray | None = None,
    slots: np.ndarray | None = None,
) -> Zoning:
    """Diagnose the zones of every recorded year.

    Parameters
    ----------
    faces : numpy.ndarray [years + 1, cells + 1]
        Depths of the faces at the start and at the end of each year, m.
    sensitivities : Sensitivities, optional
        For the criterion `control`, which is ``not_defined`` without them.
    external, redistributed : numpy.ndarray [years, quantities, cells], optional
        What events did to the column, see :func:`events_by_cell`.
    mineral_mass : numpy.ndarray [years], optional
        Added at the surface by events, kg m-2.
    slots : numpy.ndarray [years, organic + 1], optional
        How slots of peat split or merged.
    """
    years = years_of(setting, record, faces[1:], sensitivities)
    membership = np.stack([_or_nan(dom_fate(years, t), years) for t in HORIZONS])
    boundaries = {}
    for name, criterion in CRITERIA.items():
        boundaries[name] = locate(years, criterion.evaluate(years))
    conventional = DomFate().horizon
    for k, horizon in enumerate(HORIZONS):
        if horizon == conventional:
            boundaries[f"dom_fate {horizon:g}"] = boundaries["dom_fate"]
            continue
        signal = Signal(years.position_at_centre, years.profile(membership[k]) - 0.5, 0.25)
        boundaries[f"dom_fate {horizon:g}"] = locate(years, signal)
    at = boundaries["dom_fate"].mass
    events, mechanisms = None, mechanisms_of(setting)
    flux = face_fluxes(setting, record)
    if external is not None or redistributed is not None:
        nothing = np.zeros_like(record.ledger.input[..., 0])
        given = nothing if redistributed is None else redistributed
        events = events_by_cell(years, nothing if external is None else external, given, mineral_mass, slots)
        carried = np.zeros_like(flux[:, :1])
        carried[:, 0, 1:] = -np.cumsum(given[:, 0], axis=-1)
        flux, mechanisms = np.concatenate([flux, carried], axis=1), (*mechanisms, EVENTS)
    flows = flows_of(setting, record, events)
    budget = zone_budget(years, at, flows)
    by_source = budget.crossing[:, [1 + TRACERS.index(s) for s in SOURCES]]
    h = crossing_probability(years, at)
    moved, swollen = boundary_movement(years, at, faces[:-1].T, budget.start)
    return Zoning(
        membership=membership,
        boundaries=boundaries,
        tables=_tables(setting, years, at, budget, flows, slow_capacity(setting, record, faces)[1:].T),
        budget=budget,
        mechanisms=mechanisms,
        face_flux=flux,
        connectivity=connectivity(by_source, years.plant_input.sum(axis=(0, 1))),
        crossing_by_depth=crossing_by_depth(years, at, h),
        crossing_by_source=crossing_by_source(years, at, SOURCES, h),
        rezoned_depth=moved,
        swelling=swollen,
    )


def _or_nan(w: np.ndarray | None, years: Years) -> np.ndarray:
    return np.full(years.respiration.shape, np.nan) if w is None else w


LEAST_STOCK = 1e-6
"""Stock (kg m-2) of a zone that has shares, an age and a turnover time."""


def _tables(
    setting: Setting, years: Years, mass: np.ndarray, budget: ZoneBudget, flows: Flows, surface: np.ndarray
) -> dict[str, np.ndarray]:
    """Quantities of the zones: stocks at the end of the year, fluxes by the boundary with which it began.

    Parameters
    ----------
    surface : numpy.ndarray [cells, years]
        Capacity of the slow surfaces.
    """
    sharing, graph = split(years, mass), setting.model.graph

    def held(quantity: int) -> np.ndarray:
        return sharing.total(flows.after[quantity])

    def gained(term: str) -> np.ndarray:
        return budget.terms[term][:, 0]

    stock = held(0)
    safe = np.where(stock > LEAST_STOCK, stock, np.nan)
    lost = -gained("respired") - gained("leached") + np.maximum(-gained("transfer"), 0.0)
    bound = sharing.total(np.asarray(years.mean.stock)[graph.tagged("slow")].sum(axis=0))
    capacity = sharing.total(surface)
    by = {name: held(1 + k) for k, name in enumerate(TRACERS)}
    return {
        "zone_thickness": sharing.total(np.diff(years.face, axis=0)),
        "zone_stock": stock,
        "zone_input": gained("input"),
        "zone_respiration": -gained("respired"),
        "zone_leaching": -gained("leached"),
        "zone_turnover": safe / np.where(lost > 0.0, lost, np.nan),
        "zone_age": by["age"] / safe,
        "zone_delta14c": 1000.0 * (by["radiocarbon"] / safe - 1.0),
        "zone_saturation": bound / np.where(capacity > 0.0, capacity, np.nan),
        "zone_leaf_share": by["leaf"] / safe,
        "zone_root_share": by["root"] / safe,
        "zone_exudate_share": by["exudate"] / safe,
    }
