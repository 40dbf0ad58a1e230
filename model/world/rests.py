"""How often an instrument rested although it was to act, for want of the office's hours or of money.

An instrument that gets no hours is left out for the week, in the model's own devices and in a researcher's own
instruments alike. Nothing else of a run says so: what it would have changed is as if it had never been there.
"""

from typing import NamedTuple

import numpy as np

from agents.rules.street_office import DEVICES

#: One record an instrument. weeks : in which it was to act; without_hours, without_money : of these, rested for want of
#: either, of hours where both are short; needed and there in the last week of each kind, in person-hours and yuan
REST_TYPE = np.dtype(
    [(name, np.int64) for name in ("weeks", "without_hours", "without_money")]
    + [(name, np.float64) for name in ("hours_needed", "hours_there", "yuan_needed", "yuan_there")]
)


class Rest(NamedTuple):
    """How often an instrument of a run rested although it was to act.

    weeks : in which it was to act; without_hours, without_money : of these, rested for want of hours, or else of money
    hours_needed, hours_there : person-hours in the last week in which they were short; yuan_needed, yuan_there : yuan
    """

    weeks: int
    without_hours: int
    without_money: int
    hours_needed: float
    hours_there: float
    yuan_needed: float
    yuan_there: float


def rest_of(record: np.void) -> Rest:
    """A record of `REST_TYPE` by its names."""
    return Rest(*record.item())


def rests_by_name(devices: np.ndarray, own: dict[str, np.ndarray] | None = None) -> dict[str, np.ndarray]:
    """Records of `REST_TYPE` by instrument, each (runs,): of the model's devices, then of a researcher's own.

    devices : (runs, devices), as `World.rests` has them
    """
    return {**{each.instrument: devices[:, i] for i, each in enumerate(DEVICES)}, **(own or {})}


def is_short(records: np.ndarray) -> bool:
    """Whether an instrument rested in any week of any run."""
    return bool(records["without_hours"].any() or records["without_money"].any())
