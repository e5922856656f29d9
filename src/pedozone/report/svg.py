"""A matplotlib figure as SVG that can stand inside an HTML page."""

from __future__ import annotations

import io
import re
from html import escape
from typing import TYPE_CHECKING

from matplotlib.backends.backend_svg import FigureCanvasSVG

from pedozone.report.style import styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SVG_TAG = re.compile(r"<svg\b[^>]*>", re.S)
_PREAMBLE = re.compile(r"^.*?(?=<svg\b)", re.S)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.S)
# matplotlib's rule for `*` would reach the whole page; the page's style sheet restates it.
_STYLE = re.compile(r"<style type=\"text/css\">.*?</style>", re.S)
_FAMILY = re.compile(r"font-family: [^;\"]*")
_IDENTIFIER = re.compile(r'\bid="([^"]*)"')
_REFERENCE = re.compile(r'(xlink:href="#|href="#|url\(#)')
_PATH = re.compile(r'\bd="[^"]*"')
_LONG_NUMBER = re.compile(r"(\.\d\d)\d+")
_VIEW_BOX = re.compile(r'viewBox="([^"]*)"')


def inline_svg(figure: Figure, name: str, title: str, description: str) -> str:
    """Return `figure` as an ``<svg>`` element.

    Identifiers carry `name`, so that several figures can share a page; size is left to the style
    sheet; a title and a description serve those who cannot see it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    name : str
        Identifier of the figure, letters, digits and underscores.
    title, description : str
        Plain text; escaped here.
    """
    stream = io.StringIO()
    with styled():
        FigureCanvasSVG(figure).print_svg(stream)
    raw = stream.getvalue()
    view_box = _VIEW_BOX.search(raw)
    if view_box is None:
        raise ValueError(f"figure {name!r}: matplotlib wrote no viewBox")
    body = _METADATA.sub("", _STYLE.sub("", _PREAMBLE.sub("", raw)))
    body = _FAMILY.sub("font-family: inherit", body)
    body = _IDENTIFIER.sub(rf'id="{name}-\1"', body)
    body = _REFERENCE.sub(rf"\g<1>{name}-", body)
    # A hundredth of a point is finer than any screen or printer.
    body = _PATH.sub(lambda match: _LONG_NUMBER.sub(r"\1", match.group()), body)
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{view_box.group(1)}" role="img" '
        f'aria-labelledby="{name}-title {name}-description">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-description">{escape(description)}</desc>'
    )
    return _SVG_TAG.sub(lambda _match: opening, body, count=1)
