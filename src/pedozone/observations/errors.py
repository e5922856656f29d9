"""The one error that observations raise: a file that cannot be used as a whole."""

from __future__ import annotations

from os import PathLike, fspath
from typing import Any


class ObservationError(ValueError):
    """A file of observations, or a request about them, that cannot be used.

    What is wrong with single rows is no error: it is reported, row by row (`Findings`).

    Parameters
    ----------
    file : str or os.PathLike
        The file; ``<table>`` where there is none.
    field : str
        Column or option; empty where the file as a whole is meant.
    value : object
        What was found.
    allowed : str
        What may stand there.
    mend : str
        What to do about it.
    """

    def __init__(self, file: str | PathLike[str], field: str, value: Any, allowed: str, mend: str) -> None:
        self.file = fspath(file)
        self.field = field
        self.value = value
        self.allowed = allowed
        self.mend = mend
        what = f"{field} = {value!r}" if field else repr(value)
        super().__init__(f"{self.file}: {what}: allowed is {allowed}. {mend}")

    def __reduce__(self) -> tuple[Any, ...]:
        # The default would call the class with the message alone and fail in a worker process.
        return ObservationError, (self.file, self.field, self.value, self.allowed, self.mend)
