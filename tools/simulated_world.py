"""Workers, a Dask cluster, a clock and signals that exist in one process and do as a schedule of faults says."""

import heapq
import random
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, TimeoutError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from disk_model import Killed
from pebble import ProcessExpired
from small_sweeps import done_by

from scenarios.sweep.chunk import Chunk, Done, schema_of
from scenarios.sweep.plan import Plan
from scenarios.sweep.record import PROGRESS

SECONDS_PER_RUN = 0.3
#: Steps after which a life counts as endless.
MOST_STEPS = 3000


class Fault(NamedTuple):
    """Something that goes wrong once: what, and at which step, task or file operation of its life."""

    what: str
    at: int


#: What goes wrong with a task, where it is given; with the driver, while it waits; with a file operation.
TASK_FAULTS = (
    "dies",
    "hangs",
    "late",
    "silent",
    "pool stops",
    "not fetched",
    "never fetched",
    "scheduler gone",
)
WAIT_FAULTS = ("interrupted", "killed", "clock jumps", "workers die")
DISK_FAULTS = ("disk full", "fails", "killed writing", "interrupted writing", "progress fails")


class EndlessError(AssertionError):
    """A life that does not end."""


class World:
    """Virtual time, events in it, and the faults still to come. One life of a driver is lived in it.

    poisoned : seed of runs that always end their worker, 0 for none
    end_process : called when the driver is killed
    """

    def __init__(self, draw: random.Random, faults: list[Fault], poisoned: int = 0, workers: int = 2) -> None:
        self.draw, self.poisoned, self.n_workers = draw, poisoned, workers
        self.now = 0.0
        self.steps = self.tasks = self.operations = 0
        self.happened: list[str] = []
        self._faults = {(where_of(fault.what), fault.at): fault.what for fault in faults}
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = 0
        self.pools: list[SimulatedPool] = []
        #: Keys of runs whose rows are never fetched.
        self.unfetchable: set[str] = set()
        self._progress_fails = False
        self.end_process: Callable[[], None] = lambda: None

    def clock(self) -> float:
        """Steady seconds."""
        return self.now

    def wait(
        self, pending: Collection["Future[Any]"], seconds: float, when: str = FIRST_COMPLETED
    ) -> tuple[set["Future[Any]"], set["Future[Any]"]]:
        """Let time go by until one of the futures is done, or so many seconds."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise EndlessError(f"{MOST_STEPS} steps, {self.now:.0f} s")
        self._meet(self._fault("wait", self.steps))
        until = self.now + seconds
        while not any(future.done() for future in pending) and self._events and self._events[0][0] <= until:
            self.now, _, event = heapq.heappop(self._events)
            event()
        done = {future for future in pending if future.done()}
        if not done:
            # Nothing comes for a long time: the steps between are all the same.
            self.now = until + (20.0 if not self._events or self._events[0][0] > until + 60 else 0.0)
        return done, set(pending) - done

    def before(self, what: str, path: Path) -> None:
        """A file operation is about to happen."""
        self.operations += 1
        fault = self._fault("disk", self.operations)
        self._progress_fails |= fault == "progress fails"
        if self._progress_fails and what == "rename" and path.name == PROGRESS:
            self._progress_fails = False
            raise OSError(16, "Device or resource busy")
        if fault == "disk full":
            raise OSError(28, "No space left on device")
        if fault == "fails":
            raise OSError(5, "Input/output error")
        self._meet(fault)

    def _meet(self, fault: str) -> None:
        if fault.startswith("killed"):
            self.end_process()
            raise Killed
        if fault.startswith("interrupted"):
            raise KeyboardInterrupt
        if fault == "clock jumps":
            self.now += 3600.0
        if fault == "workers die":
            for pool in self.pools:
                pool.die()

    def _fault(self, where: str, at: int) -> str:
        fault = self._faults.pop((where, at), "")
        if fault:
            self.happened.append(fault)
        return fault

    def later(self, seconds: float, event: Callable[[], None]) -> None:
        """Have something happen after so many seconds."""
        self._order += 1
        heapq.heappush(self._events, (self.now + seconds, self._order, event))

    def begin_task(self) -> str:
        """A task is given; returns what will go wrong with it."""
        self.tasks += 1
        return self._fault("task", self.tasks)

    def result(self, chunk: Chunk) -> Done | None:
        """The rows of a chunk; None where it ends its worker."""
        if any(task.seed == self.poisoned for task in chunk.tasks):
            return None
        return rows_of(chunk)


def where_of(what: str) -> str:
    """Where a fault is met."""
    return "task" if what in TASK_FAULTS else "wait" if what in WAIT_FAULTS else "disk"


_rows: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {}
_WEEKLY = pa.schema([("key", pa.string()), ("week", pa.int32()), ("valid_consent", pa.float32())])


def know(plan: Plan) -> None:
    """Make the rows of a plan ready, so that no chunk has to be run."""
    done = done_by(plan)
    _rows.update({key: (rows, done["weekly"][key]) for key, rows in done["runs"].items()})


def rows_of(chunk: Chunk) -> Done:
    """What running a chunk gives."""
    runs = [row for task in chunk.tasks for row in _rows[task.key][0]]
    weekly = [row for task in chunk.tasks for row in _rows[task.key][1]]
    n = len(chunk.tasks)
    tables = pa.Table.from_pylist(runs, schema_of(chunk)), pa.Table.from_pylist(weekly, _WEEKLY)
    return Done(*tables, n, 0, 0.9 * SECONDS_PER_RUN * n, SECONDS_PER_RUN * n)


@dataclass
class _Task:
    chunk: Chunk
    limit: float
    future: "Future[Done]"
    fault: str


class SimulatedPool:
    """A pool of processes as Pebble's, without processes."""

    def __init__(self, world: World, workers: int) -> None:
        self.world, self.active = world, True
        self._free = workers
        self._queue: list[_Task] = []
        self._running: list[_Task] = []
        world.pools.append(self)

    def schedule(self, function: Any, args: list[Any], timeout: float) -> "Future[Done]":
        """Give a task."""
        if not self.active:
            raise BrokenProcessPool("stopped")
        task = _Task(args[0], timeout, Future(), self.world.begin_task())
        if task.fault == "pool stops":
            self._stop()
            return task.future
        self._queue.append(task)
        self._begin()
        return task.future

    def die(self) -> None:
        """All workers are killed; they are replaced."""
        for task in list(self._running):
            self._end(task, ProcessExpired("killed"))

    def stop(self) -> None:
        """End."""
        self.active = False
        self._queue.clear()

    def join(self, timeout: float) -> None:
        """Nothing to wait for."""

    def _stop(self) -> None:
        """The pool breaks: of what it held some is said to be lost, of the rest nobody hears."""
        self.active = False
        for task in [*self._queue, *self._running]:
            if not task.future.done() and self.world.draw.random() < 0.5:
                task.future.set_exception(BrokenProcessPool("stopped"))

    def _begin(self) -> None:
        while self.active and self._free and self._queue:
            task = self._queue.pop(0)
            self._free -= 1
            if task.fault == "silent":  # taken by a worker that died over it: nobody hears of it
                self._free += 1
                continue
            if not task.future.set_running_or_notify_cancel():
                self._free += 1
                continue
            self._running.append(task)
            self._plan(task)

    def _plan(self, task: _Task) -> None:
        draw, world = self.world.draw, self.world
        seconds = SECONDS_PER_RUN * len(task.chunk.tasks) * draw.uniform(0.5, 2.0)
        if task.fault == "hangs":
            world.later(task.limit, lambda: self._end(task, TimeoutError()))
            return
        done = world.result(task.chunk)
        if task.fault == "dies" or done is None:
            world.later(seconds * draw.random(), lambda: self._end(task, ProcessExpired("died")))
            return
        if task.fault == "late":
            seconds += draw.choice((30.0, 200.0, 1000.0))
        world.later(seconds, lambda: self._end(task, done))

    def _end(self, task: _Task, what: Any) -> None:
        if task not in self._running:
            return
        self._running.remove(task)
        self._free += 1
        if task.future.done():
            return
        if isinstance(what, BaseException):
            task.future.set_exception(what)
        else:
            task.future.set_result(what)
        self._begin()


class KilledWorker(Exception):  # noqa: N818  # the name counts
    """As Dask calls it, which is known by its name."""


class SimulatedClient:
    """Dask's client and what is behind it."""

    def __init__(self, world: World) -> None:
        self.world, self.gone = world, False
        self.scheduler = self
        self._pool = SimulatedPool(world, world.n_workers)
        world.pools.remove(self._pool)

    def wait_for_workers(self, n: int, timeout: float) -> None:
        """They are there."""

    def scheduler_info(self, n_workers: int) -> dict[str, Any]:
        """Who works."""
        return {"workers": {str(i): {"nthreads": 1} for i in range(self.world.n_workers)}}

    def run(self, function: Callable[..., Any], *args: Any) -> dict[str, Any]:
        """Ask every worker."""
        return {str(i): function(*args) for i in range(self.world.n_workers)}

    def identity(self) -> None:
        """Asked by `sync`."""

    def sync(self, function: Any, callback_timeout: float) -> None:
        """Ask the scheduler."""
        if self.gone:
            self.world.now += callback_timeout
            raise OSError("no answer")

    def submit(self, function: Any, *args: Any, **_: Any) -> "SimulatedDaskFuture":
        """Give a task, a chunk and its limit; a worker that dies is tried three times by the scheduler."""
        *_, chunk, limit = args
        future = SimulatedDaskFuture(self, chunk, limit)
        if not self.gone:
            future.give(self._pool)
        return future

    def close(self, timeout: float) -> None:
        """Leave."""


class SimulatedDaskFuture:
    """A future as Dask's."""

    def __init__(self, client: SimulatedClient, chunk: Chunk, limit: float) -> None:
        self.client, self.chunk, self.limit = client, chunk, limit
        self.status = "pending"
        self._deaths = 0
        self._callbacks: list[Callable[[Any], None]] = []
        self._future: Future[Done] = Future()
        self._broken = False

    def give(self, pool: SimulatedPool) -> None:
        """To a worker."""
        fault = self.client.world.begin_task()
        if fault in ("silent", "pool stops"):
            return self.client.world.later(60.0, lambda: self.give(pool))
        if fault == "scheduler gone":
            self.client.gone = True
        self._broken = fault == "not fetched"
        if fault == "never fetched":
            self.client.world.unfetchable |= {task.key for task in self.chunk.tasks}
        task = _Task(self.chunk, self.limit, Future(), fault)
        task.future.add_done_callback(lambda done: self._came(pool, done))
        pool._queue.append(task)
        pool._begin()

    def _came(self, pool: SimulatedPool, done: "Future[Done]") -> None:
        if self.client.gone:
            return
        if done.exception() is not None:
            self._deaths += 1
            if self._deaths <= 3:
                self.client.world.later(1.0, lambda: self.give(pool))
                return
            self.status = "error"
            self._future.set_exception(KilledWorker())
        else:
            self.status = "finished"
            self._future.set_result(done.result())
        for callback in self._callbacks:
            callback(self)

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        """Call when it is done."""
        self._callbacks.append(callback)

    def result(self) -> Done:
        """What came, if it is fetched."""
        unfetchable = any(task.key in self.client.world.unfetchable for task in self.chunk.tasks)
        if self.status == "finished" and (self._broken or unfetchable):
            raise OSError("the connection was closed")
        return self._future.result()
