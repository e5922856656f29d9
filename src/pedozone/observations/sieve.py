"""Rows on their way into a set of profiles: refused, changed or flagged, and every time it is taken down."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pedozone.observations.findings import Disposition, Findings


class Sieve:
    """The rows of one file.

    Parameters
    ----------
    row : array [rows] of int
        Counted from 1, the heads being row 1; in the order of the file.
    file : str
    table : {"layer", "fraction"}
    findings : Findings

    Attributes
    ----------
    columns : dict of str to array [rows]
        Fields by name, and ``row``. Plain arrays: tables of pandas would turn every text to and fro.
    kept : array [rows] of bool
        Rows that have not been refused.
    """

    def __init__(self, row: np.ndarray, file: str, table: str, findings: Findings) -> None:
        self.columns: dict[str, np.ndarray] = {"row": row}
        self.file = file
        self.table = table
        self.findings = findings
        self.kept = np.ones(len(row), dtype=bool)
        self._codes: dict[int, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self.kept)

    def __getitem__(self, field: str) -> np.ndarray:
        return self.columns[field]

    def __contains__(self, field: str) -> bool:
        return field in self.columns

    def profiles(self) -> np.ndarray:
        """A number for the profile of each row, in the order of the file."""
        names = self["profile_id"]
        if id(names) not in self._codes:
            self._codes = {id(names): pd.factorize(names)[0]}
        return self._codes[id(names)]

    def number(self, field: str) -> np.ndarray:
        """A column of numbers; NaN throughout where the file has none."""
        return np.asarray(self[field], dtype="float64") if field in self else np.full(len(self), np.nan)

    def text(self, field: str) -> np.ndarray:
        """A column of texts; empty throughout where the file has none."""
        return self[field] if field in self else np.full(len(self), "", dtype=object)

    def flag(self, field: str) -> np.ndarray:
        """A column of flags; false throughout where the file has none."""
        return self[field].astype(bool) if field in self else np.zeros(len(self), dtype=bool)

    def put(self, field: str, values: np.ndarray) -> None:
        """Fill a column."""
        self.columns[field] = values

    def refuse(self, rows: np.ndarray, field: str, reason: Any, value: Any = "") -> None:
        """Leave out rows that are still there; each of them once, with the first reason."""
        rows = np.asarray(rows, dtype=bool) & self.kept
        self._note("refused", rows, field, reason, value)
        self.kept &= ~rows

    def note(
        self, disposition: Disposition, rows: np.ndarray, field: str, reason: Any, value: Any = "", table: str = ""
    ) -> None:
        """Take something down about rows that are still there."""
        self._note(disposition, np.asarray(rows, dtype=bool) & self.kept, field, reason, value, table)

    def empty(self, rows: np.ndarray, field: str, reason: Any, value: Any = None) -> None:
        """Take a value out of rows that are still there."""
        rows = np.asarray(rows, dtype=bool) & self.kept
        if not rows.any():
            return
        column = self[field]
        self._note("emptied", rows, field, reason, column if value is None else value)
        self.put(field, np.where(rows, np.nan, column))

    def about_all(self, disposition: Disposition, field: str, reason: str, value: Any = "") -> None:
        """Take something down about a column or the file as a whole."""
        self.findings.note(disposition, reason, file=self.file, row=1, table=self.table, field=field, value=value)

    def _note(
        self, disposition: Disposition, rows: np.ndarray, field: str, reason: Any, value: Any, table: str = ""
    ) -> None:
        if rows.any():
            self.findings.note(
                disposition,
                _of(reason, rows),
                file=self.file,
                row=self["row"][rows],
                table=table or self.table,
                field=field,
                value=_of(value, rows),
            )


def _of(value: Any, rows: np.ndarray) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    part = value[rows]
    return np.array([f"{v:g}" for v in part], dtype=object) if part.dtype.kind == "f" else part
