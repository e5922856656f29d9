"""The pool diagram: complete, inside its frame, nothing on top of anything else."""

import itertools
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from pedozone.engine.declarations import Incorporation, Input, Kind, Loss, Pool, Role, Transfer
from pedozone.engine.graph import Graph
from pedozone.models.century import Century
from pedozone.models.millennial import Millennial
from pedozone.models.pedon import Pedon
from pedozone.models.rothc import RothC
from pedozone.report.diagram import pool_diagram

SVG = "{http://www.w3.org/2000/svg}"


def drawn_at_random(pools: int, seed: int) -> Graph:
    """A graph with many transfers, names long and short."""
    rng = np.random.default_rng(seed)
    words = ("soil", "litter", "metabolic", "x", "mineral_associated", "dom")
    roles = list(Role)
    names = [f"{words[rng.integers(len(words))]}_{k}" for k in range(pools)]
    found = tuple(
        Pool(name, roles[rng.integers(len(roles))], "mixing" if rng.random() < 0.5 else None, f"pool {name}")
        for name in names
    )
    pairs = [pair for pair in itertools.permutations(names, 2) if rng.random() < 2.5 / pools]
    transfers = tuple(Transfer(a, b, list(Kind)[rng.integers(3)], "test") for a, b in pairs)
    transfers += tuple(Transfer(a, a, Kind.BIOTIC, "test", returns=True) for a in names if rng.random() < 0.3)
    losses = tuple(
        Loss(name, fate, Kind.BIOTIC, "test") for name in names for fate in ("respired", "burnt") if rng.random() < 0.4
    )
    inputs = tuple(Input(name, source) for name in names for source in ("leaf", "root") if rng.random() < 0.3)
    return Graph(found, transfers, losses, inputs, (), 3, 0, ("mixing",))


GRAPHS = {"pedon": Pedon(7, 1), "rothc": RothC(), "century": Century(), "millennial": Millennial()}
GRAPHS = {name: model.graph for name, model in GRAPHS.items()}
GRAPHS |= {f"{n} pools, {seed}": drawn_at_random(n, seed) for n in (3, 8, 14) for seed in range(3)}
every_graph = pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)


def parsed(graph):
    return ET.fromstring(pool_diagram(graph, "a <title> & more"))


def number(element, name):
    return float(element.get(name))


def text_frames(root):
    """(left, top, right, bottom, text) of every text, as wide as a wide sans-serif makes it."""
    for text in root.iter(f"{SVG}text"):
        size, x, y = number(text, "font-size"), number(text, "x"), number(text, "y")
        width = 0.6 * size * len(text.text or "")
        left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[text.get("text-anchor")] * width
        yield left, y - 0.8 * size, left + width, y + 0.2 * size, text.text


def boxes(root):
    """(left, top, right, bottom) of every pool."""
    for group in root.iter(f"{SVG}g"):
        rect = group.find(f"{SVG}rect")
        if rect is not None:
            x, y = number(rect, "x"), number(rect, "y")
            yield x, y, x + number(rect, "width"), y + number(rect, "height")


def segments(root):
    """(x0, y0, x1, y1) of the straight parts of every line, by line."""
    for k, group in enumerate(root.iter(f"{SVG}g")):
        paths = group.findall(f"{SVG}path")
        if not paths:
            continue
        data = paths[-1].get("d")
        point = None
        for command, coordinates in re.findall(r"([MLQ])([-\d. ]+)", data):
            values = [float(v) for v in coordinates.split()]
            if command == "L":
                yield k, (*point, *values)
            point = tuple(values[-2:])


@every_graph
def test_all_that_is_declared_is_drawn(graph):
    root = parsed(graph)
    drawn = list(boxes(root))
    # a source of carbon may have the name of a pool
    texts = [
        text
        for left, top, right, bottom, text in text_frames(root)
        if any(left >= a and top >= b and right <= c and bottom <= d for a, b, c, d in drawn)
    ]
    for pool in graph.pools:
        assert texts.count(pool.name.replace("_", " ")) == 1
    assert len(drawn) == len(graph.pools)
    described = root.find(f"{SVG}desc").text
    for transfer in graph.transfers:
        assert f"{transfer.donor} to {transfer.receiver} ({transfer.kind}, {transfer.mechanism})" in described
    # one arrowhead for every transfer, loss and input
    ends = {(t.donor, t.receiver, t.kind) for t in graph.transfers}
    lost = {(s.donor, s.fate, s.kind) for s in graph.losses}
    fed = {(entry.receiver, entry.source) for entry in graph.inputs}
    assert len(list(root.iter(f"{SVG}polygon"))) == len(ends) + len(lost) + len(fed)
    assert root.find(f"{SVG}title").text == "a <title> & more"


@every_graph
def test_nothing_leaves_the_frame(graph):
    root = parsed(graph)
    _, _, width, height = map(float, root.get("viewBox").split())
    for left, top, right, bottom, *_ in (*text_frames(root), *boxes(root)):
        assert left >= 0.0 and top >= 0.0 and right <= width and bottom <= height
    for _, (x0, y0, x1, y1) in segments(root):
        assert 0.0 <= min(x0, x1) and max(x0, x1) <= width and 0.0 <= min(y0, y1) and max(y0, y1) <= height


@every_graph
def test_texts_and_boxes_do_not_overlap(graph):
    root = parsed(graph)
    for kind in (list(text_frames(root)), list(boxes(root))):
        for one, other in itertools.combinations(kind, 2):
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (one, other)
    # the text of a box stays within it, all other text out of every box
    for left, top, right, bottom, text in text_frames(root):
        for a, b, c, d in boxes(root):
            within = left >= a and top >= b and right <= c and bottom <= d
            apart = right <= a or c <= left or bottom <= b or d <= top
            assert within or apart, text


@every_graph
def test_lines_cross_but_never_lie_on_each_other_nor_on_boxes_or_text(graph):
    root = parsed(graph)
    lines = list(segments(root))
    for (_, one), (_, other) in itertools.combinations(lines, 2):
        for along, across in ((0, 1), (1, 0)):
            level = one[across] == one[across + 2], other[across] == other[across + 2]
            if not all(level) or abs(one[across] - other[across]) > 3.0:
                continue
            low = max(min(one[along], one[along + 2]), min(other[along], other[along + 2]))
            high = min(max(one[along], one[along + 2]), max(other[along], other[along + 2]))
            assert high - low <= 0.1, (one, other)
    for _, (x0, y0, x1, y1) in lines:
        for a, b, c, d, *_ in (*boxes(root), *text_frames(root)):
            inside = max(min(x0, x1), a) < min(max(x0, x1), c) - 0.1 and max(min(y0, y1), b) < min(max(y0, y1), d) - 0.1
            through = y0 == y1 and b < y0 < d and max(min(x0, x1), a) < min(max(x0, x1), c) - 0.1
            assert not inside and not through


def test_incorporation_between_pools_is_drawn_as_transport():
    pools = (Pool("litter", Role.FRESH, None), Pool("pom", Role.OCCLUDED, None))
    moved = Incorporation("litter", "pom", "burial")
    root = ET.fromstring(pool_diagram(Graph(pools, (), (), (Input("litter", "leaf"),), (moved,), 3, 1, ())))
    tips = [title.text for title in root.iter(f"{SVG}title")]
    assert "litter to pom: burial" in tips


def test_several_can_share_a_page():
    assert " id=" not in pool_diagram(Century().graph)
    assert pool_diagram(Century().graph) == pool_diagram(Century().graph)
