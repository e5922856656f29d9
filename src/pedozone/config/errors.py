"""What a person is told when an input cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike, fspath
from typing import Any

#: Stands for a value that is not there at all.
MISSING = "(missing)"


class InputError(ValueError):
    """An input that cannot be used, in one message: where, what, what is allowed, how to mend.

    Parameters
    ----------
    file : str or os.PathLike
        The file it stands in; ``<dict>`` where there is none.
    field : str
        Dotted path of the field, entries of lists counted from 1 (``soil.horizon[2].ph``); empty
        where the file as a whole is meant.
    value : object
        What was found; `MISSING` where nothing was.
    allowed : str
        What may stand there.
    mend : str
        What to do about it.
    line : int, optional
        Line of the file, counted from 1.
    others : sequence of InputError
        Further problems found in the same file.
    """

    def __init__(
        self,
        file: str | PathLike[str],
        field: str,
        value: Any,
        allowed: str,
        mend: str,
        *,
        line: int | None = None,
        others: Sequence[InputError] = (),
    ) -> None:
        self.file = fspath(file)
        self.field = field
        self.value = value
        self.allowed = allowed
        self.mend = mend
        self.line = line
        self.others = tuple(others)
        super().__init__(str(self))

    def __str__(self) -> str:
        more = len(self.others)
        if not more:
            return self.message()
        fields = ", ".join(dict.fromkeys(other.field or "the file" for other in self.others[:3]))
        tail = ", ..." if more > 3 else ""
        return f"{self.message()}\n  and {more} more: {fields}{tail}"

    def __reduce__(self) -> tuple[Any, ...]:
        # The default would call the class with the message alone and fail in a worker process.
        fields = (self.file, self.field, self.value, self.allowed, self.mend)
        return _rebuild, (fields, self.line, self.others)

    def message(self) -> str:
        """The message of this problem alone, on up to three lines."""
        where = self.file if self.line is None else f"{self.file}, line {self.line}"
        what = f"{self.field} = {_shown(self.value)}" if self.field else _shown(self.value)
        return f"{where}: {what}\n  allowed: {self.allowed}\n  mend:    {self.mend}"

    def all(self) -> tuple[InputError, ...]:
        """This problem and the others found with it, each by itself."""
        return (self, *self.others)


def _rebuild(fields: tuple[str, str, Any, str, str], line: int | None, others: tuple[InputError, ...]) -> InputError:
    return InputError(*fields, line=line, others=others)


def _shown(value: Any) -> str:
    if isinstance(value, str):
        # Notes such as MISSING are words of the program, not of the file.
        text = value if value.startswith("(") and value.endswith(")") else repr(value)
    else:
        text = repr(value)
    return text if len(text) <= 160 else text[:157] + "..."
