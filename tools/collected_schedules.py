"""Run a small collection under schedules of faults: `python tools/schedules.py --kind collection`.

The loop over blocks, the store and the keys are the real ones; what computes blocks, a cluster, clock, signals and disk
are simulated. Whatever happens: it ends, every compound is there once with its own row, and what had come in is kept.
"""

import random
from collections import Counter
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from crash_states import CollectionHistory, scratch
from disk_model import Disk, Killed
from simulated_world import SECONDS_PER_RUN, Fault, World, where_of

from scenarios.collected.stream import missing_blocks, run_blocks
from scenarios.losses import NotFetchedError
from scenarios.store import StoreError
from scenarios.sweep.executors import ClusterGoneError

COMPOUNDS = CollectionHistory.COMPOUNDS
KNOWN = (
    "dies", "late", "silent", "not fetched", "never fetched", "scheduler gone", "interrupted", "killed",
    "disk full", "fails", "killed writing", "interrupted writing",
)  # fmt: skip
LATEST = {"task": 8, "wait": 12, "disk": 60}
#: How a life may end, and after which faults.
BECAUSE = {
    "was interrupted": ("interrupted", "interrupted writing"),
    "was killed": ("killed", "killed writing"),
    "met a full disk": ("disk full", "fails"),
    "lost its workers": ("dies", "silent", "never fetched", "scheduler gone"),
}


class DiedError(Exception):
    """What computed a block has died."""


class Blocks:
    """What computes blocks, as faults say."""

    def __init__(self, world: World, rows: CollectionHistory) -> None:
        self.world, self.rows = world, rows
        self.gone = False
        self.never: set[int] = set()

    def submit(self, function: Any, drawn: Any, first: int, last: int) -> "Future[Any]":
        """A block on its way."""
        future: Future[Any] = Future()
        fault = self.world.begin_task()
        self.gone |= fault in ("scheduler gone", "silent")
        if fault == "never fetched":
            self.never.add(first)
        result: Any = self.rows.block(list(range(first, last)))
        if fault == "dies":
            result = DiedError()
        elif fault == "not fetched" or first in self.never:
            result = NotFetchedError("the connection was closed")
        seconds = SECONDS_PER_RUN * self.world.draw.uniform(0.5, 2.0) + (300.0 if fault == "late" else 0.0)
        if not self.gone:
            self.world.later(seconds, lambda: self._come(future, result))
        return future

    def _come(self, future: "Future[Any]", result: Any) -> None:
        if not future.set_running_or_notify_cancel():
            return
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)

    def alive(self) -> None:
        """Asked while nothing comes."""
        if self.gone:
            raise ClusterGoneError("gone")


def faults_of(seed: int) -> tuple[tuple[int, Fault], ...]:
    """The faults of an integer, each with the life it belongs to."""
    draw = random.Random(seed)
    faults = []
    for life in range(draw.randint(1, 4)):
        for _ in range(draw.randint(0, 3)):
            what = draw.choice(KNOWN)
            faults.append((life, Fault(what, draw.randint(1, LATEST[where_of(what)]))))
    return tuple(faults)


def run(seed: int, faults: tuple[tuple[int, Fault], ...], expect: Any) -> Counter[str]:
    """Live through a schedule; returns what happened. expect : raises where something does not hold."""
    happened: Counter[str] = Counter()
    history = CollectionHistory(random.Random(seed))
    with scratch() as home:
        last = max((life for life, _ in faults), default=-1)
        for life in range(last + 2):
            world = World(random.Random(f"{seed} {life}"), [fault for of, fault in faults if of == life])
            ended = _live(history, world, home, expect)
            happened.update([f"lives that {ended}", *world.happened])
        rows = history.rows(home / "out")
        expect(ended == "completed" and rows.store.verify().sound, f"without a fault it {ended}")
        columns = rows.columns(["compound", "x"], COMPOUNDS)
        right = history.block(list(range(COMPOUNDS)))["x"].to_pylist()
        expect(sorted(columns["x"].tolist()) == right, f"rows {columns['x'].tolist()}")
    return happened


def _live(history: CollectionHistory, world: World, home: Path, expect: Any) -> str:
    disk, came = Disk(home, world.before), list[int]()
    world.end_process = lambda: setattr(disk, "dead", True)
    rows, blocks = history.rows(home / "out"), Blocks(world, history)

    def keep(block: Any) -> None:
        came.extend(block["compound"].to_pylist())
        rows.append(block)

    try:
        with disk, rows.store.lock():
            rows.begin(history.manifest())
            missing = missing_blocks(rows.done(), COMPOUNDS, world.draw.randint(1, 4), 1)
            run_blocks(None, missing, blocks.submit, 2, keep, blocks.alive, world.wait, world.clock)
            rows.merge()
        ended = "completed"
    except KeyboardInterrupt:
        ended = "was interrupted"
    except Killed:
        return "was killed"
    except StoreError:
        ended = "met a full disk"
    except (ClusterGoneError, NotFetchedError, DiedError):
        ended = "lost its workers"
    because = set(BECAUSE.get(ended, ())) & set(world.happened)
    expect(ended == "completed" or bool(because), f"it {ended}; what happened: {world.happened}")
    disturbed = sum(what in ("disk full", "fails", "interrupted writing") for what in world.happened)
    gone = set(came) - set(rows.done().tolist())
    expect(not gone or disturbed > 1 or ended == "met a full disk", f"it {ended}: {sorted(gone)} had come in")
    return ended
