"""From a folder of results, or a table in a file, to a study: what was varied, its bounds, and what may be analysed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from model.brought import NOTHING, Brought
from model.specification import Strategy
from scenarios.analysis.columns import OTHERS, checked_columns, refuse_columns_twice
from scenarios.analysis.designs import (
    first_order_rows,
    is_morris_design,
    is_second_order_design,
    is_sobol_design,
)
from scenarios.analysis.problem import IDENTITY, AnalysisError, Parameter, Problem, Study, problem_of, study
from scenarios.files.library import list_strategies, load_strategy
from scenarios.files.problems import ScenarioError, listed, nearest, shown
from scenarios.files.spreadsheets import read_csv
from scenarios.horizon import horizon_of
from scenarios.rested import Bound, remembered
from scenarios.store import StoreError
from scenarios.store.citing import digest_of
from scenarios.store.keys import KEY_BYTES
from scenarios.store.opening import open_results

#: Of columns, cases and strategies of a table: they stand in legends and name files.
LONGEST_NAME = 100


@dataclass(frozen=True)
class Source:
    """What a folder or file gives to the analysis.

    design : the points in the order of a Sobol' or Morris design, None for any other
    pairs_design : those of a Sobol' design for second-order indices, n·(2D + 2), None for any other
    strategies : for their names and their legality; of a bare table those that come with the project
    n_planned : different runs the sweep has in all; 0 where that is not known
    design_kind : saltelli or morris where the sweep has such a design, whether or not its points are all there
    brought : instruments and outcomes of a researcher's own that were swept, for their labels
    never_act : of these instruments, those that could never act at some point
    digest : of what the sweep has run; of a bare table that of its file
    left_out : columns of a bare table that hold words and are neither keys, parameters nor outcomes
    """

    study: Study
    design: pd.DataFrame | None
    strategies: tuple[Strategy, ...]
    n_planned: int
    pairs_design: pd.DataFrame | None = None
    design_kind: str = ""
    brought: Brought = NOTHING
    never_act: tuple[Bound, ...] = ()
    digest: str = ""
    left_out: tuple[str, ...] = ()

    @property
    def n_rows(self) -> int:
        """Runs in the table, failed ones too."""
        return len(self.study.runs) + self.study.n_failed


def open_source(path: str | Path, *, case: str = "") -> Source:
    """The study of a sweep's folder, or of a .csv or .parquet table.

    In a bare table the parameters are the columns with a dot in their name (`programme.consent_gate`).
    case : which one, where there are several; all if empty
    Raises AnalysisError for what cannot be read or is no table of runs.
    """
    place = Path(path).expanduser()
    if place.is_dir():
        return _of_folder(place, case)
    if not place.exists():
        raise AnalysisError(
            f"{path}: does not exist; expected a folder of `gongzhi sweep`, or a table (.csv, .parquet)"
        )
    return _of_file(place, case)


def _of_folder(folder: Path, case: str) -> Source:
    try:
        opened = open_results(folder)
    except StoreError as error:
        raise AnalysisError(str(error)) from None
    try:
        # A point that stands twice in a design was run once: so it counts once.
        manifest, runs = opened.manifest, opened.runs().drop_duplicates("key", ignore_index=True)
        points = opened.design() if runs.size else pd.DataFrame()
    except StoreError as error:
        raise AnalysisError(f"{error}; run the sweep again to repair it") from None
    if manifest.get("kind") != "sweep":
        raise AnalysisError(
            f"{folder}: holds no sweep; expected a folder that `gongzhi sweep FILE -o DIR` has written"
        )
    if runs.empty:
        raise AnalysisError(f"{folder}: holds no run yet; expected a sweep with results")
    runs = _of_case(runs, case, str(folder))
    parameters = tuple(_parameter(factor) for factor in manifest["factors"])
    problem = Problem(_varying(parameters, runs), tuple(manifest["outcomes"]), horizon_of(manifest))
    found = study(runs, problem, source=str(folder))
    design, pairs = _design(points, manifest, problem)
    kind = manifest["design"].get("kind", "")
    return Source(
        found, design, _strategies(manifest), _planned(manifest, case), pairs,
        kind if kind in ("saltelli", "morris") else "", Brought.remembered(manifest.get("own")),
        tuple(remembered(manifest)), digest_of(manifest),
    )  # fmt: skip


def _of_file(file: Path, case: str) -> Source:
    readers = {".csv": read_csv, ".parquet": pd.read_parquet}
    if file.suffix.lower() not in readers:
        raise AnalysisError(f"{file}: expected a folder of `gongzhi sweep`, or a table (.csv, .parquet)")
    try:
        runs = readers[file.suffix.lower()](file)
    except ScenarioError as error:
        raise AnalysisError(str(error)) from None
    except Exception as error:
        reason = str(error).split("\n")[0][:100]
        raise AnalysisError(f"{file}: cannot be read as a table ({type(error).__name__}: {reason})") from None
    refuse_columns_twice(file, runs)
    missing = [name for name in IDENTITY if name not in runs]
    if missing:
        known = listed([str(column) for column in runs.columns])
        raise AnalysisError(
            "\n".join(
                f"{file}: no column {name!r}{nearest(name, map(str, runs.columns))}" for name in missing
            )
            + f"\n{file}: found the columns {known}"
        )
    if runs.empty:
        raise AnalysisError(f"{file}: the table has no rows; expected one row per run")
    _refuse_long_names(file, runs)
    runs, left_out = checked_columns(file, runs)
    runs = _of_case(runs, case, str(file))
    names = [str(column) for column in runs.columns]
    parameters = [name for name in names if "." in name]
    outcomes = [
        name
        for name in names
        if name not in OTHERS and "." not in name and pd.api.types.is_numeric_dtype(runs[name])
    ]
    if not outcomes:
        raise AnalysisError(f"{file}: no outcome; expected columns of numbers, such as payment_18_months")
    problem = problem_of(runs, parameters, outcomes)
    problem = Problem(_varying(problem.parameters, runs), problem.outcomes)
    found = study(runs, problem, source=str(file))
    design = None
    if problem.names:
        first = runs[runs["strategy"] == found.strategies[0]].drop_duplicates(problem.names)[problem.names]
        design = first if is_sobol_design(first) else None
    return Source(found, design, _shipped(found.strategies), 0, digest=_digest(file), left_out=left_out)


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, lambda: hashlib.blake2b(digest_size=KEY_BYTES)).hexdigest()


def _refuse_long_names(file: Path, runs: pd.DataFrame) -> None:
    """Columns, cases and strategies have names that a legend and a file can have. Raises AnalysisError."""
    columns = [("a column", str(column)) for column in runs.columns]
    kinds = [kind for kind in ("strategy", "case") if kind in runs]
    values = [(f"a {kind}", str(name)) for kind in kinds for name in runs[kind].unique()]
    for what, name in [*columns, *values]:
        if len(name) > LONGEST_NAME:
            raise AnalysisError(
                f"{file}: {what} called {shown(name)} has {len(name):,} characters; expected at most {LONGEST_NAME}"
            )


def _shipped(names: list[str]) -> tuple[Strategy, ...]:
    """Of a bare table: the strategies that come with the project and are called the same."""
    return tuple(load_strategy(name) for name in names if name in list_strategies())


def _of_case(runs: pd.DataFrame, case: str, source: str) -> pd.DataFrame:
    if not case:
        return runs
    known = sorted(set(runs["case"].astype(str))) if "case" in runs else []
    if case not in known:
        raise AnalysisError(
            f"{source}: no case {shown(case)}{nearest(case, known) or f'; expected one of {listed(known)}'}"
        )
    return runs[runs["case"].astype(str) == case].reset_index(drop=True)


def _parameter(factor: Mapping[str, Any]) -> Parameter:
    """A factor of the manifest as a parameter: a listed number has the range of its levels."""
    low, high, levels = factor["low"], factor["high"], factor["levels"]
    if low is not None and high is not None:
        by_ratio = factor.get("scale") == "log"
        return Parameter(factor["name"], float(low), float(high), factor["role"], logarithmic=by_ratio)
    if all(isinstance(level, int | float) and not isinstance(level, bool) for level in levels):
        return Parameter(factor["name"], float(min(levels)), float(max(levels)), factor["role"])
    return Parameter(factor["name"], 0, 0, factor["role"], tuple(str(level) for level in levels))


def _varying(parameters: tuple[Parameter, ...], runs: pd.DataFrame) -> tuple[Parameter, ...]:
    """The parameters, and the case where there are several."""
    cases = sorted(set(runs["case"].astype(str))) if "case" in runs else []
    several = (Parameter("case", 0, 0, choices=tuple(cases)),) if len(cases) > 1 else ()
    return (*parameters, *several)


def _design(
    points: pd.DataFrame, manifest: Mapping[str, Any], problem: Problem
) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """The points of a Sobol' or Morris design in its order, and those for second-order indices.

    None for others, and where the points are no whole design: part of one, a choice among Morris' numbers.
    """
    design = manifest["design"]
    if design.get("kind") not in ("saltelli", "morris"):
        return None, None
    rows = points.sort_values("point")[problem.names].reset_index(drop=True)
    if design["kind"] == "saltelli":
        first = first_order_rows(rows) if design.get("second_order") else rows
        if not is_sobol_design(first):
            return None, None
        return first, rows if is_second_order_design(rows) else None
    return rows if is_morris_design(rows) else None, None


def _planned(manifest: Mapping[str, Any], case: str) -> int:
    """Different runs the sweep has in all, or those of one case."""
    every = int(manifest.get("different_runs", manifest["runs"]))
    if not case:
        return every
    contents = {base["content"]: base["labels"][0] for base in manifest["bases"]}
    return every * list(contents.values()).count(case) // len(contents)


def _strategies(manifest: Mapping[str, Any]) -> tuple[Strategy, ...]:
    found = {}
    for base in manifest["bases"]:
        try:
            strategy = Strategy.model_validate(base["scenario"]["strategy"])
        except ValidationError:  # of another version of the model: its identifier will do
            continue
        found[strategy.id] = strategy
    return tuple(found.values())
