"""Nothing is lost or mixed in silence: all tables of a run, a final count, what a key covers, a clock that jumps."""

import ast
import itertools
import json
import shutil
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.cli import main
from model.specification import Compound, Scenario
from scenarios import identity
from scenarios.analysis import strategy_search
from scenarios.collected import folder as collected
from scenarios.collected.folder import TABLE as COMPOUNDS
from scenarios.store import Store, StoreError
from scenarios.sweep import Watcher, load_sweep, open_results, run_scenarios, run_sweep
from scenarios.sweep.plan import SOURCES
from scenarios.sweep.record import without_rows

ROOT = Path(__file__).parents[1]
SMALL = Scenario(compound=Compound(households=12, buildings=1, stairwells_per_building=2), horizon_weeks=8)
FILE = """
id = "mine"
cases = ["danwei_courtyard"]
strategies = ["none", "pressure"]
seeds = 6
outcomes = ["final_valid_consent"]
weekly = ["valid_consent"]
[levers]
programme.consent_gate = [0.6, 0.8]
[constants]
horizon_weeks = 12
"""


def invoke(*arguments, status=0):
    done = CliRunner().invoke(main, list(map(str, arguments)))
    assert done.exit_code == status, done.output
    return done


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(FILE, "utf-8")
    return path


def damaged(part):
    content = bytearray(part.path.read_bytes())
    content[len(content) // 2] ^= 1
    part.path.write_bytes(content)


HARMS = {
    "changed": damaged,
    "deleted": lambda part: part.path.unlink(),
    "renamed": lambda part: part.path.rename(part.path.with_name("weekly.old")),
}


# -- all tables of a run --------------------------------------------------------------------------------------


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("table", ["weekly", "runs", "design"])
def test_a_part_of_any_table_that_is_gone_is_noticed_and_its_runs_are_done_again(file, tmp_path, table, harm):
    out = tmp_path / "out"
    plan = load_sweep(file)
    run_sweep(plan, out)
    before = {name: Store(out).table(name) for name in ("runs", "weekly", "design")}
    found = json.loads(invoke("results", "verify", out, "--json").output)
    assert found["sound"] and found["missing"] == 0
    for part in Store(out).parts(table):
        HARMS[harm](part)
    if table != "design":
        found = json.loads(invoke("results", "verify", out, "--json", status=1).output)
        assert found["missing"] == 24
    report = run_sweep(plan, out)
    assert report.done == (0 if table == "design" else 24)
    for name, rows in before.items():
        assert Store(out).table(name).equals(rows), name
    assert json.loads(invoke("results", "verify", out, "--json").output)["missing"] == 0


def test_only_the_runs_that_lack_their_weeks_are_done_again(file, tmp_path):
    out, plan = tmp_path / "out", load_sweep(file)

    class Stops(Watcher):
        def advanced(self, report, seconds_left):
            if report.done >= 8:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_sweep(plan, out, watcher=Stops())
    first = Store(out).parts("weekly")
    run_sweep(plan, out)
    assert len(Store(out).parts("weekly")) > len(first)
    lost = len(Store(out).keys("weekly"))
    first[0].path.unlink()
    lost -= len(Store(out).keys("weekly"))
    assert len(without_rows(Store(out), ["weekly"])) == lost
    assert run_sweep(plan, out).done == lost > 0


# -- a final count --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("harm", ["removed", "moved", "a part"])
def test_a_folder_that_is_touched_while_it_is_written_is_no_success(file, tmp_path, harm):
    out = tmp_path / "out"

    class Touches(Watcher):
        done = False

        def advanced(self, report, seconds_left):
            parts = Store(out).parts()
            if self.done or not [part for part in parts if part.table == "runs"]:
                return
            self.done = True
            if harm == "removed":
                shutil.rmtree(out)
            elif harm == "moved":
                out.rename(tmp_path / "elsewhere")
            else:
                next(part for part in parts if part.table == "runs").path.unlink()

    plan = load_sweep(file)
    from scenarios.sweep import running

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "FLUSH_SECONDS", 0.0)
        with pytest.raises(StoreError, match=r"of 24 runs are there, though all were written"):
            run_sweep(plan, out, watcher=Touches())
    assert run_sweep(plan, out).complete and len(Store(out).keys()) == 24


@pytest.fixture
def town(tmp_path):
    out = tmp_path / "town"
    command = ("run", "national", "--compounds", 40, "--weeks", 4, "--out", out, "--threads", 1, "--quiet")
    invoke(*command)
    return out, command


def test_verify_counts_the_compounds_of_a_collection(town):
    out, _ = town
    found = json.loads(invoke("results", "verify", out, "--json").output)
    assert found["sound"] and found["missing"] == 0 and found["keys"] >= 40
    Store(out, main=COMPOUNDS).parts(COMPOUNDS)[0].path.unlink()
    assert json.loads(invoke("results", "verify", out, "--json", status=1).output)["missing"] > 0


def test_beginning_anew_deletes_nothing_while_another_writes(town):
    out, command = town
    before = Store(out, main=COMPOUNDS).keys()
    with Store(out, main=COMPOUNDS).lock():
        said = invoke(*command, "--force", status=1).output
    assert "another run is writing" in said
    assert Store(out, main=COMPOUNDS).keys() == before
    invoke(*command, "--force")


def test_a_collection_whose_rows_are_gone_is_no_success(town, monkeypatch):
    _, command = town
    from scenarios.collected.folder import Rows

    as_merged = Rows.merge

    def merge(self):
        self.store.parts()[0].path.unlink()
        as_merged(self)

    monkeypatch.setattr(Rows, "merge", merge)
    assert "though all were written" in invoke(*command, "--force", status=1).output


# -- what a key covers ----------------------------------------------------------------------------------------

#: Modules of `scenarios` that a worker imports and that change no row, and why.
_CHANGE_NO_ROW = {
    "scenarios": "empty",
    "scenarios.catalogue": "labels",
    "scenarios.files": "empty",
    "scenarios.files.checking": "reads files: what they hold is in the key",
    "scenarios.files.collectionfile": "reads files of collections, which are not swept",
    "scenarios.files.positions": "messages",
    "scenarios.files.strategyfile": "reads files: what they hold is in the key",
    "scenarios.files.texts": "reads files: what they hold is in the key",
    "scenarios.files.problems": "messages",
    "scenarios.identity": "this",
    "scenarios.reading": "reads files: what they hold is in the key",
    "scenarios.store": "keeps rows as they are",
    "scenarios.store.files": "keeps rows as they are",
    "scenarios.store.keys": "names rows",
    "scenarios.store.manifest": "reads",
    "scenarios.store.opening": "reads",
    "scenarios.store.parts": "keeps rows as they are",
    "scenarios.store.store": "keeps rows as they are",
    "scenarios.sweep": "names",
    "scenarios.sweep.designs": "draws points, whose values are in the key",
    "scenarios.sweep.points": "draws points, whose values are in the key",
    "scenarios.sweep.factors": "draws points, whose values are in the key",
    "scenarios.sweep.plan": "makes keys",
    "scenarios.rested": "says which instruments rested",
    "scenarios.libraries": "finds libraries",
    "scenarios.analysis.search": "asks for individuals, which are compared with those of the folder",
    "scenarios.writing": "names of goals, which are in the settings of a search",
}


def imported(module):
    """Modules of `scenarios` that a module imports, from its text, those for type checking left out."""
    path = ROOT / (module.replace(".", "/") + ".py")
    path = path if path.exists() else ROOT / module.replace(".", "/") / "__init__.py"
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("scenarios"):
            for alias in node.names:
                below = ROOT / node.module.replace(".", "/") / f"{alias.name}.py"
                yield f"{node.module}.{alias.name}" if below.exists() else node.module


@pytest.mark.parametrize(
    ("start", "sources", "more"),
    [
        ("scenarios.sweep.chunk", SOURCES, {}),
        ("scenarios.collected.rows", collected.SOURCES, {}),
        ("scenarios.analysis.strategy_search", strategy_search.SOURCES, {"scenarios.totals": "units"}),
    ],
)
def test_the_key_covers_every_module_a_row_passes_through(start, sources, more):
    harmless = {**_CHANGE_NO_ROW, **more}
    if start == "scenarios.collected.rows":
        del harmless["scenarios.files.collectionfile"]
    seen, waiting = set(), [start]
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        if module not in harmless:
            waiting += imported(module)
    covered = {"scenarios." + name.removesuffix(".py").replace("/", ".") for name in sources}
    assert seen - set(harmless) == covered


@pytest.mark.parametrize("name", SOURCES)
def test_a_change_of_any_of_its_files_changes_the_key(name, tmp_path, monkeypatch):
    before = identity.code_of(SOURCES)
    for source in SOURCES:
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "scenarios" / source, tmp_path / source)
    monkeypatch.setattr(identity.resources, "files", lambda _: tmp_path)
    assert identity.code_of(SOURCES) == before
    with (tmp_path / name).open("a", encoding="utf-8") as written:
        written.write("\n# changed\n")
    assert identity.code_of(SOURCES) != before


@pytest.mark.parametrize("library", ["numpy", "numba", "llvmlite"])
def test_another_version_of_what_computes_changes_the_key(library, monkeypatch):
    before, as_is = identity.code_of(SOURCES), identity.version
    monkeypatch.setattr(identity, "version", lambda name: "0.0" if name == library else as_is(name))
    assert identity.code_of(SOURCES) != before


# -- a clock that jumps ---------------------------------------------------------------------------------------


def test_a_wall_clock_that_jumps_ends_no_run(monkeypatch, tmp_path):
    real, jumps = time.time, itertools.count()
    monkeypatch.setattr(time, "time", lambda: real() + 3600.0 * next(jumps))
    found = run_scenarios(SMALL, range(1, 31), store=tmp_path / "out", workers=1, limit_seconds=60)
    assert set(found.runs()["status"]) == {"ok"}
    assert len(open_results(tmp_path / "out").runs()) == 30
