"""How single numbers are written: as short as they can be, and the same number when read."""

import numpy as np


def short_number(value: float) -> float:
    """A number that comes from single precision as the shortest decimal that is the same there; any other as it is."""
    with np.errstate(over="ignore"):
        single = np.float32(value)
    return float(str(single)) if float(single) == value else value


def exactly(value: float) -> str:
    """A number as short as it can be written so that reading gives the same number."""
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value))
