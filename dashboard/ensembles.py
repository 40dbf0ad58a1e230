"""Ensembles: the same draws for every scenario, in parts, shared between users who ask for the same.

A request becomes a few tasks of some runs each. Whoever asks for what is already under way waits for that; whoever
no longer wants a result lets it go, and what nobody wants any more is not begun.
"""

import itertools
import pickle
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from dashboard import own, tasks
from dashboard.asking import Request
from dashboard.trajectory import SHOWN_SEED, Trajectory
from dashboard.workers import Task, workers
from model.brought import brought
from model.measures import SUMMARY, Outcome

#: Runs of an ensemble on the page Explore, and of each plan on the page Compare.
EXPLORE_RUNS, COMPARE_RUNS = 30, 50
_BYTES_KEPT = 96_000_000
#: Seconds after which a result nobody has asked for again is let go.
_SECONDS_KEPT = 600.0


def name_of(outcome: Outcome | str) -> str:
    """What a weekly outcome is called in texts and addresses; one of the server's own file is its name."""
    return outcome if isinstance(outcome, str) else outcome.name.lower()


@dataclass(frozen=True)
class Ensemble:
    """What a request gives: weekly outcomes by run, summaries, and one run in full.

    series : (runs, weeks, outcomes), see `tasks.run_seeds`; summary : a row a run
    """

    request: Request
    series: np.ndarray
    summary: pd.DataFrame
    shown: Trajectory

    def of(self, outcome: Outcome | str) -> np.ndarray:
        """An outcome by run and week; one of the server's own file by its name."""
        if isinstance(outcome, str):
            return self.series[:, :, len(tasks.DRAWN) + list(brought().outcomes).index(outcome)]
        return self.series[:, :, tasks.DRAWN.index(outcome)]

    @cached_property
    def summed_up(self) -> dict[str, np.ndarray]:
        """The summary outcomes by name, each a number a run, which pages read again and again. float64"""
        table = self.summary[list(SUMMARY)].to_numpy(float)
        return dict(zip(SUMMARY, np.ascontiguousarray(table.T), strict=True))

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return len(self.series)


class Job:
    """Work under way for one key: parts, how many of them are done, and what they become together."""

    def __init__(self, parts: Iterable[Task], join: Callable[[list[Any]], Any]) -> None:
        self.parts = list(parts)
        self.join = join
        self.users = 0
        self.value: Any = None
        self.error: BaseException | None = None
        self.ended = threading.Event()
        self._left = len(self.parts)
        self._lock = threading.Lock()
        for part in self.parts:
            part.future.add_done_callback(self._one_done)

    @property
    def done(self) -> float:
        """Share of the parts that are done, in [0, 1]."""
        return 1.0 - self._left / len(self.parts)

    def _one_done(self, _: Any) -> None:
        with self._lock:
            self._left -= 1
            if self._left:
                return
        try:
            self.value = self.join([part.future.result() for part in self.parts])
        except BaseException as error:
            self.error = error
        self.ended.set()

    def give_up(self) -> None:
        """Begin nothing more of it."""
        for part in self.parts:
            part.cancel()


class Shelf:
    """Results by key, the least recently used let go first; and the jobs under way.

    Kept of each result: the value, its bytes, when it was last used; in the order of their last use.
    """

    def __init__(self, most_bytes: int = _BYTES_KEPT) -> None:
        self._kept: OrderedDict[Hashable, tuple[Any, int, float]] = OrderedDict()
        self._jobs: dict[Hashable, Job] = {}
        self._bytes = 0
        self._most = most_bytes
        self._lock = threading.RLock()

    def get(self, key: Hashable) -> Any:
        """A kept result, or None."""
        with self._lock:
            if key not in self._kept:
                return None
            value, size, _ = self._kept.pop(key)
            self._kept[key] = (value, size, time.monotonic())
            return value

    def join(self, key: Hashable, begin: Callable[[], Job]) -> Job:
        """The job of a key, begun if nobody has. Every `join` wants a `leave`."""
        with self._lock:
            job = self._jobs.get(key)
            if job is None or job.error is not None:
                job = self._jobs[key] = begin()
            job.users += 1
            return job

    def leave(self, key: Hashable, job: Job) -> None:
        """Done with a job: keep what it gave; what nobody waits for is given up."""
        with self._lock:
            job.users -= 1
            if job.ended.is_set():
                if job.error is None and key not in self._kept:
                    self._keep(key, job.value)
                if self._jobs.get(key) is job:
                    del self._jobs[key]
            elif job.users == 0:
                job.give_up()
                if self._jobs.get(key) is job:
                    del self._jobs[key]

    def _keep(self, key: Hashable, value: Any) -> None:
        size = size_of(value)
        self._kept[key] = (value, size, time.monotonic())
        self._bytes += size
        while self._bytes > self._most and len(self._kept) > 1:
            self._drop_first()

    def _drop_first(self) -> None:
        _, (_, freed, _) = self._kept.popitem(last=False)
        self._bytes -= freed

    def forget_unused(self, seconds: float = _SECONDS_KEPT) -> None:
        """Let go what nobody has asked for in so many seconds: who has left does not come back for it."""
        last = time.monotonic() - seconds
        with self._lock:
            while self._kept and next(iter(self._kept.values()))[2] < last:
                self._drop_first()


#: What cannot be measured counts as so much, more than most results take, so that there are never many of them.
_BYTES_UNMEASURED = 1_000_000


def size_of(value: Any) -> int:
    """About how many bytes a result takes; what is no ensemble is measured, which takes milliseconds a megabyte."""
    if isinstance(value, Ensemble):
        return value.series.nbytes + len(value.shown.planes) + value.shown.ties.nbytes + 20_000
    if isinstance(value, bytes):
        return len(value)
    arrays = []
    try:
        rest = pickle.dumps(value, protocol=5, buffer_callback=lambda part: arrays.append(part.raw().nbytes))
    except (pickle.PicklingError, AttributeError, TypeError, RecursionError):
        return _BYTES_UNMEASURED
    return len(rest) + sum(arrays)


SHELF = Shelf()


def key_of(request: Request, runs: int) -> Hashable:
    """What makes two requests the same: levers stand on their grids, so few keys cover what people try."""
    return (request, runs)


def first_seeds(runs: int) -> range:
    """The seeds of so many runs: those of every ensemble, and of all that stands beside one."""
    return range(1, runs + 1)


def begin_ensemble(request: Request, runs: int) -> Job:
    """Hand an ensemble to the pool, in parts that keep every worker busy and a page informed."""
    scenario, pool = request.scenario(), workers()
    # the one that is shown is followed by who begins, so that it need not be run twice
    seeds = sorted(first_seeds(runs), key=lambda seed: seed != SHOWN_SEED)
    beside = _OWN_WEEK if own.runner(scenario) is not None else 0
    weeks = (scenario.compound.households + beside) * scenario.horizon_weeks
    shares = shared_out(runs, weeks, pool.number, pool.idle)
    starts = np.cumsum([0, *shares])
    chunks = [list(seeds[a:b]) for a, b in itertools.pairwise(starts)]
    first = (tasks.run_and_follow, scenario, chunks[0], SHOWN_SEED)
    parts = pool.submit_all([first, *((tasks.run_seeds, scenario, chunk) for chunk in chunks[1:])])

    def join(found: list[Any]) -> Ensemble:
        order = np.argsort(seeds)
        series = np.concatenate([part[0] for part in found])[order]
        summary = pd.concat([part[1] for part in found]).iloc[order].reset_index(drop=True)
        summary["run"] = np.arange(runs)
        return Ensemble(request, series, summary, found[0][2])

    return Job(parts, join)


#: Resident-weeks of a part: about a third of a second, so that a page can tell how far it is.
_PART = 3_000_000
#: What a week costs besides in which something of one's own acts or is measured, in resident-weeks.
_OWN_WEEK = 6_000
#: What it costs to keep a run household by household besides, in runs.
_FOLLOWED = 3


def shared_out(runs: int, weeks: int, workers: int, idle: bool) -> list[int]:
    """How many runs each part of an ensemble has; the first part follows one run besides.

    weeks : resident-weeks of a run; idle : whether no worker has anything to do. Then the runs are shared between the
    workers, for one user's sake. Otherwise parts would only wait for one another: a part costs its own preparation.
    """
    most = max(1, _PART // weeks)
    if not idle or runs <= workers:
        sizes = [runs]
    else:
        whole = runs + _FOLLOWED
        sizes = [whole * (i + 1) // workers - whole * i // workers for i in range(workers)]
        sizes[0] = max(1, sizes[0] - _FOLLOWED)
        sizes[-1] += runs - sum(sizes)
    return [piece for size in sizes for piece in _pieces(size, most)]


def _pieces(size: int, most: int) -> list[int]:
    n = -(-size // most)
    return [size * (i + 1) // n - size * i // n for i in range(n)]


def wait_for(
    key: Hashable,
    begin: Callable[[], Job],
    *,
    wanted: Callable[[], bool] = lambda: True,
    progress: Callable[[float], None] = lambda _: None,
) -> Any:
    """The result of a key, computed if it must be; None when it is no longer wanted.

    wanted : asked a few times a second; progress : called with the share done whenever it has changed
    Raises what the work raised.
    """
    kept = SHELF.get(key)
    if kept is not None:
        return kept
    job = SHELF.join(key, begin)
    try:
        last = -1.0
        while not job.ended.wait(0.15):
            if not wanted():
                return None
            if job.done != last:
                last = job.done
                progress(last)
        if job.error is not None:
            raise job.error
        return job.value
    finally:
        SHELF.leave(key, job)


def ensemble(request: Request, runs: int = EXPLORE_RUNS, **waiting: Any) -> Ensemble | None:
    """The ensemble of a request; `waiting` as in `wait_for`."""
    found = wait_for(key_of(request, runs), lambda: begin_ensemble(request, runs), **waiting)
    return found if found is None else _ensemble(found)


def _ensemble(found: Any) -> Ensemble:
    assert isinstance(found, Ensemble)
    return found
