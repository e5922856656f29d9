"""Parts of tables, with types that stay the same whatever the table holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd


def numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    """A column as numbers [rows]."""
    return np.asarray(frame[name], dtype=float)


def texts(frame: pd.DataFrame, name: str) -> np.ndarray:
    """A column as it is [rows]."""
    return np.asarray(frame[name], dtype=object)


def rows_of(frame: pd.DataFrame, keep: Any) -> pd.DataFrame:
    """The rows where something is true, with their index."""
    return pd.DataFrame(frame.loc[np.asarray(keep, dtype=bool)])


def where(frame: pd.DataFrame, **values: Any) -> pd.DataFrame:
    """The rows that have these values in these columns."""
    keep = np.ones(len(frame), dtype=bool)
    for name, value in values.items():
        keep &= texts(frame, name) == value
    return rows_of(frame, keep)


def grouped_rows(
    frame: pd.DataFrame, by: str | Sequence[str], sort: bool = False
) -> Iterator[tuple[Any, pd.DataFrame]]:
    """Rows by the values of one column, or of several."""
    keys = by if isinstance(by, str) else list(by)
    for key, part in frame.groupby(keys, sort=sort):
        yield key, pd.DataFrame(part)


def counts_of(frame: pd.DataFrame, name: str) -> list[tuple[str, int]]:
    """How often each value of a column stands in it, the most frequent first."""
    found = cast("pd.Series", frame[name]).value_counts()
    return [(str(value), int(count)) for value, count in found.items()]
