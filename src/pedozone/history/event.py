"""Events: linear maps of the stocks that treat every tracer alike, and so conserve all of them.

An event is a sequence of steps. A step is a matrix between pools or between cells whose columns add up to at most
one (what is missing leaves with a named fate), or a gain. Because the same matrix acts on carbon and on everything
that follows it, no event can tell a tracer from the carbon that carries it.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from pedozone.column.geometry import Soil
from pedozone.history.account import Account, Book
from pedozone.history.column import Column

ROUNDING = 1e-9


class Signature(NamedTuple):
    """What the tracers of the carbon are that enters with an event.

    Parameters
    ----------
    tracers : tuple of str
        Names of the quantities after carbon.
    fraction_modern : numpy.ndarray [batch]
        Absolute 14C of the year's atmosphere, for ``radiocarbon``.
    traced_as : callable
        Name of the tracer that follows a source; its own where left out.
    """

    tracers: tuple[str, ...]
    fraction_modern: np.ndarray
    traced_as: Callable[[str], str] = str

    def of(self, source: str) -> np.ndarray:
        """Amount of every quantity per carbon from a source [quantities, batch]; the age moment starts at 0."""
        one, tag = np.ones_like(self.fraction_modern), self.traced_as(source)
        rows = [one]
        for name in self.tracers:
            rows.append(self.fraction_modern if name == "radiocarbon" else one * float(name == tag))
        return np.stack(rows)


class Step(abc.ABC):
    """A linear map of stocks [quantities, pools, cells, batch] that books what it does."""

    @abc.abstractmethod
    def act(self, stocks: np.ndarray, signature: Signature, book: Book) -> np.ndarray:
        """Return the new stocks."""


def _kept(matrix: np.ndarray, fate: str | None) -> np.ndarray:
    """Column sums of a matrix, checked: never above one, and below it only where there is a fate."""
    total = matrix.sum(axis=0)
    if matrix.min(initial=0.0) < 0.0 or total.max(initial=0.0) > 1.0 + ROUNDING:
        raise ValueError("a step of an event makes carbon: its shares add up to more than one or are negative")
    if fate is None and total.min(initial=1.0) < 1.0 - ROUNDING:
        raise ValueError("a step of an event loses carbon and names no fate")
    return total


@dataclass(frozen=True)
class Convert(Step):
    """Carbon passes between pools within every cell.

    Parameters
    ----------
    matrix : numpy.ndarray [pools (to), pools (from), cells, batch]
    fate : str or None
        What becomes of the share that no pool receives.
    """

    matrix: np.ndarray
    fate: str | None = None

    def act(self, stocks: np.ndarray, signature: Signature, book: Book) -> np.ndarray:  # noqa: D102 (inherited)
        kept = _kept(self.matrix, self.fate)
        lost = stocks * np.maximum(1.0 - kept, 0.0) if self.fate else np.zeros_like(stocks)
        after = np.einsum("pdcb,qdcb->qpcb", self.matrix, stocks)
        if self.fate:
            book.add_loss(self.fate, lost)
        book.redistribution += after - (stocks - lost)
        return after


@dataclass(frozen=True)
class Move(Step):
    """Carbon passes between cells, each pool for itself.

    Parameters
    ----------
    matrix : numpy.ndarray [cells (to), cells (from), batch]
    fate : str or None
        What becomes of the share that no cell receives.
    pools : sequence of int or None
        Which pools; None for all.
    like : numpy.ndarray [cells (where it arrives), cells (which it resembles), batch] or None
        Material that comes from outside and is composed like that of the column before the step, tracers
        included: its amount over the stock of the cell that it resembles.
    source : str
        Of that material.
    """

    matrix: np.ndarray
    fate: str | None = None
    pools: Sequence[int] | None = None
    like: np.ndarray | None = None
    source: str = ""

    def act(self, stocks: np.ndarray, signature: Signature, book: Book) -> np.ndarray:  # noqa: D102 (inherited)
        moving = range(stocks.shape[1]) if self.pools is None else self.pools
        chosen = np.isin(np.arange(stocks.shape[1]), list(moving))[:, None, None]
        kept = _kept(self.matrix, self.fate)
        lost = np.where(chosen, stocks * np.maximum(1.0 - kept, 0.0), 0.0) if self.fate else np.zeros_like(stocks)
        after = np.where(chosen, np.einsum("tfb,qpfb->qptb", self.matrix, stocks), stocks)
        if self.fate:
            book.add_loss(self.fate, lost)
        book.redistribution += after - (stocks - lost)
        if self.like is not None:
            gained = np.where(chosen, np.einsum("tfb,qpfb->qptb", self.like, stocks), 0.0)
            book.add_gain(self.source, gained)
            after = after + gained
        return after


@dataclass(frozen=True)
class Gain(Step):
    """Carbon comes from outside with the year's 14C and its own source tag.

    Parameters
    ----------
    amount : numpy.ndarray [pools, cells, batch]
        kg C m-2.
    source : str
    """

    amount: np.ndarray
    source: str

    def act(self, stocks: np.ndarray, signature: Signature, book: Book) -> np.ndarray:  # noqa: D102 (inherited)
        if self.amount.min(initial=0.0) < 0.0:
            raise ValueError(f"the gain of '{self.source}' is negative")
        gained = signature.of(self.source)[:, None, None, :] * self.amount
        book.add_gain(self.source, gained)
        return stocks + gained


@dataclass(frozen=True)
class Outcome:
    """What an event leaves behind.

    Parameters
    ----------
    stocks : numpy.ndarray [quantities, pools, cells, batch]
    account : Account
    soil : Soil
        Changed where mineral material came or went.
    structure : numpy.ndarray [cells, batch] or None
        Share of the macroporosity that is lost, for the structure of the model; None where nothing changes.
    nitrogen : numpy.ndarray [cells, batch] or None
        Total nitrogen that came with the carbon, kg N m-2, for the nitrogen balance of the model.
    tilled : numpy.ndarray [cells, batch] or None
        How thoroughly the soil was stirred, 0 to 1: its macropores are cut off and recover.
    """

    stocks: np.ndarray
    account: Account
    soil: Soil
    structure: np.ndarray | None
    nitrogen: np.ndarray | None
    tilled: np.ndarray | None = None


class Event(abc.ABC):
    """Something that happens to a soil at the beginning of a year."""

    what: ClassVar[str]

    @abc.abstractmethod
    def steps(self, column: Column) -> Iterator[Step]:
        """What it does to the carbon, in order; every step acts on what the one before left."""

    def added_mass(self, column: Column) -> np.ndarray:
        """Mineral mass that comes onto the surface, kg m-2 [batch]; negative where it is removed."""
        return np.zeros(column.batch)

    def soil(self, column: Column) -> Soil:
        """The soil afterwards."""
        return column.soil

    def structure(self, column: Column) -> np.ndarray | None:
        """Share of the macroporosity that is lost [cells, batch]."""
        del column

    def nitrogen(self, column: Column) -> np.ndarray | None:
        """Total nitrogen that comes with the carbon, kg N m-2 [cells, batch]."""
        del column

    def tilled(self, column: Column) -> np.ndarray | None:
        """How thoroughly the soil is stirred, 0 to 1 [cells, batch]."""
        del column

    def apply(self, stocks: np.ndarray, column: Column, signature: Signature) -> Outcome:
        """Carry the event out.

        Parameters
        ----------
        stocks : numpy.ndarray [quantities, pools, cells, batch]
            Carbon, then the tracers of the signature; unchanged.
        column : Column
            As it is at that moment.
        signature : Signature
            Of what enters.
        """
        before = np.asarray(stocks, dtype=float)
        book = Book(before.shape)
        after = before
        for step in self.steps(column):
            after = step.act(after, signature, book)
        account = Account(book.gain, book.loss, book.redistribution, before.sum(axis=1), self.added_mass(column))
        physical = self.structure(column), self.nitrogen(column), self.tilled(column)
        return Outcome(after, account, self.soil(column), *physical)


def unchanged_pools(column: Column) -> np.ndarray:
    """The matrix of a `Convert` that does nothing [pools, pools, cells, batch]."""
    pools, cells, batch = column.shape
    return np.eye(pools)[:, :, None, None] * np.ones((cells, batch))


def unchanged_cells(column: Column) -> np.ndarray:
    """The matrix of a `Move` that does nothing [cells, cells, batch]."""
    return np.eye(column.graph.cells)[:, :, None] * np.ones(column.batch)
