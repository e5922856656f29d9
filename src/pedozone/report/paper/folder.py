"""Figures of the paper as a folder: PNG, SVG, a table each, and a page with captions and sources."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from pedozone.report import style
from pedozone.report.citations import FRAMEWORK, FRAMEWORK_DOI
from pedozone.report.html import collector_paused, template
from pedozone.report.paper.figure import PaperFigure
from pedozone.report.svg import inline_svg
from pedozone.version import __version__

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGE = "index.html"
_DOI = re.compile(r",?\s*doi:(10\.\d{4,9}/[^\s;,]+)")


def write_figures(
    figures: Sequence[PaperFigure], write: Callable[[bytes, str], object], notes: Iterable[str] = (), dpi: float = 200.0
) -> list[str]:
    """Write figures, their tables and a page that shows them.

    Parameters
    ----------
    figures : sequence of PaperFigure
    write : callable
        Takes the content of a file and its name.
    notes : iterable of str
        What the page says before the figures, such as why one is missing.
    dpi : float
        Of the PNG.

    Returns
    -------
    list of str
        Names of the files, the page first.
    """
    names: list[str] = []
    shown = []
    with collector_paused():
        for figure in figures:
            drawn = figure()
            for kind in ("png", "svg"):
                names.append(f"{figure.name}.{kind}")
                write(_image(drawn, kind, dpi), names[-1])
            names.append(f"{figure.name}.csv")
            write(figure.table.to_csv(index=False, float_format="%.6g", lineterminator="\n").encode("utf-8"), names[-1])
            shown.append((figure, Markup(inline_svg(drawn, figure.name, figure.title, figure.caption))))
        write(_page(shown, list(notes)).encode("utf-8"), PAGE)
    return [PAGE, *names]


def _image(figure: Figure, kind: str, dpi: float) -> bytes:
    stream = io.BytesIO()
    with style.styled():
        # Without the date of drawing, the same numbers give the same file.
        figure.savefig(stream, format=kind, dpi=dpi, metadata={"Date": None} if kind == "svg" else None)
    return stream.getvalue()


def _page(shown: Sequence[tuple[PaperFigure, Markup]], notes: Sequence[str]) -> str:
    sources = dict.fromkeys(source for figure, _ in shown for source in figure.sources)
    return template("paper.html.j2").render(
        version=__version__,
        framework=FRAMEWORK,
        framework_doi=FRAMEWORK_DOI,
        notes=notes,
        groups=[_group(list(part)) for _, part in groupby(shown, key=lambda pair: pair[0].number[0])],
        sources=[_source(text) for text in sources if FRAMEWORK_DOI not in text],
    )


def _group(part: Sequence[tuple[PaperFigure, Markup]]) -> dict[str, object]:
    """The parts of one figure of the paper."""
    number, alone = part[0][0].number[0], len(part) == 1
    return {
        "id": f"figure_{number}",
        "head": f"Figure {number}: {part[0][0].title}" if alone else f"Figure {number}",
        "figures": [
            {"name": figure.name, "title": f"{figure.number}. {figure.title}", "caption": figure.caption, "svg": svg}
            for figure, svg in part
        ],
    }


def _source(text: str) -> dict[str, str]:
    found = _DOI.search(text)
    doi = found.group(1) if found else ""
    return {"text": _DOI.sub("", text).strip(" ;,"), "doi": doi}


def save_to(folder: Path) -> Callable[[bytes, str], Path]:
    """A writer for `write_figures` that puts files into a folder, each whole or not at all."""
    from pedozone.output.atomic import write_atomically

    return lambda content, name: write_atomically(content, folder / name)
