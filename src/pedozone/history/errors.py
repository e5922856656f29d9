"""The one error that histories raise."""

from __future__ import annotations


class HistoryError(ValueError):
    """An event or a change that the model or the column cannot carry out."""
