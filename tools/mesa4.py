"""Run our model, scenarios and store under the pre-release of Mesa 4, in an environment of its own.

    python tools/mesa4.py [arguments of pytest]        (what `make mesa4` does)

The environment has Mesa 4 by its lock and takes everything else from the one this is started with, so that Mesa alone
is another. That one keeps Mesa 3.5.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-mesa4.lock"
FOLDER = ROOT / ".venv-mesa4"
#: Tests made for Mesa 4, and those of the model, of the example and of the benchmark's peer that 3.5 runs too.
TESTS = (
    "tests/mesa4",
    "tests/test_mesa_model.py",
    "tests/test_mesa_example.py",
    "tests/test_benchmarks.py::test_every_peer_tells_the_engines_story_on_the_same_draws[mesa]",
)
#: Of these, what calls `mesa.batch_run`, which Mesa 4 does not have: itself, or in the page that it runs.
WITH_BATCH_RUN = (
    "test_mesa_runs_a_batch_with_settings_by_name",
    "test_the_guide_to_extending_runs_as_written",
)
SCRIPTS, EXE = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")


def python_in(folder: Path) -> Path:
    """The Python of an environment."""
    return folder / SCRIPTS / f"python{EXE}"


def stamp() -> str:
    """What the environment is made of: the lock, this Python, and the environment it takes the rest from."""
    return f"{LOCK.read_text(encoding='utf-8')}\n{sys.version}\n{sys.prefix}\n"


def make(folder: Path) -> Path:
    """Make the environment, unless it is there; returns its Python. Raises CalledProcessError."""
    finished = folder / "gongzhi-stamp"
    if finished.is_file() and finished.read_text(encoding="utf-8") == stamp():
        return python_in(folder)
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, symlinks=os.name != "nt")
    python = python_in(folder)
    uv = Path(sys.prefix) / SCRIPTS / f"uv{EXE}"
    install = [uv, "pip", "install", "-q", "--python", python, "--no-deps", "--require-hashes", "-r", LOCK]
    subprocess.run(
        install, check=True, env={**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "1"}
    )
    own = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    # Behind its own packages: what is in both is taken from its own.
    others = f"{sysconfig.get_path('purelib')}\n{ROOT}\n"
    (Path(own) / "gongzhi.pth").write_text(others, encoding="utf-8")
    finished.write_text(stamp(), encoding="utf-8")
    return python


def main() -> None:
    """Make the environment and run the tests in it."""
    try:
        python = make(FOLDER)
    except subprocess.CalledProcessError:
        sys.exit("Mesa 4 could not be installed; uv says why above.")
    left_out = [f"--deselect=tests/test_mesa_model.py::{name}" for name in WITH_BATCH_RUN]
    tests = ["-m", "pytest", "-q", *TESTS, *left_out, *sys.argv[1:]]
    environment = {**os.environ, "GONGZHI_MESA_3": sys.executable}
    sys.exit(subprocess.run([python, *tests], cwd=ROOT, env=environment, check=False).returncode)


if __name__ == "__main__":
    main()
