"""The state of the world as columns: one row a household, one record a compound.

Households stand in building order (building, stairwell, floor, flat) and compounds one after another, so a
compound is a slice. Mesa agents are views of these rows; the compiled engine works on them directly.
"""

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np

from agents.categories import Cooperation, Lift, Party, Stage, Tenure
from compiling.compiled import by_address
from model.menu import N_ITEMS

__all__ = [
    "BILLS_REMEMBERED",
    "COMPOUND_TYPE",
    "DISTRICT_TYPE",
    "NEVER_SEEN",
    "STAIRWELL_TYPE",
    "TIE_SLACK",
    "Cooperation",
    "Flag",
    "Judged",
    "Lift",
    "Money",
    "Party",
    "Real",
    "Record",
    "Scratch",
    "Stage",
    "Tenure",
    "Whole",
    "World",
]

#: One row of a structured table; its fields are read as attributes inside the engine.
Record = Any

BILLS_REMEMBERED = 52
#: New acquaintances a household can make during a run.
TIE_SLACK = 4


#: In `Flag.MARKS_SEEN`: not looked at yet.
NEVER_SEEN = 255


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
    MADE_GOOD = 21
    SHOWN = 22
    FIRST_SUPPORT = 23


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
    DESIGNED_AROUND = 24
    VOLUNTEER = 25
    CONTRIBUTED = 26
    SUED = 27
    MARKS_SEEN = 28  # some of the above, as `outcomes.marks_changed` last saw them


class Whole(IntEnum):
    """Columns held as int32. Area in 0.01 m², so that votes compare whole numbers."""

    BUILDING = 0
    STAIRWELL = 1
    RISER = 2
    FLOOR = 3
    AREA = 4
    N_VISITS = 5
    N_VOICED = 6


class Money(IntEnum):
    """Columns held as int64, in fen (0.01 yuan), so that money is conserved to the cent."""

    ARREARS = 0
    BILLED_TOTAL = 1
    PAID_TOTAL = 2
    WORKS_PAID = 3
    LIFT_PAID = 4


class Scratch(IntEnum):
    """Columns of working space, float64: what a process puts there means nothing to the next."""

    SOCIAL = 0
    SAID = 1
    TIES_WEIGHT = 2
    GROUPS_WEIGHT = 3
    OF_GROUPS = 4
    LUCK = 5
    OTHER_LUCK = 6
    MET = 7
    CHANCE = 8
    SEEN = 9


class Judged(IntEnum):
    """Columns of what a standing project was last judged by, float32: see `opinion.judged_as_before`."""

    TASTE = 0
    FIT = 1
    OWN_COST = 2
    STRUCTURE = 3
    MADE_GOOD = 4


_WHOLE_FIELDS = (
    # where its rows are
    "number", "seed", "start", "stop", "tie_offset", "stairwell_offset", "district",
    "n_buildings", "n_stairwells", "n_risers", "n_structures", "total_area",
    # the project
    "stage", "stage_week", "gate_week", "handover_week", "deadline", "waiting_until",
    "rounds_done", "adopted", "plan_closed", "suggestions", "suggestions_round", "suggestions_adopted",
    "reviews_done", "withdrawals", "complaints", "open_complaints", "complaint_weeks", "risers_completed",
    "acted_first", "lifts_under_way", "lifts_built", "lift_ballots",
    # the office
    "n_visits", "n_meetings", "meeting_now", "visits_now", "mobilising", "n_volunteers",
    # the company
    "company_present", "notice_week", "notice_final", "dismissed", "company_left", "companies_dismissed",
    "poor_bills", "trial_until", "ballots", "bundle", "suits", "suits_now",
    # its accounts, in fen
    "cash", "fees_received", "common_income", "subsidies", "company_costs", "written_off",
    "bundle_transfer", "income_ceded", "ceded_left", "received_now", "balance_now",
    # the accounts of works and lifts, in fen
    "works_cost", "works_received", "works_contributed", "works_alliance", "works_fund", "works_ceded",
    "works_company", "works_public", "third_party_cost", "lift_cost", "lift_received", "lift_public", "lift_operator",
    "public_spending", "audit",
    # this bill
    "billed_now", "paid_now", "money_billed_now", "money_paid_now", "area_billed_now", "area_paid_now",
    # marks as they were last counted, and all ties of all households
    "signed", "signed_area", "valid", "valid_area", "risers_blocked", "pledged", "structures_left", "known",
)  # fmt: skip
_REAL_FIELDS = (
    "hours", "staff_hours", "hours_now", "hours_owed", "money_left",
    "progress", "works_weeks", "nuisance", "defects", "delivered", "shown", "infrastructure", "freed_m2",
    "quality", "effort", "fee", "company_cost_factor", "contractor", "grid_position", "mean_engagement",
    "own_yuan_per_m2", "weakest_building", "weakest_stairwell",
)  # fmt: skip

#: One record a compound: institutions, project and company. Money in fen, weeks counted from 0, −1 for "not yet".
COMPOUND_TYPE = np.dtype(
    [(name, np.int64) for name in _WHOLE_FIELDS]
    + [(name, np.float64) for name in _REAL_FIELDS]
    + [
        ("year_issued", np.int64, (BILLS_REMEMBERED,)),
        ("year_paid", np.int64, (BILLS_REMEMBERED,)),
        ("wanted", np.int64, (N_ITEMS,)),
    ]
)

#: One record a stairwell: where its lift stands.
STAIRWELL_TYPE = np.dtype([(name, np.int64) for name in ("lift", "lift_week", "ballots", "grade", "payment")])

#: One record a district: its compounds, and what one street office has for all of them.
DISTRICT_TYPE = np.dtype(
    [(name, np.int64) for name in ("first", "last", "allocation", "n_bundles")]
    + [(name, np.float64) for name in ("hours_per_week", "hours_budget")]
)


@by_address
class World(NamedTuple):
    """All arrays of a batch of compounds. `c` indexes compounds, rows of all compounds follow one another."""

    reals: np.ndarray  # (Real, households) float32
    flags: np.ndarray  # (Flag, households) uint8
    wholes: np.ndarray  # (Whole, households) int32
    money: np.ndarray  # (Money, households) int64
    preferences: np.ndarray  # (items, households) float32
    tie_start: np.ndarray  # (households + compounds) int64, per compound one more than households
    tie_stop: (
        np.ndarray
    )  # (households + compounds) int64: behind the ties made so far; the rest is room for more
    ties: np.ndarray  # (ties and room for more) int32, compound-local rows
    stairwells: np.ndarray  # (stairwells) STAIRWELL_TYPE
    districts: np.ndarray  # (districts) DISTRICT_TYPE
    compounds: np.ndarray  # (compounds) COMPOUND_TYPE
    demography: np.ndarray  # (compounds) COMPOUND_SPEC_TYPE: who lives there, before anybody is drawn
    like: np.ndarray  # (compounds) int64: the first compound of the batch in which the same people live
    parameters: np.ndarray  # (compounds) PARAMETER_TYPE
    settings: np.ndarray  # (compounds) SETTINGS_TYPE
    instruments: np.ndarray  # (compounds, instruments, 4) float64
    now: np.ndarray  # (compounds, instruments) float64: this week's intensities
    events: np.ndarray  # (compounds, events, 3) float64: week, kind, value
    series: np.ndarray  # (compounds, weeks, outcomes) float32
    utility: np.ndarray  # (households) float64: project utility as last formed
    judged: np.ndarray  # (Judged, households) float32: what it was formed from, while the project stands
    judged_marks: np.ndarray  # (households) uint8: and tenure, and whether the structure is gone
    judged_project: np.ndarray  # (compounds, 2) float64: and what was delivered, and the area freed
    scratch: np.ndarray  # (Scratch, households of the largest compound) float64: one compound at a time
