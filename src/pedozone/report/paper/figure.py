"""What a figure of the paper is: a drawing, the numbers in it, a caption and sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pedozone.report import style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class PaperFigure:
    """A figure of the paper, or a part of one.

    Attributes
    ----------
    name : str
        Of its files: ``figure_4a_stock``.
    number : str
        As in the paper: ``4a``.
    title : str
    caption : str
        What is drawn, of what, and what to beware of; serves as text alternative.
    sources : tuple of str
        Citations.
    table : pandas.DataFrame
        The numbers drawn.
    draw : callable
        Gives the matplotlib Figure.
    """

    name: str
    number: str
    title: str
    caption: str
    sources: tuple[str, ...]
    table: pd.DataFrame
    draw: Callable[[], Figure]

    def __call__(self) -> Figure:
        """Draw it."""
        with style.styled():
            return self.draw()
