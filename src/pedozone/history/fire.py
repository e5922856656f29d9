"""Fire: litter and the upper soil burn, a share is left as charcoal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pedozone.engine.declarations import Role
from pedozone.history.column import Column
from pedozone.history.event import Convert, Event, Move, Step, unchanged_cells, unchanged_pools


@dataclass(frozen=True)
class Fire(Event):
    """A fire that goes over the ground.

    Of the carbon in the organic slots and above the heated depth a share is affected; of that, `pyrogenic` becomes
    charcoal and the rest leaves. Charcoal of the litter is laid on the mineral surface, where soil animals and
    tillage can take it down; charcoal already there is spared.

    Parameters
    ----------
    litter : float
        Share of the organic slots' carbon that is affected (-); Nave et al. 2011, doi:10.1890/10-0660.1.
    mineral : float
        Share of the carbon above `heated` that is affected (-).
    heated : float
        Depth to which the mineral soil is heated, m.
    pyrogenic : float
        Share of the affected carbon that becomes charcoal (-); Jones et al. 2019, doi:10.1038/s41561-019-0403-x;
        Santin et al. 2016, doi:10.1111/gcb.12985.
    """

    litter: float
    mineral: float
    heated: float
    pyrogenic: float
    what: ClassVar[str] = "fire"

    def steps(self, column: Column) -> Iterator[Step]:  # noqa: D102 (inherited)
        affected = self.mineral * column.share_above(self.heated) if self.heated > 0.0 else np.zeros(column.shape[1:])
        affected[column.is_slot] = 0.0
        affected[column.is_litter] = self.litter
        matrix = unchanged_pools(column)
        inert = column.pools(Role.INERT)
        for pool in set(range(column.shape[0])) - set(inert):
            matrix[pool, pool] -= affected
            if inert:
                matrix[inert[0], pool] += self.pyrogenic * affected
        yield Convert(matrix, "burnt")
        if inert and column.graph.organic and not column.is_peat:
            settle = unchanged_cells(column)
            settle[:, column.is_slot] = 0.0
            settle[column.graph.organic, column.is_slot] = 1.0
            yield Move(settle, pools=inert)
