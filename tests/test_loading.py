"""Reading case and strategy files: what is accepted, and how what is wrong is said."""

import os
import pickle
import re
import subprocess
import sys
import tempfile
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.directions import nearest
from model.instruments import Instrument
from model.specification import Compound, Management, Office, Programme, Scenario
from scenarios.files import casefile
from scenarios.files.casefile import class_of_case_files
from scenarios.files.positions import find_lines, line_of
from scenarios.files.settings import check_setting
from scenarios.loading import (
    ScenarioError,
    apply_settings,
    list_cases,
    list_collections,
    list_districts,
    list_presets,
    list_strategies,
    load_case,
    load_strategy,
)
from scenarios.schema import json_schema

HEAD = 'id = "mine"\n'
HOUSEHOLDS = 'households = {value = 300, unit = "households", source = "own count", grade = "A"}\n'
CASE = f"{HEAD}[compounds.main]\n{HOUSEHOLDS}"
CLAIM = """
[[claims]]
id = "X1"
zh = "缴费率九成"
en = "Nine in ten pay"
value = 0.9
unit = "share"
claimed_by = {zh = "区里", en = "the district"}
missing = {zh = "分母", en = "denominator"}
use = "benchmark with caveats"
outcome = "payment_18_months"
"""


def written(folder: Path, text: str | bytes, name: str = "mine.toml") -> Path:
    file = folder / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def refusal_of(file: Path) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_case(file)
    assert type(caught.value) is ScenarioError
    return str(caught.value)


# -- what is accepted -------------------------------------------------------------------------------------


def test_a_case_of_one_sourced_number_takes_every_default(tmp_path: Path) -> None:
    case = load_case(written(tmp_path, CASE))
    scenario = case.scenario()
    assert scenario.compound == Compound(households=300)
    assert scenario.programme == Programme()
    assert scenario.strategy.id == "none"
    assert case.quantities()["compound.households"].source == "own count"
    assert case.names["zh"] == case.names["en"] == "mine"


def test_rules_of_a_compound_win_over_rules_of_its_case(tmp_path: Path) -> None:
    gate = 'consent_gate = {{value = {}, unit = "share", source = "x", grade = "C"}}\n'
    text = f"{CASE}[compounds.other.programme]\n{gate.format(0.95)}[programme]\n{gate.format(0.7)}"
    case = load_case(written(tmp_path, text))
    assert case.scenario("main").programme.consent_gate == 0.7
    assert case.scenario("other").programme.consent_gate == 0.95


def test_a_share_may_be_written_as_a_fraction_everywhere(tmp_path: Path) -> None:
    gate = 'consent_gate = {value = "2/3", unit = "share", source = "x", grade = "C"}\n'
    scenario = load_case(written(tmp_path, f"{CASE}[programme]\n{gate}")).scenario()
    assert scenario.programme.consent_gate == 2 / 3
    assert apply_settings(scenario, ["consent_gate=2 / 3"]) == scenario
    lever = tmp_path / "lever.toml"
    lever.write_text('id = "lever"\nzh = "一"\nen = "x"\n[programme]\nconsent_gate = "3/4"\n', "utf-8")
    assert load_strategy(lever).programme["consent_gate"] == 0.75
    assert check_setting("consent_gate", "5/6")[1] == 5 / 6


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ("consent_gate=5/3", "programme.consent_gate = 1.6666666666666667; expected a number from 0 to 1"),
        ("consent_gate=1/0", "programme.consent_gate = '1/0'; expected a number from 0 to 1"),
        ("households=400/2", "compound.households = '400/2'; expected a whole number"),
        ("vote_rule=2/3", "programme.vote_rule = '2/3'; expected 'civil_code_2021'"),
    ],
)
def test_a_fraction_that_is_no_share_is_refused(setting: str, found: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(found)):
        apply_settings(load_case("jinjiang").scenario(), [setting])


def test_parameters_run_and_events_of_a_case_reach_its_scenario(tmp_path: Path) -> None:
    text = (
        f"{CASE}[parameters]\n"
        'loss_aversion = {value = 1.3, unit = "1", source = "Walasek et al. 2024", grade = "A"}\n'
        "[run]\nhorizon_weeks = 104\n"
        '[[events]]\nweek = 20\nkind = "trust_shock"\nvalue = -0.2\n'
    )
    scenario = load_case(written(tmp_path, text)).scenario()
    assert scenario.parameters.loss_aversion == 1.3
    assert scenario.horizon_weeks == 104
    assert scenario.events[0].week == 20


def test_a_name_may_lead_to_a_compound() -> None:
    assert load_case("hangzhou").scenario().id == "hangzhou/daguan_xiyuan"
    assert load_case("hangzhou/chengjian_gongyu").scenario().compound.households == 210
    assert load_case("hangzhou", compound="chengjian_gongyu").scenario().compound.households == 210


def test_a_strategy_named_by_path_is_looked_for_beside_the_case(tmp_path: Path) -> None:
    written(tmp_path, 'id = "own"\n[instruments.home_visits]\nintensity = 0.3\n', "own.toml")
    case = load_case(written(tmp_path, CASE.replace(HEAD, f'{HEAD}strategy = "./own.toml"\n')))
    assert case.scenario().strategy.instruments["home_visits"].intensity == 0.3


def test_windows_line_ends_and_a_path_in_a_string_are_accepted(tmp_path: Path) -> None:
    file = written(tmp_path, CASE.replace("\n", "\r\n"))
    assert load_case(str(file)).scenario().compound.households == 300


def test_cases_are_frozen_and_can_be_pickled() -> None:
    case = load_case("jinjiang")
    with pytest.raises(ValueError, match="frozen"):
        case.id = "other"  # what is tested
    assert pickle.loads(pickle.dumps(case)) == case


def test_the_error_survives_pickling() -> None:
    error = ScenarioError("a\nb")
    assert pickle.loads(pickle.dumps(error)).problems == ["a", "b"]


def test_files_are_found_from_another_working_folder(tmp_path: Path) -> None:
    code = "from scenarios.loading import list_cases, load_case; print(load_case(list_cases()[0]).id)"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "hangzhou"


# -- what is refused, and how it is said ------------------------------------------------------------------

MALFORMED: dict[str, tuple[str, list[str]]] = {
    "misspelt quantity": (
        CASE.replace("households =", "housholds ="),
        ["mine.toml:3: compounds.main.housholds: unknown key", "did you mean 'households'?"],
    ),
    "misspelt section": (f"{CASE}[programe]\n", ["mine.toml:4: programe: unknown key", "'programme'?"]),
    "misspelt key of a quantity": (
        CASE.replace("grade", "grad"),
        [
            "mine.toml:3: compounds.main.households.grad: unknown key",
            "did you mean 'grade'?",
            "grade is missing",
        ],
    ),
    "bare number": (
        f"{HEAD}[compounds.main]\nhouseholds = 300\n",
        [
            "mine.toml:3: compounds.main.households = 300; expected {value = 300",
            'unit = "households"',
            "source",
            'grade = "A"',
        ],
    ),
    "bare percent": (
        f"{HEAD}[compounds.main]\nelder = 45\n",
        ['mine.toml:3: compounds.main.elder = 45; expected {value = 0.45, unit = "share", source'],
    ),
    "text for a number": (
        CASE.replace("300", '"300"'),
        ["mine.toml:3: compounds.main.households.value = '300'; expected a whole number from 4 to 20000"],
    ),
    "fraction for a count": (CASE.replace("300", "300.0"), ["value = 300.0; expected a whole number"]),
    "truth for a count": (CASE.replace("300", "true"), ["value = true; expected a whole number"]),
    "date for a count": (CASE.replace("300", "2020-01-02 03:04:05"), ["value = 2020-01-02 03:04:05"]),
    "below the range": (CASE.replace("300", "-3"), ["value = -3; expected a whole number from 4 to 20000"]),
    "huge number": (CASE.replace("300", "9" * 30), ["expected a whole number from 4 to 20000 (households)"]),
    "number of thousands of digits": (
        CASE.replace("300", "9" * 5000),
        ["mine.toml:3: an integer of thousands"],
    ),
    "hexadecimal of thousands of digits": (
        CASE.replace("300", "0x" + "f" * 9000),
        ["value = an enormous number; expected a whole number"],
    ),
    "not a number": (
        f'{CASE}elder = {{value = nan, unit = "share", source = "x", grade = "C"}}\n',
        ["mine.toml:4: compounds.main.elder.value = nan; expected a number from 0 to 1 (share)"],
    ),
    "infinity": (
        f'{CASE}elder = {{value = -inf, unit = "share", source = "x", grade = "C"}}\n',
        ["mine.toml:4: compounds.main.elder.value = -inf; expected a number from 0 to 1"],
    ),
    "wrong unit": (
        CASE.replace('unit = "households"', 'unit = "persons"'),
        ["mine.toml:3: compounds.main.households.unit = 'persons'; expected 'households'"],
    ),
    "no unit": (
        CASE.replace('unit = "households", ', ""),
        ["households.unit is missing; expected 'households'"],
    ),
    "no source": (CASE.replace('source = "own count", ', ""), ["households.source is missing"]),
    "empty source": (
        CASE.replace("own count", ""),
        ["households.source = ''; expected a text in quotes, not empty"],
    ),
    "unknown grade": (CASE.replace('"A"', '"D"'), ["households.grade = 'D'; expected 'A', 'B' or 'C'"]),
    "unknown choice": (
        f'{CASE}[programme]\nvote_rule = {{value = "civil_code", source = "x", grade = "C"}}\n',
        ["mine.toml:5: programme.vote_rule.value = 'civil_code'", "did you mean 'civil_code_2021'?"],
    ),
    "choice with a unit": (
        f'{CASE}[programme]\non_missed_gate = {{value = "wait", unit = "1", source = "y", grade = "C"}}\n',
        ["mine.toml:5: programme.on_missed_gate.unit = '1'; expected no unit"],
    ),
    "list for a table": (
        f"{HEAD}[compounds.main]\nhouseholds = [300]\n",
        ["households = a list; expected a table"],
    ),
    "number for a table": (f"{HEAD}compounds = 3\n", ["mine.toml:2: compounds = 3; expected a table"]),
    "table for a text": ("[id]\nx = 1\n[compounds.main]\n", ["mine.toml:1: id = a table; expected a text"]),
    "text in a list of tables": (
        f'claims = ["x"]\n{CASE}',
        ["mine.toml:1: claims[1] = 'x'; expected a table"],
    ),
    "shares above one": (
        f"{CASE}"
        'rented_out = {value = 0.4, unit = "share", source = "x", grade = "C"}\n'
        'owner_occupied = {value = 0.8, unit = "share", source = "x", grade = "C"}\n',
        ["mine.toml:5: compounds.main.owner_occupied", "owner_occupied = 0.8, rented_out = 0.4"],
    ),
    "fewer households than stairwells": (
        CASE.replace("300", "10"),
        ["mine.toml:3:", "households = 10, buildings = 5, stairwells_per_building = 3"],
    ),
    "key given twice": (
        f"{CASE}{HOUSEHOLDS}",
        ["mine.toml:4: households is given twice; expected each key once"],
    ),
    "table given twice": (f"{CASE}[compounds.main]\n", ["mine.toml:4: compounds.main is given twice"]),
    "unclosed table": (f"{HEAD}[compounds.main]\nx = {{value = 3\n", ["mine.toml:3: not valid TOML"]),
    "no value": (f"{HEAD}zh =\n{CASE}", ["mine.toml:2: not valid TOML", "found 'zh ='"]),
    "nested thousands of times": (
        f"{HEAD}x = {'[' * 9000}{']' * 9000}\n",
        ["mine.toml: ", "nested too deeply"],
    ),
    "control character": (f'{HEAD}zh = "a\x00b"\n', ["mine.toml:2: not valid TOML"]),
    "empty file": ("", ["mine.toml:1: the file is empty"]),
    "only a comment": ("# soon\n", ["mine.toml:1: id is missing", "mine.toml:1: compounds is missing"]),
    "no compound": (f"{HEAD}compounds = {{}}\n", ["mine.toml:2: compounds is empty; expected at least one"]),
    "identifier with spaces": (
        CASE.replace("mine", "My Case"),
        ["mine.toml:1: id = 'My Case'; expected small letters"],
    ),
    "compound with a space": (
        CASE.replace("main", '"a b"'),
        ["mine.toml:2: compounds.'a b': expected a name"],
    ),
    "unknown strategy": (
        CASE.replace(HEAD, f'{HEAD}strategy = "hangzou"\n'),
        ["mine.toml:2: strategy = 'hangzou'", "did you mean 'hangzhou'?"],
    ),
    "unknown default compound": (
        CASE.replace(HEAD, f'{HEAD}default_compound = "maim"\n'),
        ["mine.toml:2: default_compound = 'maim'", "did you mean 'main'?"],
    ),
    "unknown outcome": (
        CASE + CLAIM.replace("18_months", "18_month"),
        ["mine.toml:14: claims[1].outcome = 'payment_18_month'", "did you mean 'payment_18_months'?"],
    ),
    "claim in another unit than its outcome": (
        CASE + CLAIM.replace('"share"', '"%"'),
        ["mine.toml:10: claims[1].unit = '%'; expected 'share', the unit of outcome payment_18_months"],
    ),
    "claim without English": (
        CASE + CLAIM.replace(', en = "denominator"', ""),
        ["mine.toml:12: claims[1].missing.en is missing"],
    ),
    "claim without a number": (
        CASE + CLAIM.replace("value = 0.9\n", ""),
        ["claims[1].value: expected a number"],
    ),
    "claim given twice": (CASE + CLAIM * 2, ["mine.toml:17: claims[2].id = 'X1' is given twice"]),
    "unknown event": (
        f'{CASE}[[events]]\nweek = 1.5\nkind = "flood"\n',
        [
            "mine.toml:5: events[1].week = 1.5; expected a whole number",
            "mine.toml:6: events[1].kind = 'flood'",
        ],
    ),
    "parameter out of range": (
        f'{CASE}[parameters]\nloss_aversion = {{value = 100, unit = "1", source = "x", grade = "C"}}\n',
        ["mine.toml:5: parameters.loss_aversion.value = 100; expected a number from 0 to 20"],
    ),
    "empty horizon": (
        f"{CASE}[run]\nhorizon_weeks = 0\n",
        ["run.horizon_weeks = 0; expected a whole number from 1"],
    ),
    "line end in a key": (f'{HEAD}"a\\nb" = 1\n{CASE[len(HEAD) :]}', ["mine.toml:2: 'a\\nb': unknown key"]),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_case_is_refused_with_place_and_direction(name: str, tmp_path: Path) -> None:
    text, fragments = MALFORMED[name]
    message = refusal_of(written(tmp_path, text))
    for fragment in fragments:
        assert fragment in message
    for line in message.split("\n"):
        assert "mine.toml" in line
        assert "; expected " in line or ": expected " in line or "not valid TOML" in line or "found " in line


def test_all_problems_of_a_file_come_at_once_in_file_order(tmp_path: Path) -> None:
    text = (
        'id = "Mine"\nstrategy = "nobody"\ndefault_compound = "other"\n'
        "[programme]\nconsent_gate = 0.8\n"
        f"[compounds.main]\n{HOUSEHOLDS.replace('300', '3')}"
        '[compounds.second]\nhouseholds = {value = 5, unit = "households", source = "x", grade = "A"}\n'
        f"{CLAIM}{CLAIM}"
    )
    problems = refusal_of(written(tmp_path, text)).split("\n")
    lines = [int(problem.split("mine.toml:")[1].split(":")[0]) for problem in problems]
    assert lines == [1, 2, 3, 5, 7, 9, 23]


BYTES = {
    "UTF-16": (
        CASE.encode("utf-16"),
        "mine.toml:1: is saved as UTF-16 ('Unicode'); expected UTF-8: save it as",
    ),
    "UTF-16 without a mark": (CASE.encode("utf-16-le"), "mine.toml:1: is saved as UTF-16"),
    "GBK": (
        f'{HEAD}zh = "杭州"\n'.encode("gbk"),
        "mine.toml:2: is saved as GBK ('ANSI'), where this line is 'zh = \"杭州\"'; expected UTF-8: save it as",
    ),
    "GBK that is UTF-8 by chance": (
        f'{HEAD}zh = "一"\n'.encode("gbk"),
        "mine.toml:2: is saved as GBK ('ANSI'), where this line is 'zh = \"一\"'; expected UTF-8: save it as",
    ),
    "neither": (
        f'{HEAD}zh = "\xff\xff"\n'.encode("latin-1"),
        "mine.toml:2: byte 0xff is not UTF-8; expected",
    ),
    "two megabytes": (b"#" * 2_000_000, "2,000,000 bytes; expected at most 1,000,000"),
}


@pytest.mark.parametrize("name", BYTES)
def test_a_wrongly_saved_file_is_refused(name: str, tmp_path: Path) -> None:
    raw, fragment = BYTES[name]
    assert fragment in refusal_of(written(tmp_path, raw))


@pytest.mark.parametrize("zh", ["Café", "Жилой дом", "±2 m²", "A区", "一"])
def test_texts_that_are_no_gbk_are_read_as_they_are(zh: str, tmp_path: Path) -> None:
    case = CASE.replace(HEAD, f'{HEAD}zh = "{zh}"\n')
    assert load_case(written(tmp_path, case)).names.zh == zh


def test_a_file_with_a_byte_order_mark_is_read_as_an_editor_of_windows_saves_it(tmp_path: Path) -> None:
    case = load_case(written(tmp_path, b"\xef\xbb\xbf" + CASE.replace("\n", "\r\n").encode()))
    assert case == load_case(written(tmp_path, CASE))


@pytest.mark.parametrize("load", [load_case, load_strategy])
def test_a_folder_and_a_missing_file_are_refused(load: Any, tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    for name, fragment in {"folder.toml": "is a folder", "gone.toml": "no such file"}.items():
        with pytest.raises(ScenarioError, match=fragment):
            load(tmp_path / name)


@pytest.mark.parametrize(
    "name", ["", "a/b/c", "x" * 5000 + ".toml", "a\0b.toml", "a\nb", "hangzhou/x", 5, None]
)
@pytest.mark.parametrize("load", [load_case, load_strategy])
def test_an_impossible_name_is_refused_in_one_line(load: Any, name: Any) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(name)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].isprintable()


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ScenarioError, match=r"unknown case 'hangzou'.*did you mean 'hangzhou'\?"):
        load_case("hangzou")
    with pytest.raises(
        ScenarioError, match=r"unknown compound; expected .*did you mean 'chengjian_gongyu'\?"
    ):
        load_case("hangzhou/chengjian")
    with pytest.raises(ScenarioError, match=r"unknown strategy 'full_bundel'.*did you mean 'full_bundle'\?"):
        load_strategy("full_bundel")


def test_words_in_another_order_are_near_and_few_words_alike_are_not() -> None:
    assert nearest("mean_area", ["households", "area_mean_m2"]) == "; did you mean 'area_mean_m2'?"
    assert nearest("office_trust", ["trust_office", "trust_company"]) == "; did you mean 'trust_office'?"
    assert nearest("weather_map", ["trust_office", "area_mean_m2"]) == ""


def test_a_name_without_its_ending_is_answered_with_the_file_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, load in (("mine", load_case), ("patient", load_strategy)):
        (tmp_path / f"{name}.toml").write_text("", encoding="utf-8")
        with pytest.raises(ScenarioError, match=rf"unknown .* '{name}'; .*; did you mean '{name}\.toml'\?$"):
            load(name)


STRATEGY = 'id = "own"\n'
MALFORMED_STRATEGIES: dict[str, tuple[str, list[str]]] = {
    "unknown instrument": (
        "[instruments.home_visit]\nintensity = 1\n",
        ["own.toml:2: instruments.home_visit: unknown key", "did you mean 'home_visits'?"],
    ),
    "unknown choice": (
        '[instruments.home_visits]\nchoice = "holdout_first"\n',
        ["own.toml:3: instruments.home_visits.choice = 'holdout_first'", "did you mean 'holdouts_first'?"],
    ),
    "choice of an instrument without choices": (
        '[instruments.pressure]\nchoice = "party"\n',
        ["own.toml:3: instruments.pressure.choice: unknown key; expected intensity, start_week or end_week"],
    ),
    "intensity alone": (
        "[instruments]\npressure = 0.9\n",
        ["own.toml:3: instruments.pressure = 0.9; expected a table with intensity"],
    ),
    "intensity above one": (
        "[instruments]\npressure = {intensity = 9}\n",
        ["intensity = 9; expected a number from 0 to 1"],
    ),
    "end before start": (
        "[instruments.pressure]\nend_week = 3\nstart_week = 5\n",
        ["own.toml:3: instruments.pressure.end_week = 3; expected start_week (5) or later"],
    ),
    "unknown lever": (
        "[programme]\nconsent_gat = 0.8\n",
        ["own.toml:3: programme.consent_gat: unknown key", "did you mean 'consent_gate'?"],
    ),
    "lever out of range": (
        "[programme]\nconsent_gate = 80\n",
        ["consent_gate = 80; expected a number from 0 to 1"],
    ),
    "number for a truth": (
        "[programme]\nin_flat_risers = 1\n",
        ["in_flat_risers = 1; expected true or false"],
    ),
    "section of a case": ("[compound]\nhouseholds = 3\n", ["own.toml:2: compound: unknown key"]),
}


@pytest.mark.parametrize("name", MALFORMED_STRATEGIES)
def test_a_malformed_strategy_is_refused_with_place_and_direction(name: str, tmp_path: Path) -> None:
    text, fragments = MALFORMED_STRATEGIES[name]
    with pytest.raises(ScenarioError) as caught:
        load_strategy(written(tmp_path, STRATEGY + text, "own.toml"))
    for fragment in fragments:
        assert fragment in str(caught.value)


# -- fuzzing ----------------------------------------------------------------------------------------------

CASES = files("scenarios") / "cases"
CASE_TEXTS = [(CASES / f"{name}.toml").read_text(encoding="utf-8") for name in ("jinshui", "hangzhou")]
PIECES = st.sampled_from(
    [
        "=",
        "[",
        "]",
        "{",
        "}",
        '"',
        '"""',
        "'",
        "#",
        "\n",
        ",",
        ".",
        "nan",
        "1e999",
        "-1",
        "true",
        "0x",
        "é",
        "\\",
        "[[claims]]\n",
    ]
) | st.text(max_size=6)


@st.composite
def damaged_cases(draw: st.DrawFn) -> str:
    """A real case file with a few pieces cut, moved, doubled or replaced."""
    text = draw(st.sampled_from(CASE_TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(0, len(text) - 1)))
        stop = min(len(text), start + draw(st.integers(0, 40)))
        target = draw(st.integers(0, len(text)))
        kind = draw(st.sampled_from(["cut", "insert", "replace", "double", "line"]))
        if kind == "cut":
            text = text[:start] + text[stop:]
        elif kind == "insert":
            text = text[:start] + draw(PIECES) + text[start:]
        elif kind == "replace":
            text = text[:start] + draw(PIECES) + text[stop:]
        elif kind == "double":
            text = text[:target] + text[start:stop] + text[target:]
        else:
            lines = text.split("\n")
            i = draw(st.integers(0, len(lines) - 1))
            lines.insert(draw(st.integers(0, len(lines))), lines.pop(i))
            text = "\n".join(lines)
    return text


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(damaged_cases())
def test_a_damaged_case_loads_or_is_refused_and_never_anything_else(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = written(Path(folder), text.encode("utf-8", "surrogatepass"))
        try:
            load_case(file).scenario()
        except ScenarioError as error:
            assert all("mine.toml" in problem for problem in error.problems)


TOML_VALUES = st.recursive(
    st.booleans() | st.integers(-(2**40), 2**40) | st.floats() | st.text(max_size=5) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
).filter(lambda value: value is not None)
CASE_KEYS = st.sampled_from(
    ["id", "zh", "strategy", "programme", "run", "events", "claims", "caveats", "document"]
)


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_none(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_without_none(v) for v in value if v is not None]
    return value


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(CASE_KEYS, TOML_VALUES, max_size=4), TOML_VALUES)
def test_values_of_any_type_anywhere_are_met_with_the_same_error(top: dict[str, Any], anywhere: Any) -> None:
    data = _without_none(
        {**top, "compounds": {"main": {"households": {"value": anywhere}, "elder": anywhere}}}
    )
    with tempfile.TemporaryDirectory() as folder:
        file = written(Path(folder), tomlkit.dumps(data).encode("utf-8", "surrogatepass"))
        with pytest.raises(ScenarioError):
            load_case(file)


KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=5)
TABLES = st.recursive(
    st.booleans()
    | st.integers(0, 9)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def paths_in(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every path of nested tables and lists."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    return [p for key, item in items for p in [(*path, key), *paths_in(item, (*path, key))]]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.dictionaries(KEYS, TABLES, max_size=4))
def test_every_key_of_a_valid_file_has_a_line(data: dict[str, Any]) -> None:
    text = tomlkit.dumps(data)
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # tomlkit wrote what the standard library refuses
    positions = find_lines(text)
    assert set(paths_in(parsed)) == set(positions)
    assert all(1 <= line <= text.count("\n") + 1 for line in positions.values())


def test_lines_are_those_a_reader_would_name() -> None:
    text = """# a comment with [brackets] and = signs
a.b = '''
[not.a.table]
x = 1'''
list = [
  1, # one
  {x = "]", "y z" = \"\"\"a \\\" ] } \"\"\"},
]

[table."quoted # key".c]
date = 1979-05-27 07:32:00
[[many]]
[many.inner]
k = 1
[[many]]
k = 2
"""
    tomllib.loads(text)
    lines = find_lines(text)
    assert lines[("a", "b")] == 2
    assert lines[("list",)] == 5
    assert lines[("list", 0)] == 6
    assert lines[("list", 1, "y z")] == 7
    assert lines[("table", "quoted # key", "c", "date")] == 11
    assert lines[("many", 0, "inner", "k")] == 14
    assert lines[("many", 1, "k")] == 16
    assert line_of(lines, ("many", 1, "absent", "deeper")) == 15


# -- settings ---------------------------------------------------------------------------------------------


def test_a_setting_wins_over_case_and_strategy() -> None:
    scenario = load_case("jinshui").scenario()
    assert scenario.strategy.programme["consent_gate"] == 0.8
    changed = apply_settings(scenario, ["programme.consent_gate=0.9", "contract=trust", "horizon_weeks=60"])
    assert changed.effective_programme().consent_gate == 0.9
    assert changed.effective_management().contract == "trust"
    assert changed.horizon_weeks == 60
    assert scenario.effective_programme().consent_gate == 0.8


def test_levers_of_a_strategy_win_over_the_case() -> None:
    scenario = load_case("hangzhou").scenario(strategy="jinshui")
    assert scenario.programme.pledges_needed == 0.0
    assert scenario.effective_programme().pledges_needed == 0.8


def test_settings_reach_every_section_and_instrument() -> None:
    changed = apply_settings(
        load_case("national_mean").scenario(),
        [
            "compound.households=300",
            "support_rate=0.2",
            "meeting_hours=10",
            "in_flat_risers=false",
            "instruments.home_visits.intensity=0.5",
            "instruments.home_visits.choice=elders_first",
            "instruments.reminders.start_week=20",
        ],
    )
    assert changed.compound.households == 300
    assert changed.parameters.support_rate == 0.2
    assert changed.office.meeting_hours == 10
    assert changed.programme.in_flat_risers is False
    assert changed.strategy.instruments["home_visits"].choice == "elders_first"
    assert changed.strategy.instruments["home_visits"].intensity == 0.5
    assert changed.strategy.instruments["reminders"].start_week == 20


def test_overrides_of_a_scenario_win_over_the_strategy() -> None:
    scenario = load_case("jinshui").scenario(horizon_weeks=52, programme={"consent_gate": 0.95})
    assert scenario.horizon_weeks == 52
    assert scenario.effective_programme().consent_gate == 0.95
    assert load_case("jinshui").scenario(office=Office(visit_hours=2)).effective_office().visit_hours == 2


@pytest.mark.parametrize(
    ("setting", "fragment"),
    [
        ("consent_gat=0.9", "unknown name; expected section.name; did you mean 'consent_gate'?"),
        ("programme.consent_gat=0.9", "--set programme.consent_gat: unknown key"),
        ("consent_gate=80", "--set programme.consent_gate = 80; expected a number from 0 to 1 (share)"),
        ("consent_gate=80%", "did you mean '0.8'?"),
        ("households=2.5", "--set compound.households = 2.5; expected a whole number from 4 to 20000"),
        ("households=nan", "expected a whole number"),
        ("households=" + "9" * 200, "expected a whole number"),
        ("elder=1e999", "expected a number from 0 to 1"),
        ("owner_occupied=0.9", "owner_occupied = 0.9, rented_out = 0.24"),
        ("contract=trsut", "did you mean 'trust'?"),
        ("home_visits=0.5", "expected instruments.home_visits.intensity"),
        ("instruments.home_visits=0.5", "did you mean 'instruments.home_visits.intensity'?"),
        ("instruments.home_visit.intensity=1", "unknown instrument; did you mean 'home_visits'?"),
        ("instruments.home_visits.end_week=-1", "expected a whole number from 0"),
        ("programe.consent_gate=0.8", "unknown section; expected compound, programme"),
        ("programme=3", "is a section; expected programme.NAME=value"),
        ("programme.consent_gate.x=1", "expected programme.NAME"),
        ("horizon_weeks=1.5", "expected a whole number from 1 to 5200"),
        ("=1", "expected key=value"),
        ("consent_gate", "expected key=value"),
        ("consent_gate=", "expected key=value"),
    ],
)
def test_a_setting_that_cannot_be_applied_is_refused_in_one_line(setting: str, fragment: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        apply_settings(load_case("national_mean").scenario(), [setting])
    assert fragment in str(caught.value)
    assert len(caught.value.problems) == 1


def test_all_wrong_settings_are_named_at_once() -> None:
    with pytest.raises(ScenarioError) as caught:
        apply_settings(load_case("national_mean").scenario(), ["consent_gate=2", "elder=0.5", "nobody=1"])
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    "overrides", [{"nobody": 1}, {"programme": {"consent_gat": 1}}, {"instruments": {"x": 1}}]
)
def test_an_override_that_does_not_fit_is_refused(overrides: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError, match="unknown"):
        load_case("national_mean").scenario(**overrides)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.text(max_size=20) | st.sampled_from(["consent_gate", "households", "instruments.pressure.intensity"]),
    st.text(),
)
def test_any_setting_is_applied_or_refused_and_never_anything_else(key: str, value: str) -> None:
    scenario = Scenario()
    try:
        apply_settings(scenario, [f"{key}={value}"])
    except ScenarioError as error:
        assert error.problems


# -- schema -----------------------------------------------------------------------------------------------


def described(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """A node of a schema, its reference followed."""
    reference = node.get("$ref")
    return {**schema["$defs"][reference.rsplit("/", 1)[1]], **node} if reference else node


def test_the_schema_of_cases_completes_keys_with_units_ranges_and_chinese_titles() -> None:
    schema = json_schema("case")
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    (by_name,) = schema["properties"]["compounds"]["patternProperties"].values()
    compound = described(schema, by_name)
    for section, fields in {
        "programme": Programme.model_fields,
        "management": Management.model_fields,
        "office": Office.model_fields,
    }.items():
        assert set(described(schema, schema["properties"][section])["properties"]) == set(fields)
    assert set(Compound.model_fields) <= set(compound["properties"])
    households = described(schema, compound["properties"]["households"])
    value = households["properties"]["value"]
    assert (value["minimum"], value["maximum"], value["type"]) == (4, 20_000, "integer")
    assert households["properties"]["unit"]["const"] == "households"
    assert "户数" in households["description"]
    assert households["additionalProperties"] is False
    assert set(households["required"]) == {"value", "unit", "source", "grade"}


def test_the_schema_of_strategies_knows_every_instrument_and_its_choices() -> None:
    schema = json_schema("strategy")
    instruments = described(schema, schema["properties"]["instruments"])["properties"]
    assert set(instruments) == {instrument.name.lower() for instrument in Instrument}
    visits = described(schema, instruments["home_visits"])
    assert "holdouts_first" in visits["properties"]["choice"]["enum"]
    assert "choice" not in described(schema, instruments["pressure"])["properties"]


def test_the_schema_of_anything_else_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 'case', 'strategy' or 'sweep'"):
        json_schema("district")  # what is tested


def test_shipped_names_are_listed_in_order() -> None:
    for listed, folder in ((list_cases(), CASES), (list_presets(), CASES.parent / "presets")):
        assert listed == sorted(file.stem for file in folder.glob("*.toml")) and listed
    assert {"jinjiang", "jinshui"} <= set(list_cases()) <= set(list_strategies())


@pytest.mark.parametrize("name", list_strategies())
def test_a_strategys_note_is_for_readers_and_names_no_setting(name: str) -> None:
    strategy = load_strategy(name)
    for note in (strategy.note_zh, strategy.note_en):
        assert not re.search(r"[a-z]+_[a-z]+|\bchoice\b", note), note


@pytest.mark.parametrize("keys", [(), ("parameters",), ("id", "district"), ("collection", "parameters")])
def test_a_case_file_knows_the_same_keys_whatever_tables_it_has(keys: tuple[str, ...]) -> None:
    assert list(class_of_case_files(keys).model_fields) == list(class_of_case_files().model_fields)


def test_the_tables_of_a_case_file_are_made_for_those_that_have_them() -> None:
    with_parameters = class_of_case_files(["id", "parameters"])
    assert (
        "support_rate" in with_parameters.model_json_schema()["$defs"]["parameters_quantities"]["properties"]
    )
    assert class_of_case_files(["parameters", "id"]) is with_parameters


@pytest.mark.parametrize("name", [*list_cases(), *list_presets(), *list_districts(), *list_collections()])
def test_the_first_case_file_is_read_as_those_after_it(name: str) -> None:
    casefile._case_file.cache_clear()
    first = load_case(name)
    assert load_case(name) == first


@pytest.mark.parametrize(
    "wrong",
    [
        "consent = 3\n",
        "[programme]\nconsent_gat = 0.9\n",
        "[compounds.main]\nflors = 3\n",
        CASE.replace("300", "3"),
        f"{CASE}[compounds.main.office]\nhours = 3\n",
        f"{CASE}{HOUSEHOLDS.replace('households =', 'buildings =', 1)}",
    ],
)
def test_what_is_wrong_with_the_first_case_file_is_told_as_of_those_after_it(
    wrong: str, tmp_path: Path
) -> None:
    file = written(tmp_path, wrong if wrong.startswith(HEAD) else HEAD + wrong)
    casefile._case_file.cache_clear()
    first = refusal_of(file)
    assert refusal_of(file) == first
