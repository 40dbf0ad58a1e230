"""What all figures share: sizes, panels, axes, notes, and writing a figure to SVG or PNG.

No pyplot, no global state kept. Lines are told apart by colour (`scenarios.figures.palette`) and, in grey print, by
their style.
"""

import io
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, NamedTuple

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator, PercentFormatter

from scenarios.catalogue import text
from scenarios.figures.fonts import use_chinese_font
from scenarios.figures.palette import FAINT, GREY, INK

if TYPE_CHECKING:
    import pandas as pd

SIZE, SMALL = 11, 9.5
MOST_COLUMNS = 3
#: Height of a line of a caption.
LINE_INCHES = 0.2
HALO = [withStroke(linewidth=3, foreground="white")]


Names = Mapping[str, str]


def drawn_in_chinese[**P](make: Callable[P, Figure]) -> Callable[P, Figure]:
    """Make a figure with the project's font, whatever the caller has set."""

    @wraps(make)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with use_chinese_font():
            return make(*args, **kwargs)

    return wrapped


class Printed(NamedTuple):
    """How a figure is to be printed.

    width : centimetres, the height in proportion; as it was drawn where None; dpi : of PNG
    captioned : whether title and caption stand in the figure, and not in the text around it
    """

    width: float | None = None
    dpi: int = 150
    captioned: bool = True


#: Attributes of a figure: title and caption before lines were broken; in how many rows of its grid a panel stands.
_WORDS, _ROWS_TOGETHER = "_gongzhi_words", "_gongzhi_rows_together"


def fit(figure: Figure, printed: Printed) -> Figure:
    """The figure at another width, its words as large as they were: for a screen, a little narrower or wider.

    For paper, which may be much narrower: `scenarios.figures.paper.fit_to_paper`.
    """
    if printed.width is not None:
        width, height = figure.get_size_inches()
        # The panels keep their proportion; words take more lines where there is less room.
        more = more_lines(figure, width, printed.width / 2.54) * LINE_INCHES if printed.captioned else 0.0
        figure.set_size_inches(printed.width / 2.54, height * printed.width / 2.54 / width + more)
    with use_chinese_font():
        write_words(figure, shown=printed.captioned)
    return figure


def more_lines(figure: Figure, before: float, now: float) -> int:
    """Lines that title and caption take more in a figure so many inches wide."""
    pairs = zip(words_broken(figure, now), words_broken(figure, before), strict=True)
    return max(sum(new.count("\n") - old.count("\n") for new, old in pairs), 0)


def stands_in_rows(figure: Figure, rows: int) -> None:
    """Say that a panel of this figure is so many rows of its grid, one below the other."""
    setattr(figure, _ROWS_TOGETHER, rows)


def rows_together(figure: Figure) -> int:
    """In how many rows of the grid a panel stands."""
    return int(getattr(figure, _ROWS_TOGETHER, 1))


def smallest_words(figure: Figure) -> float:
    """The size of the smallest words in a figure as a share of its width."""
    sizes = [float(one.get_fontsize()) for one in figure.findobj(Text) if one.get_text()]
    return min(sizes) / 72 / figure.get_figwidth()


def words_of(figure: Figure) -> str:
    """Title and caption, for the text around a figure."""
    return "\n\n".join(getattr(figure, _WORDS, ("", "")))


def svg(figure: Figure) -> str:
    """The figure as one <svg> element: text as outlines, no date, no reference to anything outside."""
    buffer = io.StringIO()
    with use_chinese_font():
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(buffer, format="svg", metadata=nothing)
    written = buffer.getvalue()
    element = re.sub(
        r"<metadata>.*?</metadata>|<!--.*?-->", "", written[written.index("<svg") :], flags=re.DOTALL
    )
    return re.sub(r' d="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]), element)


def leave_arranged(figure: Figure) -> None:
    """Leave all panels where they are, so that each further file is drawn once, and not once more to arrange it."""
    with use_chinese_font():  # a `matplotlibrc` could ask for an arrangement
        figure.set_layout_engine(None)


def png(figure: Figure, dpi: int = 150) -> bytes:
    """The figure as a PNG file."""
    buffer = io.BytesIO()
    with use_chinese_font():
        figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def pdf(figure: Figure) -> bytes:
    """The figure as a PDF with its fonts inside and no date."""
    buffer = io.BytesIO()
    with use_chinese_font(), rc_context({"pdf.fonttype": 42}):
        figure.savefig(buffer, format="pdf", metadata=dict.fromkeys(("CreationDate", "Creator", "Producer")))
    return buffer.getvalue()


def panels_in_a_row(n: int, height: float) -> tuple[Figure, list[Axes]]:
    """A figure with `n` panels that share their axes, at most three in a row, each row `height` inches high."""
    columns = min(n, MOST_COLUMNS)
    rows = -(-n // columns)
    width = 9.0 if columns == 1 else 4.6 * columns
    figure = Figure(figsize=(width, 1.1 + height * rows), layout="constrained")
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for unused in grid[n:]:
        unused.remove()
    for axes in grid[max(0, n - columns) : n]:
        axes.tick_params(labelbottom=True)
    return figure, list(grid[:n])


def pairs_of_panels(n: int) -> tuple[Figure, list[tuple[Axes, Axes]]]:
    """A figure with `n` pairs of panels, a low one below a high one, at most three pairs in a row."""
    columns = min(n, MOST_COLUMNS)
    rows = -(-n // columns)
    width = 9.0 if columns == 1 else 4.2 * columns
    figure = Figure(figsize=(width, 1.1 + 4.3 * rows), layout="constrained")
    grid = figure.subplots(2 * rows, columns, sharex=True, height_ratios=[3.2, 1] * rows, squeeze=False)
    places = [(row, column) for row in range(rows) for column in range(columns)]
    for row, column in places[n:]:
        grid[2 * row, column].remove()
        grid[2 * row + 1, column].remove()
    for row, column in places[:n]:
        grid[2 * row + 1, column].tick_params(labelbottom=True)
    stands_in_rows(figure, 2)
    return figure, [(grid[2 * row, column], grid[2 * row + 1, column]) for row, column in places[:n]]


def title_panel(axes: Axes, title: str, n: int, *, above_strip: bool = False) -> None:
    """Put a title over a panel, where there are several; above_strip : leave room for a strip of stages."""
    if n > 1:
        axes.set_title(wrapped(title, 30), loc="left", fontsize=SIZE, color=INK, pad=22 if above_strip else 8)


def label_first_column(panels: Sequence[Axes], label: str, n: int) -> None:
    """Label the vertical axis of the first panel of each row."""
    for axes in panels[:: min(n, MOST_COLUMNS)]:
        axes.set_ylabel(label, fontsize=SIZE)


def finish(figure: Figure, title: str, caption: str) -> None:
    """Put title and caption around the panels, and make spines and ticks quiet."""
    setattr(figure, _WORDS, (title, caption))
    write_words(figure)
    engine = figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    engine.set(w_pad=0.09)
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(GREY)
        axes.tick_params(colors=INK, labelsize=SMALL, length=3)


def write_words(figure: Figure, *, shown: bool = True) -> None:
    """Write title and caption, their lines broken at the width of the figure; none where they are not to be shown."""
    titled, captioned = words_broken(figure, figure.get_figwidth()) if shown else ("", "")
    figure.suptitle(titled, x=0.01, ha="left", fontsize=SIZE + 3, color=INK)
    # As a supxlabel the caption has its place in the constrained layout.
    figure.supxlabel(captioned, x=0.01, ha="left", fontsize=SMALL, color=GREY, linespacing=1.35)


def words_broken(figure: Figure, width: float) -> tuple[str, str]:
    """Title and caption of a figure with their lines broken as if it were so many inches wide."""
    title, caption = getattr(figure, _WORDS, ("", ""))
    # Closing punctuation may hang over the end of a line: room for two full-width signs.
    letters = int(width * 14.5) - 4
    return wrapped(latin_quotes(title), int(letters * SMALL / (SIZE + 3))), wrapped(caption, letters)


def share_axes(axes: Axes, weeks: "pd.Index") -> None:
    """A vertical axis from 0 to 100 %, and weeks along the horizontal one."""
    axes.set_ylim(0, 1)
    _week_axis(axes, weeks)
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1])
    axes.yaxis.set_major_formatter(percent_axis())
    axes.grid(axis="y", color=FAINT, lw=0.6)
    axes.set_axisbelow(True)


def _week_axis(axes: Axes, weeks: "pd.Index") -> None:
    """Whole weeks from the first to the last, or to the next where there is only one."""
    axes.set_xlim(weeks.min(), max(weeks.max(), weeks.min() + 1))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 2.5, 5, 10]))


def count_axes(axes: Axes, weeks: "pd.Index", label: str) -> None:
    """A vertical axis of whole numbers, and weeks along the horizontal one."""
    _week_axis(axes, weeks)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_ylabel(label, fontsize=SIZE)


def percent_axis() -> PercentFormatter:
    """Whole percent for an axis of shares."""
    return PercentFormatter(1.0, decimals=0)


def note_in(axes: Axes, note: str) -> None:
    """Write a note into the upper left corner of a panel."""
    axes.annotate(note, (0.03, 0.96), xycoords="axes fraction", va="top", fontsize=SMALL, color="#8A5A00",
                  path_effects=HALO, zorder=5)  # fmt: skip


def signed(value: float) -> str:
    """A number with its sign; no sign for zero."""
    return "0" if abs(value) < 1e-9 else f"{value:+,.6g}".replace("-", "−")


def unit_of(unit: str, lang: str) -> str:
    """The unit of an axis; nothing for numbers without one."""
    names = {"share": "points", "weeks": "weeks", "week": "weeks", "hours": "hours", "yuan": "yuan",
             "households": "households", "per household": "per_household"}  # fmt: skip
    return text(f"unit.{names[unit]}", lang) if unit in names else ""


def seeds_said(data: "pd.DataFrame", lang: str) -> str:
    """How many seeds each curve rests on, in words: `case`, `strategy` and `seed` are read."""
    counts = data.groupby(["case", "strategy"])["seed"].nunique()
    low, high = int(counts.min()), int(counts.max())
    return text("figure.seeds" if low == high else "figure.seeds_range", lang).format(
        n=low, low=low, high=high
    )


def name_of(names: Names | None, key: str) -> str:
    """How to call a strategy: its name where one is given, else its key."""
    return (names or {}).get(key, key)


def half_widths(line: str) -> int:
    """Width in half-width characters."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


#: Chinese punctuation that must not begin a line.
_CLOSING = "，。；：、！？）》”’%】"


def latin_quotes(sentence: str) -> str:
    """With straight quotes where nothing is Chinese: the Chinese font draws the others as wide as a character."""
    if re.search(r"[\u2e80-\uffef]", sentence):
        return sentence
    return sentence.translate(str.maketrans("“”‘’", "\"\"''"))


def wrapped(sentence: str, width: int) -> str:
    """Break at spaces or between Chinese characters, so that no line is wider than `width` half-width characters."""
    lines, line = [], ""
    sentence = latin_quotes(sentence)
    for piece in re.findall(r"[\u2e80-\uffef“”‘’]|[^\s\u2e80-\uffef“”‘’]+|\s+", sentence):
        if line and half_widths(line + piece) > width and piece not in _CLOSING and not piece.isspace():
            lines.append(line.rstrip())
            line = ""
        line += piece if line or not piece.isspace() else ""
    return "\n".join([*lines, line.rstrip()])
