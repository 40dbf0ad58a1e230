"""Putting keys in order, the same on every machine."""

import numpy as np

from model.compilation import compiled


@compiled
def in_order(keys: np.ndarray, m: int) -> np.ndarray:
    """Positions of the first `m` keys, smallest first, equal ones as they stood. int64, shape (m,).

    A merge sort from below; numpy's own takes seconds to compile.
    """
    order, merged = np.empty(m, np.int64), np.empty(m, np.int64)
    for i in range(m):
        order[i] = i
    width = 1
    while width < m:
        low = 0
        while low < m:
            middle = min(low + width, m)
            high = min(middle + width, m)
            i, j = low, middle
            for q in range(low, high):
                if j >= high or (i < middle and keys[order[i]] <= keys[order[j]]):
                    merged[q] = order[i]
                    i += 1
                else:
                    merged[q] = order[j]
                    j += 1
            low = high
        order, merged = merged, order
        width *= 2
    return order
