"""The one error that parameters raise."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from os import PathLike, fspath
from typing import Any


class ParameterError(ValueError):
    """A parameter, a parameter set or a prior that cannot be used.

    Parameters
    ----------
    name : str
        Name of the parameter, or the dotted field of the file that is wrong.
    value : object
        What was found there.
    allowed : str
        What may stand there: a range with its unit, or the names known.
    mend : str
        What to do about it.
    file : str or os.PathLike, optional
        The file the value was read from.
    """

    def __init__(
        self,
        name: str,
        value: Any,
        allowed: str,
        mend: str,
        *,
        file: str | PathLike[str] | None = None,
    ) -> None:
        self.name = name
        self.value = value
        self.allowed = allowed
        self.mend = mend
        self.file = None if file is None else fspath(file)
        super().__init__(str(self))

    def __str__(self) -> str:
        where = f"{self.file}: " if self.file else ""
        return f"{where}{self.name} = {self.value!r}: allowed is {self.allowed}. {self.mend}"

    def __reduce__(self) -> tuple[Any, ...]:
        # The default would call the class with the message alone and fail in a worker process.
        return _rebuild, (self.name, self.value, self.allowed, self.mend, self.file)

    def in_file(self, file: str | PathLike[str]) -> ParameterError:
        """The same error, naming the file the value came from."""
        return ParameterError(self.name, self.value, self.allowed, self.mend, file=file)


def _rebuild(name: str, value: Any, allowed: str, mend: str, file: str | None) -> ParameterError:
    return ParameterError(name, value, allowed, mend, file=file)


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str) -> str:
    """A sentence naming the nearest known words, or `otherwise` where none is near.

    Parameters
    ----------
    word : str
        The word as it was written.
    known : iterable of str
        The words that would have been understood.
    otherwise : str
        The sentence to give when nothing resembles `word`.
    """
    near = difflib.get_close_matches(word, list(known), n=3, cutoff=0.6)
    if not near:
        return otherwise
    return "Did you mean " + " or ".join(f"'{name}'" for name in near) + "?"
