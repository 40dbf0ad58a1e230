"""`gongzhi schema` and `gongzhi check`: the form of case, strategy and sweep files."""

import errno
import sys
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import click

from commands.data import KINDS, SUFFIXES, checked_table, is_table, tables_of
from commands.group import WrongInput
from commands.knowing import brought_along
from commands.summary import levers_over_case
from commands.sweep import remarks
from commands.wording import print_json, word
from model.directions import alternatives
from model.engine import Run
from model.specification import Scenario
from model.table_files import is_workbook
from scenarios.collected.runs import Drawn
from scenarios.district import runs_of_seeds
from scenarios.files.casefile import Case, CaseTable, read_case
from scenarios.files.checking import LARGEST_FILE_BYTES, read_toml
from scenarios.files.strategyfile import StrategyFile, read_strategy
from scenarios.loading import ScenarioError
from scenarios.rested import bound_lines, crowded_lines
from scenarios.schema import json_schema
from scenarios.sweep.sweepfile import read_sweep
from scenarios.translation import message_in

if TYPE_CHECKING:
    from scenarios.own import Own

#: Keys that only case files have.
_OF_CASES = set(CaseTable.model_fields) - set(StrategyFile.model_fields)
#: Keys that only sweep files have.
_OF_SWEEPS = {"cases", "design", "levers", "uncertainties", "constants", "seeds"}

#: Compounds of a collection that are drawn to see whether it can be run, and what would rest in them; whole offices.
LOOKED_AT = 100


def print_schema(*, kind: Literal["case", "strategy", "sweep"], own: str | None) -> None:
    """The JSON Schema on standard output. own : a researcher's own things, whose instruments strategies may name"""
    if own is not None and kind != "strategy":
        raise WrongInput(f"--own: means nothing to the schema of a {kind}; expected strategy")
    brought_along(own)
    print_json(json_schema(kind))


class StandardInput:
    """What is piped into `gongzhi check -`, read as a file is; names in it are looked for in the working folder."""

    name = "-"

    def __str__(self) -> str:
        return self.name

    def is_dir(self) -> bool:
        """Never."""
        return False

    def is_file(self) -> bool:
        """Always."""
        return True

    @cached_property
    def _content(self) -> bytes:
        return sys.stdin.buffer.read(LARGEST_FILE_BYTES + 1)

    def read_bytes(self) -> bytes:
        """All of it. Raises OSError for more than a file may have."""
        if len(self._content) > LARGEST_FILE_BYTES:
            raise OSError(errno.EFBIG, f"expected at most {LARGEST_FILE_BYTES:,} bytes", self.name)
        return self._content


def check_files(*, files: tuple[str, ...], kind: str, own: str | None, lang: str) -> None:
    """Print ok or the problems of every file; exits with status 2 if any file has a problem.

    own : a researcher's own things, which the files may name
    """
    brought = brought_along(own)
    broken = 0
    standard_input = StandardInput()
    for name in files:
        try:
            remarked: list[str] = []
            if kind in KINDS or (kind == "auto" and is_table(name)):
                said = [checked_table(name, kind, files, lang)]
            else:
                file = cast(Path, standard_input) if name == "-" else Path(name)
                said, remarked = _checked(file, kind, brought, lang)
            for line in said:
                print(f"{name}: {line}", flush=True)
            for line in remarked:
                click.echo(f"{name}: {line}", err=True)
        except ScenarioError as error:
            broken += 1
            click.echo(word("error", lang, what=message_in(lang, str(error))), err=True)
    if broken:
        sys.exit(2)


def _checked(file: Path, kind: str, own: "Own | None", lang: str) -> tuple[list[str], list[str]]:
    """What the file is, after checking it, and the tables it names, a line each; and what to know of it."""
    if kind == "auto":
        keys = _keys(file)
        kind = "sweep" if _OF_SWEEPS & keys else "case" if _OF_CASES & keys else "strategy"
    if kind == "sweep":
        plan = replace(read_sweep(file), own=own)
        return [word("ok_sweep", lang, id=plan.id, runs=f"{len(plan):,}")], remarks(plan, lang)
    if kind == "strategy":
        strategy = read_strategy(file)
        return [word("ok_strategy", lang, id=strategy.id, n=len(strategy.uses))], []
    case = read_case(file)
    scenarios = _scenarios(case)
    remarked = [str(line) for scenario in scenarios for line in levers_over_case(case, scenario, lang)]
    drawn = _drawn(case, scenarios[0] if own is None else own.applied(scenarios[0]))
    if own is not None and drawn:
        remarked += crowded_lines(drawn, own, lang)
    elif own is not None:
        remarked += [line for scenario in scenarios for line in bound_lines(own.applied(scenario), own, lang)]
    return [_what_it_is(case, lang), *tables_of(case, lang)], list(dict.fromkeys(remarked))


def _keys(file: Path) -> set[str]:
    """The keys of a file. Raises ScenarioError; of a file with another name that is no TOML, which kinds there are."""
    try:
        return set(read_toml(file).data)
    except ScenarioError:
        if file.name != StandardInput.name and Path(file).suffix.lower() != ".toml" and file.is_file():
            wanted = f"expected a {alternatives(SUFFIXES)} file, or a .toml file{_way_out(file)}"
            raise ScenarioError(f"{file}: is neither a table nor TOML; {wanted}") from None
        raise


def _way_out(file: Path) -> str:
    """What to do with a file of another kind, where that is known."""
    if is_workbook(file):
        return "; save it as 'CSV UTF-8'"
    return "; a Python file of your own comes with --own FILE.py" if file.suffix == ".py" else ""


def _scenarios(case: Case) -> list[Scenario]:
    """The scenario of every compound. Raises ScenarioError with the problems of all of them."""
    found, problems = [], []
    for compound in case.compounds:
        try:
            found.append(case.scenario(compound))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError("\n".join(dict.fromkeys(problems)))
    return found


def _drawn(case: Case, scenario: Scenario) -> list[Run]:
    """The compounds of a district, the first of a collection, drawn from seed 1; none of other cases."""
    if case.district is not None:
        return runs_of_seeds(scenario, case.district, [1])
    of = case.collection
    if of is None:
        return []
    offices = -(-LOOKED_AT // of.compounds_per_office)
    return Drawn(scenario, of, 1).runs(0, min(offices * of.compounds_per_office, of.compounds))


def _what_it_is(case: Case, lang: str) -> str:
    if case.collection is not None:
        of = case.collection
        sizes = {"compounds": f"{of.compounds:,}", "households": f"{of.households:,}"}
        return word("ok_collection", lang, id=case.id, **sizes)
    if case.district is None:
        return word("ok_case", lang, id=case.id, compounds=len(case.compounds))
    return word("ok_district", lang, id=case.id, compounds=case.district.compounds)
