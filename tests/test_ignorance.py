"""Chance and ignorance: strategies under many plausible sets of parameters, the ledger, and what is known of a case."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from commands.cli import main
from model.engine import simulate
from model.parameters import Parameters, declarations
from model.settings import with_settings
from model.specification import Compound, Scenario
from scenarios import plausible
from scenarios.consequences import consent_of_strategies, variance_shares
from scenarios.files.claims import Claim
from scenarios.ignorance import (
    Ignorance,
    bands,
    plausible_difference,
    plausible_runs,
    plausible_summary,
)
from scenarios.ignorance_words import difference_rows, finding, level_rows
from scenarios.ledger import Entry, leave_one_out
from scenarios.loading import ScenarioError, apply_settings, load_case
from scenarios.plausible import Survivors, load_survivors, set_by, with_plausible_set
from scenarios.store import open_results
from scenarios.sweep.sweepfile import load_sweep

SMALL = Scenario(compound=Compound(households=24, buildings=2, stairwells_per_building=1), horizon_weeks=30)


def gongzhi(*args):
    result = CliRunner().invoke(main, list(args))
    assert result.exit_code == 0, result.output
    return result


def table(outcome, values):
    """Values by strategy, set and seed as a summary."""
    return pd.DataFrame(
        [
            {"case": "c", "strategy": strategy, "set": s, "seed": seed, outcome: value}
            for strategy, sets in values.items()
            for s, of_set in enumerate(sets)
            for seed, value in enumerate(of_set)
        ]
    )


def some_survivors(n=4):
    names = ("support_rate", "visit_gain")
    values = np.column_stack([np.linspace(0.05, 0.2, n), np.full(n, 0.1)])
    return Survivors(names, values, ("a",), np.zeros((n, 1)), {"informed": ["support_rate"]})


def test_chance_lies_within_sets_and_ignorance_between_them():
    sets = [[10 * s + seed for seed in range(5)] for s in range(11)]
    found = bands(table("withdrawals", {"a": sets}), "withdrawals", "a")
    assert (found.middle, found.low, found.high) == (52.0, 2.0, 102.0)
    assert (found.chance_low, found.chance_high) == (50.0, 54.0)
    assert (found.n_sets, found.sets) == (11, 11)


def test_a_set_without_a_value_is_counted_and_one_that_never_gets_there_is_last():
    never = [[20.0, 30.0, np.nan], [np.nan] * 3, [10.0, 10.0, 10.0]]
    weeks = bands(table("weeks_to_80", {"a": never}), "weeks_to_80", "a")
    assert (weeks.middle, weeks.low, weeks.high, weeks.n_sets) == (30.0, 10.0, math.inf, 3)
    paid = bands(table("payment_18_months", {"a": never}), "payment_18_months", "a")
    assert (paid.middle, paid.n_sets, paid.sets) == (17.5, 2, 3)
    assert (paid.n_runs, paid.runs) == (5, 9) and (weeks.n_runs, weeks.runs) == (9, 9)
    ((_, _, middle, _, _, sets),) = level_rows(
        Ignorance(table("gate_week", {"a": never}), 3, 3, [paid], []), {"a": "A"}, "en"
    )
    assert middle == "1,750.0 % (n = 5/9)" and sets == "2/3"
    nothing = bands(table("payment_18_months", {"a": [[np.nan]]}), "payment_18_months", "a")
    assert math.isnan(nothing.middle)
    assert math.isnan(nothing.chance_low)


@pytest.mark.parametrize(("behind", "determined"), [(0, True), (1, True), (2, False), (10, False)])
def test_an_order_that_flips_in_more_than_one_set_of_ten_is_undetermined(behind, determined):
    a = [[2.0, 2.0]] * (10 - behind) + [[0.0, 0.0]] * behind
    summary = table("trust_office_change", {"a": a, "b": [[1.0, 1.0]] * 10})
    found = plausible_difference(summary, "trust_office_change", "a", "b")
    assert found.share_a == pytest.approx(1.0 - behind / 10)
    assert found.determined is (determined or behind == 10)


@pytest.mark.parametrize(
    ("without", "seeds_without", "determined"), [(2, 5, True), (3, 5, False), (3, 1, True)]
)
def test_few_sets_with_a_value_or_with_few_seeds_of_it_say_little_of_all(without, seeds_without, determined):
    a = [[np.nan] * seeds_without + [1.0] * (5 - seeds_without)] * without + [[1.0] * 5] * (10 - without)
    summary = table("payment_before", {"a": a, "b": [[0.5] * 5] * 10})
    found = plausible_difference(summary, "payment_before", "a", "b")
    assert (found.n_sets, found.sets) == (10 if seeds_without == 1 else 10 - without, 10)
    assert found.share_a == 1.0 and found.determined is determined
    few = table("payment_before", {"a": [[1.0] + [np.nan] * 4] * 10, "b": [[0.5] * 5] * 10})
    assert plausible_difference(few, "payment_before", "a", "b").n_sets == 0


def test_fewer_weeks_are_ahead_and_sets_that_tie_are_for_nobody():
    summary = table("gate_week", {"a": [[10.0], [np.nan], [30.0]], "b": [[20.0], [np.nan], [20.0]]})
    found = plausible_difference(summary, "gate_week", "a", "b")
    assert (found.share_a, found.share_b, found.n_sets) == pytest.approx((1 / 3, 1 / 3, 3))
    assert (found.middle, found.determined) == (0.0, False)
    none = plausible_difference(
        table("payment_before", {"a": [[np.nan]], "b": [[1.0]]}), "payment_before", "a", "b"
    )
    assert (none.n_sets, none.determined) == (0, False)


@pytest.mark.parametrize(
    ("outcome", "found"), [("final_valid_consent", "b_higher"), ("final_insincere_share", "a")]
)
def test_where_neither_direction_is_better_nobody_is_ahead(outcome, found):
    summary = table(outcome, {"a": [[0.1, 0.1]] * 10, "b": [[0.2, 0.2]] * 10})
    one = plausible_difference(summary, outcome, "a", "b")
    assert finding(one) == found
    (row,) = difference_rows(Ignorance(summary, 10, 2, [], [one]), "a", "b", {"a": "A", "b": "B"}, "en")
    assert row.verdict == {"b_higher": "B higher", "a": "A ahead"}[found]


def test_what_the_user_sets_stays_under_every_set_of_parameters():
    mine = SMALL.model_copy(update={"parameters": Parameters(visit_gain=0.05, pay_base=2.0)})
    assert set_by(mine) == {"visit_gain": 0.05, "pay_base": 2.0}
    runs = plausible_runs([mine], some_survivors(), [0, 3], [1, 2])
    rates = [r.scenario.parameters.support_rate for r in runs]
    assert rates == pytest.approx([0.05, 0.05, 0.2, 0.2])
    assert [r.seed for r in runs] == [1, 2, 1, 2]
    assert {(r.scenario.parameters.visit_gain, r.scenario.parameters.pay_base) for r in runs} == {(0.05, 2.0)}


def test_each_run_carries_its_set_and_repeats():
    first, again = (plausible_summary([SMALL], some_survivors(), [1, 2], [5, 6], threads=n) for n in (1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert first["set"].tolist() == [1, 1, 2, 2]
    assert first["seed"].tolist() == [5, 6, 5, 6]


def test_the_shipped_survivors_are_parameters_and_agree_with_every_target():
    found = load_survivors()
    assert (found.implausibility <= 3.0).all()
    assert set(found.provenance["informed"]) <= set(found.names)
    for row in found.rows(5):
        found.parameters(row)
    assert 0 <= found.medoid < len(found)


def test_the_shipped_sets_are_those_whose_digest_stands_in_the_code(monkeypatch):
    assert len(plausible._read(None)) >= 500
    monkeypatch.setattr(plausible, "SHIPPED_SHA256", "another")
    with pytest.raises(
        ValueError, match=r"survivors\.parquet: not a file of survivors \(its SHA-256 is [0-9a-f]{64}"
    ):
        plausible._read(None)


def test_a_set_of_parameters_is_a_setting_and_what_the_scenario_sets_itself_stays():
    of = load_case("jinjiang").scenario()
    drawn = apply_settings(of, ["plausible_set=17"])
    assert drawn == with_plausible_set(of, 17) != of
    assert drawn.parameters == load_survivors().parameters(17, set_by(of))
    own = apply_settings(of, ["plausible_set=17", "visit_gain=0.11"])
    assert own.parameters == drawn.parameters.model_copy(update={"visit_gain": 0.11})
    assert apply_settings(of, ["visit_gain=0.11", "plausible_set=17"]) == own, "whatever the order"


def test_a_default_that_a_case_or_its_user_states_stays_under_sets_as_any_other_value_does(tmp_path):
    name = load_survivors().names[0]
    usual = getattr(Parameters(), name)
    assert with_plausible_set(SMALL, 17).parameters != SMALL.parameters.model_copy(update={name: usual})
    file = tmp_path / "mine.toml"
    entry = f'{{value = {usual!r}, unit = "{declarations()[name].unit}", source = "survey", grade = "B"}}'
    file.write_text(
        f'id = "mine"\n[compounds.main]\nhouseholds = {{value = 60, unit = "households", source = "x", grade = "B"}}\n'
        f"[parameters]\n{name} = {entry}\n",
        "utf-8",
    )
    for stating in (
        load_case(file).scenario(strategy="none"),
        apply_settings(SMALL, [f"{name}={usual!r}"]),
        with_settings(with_settings(SMALL, {name: usual * 1.01}), {name: usual}),
    ):
        assert set_by(stating) == {name: usual}
        again = Scenario.model_validate(stating.model_dump(mode="json"))  # as a manifest keeps it
        assert getattr(with_plausible_set(again, 17).parameters, name) == usual
    assert set_by(apply_settings(SMALL, [f"{name}={usual * 1.01}"])).keys() == {name}
    assert apply_settings(SMALL, [f"{name}={usual!r}"]).content_hash() == SMALL.content_hash()


def test_rows_of_sets_under_a_stated_default_have_keys_of_their_own(tmp_path):
    name = load_survivors().names[0]

    def plan(constants, varied):
        file = tmp_path / "sets.toml"
        file.write_text(
            f'id = "sets"\ncases = ["national_mean"]\nseeds = 2\n[design]\nkind = "latin_hypercube"\nn = 3\n'
            f'[uncertainties]\n{varied} = "plausible"\n[constants]\nhorizon_weeks = 8\n{constants}',
            "utf-8",
        )
        return load_sweep(file)

    stated = f"{name} = {getattr(Parameters(), name)!r}\n"
    without, under = plan("", "plausible_set"), plan(stated, "plausible_set")
    assert without.task(0).key != under.task(0).key and without.content != under.content
    assert without.task(0).values == under.task(0).values and under.bases[0].scenario.stated == (name,)
    one, same = plan("", "support_rate"), plan(stated, "support_rate")
    assert one.task(0).key == same.task(0).key and one.content == same.content, "the same numbers are run"


@pytest.mark.parametrize("value", ["-1", "100000", "1.5", "true", "x"])
def test_a_set_that_is_none_is_refused_with_those_there_are(value):
    last = len(load_survivors()) - 1
    with pytest.raises(ScenarioError, match=f"plausible_set = .*; expected a whole number from 0 to {last}"):
        apply_settings(load_case("jinjiang").scenario(), [f"plausible_set={value}"])


def test_a_sweep_draws_sets_of_parameters_and_a_row_says_how_to_repeat_it(tmp_path):
    file = tmp_path / "sets.toml"
    file.write_text(
        'id = "sets"\ncases = ["national_mean"]\nstrategies = ["none", "information_only"]\nseeds = 2\n'
        'outcomes = ["final_headline_consent"]\n'
        '[design]\nkind = "latin_hypercube"\nn = 3\n'
        '[uncertainties]\nplausible_set = "plausible"\n[constants]\nhorizon_weeks = 8\n',
        "utf-8",
    )
    gongzhi("sweep", str(file), "--out", str(tmp_path / "out"), "--workers", "1")
    rows = open_results(tmp_path / "out").runs()
    assert len(rows) == 3 * 2 * 2 and (rows["status"] == "ok").all()
    sets = sorted(rows["plausible_set"].unique())
    assert len(sets) == 3 and all(0 <= row < len(load_survivors()) for row in sets)
    one = rows[(rows["plausible_set"] == sets[1]) & (rows["strategy"] == "information_only")].iloc[0]
    again = with_plausible_set(
        load_case("national_mean").scenario(strategy="information_only"), int(sets[1])
    ).model_copy(update={"horizon_weeks": 8})
    found = simulate(again, [int(one["seed"])]).summary().iloc[0]
    assert found["final_headline_consent"] == pytest.approx(one["final_headline_consent"], abs=1e-7)


def test_compare_tells_chance_from_ignorance(tmp_path):
    given = ("compare", "national_mean", "--strategies", "none,information_only", "--seeds", "6")
    small = ("--weeks", "20", "--outcome", "final_valid_consent", "--plausible", "3")
    shown = gongzhi(*given, *small, "--lang", "zh").stdout
    assert "3 组证据未排除的参数，每组 5 次模拟" in shown
    assert "偶然" in shown
    found = json.loads(gongzhi(*given, *small, "--json", "--out", str(tmp_path / "out")).stdout)["plausible"]
    assert (found["sets"], found["seeds_of_a_set"]) == (3, 5)
    by_outcome = {d["outcome"]: d for d in found["differences"]}
    assert set(by_outcome) == {"final_valid_consent", "final_insincere_share"}
    assert by_outcome["final_valid_consent"]["n_sets"] == 3
    rows = pd.read_csv(tmp_path / "out" / "plausible.csv")
    assert len(rows) == 3 * 2 * 5
    without = json.loads(gongzhi(*given, "--weeks", "20", "--plausible", "0", "--json").stdout)
    assert without["plausible"] is None


def test_run_shows_chance_and_ignorance_in_terminal_table_json_and_report(tmp_path):
    given = ("run", "national_mean", "--strategy", "information_only", "--weeks", "20", "--plausible", "3")
    shown = gongzhi(*given, "--seeds", "6", "--lang", "en").stdout
    assert "3 sets of parameters the evidence leaves standing, 5 runs each" in shown
    assert "Chance" in shown and "Ignorance" in shown and "ahead in" not in shown
    assert "--plausible 20" not in shown, "what is there is not asked for"
    found = json.loads(gongzhi(*given, "--seeds", "6", "--json", "--out", str(tmp_path / "out")).stdout)
    levels = {level["outcome"]: level for level in found["plausible"]["levels"]}
    assert levels["final_headline_consent"]["sets"] == 3 and found["plausible"]["differences"] == []
    assert len(pd.read_csv(tmp_path / "out" / "plausible.csv")) == 3 * 5
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert 'id="unknown"' in page and "3 sets of parameters the evidence leaves standing" in page


def test_a_run_under_one_set_of_parameters_says_so(tmp_path):
    given = ("run", "national_mean", "--weeks", "10", "--seeds", "2", "--lang", "zh")
    assert "--plausible 20" in gongzhi(*given).stdout
    gongzhi(*given, "--out", str(tmp_path / "out"))
    assert 'id="unknown"' not in (tmp_path / "out" / "report.html").read_text("utf-8")
    assert not (tmp_path / "out" / "plausible.csv").exists()


def test_plausible_sets_are_for_compounds_and_districts():
    result = CliRunner().invoke(main, ["run", "national", "--plausible", "3"])
    assert result.exit_code == 2
    expected = "--plausible 3: national is a collection; expected a case of one compound or a district"
    assert expected in result.output


def test_what_is_not_known_is_written_as_one_reads_it():
    strategies = {"a": [[1, 1, 0], [0, 0, 0]], "b": [[0, 0, 0], [0, 0, 0]]}
    summary = table("company_left", strategies)
    levels = [bands(summary, "company_left", strategy) for strategy in "ab"]
    difference = plausible_difference(summary, "company_left", "a", "b")
    missing = bands(table("payment_before", {"a": [[math.nan]]}), "payment_before", "a")
    late = bands(table("gate_week", {"a": [[5, math.nan, math.nan]]}), "gate_week", "a")
    found = Ignorance(summary, 2, 3, [*levels, missing, late], [difference])
    rows = list(level_rows(found, {"a": "A", "b": "B"}, "en"))
    assert rows[0] == ("A company left", "A", "33.3 %", "0.0 to 50.0 %", "0.0 to 66.7 %", "2/2")
    assert rows[1][2:] == ("0.0 %", "0.0 %", "0.0 %", "2/2")
    assert rows[2][2:] == ("not billed", "", "", "0/1")
    assert rows[3][2] == "not reached"
    [row] = difference_rows(found, "a", "b", {"a": "A", "b": "B"}, "en")
    assert (row.ahead, row.behind, row.sets, row.verdict) == ("0 %", "50 %", "2/2", "undetermined")
    assert not row.determined and finding(difference) == "undetermined"


# -- the ledger ---------------------------------------------------------------------------------------------


def entry(case, value, median, low=0.0, high=1.0, before=0.35, measure="payment_18_months"):
    claim = Claim.model_validate(
        {
            "id": "X1",
            "zh": "x",
            "en": "x",
            "value": value,
            "relation": "=" if value is not None else "rises",
            "unit": "share",
            "claimed_by": {"zh": "x", "en": "x"},
            "missing": {"zh": "x", "en": "x"},
            "use": "context",
            "outcome": "payment_18_months",
        }
    )
    return Entry(load_case(case), claim, measure, median, low, high, 10, 10, before)


def test_a_published_number_is_a_hit_within_the_middle_90_percent():
    assert entry("hangzhou", 0.9, 0.8, 0.7, 0.9).hit is True
    assert entry("hangzhou", 0.9, 0.8, 0.7, 0.89).hit is False
    assert entry("hangzhou", None, 0.8).hit is None
    assert entry("hangzhou", 0.9, math.nan).hit is None


def test_errors_stand_beside_no_change_and_the_mean_of_the_other_cities():
    entries = [entry("hangzhou", 0.9, 0.8), entry("jinshui", 0.7, 0.75), entry("kaifeng", None, 0.6)]
    found = leave_one_out(entries)
    assert [(e.model, e.no_change, e.mean_of_others) for e in found] == [
        pytest.approx((0.1, 0.55, 0.2)),
        pytest.approx((0.05, 0.35, 0.2)),
    ]
    assert leave_one_out(entries[:1]) == []


# -- what is known of a compound ----------------------------------------------------------------------------


def test_what_a_case_measures_is_known_and_what_it_judges_is_drawn(tmp_path):
    text = """
id = "mine"
[compounds.main]
households = {value = 60, unit = "households", source = "count", grade = "A"}
elder = {value = 0.6, unit = "share", source = "count", grade = "A"}
structure = {value = 0.1, unit = "share", source = "a guess", grade = "C"}
[management]
payment_before = {value = 0.5, unit = "share", source = "ledger", grade = "A"}
"""
    file = tmp_path / "mine.toml"
    file.write_text(text, "utf-8")
    assert load_case(file).scenario().known == ("elders", "payment")


def test_a_survey_of_the_compound_settles_how_much_it_supports_the_works(tmp_path):
    text = """
id = "mine"
[compounds.main]
households = {value = 60, unit = "households", source = "count", grade = "A"}
[parameters]
taste_mean = {value = 0.4, unit = "1", source = "survey of 50 households", grade = "%s"}
"""
    for grade, known in (("A", ("support",)), ("C", ())):
        file = tmp_path / "mine.toml"
        file.write_text(text % grade, "utf-8")
        scenario = load_case(file).scenario()
        assert scenario.known == known
        assert with_plausible_set(scenario, 3).parameters.taste_mean == 0.4


def test_what_a_district_or_a_collection_draws_itself_is_not_drawn_again():
    from model.district_plan import district_runs
    from scenarios.collected.runs import Drawn

    case = load_case("kaifeng-district")
    assert district_runs(case.scenario(), case.district, 1)[3].scenario.known == ("trust_office", "elders")
    national = load_case("national")
    runs = Drawn(national.scenario(), national.collection, 1).runs(0, 2)
    assert set(runs[0].scenario.known) == {
        *("trust_office", "structures", "elders", "infrastructure", "income", "payment")
    }


# -- consequences -------------------------------------------------------------------------------------------


def test_variance_is_shared_out_between_parameters_compounds_and_strategies():
    s, c, k = np.meshgrid([0.0, 1.0], [0.0, 2.0, 4.0], [0.0, 3.0], indexing="ij")
    found = variance_shares(s + c + k)
    parts = np.array([0.25, np.var([0, 2, 4]), 2.25])
    assert (found.parameters, found.compound, found.strategy) == pytest.approx(tuple(parts / parts.sum()))
    assert found.together == pytest.approx(0.0, abs=1e-12)
    assert variance_shares((s - 0.5) * (k - 1.5)).together == pytest.approx(1.0)
    with pytest.raises(ValueError, match="no variance"):
        variance_shares(np.ones((2, 2, 2)))


def test_consent_of_strategies_stands_by_set_compound_and_strategy():
    found = consent_of_strategies(some_survivors(2), [0, 1], [3, 4, 5])
    assert found.shape == (2, 3, 3)
    alone = consent_of_strategies(some_survivors(2), [1], [4])
    assert found[1, 1].tolist() == alone[0, 0].tolist()
