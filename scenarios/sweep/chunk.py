"""What a worker does: runs a chunk of neighbouring runs in few calls of the engine, and returns rows."""

import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from model.engine import BLOCK_HOUSEHOLDS, Results, Run, identities, run_block
from model.measures import Outcome, Weekly, weekly_for
from model.specification import District, Scenario
from model.summary import summary_columns
from model.world.state import LANES
from scenarios.arrow import column, texts
from scenarios.district import district_totals, runs_of_seeds, weekly_totals
from scenarios.files.settings import table_with_values, with_values
from scenarios.moments import moment_of
from scenarios.sweep.factors import Factor, Value
from scenarios.sweep.noting import NO_HOUSEHOLDS, Note, Wanted, household_rows, noting, run_noting
from scenarios.sweep.plan import Base, Task
from scenarios.sweep.points import Point

if TYPE_CHECKING:
    from scenarios.own import Own

#: What happened to a run.
OK, RAISED, TIMED_OUT, KILLED = "ok", "error", "timeout", "killed"


def past_limit(limit_seconds: float) -> str:
    """The error of a run that timed out. Under another limit it is another, and the run is tried again."""
    return f"took longer than its limit of {limit_seconds:g} s"


#: Errors are kept up to this length.
LONGEST_ERROR = 500

#: Runs to their weekly series, (runs, weeks, outcomes) float32: `model.engine.run_block`, or a stand-in in tests.
type Simulate = Callable[[Sequence[Run]], np.ndarray]


class Simulated(NamedTuple):
    """What a block came to.

    series : (runs, weeks, outcomes) float32; own : outcomes of a researcher's own, each (runs, weeks) float64
    notes : households at the end of weeks
    """

    series: np.ndarray
    own: Mapping[str, np.ndarray] = {}
    notes: Sequence[Note] = ()

    def weekly(self, outcome: str) -> np.ndarray:
        """One outcome, (runs, weeks)."""
        own = self.own.get(outcome)
        found: np.ndarray = self.series[:, :, Outcome[outcome.upper()]] if own is None else own
        return found


@dataclass(frozen=True)
class Chunk:
    """Runs that are done together, with all a worker needs to know. own : simulates in place of `simulate`"""

    bases: tuple[Base, ...]
    factors: tuple[Factor, ...]
    tasks: tuple[Task, ...]
    outcomes: tuple[str, ...]
    weekly: tuple[str, ...]
    simulate: Simulate = run_block
    own: "Own | None" = None
    households: Wanted = NO_HOUSEHOLDS

    @property
    def measured(self) -> Weekly:
        """What its rows need of every week, beside what the summary reads."""
        moments = [moment_of(name) for name in self.outcomes]
        return weekly_for({m.outcome for m in moments if m is not None} | {*self.weekly})

    def halves(self) -> "list[Chunk]":
        """The same runs in two chunks: to find the one that ends its worker."""
        middle = len(self.tasks) // 2
        return [replace(self, tasks=self.tasks[:middle]), replace(self, tasks=self.tasks[middle:])]


@dataclass(frozen=True)
class Done:
    """Rows of a chunk, and how long it took.

    runs : one row a run; weekly : one row a run and week; households : one a run, week and household; None where none
        are kept
    engine_seconds : inside the engine; busy_seconds : all of the worker's time
    """

    runs: pa.Table
    weekly: pa.Table | None
    n: int
    n_failed: int
    engine_seconds: float
    busy_seconds: float
    households: pa.Table | None = None


@dataclass
class _Work:
    """One run on its way: its row among those of the chunk, its scenario, and what comes of it."""

    row: int
    task: Task
    scenario: Scenario | None = None
    district: District | None = None
    error: str = ""


def run_chunk(chunk: Chunk) -> Done:
    """Run every task of a chunk. A run that raises becomes a row with its error; the others go on."""
    with nullcontext() if chunk.own is None else chunk.own.known():
        return _run_chunk(chunk)


def _run_chunk(chunk: Chunk) -> Done:
    began, engine = time.perf_counter(), _Clock(chunk)
    works = _prepared(chunk)
    found = _nothing(chunk, len(works))
    weekly: list[pa.Table] = []
    households: list[pa.Table] = []
    ready = [work for work in works if work.scenario is not None]
    for block in _blocks(chunk, ready):
        for part in _simulated(engine, chunk, block):
            if isinstance(part, _Failure):
                part.work.error = part.error
            else:
                rows = [work.row for work in part.works]
                for name, values in found.items():
                    values[rows] = part.summary[name]
                weekly.extend(part.weekly)
                households.extend(part.households)
    n_failed = sum(bool(work.error) for work in works)
    series, people = (pa.concat_tables(parts) if parts else None for parts in (weekly, households))
    table, n = run_rows(chunk, works, found), len(works)
    return Done(table, series, n, n_failed, engine.seconds, time.perf_counter() - began, people)


def failed_rows(chunk: Chunk, status: str, error: str) -> Done:
    """Rows of runs of which nothing came back."""
    works = [_Work(row, task, error=error) for row, task in enumerate(chunk.tasks)]
    found = _nothing(chunk, len(works))
    return Done(run_rows(chunk, works, found, status), None, len(works), len(works), 0.0, 0.0)


def _nothing(chunk: Chunk, n: int) -> dict[str, np.ndarray]:
    """The outcomes of `n` runs by name while there are none."""
    return {name: np.full(n, np.nan) for name in chunk.outcomes}


class _Clock:
    """The engine with a stop watch."""

    def __init__(self, chunk: Chunk) -> None:
        self.chunk, self.seconds = chunk, 0.0
        is_engine = chunk.simulate is run_block
        self.for_rows = partial(run_block, weekly=chunk.measured) if is_engine else chunk.simulate

    def __call__(self, runs: Sequence[Run], simulate: Simulate) -> Simulated:
        """What the runs came to. simulate : unless something of one's own or of households is wanted"""
        began = time.perf_counter()
        try:
            return self._simulated(runs, simulate)
        finally:
            self.seconds += time.perf_counter() - began

    def _simulated(self, runs: Sequence[Run], simulate: Simulate) -> Simulated:
        own, wanted, notes = self.chunk.own, self.chunk.households, list[Note]()
        if own is not None and runs[0].office is not None:
            together = own.simulate_districts(runs)
            return Simulated(together.series, together.own)
        if own is not None:
            measures = [noting(wanted, i, notes) for i in range(len(runs))] if wanted.weeks else []
            found = own.simulate(runs, measures)
            return Simulated(found.series, found.own, notes)
        if wanted.weeks:
            series, notes = run_noting(runs, wanted)
            return Simulated(series, notes=notes)
        return Simulated(simulate(runs))


@dataclass(frozen=True)
class _Part:
    """What came of some runs. summary : outcomes by name, one value a run"""

    works: list[_Work]
    summary: Mapping[str, np.ndarray]
    weekly: list[pa.Table]
    households: list[pa.Table]


@dataclass(frozen=True)
class _Failure:
    work: _Work
    error: str


def _prepared(chunk: Chunk) -> list[_Work]:
    """The runs with their scenarios; neighbours of the same base and point share one."""
    works: list[_Work] = []
    last: tuple[int, Point] | None = None
    written = {values: tuple(map(repr, values)) for values in {task.values for task in chunk.tasks}}
    tasks = sorted(chunk.tasks, key=lambda task: (task.base, written[task.values], task.seed))
    for row, task in enumerate(tasks):
        mark = (task.base, task.values)
        if mark == last:
            same = works[-1]
            works.append(_Work(row, task, same.scenario, same.district, same.error))
        else:
            works.append(_with_scenario(chunk, row, task))
        last = mark
    return works


def _with_scenario(chunk: Chunk, row: int, task: Task) -> _Work:
    base = chunk.bases[task.base]
    values = dict(zip((factor.path for factor in chunk.factors), task.values, strict=True))
    try:
        district = table_with_values("district", base.district, values) if base.district else None
        return _Work(row, task, with_values(base.scenario, values), district)
    except Exception as error:  # whatever is wrong with a point is the outcome of its runs
        return _Work(row, task, error=_one_line(error))


def _blocks(chunk: Chunk, works: list[_Work]) -> list[list[_Work]]:
    """Runs that share a horizon, as many as one call of the engine is given; districts one by one.

    Runs of one seed stay together: where they share their people, a call draws them once, and they run side by side.
    """
    blocks: list[list[_Work]] = []
    for _, same in groupby(sorted(works, key=_horizon_and_seed), key=_horizon):
        size, block = 0, list[_Work]()
        for part in _of_one_seed(list(same)):
            households = sum(work.district.households if work.district else _size(work) for work in part)
            if block and (part[0].district or size + households > BLOCK_HOUSEHOLDS):
                blocks.append(block)
                size, block = 0, []
            block.extend(part)
            size += households
        blocks.append(block)
    return blocks


def _of_one_seed(works: list[_Work]) -> Iterator[list[_Work]]:
    """Runs of the same seed that follow one another, as many as run side by side; districts one by one."""
    for _, same in groupby(works, key=_horizon_and_seed):
        of_seed = list(same)
        n = 1 if of_seed[0].district else LANES
        yield from (of_seed[at : at + n] for at in range(0, len(of_seed), n))


def _horizon_and_seed(work: _Work) -> tuple[int, int]:
    return _horizon(work), work.task.seed


def _horizon(work: _Work) -> int:
    assert work.scenario is not None
    return work.scenario.horizon_weeks


def _size(work: _Work) -> int:
    assert work.scenario is not None
    return work.scenario.compound.households


def _simulated(engine: _Clock, chunk: Chunk, block: list[_Work]) -> list[_Part | _Failure]:
    """The block at once; if that raises, run by run, to find the one that does."""
    try:
        return [_part(engine, chunk, block)]
    except Exception as error:
        if len(block) == 1:
            return [_Failure(block[0], _one_line(error))]
    return [part for work in block for part in _simulated(engine, chunk, [work])]


def _part(engine: _Clock, chunk: Chunk, block: list[_Work]) -> _Part:
    first = block[0]
    if first.district is not None and first.scenario is not None:
        return _Part(block, _of_district(engine, first.scenario, first.district, first.task.seed), [], [])
    scenarios = [work.scenario for work in block if work.scenario is not None]
    runs = [Run(s, work.task.seed) for s, work in zip(scenarios, block, strict=True)]
    found = engine(runs, engine.for_rows)
    sizes = np.array([scenario.compound.households for scenario in scenarios])
    keys = [work.task.key for work in block]
    weekly = [weekly_rows(found, keys, chunk.weekly)] if chunk.weekly else []
    people = [household_rows(found.notes, keys)] if found.notes else []
    return _Part(block, _summary(chunk, found, sizes), weekly, people)


def _summary(chunk: Chunk, found: Simulated, sizes: np.ndarray) -> Mapping[str, np.ndarray]:
    """Outcomes by name, one value a run: the model's, one's own at the end, and those at a moment."""
    summary = summary_columns(found.series, sizes)
    at_the_end = {name: values[:, -1] for name, values in found.own.items()}
    moments = {name: moment for name in chunk.outcomes if (moment := moment_of(name)) is not None}
    taken = {name: m.taken(found.weekly(m.outcome), summary) for name, m in moments.items()}
    return {**summary, **at_the_end, **taken}


def _of_district(
    engine: _Clock, scenario: Scenario, district: District, seed: int
) -> Mapping[str, np.ndarray]:
    runs = runs_of_seeds(scenario, district, [seed])
    sizes = np.array([run.scenario.compound.households for run in runs])
    simulated = engine(runs, engine.chunk.simulate)
    found = Results(identities(runs), simulated.series, sizes, own=simulated.own)
    totals = district_totals(weekly_totals(found), found.summary(), scenario, district)
    return {name: totals[name].to_numpy() for name in totals.columns}


def weekly_rows(found: Simulated, keys: Sequence[str], outcomes: Sequence[str]) -> pa.Table:
    """One row a run and week: key, week, and the outcomes: the model's as float32, one's own as float64."""
    n_runs, n_weeks, _ = found.series.shape
    index = column(np.repeat(np.arange(n_runs, dtype=np.int32), n_weeks), pa.int32())
    columns = {
        "key": pa.DictionaryArray.from_arrays(index, texts(keys)).cast(pa.string()),
        "week": column(np.tile(np.arange(n_weeks, dtype=np.int32), n_runs), pa.int32()),
    }
    for name in outcomes:
        values = np.ascontiguousarray(found.weekly(name)).reshape(-1)
        kind = pa.float32() if values.dtype == np.float32 else pa.float64()
        columns[name] = column(values, kind, nan_is_empty=True)
    return pa.table(columns)


def schema_of(chunk: Chunk) -> pa.Schema:
    """The columns of the table of runs."""
    fields = [("key", pa.string()), ("case", pa.string()), ("strategy", pa.string())]
    fields += [("scenario", pa.string()), ("seed", pa.int64())]
    fields += [(factor.name, arrow_type(factor)) for factor in chunk.factors]
    fields += [("status", pa.string()), ("error", pa.string()), ("reproduce", pa.string())]
    return pa.schema(fields + [(name, pa.float64()) for name in chunk.outcomes])


def arrow_type(factor: Factor) -> pa.DataType:
    """The type of a factor's column."""
    kinds = {type(level) for level in factor.levels}
    if kinds == {bool}:
        return pa.bool_()
    if kinds == {str}:
        return pa.string()
    return pa.int64() if factor.whole else pa.float64()


def run_rows(
    chunk: Chunk, works: Sequence[_Work], found: Mapping[str, np.ndarray], status: str = RAISED
) -> pa.Table:
    """One row a run, failed ones with their error and the command that repeats them.

    found : outcomes by name, one value a run, NaN for none
    """
    schema = schema_of(chunk)
    tasks = [work.task for work in works]
    labels = [chunk.bases[task.base].labels for task in tasks]
    columns: dict[str, Sequence[object] | np.ndarray] = {
        **found,
        "key": [task.key for task in tasks],
        "case": [case for case, _ in labels],
        "strategy": [strategy for _, strategy in labels],
        "scenario": [chunk.bases[task.base].content for task in tasks],
        "seed": [task.seed for task in tasks],
        "status": [status if work.error else OK for work in works],
        "error": [work.error or None for work in works],
        "reproduce": [reproduction(chunk, work.task) if work.error else None for work in works],
    }
    for i, factor in enumerate(chunk.factors):
        columns[factor.name] = [task.values[i] for task in tasks]
    # What is no number has no value.
    arrays = [column(columns[f.name], f.type, nan_is_empty=pa.types.is_floating(f.type)) for f in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def reproduction(chunk: Chunk, task: Task) -> str:
    """The command that repeats one run exactly; Python where its scenario came from there, or has a burn-in."""
    base = chunk.bases[task.base]
    if not base.case or base.scenario.burn_in is not None:
        return f"scenarios.sweep.repeat_run(FOLDER, '{task.key}')"
    settings: dict[str, Value] = {**base.constants}
    settings.update(zip((factor.name for factor in chunk.factors), task.values, strict=True))
    words = [
        "gongzhi",
        "run",
        base.case,
        "--strategy",
        base.strategy,
        "--seed",
        str(task.seed),
        "--seeds",
        "1",
    ]
    if chunk.own is not None:
        words += ["--own", chunk.own.code.place or chunk.own.code.name]
    for name, value in settings.items():
        words += ["--set", f"{name}={str(value).lower() if isinstance(value, bool) else value}"]
    return shlex.join(words)


def _one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".replace("\n", " ")[:LONGEST_ERROR]
