"""Faults by schedule: driver, workers, cluster, clock, disk and signals simulated (`tools/schedules.py` runs more)."""

import os

import pyarrow as pa
import pytest
import schedules
from schedules import problem_of, schedule_of, schedule_of_kind, shrunk

from scenarios.collected import stream
from scenarios.store import Store, files
from scenarios.sweep import running
from scenarios.sweep.record import write_progress
from scenarios.sweep.running import Sweep
from scenarios.sweep.workers import Workers

FEW = int(os.environ.get("GONGZHI_SCHEDULES", "300"))


def test_a_schedule_is_replayed_by_its_number():
    for seed in (7, 27, 56):
        assert schedule_of(seed) == schedule_of(seed)
        assert schedules.run_schedule(schedule_of(seed)) == schedules.run_schedule(schedule_of(seed))


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


def test_blocks_that_are_never_fetched_end_a_collection(monkeypatch):
    assert not problem_of(schedule_of_kind(14, "collection"))
    monkeypatch.setattr(stream, "_MOST_LOST", 10**9)
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
    "rows that are never fetched are asked for without end": (27, running, "MOST_LOST", 10**9),
    "one failed rename of progress.json ends the sweep": (25, Sweep, "_tell", tells_or_ends),
    "Ctrl-C while rows are written loses them": (56, Sweep, "_flush", loses_what_it_holds),
    "a pool in which nothing moves is waited for without end": (8, Workers, "lost", lambda *_: []),
    "a fault of the disk leaves as a traceback": (186, Store, "_remove", removes_in_other_words),
    "a run without its weeks counts as done": (10, running, "without_weeks", lambda *_, **__: set()),
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
