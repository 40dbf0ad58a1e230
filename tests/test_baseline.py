"""The baseline: frozen tasks, tables that give the rules back exactly, scores, and refusals that name the line."""

import contextlib
import json
import re
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from commands.cli import main
from model.community import CommunityModel
from model.engine import simulate
from scenarios.baseline import (
    DecisionTable,
    TableError,
    UnknownSituationError,
    frozen,
    measure,
    read_table,
    score,
    scoring,
    tasks,
    write_table,
)
from scenarios.baseline.frozen import OUTCOMES, frozen_digests, of_results
from scenarios.baseline.residents import classes
from scenarios.baseline.situations import DECISIONS, situation_key
from scenarios.baseline.tables import Row

ROOT = Path(__file__).parents[1]
ATTENDING = {"trust_office": 0.5, "elder": True, "engagement": 0.3}


def gongzhi(*arguments):
    return CliRunner(env={"COLUMNS": "220"}).invoke(main, ["baseline", *map(str, arguments), "--lang", "en"])


@pytest.fixture(scope="module")
def page(run_page, tmp_path_factory):
    """What the page's Python leaves behind, which takes half a minute: tables of the rules, and scores."""
    with contextlib.chdir(tmp_path_factory.mktemp("page")):
        return run_page("baseline.md")


@pytest.fixture(scope="module")
def exact(page):
    """Every decision of the rules, with all decimals."""
    return page["exact"]


@pytest.fixture(scope="module")
def coarse(page):
    """The same where numbers have one decimal."""
    return page["coarse"]


@contextlib.contextmanager
def two_tasks():
    """Tables are recorded and scored in two of the ten tasks: every decision is met there, in a fifth of the time."""
    some = [task for task in tasks() if task.id in ("meetings", "pressure")]
    assert len(some) == 2
    with pytest.MonkeyPatch.context() as patch:
        for module in (frozen, scoring):
            patch.setattr(module, "tasks", lambda: some)
        yield


@pytest.fixture
def few():
    with two_tasks():
        yield


@pytest.fixture(scope="module")
def blunt(tmp_path_factory):
    """A file, written by the command, of decisions where numbers have no decimals."""
    file = tmp_path_factory.mktemp("blunt") / "t.parquet"
    with two_tasks():
        recorded = gongzhi("--record", file, "--digits", "0")
    assert recorded.exit_code == 0, recorded.output
    return file


# -- the tasks ----------------------------------------------------------------------------------------------------


def test_there_are_ten_tasks_and_no_two_are_the_same():
    assert len(tasks()) == 10 and len({task.scenario.content_hash() for task in tasks()}) == 10
    assert len({one.digest for one in measure()}) == 10
    assert all(task.zh and task.en and len(task.seeds) == 6 for task in tasks())


def test_every_task_gives_the_frozen_numbers_to_the_last_bit():
    assert {one.task.id: one.digest for one in measure()} == frozen_digests(), (
        "the model has moved: `make baseline`"
    )


@pytest.mark.reproducibility
def test_the_digests_are_the_same_on_every_python():
    assert {one.task.id: one.digest for one in measure()} == frozen_digests()


def test_the_baseline_takes_seconds():
    began = time.process_time()
    measure()
    assert time.process_time() - began < 10


def test_a_digest_changes_with_the_last_bit_of_any_week():
    task = tasks()[0]
    found = simulate(task.scenario, task.seeds)
    before = of_results(task, found).digest
    found.series[3, 7, 1] = np.nextafter(found.series[3, 7, 1], np.float32(2))
    assert of_results(task, found).digest != before


# -- tables of the rules ------------------------------------------------------------------------------------------


def test_a_table_of_the_rules_gives_the_rules_back_exactly(page, exact):
    found = page["same"]
    assert found.exact and found.outcomes["distance"].max() == 0 and found.outcomes["ks"].max() == 0
    assert found.decisions["off"].max() == 0 and not found.decisions["by_rules"].any()
    assert not found.unknown.rows
    assert {row.decision for row in exact.rows.values()} == {
        name for name, n in found.decisions["asked"].items() if n
    }


def test_a_table_of_few_decimals_has_fewer_situations_and_is_near(page, exact, coarse):
    assert len(coarse.rows) < len(exact.rows) / 2
    found = page["near"]
    assert not found.exact and 0 < found.decisions["off"].max() < 0.2
    assert found.outcomes["distance"].max() < 0.25


def test_a_table_that_never_signs_is_far_and_drives_residents(few, blunt):
    # Always refusing leads to situations that the rules never met and answer here: without decimals, few.
    never = {
        k: row._replace(answer=0.0) if row.decision == "consider_signing" else row
        for k, row in read_table(blunt).rows.items()
    }
    found = score(DecisionTable(never, 0), unknown="rules")
    consent = found.outcomes.xs("headline_consent", level="outcome")
    assert consent.loc["pressure", "table"] < consent.loc["pressure", "rules"] - 0.2
    assert found.decisions.loc["consider_signing", "off"] > 0.02


def test_an_unknown_situation_is_refused_with_where_it_was_met(coarse):
    some = dict(sorted(coarse.rows.items())[: len(coarse.rows) // 2])
    with pytest.raises(UnknownSituationError, match=r"not there \(task \w+, week \d+, household \d+: \{'"):
        score(DecisionTable(some, 1, "half.jsonl"))
    unanswered = {key: row._replace(answer=None) for key, row in coarse.rows.items()}
    with pytest.raises(UnknownSituationError, match="without an answer"):
        score(DecisionTable(unanswered, 1))


def test_what_is_unknown_is_collected_to_be_answered_and_then_nothing_is(coarse):
    found = score(DecisionTable({}, 1), unknown="rules")
    assert found.exact and set(found.unknown.rows) == set(coarse.rows)
    assert all(row.answer is None and row.situation for row in found.unknown.rows.values())
    assert (found.decisions["asked"] == found.decisions["by_rules"]).all() and found.decisions[
        "off"
    ].isna().all()


def test_watching_a_resident_changes_nothing_it_does():
    chances = []

    def answer(of, decision, known, chance):
        chances.append((decision, chance))
        return chance

    given = {
        "households": 36,
        "home_visits": 1.0,
        "consultation": 1.0,
        "horizon_weeks": 20,
        "rng": 4,
        "engine": "agents",
    }
    watched, usual = CommunityModel(**given, **classes(answer, None)), CommunityModel(**given)
    watched.run(), usual.run()
    assert np.array_equal(watched.results().series, usual.results().series, equal_nan=True)
    assert {decision for decision, _ in chances} >= {"attend", "consider_signing", "pays_bill"}
    assert all(0.0 <= chance <= 1.0 for _, chance in chances)


# -- files --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["t.jsonl", "t.parquet"])
def test_a_table_is_read_as_it_was_written_and_the_same_table_is_the_same_file(name, coarse, tmp_path):
    write_table(coarse, tmp_path / name)
    again = read_table(tmp_path / name)
    assert again.rows == coarse.rows and again.digits == 1 and again.name == name
    write_table(again, tmp_path / f"again_{name}")
    assert (tmp_path / name).read_bytes() == (tmp_path / f"again_{name}").read_bytes()


def test_keys_are_hashes_of_the_situation_whatever_the_order_of_its_names():
    turned = dict(reversed(ATTENDING.items()))
    assert situation_key("attend", ATTENDING) == situation_key("attend", turned)
    assert situation_key("attend", ATTENDING) != situation_key("pays_bill", ATTENDING)
    assert re.fullmatch("[0-9a-f]{32}", situation_key("attend", ATTENDING))


def test_a_situation_without_a_key_and_a_key_without_a_situation_will_do(tmp_path):
    key = situation_key("attend", ATTENDING)
    for row in ({"situation": ATTENDING}, {"key": key}):
        lines = [{"table": "gongzhi decisions 1", "digits": 1}, {"decision": "attend", "answer": True, **row}]
        (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
        assert read_table(tmp_path / "t.jsonl").chance(key) == 1.0


GOOD = {"decision": "attend", "situation": ATTENDING, "answer": 0.4}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({**GOOD, "answer": 1.2}, "t.jsonl:2: answer = 1.2; expected true, false or a chance from 0 to 1"),
        ({**GOOD, "answer": "yes"}, "t.jsonl:2: answer = 'yes'; expected true, false"),
        (
            {**GOOD, "decision": "atend"},
            "decision = 'atend'; expected one of attend, .*; did you mean 'attend'",
        ),
        ({**GOOD, "anwser": 1}, "unknown key 'anwser'; did you mean 'answer'"),
        ({**GOOD, "key": "0" * 32}, "the hash of the situation beside it"),
        ({"decision": "attend", "answer": True}, "key = None; expected the hash of a situation"),
        ({**GOOD, "situation": "old"}, "situation = 'old'; expected a JSON object"),
        ("{", "expected a JSON object"),
        ("[1]", "expected a JSON object"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(line, says, tmp_path):
    lines = [
        json.dumps({"table": "gongzhi decisions 1", "digits": 1}),
        line if isinstance(line, str) else json.dumps(line),
    ]
    (tmp_path / "t.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(TableError, match=says):
        read_table(tmp_path / "t.jsonl")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "table = None; expected 'gongzhi decisions 1' in its first line"),
        ('{"table": "other"}', "table = 'other'"),
        ('{"table": "gongzhi decisions 1", "digits": 1.5}', "digits = 1.5; expected a whole number"),
        ('{"table": "gongzhi decisions 1", "digits": true}', "digits = true; expected a whole number"),
    ],
)
def test_a_file_that_is_no_table_is_refused(text, says, tmp_path):
    (tmp_path / "t.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(TableError, match=says):
        read_table(tmp_path / "t.jsonl")
    (tmp_path / "t.parquet").write_text(text, encoding="utf-8")
    with pytest.raises(TableError, match=r"t\.parquet"):
        read_table(tmp_path / "t.parquet")
    with pytest.raises(TableError, match="cannot be read"):
        read_table(tmp_path / "missing.jsonl")


def test_a_situation_that_is_there_twice_is_refused(tmp_path):
    lines = [{"table": "gongzhi decisions 1", "digits": 1}, GOOD, GOOD]
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    with pytest.raises(TableError, match=r"t.jsonl:3: key = '\w+' is there twice"):
        read_table(tmp_path / "t.jsonl")


# -- the command --------------------------------------------------------------------------------------------------


def test_the_command_prints_every_task_and_says_that_nothing_has_moved():
    shown = gongzhi()
    assert shown.exit_code == 0, shown.output
    assert all(task.en in shown.output for task in tasks()) and "to the last bit" in shown.output
    assert "Insincere share" in shown.output or "insincere" in shown.output.lower()
    found = json.loads(gongzhi("--json").output)
    assert {one["task"]: one["digest"] for one in found["tasks"]} == frozen_digests() and found["moved"] == []
    assert set(found["tasks"][0]["values"]) == set(OUTCOMES)


def test_a_moved_task_is_named(monkeypatch):
    moved = {**frozen_digests(), "visits": "0"}
    monkeypatch.setattr("commands.baseline.frozen_digests", lambda: moved)
    assert "since the model has changed: visits" in gongzhi().output


def test_record_and_score_by_command(few, blunt, tmp_path):
    to_answer = tmp_path / "u.jsonl"
    assert pq.read_table(blunt).num_rows == len(read_table(blunt).rows)
    assert {row.decision for row in read_table(blunt).rows.values()} == set(DECISIONS)
    shown = gongzhi("--table", blunt, "--unknown", to_answer)
    assert shown.exit_code == 0, shown.output
    assert "Wasserstein" in shown.output and "signs when asked" in shown.output
    assert all(row.answer is None for row in read_table(to_answer).rows.values())
    refused = gongzhi("--table", to_answer)
    assert refused.exit_code == 2 and "(task " in refused.output
    assert "or --unknown FILE (in Python unknown='rules'): the rules answer" in refused.output
    again = ["baseline", "--table", str(to_answer), "--lang", "zh"]
    chinese = CliRunner().invoke(main, again).output
    assert "不在表中（任务 " in chinese and "或用 --unknown FILE" in chinese and "is not there" not in chinese


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--table", "a", "--record", "b"], "expected one of them"),
        (["--unknown", "a"], "expected --table FILE as well"),
        (["--digits", "1"], "expected --record FILE as well"),
        (["--record", str(ROOT / "README.md")], "is there already; expected a new one, or --force"),
        (["--table", "missing.jsonl"], "missing.jsonl: cannot be read"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, says):
    refused = gongzhi(*arguments)
    assert refused.exit_code == 2 and says in refused.output


def test_the_page_runs_and_names_every_decision(page, tmp_path):
    assert page["same"].exact and page["digests"] == list(frozen_digests().values())
    assert page["near"].decisions["off"].max() > 0 and len(page["scored"].outcomes) == 10 * len(OUTCOMES)
    text = (ROOT / "docs" / "baseline.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)`:", text, re.MULTILINE)) == set(DECISIONS)
    example = re.search(r"```json\n(.*?)```", text, re.DOTALL)[1]
    (tmp_path / "example.jsonl").write_text(example, encoding="utf-8")
    assert [row.answer for row in read_table(tmp_path / "example.jsonl").rows.values()] == [0.4]


def test_rows_may_be_made_by_hand():
    key = situation_key("attend", ATTENDING)
    table = DecisionTable({key: Row(key, "attend", ATTENDING, 0.4)}, 1)
    assert table.chance(key) == 0.4 and table.chance("0") is None
