"""The state of the world as columns: one row a household, one record a compound.

Households stand in building order (building, stairwell, floor, flat) and compounds one after another, so a
compound is a slice. Mesa agents are views of these rows; the compiled engine works on them directly.
"""

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np

from agents.categories import Cooperation, Party, Stage, Tenure

__all__ = [
    "BILLS_REMEMBERED",
    "COMPOUND_TYPE",
    "N_ITEMS",
    "Cooperation",
    "Flag",
    "Money",
    "Party",
    "Real",
    "Record",
    "Stage",
    "Tenure",
    "Whole",
    "World",
]

#: One row of a structured table; its fields are read as attributes inside the engine.
Record = Any

N_ITEMS = 12
BILLS_REMEMBERED = 52


class Real(IntEnum):
    """Columns held as float32."""

    SUPPORT = 0
    VOICED = 1
    SOCIAL = 2
    TRUST_OFFICE = 3
    TRUST_COMPANY = 4
    FAIRNESS = 5
    REACTANCE = 6
    ENGAGEMENT = 7
    BELIEF = 8
    HABIT = 9
    PRESSURE = 10
    VISIT_SHIFT = 11
    FIT = 12
    INCOME = 13
    OWN_COST = 14
    STRUCTURE = 15
    STUBBORNNESS = 16
    PRONENESS = 17
    CONFORMITY = 18
    PRESENT_BIAS = 19
    TASTE = 20


class Flag(IntEnum):
    """Columns held as uint8: marks (0 or 1) and small categories."""

    TENURE = 0
    ELDER = 1
    FRESH = 2
    WECHAT = 3
    COOPERATION = 4
    PARTY = 5
    ACTIVIST = 6
    PIONEER = 7
    LINKED = 8
    IN_ACTIVITY = 9
    SIGNED = 10
    PROXIED = 11
    REMOVED = 12
    PLEDGED = 13
    ACTED_FIRST = 14
    EXAMPLE = 15
    ATTENDED = 16
    VISITED = 17
    ASKED = 18
    RESPONDED = 19
    BILLED = 20
    PAID = 21
    COMPLAINING = 22
    MESSENGER = 23


class Whole(IntEnum):
    """Columns held as int32. Area in 0.01 m², so that votes compare whole numbers."""

    BUILDING = 0
    STAIRWELL = 1
    RISER = 2
    FLOOR = 3
    AREA = 4
    N_VISITS = 5


class Money(IntEnum):
    """Columns held as int64, in fen (0.01 yuan), so that money is conserved to the cent."""

    ARREARS = 0
    BILLED_TOTAL = 1
    PAID_TOTAL = 2
    WORKS_PAID = 3


_WHOLE_FIELDS = (
    "number", "seed", "start", "stop", "tie_offset", "n_buildings", "n_stairwells", "n_risers",
    "n_structures", "total_area", "stage", "stage_week", "gate_week", "handover_week", "deadline",
    "waiting_until", "rounds_done", "adopted", "n_visits", "n_meetings", "suggestions",
    "suggestions_adopted", "withdrawals", "complaints", "open_complaints", "risers_completed",
    "acted_first", "company_present", "notice_week", "notice_final", "company_left", "trial_until", "ballots", "cash",
    "fees_received", "common_income", "subsidies", "company_costs", "works_received", "public_spending",
    "billed_now", "paid_now", "received_now", "money_billed_now", "money_paid_now",
    "written_off", "meeting_now", "visits_now", "mobilising", "area_billed_now", "area_paid_now", "audit",
)  # fmt: skip
_REAL_FIELDS = (
    "hours", "hours_owed", "progress", "nuisance", "defects", "delivered", "infrastructure", "quality",
    "effort", "fee", "company_cost_factor", "contractor", "grid_position",
)  # fmt: skip

#: One record a compound: institutions, project and company. Money in fen, weeks counted from 0, −1 for "not yet".
COMPOUND_TYPE = np.dtype(
    [(name, np.int64) for name in _WHOLE_FIELDS]
    + [(name, np.float64) for name in _REAL_FIELDS]
    + [
        ("year_issued", np.int64, (BILLS_REMEMBERED,)),
        ("year_paid", np.int64, (BILLS_REMEMBERED,)),
    ]
)


class World(NamedTuple):
    """All arrays of a batch of compounds. `c` indexes compounds, rows of all compounds follow one another."""

    reals: np.ndarray  # (Real, households) float32
    flags: np.ndarray  # (Flag, households) uint8
    wholes: np.ndarray  # (Whole, households) int32
    money: np.ndarray  # (Money, households) int64
    preferences: np.ndarray  # (items, households) float32
    tie_start: np.ndarray  # (households + compounds) int64, per compound one more than households
    ties: np.ndarray  # (ties) int32, compound-local rows
    compounds: np.ndarray  # (compounds) COMPOUND_TYPE
    parameters: np.ndarray  # (compounds) PARAMETER_TYPE
    settings: np.ndarray  # (compounds) SETTINGS_TYPE
    instruments: np.ndarray  # (compounds, instruments, 4) float64
    now: np.ndarray  # (compounds, instruments) float64: this week's intensities
    events: np.ndarray  # (compounds, events, 3) float64: week, kind, value
    series: np.ndarray  # (compounds, weeks, outcomes) float32
