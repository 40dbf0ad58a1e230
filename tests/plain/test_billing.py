"""Bills, payments and accounts of a few households, every fen of them computed by hand."""

import math

import pytest
from small_world import change, same_between_others, small_world, snapshot, with_ties

from agents.categories import Contract, Cooperation, Stage, Tenure
from model.instruments import Instrument
from model.week.billing import (
    contract_in_force,
    decide_company,
    full_collection,
    last_rate,
    openness,
    serve_and_bill,
    trailing_year,
)
from model.world.randomness import COMPOUND, Purpose, four_uniforms, uniform
from model.world.state import Flag, Money, Real, Scratch, Whole

#: The first billing period of 13 weeks, 3 months, ends with this week.
END = 12
ALWAYS, NEVER, PERHAPS = Cooperation.UNCONDITIONAL, Cooperation.FREE_RIDER, Cooperation.CONDITIONAL
#: Flats of 50, 60.5 and 89.5 m²: 200 m².
AREAS = [5_000, 6_050, 8_950]


def billed_world(payers=(ALWAYS, NEVER, ALWAYS), **compound):
    """A company that serves three flats for 2 yuan: bills of 300, 363 and 537 yuan for three months."""
    w = small_world(3, **{"company_present": 1, "fee": 2.0, "company_cost_factor": 1.0, **compound})
    w.wholes[Whole.AREA] = AREAS
    w.flags[Flag.COOPERATION] = payers
    w.reals[Real.INCOME] = 1.0
    change(w.parameters[0], pay_unconditional=100.0, pay_free_rider=100.0, pay_base=0.0)
    return w


BILLS = [30_000, 36_300, 53_700]


def money(w, column):
    return w.money[column].tolist()


# -- who bills, and when ------------------------------------------------------------------------------------


def test_bills_go_out_in_the_last_week_of_each_period_only():
    for week in range(40):
        w = billed_world()
        before = snapshot(w)
        serve_and_bill(w, 0, week)
        assert (snapshot(w) != before) == (week in (12, 25, 38))


def test_every_week_is_a_billing_week_where_the_period_is_one_week():
    for week in (0, 1, 7):
        w = billed_world()
        w.settings[0].billing_interval_weeks = 1.0
        serve_and_bill(w, 0, week)
        assert money(w, Money.BILLED_TOTAL) == [2308, 2792, 4131]  # a thirteenth, rounded to the fen


def test_a_bill_is_fee_times_area_times_months_and_vacant_flats_pay_their_share():
    w = billed_world()
    w.flags[Flag.TENURE] = [Tenure.OWNER_OCCUPIED, Tenure.RENTED_OUT, Tenure.VACANT]
    w.settings[0].vacant_fee_share = 0.7
    serve_and_bill(w, 0, END)
    assert money(w, Money.BILLED_TOTAL) == [30_000, 36_300, 37_590]
    assert w.flags[Flag.BILLED].tolist() == [1, 1, 1]


def test_what_is_paid_is_what_the_company_receives_and_the_rest_is_owed():
    w = billed_world()
    w.money[Money.PAID_TOTAL] = [1, 2, 3]
    w.money[Money.BILLED_TOTAL] = [4, 5, 6]
    change(w.compounds[0], fees_received=7, cash=9)
    serve_and_bill(w, 0, END)
    k = w.compounds[0]
    assert w.flags[Flag.PAID].tolist() == [1, 0, 1]
    assert money(w, Money.PAID_TOTAL) == [30_001, 2, 53_703]
    assert money(w, Money.BILLED_TOTAL) == [30_004, 36_305, 53_706]
    assert money(w, Money.ARREARS) == [0, 36_300, 0]
    assert (k.billed_now, k.paid_now) == (3, 2)
    assert (k.area_billed_now, k.area_paid_now) == (20_000, 13_950)
    assert (k.money_billed_now, k.money_paid_now) == (120_000, 83_700)
    assert (k.received_now, k.fees_received, k.cash) == (83_700, 83_707, 83_709)


def test_what_was_counted_in_the_last_period_is_forgotten():
    w = billed_world(payers=(NEVER, NEVER, NEVER))
    w.flags[Flag.PAID] = 1
    names = ("paid_now", "money_paid_now", "area_paid_now", "received_now", "suits_now")
    change(w.compounds[0], **{name: 77 for name in names})
    serve_and_bill(w, 0, END)
    assert [w.compounds[0][name] for name in names] == [0] * 5
    assert w.flags[Flag.PAID].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    "why", [{"company_present": 0}, {"fee": 0.0}, {"trial_until": END + 1}], ids=lambda why: next(iter(why))
)
def test_nobody_is_billed_without_a_company_without_a_fee_or_on_trial(why):
    w = billed_world()
    counted = [f"{of}{what}_now" for of in ("", "area_", "money_") for what in ("billed", "paid")]
    change(w.compounds[0], **{name: 7 for name in (*counted, "received_now", "suits_now")}, **why)
    w.flags[Flag.BILLED], w.flags[Flag.PAID], w.reals[Real.HABIT] = 1, 1, 0.5
    w.parameters[0].habit_idle = 0.25
    w.parameters[0].habit_rate = 0.5
    serve_and_bill(w, 0, END)
    k = w.compounds[0]
    assert money(w, Money.BILLED_TOTAL) == [0, 0, 0]
    assert [k[name] for name in (*counted, "received_now", "suits_now")] == [0] * 8
    assert w.flags[Flag.BILLED].tolist() == w.flags[Flag.PAID].tolist() == [0, 0, 0]
    assert w.reals[Real.HABIT].tolist() == [0.375] * 3


def test_a_trial_ends_with_its_last_week():
    w = billed_world(trial_until=END)
    serve_and_bill(w, 0, END)
    assert w.compounds[0].billed_now == 3


def test_a_fee_of_less_than_a_yuan_is_a_fee():
    w = billed_world()
    w.compounds[0].fee = 0.5
    serve_and_bill(w, 0, END)
    assert money(w, Money.BILLED_TOTAL) == [7_500, 9_075, 13_425]


# -- old debt and the ladder --------------------------------------------------------------------------------


def indebted(steps, repays=1.0):
    """Every flat owes as many bills as named, and pays."""
    w = billed_world(payers=(ALWAYS,) * 3)
    w.money[Money.ARREARS] = [bill * n for bill, n in zip(BILLS, steps, strict=True)]
    w.now[0, Instrument.LAWFUL_DUNNING] = 1.0
    change(w.parameters[0], mediation_after=3.0, suit_after=6.0, arrears_repaid=repays)
    return w


def test_who_settles_old_debt_pays_one_bill_of_it_and_all_of_it_once_sued():
    w = indebted((1, 3, 6))
    serve_and_bill(w, 0, END)
    assert money(w, Money.PAID_TOTAL) == [2 * 30_000, 2 * 36_300, 7 * 53_700]
    assert money(w, Money.ARREARS) == [0, 2 * 36_300, 0]
    assert w.flags[Flag.SUED].tolist() == [0, 0, 1]
    assert (w.compounds[0].suits, w.compounds[0].suits_now) == (1, 1)


def test_who_does_not_settle_pays_the_bill_only():
    w = indebted((1, 3, 6), repays=0.0)
    serve_and_bill(w, 0, END)
    assert money(w, Money.PAID_TOTAL) == BILLS
    assert money(w, Money.ARREARS) == [30_000, 3 * 36_300, 6 * 53_700]


def test_dunning_makes_debtors_settle_by_how_hard_each_step_bears():
    w = indebted((1, 3, 6), repays=0.0)
    change(w.parameters[0], dunning_repaid=2.0, demand_force=0.0, mediation_force=1.0, suit_force=1.0)
    w.now[0, Instrument.LAWFUL_DUNNING] = 0.5
    serve_and_bill(w, 0, END)
    assert money(w, Money.ARREARS) == [30_000, 2 * 36_300, 0]


def test_nobody_is_sued_without_dunning():
    w = indebted((1, 3, 6))
    w.now[0, Instrument.LAWFUL_DUNNING] = 0.0
    serve_and_bill(w, 0, END)
    assert w.flags[Flag.SUED].tolist() == [0, 0, 0]
    assert money(w, Money.ARREARS) == [0, 2 * 36_300, 5 * 53_700]


def test_a_suit_counts_once_and_ends_with_the_debt():
    w = indebted((0, 7, 6), repays=0.0)
    w.flags[Flag.SUED] = [1, 1, 0]
    w.compounds[0].suits = 4
    serve_and_bill(w, 0, END)
    assert w.flags[Flag.SUED].tolist() == [0, 1, 1]
    assert (w.compounds[0].suits, w.compounds[0].suits_now) == (5, 1)


def test_who_has_been_sued_stays_so_while_anything_is_owed():
    w = indebted((1, 1, 0), repays=0.0)
    w.money[Money.ARREARS, 2] = 1
    w.flags[Flag.SUED] = [0, 1, 1]
    serve_and_bill(w, 0, END)
    assert w.flags[Flag.SUED].tolist() == [0, 1, 1]
    assert (w.compounds[0].suits, w.compounds[0].suits_now) == (0, 0)


def test_debt_counts_in_whole_bills_and_a_flat_without_a_bill_in_fen():
    w = indebted((0, 0, 0), repays=0.0)
    w.flags[Flag.TENURE, 2] = Tenure.VACANT  # whose bill is 0: a fen owed counts as a bill
    w.money[Money.ARREARS] = [6 * 30_000 - 1, 6 * 36_300, 6]
    serve_and_bill(w, 0, END)
    assert w.flags[Flag.SUED].tolist() == [0, 1, 1]


def test_a_single_fen_can_be_sued_for():
    w = indebted((0, 0, 0), repays=0.0)
    w.flags[Flag.TENURE] = Tenure.VACANT  # bills of 0: every fen owed counts as one
    change(w.parameters[0], mediation_after=0.5, suit_after=1.0)
    w.money[Money.ARREARS] = [0, 1, 2]
    serve_and_bill(w, 0, END)
    assert w.flags[Flag.SUED].tolist() == [0, 1, 1]


# -- the chance of paying -----------------------------------------------------------------------------------


def chances(w):
    """The log-odds of paying that each household had."""
    serve_and_bill(w, 0, END)
    return [math.log(c / (1.0 - c)) for c in w.scratch[Scratch.CHANCE].tolist()]


def undecided(**coefficients):
    w = billed_world(payers=(PERHAPS, PERHAPS, PERHAPS))
    change(w.parameters[0], pay_unconditional=0.0, pay_free_rider=0.0, **coefficients)
    return w


def test_reminders_reach_everybody_and_norm_messages_tell_the_last_periods_truth():
    w = undecided(pay_base=-0.2, pay_reminder=0.4, pay_norm=0.6)
    w.now[0, Instrument.REMINDERS], w.now[0, Instrument.NORM_MESSAGES] = 0.5, 0.5
    change(w.compounds[0], billed_now=10, paid_now=6)
    assert chances(w) == pytest.approx([0.3] * 3)
    w.now[0, Instrument.REMINDERS], w.now[0, Instrument.NORM_MESSAGES] = 0.5, 0.5
    change(w.compounds[0], billed_now=10, paid_now=5)  # no more than half: no message is sent
    assert chances(w) == pytest.approx([0.0] * 3)
    change(w.compounds[0], billed_now=1, paid_now=1)
    assert chances(w) == pytest.approx([0.3] * 3)
    change(w.compounds[0], billed_now=0, paid_now=0)
    assert chances(w) == pytest.approx([0.0] * 3)


def test_every_trait_bears_on_paying_in_its_own_row():
    w = undecided(
        pay_base=0.1, pay_belief=1.0, pay_trust=0.6, pay_habit=0.3, pay_fee=0.2, pay_reactance=0.4, pay_absent=0.5,
        pay_engagement=0.8, pay_contributed=0.35, pay_pledge=0.25, pledge_unwilling=0.6,
    )  # fmt: skip
    w.settings[0].vacant_fee_share = 1.0
    w.flags[Flag.TENURE] = [Tenure.OWNER_OCCUPIED, Tenure.VACANT, Tenure.RENTED_OUT]
    w.flags[Flag.COOPERATION] = [PERHAPS, PERHAPS, ALWAYS]
    w.flags[Flag.PLEDGED] = [1, 1, 0]
    w.flags[Flag.CONTRIBUTED] = [0, 1, 0]
    reals = w.reals
    reals[Real.BELIEF], reals[Real.TRUST_COMPANY] = [0.75, 0.25, 0.75], [0.5, 1.0, 0.0]
    reals[Real.HABIT], reals[Real.SUPPORT] = [1.0, 0.0, 0.75], [0.5, -0.5, 0.5]
    reals[Real.INCOME], reals[Real.REACTANCE] = [0.5, 1.0, 2.0], [0.25, 0.0, 0.5]
    reals[Real.ENGAGEMENT] = [1.0, 0.5, 0.0]
    burden = [2.0 * m2 / (1.5 * 66.0) / income for m2, income in ((50, 0.5), (60.5, 1.0), (89.5, 2.0))]
    expected = [
        0.1 + 0.25 + 0.0 + 0.3 + 0.25 - 0.2 * burden[0] - 0.1 + 0.4,
        0.1 - 0.25 + 0.3 - 0.3 + 0.15 - 0.2 * burden[1] - 0.5 + 0.35,
        0.1 + 0.0 - 0.3 + 0.15 - 0.2 * burden[2] - 0.2 - 0.4,
    ]
    assert chances(w) == pytest.approx(expected, rel=1e-6)


def test_pledges_bind_in_management_only():
    for stage, expected in ((Stage.MANAGEMENT, 0.5), (Stage.ACCEPTANCE, 0.0)):
        w = undecided(pay_pledge=0.5)
        w.compounds[0].stage = stage
        w.flags[Flag.PLEDGED], w.reals[Real.SUPPORT] = 1, 0.5
        assert chances(w) == pytest.approx([expected] * 3)


def test_messages_and_dunning_reach_free_riders_differently():
    w = undecided(pay_reminder=0.4, naming_pays=0.6, free_rider_messages=0.25, free_rider_dunning=1.5)
    w.flags[Flag.COOPERATION] = [PERHAPS, NEVER, ALWAYS]
    w.now[0, Instrument.REMINDERS] = 0.5
    assert chances(w) == pytest.approx([0.2, 0.05, 0.2])
    w.money[Money.ARREARS], w.now[0, Instrument.NAMING_DEBTORS] = 1, 0.5
    w.now[0, Instrument.REMINDERS] = 0.0
    assert chances(w) == pytest.approx([0.3, 0.45, 0.3])


def test_owners_who_let_their_flat_pay_less_readily():
    w = undecided(pay_rented=0.4)
    w.flags[Flag.TENURE] = [Tenure.OWNER_OCCUPIED, Tenure.RENTED_OUT, Tenure.VACANT]
    assert chances(w) == pytest.approx([0.0, -0.4, 0.0])


def test_free_riders_and_the_unconditional_differ():
    w = billed_world()
    change(w.parameters[0], pay_unconditional=0.7, pay_free_rider=0.4)
    assert chances(w) == pytest.approx([0.7, -0.4, 0.7])


def test_dunning_and_naming_reach_debtors_only():
    w = undecided(pay_dunning=0.6, naming_pays=0.3, demand_force=0.5, mediation_after=3.0, suit_after=6.0)
    w.now[0, Instrument.LAWFUL_DUNNING], w.now[0, Instrument.NAMING_DEBTORS] = 0.8, 0.5
    w.money[Money.ARREARS] = [0, 36_300, 1]  # a fen is owed, but not a whole bill
    assert chances(w) == pytest.approx([0.0, 0.24 + 0.15, 0.15])


def test_service_met_differs_by_household_and_bears_on_paying():
    w = undecided(pay_quality=2.0, quality_reference=0.5, quality_noise=0.0, quality_lag=0.0)
    w.compounds[0].quality = 0.8
    assert chances(w) == pytest.approx([0.6] * 3)
    w = undecided(pay_quality=2.0, quality_reference=0.5, quality_noise=0.1)
    w.compounds[0].quality = 0.5
    assert len(set(chances(w))) == 3


def test_luck_is_this_weeks_draw_of_each_household():
    """Whoever's draw is below its chance pays, and settles old debt by the third draw."""
    for week in (12, 25, 38, 51):
        w = undecided(pay_base=0.0, arrears_repaid=0.5)
        w.money[Money.ARREARS] = 10
        serve_and_bill(w, 0, week)
        for i in range(3):
            pay, _, repay, _ = four_uniforms(11, 5, i, week, Purpose.PAY)
            assert w.flags[Flag.PAID, i] == (pay < 0.5)
            settled = 10 if pay < 0.5 and repay < 0.5 else 0
            assert w.money[Money.ARREARS, i] == 10 - settled + (0 if pay < 0.5 else BILLS[i])


# -- points -------------------------------------------------------------------------------------------------


def test_points_are_given_to_payers_and_cost_the_public_money_it_has():
    w = undecided(pay_base=50.0, pay_points=3.0, points_crowding=1.0, points_yuan=2.25)
    w.now[0, Instrument.POINTS] = 0.5
    change(w.compounds[0], money_left=10.0, public_spending=5)
    w.flags[Flag.COOPERATION, 1] = ALWAYS
    serve_and_bill(w, 0, END)
    k = w.compounds[0]
    assert k.money_left == 10.0 - 0.5 * 2.25 * 3
    assert k.public_spending == 5 + 338  # 3.375 yuan, half a fen rounded up


def test_points_weigh_less_with_who_would_pay_anyway():
    w = undecided(pay_points=0.6, points_crowding=0.2, points_yuan=1.0)
    w.flags[Flag.COOPERATION, 1] = ALWAYS
    w.now[0, Instrument.POINTS] = 0.5
    w.compounds[0].money_left = 100.0
    assert chances(w) == pytest.approx([0.3, -0.1, 0.3])


@pytest.mark.parametrize(
    ("stage", "left", "given"),
    [(Stage.MANAGEMENT, 3.0, True), (Stage.MANAGEMENT, 2.99, False), (Stage.ACCEPTANCE, 3.0, False)],
)
def test_points_need_management_and_money_for_every_household(stage, left, given):
    w = undecided(pay_points=0.6, points_yuan=2.0)
    w.now[0, Instrument.POINTS] = 0.5
    change(w.compounds[0], money_left=left, stage=stage)
    assert chances(w) == pytest.approx([0.3 if given else 0.0] * 3)


# -- service ------------------------------------------------------------------------------------------------

SERVICE = {
    "quality_base": 0.1, "quality_effort": 0.3, "quality_infrastructure": 0.2, "quality_lag": 0.25,
    "integration_quality": 0.4, "joint_meeting_quality": 0.2, "infrastructure_decay": 0.1,
}  # fmt: skip


@pytest.mark.parametrize(("stage", "expected"), [(Stage.MANAGEMENT, 0.5425), (Stage.ACCEPTANCE, 0.48)])
def test_quality_follows_effort_and_infrastructure_and_devices_of_management_count_in_management(
    stage, expected
):
    w = billed_world(stage=stage, quality=0.5, effort=0.6, infrastructure=0.8)
    change(w.parameters[0], **SERVICE)
    now = w.now[0]
    now[Instrument.BUILD_MANAGE_INTEGRATION], now[Instrument.JOINT_MEETINGS] = 0.5, 0.25
    serve_and_bill(w, 0, END)
    # infrastructure 0.7; 0.75 · 0.5 + 0.25 (0.1 + 0.18 + 0.14 + 0.25 of devices)
    assert w.compounds[0].infrastructure == pytest.approx(0.7)
    assert w.compounds[0].quality == pytest.approx(expected)


def test_without_a_company_quality_tends_to_street_fallback():
    w = billed_world(company_present=0, quality=0.5)
    change(w.parameters[0], quality_lag=0.25, fallback_quality=0.1)
    serve_and_bill(w, 0, END)
    assert w.compounds[0].quality == pytest.approx(0.4)


def test_poor_service_counts_bill_after_bill_in_management():
    w = billed_world(quality=0.3, poor_bills=2)
    w.parameters[0].dismissal_quality = 0.4
    serve_and_bill(w, 0, END)
    assert w.compounds[0].poor_bills == 3
    w.compounds[0].quality = 0.4
    serve_and_bill(w, 0, END)
    assert w.compounds[0].poor_bills == 0
    change(w.compounds[0], quality=0.3, poor_bills=2, stage=Stage.ACCEPTANCE)
    serve_and_bill(w, 0, END)
    assert w.compounds[0].poor_bills == 0


RESTING = (
    "CONCESSIONS", "BUNDLING", "OPEN_ACCOUNTS", "SUPERVISORY_COMMITTEE", "CROSS_APPOINTMENT", "REMINDERS",
    "NORM_MESSAGES", "LAWFUL_DUNNING", "NAMING_DEBTORS",
)  # fmt: skip


def test_instruments_of_the_new_company_rest_until_management():
    for stage in (Stage.WILLINGNESS, Stage.ACCEPTANCE, Stage.MANAGEMENT, Stage.DROPPED):
        w = billed_world(stage=stage)
        w.now[0] = 0.5
        serve_and_bill(w, 0, END)
        resting = {i.name for i in Instrument if w.now[0, i] == 0.0}
        assert resting == (set() if stage == Stage.MANAGEMENT else set(RESTING))


@pytest.mark.parametrize(("contract", "measured"), [(Contract.SELF_MANAGED, 0.5), (Contract.TRUST, 0.0)])
def test_engagement_is_measured_where_management_lives_on_it(contract, measured):
    w = billed_world()
    w.settings[0].contract = contract
    w.reals[Real.ENGAGEMENT] = [0.25, 0.5, 0.75]
    serve_and_bill(w, 0, END)
    assert w.compounds[0].mean_engagement == measured


# -- learning from bills ------------------------------------------------------------------------------------


def learning(**coefficients):
    """Quality met is 0.8, of which 0.5 was expected: a surprise of 0.3 for everybody."""
    w = billed_world(quality=0.8)
    change(w.parameters[0], quality_reference=0.5, **coefficients)
    w.reals[Real.TRUST_COMPANY] = 0.6
    return w


def trusts(w):
    serve_and_bill(w, 0, END)
    return pytest.approx(w.reals[Real.TRUST_COMPANY].tolist(), rel=1e-6)


def test_trust_follows_the_surprise():
    assert trusts(learning(trust_gain=0.2)) == [0.624] * 3


def test_a_worse_service_than_expected_costs_trust():
    w = learning(trust_loss=0.4)
    w.parameters[0].quality_reference = 1.0
    assert trusts(w) == [0.6 - 0.4 * 0.2 * 0.6] * 3


@pytest.mark.parametrize(("stage", "joint"), [(Stage.MANAGEMENT, 0.25), (Stage.ACCEPTANCE, 0.0)])
def test_joint_meetings_and_open_books_win_trust_in_management(stage, joint):
    w = learning(joint_meeting_trust=0.5, open_accounts_trust=0.4)
    w.compounds[0].stage = stage
    w.now[0, Instrument.JOINT_MEETINGS], w.now[0, Instrument.OPEN_ACCOUNTS] = 0.5, 0.5
    gained = (0.2 + 0.25) * 0.4 if joint else 0.0
    assert trusts(w) == [0.6 + gained] * 3


def test_cross_appointments_lend_the_offices_trust():
    w = learning(cross_trust=0.5)
    w.now[0, Instrument.CROSS_APPOINTMENT] = 0.5
    w.reals[Real.TRUST_OFFICE] = [0.6, 1.0, 0.2]
    assert trusts(w) == [0.6, 0.7, 0.5]


def test_a_trial_wins_trust_from_who_is_well_served():
    w = learning(trial_trust=2.0)
    assert trusts(w) == [0.6] * 3
    w.compounds[0].trial_until = END + 1
    assert trusts(w) == [0.6 + 2.0 * 0.3 * 0.4] * 3
    w = learning(trial_trust=2.0)
    w.compounds[0].trial_until = END + 1
    w.parameters[0].quality_reference = 1.0  # worse than expected: nothing is won
    assert trusts(w) == [0.6] * 3


def test_naming_debtors_costs_their_trust():
    w = learning(naming_trust_loss=0.5)
    w.now[0, Instrument.NAMING_DEBTORS] = 0.4
    assert trusts(w) == [0.6, 0.48, 0.6]


def test_nobody_is_named_where_nobody_is_billed():
    w = learning(naming_trust_loss=0.5)
    w.now[0, Instrument.NAMING_DEBTORS] = 0.4
    w.compounds[0].fee = 0.0
    assert trusts(w) == [0.6] * 3


def test_trust_stays_where_there_is_no_company():
    w = learning(trust_gain=0.2)
    w.compounds[0].company_present = 0
    assert trusts(w) == [0.6] * 3


def test_habit_follows_ones_own_payment_and_belief_what_one_sees():
    """Household 1 does not pay. Households 0 and 1 share a stairwell; 2 lives alone and knows 1."""
    w = with_ties(billed_world(), [[1, 2], [], [1]])
    w.compounds[0].n_stairwells = 2
    w.wholes[Whole.STAIRWELL] = [0, 0, 1]
    change(w.parameters[0], habit_rate=0.25, belief_rate=0.5)
    w.reals[Real.HABIT], w.reals[Real.BELIEF] = 0.4, 0.2
    serve_and_bill(w, 0, END)
    assert w.reals[Real.HABIT].tolist() == pytest.approx([0.55, 0.3, 0.55])
    seen = [
        0.5 * 0.5 + 0.5 * 0.5,
        0.5,
        0.5 * 0.0 + 0.5 * 1.0,
    ]  # ties and stairwell; without ties the stairwell
    assert w.reals[Real.BELIEF].tolist() == pytest.approx([0.1 + 0.5 * of for of in seen])


def test_open_books_tell_the_true_rate():
    w = billed_world()
    change(w.parameters[0], belief_rate=0.5)
    w.now[0, Instrument.OPEN_ACCOUNTS] = 1.0
    serve_and_bill(w, 0, END)
    assert w.reals[Real.BELIEF].tolist() == pytest.approx([0.5 * 2 / 3] * 3)


@pytest.mark.parametrize(
    ("drift", "beliefs", "become"),
    [
        (0.5, (0.0, 1.0, 0.0), (NEVER, PERHAPS, ALWAYS)),
        (0.5, (1.0, 0.0, 1.0), (PERHAPS, NEVER, ALWAYS)),
        (0.0, (0.0, 1.0, 0.0), (PERHAPS, NEVER, ALWAYS)),
        (-0.5, (0.0, 1.0, 0.0), (PERHAPS, NEVER, ALWAYS)),
    ],
)
def test_types_drift_by_what_is_believed_of_others_and_the_unconditional_stay(drift, beliefs, become):
    w = billed_world(payers=(PERHAPS, NEVER, ALWAYS))
    change(
        w.parameters[0],
        cooperation_drift=drift,
        drift_with_company=1.0,
        drift_to_selfish=1.0,
        drift_to_conditional=1.0,
    )
    w.reals[Real.BELIEF] = beliefs
    serve_and_bill(w, 0, END)
    assert w.flags[Flag.COOPERATION].tolist() == [*become]


def test_types_drift_more_slowly_where_a_company_serves():
    for contract, become in ((Contract.SELF_MANAGED, NEVER), (Contract.LUMP_SUM, PERHAPS)):
        w = billed_world(payers=(PERHAPS,))
        change(w.parameters[0], cooperation_drift=0.5, drift_with_company=0.0, drift_to_selfish=1.0)
        w.settings[0].contract = contract
        w.reals[Real.BELIEF] = 0.0
        serve_and_bill(w, 0, END)
        assert w.flags[Flag.COOPERATION, 0] == become


@pytest.mark.parametrize(("stage", "become"), [(Stage.WILLINGNESS, PERHAPS), (Stage.MANAGEMENT, NEVER)])
def test_types_drift_as_under_self_management_once_it_is_in_force(stage, become):
    w = billed_world(payers=(PERHAPS,))
    change(w.parameters[0], cooperation_drift=0.5, drift_with_company=0.0, drift_to_selfish=1.0)
    w.settings[0].contract = Contract.SELF_MANAGED
    w.compounds[0].stage = stage
    w.reals[Real.BELIEF] = 0.0
    serve_and_bill(w, 0, END)
    assert w.flags[Flag.COOPERATION, 0] == become


def test_types_drift_by_each_households_draw():
    found = []
    for week in (12, 25, 38, 51):
        w = billed_world(payers=(PERHAPS, NEVER, PERHAPS))
        change(
            w.parameters[0],
            cooperation_drift=0.5,
            drift_with_company=1.0,
            drift_to_selfish=1.0,
            drift_to_conditional=1.0,
        )
        w.reals[Real.BELIEF] = 0.5
        serve_and_bill(w, 0, week)
        turned = [uniform(11, 5, i, week, Purpose.DRIFT) < 0.5 for i in range(3)]
        others = (NEVER, PERHAPS, NEVER)
        expected = [o if t else b for t, o, b in zip(turned, others, (PERHAPS, NEVER, PERHAPS), strict=True)]
        assert w.flags[Flag.COOPERATION].tolist() == expected
        found += turned
    assert set(found) == {True, False}


# -- accounts -----------------------------------------------------------------------------------------------


def test_a_full_collection_is_the_reference_fee_on_every_square_metre():
    w = billed_world()
    assert full_collection(w, 0) == pytest.approx(90_000)  # 1.5 yuan · 200 m² · 3 months


def accounts(**compound):
    w = billed_world(effort=0.5, **compound)
    change(w.parameters[0], fixed_cost=0.4, effort_cost=0.2, suit_yuan=12.345)
    w.settings[0].common_income = 0.25
    return w


def test_the_company_gets_common_income_and_bears_its_cost():
    w = accounts(cash=100, common_income=7, company_costs=8, subsidies=9, public_spending=10)
    serve_and_bill(w, 0, END)
    k = w.compounds[0]
    common, cost = 22_500, 45_000
    assert (k.common_income, k.company_costs) == (7 + common, 8 + cost)
    assert (k.subsidies, k.public_spending) == (9, 10)
    assert k.balance_now == 83_700 + common - cost
    assert k.cash == 100 + 83_700 + common - cost


def test_concessions_and_freed_space_add_to_common_income():
    w = accounts(freed_m2=10.0)
    change(w.parameters[0], concession_income=0.5, freed_income=0.125)
    w.now[0, Instrument.CONCESSIONS] = 0.4
    serve_and_bill(w, 0, END)
    assert w.compounds[0].common_income == 90_000 * 0.45 + 375  # 0.125 yuan · 10 m² · 3 months


def test_income_already_ceded_goes_to_the_public_first():
    w = accounts(ceded_left=10_000, public_spending=50_000)
    serve_and_bill(w, 0, END)
    k = w.compounds[0]
    assert (k.ceded_left, k.income_ceded, k.public_spending) == (0, 10_000, 40_000)
    assert k.common_income == 22_500
    assert k.cash == k.balance_now == 83_700 + 12_500 - 45_000


def test_suits_cost_the_company_by_how_strictly_they_are_brought():
    w = accounts()
    w.money[Money.ARREARS, 1] = 6 * 36_300
    w.now[0, Instrument.LAWFUL_DUNNING] = 0.5
    change(w.parameters[0], mediation_after=3.0, suit_after=6.0)
    serve_and_bill(w, 0, END)
    assert w.compounds[0].company_costs == 45_000 + 617  # 12.345 yuan, half: 6.1725


def test_fen_are_rounded_to_the_nearest():
    w = accounts()
    w.compounds[0].total_area = 20_001  # a full collection of 90,004.5 fen
    serve_and_bill(w, 0, END)
    k = w.compounds[0]
    assert (k.common_income, k.company_costs) == (22_501, 45_002)  # 22,501.125 and 45,002.25
    w = accounts(freed_m2=1.0)
    change(w.parameters[0], freed_income=0.0062)  # 1.86 fen
    w.compounds[0].total_area = 20_003  # 90,013.5: 22,503.375 and 45,006.75
    serve_and_bill(w, 0, END)
    k = w.compounds[0]
    assert (k.common_income, k.company_costs) == (22_503 + 2, 45_007)


def test_on_trial_the_public_pays_a_subsidy():
    w = accounts(trial_until=END + 1)
    w.parameters[0].trial_subsidy = 0.300006
    serve_and_bill(w, 0, END)
    k = w.compounds[0]
    assert k.subsidies == k.public_spending == 27_001  # 27,000.54
    assert k.cash == k.balance_now == 22_500 + 27_001 - 45_000


def test_before_management_the_public_bears_a_deficit_and_in_management_it_does_not():
    for stage, borne in ((Stage.ACCEPTANCE, 22_500 + 5), (Stage.MANAGEMENT, 0)):
        w = accounts(stage=stage, fee=0.0, cash=-5, public_spending=1)
        serve_and_bill(w, 0, END)
        k = w.compounds[0]
        assert (k.subsidies, k.public_spending) == (borne, 1 + borne)
        assert k.cash == -5 + 22_500 - 45_000 + borne
        assert k.balance_now == 22_500 - 45_000 + borne


def test_before_management_a_deficit_of_a_fen_is_borne():
    w = accounts(stage=Stage.ACCEPTANCE, cash=22_499)
    w.compounds[0].fee = 0.0
    serve_and_bill(w, 0, END)
    assert (w.compounds[0].subsidies, w.compounds[0].cash) == (1, 0)


def test_before_management_a_surplus_stays_with_the_company():
    w = accounts(stage=Stage.ACCEPTANCE, cash=90_000)
    w.compounds[0].fee = 0.0
    serve_and_bill(w, 0, END)
    assert (w.compounds[0].subsidies, w.compounds[0].cash) == (0, 67_500)


def test_the_contract_is_a_lump_sum_until_management():
    for stage in Stage:
        w = accounts(stage=stage)
        w.settings[0].contract = Contract.SELF_MANAGED
        w.parameters[0].self_fixed_cost = 0.5
        expected = Contract.SELF_MANAGED if stage == Stage.MANAGEMENT else Contract.LUMP_SUM
        assert contract_in_force(w.compounds[0], w.settings[0]) == expected
        serve_and_bill(w, 0, END)
        assert w.compounds[0].company_costs == (27_000 if stage == Stage.MANAGEMENT else 45_000)


def test_books_are_closed_before_management_and_open_by_contract_or_instrument():
    w = billed_world()
    w.settings[0].contract = Contract.TRUST
    change(w.parameters[0], trust_openness=0.4, supervisory_openness=0.2)
    now = w.now[0]
    assert openness(w, 0) == pytest.approx(0.4)
    now[Instrument.OPEN_ACCOUNTS], now[Instrument.SUPERVISORY_COMMITTEE] = 0.5, 0.5
    assert openness(w, 0) == pytest.approx(0.6)
    w.compounds[0].stage = Stage.ACCEPTANCE
    assert openness(w, 0) == 0.0


# -- the company's decision, and its end --------------------------------------------------------------------

DECIDES = {
    "effort_adjustment": 0.4, "committee_monitoring": 0.3, "committee_target": 0.8, "effort_floor": 0.1,
    "cross_effort": 0.4, "self_effort_base": 0.3, "self_effort_engagement": 0.5, "deficit_limit": 0.5,
}  # fmt: skip


def deciding(**compound):
    w = billed_world(effort=0.5, **compound)
    change(w.parameters[0], **DECIDES)
    w.now[0, Instrument.OWNERS_COMMITTEE] = 0.5
    return w


def test_effort_follows_the_balance_and_what_the_committee_insists_on():
    w = deciding()
    decide_company(w, 0, END, 0.2)
    assert w.compounds[0].effort == pytest.approx(0.5 + 0.08 + 0.3 * 0.5 * 0.3)


def test_effort_stays_within_its_bounds():
    w = deciding()
    w.now[0, Instrument.CROSS_APPOINTMENT] = 0.5
    decide_company(w, 0, END, -9.0)
    assert w.compounds[0].effort == pytest.approx(0.3)
    w = deciding(mean_engagement=0.6)
    w.settings[0].contract = Contract.SELF_MANAGED
    decide_company(w, 0, END, 9.0)
    assert w.compounds[0].effort == pytest.approx(0.6)


@pytest.mark.parametrize("why", [{"company_present": 0}, {"stage": Stage.ACCEPTANCE}])
def test_only_a_company_in_management_decides(why):
    w = deciding()
    change(w.compounds[0], cash=-90_000, **why)
    before = snapshot(w)
    decide_company(w, 0, END, 0.2)
    assert snapshot(w) == before


def test_notice_is_given_past_the_deficit_borne_once_and_taken_back_after():
    w = deciding(cash=-45_000)
    k = w.compounds[0]
    decide_company(w, 0, 12, 0.0)
    assert k.notice_week == -1
    k.cash = -45_001
    decide_company(w, 0, 25, 0.0)
    assert k.notice_week == 25
    decide_company(w, 0, 38, 0.0)
    assert k.notice_week == 25
    k.cash = 0
    decide_company(w, 0, 51, 0.0)
    assert k.notice_week == -1


def test_notice_in_the_first_week_stands_and_final_notice_is_not_taken_back():
    w = deciding(cash=-90_000, notice_week=0)
    decide_company(w, 0, 12, 0.0)
    assert w.compounds[0].notice_week == 0
    change(w.compounds[0], cash=0, notice_final=1)
    decide_company(w, 0, 12, 0.0)
    assert w.compounds[0].notice_week == 0


def test_a_company_may_go_for_reasons_of_its_own_by_the_draw_of_the_compound():
    found = set()
    for week in range(12, 200, 13):
        w = deciding()
        w.parameters[0].company_exit = 2.0  # a year: one half in a period of 13 weeks
        goes = bool(uniform(11, 5, COMPOUND, week, Purpose.COMPANY_EXIT) < 0.5)
        decide_company(w, 0, week, 0.0)
        k = w.compounds[0]
        assert (k.notice_week, k.notice_final) == ((week, 1) if goes else (-1, 0))
        found.add(goes)
    assert found == {True, False}


def test_the_chance_of_going_is_a_years_in_52_weeks():
    """Seeds whose draw is within 0.009 of one half: 51 or 53 weeks would decide otherwise."""
    found = set()
    for seed in range(1500):
        u = uniform(seed, 5, COMPOUND, END, Purpose.COMPANY_EXIT)
        if abs(u - 0.5) < 0.009:
            w = deciding(seed=seed)
            w.parameters[0].company_exit = 2.0
            decide_company(w, 0, END, 0.0)
            assert w.compounds[0].notice_final == (u < 0.5)
            found.add(bool(u < 0.5))
    assert found == {True, False}


def test_a_company_that_has_given_notice_does_not_give_it_again():
    w = deciding(cash=-90_000, notice_week=0)
    w.parameters[0].company_exit = 4.0  # certain
    decide_company(w, 0, END, 0.0)
    assert (w.compounds[0].notice_week, w.compounds[0].notice_final) == (0, 0)
    w = deciding(cash=-90_000)
    decide_company(w, 0, END, 0.0)
    assert (w.compounds[0].notice_week, w.compounds[0].notice_final) == (END, 0)


@pytest.mark.parametrize(
    ("noticed", "dismissed", "week", "leaves"),
    [(5, 0, 8, False), (5, 0, 9, True), (5, 0, 10, True), (5, 1, 6, False), (5, 1, 7, True), (0, 0, 4, True),
     (-1, 0, 20, False)],
)  # fmt: skip
def test_a_company_leaves_when_its_notice_has_run_out(noticed, dismissed, week, leaves):
    w = billed_world(
        notice_week=noticed, dismissed=dismissed, notice_final=1, poor_bills=3, cash=-40, written_off=2,
        company_left=6,
    )  # fmt: skip
    change(w.parameters[0], notice_weeks=4.0, dismissal_weeks=2.0)
    serve_and_bill(w, 0, week)
    k = w.compounds[0]
    assert k.company_present == (not leaves)
    if leaves:
        assert (k.notice_week, k.notice_final, k.dismissed, k.poor_bills, k.cash) == (-1, 0, 0, 0, 0)
        assert k.written_off == 2 + 40
        assert k.company_left == 6 + (1 - dismissed)


def test_where_no_company_is_none_can_leave():
    w = billed_world(notice_week=5, company_left=6)
    w.compounds[0].company_present = 0
    serve_and_bill(w, 0, 10)
    assert w.compounds[0].company_left == 6


# -- the trailing year --------------------------------------------------------------------------------------


def test_the_trailing_year_is_paid_over_issued_of_the_last_52_weeks():
    w = billed_world()
    k = w.compounds[0]
    assert math.isnan(trailing_year(k))
    for period, payers in enumerate(((NEVER,) * 3, *[(ALWAYS, NEVER, ALWAYS)] * 3, (ALWAYS,) * 3)):
        w.flags[Flag.COOPERATION] = payers
        serve_and_bill(w, 0, 13 * period + 12)
    assert k.year_issued[:5].tolist() == [3, 3, 3, 3, 0]
    assert k.year_paid[:5].tolist() == [3, 2, 2, 2, 0]  # the fifth took the place of the first
    assert trailing_year(k) == pytest.approx(9 / 12)


def test_a_bill_a_year_or_less_is_remembered_alone():
    w = billed_world()
    w.settings[0].billing_interval_weeks = 104.0
    serve_and_bill(w, 0, 103)
    w.flags[Flag.COOPERATION] = (NEVER,) * 3
    assert trailing_year(w.compounds[0]) == pytest.approx(2 / 3)
    serve_and_bill(w, 0, 207)
    assert trailing_year(w.compounds[0]) == 0.0


def test_bills_are_remembered_in_turn_whatever_the_period():
    w = billed_world()
    w.settings[0].billing_interval_weeks = 10.0
    for week in (9, 19, 29):
        serve_and_bill(w, 0, week)
    assert w.compounds[0].year_issued[:6].tolist() == [3, 3, 3, 0, 0, 0]


def test_one_bill_is_a_year_of_bills():
    k = small_world().compounds[0]
    k.year_issued[0] = k.year_paid[0] = 1
    assert trailing_year(k) == 1.0


def test_the_last_rate_is_of_those_billed():
    k = small_world(billed_now=4, paid_now=1).compounds[0]
    assert last_rate(k) == 0.25
    change(k, billed_now=1)
    assert last_rate(k) == 1.0
    change(k, billed_now=0, paid_now=0)
    assert last_rate(k) == 0.0


def test_weekly_bills_are_remembered_for_52_weeks():
    w = billed_world()
    w.settings[0].billing_interval_weeks = 1.0
    for week in range(53):
        serve_and_bill(w, 0, week)
    assert w.compounds[0].year_issued.tolist() == [3] * 52
    w.flags[Flag.COOPERATION] = (NEVER,) * 3
    serve_and_bill(w, 0, 53)
    assert w.compounds[0].year_paid.tolist() == [2, 0, *[2] * 50]
    assert trailing_year(w.compounds[0]) == pytest.approx(51 * 2 / (52 * 3))


# -- other compounds ----------------------------------------------------------------------------------------


def everything():
    w = with_ties(
        undecided(pay_points=0.1, points_yuan=1.0, belief_rate=0.5, habit_rate=0.2, trust_gain=0.3),
        [[1], [2], []],
    )
    w.compounds[0].n_stairwells, w.compounds[0].money_left = 2, 3.5
    w.wholes[Whole.STAIRWELL] = [0, 0, 1]
    w.flags[Flag.PLEDGED], w.flags[Flag.CONTRIBUTED] = 1, 1
    w.money[Money.ARREARS] = [30_000, 0, 300_000]
    for row in (Real.SUPPORT, Real.TRUST_COMPANY, Real.ENGAGEMENT, Real.BELIEF, Real.HABIT):
        w.reals[row] = [0.2, 0.4, 0.6]
    w.now[0] = 1.0
    w.settings[0].contract = Contract.SELF_MANAGED
    return w


@pytest.mark.parametrize("compound", [{}, {"fee": 0.0}, {"company_present": 0}], ids=str)
def test_bills_do_not_touch_the_households_of_other_compounds(compound):
    w = everything()
    change(w.compounds[0], **compound)
    assert same_between_others(w, lambda w: serve_and_bill(w, 0, END))
