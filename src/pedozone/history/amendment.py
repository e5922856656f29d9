"""Manure and compost: carbon and nitrogen from outside, spread or worked in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pedozone.engine.declarations import Role
from pedozone.history.column import Column
from pedozone.history.event import Event, Gain, Step


@dataclass(frozen=True)
class Amendment(Event):
    """Organic matter brought onto the land; its tag as a source is ``manure`` or ``compost``.

    Parameters
    ----------
    kind : str
        ``manure`` or ``compost``.
    carbon : float
        kg C m-2.
    dissolved, metabolic, structural, residue : float
        Shares by role of the pool (-), adding up to one.
    depth : float
        Depth to which it is worked in, m; 0: it stays on top.
    carbon_nitrogen : float
        C:N, kg kg-1.
    """

    kind: str
    carbon: float
    dissolved: float
    metabolic: float
    structural: float
    residue: float
    depth: float
    carbon_nitrogen: float
    what: ClassVar[str] = "manure"

    def __post_init__(self) -> None:
        total = self.dissolved + self.metabolic + self.structural + self.residue
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"the shares of {self.kind} add up to {total:g}, not to 1")

    def steps(self, column: Column) -> Iterator[Step]:  # noqa: D102 (inherited)
        where = column.mixed_into(self.depth)
        amount = np.zeros(column.shape)
        for share, role, tag in (
            (self.dissolved, Role.DISSOLVED, None),
            (self.metabolic, Role.FRESH, "metabolic"),
            (self.structural, Role.FRESH, "structural"),
            (self.residue, Role.RESIDUE, None),
        ):
            if share > 0.0:
                amount[column.pool(role, tag)] += share * self.carbon * where
        yield Gain(amount, self.kind)

    def nitrogen(self, column: Column) -> np.ndarray:  # noqa: D102 (inherited)
        return self.carbon / self.carbon_nitrogen * column.mixed_into(self.depth)
