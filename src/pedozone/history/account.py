"""What an event did to every quantity: gains, losses by fate, and what it moved within the column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

FATES = ("harvested", "burnt", "removed by landslip", "buried below the column")
"""Ways in which carbon leaves a column by events."""


@dataclass(frozen=True)
class Account:
    """The account of one event: ``after = before + gain - loss + redistribution``, for every quantity.

    Parameters
    ----------
    gain : mapping of str to numpy.ndarray [quantities, pools, cells, batch]
        External gain by source, kg m-2, where it arrives.
    loss : mapping of str to numpy.ndarray [quantities, pools, cells, batch]
        External loss by fate, kg m-2, where it leaves.
    redistribution : numpy.ndarray [quantities, pools, cells, batch]
        Net change by what moved between pools and cells; adds up to zero over both.
    before : numpy.ndarray [quantities, cells, batch]
        All pools together before the event.
    added_mass : numpy.ndarray [batch]
        Mineral mass that came onto the surface, kg m-2; negative where it was removed.
    """

    gain: Mapping[str, np.ndarray]
    loss: Mapping[str, np.ndarray]
    redistribution: np.ndarray
    before: np.ndarray
    added_mass: np.ndarray

    @property
    def total_gain(self) -> np.ndarray:
        """External gain of all sources [quantities, pools, cells, batch]."""
        return sum(self.gain.values(), start=np.zeros_like(self.redistribution))

    @property
    def total_loss(self) -> np.ndarray:
        """External loss to all fates [quantities, pools, cells, batch]."""
        return sum(self.loss.values(), start=np.zeros_like(self.redistribution))

    @property
    def after(self) -> np.ndarray:
        """All pools together after the event, as the account has it [quantities, cells, batch]."""
        return self.before + (self.total_gain - self.total_loss + self.redistribution).sum(axis=1)

    @property
    def external(self) -> np.ndarray:
        """Gain less loss by cell as it is after the event [quantities, cells, batch], for the budget of the zones.

        Where mineral mass comes or goes, material keeps its place in the soil and not in the column: what slid off
        then counts at the surface, what was pushed out of the column at its base.
        """
        lost = self.total_loss.sum(axis=1)
        whole = np.zeros_like(lost)
        whole[:, 0] = np.where(self.added_mass < 0.0, lost.sum(axis=1), 0.0)
        whole[:, -1] += np.where(self.added_mass > 0.0, lost.sum(axis=1), 0.0)
        return self.total_gain.sum(axis=1) - np.where(self.added_mass == 0.0, lost, whole)

    @property
    def carried(self) -> np.ndarray:
        """Net change by cell that is not external; adds up to zero over the cells [quantities, cells, batch]."""
        return self.after - self.before - self.external


@dataclass(frozen=True)
class Booked:
    """An event that took place.

    Parameters
    ----------
    year : int
    what : str
        Its name.
    account : Account
    column : int or None
        The column of the batch to which it happened, with an account of that one alone; None: to all of them.
    """

    year: int
    what: str
    account: Account
    column: int | None = None


@dataclass
class Book:
    """Sums over the steps of an event while it is carried out."""

    shape: tuple[int, ...]
    gain: dict[str, np.ndarray] = field(default_factory=dict)
    loss: dict[str, np.ndarray] = field(default_factory=dict)
    redistribution: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.redistribution = np.zeros(self.shape)

    def add_gain(self, source: str, amount: np.ndarray) -> None:
        """Book what came in from a source."""
        self.gain[source] = self.gain.get(source, 0.0) + amount

    def add_loss(self, fate: str, amount: np.ndarray) -> None:
        """Book what left with a fate."""
        self.loss[fate] = self.loss.get(fate, 0.0) + amount
