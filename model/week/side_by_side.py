"""Runs of the same people advance side by side: points of a sweep, or strategies, under one seed.

Their ties, groups and draws are the same: each is read once for all of them (`model.week.eight`), and each number drawn
once. Results are those of every run by itself, to the last bit.
"""

import numpy as np

from compiling.compiled import compiled
from model.world.randomness import draw_all, draw_for, four_uniforms
from model.world.state import LANES, World

#: Fewer runs take as long side by side as one by one, and so do larger compounds.
FEWEST, MOST_HOUSEHOLDS = 5, 1_000


@compiled
def behind_siblings(w: World, first: int, last: int) -> int:
    """The district behind those that run side by side with `first`, among districts up to `last` (exclusive).

    These are single compounds in which the same people live. How many others there are is noted in their records.
    """
    c = w.districts[first].first
    n = w.compounds[c].stop - w.compounds[c].start
    is_single = w.districts[first].last == c + 1
    most = min(last - first, LANES) if is_single and n <= MOST_HOUSEHOLDS else 1
    m = 1
    while m < most and w.districts[first + m].last == c + m + 1 and w.like[c + m] == w.like[c]:
        m += 1
    m = m if m >= FEWEST else 1
    for each in range(c, w.districts[first + m - 1].last):
        w.compounds[each].beside = m - 1
    return first + m


@compiled
def draw_in_week(w: World, c: int, week: int, purpose: int, households: np.ndarray, into: np.ndarray) -> None:
    """One uniform draw for each household of a list, into `into`; each is what `uniform` gives."""
    k = w.compounds[c]
    if k.beside == 0:
        draw_for(k.seed, k.number, week, purpose, households, into)
        return
    drawn = drawn_together(w, c, week, purpose)
    for q in range(households.size):
        into[q] = drawn[np.uint64(households[q])]


@compiled
def draw_all_in_week(w: World, c: int, week: int, purpose: int, into: np.ndarray) -> None:
    """One uniform draw for every household, into `into`; each is what `uniform` gives."""
    k = w.compounds[c]
    if k.beside == 0:
        draw_all(k.seed, k.number, week, purpose, into)
        return
    drawn = drawn_together(w, c, week, purpose)
    for i in range(into.size):
        into[i] = drawn[i]


@compiled
def drawn_together(w: World, c: int, week: int, purpose: int) -> np.ndarray:
    """The draws of all households, which the first of the runs side by side that asks for them makes.

    With them those of the purposes that share a call of the generator.
    """
    k, first, known, drawn = w.compounds[c], purpose // 4 * 4, w.drawn_for[purpose // 4], w.drawn
    n = k.stop - k.start
    if known[0] != k.seed or known[1] != k.number or known[2] != week or known[3] != n:
        known[0], known[1], known[2], known[3] = k.seed, k.number, week, n
        one, two, three, four = (
            drawn[first, :n],
            drawn[first + 1, :n],
            drawn[first + 2, :n],
            drawn[first + 3, :n],
        )
        for i in range(n):
            one[i], two[i], three[i], four[i] = four_uniforms(k.seed, k.number, i, week, first)
    return drawn[purpose, :n]
