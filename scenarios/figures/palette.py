"""The colours that figures and pages share. Nothing that draws is loaded for them.

Those of Okabe and Ito are told apart by readers with any colour vision.
"""

from typing import NamedTuple

from agents.categories import Stage

BLUE, GREEN, VERMILLION, ORANGE, PURPLE = "#0072B2", "#009E73", "#D55E00", "#E69F00", "#CC79A7"
INK, GREY, FAINT = "#1F2328", "#6E7781", "#D8DEE4"
#: The darkest ink, for words on a colour.
BLACK = "#101416"
#: Behind lines, spell by spell, whichever stages follow one another.
STAGE_FILL = ("#F3F4F6", "#DCE1E7")


class Colour(NamedTuple):
    """A colour on white, and what stands for it on a dark page."""

    light: str
    dark: str


#: From waiting to lived in; dropped projects stand apart.
STAGE_COLOURS: dict[Stage, Colour] = {
    Stage.WILLINGNESS: Colour(FAINT, "#4A555B"),
    Stage.PLAN: Colour("#B6C7DA", "#8FA3B8"),
    Stage.REMOVAL: Colour(ORANGE, "#F2C46A"),
    Stage.WORKS: Colour(VERMILLION, "#F0944A"),
    Stage.ACCEPTANCE: Colour(PURPLE, "#E3A6C8"),
    Stage.MANAGEMENT: Colour(GREEN, "#4FC3A1"),
    Stage.DROPPED: Colour(INK, BLACK),
}


def ink_on(colour: str) -> str:
    """The ink in which words can be read on a colour, `#rrggbb`: dark on light ones, white on dark ones."""
    return BLACK if luminance(colour) > 0.18 else "#FFFFFF"


def luminance(colour: str) -> float:
    """How light a colour is, in [0, 1]. Source: Web Content Accessibility Guidelines 2.2."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
