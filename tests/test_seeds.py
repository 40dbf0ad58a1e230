"""Seeds tried in processes: one that does not end, or ends its process, is named, and the others are tried."""

import os
import time
from collections import Counter

from seeds import try_each


def sleeps_or_dies(seed):
    if seed == 2:
        os._exit(1)
    time.sleep(100 * seed)
    return Counter(slept=1), ""


def test_a_seed_that_does_not_end_is_named_and_the_others_are_tried():
    found = list(try_each(sleeps_or_dies, (0, 1, 2, 0), jobs=1, seconds=0.5))
    assert [seed for seed, _, _ in found] == [0, 1, 2, 0]
    assert [counts["slept"] for _, counts, _ in found] == [1, 0, 0, 1]
    assert "does not end" in found[1][2] and "its process ended" in found[2][2]
    assert not list(try_each(sleeps_or_dies, (0,), jobs=1, seconds=1, minutes=-1))
