"""What a report figure is, and the list of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pedozone.report.style import place_labels, styled

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class ReportFigure:
    """A figure of the report: call it with a run's dataset to draw it.

    Attributes
    ----------
    name : str
        Name in `pedozone.report.figures`, on the command line and in `run.plot`.
    title : str
        Heading.
    section : str
        Part of the report that shows it.
    needs : tuple of str
        Variables without which it cannot be drawn.
    draw : callable
        Dataset to matplotlib Figure.
    caption : callable
        Dataset to the sentence or two under the figure, which also serve as its text alternative.
    """

    name: str
    title: str
    section: str
    needs: tuple[str, ...]
    draw: Callable[[xr.Dataset], Figure]
    caption: Callable[[xr.Dataset], str]
    applies: Callable[[xr.Dataset], bool]

    def __call__(self, ds: xr.Dataset) -> Figure:
        """Draw the figure.

        Raises
        ------
        ValueError
            The dataset lacks what the figure shows.
        """
        missing = [name for name in self.needs if name not in ds.variables]
        if missing:
            raise ValueError(
                f"figure {self.name!r}: the dataset has no {', '.join(missing)}; "
                f"figures it supports: {', '.join(REGISTRY.available(ds))}"
            )
        if not self.applies(ds):
            raise ValueError(f"figure {self.name!r}: the dataset holds nothing to show in it")
        with styled():
            figure = self.draw(ds)
            place_labels(figure)
        return figure

    def available(self, ds: xr.Dataset) -> bool:
        """Tell whether the dataset holds what the figure shows."""
        return all(name in ds.variables for name in self.needs) and self.applies(ds)


SECTIONS = (
    "summary",
    "observed",
    "profile",
    "zones",
    "fluxes",
    "radiocarbon",
    "climate",
    "budget",
)


class FigureRegistry(Mapping[str, ReportFigure]):
    """Mapping from a figure's name to the figure, in the order of the report."""

    def __init__(self) -> None:
        self._figures: dict[str, ReportFigure] = {}

    def __getitem__(self, name: str) -> ReportFigure:
        try:
            return self._figures[name]
        except KeyError:
            raise KeyError(f"no figure {name!r}; there are {', '.join(self)}") from None

    def __iter__(self) -> Iterator[str]:
        order = {section: place for place, section in enumerate(SECTIONS)}
        return iter(sorted(self._figures, key=lambda name: order[self._figures[name].section]))

    def __len__(self) -> int:
        return len(self._figures)

    def available(self, ds: xr.Dataset) -> list[str]:
        """Names of the figures that this dataset can fill."""
        return [name for name, figure in self.items() if figure.available(ds)]

    def add(self, figure: ReportFigure) -> None:
        """Append a figure."""
        if figure.section not in SECTIONS:
            raise ValueError(f"figure {figure.name!r}: no section {figure.section!r}; there are {', '.join(SECTIONS)}")
        if figure.name in self._figures:
            raise ValueError(f"figure {figure.name!r} is declared twice")
        self._figures[figure.name] = figure


REGISTRY = FigureRegistry()


def report_figure(
    name: str,
    *,
    title: str,
    section: str,
    needs: tuple[str, ...],
    caption: str | Callable[[xr.Dataset], str],
    applies: Callable[[xr.Dataset], bool] = lambda ds: True,
) -> Callable[[Callable[[xr.Dataset], Figure]], Callable[[xr.Dataset], Figure]]:
    """Declare the decorated function as a figure of the report."""
    say = caption if callable(caption) else lambda ds: caption

    def declare(draw: Callable[[xr.Dataset], Figure]) -> Callable[[xr.Dataset], Figure]:
        REGISTRY.add(ReportFigure(name, title, section, needs, draw, say, applies))
        return draw

    return declare
