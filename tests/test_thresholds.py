"""A threshold that is met exactly is met: in summaries, goals, searches and the files that are written."""

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from model.engine import simulate
from model.measures import Outcome
from model.summary import summarise
from model.thresholds import at_least, at_most
from scenarios.analysis.goals import goal
from scenarios.analysis.strategy_search import _constraints
from scenarios.files.spreadsheets import csv_of
from scenarios.loading import load_case
from scenarios.writing import short_number

CASES = Path(__file__).parent / "cases"


def stored(*shares):
    """Shares as an outcome table holds them: kept in single precision, widened."""
    return np.array(shares, np.float32).astype(np.float64)


@pytest.mark.parametrize("n", [3, 7, 60, 80, 500, 1999])
def test_every_share_of_whole_households_reaches_itself_and_no_neighbour(n):
    for count in range(n + 1):
        share, near = count / n, stored((count - 1) / n, count / n, (count + 1) / n)
        assert at_least(near, share).tolist() == [False, True, True]
        assert at_most(near, share).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("final_insincere_share <= 0.1", [True, True, False, False]),
        ("final_insincere_share < 0.1", [True, False, False, False]),
        ("final_insincere_share >= 0.1", [False, True, True, False]),
        ("final_insincere_share > 0.1", [False, False, True, False]),
        ("final_insincere_share <= 0.1001", [True, True, False, False]),
        ("final_insincere_share <= 10 %", [True, True, False, False]),
    ],
)
def test_a_goal_met_exactly_is_met(text, met):
    runs = pd.DataFrame({"final_insincere_share": stored(7 / 80, 8 / 80, 9 / 80, np.nan)})
    assert goal(text, ["final_insincere_share"]).met(runs).tolist() == met


def test_a_share_of_exactly_95_percent_by_heads_counts_in_weeks_to_95():
    run = simulate([load_case("danwei_courtyard").scenario(strategy="full_bundle", horizon_weeks=60)], [158])
    heads = run.series[0, :, Outcome.HEADLINE_CONSENT].astype(float)
    area = run.series[0, :, Outcome.HEADLINE_CONSENT_AREA].astype(float)
    n = int(run.households[0])
    expected = next(w for w in range(60) if round(heads[w] * n) * 20 >= 19 * n and area[w] >= 0.95)
    assert round(heads[expected] * n) * 20 == 19 * n  # exactly 95 %, which is what this test is about
    assert run.summary()["weeks_to_95"][0] == expected == 19


@pytest.mark.parametrize("share", [50, 80, 95])
def test_weeks_to_a_share_count_whole_households(share):
    n = 60
    series = np.zeros((n + 1, 2, len(Outcome)), np.float32)
    for count in range(n + 1):
        series[count, 1, Outcome.HEADLINE_CONSENT] = count / n
    series[:, :, Outcome.HEADLINE_CONSENT_AREA] = 1
    found = summarise(series, np.full(n + 1, n))[f"weeks_to_{share}"]
    assert [not np.isnan(week) for week in found] == [100 * count >= share * n for count in range(n + 1)]


def test_a_requirement_met_exactly_on_average_is_met_in_a_search():
    # Counts of 60 whose mean over three seeds is exactly 0.4; thirds are not what single precision stores.
    means = pd.DataFrame({"share": [stored(20 / 60, 20 / 60, 32 / 60).mean(), 0.41, np.nan]})
    for text, missed in [
        ("share <= 0.4", [False, True, True]),
        ("share >= 0.4", [False, False, True]),
        ("share < 0.4", [True, True, True]),
        ("share > 0.4", [True, False, True]),
    ]:
        assert (_constraints(means, [goal(text, ["share"])])[:, 0] > 0).tolist() == missed, text


def test_a_goal_is_called_by_its_whole_value():
    assert str(goal("final_insincere_share <= 0.1", ["final_insincere_share"])).endswith("<= 0.1")
    assert str(goal("arrears_yuan_end <= 1234567.5", ["arrears_yuan_end"])).endswith("<= 1234567.5")


def test_tables_are_written_as_counted():
    table = pd.DataFrame({"share": stored(66 / 80, 1 / 3), "mean": [0.1, 1 / 3], "n": [1, 2], "none": np.nan})
    rows = list(csv.DictReader(io.StringIO(csv_of(table).decode("utf-8-sig"))))
    assert [row["share"] for row in rows] == ["0.825", "0.33333334"]
    assert [row["mean"] for row in rows] == ["0.1", "0.3333333333333333"]
    assert [row["none"] for row in rows] == ["", ""]
    assert [short_number(x) for x in (stored(0.825)[0], 1 / 3, 1e300, 17.0)] == [0.825, 1 / 3, 1e300, 17.0]
