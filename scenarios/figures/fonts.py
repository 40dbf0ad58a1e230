"""The Chinese font that ships with the project, so that figures look the same on every machine.

Figures made inside `use_chinese_font()` draw Chinese and Latin from one file; nothing is installed, downloaded or
looked for on the system. Origin and licence: `scenarios/assets/fonts/README.md`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import matplotlib as mpl
from matplotlib.font_manager import fontManager, get_font

FONT_FILE = Path(__file__).parents[1] / "assets" / "fonts" / "GongzhiSansSC-Regular.ttf"
FAMILY = "Gongzhi Sans SC"

#: Outlines instead of text in SVG: a reader needs no font, and the same data give the same bytes.
SETTINGS = {
    "font.family": [FAMILY, "DejaVu Sans"],
    "axes.unicode_minus": True,
    "svg.fonttype": "path",
    "svg.hashsalt": "gongzhi",
}


@contextmanager
def use_chinese_font() -> Iterator[None]:
    """Draw text from the project's font inside this context; the settings before it return afterwards.

    Creating the figure and saving it must both happen inside. May be nested.
    """
    _register()
    with mpl.rc_context(SETTINGS):  # type: ignore[arg-type]  # stubs want literal keys
        yield


def drawable() -> frozenset[str]:
    """Every character the font can draw."""
    return frozenset(chr(code) for code in get_font(str(FONT_FILE)).get_charmap())


@cache
def _register() -> None:
    fontManager.addfont(FONT_FILE)
