"""The Chinese font that ships with the project, so that figures look the same on every machine.

Figures made inside `use_chinese_font()` draw Chinese and Latin from one file; nothing is installed, downloaded or
looked for on the system. Origin and licence: `scenarios/assets/fonts/README.md`.
"""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, fontManager, get_font
from matplotlib.text import Text

FONT_FILE = Path(__file__).parents[1] / "assets" / "fonts" / "GongzhiSansSC-Regular.ttf"
FAMILY = "Gongzhi Sans SC"

#: Outlines instead of text in SVG: a reader needs no font, and the same data give the same bytes.
SETTINGS = {
    "font.family": [FAMILY, "DejaVu Sans"],
    "axes.unicode_minus": True,
    # A name may cost $5 or $10: nothing between dollar signs is a formula.
    "text.parse_math": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "gongzhi",
}
#: What the library starts from, and no `matplotlibrc` where the user stands or in their settings has changed.
_USUAL = {
    key: mpl.rcParamsDefault[key] for key in mpl.rcParamsDefault if key not in ("backend", "interactive")
}


@contextmanager
def use_chinese_font() -> Iterator[None]:
    """Draw text from the project's font inside this context; the settings before it return afterwards.

    Creating the figure and saving it must both happen inside. May be nested.
    """
    _register()
    with mpl.rc_context(_USUAL | SETTINGS), warnings.catch_warnings():  # type: ignore[arg-type]  # stubs want literal keys
        # Said once of all figures, see `not_drawable`, and not for every character and drawing.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font")
        yield


def drawable() -> frozenset[str]:
    """Every character the font can draw."""
    return frozenset(chr(code) for code in get_font(str(FONT_FILE)).get_charmap())


def not_drawable(figures: Iterable[Figure]) -> str:
    """The characters of figures that neither font has, each once: they are drawn as boxes."""
    texts = (found.get_text() for figure in figures for found in figure.findobj(Text))
    used = {c for text in texts for c in text if not c.isspace()} - drawable()
    others = get_font(findfont("DejaVu Sans")).get_charmap() if used else {}
    return "".join(sorted(c for c in used if ord(c) not in others))


@cache
def _register() -> None:
    fontManager.addfont(FONT_FILE)
