"""Signing, withdrawing and removing among a few households, each step by hand."""

import math

import pytest
from small_world import change, same_between_others, small_world, snapshot, with_ties

from agents.categories import Stage, Tenure
from model.instruments import Instrument
from model.week.signing import removed_so_far, sign_and_withdraw
from model.world.network import ties_share
from model.world.randomness import Purpose, uniform
from model.world.state import Flag, Real, Whole

WEEK = 7
#: Log-odds so steep that a household signs if its reasons exceed the threshold, and does not if they fall short.
SURE = 1e5


def asked_world(households=3, ties=None, stairwells=None, **compound):
    """Everybody is asked, and signs above a support of 0.1; nobody withdraws."""
    w = small_world(households, max(stairwells or [0]) + 1, **{"stage": Stage.WILLINGNESS, **compound})
    w = with_ties(w, ties or [[]] * households)
    w.wholes[Whole.STAIRWELL] = stairwells or [0] * households
    w.flags[Flag.ASKED] = 1
    change(
        w.parameters[0], sign_steepness=SURE, sign_threshold=0.1, withdraw_support=-9.0, withdraw_pressure=9.0,
        removal_threshold=0.1, compliant_ties=2.0, removal_ledger_share=9.0,
    )  # fmt: skip
    return w


def draw(i, purpose, week=WEEK):
    return uniform(11, 5, i, week, purpose)


def signed(w, week=WEEK):
    sign_and_withdraw(w, 0, week)
    return w.flags[Flag.SIGNED].tolist()


# -- signing ------------------------------------------------------------------------------------------------


def test_who_is_asked_and_willing_signs():
    w = asked_world()
    w.flags[Flag.ASKED] = [1, 1, 0]
    w.reals[Real.SUPPORT] = [0.2, 0.0, 0.9]
    assert signed(w) == [1, 0, 0]


@pytest.mark.parametrize("stage", Stage)
def test_nobody_signs_after_the_works(stage):
    w = asked_world(stage=stage)
    w.reals[Real.SUPPORT] = 0.9
    before = snapshot(w)
    assert signed(w) == ([1, 1, 1] if stage <= Stage.WORKS else [0, 0, 0])
    assert (snapshot(w) == before) == (stage > Stage.WORKS)


def test_pressure_makes_a_household_sign():
    w = asked_world()
    w.parameters[0].sign_pressure = 0.5
    w.reals[Real.PRESSURE] = [0.0, 0.1, 0.3]
    assert signed(w) == [0, 0, 1]


def test_those_who_conform_do_as_their_stairwell_and_ties_do():
    """Of stairwell 0 one of three has signed, of stairwell 1 both. Weights: 0.25 stairwell, 0.75 ties."""
    w = asked_world(6, stairwells=[0, 0, 0, 1, 1, 1], ties=[[], [0, 3], [1, 3, 4], [], [], []])
    w.flags[Flag.SIGNED] = [1, 0, 0, 1, 1, 0]
    w.flags[Flag.ASKED] = [0, 1, 1, 0, 0, 1]
    w.reals[Real.CONFORMITY] = 0.5
    p = w.parameters[0]
    change(p, stairwell_weight=0.25, sign_social=2.0, sign_social_reference=0.25, sign_threshold=0.0)
    shares = {
        1: 0.25 / 3 + 0.75,
        5: 2 / 3,
    }  # ties of 1 have both signed; 5 has none, so the stairwell counts whole
    if draw(1, Purpose.SIGN_ORDER) < draw(2, Purpose.SIGN_ORDER):
        shares[2] = 0.25 * 2 / 3 + 0.75
    else:
        shares[2] = 0.25 / 3 + 0.75 * 2 / 3
        shares[1] = 0.25 * 2 / 3 + 0.75
    for i, share in shares.items():
        for above in (-1e-3, 1e-3):
            again = w._replace(flags=w.flags.copy().view(type(w.flags)))
            again.reals[Real.SUPPORT] = 9.0
            again.reals[Real.SUPPORT, i] = 0.25 - share + above
            assert signed(again)[i] == (above > 0.0), (i, share)


def test_households_sign_one_after_another_in_random_order():
    """1 signs only after 0, with whom it shares the stairwell: in some weeks it is asked first."""
    outcomes = set()
    for week in range(12):
        w = asked_world(2)
        w.reals[Real.SUPPORT], w.reals[Real.CONFORMITY] = [0.5, 0.0], [0.0, 1.0]
        change(w.parameters[0], sign_social=1.0, stairwell_weight=1.0)
        zero_first = draw(0, Purpose.SIGN_ORDER, week) < draw(1, Purpose.SIGN_ORDER, week)
        assert signed(w, week) == [1, int(zero_first)]
        outcomes.add(zero_first)
    assert outcomes == {True, False}


def test_a_chance_is_compared_with_the_households_draw_of_the_week():
    found = []
    for week in range(10):
        w = asked_world(3)
        change(w.parameters[0], sign_steepness=1.0, sign_threshold=0.0)
        w.reals[Real.SUPPORT] = 0.4
        chance = 1.0 / (1.0 + math.exp(-0.4))
        expected = [int(draw(i, Purpose.SIGN, week) < chance) for i in range(3)]
        assert signed(w, week) == expected
        found += expected
    assert set(found) == {0, 1}


def test_who_signs_pledges_by_the_intensity_of_pledges():
    found = []
    for week in range(10):
        w = asked_world(3)
        w.reals[Real.SUPPORT] = 0.9
        w.now[0, Instrument.FEE_PLEDGE] = 0.5
        sign_and_withdraw(w, 0, week)
        expected = [int(draw(i, Purpose.PLEDGE, week) < 0.5) for i in range(3)]
        assert w.flags[Flag.PLEDGED].tolist() == expected
        found += expected
    assert set(found) == {0, 1}


def test_who_has_signed_is_not_asked_again_and_who_was_signed_for_may_sign():
    w = asked_world()
    w.flags[Flag.SIGNED], w.flags[Flag.PROXIED], w.flags[Flag.PLEDGED] = 1, [0, 1, 1], 1
    w.reals[Real.SUPPORT] = [0.9, 0.9, -0.9]
    sign_and_withdraw(w, 0, WEEK)
    assert w.flags[Flag.SIGNED].tolist() == [1, 1, 1]
    assert w.flags[Flag.PROXIED].tolist() == [0, 0, 1]
    assert w.flags[Flag.PLEDGED].tolist() == [1, 0, 1]  # nobody pledges now: 1 has signed anew


def test_a_signature_in_ones_own_hand_does_not_count_twice_in_the_stairwell():
    """0 signs for itself what was signed for it; the stairwell's share stays 1/2, too little for 1."""
    for week in range(8):
        w = asked_world(2)
        w.flags[Flag.SIGNED, 0] = w.flags[Flag.PROXIED, 0] = 1
        w.reals[Real.SUPPORT], w.reals[Real.CONFORMITY] = [0.9, 0.0], [0.0, 1.0]
        change(w.parameters[0], sign_social=1.0, stairwell_weight=1.0, sign_threshold=0.6)
        assert signed(w, week) == [1, 0]


@pytest.mark.parametrize(
    ("ties", "share"), [([1, 2, 4], 2 / 3), ([1], 1.0), ([4], 0.0), ([], 0.3), ([1, 2, 3, 1, 4], 0.8)]
)
def test_the_share_of_ties_that_carry_a_mark(ties, share):
    w = with_ties(small_world(6), [[0, 0], ties, [], [], [], []])
    w.flags[Flag.SIGNED] = [0, 1, 1, 1, 0, 0]
    assert ties_share(w.flags[Flag.SIGNED], w.ties, w.tie_start[1], w.tie_stop[1], 0.3) == pytest.approx(
        share
    )


@pytest.mark.parametrize("setting", ["refusal_memory", "refusal_pressure", "self_present_selective"])
def test_refusals_are_counted_until_there_is_news(setting):
    w = asked_world()
    change(w.parameters[0], **{setting: 0.1})
    w.reals[Real.SUPPORT] = 0.05
    for week, counted in ((7, 1), (8, 2), (9, 3)):
        sign_and_withdraw(w, 0, week)
        assert w.wholes[Whole.REFUSALS].tolist() == [counted] * 3
    w.reals[Real.SUPPORT, 1] = -0.9  # has thought again
    sign_and_withdraw(w, 0, 10)
    assert w.wholes[Whole.REFUSALS].tolist() == [4, 1, 4]


def test_refusals_that_change_nothing_are_not_counted():
    w = asked_world()
    w.reals[Real.SUPPORT] = 0.05
    sign_and_withdraw(w, 0, 7)
    assert w.wholes[Whole.REFUSALS].tolist() == [0] * 3


def test_who_has_refused_remembers_it_and_who_has_not_does_not():
    w = asked_world(stairwells=[0, 1, 2])
    w.reals[Real.SUPPORT] = 0.05
    w.flags[Flag.ASKED] = [1, 0, 1]
    change(w.parameters[0], refusal_memory=100.0)
    sign_and_withdraw(w, 0, 7)
    change(w.parameters[0], sign_threshold=0.0)
    w.flags[Flag.ASKED], w.reals[Real.SUPPORT, 2] = 1, 0.9
    assert signed(w, 8) == [0, 1, 1]  # 2 has news: its own support


@pytest.mark.parametrize(("times", "counted"), [(0.0, [0, 0]), (0.4, [0, 0]), (2.0, [2, 0])])
def test_who_withdraws_remembers_it_as_refusals(times, counted):
    w = asked_world(2)
    w.flags[Flag.SIGNED], w.flags[Flag.ASKED] = 1, 0
    w.reals[Real.RESENTMENT] = [1.0, 0.0]
    change(
        w.parameters[0],
        refusal_memory=0.1,
        withdrawal_refusals=times,
        resentment_withdraw=1.0,
        withdraw_support=1.0,
    )
    assert signed(w) == [0, 1]
    assert w.compounds[0].withdrawals == 1
    assert w.wholes[Whole.REFUSALS].tolist() == counted
    w.flags[Flag.ASKED, 0] = 1  # and refuses again: nothing is new since, its stairwell's share included
    w.reals[Real.SUPPORT] = 0.05
    w.reals[Real.RESENTMENT] = 0.0
    sign_and_withdraw(w, 0, WEEK + 1)
    assert w.wholes[Whole.REFUSALS, 0] == counted[0] + 1


def test_signing_against_ones_mind_under_pressure_leaves_resentment():
    w = asked_world()
    change(w.parameters[0], sign_pressure=1.0, resentment_signing=0.5)
    w.reals[Real.SUPPORT], w.reals[Real.PRESSURE] = [-0.4, 0.4, -0.4], [0.8, 0.8, 0.0]
    w.reals[Real.RESENTMENT] = 0.25
    assert signed(w) == [1, 1, 0]
    assert w.reals[Real.RESENTMENT].tolist() == pytest.approx([0.25 + 0.5 * 0.8 * 0.4, 0.25, 0.25])


# -- removing -----------------------------------------------------------------------------------------------


def removing(ties=None, stage=Stage.REMOVAL, **compound):
    """Everybody has a structure of 8 m² and is willing; 0 has an example before its eyes."""
    w = asked_world(4, ties=ties, stage=stage, n_structures=4, **compound)
    w.reals[Real.STRUCTURE], w.reals[Real.SUPPORT] = 8.0, 0.2
    w.flags[Flag.EXAMPLE] = [1, 0, 0, 0]
    w.now[0, Instrument.REMOVAL_FIRST] = 1.0
    return w


def removed(w, week=WEEK):
    sign_and_withdraw(w, 0, week)
    return w.flags[Flag.REMOVED].tolist()


def test_who_sees_an_example_and_is_willing_removes_and_the_space_is_free():
    w = removing(freed_m2=3.0)
    assert removed(w) == [1, 0, 0, 0]
    assert w.compounds[0].freed_m2 == 11.0


@pytest.mark.parametrize("stage", [s for s in Stage if s <= Stage.WORKS])
def test_structures_are_removed_until_the_works_begin(stage):
    assert removed(removing(stage=stage)) == [int(stage <= Stage.REMOVAL), 0, 0, 0]


def test_structures_stay_where_nobody_asks_for_their_removal():
    w = removing()
    w.now[0, Instrument.REMOVAL_FIRST] = 0.0
    assert removed(w) == [0, 0, 0, 0]


def test_who_is_not_asked_or_has_nothing_or_has_removed_does_nothing():
    w = removing(freed_m2=3.0)
    w.flags[Flag.EXAMPLE] = 1
    w.flags[Flag.ASKED] = [0, 1, 1, 1]
    w.reals[Real.STRUCTURE, 1] = 0.0
    w.flags[Flag.REMOVED, 2] = 1
    assert removed(w) == [0, 0, 1, 1]
    assert w.compounds[0].freed_m2 == 11.0


def test_two_ties_that_removed_or_acted_first_make_removal_thinkable():
    """A tie that did both counts once."""
    ties = [[1, 2], [2, 3], [3, 0], [2, 2]]
    w = removing(ties)
    w.flags[Flag.EXAMPLE] = 0
    w.flags[Flag.ASKED] = [1, 1, 0, 0]
    w.flags[Flag.ACTED_FIRST], w.flags[Flag.REMOVED] = [0, 0, 0, 1], [0, 0, 1, 1]
    w.parameters[0].sign_social = 0.0
    assert removed(w) == [0, 1, 1, 1]
    w = removing(ties)
    w.flags[Flag.EXAMPLE] = 0
    w.flags[Flag.ASKED] = [1, 1, 0, 0]
    w.flags[Flag.ACTED_FIRST], w.reals[Real.STRUCTURE, 3] = [0, 0, 1, 1], 0.0
    assert removed(w) == [0, 1, 0, 0]


def test_a_public_ledger_makes_removal_thinkable_by_what_had_gone_before_this_week():
    w = removing()
    w.flags[Flag.EXAMPLE], w.flags[Flag.REMOVED] = 0, [0, 0, 0, 1]
    w.parameters[0].removal_ledger_share = 0.2
    w.now[0, Instrument.REMOVAL_LEDGER] = 1.0
    assert removed(w) == [1, 1, 1, 1]
    w = removing()
    w.flags[Flag.EXAMPLE], w.flags[Flag.REMOVED] = 0, [0, 0, 0, 1]
    w.now[0, Instrument.REMOVAL_LEDGER] = 1.0
    w.parameters[0].removal_ledger_share = 0.3
    assert removed(w) == [0, 0, 0, 1]


def test_the_share_removed_is_of_all_structures():
    w = removing()
    w.flags[Flag.REMOVED] = [1, 0, 1, 1]
    assert removed_so_far(w, 0) == 0.75
    w.compounds[0].n_structures = 1
    w.flags[Flag.REMOVED] = [1, 0, 0, 0]
    assert removed_so_far(w, 0) == 1.0
    w.compounds[0].n_structures = 0
    assert removed_so_far(w, 0) == 0.0


def test_ties_who_removed_pull_and_without_owners_among_them_nothing_pulls():
    """Of 0's ties 1 and 2 have structures and 2 has removed: 1/2. 3 knows nobody who has one."""
    for above in (-1e-3, 1e-3):
        w = removing([[1, 2, 3], [], [], [1]])
        w.reals[Real.STRUCTURE] = [8.0, 8.0, 8.0, 0.0]
        w.flags[Flag.REMOVED] = [0, 0, 1, 0]
        w.reals[Real.CONFORMITY] = 0.5
        change(w.parameters[0], sign_social=2.0, sign_social_reference=0.25, removal_threshold=0.0)
        w.reals[Real.SUPPORT] = -0.25 + above
        assert removed(w) == [int(above > 0), 0, 1, 0]
        w = removing([[3], [], [], []])
        w.reals[Real.STRUCTURE, 3] = 0.0
        w.reals[Real.CONFORMITY] = 0.5
        change(w.parameters[0], sign_social=2.0, sign_social_reference=0.25, removal_threshold=0.0)
        w.reals[Real.SUPPORT] = above
        assert removed(w) == [int(above > 0), 0, 0, 0]


def test_small_structures_count_as_others_do():
    """0 has 1 m² and knows one owner, of half a square metre, who has removed: all of one."""
    for above in (-1e-3, 1e-3):
        w = removing([[1], [], [], []])
        w.reals[Real.STRUCTURE] = [1.0, 0.5, 0.0, 0.0]
        w.flags[Flag.REMOVED, 1] = 1
        w.reals[Real.CONFORMITY] = 0.5
        change(w.parameters[0], sign_social=2.0, sign_social_reference=0.25, removal_threshold=0.0)
        w.reals[Real.SUPPORT] = -0.75 + above
        assert removed(w) == [int(above > 0), 1, 0, 0]


def test_the_ledger_shows_more_than_ones_ties_do():
    for above in (-1e-3, 1e-3):
        w = removing([[1], [], [], []])
        w.flags[Flag.ASKED] = [1, 0, 0, 0]
        w.flags[Flag.REMOVED] = [0, 0, 1, 1]
        w.reals[Real.CONFORMITY] = 0.5
        w.now[0, Instrument.REMOVAL_LEDGER] = 0.8
        change(w.parameters[0], sign_social=2.0, sign_social_reference=0.0, removal_threshold=0.0)
        w.reals[Real.SUPPORT] = -0.4 + above
        assert removed(w)[0] == (above > 0)


def test_what_is_lost_and_not_made_good_holds_back():
    """2 (loss aversion) · 0.5 · 12/8 · (1 - 0.4) = 0.9"""
    for above in (-1e-3, 1e-3):
        w = removing()
        change(w.parameters[0], removal_loss=0.5, loss_aversion=2.0, removal_threshold=0.0)
        w.reals[Real.STRUCTURE], w.reals[Real.MADE_GOOD] = 12.0, 0.4
        w.reals[Real.SUPPORT] = 0.9 + above
        assert removed(w) == [int(above > 0), 0, 0, 0]


def test_the_intensity_of_removal_first_is_the_share_of_the_chance():
    found = []
    for week in range(10):
        w = removing()
        w.flags[Flag.EXAMPLE] = 1
        w.now[0, Instrument.REMOVAL_FIRST] = 0.5
        expected = [int(draw(i, Purpose.REMOVE, week) < 0.5) for i in range(4)]
        assert removed(w, week) == expected
        found += expected
    assert set(found) == {0, 1}


# -- signing for others -------------------------------------------------------------------------------------


def absentees(**compound):
    w = asked_world(4, mobilising=1, **compound)
    w.flags[Flag.ASKED] = 0
    w.flags[Flag.TENURE] = [Tenure.OWNER_OCCUPIED, Tenure.RENTED_OUT, Tenure.VACANT, Tenure.RENTED_OUT]
    w.now[0, Instrument.PROXY_SIGNING] = 1.0
    w.parameters[0].proxy_rate = 1.0
    return w


def test_others_sign_for_absentees_who_have_not_signed():
    w = absentees()
    w.flags[Flag.SIGNED, 3] = 1
    assert signed(w) == [0, 1, 1, 1]
    assert w.flags[Flag.PROXIED].tolist() == [0, 1, 1, 0]


def test_nobody_signs_for_others_without_the_instrument_or_outside_mobilisation():
    w = absentees()
    w.now[0, Instrument.PROXY_SIGNING] = 0.0
    assert signed(w) == [0, 0, 0, 0]
    w = absentees()
    w.compounds[0].mobilising = 0
    assert signed(w) == [0, 0, 0, 0]


def test_the_chance_of_being_signed_for_is_rate_times_intensity():
    found = []
    for week in range(10):
        w = absentees()
        w.now[0, Instrument.PROXY_SIGNING], w.parameters[0].proxy_rate = 0.8, 0.6
        expected = [0, *(int(draw(i, Purpose.PROXY, week) < 0.48) for i in (1, 2, 3))]
        assert signed(w, week) == expected
        found += expected[1:]
    assert set(found) == {0, 1}


# -- withdrawing --------------------------------------------------------------------------------------------


def regretful(**compound):
    """All have signed; who has a support below 0 takes the signature back."""
    w = asked_world(3, **{"withdrawals": 4, **compound})
    w.flags[Flag.ASKED] = 0
    w.flags[Flag.SIGNED], w.flags[Flag.PLEDGED] = 1, 1
    change(
        w.parameters[0], withdraw_support=0.0, withdraw_pressure=0.5, withdraw_hazard=1.0, withdraw_at_works=1.0,
        proxy_discovery=1.0, proxy_trust_loss=0.25,
    )  # fmt: skip
    w.reals[Real.TRUST_OFFICE] = 0.8
    return w


def test_the_regretful_take_their_signature_and_pledge_back():
    w = regretful()
    w.reals[Real.SUPPORT] = [-0.1, 0.1, -0.1]
    w.reals[Real.PRESSURE] = [0.0, 0.0, 0.6]
    assert signed(w) == [0, 1, 1]
    assert w.flags[Flag.PLEDGED].tolist() == [0, 1, 1]
    assert w.compounds[0].withdrawals == 5
    assert w.reals[Real.TRUST_OFFICE].tolist() == pytest.approx([0.8] * 3)


def test_who_has_not_signed_has_nothing_to_take_back():
    w = regretful()
    w.flags[Flag.SIGNED] = [0, 1, 0]
    w.reals[Real.SUPPORT] = 0.9
    assert signed(w) == [0, 1, 0]
    assert w.compounds[0].withdrawals == 4


def test_who_finds_that_another_has_signed_strikes_it_and_trusts_less():
    w = regretful()
    w.reals[Real.SUPPORT] = 0.9
    w.flags[Flag.PROXIED] = [1, 0, 1]
    assert signed(w) == [0, 1, 0]
    assert w.flags[Flag.PROXIED].tolist() == [0, 0, 0]
    assert w.reals[Real.TRUST_OFFICE].tolist() == pytest.approx([0.6, 0.8, 0.6])
    assert w.compounds[0].withdrawals == 6


def test_who_does_not_find_out_does_not_withdraw_either():
    found = []
    for week in range(10):
        w = regretful()
        w.reals[Real.SUPPORT], w.flags[Flag.PROXIED] = -0.9, 1
        w.parameters[0].proxy_discovery = 0.5
        expected = [int(draw(i, Purpose.DISCOVER, week) >= 0.5) for i in range(3)]
        assert signed(w, week) == expected
        found += expected
    assert set(found) == {0, 1}


@pytest.mark.parametrize(
    ("stage", "since", "factor"),
    [(Stage.WORKS, 6, 2.0), (Stage.WORKS, 7, 1.0), (Stage.WORKS, 5, 1.0), (Stage.REMOVAL, 6, 1.0)],
)
def test_more_withdraw_in_the_week_in_which_works_begin(stage, since, factor):
    """With a hazard of 0.4 and twice as much in the first week of works."""
    found = set()
    for seed in range(30):
        w = regretful(stage=stage, stage_week=since, seed=seed)
        w.reals[Real.SUPPORT] = -0.9
        change(w.parameters[0], withdraw_hazard=0.4, withdraw_at_works=2.0)
        luck = [uniform(seed, 5, i, WEEK, Purpose.WITHDRAW) for i in range(3)]
        assert signed(w) == [int(u >= 0.4 * factor) for u in luck]
        found |= {0.4 <= u < 0.8 for u in luck}
    assert found == {True, False}


def test_a_changed_plan_is_another_than_was_signed():
    w = regretful(plan_seen=3, adopted=7)
    change(w.parameters[0], withdraw_hazard=0.0, reconsider=1.0)
    w.reals[Real.SUPPORT] = [-0.1, 0.1, -0.1]
    assert signed(w) == [0, 1, 0]
    w.flags[Flag.SIGNED] = 1
    w.flags[Flag.PROXIED] = 0
    assert signed(w) == [1, 1, 1]  # the plan is as it was last week
    assert w.compounds[0].plan_seen == 7


def test_resentment_makes_the_regretful_withdraw():
    w = regretful()
    change(w.parameters[0], withdraw_hazard=0.0, resentment_withdraw=2.0)
    w.reals[Real.SUPPORT], w.reals[Real.RESENTMENT] = -0.1, [0.0, 0.5, 0.6]
    assert signed(w) == [1, 0, 0]


# -- other compounds ----------------------------------------------------------------------------------------


def test_ties_are_those_of_the_compound_wherever_it_stands():
    """0 removes because one of its two ties has: -0.2 + 0.5 · 1/2 is above 0."""
    w = removing([[1, 2], [], [], []])
    w.flags[Flag.REMOVED, 1], w.flags[Flag.ASKED] = 1, [1, 0, 0, 0]
    w.reals[Real.CONFORMITY], w.reals[Real.SUPPORT] = 0.5, -0.2
    change(w.parameters[0], sign_social=1.0, removal_threshold=0.0)
    assert same_between_others(w, lambda w: sign_and_withdraw(w, 0, WEEK))
    assert w.flags[Flag.REMOVED].tolist() == [1, 1, 0, 0]


def test_signing_does_not_touch_the_households_of_other_compounds():
    for week in range(6):
        w = removing([[1, 2], [0], [0, 3], [2]], stage=Stage.REMOVAL, mobilising=1)
        w.wholes[Whole.STAIRWELL] = [0, 0, 1, 1]
        w.compounds[0].n_stairwells = 2
        w.flags[Flag.TENURE], w.flags[Flag.ASKED] = [0, 0, 0, 1], [1, 1, 1, 0]
        w.flags[Flag.SIGNED], w.flags[Flag.PROXIED] = [0, 1, 1, 0], [0, 0, 1, 0]
        w.flags[Flag.ACTED_FIRST], w.flags[Flag.EXAMPLE] = [0, 0, 0, 1], [1, 0, 1, 0]
        w.reals[Real.SUPPORT], w.reals[Real.CONFORMITY] = [0.2, -0.5, 0.1, 0.3], 0.5
        change(
            w.parameters[0], sign_steepness=2.0, sign_social=1.0, stairwell_weight=0.3, proxy_rate=0.5,
            proxy_discovery=0.5, withdraw_hazard=0.5, withdraw_support=0.0, compliant_ties=1.0,
        )  # fmt: skip
        w.now[0] = 0.7
        assert same_between_others(w, lambda w, week=week: sign_and_withdraw(w, 0, week))
