"""Run a small sweep under thousands of schedules of faults, each of which one integer replays.

    python tools/schedules.py --schedules 10000 --jobs 2
    python tools/schedules.py --kind collection
    python tools/schedules.py --kind pool                    # that of the dashboard
    python tools/schedules.py --first 1234 --schedules 1     # once more

Driver, store, executors and chunks are the real ones; processes, Dask, clock and signals are simulated
(`simulated_world.py`), files are recorded and disturbed (`disk_model.py`). A schedule is a series of lives of the
driver with faults at given steps; the last life has none. Whatever happens: it ends, every key is there once, the
tables are those of an undisturbed run, what had come in at a Ctrl-C is kept, and `progress.json` tells no more than the
truth. Of a schedule that fails, faults are left out one by one until each that remains is needed.
"""

import argparse
import json
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import collected_schedules as collected
import pool_schedules as pooled
from crash_states import scratch
from disk_model import Disk, Killed
from seeds import Tried, try_each
from simulated_world import (
    DISK_FAULTS,
    TASK_FAULTS,
    WAIT_FAULTS,
    Fault,
    SimulatedClient,
    SimulatedPool,
    World,
    know,
    where_of,
)
from small_sweeps import Steady, numbers, plan_of, undisturbed

from scenarios.store import Store, StoreError
from scenarios.sweep.chunk import KILLED, OK, TIMED_OUT
from scenarios.sweep.executors import Cluster, ClusterLostError, Executor
from scenarios.sweep.record import PROGRESS
from scenarios.sweep.running import Sweep
from scenarios.sweep.watching import Report, Watcher
from scenarios.sweep.workers import Workers

#: Where faults are placed at the latest, by where they are met.
LATEST = {"task": 10, "wait": 40, "disk": 90}

#: A schedule takes a tenth of a second, one that fails and is shrunk some seconds; what takes so long does not end.
MOST_SECONDS = 120.0


class FailedError(AssertionError):
    """A schedule under which something that must hold does not."""


@dataclass(frozen=True)
class Schedule:
    """What one integer says: the executor, the plan, and the faults, each with the life it belongs to.

    poisoned : seed whose runs always end their worker, 0 for none
    """

    seed: int
    executor: str
    workers: int
    points: int
    seeds: int
    poisoned: int
    faults: tuple[tuple[int, Fault], ...]


def schedule_of(seed: int) -> Schedule:
    """The schedule of an integer."""
    draw = random.Random(seed)
    executor = draw.choices(("workers", "cluster", "serial"), (6, 3, 1))[0]
    kinds = {"serial": WAIT_FAULTS[:3] + DISK_FAULTS, "cluster": TASK_FAULTS + WAIT_FAULTS[:3] + DISK_FAULTS}
    known = kinds.get(executor, TASK_FAULTS[:5] + WAIT_FAULTS + DISK_FAULTS)
    faults = []
    for life in range(draw.randint(1, 4)):
        for _ in range(draw.randint(0, 3)):
            what = draw.choice(known)
            faults.append((life, Fault(what, draw.randint(1, LATEST[where_of(what)]))))
    poisoned = 2 if executor != "serial" and draw.random() < 0.15 else 0
    return Schedule(
        seed, executor, draw.randint(1, 3), draw.randint(1, 4), draw.randint(2, 4), poisoned, tuple(faults)
    )


class _Truth(Watcher):
    """Notes the report, and that it never tells more runs than there are."""

    def __init__(self) -> None:
        self.report = Report()

    def advanced(self, report: Report, seconds_left: float) -> None:
        """After every chunk."""
        self.report = report
        _expect(
            report.there + report.done <= report.runs,
            f"{report.there + report.done} of {report.runs} runs done",
        )
        _expect(seconds_left >= 0, f"{seconds_left} seconds left")


def _expect(right: bool, otherwise: str) -> None:
    if not right:
        raise FailedError(otherwise)


def run_schedule(schedule: Schedule) -> Counter[str]:
    """Live through a schedule; returns what happened. Raises FailedError."""
    plan = plan_of(schedule.points, schedule.seeds)
    know(plan)
    happened: Counter[str] = Counter()
    with scratch() as home:
        last = max((life for life, _ in schedule.faults), default=-1)
        for life in range(last + 2):
            ended = _live(schedule, life, home, happened)
            happened[f"lives that {ended}"] += 1
        _expect(ended == "completed", f"without a fault it {ended}")
        _check_rows(Store(home / "out"), schedule, happened)
        _live(schedule, last + 2, home, happened, retry=True)
        if not schedule.poisoned:
            wrong = undisturbed(Store(home / "out"), plan)
            _expect(not wrong, f"after --retry {wrong}")
    return happened


def _live(schedule: Schedule, life: int, home: Path, happened: Counter[str], *, retry: bool = False) -> str:
    """One life of the driver; returns how it ended."""
    faults = [fault for of, fault in schedule.faults if of == life]
    world = World(random.Random(f"{schedule.seed} {life}"), faults, schedule.poisoned, schedule.workers)
    disk, watcher = Disk(home, world.before), _Truth()
    world.end_process = lambda: setattr(disk, "dead", True)
    store = Store(home / "out")
    sweep = Sweep(
        plan_of(schedule.points, schedule.seeds), store, _executor(schedule, world), watcher=watcher,
        simulate=numbers, retry=retry, clock=world.clock, wait=world.wait,
    )  # fmt: skip
    damaged = not retry and life > 0 and world.draw.random() < 0.1
    if damaged:
        _damage(store, world.draw)
        happened["damaged"] += 1
    with disk:
        ended = _ended(sweep, world)
    happened.update(world.happened)
    disturbed = any(what in ("disk full", "fails") for what in world.happened)
    told_less = disturbed or "progress fails" in world.happened
    twice = sum(what.startswith("interrupted") for what in world.happened) > 1
    found = store.verify()
    _expect(not found.damaged or ended != "completed", f"damaged: {found.damaged}")
    if found.damaged:
        return ended
    there, told = len(store.keys()), _told(store)
    if ended != "was killed" and not (disturbed or twice) and watcher.report.runs:
        kept = watcher.report.there + watcher.report.done
        _expect(there == kept, f"it {ended}: {there} rows are there, {kept} had come in")
    _expect(
        (damaged and ended != "completed") or told.get("done", 0) <= there,
        f"{PROGRESS} tells {told.get('done')} of {there}",
    )
    if ended == "completed":
        _expect(there == len(sweep.plan), f"{there} of {len(sweep.plan)} runs are there")
        _expect(told_less or told.get("done") == there, f"{PROGRESS} tells {told.get('done')} of {there}")
    return ended


def _damage(store: Store, draw: random.Random) -> None:
    """Between two lives somebody changes a bit of a part, or removes it."""
    parts = store.parts()
    if parts:
        path = draw.choice(parts).path
        content = bytearray(path.read_bytes())
        content[draw.randrange(len(content))] ^= 1
        path.write_bytes(content)
        if draw.random() < 0.5:
            path.unlink()


def _executor(schedule: Schedule, world: World) -> Callable[[], Executor]:
    if schedule.executor == "serial":
        return Steady
    if schedule.executor == "cluster":
        return lambda: Cluster("simulated", connect=lambda _: SimulatedClient(world), clock=world.clock)
    return lambda: Workers(schedule.workers, pool=lambda n: SimulatedPool(world, n), clock=world.clock)


#: Which ends are allowed after which faults.
_BECAUSE = {
    "was interrupted": ("interrupted", "interrupted writing"),
    "was killed": ("killed", "killed writing"),
    "met a full disk": ("disk full", "fails"),
    "lost its workers": ("scheduler gone", "never fetched", "pool stops", "silent"),
}


def _ended(sweep: Sweep, world: World) -> str:
    """How the sweep ended. Raises FailedError where there was no reason for it."""
    try:
        report = sweep.run()
    except KeyboardInterrupt:
        ended = "was interrupted"
    except Killed:
        return "was killed"
    except StoreError:
        ended = "met a full disk"
    except ClusterLostError:
        ended = "lost its workers"
    else:
        _expect(report.complete, "it returned and was not complete")
        return "completed"
    _expect(bool(set(_BECAUSE[ended]) & set(world.happened)), f"it {ended}; what happened: {world.happened}")
    return ended


def _told(store: Store) -> dict[str, Any]:
    try:
        return json.loads((store.folder / PROGRESS).read_bytes())
    except FileNotFoundError:
        return {}


def _check_rows(store: Store, schedule: Schedule, happened: Counter[str]) -> None:
    """Every key once, and as in an undisturbed run but where workers died or hung, which the row says."""
    rows = store.table().to_pylist()
    _expect(len({row["key"] for row in rows}) == len(rows), "a key is there twice")
    may = {OK} | ({TIMED_OUT} if happened["hangs"] else set())
    may |= {KILLED} if happened["dies"] + happened["workers die"] else set()
    for row in rows:
        if row["seed"] == schedule.poisoned:
            _expect(row["status"] in {KILLED, TIMED_OUT}, f"a run that ends its worker is {row['status']}")
        else:
            _expect(row["status"] in may, f"{row['key']} is {row['status']}: {row['error']}")
    if all(row["status"] == OK for row in rows):
        wrong = undisturbed(store, plan_of(schedule.points, schedule.seeds))
        _expect(not wrong, wrong)


@dataclass(frozen=True)
class CollectionSchedule:
    """Faults while a collection is run."""

    seed: int
    faults: tuple[tuple[int, Fault], ...]


@dataclass(frozen=True)
class PoolSchedule:
    """Tasks for the dashboard's pool, and what happens beside them."""

    seed: int
    faults: tuple[tuple[int, Fault], ...]


type AnySchedule = Schedule | CollectionSchedule | PoolSchedule


def schedule_of_kind(seed: int, kind: str) -> AnySchedule:
    """The schedule of an integer."""
    if kind == "sweep":
        return schedule_of(seed)
    if kind == "collection":
        return CollectionSchedule(seed, collected.faults_of(seed))
    return PoolSchedule(seed, pooled.faults_of(seed))


def live_through(schedule: AnySchedule) -> Counter[str]:
    """What happens under a schedule. Raises FailedError, or whatever was not foreseen."""
    if isinstance(schedule, Schedule):
        return run_schedule(schedule)
    simulated = collected if isinstance(schedule, CollectionSchedule) else pooled
    return simulated.run(schedule.seed, schedule.faults, _expect)


def problem_of(schedule: AnySchedule) -> str:
    """What is wrong under a schedule, "" where nothing is."""
    try:
        live_through(schedule)
    except FailedError as error:
        return str(error)
    except Exception:
        return traceback.format_exc()
    return ""


def shrunk[S: AnySchedule](schedule: S) -> S:
    """The same schedule with only those faults without which it does not fail."""
    i = 0
    while i < len(schedule.faults):
        fewer = replace(schedule, faults=schedule.faults[:i] + schedule.faults[i + 1 :])
        if problem_of(fewer):
            schedule = fewer
        else:
            i += 1
    return schedule


def tried(seed: int, kind: str) -> Tried:
    """What happens under the schedule of an integer, and what is wrong with the least of it that still fails."""
    schedule = schedule_of_kind(seed, kind)
    try:
        return live_through(schedule), ""
    except Exception:
        least = shrunk(schedule)
        return Counter(), f"{problem_of(least)}\n  {least}"


def main() -> int:
    """Run schedules and print counts, and what failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--kind", choices=("sweep", "collection", "pool"), default="sweep")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no more after so many")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    began, counts = time.perf_counter(), Counter({"schedules": 0, "failed": 0})
    seeds = range(options.first, options.first + options.schedules)
    how = {"jobs": options.jobs, "seconds": MOST_SECONDS, "minutes": options.minutes}
    for seed, found, said in try_each(tried, seeds, options.kind, **how):
        counts.update(found)
        counts["schedules"] += 1
        if said:
            counts["failed"] += 1
            print(f"FAILED {seed}: {said}", flush=True)
    print(json.dumps({**counts, "seconds": round(time.perf_counter() - began)}, indent=2))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
