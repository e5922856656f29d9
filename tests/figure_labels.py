"""Whether what is written in a figure can be read: nothing cut off, nothing over anything else."""

import itertools

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text


def texts_of(figure: Figure) -> list[Text]:
    """Texts that are drawn: not empty, and ticks only where their axis shows them."""
    found = []
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if text.get_visible() and text.get_text().strip():
            found.append(text)
    shown = []
    ticks = {id(label): axis for axis in axes_of(figure) for label in labels_of(axis)}
    for text in found:
        axis = ticks.get(id(text))
        if axis is None or on_axis(axis, text):
            shown.append(text)
    return shown


def axes_of(figure):
    return [axis for ax in figure.findobj(matplotlib.axis.Axis) for axis in (ax,)]


def labels_of(axis):
    return [
        label for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()) for label in (tick.label1, tick.label2)
    ]


def on_axis(axis, text) -> bool:
    low, high = sorted(axis.get_view_interval())
    place = text.get_position()[0 if axis.axis_name == "x" else 1]
    return low - 1e-9 * abs(high) <= place <= high + 1e-9 * abs(high)


def check_labels(figure: Figure, name: str) -> None:
    """Draw a figure and look at the place of every text in it."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    width, height = figure.canvas.get_width_height()
    boxes = []
    for text in texts_of(figure):
        if isinstance(text, Annotation):
            continue  # stands on a white ground of its own, over the drawing
        box = text.get_window_extent(renderer)
        where = f"{name}: {text.get_text()!r}"
        assert box.x0 > -1 and box.y0 > -1, f"{where} is cut off"
        assert box.x1 < width + 1 and box.y1 < height + 1, f"{where} is cut off"
        boxes.append((where, box.shrunk(0.9, 0.9)))
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        assert not a.overlaps(b), f"{one} overlaps {other}"
