"""The one error that plants raise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pedozone.parameters.errors import did_you_mean


class PlantError(ValueError):
    """A land cover or a crop that cannot be used.

    Parameters
    ----------
    field : str
        What is wrong.
    value : object
        What was found there.
    allowed : str
        What may stand there.
    mend : str
        What to do about it.
    """

    def __init__(self, field: str, value: Any, allowed: str, mend: str) -> None:
        self.field = field
        self.value = value
        self.allowed = allowed
        self.mend = mend
        super().__init__(f"{field} = {value!r}: allowed is {allowed}. {mend}")

    def __reduce__(self) -> tuple[Any, ...]:
        # The default would call the class with the message alone and fail in a worker process.
        return PlantError, (self.field, self.value, self.allowed, self.mend)


def unknown_name(field: str, name: str, known: Iterable[str]) -> PlantError:
    """The error for a name that is not known, with the nearest ones that are."""
    names = sorted(known)
    mend = did_you_mean(name, names, otherwise="Choose one of these.")
    return PlantError(field, name, "one of " + ", ".join(names), mend)
