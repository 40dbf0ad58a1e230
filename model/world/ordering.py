"""Sorting and selection, with the same order of equal keys on every machine."""

import numpy as np

from compiling.compiled import compiled


@compiled
def marked(marks: np.ndarray, into: np.ndarray) -> np.ndarray:
    """Positions of the marks that are 1, in ascending order; int64, the beginning of `into`.

    marks : uint8, 0 or 1; into : int64, as long as `marks` or longer
    For speed only: without branches, which the processor could not predict.
    """
    m = np.int64(0)
    for i in range(marks.size):
        into[m] = i
        m += np.int64(marks[i])
    return into[:m]


@compiled
def in_order(keys: np.ndarray, m: int, ends: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Positions of the first `m` keys in ascending order, equal keys in their given order. int64, begins `order`.

    keys : in [0, 1], drawn evenly, or it takes long; ends, order : working space, int64, m + 1 or longer
    A key that is drawn evenly is near its place at once: keys go to as many buckets as there are, and neighbours are
    exchanged until none is out of order. Merging sorted parts costs a wrong guess of the processor at every other step.
    """
    ends[: m + 1] = 0
    for i in range(m):
        ends[min(int(keys[i] * m), m - 1) + 1] += 1
    for bucket in range(m):
        ends[bucket + 1] += ends[bucket]
    for i in range(m):
        bucket = min(int(keys[i] * m), m - 1)
        order[ends[bucket]] = i
        ends[bucket] += 1
    for q in range(1, m):
        here, at = order[q], q
        while at > 0 and keys[order[at - 1]] > keys[here]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = here
    return order[:m]


@compiled
def smallest(
    keys: np.ndarray, m: int, wanted: int, kept: np.ndarray, above: np.ndarray, chosen: np.ndarray
) -> np.ndarray:
    """Positions of the `wanted` smallest of the first `m` keys, in ascending order of position; int64, begins `chosen`.

    Among equal keys the earlier positions come first.
    kept, above : working space, float64, m or longer; chosen : likewise, int64
    """
    wanted = min(wanted, m)
    if wanted == 0:
        return chosen[:0]
    limit = key_of_rank(keys, m, wanted - 1, kept, above)
    at_limit = wanted
    for i in range(m):
        if keys[i] < limit:
            at_limit -= 1
    q = 0
    for i in range(m):
        if keys[i] < limit:
            chosen[q] = i
            q += 1
        elif keys[i] == limit and at_limit > 0:
            chosen[q] = i
            q += 1
            at_limit -= 1
    return chosen[:wanted]


@compiled
def key_of_rank(keys: np.ndarray, m: int, rank: int, kept: np.ndarray, above: np.ndarray) -> float:
    """The key at place `rank` (from 0) of the first `m` keys in ascending order: quickselect (Hoare 1961).

    kept, above : working space, float64, m or longer
    For speed only: keys are divided without branches, which the processor could not predict.
    """
    for i in range(m):
        kept[i] = keys[i]
    while True:
        pivot = kept[m // 2]
        n_below, n_above = 0, 0
        for i in range(m):
            key = kept[i]
            kept[n_below], above[n_above] = key, key
            n_below += key < pivot
            n_above += key > pivot
        if rank < n_below:
            m = n_below
        elif rank < m - n_above:
            return pivot
        else:
            rank -= m - n_above
            kept, above, m = above, kept, n_above
