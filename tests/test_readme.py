"""The READMEs say what is there: examples run, commands parse, goals and files exist, both languages agree."""

import contextlib
import io
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import bootstrap
import pytest

from commands.cli import main
from model.engine import simulate
from model.instruments import INSTRUMENTS, Family, Instrument
from scenarios.comparison import compare
from scenarios.loading import apply_settings, load_case, load_strategy

ROOT = Path(__file__).parents[1]
READMES = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md")}
LESSONS = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
WORDS, ZH_WORDS = {3: "three", 4: "four", 5: "five"}, {3: "三", 4: "四", 5: "五"}
LARGEST_IMAGE = 300_000
PICTURED = ("information_only", "deliberation_example_compensation", "pressure")

each_readme = pytest.mark.parametrize("text", READMES.values(), ids=READMES)


def blocks(text, language=""):
    """The contents of the code blocks of a language; every block if none is named."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [code for marked, code in found if language in ("", marked)]


def commands(text, name):
    """Lines of the code blocks that begin with a command, without it."""
    lines = "".join(blocks(text)).splitlines()
    return [line.strip().removeprefix(f"{name} ") for line in lines if line.strip().startswith(f"{name} ")]


def links(text):
    return [target for target in re.findall(r"\]\(([^)]+)\)", text) if "://" not in target]


def shape(text):
    """What two languages share: heading levels, items of lists, rows of tables, links and code names in order."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return {
        "headings": re.findall(r"^(#+) ", prose, re.MULTILINE),
        "items": len(re.findall(r"^- ", prose, re.MULTILINE)),
        "rows": len(re.findall(r"^\|", prose, re.MULTILINE)),
        "links": [t for t in links(text) if not t.startswith(("README", "docs/images/"))],
        "code": sorted(re.findall(r"`([^`\n]+)`", prose)),
    }


def test_both_languages_have_the_same_sections_and_code():
    english, chinese = READMES.values()
    assert shape(english) == shape(chinese)
    assert blocks(english) == blocks(chinese)


def test_both_languages_count_the_instruments():
    what_costs = sum(info.family is Family.DIAGNOSTIC for info in INSTRUMENTS.values())
    words = {
        "README.md": f"There are {len(Instrument)}; {WORDS[what_costs]} exist only to show what they cost"
    }
    words["README.zh.md"] = f"共 {len(Instrument)} 样，其中{ZH_WORDS[what_costs]}样只用来看清代价"
    assert [name for name, text in READMES.items() if words[name] not in text] == []


@each_readme
def test_each_language_leads_to_the_other(text):
    assert (set(READMES) - {"README.md" if text is READMES["README.md"] else "README.zh.md"}) <= set(
        links(text)
    )


@each_readme
def test_local_links_and_images_exist(text):
    missing = [target for target in links(text) if not (ROOT / target.partition("#")[0]).exists()]
    assert missing == []


def test_each_language_has_its_own_picture():
    pictures = [re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text) for text in READMES.values()]
    assert all(pictures) and not set(pictures[0]) & set(pictures[1])


@pytest.mark.parametrize("image", sorted((ROOT / "docs" / "images").iterdir()), ids=lambda file: file.name)
def test_images_are_small_and_used(image):
    assert image.stat().st_size < LARGEST_IMAGE
    in_pages = (f"(images/{image.name})" in page.read_text("utf-8") for page in (ROOT / "docs").glob("*.md"))
    assert any(f"docs/images/{image.name}" in text for text in READMES.values()) or any(in_pages)


@each_readme
def test_nothing_is_loaded_from_other_sites(text):
    assert "://" not in text


@each_readme
def test_folders_named_exist_and_every_package_is_among_them(text):
    named = set(re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE))
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    assert {*build["targets"]["wheel"]["packages"], "docs", "notebooks", "tests"} <= named
    assert [name for name in named if not (ROOT / name).is_dir()] == []


@pytest.fixture(scope="module")
def printed():
    """What the Python example prints."""
    (example,) = blocks(READMES["README.md"], "python")
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(example, "README.md", "exec"), {})
    return output.getvalue()


def test_the_python_example_is_about_ten_lines():
    (example,) = blocks(READMES["README.md"], "python")
    assert len(example.splitlines()) <= 12


def test_the_python_example_prints_both_strategies_and_a_verdict_in_both_languages(printed):
    for name in ("deliberation_example_compensation", "pressure"):
        assert re.search(rf"^{name} +0\.\d+ +0\.\d+$", printed, re.MULTILINE)
    assert "Insincere share at the gate" in printed
    assert "过门槛时言不由衷比例" in printed


def test_what_is_said_of_the_picture_holds():
    place = load_case("jinjiang")
    summary = simulate([place.scenario(strategy=name) for name in PICTURED], range(1, 21)).summary()
    gates, insincere = (
        summary.pivot(index="seed", columns="strategy", values=name)[list(PICTURED)]
        for name in ("gate_week", "insincere_share_at_gate")
    )
    passed, easiest = gates.count(), insincere.dropna()
    for text in READMES.values():
        assert [str(passed[name]) in text for name in PICTURED] == [True] * 3, passed
    visits, talks, pressure = PICTURED
    both = insincere[[talks, pressure]].dropna()
    assert len(both) == passed[talks] == passed[pressure]
    assert (gates.loc[both.index, pressure] < gates.loc[both.index, talks]).all()
    assert (both[pressure] > both[talks]).all()
    more = round(100 * (both[pressure] - both[talks]).mean())
    assert f"{more} in a hundred" in READMES["README.md"] and f"多 {more} 户" in READMES["README.zh.md"]
    assert len(easiest) == passed[visits]
    assert {name: round(100 * share) for name, share in easiest.median().items()} == {
        visits: 10,
        talks: 2,
        pressure: 19,
    }
    for other in (talks, pressure):
        assert "undetermined" in compare(summary, "insincere_share_at_gate", other, visits).verdict("en")
    hours = {place.scenario(strategy=name).effective_office().hours_per_household_week for name in PICTURED}
    assert len(hours) == 1
    assert place.scenario().compound.households == 497


def test_the_picture_is_made_by_the_command_that_is_given():
    for text in READMES.values():
        assert f"compare jinjiang --strategies {','.join(PICTURED)} --out" in "".join(
            commands(text, "gongzhi")
        )


@pytest.mark.parametrize("command", commands(READMES["README.md"], "gongzhi"))
def test_every_command_parses_and_names_what_exists(command):
    name, *arguments = shlex.split(command)
    params = main.commands[name].make_context(name, arguments).params
    if "case_name" in params:
        case = load_case(params["case_name"])
        strategies = params["strategies"].split(",") if "strategies" in params else [params["strategy"]]
        for strategy in strategies:
            scenario = case.scenario(strategy=load_strategy(strategy) if strategy else None)
            apply_settings(scenario, params["settings"])


def test_windows_lines_name_files_and_commands_that_exist():
    make_venv, packages, project, demo = blocks(READMES["README.md"])[2].splitlines()
    assert make_venv.startswith("py -3.12 -m venv .venv")
    assert packages.startswith(r".venv\Scripts\pip install --require-hashes -r ")
    assert project == r".venv\Scripts\pip install --no-build-isolation --no-deps -e ."
    assert demo.removeprefix(".venv\\Scripts\\gongzhi ") in main.commands
    for lock in re.findall(r"requirements[\w-]*\.lock", READMES["README.md"]):
        assert (ROOT / lock).is_file()


def test_what_is_installed_without_a_network_is_what_the_lock_has():
    _, install, start = blocks(READMES["README.md"])[3].splitlines()
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (extras,) = re.findall(r"gongzhi\[(.+)\]", install)
    assert install.startswith("gongzhi/bin/pip install --no-index --find-links dist ")
    assert set(extras.split(",")) <= set(wheel["optional-dependencies"])
    assert all(f"--extra {extra}" in makefile for extra in extras.split(","))
    assert start.removeprefix("gongzhi/bin/gongzhi ") in main.commands


@pytest.mark.parametrize("text", [*READMES.values(), LESSONS], ids=[*READMES, "notebooks/README.md"])
def test_the_set_up_tool_knows_what_it_is_asked_for(text):
    asked = re.findall(r"tools\\bootstrap\.py (--with \w+)", text)
    kinds = [bootstrap.arguments().parse_args(words.split()).kind for words in asked]
    assert asked == [f"--with {kind}" for kind in kinds]


@pytest.mark.parametrize("text", [*READMES.values(), LESSONS], ids=[*READMES, "notebooks/README.md"])
def test_every_goal_named_is_in_the_makefile(text):
    named = {line.split()[0] for line in commands(text, "make")} | set(re.findall(r"`make ([a-z]+)", text))
    tried = subprocess.run(["make", "--dry-run", *named], cwd=ROOT, capture_output=True, text=True)
    assert named and tried.returncode == 0, tried.stderr
