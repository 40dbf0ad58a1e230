"""A figure has one definition: on a page, in a table that is taken away, in the report and on the command line."""

import csv
import html
import io
import json
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from commands.cli import main
from dashboard import screening, tasks
from dashboard.asking import Request, case_choices
from dashboard.downloads import summary_csv
from dashboard.ensembles import COMPARE_RUNS, EXPLORE_RUNS, Ensemble
from dashboard.figures import FIGURES, change_between, changes, kpis, last_change
from dashboard.levers import LEVERS
from dashboard.pages import compare as compare_page
from dashboard.pages.district import OWN_LEVERS, Plan, plan_of, within, word_of
from dashboard.screening import WEIGHED, Screening, ends, judged
from dashboard.views import ALWAYS_FIRST, difference, lever_groups, spread
from model.engine import simulate
from model.measures import SUMMARY
from scenarios.catalogue import missing, number, text
from scenarios.comparison import CENSORED, compare
from scenarios.files.library import list_strategies
from scenarios.loading import load_case
from scenarios.report import render_report

YARD = "danwei_courtyard"


def ensemble_of(request: Request, runs: int = EXPLORE_RUNS) -> Ensemble:
    """What the pool computes, without the run that is shown."""
    series, summary = tasks.run_seeds(request.scenario(), range(1, runs + 1))
    return Ensemble(request, series, summary, SimpleNamespace())


def printed_json(*args: str):
    result = CliRunner().invoke(main, [*args, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


# -- one definition everywhere --------------------------------------------------------------------------------

PRESSED = Request("jinjiang", "pressure")
#: The questions that a card of the page Explore answers.
OUTCOMES = [
    *(figure.outcome for figure in FIGURES),
    *(figure.at_end for figure in FIGURES if figure.at_end),
]


@pytest.fixture(scope="module")
def pressed():
    return ensemble_of(PRESSED)


@pytest.fixture(scope="module")
def cards(pressed):
    return {item["key"]: item for item in kpis(pressed, "en")}


@pytest.fixture(scope="module")
def printed():
    data = printed_json("run", "jinjiang", "--strategy", "pressure", "--seeds", str(EXPLORE_RUNS))
    return data["outcomes"]


@pytest.fixture(scope="module")
def taken(pressed):
    return list(csv.DictReader(io.StringIO(summary_csv(pressed, "en").decode("utf-8-sig"))))


@pytest.fixture(scope="module")
def reported():
    scenario = PRESSED.scenario()
    found = simulate([scenario], range(1, EXPLORE_RUNS + 1))
    page = render_report(found, [load_case("jinjiang")], scenarios=[scenario], lang="en")
    rows = re.findall(r"<tr>\s*<th scope=\"row\">(.*?)</th>(.*?)</tr>", page, re.DOTALL)
    return {html.unescape(re.sub(r"<.*?>", "", head)).strip(): html.unescape(cells) for head, cells in rows}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_page_table_report_and_command_line_give_the_same_figure(outcome, cards, printed, taken, reported):
    info, label = SUMMARY[outcome], text(f"summary.{outcome}", "en")
    figure = next(f for f in FIGURES if outcome in (f.outcome, f.at_end))
    shown = cards[figure.key]["value"] + " " + cards[figure.key]["sub"]
    column = [float(row[f"{label} [{info.unit}]"] or "nan") for row in taken]
    if info.unit == "0 or 1":
        n = round(np.sum(column))
        assert f"{n} of {EXPLORE_RUNS} runs" in shown and f"{n}/{EXPLORE_RUNS} seeds" in reported[label]
        assert printed[outcome]["median"] == np.median(column)
        return
    middle = spread(np.array(column), info.unit, "en", censored=outcome in CENSORED)[0]
    assert middle in shown
    assert middle in reported[label]
    median = printed[outcome]["median"]
    assert (missing(outcome, "en") if median is None else number(median, info.unit, "en")) == middle


@pytest.fixture(scope="module")
def compared():
    plans = [Request("jinjiang", name) for name in ("information_only", "pressure")]
    return [ensemble_of(plan, COMPARE_RUNS) for plan in plans]


@pytest.fixture(scope="module")
def differences():
    asked = [word for outcome in compare_page.PAIRED for word in ("--outcome", outcome)]
    names = ["--strategies", "information_only,pressure", "--seeds", str(COMPARE_RUNS)]
    return {d["outcome"]: d for d in printed_json("compare", "jinjiang", *names, *asked)["differences"]}


@pytest.mark.parametrize("outcome", compare_page.PAIRED)
def test_page_and_command_line_give_the_same_difference_and_interval(outcome, compared, differences):
    printed, unit = differences[outcome], SUMMARY[outcome].unit
    pair = compare(compare_page.joined(compared), outcome, "B", "A")
    expected = text("dash.undetermined", "en")
    if printed["finding"].endswith(("_ahead", "_higher")):
        low, middle, high = (
            number(printed[key], unit, "en", difference=True) for key in ("low", "difference", "high")
        )
        expected = f"{middle} [{low}, {high}]"
    assert difference(pair, unit, "en") == expected
    assert expected in html.unescape(compare_page.differences(compared, "en"))
    assert printed["pairs"] == pair.n_pairs


def test_there_are_twenty_questions():
    assert len(OUTCOMES) + len(compare_page.PAIRED) >= 20


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_card_names_its_week_and_its_denominator(pressed, lang):
    for item in kpis(pressed, lang):
        assert item["of"] and item["of"] == text(f"dash.kpi_{item['key']}_of", lang)


def test_a_comparison_says_why_a_difference_is_not_that_of_the_medians(compared):
    assert text("dash.paired_note", "en").format(n=COMPARE_RUNS) in html.unescape(
        compare_page.differences(compared, "en")
    )


# -- what has no value is told in words -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def idle():
    """Nobody acts, and no compound passes by itself."""
    return ensemble_of(Request("jinjiang", "none").with_parameters({"compound_support_sd": 0.1}), 8)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_with_no_action_nothing_is_reached_billed_or_handed_over_and_the_cards_say_so(idle, lang):
    shown = {item["key"]: item["value"] for item in kpis(idle, lang)}
    assert shown["headline"] == shown["passes"] == text("number.gate_not_reached", lang)
    assert shown["payment"] == text("number.no_rate", lang)
    assert shown["company"] == text("dash.not_handed_over", lang)
    assert not re.search(r"∞|−0(?!\d|\.\d*[1-9])|100", " ".join(shown.values()))


@pytest.mark.parametrize(
    ("outcome", "key"),
    [
        ("gate_week", "not_reached"),
        ("insincere_share_at_gate", "gate_not_reached"),
        ("payment_18_months", "no_rate"),
        ("suggestions_adopted", "none_made"),
        ("final_valid_consent", "missing"),
    ],
)
def test_a_missing_value_is_told_by_what_is_missing(outcome, key):
    assert missing(outcome, "en") == text(f"number.{key}", "en")
    assert spread(np.full(3, np.nan), "share", "en", outcome=outcome)[0] == text(f"number.{key}", "en")


def test_a_verdict_with_runs_that_never_reach_it_holds_no_infinity():
    weeks = {"a": [20.0] * 5 + [np.nan] * 6, "b": [30.0] * 4 + [np.nan] * 4 + [25.0] * 3}
    rows = [
        {"case": "x", "strategy": name, "seed": seed, "gate_week": week}
        for name, column in weeks.items()
        for seed, week in enumerate(column)
    ]
    for lang in ("zh", "en"):
        said = compare(pd.DataFrame(rows), "gate_week", "a", "b").verdict(lang)
        assert "∞" not in said and text("verdict.beyond_later", lang) in said


def test_where_only_one_strategy_reaches_it_the_verdict_says_that_and_no_interval():
    rows = [
        {"case": "x", "strategy": name, "seed": seed, "gate_week": week}
        for name, week in (("quick", 20.0), ("never", np.nan))
        for seed in range(8)
    ]
    for first, second in (("quick", "never"), ("never", "quick")):
        said = compare(pd.DataFrame(rows), "gate_week", first, second).verdict("en")
        assert "only “quick” reaches it" in said and "interval" not in said


# -- what it was before ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def yard():
    return ensemble_of(Request(YARD, "visible_example"))


@pytest.fixture(scope="module")
def willing():
    """Compounds that all pass in time, with more signatures by then than a low gate asks."""
    usual = Request(YARD, "visible_example").with_levers({"hours": 0.2})
    return usual.with_parameters({"compound_support_sd": 0.1, "taste_mean": 0.8})


def test_a_change_is_told_run_by_run_with_an_interval_or_as_undetermined(yard):
    pressed = ensemble_of(yard.request.with_levers({"press": 0.9}))
    deltas = {item["key"]: item["delta"] for item in kpis(pressed, "en", change_between(yard, pressed))}
    assert re.search(r"before [\d.]+ %; change \+[\d.]+ points \[\+[\d.]+ points, ", deltas["insincere"])
    assert any(text("dash.undetermined", "en") in delta for delta in deltas.values())
    assert "Pressure 0 % → 90 %" in last_change(change_between(yard, pressed), "en")[0]


def test_a_change_is_compared_as_tables_of_runs_are(yard):
    pressed = ensemble_of(yard.request.with_levers({"press": 0.9}))
    tables = [one.summary.assign(strategy=name) for name, one in (("now", pressed), ("before", yard))]
    both = pd.concat(tables, ignore_index=True)
    found = change_between(yard, pressed).pairs
    assert {f.key: repr(found[f.key]) for f in FIGURES} == {
        f.key: repr(compare(both, f.outcome, "now", "before")) for f in FIGURES
    }


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_moved_is_read_out_and_consent_never_without_the_insincere_share(yard, lang):
    pressed = ensemble_of(yard.request.with_levers({"press": 0.9}))
    change = change_between(yard, pressed)
    insincere = text("dash.kpi_insincere", lang) + " "
    for key in ("headline", "valid", "passes", "payment"):
        pairs = {f.key: SimpleNamespace(determined=f.key == key) for f in FIGURES}
        _, told = last_change(replace(change, pairs=pairs), lang)
        assert text(f"dash.kpi_{key}", lang) in told
        assert (insincere in told) is (key != "payment")


def test_a_change_that_changes_nothing_says_so_and_why(willing):
    before = ensemble_of(willing)
    later = ensemble_of(willing.with_levers({"deadline": 130.0}))
    said, _ = last_change(change_between(before, later), "en")
    assert text("dash.changed_nothing", "en").format(n=EXPLORE_RUNS) in said
    assert "Every run passes the gate in time" in said
    deltas = [item["delta"] for item in kpis(later, "en", change_between(before, later))]
    assert all("the same in all" in delta or delta == "before no rate" for delta in deltas)


def test_gates_that_the_vote_outlasts_say_so(willing):
    low, high = (ensemble_of(willing.with_levers({"gate": gate})) for gate in (0.5, 0.55))
    assert text("dash.why_vote", "en").split("(")[0] in last_change(change_between(low, high), "en")[0]


def test_changes_name_strategies_levers_and_parameters():
    one = Request("jinjiang", "pressure").with_levers({"fee": 1.0})
    other = one.with_parameters({"loss_aversion": 1.9})
    assert (
        changes(one, other, "en") == ["Loss aversion 2.25 → 1.9"] or "→ 1.9" in changes(one, other, "en")[0]
    )
    assert changes(Request("jinjiang", "none"), one, "zh")[0].startswith("做法 不作为 → 施压")


# -- levers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [key for key, *_ in OWN_LEVERS])
def test_a_lever_of_a_district_keeps_its_value_whoever_moves_beside_it(key):
    plan = plan_of(word_of(Plan()))
    assert plan == Plan()
    low = next(low for name, _, low, *_ in OWN_LEVERS if name == key)
    moved = plan_of(word_of(Plan(**{key: low})))
    for other, *_ in OWN_LEVERS:
        assert getattr(moved, other) == (low if other == key else getattr(Plan(), other)), other


def test_a_link_holds_a_district_exactly():
    odd = Plan(dhours=0.0213, interval=27.0)
    assert plan_of(word_of(odd)) == odd
    assert within({"interval": 26.4, "dhours": 9, "x": 1}) == {"interval": 26.0, "dhours": 0.1}


@pytest.fixture(scope="module")
def screened() -> Screening:
    return judged([ends(YARD, "pressure", [lever.key]) for lever in LEVERS])


def test_levers_stand_in_the_order_of_what_they_move(screened):
    shown = json.loads(lever_groups(Request(YARD, "pressure"), "en", screened))
    first, later = ([lever["key"] for lever in group["levers"]] for group in shown)
    assert ALWAYS_FIRST <= set(first) and not set(first) & set(later)
    for keys in (first, later):
        scores = [screened.scores[key] for key in keys]
        assert scores == sorted(scores, reverse=True)
    again = judged([ends(YARD, "pressure", [lever.key for lever in LEVERS])])
    assert again.order == screened.order, "the same draws give the same order"


@pytest.mark.parametrize("strategy", ["none", "information_only", "pressure", "kaifeng", "full_bundle"])
def test_every_lever_moves_something_between_its_ends_or_says_why_not(strategy):
    found = judged([ends(YARD, strategy, [lever.key]) for lever in LEVERS])
    assert set(found.scores) == {lever.key for lever in LEVERS}
    for lang in ("zh", "en"):
        shown = json.loads(lever_groups(Request(YARD, strategy), lang, found))
        for lever in (lever for group in shown for lever in group["levers"]):
            nothing = found.scores[lever["key"]] == 0.0 and lever["key"] in found.still
            assert bool(lever["still"]) == nothing, lever["key"]
            assert lever["still"] != text("dash.lever_still_plain", lang), f"{lever['key']} says no reason"
    assert set(WEIGHED) <= set(SUMMARY)


@pytest.mark.parametrize("case", case_choices())
def test_a_lever_keeps_its_exact_value_whoever_moves_beside_it(case):
    for strategy in list_strategies():
        request = Request(case, strategy)
        places = {lever.key: request.lever(lever.key) for lever in LEVERS}
        for moved in LEVERS:
            later = request.with_levers({moved.key: moved.low})
            for key, place in places.items():
                assert later.lever(key) == (moved.low if key == moved.key else place), (moved.key, key)


def test_with_nobody_at_work_levers_of_work_and_of_what_comes_after_say_why(monkeypatch):
    monkeypatch.setattr(screening, "first_seeds", lambda n: range(5, 5 + n))  # none of these passes by itself
    asked, keys = Request("jinjiang", "none"), ["hours", "press", "fee", "trial", "remind", "books"]
    found = judged([ends(asked.case, asked.strategy, keys)])
    shown = json.loads(lever_groups(asked, "en", found))
    told = {lever["key"]: lever["still"] for group in shown for lever in group["levers"]}
    assert text("dash.why_no_hours", "en") in told["hours"] and told["hours"].endswith("home visits.")
    assert all(text("dash.why_no_handover", "en") in told[key] for key in keys[2:])
    moved = asked.with_levers({"pub": 0.0})
    assert not any(lv["still"] for g in json.loads(lever_groups(moved, "en", found)) for lv in g["levers"])
