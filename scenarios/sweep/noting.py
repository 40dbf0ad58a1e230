"""Households at the end of chosen weeks: a row for each, beside the rows of runs and weeks."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from model.engine import Run, build_world, check_audit, refuse_own
from model.week.schedule import advance
from model.world.columns import household_arrays
from model.world.state import Flag, Money, Real, Whole

TABLE = "households"
#: The engine's own marks say nothing of a household.
COLUMNS = tuple(
    column.name.lower()
    for kind in (Real, Flag, Whole, Money)
    for column in kind
    if column not in (Flag.MARKS_SEEN, Whole.NEWS)
)
#: Rows of all runs of a sweep together.
MOST_ROWS = 200_000_000


class Wanted(NamedTuple):
    """What is kept of every household: which columns (`model.world.state`), at the end of which weeks."""

    weeks: tuple[int, ...] = ()
    columns: tuple[str, ...] = ()

    def of(self, arrays: Any) -> dict[str, np.ndarray]:
        """The columns as they are now. arrays : by name"""
        return {name: np.array(arrays[name]) for name in self.columns}


#: Nothing is kept of them.
NO_HOUSEHOLDS = Wanted()


class Note(NamedTuple):
    """The households of one run of a block at the end of a week."""

    run: int
    week: int
    columns: dict[str, np.ndarray]


def run_noting(runs: Sequence[Run], wanted: Wanted) -> tuple[np.ndarray, list[Note]]:
    """`model.engine.run_block`, and what is wanted of the households on the way: the same series to the last bit."""
    refuse_own(runs)
    world = build_world(runs)
    horizon, at, notes = world.series.shape[1], 0, list[Note]()
    for week in sorted(week for week in wanted.weeks if week < horizon):
        advance(world, 0, len(world.districts), at, week + 1 - at)
        notes += [Note(c, week, wanted.of(household_arrays(world, c))) for c in range(len(runs))]
        at = week + 1
    advance(world, 0, len(world.districts), at, horizon - at)
    check_audit(world)
    return world.series, notes


def noting(wanted: Wanted, run: int, notes: list[Note]) -> Callable[[Any], float]:
    """What a model calls at the end of every week to note its households. run : its number in the block"""

    def note(model: Any) -> float:
        if model.week - 1 in wanted.weeks:
            notes.append(Note(run, model.week - 1, wanted.of(model.arrays)))
        return float("nan")

    return note


def household_rows(notes: Sequence[Note], keys: Sequence[str]) -> pa.Table:
    """One row a run, week and household: key, week, household (from 0, in building order), the columns."""
    parts = []
    for note in notes:
        n = len(next(iter(note.columns.values())))
        columns: dict[str, Any] = {
            "key": pa.array([keys[note.run]] * n, pa.string()),
            "week": pa.array(np.full(n, note.week, np.int32)),
            "household": pa.array(np.arange(n, dtype=np.int32)),
        }
        parts.append(
            pa.table({**columns, **{name: pa.array(values) for name, values in note.columns.items()}})
        )
    return pa.concat_tables(parts)
