"""Figures as files."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

from pedozone.output.atomic import write_atomically
from pedozone.report.style import styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf")


def save_figure(figure: Figure, path: str | os.PathLike[str], *, dpi: float = 200.0) -> Path:
    """Save a figure as PNG, SVG or PDF by the ending of `path`; whole or not at all.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : path-like
        Ends in .png, .svg or .pdf. Its folder must exist.
    dpi : float
        Dots per inch of a PNG and of shaded fields in the others.

    Raises
    ------
    ValueError
        Another ending.
    OSError
        Folder missing or not writable, or disk full; no truncated file is left.
    """
    target = Path(path)
    kind = target.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise ValueError(
            f"{target}: cannot tell the format from {target.suffix!r}; "
            f"use one of {', '.join('.' + name for name in FORMATS)}"
        )
    stream = io.BytesIO()
    with styled():
        figure.savefig(stream, format=kind, dpi=dpi)
    return write_atomically(stream.getbuffer(), target)
