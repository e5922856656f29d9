"""The static structure of a model: pools, declared fluxes and the components derived from them."""

from __future__ import annotations

import graphlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from pedozone.engine.declarations import Incorporation, Input, Loss, Pool, Role, Transfer

LARGEST_COMPONENT = 16


class GraphError(ValueError):
    """Raised when declarations contradict each other."""


@dataclass(frozen=True)
class Graph:
    """Pools and declared fluxes on a column of cells.

    Parameters
    ----------
    pools, transfers, losses, inputs, incorporations : tuple
        Declarations, in the order in which coefficients are given.
    cells : int
        Number of cells: organic slots first, then mineral layers, top to bottom.
    organic : int
        Number of organic slots. They feed the mineral layers, never the reverse.
    classes : tuple of str
        Transport classes; a pool belongs to at most one (``Pool.moves_with``).

    Raises
    ------
    GraphError
        For unknown or repeated pool names, unknown transport classes or a component that is too large.
    """

    pools: tuple[Pool, ...]
    transfers: tuple[Transfer, ...]
    losses: tuple[Loss, ...]
    inputs: tuple[Input, ...]
    incorporations: tuple[Incorporation, ...]
    cells: int
    organic: int
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        names = [pool.name for pool in self.pools]
        if len(set(names)) != len(names):
            raise GraphError(f"pool names are repeated: {sorted(n for n in names if names.count(n) > 1)}")
        known = set(names)
        for flux in (*self.transfers, *self.incorporations):
            for end in (flux.donor, flux.receiver):
                if end not in known:
                    raise GraphError(f"{flux.process or 'a process'} names the pool '{end}', which the model lacks")
        for flux in self.transfers:
            if (flux.donor == flux.receiver) != flux.returns:
                fault = "but says that it returns" if flux.returns else "into itself without saying that it returns"
                raise GraphError(f"{flux.process or 'a process'} transfers '{flux.name}' {fault}")
        for loss in self.losses:
            if loss.donor not in known:
                raise GraphError(f"{loss.process or 'a process'} names the pool '{loss.donor}', which the model lacks")
        for entry in self.inputs:
            if entry.receiver not in known:
                raise GraphError(
                    f"{entry.process or 'an input'} names the pool '{entry.receiver}', which the model lacks"
                )
        for pool in self.pools:
            if pool.moves_with is not None and pool.moves_with not in self.classes:
                raise GraphError(f"pool '{pool.name}' moves with '{pool.moves_with}', which no process declares")
        if not 0 <= self.organic <= self.cells:
            raise GraphError(f"{self.organic} organic slots in a column of {self.cells} cells")
        if max(len(c) for c in self.components) > LARGEST_COMPONENT:
            raise GraphError(
                f"the declared transfers tie more than {LARGEST_COMPONENT} pools into one component: "
                f"{max(self.components, key=len)}"
            )

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each pool by name."""
        return {pool.name: k for k, pool in enumerate(self.pools)}

    def roles(self, *roles: Role) -> list[int]:
        """Positions of the pools that have one of the roles."""
        return [k for k, pool in enumerate(self.pools) if pool.role in roles]

    def tagged(self, tag: str) -> list[int]:
        """Positions of the pools that carry a tag."""
        return [k for k, pool in enumerate(self.pools) if tag in pool.tags]

    @cached_property
    def components(self) -> tuple[tuple[int, ...], ...]:
        """Strongly connected components of the transfer graph, upstream first, as pool positions."""
        size = len(self.pools)
        donors = [self.index[t.donor] for t in self.transfers]
        receivers = [self.index[t.receiver] for t in self.transfers]
        # a dozen pools: powers of the adjacency say who reaches whom (SciPy's graph routines cost 0.6 s of import)
        reach = np.eye(size, dtype=bool)
        reach[donors, receivers] = True
        for _ in range(size.bit_length()):
            reach = reach @ reach
        together = reach & reach.T
        _, label = np.unique(np.argmax(together, axis=1), return_inverse=True)
        order = graphlib.TopologicalSorter({int(c): set() for c in np.unique(label)})
        for donor, receiver in zip(donors, receivers, strict=True):
            if label[donor] != label[receiver]:
                order.add(int(label[receiver]), int(label[donor]))
        return tuple(tuple(int(p) for p in np.flatnonzero(label == c)) for c in order.static_order())

    @cached_property
    def lasting(self) -> tuple[int, ...]:
        """Positions of the pools that nothing leaves or moves, such as inert carbon."""
        fluxes = (*(t for t in self.transfers if not t.returns), *self.losses, *self.incorporations)
        donors = {flux.donor for flux in fluxes}
        return tuple(k for k, pool in enumerate(self.pools) if pool.name not in donors and pool.moves_with is None)

    @cached_property
    def fates(self) -> tuple[str, ...]:
        """Fates of the declared losses, in order of first mention."""
        return tuple(dict.fromkeys(loss.fate for loss in self.losses))

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Tags of the declared inputs, in order of first mention."""
        return tuple(dict.fromkeys(entry.source for entry in self.inputs))

    @cached_property
    def donors(self) -> tuple[int, ...]:
        """Donor position of every transfer, then of every loss."""
        return tuple(self.index[f.donor] for f in (*self.transfers, *self.losses))

    @cached_property
    def receivers(self) -> tuple[int, ...]:
        """Receiver position of every transfer."""
        return tuple(self.index[f.receiver] for f in self.transfers)

    @cached_property
    def pool_class(self) -> tuple[int, ...]:
        """Transport class of every pool, -1 for one that does not move."""
        return tuple(-1 if p.moves_with is None else self.classes.index(p.moves_with) for p in self.pools)

    @property
    def mineral(self) -> int:
        """Number of mineral layers."""
        return self.cells - self.organic

    @cached_property
    def per_pool(self) -> Graph:
        """The same graph with one transport class per pool, for operators averaged over a year."""
        pools = tuple(p if p.moves_with is None else replace(p, moves_with=p.name) for p in self.pools)
        return replace(self, pools=pools, classes=tuple(p.name for p in pools if p.moves_with is not None))

    def with_cells(self, cells: int, organic: int) -> Graph:
        """The same pools and declarations on another column."""
        return replace(self, cells=cells, organic=organic)

    @cached_property
    def attributes(self) -> dict[str, Any]:
        """Integer arrays that describe the graph to the compiled kernel."""

        def ints(values: object) -> np.ndarray:
            return np.asarray(values, dtype=np.int32).reshape(-1)

        nt = len(self.transfers)
        starts = np.concatenate([[0], np.cumsum([len(c) for c in self.components])])
        return {
            "donor": ints(self.donors[:nt]),
            "receiver": ints(self.receivers),
            "loss_donor": ints(self.donors[nt:]),
            "loss_fate": ints([self.fates.index(loss.fate) for loss in self.losses]),
            "input_pool": ints([self.index[entry.receiver] for entry in self.inputs]),
            "pool_class": ints(self.pool_class),
            "inc_donor": ints([self.index[f.donor] for f in self.incorporations]),
            "inc_receiver": ints([self.index[f.receiver] for f in self.incorporations]),
            "component_start": ints(starts),
            "component_pool": ints([p for c in self.components for p in c]),
        }
