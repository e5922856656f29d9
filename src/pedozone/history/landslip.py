"""Landslip: the upper soil slides off, or material comes down upon it.

Layers keep their mineral mass, so the material is laid anew onto the layers in cumulative mineral mass, carbon and
the soil's own properties alike. What a layer takes from several is mixed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from pedozone.column.geometry import Soil
from pedozone.history.column import Column
from pedozone.history.event import Event, Move, Step


def overlap(column: Column, shift: np.ndarray) -> np.ndarray:
    """Mineral mass that every layer takes from every other when material moves down by a mass.

    Parameters
    ----------
    shift : numpy.ndarray [batch]
        kg m-2, positive downward (burial), negative upward (removal).

    Returns
    -------
    numpy.ndarray [cells (to), cells (from), batch]
        kg m-2; zero for organic slots.
    """
    face = column.mass_faces()
    top, bottom = face[:-1, None] - shift, face[1:, None] - shift
    shared = np.minimum(bottom, face[None, 1:]) - np.maximum(top, face[None, :-1])
    out = np.zeros((column.graph.cells, column.graph.cells, column.batch))
    organic = column.graph.organic
    out[organic:, organic:] = np.maximum(shared, 0.0)
    return out


def _over_donor(column: Column, mass: np.ndarray) -> np.ndarray:
    """Masses taken from layers as shares of what these hold."""
    held = column.mass[None]
    share = np.divide(mass, held, out=np.zeros_like(mass), where=held > 0.0)
    # the two sides of a cut add up to the layer again: no rounding may make carbon
    return share / np.maximum(share.sum(axis=0), 1.0)


def _entering(column: Column, taken: np.ndarray) -> np.ndarray:
    """Mineral mass that comes into the layers from outside, where others leave room, kg m-2 [cells, batch]."""
    return np.where(column.is_slot[:, None], 0.0, np.maximum(column.mass - taken.sum(axis=1), 0.0))


def _remapped(column: Column, taken: np.ndarray, new: np.ndarray, like: int) -> Soil:
    """The soil after the move: properties mixed by mineral mass, new material like that of a cell.

    A property is not known (NaN) where any of the material is one of which it is not known.
    """
    mass = column.mass
    organic = column.graph.organic

    def mixed(values: np.ndarray | None) -> Any:
        if values is None:
            return None
        given = np.asarray(values, dtype=float)
        if given.shape != mass.shape:
            return given
        unknown = np.isnan(given)
        known = np.where(unknown, 0.0, given)
        whole = np.einsum("tfb,fb->tb", taken, known) + new * known[like]
        lacking = np.einsum("tfb,fb->tb", taken, unknown.astype(float)) + new * unknown[like]
        out = given.copy()
        out[organic:] = np.where(lacking > 0.0, np.nan, whole / np.where(mass > 0.0, mass, 1.0))[organic:]
        return out

    fields = {name: mixed(value) for name, value in column.soil._asdict().items() if name != "mineral_mass"}
    # thickness is mass over density: volumes add up, not densities
    fields["mineral_density"] = 1.0 / mixed(1.0 / np.asarray(column.soil.mineral_density, dtype=float))
    return column.soil._replace(**fields)


@dataclass(frozen=True)
class Landslip(Event):
    """The upper part of the soil slides off, the organic slots with it.

    What lay below comes up; the base of the column is filled with material like that of the deepest layer, or with
    bare material that holds no carbon.

    Parameters
    ----------
    depth : float
        How much of the mineral soil goes, m.
    bare_base : bool
        Whether the material that enters at the base is free of carbon.
    """

    depth: float
    bare_base: bool = False
    what: ClassVar[str] = "landslip"

    def added_mass(self, column: Column) -> np.ndarray:  # noqa: D102 (inherited)
        return -column.mass_above(self.depth)

    def steps(self, column: Column) -> Iterator[Step]:  # noqa: D102 (inherited)
        taken = overlap(column, self.added_mass(column))
        like = None
        if not self.bare_base:
            like = np.zeros_like(taken)
            like[:, -1] = _entering(column, taken) / column.mass[-1]
        matrix = _over_donor(column, taken)
        if column.is_peat:
            slots = np.flatnonzero(column.is_slot)
            matrix[slots, slots] = 1.0 - column.share_above(self.depth)[slots]
        yield Move(matrix, "removed by landslip", like=like, source="parent material")

    def soil(self, column: Column) -> Soil:  # noqa: D102 (inherited)
        taken = overlap(column, self.added_mass(column))
        return _remapped(column, taken, _entering(column, taken), -1)


@dataclass(frozen=True)
class Burial(Event):
    """Material comes to lie on the soil; litter is buried with the old surface, the base leaves the column.

    Parameters
    ----------
    depth : float
        Thickness of the deposit at the bulk density of the upper mineral soil, m.
    richness : float
        Carbon of the deposit over that of the present topsoil, per mineral mass (-).
    """

    depth: float
    richness: float
    what: ClassVar[str] = "burial"

    def added_mass(self, column: Column) -> np.ndarray:  # noqa: D102 (inherited)
        return column.mass_of(self.depth)

    def steps(self, column: Column) -> Iterator[Step]:  # noqa: D102 (inherited)
        organic, mass = column.graph.organic, self.added_mass(column)
        taken = overlap(column, mass)
        matrix = _over_donor(column, taken)
        face = column.mass_faces()
        for b in range(column.batch):
            layer = np.searchsorted(face[:, b], mass[b], side="right") - 1
            if layer < column.graph.mineral:  # else the old surface lies below the column
                matrix[organic + layer, :organic, b] = 1.0
        like = np.zeros_like(taken)
        like[:, organic] = self.richness * _entering(column, taken) / column.mass[organic]
        yield Move(matrix, "buried below the column", like=like, source="sediment")

    def soil(self, column: Column) -> Soil:  # noqa: D102 (inherited)
        taken = overlap(column, self.added_mass(column))
        return _remapped(column, taken, _entering(column, taken), column.graph.organic)
