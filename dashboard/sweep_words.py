"""Why an analysis was refused, in the reader's language; what the analysis itself said, in English, can be unfolded.

An analysis names table, outcome and numbers in its own words. A reader of a page needs to know which kind of thing is
lacking, and what to do.
"""

import re
from collections import Counter
from collections.abc import Sequence

from dashboard.views import say

#: What the analyses say, and the text of the page for it. The first that is found counts.
KINDS: tuple[tuple[str, str], ...] = (
    (r"one strategy", "sweep_why_strategy"),
    (r"several cases", "sweep_why_case"),
    (r"fewer than \d+ seeds|replicates", "sweep_why_seeds"),
    (r"no setting with", "sweep_why_setting"),
    (r"no parameter varies|0 varying parameters|a parameter that varies", "sweep_why_parameter"),
    (r"at every point; expected an outcome that varies", "sweep_why_constant"),
    (r"neither direction is better|no outcome with a direction", "sweep_why_direction"),
    (r"no run yet|no rows|ended well|no runs of strategy|no point that every strategy", "sweep_why_runs"),
    (r"resume the sweep", "sweep_why_resume"),
    (r"points", "sweep_why_points"),
    (r"repair|cannot be read|holds no sweep|found the columns|does not exist", "sweep_why_damaged"),
)


def kind_of(refusal: str) -> str:
    """The text of the page for what an analysis said."""
    return next((key for pattern, key in KINDS if re.search(pattern, refusal)), "sweep_why_other")


def in_words(refused: Sequence[str], lang: str) -> list[str]:
    """One sentence for each kind of refusal, with how often it was met."""
    met = Counter(kind_of(one) for one in refused)
    return [say(key, lang) + (f" (×{n})" if n > 1 else "") for key, n in met.items()]
