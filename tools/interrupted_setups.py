"""Kill set-ups at random moments, and see that the next `make` succeeds by itself and leaves nothing half installed.

    nice -n 10 python tools/interrupted_setups.py --cycles 200
    nice -n 10 python tools/interrupted_setups.py --cycles 20 --whole     with the whole locks: minutes a cycle

Each cycle: `make setup` or `make dev` in a copy of the project, in a path with spaces and Chinese and with such a name
of the environment in turn, by uv or, where uv is kept from every index, by pip; from nothing, over a finished
environment of another lock, or over one of another Python. At a random moment the whole group of processes, only the
driver or only the installer is killed (SIGKILL), sometimes the repair too. Then `make` is given once more: it must end
with status 0, every file of every package must be there in its size, and nothing may be left beside the environment.
"""

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Packages of the small lock: what `import click, rich` needs, and what the project itself is installed with.
SMALL = (
    "click",
    "rich",
    "markdown-it-py",
    "mdurl",
    "pygments",
    "hatchling",
    "packaging",
    "pathspec",
    "pluggy",
)
SMALL += ("trove-classifiers", "tomlkit")
PLACES = ("plain", "with spaces and 中文 名")
VENVS = (".venv", ".venv 312", "环境 一")
LOOK = """
import importlib.metadata as m, os, sys
broken = [str(f) for d in m.distributions() for f in d.files or ["no record: " + str(d.metadata["Name"])]
          if not hasattr(f, "size") or f.size and os.path.getsize(f.locate()) != f.size]
import click, rich
assert m.version("gongzhi")
sys.exit("broken: " + ", ".join(broken[:3]) if broken else 0)
"""


def copied(place: Path, *, whole: bool) -> None:
    """The project as it is in its repository, with locks of a few packages unless the whole ones are wanted."""
    place.mkdir(parents=True)
    files = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    for name in filter(None, files.split("\0")):
        if name.split("/")[0] not in ("tests", "docs", "benchmarks", "notebooks") and (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, place / name)
    if not whole:
        for lock, names in (
            ("requirements.lock", SMALL),
            ("requirements-dev.lock", (*SMALL, "jinja2", "markupsafe")),
        ):
            (place / lock).write_text(
                _only((ROOT / "requirements-dev.lock").read_text("utf-8"), names), "utf-8"
            )


def _only(lock: str, names: tuple[str, ...]) -> str:
    """The entries of a lock that are about these packages."""
    entries: list[list[str]] = []
    for line in lock.splitlines():
        if line[:1].isalnum():
            entries.append([])
        if entries:
            entries[-1].append(line)
    return "".join("\n".join(entry) + "\n" for entry in entries if entry[0].split("==")[0].strip() in names)


def make(place: Path, goal: str, venv: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """`make GOAL VENV=…` begun, in a group of processes of its own."""
    with (place / "log.txt").open("ab") as log:
        return subprocess.Popen(
            ["make", goal, f"VENV={venv}"],
            cwd=place,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def kill(process: subprocess.Popen[bytes], whom: str) -> None:
    """Kill the whole group, the driver alone (its installer goes on), or the installer alone (the driver sees it)."""
    if whom == "group":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        below = _below(process.pid)
        drivers = [pid for pid in below if "bootstrap.py" in _command(pid)]
        chosen = drivers[:1] if whom == "driver" else [pid for pid in below if pid not in drivers][-1:]
        for pid in chosen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _below(pid: int) -> list[int]:
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True
    ).stdout.split()
    return [one for child in map(int, found) for one in (child, *_below(child))]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8").replace("\0", " ")
    except OSError:
        return ""


def surroundings(by: str, python: str) -> dict[str, str]:
    """The environment of a `make`: for uv to be of no use it finds nothing anywhere."""
    found = {
        name: value
        for name, value in os.environ.items()
        if name not in ("VIRTUAL_ENV", "PYTHON", "MAKEFLAGS")
    }
    if python:
        found["PYTHON"] = python
    if by == "pip":
        found |= {
            "UV_DEFAULT_INDEX": "file:///nowhere",
            "UV_NO_CACHE": "1",
            "UV_OFFLINE": "1",
            "UV_FIND_LINKS": "",
        }
    return found


def cycle(draw: random.Random, place: Path, pythons: list[str], usual: dict[str, float]) -> str:
    """One set-up that is killed and repaired. Returns what is wrong, or nothing."""
    venv, by = draw.choice(VENVS), draw.choice(("uv", "uv", "pip"))
    goal, python = draw.choice(("setup", "dev")), draw.choice(pythons)
    environment = surroundings(by, python)
    if draw.random() < 0.5:
        for entry in place.iterdir():
            if entry.name.startswith(venv):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    for _ in range(draw.choice((1, 1, 2))):
        process = make(place, goal, venv, environment)
        try:
            process.wait(draw.uniform(0.05, 1.1 * usual[by]))
        except subprocess.TimeoutExpired:
            kill(process, draw.choice(("group", "group", "driver", "installer")))
        process.wait(600)
    began = time.monotonic()
    repaired = make(place, goal, venv, environment)
    status = repaired.wait(900)
    usual[by] = max(usual[by], min(time.monotonic() - began, 60.0))
    said = f"{by} {goal} {place.name}/{venv} {python or 'any Python'}"
    if status:
        return (
            f"{said}: make ended with {status}:\n{(place / 'log.txt').read_text('utf-8', 'replace')[-1500:]}"
        )
    looked = subprocess.run(
        [place / venv / "bin" / "python", "-P", "-c", LOOK], capture_output=True, text=True
    )
    if looked.returncode:
        return f"{said}: {looked.stderr[-500:]}"
    left = [
        entry.name
        for entry in place.iterdir()
        if ".gongzhi-" in entry.name and not entry.name.endswith("-lock")
    ]
    return f"{said}: left {left}" if left else ""


def arguments() -> argparse.ArgumentParser:
    """What this tool understands."""
    parser = argparse.ArgumentParser(
        description="Kill set-ups at random moments, and see the next one succeed."
    )
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--whole", action="store_true", help="with the whole locks")
    parser.add_argument(
        "--python", action="append", default=[], help="another Python to set up with; may be repeated"
    )
    return parser


def main() -> int:
    """Kill and repair; say what was not repaired."""
    options = arguments().parse_args()
    draw = random.Random(options.seed)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="gongzhi-setups-") as folder:
        places = [Path(folder) / name for name in PLACES]
        for place in places:
            copied(place, whole=options.whole)
        usual = {"uv": 40.0 if options.whole else 6.0, "pip": 60.0 if options.whole else 10.0}
        for number in range(1, options.cycles + 1):
            place = draw.choice(places)
            (place / "log.txt").unlink(missing_ok=True)
            wrong = cycle(draw, place, ["", *options.python], usual)
            failed += bool(wrong)
            print(f"{number}/{options.cycles} {wrong or 'repaired'}", flush=True)
    print(f"{options.cycles} set-ups killed, {options.cycles - failed} repaired by the next make")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
