"""Try one seed after another in some processes. A seed that does not end is a failure, and not the end of all."""

import faulthandler
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import TimeoutError
from itertools import batched

from pebble import ProcessExpired, ProcessPool

from scenarios.processes import fresh_processes

#: What happened with a seed, counted, and what is wrong, "" where nothing is.
type Tried = tuple[Counter[str], str]
#: Seeds handed out at once, for each process.
AT_ONCE = 50
#: Where it is when so much of its time is over, a seed says on standard error.
LATE = 0.9


def try_each(
    function: Callable[..., Tried],
    seeds: Iterable[int],
    *more: object,
    jobs: int,
    seconds: float,
    minutes: float = float("inf"),
) -> Iterator[tuple[int, Counter[str], str]]:
    """Call function(seed, *more) for every seed; gives each with what came of it, in order.

    function : one that fresh processes can import (a forked one may inherit a lock that nobody gives back)
    seconds : a seed that takes longer is wrong, and its process is ended; minutes : begin no more after so many
    """
    began = time.monotonic()
    with ProcessPool(jobs, context=fresh_processes("spawn")) as pool:
        for some in batched(seeds, AT_ONCE * jobs):
            if time.monotonic() - began > 60 * minutes:
                return
            given = [
                pool.schedule(_watched, [function, seconds, seed, *more], timeout=seconds) for seed in some
            ]
            for seed, future in zip(some, given, strict=True):
                try:
                    yield seed, *future.result()
                except TimeoutError:
                    yield seed, Counter(), f"does not end: {seconds:g} s were not enough"
                except ProcessExpired as error:
                    yield seed, Counter(), f"its process ended ({error})"


def _watched(function: Callable[..., Tried], seconds: float, *given: object) -> Tried:
    faulthandler.dump_traceback_later(LATE * seconds)
    try:
        return function(*given)
    finally:
        faulthandler.cancel_dump_traceback_later()
