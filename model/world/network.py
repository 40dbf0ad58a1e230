"""Who knows whom: personal ties of a compound, drawn from the seed.

Dense within a stairwell, thinner across the building, a few long ties across the compound that prefer one's
own age group. Ties are mutual. Held as compressed sparse rows with compound-local indices, ascending; each row
keeps room for acquaintances made later in groups, which follow those of the start.
"""

from typing import TYPE_CHECKING

import numpy as np

from compiling.compiled import compiled, inlined
from model.world.randomness import BEFORE, Purpose, uniform
from model.world.state import Flag, Record, Whole

if TYPE_CHECKING:
    import networkx

    from model.world.state import World

#: A household proposes at most this many ties within its building, and as many across the compound.
_PROPOSALS = 24
#: Draws for each proposal of a long tie: after oneself, or a refusal across age groups, another is drawn.
_TRIES = 4
#: Repeated draws of one household and purpose before week 0 have keys of their own: fictitious weeks from here down.
_KEYS = BEFORE - 1


@compiled
def _proposals(mean: float, u: float) -> int:
    """How many ties a household proposes: `mean`/2, rounded up or down by the draw `u`.

    Half, since a household also receives proposals: it has `mean` ties on average.
    """
    return min(int(mean / 2.0 + u), _PROPOSALS)


@compiled
def stairwell_of(wholes: np.ndarray, first: int, i: int, n: int) -> tuple[int, int]:
    """The rows of a household's stairwell: first and one past the last, compound-local."""
    before, after = i, i + 1
    while before > 0 and wholes[Whole.STAIRWELL, first + before - 1] == wholes[Whole.STAIRWELL, first + i]:
        before -= 1
    while after < n and wholes[Whole.STAIRWELL, first + after] == wholes[Whole.STAIRWELL, first + i]:
        after += 1
    return before, after


@compiled
def _long_tie(
    flags: np.ndarray, first: int, n: int, seed: int, number: int, d: Record, i: int, k: int
) -> int:
    """The far end of the k-th long tie a household proposes; −1 if every draw is refused.

    Someone of another age group is refused with probability `homophily`, and another is drawn.
    """
    for attempt in range(_TRIES):
        key = _KEYS - 2 * (_TRIES * k + attempt)
        j = int(uniform(seed, number, i, key, Purpose.COMPOUND_TIE) * n)
        if j == i:
            continue
        same_age = flags[Flag.ELDER, first + i] == flags[Flag.ELDER, first + j]
        if same_age or uniform(seed, number, i, key - 1, Purpose.COMPOUND_TIE) >= d.homophily:
            return j
    return -1


@compiled
def propose_ties(
    flags: np.ndarray, wholes: np.ndarray, first: int, n: int, seed: int, number: int, d: Record
) -> tuple[np.ndarray, np.ndarray]:
    """Propose ties in stairwells, buildings and the compound: pairs of rows, both int32 arrays of equal length.

    Rows are compound-local; a pair may be proposed more than once.
    """
    tail = np.empty(64 * n + 64, np.int32)
    head = np.empty(64 * n + 64, np.int32)
    m = 0
    for i in range(n):
        stairwell = wholes[Whole.STAIRWELL, first + i]
        j = i + 1
        while j < n and wholes[Whole.STAIRWELL, first + j] == stairwell:
            if uniform(seed, number, i, _KEYS - (j - i), Purpose.STAIRWELL_TIE) < d.stairwell_tie:
                if m == tail.size:
                    tail, head = _grown(tail), _grown(head)
                tail[m], head[m] = i, j
                m += 1
            j += 1
    low = 0
    while low < n:
        building = wholes[Whole.BUILDING, first + low]
        high = low
        while high < n and wholes[Whole.BUILDING, first + high] == building:
            high += 1
        for i in range(low, high):
            wanted = _proposals(d.building_ties, uniform(seed, number, i, BEFORE, Purpose.BUILDING_TIE))
            before, after = stairwell_of(wholes, first, i, n)
            others = (high - low) - (after - before)
            for k in range(wanted):
                if others > 0:
                    u = uniform(seed, number, i, _KEYS - k, Purpose.BUILDING_TIE)
                    j = low + int(u * others)
                    if j >= before:  # skip its own stairwell
                        j += after - before
                    if m == tail.size:
                        tail, head = _grown(tail), _grown(head)
                    tail[m], head[m] = min(i, j), max(i, j)
                    m += 1
        low = high
    for i in range(n):
        wanted = _proposals(d.compound_ties, uniform(seed, number, i, BEFORE, Purpose.COMPOUND_TIE))
        for k in range(wanted):
            j = _long_tie(flags, first, n, seed, number, d, i, k)
            if j >= 0:
                if m == tail.size:
                    tail, head = _grown(tail), _grown(head)
                tail[m], head[m] = min(i, j), max(i, j)
                m += 1
    return tail[:m], head[:m]


@compiled
def _grown(values: np.ndarray) -> np.ndarray:
    """The same values with twice the room."""
    larger = np.empty(2 * values.size, values.dtype)
    for q in range(values.size):
        larger[q] = values[q]
    return larger


@compiled
def compress_ties(tail: np.ndarray, head: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Mutual ties as compressed sparse rows: starts (n + 1, int64), neighbours (int32, ascending, no repeats)."""
    start = np.zeros(n + 1, np.int64)
    for e in range(tail.size):
        start[tail[e] + 1] += 1
        start[head[e] + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    place = np.empty(n, np.int64)
    for i in range(n):
        place[i] = start[i]
    neighbour = np.empty(start[n], np.int32)
    for e in range(tail.size):
        a, b = tail[e], head[e]
        neighbour[place[a]] = b
        neighbour[place[b]] = a
        place[a] += 1
        place[b] += 1
    # Ties are mutual: handed out again by ascending household, every row comes out in order.
    ascending = np.empty(start[n], np.int32)
    for i in range(n):
        place[i] = start[i]
    for i in range(n):
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            ascending[place[j]] = i
            place[j] += 1
    kept = 0
    for i in range(n):
        low, high = start[i], start[i + 1]
        start[i] = kept
        for e in range(low, high):
            if e == low or ascending[e] != ascending[e - 1]:
                neighbour[kept] = ascending[e]
                kept += 1
    start[n] = kept
    return start, neighbour[:kept].copy()


@inlined
def count_marked(marks: np.ndarray, ties: np.ndarray, first: int, last: int) -> int:
    """How many of a household's ties, `first` to `last` (exclusive), carry the mark, 0 or 1.

    For speed only: unsigned indices, which Numba need not test for negative ones.
    """
    count = 0
    for e in range(first, last):
        count += int(marks[np.uint32(ties[np.uint64(e)])])
    return count


@inlined
def ties_share(marks: np.ndarray, ties: np.ndarray, first: int, last: int, without_ties: float) -> float:
    """Share of a household's ties `first` to `last` that carry the mark; `without_ties` for one that has none.

    marks : of the compound's households, 0 or 1; ties : compound-local rows
    """
    return count_marked(marks, ties, first, last) / (last - first) if last > first else without_ties


@compiled
def add_tie(w: "World", c: int, i: int, j: int) -> bool:
    """Make two households acquainted, if they are not and both have room. Returns whether they now became so."""
    k = w.compounds[c]
    a, b = k.tie_offset + i, k.tie_offset + j
    if w.tie_stop[a] >= w.tie_start[a + 1] or w.tie_stop[b] >= w.tie_start[b + 1]:
        return False
    for e in range(w.tie_start[a], w.tie_stop[a]):
        if w.ties[e] == j:
            return False
    w.ties[w.tie_stop[a]] = j
    w.tie_stop[a] += 1
    w.ties[w.tie_stop[b]] = i
    w.tie_stop[b] += 1
    k.known += 2
    return True


@compiled
def build_network(
    flags: np.ndarray, wholes: np.ndarray, first: int, n: int, seed: int, number: int, d: Record
) -> tuple[np.ndarray, np.ndarray]:
    """The ties of one compound as compressed sparse rows, see `compress_ties`."""
    tail, head = propose_ties(flags, wholes, first, n, seed, number, d)
    return compress_ties(tail, head, n)


def to_networkx(world: "World", c: int) -> "networkx.Graph[int]":
    """The ties of compound `c` as a networkx graph with building and stairwell of each household; for study."""
    import networkx

    record = world.compounds[c]
    first, n = int(record["start"]), int(record["stop"] - record["start"])
    graph: networkx.Graph[int] = networkx.Graph()
    for i in range(n):
        graph.add_node(
            i,
            building=int(world.wholes[Whole.BUILDING, first + i]),
            stairwell=int(world.wholes[Whole.STAIRWELL, first + i]),
        )
    offset = int(record["tie_offset"])
    for i in range(n):
        first_tie, behind = world.tie_start[offset + i], world.tie_stop[offset + i]
        graph.add_edges_from((i, int(j)) for j in world.ties[first_tie:behind])
    return graph
