"""One row a compound: what makes it differ, and what came of it. This is all that is kept of a run of a collection."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from model.engine import Results, Run, run_block
from model.measures import OUTCOMES, SUMMARY, Outcome, Weekly
from model.summary import summary_columns
from scenarios.arrow import column
from scenarios.collected.runs import Drawn
from scenarios.totals import weeks_of

if TYPE_CHECKING:
    from scenarios.own import Own

#: What is drawn or set for a compound, and its type.
TRAITS: dict[str, pa.DataType] = {
    "compound": pa.int32(),
    "office": pa.int32(),
    "start_week": pa.int32(),
    "households": pa.int32(),
    "buildings": pa.int32(),
    "elder": pa.float64(),
    "party": pa.float64(),
    "income_yuan_per_month": pa.float64(),
    "area_mean_m2": pa.float64(),
    "structure": pa.float64(),
    "initial_trust_office": pa.float64(),
    "initial_infrastructure": pa.float64(),
    "common_income": pa.float64(),
    "company_before": pa.bool_(),
    "payment_before_set": pa.float64(),
}
#: Weekly outcomes, of which a row holds the last week; those that the summary holds too are not repeated.
AT_THE_END: dict[str, Outcome] = {o.name.lower(): o for o in Outcome if o.name.lower() not in SUMMARY}

#: Columns of the outcome rows, in order. Empty is "not reached" or "no value", as in every summary.
SCHEMA = pa.schema(
    [
        *(pa.field(name, kind, nullable=False) for name, kind in TRAITS.items()),
        *(pa.field(name, pa.float64(), metadata={"unit": info.unit}) for name, info in SUMMARY.items()),
        *(
            pa.field(name, pa.float32(), metadata={"unit": OUTCOMES[outcome].unit})
            for name, outcome in AT_THE_END.items()
        ),
    ]
)


def schema_of(drawn: Drawn) -> pa.Schema:
    """The columns of the rows of a run: behind the others those of what a researcher has brought.

    Of an own instrument the weeks in which it was to act, and those of them in which it rested for want of hours or
    money; of an own outcome its value at the end.
    """
    if drawn.own is None:
        return SCHEMA
    fields = list(SCHEMA)
    for name in drawn.own.instruments:
        fields += [pa.field(column, pa.int32(), nullable=False) for column in weeks_of(name)]
    fields += [pa.field(o.name, pa.float64(), metadata={"unit": o.unit}) for o in drawn.own.outcomes]
    return pa.schema(fields)


def simulated(drawn: Drawn, first: int, last: int) -> pa.Table:
    """Make and run compounds `first` to `last` (exclusive) on the calling thread; their rows, and nothing else.

    Raises EngineError on a bad audit, ScenarioError for a compound out of range.
    """
    runs = drawn.runs(first, last)
    if drawn.own is None:
        return rows_of(drawn, runs, run_block(runs, Weekly.NOTHING))
    with drawn.own.known():
        found = drawn.own.simulate_block(runs)
    return rows_of(drawn, runs, found.series, _of_own(drawn.own, found))


def _of_own(own: "Own", found: Results) -> dict[str, np.ndarray]:
    """Columns of what a researcher has brought."""
    columns = {name: values[:, -1] for name, values in found.own.items()}
    for name in own.instruments:
        weeks, rested = weeks_of(name)
        records = found.rests[name]
        columns[weeks] = records["weeks"]
        columns[rested] = records["without_hours"] + records["without_money"]
    return columns


def rows_of(
    drawn: Drawn, runs: Sequence[Run], series: np.ndarray, own: Mapping[str, np.ndarray] | None = None
) -> pa.Table:
    """One row a compound.

    series : (compounds, weeks, outcomes), as the engine leaves them; own : columns of what a researcher has brought
    """
    traits = [drawn.traits(run) for run in runs]
    columns: dict[str, np.ndarray] = {name: np.array([t[name] for t in traits]) for name in TRAITS}
    columns.update(summary_columns(series, columns["households"]))
    columns.update({name: series[:, -1, outcome] for name, outcome in AT_THE_END.items()})
    columns.update(own or {})
    schema = schema_of(drawn)
    arrays = [column(columns[field.name], field.type, nan_is_empty=field.nullable) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)
