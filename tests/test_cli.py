import csv
import hashlib
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import click
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from rich.cells import cell_len
from rich.console import Console

from commands import progress as progress_module
from commands.cases import list_all
from commands.cli import main
from commands.compare import USUAL_OUTCOMES
from commands.demo import COMPARED
from commands.group import Once
from commands.language import language_of
from commands.progress import Progress
from commands.results import equity_by_run
from commands.summary import cautions, horizon_note, outcome_table
from commands.sweep import Lines
from commands.wording import word
from model.equity import GROUPS
from model.measures import SUMMARY
from scenarios.catalogue import between, text
from scenarios.files.spreadsheets import write_csv
from scenarios.horizon import OF_SWEEPS, horizon_of, horizon_words
from scenarios.identity import code_of
from scenarios.loading import list_cases, list_presets, list_strategies, load_case, load_strategy
from scenarios.sweep import load_sweep
from scenarios.version import _read_commit, source_commit

ROOT = Path(__file__).parents[1]
DOC = (ROOT / "docs" / "command_line.md").read_text(encoding="utf-8")
SMALL = ["run", "danwei_courtyard", "--weeks", "60", "--lang", "en"]
PAIR = ["compare", "danwei_courtyard", "--strategies", "none,pressure", "--weeks", "40", "--lang", "en"]


def gongzhi(*args):
    return CliRunner().invoke(main, [str(arg) for arg in args])


def started(*args, **options):
    command = [sys.executable, "-m", "commands.cli", *map(str, args)]
    return subprocess.Popen(command, cwd=ROOT, text=True, encoding="utf-8", **options)


def printed_json(*args):
    result = gongzhi(*args, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def lines_of(result):
    return [line.rstrip() for line in result.stdout.split("\n")]


# -- what is declared ---------------------------------------------------------------------------------------------


def options_of(command):
    return {
        name
        for p in command.params
        if isinstance(p, click.Option)
        for name in p.opts
        if name.startswith("--")
    }


@pytest.mark.parametrize("name", main.commands)
def test_the_document_names_every_option_of_every_command_and_no_other(name):
    sections = dict(re.findall(r"^## gongzhi (\w+)\n(.*?)(?=^## |\Z)", DOC, re.MULTILINE | re.DOTALL))
    assert set(sections) == set(main.commands)
    tables = re.findall(r"^\| (`--.*?) \|", sections[name], re.MULTILINE)
    named = set(re.findall(r"--[a-z-]+", " ".join(tables) if tables else sections[name]))
    assert named == options_of(main.commands[name])


def test_the_weeks_that_help_and_document_call_usual_are_those_of_most_cases():
    weeks = Counter(load_case(name).scenario().horizon_weeks for name in list_cases())
    usual, of_collections = weeks.most_common(1)[0][0], load_case("national").scenario().horizon_weeks
    told = next(option.help for option in main.commands["run"].params if option.name == "weeks")
    assert f"usually {usual}]" in told
    assert f"the case's, usually {usual}; {of_collections} of `hangzhou-city` and `national`" in DOC


def test_the_document_names_the_options_of_the_group():
    assert {"--version", "--debug"} == options_of(main)
    assert "gongzhi --version" in DOC


@pytest.mark.parametrize("name", [None, *main.commands])
def test_every_help_text_has_examples_that_can_be_parsed(name):
    command = main if name is None else main.commands[name]
    shown = gongzhi(*([name] if name else []), "--help")
    assert shown.exit_code == 0
    examples = [line.strip() for line in command.epilog.split("\n") if line.strip().startswith("gongzhi ")]
    assert examples
    for example in examples:
        assert example in shown.output
        _, of, *arguments = shlex.split(example.split(" > ")[0])
        main.commands[of].make_context(of, arguments)


@pytest.mark.parametrize("example", re.findall(r"^    (gongzhi .*)$", DOC, re.MULTILINE))
def test_examples_of_the_document_can_be_parsed(example):
    _, of, *arguments = shlex.split(example)
    main.commands[of].make_context(of, arguments)


def test_version_is_the_project_s():
    assert re.fullmatch(r"gongzhi \d+\.\d+\.\d+\S*\n", gongzhi("--version").output)


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_TW"}, "zh"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
    ],
)
def test_language_follows_the_locale(environment, language):
    assert language_of(environment) == language


def test_tables_follow_the_locale(monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "言不由衷" in gongzhi(*SMALL[:-2], "--seeds", 2).stdout


# -- starting up --------------------------------------------------------------------------------------------------


#: What a command imports only where it runs the model or draws.
HEAVY = {"numba", "numpy", "pandas", "matplotlib", "mesa", "pydantic", "networkx"}
#: What lays out tables besides.
LAID_OUT = HEAVY | {"rich"}


@pytest.mark.parametrize(
    "arguments, heavy",
    [
        (["--help"], LAID_OUT),
        (["run", "--help"], LAID_OUT),
        (["sweep", "--help", "--lang", "zh"], LAID_OUT),
        (["--version"], LAID_OUT),
        (["cases"], HEAVY),
        (["cases", "--json"], HEAVY),
    ],
)
def test_help_and_lists_wait_for_nothing_they_do_not_use(arguments, heavy):
    code = (
        "import sys\nfrom commands.cli import main\n"
        f"main({arguments!r}, standalone_mode=False)\n"
        f"print(sorted({heavy!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.strip().split("\n")[-1] == "[]"


def test_what_simulates_is_loaded_without_what_reads_rows_or_draws():
    unused = "{'pyarrow', 'pandas', 'matplotlib', 'numba', 'mesa', 'rich.progress'}"
    code = f"import sys\nimport commands.run\nprint(sorted({unused} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_short_run_reads_its_texts_once_and_waits_for_no_collection_of_garbage():
    code = (
        "import gc, sys\nimport commands\nfrom scenarios.wordbook import wordbook\n"
        "began = [found['collections'] for found in gc.get_stats()]\n"
        "from commands.cli import main\n"
        f"main({[*SMALL, '--seed', '1']!r}, standalone_mode=False)\n"
        "now = [found['collections'] for found in gc.get_stats()]\n"
        "print(now == began, wordbook.cache_info().misses, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.split()[-2:] == ["True", "1"]


# -- wrong input --------------------------------------------------------------------------------------------------

WRONG = [
    (["run", "jinshuii"], "did you mean 'jinshui'?"),
    (["run", ""], "unknown case ''"),
    (["run", "jinshui/tianxiang"], "did you mean 'tianxiang_xinyuan'?"),
    (["run", "missing.toml"], "no such file"),
    (["run", "."], "is a folder"),
    (["run", "pyproject.toml"], "unknown key"),
    (["run", "jinshui", "--strategy", "presure"], "did you mean 'pressure'?"),
    (["run", "jinshui", "--strategy", "missing.toml"], "no such file"),
    (["run", "jinshui", "--set", "nonsense"], "expected key=value"),
    (["run", "jinshui", "--set", "consent_gate=2"], "from 0 to 1"),
    (["run", "jinshui", "--set", "consent_gat=0.5"], "consent_gate"),
    (["run", "jinshui", "--set", "consent_gate=high"], "consent_gate"),
    (["run", "jinshui", "--set", "pressure=1"], "instruments.pressure.intensity"),
    (["run", "jinshui", "--seed", "-1"], "--seed"),
    (["run", "jinshui", "--seed", "first"], "--seed"),
    (["run", "jinshui", "--seed", str(2**64)], "--seed"),
    (["run", "jinshui", "--seeds", "0"], "--seeds"),
    (["run", "jinshui", "--seeds", "1000000"], "--seeds"),
    (["run", "jinshui", "--weeks", "0"], "--weeks"),
    (["run", "jinshui", "--seeds", "5000", "--weeks", "5200"], "fewer seeds or weeks"),
    (["run", "jinshui", "--threads", "0"], "--threads"),
    (["run", "jinshui", "--engine", "fast"], "'compiled', 'agents'"),
    (["run", "jinshui", "--lang", "fr"], "'zh', 'en'"),
    (["run", "jinshui", "--out", ""], "expected a folder"),
    (["run", "jinshui", "--out", "pyproject.toml"], "is a file"),
    (["run", "jinshui", "--sed", "1"], "--seed"),
    (["run", "jinshui", "kaifeng"], "kaifeng"),
    (["run"], "CASE"),
    (["rnu", "jinshui"], "did you mean 'run'?"),
    (["compare", "jinshui"], "--strategies"),
    (["compare", "jinshui", "--strategies", "pressure"], "two or more"),
    (["compare", "jinshui", "--strategies", "pressure,"], "two or more"),
    (["compare", "jinshui", "--strategies", "none,pressure,none"], "'none'"),
    (["compare", "jinshui", "--strategies", "none,presure"], "did you mean 'pressure'?"),
    (
        ["compare", "jinshui", "--strategies", "none,pressure", "--outcome", "final_valid_consen"],
        "did you mean 'final_valid_consent'?",
    ),
    (
        ["compare", "jinshui", "--strategies", "none,pressure", "--burn-in=4", "--burn-in-strategy="],
        "strategy ''",
    ),
    (["search", "national", "--out", "results/x"], "national is a collection; expected a case of compounds"),
    (["search", "kaifeng-district", "--out", "results/x"], "is a district; expected a case of compounds"),
    (
        ["search", "jinshui", "--out", "results/x", "--instruments", ""],
        "expected names of instruments, by commas",
    ),
    (["search", "jinshui", "--out", "results/x", "--strategy", ""], "unknown strategy ''"),
    (["calibrate", "--out", "results/x", "--targets", ""], "expected a file of targets"),
    (["results", "export", "results/x", "--to", "csv", "--out", "-"], "expected a file, or ./-"),
    (["run", "jinshui", "--out", "-"], "expected a folder, or ./-"),
    (["schema", "cases"], "'case', 'strategy'"),
    (["check"], "FILE"),
    (["check", "missing.toml"], "no such file"),
    (["check", "pyproject.toml"], "unknown key"),
    (["demo", "--out", "docs"], "which gongzhi has not written"),
]


@pytest.mark.parametrize(("arguments", "hint"), WRONG, ids=[" ".join(a) for a, _ in WRONG])
def test_wrong_input_gives_one_clear_error_and_status_2(arguments, hint, monkeypatch):
    monkeypatch.chdir(ROOT)
    result = gongzhi(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("Error:") == 1
    assert hint in result.stderr
    assert "Traceback" not in result.output


def test_wrong_input_gives_status_2_to_the_shell():
    process = started("run", "jinshuii", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert errors.startswith("Error: ") and "Traceback" not in errors


def fails(*_, **__):
    raise RuntimeError("the engine broke\nin two lines")


def test_an_internal_failure_is_one_line_with_status_1(monkeypatch):
    monkeypatch.setattr("commands.run.run_scenarios", fails)
    result = gongzhi(*SMALL)
    assert result.exit_code == 1
    assert result.stderr == "Error: RuntimeError: the engine broke (--debug shows where)\n"


@pytest.mark.parametrize("arguments", [["--debug", *SMALL], [*SMALL, "--debug"]])
def test_debug_shows_where_it_failed(monkeypatch, arguments):
    monkeypatch.setattr("commands.run.run_scenarios", fails)
    result = gongzhi(*arguments)
    assert result.exit_code == 1
    assert "Traceback" in result.stderr and "in fails" in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["schema"], ["cases", "--json"]], ids=" ".join
)
def test_standard_output_that_takes_no_more_is_a_failure_in_words(arguments, unbuffered, monkeypatch):
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    with open("/dev/full", "w") as full_disk:
        process = started(*arguments, stdout=full_disk, stderr=subprocess.PIPE)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors == "Error: standard output: writing failed (no space left on device)\n"


def test_characters_the_terminal_cannot_show_are_replaced():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    process = started(
        "cases", "--lang", "zh", stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")


def test_a_closed_pipe_is_quiet():
    process = started("cases", "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    process.wait(timeout=60)
    assert errors == ""


# -- cases, schema, check -----------------------------------------------------------------------------------------


def test_the_list_agrees_with_the_files_as_they_are_loaded():
    listed = printed_json("cases")
    for kind, names in (("cases", list_cases()), ("presets", list_presets())):
        assert [entry["id"] for entry in listed[kind]] == names
        for entry in listed[kind]:
            case = load_case(entry["id"])
            assert (entry["zh"], entry["en"]) == (case.names.zh, case.names.en)
            assert (entry["strategy"], entry["default_compound"]) == (case.strategy.id, case.default_compound)
            assert [claim["id"] for claim in entry["claims"]] == [claim.id for claim in case.claims]
            for compound in entry["compounds"]:
                assert compound["households"] == case.scenario(compound["id"]).compound.households
    assert [entry["id"] for entry in listed["strategies"]] == list_strategies()
    for entry in listed["strategies"]:
        assert entry["not_lawful"] == {k: str(v) for k, v in load_strategy(entry["id"]).not_lawful().items()}


def test_every_claim_is_listed_with_what_it_lacks():
    for case in printed_json("cases")["cases"]:
        assert all(claim["missing"]["zh"] and claim["missing"]["en"] for claim in case["claims"])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_list_shows_both_languages_and_legality(lang):
    shown = gongzhi("cases", "--lang", lang).stdout
    assert "hangzhou/chengjian_gongyu" in shown and "城建公寓" in shown and "Chengjian Gongyu" in shown
    pressure = next(line for line in shown.split("\n") if line.startswith("pressure "))
    assert word("legality.unlawful", lang) in pressure


def test_the_list_is_wide_enough_for_its_names(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    list_all(as_json=False, lang="en")
    assert "Households" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["case", "strategy"])
def test_schema_is_json_schema(kind):
    schema = json.loads(gongzhi("schema", kind).stdout)
    assert "json-schema.org" in schema["$schema"]
    assert "id" in schema["properties"]


def test_shipped_files_are_ok():
    files = sorted((ROOT / "scenarios").glob("*/*.toml"))
    files = [f for f in files if f.parent.name in ("cases", "presets", "districts", "strategies")]
    result = gongzhi("check", *files)
    assert result.exit_code == 0, result.output
    assert [": ok (" in line for line in result.stdout.splitlines()] == [True] * len(files)


def test_check_lists_the_problems_of_every_file(tmp_path):
    strategy, case, good = (tmp_path / f"{name}.toml" for name in ("strategy", "case", "good"))
    strategy.write_text('id = "s"\n[instruments.home_visit]\n', encoding="utf-8")
    case.write_text('id = "c"\nstrategy = "nowhere"\n[compounds]\n', encoding="utf-8")
    good.write_text('id = "good"\n', encoding="utf-8")
    result = gongzhi("check", strategy, case, good)
    assert result.exit_code == 2
    assert "did you mean 'home_visits'?" in result.stderr and "compounds" in result.stderr
    assert result.stdout == f"{good}: ok (strategy good, instruments: 0)\n"
    assert gongzhi("check", "--kind", "case", good).exit_code == 2


def test_standard_input_is_checked_as_a_file_is(tmp_path):
    good = CliRunner().invoke(main, ["check", "-"], input='id = "good"\n')
    assert (good.exit_code, good.stdout) == (0, "-: ok (strategy good, instruments: 0)\n")
    bad = CliRunner().invoke(main, ["check", "-"], input='id = "s"\n[instruments.home_visit]\n')
    assert bad.exit_code == 2 and "Error: -:2: instruments.home_visit: unknown key" in bad.stderr
    assert CliRunner().invoke(main, ["check", "-"], input="").exit_code == 2
    large = CliRunner().invoke(main, ["check", "-"], input="#" * 1_000_002)
    assert large.exit_code == 2 and "-: cannot be read" in large.stderr


def case_of(*compounds, strategy="none", buildings=2):
    """A case file with these compounds of eighty households."""
    number = '{{value = {}, unit = "{}", source = "x", grade = "C"}}'.format
    parts = [
        f"[compounds.{name}]\nhouseholds = {number(80, 'households')}\nbuildings = {number(buildings, 'buildings')}\n"
        for name in compounds
    ]
    return f'id = "mine"\nstrategy = "{strategy}"\n' + "".join(parts)


def test_too_few_seeds_are_told_before_anything_is_run(tmp_path):
    text = 'id = "few"\ncases = ["danwei_courtyard"]\nstrategies = ["none", "pressure"]\nseeds = 5\n'
    file = tmp_path / "few.toml"
    file.write_text(text, encoding="utf-8")
    said = "seeds: 5; with fewer than 6 no difference between strategies can be told from chance"
    checked = gongzhi("check", file, "--lang", "en")
    assert checked.exit_code == 0 and said in checked.stderr
    assert said in gongzhi("sweep", file, "-o", tmp_path / "out", "--plan", "--lang", "en").output
    watcher = Lines(load_sweep(file), str(tmp_path / "out"), "en", console=Console(width=200))
    with watcher.console.capture() as begins, watcher:
        pass
    assert said in begins.get() and not (tmp_path / "out").exists()
    file.write_text(text.replace("seeds = 5", "seeds = 6"), encoding="utf-8")
    assert gongzhi("check", file).stderr == ""
    compared = gongzhi("compare", "danwei_courtyard", "--strategies", "none,pressure", "--seeds", 5, "--weeks", 1,
                       "--plausible", 0, "--lang", "en")  # fmt: skip
    assert said in compared.stderr


def test_a_strategy_that_overrules_the_case_says_so(tmp_path):
    (tmp_path / "own.toml").write_text('id = "own"\n[programme]\nconsent_gate = 0.95\n', encoding="utf-8")
    file = tmp_path / "mine.toml"
    gate = '[programme]\nconsent_gate = {value = 0.8, unit = "share", source = "x", grade = "C"}\n'
    file.write_text(case_of("a", strategy="own.toml") + gate, encoding="utf-8")
    said = "sets programme.consent_gate = 0.95; the case's own 0.8 is not in force."
    assert said in gongzhi("check", file, "--lang", "en").stderr
    run = ("run", file, "--seed", 1, "--weeks", 1, "--lang", "en")
    assert said in gongzhi(*run).stdout.replace("\n", " ")
    assert said not in gongzhi(*run, "--set", "consent_gate=0.9").stdout.replace("\n", " ")
    assert said not in gongzhi(*run, "--strategy", "none").stdout.replace("\n", " ")


def test_check_names_the_problems_of_all_compounds(tmp_path):
    file = tmp_path / "case.toml"
    file.write_text(case_of("a", "b", buildings=400), encoding="utf-8")
    result = gongzhi("check", file)
    assert result.exit_code == 2 and result.stderr.count("buildings = 400") == 2, result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "consent_gate=0.8", "--set", "programme.consent_gate=0.9"],
         "--set programme.consent_gate: is given twice, 0.8 and 0.9; expected each setting once"),
        (["--weeks", "3", "--set", "horizon_weeks=4"], "--set horizon_weeks: is given twice, 4 and 3"),
        (["--seeds", "2", "--seeds", "3"], "--seeds is given twice; expected it once"),
        (["--lang", "zh", "--lang", "en"], "--lang is given twice"),
        (["--set", "consent_gate=80"], "expected a number from 0 to 1 (share); did you mean 0.8?"),
    ],
)  # fmt: skip
def test_what_is_given_twice_or_in_percent_is_refused_and_not_guessed(arguments, said):
    result = gongzhi("run", "danwei_courtyard", *arguments)
    assert result.exit_code == 2 and said in result.stderr


def test_every_command_refuses_an_option_given_twice():
    def leaves(group):
        for command in group.commands.values():
            yield from leaves(command) if isinstance(command, click.Group) else [command]

    assert {type(command) for command in leaves(main)} == {Once}


def test_percent_in_a_file_is_answered_with_the_share(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text('id = "own"\n[programme]\nconsent_gate = 80\n', encoding="utf-8")
    assert "expected a number from 0 to 1 (share); did you mean 0.8?" in gongzhi("check", file).stderr
    file.write_text('id = "own"\n[programme]\nconsent_gate = 180\n', encoding="utf-8")
    assert "did you mean" not in gongzhi("check", file).stderr


@pytest.mark.parametrize(
    "arguments", [["run", "danwei_courtyard", "--weeks", "2"], ["cases", "--json"], ["cases"]]
)
def test_whoever_reads_the_first_line_only_ends_nothing_in_failure(arguments):
    process = started(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=60), errors) == (0, "")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", ["48", "60"])
def test_a_narrow_terminal_breaks_labels_and_cuts_none(lang, width, monkeypatch):
    monkeypatch.setenv("COLUMNS", width)
    tables = [
        gongzhi(*command, "--seeds", 2, "--lang", lang)
        for command in ([*PAIR[:-2], "--plausible", 0], SMALL[:-2])
    ]
    shown = "".join(table.stdout for table in tables)
    assert "…" not in shown
    assert max(cell_len(line) for line in shown.splitlines()) <= int(width)
    letters = Counter(shown)
    for outcome in ("final_headline_consent", "payment_18_months", "hours_per_valid_signature"):
        assert not Counter(text(f"summary.{outcome}", lang).replace(" ", "")) - letters
    finding = word("finding_too_few", lang).replace(" ", "")
    assert not Counter(finding * 5) - letters


def test_the_program_ends_without_taking_libraries_apart():
    script = (
        "import atexit, os, sys, threading, time\n"
        "class Bomb:\n    def __del__(self): os.abort()\n"
        "sys.modules['bomb'] = Bomb()\n"
        "atexit.register(print, 'registered')\n"
        "threading.Thread(target=lambda: (time.sleep(0.05), print('waited for'))).start()\n"
        "from commands.leaving import leave\n"
        "leave(3)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "waited for\nregistered\n", "")


# -- run ----------------------------------------------------------------------------------------------------------


def test_the_insincere_share_stands_beside_consent():
    shown = lines_of(gongzhi(*SMALL, "--seeds", 3))
    found = [i for i, line in enumerate(shown) if line.startswith("Final insincere share")]
    assert len(found) == 1
    assert shown[found[0] - 2].startswith("Final headline consent")
    assert shown[found[0] - 1].startswith("Final valid consent")
    assert any(line.startswith("Insincere share at the gate") for line in shown)


def test_json_has_the_insincere_share_wherever_consent_is():
    data = printed_json(*SMALL, "--seeds", 3)
    for outcomes in [data["outcomes"], *data["runs"]]:
        assert {"final_headline_consent", "final_valid_consent", "final_insincere_share"} <= set(outcomes)
        assert {"headline_consent_at_gate", "insincere_share_at_gate"} <= set(outcomes)
    entry = data["outcomes"]["final_insincere_share"]
    assert entry["unit"] == "share" and entry["low"] <= entry["median"] <= entry["high"]


def test_the_same_seed_gives_the_same_json_whatever_the_threads():
    first, second = (
        gongzhi(*SMALL, "--seed", 5, "--seeds", 3, "--json", "--threads", n).stdout for n in (1, 2)
    )
    assert first == second
    assert json.loads(first)["seeds"] == [5, 6, 7]
    alone = printed_json(*SMALL, "--seed", 6)
    assert alone["seeds"] == [6]
    ignored = {"run"}
    of = {k: v for k, v in json.loads(first)["runs"][1].items() if k not in ignored}
    assert of == {k: v for k, v in alone["runs"][0].items() if k not in ignored}


def test_a_setting_wins_and_changes_the_hash():
    usual, changed = (
        printed_json(*SMALL, "--seed", 4, *more) for more in ([], ["--set", "consent_gate=0.85"])
    )
    assert usual["content_hash"] != changed["content_hash"]
    assert changed["outcomes"]["gate_week"]["median"] > usual["outcomes"]["gate_week"]["median"]


def test_not_reached_is_counted_and_never_a_number():
    arguments = ["run", "danwei_courtyard", "--weeks", "3", "--lang", "en"]
    shown = gongzhi(*arguments, "--seeds", 4).stdout
    assert re.search(r"Weeks to 80 % +not reached +not reached in 4/4", shown)
    assert re.search(r"Payment 18 months after handover +no rate +no value in 4/4", shown)
    entry = printed_json(*arguments, "--seeds", 4)["outcomes"]["weeks_to_80"]
    assert entry == {"unit": "weeks", "median": None, "low": None, "high": None, "seeds": 4, "not_reached": 4}


def test_where_few_rows_have_a_value_it_says_how_many_why_and_which_horizon_would_do():
    rows = {name: np.full(10, 0.5) for name in SUMMARY}
    rows["handover_week"] = np.array([40.0, 60, 90, 110, 126, np.nan, 50, 60, 70, 71])
    rows["payment_18_months"] = np.where(rows["handover_week"] + 83 <= 156, 0.7, np.nan)
    rows["payment_18_months"][0] = np.nan
    table = Console(width=120)
    with table.capture() as shown:
        table.print(outcome_table(rows, "en"))
    assert re.search(r"Payment 18 months after handover +70.0 % \(n = 5\) .* no value in 5/10", shown.get())
    (line,) = horizon_note(rows, 156, "en")
    assert line.plain == (
        "Payment 18 months after handover has a value in 5 of 10 only. Handed over, but fewer than 83 weeks before the "
        "end: 3; --weeks 209 reaches all of them. Not handed over by week 156: 1. Nobody bills then: 1."
    )
    assert "--weeks 209" in horizon_note(rows, 156, "zh")[0].plain
    assert horizon_note({**rows, "payment_18_months": np.ones(10)}, 156, "en") == []


def test_of_a_sweep_the_horizon_is_told_as_its_file_sets_it_and_only_where_all_runs_have_the_same():
    rows = {"handover_week": np.array([40.0, 110.0]), "payment_18_months": np.array([0.5, np.nan])}
    assert "; horizon_weeks = 193 reaches all" in horizon_words(rows, 156, "en", OF_SWEEPS)
    bases = [{"scenario": {"horizon_weeks": 156}}]
    assert horizon_of({"factors": [], "bases": bases}) == 156
    varied = {"factors": [{"name": "horizon_weeks"}], "bases": bases}
    assert horizon_of(varied) is None and horizon_words(rows, horizon_of(varied), "en") == ""


def test_compare_and_demo_say_too_which_horizon_would_do():
    arguments = ["compare", "danwei_courtyard", "--strategies", "none,visible_example", "--plausible", 0]
    shown = " ".join(gongzhi(*arguments, "--seeds", 2, "--weeks", 9, "--lang", "en").stdout.split())
    assert "has a value in 0 of 4 only. Not handed over by week 9: 4." in shown


def test_one_seed_is_shown_without_ranges():
    shown = gongzhi(*SMALL, "--seed", 3).stdout
    assert "seed 3" in shown and "5 to 95 %" not in shown


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_means_that_are_not_lawful_are_marked(lang):
    shown = gongzhi(*SMALL[:-2], "--strategy", "pressure", "--seed", 1, "--lang", lang).stdout
    assert word("legality.unlawful", lang) in shown
    assert word("unlawful", lang).split("{")[0] in shown
    assert word("legality.unlawful", lang) not in gongzhi(*SMALL[:-2], "--seed", 1, "--lang", lang).stdout


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_means_the_law_only_restricts_are_said_to_need_due_procedure(lang):
    (line,) = cautions([load_case("jinshui").strategy], lang)
    assert word("legality.restricted", lang) in line.plain
    assert line.plain.endswith(word("restricted", lang).rpartition("}")[2])
    assert word("unlawful", lang).rpartition("}")[2] not in line.plain


def test_claims_come_with_what_they_lack():
    shown = gongzhi("run", "jinshui", "--weeks", 2, "--seed", 1, "--lang", "en").stdout
    assert (
        "Published: " in shown and "Missing: " in shown and "Caveats: " in shown and "not a forecast" in shown
    )


def test_quiet_prints_only_what_is_asked_for(tmp_path):
    result = gongzhi(*SMALL, "--seed", 1, "--quiet")
    assert (result.exit_code, result.output) == (0, "")
    result = gongzhi(*SMALL, "--seed", 1, "--quiet", "--json")
    assert json.loads(result.stdout) and result.stderr == ""
    result = gongzhi(*PAIR, "--seeds", 2, "--quiet")
    assert (result.exit_code, result.output) == (0, "")


def test_names_from_a_file_are_not_taken_for_markup(tmp_path):
    text = (ROOT / "scenarios" / "presets" / "danwei_courtyard.toml").read_text(encoding="utf-8")
    file = tmp_path / "odd.toml"
    file.write_text(text.replace("Small work-unit courtyard", "[/bold] [red]{yard}"), encoding="utf-8")
    result = gongzhi("run", file, "--seed", 1, "--weeks", 2, "--lang", "en")
    assert result.exit_code == 0 and "[/bold] [red]{yard}" in result.stdout


def test_the_agents_engine_gives_the_same_results():
    arguments = ["run", "danwei_courtyard", "--weeks", "6", "--seed", "2", "--seeds", "2"]
    compiled, agents = (printed_json(*arguments, "--engine", engine) for engine in ("compiled", "agents"))
    assert [run["seed"] for run in agents["runs"]] == [2, 3]
    for one, other in zip(compiled["runs"], agents["runs"], strict=True):
        assert one["final_valid_consent"] == pytest.approx(other["final_valid_consent"], abs=1e-6)


@pytest.mark.parametrize(
    ("low", "high", "written"),
    [
        ("89.4 %", "93.9 %", "89.4 to 93.9 %"),
        ("−1.5 points", "+2.0 points", "−1.5 to +2.0 points"),
        ("900 yuan", "1.2 million yuan", "900 yuan to 1.2 million yuan"),
        ("week 20", "week 34", "week 20 to week 34"),
        ("20 weeks", "not reached", "20 weeks to not reached"),
        ("not reached", "not reached", "not reached"),
    ],
)
def test_a_range_writes_a_shared_unit_once(low, high, written):
    assert between(low, high, "en") == written


# -- the folder of results ----------------------------------------------------------------------------------------


@pytest.fixture
def without_drawing(monkeypatch):
    """Figures and report take seconds, and have tests of their own."""
    monkeypatch.setattr("commands.results.draw_figures", lambda *_: {})
    monkeypatch.setattr("commands.results.write_report", lambda path, *_, **__: path.write_text("report"))


def test_out_holds_report_tables_figures_and_manifest(tmp_path):
    out = tmp_path / "deep" / "results"
    result = gongzhi(*SMALL, "--seeds", 2, "--out", out)
    assert result.exit_code == 0, result.output
    assert f"Written to {out}" in result.stderr
    assert [path.name for path in out.parent.iterdir()] == ["results"]
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    figures = {f"figures/{name}.{kind}" for name in ("consent", "payment") for kind in ("svg", "png")}
    tables = {"summary.csv": 2, "weekly.csv": 2 * 60, "equity.csv": 2 * len(GROUPS)}
    assert files == {"report.html", "manifest.json", *tables} | figures
    for name, rows in tables.items():
        raw = (out / name).read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf")
        table = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
        assert len(table) == rows
        assert any("insincere_share" in column for column in table[0])
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == files - {"manifest.json"}
    assert manifest["seeds"] == [1, 2]
    assert manifest["command"] == shlex.join(["gongzhi", *SMALL, "--seeds", "2", "--out", str(out)])
    assert {"python", "numpy", "numba", "gongzhi"} <= set(manifest["versions"])
    assert (manifest["code"], manifest["commit"]) == (code_of(()), source_commit()) and manifest["code"]
    for name, kept in manifest["files"].items():
        assert kept == hashlib.blake2b((out / name).read_bytes(), digest_size=16).hexdigest()
    assert manifest["hashes"]["files"] == "BLAKE2b, 16 bytes"
    scenario = load_case("danwei_courtyard").scenario(horizon_weeks=60)
    assert manifest["scenarios"][0]["content_hash"] == scenario.content_hash()
    assert manifest["scenarios"][0]["compound"]["households"] == 80


def test_the_commit_is_that_of_the_source_tree_and_of_a_worktree_of_it(tmp_path):
    def git(*arguments, cwd=tmp_path):
        who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        done = subprocess.run(["git", *who, *arguments], cwd=cwd, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert _read_commit(tmp_path) == ""
    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "one")
    first = git("rev-parse", "HEAD")
    assert _read_commit(tmp_path) == first
    git("pack-refs", "--all")
    assert _read_commit(tmp_path) == first
    git("worktree", "add", "-q", "-b", "other", "beside")
    git("commit", "-q", "--allow-empty", "-m", "two", cwd=tmp_path / "beside")
    assert _read_commit(tmp_path / "beside") == git("rev-parse", "HEAD", cwd=tmp_path / "beside") != first
    git("checkout", "-q", "--detach")
    assert _read_commit(tmp_path) == first


def test_figures_for_a_paper_are_narrow_fine_and_have_their_captions_beside_them(tmp_path, monkeypatch):
    monkeypatch.setattr("commands.results.write_report", lambda path, *_, **__: path.write_text("report"))
    out = tmp_path / "paper"
    result = gongzhi(*SMALL, "--seeds", 2, "--out", out, "--figure-width", 8, "--dpi", 50, "--no-caption")
    assert result.exit_code == 0, result.output
    captions = (out / "figures" / "captions.txt").read_text("utf-8")
    assert captions.startswith("consent: ") and "payment: " in captions and "2 seeds per strategy" in captions
    width = int.from_bytes((out / "figures" / "consent.png").read_bytes()[16:20])
    assert abs(width - 8 / 2.54 * 50) <= 2
    assert "figures/captions.txt" in json.loads((out / "manifest.json").read_text("utf-8"))["files"]
    for option in (["--dpi", "300"], ["--no-caption"], ["--figure-width", "8"]):
        for command in (SMALL, [*PAIR, "--plausible", "0"]):
            refused = gongzhi(*command, *option)
            assert refused.exit_code == 2
            assert f"{option[0]}: no figures are written; expected --out DIR as well" in refused.stderr


def test_a_folder_that_holds_files_is_refused_before_anything_is_run(tmp_path, monkeypatch):
    monkeypatch.setattr("commands.run.run_scenarios", fails)
    (tmp_path / "notes.txt").write_text("mine")
    result = gongzhi(*SMALL, "--out", tmp_path)
    assert result.exit_code == 2 and "--force" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_force_replaces_earlier_results_and_keeps_everything_else(tmp_path, without_drawing):
    out = tmp_path / "out"
    assert gongzhi(*SMALL, "--seed", 1, "--out", out).exit_code == 0
    (out / "notes.txt").write_text("mine")
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    (out / "old.csv").write_text("of the earlier run")
    (tmp_path / "outside.txt").write_text("not in the folder")
    manifest["files"] |= {"old.csv": "", "../outside.txt": ""}
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert gongzhi(*SMALL, "--seed", 2, "--out", out).exit_code == 2
    assert gongzhi(*SMALL, "--seed", 2, "--out", out, "--force").exit_code == 0
    assert (out / "notes.txt").read_text() == "mine"
    assert not (out / "old.csv").exists() and (tmp_path / "outside.txt").exists()
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["seeds"] == [2]


def test_an_empty_folder_is_used(tmp_path, without_drawing):
    assert gongzhi(*SMALL, "--seed", 1, "--out", tmp_path).exit_code == 0
    assert (tmp_path / "manifest.json").exists()


def test_groups_of_fewer_than_ten_are_blank_in_the_table_of_equity(tmp_path):
    runs = pd.DataFrame({"run": [0], "seed": [1]})
    equity = pd.DataFrame(
        {"run": [0, 0], "group": ["few", "many"], "households": [0, 12], "trust": [np.nan, 0.5]}
    )
    write_csv(equity_by_run(SimpleNamespace(runs=runs, equity=equity)), tmp_path / "equity.csv")
    rows = (tmp_path / "equity.csv").read_text("utf-8-sig").splitlines()
    assert rows[1:] == ["0,1,few,,", "0,1,many,12,0.5"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_folder_that_is_there_stays_the_folder_it_is(tmp_path, monkeypatch, without_drawing):
    place = tmp_path / "mine"
    place.mkdir()
    place.chmod(0o2700)
    before = place.stat()
    monkeypatch.chdir(place)
    assert gongzhi(*SMALL, "--seed", 1, "--out", ".").exit_code == 0
    assert (place.stat().st_ino, place.stat().st_mode) == (before.st_ino, before.st_mode)
    assert Path.cwd() == place and Path("manifest.json").exists()
    assert not [path for path in (*tmp_path.iterdir(), *place.iterdir()) if path.name.startswith(".")]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_folder_is_written_to_where_nothing_can_be_made_beside_it(tmp_path, monkeypatch, without_drawing):
    place, made = tmp_path / "disk", []
    place.mkdir()
    monkeypatch.setattr("commands.results.write_report", lambda file, *_, **__: made.append(file.parent))
    assert gongzhi(*SMALL, "--seed", 1, "--out", place).exit_code == 0
    assert [folder.parent for folder in made] == [place], (
        "on another disk, maybe: nothing can be moved from there"
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no groups of this kind")
def test_a_new_folder_is_of_the_group_of_the_folder_it_lies_in(tmp_path, without_drawing):
    tmp_path.chmod(0o2755)
    assert gongzhi(*SMALL, "--seed", 1, "--out", tmp_path / "out").exit_code == 0
    assert (tmp_path / "out").stat().st_mode & 0o2700 == 0o2700


@pytest.mark.parametrize("files", [None, 3, ["summary.csv"], {"\0.csv": ""}], ids=repr)
def test_a_manifest_whose_list_of_files_is_none_is_in_nobodys_way(tmp_path, without_drawing, files):
    (tmp_path / "manifest.json").write_text(json.dumps({"tool": "gongzhi", "made_by": "run", "files": files}))
    assert gongzhi(*SMALL, "--seed", 1, "--out", tmp_path, "--force").exit_code == 0
    assert json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))["seeds"] == [1]


def interrupted(*_, **__):
    raise KeyboardInterrupt


def full(*_, **__):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(("accident", "status"), [(fails, 1), (interrupted, 130), (full, 1)])
def test_an_accident_in_the_middle_leaves_nothing_behind(
    tmp_path, monkeypatch, without_drawing, accident, status
):
    monkeypatch.setattr("commands.results.write_report", accident)
    result = gongzhi(*SMALL, "--seed", 1, "--out", tmp_path / "deep" / "out")
    assert result.exit_code == status
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_an_accident_leaves_earlier_results_alone(tmp_path, monkeypatch, without_drawing):
    out = tmp_path / "out"
    assert gongzhi(*SMALL, "--seed", 1, "--out", out).exit_code == 0
    before = {path: path.read_bytes() for path in out.rglob("*.*")}
    monkeypatch.setattr("commands.results.write_report", fails)
    assert gongzhi(*SMALL, "--seed", 2, "--out", out, "--force").exit_code == 1
    assert {path: path.read_bytes() for path in out.rglob("*.*")} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other signals")
def test_ctrl_c_ends_with_130_and_leaves_nothing(tmp_path):
    out = tmp_path / "out"
    long = ["run", "large_estate", "--seeds", "5000", "--out", out, "--lang", "en"]
    process = started(*long, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    first = process.stderr.readline()
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    printed, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert first and "Interrupted" in errors and "Traceback" not in errors
    assert printed == "" and list(tmp_path.iterdir()) == []


# -- compare and demo ---------------------------------------------------------------------------------------------


def test_differences_are_paired_and_carry_a_verdict():
    data = printed_json(*PAIR, "--seeds", 8)
    assert {(d["a"], d["b"]) for d in data["differences"]} == {("pressure", "none")}
    outcomes = [d["outcome"] for d in data["differences"]]
    assert outcomes.index("final_insincere_share") == outcomes.index("final_valid_consent") + 1
    by_outcome = {d["outcome"]: d for d in data["differences"]}
    insincere = by_outcome["final_insincere_share"]
    assert insincere["pairs"] == 8 and insincere["low"] <= insincere["difference"] <= insincere["high"]
    assert insincere["finding"] == "b_ahead" and "no" not in insincere["verdict"].split()[:1]
    values = {(run["strategy"], run["seed"]): run["final_insincere_share"] for run in data["runs"]}
    mean = sum(values["pressure", seed] - values["none", seed] for seed in data["seeds"]) / 8
    assert insincere["difference"] == pytest.approx(mean)
    assert data["strategies"][1]["not_lawful"] == {"pressure": "unlawful"}


def test_few_seeds_settle_nothing():
    data = printed_json(*PAIR, "--seeds", 3)
    assert {d["finding"] for d in data["differences"]} <= {"too_few", "identical"}
    assert "undetermined" in gongzhi(*PAIR, "--seeds", 3).stdout


def test_a_consent_outcome_brings_the_insincere_share_along():
    chosen = [
        "--outcome",
        "weeks_to_80",
        "--outcome",
        "valid_consent_at_gate",
        "--outcome",
        "final_valid_consent",
    ]
    data = printed_json(*PAIR, "--seeds", 6, *chosen)
    assert [d["outcome"] for d in data["differences"]] == [
        "final_valid_consent",
        "final_insincere_share",
        "valid_consent_at_gate",
        "insincere_share_at_gate",
        "weeks_to_80",
    ]
    weeks = data["differences"][-1]
    assert weeks["statistic"] == "median" and weeks["not_reached_b"] + weeks["not_reached_a"] >= 0


@pytest.mark.parametrize(("flag", "pairs"), [([], 2), (["--all-pairs"], 3)])
def test_every_pair_or_each_with_the_first(flag, pairs):
    arguments = [
        "compare",
        "danwei_courtyard",
        "--strategies",
        "none,pressure,visible_example",
        "--weeks",
        "10",
    ]
    data = printed_json(*arguments, "--seeds", 6, "--outcome", "final_support_share", *flag)
    found = [(d["a"], d["b"]) for d in data["differences"]]
    assert len(found) == pairs and len({frozenset(pair) for pair in found}) == pairs
    assert found[:1] == [("pressure", "none")]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_comparison_is_a_table_in_both_languages(lang):
    shown = gongzhi(*PAIR[:-2], "--lang", lang, "--seeds", 6)
    assert shown.exit_code == 0
    for key in ("column_difference", "column_interval", "column_ahead", "column_pairs", "column_not_reached"):
        assert word(key, lang) in shown.stdout
    assert word("legality.unlawful", lang) in shown.stdout


def test_compare_writes_a_report_with_its_differences(tmp_path, monkeypatch, without_drawing):
    passed = {}
    monkeypatch.setattr(
        "commands.results.write_report",
        lambda path, *_, **options: (passed.update(options), path.write_text("report")),
    )
    assert gongzhi(*PAIR, "--seeds", 2, "--out", tmp_path / "out").exit_code == 0
    assert len(passed["comparisons"]) == len(USUAL_OUTCOMES) == 10 and len(passed["scenarios"]) == 2
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["made_by"] == "compare" and manifest["runs"] == 4


def test_demo_runs_every_city_and_the_strategies_to_compare_and_replaces_itself(tmp_path, without_drawing):
    out = tmp_path / "reports" / "demo"
    for lang in ("zh", "en"):
        result = gongzhi("demo", "--seeds", 1, "--out", out, "--lang", lang)
        assert result.exit_code == 0, result.output
        assert f"{out}/report.html" in result.stdout
        # why nobody is billed 18 months after handover stands below
        assert text("summary.company_left", lang) in result.stdout
    assert "Insincere share" in result.stdout or "insincere" in result.stdout
    with (out / "summary.csv").open(encoding="utf-8-sig") as file:
        rows = [(row["case"].split("/")[0], row["strategy"]) for row in csv.DictReader(file)]
    cities = [(name, name) for name in list_cases()]
    assert rows == cities + [("jinjiang", name) for name in COMPARED]


def test_demo_replaces_nothing_but_a_demo(tmp_path, without_drawing):
    assert gongzhi(*SMALL, "--seed", 1, "--out", tmp_path / "out").exit_code == 0
    result = gongzhi("demo", "--seeds", 1, "--out", tmp_path / "out")
    assert result.exit_code == 2 and "holds results of gongzhi run" in result.stderr


# -- progress -----------------------------------------------------------------------------------------------------


def followed(monkeypatch, *, quiet=False, terminal=False):
    monkeypatch.setattr(progress_module, "QUIET_SECONDS", 0.05)
    monkeypatch.setattr(progress_module, "SECONDS_BETWEEN_LINES", 0.05)
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=100)
    with Progress("en", quiet=quiet, console=console) as progress:
        progress.phase("simulating", 10)
        progress.advance(4, 10)
        time.sleep(0.4)
    return stream.getvalue()


def test_off_a_terminal_progress_is_plain_lines_with_the_time_left(monkeypatch):
    lines = followed(monkeypatch).splitlines()
    assert len(lines) >= 2
    assert all(re.fullmatch(r"Simulating: 4/10, about \d+ s left", line) for line in lines)


def test_off_a_terminal_a_phase_that_cannot_be_counted_is_named_once(monkeypatch):
    monkeypatch.setattr(progress_module, "QUIET_SECONDS", 0.05)
    monkeypatch.setattr(progress_module, "SECONDS_BETWEEN_LINES", 0.05)
    stream = io.StringIO()
    with Progress("en", console=Console(file=stream, width=100)) as progress:
        progress.phase("writing_report")
        time.sleep(0.4)
    assert stream.getvalue().splitlines() == ["Writing the report …"]


def test_off_a_terminal_a_phase_whose_steps_are_all_done_promises_no_time_and_is_named_once(monkeypatch):
    monkeypatch.setattr(progress_module, "QUIET_SECONDS", 0.05)
    monkeypatch.setattr(progress_module, "SECONDS_BETWEEN_LINES", 0.05)
    stream = io.StringIO()
    with Progress("en", console=Console(file=stream, width=100)) as progress:
        progress.phase("simulating", 3)
        progress.advance(3, 3)
        time.sleep(0.4)
    assert stream.getvalue().splitlines() == ["Simulating: 3/3 …"]


def test_the_first_run_with_agents_says_that_it_compiles(monkeypatch):
    compiled = []
    monkeypatch.setattr("commands.simulation.agents_are_prepared", lambda: False)
    monkeypatch.setattr("commands.simulation.prepare_agents", lambda: compiled.append(1))
    command = ["run", "danwei_courtyard", "--weeks", "1", "--seed", "1", "--lang", "en"]
    note = "First run of the loop over agents on this computer: what it calls is compiled once"
    assert note not in CliRunner().invoke(main, command).stderr and compiled == []
    assert note in CliRunner().invoke(main, [*command, "--engine", "agents"]).stderr and compiled == [1]


def test_on_a_terminal_progress_is_a_bar(monkeypatch):
    assert "4/10" in followed(monkeypatch, terminal=True)


def test_quiet_shows_no_progress(monkeypatch):
    assert followed(monkeypatch, quiet=True) == ""


def test_what_is_done_quickly_shows_no_progress(monkeypatch):
    monkeypatch.setattr(progress_module, "QUIET_SECONDS", 5)
    stream = io.StringIO()
    with Progress("en", console=Console(file=stream)) as progress:
        progress.phase("simulating", 10)
    assert stream.getvalue() == ""


def test_the_first_run_says_that_it_compiles(monkeypatch):
    monkeypatch.setattr("commands.simulation.is_first_run", lambda: True)
    assert "compiled once" in gongzhi(*SMALL, "--seed", 1).stderr
    assert gongzhi(*SMALL, "--seed", 1, "--quiet").stderr == ""


@pytest.mark.parametrize("comma", "，、")
def test_a_comma_of_another_keyboard_between_names_is_named(comma):
    names = f"none{comma}pressure"
    for command in (
        ["compare", "jinjiang", "--strategies"],
        ["search", "jinjiang", "-o", "x", "--instruments"],
    ):
        english = gongzhi(*command, names, "--lang", "en")
        assert english.exit_code == 2 and f"column 5: '{comma}' (" in english.stderr
        assert "expected ','" in english.stderr
        chinese = gongzhi(*command, names, "--lang", "zh").stderr
        assert f"第 5 列的“{comma}”是全角或中文字符；应为 ','" in chinese
    alone = gongzhi("compare", "jinjiang", "--strategies", "none", "--lang", "zh").stderr
    assert "应为两个或更多，如 pressure,visible_example" in alone


def test_an_option_of_commands_that_stands_before_the_command_is_told_its_place():
    found = gongzhi("--lang", "zh", "cases")
    assert (
        found.exit_code == 2
        and "--lang 写在了命令之前；应写在其后，如 gongzhi run CASE --lang" in found.stderr
    )
    assert "expected it behind, such as gongzhi run CASE --seeds" in gongzhi("--seeds", "3", "run").stderr
    assert "stands before" not in gongzhi("--nonsense", "run").stderr
