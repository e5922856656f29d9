"""Clear-cut and harvest: what is left on and in the ground, and what is carried off the litter layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pedozone.engine.declarations import Role
from pedozone.history.column import WOODY, Column
from pedozone.history.errors import HistoryError
from pedozone.history.event import Convert, Event, Gain, Step, unchanged_pools


def litter_gain(column: Column, carbon: float | np.ndarray, metabolic: float | np.ndarray, where: np.ndarray):
    """Fresh plant carbon as amounts by pool [pools, cells, batch]: its metabolic share, the rest structural."""
    amount = np.zeros(column.shape)
    amount[column.pool(Role.FRESH, "metabolic")] += carbon * metabolic * where
    amount[column.pool(Role.FRESH, "structural")] += carbon * (1.0 - metabolic) * where
    return amount


@dataclass(frozen=True)
class ClearCut(Event):
    """Standing plants become residues: foliage and twigs on the surface, coarse wood, dead roots by depth.

    Stems that are carried off were never part of the soil and enter no account.

    Parameters
    ----------
    leaf, root : float or None
        Residues, kg C m-2; None: `years` times the year's input from the land cover.
    wood : float
        Stumps, branches and stems left, kg C m-2; to the wood pool of the model, else structural litter.
    years : float
        Stock of foliage and of fine roots over their yearly litter, yr.
    """

    leaf: float | None
    root: float | None
    wood: float
    years: float
    what: ClassVar[str] = "clear-cut"

    def steps(self, column: Column) -> Iterator[Step]:  # noqa: D102 (inherited)
        year = column.forcing
        if year is None:
            raise HistoryError("a clear-cut needs the land cover of the year")
        leaf = self.years * np.asarray(year.leaf_input) if self.leaf is None else self.leaf
        root = self.years * np.asarray(year.root_input) if self.root is None else self.root
        on_top = column.surface()
        yield Gain(litter_gain(column, leaf, np.asarray(year.leaf_metabolic_fraction), on_top), "leaf")
        yield Gain(litter_gain(column, root, np.asarray(year.root_metabolic_fraction), column.root_shares()), "root")
        if self.wood > 0.0:
            amount = np.zeros(column.shape)
            woody = column.pools(Role.FRESH, tag=WOODY)
            amount[woody[0] if woody else column.pool(Role.FRESH, "structural")] = self.wood * on_top
            yield Gain(amount, "wood")


@dataclass(frozen=True)
class Harvest(Event):
    """Residues brought in, and litter carried off the surface (raking, turf cutting, baling of what lies there).

    Parameters
    ----------
    residues : float
        Left on the field beside the litter of the land cover, kg C m-2.
    litter_removed : float
        Share of the organic slots' carbon that is carried off (-).
    """

    residues: float
    litter_removed: float
    what: ClassVar[str] = "harvest"

    def steps(self, column: Column) -> Iterator[Step]:  # noqa: D102 (inherited)
        if self.litter_removed > 0.0 and column.graph.organic:
            off = np.where(column.is_litter, self.litter_removed, 0.0)[:, None] * np.ones(column.batch)
            matrix = unchanged_pools(column)
            for pool in range(column.shape[0]):
                matrix[pool, pool] -= off
            yield Convert(matrix, "harvested")
        if self.residues > 0.0:
            metabolic = 0.5 if column.forcing is None else np.asarray(column.forcing.leaf_metabolic_fraction)
            yield Gain(litter_gain(column, self.residues, metabolic, column.surface()), "leaf")
