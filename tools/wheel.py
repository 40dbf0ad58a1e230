"""Make a wheel with the engine compiled in it, or a folder to install from without a network.

    python tools/wheel.py [--families x86-64-v3 x86-64-v4] [--to dist] [--packages]   (`make wheel`, `make offline`)

The machine code is compiled for whole families of processors (`compiling.shipped`), so that the first run of whoever
installs the wheel need not compile. It is for this system; for another version of Numba or LLVM, or a processor of
none of the families, the engine is compiled by the first run. The wheel is kept only if the code of every family this
processor is one of gives the results of the engine that was compiled here.
`--packages` adds the locked packages, of which pip makes an environment without a network; to fetch them takes one.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bootstrap import say
from hatchling.builders.wheel import WheelBuilder

from compiling.shipped import FAMILIES, SHIPPED, folder_of, is_of

ROOT = Path(__file__).resolve().parent.parent
#: What a wheel is built of, beside the packages that pyproject.toml names.
BESIDE = ("pyproject.toml", "README.md", "LICENSE")
COMPILE = "from model.preparation import make_all_but_week, make_week; make_week(); make_all_but_week()"
#: Prints a digest of results. Its argument says whether the engine may be compiled first.
RUN = """
import hashlib, sys
from compiling.entries import is_first_run
from model.engine import simulate
from model.specification import Compound, Scenario

if is_first_run() and sys.argv[1:] != ["compiling"]:
    sys.exit("the machine code is not found")
results = simulate(Scenario(compound=Compound(households=60, buildings=2), horizon_weeks=60), range(20))
print(hashlib.blake2b(results.series.tobytes()).hexdigest())
"""


class PlatformWheel(WheelBuilder):
    """A wheel for this system, whatever the version of Python."""

    def get_default_build_data(self) -> dict[str, Any]:
        """What hatchling starts from, with this system's tag."""
        system = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        return {**super().get_default_build_data(), "pure_python": False, "tag": f"py3-none-{system}"}


def make_wheel(families: Sequence[str], to: Path) -> Path:
    """Compile, try and build; `to` is left as it was where one of these fails."""
    with tempfile.TemporaryDirectory() as folder:
        stage, scratch = Path(folder) / "gongzhi", Path(folder)
        copy_sources(stage)
        say(f"Compiling the engine for {' and '.join(families)} (about a minute)")
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda family: compile_for(family, stage, scratch / family), families))
        expected = digest_of_results(ROOT, None)
        # The slowest first: the fastest that is there is what runs.
        for family in (one for one in reversed(FAMILIES) if one in families):
            shipped = stage / "compiling" / SHIPPED.name / folder_of(family)
            shipped.mkdir(parents=True)
            for file in (scratch / family).rglob("*.o"):
                shutil.copy(file, shipped)
            try_code(family, stage, scratch / "none", expected)
        (built,) = PlatformWheel(str(stage)).build(directory=str(scratch / "built"))
        to.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(built, to))


def copy_sources(stage: Path) -> None:
    """What the wheel is built of, without what running leaves behind."""
    stage.mkdir()
    for name in BESIDE:
        shutil.copy(ROOT / name, stage)
    for package in WheelBuilder(str(ROOT)).config.packages:
        shutil.copytree(ROOT / package, stage / package, ignore=shutil.ignore_patterns("__pycache__"))


def compile_for(family: str, stage: Path, cache: Path) -> None:
    """Compile the staged sources for a family into the cache folder."""
    # No features beyond the family's: Numba would add those of this processor.
    run(COMPILE, stage, cache, NUMBA_CPU_NAME=family, NUMBA_CPU_FEATURES="")


def try_code(family: str, stage: Path, cache: Path, expected: str) -> None:
    """Run what is staged with an empty cache. Ends the program where it does not give the expected results."""
    if not is_of(family):
        say(f"{family}: not tried, this processor being none of them")
    elif digest_of_results(stage, cache) != expected:
        sys.exit(
            f"The code for {family} gives other results than the engine compiled here: no wheel was made."
        )


def digest_of_results(code: Path, cache: Path | None) -> str:
    """A digest of what the sources in `code` give; with a cache folder only where nothing need be compiled."""
    return run(RUN, code, cache, *(["compiling"] if cache is None else []))


def run(text: str, code: Path, cache: Path | None, *arguments: str, **more: str) -> str:
    """Run a text with the sources in `code`; returns what it printed. Ends the program where it fails."""
    surroundings = {**os.environ, "PYTHONPATH": str(code), **more}
    if cache is not None:
        surroundings["GONGZHI_CACHE_DIR"] = str(cache)
    command = [sys.executable, "-P", "-c", text, *arguments]
    done = subprocess.run(command, env=surroundings, cwd=code, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit("The engine could not be compiled or run; Python says why above.")
    return done.stdout


def fetch_packages(to: Path) -> None:
    """Fetch the locked packages for this system and this Python, each checked against the lock."""
    say("Fetching the locked packages")
    lock = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", ROOT / "requirements.lock")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-q", "-d", to, *lock]
    if subprocess.run([str(word) for word in command]).returncode:
        sys.exit("The packages could not be fetched; pip says why above.")


def main() -> None:
    """Make what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--families", nargs="+", choices=list(FAMILIES), default=list(FAMILIES))
    parser.add_argument("--to", type=Path, default=ROOT / "dist")
    parser.add_argument("--packages", action="store_true", help="fetch the locked packages too")
    options = parser.parse_args()
    if platform.machine().lower() not in ("x86_64", "amd64"):
        sys.exit(f"No family of processors is known for {platform.machine()}; here the first run compiles.")
    wheel = make_wheel(options.families, options.to)
    if options.packages:
        fetch_packages(options.to)
    size = sum(file.stat().st_size for file in options.to.iterdir()) / 1e6
    say(f"Made {wheel.name}; {options.to} holds {size:,.0f} MB")


if __name__ == "__main__":
    main()
