"""The law, counted by hand: thresholds exactly met, one owner short, 0.01 m² short."""

import pytest

from model.week.voting import (
    Tally,
    law_of_hiring,
    passes,
    passes_2007,
    passes_2021,
    passes_by_silence,
    quorum_met,
    reaches_share,
)

CIVIL_CODE, PROPERTY_LAW, NEGATIVE = 0, 1, 2


def tally(
    owners=300, area=300_00, participants=300, participants_area=None, approvals=0, approvals_area=None
):
    """Equal dwellings of 1 m² unless areas are given."""
    return Tally(
        owners,
        area,
        participants,
        100 * participants if participants_area is None else participants_area,
        approvals,
        100 * approvals if approvals_area is None else approvals_area,
    )


def test_quorum_is_met_at_exactly_two_thirds():
    assert quorum_met(tally(participants=200))


def test_quorum_fails_one_owner_short():
    assert not quorum_met(tally(participants=199, participants_area=300_00))


def test_quorum_fails_a_hundredth_of_a_square_metre_short():
    assert not quorum_met(tally(participants=200, participants_area=200_00 - 1))


def test_special_matter_passes_at_exactly_three_quarters_of_participants():
    assert passes_2021(tally(participants=200, approvals=150), True)


@pytest.mark.parametrize(("approvals", "area"), [(149, 150_00), (150, 150_00 - 1)])
def test_special_matter_fails_one_owner_or_one_hundredth_short(approvals, area):
    assert not passes_2021(tally(participants=200, approvals=approvals, approvals_area=area), True)


def test_ordinary_matter_fails_at_exactly_one_half():
    assert not passes_2021(tally(participants=200, approvals=100, approvals_area=101_00), False)
    assert not passes_2021(tally(participants=200, approvals=101, approvals_area=100_00), False)


def test_ordinary_matter_passes_one_owner_and_one_hundredth_above_one_half():
    assert passes_2021(tally(participants=200, approvals=101, approvals_area=100_00 + 1), False)


def test_half_of_all_owners_can_bind_all_in_special_matters():
    assert passes_2021(tally(participants=200, approvals=150), True)
    assert 150 / 300 == 0.5


def test_a_third_of_all_owners_can_bind_all_in_ordinary_matters():
    assert passes_2021(tally(participants=200, approvals=101), False)


def test_full_approval_without_quorum_fails():
    assert not passes_2021(tally(participants=199, approvals=199), False)


def test_abstainers_count_toward_quorum_but_not_approval():
    assert not passes_2021(tally(participants=300, approvals=224), True)
    assert passes_2021(tally(participants=300, approvals=225), True)


def test_the_2007_rule_needs_two_thirds_of_all_for_special_matters():
    assert passes_2007(tally(participants=200, approvals=200), True)
    assert not passes_2007(tally(participants=300, approvals=199), True)


def test_the_2007_rule_needs_more_than_half_of_all_for_ordinary_matters():
    assert passes_2007(tally(participants=151, approvals=151), False)
    assert not passes_2007(tally(participants=300, approvals=150), False)
    assert not passes_2007(tally(participants=150, approvals=150), False)


def test_the_2007_rule_counts_owners_and_area_apart():
    everybody = {"participants": 300, "participants_area": 300_00}
    assert passes_2007(tally(**everybody, approvals=200), True)
    assert passes_2007(tally(**everybody, approvals=201), True)
    assert not passes_2007(tally(**everybody, approvals=199, approvals_area=201_00), True)
    assert not passes_2007(tally(**everybody, approvals=201, approvals_area=200_00 - 1), True)
    assert passes_2007(tally(**everybody, approvals=151, approvals_area=150_01), False)
    assert not passes_2007(tally(**everybody, approvals=150, approvals_area=150_01), False)
    assert not passes_2007(tally(**everybody, approvals=149, approvals_area=150_01), False)
    assert not passes_2007(tally(**everybody, approvals=151, approvals_area=150_00), False)
    assert not passes_2007(tally(**everybody, approvals=151, approvals_area=149_00), False)


@pytest.mark.parametrize(
    ("participants", "area"), [(150, 160_00), (149, 160_00), (160, 150_00), (160, 149_00)]
)
def test_the_2007_rule_needs_more_than_half_of_owners_and_of_area_to_take_part(participants, area):
    """The areas that approve are large enough by themselves: it is participation that fails."""
    counted = tally(participants=participants, participants_area=area, approvals=200, approvals_area=201_00)
    assert not passes_2007(counted, True)
    assert passes_2007(counted._replace(participants=160, participants_area=160_00), True)


def test_three_quarters_and_more_approve_and_less_than_half_do_not():
    assert passes_2021(tally(participants=200, approvals=151, approvals_area=151_00), True)
    assert not passes_2021(tally(participants=200, approvals=99, approvals_area=101_00), False)
    assert not passes_2021(tally(participants=200, approvals=101, approvals_area=99_00), False)


def test_only_those_who_object_count_against_under_negative_consent():
    assert passes_by_silence(tally(participants=300, approvals=200))
    assert passes_by_silence(tally(participants=300, approvals=250))
    assert not passes_by_silence(tally(participants=300, approvals=199, approvals_area=200_00))
    assert not passes_by_silence(tally(participants=300, approvals=200, approvals_area=200_00 - 1))


def test_a_vote_is_counted_by_the_law_it_is_held_under():
    """Half of all owners approve among two thirds who take part: enough in 2021, not in 2007, not by silence."""
    special = tally(participants=200, approvals=150)
    assert passes(special, CIVIL_CODE, True)
    assert not passes(special, PROPERTY_LAW, True)
    assert passes(special, NEGATIVE, True)
    assert not passes(tally(participants=200, approvals=90), NEGATIVE, True)
    assert passes(tally(participants=160, approvals=151), PROPERTY_LAW, False)
    assert not passes(tally(participants=160, approvals=151), CIVIL_CODE, False)


def test_negative_consent_never_hires_a_company():
    assert [law_of_hiring(law) for law in (CIVIL_CODE, PROPERTY_LAW, NEGATIVE)] == [0, 1, 0]


def test_negative_consent_passes_at_exactly_one_third_against():
    assert passes_by_silence(tally(participants=100, approvals=0))
    assert not passes_by_silence(tally(participants=101, approvals=0))
    assert not passes_by_silence(tally(participants=100, participants_area=100_00 + 1, approvals=0))


def test_silence_is_approval_under_negative_consent_only():
    silent = tally(participants=0, approvals=0)
    assert passes(silent, NEGATIVE, False)
    assert not passes(silent, CIVIL_CODE, False)
    assert not passes(silent, PROPERTY_LAW, False)


@pytest.mark.parametrize(("part", "reached"), [(398, True), (397, False)])
def test_programme_gate_counts_whole_households(part, reached):
    assert reaches_share(part, 497, 0.8) is reached


def test_gate_of_one_needs_everyone():
    assert reaches_share(180, 180, 1.0)
    assert not reaches_share(179, 180, 1.0)


@pytest.mark.parametrize("percent", range(0, 101, 7))
def test_a_share_is_reached_from_exactly_that_share_on(percent):
    """Of 100 and of 10,000: the share itself is enough, one less is not; 0.29 is not exact in binary."""
    assert reaches_share(percent, 100, percent / 100)
    assert reaches_share(100 * percent, 10_000, percent / 100)
    assert reaches_share(100 * percent + 1, 10_000, percent / 100)
    assert not reaches_share(100 * percent - 1, 10_000, percent / 100)


@pytest.mark.parametrize("share", [2 / 3, 0.6667, 0.666667])
def test_a_gate_of_two_thirds_is_reached_by_exactly_two_of_three(share):
    assert reaches_share(40, 60, share) and reaches_share(200, 300, share)
    assert not reaches_share(39, 60, share) and not reaches_share(199, 300, share)
    # By area: 0.01 m² short.
    assert reaches_share(2_000_000, 3_000_000, share) and not reaches_share(1_999_999, 3_000_000, share)


@pytest.mark.parametrize(
    ("share", "parts", "of"), [(1 / 3, 1, 3), (5 / 6, 5, 6), (0.1429, 1, 7), (7 / 9, 7, 9)]
)
def test_a_gate_that_is_a_simple_fraction_is_that_fraction(share, parts, of):
    assert reaches_share(1000 * parts, 1000 * of, share)
    assert not reaches_share(1000 * parts - 1, 1000 * of, share)


@pytest.mark.parametrize("percent", range(101))
def test_a_gate_of_whole_percents_is_reached_exactly(percent):
    assert reaches_share(600 * percent, 60_000, percent / 100)
    assert percent == 0 or not reaches_share(600 * percent - 1, 60_000, percent / 100)
    # An upper limit, such as of objectors, is one minus it.
    assert reaches_share(60_000 - 600 * percent, 60_000, 1.0 - percent / 100)


@pytest.mark.parametrize("share", [0.6666, 0.6668, 0.8001, 0.1111 + 0.0002])
def test_a_gate_near_a_fraction_is_what_is_written(share):
    of = 10_000
    assert reaches_share(round(share * of), of, share) and not reaches_share(round(share * of) - 1, of, share)


def test_twelfths_are_fractions_and_thirteenths_are_decimals():
    assert not reaches_share(9_999, 120_000, 0.0833)  # 0.08333 is meant
    assert reaches_share(9_998, 130_000, 0.0769)  # 0.07690 is meant, not 1/13


def test_a_share_can_be_missed_by_less_than_a_ten_thousandth():
    assert not reaches_share(19_999, 40_000, 0.5)
