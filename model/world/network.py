"""Who knows whom: personal ties of a compound, drawn from the seed.

Dense within a stairwell, thinner across the building, a few long ties across the compound that prefer one's
own age group. Ties are mutual. Held as compressed sparse rows with compound-local indices, ascending; each row
keeps room for acquaintances made later in groups, which follow those of the start.
"""

from typing import TYPE_CHECKING

import numpy as np

from compiling.compiled import compiled, inlined
from model.world.randomness import BEFORE, Purpose, draw_all, draw_for
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
def stairwell_of(wholes: np.ndarray, first: int, i: int, n: int) -> tuple[int, int]:
    """The rows of a household's stairwell: first and one past the last, compound-local."""
    before, after = i, i + 1
    while before > 0 and wholes[Whole.STAIRWELL, first + before - 1] == wholes[Whole.STAIRWELL, first + i]:
        before -= 1
    while after < n and wholes[Whole.STAIRWELL, first + after] == wholes[Whole.STAIRWELL, first + i]:
        after += 1
    return before, after


@compiled
def propose_ties(
    flags: np.ndarray, wholes: np.ndarray, first: int, n: int, seed: int, number: int, d: Record
) -> tuple[np.ndarray, np.ndarray]:
    """Propose ties in stairwells, buildings and the compound: pairs of rows, both int32 arrays of equal length.

    Rows are compound-local; a pair may be proposed more than once, either way round, in any order.
    """
    stairwells, buildings = (
        wholes[Whole.STAIRWELL, first : first + n],
        wholes[Whole.BUILDING, first : first + n],
    )
    tail, head, m = _in_stairwells(stairwells, seed, number, d.stairwell_tie)
    m = _in_buildings(buildings, stairwells, seed, number, d.building_ties, tail, head, m)
    m = _across_compound(flags[Flag.ELDER, first : first + n], seed, number, d, tail, head, m)
    return tail[:m], head[:m]


@compiled
def _in_stairwells(
    stairwells: np.ndarray, seed: int, number: int, chance: float
) -> tuple[np.ndarray, np.ndarray, int]:
    """Ties in stairwells, each pair of neighbours by chance: two arrays with room for all others, and their number.

    stairwells : of each household, in order. Neighbours at one distance after another, so that all draw at once.
    """
    n, m = stairwells.size, np.int64(0)
    tail, head = np.empty((64 + 2 * _PROPOSALS) * n, np.int32), np.empty((64 + 2 * _PROPOSALS) * n, np.int32)
    rows, luck = np.empty(n, np.int64), np.empty(n)
    for distance in range(1, n):
        pairs = np.int64(0)
        for i in range(n - distance):
            rows[pairs] = i
            pairs += np.int64(stairwells[i] == stairwells[i + distance])
        if pairs == 0:
            break
        if tail.size - m <= pairs + 2 * _PROPOSALS * n:  # one place more: what is refused is written too
            tail, head = _grown(tail), _grown(head)
        draw_for(seed, number, _KEYS - distance, Purpose.STAIRWELL_TIE, rows[:pairs], luck)
        for q in range(pairs):
            tail[m], head[m] = rows[q], rows[q] + distance
            m += np.int64(luck[q] < chance)
    return tail, head, int(m)


@compiled
def _wanted(seed: int, number: int, purpose: int, mean: float, wanted: np.ndarray) -> int:
    """How many ties every household proposes, `mean`/2 rounded up or down by chance, into `wanted`; returns the most.

    Half, since a household also receives proposals: it has `mean` ties on average.
    """
    luck, most = np.empty(wanted.size), np.int64(0)
    draw_all(seed, number, BEFORE, purpose, luck)
    for i in range(wanted.size):
        wanted[i] = min(int(mean / 2.0 + luck[i]), _PROPOSALS)
        most = max(most, wanted[i])
    return int(most)


@compiled
def _in_buildings(
    buildings: np.ndarray,
    stairwells: np.ndarray,
    seed: int,
    number: int,
    mean: float,
    tail: np.ndarray,
    head: np.ndarray,
    m: int,
) -> int:
    """Add ties across a building, beyond one's own stairwell, behind the first `m`; returns their number now."""
    n = buildings.size
    low, behind = _groups(buildings)
    before, after = _groups(stairwells)
    wanted, rows, luck = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n)
    for k in range(_wanted(seed, number, Purpose.BUILDING_TIE, mean, wanted)):
        asking = np.int64(0)
        for i in range(n):
            rows[asking] = i
            others = (behind[i] - low[i]) - (after[i] - before[i])
            asking += np.int64(wanted[i] > k and others > 0)
        draw_for(seed, number, _KEYS - k, Purpose.BUILDING_TIE, rows[:asking], luck)
        for q in range(asking):
            i = rows[q]
            own = after[i] - before[i]
            j = low[i] + int(luck[q] * ((behind[i] - low[i]) - own))
            j += own if j >= before[i] else 0  # skip its own stairwell
            tail[m], head[m] = i, j
            m += 1
    return m


@compiled
def _groups(groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows of every household's group: first, and one past the last. groups : in order"""
    n = groups.size
    first, behind = np.empty(n, np.int64), np.empty(n, np.int64)
    for i in range(n):
        first[i] = first[i - 1] if i > 0 and groups[i] == groups[i - 1] else i
    for i in range(n - 1, -1, -1):
        behind[i] = behind[i + 1] if i + 1 < n and groups[i] == groups[i + 1] else i + 1
    return first, behind


@compiled
def _across_compound(
    elder: np.ndarray, seed: int, number: int, d: Record, tail: np.ndarray, head: np.ndarray, m: int
) -> int:
    """Add long ties behind the first `m`; returns their number now.

    Someone of another age group is refused with probability `homophily`, and another is drawn; after `_TRIES` draws
    there is no tie.
    """
    n = elder.size
    wanted, rows, luck, refusal = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n), np.empty(n)
    for k in range(_wanted(seed, number, Purpose.COMPOUND_TIE, d.compound_ties, wanted)):
        asking = np.int64(0)
        for i in range(n):
            rows[asking] = i
            asking += np.int64(wanted[i] > k)
        for attempt in range(_TRIES):
            key = _KEYS - 2 * (_TRIES * k + attempt)
            draw_for(seed, number, key, Purpose.COMPOUND_TIE, rows[:asking], luck)
            draw_for(seed, number, key - 1, Purpose.COMPOUND_TIE, rows[:asking], refusal)
            again = np.int64(0)
            for q in range(asking):
                i, j = rows[q], int(luck[q] * n)
                takes = j != i and (elder[i] == elder[j] or refusal[q] >= d.homophily)
                tail[m], head[m] = i, j
                m += int(takes)
                rows[again] = i
                again += np.int64(not takes)
            asking = again
    return m


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
