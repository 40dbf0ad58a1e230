"""Change the code one small way at a time and see whether a test notices: `make mutants`.

A mutant is one source file with one change, such as ``<=`` for ``<`` or 1.5 for 0.5, made by Cosmic Ray's operators.
The tests of that file run on it in plain mode (`compiling.plain`), so nothing is compiled. A mutant that no test
notices has survived: it wants a test, or a reason in `tools/mutants.toml`. The table is written to docs/mutants.md.

Every outcome is kept in `.mutants/` at once: a run that was broken off goes on where it stopped. When a file changes,
its mutants are tried anew; when its tests change, those that had survived.
"""

import argparse
import ast
import gc
import hashlib
import importlib
import json
import os
import re
import resource
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.machinery import PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType

import pytest

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".mutants"
REASONS = Path(__file__).with_name("mutants.toml")
PAGE = ROOT / "docs" / "mutants.md"

#: The sources that are changed, and the tests that should notice, the quick ones first.
TESTED_BY = {
    "agents/rules/owners_committee.py": "tests/test_rules.py",
    "agents/rules/party_member.py": "tests/test_rules.py",
    "agents/rules/property_company.py": "tests/test_rules.py",
    "agents/rules/resident.py": "tests/test_rules.py",
    "agents/rules/street_office.py": "tests/test_rules.py",
    "model/week/billing.py": "tests/plain/test_billing.py",
    "model/week/finance.py": "tests/plain/test_finance.py",
    "model/week/signing.py": "tests/plain/test_signing.py",
    "model/week/voting.py": "tests/test_voting.py",
    "scenarios/store/exporting.py": "tests/test_store_reading.py",
    "scenarios/store/files.py": "tests/test_store_files.py tests/test_store.py",
    "scenarios/store/keys.py": "tests/test_store_files.py tests/test_store.py",
    "scenarios/store/oddd.py": "tests/test_store_reading.py",
    "scenarios/store/opening.py": "tests/test_store_reading.py",
    "scenarios/store/parts.py": "tests/test_store_files.py tests/test_store.py",
    "scenarios/store/store.py": "tests/test_store_files.py tests/test_store.py",
}

#: Of each comparison the neighbour (``<=`` for ``<``) and the opposite are tried, of each operation those two that are
#: most like it. What is left out is noticed wherever these are, or nobody writes it by mistake.
_COMPARISONS = "Eq_NotEq NotEq_Eq Lt_LtE LtE_Lt Gt_GtE GtE_Gt Lt_GtE LtE_Gt Gt_LtE GtE_Lt Is_IsNot IsNot_Is"
_OPERATIONS = (
    "Add_Sub Add_Mul Sub_Add Sub_Mul Mul_Add Mul_Div Div_Mul Div_Sub FloorDiv_Div FloorDiv_Mul Mod_Mul Mod_Add "
    "Pow_Mul Pow_Add LShift_Add LShift_Mul RShift_Sub RShift_Div BitOr_Add BitOr_Sub BitAnd_Add BitAnd_Sub"
)
_CHANGES = {f"core/ReplaceComparisonOperator_{c}" for c in _COMPARISONS.split()} | {
    f"core/ReplaceBinaryOperator_{o}" for o in _OPERATIONS.split()
}
_NO_CHANGES = re.compile(
    r"core/(Replace(Comparison|Binary)Operator_|RemoveDecorator|Variable|.*Unary.*_(UAdd|Invert)$)"
)
#: Seconds of processor time for the tests of one mutant: beyond, it goes round in circles and has been noticed.
LIMIT = 40
#: To pytest: stop at the first failure; no plugins and no set-up that these tests do without.
QUIET = (
    "-x",
    "-q",
    "--noconftest",
    *(f"-pno:{p}" for p in ("cacheprovider", "unraisableexception", "junitxml")),
)


@dataclass(frozen=True)
class Mutant:
    """One change of one file. operator, occurrence : what Cosmic Ray does, and to which of the places it could"""

    file: Path
    operator: str
    occurrence: int
    line: int

    @property
    def key(self) -> str:
        """What its outcome is kept under."""
        return f"{self.operator}:{self.occurrence}"

    @cached_property
    def source(self) -> str:
        """The file with the change made."""
        from cosmic_ray.mutating import mutate_code
        from cosmic_ray.plugins import get_operator

        made = mutate_code(self.file.read_text("utf-8"), get_operator(self.operator)(), self.occurrence)
        assert made is not None
        return made

    @cached_property
    def changed(self) -> str:
        """The line that was changed, as it is now."""
        return " ".join(self.source.split("\n")[self.line - 1].split())


def mutants_of(file: Path) -> list[Mutant]:
    """Every change of a file but those in annotations and those left out."""
    from cosmic_ray.ast import get_ast_from_path
    from cosmic_ray.plugins import get_operator, operator_names

    annotated = _places_of_annotations(file)
    found = []
    tree = get_ast_from_path(file)
    for name in sorted(operator_names()):
        if name not in _CHANGES and _NO_CHANGES.match(name):
            continue
        operator = get_operator(name)()
        places = [place for node in _all_nodes(tree) for place in operator.mutation_positions(node)]
        found += [
            Mutant(file, name, occurrence, start[0])
            for occurrence, (start, _) in enumerate(places)
            if not any(first <= start < last for first, last in annotated)
        ]
    return found


def _all_nodes(node: object) -> Iterator[object]:
    yield node
    for child in getattr(node, "children", ()):
        yield from _all_nodes(child)


def _places_of_annotations(file: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    notes = []
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        notes += [getattr(node, name, None) for name in ("annotation", "returns")]
    return [((n.lineno, n.col_offset), (n.end_lineno, n.end_col_offset)) for n in notes if n is not None]


# -- running ----------------------------------------------------------------------------------------------


class Changed(PathFinder):
    """Finds the mutant where its module is imported."""

    mutant: Mutant

    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        """The module's own place, with the changed source."""
        spec = super().find_spec(fullname, path, target)
        if spec is not None and spec.origin == str(cls.mutant.file):
            spec.loader = Loader(fullname, spec.origin)
        return spec


class Loader(SourceFileLoader):
    """Loads the changed source; keeps no bytecode of it."""

    def get_code(self, fullname: str) -> CodeType:
        """The changed source, compiled."""
        return compile(Changed.mutant.source, self.path, "exec", dont_inherit=True)


def start(mutant: Mutant | None, tests: str) -> int:
    """Run the tests on a mutant, or on the code as it is, in a process of its own; returns its id."""
    child = os.fork()
    if child:
        return child
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))
        nowhere = os.open(os.devnull, os.O_WRONLY)
        if mutant is not None:
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            Changed.mutant = mutant
            sys.meta_path.insert(0, Changed)
        os._exit(pytest.main([*QUIET, *tests.split()]))
    finally:
        os._exit(70)


def prepare() -> None:
    """Load once what all mutants need and none of them changes."""
    os.chdir(ROOT)
    os.environ |= {"GONGZHI_PLAIN": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OPENBLAS_NUM_THREADS": "1"}
    sys.path.insert(0, str(ROOT))
    importlib.import_module("cosmic_ray.mutating")
    pytest.main([*QUIET, "--collect-only", "-qqq", "tests/test_plain.py"])  # loads all of pytest
    gc.freeze()


def run(mutants: list[Mutant], tests: str, jobs: int) -> Iterator[tuple[Mutant, bool]]:
    """Try each mutant; whether it was killed, as soon as that is known."""
    waiting, running = list(mutants), {}
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop(0)
            running[start(mutant, tests)] = mutant
        done, status = os.wait()
        mutant = running.pop(done)
        if os.WIFSIGNALED(status):
            print(f"  {mutant.file.name}:{mutant.line} took too long: {mutant.changed}", flush=True)
        yield mutant, status != 0


# -- outcomes ---------------------------------------------------------------------------------------------


def digest_of(file: Path) -> str:
    """A number that changes with the file."""
    return hashlib.blake2b(file.read_bytes(), digest_size=8).hexdigest()


class Outcomes:
    """What came of the mutants of one file, kept on disk after each."""

    def __init__(self, file: Path, tests: str) -> None:
        name = file.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        self.path = KEPT / f"{name}.json"
        self.marks = {
            "source": digest_of(file),
            "tests": "".join(digest_of(ROOT / test) for test in tests.split()),
        }
        self.killed: dict[str, bool] = {}
        if self.path.exists():
            kept = json.loads(self.path.read_text("utf-8"))
            if kept["source"] == self.marks["source"]:
                again = kept["tests"] != self.marks["tests"]
                self.killed = {k: v for k, v in kept["killed"].items() if v or not again}

    def add(self, mutant: Mutant, killed: bool) -> None:
        """Note what came of a mutant."""
        self.killed[mutant.key] = killed
        KEPT.mkdir(exist_ok=True)
        self.path.write_text(json.dumps({**self.marks, "killed": self.killed}), "utf-8")


def try_all(names: list[str], jobs: int) -> None:
    """Try every mutant whose outcome is not known."""
    for name in names:
        file, tests = ROOT / name, TESTED_BY[name]
        if name.startswith("model"):
            importlib.import_module("model.world.empty")  # takes most of the time, and none of these files
        assert not any(getattr(m, "__file__", "") == str(file) for m in sys.modules.values())
        _, status = os.waitpid(start(None, tests), 0)
        if status:
            raise SystemExit(f"{tests} must pass before anything is changed")
        outcomes, mutants = Outcomes(file, tests), mutants_of(file)
        open_ = [m for m in mutants if m.key not in outcomes.killed]
        for n, (mutant, killed) in enumerate(run(open_, tests, jobs), 1):
            outcomes.add(mutant, killed)
            if not killed:
                print(f"  {name}:{mutant.line} {mutant.operator}: {mutant.changed}", flush=True)
            if n % 50 == 0:
                print(f"{name}: {n} of {len(open_)}", flush=True)


# -- the page ---------------------------------------------------------------------------------------------

HEAD = """# Mutants: which mistakes the tests would notice

Written by `make mutants` (`tools/mutants.py`). A mutant is a source file with one small change, such as `<=` for `<`,
`-` for `+`, or 1.5 for 0.5. It is killed when a test of that file fails, and has survived when none does.

Cosmic Ray makes the changes: of each comparison the neighbour and the opposite, of each operation the two most like it,
numbers one up and one down, conditions negated, `and` for `or`, loops left out. Annotations and decorators stay. Its
own runner changes files in place and starts pytest for every mutant, at two seconds each; here the changed module is
put in where it is imported, in a forked process, in a quarter of a second. Tests run in [plain mode](contributing.md),
so nothing is compiled. mutmut 3 leaves every function with a decorator alone, and with it every rule and every process
of the week.
"""


def reasons() -> dict[tuple[str, str], str]:
    """Why a survivor is no gap, by file and changed line."""
    noted = tomllib.loads(REASONS.read_text("utf-8"))["survivor"] if REASONS.exists() else []
    return {(entry["file"], line): entry["why"] for entry in noted for line in entry["lines"]}


def page() -> str:
    """The table of all files and the list of survivors."""
    known, rows, listed = reasons(), [], []
    n_all = n_killed = n_alive = 0
    for name, tests in TESTED_BY.items():
        outcomes, mutants = Outcomes(ROOT / name, tests), mutants_of(ROOT / name)
        tried = [m for m in mutants if m.key in outcomes.killed]
        alive = [m for m in tried if not outcomes.killed[m.key]]
        rows.append(_row(f"`{name}`", len(mutants), len(tried) - len(alive), len(alive)))
        n_all, n_killed, n_alive = (
            n_all + len(mutants),
            n_killed + len(tried) - len(alive),
            n_alive + len(alive),
        )
        by_reason: dict[str, list[str]] = {}
        for m in alive:
            why = known.get((name, m.changed), "no reason given: wants a test")
            by_reason.setdefault(why, []).append(m.changed)
        if alive:
            listed += [f"\n### `{name}`\n"]
        for why, lines in by_reason.items():
            listed += [f"- {why}", *[f"  - `{line}`" for line in dict.fromkeys(lines)]]
    head = [
        "| file | mutants | killed | survived | not tried yet | killed of those tried |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    return (
        "\n".join([HEAD, *head, *rows, _row("all", n_all, n_killed, n_alive), "\n## Survivors", *listed])
        + "\n"
    )


def _row(name: str, n: int, killed: int, alive: int) -> str:
    share = f"{100 * killed / (killed + alive):.1f} %" if killed + alive else ""
    return f"| {name} | {n} | {killed} | {alive} | {n - killed - alive} | {share} |"


def main() -> None:
    """Try what is open, and write the page."""
    asked = argparse.ArgumentParser(
        description="Change the code in small ways and see whether a test notices."
    )
    asked.add_argument(
        "files", nargs="*", help="beginnings of names, such as agents/rules; all when left out"
    )
    asked.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="mutants at a time")
    asked.add_argument("--page", action="store_true", help="only write the page from what is known")
    given = asked.parse_args()
    names = [name for name in TESTED_BY if name.startswith(tuple(given.files or [""]))]
    if not given.page:
        prepare()
        try_all(names, given.jobs)
    PAGE.write_text(page(), "utf-8")
    print(f"docs/{PAGE.name} is written")


if __name__ == "__main__":
    main()
