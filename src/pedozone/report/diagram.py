"""The pool diagram of a model as SVG, drawn from its declarations alone.

Pools stand below each other, upstream first; pools that feed each other in a circle share a frame. Transfers run beside
them as tracks, to the right where carbon moves on downstream, to the left where it returns. A track leaves one pool and
may reach several. Each end has its own height on the box, so that lines cross but never lie on each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

from pedozone.engine.declarations import Kind
from pedozone.engine.graph import Graph
from pedozone.report.style import INK, MUTED, ROLE_SHADES

KIND_COLOURS = {Kind.BIOTIC: "#2e7d32", Kind.ABIOTIC: "#0b66b8", Kind.TRANSPORT: "#a65400"}
_KIND_DASHES = {Kind.BIOTIC: "", Kind.ABIOTIC: "7 3", Kind.TRANSPORT: "2 3"}
_INPUT_COLOUR = "#3a4650"

# Sizes in pixels.
_FONT = 13
_SMALL = 11
_LETTER = 0.62  # of the font size: wider than an average letter, so that nothing is too narrow for its text
_PORT = 14
_TRACK = 14
_NEAR = 22
_BOX = 46
_GAP = 16
_COMPONENT_GAP = 30
_MARGIN = 14
_HEAD = 7


def _text_width(text: str, size: float) -> float:
    return _LETTER * size * len(text)


@dataclass(eq=False)
class _Track:
    """A line from one pool to others on one side."""

    donor: int
    kind: Kind
    right: bool
    ends: dict[int, str] = field(default_factory=dict)  # receiver: mechanism
    column: int = 0

    @property
    def returns(self) -> bool:
        """Whether it ends where it begins."""
        return self.donor in self.ends

    def span(self, place: dict[int, int]) -> tuple[float, float]:
        """First and last row that it passes."""
        rows = [place[self.donor], *(place[end] for end in self.ends)]
        beside = 0.25 if self.returns else 0.0  # it shares no column with what meets its box
        return min(rows) - beside, max(rows) + beside


@dataclass(eq=False)
class _Stub:
    """A line between a pool and the edge of the drawing: an input or a loss."""

    pool: int
    label: str
    colour: str
    dash: str
    tip: str


@dataclass(eq=False)
class _Box:
    """Where a pool stands and at which heights lines meet it."""

    top: float = 0.0
    height: float = _BOX
    left: list[object] = field(default_factory=list)
    right: list[object] = field(default_factory=list)

    def port(self, line: object, right: bool, arriving: bool = False) -> float:
        """Height of a line's end; the lower of the two for the arrival of one that also leaves here."""
        lines = self.right if right else self.left
        place = [k for k, each in enumerate(lines) if each is line][-1 if arriving else 0]
        return self.top + self.height * (place + 1) / (len(lines) + 1)


def pool_diagram(graph: Graph, title: str = "") -> str:
    """Draw the pools of a model and what moves between them.

    Parameters
    ----------
    graph : Graph
        ``model.graph``.
    title : str
        For those who cannot see the drawing; plain text.

    Returns
    -------
    str
        An ``<svg>`` element that stands by itself, without identifiers, scripts or styles of its own, so that any
        number of them can share a page.
    """
    return _Drawing(graph, title).svg()


class _Drawing:
    def __init__(self, graph: Graph, title: str) -> None:
        self.graph = graph
        self.title = title or "Pools and transfers"
        self.order = [p for component in graph.components for p in component]
        self.place = {p: row for row, p in enumerate(self.order)}
        self.tracks = self._tracks()
        self.losses = self._losses()
        self.inputs = self._inputs()
        self.columns = {side: self._assign([t for t in self.tracks if t.right is side]) for side in (False, True)}
        self.boxes = self._boxes()

    # -- what there is to draw ---------------------------------------------------------------------------------

    def _tracks(self) -> list[_Track]:
        found: dict[tuple[int, Kind, bool, bool], _Track] = {}
        index = self.graph.index
        flows = [(index[t.donor], index[t.receiver], t.kind, t.mechanism) for t in self.graph.transfers]
        flows += [
            (index[f.donor], index[f.receiver], Kind.TRANSPORT, f.mechanism)
            for f in self.graph.incorporations
            if f.donor != f.receiver
        ]
        for donor, receiver, kind, mechanism in flows:
            right = self.place[receiver] > self.place[donor]
            track = found.setdefault((donor, kind, right, donor == receiver), _Track(donor, kind, right))
            known = track.ends.get(receiver)
            track.ends[receiver] = mechanism if known in (None, mechanism) else f"{known}, {mechanism}"
        return list(found.values())

    def _losses(self) -> list[_Stub]:
        found: dict[tuple[str, str, Kind], _Stub] = {}
        for loss in self.graph.losses:
            pool = self.graph.index[loss.donor]
            stub = _Stub(pool, loss.fate, KIND_COLOURS[loss.kind], _KIND_DASHES[loss.kind], loss.mechanism)
            found.setdefault((loss.donor, loss.fate, loss.kind), stub)
        return list(found.values())

    def _inputs(self) -> list[_Stub]:
        found: dict[tuple[str, str], _Stub] = {}
        for entry in self.graph.inputs:
            stub = _Stub(self.graph.index[entry.receiver], entry.source, _INPUT_COLOUR, "", f"input: {entry.source}")
            found.setdefault((entry.receiver, entry.source), stub)
        return list(found.values())

    # -- where it goes -----------------------------------------------------------------------------------------

    def _assign(self, tracks: list[_Track]) -> int:
        """Give tracks of a side their columns, short ones near the boxes, and return how many columns there are."""
        taken: list[list[tuple[float, float]]] = []
        spans = {id(t): t.span(self.place) for t in tracks}
        for track in sorted(tracks, key=lambda t: (spans[id(t)][1] - spans[id(t)][0], spans[id(t)][0])):
            low, high = spans[id(track)]
            for column, others in enumerate(taken):  # noqa: B007 (read after the loop)
                if all(high <= a or low >= b for a, b in others):
                    break
            else:
                column = len(taken)
                taken.append([])
            taken[column].append((low, high))
            track.column = column
        return len(taken)

    def _boxes(self) -> dict[int, _Box]:
        boxes = {p: _Box() for p in self.order}
        for p, box in boxes.items():
            # ordered so that lines of the same box do not cross each other
            def sided(right: bool, leaving: bool, outer_first: bool, pool: int = p) -> list[_Track]:
                passing = [t for t in self.tracks if t.right is right and not t.returns]
                mine = [t for t in passing if (t.donor == pool if leaving else pool in t.ends)]
                return sorted(mine, key=lambda t: t.column, reverse=outer_first)

            box.right += sided(True, False, False)
            box.right += [s for s in self.losses if s.pool == p]
            box.right += sided(True, True, True)
            box.left += sided(False, True, False)
            box.left += [t for t in self.tracks if t.returns and t.donor == p for _ in ("leaving", "arriving")]
            box.left += [s for s in self.inputs if s.pool == p]
            box.left += sided(False, False, True)
            box.height = max(_BOX, _PORT * (1 + max(len(box.left), len(box.right))))
        y = _MARGIN + 8.0
        component = {p: c for c, pools in enumerate(self.graph.components) for p in pools}
        for row, p in enumerate(self.order):
            if row:
                y += _GAP if component[p] == component[self.order[row - 1]] else _COMPONENT_GAP
            boxes[p].top = y
            y += boxes[p].height
        self.bottom = y
        names = [self._name(p) for p in self.order]
        labels = [self._label(p) for p in self.order]
        width = max(*(_text_width(n, _FONT) for n in names), *(_text_width(n, _SMALL) for n in labels), 0.0)
        longest_input = max((_text_width(s.label, _SMALL) for s in self.inputs), default=0.0)
        longest_loss = max((_text_width(s.label, _SMALL) for s in self.losses), default=0.0)
        self.box_left = _MARGIN + longest_input + 8.0 + _NEAR + _TRACK * self.columns[False] + 12.0
        self.box_right = self.box_left + width + 24.0
        self.loss_end = self.box_right + _NEAR + _TRACK * self.columns[True] + 12.0
        self.input_start = _MARGIN + longest_input + 6.0
        self.width = max(self.loss_end + 6.0 + longest_loss + _MARGIN, 430.0)
        return boxes

    def _x(self, track: _Track) -> float:
        if track.right:
            return self.box_right + _NEAR + _TRACK * track.column
        return self.box_left - _NEAR - _TRACK * track.column

    def _name(self, p: int) -> str:
        return self.graph.pools[p].name.replace("_", " ")

    def _label(self, p: int) -> str:
        pool = self.graph.pools[p]
        parts = [str(pool.role)]
        if pool.moves_with:
            parts.append(f"moves: {pool.moves_with}")
        return " · ".join(parts)

    # -- drawing -----------------------------------------------------------------------------------------------

    def svg(self) -> str:
        """Return the whole drawing."""
        legend, height = self._legend()
        body = "".join((*self._frames(), *self._lines(), *self._pools(), *legend))
        flows = [f"{t.donor} to {t.receiver} ({t.kind}, {t.mechanism})" for t in self.graph.transfers]
        flows += [f"{s.donor} is {s.fate} ({s.mechanism})" for s in self.graph.losses]
        flows += [f"{entry.source} enters {entry.receiver}" for entry in self.graph.inputs]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:.0f} {height:.0f}" '
            f'width="{self.width:.0f}" height="{height:.0f}" role="img" '
            f'font-family="DejaVu Sans, Verdana, sans-serif" style="max-width:100%;height:auto">'
            f"<title>{escape(self.title)}</title><desc>{escape('; '.join(flows))}</desc>"
            f'<rect width="100%" height="100%" fill="#ffffff"/>{body}</svg>\n'
        )

    def _frames(self) -> list[str]:
        """One frame around the boxes of every circle of pools."""
        frames = []
        for component in self.graph.components:
            if len(component) > 1:
                first, last = (self.boxes[component[k]] for k in (0, -1))
                top, end = first.top - 8.0, last.top + last.height + 8.0
                x, w = self.box_left - 8.0, self.box_right - self.box_left + 16.0
                frames.append(
                    f'<rect x="{x:.1f}" y="{top:.1f}" width="{w:.1f}" height="{end - top:.1f}" rx="9" '
                    f'fill="#f1f3f4" stroke="#c9d0d5"/>'
                )
        return frames

    def _lines(self) -> list[str]:
        lines = []
        for stub in self.losses:
            y = self.boxes[stub.pool].port(stub, True)
            lines.append(self._path([(self.box_right, y), (self.loss_end, y)], stub.colour, stub.dash, stub.tip))
            lines.append(_text(self.loss_end + 5.0, y + 4.0, stub.label, _SMALL, INK))
        for stub in self.inputs:
            y = self.boxes[stub.pool].port(stub, False)
            lines.append(self._path([(self.input_start, y), (self.box_left, y)], stub.colour, stub.dash, stub.tip))
            lines.append(_text(self.input_start - 4.0, y + 4.0, stub.label, _SMALL, INK, "end"))
        # from the outside in, so that the breaks at crossings show on the longer tracks
        for track in sorted(self.tracks, key=lambda t: -t.column):
            lines += self._track(track)
        return lines

    def _track(self, track: _Track) -> list[str]:
        x, edge = self._x(track), self.box_right if track.right else self.box_left
        start = self.boxes[track.donor].port(track, track.right)
        ends = {p: self.boxes[p].port(track, track.right, arriving=True) for p in track.ends}
        furthest = max(ends.values(), key=lambda y: abs(y - start))
        colour, dash = KIND_COLOURS[track.kind], _KIND_DASHES[track.kind]
        lines = []
        for p, y in sorted(ends.items(), key=lambda item: -abs(item[1] - start)):
            tip = f"{self._name(track.donor)} to {self._name(p)}: {track.ends[p]}"
            if y == furthest:
                lines.append(self._path([(edge, start), (x, start), (x, y), (edge, y)], colour, dash, tip))
            else:
                lines.append(self._path([(x, y), (edge, y)], colour, dash, tip))
                lines.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')
        return lines

    def _path(self, points: list[tuple[float, float]], colour: str, dash: str, tip: str) -> str:
        """A line with round corners, an arrowhead at its end and a rim that keeps it apart from those it crosses."""
        (x0, _), (x1, y1) = points[-2:]
        sign = 1.0 if x1 > x0 else -1.0
        head = f"{x1:.1f},{y1:.1f} {x1 - sign * _HEAD:.1f},{y1 - 4:.1f} {x1 - sign * _HEAD:.1f},{y1 + 4:.1f}"
        data = _rounded([*points[:-1], (x1 - sign * (_HEAD - 1.0), y1)])
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        return (
            f'<g fill="none"><title>{escape(tip)}</title>'
            f'<path d="{data}" stroke="#ffffff" stroke-width="5" stroke-opacity="0.85"/>'
            f'<path d="{data}" stroke="{colour}" stroke-width="1.7"{dashed}/>'
            f'<polygon points="{head}" fill="{colour}"/></g>'
        )

    def _pools(self) -> list[str]:
        drawn = []
        seen: dict[str, int] = {}
        for p in self.order:
            pool, box = self.graph.pools[p], self.boxes[p]
            shades = ROLE_SHADES[str(pool.role)]
            fill = shades[seen.get(pool.role, 0) % len(shades)]
            seen[pool.role] = seen.get(pool.role, 0) + 1
            ink = _ink_on(fill)
            middle, y = (self.box_left + self.box_right) / 2.0, box.top + box.height / 2.0
            drawn.append(
                f"<g><title>{escape(pool.description or pool.name)}</title>"
                f'<rect x="{self.box_left:.1f}" y="{box.top:.1f}" width="{self.box_right - self.box_left:.1f}" '
                f'height="{box.height:.1f}" rx="6" fill="{fill}" stroke="{INK}" stroke-width="0.8"/>'
                + _text(middle, y - 2.0, self._name(p), _FONT, ink, "middle", "600")
                + _text(middle, y + 13.0, self._label(p), _SMALL, ink, "middle")
                + "</g>"
            )
        return drawn

    def _legend(self) -> tuple[list[str], float]:
        """Kinds of transfer, in rows as wide as the drawing; and the height of all."""
        kinds = [k for k in Kind if any(t.kind is k for t in self.tracks) or self._lost_by(k)]
        entries = [(f"{kind} transfer or loss", KIND_COLOURS[kind], _KIND_DASHES[kind]) for kind in kinds]
        if self.inputs:
            entries.append(("input", _INPUT_COLOUR, ""))
        drawn, x, y = [], float(_MARGIN), self.bottom + 34.0
        for label, colour, dash in entries:
            needed = 30.0 + _text_width(label, _SMALL) + 18.0
            if x > _MARGIN and x + needed > self.width:
                x, y = float(_MARGIN), y + 18.0
            dashed = f' stroke-dasharray="{dash}"' if dash else ""
            drawn.append(
                f'<path d="M{x:.1f} {y - 4:.1f}h24" stroke="{colour}" stroke-width="1.9"{dashed}/>'
                + _text(x + 30.0, y, label, _SMALL, MUTED)
            )
            x += needed
        return drawn, y + _MARGIN

    def _lost_by(self, kind: Kind) -> bool:
        return any(loss.kind is kind for loss in self.graph.losses)


def _text(x: float, y: float, text: str, size: int, colour: str, anchor: str = "start", weight: str = "400") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" '
        f'font-weight="{weight}">{escape(text)}</text>'
    )


def _rounded(points: list[tuple[float, float]], radius: float = 5.0) -> str:
    """Path through corners of right angles, each cut by a curve."""
    data = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x0, y0), (x1, y1), (x2, y2) in zip(points, points[1:], points[2:], strict=False):
        legs = abs(x1 - x0) + abs(y1 - y0), abs(x2 - x1) + abs(y2 - y1)
        r = min(radius, legs[0] / 2.0, legs[1] / 2.0)
        back, on = ((x1 + r * _sign(a - x1), y1 + r * _sign(b - y1)) for a, b in ((x0, y0), (x2, y2)))
        data.append(f"L{back[0]:.1f} {back[1]:.1f}Q{x1:.1f} {y1:.1f} {on[0]:.1f} {on[1]:.1f}")
    data.append(f"L{points[-1][0]:.1f} {points[-1][1]:.1f}")
    return "".join(data)


def _sign(value: float) -> float:
    return (value > 0.0) - (value < 0.0)


def _ink_on(fill: str) -> str:
    """Dark or white, whichever is easier to read on a colour (WCAG relative luminance)."""
    parts = [int(fill[k : k + 2], 16) / 255.0 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    luminance = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return INK if luminance > 0.22 else "#ffffff"
