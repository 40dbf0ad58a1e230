"""The pool of processes that run the engine, so that one user's runs never stop another user's page.

Processes are started and warmed before the first user comes, watch the server and leave with it. A worker that
dies takes one task with it: the task is given to another.
"""

import multiprocessing
import os
import threading
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
        self._inner: Any = None
        self._start()

    def _start(self) -> None:
        self._tries += 1
        self._inner = self._pool.schedule(self._function, self._args)
        self._inner.add_done_callback(self._ended)

    def _ended(self, inner: Any) -> None:
        try:
            result = inner.result()
        except ProcessExpired as error:
            if self._tries < TRIES and not self._pool.stopped:
                self._start()
                return
            self._fail(error)
        except CancelledError:
            self.future.cancel()
        except TimeoutError:
            self._fail(TooLongError(f"longer than {LONGEST:.0f} s"))
        except BaseException as error:
            self._fail(error)
        else:
            if not self.future.cancelled():
                self.future.set_result(result)

    def _fail(self, error: BaseException) -> None:
        if not self.future.cancelled():
            self.future.set_exception(error)

    def cancel(self) -> None:
        """Give it up if it has not begun. One that runs is let run: stopping it would cost a worker."""
        if not self._inner.running() and not self._inner.done():
            self._inner.cancel()


class Workers:
    """A pool of processes with the engine loaded."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.stopped = False
        self._lock = threading.Lock()
        self._waiting = 0
        self._pool = ProcessPool(
            max_workers=number,
            context=multiprocessing.get_context("spawn"),
            initializer=tasks.prepare,
            initargs=(os.getpid(),),
        )
        self.warm = threading.Event()
        Task(self, tasks.nothing, ()).future.add_done_callback(lambda _: self.warm.set())

    def submit(self, function: Callable[..., Any], *args: Any) -> Task:
        """Have a function of `dashboard.tasks` called in a worker. Raises BusyError when too much waits."""
        if self._waiting >= MOST_WAITING:
            raise BusyError(f"{self._waiting} tasks wait")
        return Task(self, function, args)

    def schedule(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """One attempt at a task."""
        with self._lock:
            self._waiting += 1
        inner = self._pool.schedule(function, args=args, timeout=LONGEST)
        inner.add_done_callback(self._one_less)
        return inner

    def _one_less(self, _: Any) -> None:
        with self._lock:
            self._waiting -= 1

    def processes(self) -> list[int]:
        """Process ids of the workers, for tests and for the count of memory."""
        import psutil

        return [
            child.pid for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())
        ]

    def stop(self) -> None:
        """End the processes."""
        self.stopped = True
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
