"""What a process declares: pools, transfers, losses, inputs and movement between cells."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace


class Role(enum.StrEnum):
    """What a pool is, so that inputs, events and zones never need its name."""

    FRESH = "fresh"
    DISSOLVED = "dissolved"
    LIVING = "living"
    RESIDUE = "residue"
    OCCLUDED = "occluded"
    MINERAL = "mineral"
    INERT = "inert"


class Kind(enum.StrEnum):
    """Nature of a transfer."""

    BIOTIC = "biotic"
    ABIOTIC = "abiotic"
    TRANSPORT = "transport"


@dataclass(frozen=True)
class Pool:
    """A carbon pool present in every cell of a column.

    Parameters
    ----------
    name : str
        Unique name.
    role : Role
        What the pool is.
    moves_with : str or None
        Name of the transport class that carries the pool between cells (``"dissolved"``, ``"mixing"``), or None.
    description : str
        One sentence for tables.
    tags : tuple of str
        Further labels by which inputs and events find it (``"metabolic"``, ``"structural"``).
    """

    name: str
    role: Role
    moves_with: str | None
    description: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Transfer:
    """Carbon moving from `donor` to `receiver` inside a cell, at a rate coefficient per unit of donor (yr-1).

    With `returns`, the receiver is the donor: what decays and comes back. It changes no rate of change, only what
    a discrete scheme counts as decayed within its step.
    """

    donor: str
    receiver: str
    kind: Kind
    mechanism: str
    process: str = ""
    returns: bool = False

    @property
    def name(self) -> str:
        """``donor->receiver``."""
        return f"{self.donor}->{self.receiver}"


@dataclass(frozen=True)
class Loss:
    """Carbon leaving `donor` and the column, with its fate (``"respired"``), per unit of donor (yr-1)."""

    donor: str
    fate: str
    kind: Kind
    mechanism: str
    process: str = ""

    @property
    def name(self) -> str:
        """``donor->fate``."""
        return f"{self.donor}->{self.fate}"


@dataclass(frozen=True)
class Input:
    """Carbon entering `receiver` from outside, with the tag of its source (``"leaf"``), kg C m-2 yr-1."""

    receiver: str
    source: str
    process: str = ""


@dataclass(frozen=True)
class Incorporation:
    """Carbon taken from a pool of the organic slots into a pool of the mineral layers.

    The flux is a rate per unit of donor times shares by mineral layer that add up to one: a known source for the
    mineral soil once the organic slots are solved, so that the operator stays block-tridiagonal.
    """

    donor: str
    receiver: str
    mechanism: str
    process: str = ""

    @property
    def name(self) -> str:
        """``donor->receiver``."""
        return f"{self.donor}->{self.receiver}"


Declaration = Transfer | Loss | Input | Incorporation


def of_process(declaration: Declaration, process: str) -> Declaration:
    """Return the declaration labelled with the process that makes it."""
    return replace(declaration, process=process)
