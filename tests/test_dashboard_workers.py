"""The dashboard's pool of processes: what is given up, what dies, what is asked for twice."""

import os
import signal
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pandas as pd
import psutil
import pytest

from dashboard import ensembles, screening, tasks, unknown
from dashboard import workers as pool_module
from dashboard.asking import Request
from dashboard.ensembles import Job, Shelf, ensemble, shared_out, size_of, wait_for
from dashboard.steps import LongJob, teller, told
from dashboard.trajectory import follow
from dashboard.workers import BusyError, DiedError, TooLongError, Workers
from model.engine import simulate
from model.measures import Weekly


@pytest.fixture(scope="module")
def pool():
    made = Workers(1)
    assert made.warm.wait(300)
    yield made
    made.stop()


def test_giving_up_tasks_costs_no_worker(pool):
    worker = pool.submit(os.getpid).future.result(60)
    running = pool.submit(time.sleep, 0.6)
    time.sleep(0.2)  # it has begun
    waiting = [pool.submit(time.sleep, 30.0) for _ in range(20)]
    for task in (running, *waiting):
        task.cancel()
    assert all(task.future.cancelled() for task in waiting)
    assert running.future.result(60) is None
    assert pool.submit(os.getpid).future.result(60) == worker


def test_a_task_outlives_the_worker_that_was_killed_under_it(pool):
    worker = pool.submit(os.getpid).future.result(60)
    task = pool.submit(time.sleep, 1.0)
    time.sleep(0.3)
    os.kill(worker, signal.SIGKILL)
    assert task.future.result(120) is None
    assert pool.submit(os.getpid).future.result(60) != worker


def test_an_idle_worker_that_was_killed_is_replaced_and_keeps_nobody_waiting():
    pool = Workers(2)
    try:
        assert pool.warm.wait(300)
        both = {pool.submit(_slow_pid).future for _ in range(2)}
        known = {future.result(120) for future in both}
        assert known == set(pool.processes()) and len(known) == 2
        for killed in known:
            os.kill(killed, signal.SIGKILL)
            answers = [pool.submit(os.getpid).future.result(60) for _ in range(6)]
            assert killed not in answers
        for _ in range(200):
            if len(set(pool.processes()) - known) == 2:
                break
            time.sleep(0.1)
        assert not known & set(pool.processes())
    finally:
        pool.stop()
    assert not any(psutil.pid_exists(process) for process in pool.processes())


def test_where_the_engine_has_never_run_one_worker_compiles_it_and_the_others_follow(monkeypatch):
    monkeypatch.setattr(pool_module, "is_first_run", lambda: True)
    pool = Workers(3)
    try:
        assert len(pool.processes()) == 1 and not pool.warm.is_set()
        assert pool.warm.wait(300)
        for _ in range(200):
            if len(pool.processes()) == 3:
                break
            time.sleep(0.1)
        known = {future.result(120) for future in {pool.submit(_slow_pid).future for _ in range(3)}}
        assert len(known) == 3
    finally:
        pool.stop()


def test_a_pool_that_is_stopped_while_its_first_worker_gets_ready_starts_no_other(monkeypatch):
    monkeypatch.setattr(pool_module, "is_first_run", lambda: True)
    pool = Workers(2)
    pool.stop()
    assert len(pool.processes()) == 1 and not psutil.pid_exists(pool.processes()[0])


def test_getting_ready_may_take_longer_than_a_task(monkeypatch):
    monkeypatch.setattr(pool_module, "LONGEST", 0.0001)
    pool = Workers(1)
    try:
        with pytest.raises(TooLongError):
            pool.submit(time.sleep, 5.0).future.result(300)
        monkeypatch.setattr(pool_module, "LONGEST", 60.0)
        assert pool.submit(int, "3").future.result(120) == 3
    finally:
        pool.stop()


def test_a_task_under_which_every_worker_dies_is_given_up_and_the_next_one_answered(pool):
    with pytest.raises(DiedError):
        pool.submit(os._exit, 7).future.result(300)
    assert pool.submit(int, "3").future.result(120) == 3


def test_a_task_that_takes_too_long_is_given_up_and_the_next_one_answered(pool, monkeypatch):
    assert pool.submit(int).future.result(120) == 0
    monkeypatch.setattr(pool_module, "LONGEST", 0.3)
    with pytest.raises(TooLongError):
        pool.submit(time.sleep, 30.0).future.result(60)
    monkeypatch.undo()
    assert pool.submit(int, "3").future.result(120) == 3


def test_an_answer_that_cannot_travel_is_told_and_costs_no_worker(pool):
    worker = pool.submit(os.getpid).future.result(60)
    with pytest.raises(RuntimeError, match="cannot be sent"):
        pool.submit(threading.Lock).future.result(60)
    assert pool.submit(os.getpid).future.result(60) == worker


def _slow_pid() -> int:
    """Which worker this is; slow enough that two of these are not done by one."""
    time.sleep(0.5)
    return os.getpid()


def test_what_a_task_raises_reaches_who_asked(pool):
    with pytest.raises(ValueError, match="invalid literal"):
        pool.submit(int, "many").future.result(60)


def test_beyond_a_limit_the_answer_is_busy(pool, monkeypatch):
    monkeypatch.setattr(pool_module, "MOST_WAITING", 2)
    tasks = [pool.submit(time.sleep, 0.3) for _ in range(3)]
    with pytest.raises(BusyError):
        pool.submit(time.sleep, 0.3)
    for task in tasks:
        task.cancel()


def test_what_is_refused_for_want_of_room_leaves_none_of_its_parts_in_the_queue(pool, monkeypatch):
    monkeypatch.setattr(pool_module, "MOST_WAITING", 3)
    for module in (ensembles, unknown, screening):
        monkeypatch.setattr(module, "workers", lambda: pool)
    monkeypatch.setattr(ensembles, "SHELF", Shelf())
    held = [pool.submit(time.sleep, 2.0) for _ in range(3)]  # one place is left
    asks = [
        lambda: ensemble(Request("hangzhou/daguan_xiyuan", "pressure")),
        lambda: unknown.summary_of(Request("danwei_courtyard", "pressure")),
        lambda: screening.screening("danwei_courtyard", "full_bundle"),
    ]
    for ask in asks:
        with pytest.raises(BusyError):
            ask()
    with pytest.raises(BusyError):
        pool.submit_all([(int,), (int,)])
    assert {part.function for part in pool._queue} == {time.sleep}
    (last,) = pool.submit_all([(int, "7")])
    for task in held:
        task.cancel()
    assert last.future.result(60) == 7


def test_a_long_task_that_is_refused_leaves_no_folder(tmp_path, monkeypatch):
    class Full:
        def submit(self, *_):
            raise BusyError("no room")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("dashboard.steps.workers", Full)
    with pytest.raises(BusyError):
        LongJob("a task")
    assert list(tmp_path.iterdir()) == []


def test_two_who_ask_for_the_same_share_one_piece_of_work(pool):
    shelf, begun = Shelf(), []

    def begin() -> Job:
        begun.append(1)
        return Job([pool.submit(time.sleep, 0.2)], lambda parts: b"done")

    first, second = shelf.join("key", begin), shelf.join("key", begin)
    assert first is second and len(begun) == 1
    assert first.ended.wait(60)
    shelf.leave("key", first)
    shelf.leave("key", second)
    assert shelf.get("key") == b"done"


def test_the_least_recently_used_result_makes_room(pool):
    shelf = Shelf(most_bytes=250)
    for name in "abc":
        job = shelf.join(name, lambda: Job([pool.submit(int)], lambda parts: bytes(100)))
        assert job.ended.wait(60)
        shelf.leave(name, job)
        shelf.get("a")
    assert [shelf.get(name) is not None for name in "abc"] == [True, False, True]


@dataclass(frozen=True)
class Drawn:
    """A result as the page District keeps it."""

    stage: np.ndarray
    weekly: pd.DataFrame


def test_what_a_page_keeps_counts_for_what_it_takes_whatever_its_kind(monkeypatch):
    measured = []
    monkeypatch.setattr(
        ensembles, "size_of", lambda value, of=ensembles.size_of: measured.append(value) or of(value)
    )

    def drawn():
        return ([Drawn(np.zeros((300, 500), np.uint8), pd.DataFrame({"x": np.zeros(25_000)}))], [])

    shelf = Shelf(most_bytes=1_000_000)
    for name in "abcd":
        job = Job([finished()], lambda parts: drawn())
        shelf.join(name, lambda job=job: job)
        shelf.join(name, lambda job=job: job)
        shelf.leave(name, job)
        shelf.leave(name, job)
    assert 350_000 <= size_of(drawn()) <= 370_000
    assert [shelf.get(name) is not None for name in "abcd"] == [False, False, True, True]
    assert len(measured) == 4, "once each, when it is kept"


def test_what_cannot_be_measured_counts_for_much():
    assert size_of(threading.Lock()) >= 500_000
    assert size_of([lambda: 1]) >= 500_000


def finished() -> SimpleNamespace:
    """A part that has ended."""
    future: Future = Future()
    future.set_result(None)
    return SimpleNamespace(future=future)


def test_a_result_nobody_asks_for_is_let_go_in_time_and_one_asked_for_again_is_kept(pool, monkeypatch):
    shelf, now = Shelf(), [0.0]
    monkeypatch.setattr(ensembles, "time", SimpleNamespace(monotonic=lambda: now[0]))
    for name in "ab":
        job = shelf.join(name, lambda: Job([pool.submit(int)], lambda parts: bytes(100)))
        assert job.ended.wait(60)
        shelf.leave(name, job)
    now[0] = 400.0
    shelf.get("a")
    now[0] = 700.0
    shelf.forget_unused()
    assert [shelf.get(name) is not None for name in "ab"] == [True, False]
    now[0] = 1400.0
    shelf.forget_unused()
    assert shelf.get("a") is None and shelf._bytes == 0


def test_work_that_nobody_wants_any_more_is_not_begun(pool):
    hold = pool.submit(time.sleep, 0.5)
    parts = [pool.submit(time.sleep, 30.0) for _ in range(3)]
    assert wait_for("unwanted", lambda: Job(parts, list), wanted=lambda: False) is None
    assert all(part.future.cancelled() for part in parts)
    hold.future.result(60)


def test_a_long_task_tells_how_far_it_is_before_it_ends_and_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("dashboard.steps.workers", lambda: SameProcess())
    job = LongJob("a task")
    assert SameProcess.seen == [0.25, 0.75]
    assert job.ended.wait(5) and job.done == 1.0 and job.value == "done"
    assert list(tmp_path.iterdir()) == []


def test_a_share_that_cannot_be_read_is_none_done(tmp_path):
    torn = tmp_path / "done"
    torn.write_text("0.")
    assert told(str(torn)) == 0.0 and told(str(tmp_path / "nothing")) == 0.0
    torn.write_text("many")
    assert told(str(torn)) == 0.0
    teller(str(tmp_path / "no folder" / "done"))(0.5)


class SameProcess:
    """A pool whose only worker is this process: it reads what the task has told after every step."""

    seen: ClassVar[list[float]] = []

    def submit(self, function, name, *args):
        file = args[-1]

        class Done:
            future = Future()

            def cancel(self):
                """Nothing to give up."""

        for share in (0.25, 0.75):
            teller(file)(share)
            self.seen.append(told(file))
        Done.future.set_result("done")
        return Done()


def test_who_comes_just_after_the_end_shares_what_was_made(pool):
    shelf, begun = Shelf(), []

    def begin() -> Job:
        begun.append(1)
        return Job([pool.submit(int)], lambda parts: b"done")

    first = shelf.join("key", begin)
    assert first.ended.wait(60)
    second = shelf.join("key", begin)
    assert second is first and len(begun) == 1


@pytest.mark.parametrize("idle", [True, False])
@pytest.mark.parametrize("workers", [1, 2, 8])
@pytest.mark.parametrize("runs", [1, 5, 30, 50])
@pytest.mark.parametrize("weeks", [500, 77_532, 468_000])
def test_every_run_is_in_one_part_and_no_part_is_long(runs, weeks, workers, idle):
    sizes = shared_out(runs, weeks, workers, idle)
    assert sum(sizes) == runs and min(sizes) >= 1
    assert max(sizes) * weeks <= max(3_000_000, weeks)


def test_a_user_who_moves_again_takes_the_former_question_out_of_the_queue(pool, monkeypatch):
    """Only what a worker has begun is finished; the new question comes next."""
    monkeypatch.setattr(ensembles, "SHELF", Shelf())
    hold = pool.submit(time.sleep, 1.0)
    former = pool.submit(time.sleep, 30.0)
    moved = threading.Event()
    asking = threading.Thread(
        target=wait_for,
        args=("former", lambda: Job([former], list)),
        kwargs={"wanted": lambda: not moved.is_set()},
    )
    asking.start()
    moved.set()
    asking.join(60)
    assert former.future.cancelled()
    assert wait_for("latter", lambda: Job([pool.submit(int)], list)) == [0]
    hold.future.result(60)


def test_an_ensemble_is_answered_and_the_same_though_a_worker_was_killed_under_it(pool, monkeypatch):
    monkeypatch.setattr(ensembles, "SHELF", Shelf())
    monkeypatch.setattr(ensembles, "workers", lambda: pool)
    request = Request("danwei_courtyard", "pressure")
    worker = pool.submit(os.getpid).future.result(60)
    killed = threading.Timer(0.1, os.kill, (worker, signal.SIGKILL))
    hold = pool.submit(time.sleep, 0.5)  # the worker is killed for certain, at this or at the ensemble
    killed.start()
    found = ensemble(request, 12)
    assert hold.future.result(120) is None
    assert pool.submit(os.getpid).future.result(60) != worker
    alone = simulate([request.scenario()], range(1, 13), threads=1)
    assert np.array_equal(found.series, alone.series[:, :, list(tasks.DRAWN)], equal_nan=True)
    assert found.summary["run"].tolist() == list(range(12))


@pytest.mark.parametrize("seeds", [[14, 1, 2], [1, 2, 14], [14], [1, 2]], ids=str)
def test_the_run_that_is_shown_is_one_of_those_whose_outcomes_are_given(seeds):
    scenario = Request("danwei_courtyard", "pressure").scenario()
    series, summary = tasks.run_seeds(scenario, seeds)
    with_shown, its_summary, shown = tasks.run_and_follow(scenario, seeds, 14)
    np.testing.assert_array_equal(with_shown, series)
    pd.testing.assert_frame_equal(its_summary, summary)
    whole, of_all = follow(scenario, 14, Weekly.ALL)
    assert shown.planes == whole.planes
    if 14 in seeds:
        np.testing.assert_array_equal(with_shown[seeds.index(14)], of_all[:, list(tasks.DRAWN)])


def test_an_ensemble_is_in_the_order_of_its_seeds_whoever_ran_which(pool, monkeypatch):
    monkeypatch.setattr(ensembles, "SHELF", Shelf())
    monkeypatch.setattr(ensembles, "workers", lambda: pool)
    request = Request("danwei_courtyard", "pressure")
    found = ensemble(request, 16)
    series, summary = tasks.run_seeds(request.scenario(), range(1, 17))
    assert found.summary["seed"].tolist() == list(range(1, 17)) == (found.summary["run"] + 1).tolist()
    np.testing.assert_array_equal(found.series, series)
    pd.testing.assert_frame_equal(found.summary, summary)
