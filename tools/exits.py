"""End a small sweep thousands of times, with and without workers, by itself and by signals, and see how it leaves.

    nice -n 10 python tools/exits.py --exits 2000 --minutes 15 --forked

Right is status 0, or 130 and 143 after SIGINT and SIGTERM, and on standard error nothing that the program does not say
itself: no abort (134, −6), no warning of forgotten semaphores, no BufferError, no traceback.
"""

import argparse
import faulthandler
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from model.preparation import load_engine

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
type Way = tuple[int, signal.Signals | None, int]
#: Workers, the signal, and the status that is right.
WAYS: tuple[Way, ...] = (
    (0, None, 0), (2, None, 0), (0, signal.SIGINT, 130), (0, None, 0), (2, signal.SIGTERM, 143), (0, None, 0),
    (0, signal.SIGTERM, 143), (0, None, 0), (2, signal.SIGINT, 130), (0, None, 0),
)  # fmt: skip
NOISE = re.compile(
    r"leaked|BufferError|Traceback|resource_tracker|Exception ignored|Fatal|Aborted|terminate called"
)
LONGEST = 300.0
#: Runs of a sweep that is interrupted: more than it does before the signal comes.
MANY = 200_000


class Forked:
    """The command in a fork of this process, which has loaded everything: the same end, without the start."""

    def __init__(self, arguments: list[str], said: Path) -> None:
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            self._be(arguments, said)

    def _be(self, arguments: list[str], said: Path) -> None:
        with said.open("wb") as file:
            os.dup2(file.fileno(), 2)
        faulthandler.register(signal.SIGUSR1)
        sys.argv = ["gongzhi", *arguments]
        try:
            from commands.cli import main as command

            command()
        finally:
            os._exit(99)  # it has to leave by itself

    def poll(self) -> int | None:
        """The status, None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def started(arguments: list[str], said: Path, *, forked: bool) -> "Forked | subprocess.Popen[bytes]":
    """The command, what it says going to a file."""
    if forked:
        return Forked(arguments, said)
    with said.open("wb") as file:
        command = [sys.executable, "-m", "commands.cli", *arguments]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=file)


def leave_once(number: int, folder: Path, ways: Sequence[Way], *, forked: bool) -> tuple[str, str]:
    """Run and end one sweep; returns which way, and what was wrong with it."""
    draw = random.Random(number)
    workers, sent, right = ways[number % len(ways)]
    file, out, noted = folder / f"{number}.toml", folder / str(number), folder / f"{number}.txt"
    file.write_text(FILE.format(seeds=3 if sent is None else MANY), encoding="utf-8")
    arguments = ["sweep", str(file), "-o", str(out), "--workers", str(workers)]
    running = started(arguments, noted, forked=forked)
    until = time.monotonic() + LONGEST
    if sent is not None:
        while not (out / "manifest.json").exists() and running.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(draw.uniform(0.0, 1.0))
        running.send_signal(sent)
    while running.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    wrong = []
    if running.poll() is None:
        running.send_signal(signal.SIGUSR1)  # says where it is, where it is forked
        time.sleep(2.0)
        running.kill()
        wrong.append(f"did not end in {LONGEST:.0f} s")
    said = noted.read_text("utf-8", "replace")
    if not wrong and running.returncode != right:
        wrong.append(f"status {running.returncode}; expected {right}")
    if NOISE.search(said):
        wrong.append("there was noise")
    return _way(workers, sent), "; ".join([*wrong, said[-3000:]]) if wrong else ""


def _way(workers: int, sent: signal.Signals | None) -> str:
    return f"{workers} workers, {'by itself' if sent is None else sent.name}"


def main() -> int:
    """Leave as often as asked, or as there is time for, and print counts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--exits", type=int, default=2000)
    parser.add_argument(
        "--first", type=int, default=0, help="number of the first: others than were counted before"
    )
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--workers", type=int, choices=(0, 2), help="only with so many; else with either")
    parser.add_argument("--forked", action="store_true", help="fork instead of starting Python: much quicker")
    options = parser.parse_args()
    # Behind a shell's `&` it is ignored, and so by every program started here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if options.forked:
        load_engine()
    until = time.monotonic() + 60 * options.minutes
    ways = [way for way in WAYS if options.workers in (None, way[0])]
    counts, wrong = Counter[str](), 0
    place = Path(tempfile.mkdtemp(prefix="exits-"))  # not a context: a fork would remove it when it ends
    for number in range(options.first, options.first + options.exits):
        if time.monotonic() > until:
            break
        way, said = leave_once(number, place, ways, forked=options.forked)
        counts[way] += 1
        if said:
            wrong += 1
            print(f"WRONG {number}, {way}: {said}", flush=True)
    shutil.rmtree(place)
    print(json.dumps({"exits": counts.total(), "wrong": wrong, **counts}, indent=2))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
