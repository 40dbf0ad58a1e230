"""Lifts (加装电梯), stairwell by stairwell: part of line 9 of the weekly schedule.

Under packages of three grades and three ways to pay, a stairwell may call a ballot. The package by which most of
its households would gain is put to the vote; a lift is built only if the vote passes, strong objectors are few
and the money suffices: the shares of those in favour must add up to nearly all of it. Floors from the break-even
floor up pay by height, lower ones nothing; they may be compensated, out of what the others pay. A vote that passes
binds all.
"""

import numpy as np

from agents.categories import LiftGrade, LiftPayment
from agents.rules.owners_committee import p_take_part
from agents.rules.resident import FEWEST_FLOORS, lift_burden, lift_floor_value, lift_utility, p_approve_lift
from compiling.compiled import compiled, inlined
from compiling.exact import Coefficients, rule, standard_normal
from model.instruments import Instrument
from model.week.voting import Tally, law_of_hiring, passes, reaches_share
from model.world.randomness import BEFORE, Purpose, uniform
from model.world.state import Flag, Lift, Money, Real, Stage, Tenure, Whole, World

GRADES, PAYMENTS = len(LiftGrade), len(LiftPayment)
QUARTER_WEEKS = 13


@rule
def floor_share(floor: float, p: Coefficients) -> float:
    """A floor's weight in sharing the cost: 0 below the break-even floor, 1 on it, and rising above it."""
    return 0.0 if floor < p.lift_break_even else 1.0 + 0.3 * (floor - p.lift_break_even)


@rule
def lift_price(grade: int, p: Coefficients) -> float:
    """Cost of a lift in yuan. grade : a `LiftGrade`"""
    if grade == LiftGrade.ECONOMY:
        return p.lift_economy_yuan
    return p.lift_standard_yuan if grade == LiftGrade.STANDARD else p.lift_comfort_yuan


@compiled
def lift_tastes(w: World, c: int, first: int, behind: int) -> np.ndarray:
    """Each household's taste for a lift, apart from money and floor: standard normal, the same at every ballot.

    first, behind : rows of the stairwell, the last excluded, compound-local
    """
    k = w.compounds[c]
    tastes = np.empty(behind - first)
    for i in range(first, behind):
        tastes[i - first] = standard_normal(uniform(k.seed, k.number, i, BEFORE, Purpose.LIFT_TASTE))
    return tastes


@inlined
def lift_stake(
    w: World, c: int, i: int, taste: float, grade: int, payment: int, price: float, weights: float
) -> tuple[float, float]:
    """Utility of a lift to household `i`, and what it would pay in yuan, below 0 where it is compensated.

    taste : its own of `lift_tastes`; price : to be shared among the upper floors, compensation included
    weights : sum of their weights
    """
    k, p, s = w.compounds[c], w.parameters[c], w.settings[c]
    r = k.start + i
    floor = w.wholes[Whole.FLOOR, r]
    income = s.income_yuan_per_month * w.reals[Real.INCOME, r]
    weight = floor_share(floor, p)
    share = price * weight / weights if weights > 0.0 else 0.0
    value = lift_floor_value(floor, s.floors, w.flags[Flag.ELDER, r], grade, p)
    if w.flags[Flag.TENURE, r] != Tenure.OWNER_OCCUPIED and value > 0.0:
        value *= p.absentee_benefit
    compensated = s.lift_compensation_yuan if weight == 0.0 else 0.0
    burden = lift_burden(share, payment, income, p)
    return lift_utility(value, burden, compensated / income, taste, p), share - compensated


@compiled
def stairwell_terms(w: World, c: int, first: int, behind: int, grade: int) -> tuple[float, float]:
    """What the upper floors of a stairwell pay together for a lift of this grade, in yuan, and their weights' sum.

    The low floors' compensation is part of it. first, behind : rows of the stairwell, compound-local
    """
    k, p, s = w.compounds[c], w.parameters[c], w.settings[c]
    weights, low = 0.0, 0.0
    for i in range(first, behind):
        weight = floor_share(w.wholes[Whole.FLOOR, k.start + i], p)
        weights += weight
        if weight == 0.0:
            low += 1.0
    price = max(lift_price(grade, p) - s.lift_subsidy_yuan, 0.0)
    return price + s.lift_compensation_yuan * low, weights


@compiled
def favoured_package(w: World, c: int, first: int, behind: int, tastes: np.ndarray) -> tuple[int, int]:
    """Grade and way to pay by which most households of a stairwell would gain; the first of equal packages."""
    best, most = (0, 0), -1
    for grade in range(GRADES):
        price, weights = stairwell_terms(w, c, first, behind, grade)
        for payment in range(PAYMENTS):
            gaining = 0
            for i in range(first, behind):
                worth, _ = lift_stake(w, c, i, tastes[i - first], grade, payment, price, weights)
                if worth > 0.0:
                    gaining += 1
            if gaining > most:
                best, most = (grade, payment), gaining
    return best


@compiled
def lift_wanted(
    w: World, c: int, week: int, first: int, behind: int, tastes: np.ndarray, grade: int, payment: int
) -> bool:
    """Whether the stairwell's vote passes, strong objectors are few, and the money suffices."""
    k, p, s = w.compounds[c], w.parameters[c], w.settings[c]
    price, weights = stairwell_terms(w, c, first, behind, grade)
    participants, participants_area, approvals, approvals_area, area, objectors = 0, 0, 0, 0, 0, 0
    users, upper, closed = 0, 0, 0.0
    for i in range(first, behind):
        r = k.start + i
        own = int(w.wholes[Whole.AREA, r])
        area += own
        worth, pays = lift_stake(w, c, i, tastes[i - first], grade, payment, price, weights)
        carries = floor_share(w.wholes[Whole.FLOOR, r], p) > 0.0
        upper += 1 if carries else 0
        approves = uniform(k.seed, k.number, i, week, Purpose.LIFT_VOTE) < p_approve_lift(worth, p)
        # an objector need not take part in the ballot
        if not approves and worth < p.strong_objection:
            objectors += 1
        absent = w.flags[Flag.TENURE, r] != Tenure.OWNER_OCCUPIED
        chance = p_take_part(w.reals[Real.TRUST_OFFICE, r], w.reals[Real.ENGAGEMENT, r], absent, 1.0, p)
        if uniform(k.seed, k.number, i, week, Purpose.LIFT_ATTEND) >= chance:
            continue
        participants += 1
        participants_area += own
        if approves:
            approvals += 1
            approvals_area += own
            if carries:
                users += 1
                closed += pays
    tally = Tally(behind - first, area, participants, participants_area, approvals, approvals_area)
    # a special matter of the stairwell's own owners (Civil Code art. 278): it changes common parts
    if not passes(tally, law_of_hiring(int(s.vote_rule)), True):
        return False
    if not reaches_share(tally.owners - objectors, tally.owners, 1.0 - s.lift_objection_limit):
        return False
    if payment == LiftPayment.BY_CARD:
        return users > 0 and reaches_share(users, upper, p.lift_card_users)
    return closed >= price * (1.0 - p.lift_gap) * (1.0 - 1e-9)  # shares add up to the price but for rounding


@compiled
def build_lifts(w: World, c: int, week: int) -> None:
    """Finish lifts under construction; once a quarter, under packages, let stairwells without one call a ballot."""
    k, now = w.compounds[c], w.now[c]
    if k.lifts_under_way > 0:
        finish_lifts(w, c, week)
    quarter = week % QUARTER_WEEKS == QUARTER_WEEKS - 1
    in_season = k.stage >= Stage.PLAN and k.stage <= Stage.MANAGEMENT
    if quarter and in_season and now[Instrument.LIFT_PACKAGES] > 0.0:
        hold_lift_ballots(w, c, week)


@compiled
def finish_lifts(w: World, c: int, week: int) -> None:
    """Let lifts run whose weeks of construction are over."""
    k, p = w.compounds[c], w.parameters[c]
    for stairwell in range(k.n_stairwells):
        row = w.stairwells[k.stairwell_offset + stairwell]
        if row.lift == Lift.UNDER_CONSTRUCTION and week - row.lift_week >= p.lift_works_weeks:
            row.lift = Lift.RUNNING + 0
            k.lifts_under_way -= 1
            k.lifts_built += 1


@compiled
def hold_lift_ballots(w: World, c: int, week: int) -> None:
    """Each stairwell without a lift calls a ballot with some chance, until it has held `lift_ballots_most`."""
    k, p, s, now = w.compounds[c], w.parameters[c], w.settings[c], w.now[c]
    if s.floors < FEWEST_FLOORS:
        return
    chance = p.lift_call * now[Instrument.LIFT_PACKAGES]
    first, n = 0, k.stop - k.start
    while first < n:
        stairwell = int(w.wholes[Whole.STAIRWELL, k.start + first])
        behind = first
        while behind < n and w.wholes[Whole.STAIRWELL, k.start + behind] == stairwell:
            behind += 1
        row = w.stairwells[k.stairwell_offset + stairwell]
        if row.lift == Lift.NONE and row.ballots < p.lift_ballots_most:
            if uniform(k.seed, k.number, stairwell, week, Purpose.LIFT_CALL) < chance:
                call_lift_ballot(w, c, week, stairwell, first, behind)
        first = behind


@compiled
def call_lift_ballot(w: World, c: int, week: int, stairwell: int, first: int, behind: int) -> None:
    """A stairwell votes on the package it favours; if it is wanted, the contract is signed."""
    k = w.compounds[c]
    row = w.stairwells[k.stairwell_offset + stairwell]
    row.ballots += 1
    k.lift_ballots += 1
    tastes = lift_tastes(w, c, first, behind)
    grade, payment = favoured_package(w, c, first, behind, tastes)
    if lift_wanted(w, c, week, first, behind, tastes, grade, payment):
        row.lift = Lift.UNDER_CONSTRUCTION + 0
        row.lift_week = week
        k.lifts_under_way += 1
        row.grade = grade
        row.payment = payment
        pay_for_lift(w, c, first, behind, grade, payment)


@compiled
def pay_for_lift(w: World, c: int, first: int, behind: int, grade: int, payment: int) -> None:
    """Book a lift in whole fen: households' shares or compensation, the subsidy, and the rest from the operator."""
    k, p, s = w.compounds[c], w.parameters[c], w.settings[c]
    price, weights = stairwell_terms(w, c, first, behind, grade)
    cost = int(lift_price(grade, p) * 100.0 + 0.5)
    received = 0
    for i in range(first, behind):
        r = k.start + i
        # taste (here 0) bears on utility, not on shares
        _, pays = lift_stake(w, c, i, 0.0, grade, payment, price, weights)
        fen = int(np.floor(pays * 100.0 + 0.5))
        if payment == LiftPayment.BY_CARD and fen > 0:
            fen = 0  # the operator advances it, and collects fares outside these accounts
        w.money[Money.LIFT_PAID, r] += fen
        received += fen
    public = min(int(s.lift_subsidy_yuan * 100.0 + 0.5), cost)
    k.lift_cost += cost
    k.lift_received += received
    k.lift_public += public
    k.public_spending += public
    k.lift_operator += cost - received - public
