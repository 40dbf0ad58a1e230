"""`gongzhi schema` and `gongzhi check`: the form of case, strategy and sweep files."""

import sys
from pathlib import Path
from typing import Literal

import click

from commands.console import print_json
from scenarios.collected.runs import Drawn
from scenarios.district import runs_of_seeds
from scenarios.files.casefile import CaseFile
from scenarios.files.checking import read_toml
from scenarios.files.strategyfile import StrategyFile
from scenarios.loading import ScenarioError, load_case, load_strategy
from scenarios.schema import json_schema
from scenarios.sweep.sweepfile import load_sweep

#: Keys that only case files have.
_OF_CASES = set(CaseFile.model_fields) - set(StrategyFile.model_fields)
#: Keys that only sweep files have.
_OF_SWEEPS = {"cases", "design", "levers", "uncertainties", "constants", "seeds"}


def print_schema(*, kind: Literal["case", "strategy", "sweep"]) -> None:
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
        keys = set(read_toml(file).data)
        kind = "sweep" if _OF_SWEEPS & keys else "case" if _OF_CASES & keys else "strategy"
    if kind == "sweep":
        plan = load_sweep(file)
        cannot = plan.impossible
        but = f"; points that cannot be run: {cannot.n:,} of {cannot.tried:,}: {cannot.why}" if cannot else ""
        return f"ok (sweep {plan.id}, runs: {len(plan):,}{but})"
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
