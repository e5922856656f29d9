"""What an event may look at: pools by role and tag, the soil, and where its layers lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from pedozone.column.geometry import PEAT_FROM, Soil
from pedozone.engine.declarations import Role
from pedozone.engine.graph import Graph
from pedozone.engine.precision import double_precision
from pedozone.history.errors import HistoryError
from pedozone.processes.roots import root_profile

WOODY = "woody"
APART = {WOODY, "bypass"}
"""Tags of pools that are not meant where a role alone, or another tag, is asked for."""


def layers_above(face: np.ndarray, depth: float) -> np.ndarray:
    """Share of every cell between faces [cells + 1, batch] that lies above a depth, m both. [cells, batch]."""
    top, bottom = face[:-1], face[1:]
    return np.clip((depth - top) / np.maximum(bottom - top, 1e-12), 0.0, 1.0)


@dataclass(frozen=True)
class Column:
    """Columns at the moment of an event; NumPy arrays.

    Parameters
    ----------
    graph : Graph
        Pools, cells and organic slots.
    soil : Soil
        Arrays [cells, batch].
    face : numpy.ndarray [cells + 1, batch]
        Depth of the faces, m, at the moment of the event.
    forcing : NamedTuple or None
        Weather and cover of the year, from which an event may take plant amounts and root profile.
    """

    graph: Graph
    soil: Soil
    face: np.ndarray
    forcing: Any = None

    @property
    def mass(self) -> np.ndarray:
        """Mineral mass of the cells, kg m-2 [cells, batch]; zero in organic slots."""
        return np.asarray(self.soil.mineral_mass, dtype=float)

    @property
    def batch(self) -> int:
        """Number of columns side by side."""
        return self.face.shape[-1]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Pools, cells and columns."""
        return len(self.graph.pools), self.graph.cells, self.batch

    @property
    def is_slot(self) -> np.ndarray:
        """Which cells are organic slots [cells]."""
        return np.arange(self.graph.cells) < self.graph.organic

    def pools(self, *roles: Role, tag: str | None = None, without: str | None = None) -> list[int]:
        """Positions of the pools of some roles (of all where none is named), with and without a tag."""
        return [
            k
            for k, pool in enumerate(self.graph.pools)
            if (not roles or pool.role in roles)
            and (tag is None or tag in pool.tags)
            and (without is None or without not in pool.tags)
        ]

    def pool(self, role: Role, tag: str | None = None) -> int:
        """Position of the one pool of a role, the one with the tag where several have it.

        Coarse wood and what only passes through macropores receive nothing that is not theirs by tag.

        Raises
        ------
        HistoryError
            If the model has no pool of that role.
        """
        usual = [k for k in self.pools(role) if tag in APART or not APART & set(self.graph.pools[k].tags)]
        found = [k for k in usual if tag in self.graph.pools[k].tags] or usual
        if not found:
            raise HistoryError(f"the model has no pool of the role '{role}', into which an event puts carbon")
        return found[0]

    @property
    def is_peat(self) -> bool:
        """Whether the organic slots are peat, on which the depths of events are counted, and not litter above them."""
        return self.graph.organic >= PEAT_FROM

    @property
    def is_litter(self) -> np.ndarray:
        """Which cells a fire or a rake takes for the litter layer: the slots, of peat the uppermost [cells]."""
        return np.arange(self.graph.cells) < (1 if self.is_peat else self.graph.organic)

    def share_above(self, depth: float) -> np.ndarray:
        """Share of every layer above a depth (m). [cells, batch].

        The depth counts from the mineral surface, and the share is zero in organic slots; in peat it counts from the
        surface of the peat.
        """
        if self.is_peat:
            return layers_above(self.face - self.face[0], depth)
        return np.where(self.is_slot[:, None], 0.0, layers_above(self.face, depth))

    def mass_above(self, depth: float) -> np.ndarray:
        """Mineral mass above a depth (m), kg m-2 [batch]."""
        return (self.share_above(depth) * self.mass).sum(axis=0)

    def mass_of(self, thickness: float) -> np.ndarray:
        """Mineral mass of a thickness (m) of the upper mineral soil, below peat too, kg m-2 [batch]."""
        return (layers_above(self.face, thickness) * self.mass).sum(axis=0)

    def mass_faces(self) -> np.ndarray:
        """Cumulative mineral mass at the faces of the mineral layers, kg m-2 [mineral + 1, batch]."""
        inner = self.mass[self.graph.organic :]
        return np.concatenate([np.zeros((1, self.batch)), np.cumsum(inner, axis=0)])

    def surface(self) -> np.ndarray:
        """One in the uppermost cell, an organic slot where there is one, else zero. [cells, batch]."""
        share = np.zeros((self.graph.cells, self.batch))
        share[0] = 1.0
        return share

    def mixed_into(self, depth: float) -> np.ndarray:
        """Shares that spread carbon evenly over the mineral mass above a depth (m), or lay it on top for 0.

        In peat over the volume.
        """
        if depth <= 0.0:
            return self.surface()
        stirred = self.share_above(depth) * (np.diff(self.face, axis=0) if self.is_peat else self.mass)
        return stirred / stirred.sum(axis=0)

    def root_shares(self) -> np.ndarray:
        """Shares of roots by layer, ``1 - beta^(100 z)`` cut at the rooting depth (Jackson et al. 1996).

        Raises
        ------
        HistoryError
            Without the year's forcing.
        """
        if self.forcing is None:
            raise HistoryError("dead roots need the root profile of the year's land cover")
        beta, depth = np.asarray(self.forcing.root_beta), np.asarray(self.forcing.rooting_depth)
        face = self.face - self.face[0] if self.is_peat else self.face
        with double_precision():
            return np.asarray(root_profile(jnp.asarray(face), jnp.asarray(beta), jnp.asarray(depth)))
