"""A set-up killed before any of its steps is repaired by the next; `tools/interrupted_setups.py` kills real ones."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: Runs the set-up with installers that, as real ones do, take a package that has a record for one that is there. A
#: step is a file opened to be written, a folder made, a name changed, a file removed: before the nth the process ends.
SCRIPT = r"""
import os, shutil, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import bootstrap

before, goal, place = sys.argv[2], sys.argv[3], Path(sys.argv[4])
STEPS = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink"}
left = 0

def step(event, arguments):
    global left
    if left and (event in STEPS or (event == "open" and arguments[1] not in (None, "r", "rb"))):
        left -= 1
        if left == 0:
            os._exit(9)

sys.addaudithook(step)

def package(library, name, modules):
    record = library / f"{name}-1.dist-info" / "RECORD"
    if record.is_file():
        return  # as installers do
    record.parent.mkdir(parents=True, exist_ok=True)
    files = [f"{name}/{module}.py" for module in modules]
    record.write_text("".join(f"{file},sha256=x,{len(file)}\n" for file in files) + f"{name}-1.dist-info/RECORD,,\n")
    (library / name).mkdir(exist_ok=True)
    for file in files:
        (library / file).write_text(file)

def run(command, environment=None, *, quiet=False):
    words = [str(word) for word in command]
    folder = Path(words[0]).parents[1]
    library = folder / "lib" / "python3.12" / "site-packages"
    if "ensurepip" in words:
        package(library, "pip", ["main", "vendor"])
    elif "requirements-uv.lock" in words[-1]:
        package(library, "uv", ["uv"])
        (folder / "bin" / "uv").write_text("uv")
    elif "sync" in words or "--require-hashes" in words:
        for name in ("jedi", "numpy") if "dev" in words[-1] else ("numpy",):
            package(library, name, ["a", "b", "c"])
    elif "-e" in words:
        package(library, "gongzhi", [])
    return "-c" not in words or (library / "pip-1.dist-info").exists() or Path(words[0]).exists()

bootstrap.run = run
bootstrap.ROOT = place

def set_up(kind, dies=0):
    # In a process of its own, which ends at the step or when it is done; returns its status.
    child = os.fork()
    if child == 0:
        global left
        left = dies
        status = 1
        try:
            sys.stdout = open(os.devnull, "w")
            sys.argv = ["bootstrap.py", "--venv", ".venv 312", "--with", kind]
            bootstrap.main()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

for name in ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock", "pyproject.toml"):
    (place / name).write_text(name)
n = 0
while True:
    n += 1
    for entry in place.glob(".venv*"):
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    if before:
        assert set_up(before) == 0
        (place / "requirements.lock").write_text(f"another {n}")
        (place / "requirements-dev.lock").write_text(f"another {n}")
    died = set_up(goal, n)
    assert died in (0, 9), died
    status = set_up(goal)
    assert status == 0, f"step {n}: the next set-up ended with {status}"
    folder = place / ".venv 312"
    half = list(bootstrap.Environment(folder).incomplete())
    assert not half, f"step {n}: {half}"
    wanted = "dev" if "dev" in (before, goal) else "demo"
    assert (folder / "gongzhi-stamp").read_text().startswith(wanted + " "), n
    found = {path.name for path in folder.rglob("*.dist-info")}
    assert ("jedi-1.dist-info" in found) == (wanted == "dev"), (n, found)
    assert [p.name for p in place.glob(".venv*") if not p.name.endswith("-lock")] == [".venv 312"], n
    assert not (folder / "gongzhi-unfinished").exists()
    if died == 0:
        break
print(n - 1)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, which Windows has not")
@pytest.mark.parametrize(("before", "goal"), [("", "dev"), ("demo", "dev"), ("dev", "demo")])
def test_a_set_up_killed_before_any_of_its_steps_is_repaired_by_the_next(tmp_path, before, goal):
    place = tmp_path / "with spaces and 中文"
    place.mkdir()
    command = [sys.executable, "-P", "-c", SCRIPT, ROOT / "tools", before, goal, place]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 5


def test_a_folder_that_is_no_environment_is_left_alone(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "mine.txt").write_text("mine")
    command = [sys.executable, str(ROOT / "tools" / "bootstrap.py"), "--venv", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and "is not a virtual environment: please move it away" in done.stderr
    assert (tmp_path / "lib" / "mine.txt").read_text() == "mine"
    tmp_path.with_name(f"{tmp_path.name}.gongzhi-lock").unlink()


COMPILES = """
import sys
sys.path.insert(0, sys.argv[1])
import bootstrap

venv, kind, compiles = sys.argv[2:]
bootstrap.Environment.make = bootstrap.Environment.install = lambda *_: None
bootstrap.run = lambda command, *_: print(*command) or compiles == "yes"
sys.argv[1:] = ["--venv", venv, "--with", kind]
bootstrap.main()
"""


@pytest.mark.parametrize(("kind", "compiles"), [("demo", "yes"), ("demo", "no"), ("dev", "yes")])
def test_a_set_up_for_running_compiles_the_engine_and_ends_well_where_that_fails(tmp_path, kind, compiles):
    command = [sys.executable, "-c", COMPILES, ROOT / "tools", tmp_path / ".venv", kind, compiles]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=True)
    assert ("-m model.preparation" in done.stdout) == (kind == "demo")
    assert ("the first run tries again" in done.stdout) == (compiles == "no")


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make, by which it is set up")
@pytest.mark.parametrize(
    "goal", ["demo", "test", "lint", "types", "contracts", "coverage", "golden", "lock", "dashboard"]
)
def test_every_goal_finds_an_environment_whose_name_has_spaces(goal):
    command = ["make", "-n", goal, "VENV=.venv 312"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.count(".venv 312") == said.count('".venv 312"') + said.count('".venv 312/bin/') > 1
