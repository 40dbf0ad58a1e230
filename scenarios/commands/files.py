"""`gongzhi schema` and `gongzhi check`: the form of case and strategy files."""

import sys
from pathlib import Path
from typing import Literal

import click

from scenarios.casefile import CaseFile
from scenarios.checking import read_toml
from scenarios.collection_runs import Drawn
from scenarios.commands.console import print_json
from scenarios.district import runs_of_seeds
from scenarios.loading import ScenarioError, json_schema, load_case, load_strategy
from scenarios.strategyfile import StrategyFile

#: Keys that only case files have.
_OF_CASES = set(CaseFile.model_fields) - set(StrategyFile.model_fields)


def print_schema(*, kind: Literal["case", "strategy"]) -> None:
    """The JSON Schema on standard output."""
    print_json(json_schema(kind))


def check_files(*, files: tuple[str, ...], kind: str) -> None:
    """Print ok or the problems of every file; exits with status 2 if any file has a problem."""
    broken = 0
    for name in files:
        try:
            print(f"{name}: {_checked(Path(name), kind)}", flush=True)
        except ScenarioError as error:
            broken += 1
            click.echo(f"Error: {error}", err=True)
    if broken:
        sys.exit(2)


def _checked(file: Path, kind: str) -> str:
    """What the file is, after checking it."""
    if kind == "auto":
        kind = "case" if _OF_CASES & set(read_toml(file).data) else "strategy"
    if kind == "strategy":
        strategy = load_strategy(file)
        return f"ok (strategy {strategy.id}, instruments: {len(strategy.instruments)})"
    case = load_case(file)
    for compound in case.compounds:
        case.scenario(compound)
    if case.collection is not None:
        of = case.collection
        Drawn(case.scenario(), of, 1).runs(0, of.compounds_per_office)
        return f"ok (collection {case.id}, compounds: {of.compounds:,}, households: {of.households:,})"
    if case.district is None:
        return f"ok (case {case.id}, compounds: {len(case.compounds)})"
    runs_of_seeds(case.scenario(), case.district, [1])
    return f"ok (district {case.id}, compounds: {case.district.compounds})"
