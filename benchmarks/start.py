"""Measure how long `gongzhi run` of a preset takes from start to end, and print it as one line of JSON.

Run as `python benchmarks/start.py warm` (the engine has been compiled; three starts), as `python benchmarks/start.py
first` (nothing has been compiled yet, so that compiling is part of it; one start), or as `python benchmarks/start.py
wheel` (the first start of what the wheel of `make wheel` installs, on a computer that has compiled nothing).
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOOL = Path(__file__).parents[1] / "tools" / "wheel.py"
PRESET = "wufuyuan_size"


def started(surroundings: dict[str, str], folder: str | None = None) -> float:
    """Wall seconds of one run. folder : in which it starts, whose packages come first"""
    command = [sys.executable, "-m", "commands.cli", "run", PRESET]
    then = time.perf_counter()
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(command, check=True, env=surroundings, cwd=folder, **silent)
    return time.perf_counter() - then


def first_from_wheel() -> float:
    """Wall seconds of the first run of a wheel that has just been made and installed."""
    with tempfile.TemporaryDirectory() as made, tempfile.TemporaryDirectory() as installed:
        subprocess.run([sys.executable, TOOL, "--to", made], check=True, stdout=subprocess.DEVNULL)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q", "--no-deps"]
        subprocess.run([*pip, "--target", installed, *Path(made).glob("*.whl")], check=True)
        cache = Path(made) / "nothing"
        surroundings = {**os.environ, "GONGZHI_CACHE_DIR": str(cache), "PYTHONPATH": installed}
        taken = started(surroundings, installed)
        if any(cache.glob("*/*.o")):
            sys.exit("the wheel's machine code was not taken: something was compiled")
    return taken


def main() -> None:
    """Measure what is asked for."""
    if sys.argv[1:] == ["warm"]:
        started(dict(os.environ))
        wall = [started(dict(os.environ)) for _ in range(3)]
    elif sys.argv[1:] == ["first"]:
        with tempfile.TemporaryDirectory() as folder:
            wall = [started({**os.environ, "GONGZHI_CACHE_DIR": folder})]
    elif sys.argv[1:] == ["wheel"]:
        wall = [first_from_wheel()]
    else:
        sys.exit(__doc__)
    print(json.dumps({"wall": wall}))


if __name__ == "__main__":
    main()
