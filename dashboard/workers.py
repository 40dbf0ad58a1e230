"""The processes that run the engine, so that one user's runs never stop another user's page.

They are started and warmed before the first user comes, watch the server and leave with it; where the engine has never
run on this computer, the first one compiles it and the others are started then. Each has a line of its
own to the server: where workers share one, as in the pools of common libraries, a worker that is killed while it
waits for work takes the line's lock with it, and all the others wait for ever. A worker that dies, busy or idle, is
replaced; what it was doing is begun again.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from multiprocessing.connection import wait
from typing import Any

from compiling.entries import is_first_run
from dashboard import choices, own, tasks
from scenarios.processes import fresh_processes

#: Seconds after which a task is given up.
LONGEST = 60.0
#: Seconds after which a new worker is given up that is not ready: it may have to compile the engine.
LONGEST_START = 600.0
#: Attempts at a task before it is blamed for killing workers.
TRIES = 3
#: Tasks that may wait. A class of fifty needs fewer; beyond, a clear "busy" is better than a long wait.
MOST_WAITING = 400
#: Seconds after which an idle worker that died is noticed.
LOOK_EVERY = 0.5


#: A function of `dashboard.tasks`, then its arguments.
type Call = tuple[Any, ...]

STOPPED = "the processes of the engine have been stopped"


class BusyError(RuntimeError):
    """More is asked for than can be computed soon."""


class TooLongError(RuntimeError):
    """A task took longer than one may wait for."""


class DiedError(RuntimeError):
    """A worker died under its task."""


class Task:
    """A call in a worker: `future` gives its result, and survives the death of the worker."""

    def __init__(self, workers: "Workers", function: Callable[..., Any], args: Iterable[Any]) -> None:
        self.future: Future[Any] = Future()
        self.function, self.args = function, tuple(args)
        self._workers = workers

    def cancel(self) -> None:
        """Give it up if it has not begun. One that runs is let run: stopping it would cost a worker."""
        if self._workers.drop(self):
            self.future.cancel()


class Worker:
    """One process with the engine loaded, and the line to it."""

    def __init__(self) -> None:
        context = fresh_processes("spawn")
        self._line, theirs = context.Pipe()
        self.process = context.Process(
            target=tasks.serve, args=(theirs, os.getpid(), own.code(), choices.files()), daemon=True
        )
        self.process.start()
        theirs.close()
        self.is_ready = False

    def call(self, task: Task) -> Any:
        """What a task gives. Raises what the task raises; DiedError or TooLongError, and then the process has ended."""
        try:
            if not self.is_ready:
                self.is_ready = self._says(LONGEST_START)
            self._line.send((task.function, task.args))
            answer = self._says(LONGEST)
        except (EOFError, ConnectionError):
            answer = None
        if answer is None:
            self.end()  # its line breaks a little before it is gone
            # Not raised above: the broken line's error holds what was to be sent.
            raise DiedError("a process of the engine ended unexpectedly")
        has_result, given = answer
        if has_result:
            return given
        raise given

    def _says(self, seconds: float) -> Any:
        """What the process says next. Raises TooLongError, and then it has ended; EOFError where it died."""
        if not wait([self._line, self.process.sentinel], seconds):
            self.end()
            raise TooLongError(f"longer than {seconds:.0f} s")
        return self._line.recv()

    def end(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.join()


class Workers:
    """A few workers, and the tasks that wait for them."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.stopped = False
        self._news = threading.Condition()
        self._queue: deque[Task] = deque()
        self._busy = 0
        self.warm = threading.Event()
        self._workers = {i: Worker() for i in range(1 if is_first_run() else number)}
        self._threads = [threading.Thread(target=self._attend, args=(i,), daemon=True) for i in range(number)]
        for thread in self._threads:
            thread.start()
        self.submit(tasks.nothing).future.add_done_callback(lambda _: self.warm.set())

    def submit(self, function: Callable[..., Any], *args: Any) -> Task:
        """Have a function of `dashboard.tasks` called in a worker.

        Raises BusyError when too much waits, DiedError when the pool has been stopped.
        """
        return self.submit_all([(function, *args)])[0]

    def submit_all(self, calls: Iterable[Call]) -> list[Task]:
        """Have several functions called, or where there is no room for all of them none: each with its arguments.

        Raises what `submit` raises.
        """
        made = [Task(self, function, args) for function, *args in calls]
        with self._news:
            if self.stopped:
                raise DiedError(STOPPED)
            if len(self._queue) + self._busy + len(made) > self.number + MOST_WAITING:
                raise BusyError(f"{MOST_WAITING} tasks wait")
            self._queue.extend(made)
            self._news.notify(len(made))
        return made

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return self._busy == 0 and not self._queue

    def drop(self, task: Task) -> bool:
        """Take a task out of the queue; False where it has begun or ended."""
        with self._news:
            if task not in self._queue:
                return False
            self._queue.remove(task)
            return True

    def processes(self) -> list[int]:
        """Process ids of the workers, for tests and for the count of memory."""
        return [
            worker.process.pid for worker in list(self._workers.values()) if worker.process.pid is not None
        ]

    def stop(self) -> None:
        """End the processes; what waits is cancelled."""
        with self._news:
            self.stopped = True
            waiting, self._queue = self._queue, deque()
            self._news.notify_all()
        for task in waiting:
            task.future.cancel()
        for worker in list(self._workers.values()):
            worker.end()
        for thread in self._threads:
            thread.join()

    def _attend(self, i: int) -> None:
        """Give the i-th worker one task after another, and replace it when it dies."""
        while i not in self._workers and not self.stopped and not self.warm.wait(LOOK_EVERY):
            pass
        while not self.stopped:
            task = self._next()
            if task is None:
                # No room for a process now, which is tried again at the next look; or stopped meanwhile.
                with suppress(OSError, DiedError):
                    self._living(i, unless_never_ready=True)
                continue
            result, problem = None, None
            try:
                result = self._done(task, i)
            except BaseException as error:
                problem = error
            with self._news:
                self._busy -= 1
            if problem is None:
                task.future.set_result(result)
            else:
                task.future.set_exception(problem)

    def _next(self) -> Task | None:
        """The next task; None where none has come for a while."""
        with self._news:
            if not self._queue and not self.stopped:
                self._news.wait(LOOK_EVERY)
            if not self._queue:
                return None
            self._busy += 1
            return self._queue.popleft()

    def _done(self, task: Task, i: int) -> Any:
        """What a task gives, tried again where its worker dies under it."""
        for _ in range(TRIES - 1):
            with suppress(DiedError):
                return self._living(i).call(task)
        return self._living(i).call(task)

    def _living(self, i: int, *, unless_never_ready: bool = False) -> Worker:
        """The i-th worker, a new one where it has died.

        unless_never_ready : not where it died before it could do anything, since the next one would die too
        """
        with self._news:
            worker = self._workers.get(i)
            is_dead = worker is None or not worker.process.is_alive()
            would_die = unless_never_ready and worker is not None and not worker.is_ready
            if is_dead and not would_die and not self.stopped:
                worker = self._workers[i] = Worker()
        if worker is None:
            raise DiedError(STOPPED)
        return worker


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
