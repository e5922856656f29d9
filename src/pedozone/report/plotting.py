"""Figures as methods of a run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pedozone.report import plots  # noqa: F401  (declares the figures)
from pedozone.report.registry import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr
    from matplotlib.figure import Figure


class Plots:
    """Figures of one run: ``run.plot.boundary()`` returns a matplotlib Figure.

    Parameters
    ----------
    ds : xarray.Dataset
        Dataset of the run. The figures it supports are listed by `dir`.
    """

    def __init__(self, ds: xr.Dataset) -> None:
        self._ds = ds

    def __getattr__(self, name: str) -> Callable[[], Figure]:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            figure = REGISTRY[name]
        except KeyError as error:
            raise AttributeError(error.args[0]) from None
        return partial(figure, self._ds)

    def __dir__(self) -> list[str]:
        return REGISTRY.available(self._ds)

    def __repr__(self) -> str:
        return f"<figures: {', '.join(REGISTRY.available(self._ds))}>"
