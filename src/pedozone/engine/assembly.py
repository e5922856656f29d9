"""Processes put together: the graph they declare and the coefficients they give."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.declarations import Incorporation, Input, Loss, Pool, Transfer, of_process
from pedozone.engine.graph import Graph
from pedozone.engine.operator import Coefficients
from pedozone.engine.process import Movement, Parameters, Process

Array = jax.Array


class Mode(NamedTuple):
    """How a process takes part, without changing the compiled graph.

    Attributes
    ----------
    scale : Array
        1 modelled, 0 off or prescribed; multiplies every modelled coefficient.
    prescribed : tuple of Array
        Added coefficients (yr-1), one per transfer and loss; zeros unless prescribed.
    """

    scale: Array
    prescribed: tuple[Array, ...]


Modes = Mapping[str, Mode]


class Season(NamedTuple):
    """Everything of a year that does not depend on the stocks during it; arrays lead with 12, or 1 if constant."""

    prepared: Mapping[str, Any]
    inputs: tuple[Array, ...]
    down: tuple[Array, ...]
    up: tuple[Array, ...]
    inc_rate: tuple[Array, ...]
    inc_share: tuple[Array, ...]  # constant over the year: [mineral, batch]
    local: Any  # what the view of the stocks needs each month


class Assembly(abc.ABC):
    """A model: named pools and processes on a column. Thin by design.

    Parameters
    ----------
    pools : sequence of Pool
    processes : sequence of Process
    cells, organic : int
        Cells of the column and how many of them are organic slots.
    """

    def __init__(self, pools: Sequence[Pool], processes: Sequence[Process], cells: int, organic: int) -> None:
        self.processes = tuple(processes)

        def gather(kind: str) -> tuple[Any, ...]:
            return tuple(of_process(d, p.name) for p in self.processes for d in getattr(p, kind))

        transfers: tuple[Transfer, ...] = gather("transfers")
        losses: tuple[Loss, ...] = gather("losses")
        inputs: tuple[Input, ...] = gather("inputs")
        incorporations: tuple[Incorporation, ...] = gather("incorporations")
        classes = tuple(dict.fromkeys(p.moves for p in self.processes if p.moves is not None))
        self.graph = Graph(tuple(pools), transfers, losses, inputs, incorporations, cells, organic, classes)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._identity == other._identity  # type: ignore[union-attr]

    def __hash__(self) -> int:
        return hash((type(self), self._identity))

    @property
    def _identity(self) -> object:
        """What compiled code depends on: two models with the same identity share it."""
        return self.graph

    # -- what a model adds -------------------------------------------------------------------------------------

    @abc.abstractmethod
    def environment(
        self, stock: Array, physical: Any, site: Any, forcing: Any, parameters: Parameters
    ) -> tuple[Any, Any]:
        """Return the year's environment (arrays [12, ...]) and the physical state at its end.

        Parameters
        ----------
        stock : Array [pools, cells, batch]
            Carbon at the start of the year, kg m-2.
        physical : pytree
            Physical state (water, structure) at the start of the year.
        site, forcing : pytree
            What the column is made of; the year's weather, cover and management.
        """

    @abc.abstractmethod
    def local(self, environment: Any, parameters: Parameters) -> Any:
        """Return what :meth:`view` needs each month, leaves [12, ...] or, if constant, [1, ...]."""

    @abc.abstractmethod
    def view(self, stock: Array, local: Any, parameters: Parameters) -> Any:
        """Return the processes' view of the stocks."""

    def lived(self, forcing: Any) -> Any:
        """The forcing of a year as it is lived; that of a spin-up may ask slow states to come to their targets."""
        return forcing

    def after_year(self, physical: Any, ledger: Any, season: Season, environment: Any, parameters: Parameters) -> Any:
        """Return the physical state once the year's fluxes are known; unchanged unless a model says otherwise.

        Parameters
        ----------
        physical : pytree
            As :meth:`environment` returned it.
        ledger : Ledger or None
            None where the year is not recorded.
        """
        del ledger, season, environment, parameters
        return physical

    # -- what every model shares -------------------------------------------------------------------------------

    def modelled(self) -> dict[str, Mode]:
        """Every process modelled."""
        return {
            p.name: Mode(jnp.ones(()), tuple(jnp.zeros(()) for _ in (*p.transfers, *p.losses))) for p in self.processes
        }

    def season(self, environment: Any, parameters: Parameters, modes: Modes) -> Season:
        """Evaluate once a year what the stocks do not change within it."""
        graph = self.graph
        inputs: list[Array] = []
        rates: list[Array] = []
        shares: list[Array] = []
        movement: dict[str, Movement] = {}
        prepared = {}
        for process in self.processes:
            on = modes[process.name].scale
            prepared[process.name] = process.prepare(environment, parameters)
            inputs.extend(on * u for u in process.supply(environment, parameters))
            for rate, share in process.incorporate(environment, parameters):
                rates.append(on * rate)
                shares.append(share)
            moved = process.move(environment, parameters)
            if moved is not None and process.moves is not None:
                before = movement.get(process.moves, Movement(jnp.zeros(()), jnp.zeros(())))
                movement[process.moves] = Movement(before.down + on * moved.down, before.up + on * moved.up)
        return Season(
            prepared=prepared,
            inputs=tuple(inputs),
            down=tuple(movement[c].down for c in graph.classes),
            up=tuple(movement[c].up for c in graph.classes),
            inc_rate=tuple(rates),
            inc_share=tuple(shares),
            local=self.local(environment, parameters),
        )

    def rates(self, stock: Array, month: Season, parameters: Parameters, modes: Modes) -> tuple[Array, ...]:
        """Coefficients of all transfers, then of all losses, at the given stocks.

        A view with a method ``note(process, coefficients)`` is told what each process gave, for those that come after.
        """
        view = self.view(stock, month.local, parameters)
        note = getattr(view, "note", None)
        transfers: list[Array] = []
        losses: list[Array] = []
        for process in self.processes:
            declared = len(process.transfers) + len(process.losses)
            if declared == 0:
                continue
            given = process.rates(view, month.prepared[process.name], parameters)
            if len(given) != declared:
                raise TypeError(f"{process.name} declares {declared} fluxes and gives {len(given)} coefficients")
            mode = modes[process.name]
            given = tuple(mode.scale * k + extra for k, extra in zip(given, mode.prescribed, strict=True))
            if note is not None:
                note(process, given)
            transfers.extend(given[: len(process.transfers)])
            losses.extend(given[len(process.transfers) :])
        return (*transfers, *losses)

    def coefficients(self, stock: Array, month: Season, parameters: Parameters, modes: Modes) -> Coefficients:
        """The operator at the given stocks in one month."""
        return Coefficients(
            self.rates(stock, month, parameters, modes),
            month.down,
            month.up,
            month.inc_rate,
            month.inc_share,
        )
