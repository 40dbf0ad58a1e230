"""Kill a sweep's processes at random, again and again, and compare what remains with an undisturbed run.

    python benchmarks/kills.py --runs 20000 --kills 100 --out /tmp/kills

Kills (SIGKILL) go to the driver, a worker, or the server workers are forked from, at random moments. Prints how many of
each, and whether: every key is there exactly once, the tables are equal bit for bit, no process is left, every part is
readable.
"""

import argparse
import collections
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from scenarios.store import Store
from scenarios.sweep import load_sweep, run_sweep

#: How often each role is met; a driver that dies takes the longest to start again. The tracker is Python's own helper,
#: which cleans up what dead processes leave.
WEIGHTS = {"driver": 0.2, "worker": 0.6, "fork server": 0.15, "tracker": 0.05}
#: Without these the sweep is still starting, and the kill would meet the driver only.
STARTED = {"driver", "worker", "fork server"}

FILE = """
id = "kills"
cases = ["danwei_courtyard"]
strategies = ["none", "full_bundle"]
seeds = {seeds}
outcomes = ["final_valid_consent", "payment_before", "office_hours_total"]
weekly = ["valid_consent", "insincere_share"]
[levers]
programme.consent_gate = [0.6, 0.8]
[constants]
horizon_weeks = 26
"""


def main() -> None:
    """Run the sweep undisturbed and disturbed, and print what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mean-seconds", type=float, default=2.0, help="mean time between kills")
    parser.add_argument("--out", default="")
    options = parser.parse_args()
    folder = Path(options.out or tempfile.mkdtemp(prefix="kills-"))
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "kills.toml"
    file.write_text(FILE.format(seeds=options.runs // 4), encoding="utf-8")
    began = time.perf_counter()
    run_sweep(load_sweep(file), folder / "undisturbed")
    print(f"undisturbed: {time.perf_counter() - began:.0f} s", flush=True)
    killed, starts = disturbed(file, folder / "disturbed", options)
    report(folder, killed, starts)


def disturbed(file: Path, out: Path, options: argparse.Namespace) -> tuple[collections.Counter[str], int]:
    """Run with kills until the kills are used up, then to the end; returns whom they met and how many starts."""
    draw, killed, starts = random.Random(options.seed), collections.Counter[str](), 0
    family: set[psutil.Process] = set()
    driver = start(file, out)
    starts += 1
    while sum(killed.values()) < options.kills:
        time.sleep(draw.expovariate(1 / options.mean_seconds))
        if driver.poll() is not None:
            if driver.returncode != 0:
                print(f"the driver ended by itself with status {driver.returncode}", flush=True)
            elif complete(file, out):
                damage(out, draw)
            driver = start(file, out)
            starts += 1
            continue
        victims = relatives(driver)
        family.update(process for _, process in victims)
        chosen = by_role(victims, draw)
        if not STARTED <= {role for role, _ in chosen}:
            continue
        role, victim = draw.choices(chosen, [WEIGHTS[role] for role, _ in chosen])[0]
        try:
            os.kill(victim.pid, signal.SIGKILL)
            killed[role] += 1
        except ProcessLookupError:
            continue
        if sum(killed.values()) % 10 == 0:
            print(f"{dict(killed)} after {starts} starts", flush=True)
        if role == "driver":
            driver.wait()
            driver = start(file, out)
            starts += 1
    while driver.wait() != 0:
        driver = start(file, out)
        starts += 1
    _, alive = psutil.wait_procs(list(family), timeout=20)
    print(f"processes left: {len(alive)}, of {len(family)}")
    return killed, starts


def start(file: Path, out: Path) -> "subprocess.Popen[bytes]":
    """The sweep as a user starts it."""
    command = [
        sys.executable,
        "-m",
        "commands.cli",
        "sweep",
        str(file),
        "-o",
        str(out),
        "--workers",
        "2",
        "-q",
    ]
    return subprocess.Popen(command, cwd=Path(__file__).parents[1], stderr=subprocess.DEVNULL)


def complete(file: Path, out: Path) -> bool:
    """Whether every run has its row."""
    return len(Store(out).keys()) == len(load_sweep(file))


def damage(out: Path, draw: random.Random) -> None:
    """The sweep ended before the kills were used up: take parts away, so that it has work again."""
    parts = Store(out).parts("runs")
    for part in draw.sample(parts, max(1, len(parts) // 2)):
        part.path.unlink()


def relatives(driver: "subprocess.Popen[bytes]") -> list[tuple[str, psutil.Process]]:
    """The driver and every process below it, by role."""
    try:
        root = psutil.Process(driver.pid)
        below = root.children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    found = [("driver", root)]
    for process in below:
        try:
            role = "worker" if process.ppid() != root.pid else helper(process)
        except psutil.NoSuchProcess:  # or a zombie
            continue
        found.append((role, process))
    return found


def helper(process: psutil.Process) -> str:
    """Which of the two processes that start and clean up for the workers this is."""
    return "tracker" if "resource_tracker" in " ".join(process.cmdline()) else "fork server"


def by_role(
    victims: list[tuple[str, psutil.Process]], draw: random.Random
) -> list[tuple[str, psutil.Process]]:
    """One candidate of each role: drivers are few, workers many."""
    roles = collections.defaultdict(list)
    for role, process in victims:
        roles[role].append(process)
    return [(role, draw.choice(processes)) for role, processes in roles.items()]


def report(folder: Path, killed: collections.Counter[str], starts: int) -> None:
    """Compare the two folders."""
    one, other = Store(folder / "undisturbed"), Store(folder / "disturbed")
    table = other.table()
    print(f"kills: {dict(killed)}, starts of the sweep: {starts}")
    print(f"rows {table.num_rows}, distinct keys {len(set(table['key'].to_pylist()))}")
    print(f"tables equal bit for bit: {all(one.table(t).equals(other.table(t)) for t in one.tables())}")
    found = other.verify()
    print(f"parts {found.parts}, damaged {len(found.damaged)}, keys in more than one part {found.repeated}")
    print(f"files on their way left behind: {len(list(other.folder.rglob('*.writing')))}")


if __name__ == "__main__":
    main()
