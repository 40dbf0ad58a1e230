"""Run the dashboard's pool under schedules of faults: `python tools/schedules.py --kind pool`.

The pool is the real one. Its threads take turns: one runs at a time, and at every lock, wait and call a seeded
scheduler says which goes on, so that an integer replays every order of events. Processes and the clock are simulated.
Whatever happens: every task has an end, the right one; what was given up is never begun; a task that comes after all
that is answered; a pool that is stopped leaves no worker.
"""

import math
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from simulated_world import EndlessError, Fault

from dashboard import workers as pool_module
from dashboard.workers import TRIES, DiedError, Task, TooLongError, Workers

#: What becomes of a task, attempt by attempt.
TASKS: dict[str, list[str]] = {
    "result": ["result"],
    "raises": ["raises"],
    "takes too long": ["too long"],
    "dies once": ["dies", "result"],
    "dies twice": ["dies", "dies", "raises"],
    "dies always": ["dies"] * TRIES,
    "dies behind it": ["dies behind it"],
}
#: What happens beside: a worker is killed, idle or busy; a task is given up; the pool is stopped.
BESIDE = ("killed", "given up", "stopped")
#: Tenths of a second before each of them at most, and turns after which a schedule counts as endless.
LATEST, MOST_TURNS = 12, 20_000
SECONDS_OF_A_TASK = 0.5
ERRORS = {"raises": ValueError, "too long": TooLongError}


class OverError(BaseException):
    """The schedule has failed: threads that are left end."""


@dataclass(eq=False)
class Place:
    """A thread, and what it waits for: `ready`, or a time."""

    go: threading.Event = field(default_factory=threading.Event)
    ready: Callable[[], bool] = lambda: True
    until: float = math.inf
    ended: bool = False


class Turns:
    """Threads of which one runs at a time, as numbers drawn say, in virtual time."""

    def __init__(self, draw: random.Random) -> None:
        self.draw, self.now, self.n = draw, 0.0, 0
        self.first = self.current = Place()
        self.places = [self.first]
        self.failure: BaseException | None = None

    def switch(self, ready: Callable[[], bool] = lambda: True, until: float = math.inf) -> bool:
        """Let others go on until it is this one's turn again; returns whether `ready` holds, or the time has come."""
        me = self.current
        me.ready, me.until = ready, until
        if (chosen := self._next()) is not me:
            self.current = chosen
            chosen.go.set()
            me.go.wait()
            me.go.clear()
        if self.failure is not None:
            raise self.failure if me is self.first else OverError
        return ready()

    def sleep(self, seconds: float, ready: Callable[[], bool] = lambda: False) -> None:
        """Wait so long, or until `ready` holds."""
        self.switch(ready, self.now + seconds)

    def _next(self) -> Place:
        self.n += 1
        waiting = [place for place in self.places if not place.ended]
        able = [place for place in waiting if place.ready() or place.until <= self.now]
        if not able:
            self.now = min(place.until for place in waiting)
            able = [place for place in waiting if place.until <= self.now]
        if self.failure is None and (self.n > MOST_TURNS or self.now == math.inf):
            self.failure = EndlessError(f"{self.n} turns, {self.now:g} s: all wait for one another")
        return self.first if self.failure is not None else self.draw.choice(able)

    def begin(self, target: Callable[..., None], args: tuple[Any, ...]) -> Place:
        """Begin a thread; it waits for its turn."""
        place = Place()
        self.places.append(place)

        def run() -> None:
            place.go.wait()
            place.go.clear()
            try:
                if self.failure is None:
                    target(*args)
            except OverError:
                return
            except BaseException as error:
                self.failure = self.failure or error
            place.ended = True
            self.current = self._next()
            self.current.go.set()

        threading.Thread(target=run, daemon=True).start()
        return place

    def end(self) -> None:
        """End the threads that are left of a schedule that has failed."""
        self.failure = self.failure or OverError()
        for place in self.places[1:]:
            place.go.set()


def threading_by(turns: Turns) -> Any:
    """What the pool uses of `threading`."""

    class Condition:
        def __init__(self) -> None:
            self.taken, self.waiting = False, list[list[bool]]()

        def __enter__(self) -> None:
            turns.switch(lambda: not self.taken)
            self.taken = True

        def __exit__(self, *_: object) -> None:
            self.taken = False
            if turns.failure is None:
                turns.switch()

        def wait(self, timeout: float) -> bool:
            told = [False]
            self.waiting.append(told)
            self.taken = False
            turns.switch(lambda: told[0] and not self.taken, turns.now + timeout)
            turns.switch(lambda: not self.taken)
            self.taken = True
            self.waiting = [other for other in self.waiting if other is not told]
            return told[0]

        def notify(self, n: int = 1) -> None:
            for told in [told for told in self.waiting if not told[0]][:n]:
                told[0] = True

        def notify_all(self) -> None:
            self.notify(len(self.waiting))

    class Event:
        def __init__(self) -> None:
            self.is_set = False

        def set(self) -> None:
            self.is_set = True

        def wait(self, timeout: float) -> bool:
            return turns.switch(lambda: self.is_set, turns.now + timeout)

    class Thread:
        def __init__(self, target: Any, args: tuple[Any, ...], daemon: bool) -> None:
            self.target, self.args = target, args

        def start(self) -> None:
            self.place = turns.begin(self.target, self.args)

        def join(self) -> None:
            turns.switch(lambda: self.place.ended)

    return SimpleNamespace(Condition=Condition, Event=Event, Thread=Thread)


class Processes:
    """The workers of a pool, without processes."""

    def __init__(self, turns: Turns, draw: random.Random) -> None:
        self.turns, self.draw = turns, draw
        self.all: list[Any] = []
        #: By task: attempts still to come, how often it was begun, how often its worker died.
        self.left: dict[str, list[str]] = {}
        self.begun, self.deaths = Counter[str](), Counter[str]()

    def made(self) -> Any:
        """Another worker."""
        processes = self

        class Worker:
            def __init__(self) -> None:
                self.alive, self.is_ready = True, False
                self.process = SimpleNamespace(is_alive=lambda: self.alive, pid=len(processes.all))
                processes.all.append(self)

            def call(self, task: Task) -> Any:
                return processes.call(self, task)

            def end(self) -> None:
                self.alive = False

        return Worker

    def call(self, worker: Any, task: Task) -> Any:
        """What becomes of a task this time."""
        name = task.args[0] if task.args else "getting ready"
        self.turns.sleep(self.draw.random() * SECONDS_OF_A_TASK, lambda: not worker.alive)
        what = "killed"
        if worker.alive:
            worker.is_ready = True
            self.begun[name] += 1
            what = self.left[name].pop(0) if self.left.get(name) else "result"
            self.turns.sleep(self.draw.random() * SECONDS_OF_A_TASK, lambda: not worker.alive)
        if what == "dies" or not worker.alive:
            worker.end()
            self.deaths[name] += 1
            if what not in ("dies", "killed"):
                self.left.setdefault(name, []).insert(0, what)
            raise DiedError(what)
        if what in ERRORS:
            worker.alive = worker.alive and what == "raises"
            raise ERRORS[what](name)
        worker.alive = what != "dies behind it"
        return name


@contextmanager
def _simulated(turns: Turns, processes: Processes, *, first_run: bool) -> Iterator[None]:
    instead = {
        "threading": threading_by(turns),
        "Worker": processes.made(),
        "is_first_run": lambda: first_run,
    }
    before = {name: getattr(pool_module, name) for name in instead}
    try:
        vars(pool_module).update(instead)
        yield
    except BaseException:
        turns.end()
        raise
    finally:
        vars(pool_module).update(before)


def faults_of(seed: int) -> tuple[tuple[int, Fault], ...]:
    """What an integer says: tasks, and what happens beside them."""
    draw = random.Random(seed)
    known, n = [*TASKS, *BESIDE[:2]], draw.randint(1, 14)
    weights = [8, *[1] * (len(TASKS) - 1), 4, 2]
    found = [Fault(what, draw.randint(0, LATEST)) for what in draw.choices(known, weights, k=n)]
    if draw.random() < 0.3:
        found.append(Fault("stopped", draw.randint(0, LATEST)))
    return tuple(enumerate(found))


def run(seed: int, faults: tuple[tuple[int, Fault], ...], expect: Any) -> Counter[str]:
    """Live through a schedule; returns what happened. expect : raises where something does not hold."""
    draw, turns = random.Random(f"{seed} pool"), Turns(random.Random(f"{seed} turns"))
    processes = Processes(turns, draw)
    given: dict[str, tuple[str, Task]] = {}
    with _simulated(turns, processes, first_run=draw.random() < 0.3):
        pool = Workers(draw.randint(1, 3))
        for number, fault in faults:
            turns.sleep(fault.at / 10)
            if fault.what == "killed":
                draw.choice(processes.all).end()
            elif fault.what == "given up" and given:
                draw.choice(list(given.values()))[1].cancel()
            elif fault.what == "stopped":
                pool.stop()
            elif fault.what in TASKS:
                name = f"task {number}"
                processes.left[name] = list(TASKS[fault.what])
                given[name] = fault.what, pool.submit(print, name)
        stopped = pool.stopped
        for name, (what, task) in given.items():
            turns.switch(task.future.done)
            _check_end(name, what, task, processes, stopped, expect)
        if not stopped:
            turns.switch(lambda: pool.idle)
            last = pool.submit(print, "last")
            turns.switch(last.future.done)
            expect(last.future.exception() is None and last.future.result() == "last", "it answers no more")
            pool.stop()
        expect(not any(worker.alive for worker in processes.all), "a worker is left")
    happened = [what for what, _ in given.values()] + [
        fault.what for _, fault in faults if fault.what in BESIDE
    ]
    return Counter({**Counter(happened), "turns": turns.n})


def _check_end(name: str, what: str, task: Task, processes: Processes, stopped: bool, expect: Any) -> None:
    """Whether a task has ended as it should, whatever became of its workers."""
    if task.future.cancelled():
        expect(not processes.begun[name], f"{name} was given up, and begun")
        return
    problem = task.future.exception()
    if isinstance(problem, DiedError):
        expect(
            stopped or processes.deaths[name] == TRIES,
            f"{name} died {processes.deaths[name]} times: {problem}",
        )
        return
    right = ERRORS.get(TASKS[what][-1], type(None))
    expect(type(problem) is right, f"{name}, which {what}, ended with {problem!r}")
    expect(problem is not None or task.future.result() == name, f"{name} was answered for another")
