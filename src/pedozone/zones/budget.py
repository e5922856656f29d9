"""The budget of the two zones as their boundary moves, in mineral mass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pedozone.zones.boundary import depth_of, share_above
from pedozone.zones.context import Years

ZONES = ("vegetation", "mineral")

EVENTS = "events"
"""Mechanism under which carbon is booked that events carry through the boundary (ploughing, mixing)."""

TERMS = ("input", "respired", "leached", "transfer", "events", "decay", "rezoning", "change", "residual")
"""Terms of a zone's budget, each signed as a gain of the zone; the residual is change minus the others."""


@dataclass(frozen=True)
class Split:
    """Weights that share cells and faces between the zones of every year.

    Parameters
    ----------
    weight : numpy.ndarray [2, cells, years]
        Share of each cell in the vegetation and in the mineral zone.
    """

    weight: np.ndarray

    def total(self, quantity: np.ndarray) -> np.ndarray:
        """Sum of a quantity [..., cells, years] over each zone: [2, ..., years]."""
        return np.stack([np.sum(quantity * w, axis=-2) for w in self.weight])


def split(years: Years, mass: np.ndarray) -> Split:
    """Share the cells at the boundary of every year (`mass`: mineral mass above it, kg m-2)."""
    above = share_above(years, mass)
    return Split(np.stack([above, 1.0 - above]))


def place_of(years: Years, mass: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cell of the profile (from `Years.first`) that holds the boundary, and the part phi of it that lies above.

    A boundary on a face lies at the top of the cell below, at the base of the column in the last cell. Where there is
    no boundary phi is NaN.
    """
    at = years.position_at_face
    known = np.where(np.isfinite(mass), mass, at[0])
    cell = np.clip(np.searchsorted(at, known, side="right") - 1, 0, at.size - 2)
    return cell, (mass - at[cell]) / (at[cell + 1] - at[cell])


def flux_at(years: Years, mass: np.ndarray, flux: np.ndarray) -> np.ndarray:
    """Flux through the boundary: linear in mineral mass between the faces of the layer that holds it.

    Parameters
    ----------
    mass : numpy.ndarray [years]
    flux : numpy.ndarray [..., cells + 1, years]
        Through the faces.

    Returns
    -------
    numpy.ndarray [..., years]
    """
    inner = flux[..., years.first :, :]
    cell, phi = place_of(years, mass)
    column = np.arange(mass.size)
    return (1.0 - phi) * inner[..., cell, column] + phi * inner[..., cell + 1, column]


def cumulative_at(years: Years, mass: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Carbon (or a tracer) above a mineral mass, organic slots included: [..., years] from [..., cells, years]."""
    return np.sum(cells * share_above(years, mass), axis=-2)


class Events(NamedTuple):
    """What the events of each year did to the column between its steps.

    Attributes
    ----------
    external : numpy.ndarray [quantities, cells, years]
        Gained from outside (manure, a landslip's debris) minus lost to it (harvest, fire, a landslip), kg m-2.
    redistributed : numpy.ndarray [quantities, cells, years]
        Carried between cells, adding up to zero over them, kg m-2.
    moved_to : numpy.ndarray [positions, years] or None
        New coordinate of what lay at each face of the profile (`Years.position_at_face`): moved by the mineral mass
        that an event adds at the surface, or renumbered where slots of peat split or merge. None where all stays.
    """

    external: np.ndarray
    redistributed: np.ndarray
    moved_to: np.ndarray | None = None


class Flows(NamedTuple):
    """What the cells of a column held, gained and lost in each year; quantities are carbon, then the tracers.

    Attributes
    ----------
    before, after : numpy.ndarray [quantities, cells, years]
        Stocks at the start and at the end of each year, kg m-2.
    input, respired, source : numpy.ndarray [quantities, cells, years]
        Plant input, losses from cells to the air, and ageing minus radioactive decay, kg m-2.
    face : numpy.ndarray [mechanisms, quantities, cells + 1, years]
        Net downward through every face, kg m-2; through the last it is leached.
    events : Events or None
    drained : numpy.ndarray [quantities, cells, years] or None
        Losses from cells to groundwater that runs off sideways, kg m-2; leached from the zone they lie in.
    """

    before: np.ndarray
    after: np.ndarray
    input: np.ndarray
    respired: np.ndarray
    source: np.ndarray
    face: np.ndarray
    events: Events | None = None
    drained: np.ndarray | None = None


class ZoneBudget(NamedTuple):
    """The budget of both zones over each year.

    Attributes
    ----------
    terms : dict of str to numpy.ndarray [2, quantities, years]
        By name in :data:`TERMS`, kg m-2, positive where the zone gains.
    crossing : numpy.ndarray [mechanisms (+ events), quantities, years]
        J_b: net from the vegetation to the mineral zone, kg m-2.
    start : numpy.ndarray [years]
        Where the boundary stood when the year began, after what events made of the coordinate.
    """

    terms: dict[str, np.ndarray]
    crossing: np.ndarray
    start: np.ndarray


def previous(mass: np.ndarray) -> np.ndarray:
    """Where the boundary stood at the start of each year; in the first year, where that year's own stands."""
    return np.concatenate([mass[:1], mass[:-1]])


def zone_budget(years: Years, mass: np.ndarray, flows: Flows) -> ZoneBudget:
    """Budget of both zones over each year, exact for every quantity.

    ``V' - V = I_V - R_V - J_b + events + source + [S'(m_b') - S'(m_b)]``; the bracket, at the year's end, is re-zoning:
    carbon that changed zone because the boundary moved. Fluxes of the year are shared at the boundary with which it
    began. Where events shift the coordinate, m_b is shifted first; the carbon between its old and its new place is
    booked with what they redistribute.

    Parameters
    ----------
    mass : numpy.ndarray [years]
        Boundary at the end of each year in the coordinate of the profile; NaN where there is none.

    Returns
    -------
    ZoneBudget
        NaN in years that begin or end without a boundary.
    """
    begun = previous(mass)
    events = flows.events
    start = begun if events is None else _shifted(years, begun, events.moved_to)
    sharing, ending = split(years, start), split(years, mass)
    beginning = split(years, begun)
    crossing = flux_at(years, start, flows.face)
    none = np.zeros_like(flows.input[:, 0])
    external = np.stack([none, none])
    if events is not None:
        external = sharing.total(events.external)
        carried = -sharing.total(events.redistributed)[0]
        carried = carried - (sharing.total(flows.before)[0] - beginning.total(flows.before)[0])
        crossing = np.concatenate([crossing, carried[None]])
    net = crossing.sum(axis=0)
    rezoned = ending.total(flows.after)[0] - sharing.total(flows.after)[0]
    base = flows.face[:, :, -1].sum(axis=0)
    leached = np.stack([none, base])
    if flows.drained is not None:
        leached = leached + sharing.total(flows.drained)
    terms = {
        "input": sharing.total(flows.input),
        "respired": -sharing.total(flows.respired),
        "leached": -leached,
        "transfer": np.stack([-net, net]),
        "events": external,
        "decay": sharing.total(flows.source),
        "rezoning": np.stack([rezoned, -rezoned]),
    }
    change = ending.total(flows.after) - beginning.total(flows.before)
    residual = change - sum(terms.values())
    return ZoneBudget(terms | {"change": change, "residual": residual}, crossing, start)


def _shifted(years: Years, mass: np.ndarray, moved_to: np.ndarray | None) -> np.ndarray:
    """Where what lay at `mass` came to lie, inside the column."""
    if moved_to is None:
        return mass
    at = years.position_at_face
    found = [np.interp(m, at, to) if np.isfinite(m) else np.nan for m, to in zip(mass, moved_to.T, strict=True)]
    return np.clip(np.array(found, dtype=float), at[0], at[-1])


def boundary_movement(
    years: Years, mass: np.ndarray, face_before: np.ndarray, start: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Change of the boundary's depth in each year, m: by re-zoning, and by swelling (positive downward).

    Parameters
    ----------
    mass : numpy.ndarray [years]
        At the end of each year.
    face_before : numpy.ndarray [cells + 1, years]
        Depths of the faces at the start of each year, m.
    start : numpy.ndarray [years], optional
        Where the boundary stood at the start, after events (:class:`ZoneBudget`).
    """
    begun = previous(mass)
    start = begun if start is None else start
    stayed = depth_of(years, start)
    return depth_of(years, mass) - stayed, stayed - depth_of(years, begun, face_before)
