"""What was noticed while observations were read: row by row, nothing dropped in silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

Disposition = Literal["converted", "assumed", "flagged", "emptied", "refused"]
DISPOSITIONS: tuple[Disposition, ...] = ("converted", "assumed", "flagged", "emptied", "refused")
"""Converted: from another unit or notation; assumed: filled in by a stated rule; flagged: kept, with a doubt; emptied:
a value left out, its row kept; refused: a row left out."""

COLUMNS = ("file", "row", "table", "field", "value", "disposition", "reason")


@dataclass
class Findings:
    """A collector of findings.

    A finding says in which file and row (counted from 1, the heads of the columns being row 1) which value was
    converted, assumed, flagged, emptied or refused, and why. What is said of a column or a file as a whole stands in
    row 1.
    """

    _parts: list[pd.DataFrame] = field(default_factory=list)

    def note(
        self,
        disposition: Disposition,
        reason: str | Sequence[str],
        *,
        file: Any,
        row: Any,
        table: str,
        field: str = "",
        value: Any = "",
    ) -> None:
        """Take down the same thing about one or many rows.

        Parameters
        ----------
        disposition : str
            One of `DISPOSITIONS`.
        reason : str or sequence of str
            Why, and what would mend it.
        file, row, value : scalar or sequence
            Broadcast against each other; nothing is noted where they are empty.
        """
        parts = [np.atleast_1d(np.asarray(part, dtype=object)) for part in (file, row, value, reason)]
        if any(part.size == 0 for part in parts):
            return
        size = max(part.size for part in parts)
        files, rows, values, reasons = (np.broadcast_to(part, size) for part in parts)
        self._parts.append(
            pd.DataFrame(
                {
                    "file": _texts(files),
                    "row": rows.astype("int64"),
                    "table": table,
                    "field": field,
                    "value": _texts(values),
                    "disposition": disposition,
                    "reason": reasons,
                }
            )
        )

    def add(self, others: Findings) -> None:
        """Take over what another collector has."""
        self._parts += others._parts

    def table(self) -> pd.DataFrame:
        """All findings, in the order of files and rows."""
        if not self._parts:
            return pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS})
        return pd.concat(self._parts, ignore_index=True).sort_values(["file", "row"], kind="stable", ignore_index=True)

    def counts(self) -> pd.DataFrame:
        """How often each thing was found: by disposition, table, field and reason."""
        found = self.table()
        by = ["disposition", "table", "field", "reason"]
        return found.groupby(by, sort=False, as_index=False).agg(rows=("row", "size"))


def _texts(values: np.ndarray) -> np.ndarray:
    if len(set(map(id, values[:2]))) == 1 and values.strides == (0,):
        return np.broadcast_to(np.asarray(str(values[0]), dtype=object), values.shape)
    return np.asarray([str(value) for value in values], dtype=object)
