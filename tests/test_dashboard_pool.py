"""The dashboard's pool under schedules of faults: what becomes of a task follows from a number, however threads run."""

import random
import threading
import time
from types import SimpleNamespace

import pytest

from dashboard import workers as pool_module
from dashboard.workers import TRIES, DiedError, TooLongError, Workers

SEEDS = range(400)


class Simulated:
    """A worker without a process: tasks are given as (name, what happens at each attempt)."""

    all: list["Simulated"] = []  # noqa: RUF012  # emptied by `pool_of`
    lock = threading.Lock()

    def __init__(self):
        self.alive, self.is_ready = True, True
        self.process = SimpleNamespace(is_alive=lambda: self.alive, pid=id(self))
        Simulated.all.append(self)

    def call(self, task):
        if not self.alive:
            raise DiedError("its line is broken")
        if not task.args:  # of the pool's own first task
            return 0
        name, left, began = task.args
        with Simulated.lock:
            began.append(name)
            what = left.pop(0)
        if what in ("dies", "too long"):
            self.end()
            raise DiedError("died") if what == "dies" else TooLongError("too long")
        if what == "raises":
            raise ValueError(name)
        if what == "dies behind it":  # seen by whoever looks for the next task
            self.alive = False
        return name

    def end(self):
        self.alive = False


@pytest.fixture
def pool_of(monkeypatch):
    monkeypatch.setattr(pool_module, "Worker", Simulated)
    monkeypatch.setattr(pool_module, "LOOK_EVERY", 0.002)
    made = []

    def make(number, first_run):
        monkeypatch.setattr(pool_module, "is_first_run", lambda: first_run)
        Simulated.all = []
        made.append(Workers(number))
        return made[-1]

    yield make
    for pool in made:
        pool.stop()


def attempts(draw):
    """What happens to a task, attempt by attempt, and what becomes of it."""
    deaths = draw.choices((0, 1, 2, 3), (6, 2, 1, 1))[0]
    if deaths >= TRIES:
        return ["dies"] * TRIES, DiedError
    end = draw.choices(("result", "raises", "too long", "dies behind it"), (6, 1, 1, 1))[0]
    return ["dies"] * deaths + [end], {"raises": ValueError, "too long": TooLongError}.get(end)


@pytest.mark.parametrize("tenth", range(5))
def test_every_task_has_its_end_whatever_becomes_of_workers(pool_of, tenth):
    for seed in SEEDS[tenth::5]:
        draw = random.Random(seed)
        pool = pool_of(draw.randint(1, 3), draw.random() < 0.3)
        began, given = [], []
        for name in range(draw.randint(1, 12)):
            what, error = attempts(draw)
            task = pool.submit(None, name, what, began)
            given.append((name, task, error, draw.random() < 0.2))
            if draw.random() < 0.2 and Simulated.all:
                draw.choice(Simulated.all).end()  # killed from outside, idle or busy
        for _, task, _, unwanted in given:
            if unwanted:
                task.cancel()
        for name, task, error, unwanted in given:
            if unwanted and task.future.cancelled():
                assert name not in began, f"seed {seed}: a task that was given up was begun"
                continue
            problem = task.future.exception(30)
            if isinstance(problem, DiedError) and "line is broken" in str(problem):
                continue  # all its workers were killed from outside
            assert type(problem) is (error or type(None)), f"seed {seed}: task {name} ended with {problem!r}"
            assert problem or task.future.result() == name
        until = time.monotonic() + 30
        while not pool.idle and time.monotonic() < until:
            time.sleep(0.001)
        assert pool.idle and pool.submit(None, "last", ["result"], began).future.result(30) == "last"
        pool.stop()
        assert not any(worker.alive for worker in Simulated.all), f"seed {seed}: a worker was left"


def test_a_pool_that_is_stopped_leaves_no_task_without_an_end(pool_of):
    for seed in SEEDS[:50]:
        draw = random.Random(seed)
        pool = pool_of(draw.randint(1, 3), False)
        given = [pool.submit(None, name, attempts(draw)[0], []) for name in range(draw.randint(1, 12))]
        time.sleep(draw.random() * 0.002)
        pool.stop()
        assert all(task.future.done() for task in given)


def test_a_task_that_is_given_to_a_stopped_pool_has_an_end(pool_of):
    pool = pool_of(1, False)
    pool.stop()
    with pytest.raises(DiedError, match="have been stopped"):
        pool.submit(None, "late", ["result"], []).future.result(2)


def test_a_computer_without_room_for_a_process_fails_no_task_for_good(pool_of, monkeypatch):
    pool = pool_of(1, False)
    assert pool.submit(None, "first", ["result"], []).future.result(30) == "first"
    refused = []

    def no_room():
        if len(refused) < 3:
            refused.append(1)
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return Simulated()

    monkeypatch.setattr(pool_module, "Worker", no_room)
    Simulated.all[0].end()
    until = time.monotonic() + 30
    while len(refused) < 3 and time.monotonic() < until:
        time.sleep(0.001)
    assert pool.submit(None, "again", ["result"], []).future.result(30) == "again"
