"""Whatever people do in any order to a store, a folder of results, a class and a link, beside a model of it."""

import json
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

import hypothesis.strategies as st
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
)

from commands.cli import main
from dashboard.asking import (
    LONGEST_LINK,
    LinkError,
    Request,
    case_choices,
    from_query,
    plans_in,
    plans_to_word,
    possible,
    to_query,
)
from dashboard.class_files import ClassFolder
from dashboard.classes import ALONE_SECONDS, KEPT_SECONDS, MOST_OF_ONE, TEACHER, ClassError, Classes
from dashboard.game import QUARTERS, Turn
from dashboard.group_names import likeness, readable, tidy
from dashboard.levers import LEVERS
from dashboard.quotas import Asker
from model.parameters import declarations
from scenarios.analysis.problem import AnalysisError
from scenarios.analysis.sweeps import open_source
from scenarios.loading import list_strategies
from scenarios.store import Store, StoreError
from scenarios.sweep import Watcher, load_sweep, run_sweep

QUICK = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


class InFolder(RuleBasedStateMachine):
    """With a folder of its own."""

    def __init__(self):
        super().__init__()
        self.place = Path(tempfile.mkdtemp(prefix="gongzhi-stateful-"))

    def teardown(self):
        shutil.rmtree(self.place)


# -- the store ------------------------------------------------------------------------------------------------


def flipped(path):
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


class AnyStore(InFolder):
    """`self.rows` : what each key holds; `self.parts` : the keys of each part, by its name."""

    def __init__(self):
        super().__init__()
        self.rows, self.parts, self.damaged, self.next = {}, {}, set(), 0

    @property
    def store(self):
        return Store(self.place / "store")

    @property
    def readable(self):
        """What can be read: every key that stands in a part that is whole."""
        return {key for name, keys in self.parts.items() if name not in self.damaged for key in keys}

    def appended(self, keys):
        table = pa.table({"key": keys, "x": [self.rows[key] for key in keys]})
        self.parts[self.store.append(table).name] = set(keys)

    @rule(n=st.integers(1, 4))
    def append(self, n):
        keys = [f"k{i:04d}" for i in range(self.next, self.next + n)]
        self.next += n
        self.rows |= {key: float(hash(key) % 97) for key in keys}
        self.appended(keys)

    @precondition(lambda self: self.rows)
    @rule(data=st.data())
    def append_again(self, data):
        self.appended(sorted(data.draw(st.sets(st.sampled_from(sorted(self.rows)), min_size=1, max_size=4))))
        self.damaged &= {path.name for path in self.paths() if self.is_damaged(path)}

    def paths(self):
        return [part.path for part in self.store.parts()]

    def is_damaged(self, path):
        return any(path.name in damage.file for damage in self.store.verify().damaged)

    @precondition(lambda self: set(self.parts) - self.damaged)
    @rule(data=st.data())
    def flip(self, data):
        name = data.draw(st.sampled_from(sorted(set(self.parts) - self.damaged)))
        flipped(self.place / "store" / "parts" / name)
        self.damaged.add(name)

    @precondition(lambda self: self.parts)
    @rule(data=st.data())
    def lose(self, data):
        name = data.draw(st.sampled_from(sorted(self.parts)))
        (self.place / "store" / "parts" / name).unlink()
        del self.parts[name]
        self.damaged.discard(name)

    @precondition(lambda self: self.parts)
    @rule()
    def mend(self):
        assert {damage.file for damage in self.store.mend()} == {f"parts/{name}" for name in self.damaged}
        self.parts = {name: keys for name, keys in self.parts.items() if name not in self.damaged}
        self.damaged = set()

    @precondition(lambda self: self.parts and not self.damaged)
    @rule()
    def compact(self):
        before = self.readable
        self.store.compact()
        self.parts = {path.name: before for path in self.paths()}
        assert len(self.parts) == 1

    @precondition(lambda self: self.parts and not self.damaged)
    @rule(data=st.data())
    def forget(self, data):
        gone = data.draw(st.sets(st.sampled_from(sorted(self.rows))))
        self.store.forget(gone)
        left = self.readable - gone
        kept = {path.name: set(pq.read_table(path)["key"].to_pylist()) for path in self.paths()}
        assert all(keys <= left for keys in kept.values())
        self.parts = kept

    @invariant()
    def says_what_is_there(self):
        if not self.parts:
            return
        found = self.store.verify()
        assert {damage.file for damage in found.damaged} == {f"parts/{name}" for name in self.damaged}
        assert self.store.keys(damaged="skip") == self.readable
        table = self.store.table(damaged="skip")
        assert (
            dict(zip(table["key"].to_pylist(), table["x"].to_pylist(), strict=True))
            == {key: self.rows[key] for key in self.readable}
            if self.readable
            else table.num_rows == 0
        )
        if self.damaged:
            with pytest.raises(StoreError, match="changed since"):
                self.store.table()


# -- the commands on a folder of results ----------------------------------------------------------------------

SWEEP = """id = "mine"
cases = ["danwei_courtyard"]
strategies = ["none", "pressure"]
seeds = 3
outcomes = ["final_valid_consent"]
weekly = ["valid_consent"]
[levers]
consent_gate = [0.6, 0.8]
[constants]
horizon_weeks = 3
"""
RUNS = 12


@cache
def planned():
    """The plan, and what comes of it undisturbed."""
    place = Path(tempfile.mkdtemp(prefix="gongzhi-stateful-"))
    (place / "mine.toml").write_text(SWEEP, "utf-8")
    plan = load_sweep(place / "mine.toml")
    run_sweep(plan, place / "out")
    tables = {table: Store(place / "out").table(table) for table in ("runs", "weekly", "design")}
    shutil.rmtree(place)
    return plan, tables


class Stops(Watcher):
    """Ctrl-C after a chunk."""

    def advanced(self, report, seconds_left):
        raise KeyboardInterrupt


class AnyFolder(InFolder):
    """A sweep that is run, interrupted, damaged and looked at in any order ends as if nothing had been."""

    out = property(lambda self: self.place / "out")

    def invoke(self, *arguments):
        done = CliRunner().invoke(main, ["results", *map(str, arguments)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        assert "--debug" not in done.output
        return done

    @initialize()
    def begin(self):
        self.stop()

    @rule()
    def stop(self):
        try:
            run_sweep(planned()[0], self.out, watcher=Stops())
        except KeyboardInterrupt:
            pass

    @rule()
    def run(self):
        assert run_sweep(planned()[0], self.out).failed == 0
        assert {table: Store(self.out).table(table) for table in planned()[1]} == planned()[1]

    @rule(data=st.data(), way=st.sampled_from([flipped, Path.unlink, lambda path: path.write_bytes(b"PAR1")]))
    def damage(self, data, way):
        parts = [part.path for part in Store(self.out).parts()]
        if parts:
            way(data.draw(st.sampled_from(sorted(parts))))

    @rule()
    def compact(self):
        self.invoke("compact", self.out)

    @rule(table=st.sampled_from(["runs", "weekly", "design"]))
    def export(self, table):
        done = self.invoke(
            "export", self.out, "--to", "csv", "-o", self.place / "x.csv", "--table", table, "--force"
        )
        assert done.exit_code in (0, 1, 2)

    @rule()
    def show(self):
        done = self.invoke("show", self.out, "--json")
        if done.exit_code == 0:
            assert json.loads(done.stdout)["runs"] == RUNS
        with suppress(AnalysisError):
            open_source(self.out)

    @invariant()
    def verify_ends_with_0_only_where_every_run_is_there(self):
        if not self.out.exists():
            return
        done = self.invoke("verify", self.out, "--json")
        found = json.loads(done.stdout)
        whole = all(
            Store(self.out).table(table, damaged="skip").equals(planned()[1][table])
            for table in ("runs", "weekly")
        )
        assert (done.exit_code == 0) == (whole and not found["damaged"])
        assert found["missing"] + found["keys"] >= RUNS


# -- a class --------------------------------------------------------------------------------------------------

CASE = "danwei_courtyard"
PEOPLE = [Asker(f"{n:032x}", f"10.0.0.{n % 3}") for n in range(6)]
TURNS = st.builds(Turn, hours=st.floats(0, 2), example=st.floats(0, 1), force=st.floats(0, 1))
NAMES = st.sampled_from(
    ["青梅组", "Pear", "ｐｅａｒ", "", " ", "a\ud800", "\u202ex", "=1+1", "名" * 200]
) | st.text(max_size=9)


class AnyClass(InFolder):
    """A lesson with restarts: nobody acts on a seat that is not theirs, and what a file keeps is what is played."""

    codes = Bundle("codes")

    def __init__(self):
        super().__init__()
        self.now = 1e9
        self.classes = self.started()
        self.taught, self.turns = {}, {}

    def started(self):
        classes = Classes(clock=lambda: self.now)
        assert classes.keep_in(ClassFolder(self.place)) == []
        return classes

    @rule(target=codes, asker=st.sampled_from(PEOPLE))
    def open(self, asker):
        try:
            code = self.classes.open(asker, CASE).code
        except ClassError as error:
            assert error.key in ("class_many_yours", "class_address", "class_many")
            assert (
                sum(asker.session in room.hosts for room in self.rooms()) >= MOST_OF_ONE
                or error.key != "class_many_yours"
            )
            return "NOCLASS"
        self.taught[code] = asker.session
        return code

    def rooms(self):
        return [room for code in [*self.taught] if (room := self.classes.find(code)) is not None]

    @rule(code=codes, asker=st.sampled_from(PEOPLE), name=NAMES)
    def join(self, code, asker, name):
        room = self.classes.find(code)
        before = {likeness(group.name) for group in room.groups.values()} if room else set()
        held = [seat for seat in room.groups if room.holds(asker.session, seat)] if room else []
        try:
            _, seat = self.classes.join(asker, code.lower(), name)
        except ClassError:
            return
        assert self.classes.find(code).holds(asker.session, seat)
        if held:
            assert [seat] == held
        else:
            assert readable(tidy(name)) and likeness(tidy(name)) not in before
            self.turns.setdefault((code, seat), 0)

    @rule(
        code=codes, asker=st.sampled_from(PEOPLE), seat=st.sampled_from(["1", "2", "3", TEACHER]), turn=TURNS
    )
    def decide(self, code, asker, seat, turn):
        room = self.classes.find(code)
        may = room is not None and seat != TEACHER and room.holds(asker.session, seat)
        quarter = len(room.groups[seat].turns) if may else 0
        try:
            self.classes.draft(code, asker.session, seat, lambda _: turn)
            self.classes.decide(code, asker.session, seat, quarter)
            self.classes.decide(code, asker.session, seat, quarter)  # a double click
        except ClassError:
            assert not may
            return
        assert may
        self.turns[code, seat] = min(quarter + 1, QUARTERS)

    @rule(code=codes, asker=st.sampled_from(PEOPLE), seat=st.sampled_from(["1", "2"]))
    def finish_and_begin_again(self, code, asker, seat):
        try:
            for quarter in range(QUARTERS):
                self.classes.decide(code, asker.session, seat, quarter)
            assert len(self.classes.find(code).groups[seat].turns) == QUARTERS
            self.classes.again(code, asker.session, seat)
        except ClassError:
            return
        self.turns[code, seat] = 0

    @rule(code=codes, asker=st.sampled_from(PEOPLE), locked=st.booleans())
    def lock(self, code, asker, locked):
        room = self.classes.find(code)
        may = room is not None and asker.session in room.hosts
        try:
            self.classes.lock(code, asker.session, locked)
            assert may and room.locked == locked
        except ClassError:
            assert not may

    @rule(code=codes, asker=st.sampled_from(PEOPLE), seat=st.sampled_from(["1", "2", TEACHER, None, "9"]))
    def remove(self, code, asker, seat):
        room = self.classes.find(code)
        may = room is not None and asker.session in room.hosts
        holders = room.groups[seat].holders if may and seat in room.groups else ()
        try:
            self.classes.remove(code, asker.session, seat)
        except ClassError:
            assert not may
            return
        self.turns.pop((code, seat), None)
        assert set(holders) <= set(room.barred) and seat not in room.groups

    @rule(
        code=codes,
        asker=st.sampled_from(PEOPLE),
        to=st.sampled_from(PEOPLE),
        seat=st.sampled_from(["1", "2", TEACHER]),
    )
    def move(self, code, asker, to, seat):
        try:
            word = self.classes.pass_for(code, asker.session, seat)
        except ClassError:
            return
        try:
            room, moved = self.classes.join(to, word, "")
        except ClassError as error:
            assert error.key == "class_wait"  # too many wrong codes before
            return
        assert moved == seat and room.holds(to.session, seat)

    @rule(code=consumes(codes), asker=st.sampled_from(PEOPLE))
    def close(self, code, asker):
        try:
            self.classes.close(code, asker.session)
        except ClassError:
            return
        assert self.classes.find(code) is None and not ClassFolder(self.place).file(code).exists()
        self.forgotten()

    @rule(seconds=st.sampled_from([60.0, ALONE_SECONDS, KEPT_SECONDS / 2]))
    def wait(self, seconds):
        self.now += seconds
        self.classes.forget_old()
        self.forgotten()

    def forgotten(self):
        self.turns = {key: n for key, n in self.turns.items() if self.classes.find(key[0]) is not None}

    @rule()
    def restart(self):
        self.classes = self.started()
        self.forgotten()

    @invariant()
    def files_keep_what_is_played(self):
        folder = ClassFolder(self.place)
        rooms = self.rooms()
        assert {room.code for room in rooms} == set(folder.codes())
        for room in rooms:
            kept = folder.read(room.code).model_dump(exclude_unset=True)
            assert {key: kept[key] for key in room.table()} == json.loads(json.dumps(room.table()))
            names = [likeness(group.name) for group in room.groups.values()]
            assert len(set(names)) == len(names)
            holders = [holder for group in room.groups.values() for holder in group.holders]
            assert len(set(holders)) == len(holders)
            for seat, group in room.groups.items():
                assert len(group.turns) == self.turns[room.code, seat]


# -- a link ---------------------------------------------------------------------------------------------------


class AnyLink(RuleBasedStateMachine):
    """Whatever is moved on a page, its link leads back to it, to the last digit, or is refused as too long."""

    def __init__(self):
        super().__init__()
        self.request, self.plans = Request(), ()

    @rule(case=st.sampled_from(case_choices()), strategy=st.sampled_from(list_strategies()))
    def choose(self, case, strategy):
        self.request, self.plans = Request(case, strategy), ()

    @rule(lever=st.sampled_from(LEVERS), share=st.floats(-1, 2))
    def move(self, lever, share):
        value = lever.low + share * (lever.high - lever.low)
        self.request = self.request.with_levers({lever.key: value})
        assert lever.low <= self.request.lever(lever.key) <= lever.high

    @rule(
        name=st.sampled_from(sorted(declarations())), value=st.floats(allow_nan=False, allow_infinity=False)
    )
    def assume(self, name, value):
        self.request = self.request.with_parameters({name: value})

    @rule()
    def remember(self):
        self.plans = (*self.plans, self.request)[-4:]
        self.plans = tuple(plan for plan in self.plans if plan.case == self.request.case)

    @rule(lang=st.sampled_from(["zh", "en"]), rubbish=st.text(max_size=30))
    def somebody_types_behind_it(self, lang, rubbish):
        query = to_query(self.request, lang) + rubbish
        try:
            possible(from_query(query, lang), lang)
        except LinkError as error:
            assert str(error)

    @invariant()
    def leads_back(self):
        plans = {"plans": plans_to_word(self.plans)} if len(self.plans) > 1 else {}
        query = to_query(self.request, "zh", plans)
        if len(query) > LONGEST_LINK:
            with pytest.raises(LinkError, match=str(LONGEST_LINK)):
                from_query(query)
            return
        assert from_query(query) == self.request
        assert plans_in(query, self.request.case) == (self.plans if plans else ())


TestAnyStore = AnyStore.TestCase
TestAnyFolder = AnyFolder.TestCase
TestAnyClass = AnyClass.TestCase
TestAnyLink = AnyLink.TestCase
TestAnyStore.settings = settings(QUICK, max_examples=15)
TestAnyFolder.settings = settings(QUICK, max_examples=8, stateful_step_count=10)
TestAnyClass.settings = settings(QUICK, max_examples=60, stateful_step_count=40)
TestAnyLink.settings = QUICK
