"""Tables as CSV files that spreadsheets open with Chinese intact and numbers as they were counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

#: Excel takes a table for UTF-8 only if it begins with a byte order mark.
EXCEL = "utf-8-sig"


def csv_bytes(table: pd.DataFrame, line_end: str = "\n") -> bytes:
    """The table as CSV; numbers that come from single precision as they are there: 0.825, not 0.824999988079071.

    A column any of whose numbers needs double precision is written in full.
    """
    single = {name: np.float32 for name in table if _is_single(table[name])}
    return table.astype(single).to_csv(index=False, lineterminator=line_end).encode(EXCEL)


def _is_single(column: pd.Series) -> bool:
    if column.dtype != np.float64:
        return False
    values = column.to_numpy()
    with np.errstate(over="ignore"):
        return np.array_equal(values, values.astype(np.float32), equal_nan=True)


def short_number(value: float) -> float:
    """A number that comes from single precision as the shortest decimal that is the same there; any other as it is."""
    with np.errstate(over="ignore"):
        single = np.float32(value)
    return float(str(single)) if float(single) == value else value
