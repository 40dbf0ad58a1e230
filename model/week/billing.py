"""Service, bills and the company: line 10 of the weekly schedule, every billing period.

Money is whole fen. What residents pay is what the company receives. Companies settle their accounts and decide
once all compounds of the district have billed, since one may serve several (`model.week.district`).
"""

import numpy as np

from agents.categories import Contract, DunningStep
from agents.rules.property_company import (
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
from agents.rules.resident import (
    bill_fen,
    company_surprise,
    dunning_logit,
    dunning_reach,
    experienced_quality,
    fee_burden,
    idle_habit,
    ladder_force,
    ladder_step,
    message_reach,
    nudge_logit,
    old_debt_settled,
    p_repay,
    p_turn_conditional,
    p_turn_selfish,
    payment_logit,
    pledge_force,
    points_logit,
    rounds_of_bill,
    trust_in_management,
    update_belief,
    update_habit,
    update_trust,
)
from compiling.compiled import compiled, held
from compiling.entries import apart
from compiling.exact import logistic, standard_normal
from model.instruments import Instrument
from model.week.finance import cede_income
from model.week.opinion import group_shares, mean_of
from model.week.side_by_side import draw_all_in_week
from model.world.network import ties_share
from model.world.randomness import COMPOUND, Purpose, four_uniforms, uniform
from model.world.state import (
    BILLS_REMEMBERED,
    Cooperation,
    Flag,
    Listed,
    Money,
    Real,
    Record,
    Scratch,
    Stage,
    Tenure,
    Whole,
    World,
)

MONTHS_PER_WEEK = 12.0 / 52.0


@compiled
def is_billing_week(w: World, c: int, week: int) -> bool:
    """Whether a billing period ends with this week."""
    interval = int(w.settings[c].billing_interval_weeks)
    return week % interval == interval - 1


@compiled
def contract_in_force(k: Record, s: Record) -> int:
    """The contract under which the company works; until management begins there is only the lump sum."""
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
    """Set the instruments that come with the new company to 0 until management begins."""
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
    """One full collection: all fees of a billing period if everybody paid the reference fee, in fen."""
    months = w.settings[c].billing_interval_weeks * MONTHS_PER_WEEK
    # yuan per m² times 0.01 m² is fen
    return w.parameters[c].reference_fee * w.compounds[c].total_area * months


@apart
def serve_and_bill(w: World, c: int, week: int) -> None:
    """Let a company under notice leave; at the end of a billing period, serve, bill, pay, learn, settle accounts."""
    k, s = w.compounds[c], w.settings[c]
    end_notice(w, c, week)
    if not is_billing_week(w, c, week):
        return
    serve(w, c)
    n = k.stop - k.start
    met, pay, repay = (
        w.scratch[Scratch.MET, :n],
        w.scratch[Scratch.LUCK, :n],
        w.scratch[Scratch.OTHER_LUCK, :n],
    )
    if k.company_present == 1:
        meet_service(w, c, week, met, pay, repay)
    in_trial, bills = is_in_trial(w, c, week), issues_bills(w, c, week)
    nudge = nudge_of_period(w, c)
    open_period(w, c)
    if bills:
        issue_bills(w, c, nudge, met, pay, repay)
    else:
        forget_paying(w, c)
    if int(s.contract) == Contract.SELF_MANAGED:
        measure_engagement(w, c)
    if k.company_present == 1:
        learn_from_bills(w, c, week, met, bills, in_trial)
        settle_accounts(w, c, in_trial)
    remember_bill(w, c, week)


@compiled
def end_notice(w: World, c: int, week: int) -> None:
    """The company leaves once its notice has run out; street fallback (街道代管) follows.

    Notice is 90 days by the company (Civil Code art. 947), 60 days by owners who dismiss it (art. 946).
    """
    k, p = w.compounds[c], w.parameters[c]
    notice = p.dismissal_weeks if k.dismissed == 1 else p.notice_weeks
    if k.company_present == 1 and k.notice_week >= 0 and week >= k.notice_week + int(notice):
        k.company_left += 1 - k.dismissed  # a dismissed one did not leave of itself
        part_with_company(w, c)


@compiled
def part_with_company(w: World, c: int) -> None:
    """Remove the company, if there is one, and write off its account: a successor starts without its past."""
    k = w.compounds[c]
    k.company_present = 0
    k.notice_week = -1
    k.notice_final = 0
    k.dismissed = 0
    k.poor_bills = 0
    k.written_off -= k.cash
    k.cash = 0


@compiled
def serve(w: World, c: int) -> None:
    """Service in the period that ends: infrastructure decays, quality follows effort, poor service is counted."""
    k, p, now = w.compounds[c], w.parameters[c], w.now[c]
    rest_before_management(w, c)
    k.infrastructure = infrastructure_after_bill(k.infrastructure, k.quality, p)
    if k.company_present == 0:
        k.quality += p.quality_lag * (p.fallback_quality - k.quality)
        return
    manages = k.stage == Stage.MANAGEMENT
    integration = now[Instrument.BUILD_MANAGE_INTEGRATION] if manages else 0.0
    joint = now[Instrument.JOINT_MEETINGS] if manages else 0.0
    k.quality = next_quality(k.quality, k.effort, k.infrastructure, integration, joint, p)
    k.poor_bills = k.poor_bills + 1 if manages and served_poorly(k.quality, p) else 0


@compiled
def is_in_trial(w: World, c: int, week: int) -> bool:
    """Whether residents are served without paying (先尝后买)."""
    k = w.compounds[c]
    return k.company_present == 1 and week < k.trial_until


@compiled
def issues_bills(w: World, c: int, week: int) -> bool:
    """Whether bills are issued: a company serves, its fee is above 0, and no trial runs."""
    k = w.compounds[c]
    return k.company_present == 1 and k.fee > 0.0 and not is_in_trial(w, c, week)


@compiled
def nudge_of_period(w: World, c: int) -> float:
    """What reminders and norm messages add to everybody's log-odds of paying; messages state the last bill's rate."""
    k, p, now = w.compounds[c], w.parameters[c], w.now[c]
    return nudge_logit(now[Instrument.REMINDERS], now[Instrument.NORM_MESSAGES], last_rate(k), p)


@compiled
def measure_engagement(w: World, c: int) -> None:
    """Set mean engagement, which limits the effort of self-management."""
    k = w.compounds[c]
    k.mean_engagement = mean_of(w.reals[Real.ENGAGEMENT, k.start : k.stop])


@compiled
def meet_service(w: World, c: int, week: int, met: np.ndarray, pay: np.ndarray, repay: np.ndarray) -> None:
    """Quality every household experiences this period, into `met`; draws for paying and settling into the others."""
    k, p = w.compounds[c], held(w.parameters[c])
    seed, number, quality = k.seed, k.number, k.quality
    for i in range(met.size):
        # one call of the generator: PAY, QUALITY, REPAY, DISCOVER
        pay[i], met[i], repay[i], _ = four_uniforms(seed, number, i, week, Purpose.PAY)
    for i in range(met.size):
        met[i] = experienced_quality(quality, standard_normal(met[i]), p)


@compiled
def open_period(w: World, c: int) -> None:
    """Clear the counts and marks of the previous bill."""
    k = w.compounds[c]
    k.billed_now, k.paid_now, k.money_billed_now, k.money_paid_now = 0, 0, 0, 0
    k.area_billed_now, k.area_paid_now, k.received_now, k.suits_now = 0, 0, 0, 0
    billed, paid = w.flags[Flag.BILLED, k.start : k.stop], w.flags[Flag.PAID, k.start : k.stop]
    for i in range(billed.size):
        billed[i] = 0
        paid[i] = 0


@compiled
def issue_bills(w: World, c: int, nudge: float, met: np.ndarray, pay: np.ndarray, repay: np.ndarray) -> None:
    """Bill every dwelling; each household decides whether to pay, and, if so, to settle old arrears.

    nudge : log-odds added to all, of `nudge_of_period`; met, pay, repay : of `meet_service`
    """
    k, p, dunning = w.compounds[c], held(w.parameters[c]), w.now[c, Instrument.LAWFUL_DUNNING]
    bills, steps = w.lists[Listed.BILLS, : k.stop - k.start], w.lists[Listed.STEPS, : k.stop - k.start]
    write_bills(w, c)
    points = points_affordable(w, c)
    chance = w.scratch[Scratch.CHANCE, : k.stop - k.start]
    weigh_bills(w, c, met, nudge, points, steps, chance)
    for i in range(chance.size):
        pay[i] = np.float64(pay[i] < chance[i])
        repay[i] = np.float64(repay[i] < p_repay(ladder_force(steps[i], dunning, p), p))
    book_bills(w, c, bills, steps, pay, repay, points)


@compiled
def write_bills(w: World, c: int) -> None:
    """Write every dwelling's bill in fen, and its `DunningStep` for arrears before this bill, into `w.lists`.

    Every dwelling is billed: an owner cannot refuse the fee as not needed or not accepted (Civil Code art. 944).
    """
    k, p, s = w.compounds[c], held(w.parameters[c]), w.settings[c]
    low, high = k.start, k.stop
    n = high - low
    area, tenure = w.wholes[Whole.AREA, low:high], w.flags[Flag.TENURE, low:high]
    arrears = w.money[Money.ARREARS, low:high]
    bills, steps = w.lists[Listed.BILLS, :n], w.lists[Listed.STEPS, :n]
    fee, months, vacant_share = k.fee, s.billing_interval_weeks * MONTHS_PER_WEEK, s.vacant_fee_share
    for i in range(n):
        share = vacant_share if tenure[i] == Tenure.VACANT else 1.0
        bills[i] = bill_fen(fee, int(area[i]), months, share)
        steps[i] = 0
    if w.now[c, Instrument.LAWFUL_DUNNING] > 0.0:
        for i in range(n):
            steps[i] = ladder_step(arrears[i] // max(bills[i], 1), p)  # a bill may round to 0


@compiled
def book_bills(
    w: World,
    c: int,
    bills: np.ndarray,
    steps: np.ndarray,
    pay: np.ndarray,
    repay: np.ndarray,
    points: float,
) -> None:
    """Book bills, payments, suits and points, in whole fen.

    bills, steps : of `write_bills`; pay, repay : 1.0 where the household pays, and settles old arrears, else 0.0
    points : of `points_affordable`
    """
    k, p = w.compounds[c], w.parameters[c]
    low, high = k.start, k.stop
    n = high - low
    flags, money, area = w.flags, w.money, w.wholes[Whole.AREA, low:high]
    arrears, sued = money[Money.ARREARS, low:high], flags[Flag.SUED, low:high]
    billed_total, paid_total = money[Money.BILLED_TOTAL, low:high], money[Money.PAID_TOTAL, low:high]
    billed, has_paid = flags[Flag.BILLED, low:high], flags[Flag.PAID, low:high]
    suits = n_paid = area_paid = area_all = money_paid = money_all = received = np.int64(0)
    for i in range(n):
        owed, bill, step, m2 = arrears[i], bills[i], steps[i], np.int64(area[i])
        taken_to_court = step == DunningStep.SUIT and owed > 0
        # one suit for a debt, however long it grows: the mark stays until nothing is owed before a bill
        suits += taken_to_court and sued[i] == 0
        sued[i] = taken_to_court or (owed > 0 and sued[i] == 1)
        pays, settles = np.int64(pay[i]), np.int64(repay[i])
        fen = pays * (bill + settles * old_debt_settled(owed, bill, step))
        arrears[i] = owed + bill - fen
        billed_total[i] += bill
        paid_total[i] += fen
        billed[i] = 1
        has_paid[i] = pays
        n_paid += pays
        area_paid += pays * m2
        money_paid += pays * bill
        area_all += m2
        money_all += bill
        received += fen
    k.billed_now, k.paid_now = n, n_paid
    k.area_billed_now, k.area_paid_now = area_all, area_paid
    k.money_billed_now, k.money_paid_now = money_all, money_paid
    k.fees_received += received
    k.received_now = received
    k.cash += received
    k.suits += suits
    k.suits_now = suits
    spent = points * p.points_yuan * n_paid
    k.money_left -= spent
    k.public_spending += int(spent * 100.0 + 0.5)


@compiled
def points_affordable(w: World, c: int) -> float:
    """Intensity of points for this bill: 0 before management, or if the money left would not do for every household."""
    k, points = w.compounds[c], w.now[c, Instrument.POINTS]
    if (
        k.stage != Stage.MANAGEMENT
        or points * w.parameters[c].points_yuan * (k.stop - k.start) > k.money_left
    ):
        return 0.0
    return points


@compiled
def weigh_bills(
    w: World, c: int, met: np.ndarray, nudge: float, points: float, steps: np.ndarray, chance: np.ndarray
) -> None:
    """Probability that each household pays its bill, into `chance`.

    met : quality experienced; nudge : log-odds added to all; points : of `points_affordable`; steps : a `DunningStep`
    each. One loop for each term, so that each is vectorised.
    """
    k, p, now = w.compounds[c], held(w.parameters[c]), w.now[c]
    low, high = k.start, k.stop
    reals, flags = w.reals, w.flags
    fee, pledges_bind = k.fee, 1.0 if k.stage == Stage.MANAGEMENT else 0.0
    dunning, naming = now[Instrument.LAWFUL_DUNNING], now[Instrument.NAMING_DEBTORS]
    cooperation, tenure = flags[Flag.COOPERATION, low:high], flags[Flag.TENURE, low:high]
    pledged, contributed = flags[Flag.PLEDGED, low:high], flags[Flag.CONTRIBUTED, low:high]
    belief, trust = reals[Real.BELIEF, low:high], reals[Real.TRUST_COMPANY, low:high]
    habit, support = reals[Real.HABIT, low:high], reals[Real.SUPPORT, low:high]
    income, reactance = reals[Real.INCOME, low:high], reals[Real.REACTANCE, low:high]
    engagement, area = reals[Real.ENGAGEMENT, low:high], w.wholes[Whole.AREA, low:high]
    arrears, resentment = w.money[Money.ARREARS, low:high], reals[Real.RESENTMENT, low:high]
    for i in range(high - low):
        free_rider = cooperation[i] == Cooperation.FREE_RIDER
        chance[i] = nudge * message_reach(free_rider, p) + payment_logit(
            met[i],
            belief[i],
            free_rider,
            cooperation[i] == Cooperation.CONDITIONAL,
            cooperation[i] == Cooperation.UNCONDITIONAL,
            trust[i],
            habit[i],
            pledge_force(pledges_bind * pledged[i], support[i], p),
            fee_burden(fee, area[i] / 100.0, income[i], p),
            reactance[i],
            tenure[i] == Tenure.VACANT,
            engagement[i],
            contributed[i],
            tenure[i] == Tenure.RENTED_OUT,
            resentment[i],
            p,
        )
    for i in range(high - low):
        chance[i] += points_logit(points, cooperation[i] == Cooperation.UNCONDITIONAL, p)
    for i in range(high - low):
        logit = dunning_logit(ladder_force(steps[i], dunning, p), naming, arrears[i] > 0, p)
        chance[i] += logit * dunning_reach(cooperation[i] == Cooperation.FREE_RIDER, p)
    for i in range(high - low):
        chance[i] = logistic(chance[i])


@compiled
def last_rate(k: Record) -> float:
    """Share of the last period's bills that were paid; 0 where nobody was billed."""
    return k.paid_now / k.billed_now if k.billed_now > 0 else 0.0


@compiled
def learn_from_bills(w: World, c: int, week: int, met: np.ndarray, bills: bool, in_trial: bool) -> None:
    """Update trust in the company, and after bills habit and belief. met : of `meet_service`"""
    k, p, now = w.compounds[c], held(w.parameters[c]), w.now[c]
    low, high = k.start, k.stop
    reals, paid = w.reals, w.flags[Flag.PAID, low:high]
    trust, office = reals[Real.TRUST_COMPANY, low:high], reals[Real.TRUST_OFFICE, low:high]
    fee, open_books = k.fee, openness(w, c)
    joint = now[Instrument.JOINT_MEETINGS] if k.stage == Stage.MANAGEMENT else 0.0
    crossed = now[Instrument.CROSS_APPOINTMENT]
    eager = p.trial_trust if in_trial else 0.0
    named = p.naming_trust_loss * now[Instrument.NAMING_DEBTORS] if bills else 0.0
    for i in range(high - low):
        surprise = company_surprise(met[i], fee, p)
        after = update_trust(trust[i], surprise, p)
        after = trust_in_management(after, office[i], open_books, joint, crossed, p)
        after += eager * max(surprise, 0.0) * (1.0 - after)
        trust[i] = after * (1.0 - named * (1.0 - paid[i]))
    if bills:
        learn_from_others(w, c, week, open_books)


@compiled
def learn_from_others(w: World, c: int, week: int, open_books: float) -> None:
    """Update habit by one's own payment, and belief by the payments one sees."""
    k, p = w.compounds[c], held(w.parameters[c])
    low, high = k.start, k.stop
    n = high - low
    ties, paid = w.ties, w.flags[Flag.PAID, low:high]
    habit, belief = w.reals[Real.HABIT, low:high], w.reals[Real.BELIEF, low:high]
    starts, stops = w.tie_start[k.tie_offset : k.tie_offset + n], w.tie_stop[k.tie_offset : k.tie_offset + n]
    stairwells, true_rate = w.wholes[Whole.STAIRWELL, low:high], last_rate(k)
    by_stairwell = w.scratch[Scratch.GROUP_MARKED, : k.n_stairwells]
    group_shares(paid, stairwells, w.scratch[Scratch.GROUP_SIZE, : k.n_stairwells], by_stairwell)
    for i in range(n):
        habit[i] = update_habit(habit[i], paid[i], p)
    seen = w.scratch[Scratch.SEEN, :n]
    for i in range(n):
        in_stairwell = by_stairwell[np.uint32(stairwells[i])]
        seen[i] = ties_share(paid, ties, starts[i], stops[i], in_stairwell)
    for i in range(n):
        in_stairwell = by_stairwell[np.uint32(stairwells[i])]
        belief[i] = update_belief(belief[i], true_rate, seen[i], in_stairwell, open_books, p)
    rounds = rounds_of_bill(contract_in_force(k, w.settings[c]) == Contract.SELF_MANAGED, p)
    if rounds > 0.0:
        drift(w, c, week, rounds)


@compiled
def drift(w: World, c: int, week: int, rounds: float) -> None:
    """Conditional cooperators turn selfish and selfish ones conditional, by what they believe of others.

    rounds : of the laboratory that this bill counts for
    """
    k, p = w.compounds[c], held(w.parameters[c])
    cooperation, belief = w.flags[Flag.COOPERATION, k.start : k.stop], w.reals[Real.BELIEF, k.start : k.stop]
    luck = w.scratch[Scratch.LUCK, : belief.size]
    draw_all_in_week(w, c, week, Purpose.DRIFT, luck)
    for i in range(belief.size):
        if cooperation[i] == Cooperation.CONDITIONAL:
            if luck[i] < p_turn_selfish(belief[i], rounds, p):
                cooperation[i] = Cooperation.FREE_RIDER + 0
        elif cooperation[i] == Cooperation.FREE_RIDER and luck[i] < p_turn_conditional(belief[i], rounds, p):
            cooperation[i] = Cooperation.CONDITIONAL + 0


@compiled
def forget_paying(w: World, c: int) -> None:
    """Let the habit of paying fade after a period in which nobody billed."""
    k, p = w.compounds[c], held(w.parameters[c])
    habit = w.reals[Real.HABIT, k.start : k.stop]
    for i in range(habit.size):
        habit[i] = idle_habit(habit[i], p)


@compiled
def settle_accounts(w: World, c: int, in_trial: bool) -> None:
    """Book the period's common income, cost and subsidy, in whole fen.

    Common income first pays back what the public advanced on it. Before handover the public bears any deficit.
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
    """A company in management sets its effort by the balance, and gives notice if its deficit is too large.

    balance : of the period, in full collections; pooled within a bundle
    """
    k, p, s, now = w.compounds[c], w.parameters[c], w.settings[c], w.now[c]
    if k.company_present == 0 or k.stage != Stage.MANAGEMENT:
        return
    contract = int(s.contract)
    least = least_effort(now[Instrument.CROSS_APPOINTMENT], p)
    most = most_effort(contract, k.mean_engagement, p)
    committee = now[Instrument.OWNERS_COMMITTEE]
    effort = next_effort(k.effort, balance, contract, committee, least, most, p)
    book_decision(w, c, week, effort, gives_notice(k.cash / full_collection(w, c), contract, p))


@compiled
def book_decision(w: World, c: int, week: int, effort: float, notice: bool) -> None:
    """Book a company's effort and notice; without reason for notice, one it gave itself is withdrawn.

    Now and then a company goes for reasons of its own.
    """
    k, p = w.compounds[c], w.parameters[c]
    k.effort = effort
    leaving = p.company_exit * w.settings[c].billing_interval_weeks / 52.0
    if leaving > 0.0 and k.notice_week < 0:
        if uniform(k.seed, k.number, COMPOUND, week, Purpose.COMPANY_EXIT) < leaving:
            k.notice_week, k.notice_final = week, 1
    if notice:
        if k.notice_week < 0:
            k.notice_week = week
    elif k.notice_final == 0:
        k.notice_week = -1


@compiled
def remember_bill(w: World, c: int, week: int) -> None:
    """Keep this bill's counts in place of those of a year ago."""
    k, interval = w.compounds[c], int(w.settings[c].billing_interval_weeks)
    kept = max(1, min(BILLS_REMEMBERED, 52 // interval))
    place = (week // interval) % kept
    k.year_issued[place] = k.billed_now
    k.year_paid[place] = k.paid_now


@compiled
def trailing_year(k: Record) -> float:
    """Bills paid over bills issued in the last 52 weeks; NaN where none was issued."""
    issued, paid = 0, 0
    for q in range(BILLS_REMEMBERED):
        issued += k.year_issued[q]
        paid += k.year_paid[q]
    return paid / issued if issued > 0 else np.nan
