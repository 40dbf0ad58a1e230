"""The columns of a table of runs from elsewhere: numbers in every row of those that hold them, and none is dropped."""

import math
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from model.brought import brought
from model.measures import SUMMARY
from model.texts import number_meant
from scenarios.analysis.problem import IDENTITY, OK, AnalysisError
from scenarios.comparison import CENSORED
from scenarios.files.problems import shown
from scenarios.files.spreadsheets import csv_rows, typed_number
from scenarios.moments import moment_of
from scenarios.totals import totals

#: Columns of a table of runs that are neither parameters nor outcomes.
OTHERS = frozenset(
    {"key", "case", "run", "scenario", "status", "error", "reproduce", "point", "compound", *IDENTITY}
)
#: What an outcome of a unit may be; of rounding no more than this.
_RANGES: dict[str, tuple[float, float]] = {
    "share": (0, 1), "0 to 1": (0, 1), "0 or 1": (0, 1), "share, signed": (-1, 1), "−1 to 1": (-1, 1),
    "week": (0, math.inf), "weeks": (0, math.inf),
}  # fmt: skip
_ROUNDING = 1e-6
#: What somebody meant as a number: 0.5, 1,234.5 and 0,5, and 13.4 %.
_LIKE_A_NUMBER = re.compile(r"[+-]?\d+(?:,\d{3})*(?:[.,]\d+)?\s*%?", re.ASCII)
_WITH_COMMA = re.compile(r"[+-]?\d+(?:\.\d{3})*,\d+", re.ASCII)
_TRUTH = {"true": 1.0, "false": 0.0}


def checked_columns(file: Path, runs: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The table with numbers in every column of them, and the names of the columns that hold words and are left out.

    Raises AnalysisError, a line per column: for a cell that is no number in a column of numbers, or in one that is
    called like an outcome, and for a number that the outcome cannot be. Of runs that failed no cell is looked at.
    """
    ended = (runs["status"].astype(str) == OK if "status" in runs else pd.Series(True, runs.index)).to_numpy()
    made, left_out, lines = {}, [], []
    for name in (str(column) for column in runs.columns if column not in OTHERS):
        column = runs[name]
        if not pd.api.types.is_numeric_dtype(column):
            if not (_is_outcome(name) or _mostly_numbers(column)):
                left_out += [name] if "." not in name else []
                continue
            numbers, wrong = _numbers(file, column, ended)
            if wrong.any():
                lines.append(_no_number(file, column, wrong))
                continue
            made[name] = column = numbers
        if "." not in name:
            lines += _out_of_range(file, column, ended)
    if lines:
        raise AnalysisError("\n".join(lines))
    return runs.assign(**made), tuple(left_out)


def refuse_columns_twice(file: Path, runs: pd.DataFrame) -> None:
    """Raise AnalysisError for a name that two columns have."""
    twice = runs.columns[runs.columns.duplicated()]
    if len(twice):
        raise AnalysisError(
            "\n".join(
                f"{file}: column {shown(str(name))} is given twice; expected each column once"
                for name in dict.fromkeys(twice)
            )
        )


def _info(name: str) -> Any:
    return SUMMARY.get(name) or totals().get(name) or brought().outcomes.get(name) or moment_of(name)


def _is_outcome(name: str) -> bool:
    return _info(name) is not None


def _mostly_numbers(column: pd.Series) -> bool:
    """Whether more than half of the cells that hold something were meant as numbers."""
    counts = pd.Series([_plain(cell) for cell in column.dropna()], dtype=object).value_counts()
    like = sum(
        n for cell, n in counts.items() if isinstance(cell, float) or _LIKE_A_NUMBER.fullmatch(cell.strip())
    )
    return 2 * like > counts.sum()


def _plain(cell: Any) -> Any:
    """A number or a word; whatever else a table may hold, a date or a list, is its word."""
    return float(cell) if isinstance(cell, int | float | Decimal | np.number | np.bool_) else str(cell)


def _numbers(file: Path, column: pd.Series, ended: np.ndarray) -> tuple[pd.Series, np.ndarray]:
    """The cells as numbers, none where one is empty, and which of those that count are no number."""
    separator = csv_rows(file)[0] if file.suffix.lower() == ".csv" else ","
    cells = pd.Series(
        [None if pd.isna(cell) is True else _plain(cell) for cell in column], column.index, dtype=object
    )
    known = {cell: _number(cell, separator) for cell in cells.dropna().unique()}
    numbers = cells.map(known).astype(np.float64)
    return numbers, (column.notna() & numbers.isna()).to_numpy() & ended


def _number(cell: Any, separator: str) -> float:
    """The number a cell stands for; NaN of one that is none."""
    if not isinstance(cell, str):
        return float(cell)
    if not cell.isascii() or "_" in cell:  # which Python would read, and others would not
        return math.nan
    try:
        return float(typed_number(cell, separator))
    except ValueError:
        return _TRUTH.get(cell.strip().lower(), math.nan)


def _no_number(file: Path, column: pd.Series, wrong: np.ndarray) -> str:
    rows = np.flatnonzero(wrong)
    cell = column.iloc[rows[0]]
    word = cell.strip() if isinstance(cell, str) else ""
    expected, meant = "expected a number, or an empty cell where there is no value", number_meant(word)
    if _WITH_COMMA.fullmatch(word):
        expected = "expected a decimal point: a comma may stand for decimals or for thousands"
    elif word.endswith("%"):
        expected = "expected a number without the sign of per cent"
    hint = f"; did you mean {meant}?" if meant else ""
    return f"{_place(file, rows[0])}: {column.name} = {shown(cell)}{_others(len(rows))}; {expected}{hint}"


def _out_of_range(file: Path, column: pd.Series, ended: np.ndarray) -> list[str]:
    """What is wrong with the numbers of an outcome: infinite ones, and those that its unit does not have."""
    name, info = str(column.name), _info(str(column.name))
    low, high = _RANGES.get(info.unit, (-math.inf, math.inf)) if info is not None else (-math.inf, math.inf)
    values = column.to_numpy(np.float64, na_value=math.nan)
    infinite = np.isinf(values) & ~((name in CENSORED) & (values > 0))  # never is later than any week
    wrong = np.flatnonzero(((values < low - _ROUNDING) | (values > high + _ROUNDING) | infinite) & ended)
    if not wrong.size:
        return []
    found = values[wrong[0]]
    expected, hint = "a number that is not infinite", ""
    if math.isfinite(high):
        expected = f"a number from {low} to {high}" + (f" ({info.unit})" if "share" in info.unit else "")
        hint = f"; did you mean {found / 100:.10g}?" if (low, 2 <= found <= 100) == (0, True) else ""
    elif math.isfinite(low):
        expected = "a week from 0 on, or an empty cell where it was not reached"
    return [
        f"{_place(file, wrong[0])}: {name} = {found:.10g}{_others(len(wrong))}; expected {expected}{hint}"
    ]


def _others(n: int) -> str:
    return f"; so {'are' if n > 2 else 'is'} {n - 1:,} more of the column" if n > 1 else ""


def _place(file: Path, row: int) -> str:
    """Where a row stands, from 0: its line in a CSV file, in others its number from 1."""
    if file.suffix.lower() == ".csv":
        return f"{file}:{csv_rows(file)[1][row]}"
    return f"{file}, row {row + 1}"
