"""The card of what is not known: plans under many sets of parameters, as the command line has it."""

import pandas as pd
import pytest

from dashboard import tasks
from dashboard.asking import Request
from dashboard.district_runs import run_office, totals_under
from dashboard.pages import district as page_of_districts
from dashboard.pages.compare import PAIRED
from dashboard.pages.explore import UNKNOWN
from dashboard.unknown import SETS, SETS_OF_A_PART, ignorance_of_plans, unknown_html
from scenarios.catalogue import text
from scenarios.ignorance import bands, ignorance_in, ignorance_of, ignorance_of_district, plausible_difference
from scenarios.plausible import load_survivors, under

PLANS = [Request("danwei_courtyard", name) for name in ("information_only", "pressure")]
ROWS = load_survivors().rows(SETS)[:2]


@pytest.fixture(scope="module")
def summaries():
    return [tasks.run_plausible(plan.scenario(), ROWS, range(1, 6)) for plan in PLANS]


def test_a_page_says_what_the_command_line_says(summaries):
    found = ignorance_of_plans(summaries, PAIRED)
    assert (found.sets, found.seeds) == (2, 5)
    joined = pd.concat([s.assign(strategy=letter) for s, letter in zip(summaries, "AB", strict=True)])
    assert found.levels[0] == bands(joined, PAIRED[0], "A")
    assert found.differences[0] == plausible_difference(joined, PAIRED[0], "B", "A")
    by_command = ignorance_of([plan.scenario() for plan in PLANS], ["office_hours_total"], range(1, 9), SETS)
    ours = [level for level in found.levels if level.outcome == "office_hours_total"]
    names = [plan.strategy for plan in PLANS]
    mine = by_command.summary[by_command.summary["set"].isin(ROWS)]
    for level, name in zip(ours, names, strict=True):
        theirs = bands(mine, "office_hours_total", name)
        assert (level.middle, level.low, level.chance_high) == (theirs.middle, theirs.low, theirs.chance_high)


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", ("偶然", "未知", "未定")), ("en", ("Chance", "Ignorance"))]
)
def test_the_tables_hold_both_bands_and_a_verdict(summaries, lang, words):
    page = unknown_html(ignorance_of_plans(summaries, PAIRED), lang)
    assert all(word in page for word in words[:2])
    assert page.count("<table") == 2 and page.count("<tr>") == 1 + 2 * len(PAIRED) + 1 + len(PAIRED)
    assert "nan" not in page and "inf" not in page
    head = ["B − A", *(text("ignorance.ahead", lang).format(name=letter) for letter in "BA")]
    assert [f">{word}</th>" in page for word in head] == [True] * 3, "B is the first of the two"


def test_a_plan_alone_has_no_differences_and_no_column_of_strategies(summaries):
    page = unknown_html(ignorance_of_plans(summaries[:1], UNKNOWN), "en")
    assert page.count("<table") == 1 and "Strategy" not in page and "flips" not in page


def test_sets_are_divided_into_parts_that_keep_workers_busy():
    assert SETS % SETS_OF_A_PART == 0 and SETS // SETS_OF_A_PART >= 2
    for outcomes in (PAIRED, UNKNOWN):
        assert {"final_insincere_share"} <= set(outcomes)


def test_a_district_shows_both_bands_of_its_totals_set_by_set():
    plan = page_of_districts.Plan()
    scenario = plan.scenario().model_copy(update={"horizon_weeks": 40})
    district = plan.district().model_copy(update={"compounds": 4, "buildings": 12, "households": 200})
    parts = [totals_under(scenario, district, [row], [1, 2]) for row in ROWS]
    found = ignorance_in(
        pd.concat(parts, ignore_index=True), [scenario.strategy.id], page_of_districts.SHOWN_TOTALS
    )
    by_command = ignorance_of_district(scenario, district, [1, 2], 2)
    assert (found.sets, found.seeds) == (2, 2) == (by_command.sets, by_command.seeds)
    shipped = load_survivors()
    alone = run_office(under(shipped, ROWS[1], scenario), district, 2).totals
    assert parts[1].iloc[1]["headline_consent"] == alone["headline_consent"]
    for lang in ("zh", "en"):
        page = unknown_html(found, lang)
        assert page.count("<table") == 1 and page.count("<tr>") == 1 + len(page_of_districts.SHOWN_TOTALS)
        assert text("total.headline_consent", lang) in page and text("ignorance.chance", lang) in page
        assert "nan" not in page and "inf" not in page


def test_the_page_of_districts_starts_where_the_file_of_the_district_does():
    plan, district = page_of_districts.Plan(), page_of_districts.place().district
    assert district is not None
    wanted = (district.hours_per_household_week, district.batches, district.batch_interval_weeks)
    assert (plan.dhours, plan.batches, plan.interval) == wanted
    assert (plan.bundle, plan.allocation) == (district.bundle_compounds, district.allocation)
