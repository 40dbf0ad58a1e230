"""Cut the power under a sweep, on a real file system that forgets what was not flushed (LazyFS, by FUSE).

    nice -n 10 python tools/lost_pages.py --lazyfs build/lazyfs --cuts 100

LazyFS (https://github.com/dsrhaslab/lazyfs) keeps what is written in a page cache of its own until a program flushes
it. Each cut: all processes of the sweep are killed at a random moment, the cache is thrown away, the file system is
taken off and mounted again. Then every row that `Store.append` had returned for must be there. In the end the tables
must be equal bit for bit to those of an undisturbed sweep. Names are kept by LazyFS at once; states in which they are
lost, too, are those of `tools/crash_states.py`.
"""

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from scenarios.store import Store
from scenarios.sweep import load_sweep, run_sweep, running

ROOT = Path(__file__).parents[1]
FILE = """
id = "lost_pages"
cases = ["danwei_courtyard"]
strategies = ["none", "full_bundle"]
seeds = {seeds}
outcomes = ["final_valid_consent", "office_hours_total"]
weekly = ["valid_consent", "insincere_share"]
[levers]
programme.consent_gate = [0.6, 0.8]
[constants]
horizon_weeks = 26
"""
SETTINGS = """
[faults]
fifo_path = "{place}/commands"
fifo_path_completed = "{place}/completed"
[cache]
apply_eviction = false
[cache.simple]
custom_size = "0.5GB"
blocks_per_page = 1
[filesystem]
log_all_operations = false
logfile = "{place}/log"
"""
#: Rows are written much more often than usually, so that cuts meet writes.
FLUSH_SECONDS = 0.1
PATIENCE_SECONDS = 30.0


class Forgetful:
    """A folder `mnt` on LazyFS, its files kept in `root`."""

    def __init__(self, program: str, place: Path) -> None:
        self.program, self.place = str(Path(program).resolve()), place
        self.folder = place / "mnt"
        for name in ("mnt", "root"):
            (place / name).mkdir()
        (place / "settings.toml").write_text(SETTINGS.format(place=place), encoding="utf-8")
        self._mount()

    def _mount(self) -> None:
        files = ["-o", "modules=subdir", "-o", f"subdir={self.place / 'root'}", "-f"]
        # Not by its whole path: one with "-o" anywhere in it would not be taken for one.
        command = [self.program, str(self.folder), "--config-path", "settings.toml", *files]
        with (self.place / "said").open("ab") as said:
            self._running = subprocess.Popen(command, cwd=self.place, stdout=said, stderr=said)
        until = time.monotonic() + PATIENCE_SECONDS
        while not (self.folder.is_mount() and (self.place / "completed").exists()):
            if self._running.poll() is not None or time.monotonic() > until:
                sys.exit(f"{self.program} did not mount: {(self.place / 'said').read_text('utf-8')[-500:]}")
            time.sleep(0.02)

    def forget(self) -> None:
        """Lose what was not flushed, and begin anew from what was."""
        with (self.place / "commands").open("w", encoding="utf-8") as commands:
            commands.write("lazyfs::clear-cache\n")
        with (self.place / "completed").open("rb", buffering=0) as completed:
            completed.read(1)  # it is held open: there is no end to be read to
        self.leave()
        self._mount()

    def leave(self) -> None:
        """Take the file system off."""
        subprocess.run(["umount", self.folder], check=True)
        self._running.wait(PATIENCE_SECONDS)
        for name in ("commands", "completed"):
            (self.place / name).unlink(missing_ok=True)


@contextlib.contextmanager
def forgetful(program: str) -> Iterator[Forgetful]:
    """Such a folder, for a while."""
    with tempfile.TemporaryDirectory(prefix="lost-pages-") as place:
        disk = Forgetful(program, Path(place))
        try:
            yield disk
        finally:
            disk.leave()


def drive(file: str, out: str, workers: int, noted: str) -> None:
    """Run the sweep; note keys in a file elsewhere as soon as their rows are said to be safe."""
    running.FLUSH_SECONDS = FLUSH_SECONDS
    append = Store.append
    with Path(noted).open("a", encoding="utf-8") as notes:

        def noting(store: Store, rows, keys=None, *, table=None):  # as append
            path = append(store, rows, keys, table=table)
            if table in (None, store.main):
                notes.write("".join(f"{key}\n" for key in rows["key"].to_pylist()))
                notes.flush()
            return path

        Store.append = noting
        run_sweep(load_sweep(file), out, workers=workers)


def cut(disk: Forgetful, file: Path, workers: int, seconds: float) -> tuple[bool, str]:
    """Run the sweep for so long, then cut the power; whether it ended before, and what is wrong."""
    noted = file.with_suffix(".noted")
    command = [sys.executable, __file__, "--drive", file, disk.folder / "out", str(workers), noted]
    with file.with_suffix(".said").open("wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, start_new_session=True, stderr=said)
    until = time.monotonic() + PATIENCE_SECONDS
    rows = _size(noted)
    while _size(noted) == rows and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)  # until it writes, else most cuts would meet the start
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    ended = process.poll()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    disk.forget()
    if ended:
        return False, f"ended with {ended}: {file.with_suffix('.said').read_text('utf-8')[-500:]}"
    kept = set(noted.read_text("utf-8").split())
    there = Store(disk.folder / "out").keys()
    lost = len(kept - there)
    return ended == 0, f"{lost} of {len(kept)} rows that were kept are lost" if lost else ""


def _size(noted: Path) -> int:
    return noted.stat().st_size if noted.exists() else 0


def series(disk: Forgetful, options: argparse.Namespace, folder: Path) -> int:
    """Sweep after sweep with cuts, until there were enough of them; returns how many times something was wrong."""
    draw, cuts, ends, wrong = random.Random(options.seed), 0, 0, 0
    file = folder / "sweep.toml"
    file.write_text(FILE.format(seeds=options.runs // 4), encoding="utf-8")
    run_sweep(load_sweep(file), folder / "undisturbed")
    right = Store(folder / "undisturbed")
    while cuts < options.cuts:
        ended, said = cut(disk, file, draw.choice((0, 2)), draw.uniform(0.0, options.seconds))
        cuts += 1
        if ended:
            found = Store(disk.folder / "out")
            equal = all(found.table(t).equals(right.table(t)) for t in ("runs", "weekly", "design"))
            said = said or ("" if equal else "the tables differ from those of an undisturbed sweep")
            ends += 1
            subprocess.run(["rm", "-r", disk.folder / "out"], check=True)
            file.with_suffix(".noted").unlink()
        wrong += bool(said)
        print(f"{cuts}/{options.cuts} {said or ('ended, equal' if ended else 'all there')}", flush=True)
    print(f"{cuts} cuts, {ends} sweeps ended with the tables of an undisturbed one, wrong: {wrong}")
    return wrong


def main() -> int:
    """Cut as often as asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lazyfs", help="the program, built from its source")
    parser.add_argument("--cuts", type=int, default=100)
    parser.add_argument("--runs", type=int, default=4000)
    parser.add_argument(
        "--seconds", type=float, default=3.0, help="between the first write and the cut, at most"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drive", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.drive:
        file, out, workers, noted = options.drive
        drive(file, out, int(workers), noted)
        return 0
    if options.lazyfs is None:
        parser.error("--lazyfs: expected the path of the program, built from its source")
    with forgetful(options.lazyfs) as disk, tempfile.TemporaryDirectory() as folder:
        return 1 if series(disk, options, Path(folder)) else 0


if __name__ == "__main__":
    sys.exit(main())
