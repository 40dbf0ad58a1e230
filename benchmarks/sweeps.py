"""How fast sweeps are, where the time goes, and whether memory stays flat.

    python benchmarks/sweeps.py --runs 1000 10000 100000 --workers 2 [--json]

Compounds of 180 households, 104 weeks, 20 seeds a point of a Latin hypercube of four factors. Prints runs, seconds,
share of the workers' busy time inside the engine, greatest memory of all processes, bytes on the disk.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

FILE = """
id = "speed"
cases = ["national_mean"]
strategies = ["full_bundle"]
seeds = 20
[design]
kind = "latin_hypercube"
n = {points}
[levers]
programme.consent_gate = {{low = 0.6, high = 1.0}}
office.hours_per_household_week = {{low = 0.02, high = 0.16}}
[uncertainties]
support_rate = "plausible"
trust_loss = "plausible"
[constants]
compound.households = 180
compound.buildings = 5
compound.stairwells_per_building = 3
horizon_weeks = 104
"""


def main() -> None:
    """Run sweeps of several sizes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="one line of JSON a size")
    options = parser.parse_args()
    for runs in options.runs:
        with tempfile.TemporaryDirectory() as scratch:
            found = measure(Path(scratch), runs, options.workers)
            print(json.dumps(found) if options.json else in_words(found), flush=True)


def measure(folder: Path, runs: int, workers: int) -> dict[str, float]:
    """One sweep as a user starts it, watched from outside."""
    file = folder / "speed.toml"
    file.write_text(FILE.format(points=max(1, runs // 20)), encoding="utf-8")
    command = [sys.executable, "-m", "commands.cli", "sweep", str(file), "-o", str(folder / "out")]
    command += ["--workers", str(workers), "-q", "--json"]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True)
    root, greatest, cpu = psutil.Process(process.pid), 0, 0.0
    while process.poll() is None:
        memory, used = together(root)
        greatest, cpu = max(greatest, memory), max(cpu, used)
        # A look takes a fiftieth of a second from those it looks at.
        with suppress(subprocess.TimeoutExpired):
            process.wait(1.0)
    seconds = time.perf_counter() - began
    data = json.loads(process.stdout.read() if process.stdout else "{}")
    size = sum(path.stat().st_size for path in (folder / "out").rglob("*") if path.is_file())
    return {
        "runs": runs,
        "workers": workers,
        "seconds": seconds,
        "of_the_sweep": data["seconds"],
        "cpu": cpu,
        "in_engine_of_busy": data["engine_seconds"] / data["busy_seconds"],
        "in_engine_of_all": data["engine_seconds"] / (data["seconds"] * max(1, workers)),
        "memory_peak": greatest / 1e6,
        "bytes_a_run": size / runs,
    }


def in_words(found: dict[str, float]) -> str:
    """One line on a sweep."""
    return (
        f"{found['runs']:>7,} runs: {found['seconds']:.0f} s from start to end ({found['of_the_sweep']:.0f} s of it "
        f"the sweep), {found['runs'] / found['seconds']:,.0f} a second, "
        f"{1000 * found['cpu'] / found['runs']:.1f} ms of processor time a run, "
        f"{100 * found['in_engine_of_busy']:.1f} % of the workers' time in the engine, "
        f"{100 * found['in_engine_of_all']:.1f} % of all worker seconds, "
        f"{found['memory_peak']:.0f} MB at most (all processes), {found['bytes_a_run']:.0f} bytes a run on the disk"
    )


def together(root: psutil.Process) -> tuple[int, float]:
    """Memory (bytes, what processes share counted once for each) and processor seconds of a process and all below."""
    memory, cpu = 0, 0.0
    try:
        family = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0, 0.0
    for process in family:
        try:
            memory += process.memory_full_info().pss if hasattr(psutil, "LINUX") and psutil.LINUX else 0
            times = process.cpu_times()
            cpu += times.user + times.system
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return memory, cpu


if __name__ == "__main__":
    main()
