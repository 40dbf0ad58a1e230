"""Which Mesa is needed for what is said where another is installed, and the environment of Mesa 4 is one of its own."""

import importlib
import re
import sys
from pathlib import Path

import mesa
import mesa4
import pytest
from mesa4_breaks import ROWS, rows_of_the_page
from sidebyside import environments
from standin.registry import peer

ROOT = Path(__file__).parents[1]


def test_mesa_3_says_that_it_has_no_run_scenarios():
    assert mesa.__version__.startswith("3.")
    for name in [name for name in sys.modules if name.startswith("scenarios.mesa4")]:
        del sys.modules[name]
    with pytest.raises(
        ImportError, match=r"mesa 3\S*: has no run_scenarios; expected a Mesa 4 .*docs/mesa4\.md"
    ):
        importlib.import_module("scenarios.mesa4")


def test_the_environment_of_mesa_4_has_its_own_lock_and_is_made_anew_when_that_changes(monkeypatch, tmp_path):
    lock = mesa4.LOCK.read_text(encoding="utf-8")
    assert re.match(r"mesa==4\.\S+ \\\n    --hash=sha256:", lock) and "://" not in lock
    before = mesa4.stamp()
    other = tmp_path / "other.lock"
    other.write_text(lock.replace("mesa==4", "mesa==5"), encoding="utf-8")
    monkeypatch.setattr(mesa4, "LOCK", other)
    assert mesa4.stamp() != before and mesa4.FOLDER.name == ".venv-mesa4"


def test_the_makefile_the_lock_and_the_benchmarks_peer_name_the_same_pre_release():
    wanted = re.search(r"^MESA_4 = (\S+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[1]
    assert mesa4.LOCK.read_text(encoding="utf-8").startswith(f"mesa=={wanted} ")
    assert f"mesa=={wanted}" in peer_of_mesa_4().packages


def test_the_benchmarks_peer_has_another_mesa_and_the_rest_as_the_project_has_it():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^[\w-]+==[\w.]+", lock, re.MULTILINE))
    others = {package for package in peer_of_mesa_4().packages if not package.startswith("mesa==")}
    assert others <= locked, "bring benchmarks/peers.txt, section mesa-4, in line with requirements.lock"
    assert peer_of_mesa_4().python is None


def peer_of_mesa_4() -> environments.Pins:
    """What the stand-in's peer of the pre-release needs."""
    return environments.pins(environments.PINS.read_text("utf-8"))[peer("mesa_4").environment]


def test_both_mesas_run_the_same_lines_in_the_benchmark():
    assert peer("mesa").module == peer("mesa_4").module


def test_every_row_of_what_breaks_under_mesa_4_is_measured_there():
    assert rows_of_the_page() == list(ROWS)


def test_one_test_and_one_page_of_ours_use_what_mesa_4_no_longer_has():
    gone = re.compile(
        r"mesa\.batch_run|mesa\.space|mesa\.experimental\.devs|PropertyLayer|propertylayer_portrayal|reset_rng|"
        r"reset_randomizer|layout=None|\.pos\b"
    )
    folders = ("agents", "model", "scenarios", "commands", "dashboard", "examples", "benchmarks", "tests")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py") if "mesa4" not in file.name]
    using = {file.relative_to(ROOT).as_posix() for file in files if gone.search(file.read_text("utf-8"))}
    assert using - {"tests/test_mesa_versions.py"} == {"dashboard/mesa_app.py", "tests/test_mesa_model.py"}
    pages = {
        file.name for file in (ROOT / "docs").glob("*.md") if "mesa.batch_run(" in file.read_text("utf-8")
    }
    assert pages == {"extend.md"}


def test_make_mesa4_leaves_out_only_tests_that_there_are():
    model = (ROOT / "tests" / "test_mesa_model.py").read_text(encoding="utf-8")
    assert all(f"def {name}(" in model for name in mesa4.WITH_BATCH_RUN)
    assert all((ROOT / place.partition("::")[0]).exists() for place in mesa4.TESTS)
