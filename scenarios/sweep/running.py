"""Runs a plan into a store: what is missing, in chunks, whatever happens to workers on the way."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from model.engine import run_block
from model.world.state import LANES
from scenarios.arrow import texts
from scenarios.losses import Losses
from scenarios.store import Store, StoreError
from scenarios.store.store import DamagedManifestError
from scenarios.sweep.chunk import KILLED, OK, TIMED_OUT, Chunk, Done, Simulate, failed_rows, past_limit
from scenarios.sweep.executors import LOST, ClusterLostError, Executor
from scenarios.sweep.noting import TABLE as HOUSEHOLDS
from scenarios.sweep.plan import Plan
from scenarios.sweep.record import (
    begin_record,
    refuse_another,
    refuse_other_results,
    tables_of,
    without_rows,
    write_design,
    write_progress,
)
from scenarios.sweep.watching import Estimate, Report, Watcher

#: Rows wait at most so long, and at most so many bytes, before they are written.
FLUSH_SECONDS = 3.0
FLUSH_BYTES = 32_000_000
#: Runs by which the time of the others is estimated.
PILOT_RUNS = 8
#: Attempts at a run, alone in its chunk, before it is blamed for killing workers.
TRIES = 3
#: Weight of the last chunk in the running means of time and size.
FORGETTING = 0.2
#: About how many bytes of the disk a byte of rows in memory takes, measured on tables of this kind.
ON_THE_DISK = 0.5
#: How much longer than expected a chunk may take, in seconds and as a factor, on top of the limit of one run.
SLACK_FACTOR = 20.0
SECONDS_BETWEEN_LOOKS = 0.2
#: The weekly series of a chunk are in memory: about 25 kB a run.
MOST_RUNS_AT_ONCE = 4000


@dataclass
class _Job:
    """A chunk, how often it has ended its worker, how often and since when it was lost on its way."""

    chunk: Chunk
    tries: int = 0
    losses: Losses = field(default_factory=Losses)


class Sweep:
    """One run of a plan into a store with an executor.

    clock, wait : steady seconds, and `concurrent.futures.wait`; simulations have their own
    """

    def __init__(
        self,
        plan: Plan,
        store: Store,
        executor: Callable[[], Executor],
        *,
        watcher: Watcher | None = None,
        simulate: Simulate = run_block,
        command: str = "",
        retry: bool = False,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[..., Any] = wait,
    ) -> None:
        self.plan, self.store, self.watcher = plan, store, watcher or Watcher()
        self._make_executor, self._simulate, self._command = executor, simulate, command
        self._retry, self._clock, self._wait = retry, clock, wait
        self.report = Report(runs=plan.n_different)
        self._held: list[Done] = []
        self._held_bytes = 0
        self._flushed = clock()
        self._seconds_per_run = 0.0
        self._bytes_per_run = 0.0
        self._workers = 1

    def run(self) -> Report:
        """Run what is missing; returns when every run has its row.

        Whatever ends it earlier (Ctrl-C, a full disk, a lost cluster) leaves as an exception, with every row that has
        come in written if the disk allows.
        Raises StoreError, SweepChangedError, ClusterLostError, KeyboardInterrupt.
        """
        began = self._clock()
        with suppress(DamagedManifestError):
            refuse_other_results(self.store)
        with self.store.lock():
            with suppress(DamagedManifestError):  # whose rows they are their keys say, too
                refuse_another(self.store, self.plan, strangers=0)
            for damage in self.store.mend():
                self.report.set_aside.append(damage)
                self.watcher.set_aside(damage)
            todo = self._missing()
            begin_record(self.store, self.plan, self._command)
            write_design(self.store, self.plan)
            self._tell(0.0)  # not what it told before something went missing
            if todo.size:
                self._run(todo)
                self._count()
            self.report.seconds = self._clock() - began
            self._tell(0.0)
        return self.report

    def _count(self) -> None:
        """Raise StoreError where rows are gone that were written: success is said after counting what is there."""
        there = len(self.store.keys()) - len(without_rows(self.store, tables_of(self.plan)))
        if there < self.report.runs:
            raise StoreError(
                f"{self.store.folder}: {there:,} of {self.report.runs:,} runs are there, though all were written: "
                "files were removed or moved meanwhile; give the same command again"
            )

    def _missing(self) -> np.ndarray:
        """Numbers of the runs that lack rows or are tried again; checks that the rows there belong to this plan."""
        done = self.store.keys()
        if not done:
            refuse_another(self.store, self.plan, strangers=0)
            return self.plan.different
        again = self._to_try_again() | without_rows(self.store, tables_of(self.plan))
        missing, met = [], set()
        numbers = self.plan.different
        for number, task in zip(numbers, self.plan.tasks(numbers), strict=True):
            key = task.key
            if key in done:
                met.add(key)
            if key not in done or key in again:
                missing.append(number)
        refuse_another(self.store, self.plan, strangers=len(done) - len(met))
        self.store.forget(again)
        self.report.there = len(met) - len(again)
        return np.array(missing, np.int64)

    def _to_try_again(self) -> set[str]:
        """Keys of runs that timed out under another limit; of all that did not end well where that was asked for."""
        rows = self.store.table(columns=["status", "error"])
        limit = past_limit(self.plan.limit_seconds)
        return {
            row["key"]
            for row in rows.filter(pc.not_equal(rows["status"], texts([OK])[0])).to_pylist()
            if self._retry or (row["status"] == TIMED_OUT and row["error"] != limit)
        }

    def _run(self, todo: np.ndarray) -> None:
        executor = self._make_executor()
        self._workers = executor.workers
        try:
            pilot = self._pilot(executor, todo)
            self._rest(executor, np.setdiff1d(todo, pilot, assume_unique=True))
            self._flush()
        except KeyboardInterrupt as stopped:
            self._flush()
            self.watcher.interrupted(self.report, stopped)
            raise
        finally:
            # First what is in hand, then the workers: a full disk must not leave them running.
            try:
                self._flush()
            finally:
                executor.stop()

    def _pilot(self, executor: Executor, todo: np.ndarray) -> np.ndarray:
        """A few runs from all over the plan, to say how long the others will take."""
        places = np.unique(np.linspace(0, todo.size - 1, min(PILOT_RUNS, todo.size)).astype(np.int64))
        numbers = todo[places]
        # The first run alone: it pays for what a worker does once, such as loading the compiled engine.
        self._work(executor, iter([self._chunk(numbers[:1])]))
        self._seconds_per_run = 0.0
        if numbers.size > 1:
            self._work(executor, iter([self._chunk(numbers[1:])]))
        left = todo.size - numbers.size
        seconds = left * self._seconds_per_run / executor.workers
        self.watcher.estimated(
            Estimate(
                runs=self.report.runs,
                there=self.report.there,
                to_do=int(todo.size),
                seconds=seconds,
                bytes=int(todo.size * self._bytes_per_run),
            )
        )
        return numbers

    def _rest(self, executor: Executor, todo: np.ndarray) -> None:
        self._work(executor, self._chunks(executor, todo))

    def _chunks(self, executor: Executor, todo: np.ndarray) -> Iterator[Chunk]:
        """Neighbouring runs, so many that a chunk takes as long as the executor likes; smaller towards the end.

        As many of each seed as run side by side, or a multiple.
        """
        at, together = 0, LANES * len(self.plan.seeds)
        while at < todo.size:
            wanted = executor.chunk_seconds / self._seconds_per_run if self._seconds_per_run else PILOT_RUNS
            fair = (todo.size - at) / (2 * executor.workers)
            size = max(1, int(min(wanted, max(fair, wanted / 8), MOST_RUNS_AT_ONCE)))
            size -= size % together if size > together else 0
            yield self._chunk(todo[at : at + size])
            at += size

    def _chunk(self, numbers: np.ndarray) -> Chunk:
        plan = self.plan
        tasks = list(plan.tasks(numbers))
        used = sorted({task.base for task in tasks})
        bases, numbered = tuple(plan.bases[b] for b in used), {b: i for i, b in enumerate(used)}
        if used != list(range(len(used))):
            tasks = [task._replace(base=numbered[task.base]) for task in tasks]
        kept = plan.outcomes, plan.weekly, self._simulate, plan.own, plan.households
        return Chunk(bases, plan.factors, tuple(tasks), *kept)

    def _work(self, executor: Executor, chunks: Iterator[Chunk]) -> None:
        """Keep the executor busy until every chunk has come back, in whole or in pieces."""
        again: deque[_Job] = deque()
        pending: dict[Future[Done], _Job] = {}
        window = 2 * executor.workers + 1 if executor.workers > 1 else 1
        exhausted = False
        while True:
            while len(pending) < window and not (exhausted and not again):
                job = again.popleft() if again else self._next(chunks)
                if job is None:
                    exhausted = True
                    continue
                pending[executor.submit(job.chunk, self._limit(executor, len(job.chunk.tasks)))] = job
            if not pending:
                return
            finished, _ = self._wait(pending, SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED)
            again.extend(pending.pop(future) for future in executor.lost(pending))
            for future in finished:
                self._take(executor, future, pending.pop(future), again)
            self._flush_if_due()

    def _next(self, chunks: Iterator[Chunk]) -> _Job | None:
        chunk = next(chunks, None)
        return None if chunk is None else _Job(chunk)

    def _limit(self, executor: Executor, n_runs: int) -> float:
        """Seconds for a chunk: the limit of one run, and ample time for the others and for getting ready."""
        return (
            executor.warm_up_seconds
            + self.plan.limit_seconds
            + SLACK_FACTOR * self._seconds_per_run * (n_runs - 1)
        )

    def _take(self, executor: Executor, future: "Future[Done]", job: _Job, again: "deque[_Job]") -> None:
        """Keep what a future brought, or find out which of its runs is at fault."""
        error = CancelledError() if future.cancelled() else future.exception()
        if error is None:
            self._keep(future.result())
            return
        meaning = executor.meaning(error)
        if not meaning:
            raise error
        self.report.lost_workers += 1
        if meaning == LOST:
            again.append(self._lost_once_more(job, error))
            return
        if len(job.chunk.tasks) > 1:
            again.extend(_Job(half) for half in job.chunk.halves())
        elif meaning == TIMED_OUT:
            self._keep(failed_rows(job.chunk, TIMED_OUT, past_limit(self.plan.limit_seconds)))
        elif job.tries + 1 < TRIES:
            again.append(_Job(job.chunk, job.tries + 1))
        else:
            self._keep(failed_rows(job.chunk, KILLED, f"ended its worker process {TRIES} times"))

    def _lost_once_more(self, job: _Job, error: BaseException) -> _Job:
        """The job to give again. Raises ClusterLostError for one that never comes."""
        now = self._clock()
        losses = job.losses.once_more(now)
        if losses.will_never_come(now):
            raise ClusterLostError(
                f"{len(job.chunk.tasks)} runs were given {losses.n} times and never came back "
                f"({type(error).__name__}: {str(error)[:80]})"
            )
        return replace(job, losses=losses)

    def _keep(self, done: Done) -> None:
        report = self.report
        report.done += done.n
        report.failed += done.n_failed
        report.engine_seconds += done.engine_seconds
        report.busy_seconds += done.busy_seconds
        in_memory = _bytes_in_memory(done)
        self._held.append(done)
        self._held_bytes += in_memory
        if done.n > done.n_failed:
            self._learn(done, in_memory)
        self.watcher.advanced(report, self._seconds_left())

    def _learn(self, done: Done, in_memory: int) -> None:
        """How long a run takes and how large its rows are; late chunks count more than early ones."""
        seconds, size = done.busy_seconds / done.n, ON_THE_DISK * in_memory / done.n
        if not self._seconds_per_run:
            self._seconds_per_run, self._bytes_per_run = seconds, size
        self._seconds_per_run += FORGETTING * (seconds - self._seconds_per_run)
        self._bytes_per_run += FORGETTING * (size - self._bytes_per_run)

    def _seconds_left(self) -> float:
        left = self.report.runs - self.report.there - self.report.done
        return left * self._seconds_per_run / self._workers

    def _flush_if_due(self) -> None:
        due = self._clock() - self._flushed > FLUSH_SECONDS
        if self._held_bytes > FLUSH_BYTES or (self._held and due):
            self._flush()

    def _flush(self) -> None:
        """Write the rows in hand: those of weeks and households first, as a row in the main table means done."""
        if not self._held:
            return
        held, self._held = self._held, []
        weekly = [done.weekly for done in held if done.weekly is not None]
        people = [done.households for done in held if done.households is not None]
        try:
            for table, parts in (("weekly", weekly), (HOUSEHOLDS, people)):
                if parts:
                    self.store.append(pa.concat_tables(parts), table=table)
            self.store.append(pa.concat_tables([done.runs for done in held]))
        except BaseException:
            # Ctrl-C in the middle of it, too: the same rows once more are the same part.
            self._held = held
            raise
        finally:
            self._flushed = self._clock()
        self._held_bytes = 0
        self._tell(self._seconds_left())

    def _tell(self, seconds_left: float) -> None:
        """Say in the folder how far it is; one file that cannot be written now is no reason to end a sweep."""
        with suppress(StoreError):
            write_progress(self.store, self.report, seconds_left)


def _bytes_in_memory(done: Done) -> int:
    return sum(int(t.nbytes) for t in (done.runs, done.weekly, done.households) if t is not None)


def executor_of(workers: int | None, cluster: str | None = None) -> Callable[[], Executor]:
    """Which executor: worker processes (all processors if None), none at all (0: in this process), or a cluster."""
    from scenarios.sweep.executors import Cluster, Serial
    from scenarios.sweep.workers import Workers

    if cluster is not None:
        return lambda: Cluster(cluster)
    return Serial if workers == 0 else lambda: Workers(workers)
