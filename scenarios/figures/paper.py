"""Figures for a paper: as wide as its column, with words that can be read there.

A figure is drawn for a screen, its panels side by side. Narrower paper gets fewer panels in a row, each as wide as it
was drawn, then everything is made smaller together: words, lines, marks. Where a single panel is too wide, what stands
beside its rows takes more lines, and an axis has fewer numbers.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, MaxNLocator

from scenarios.figures.style import (
    LINE_INCHES,
    SMALL,
    Printed,
    drawn_in_chinese,
    half_widths,
    more_lines,
    rows_together,
    words_broken,
    wrapped,
    write_words,
)

#: Words shrink to this share of what they are on a screen: 9.5 points to 6.
SMALLEST = 0.64
#: Of a single panel, what stands beside its rows may take this share of the width.
BESIDE = 0.42
#: Half-width characters an inch, as drawn.
LETTERS_PER_INCH = 14.5
#: The line of a key and what is empty around it, in half-width characters.
KEY_LETTERS = 9
#: An axis keeps so many numbers at least.
FEWEST_NUMBERS = 2


class _Grid(NamedTuple):
    """Panels of a figure in reading order, and how they are laid out. rows : of the grid; together : rows of a panel"""

    panels: list[list[Axes]]
    columns: int
    together: int


@drawn_in_chinese
def fit_to_paper(figure: Figure, printed: Printed) -> Figure:
    """The figure as it is to be printed. It is changed, once: give every paper a figure of its own."""
    drawn_width, height = figure.get_size_inches()
    width = drawn_width if printed.width is None else printed.width / 2.54
    scale = min(max(width / drawn_width, SMALLEST), 1.0)
    room = width / scale
    if room < 0.999 * drawn_width:
        height = _rearrange(figure, room)
    elif room > drawn_width:
        height *= room / drawn_width  # wider paper: the panels keep their proportion
    if printed.captioned:
        height += more_lines(figure, drawn_width, room) * LINE_INCHES
    figure.set_size_inches(room, height)
    write_words(figure, shown=printed.captioned)
    if scale < 1.0:
        _shrink(figure, scale)
        figure.set_size_inches(width, height * scale)
    if room < 0.999 * drawn_width:
        _thin_out(figure)
    return figure


def _rearrange(figure: Figure, room: float) -> float:
    """Fewer panels in a row, so that each is as wide as it was drawn where that can be; returns the height."""
    width, height = figure.get_size_inches()
    grid = _grid_of(figure)
    if grid is None:
        return float(height)
    columns = max(1, int(grid.columns * room / width + 0.05))
    keys = _long_keys(figure, room)
    if columns < grid.columns or keys:
        height = _lay_out(figure, grid, columns, keys)
    if columns == 1:
        height += _break_rows(figure, room) * LINE_INCHES
    return float(height)


def _grid_of(figure: Figure) -> _Grid | None:
    """The panels, if they stand in one grid."""
    placed = [axes for axes in figure.axes if axes.get_subplotspec() is not None]
    grids = {id(axes.get_subplotspec().get_gridspec()): axes.get_subplotspec() for axes in placed}  # type: ignore[union-attr]
    if len(grids) != 1:
        return None
    (spec,) = grids.values()
    assert spec is not None
    columns, together = spec.get_gridspec().ncols, rows_together(figure)
    at: dict[tuple[int, int], list[Axes]] = {}
    for axes in placed:
        place = axes.get_subplotspec()
        assert place is not None
        at.setdefault((place.rowspan.start // together, place.colspan.start), []).append(axes)
    return _Grid([at[place] for place in sorted(at)], columns, together)


def _lay_out(figure: Figure, grid: _Grid, columns: int, keys: Sequence[Legend]) -> float:
    """Put the panels into a grid of so many columns, keys above them; returns the height of the figure.

    What the first column or the last row said, others say too.
    """
    rows, rows_before = (-(-len(grid.panels) // n) for n in (columns, grid.columns))
    ratios: Any = grid.panels[0][0].get_subplotspec().get_gridspec().get_height_ratios()  # type: ignore[union-attr]
    ratios, row_inches = list(ratios[: grid.together]), figure.get_figheight() / rows_before
    key_inches = [len(key.get_texts()) * LINE_INCHES for key in keys]
    above = [inches / row_inches * sum(ratios) for inches in key_inches]
    places = figure.add_gridspec(
        len(keys) + rows * grid.together, columns, height_ratios=above + ratios * rows
    )
    for row, key in enumerate(keys):
        _move_key(figure, key, places[row, :])
    for number, panel in enumerate(grid.panels):
        for row, (axes, first) in enumerate(zip(panel, grid.panels[0], strict=False)):
            place = (len(keys) + number // columns * grid.together + row, number % columns)
            axes.set_subplotspec(places[place])
            if place[1] == 0 and axes.get_shared_y_axes().joined(axes, first):
                axes.tick_params(labelleft=True)
                axes.set_ylabel(
                    axes.get_ylabel() or first.get_ylabel(), fontsize=first.yaxis.label.get_fontsize()
                )
        panel[-1].tick_params(labelbottom=True)
    return rows * row_inches + sum(key_inches)


def _break_rows(figure: Figure, room: float) -> int:
    """Break what stands beside rows so that the panel keeps most of the width; returns the lines it takes more."""
    letters, more = int(BESIDE * room * LETTERS_PER_INCH), 0
    for axes in figure.axes:
        if isinstance(axes.yaxis.get_major_locator(), FixedLocator):
            labels = [tick.get_text() for tick in axes.get_yticklabels()]
            narrow = [_narrower(label, letters) for label in labels]
            if narrow != labels:
                axes.set_yticks(axes.get_yticks(), narrow)
            more += sum(new.count("\n") - old.count("\n") for new, old in zip(narrow, labels, strict=True))
        elif axes.yaxis.label.get_rotation() == 0 and axes.get_ylabel():
            label = "\n".join(_narrower(line, letters) for line in axes.get_ylabel().split("\n"))
            more += label.count("\n") - axes.get_ylabel().count("\n")
            axes.yaxis.label.set_text(label)
    return more


def _narrower(label: str, letters: int) -> str:
    """A label with its lines broken anew; between Chinese characters a broken line had no space."""
    joined = re.sub(r"(?<=[\u2e80-\uffef])\n(?=[\u2e80-\uffef])", "", label).replace("\n", " ")
    return wrapped(joined, letters) if max(map(len, label.split("\n"))) > letters // 2 else label


def _shrink(figure: Figure, scale: float) -> None:
    """Make words, lines and marks smaller."""
    for artist in figure.findobj():
        if isinstance(artist, Text):
            artist.set_fontsize(float(artist.get_fontsize()) * scale)
        elif isinstance(artist, Line2D):
            artist.set_linewidth(artist.get_linewidth() * scale)
            artist.set_markersize(artist.get_markersize() * scale)
            artist.set_markeredgewidth(artist.get_markeredgewidth() * scale)
        elif isinstance(artist, Collection):
            artist.set_linewidth((np.asarray(artist.get_linewidth()) * scale).tolist())
        elif isinstance(artist, Patch):
            artist.set_linewidth(artist.get_linewidth() * scale)
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            known = axis.get_tick_params()
            axis.set_tick_params(
                labelsize=known.get("labelsize", SMALL) * scale,
                length=known.get("length", 3.5) * scale,
                pad=known.get("pad", 3.5) * scale,
            )


def _long_keys(figure: Figure, room: float) -> list[Legend]:
    """Keys that stand beside a panel, and those in a row beside the title, where there is no room for both."""
    title, _ = words_broken(figure, room)
    of_panels = [(axes.get_legend(), axes.bbox) for axes in figure.axes]
    found = [key for key, box in of_panels if key is not None and key.get_bbox_to_anchor() is not box]
    for key in figure.legends:
        labels = [label.get_text() for label in key.get_texts()]
        letters = sum(map(half_widths, labels)) + KEY_LETTERS * len(labels) + 1.7 * half_widths(title)
        found += [key] if letters > room * LETTERS_PER_INCH else []
    return found


def _move_key(figure: Figure, key: Legend, place: SubplotSpec) -> None:
    """Put a key into a place of its own, its entries one below the other."""
    if key in figure.legends:
        figure.legends.remove(key)
    else:
        key.axes.legend_ = None
    around = figure.add_subplot(place)
    around.axis("off")
    around.legend(
        [handle for handle in key.legend_handles if handle is not None],
        [label.get_text() for label in key.get_texts()],
        loc="upper left", frameon=False, borderaxespad=0.0, fontsize=key.get_texts()[0].get_fontsize(),
    )  # fmt: skip


def _thin_out(figure: Figure) -> None:
    """Take numbers from axes on which they stand in one another."""
    figure.draw_without_rendering()
    crowded = [axes.xaxis for axes in figure.axes if axes.get_visible() and _overlap(axes.xaxis)]
    while crowded:
        fewer = []
        for axis in crowded:
            n, locator = len(_shown(axis)) - 1, axis.get_major_locator()
            if n >= FEWEST_NUMBERS and isinstance(locator, MaxNLocator):
                locator.set_params(nbins=n, min_n_ticks=FEWEST_NUMBERS)
                fewer.append(axis)
        figure.draw_without_rendering()
        crowded = [axis for axis in fewer if _overlap(axis)]


def _shown(axis: Axis) -> Sequence[Text]:
    low, high = sorted(axis.get_view_interval())
    return [
        tick.label1
        for tick in axis.get_major_ticks()
        if tick.label1.get_visible() and tick.label1.get_text() and low <= tick.get_loc() <= high
    ]


def _overlap(axis: Axis) -> bool:
    """Whether two numbers of a horizontal axis are nearer than a digit."""
    boxes = sorted((label.get_window_extent() for label in _shown(axis)), key=lambda box: box.x0)
    gap = 0.4 * max((box.height for box in boxes), default=0.0)
    return any(right.x0 < left.x1 + gap for left, right in pairwise(boxes))
