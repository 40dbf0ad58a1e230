"""Run a command as on a slow laptop: with the processor time of every core held to a share, by a quota of the kernel.

    sudo .venv/bin/python benchmarks/slowly.py [--speed 0.5] COMMAND ...

Linux with control groups (version 1 or 2), as root. The command and all it starts are put into a group of their own,
which gets `speed` times the seconds of each core it may use; nothing else is changed, so that caches and disk are as
fast as ever. Prints the seconds it took, and ends with the command's own exit code.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PERIOD_US = 100_000


def limited(group: Path, speed: float) -> None:
    """Write the quota of a group."""
    cores = len(os.sched_getaffinity(0))
    quota = int(PERIOD_US * cores * speed)
    if (group / "cpu.max").exists():
        (group / "cpu.max").write_text(f"{quota} {PERIOD_US}")
    else:
        (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
        (group / "cpu.cfs_quota_us").write_text(str(quota))


def main() -> None:
    """Make the group, run the command in it, take it away again."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--speed", type=float, default=0.5, help="of each core, above 0 and below 1")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if not 0.0 < options.speed < 1.0 or not options.command:
        parser.error("expected a speed above 0 and below 1, and a command")
    parent = ROOT / "cpu" if (ROOT / "cpu").is_dir() else ROOT
    group = parent / f"gongzhi-{os.getpid()}"
    group.mkdir()
    try:
        limited(group, options.speed)
        began = time.perf_counter()
        ended = subprocess.run(
            options.command, preexec_fn=lambda: (group / "cgroup.procs").write_text(str(os.getpid()))
        )
        print(f"{time.perf_counter() - began:.1f} s at {options.speed:g} of the speed", file=sys.stderr)
    finally:
        group.rmdir()
    raise SystemExit(ended.returncode)


if __name__ == "__main__":
    main()
