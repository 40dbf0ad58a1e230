"""The pool of processes that run the engine, so that one user's runs never stop another user's page.

Processes are started and warmed before the first user comes, watch the server and leave with it. A worker that
dies takes one task with it: the task is given to another.
"""

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import Any

from pebble import ProcessExpired, ProcessPool

from dashboard import tasks

#: Seconds after which a task is given up.
LONGEST = 60.0
#: How often a task is tried whose worker died under it.
TRIES = 3
#: Tasks that may wait. A class of fifty needs fewer; beyond, a clear "busy" is better than a long wait.
MOST_WAITING = 400


class BusyError(RuntimeError):
    """More is asked for than can be computed soon."""


class TooLongError(RuntimeError):
    """A task took longer than one may wait for."""


class Task:
    """A call in the pool: `future` gives its result, and survives the death of its worker."""

    def __init__(self, pool: "Workers", function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.future: Future[Any] = Future()
        self._pool, self._function, self._args = pool, function, args
        self._tries = 0

    def begin(self) -> None:
        """Hand it to a worker."""
        self._tries += 1
        self._pool.schedule(self._function, self._args).add_done_callback(self._ended)

    def _ended(self, inner: Any) -> None:
        try:
            result = inner.result()
        except ProcessExpired as error:
            if self._tries < TRIES and not self._pool.stopped:
                self.begin()
                return
            self.future.set_exception(error)
        except CancelledError:
            self.future.cancel()
        except TimeoutError:
            self.future.set_exception(TooLongError(f"longer than {LONGEST:.0f} s"))
        except BaseException as error:
            self.future.set_exception(error)
        else:
            self.future.set_result(result)
        self._pool.one_ended()

    def cancel(self) -> None:
        """Give it up if it has not begun. One that runs is let run: stopping it would cost a worker."""
        if self._pool.drop(self):
            self.future.cancel()


class Workers:
    """A pool of processes with the engine loaded.

    Tasks wait here, not in the pool: what the pool has been given it cannot take back without ending a worker.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.stopped = False
        self._lock = threading.Lock()
        self._queue: deque[Task] = deque()
        self._begun = 0
        self._pool = ProcessPool(
            max_workers=number,
            context=multiprocessing.get_context("spawn"),
            initializer=tasks.prepare,
            initargs=(os.getpid(),),
        )
        self.warm = threading.Event()
        self.submit(tasks.nothing).future.add_done_callback(lambda _: self.warm.set())

    def submit(self, function: Callable[..., Any], *args: Any) -> Task:
        """Have a function of `dashboard.tasks` called in a worker. Raises BusyError when too much waits."""
        task = Task(self, function, args)
        with self._lock:
            if len(self._queue) >= MOST_WAITING:
                raise BusyError(f"{len(self._queue)} tasks wait")
            self._queue.append(task)
        self._fill()
        return task

    def _fill(self) -> None:
        """Give every worker something to do, while there is."""
        while True:
            with self._lock:
                if not self._queue or self._begun >= self.number or self.stopped:
                    return
                self._begun += 1
                task = self._queue.popleft()
            task.begin()

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return self._begun == 0

    def one_ended(self) -> None:
        """A task has ended, well or not."""
        with self._lock:
            self._begun -= 1
        self._fill()

    def drop(self, task: Task) -> bool:
        """Take a task out of the queue; False where it has begun or ended."""
        with self._lock:
            if task not in self._queue:
                return False
            self._queue.remove(task)
            return True

    def schedule(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """One attempt at a task."""
        return self._pool.schedule(function, args=args, timeout=LONGEST)

    def processes(self) -> list[int]:
        """Process ids of the workers, for tests and for the count of memory."""
        import psutil

        return [
            child.pid for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())
        ]

    def stop(self) -> None:
        """End the processes."""
        self.stopped = True
        with self._lock:
            waiting, self._queue = self._queue, deque()
        for task in waiting:
            task.future.cancel()
        self._pool.stop()
        self._pool.join()


_current: Workers | None = None
_guard = threading.Lock()


def start_workers(number: int) -> Workers:
    """Start the server's pool; pages find it by `workers()`."""
    global _current
    with _guard:
        if _current is None or _current.stopped:
            _current = Workers(number)
        return _current


def workers() -> Workers:
    """The server's pool, started now if nobody has."""
    return start_workers(int(os.environ.get("GONGZHI_WORKERS", "2")))
