"""Names of groups: what others can read, and tell from one another.

A name is shown on the teacher's screen among everybody else's, is kept in a file and goes back to each browser. What
cannot be seen, turns the direction of what follows, or is no character at all, has no place in it.
"""

import unicodedata

LONGEST_NAME = 20
#: Marks above or below one letter; no script that people write needs more.
MOST_MARKS = 3
#: Control, direction and other signs without a shape, halves of characters, private ones, ones not yet given out.
_UNSEEN_KINDS = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
#: Letters and marks that look like nothing although their kind does not say so (Unicode, Default_Ignorable).
_UNSEEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
#: Asks for a heart in black or in red: a telephone writes it without being asked.
_SHADE = str.maketrans("", "", "\ufe0e\ufe0f")


def tidy(said: str) -> str:
    """A name as it is kept: one way of writing each letter, single spaces, cut to its length."""
    return " ".join(unicodedata.normalize("NFC", said.translate(_SHADE)).split())[:LONGEST_NAME].rstrip()


def readable(name: str) -> bool:
    """Whether every sign of a name can be seen, and not so many marks pile up that they cover other lines."""
    marks = 0
    for sign in name:
        kind = unicodedata.category(sign)
        if kind in _UNSEEN_KINDS or sign in _UNSEEN:
            return False
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if marks > MOST_MARKS:
            return False
    return not name or unicodedata.category(name[0]) not in ("Mn", "Me")


def likeness(name: str) -> str:
    """What two names share that look the same: wide and narrow letters, capital and small ones."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).replace(" ", "")


def shown(said: str) -> str:
    """A word of a file as a page may show it, with a box for every sign that cannot be seen."""
    return "".join(sign if readable("x" + sign) else "\N{REPLACEMENT CHARACTER}" for sign in said)
