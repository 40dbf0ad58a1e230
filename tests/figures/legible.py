"""What makes a printed figure hard to read: for the tests of figures."""

from itertools import combinations

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.transforms import Bbox

#: Centimetres: a column of a journal, one and a half, a page, and wider than any figure is drawn.
WIDTHS = (8.0, 12.0, 17.0, 40.0)
#: Inches: a panel that is narrower or lower shows nothing.
LEAST_PANEL = 0.4


def words(figure: Figure) -> list[Text]:
    """Every text that says something."""
    return [text for text in figure.findobj(Text) if text.get_text()]


def faults(figure: Figure) -> list[str]:
    """What is cut off by the edge, what lies over something else, and panels that are too small."""
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()  # puts everything in its place
    panels = [axes for axes in figure.axes if axes.axison]
    around = [text for text in (figure._suptitle, figure._supxlabel) if text is not None]
    labels = [text for text in (*around, *(t for axes in panels for t in _labels(axes))) if text.get_text()]
    found = [f"{text.get_text()!r} is cut off" for text in labels if not _within(text, figure.bbox)]
    found += _overlaps([*labels, *figure.legends])
    keys = [*figure.legends, *(axes.get_legend() for axes in figure.axes)]
    found += ["a key is cut off" for key in keys if key is not None and not _within(key, figure.bbox)]
    for axes in panels:
        for axis in (axes.xaxis, axes.yaxis):
            numbers = [tick.label1 for tick in axis.get_major_ticks() if tick.label1.get_visible()]
            found += _overlaps([text for text in numbers if text.get_text()])
        size = min(axes.bbox.width, axes.bbox.height) / figure.dpi
        if size < LEAST_PANEL and not hasattr(axes, "_colorbar"):
            found.append(f"panel {axes.get_title(loc='left')!r}: {size:.2f} inches")
    return found


def _labels(axes: Axes) -> list[Text]:
    return [axes._left_title, axes.title, axes.xaxis.label, axes.yaxis.label]


def _within(what: Text | Legend, page: Bbox) -> bool:
    box = what.get_window_extent()
    return box.x0 > page.x0 - 2 and box.x1 < page.x1 + 2 and box.y0 > page.y0 - 2 and box.y1 < page.y1 + 2


def _overlaps(things: list[Text] | list[Text | Legend]) -> list[str]:
    boxes = [(str(thing), thing.get_window_extent().padded(-1)) for thing in things]
    return [f"{a!r} over {b!r}" for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]
