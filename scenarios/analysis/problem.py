"""What was varied and what was measured: the description of a sweep, and its table checked once for every analysis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from scenarios.catalogue import unit_of_outcome
from scenarios.comparison import CENSORED
from scenarios.files.problems import ScenarioError, listed, nearest
from scenarios.moments import insincere_beside

IDENTITY = ("strategy", "seed")
#: Value of the column `status` of a run that ended well, in the tables of sweeps.
OK = "ok"


class AnalysisError(ScenarioError):
    """A table or a wish that cannot be analysed; one line per problem."""


@dataclass(frozen=True)
class Parameter:
    """Something that was varied.

    name : column of the table, such as `programme.consent_gate`
    low, high : the plausible range, in the parameter's own unit; equal for a choice
    role : lever (chosen by somebody) or uncertainty (chosen by nobody)
    choices : the names it takes where it is not a number
    logarithmic : whether the range is gone through by ratio
    """

    name: str
    low: float
    high: float
    role: str = "uncertainty"
    choices: tuple[str, ...] = ()
    logarithmic: bool = False

    @property
    def numeric(self) -> bool:
        """Whether it is a number."""
        return not self.choices

    def positions(self, values: np.ndarray) -> np.ndarray:
        """Where numbers lie in the range: 0 at its low end, 1 at its high one."""
        if self.logarithmic:
            return np.asarray(np.log(values / self.low) / np.log(self.high / self.low))
        return np.asarray((values - self.low) / (self.high - self.low))


@dataclass(frozen=True)
class Problem:
    """What a sweep varies and measures.

    horizon_weeks : weeks simulated, at which weeks until something happens are cut off where a number is needed;
        None where it is not known
    """

    parameters: tuple[Parameter, ...]
    outcomes: tuple[str, ...]
    horizon_weeks: int | None = None

    @property
    def names(self) -> list[str]:
        """Columns of all parameters."""
        return [parameter.name for parameter in self.parameters]

    @property
    def numeric(self) -> tuple[Parameter, ...]:
        """The parameters that are numbers."""
        return tuple(parameter for parameter in self.parameters if parameter.numeric)

    def salib(self) -> dict[str, Any]:
        """The same for SALib: names and bounds; of a choice the bounds mean nothing."""
        return {
            "num_vars": len(self.parameters),
            "names": self.names,
            "bounds": [[p.low, p.high] if p.numeric else [0.0, 1.0] for p in self.parameters],
        }


@dataclass(frozen=True)
class Study:
    """A checked table and its description.

    runs : runs that ended well; columns `case, strategy, seed, point`, the parameters, the outcomes.
        `point` numbers the distinct combinations of case and parameters in order of appearance
    failed : runs left out because they did not end well; columns `strategy` and the parameters
    source : file or folder, for messages
    """

    problem: Problem
    runs: pd.DataFrame
    failed: pd.DataFrame
    source: str = "table"

    @property
    def n_failed(self) -> int:
        """How many runs were left out because they did not end well."""
        return len(self.failed)

    # Asked for again and again, of a table that does not change and may have a million rows.
    @cached_property
    def strategies(self) -> list[str]:
        """Strategies in order of appearance."""
        return [str(name) for name in self.runs["strategy"].unique()]

    @cached_property
    def n_points(self) -> int:
        """Distinct combinations of case and parameters."""
        return int(self.runs["point"].nunique())

    @cached_property
    def n_seeds(self) -> int:
        """Distinct seeds."""
        return int(self.runs["seed"].nunique())

    def points(self) -> pd.DataFrame:
        """The parameters of every point; index: point."""
        return self.runs.drop_duplicates("point").set_index("point")[self.problem.names].sort_index()

    def of(self, strategy: str) -> pd.DataFrame:
        """The runs of one strategy. Raises AnalysisError for an unknown one."""
        if strategy not in self.strategies:
            raise AnalysisError(
                f"{self.source}: no runs of strategy {strategy!r}{nearest(strategy, self.strategies)}; "
                f"found {listed(self.strategies)}"
            )
        return self.runs[self.runs["strategy"] == strategy]


def study(table: pd.DataFrame, problem: Problem, *, source: str = "table") -> Study:
    """Check a table of runs against its description.

    Runs whose `status` is not `ok` are left out and counted. Raises AnalysisError, one line for every column that is
    missing or not numeric, for parameters without a value, for runs that stand twice and for a table without rows.
    """
    _refuse_missing_columns(table, problem, source)
    if table.empty:
        raise AnalysisError(f"{source}: the table has no rows; expected one row per run")
    good = table["status"].astype(str) == OK if "status" in table else pd.Series(True, index=table.index)
    runs = table[good].reset_index(drop=True)
    if runs.empty:
        raise AnalysisError(f"{source}: none of the {len(table):,} runs ended well; expected at least one")
    _refuse_wrong_values(runs, problem, source)
    if "case" not in runs:
        runs = runs.assign(case="")
    runs = runs.assign(point=_points(runs, problem.names))
    _refuse_doubles(runs, source)
    columns = list(dict.fromkeys(["case", *IDENTITY, "point", *problem.names, *problem.outcomes]))
    return Study(problem, runs[columns], table.loc[~good, ["strategy", *problem.names]], source)


def problem_of(
    table: pd.DataFrame,
    parameters: Sequence[str],
    outcomes: Sequence[str],
    *,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    horizon_weeks: int | None = None,
) -> Problem:
    """The description of a table: bounds as given or, where none are, as found; columns without numbers are choices."""
    found = []
    for name in parameters:
        if name not in table:
            raise AnalysisError(f"table: no column {name!r}{nearest(name, table.columns)}")
        column = table[name]
        if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
            found.append(Parameter(name, 0, 0, choices=tuple(sorted(set(column.astype(str))))))
        else:
            low, high = (bounds or {}).get(name, (float(column.min()), float(column.max())))
            found.append(Parameter(name, low, high))
    return Problem(tuple(found), tuple(outcomes), horizon_weeks)


def with_insincere_share(outcomes: Sequence[str], available: Sequence[str]) -> tuple[str, ...]:
    """The outcomes with the insincere share right after each consent, where the table has it."""
    found: list[str] = []
    for outcome in outcomes:
        found.append(outcome)
        beside = insincere_beside(outcome)
        if beside is not None and beside in available:
            found.append(beside)
    return tuple(dict.fromkeys(found))


def values(runs: pd.DataFrame, outcome: str) -> np.ndarray:
    """An outcome of every run as float64: of weeks until something happens, "not reached" is infinity; else NaN."""
    found = runs[outcome].to_numpy(np.float64)
    return np.where(np.isnan(found), np.inf, found) if outcome in CENSORED else found


def finite_values(study_: Study, runs: pd.DataFrame, outcome: str) -> np.ndarray:
    """As `values`, with "not reached" cut off at the horizon (or a week after the last seen): for numeric methods."""
    found = values(runs, outcome)
    if outcome not in CENSORED:
        return found
    seen = found[np.isfinite(found)]
    last = study_.problem.horizon_weeks or (float(seen.max()) + 1 if seen.size else 1.0)
    return np.where(np.isinf(found), float(last), found)


def by_point(study_: Study, strategy: str, outcome: str) -> pd.DataFrame:
    """An outcome at every point, over seeds.

    Index: point. Columns `value` (mean; median where "not reached" may occur, which may be infinite),
    `variance` (between seeds, of numbers cut off at the horizon), `n` (seeds with a value), `n_missing`.
    """
    runs = study_.of(strategy)
    found = values(runs, outcome)
    rows = pd.DataFrame(
        {"point": runs["point"].to_numpy(), "value": found, "cut": finite_values(study_, runs, outcome)}
    )
    groups = rows.groupby("point")
    return pd.DataFrame(
        {
            "value": groups["value"].median() if outcome in CENSORED else groups["value"].mean(),
            "variance": groups["cut"].var(ddof=1),
            "n": groups["value"].count(),
            "n_missing": groups["value"].size() - groups["value"].count(),
        }
    )


def unit_of(outcome: str) -> str:
    """The unit of an outcome; empty for one the model does not declare."""
    return unit_of_outcome(outcome, unknown="")


def _refuse_missing_columns(table: pd.DataFrame, problem: Problem, source: str) -> None:
    wanted = [*IDENTITY, *problem.names, *problem.outcomes]
    lines = [
        f"{source}: no column {name!r}{nearest(name, map(str, table.columns))}"
        for name in dict.fromkeys(wanted)
        if name not in table
    ]
    if lines:
        known = listed([str(column) for column in table.columns])
        raise AnalysisError("\n".join(lines) + f"\n{source}: found the columns {known or 'none'}")


def _refuse_wrong_values(runs: pd.DataFrame, problem: Problem, source: str) -> None:
    lines = []
    for name in (*(p.name for p in problem.numeric), *problem.outcomes):
        if not (pd.api.types.is_numeric_dtype(runs[name]) or pd.api.types.is_bool_dtype(runs[name])):
            lines.append(f"{source}: column {name!r} holds {runs[name].dtype}; expected numbers")
    for name in (*IDENTITY, *problem.names):
        missing = int(runs[name].isna().sum())
        if missing:
            lines.append(f"{source}: column {name!r} has no value in {missing:,} of {len(runs):,} runs")
    for parameter in problem.numeric:
        if not np.isfinite([parameter.low, parameter.high]).all() or parameter.low > parameter.high:
            lines.append(
                f"{source}: bounds of {parameter.name} are {parameter.low} to {parameter.high}; "
                "expected low ≤ high"
            )
    if lines:
        raise AnalysisError("\n".join(lines))


def _refuse_doubles(runs: pd.DataFrame, source: str) -> None:
    double = runs.duplicated(["point", *IDENTITY])
    if double.any():
        first = runs[double].iloc[0]
        raise AnalysisError(
            f"{source}: {int(double.sum()):,} runs stand twice, the first with strategy {first['strategy']!r}, "
            f"seed {first['seed']}; expected each combination of parameters, strategy and seed once"
        )


def _points(runs: pd.DataFrame, names: list[str]) -> np.ndarray:
    columns = list(dict.fromkeys(["case", *names]))
    return runs.groupby(columns, sort=False).ngroup().to_numpy()
