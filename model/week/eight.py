"""What eight runs of the same people hear of their ties, at once: each tie is read once for all of them.

A number of each run is a tuple of eight, and what is done with eight numbers is written out, so that the compiler makes
one instruction of each function below. Rules are those of a single run, called eight times.
"""

from functools import partial
from typing import Any

import numpy as np

from agents.rules.resident import listens_to
from compiling.compiled import held, inlined
from compiling.entries import apart
from model.world.state import LANES, TIE_SLACK, Real, Record, World

#: A number of each of eight runs, and whether something holds in each.
type Eight = tuple[float, float, float, float, float, float, float, float]
type Which = tuple[bool, bool, bool, bool, bool, bool, bool, bool]

#: An index; unsigned, which Numba need not test for a negative one.
Index = Any

_NONE: Eight = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
_ONE: Eight = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)


@partial(apart, straight=True)
def hear_side_by_side(w: World, first: int, behind: int) -> None:
    """What households of compounds `first` to `behind` (exclusive) hear of the ties there were before the first week.

    Sums and numbers go into `w.heard`, a lane for each run. There are eight runs at most; in place of those that are
    missing, the last is computed again.
    """
    k, last = w.compounds[first], behind - 1
    n = k.stop - k.start
    c = (
        first,
        min(first + 1, last),
        min(first + 2, last),
        min(first + 3, last),
        min(first + 4, last),
        min(first + 5, last),
        min(first + 6, last),
        min(first + 7, last),
    )
    rows = (
        np.uint64(w.compounds[c[0]].start),
        np.uint64(w.compounds[c[1]].start),
        np.uint64(w.compounds[c[2]].start),
        np.uint64(w.compounds[c[3]].start),
        np.uint64(w.compounds[c[4]].start),
        np.uint64(w.compounds[c[5]].start),
        np.uint64(w.compounds[c[6]].start),
        np.uint64(w.compounds[c[7]].start),
    )
    p = (
        held(w.parameters[c[0]]),
        held(w.parameters[c[1]]),
        held(w.parameters[c[2]]),
        held(w.parameters[c[3]]),
        held(w.parameters[c[4]]),
        held(w.parameters[c[5]]),
        held(w.parameters[c[6]]),
        held(w.parameters[c[7]]),
    )
    support, voiced, said, ties = w.reals[Real.SUPPORT], w.reals[Real.VOICED], w.side_by_side, w.ties
    starts = w.tie_start[k.tie_offset : k.tie_offset + n]
    room = w.tie_start[k.tie_offset + 1 : k.tie_offset + n + 1]
    for h in range(n):
        i = np.uint64(h)
        a = from_columns(voiced, rows, i)
        said[i, 0], said[i, 1], said[i, 2], said[i, 3] = a[0], a[1], a[2], a[3]
        said[i, 4], said[i, 5], said[i, 6], said[i, 7] = a[4], a[5], a[6], a[7]
    for h in range(n):
        i = np.uint64(h)
        own = from_columns(support, rows, i)
        total, number = _NONE, _NONE
        for e in range(starts[i], room[i] - TIE_SLACK):
            a = row_of(said, np.uint64(np.uint32(ties[np.uint64(e)])))
            hears = which_listen(own, a, p)
            total, number = plus_some(total, a, hears), plus_some(number, _ONE, hears)
        put(w.heard, 0, i, total)
        put(w.heard, LANES, i, number)


# -- eight numbers ------------------------------------------------------------------------------------------


@inlined
def from_columns(column: np.ndarray, rows: tuple[Index, ...], i: Index) -> Eight:
    """The value of household `i` in each run. rows : of its first household"""
    return (
        np.float64(column[rows[0] + i]),
        np.float64(column[rows[1] + i]),
        np.float64(column[rows[2] + i]),
        np.float64(column[rows[3] + i]),
        np.float64(column[rows[4] + i]),
        np.float64(column[rows[5] + i]),
        np.float64(column[rows[6] + i]),
        np.float64(column[rows[7] + i]),
    )


@inlined
def row_of(table: np.ndarray, i: Index) -> Eight:
    """Row `i` of a table with a column for each run."""
    return (
        table[i, 0],
        table[i, 1],
        table[i, 2],
        table[i, 3],
        table[i, 4],
        table[i, 5],
        table[i, 6],
        table[i, 7],
    )


@inlined
def put(table: np.ndarray, row: int, i: Index, a: Eight) -> None:
    """Into column `i` of a table with a row for each run, from row `row` on."""
    table[row, i], table[row + 1, i], table[row + 2, i], table[row + 3, i] = a[0], a[1], a[2], a[3]
    table[row + 4, i], table[row + 5, i], table[row + 6, i], table[row + 7, i] = a[4], a[5], a[6], a[7]


@inlined
def which_listen(own: Eight, said: Eight, p: tuple[Record, ...]) -> Which:
    """Whether a voiced opinion is heard, in each run."""
    return (
        listens_to(own[0], said[0], p[0]),
        listens_to(own[1], said[1], p[1]),
        listens_to(own[2], said[2], p[2]),
        listens_to(own[3], said[3], p[3]),
        listens_to(own[4], said[4], p[4]),
        listens_to(own[5], said[5], p[5]),
        listens_to(own[6], said[6], p[6]),
        listens_to(own[7], said[7], p[7]),
    )


@inlined
def plus_some(a: Eight, b: Eight, which: Which) -> Eight:
    """The sums where something holds, else `a`: a choice, not a branch."""
    return (
        a[0] + b[0] if which[0] else a[0],
        a[1] + b[1] if which[1] else a[1],
        a[2] + b[2] if which[2] else a[2],
        a[3] + b[3] if which[3] else a[3],
        a[4] + b[4] if which[4] else a[4],
        a[5] + b[5] if which[5] else a[5],
        a[6] + b[6] if which[6] else a[6],
        a[7] + b[7] if which[7] else a[7],
    )
