"""The Chinese font that ships with the project, so that figures look the same on every machine.

Figures made inside `use_chinese_font()` draw Chinese and Latin from one file; nothing is installed, downloaded or
looked for on the system. Origin and licence: `scenarios/assets/fonts/README.md`.
"""

import base64
import io
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

#: Code of the first sign that Latin fonts do not have: Chinese punctuation, radicals and characters follow.
FIRST_CHINESE = 0x2E80

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


def font_face(text: str) -> str:
    """An `@font-face` rule that holds the project's font, cut down to the Chinese of a text; "" where there is none.

    For pages read on a machine without a Chinese font. The same text gives the same bytes.
    """
    wanted = sorted(ord(c) for c in set(text) & drawable() if ord(c) >= FIRST_CHINESE)
    if not wanted:
        return ""
    # imported here: it takes an eighth of a second, and only pages need it
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    options = Options()
    options.hinting = False
    options.layout_features = []
    options.name_IDs = [0, 1, 2, 13]  # family and licence
    font = TTFont(FONT_FILE, recalcTimestamp=False)
    cut = Subsetter(options)
    cut.populate(unicodes=wanted)
    cut.subset(font)
    font.flavor = "woff"
    held = io.BytesIO()
    font.save(held, reorderTables=None)
    data = base64.b64encode(held.getvalue()).decode()
    return (
        f'@font-face {{ font-family: "{FAMILY}"; font-display: swap; unicode-range: U+{FIRST_CHINESE:X}-FFFF; '
        f'src: url("data:font/woff;base64,{data}") format("woff"); }}'
    )


@cache
def _register() -> None:
    fontManager.addfont(FONT_FILE)
