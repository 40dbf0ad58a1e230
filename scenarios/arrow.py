"""Columns of Arrow from NumPy's arrays and back, through memory that both know.

Arrow's own way, `pa.array` and `to_numpy`, first imports pandas, whatever it is given: a quarter of a second, and forty
megabytes in every process.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa


def column(values: Sequence[Any] | np.ndarray, kind: pa.DataType, *, nan_is_empty: bool = False) -> pa.Array:
    """One column of numbers, of yes and no, or of texts.

    nan_is_empty : what is no number has no value
    Raises TypeError where the type would hold less than the values say, such as whole numbers of fractions.
    """
    if pa.types.is_string(kind):
        return texts(values)
    found = np.ascontiguousarray(values).astype(kind.to_pandas_dtype(), casting="same_kind", copy=False)
    there = _bits(~np.isnan(found)) if nan_is_empty else None
    held = _bits(found) if pa.types.is_boolean(kind) else pa.py_buffer(found)
    return pa.Array.from_buffers(kind, len(found), [there, held])


def texts(values: Sequence[str | None] | np.ndarray) -> pa.Array:
    """One column of texts; None is no value."""
    written = [b"" if value is None else value.encode() for value in values]
    ends = np.cumsum([0, *map(len, written)], dtype=np.int32)
    there = [value is not None for value in values]
    held = [
        None if all(there) else _bits(np.array(there)),
        pa.py_buffer(ends),
        pa.py_buffer(b"".join(written)),
    ]
    return pa.Array.from_buffers(pa.string(), len(written), held)


def numbers(found: pa.ChunkedArray) -> np.ndarray:
    """The values of a column of numbers, or of yes and no; NaN where there is none."""
    if pa.types.is_boolean(found.type):
        return numbers(found.cast(pa.uint8())).astype(bool)
    import pyarrow.compute as pc  # takes a while to load; whoever only writes does without

    whole = found
    if pa.types.is_floating(found.type):
        whole = pc.fill_null(found, column(np.array([np.nan]), found.type)[0])
    joined = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.nulls(0, whole.type)
    return np.from_dlpack(joined)


def _bits(values: np.ndarray) -> pa.Buffer:
    return pa.py_buffer(np.packbits(values, bitorder="little"))
