"""Run the compounds of a collection block by block: what is done is kept at once, what is kept is not run again.

Never more than a few blocks are in memory. Rows do not depend on blocks, threads, machines or interruptions.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import chain, islice
from typing import Any

import numpy as np
import pyarrow as pa

from scenarios.collected.rows import simulated
from scenarios.collected.runs import Drawn
from scenarios.losses import Losses, NotFetchedError

#: Households of a block: half a second of work or more, which is what Ctrl-C waits for and what a kill loses.
BLOCK_HOUSEHOLDS = 65_536
#: Of what is left a thread takes this share at most, so that the last blocks are small and none waits long for them.
_SHARE_OF_THE_REST = 1 / 2
#: The smallest blocks are this share of the largest: each is a part of its own, and takes time to write and to merge.
_SMALLEST = 1 / 8
#: Blocks handed out ahead, for each worker.
_AHEAD = 2

_SECONDS_UNTIL_A_LOOK = 5.0

type Alive = Callable[[], None]
type Keep = Callable[[pa.Table], None]


def block_compounds(drawn: Drawn, upto: int, threads: int) -> int:
    """How many compounds make the largest block; whole offices."""
    of = drawn.collection
    households = min(BLOCK_HOUSEHOLDS, _SHARE_OF_THE_REST * upto * of.mean_households / threads)
    offices = max(1, round(households / (of.mean_households * of.compounds_per_office)))
    return offices * of.compounds_per_office


def missing_blocks(done: np.ndarray, upto: int, step: int, office: int, threads: int = 1) -> list[range]:
    """Blocks of compounds not yet done, in order; for several threads smaller and smaller towards the end.

    done : indices of compounds, in any order; step : of compounds in the largest block, whole offices
    office : compounds that share an office; one of which any compound lacks is run again as a whole
    threads : each takes the next block when it is done with one
    """
    lacking = np.ones(upto, bool)
    lacking[done[done < upto]] = False
    starts = np.flatnonzero(np.logical_or.reduceat(lacking, np.arange(0, upto, office))) * office
    blocks: list[range] = []
    share = _SHARE_OF_THE_REST / threads if threads > 1 else 1.0
    left, most = len(starts) * office, step
    for start in starts.tolist():
        last = min(start + office, upto)
        if blocks and blocks[-1].stop == start and last - blocks[-1].start <= most:
            blocks[-1] = range(blocks[-1].start, last)
        else:
            most = min(step, max(round(_SMALLEST * step), int(share * left)))
            blocks.append(range(start, last))
        left -= last - start
    return blocks


def run_blocks(
    drawn: Drawn,
    blocks: Iterable[range],
    submit: Callable[..., Future[pa.Table]],
    workers: int,
    keep: Keep,
    alive: Alive | None = None,
    wait: Callable[..., Any] = wait,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Run each block somewhere and hand its rows to `keep`, on the calling thread, as they are finished.

    submit : calls a function with arguments, as that of an executor does
    workers : how many blocks are worked on at once; a few more are handed out
    alive : called while nothing is finished for a while; raises when the workers are gone for good
    wait, clock : `concurrent.futures.wait`, and steady seconds; simulations have their own
    At an interruption blocks that were not begun are called off, and those begun are finished and kept.
    Raises what a block raised; NotFetchedError where the rows of one are lost on their way again and again, as
    long as a sweep asks for those of a chunk.
    """
    waiting, losses = iter(blocks), defaultdict[range, Losses](Losses)
    under_way: dict[Future[pa.Table], range] = {}
    try:
        while True:
            for block in islice(waiting, workers + _AHEAD - len(under_way)):
                under_way[submit(simulated, drawn, block.start, block.stop)] = block
            if not under_way:
                return
            finished, _ = wait(under_way, _SECONDS_UNTIL_A_LOOK, FIRST_COMPLETED)
            if not finished and alive is not None:
                alive()
            for future in sorted(finished, key=lambda f: under_way[f].start):
                try:
                    keep(future.result())
                except NotFetchedError:
                    block, now = under_way[future], clock()
                    losses[block] = losses[block].once_more(now)
                    if losses[block].will_never_come(now):
                        raise
                    waiting = chain([block], waiting)
                del under_way[future]
    except KeyboardInterrupt:
        for future in [f for f in under_way if not f.cancel()]:
            if future.exception() is None:
                keep(future.result())
        raise
    finally:
        for future in under_way:
            future.cancel()
