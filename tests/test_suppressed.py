"""What is skipped, ignored or kept quiet: only where a checker looks, and with its reason."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: What `make types` checks; elsewhere nothing reads a `type: ignore`.
TYPED = ("compiling", "agents", "model", "scenarios", "dashboard", "commands")
OTHERS = ("tests", "tools", "benchmarks", "examples", "notebooks")
#: A reason is a few words.
LEAST = 3


def sources(*folders: str) -> Iterator[tuple[Path, str]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "vendor" not in path.parts and path != Path(__file__):
                yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


def calls(text: str, name: str) -> Iterator[ast.Call]:
    """Calls of anything of this last name, such as `pytest.skip` for `skip`."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == name:
            yield node


def test_the_type_checker_is_told_to_look_away_only_where_it_looks_and_by_the_name_of_what_it_says():
    for place, text in sources(*OTHERS):
        assert "# type: ignore" not in text, place
    for place, text in sources(*TYPED):
        for line in text.splitlines():
            if "# type: ignore" in line:
                assert re.search(r"# type: ignore\[[a-z-]+(, [a-z-]+)*\](  #|$)", line), f"{place}: {line}"


def test_whatever_is_skipped_says_why_in_words_and_the_summary_prints_them():
    found = 0
    for place, text in sources("tests"):
        for name, position in (("skip", 0), ("skipif", 1), ("xfail", 1), ("importorskip", 2)):
            for call in calls(text, name):
                given = {word.arg: word.value for word in call.keywords}
                reason = given.get("reason") or (call.args[position] if len(call.args) > position else None)
                assert isinstance(reason, ast.Constant), f"{place}:{call.lineno}: no reason"
                assert len(str(reason.value).split()) >= LEAST, f"{place}:{call.lineno}: {reason.value}"
                found += 1
        assert not re.search(r"@(pytest\.)?mark\.(skip|xfail)\s*$", text, re.MULTILINE), place
    assert found
    assert '"-rs"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", [*TYPED, "tools"])
def test_a_warning_is_kept_quiet_by_its_kind_or_its_words_and_with_a_reason(folder):
    for place, text in sources(folder):
        lines = text.splitlines()
        for name in ("simplefilter", "filterwarnings"):
            for call in calls(text, name):
                line = lines[call.lineno - 1]
                told = "#" in line or "#" in lines[call.lineno - 2]
                # of a library on import nothing is of interest, whatever it is
                narrow = len(call.args) + len(call.keywords) > 1 or place == Path("scenarios/libraries.py")
                assert told and narrow, f"{place}:{call.lineno}: {line.strip()}"
