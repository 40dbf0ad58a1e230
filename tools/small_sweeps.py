"""A sweep small enough to be run ten thousand times: real plans, chunks, rows; numbers in place of the engine."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from model.engine import Run
from model.measures import Outcome
from model.specification import Compound, Scenario
from scenarios.store import Store, key_of
from scenarios.sweep import record
from scenarios.sweep.chunk import Chunk, Done, run_chunk
from scenarios.sweep.executors import Serial
from scenarios.sweep.factors import Factor
from scenarios.sweep.plan import Base, Plan
from scenarios.sweep.points import Point
from scenarios.sweep.record import design_rows

#: What is installed stays what it is, and so does the code: to look it up takes most of the time of a sweep as small
#: as these.
record.code_of = cache(record.code_of)
record.package_versions = cache(record.package_versions)
record._more_versions = cache(record._more_versions)
GATES = (0.6, 0.7, 0.8, 0.9)
WEEKS = 2
GATE = Factor(("programme", "consent_gate"), "lever", GATES)
SMALL = Scenario(
    compound=Compound(households=12, buildings=1, stairwells_per_building=2), horizon_weeks=WEEKS
)


class _SmallBase(Base):
    """A base whose content does not follow from the model's code."""

    content = "small"


class _SmallPlan(Plan):
    """A plan whose keys do not follow from the model's code: a schedule is the same after it has changed."""

    def _keys(self, b: int, values: Point) -> Callable[[int], str]:
        return lambda seed: key_of(list(values), seed, self.kept)


BASE = _SmallBase("", "", SMALL)
TABLES = ("runs", "weekly", "design")


@cache
def plan_of(points: int = 2, seeds: int = 3) -> Plan:
    """A plan of points × seeds runs that keeps one outcome, and one by week."""
    return _SmallPlan(
        id="small",
        bases=(BASE,),
        factors=(GATE,),
        points=tuple((gate,) for gate in GATES[:points]),
        seeds=range(1, seeds + 1),
        outcomes=("final_valid_consent",),
        weekly=("valid_consent",),
    )


def numbers(runs: Sequence[Run]) -> np.ndarray:
    """Weekly series that say whose they are."""
    base = [run.seed * 100 + round(run.scenario.programme.consent_gate * 10) for run in runs]
    series = np.zeros((len(runs), WEEKS, len(Outcome)), np.float32)
    return series + np.array(base, np.float32)[:, None, None] + np.arange(WEEKS)[:, None]


def failing(runs: Sequence[Run]) -> np.ndarray:
    """The same, but runs of the second seed raise."""
    if any(run.seed == 2 for run in runs):
        raise RuntimeError("an accident")
    return numbers(runs)


def rows_by_key(table: pa.Table) -> dict[str, list[dict[str, Any]]]:
    """All rows of each key, in order; "no value" as None."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        found.setdefault(row["key"], []).append(row)
    return found


_done: dict[tuple[str, Any], dict[str, dict[str, Any]]] = {}


def done_by(
    plan: Plan, simulate: Callable[[Sequence[Run]], np.ndarray] = numbers
) -> dict[str, dict[str, Any]]:
    """By table what the rows of each key must be: {"runs": {key: rows}, "weekly": …, "design": …}."""
    if (plan.content, simulate) not in _done:
        tasks = tuple(plan.task(number) for number in range(len(plan)))
        done = run_chunk(Chunk(plan.bases, plan.factors, tasks, plan.outcomes, plan.weekly, simulate))
        assert done.weekly is not None
        found = {"runs": done.runs, "weekly": done.weekly, "design": design_rows(plan)}
        _done[plan.content, simulate] = {table: rows_by_key(rows) for table, rows in found.items()}
    return _done[plan.content, simulate]


def undisturbed(store: Store, plan: Plan, *, or_failed: bool = False) -> str:
    """What in a store differs from the rows an undisturbed sweep of the plan leaves; "" where nothing does.

    or_failed : rows of `failing` are right, too
    """
    right, failed = done_by(plan), done_by(plan, failing)
    for table in TABLES:
        found = rows_by_key(store.table(table))
        for key in {*found, *right[table]}:
            rows = found.get(key)
            if rows == right[table].get(key):
                continue
            if not (or_failed and rows == failed[table].get(key)):
                return f"{table}: {key} has {rows}; expected {right[table].get(key)}"
    return ""


class Steady(Serial):
    """Runs in this process; how long it says that took does not depend on the computer."""

    def submit(self, chunk: Chunk, limit_seconds: float) -> "Future[Done]":
        """Run the chunk now, in a tenth of a second a run."""
        future = super().submit(chunk, limit_seconds)
        steady: Future[Done] = Future()
        steady.set_result(replace(future.result(), busy_seconds=0.1 * len(chunk.tasks)))
        return steady
