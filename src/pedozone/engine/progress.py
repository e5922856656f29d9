"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import overload

Progress = Callable[[float, str], None]
"""Takes the share that is done, 0 to 1, and what is being done."""


@overload
def part_of(progress: Progress, low: float, high: float, label: str = "") -> Progress: ...
@overload
def part_of(progress: None, low: float, high: float, label: str = "") -> None: ...
@overload
def part_of(progress: Progress | None, low: float, high: float, label: str = "") -> Progress | None: ...
def part_of(progress: Progress | None, low: float, high: float, label: str = "") -> Progress | None:
    """What a part of the work tells, from 0 to 1, as the share `low` to `high` of the whole, the label before it."""
    if progress is None:
        return None
    before = f"{label}: " if label else ""
    return lambda share, message: progress(low + (high - low) * min(max(share, 0.0), 1.0), before + message)


def rising(progress: Progress | None) -> Progress | None:
    """The same, with a share that never falls: an estimate of how far a spin-up is may go back."""
    if progress is None:
        return None
    done = 0.0

    def tell(share: float, message: str) -> None:
        nonlocal done
        done = max(done, share)
        progress(done, message)

    return tell
