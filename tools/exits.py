"""End a small sweep thousands of times, with and without workers, by itself and by signals, and see how it leaves.

    nice -n 10 python tools/exits.py --exits 2000 --minutes 15

Right is status 0, or 130 and 143 after SIGINT and SIGTERM, and on standard error nothing that the program does not say
itself: no abort (134, −6), no warning of forgotten semaphores, no BufferError, no traceback.
"""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILE = """
id = "exits"
cases = ["danwei_courtyard"]
strategies = ["none"]
seeds = {seeds}
outcomes = ["final_valid_consent"]
[constants]
horizon_weeks = 8
"""
#: Workers, the signal, and the status that is right.
WAYS = (
    (0, None, 0), (2, None, 0), (2, signal.SIGINT, 130), (1, None, 0), (2, signal.SIGTERM, 143),
    (0, signal.SIGINT, 130),
)  # fmt: skip
NOISE = re.compile(
    r"leaked|BufferError|Traceback|resource_tracker|Exception ignored|Fatal|Aborted|terminate called"
)
#: Runs of a sweep that is interrupted: more than it does before the signal comes.
MANY = 200_000


def leave_once(number: int, folder: Path) -> tuple[str, str]:
    """Run and end one sweep; returns which way, and what was wrong with it."""
    draw = random.Random(number)
    workers, sent, right = WAYS[number % len(WAYS)]
    file, out = folder / f"{number}.toml", folder / str(number)
    file.write_text(FILE.format(seeds=3 if sent is None else MANY), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "commands.cli",
        "sweep",
        str(file),
        "-o",
        str(out),
        "--workers",
        str(workers),
    ]
    running = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    if sent is not None:
        until = time.monotonic() + 120
        while not (out / "manifest.json").exists() and running.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(draw.uniform(0.0, 2.0))
        running.send_signal(sent)
    try:
        said = running.communicate(timeout=60)[1]
    except subprocess.TimeoutExpired:
        running.kill()
        return _way(workers, sent), "did not end in 60 s"
    wrong = []
    if running.returncode != right:
        wrong.append(f"status {running.returncode}; expected {right}")
    if NOISE.search(said):
        wrong.append(f"said {said[-1500:]}")
    return _way(workers, sent), "; ".join(wrong)


def _way(workers: int, sent: signal.Signals | None) -> str:
    return f"{workers} workers, {'by itself' if sent is None else sent.name}"


def main() -> int:
    """Leave as often as asked, or as there is time for, and print counts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--exits", type=int, default=2000)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    # Behind a shell's `&` it is ignored, and so by every program started here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    until = time.monotonic() + 60 * options.minutes
    counts, wrong = Counter[str](), 0
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(options.jobs) as pool:

        def once(number: int) -> tuple[str, str]:
            return leave_once(number, Path(place)) if time.monotonic() < until else ("not begun", "")

        for number, (way, said) in enumerate(pool.map(once, range(options.exits))):
            counts[way] += 1
            if said:
                wrong += 1
                print(f"WRONG {number}, {way}: {said}", flush=True)
    ended = sum(n for way, n in counts.items() if way != "not begun")
    print(json.dumps({"exits": ended, "wrong": wrong, **counts}, indent=2))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
