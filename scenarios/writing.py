"""How tables and numbers are written: CSV that spreadsheets open with Chinese intact, numbers as they were counted."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

#: Excel takes a table for UTF-8 only if it begins with a byte order mark.
EXCEL = "utf-8-sig"


def csv_bytes(table: pd.DataFrame, line_end: str = "\n", exact: Collection[str] = ()) -> bytes:
    """The table as CSV; numbers that come from single precision as they are there: 0.825, not 0.824999988079071.

    exact : columns to be written in full; so is any other that needs double precision
    """
    single = {name: np.float32 for name in table if name not in exact and _is_single(table[name])}
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


def exactly(value: float) -> str:
    """A number as short as it can be written so that reading gives the same number."""
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value))
