"""Cut the power at every moment of many random histories of the store, and see what comes back.

    python tools/crash_states.py --histories 1000 --jobs 2

A history writes, is killed, goes on, merges, sets aside, begins anew, in a folder whose every operation is recorded
(`disk_model.py`). After each operation the states are made that a power cut may leave; in each of them the program is
started again. Found must be: everything that had been said to be kept, nothing else, no error, and in the end the
tables of an undisturbed run. A fifth of the histories go on from such a state to the next power cut.
"""

import argparse
import copy
import errno
import json
import logging
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import pyarrow as pa
from disk_model import Disk, Killed, State, crash_states
from seeds import Tried, try_each
from small_sweeps import BASE, Steady, done_by, failing, numbers, plan_of, rows_by_key, undisturbed

from commands.collection import _begin_anew
from dashboard import classes as classes_module
from dashboard.asking import case_choices
from dashboard.class_files import ClassFolder
from dashboard.classes import ClassError, Classes
from dashboard.quotas import Asker
from scenarios.analysis import search
from scenarios.analysis.problem import AnalysisError
from scenarios.collected import folder as collected
from scenarios.collected.runs import Drawn
from scenarios.files.collectionfile import Collection
from scenarios.store import Store, StoreError
from scenarios.sweep.plan import Plan
from scenarios.sweep.running import Sweep
from scenarios.sweep.watching import Estimate, Report, Watcher

#: States drawn after an operation where there are more.
STATES = 8
#: A history goes on after so many power cuts at most.
LIVES = 3
#: A history takes some seconds; what takes so long does not end.
MOST_SECONDS = 600.0


class WrongError(AssertionError):
    """A state from which the program did not come back as it should."""


class Kind(Protocol):
    """A kind of history: what is done to a folder, and what must come back."""

    def __init__(self, draw: random.Random) -> None: ...

    def act(self, disk: Disk, folder: Path) -> None:
        """Do one random thing; may leave as KeyboardInterrupt or Killed."""

    def recover(self, folder: Path, promises: tuple[Any, ...]) -> None:
        """Start again after a power cut. Raises WrongError."""


# -- the store ----------------------------------------------------------------------------------------------------


class StoreHistory:
    """Rows are put into three tables, merged, forgotten, set aside."""

    TABLES = ("runs", "weekly", "design")

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw

    def rows(self, keys: list[str], table: str) -> pa.Table:
        """Rows that follow from their keys."""
        return pa.table({"key": keys, table: [float(len(table) * int(key)) for key in keys]})

    def act(self, disk: Disk, folder: Path) -> None:
        """Append, mostly."""
        store, draw = Store(folder), self.draw
        what = draw.choices(("append", "compact", "forget", "manifest", "mend"), (12, 2, 2, 1, 2))[0]
        if what == "append":
            table = draw.choice(self.TABLES)
            keys = [str(draw.randrange(100)) for _ in range(draw.randint(1, 3))]
            rows = self.rows(sorted(set(keys)), table)
            try:
                store.append(rows, table=table)
            except StoreError:  # as a sweep does: once more what could not be written
                store.append(rows, table=table)
            disk.promise((table, set(keys), set()))
        elif what == "compact":
            with store.lock():
                store.compact()
        elif what == "forget":
            gone = set(sorted(store.keys())[:2])
            disk.promise(("runs", set(), gone))
            store.forget(gone)
        elif what == "manifest":
            content = {"n": draw.randrange(1000)}
            store.write_manifest(content)
        else:
            with store.lock():
                store.mend()
                for table in self.TABLES:
                    disk.promise((table, store.keys(table), set()))

    def recover(self, folder: Path, promises: tuple[Any, ...]) -> None:
        """Every promised key is there, with its own row."""
        store = Store(folder)
        _expect(not store.verify().damaged, "damaged parts")
        _ = store.manifest
        for name in self.TABLES:
            found = rows_by_key(store.table(name))
            missing = _kept(p[1:] for p in promises if p[0] == name) - set(found)
            _expect(not missing, f"{name}: {sorted(missing)} are gone")
            for key, rows in found.items():
                _expect(rows == self.rows([key], name).to_pylist(), f"{name}: {key} has {rows}")
        store.append(self.rows(["1000"], "runs"))
        _expect(store.mend() == [] and "1000" in store.keys(), "nothing can be added")


def _kept(promises: Iterator[tuple[set[str], set[str]]]) -> set[str]:
    """Keys that must be there, from those promised and those taken back, in order."""
    kept: set[str] = set()
    for some, gone in promises:
        kept = (kept | some) - gone
    return kept


def _expect(right: bool, otherwise: str) -> None:
    if not right:
        raise WrongError(otherwise)


# -- sweeps -------------------------------------------------------------------------------------------------------


class SweepHistory:
    """A sweep is begun, stopped, killed, resumed, lengthened, retried, merged; bits flip."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.points, self.seeds = 1, draw.randint(2, 3)
        self.simulate = draw.choice((numbers, failing))

    def act(self, disk: Disk, folder: Path) -> None:
        """Run the sweep for a while, mostly."""
        draw = self.draw
        what = draw.choices(("run", "stopped", "grow", "retry", "compact", "flip"), (3, 4, 1, 1, 1, 1))[0]
        store = _Promising(folder, disk)
        if what == "compact":
            with suppress(StoreError), store.lock():  # a damaged part is for the sweep's command to set aside
                store.compact()
        elif what == "flip":
            self._flip(disk, store)
        elif what == "grow":
            self.points, self.seeds = min(self.points + draw.randint(0, 1), 3), min(self.seeds + 1, 4)
        else:
            if what == "retry":
                self.simulate = numbers
            stop = draw.randint(1, 4) if what == "stopped" else 10**6
            watcher = _Stops(stop, lambda: disk.promise((store.keys(), set())))
            self._sweep(store, watcher, retry=what == "retry")

    def recover(self, folder: Path, promises: tuple[Any, ...]) -> None:
        """Every promised run is there and right, and the same command does the others."""
        store, plan = Store(folder), self.plan
        damaged = {damage.file.partition("/")[2] for damage in store.verify().damaged}
        flipped = {promise[2] for promise in promises if len(promise) == 3}
        _expect(damaged <= flipped, f"damaged: {damaged}")
        if not damaged:
            missing = _kept(p[:2] for p in promises) - store.keys()
            _expect(not missing, f"{len(missing)} runs are gone")
            right, failed = done_by(plan), done_by(plan, failing)
            for table in ("runs", "weekly"):
                for key, rows in rows_by_key(store.table(table)).items():
                    allowed = (right[table].get(key), failed[table].get(key))
                    _expect(rows in allowed, f"{table}: {key} has {rows}")
        report = self._sweep(store, _Stops(10**6, lambda: None))
        _expect(report.complete, "the sweep is not complete")
        wrong = undisturbed(store, plan, or_failed=True)
        _expect(not wrong, wrong)
        found = store.verify()
        _expect(found.sound and found.keys == len(plan), f"verified: {found}")
        if self.simulate is numbers:
            self._sweep(store, _Stops(10**6, lambda: None), retry=True)
            wrong = undisturbed(store, plan)
            _expect(not wrong, f"after --retry: {wrong}")

    @property
    def plan(self) -> Plan:
        """What is asked for by now."""
        return plan_of(self.points, self.seeds)

    def _sweep(self, store: Store, watcher: Watcher, *, retry: bool = False) -> Report:
        ticks = count(0.0, 2.0)
        clock = lambda: next(ticks)  # noqa: E731
        made = Sweep(
            self.plan, store, Steady, watcher=watcher, simulate=self.simulate, retry=retry, clock=clock
        )
        return made.run()

    def _flip(self, disk: Disk, store: Store) -> None:
        """A bit changes in a part, on the disk itself."""
        parts = store.parts()
        if not parts:
            return
        part = self.draw.choice(parts)
        content = bytearray(part.path.read_bytes())
        disk.promise((set(), store.keys(damaged="skip"), part.path.name))
        content[self.draw.randrange(len(content))] ^= 1
        with part.path.open("r+b") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        disk.promise((store.keys(damaged="skip"), set()))


class _Promising(Store):
    """A store whose writer is told what is kept."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        super().__init__(folder)
        self.disk = disk

    def append(self, rows: pa.Table, *given: Any, table: str | None = None, **more: Any) -> Path:
        """Promise what is in the main table."""
        path = super().append(rows, *given, table=table, **more)
        if table is None:
            self.disk.promise((set(rows["key"].to_pylist()), set()))
        return path

    def forget(self, keys: set[str]) -> None:
        """Take back what was promised."""
        self.disk.promise((set(), keys))
        super().forget(keys)


class _Stops(Watcher):
    """Ctrl-C after so many runs; what is said to be there is promised."""

    def __init__(self, after: int, promise: Callable[[], None]) -> None:
        self.after, self.promise = after, promise

    def estimated(self, estimate: Estimate) -> None:
        """So many runs are there."""
        if estimate.there:
            self.promise()

    def advanced(self, report: Report, seconds_left: float) -> None:
        """Stop."""
        if report.done >= self.after:
            raise KeyboardInterrupt


# -- collections --------------------------------------------------------------------------------------------------


class CollectionHistory:
    """Blocks of compounds are kept, merged, begun anew with another seed."""

    COMPOUNDS = 12

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.seed = 1

    def act(self, disk: Disk, folder: Path) -> None:
        """Keep some blocks."""
        draw = self.draw
        anew = draw.random() < 0.15
        self.seed += anew
        rows = self.rows(folder)
        with rows.store.lock():
            if anew or self.was_another(rows):
                disk.promise((self.seed, None))
                _begin_anew(folder)
            self.fill(rows, disk, draw.randint(1, 9))
            if draw.random() < 0.3:
                rows.store.compact()

    def was_another(self, rows: collected.Rows) -> bool:
        """Whether beginning anew was broken off: the same command is refused then, and with --force it begins again."""
        found = rows.store.manifest
        return bool(found) and found["run"]["seed"] != self.seed

    def fill(self, rows: collected.Rows, disk: Disk, most: int) -> None:
        """Run so many compounds of those missing, as the command does."""
        rows.begin(self.manifest())
        there = set(rows.done().tolist())
        disk.promise((self.seed, there))
        missing = sorted(set(range(self.COMPOUNDS)) - there)[:most]
        for at in range(0, len(missing), 2):
            block = missing[at : at + 2]
            rows.append(self.block(block))
            disk.promise((self.seed, set(block)))

    def recover(self, folder: Path, promises: tuple[Any, ...]) -> None:
        """What was kept since the last beginning is there, and the same command does the others."""
        self.seed = promises[-1][0] if promises else 1
        begun = max((i for i, (_, what) in enumerate(promises) if what is None), default=-1)
        kept: set[int] = set().union(*(what for _, what in promises[begun + 1 :]))
        rows = self.rows(folder)
        missing = kept - set(rows.done().tolist())
        _expect(not missing, f"compounds {sorted(missing)} are gone")
        _expect(rows.store.verify().sound, "damaged parts")
        with Disk(folder.parent) as disk, rows.store.lock():
            if self.was_another(rows):
                _expect(begun == len(promises) - 1, "rows of another run")
                _begin_anew(folder)
            self.fill(rows, disk, self.COMPOUNDS)
        columns = rows.columns(["compound", "x"], self.COMPOUNDS)
        right = self.block(list(range(self.COMPOUNDS)))["x"].to_pylist()
        _expect(sorted(columns["x"].tolist()) == right, f"rows {columns['x'].tolist()}")
        _expect(rows.store.verify().keys == self.COMPOUNDS, "rows of another run are counted")

    def rows(self, folder: Path) -> collected.Rows:
        """Of the seed that is asked for by now."""
        return collected.Rows(folder, Drawn(BASE.scenario, Collection(compounds=12), self.seed))

    def block(self, compounds: list[int]) -> pa.Table:
        """Rows that say whose they are."""
        return pa.table({"compound": compounds, "x": [float(self.seed * 1000 + c) for c in compounds]})

    def manifest(self) -> dict[str, Any]:
        """As the command writes it, in short."""
        return {"tool": "gongzhi", "runs": self.COMPOUNDS}


# -- searches -----------------------------------------------------------------------------------------------------


class SearchHistory:
    """A search is stopped, killed, continued; another with the same settings but one is refused."""

    GENERATIONS = 3

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw

    def act(self, disk: Disk, folder: Path) -> None:
        """Search for some generations."""
        generations = self.draw.randint(1, self.GENERATIONS)
        self.search(folder, generations, lambda done, _: disk.promise(done))

    def search(
        self,
        folder: Path,
        generations: int,
        report: Callable[[int, int], None] | None = None,
        *,
        shift: float = 0.0,
    ) -> tuple[list[list[float]], int]:
        """What was found, and how many generations were run for it. shift : makes it another search."""
        asked = []

        def evaluate(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            asked.append(len(x))
            return np.stack([x[:, 0], 1 - x[:, 0] + x[:, 1]], axis=1) + shift, np.zeros((len(x), 0))

        found = search.search(
            evaluate, n_variables=2, n_objectives=2, generations=generations, population=5, folder=folder,
            settings={"shift": shift}, report=report,
        )  # fmt: skip
        return found.all_objectives.tolist(), len(asked)

    def recover(self, folder: Path, promises: tuple[Any, ...]) -> None:
        """Generations that were done are not done again; the front is that of a search never stopped."""
        other = folder.with_name("another")
        if folder.exists():
            shutil.copytree(folder, other)
        with suppress(AnalysisError):
            found, _ = self.search(other, self.GENERATIONS, shift=1.0)
            _expect(found == self.undisturbed(1.0), "values of another search were taken")
        found, asked = self.search(folder, self.GENERATIONS)
        _expect(found == self.undisturbed(0.0), "another front")
        done = max(promises, default=0)
        _expect(asked <= self.GENERATIONS - done, f"{done} generations were done and {asked} were run")

    _right: ClassVar[dict[float, list[list[float]]]] = {}

    def undisturbed(self, shift: float) -> list[list[float]]:
        """What a search without a folder finds."""
        if shift not in self._right:
            with tempfile.TemporaryDirectory() as nowhere:
                self._right[shift] = self.search(Path(nowhere), self.GENERATIONS, shift=shift)[0]
        return self._right[shift]


# -- classes ------------------------------------------------------------------------------------------------------


TEACHER = "f" * 32


class ClassHistory:
    """Classes are opened, joined, played, closed."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        #: By code what its file held, change after change; None once it was closed.
        self.tables: dict[str, list[dict[str, Any] | None]] = {}
        self.case = case_choices()[0]
        classes_module.secrets = random.Random(draw.random())

    def act(self, disk: Disk, folder: Path) -> None:
        """A lesson, begun by a server that starts."""
        classes, draw = Classes(clock=lambda: 1.0), self.draw
        classes.keep_in(_Noting(folder, self.tables))
        for room in classes._known.values():
            self.tables.setdefault(room.code, []).append(room.table())
            disk.promise((room.code, len(self.tables[room.code]) - 1))
        for _ in range(draw.randint(1, 6)):
            rooms = list(classes._known.values())
            if not rooms or (len(rooms) < 6 and draw.random() < 0.3):
                code = classes.open(Asker(TEACHER, "here"), self.case).code
            else:
                code = draw.choice(rooms).code
                self._change(classes, code)
            if not classes.unsaved:
                disk.promise((code, len(self.tables[code]) - 1))

    def _change(self, classes: Classes, code: str) -> None:
        draw = self.draw
        what = draw.choice(("join", "join", "draft", "decide", "lock", "close"))
        who = f"{draw.randrange(4):032x}"
        try:
            if what == "close":
                classes.close(code, TEACHER)
            elif what == "lock":
                classes.lock(code, TEACHER, draw.random() < 0.5)
            else:
                _, seat = classes.join(Asker(who, "here"), code, f"group {who[-1]}")
                if what == "draft":
                    classes.draft(code, who, seat, lambda turn: replace(turn, visits=draw.random()))
                elif what == "decide":
                    classes.decide(code, who, seat, len(classes.find(code).groups[seat].turns))
        except ClassError:
            pass

    def recover(self, folder: Path, promises: tuple[Any, ...]) -> None:
        """Every class is as it was promised, or as it was written later."""
        classes = Classes(clock=lambda: 1.0)
        problems = classes.keep_in(ClassFolder(folder))
        _expect(not problems, str(problems))
        found = {room.code: room.table() for room in classes._known.values()}
        for code, index in dict(promises).items():
            allowed = self.tables[code][
                index:
            ]  # what was written since, whether anybody had been told or not
            _expect(found.get(code) in allowed, f"class {code} is {found.get(code)}; promised {allowed[0]}")
        unknown = set(found) - set(self.tables)
        _expect(not unknown, f"classes nobody opened: {unknown}")


class _Noting(ClassFolder):
    """A folder of classes that notes what is written."""

    def __init__(self, place: Path, tables: dict[str, list[dict[str, Any] | None]]) -> None:
        super().__init__(place)
        self.tables = tables

    def write(self, table: dict[str, Any]) -> None:
        """Note, then write."""
        self.tables.setdefault(table["code"], []).append(table)
        super().write(table)

    def remove(self, code: str) -> None:
        """Note, then remove."""
        self.tables[code].append(None)
        super().remove(code)


# -- histories ----------------------------------------------------------------------------------------------------

#: Every so many histories one of the others.
KINDS: dict[str, tuple[Callable[[random.Random], Kind], int]] = {
    "sweep": (SweepHistory, 4),
    "store": (StoreHistory, 2),
    "collection": (CollectionHistory, 2),
    "search": (SearchHistory, 1),
    "class": (ClassHistory, 1),
}


def kind_of(seed: int) -> str:
    """Which kind a history is."""
    turn = [kind for kind, (_, share) in KINDS.items() for _ in range(share)]
    return turn[seed % len(turn)]


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keep a logger silent for a while."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def run_history(seed: int, kind: str | None = None, most: int = STATES) -> Counter[str]:
    """One history with all its power cuts; returns counts. Raises WrongError with the seed in its text."""
    kind = kind or kind_of(seed)
    draw = random.Random(f"{kind} {seed}")
    history = KINDS[kind][0](draw)
    counts: Counter[str] = Counter({"histories": 1, f"histories of {kind}": 1})
    with scratch() as place, _quiet("dashboard"):  # a full disk is part of the play
        home, promises, seen = place / "home", (), set[Any]()
        home.mkdir()
        for life in range(LIVES if draw.random() < 0.2 else 1):
            disk = _live(history, home, draw, counts)
            onward: list[State] = []
            for state in crash_states(disk, draw, most):
                counts["states"] += 1
                mark = (len(promises) + len(state.promises), _mark(state))
                if mark in seen:
                    continue
                seen.add(mark)
                counts["different states"] += 1
                _recover(history, place / "after", state, promises, f"{kind} {seed}, life {life}")
                if draw.random() < 1 / len(seen):
                    onward = [state]
            if not onward:
                break
            promises += onward[0].promises
            shutil.rmtree(home)
            home.mkdir()
            onward[0].write(home)
    return counts


def _live(history: Kind, home: Path, draw: random.Random, counts: Counter[str]) -> Disk:
    """What happens until the power fails: some acts, of which any may be killed or refused at any operation."""
    left: list[float] = [0]
    refused: list[float] = [0]

    def before(what: str, path: Path) -> None:
        left[0] -= 1
        refused[0] -= 1
        if left[0] == 0:
            raise Killed
        if refused[0] == 0:
            raise OSError(errno.ENOSPC, "no space left")

    disk = Disk(home, before)
    for _ in range(draw.randint(1, 5)):
        left[0] = draw.randint(1, 60) if draw.random() < 0.4 else float("inf")
        refused[0] = draw.randint(1, draw.choice((5, 12, 60))) if draw.random() < 0.25 else float("inf")
        disk.dead = False
        with disk:
            try:
                history.act(disk, home / "out")
            except KeyboardInterrupt:
                counts["stopped"] += 1
            except Killed:
                counts["killed"] += 1
            except (StoreError, AnalysisError, OSError) as error:
                if refused[0] > 0:
                    raise WrongError(f"an act failed\n{traceback.format_exc()}") from error
                counts["refused"] += 1
            except Exception:
                raise WrongError(f"an act failed\n{traceback.format_exc()}") from None
    counts["operations"] += len(disk.operations)
    return disk


def _recover(history: Kind, after: Path, state: State, before: tuple[Any, ...], where: str) -> None:
    after.mkdir()
    try:
        state.write(after)
        copied = copy.copy(history)
        copied.recover(after / "out", before + state.promises)
    except Exception as error:
        what = "" if isinstance(error, WrongError) else "\n" + traceback.format_exc()
        left = [f"{name}: {'folder' if c is None else len(c)}" for name, c in state.files.items()]
        raise WrongError(
            f"history {where}, after operation {state.after}: {error}{what}\n  {left}"
        ) from error
    finally:
        shutil.rmtree(after)


def _mark(state: State) -> int:
    """The same for states that are the same; bytes of files on their way are never read."""
    seen = ((n, b"" if n.endswith(".writing") else content or b"") for n, content in state.files.items())
    return hash(tuple(sorted(seen)))


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder in memory, where there is such a thing: the disk is a model anyway."""
    memory = Path("/dev/shm")
    place = Path(tempfile.mkdtemp(prefix="crash-states-", dir=memory if memory.is_dir() else None))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def tried(seed: int, kind: str | None, most: int) -> Tried:
    """What happened in a history, and what is wrong with it."""
    try:
        return run_history(seed, kind, most), ""
    except WrongError as wrong:
        return Counter(), str(wrong)


def main() -> int:
    """Run histories and print counts, and seeds of those that went wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--histories", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first history")
    parser.add_argument("--kind", choices=list(KINDS))
    parser.add_argument("--states", type=int, default=STATES, help="drawn after an operation")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no more after so many")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    began, counts = time.perf_counter(), Counter({"histories": 0, "states": 0, "wrong": 0})
    seeds = range(options.first, options.first + options.histories)
    how = {"jobs": options.jobs, "seconds": MOST_SECONDS, "minutes": options.minutes}
    for seed, found, said in try_each(tried, seeds, options.kind, options.states, **how):
        counts.update(found)
        if said:
            counts.update({"histories": 1, "wrong": 1})
            print(f"WRONG {seed}: {said}", flush=True)
    print(json.dumps({**counts, "seconds": round(time.perf_counter() - began)}, indent=2))
    return 1 if counts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
