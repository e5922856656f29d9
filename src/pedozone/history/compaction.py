"""Compaction: heavy wheels press the macropores; carbon stays where it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pedozone.history.column import Column
from pedozone.history.event import Event, Step


@dataclass(frozen=True)
class Compaction(Event):
    """A change of the structure state, from which the processes of structure recover.

    Parameters
    ----------
    depth : float
        m.
    loss : float
        Share of the macroporosity that is lost above that depth (-).
    """

    depth: float
    loss: float
    what: ClassVar[str] = "compaction"

    def steps(self, column: Column) -> Iterator[Step]:  # noqa: D102 (inherited)
        del column
        return iter(())

    def structure(self, column: Column) -> np.ndarray:  # noqa: D102 (inherited)
        return self.loss * column.share_above(self.depth)
