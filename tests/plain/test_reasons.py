"""Why households have not signed, a few households by hand."""

import numpy as np
import pytest
from small_world import change, small_world

from agents.categories import Cooperation, Reason, Stage, Tenure
from agents.rules.resident import Term
from model.instruments import Instrument
from model.measures import REASONS, Outcome
from model.week.reasons import PAINS, WEEKS_BETWEEN_COUNTS, count_reasons, reasons_of, terms_of
from model.world.state import Flag, Real, Whole


def against_world(households=4):
    """Everybody was asked and is against, and nothing sets anybody apart."""
    w = small_world(households, 1, stage=Stage.WILLINGNESS)
    w.flags[Flag.RESPONDED] = 1
    w.reals[Real.SUPPORT] = -0.5
    w.reals[Real.TRUST_OFFICE] = 0.5
    w.reals[Real.PRESENT_BIAS] = 1.0
    change(
        w.parameters[0], benefit_weight=1.0, absentee_benefit=0.5, taste_scale=1.0, fit_weight=1.0, cost_weight=1.0,
        loss_aversion=1.0, structure_weight=1.0, structure_scale_m2=1.0, fresh_interior_weight=1.0,
        support_rate=0.5, reactance_weight=0.4, resentment_support=0.4,
    )  # fmt: skip
    return w


def reasons(w):
    return [Reason(int(reason)) for reason in reasons_of(w, 0)]


def test_reasons_are_compared_six_at_a_time_and_none_is_left_over():
    assert len(PAINS) % 6 == 0, "find_reasons would read past the last of them"


def test_who_signed_was_never_asked_or_is_in_favour_is_told_first():
    w = against_world()
    w.reals[Real.TASTE] = [-9.0, -9.0, -9.0, 27.0]
    w.flags[Flag.SIGNED] = [1, 0, 0, 1]
    w.flags[Flag.RESPONDED] = [1, 0, 1, 1]
    w.reals[Real.SUPPORT, 2] = 1e-6
    assert reasons(w) == [Reason.SIGNED, Reason.NOT_ASKED, Reason.WAITING, Reason.SIGNED]


def test_a_visit_counts_as_having_been_asked():
    w = against_world()
    w.flags[Flag.RESPONDED] = 0
    w.wholes[Whole.N_VISITS] = [0, 1, 2, 0]
    assert [reason == Reason.NOT_ASKED for reason in reasons(w)] == [True, False, False, True]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        (Real.STRUCTURE, 3.0, Reason.STRUCTURE),
        (Flag.FRESH, 1, Reason.INTERIOR),
        (Real.OWN_COST, 2.0, Reason.COST),
        (Real.TRUST_OFFICE, 0.1, Reason.DISTRUST),
        (Real.FIT, -1.0, Reason.PLAN),
        (Flag.TENURE, Tenure.RENTED_OUT, Reason.ABSENCE),
        (Real.REACTANCE, 2.0, Reason.REACTANCE),
        (Real.RESENTMENT, 2.0, Reason.RESENTMENT),
        (Real.TASTE, -2.0, Reason.TASTE),
    ],
    ids=lambda given: given.name if isinstance(given, Reason) else "",
)
def test_what_sets_a_household_apart_is_its_reason(column, value, reason):
    w = against_world()
    columns = w.reals if isinstance(column, Real) else w.flags
    columns[column, 2] = value
    assert reasons(w)[2] == reason


def test_nuisance_is_the_reason_of_elders():
    w = against_world()
    w.compounds[0].nuisance = 1.0
    change(w.parameters[0], nuisance_weight=1.0, elder_nuisance=2.0)
    w.flags[Flag.ELDER, 1] = 1
    assert reasons(w)[1] == Reason.NUISANCE


def test_a_pledge_is_the_reason_of_who_does_not_mean_to_pay():
    w = against_world()
    w.now[0, Instrument.FEE_PLEDGE] = 1.0
    change(w.parameters[0], pledge_weight=1.0)
    w.flags[Flag.COOPERATION] = [Cooperation.UNCONDITIONAL] * 3 + [Cooperation.FREE_RIDER]
    assert reasons(w)[3] == Reason.PLEDGE
    w.compounds[0].stage = Stage.MANAGEMENT
    assert terms_of(w, 0)[Term.PLEDGE].tolist() == [0.0] * 4, "nothing is left to promise"


def test_a_lift_on_offer_is_the_reason_of_the_ground_floor():
    w = against_world()
    w.settings[0].floors = 6
    w.wholes[Whole.FLOOR] = [6, 5, 4, 1]
    w.now[0, Instrument.LIFT_PACKAGES] = 1.0
    assert terms_of(w, 0)[Term.LIFT].tolist() == [0.0] * 4, "of no weight yet"
    change(w.parameters[0], lift_in_plan=1.0, lift_break_even=3.0, loss_aversion=2.0, lift_loss=0.5)
    assert reasons(w)[3] == Reason.LIFT
    w.now[0, Instrument.LIFT_PACKAGES] = 0.0
    assert terms_of(w, 0)[Term.LIFT].tolist() == [0.0] * 4, "none on offer"


def test_a_pain_that_all_share_sets_nobody_apart():
    w = against_world()
    w.reals[Real.STRUCTURE] = 3.0
    w.reals[Real.TASTE, 2] = -0.1
    assert reasons(w)[2] == Reason.TASTE


def test_of_two_pains_the_greater_one_is_told():
    w = against_world()
    w.reals[Real.STRUCTURE, 2], w.reals[Real.TASTE, 2] = 1.0, -1.5
    assert reasons(w)[2] == Reason.TASTE
    w.reals[Real.STRUCTURE, 2] = 2.0
    assert reasons(w)[2] == Reason.STRUCTURE


def test_absence_is_what_the_project_is_worth_less_to_who_lives_elsewhere():
    w = against_world()
    w.flags[Flag.TENURE, 2] = Tenure.VACANT
    assert terms_of(w, 0)[Term.ABSENCE].tolist() == [0.0, 0.0, -0.25, 0.0]


def test_reasons_and_consent_add_up_to_everybody():
    w = against_world(6)
    w.flags[Flag.SIGNED] = [1, 0, 0, 0, 0, 0]
    w.flags[Flag.RESPONDED] = [1, 0, 1, 1, 1, 1]
    w.reals[Real.SUPPORT] = [0.5, -0.5, 0.5, -0.5, -0.5, -0.5]
    w.reals[Real.STRUCTURE, 3], w.flags[Flag.FRESH, 4] = 9.0, 1
    w.reals[Real.OWN_COST, 5] = 9.0
    count_reasons(w, 0, 0)
    found = dict(zip([reason.name for reason in REASONS], w.series[0, 0, [*REASONS]].round(6), strict=True))
    sixth = np.float32(1 / 6).round(6)
    assert found == {
        **dict.fromkeys(found, 0.0), "UNSIGNED_NOT_ASKED": sixth, "UNSIGNED_WAITING": sixth,
        "UNSIGNED_LOSS": np.float32(2 / 6).round(6), "UNSIGNED_COST": sixth,
    }  # fmt: skip


def test_reasons_are_counted_every_fourth_week_and_in_the_last():
    w = against_world()
    w = w._replace(series=np.zeros((1, WEEKS_BETWEEN_COUNTS + 3, len(Outcome)), np.float32))
    told = []
    for week in range(w.series.shape[1]):
        w.flags[Flag.RESPONDED] = np.arange(4) < week % 4
        count_reasons(w, 0, week)
        told.append(float(w.series[0, week, Outcome.UNSIGNED_NOT_ASKED]))
    assert told == [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5]


def test_every_reason_has_a_term_and_an_outcome_of_its_own_or_shares_it_with_its_kind():
    told = {Reason.SIGNED, Reason.NOT_ASKED, Reason.WAITING}
    assert set(PAINS) | told == set(Reason)
    assert {outcome for _, outcome in PAINS.values()} == set(REASONS[2:])
