"""Faults by schedule: driver, workers, cluster, clock, disk and signals simulated (`tools/schedules.py` runs more)."""

import os
from contextlib import suppress
from dataclasses import replace

import pyarrow as pa
import pytest
import schedules
from schedules import problem_of, schedule_of, schedule_of_kind, shrunk
from small_sweeps import BASE, GATE, numbers, plan_of

from dashboard import workers as pool_module
from dashboard.workers import Workers
from model.specification import Scenario
from scenarios import losses
from scenarios.store import Store, files
from scenarios.sweep import plan, running
from scenarios.sweep.chunk import Chunk, run_chunk
from scenarios.sweep.record import write_progress
from scenarios.sweep.running import Sweep
from scenarios.sweep.workers import Workers as SweepWorkers

FEW = int(os.environ.get("GONGZHI_SCHEDULES", "300"))


def test_a_schedule_is_replayed_by_its_number():
    for seed in (7, 27, 56):
        assert schedule_of(seed) == schedule_of(seed)
        assert schedules.run_schedule(schedule_of(seed)) == schedules.run_schedule(schedule_of(seed))


def test_a_schedule_is_the_same_after_the_code_of_the_model_has_changed(monkeypatch):
    chunk = Chunk((BASE,), (GATE,), (plan_of().task(0),), ("final_valid_consent",), (), numbers)
    before = run_chunk(chunk).runs
    monkeypatch.setattr(plan, "code_version", lambda: "another")
    monkeypatch.setattr(Scenario, "content_hash", lambda self: "another")
    task = plan_of.__wrapped__().task(0)
    assert run_chunk(replace(chunk, tasks=(task,))).runs.equals(before)


@pytest.mark.parametrize("tenth", range(10))
def test_whatever_goes_wrong_a_sweep_ends_and_its_tables_are_those_of_an_undisturbed_one(tenth):
    for seed in range(tenth * FEW // 10, (tenth + 1) * FEW // 10):
        problem = problem_of(schedule_of(seed))
        assert not problem, f"python tools/schedules.py --first {seed} --schedules 1: {problem}"


@pytest.mark.parametrize("half", range(2))
def test_whatever_goes_wrong_a_collection_ends_and_has_every_compound_once(half):
    for seed in range(half, FEW // 5, 2):
        problem = problem_of(schedule_of_kind(seed, "collection"))
        assert not problem, (
            f"python tools/schedules.py --kind collection --first {seed} --schedules 1: {problem}"
        )


def test_whatever_goes_wrong_every_task_of_the_dashboards_pool_has_its_end():
    for seed in range(2 * FEW):
        problem = problem_of(schedule_of_kind(seed, "pool"))
        assert not problem, f"python tools/schedules.py --kind pool --first {seed} --schedules 1: {problem}"


def test_a_schedule_of_the_pool_is_replayed_turn_by_turn():
    for seed in (3, 50, 284):
        once, again = (schedules.live_through(schedule_of_kind(seed, "pool")) for _ in range(2))
        assert once == again and once["turns"] > 20


def leaves_what_waits(pool):
    with pool._news:
        pool.stopped = True
        pool._news.notify_all()
    for thread in pool._threads:
        thread.join()


def drops_what_has_begun(pool, task):
    with pool._news:
        if task in pool._queue:
            pool._queue.remove(task)
        return True


def no_room_only(*errors):
    return suppress(*errors[:1]) if OSError in errors else suppress(*errors)


BROKEN = {
    "a pool that is stopped while its first worker gets ready": (284, pool_module, "suppress", no_room_only),
    "a pool that is stopped leaves tasks without an end": (2, Workers, "stop", leaves_what_waits),
    "a task that has begun is given up": (3, Workers, "drop", drops_what_has_begun),
    "a task dies with its worker": (1, Workers, "_done", lambda pool, task, i: pool._living(i).call(task)),
    "a worker that died is not replaced": (0, Workers, "_living", lambda pool, i, **_: pool._workers[i]),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_of_a_pool_that_is_broken_a_schedule_tells(fault, monkeypatch):
    seed, place, name, instead = BROKEN[fault]
    monkeypatch.setattr(place, name, instead)
    assert problem_of(schedule_of_kind(seed, "pool"))


def test_blocks_that_are_never_fetched_end_a_collection(monkeypatch):
    assert not problem_of(schedule_of_kind(14, "collection"))
    monkeypatch.setattr(losses, "MOST_LOST", 10**9)
    assert "EndlessError" in problem_of(schedule_of_kind(14, "collection"))


# -- faults that were found: the schedule that shows each, and what was there in place of what mended it --------


def tells_or_ends(sweep, seconds_left):
    write_progress(sweep.store, sweep.report, seconds_left)


def loses_what_it_holds(sweep):
    held, sweep._held = sweep._held, []
    weekly = [done.weekly for done in held if done.weekly is not None]
    if weekly:
        sweep.store.append(pa.concat_tables(weekly), table="weekly")
    if held:
        sweep.store.append(pa.concat_tables([done.runs for done in held]))
        sweep._tell(0.0)


def removes_in_other_words(store, parts):
    for part in parts:
        part.path.unlink(missing_ok=True)
    files.flush_folder(store._parts)


FOUND = {
    "rows that are never fetched are asked for without end": (27, losses, "MOST_LOST", 10**9),
    "one failed rename of progress.json ends the sweep": (25, Sweep, "_tell", tells_or_ends),
    "Ctrl-C while rows are written loses them": (56, Sweep, "_flush", loses_what_it_holds),
    "a pool in which nothing moves is waited for without end": (8, SweepWorkers, "lost", lambda *_: []),
    "a fault of the disk leaves as a traceback": (186, Store, "_remove", removes_in_other_words),
    "a run without its weeks counts as done": (10, running, "without_rows", lambda *_, **__: set()),
    "a run that timed out stays beside the same run done well": (4, Store, "forget", lambda *_: None),
}


@pytest.mark.parametrize("fault", FOUND)
def test_of_a_fault_that_was_found_its_schedule_tells_and_is_mended(fault, monkeypatch):
    seed, place, name, before = FOUND[fault]
    assert not problem_of(schedule_of(seed))
    monkeypatch.setattr(place, name, before)
    assert problem_of(schedule_of(seed))


def test_what_progress_tells_is_true_after_parts_have_gone():
    for seed in (106, 256):
        assert not problem_of(schedule_of(seed))


def test_a_schedule_that_fails_is_shrunk_to_the_faults_it_needs(monkeypatch):
    monkeypatch.setattr(Sweep, "_tell", tells_or_ends)
    needed = shrunk(schedule_of(25)).faults
    assert [fault.what for _, fault in needed] == ["progress fails"]
