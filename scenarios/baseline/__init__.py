"""A yardstick for societies of language models: ten frozen tasks, and tables of recorded decisions scored against them.

Explained, with code that is run, in docs/baseline.md.
"""

from scenarios.baseline.frozen import Measured, Task, measure, tasks
from scenarios.baseline.scoring import Score, record, score
from scenarios.baseline.tables import (
    DecisionTable,
    TableError,
    UnknownSituationError,
    read_table,
    write_table,
)

__all__ = [
    "DecisionTable",
    "Measured",
    "Score",
    "TableError",
    "Task",
    "UnknownSituationError",
    "measure",
    "read_table",
    "record",
    "score",
    "tasks",
    "write_table",
]
