"""What a process is: declared fluxes, and the coefficients that go with them."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax

from pedozone.engine.declarations import Incorporation, Input, Loss, Transfer

Array = jax.Array
Parameters = Mapping[str, Array]


class Movement(NamedTuple):
    """Face transport of one class in every month: rates (yr-1) [12, cells, batch] out of a cell, down and up."""

    down: Array
    up: Array


class Process(abc.ABC):
    """A process declares fluxes and gives their coefficients; it never touches state.

    Subclasses set the class attributes they need and override the methods that belong to them; a process that serves
    several pools sets what depends on them when it is made. `prepare` runs once
    a year on arrays with a leading month axis; `rates` runs in every stage of every step on the month's slice.
    """

    name: str
    summary: str = ""
    sources: tuple[str, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    losses: tuple[Loss, ...] = ()
    inputs: tuple[Input, ...] = ()
    incorporations: tuple[Incorporation, ...] = ()
    moves: str | None = None
    parameters: tuple[str, ...] = ()

    def prepare(self, environment: Any, parameters: Parameters) -> Any:
        """Return what does not depend on the state: a pytree of arrays [12, ...], or [1, ...] if constant."""
        del environment, parameters
        return ()

    def rates(self, state: Any, prepared: Any, parameters: Parameters) -> tuple[Array, ...]:
        """Return the coefficients (yr-1 per unit of donor) of the transfers, then of the losses.

        Parameters
        ----------
        state : object
            The model's view of the stocks of this stage (pools by name, concentrations, fluxes of common use).
        prepared : pytree
            The month's slice of what `prepare` returned.
        parameters : mapping of str to Array
            Values, scalar or [batch].
        """
        del state, prepared, parameters
        return ()

    def supply(self, environment: Any, parameters: Parameters) -> tuple[Array, ...]:
        """Return the declared inputs, kg C m-2 yr-1, each [12, cells, batch]."""
        del environment, parameters
        return ()

    def incorporate(self, environment: Any, parameters: Parameters) -> tuple[tuple[Array, Array], ...]:
        """Return rate [12, organic, batch] (yr-1) and shares [mineral, batch] of every incorporation."""
        del environment, parameters
        return ()

    def move(self, environment: Any, parameters: Parameters) -> Movement | None:
        """Return the face transport of the class named by `moves`."""
        del environment, parameters
        return None
