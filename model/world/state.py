"""The state of the world as columns: one row a household, one record a compound.

Households stand in building order (building, stairwell, floor, flat) and compounds one after another, so a
compound is a slice. Mesa agents are views of these rows; the compiled engine works on them directly.

In compiled code `Stage.PLAN + 0` makes the member an integer: Numba gives a bare one the type of its enumeration,
which it cannot always unify with integers, and would return to Python as a member. `np.uint32(i)` as an index spares
Numba the test for negative indices.

Names used throughout `model`: `w` the world, `c` the number of a compound in it, `k` its record, `s` its settings,
`p` its coefficients, `now` this week's intensity of each instrument, `r` the row of a household in the whole world,
`i` its row in its compound (`r = k.start + i`). What is written "never" after the start is drawn in
`model.world.population` or set in `model.setup` and then stays.
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
    "FIXED_FIELDS",
    "LANES",
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

#: Bills of the trailing year, at most one a week.
BILLS_REMEMBERED = 52
#: New acquaintances a household can make during a run.
TIE_SLACK = 4
#: Runs of the same people that are advanced side by side at most, see `model.week.side_by_side`.
LANES = 8
#: In `Flag.MARKS_SEEN`: not noted yet. No household can have all its bits set.
NEVER_SEEN = 255


class Real(IntEnum):
    """Columns held as float32. Behind each: what it is, its range; the files of `model.week` that write it."""

    SUPPORT = 0  # private support x, −1 to 1; opinion, turnover
    VOICED = 1  # voiced opinion z, −1 to 1; opinion, turnover
    SOCIAL = 2  # weighted mean of the voices of its ties and groups, −1 to 1; opinion
    # trust in the street office, 0 to 1; mobilisation, deliberation, signing, stages, works, turnover
    TRUST_OFFICE = 3
    TRUST_COMPANY = 4  # trust in the property company, 0 to 1; billing, stages, turnover
    # felt fairness of the procedure, 0 to 1, .5 is neutral; mobilisation, deliberation, works, turnover
    FAIRNESS = 5
    REACTANCE = 6  # resistance to pressure R, 0 and up; mobilisation, stages, turnover
    ENGAGEMENT = 7  # engagement g, 0 to 1; mobilisation, turnover
    BELIEF = 8  # share of others believed to pay their bills, 0 to 1; billing, stages, turnover
    HABIT = 9  # habit of paying h, 0 to 1; billing, turnover
    PRESSURE = 10  # pressure P felt this week, 0 to 1; mobilisation
    VISIT_SHIFT = 11  # shift of support by this week's visit; mobilisation
    FIT = 12  # how well the plan meets its wishes, 0 to 1; deliberation
    INCOME = 13  # income y, 1 for the median; never
    OWN_COST = 14  # its part of the cost of the works, in months of its income, 0 and up; deliberation
    STRUCTURE = 15  # area of its illegal structure, m², 0 for none; never: it stays when REMOVED is set
    STUBBORNNESS = 16  # σ, 0 to 1; never
    PRONENESS = 17  # proneness to reactance ρ, 0 to 1; never
    CONFORMITY = 18  # κ, 0 to 1; never
    PRESENT_BIAS = 19  # β, 0 to 1; never
    TASTE = 20  # taste for the project u, no bounds; turnover
    MADE_GOOD = 21  # share of its loss that a tailored plan makes good, 0 to 1; mobilisation, turnover
    SHOWN = 22  # delivered quality it saw in a finished compound, 0 for none; mobilisation, turnover
    FIRST_SUPPORT = 23  # private support before the first week, or when it moved in; turnover
    DISPOSITION = 24  # its own leaning in signing, a standard logistic draw that stays; turnover
    # what pressure and enforcement left behind, 0 and up; signing, stages, mobilisation, turnover
    RESENTMENT = 25


class Flag(IntEnum):
    """Columns held as uint8: marks (0 or 1) and small categories. Behind each: what it marks; who writes it."""

    TENURE = 0  # `Tenure`; turnover
    ELDER = 1  # an elder lives here; never
    FRESH = 2  # freshly decorated, which riser works would damage; never
    WECHAT = 3  # in the WeChat group; never
    COOPERATION = 4  # `Cooperation`; never
    PARTY = 5  # `Party`; never
    ACTIVIST = 6  # active in the compound; turnover
    PIONEER = 7  # would act first in public if asked; turnover
    LINKED = 8  # a messenger who is acquainted looks after it; never
    IN_ACTIVITY = 9  # in an activity group; never
    SIGNED = 10  # signed, by itself or by proxy; signing, mobilisation
    PROXIED = 11  # signed by another in its name (代签); signing
    REMOVED = 12  # its structure is gone; mobilisation
    PLEDGED = 13  # has pledged to pay the fee; signing, mobilisation, turnover
    ACTED_FIRST = 14  # has acted first in public; mobilisation, turnover
    EXAMPLE = 15  # a tie or stairwell neighbour has acted first; mobilisation
    ATTENDED = 16  # came to this week's meeting; mobilisation
    VISITED = 17  # visited this week; mobilisation
    ASKED = 18  # asked to sign this week; mobilisation
    # has been asked or signed since the last missed gate, so takes part in the vote; mobilisation, stages, turnover
    RESPONDED = 19
    BILLED = 20  # billed in the last billing period; billing
    PAID = 21  # paid that bill; billing
    COMPLAINING = 22  # has a complaint open; works, stages, turnover
    MESSENGER = 23  # a neighbour messenger; never
    DESIGNED_AROUND = 24  # the riser was routed around its flat; works
    VOLUNTEER = 25  # volunteers while VOLUNTEERING is above 0; turnover
    CONTRIBUTED = 26  # has given money for its stairwell; works, turnover
    SUED = 27  # sued for arrears that are not paid off; billing
    MARKS_SEEN = 28  # the marks that are counted, as bits, at the last `outcomes.note_marks`; outcomes
    VOTE = 29  # `Vote` in the ballot on the project; stages


class Whole(IntEnum):
    """Columns held as int32. Area in 0.01 m², so that votes compare whole numbers."""

    BUILDING = 0  # its building, from 0 in each compound; never
    STAIRWELL = 1  # its stairwell, from 0 in each compound; never
    RISER = 2  # its riser, from 0 in each compound; never
    FLOOR = 3  # from 1; never
    AREA = 4  # exclusive area, 0.01 m²; never
    N_VISITS = 5  # visits it has received; mobilisation, turnover
    N_VOICED = 6  # meetings it attended and suggestions it made; mobilisation, deliberation, turnover
    REFUSALS = 7  # asks to sign refused since the last news; signing, turnover
    NEWS = 8  # what it knew when it last refused, see `news.news_of`; signing
    MESSENGER_OF = 9  # row in its compound of the messenger who looks after it, −1 for none; never
    N_TRIED = 10  # visits tried, whether or not somebody was met; mobilisation, turnover


class Money(IntEnum):
    """Columns held as int64, in fen (0.01 yuan), so that money is conserved to the fen."""

    ARREARS = 0  # unpaid property fees; billing
    BILLED_TOTAL = 1  # property fees billed so far; billing
    PAID_TOTAL = 2  # property fees paid so far; billing
    WORKS_PAID = 3  # paid for the works so far; finance, works
    LIFT_PAID = 4  # paid for its lift so far; lifts


class Scratch(IntEnum):
    """Columns of working space, float64, by household or stairwell; no process reads what another has left there."""

    SOCIAL = 0  # mean of all opinions heard
    SAID = 1  # voiced opinions in double precision
    GROUPS_WEIGHT = 2  # sum of the weights of its groups
    OF_GROUPS = 3  # weighted sum of the voices of its groups
    LUCK = 4  # a uniform draw, then 1 or 0 for the decision it made
    OTHER_LUCK = 5  # a second draw, likewise
    MET = 6  # quality of service experienced in the billing period; wishes that the plan meets
    CHANCE = 7  # the probability of withdrawing; that of paying, first as logit
    SEEN = 8  # share of ties that paid, the stairwell's for a household without ties
    TO_WECHAT = 9  # what a household voices in the WeChat group, 0 outside it
    TO_ACTIVITY = 10  # likewise in an activity group
    TO_BRANCH = 11  # likewise in the Party branch
    KEYS = 12  # what the office, or the order of signing, sorts by
    KEPT = 13  # keys among which one is sought
    ABOVE = 14  # of these the ones above a limit
    GROUP_SIZE = 15  # households of each stairwell
    GROUP_MARKED = 16  # of these with a signature
    OF_STAIRWELL = 17  # mean opinion voiced in each stairwell
    OF_BUILDING = 18  # likewise in each building
    UNMET = 19  # wishes that the plan does not meet


class Listed(IntEnum):
    """Rows of working space for lists, int64; no process reads what another has left there."""

    ROWS = 0  # households that something is decided for
    ENDS = 1  # where the keys of a bucket end
    ORDER = 2  # places of these households in the order of their keys
    CHOSEN = 3  # of these, or of their places, the ones that are chosen
    BILLS = 4  # every dwelling's bill, fen
    STEPS = 5  # how far each debt has been claimed: an `agents.categories.DunningStep`


class Judged(IntEnum):
    """Inputs of a household's utility last week, float32, kept once works are over: see `opinion.note_judgement`."""

    TASTE = 0
    FIT = 1
    OWN_COST = 2
    STRUCTURE = 3
    MADE_GOOD = 4


#: Fields of a compound's record. Behind each name: what it is, its unit and range; the files of `model.week` that
#: write it after the start ("—": none). Money in fen, weeks from 0, −1 for "not yet"; counts are since the start.
_WHOLE_FIELDS = {
    # where its rows are
    "number": "number of the compound, part of the key of its draws; —",
    "seed": "the run's seed, part of the key of its draws; —",
    "start": "row of its first household; —",
    "stop": "row behind its last household; —",
    "tie_offset": "its place in `tie_start` and `tie_stop`; —",
    "stairwell_offset": "row of its first stairwell; —",
    "district": "its district; —",
    "beside": "runs of the same people that are advanced side by side with it; side_by_side",
    "n_buildings": "buildings; —",
    "n_stairwells": "stairwells; —",
    "n_risers": "risers; —",
    "n_structures": "households with an illegal structure at the start; —",
    "total_area": "exclusive area, 0.01 m²; —",
    # the project
    "stage": "`Stage`; stages",
    "stage_week": "the week in which it entered the stage; stages",
    "gate_week": "the week in which the gate was passed; stages",
    "handover_week": "the week of handover; stages",
    "deadline": "the week at whose gate the programme decides; stages, mobilisation",
    "waiting_until": "waits for the next batch before this week; stages",
    "rounds_done": "rounds of consultation closed; deliberation",
    "adopted": "the plan: a bit for each item of the menu; deliberation",
    "plan_closed": "1 once nothing more is adopted; deliberation",
    "plan_seen": "the plan as it was when signatures were last reconsidered; signing",
    "vote_opened": "the week in which the ballot on the project opened, −1 where none is open; stages",
    "vote_again": "no ballot on the project opens before this week; stages",
    "votes_lost": "ballots on the project that failed; stages",
    "suggestions": "suggestions made; deliberation",
    "suggestions_round": "of these in the round that is open; deliberation",
    "suggestions_adopted": "suggestions whose item is in the plan; deliberation",
    "reviews_done": "reviews of the works; works",
    "withdrawals": "signatures taken back or struck; signing",
    "complaints": "complaints made; works",
    "open_complaints": "complaints open now; works, stages",
    "complaint_weeks": "weeks that complaints were open, added up; works",
    "risers_completed": "risers renewed; stages",
    "acted_first": "households that have acted first; mobilisation",
    "lifts_under_way": "lifts being built; lifts",
    "lifts_built": "lifts running; lifts",
    "lift_ballots": "votes of stairwells on a lift; lifts",
    # the office
    "n_visits": "home visits; mobilisation",
    "n_meetings": "consultation meetings; mobilisation",
    "meeting_now": "1 where there is a meeting this week; mobilisation",
    "visits_now": "visits of this week; mobilisation",
    "hurried": "1 where a ranked office hurries before the deadline this week; mobilisation",
    "mobilising": "1 where the office asks for signatures or removals this week; mobilisation",
    "n_volunteers": "households that volunteer when called on; turnover",
    # the company
    "company_present": "1 where a company serves; billing, stages",
    "notice_week": "the week in which notice was given, −1 for none; billing, stages, mobilisation",
    "notice_final": "1 where the notice cannot be taken back; billing, stages, mobilisation",
    "dismissed": "1 where the owners dismissed it and it is still there; billing, stages",
    "company_left": "companies that left of themselves; billing, stages",
    "companies_dismissed": "companies dismissed by vote; stages",
    "poor_bills": "billing periods served poorly in a row; billing, stages",
    "trial_until": "the trial, in which nobody is billed, ends with this week; stages",
    "ballots": "votes on hiring, dismissing and lifts; stages, lifts",
    "bundle": "which company's bundle of compounds it belongs to, from 0 in each district; —",
    "suits": "households taken to court; billing",
    "suits_now": "of these in this billing period; billing",
    # its accounts, in fen
    "cash": "the company's account; billing, district",
    "fees_received": "fees residents have paid; billing",
    "common_income": "income of common parts; billing",
    "subsidies": "paid by the public for service; billing",
    "company_costs": "cost of service; billing",
    "written_off": "what accounts held, with the opposite sign, when companies went; billing",
    "bundle_transfer": "received from its bundle, less what was given; district",
    "income_ceded": "common income paid back to the public; finance",
    "ceded_left": "what is still to be paid back; finance",
    "received_now": "fees and old debt received in this billing period; billing",
    "balance_now": "income less cost of this billing period; billing",
    # the accounts of works and lifts, in fen
    "works_cost": "cost of the works; finance, works",
    "works_received": "of this from residents; finance, works",
    "works_contributed": "of this given for stairwells on top; works",
    "works_alliance": "from the alliance; finance",
    "works_fund": "from the maintenance fund; finance",
    "works_ceded": "advanced by the public on common income; finance",
    "works_company": "from the company that will operate; finance",
    "works_public": "from the public; finance",
    "third_party_cost": "paid to third-party supervisors; works",
    "lift_cost": "cost of lifts; lifts",
    "lift_received": "of this from residents; lifts",
    "lift_public": "of this from the public; lifts",
    "lift_operator": "of this from operators; lifts",
    "public_spending": "all that the public has paid; mobilisation, finance, works, lifts, billing",
    "audit": "fen by which its books were ever off; district",
    # this bill: households, fen, 0.01 m²
    "billed_now": "households billed in this billing period; billing",
    "paid_now": "of these paid; billing",
    "money_billed_now": "fen billed; billing",
    "money_paid_now": "of this paid; billing",
    "area_billed_now": "0.01 m² billed; billing",
    "area_paid_now": "of this paid; billing",
    # marks as they were last counted
    "signed": "households with a signature; outcomes",
    "signed_area": "their area, 0.01 m²; outcomes",
    "valid": "households that signed themselves; outcomes",
    "valid_area": "their area, 0.01 m²; outcomes",
    "risers_blocked": "risers on which a flat refuses and no way round it was found; outcomes",
    "pledged": "households that pledged to pay; outcomes",
    "structures_left": "structures not removed; outcomes",
    "places_due": "1 where marks have changed since buildings, risers and structures were counted; outcomes",
    "known": "ties, counted from both ends; mobilisation",
}
_REAL_FIELDS = {
    "hours": "hours spent, those of members and volunteers included; mobilisation",
    "staff_hours": "hours of paid staff spent; mobilisation",
    "hours_now": "staff hours the district gives it this week; district",
    "hours_owed": "hours of meetings and reviews still to be spent; mobilisation, works",
    "money_left": "yuan for mobilising that are left; mobilisation, billing",
    "progress": "share of the works done, 0 to 1; works",
    "works_weeks": "weeks the works take at full speed; finance",
    "nuisance": "nuisance expected, or met in the works, 0 and up; works, stages",
    "defects": "defective share of all that is to be built, 0 to 1; works",
    "delivered": "delivered quality, 0 to 1, 0 before acceptance; stages",
    "shown": "best delivered quality that can be shown, here or elsewhere, 0 for none; district",
    "infrastructure": "Z, 0 to 1; billing, stages",
    "freed_m2": "area freed by removals, m²; mobilisation",
    "quality": "quality of service q, 0 to 1; billing, stages",
    "effort": "the company's effort, 0 to 1; billing, stages",
    "fee": "fee in force, yuan per m² and month; stages, mobilisation",
    "company_cost_factor": "its cost against a usual company, around 1; —",
    "taste_shift": "how much more its households like the project than usual ones, around 0; —",
    "contractor": "quality of the contractor against a usual one, around 0; —",
    "grid_position": "the stairwell at which visits by grid go on; mobilisation",
    "mean_engagement": "mean engagement of households, 0 to 1, where they manage themselves; billing",
    "own_yuan_per_m2": "what residents are expected to pay for the works, −1 before it is known; deliberation",
    "weakest_building": "least share signed in a building, 0 to 1; outcomes",
    "weakest_stairwell": "least share signed in a stairwell, 0 to 1; outcomes",
}
#: Fields that say where a compound's rows are and what they add up to: nobody but the engine writes them.
FIXED_FIELDS = {
    name: said.partition(";")[0]
    for name, said in list(_WHOLE_FIELDS.items())[: list(_WHOLE_FIELDS).index("stage")]
}
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
#: shared_week : the week whose hours are shared among them already, before it begins; −1 for none
DISTRICT_TYPE = np.dtype(
    [(name, np.int64) for name in ("first", "last", "allocation", "n_bundles", "shared_week")]
    + [(name, np.float64) for name in ("hours_per_week", "hours_budget")]
)


@by_address
class World(NamedTuple):
    """All arrays of a batch of compounds. `c` indexes compounds; households of all compounds follow one another.

    Ties are compressed sparse rows with gaps: household i of a compound has `ties[tie_start[i] : tie_stop[i]]`, counted
    from the compound's `tie_offset`; what is left up to `tie_start[i + 1]` is room for ties made later.
    """

    reals: np.ndarray  # (Real, households) float32
    flags: np.ndarray  # (Flag, households) uint8
    wholes: np.ndarray  # (Whole, households) int32
    money: np.ndarray  # (Money, households) int64
    preferences: np.ndarray  # (items, households) float32
    tie_start: np.ndarray  # (households + compounds) int64: one more than households in each compound
    tie_stop: np.ndarray  # (households + compounds) int64: one past the ties made so far
    ties: np.ndarray  # (ties and room for more) int32: rows within the compound
    stairwells: np.ndarray  # (stairwells) STAIRWELL_TYPE
    districts: np.ndarray  # (districts) DISTRICT_TYPE
    compounds: np.ndarray  # (compounds) COMPOUND_TYPE
    demography: np.ndarray  # (compounds) COMPOUND_SPEC_TYPE: who lives there, before anybody is drawn
    like: np.ndarray  # (compounds) int64: the first compound of the batch in which the same people live
    parameters: np.ndarray  # (compounds) PARAMETER_TYPE
    coefficients: np.ndarray  # (compounds, parameters) float64: the same numbers, by position
    settings: np.ndarray  # (compounds) SETTINGS_TYPE
    instruments: np.ndarray  # (compounds, instruments) USE_TYPE
    now: np.ndarray  # (compounds, instruments) float64: this week's intensities
    events: np.ndarray  # (compounds, events) EVENT_TYPE
    rests: np.ndarray  # (compounds, devices) REST_TYPE: how often each rested for want of hours or money
    series: np.ndarray  # (compounds, weeks, outcomes) float32
    measured: np.ndarray  # (weeks) uint8: what is measured in each, a `model.measures.Weekly`
    utility: np.ndarray  # (households) float64: project utility as last computed
    judged: np.ndarray  # (Judged, households) float32: its inputs then, once works are over
    judged_marks: np.ndarray  # (households) uint8: likewise tenure, and whether the structure is gone
    judged_project: np.ndarray  # (compounds, 2) float64: likewise delivered quality, m² freed per household
    scratch: (
        np.ndarray
    )  # (Scratch, most households or stairwells of a compound) float64: one compound at a time
    lists: np.ndarray  # (Listed, the same and one more) int64: likewise, for lists
    marks: np.ndarray  # (the same) uint8: likewise, for a mark of every household
    side_by_side: np.ndarray  # (the same, LANES) float64: likewise, voiced opinions of runs side by side
    heard: np.ndarray  # (2 × LANES, the same) float64: sums of what these hear from ties, then the numbers
    drawn: np.ndarray  # (purposes, the same) float64: draws of a week that runs side by side share
    drawn_for: np.ndarray  # (purposes / 4, 4) int64: whose and when: seed, number, week, households
