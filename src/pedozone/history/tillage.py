"""Ploughing: layers mixed to a depth, litter worked in, macro-aggregates broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pedozone.engine.declarations import Role
from pedozone.history.column import WOODY, Column
from pedozone.history.event import Convert, Event, Move, Step, unchanged_cells, unchanged_pools


@dataclass(frozen=True)
class Plough(Event):
    """One pass of a tillage tool.

    The share ``e`` of everything above the depth is taken up and laid down evenly over the mineral mass there,
    a layer that the depth cuts being stirred by its overlap; litter on the surface is worked in by the same share,
    coarse wood is not.
    Occluded particulate carbon of macro-aggregates is freed by the share that the pass breaks.

    Parameters
    ----------
    depth : float
        m.
    efficiency : float
        Mixing efficiency e (-), 0.95 for a mouldboard plough, 0.3 for a chisel (SWAT's table of tools).
    aggregate_loss : float
        Share of macro-aggregates broken (-); Grandy and Robertson 2006, doi:10.1111/j.1365-2486.2006.01166.x.
    """

    depth: float
    efficiency: float
    aggregate_loss: float
    what: ClassVar[str] = "plough"

    def steps(self, column: Column) -> Iterator[Step]:  # noqa: D102 (inherited)
        stirred = self.efficiency * column.share_above(self.depth)
        if not column.is_peat:
            stirred[column.is_slot] = self.efficiency
        laid = column.mixed_into(self.depth)
        keep = unchanged_cells(column)
        yield Move(keep * (1.0 - stirred) + laid[:, None] * stirred[None], pools=column.pools(without=WOODY))
        occluded = column.pools(Role.OCCLUDED, without="micro")
        if occluded:
            freed = column.pool(Role.FRESH, "structural")
            broken = self.aggregate_loss * column.share_above(self.depth)
            matrix = unchanged_pools(column)
            for pool in occluded:
                matrix[pool, pool] -= broken
                matrix[freed, pool] += broken
            yield Convert(matrix)

    def tilled(self, column: Column) -> np.ndarray:  # noqa: D102 (inherited)
        return self.efficiency * column.share_above(self.depth)
