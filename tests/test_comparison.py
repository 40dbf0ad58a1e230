import math

import numpy as np
import pandas as pd
import pytest

from model.measures import SUMMARY
from scenarios.comparison import (
    CENSORED,
    DIRECTIONS,
    Direction,
    compare,
    compare_all,
    compare_values,
    direction_of,
    paired_values,
)

NAN = float("nan")


def runs(outcome: str, a: list[float], b: list[float], case: str = "x") -> pd.DataFrame:
    """Two strategies on seeds 0, 1, 2 …"""
    rows = [("a", seed, value) for seed, value in enumerate(a)] + [
        ("b", seed, value) for seed, value in enumerate(b)
    ]
    table = pd.DataFrame(rows, columns=["strategy", "seed", outcome])
    return table.assign(case=case, run=range(len(table)))


def test_every_summary_outcome_has_a_direction():
    assert set(DIRECTIONS) == set(SUMMARY)
    assert set(SUMMARY) >= CENSORED


def test_headline_consent_has_no_better_direction_because_pressure_raises_it():
    assert DIRECTIONS["final_headline_consent"] is Direction.NEUTRAL
    assert DIRECTIONS["final_insincere_share"] is Direction.LOWER


def test_exactly_equal_pairs_give_exactly_zero():
    values = [0.1, 0.2, 0.3, 0.7, 0.9, 0.4]
    found = compare(runs("final_valid_consent", values, values), "final_valid_consent", "a", "b")
    assert (found.difference, found.low, found.high, found.effect_size) == (0.0, 0.0, 0.0, 0.0)
    assert (found.ties, found.share_ahead, found.share_behind) == (6, 0.0, 0.0)
    assert not found.determined
    assert "完全相同" in found.verdict("zh") and "尚不能判定" in found.verdict("zh")
    assert "identical" in found.verdict("en") and "undetermined" in found.verdict("en")


def test_a_mean_difference_by_hand():
    found = compare(
        runs("satisfaction_end", [3, 5, 4, 6, 5, 7], [1, 4, 4, 3, 5, 4]), "satisfaction_end", "a", "b"
    )  # differences 2, 1, 0, 3, 0, 3
    assert found.difference == 1.5
    assert found.share_ahead == 4 / 6 and found.ties == 2 and found.n_pairs == 6
    # sample variances of 3 5 4 6 5 7 and 1 4 4 3 5 4: 2.0 and 1.9
    assert found.effect_size == pytest.approx(1.5 / math.sqrt((2.0 + 1.9) / 2))


def test_the_verdict_names_the_strategy_that_is_ahead():
    table = runs("final_insincere_share", [0.1, 0.11, 0.12, 0.1, 0.13, 0.1, 0.12], [0.3] * 7)
    found = compare(table, "final_insincere_share", "a", "b")
    assert found.determined and found.share_ahead == 1.0 and found.difference < 0
    assert "“综合方案”优于“施压”" in found.verdict("zh", name_a="综合方案", name_b="施压")
    assert "“b”" in found.verdict("en") and "“a” is ahead of “b”" in found.verdict("en")
    swapped = compare(table, "final_insincere_share", "b", "a")
    assert "“a” is ahead of “b”" in swapped.verdict("en")


def test_an_interval_that_includes_zero_is_undetermined():
    table = runs("payment_18_months", [0.5, 0.7, 0.4, 0.8, 0.5, 0.6], [0.6, 0.6, 0.5, 0.7, 0.6, 0.5])
    found = compare(table, "payment_18_months", "a", "b")
    assert found.low <= 0 <= found.high
    assert "尚不能判定" in found.verdict("zh") and "undetermined" in found.verdict("en")


def test_five_pairs_decide_nothing_and_six_may():
    five = runs("satisfaction_end", [2.0, 3.0, 2.5, 2.1, 2.2], [1.0] * 5)
    six = runs("satisfaction_end", [2.0, 3.0, 2.5, 2.1, 2.2, 2.3], [1.0] * 6)
    assert not compare(five, "satisfaction_end", "a", "b").determined
    assert "不足六对" in compare(five, "satisfaction_end", "a", "b").verdict("zh")
    assert compare(six, "satisfaction_end", "a", "b").determined


def test_a_neutral_outcome_is_higher_or_lower_and_never_better():
    found = compare(
        runs("final_headline_consent", [0.9] * 6, [0.7, 0.71, 0.72, 0.7, 0.7, 0.7]),
        "final_headline_consent",
        "a",
        "b",
    )
    assert found.share_ahead == 1.0
    assert "高于" in found.verdict("zh") and "优于" not in found.verdict("zh")


def test_a_missing_value_drops_the_pair_and_the_verdict_says_so():
    found = compare(
        runs("payment_18_months", [0.8, NAN, 0.9, NAN], [0.5, 0.5, NAN, NAN]), "payment_18_months", "a", "b"
    )
    assert (found.n_pairs, found.n_dropped) == (1, 3)
    assert "3 对" in found.verdict("zh") and "3 pairs were left out" in found.verdict("en")


@pytest.mark.parametrize(("without", "determined"), [(2, True), (3, False)])
def test_where_more_than_a_fifth_of_the_pairs_have_no_value_the_survivors_settle_nothing(without, determined):
    a = [0.9 + i / 100 for i in range(10)]
    a[:without] = [NAN] * without
    found = compare(runs("payment_18_months", a, [0.5] * 10), "payment_18_months", "a", "b")
    assert found.low > 0.3 and found.determined is determined
    said = found.verdict("en")
    assert ("only 7 of 10 pairs on the same seed have a value under both" in said) is not determined
    assert ("10 对相同种子中只有 7 对" in found.verdict("zh")) is not determined


def test_no_pair_at_all_gives_no_number_and_an_undetermined_verdict():
    found = compare(runs("payment_18_months", [NAN, 0.4], [0.5, NAN]), "payment_18_months", "a", "b")
    assert found.n_pairs == 0 and math.isnan(found.difference) and not found.determined
    assert "尚不能判定" in found.verdict("zh") and "undetermined" in found.verdict("en")


def test_a_gate_that_was_not_reached_is_later_than_any_week():
    found = compare(
        runs("weeks_to_80", [10, 20, 30, NAN, NAN, 15, 15], [40, 50, 60, 70, 80, 40, 40]),
        "weeks_to_80",
        "a",
        "b",
    )
    assert found.n_pairs == 7 and found.n_dropped == 0
    assert found.difference == -25.0  # −30 −30 −30 −25 −25 inf inf
    assert found.share_ahead == 5 / 7 and found.share_behind == 2 / 7
    assert found.effect_size == pytest.approx(2 / 7 - 5 / 7)
    assert (found.not_reached_a, found.not_reached_b) == (2, 0)
    assert "2 次" in found.verdict("zh") and "later than any week" in found.verdict("en")


def test_a_strategy_that_never_reaches_the_gate_is_behind_and_two_that_never_do_are_equal():
    never = compare(runs("gate_week", [NAN] * 6, [30.0] * 6), "gate_week", "a", "b")
    assert never.difference == math.inf and never.share_behind == 1.0 and never.determined
    assert "“b”早于“a”" in never.verdict("zh")
    both = compare(runs("gate_week", [NAN] * 6, [NAN] * 6), "gate_week", "a", "b")
    assert both.difference == 0.0 and both.ties == 6 and not both.determined


@pytest.mark.parametrize("outcome", ["weeks_to_80", "trust_office_change"])
def test_swapping_the_strategies_turns_the_sign(outcome):
    generator = np.random.default_rng(4)
    a, b = generator.normal(30, 9, 20), generator.normal(33, 9, 20)
    a[[1, 5]], b[[5, 8, 9]] = NAN, NAN
    there, back = (
        compare(runs(outcome, list(a), list(b)), outcome, *pair) for pair in (("a", "b"), ("b", "a"))
    )
    assert there.difference == -back.difference
    assert there.share_ahead == back.share_behind


def test_half_never_against_half_never_has_its_middle_at_zero():
    found = compare(runs("gate_week", [NAN] * 3 + [10.0] * 3, [10.0] * 3 + [NAN] * 3), "gate_week", "a", "b")
    assert found.difference == 0.0 and not found.determined


def test_pairs_are_made_by_case_and_seed_whatever_the_order():
    table = pd.concat(
        [runs("satisfaction_end", [1, 2], [0, 0], "x"), runs("satisfaction_end", [5, 6], [0, 0], "y")]
    )
    pairs = paired_values(table.sample(frac=1, random_state=1), "satisfaction_end", "a", "b")
    assert pairs["difference"].tolist() == [1, 2, 5, 6]
    assert compare(table, "satisfaction_end", "a", "b").cases == ("x", "y")


def test_runs_without_a_partner_are_counted():
    found = compare(runs("satisfaction_end", [1, 2, 3], [1, 2]), "satisfaction_end", "a", "b")
    assert (found.n_pairs, found.n_unpaired) == (2, 1)
    assert "1 次运行" in found.verdict("zh")


def test_the_same_data_and_seed_give_the_same_interval():
    generator = np.random.default_rng(0)
    table = runs("satisfaction_end", list(generator.normal(0, 1, 30)), list(generator.normal(0.3, 1, 30)))
    assert compare(table, "satisfaction_end", "a", "b") == compare(table, "satisfaction_end", "a", "b")
    other = compare(table, "satisfaction_end", "a", "b", seed=1)
    assert other.low != compare(table, "satisfaction_end", "a", "b").low


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    """True difference 0.2, 40 pairs, 400 trials: 95 % nominal; below 90 % by chance less than once in 10,000 trials."""
    generator = np.random.default_rng(7)
    covered = 0
    for _ in range(400):
        a = generator.normal(0.2, 1, 40)
        found = compare(
            runs("satisfaction_end", list(a), [0.0] * 40), "satisfaction_end", "a", "b", resamples=400
        )
        covered += found.low <= 0.2 <= found.high
    assert covered / 400 > 0.90


def test_unknown_names_are_refused_with_the_nearest():
    table = runs("satisfaction_end", [1, 2], [1, 2])
    with pytest.raises(KeyError, match="did you mean 'weeks_to_80'"):
        compare(table, "week_to_80", "a", "b")
    with pytest.raises(KeyError, match="no runs of strategy 'c'"):
        compare(table, "satisfaction_end", "a", "c")
    with pytest.raises(ValueError, match="two runs"):
        compare(pd.concat([table, table]), "satisfaction_end", "a", "b")


def test_compare_all_gives_one_difference_per_outcome():
    table = runs("satisfaction_end", [1, 2], [1, 2]).assign(weeks_to_80=5.0)
    found = compare_all(table, "a", "b", ("satisfaction_end", "weeks_to_80"))
    assert [c.outcome for c in found] == ["satisfaction_end", "weeks_to_80"]


@pytest.mark.parametrize("outcome", ["gate_week", "payment_18_months", "final_valid_consent"])
def test_values_that_stand_beside_one_another_are_compared_as_those_of_a_table(outcome):
    drawn = np.random.default_rng(3)
    a, b = (np.where(drawn.random(30) < 0.1, NAN, drawn.integers(20, 60, 30) / 3) for _ in "ab")
    of_table = compare(runs(outcome, list(a), list(b)).sample(frac=1, random_state=1), outcome, "a", "b")
    assert of_table == compare_values(a, b, outcome, "a", "b", cases=("x",), direction=direction_of(outcome))
    assert of_table.n_pairs + of_table.n_dropped == 30 and of_table.not_reached_a == (
        outcome in CENSORED
    ) * sum(np.isnan(a))
