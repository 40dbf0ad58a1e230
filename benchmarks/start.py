"""Measure how long `gongzhi run` of a preset takes from start to end, and print it as one line of JSON.

Run as `python benchmarks/start.py warm` (the engine has been compiled; three starts) or as
`python benchmarks/start.py first` (nothing has been compiled yet, so that compiling is part of it; one start).
"""

import json
import os
import subprocess
import sys
import tempfile
import time

PRESET = "wufuyuan_size"


def started(surroundings: dict[str, str]) -> float:
    """Wall seconds of one run."""
    command = [sys.executable, "-m", "commands.cli", "run", PRESET]
    then = time.perf_counter()
    subprocess.run(
        command, check=True, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - then


def main() -> None:
    """Measure what is asked for."""
    if sys.argv[1:] == ["warm"]:
        started(dict(os.environ))
        wall = [started(dict(os.environ)) for _ in range(3)]
    elif sys.argv[1:] == ["first"]:
        with tempfile.TemporaryDirectory() as folder:
            wall = [started({**os.environ, "GONGZHI_CACHE_DIR": folder})]
    else:
        sys.exit(__doc__)
    print(json.dumps({"wall": wall}))


if __name__ == "__main__":
    main()
