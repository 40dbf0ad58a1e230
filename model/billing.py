"""Service, bills and the company: line 10 of the weekly schedule, every billing period.

Money is whole fen. What residents pay is what the company receives. Companies settle their accounts and decide
once all compounds of the district have billed, since one may serve several (`model.district`).
"""

import numpy as np

from agents.categories import Contract
from agents.functions import logistic, standard_normal
from agents.property_company import (
    contract_openness,
    gives_notice,
    infrastructure_after_bill,
    least_effort,
    most_effort,
    next_effort,
    next_quality,
    openness_of_books,
    operating_cost,
    served_poorly,
)
from agents.resident import (
    bill_fen,
    company_surprise,
    dunning_logit,
    experienced_quality,
    fee_burden,
    idle_habit,
    ladder_force,
    ladder_step,
    nudge_logit,
    old_debt_settled,
    p_repay,
    payment_logit,
    pledge_force,
    points_logit,
    trust_in_management,
    update_belief,
    update_habit,
    update_trust,
)
from model.compilation import compiled, inlined
from model.finance import cede_income
from model.instruments import Instrument
from model.opinion import group_means, mean_of
from model.randomness import Purpose, four_uniforms
from model.signing import ties_share
from model.state import BILLS_REMEMBERED, Cooperation, Flag, Money, Real, Record, Stage, Tenure, Whole, World

MONTHS_PER_WEEK = 12.0 / 52.0


@compiled
def is_billing_week(s: Record, week: int) -> bool:
    """Whether a billing period ends with this week."""
    interval = int(s.billing_interval_weeks)
    return week % interval == interval - 1


@compiled
def contract_in_force(k: Record, s: Record) -> int:
    """The contract of the company: before management begins there is only the lump sum."""
    return int(s.contract) if k.stage == Stage.MANAGEMENT else Contract.LUMP_SUM + 0


@compiled
def openness(w: World, c: int) -> float:
    """How open the books are, in [0, 1]; before management begins they are closed."""
    k, p, s, now = w.compounds[c], w.parameters[c], w.settings[c], w.now[c]
    if k.stage != Stage.MANAGEMENT:
        return 0.0
    by_contract = contract_openness(int(s.contract), p)
    return openness_of_books(
        by_contract, now[Instrument.OPEN_ACCOUNTS], now[Instrument.SUPERVISORY_COMMITTEE], p
    )


@compiled
def rest_before_management(w: World, c: int) -> None:
    """The instruments that go with the new company rest until management begins."""
    if w.compounds[c].stage != Stage.MANAGEMENT:
        now = w.now[c]
        now[Instrument.CONCESSIONS] = 0.0
        now[Instrument.BUNDLING] = 0.0
        now[Instrument.OPEN_ACCOUNTS] = 0.0
        now[Instrument.SUPERVISORY_COMMITTEE] = 0.0
        now[Instrument.CROSS_APPOINTMENT] = 0.0
        now[Instrument.REMINDERS] = 0.0
        now[Instrument.NORM_MESSAGES] = 0.0
        now[Instrument.LAWFUL_DUNNING] = 0.0
        now[Instrument.NAMING_DEBTORS] = 0.0


@compiled
def full_collection(w: World, c: int) -> float:
    """One full collection at the reference fee for one billing period, in fen."""
    months = w.settings[c].billing_interval_weeks * MONTHS_PER_WEEK
    return w.parameters[c].reference_fee * w.compounds[c].total_area * months


@compiled
def serve_and_bill(w: World, c: int, week: int) -> None:
    """A billing period ends: quality, bills, payment, beliefs, habits, accounts. Exit when notice runs out."""
    k, p, s, now = w.compounds[c], w.parameters[c], w.settings[c], w.now[c]
    notice = p.dismissal_weeks if k.dismissed == 1 else p.notice_weeks
    if k.company_present == 1 and k.notice_week >= 0 and week >= k.notice_week + int(notice):
        leave(k)
    if not is_billing_week(s, week):
        return
    rest_before_management(w, c)
    k.infrastructure = infrastructure_after_bill(k.infrastructure, k.quality, p)
    if k.company_present == 1:
        manages = k.stage == Stage.MANAGEMENT
        integration = now[Instrument.BUILD_MANAGE_INTEGRATION] if manages else 0.0
        joint = now[Instrument.JOINT_MEETINGS] if manages else 0.0
        k.quality = next_quality(k.quality, k.effort, k.infrastructure, integration, joint, p)
        k.poor_bills = k.poor_bills + 1 if manages and served_poorly(k.quality, p) else 0
    else:
        k.quality += p.quality_lag * (p.fallback_quality - k.quality)
    in_trial = k.company_present == 1 and week < k.trial_until
    bills = k.company_present == 1 and k.fee > 0.0 and not in_trial
    issue_bills(w, c, week, bills)
    if not bills:
        forget_paying(w, c)
    if int(s.contract) == Contract.SELF_MANAGED:
        k.mean_engagement = mean_of(w.reals[Real.ENGAGEMENT, k.start : k.stop])
    if k.company_present == 1:
        learn_from_bills(w, c, week, bills, in_trial)
        settle_accounts(w, c, in_trial)
    remember_bill(k, s, week)


@compiled
def leave(k: Record) -> None:
    """The company leaves with its account; street fallback (街道代管) follows."""
    k.company_present = 0
    k.company_left += 1 - k.dismissed
    k.notice_week = -1
    k.notice_final = 0
    k.dismissed = 0
    k.poor_bills = 0
    k.written_off -= k.cash
    k.cash = 0


@compiled
def issue_bills(w: World, c: int, week: int, bills: bool) -> None:
    """Bill every dwelling, and each decides; nobody is billed without a company or in a trial."""
    k, p, s, now = w.compounds[c], w.parameters[c], w.settings[c], w.now[c]
    reals, flags, wholes, money = w.reals, w.flags, w.wholes, w.money
    months = s.billing_interval_weeks * MONTHS_PER_WEEK
    true_rate = k.paid_now / k.billed_now if k.billed_now > 0 else 0.0
    k.billed_now, k.paid_now, k.money_billed_now, k.money_paid_now = 0, 0, 0, 0
    k.area_billed_now, k.area_paid_now, k.received_now = 0, 0, 0
    nudge = nudge_logit(now[Instrument.REMINDERS], now[Instrument.NORM_MESSAGES], true_rate, p)
    pledges_bind = 1.0 if k.stage == Stage.MANAGEMENT else 0.0
    dunning, naming = now[Instrument.LAWFUL_DUNNING], now[Instrument.NAMING_DEBTORS]
    points = now[Instrument.POINTS] if k.stage == Stage.MANAGEMENT else 0.0
    if points * p.points_yuan * (k.stop - k.start) > k.money_left:
        points = 0.0
    suits = 0
    for i in range(k.stop - k.start):
        r = k.start + i
        owed = money[Money.ARREARS, r]
        flags[Flag.BILLED, r] = 1 if bills else 0
        flags[Flag.PAID, r] = 0
        if not bills:
            continue
        vacant = flags[Flag.TENURE, r] == Tenure.VACANT
        area = int(wholes[Whole.AREA, r])
        bill = bill_fen(k.fee, area, months, s.vacant_fee_share if vacant else 1.0)
        pay, quality_draw, repay, _ = four_uniforms(k.seed, k.number, i, week, Purpose.PAY)
        cooperation = flags[Flag.COOPERATION, r]
        logit = nudge + payment_logit(
            experienced_quality(k.quality, standard_normal(quality_draw), p),
            reals[Real.BELIEF, r],
            cooperation == Cooperation.FREE_RIDER,
            cooperation == Cooperation.CONDITIONAL,
            cooperation == Cooperation.UNCONDITIONAL,
            reals[Real.TRUST_COMPANY, r],
            reals[Real.HABIT, r],
            pledge_force(pledges_bind * flags[Flag.PLEDGED, r], reals[Real.SUPPORT, r], p),
            fee_burden(k.fee, area / 100.0, reals[Real.INCOME, r], p),
            reals[Real.REACTANCE, r],
            vacant,
            reals[Real.ENGAGEMENT, r],
            flags[Flag.CONTRIBUTED, r],
            p,
        )
        bills_owed = owed // max(bill, 1)
        step = ladder_step(bills_owed, p) if dunning > 0.0 else 0
        force = ladder_force(step, dunning, p)
        logit += points_logit(points, cooperation == Cooperation.UNCONDITIONAL, p)
        logit += dunning_logit(force, naming, owed > 0, p)
        if owed == 0:
            flags[Flag.SUED, r] = 0
        elif step == 3 and flags[Flag.SUED, r] == 0:
            flags[Flag.SUED, r] = 1
            suits += 1
        k.billed_now += 1
        k.money_billed_now += bill
        k.area_billed_now += area
        money[Money.BILLED_TOTAL, r] += bill
        money[Money.ARREARS, r] += bill
        if pay < logistic(logit):
            flags[Flag.PAID, r] = 1
            k.paid_now += 1
            k.money_paid_now += bill
            k.area_paid_now += area
            old = old_debt_settled(owed, bill, step) if repay < p_repay(force, p) else 0
            receive(money, k, r, bill + old)
    k.suits += suits
    k.suits_now = suits
    spent = points * p.points_yuan * k.paid_now
    k.money_left -= spent
    k.public_spending += int(spent * 100.0 + 0.5)


@inlined
def receive(money: np.ndarray, k: Record, r: int, fen: int) -> None:
    """A household's payment reaches the company's account."""
    money[Money.ARREARS, r] -= fen
    money[Money.PAID_TOTAL, r] += fen
    k.fees_received += fen
    k.received_now += fen
    k.cash += fen


@compiled
def learn_from_bills(w: World, c: int, week: int, bills: bool, in_trial: bool) -> None:
    """Habit, belief and trust in the company after a billing period."""
    k, p, now = w.compounds[c], w.parameters[c], w.now[c]
    low, high = k.start, k.stop
    reals, flags, wholes, ties = w.reals, w.flags, w.wholes, w.ties
    starts, stops = w.tie_start, w.tie_stop
    marks = flags[Flag.PAID, low:high]
    open_books = openness(w, c)
    joint = now[Instrument.JOINT_MEETINGS] if k.stage == Stage.MANAGEMENT else 0.0
    crossed = now[Instrument.CROSS_APPOINTMENT]
    true_rate = k.paid_now / k.billed_now if k.billed_now > 0 else 0.0
    stairwells = wholes[Whole.STAIRWELL, low:high]
    by_stairwell = group_means(marks, stairwells, k.n_stairwells)
    for i in range(high - low):
        r = low + i
        first = k.tie_offset + i
        _, quality_draw, _, _ = four_uniforms(k.seed, k.number, i, week, Purpose.PAY)
        met = experienced_quality(k.quality, standard_normal(quality_draw), p)
        surprise = company_surprise(met, k.fee, p)
        trust = update_trust(reals[Real.TRUST_COMPANY, r], surprise, p)
        trust = trust_in_management(trust, reals[Real.TRUST_OFFICE, r], open_books, joint, crossed, p)
        if in_trial:
            trust += p.trial_trust * max(surprise, 0.0) * (1.0 - trust)
        if bills:
            paid = flags[Flag.PAID, r]
            reals[Real.HABIT, r] = update_habit(reals[Real.HABIT, r], paid, p)
            reals[Real.BELIEF, r] = update_belief(
                reals[Real.BELIEF, r],
                true_rate,
                ties_share(marks, ties, starts[first], stops[first], by_stairwell[stairwells[i]]),
                by_stairwell[stairwells[i]],
                open_books,
                p,
            )
            if paid == 0:
                trust *= 1.0 - p.naming_trust_loss * now[Instrument.NAMING_DEBTORS]
        reals[Real.TRUST_COMPANY, r] = trust


@compiled
def forget_paying(w: World, c: int) -> None:
    """The habit of paying fades where nobody bills."""
    k, p = w.compounds[c], w.parameters[c]
    for r in range(k.start, k.stop):
        w.reals[Real.HABIT, r] = idle_habit(w.reals[Real.HABIT, r], p)


@compiled
def settle_accounts(w: World, c: int, in_trial: bool) -> None:
    """The period's money: common income, subsidy, cost.

    Before handover the street office keeps the old service alive and bears its deficit.
    """
    k, p, s, now = w.compounds[c], w.parameters[c], w.settings[c], w.now[c]
    unit = full_collection(w, c)
    months = s.billing_interval_weeks * MONTHS_PER_WEEK
    common = int(unit * (s.common_income + p.concession_income * now[Instrument.CONCESSIONS]) + 0.5)
    common += int(p.freed_income * k.freed_m2 * months * 100.0 + 0.5)
    k.common_income += common
    common = cede_income(k, common)
    k.cash += common
    cost = int(unit * operating_cost(k.effort, k.company_cost_factor, contract_in_force(k, s), p) + 0.5)
    cost += int(p.suit_yuan * k.suits_now * now[Instrument.LAWFUL_DUNNING] * 100.0 + 0.5)
    k.company_costs += cost
    k.cash -= cost
    subsidy = int(unit * p.trial_subsidy + 0.5) if in_trial else 0
    if k.stage != Stage.MANAGEMENT and k.cash < 0:
        subsidy = -k.cash
    k.subsidies += subsidy
    k.public_spending += subsidy
    k.cash += subsidy
    k.balance_now = k.received_now + common + subsidy - cost


@compiled
def decide_company(w: World, c: int, week: int, balance: float) -> None:
    """The company in management decides: effort follows the balance, notice is given when it cannot go on.

    balance : of the period, in full collections; pooled where the company serves several compounds
    """
    k, p, s, now = w.compounds[c], w.parameters[c], w.settings[c], w.now[c]
    if k.company_present == 0 or k.stage != Stage.MANAGEMENT:
        return
    contract = int(s.contract)
    least = least_effort(now[Instrument.CROSS_APPOINTMENT], p)
    most = most_effort(contract, k.mean_engagement, p)
    committee = now[Instrument.OWNERS_COMMITTEE]
    k.effort = next_effort(k.effort, balance, contract, committee, least, most, p)
    if gives_notice(k.cash / full_collection(w, c), contract, p):
        if k.notice_week < 0:
            k.notice_week = week
    elif k.notice_final == 0:
        k.notice_week = -1


@compiled
def remember_bill(k: Record, s: Record, week: int) -> None:
    """Keep the bills of the trailing year."""
    interval = int(s.billing_interval_weeks)
    kept = max(1, min(BILLS_REMEMBERED, 52 // interval))
    place = (week // interval) % kept
    k.year_issued[place] = k.billed_now
    k.year_paid[place] = k.paid_now


@compiled
def trailing_year(k: Record) -> float:
    """Bills paid over bills issued in the last 52 weeks; 0 where none was issued."""
    issued, paid = 0, 0
    for q in range(BILLS_REMEMBERED):
        issued += k.year_issued[q]
        paid += k.year_paid[q]
    return paid / issued if issued > 0 else 0.0
