"""What Tab offers: every name there is and no other, fast, in the language of the locale, in a real shell too."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from commands.cli import main
from model.instruments import Instrument
from scenarios.documents import page_names
from scenarios.files.library import (
    case_file,
    list_cases,
    list_collections,
    list_districts,
    list_presets,
    list_strategies,
    list_sweeps,
)
from scenarios.loading import load_case

ROOT = Path(__file__).parents[1]


def offered(*arguments):
    """What stands behind the last word, as (kind, value, help)."""
    items = ShellComplete(main, {}, "gongzhi", "_GONGZHI_COMPLETE").get_completions(
        [*arguments[:-1]], arguments[-1]
    )
    return [(item.type, item.value, item.help) for item in items]


def names(*arguments):
    found = offered(*arguments)
    assert all(kind == "plain" for kind, _, _ in found)
    return [value for _, value, _ in found]


def test_run_offers_every_case_and_compound_that_it_takes():
    found = names("run", "")
    whole = [*list_cases(), *list_presets(), *list_districts(), *list_collections()]
    assert {name for name in found if "/" not in name} == set(whole)
    others = {
        f"{n}/{c}" for n in list_cases() for c in load_case(n).compounds if c != load_case(n).default_compound
    }
    assert {name for name in found if "/" in name} == others
    for name in found:
        case_file(name)


@pytest.mark.parametrize("command", ["compare", "search"])
def test_where_one_compound_is_simulated_no_district_is_offered(command):
    assert not set(names(command, "")) & {*list_districts(), *list_collections()}
    assert set(names(command, "")) >= {*list_cases(), *list_presets()}


def test_only_what_begins_so_is_offered_with_hyphens_as_well():
    assert names("run", "jin") == ["jinjiang", "jinshui"]
    assert names("run", "kaifeng-d") == ["kaifeng_district"]
    assert names("run", "hangzhou/") == ["hangzhou/chengjian_gongyu"]


def test_strategies_are_offered_one_at_a_time_and_behind_every_comma():
    assert names("run", "jinshui", "--strategy", "") == list_strategies()
    assert names("search", "jinshui", "--strategy", "pr") == ["pressure"]
    assert names("analyse", "results/x", "--baseline", "info") == ["information_only"]
    assert names("compare", "jinshui", "--strategies", "none,p") == ["none,pressure"]
    behind = names("compare", "jinshui", "--strategies", "none,")
    assert behind == [f"none,{name}" for name in list_strategies() if name != "none"]


def test_sweeps_instruments_and_pages_are_offered():
    assert names("sweep", "") == list_sweeps()
    assert names("docs", "") == page_names()
    assert names("search", "jinshui", "--instruments", "") == [i.name.lower() for i in Instrument]
    assert names("search", "jinshui", "--instruments", "publicity,home") == ["publicity,home_visits"]


@pytest.mark.parametrize(
    ("lang", "called"), [("zh_CN.UTF-8", "成都锦江"), ("en_GB.UTF-8", "Jinjiang, Chengdu")]
)
def test_names_are_explained_in_the_language_of_the_locale(lang, called, monkeypatch):
    monkeypatch.setenv("LC_ALL", lang)
    assert offered("run", "jinjiang") == [("plain", "jinjiang", called)]


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "./my"),
        ("run", "my_case.t"),
        ("run", "jinshui", "--strategy", "mine/st"),
        ("sweep", "~/sw"),
        ("check", ""),
        ("run", "jinshui", "--own", "m"),
        ("docs", "odd", "-o", "o"),
        ("analyse", "runs.c"),
    ],
)
def test_files_are_left_to_the_shell(arguments):
    assert offered(*arguments) == [("file", arguments[-1], None)]


@pytest.mark.parametrize(
    "arguments", [("results", "show", "res"), ("run", "jinshui", "--out", "r"), ("sweep", "x", "-o", "")]
)
def test_folders_are_left_to_the_shell(arguments):
    assert offered(*arguments) == [("dir", arguments[-1], None)]


def parameters(command=main, path=()):
    yield from ((path, parameter) for parameter in command.params)
    for name, inner in getattr(command, "commands", {}).items():
        yield from parameters(inner, (*path, name))


def test_whatever_takes_a_folder_or_a_file_leaves_it_to_the_shell():
    for path, parameter in parameters():
        if parameter.metavar in ("DIR", "FILE", "PATH", "FILE.py"):
            context = main.make_context("gongzhi", ["--help"], resilient_parsing=True)
            kinds = {item.type for item in parameter.shell_complete(context, "./there")}
            assert kinds in ({"dir"}, {"file"}), (path, parameter.name)


def test_commands_and_options_are_offered():
    assert names("results", "c") == ["cite", "compact"] or set(names("results", "c")) == {"cite", "compact"}
    assert "--strategy" in names("run", "jinshui", "--st")


def test_completion_does_not_wait_for_the_engine():
    code = (
        "import sys\nfrom click.shell_completion import ShellComplete\nfrom commands.cli import main\n"
        "shell = ShellComplete(main, {}, 'gongzhi', 'x')\n"
        "assert shell.get_completions(['run'], '') and shell.get_completions(['search', 'x', '--instruments'], '')\n"
        "heavy = {'numba', 'numpy', 'pandas', 'matplotlib', 'mesa', 'pydantic', 'docx', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


IN_BASH = """
eval "$(_GONGZHI_COMPLETE=bash_source gongzhi)" || exit 3
press() {
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
    _gongzhi_completion gongzhi; echo "${COMPREPLY[@]}"
}
press gongzhi run jins
press gongzhi compare jinshui --strategies none,vis
press gongzhi results cit
"""


@pytest.mark.skipif(
    shutil.which("bash") is None or sys.platform == "win32", reason="needs bash, whose completion it is"
)
def test_tab_in_bash_completes_as_the_document_sets_it_up(tmp_path):
    document = (ROOT / "docs" / "command_line.md").read_text(encoding="utf-8")
    assert 'eval "$(_GONGZHI_COMPLETE=bash_source gongzhi)"' in document
    command = tmp_path / "gongzhi"
    command.write_text(
        f'#!/bin/sh\ncd "{ROOT}" && exec "{sys.executable}" -m commands.cli "$@"\n', encoding="utf-8"
    )
    command.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["bash", "-c", IN_BASH], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:3] == ["jinshui", "none,visible_example", "cite"]
