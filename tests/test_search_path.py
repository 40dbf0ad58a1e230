"""Nothing is imported from where the user happens to stand, whatever lies there."""

import os
import subprocess
import sys
from importlib.metadata import packages_distributions
from multiprocessing import process, spawn
from pathlib import Path

import pytest

from scenarios.processes import fresh_processes

ROOT = Path(__file__).parents[1]
OURS = ("agents", "model", "scenarios", "commands", "dashboard", "compiling")
SPOILT = "open(__file__ + '.executed', 'w').close()\nraise SystemExit(77)\n"
FILE = """
id = "mine"
cases = ["danwei_courtyard"]
strategies = ["none"]
seeds = 2
outcomes = ["final_valid_consent"]
[levers]
programme.consent_gate = [0.6, 0.8]
[constants]
horizon_weeks = 8
"""


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    """A folder with a file of the name of every module there is, our own too, each of which says it was executed."""
    folder = tmp_path_factory.mktemp("spoilt")
    others = {
        "bottleneck",
        "numexpr",
        "cupy",
        "yaml",
        "usercustomize",
    }  # asked for by libraries if they are there
    for name in {*sys.stdlib_module_names, *packages_distributions(), *others} - set(OURS):
        if name.isidentifier():
            (folder / f"{name}.py").write_text(SPOILT, "utf-8")
    for name in OURS:
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(SPOILT, "utf-8")
    (folder / "mine.toml").write_text(FILE, "utf-8")
    return folder


def run_there(folder, *command, **environment):
    """Run a command where everything is spoilt; what went wrong, and what was executed there."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    done = subprocess.run(
        [*map(str, command)],
        cwd=folder,
        env={**inherited, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    executed = sorted(place.name for place in folder.rglob("*.executed"))
    for place in folder.rglob("*.executed"):
        place.unlink()
    assert executed == []
    assert done.returncode == 0, done.stderr
    return done.stdout


def gongzhi():
    """The installed command, else what it consists of."""
    command = Path(sys.executable).with_name("gongzhi")
    return [command] if command.exists() else [sys.executable, "-P", "-m", "commands.cli"]


def test_neither_driver_nor_workers_of_a_sweep_import_from_the_working_folder(spoilt, tmp_path):
    run_there(spoilt, *gongzhi(), "sweep", "mine.toml", "-o", tmp_path / "out", "--workers", 2)
    assert (tmp_path / "out" / "manifest.json").is_file()


def test_a_figure_is_the_same_whatever_settings_of_the_library_lie_there(tmp_path):
    draw = (
        "import hashlib; from matplotlib.figure import Figure\n"
        "from scenarios.figures.style import drawn_in_chinese, svg\n"
        "@drawn_in_chinese\n"
        "def made():\n"
        "    figure = Figure(); figure.add_subplot().plot([1, 2], [1, 3]); return figure\n"
        "print(hashlib.sha256(svg(made()).encode()).hexdigest())"
    )
    there, elsewhere = tmp_path / "there", tmp_path / "elsewhere"
    for folder in (there, elsewhere):
        folder.mkdir()
    (there / "matplotlibrc").write_text("axes.facecolor: red\nfigure.dpi: 30\nlines.linewidth: 9\n", "utf-8")
    command = (sys.executable, "-P", "-c", draw)
    assert run_there(there, *command) == run_there(elsewhere, *command)


# A script that lies elsewhere: its own folder is on its path, the working folder is not.
SPAWNED = """
import sys
from scenarios.processes import fresh_processes

def look():
    import random, json, numpy, pandas, model.engine

if __name__ == "__main__":
    for method in ("spawn", "forkserver"):
        process = fresh_processes(method).Process(target=look)
        process.start()
        process.join()
        if process.exitcode:
            sys.exit(process.exitcode)
"""
POOL = """
import os
from dashboard.workers import Workers

if __name__ == "__main__":
    pool = Workers(1)
    assert pool.submit(os.getpid).future.result(300) == pool.processes()[0]
    pool.stop()
"""


@pytest.mark.parametrize("script", [SPAWNED, POOL], ids=["each way to begin", "dashboard"])
def test_no_fresh_process_imports_from_the_working_folder(spoilt, tmp_path, script):
    (tmp_path / "script.py").write_text(script, "utf-8")
    run_there(spoilt, sys.executable, tmp_path / "script.py")


def test_the_second_process_that_compiles_does_not_either(spoilt, tmp_path):
    call = "from model import preparation as p\nwith p._second_process():\n    pass\n"
    (tmp_path / "script.py").write_text(call, "utf-8")
    run_there(spoilt, sys.executable, tmp_path / "script.py")


def test_workers_of_a_notebook_look_beside_it_last(tmp_path, monkeypatch):
    fresh_processes("spawn")
    monkeypatch.setattr(process, "ORIGINAL_DIR", str(tmp_path))
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    places = spawn.get_preparation_data("worker")["sys_path"]
    assert places == [*sys.path[1:], str(tmp_path)]


SETTINGS = {
    "other settings": "opt: 0\nboundscheck: 1\ndisable_jit: 1\n",
    "no YAML": "{[",
    "another thing than settings": "- 1\n",
}
LOOKS = """
from compiling.marks import load_compiler
{first}
load_compiler()
from numba.core import config
import numba
config.reload_config()
assert not config.DISABLE_JIT and config.BOUNDSCHECK is None and config.OPT == 3, vars(config)
assert numba.njit(lambda x: x + 1)(1) == 2
"""


@pytest.mark.parametrize("settings", SETTINGS)
def test_no_settings_of_the_compiler_are_read_from_the_working_folder(settings, tmp_path):
    (tmp_path / ".numba_config.yaml").write_text(SETTINGS[settings], "utf-8")
    run_there(tmp_path, sys.executable, "-P", "-c", LOOKS.format(first=""))


def test_nor_where_another_has_imported_it_before(tmp_path):
    (tmp_path / ".numba_config.yaml").write_text("boundscheck: 1\n", "utf-8")
    run_there(tmp_path, sys.executable, "-P", "-c", LOOKS.format(first="import numba"))


def test_settings_of_the_compiler_in_the_environment_count(tmp_path):
    look = LOOKS.format(first="").replace("config.OPT == 3", "config.OPT == 1")
    run_there(tmp_path, sys.executable, "-P", "-c", look, NUMBA_OPT="1")
