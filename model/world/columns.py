"""The world as agents read and write it: household columns by name, one record's fields as attributes.

Everything here is a view of the arrays of a `World`; nothing is copied.
"""

from typing import Any

import numpy as np

from model.instruments import Instrument
from model.world.state import Flag, Money, Real, Whole, World

_INSTRUMENT_TYPE = np.dtype([(i.name.lower(), np.float64) for i in Instrument])


def household_columns(world: World, c: int = 0) -> dict[str, np.ndarray]:
    """Every column of the households of compound `c` by name, in building order.

    support … taste float32; tenure … messenger uint8; building … n_visits int32 (area in 0.01 m²);
    arrears, billed_total, paid_total, works_paid int64 (fen).
    """
    rows = slice(int(world.compounds["start"][c]), int(world.compounds["stop"][c]))
    blocks = ((Real, world.reals), (Flag, world.flags), (Whole, world.wholes), (Money, world.money))
    return {column.name.lower(): block[column, rows] for names, block in blocks for column in names}


class Row:
    """One row of a structured array: its fields as attributes, read as Python numbers and written in place."""

    __slots__ = ("_row",)

    def __init__(self, row: np.void) -> None:
        object.__setattr__(self, "_row", row)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            value = self._row[name]
        except ValueError:
            raise AttributeError(f"no field {name!r}; fields: {', '.join(self._row.dtype.names)}") from None
        return value if isinstance(value, np.ndarray) else value.item()

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            self._row[name] = value
        except ValueError:
            raise AttributeError(f"no field {name!r}; fields: {', '.join(self._row.dtype.names)}") from None

    def __repr__(self) -> str:
        return f"Row({', '.join(f'{n}={self._row[n]}' for n in self._row.dtype.names)})"


def intensities(world: World, c: int = 0) -> Row:
    """This week's intensity of each instrument, by its name in lower case."""
    return Row(world.now[c].view(_INSTRUMENT_TYPE)[0])
