"""Make the virtual environment what the locks say, and do nothing when it already is.

    python tools/bootstrap.py [--venv .venv] [--with {demo,dev,lock}]

demo installs what running needs, dev also what the tests and checks need, lock only uv.
An environment once made with dev stays so. Needs Python 3.12 and nothing else, on Linux, macOS and Windows.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MINIMUM = (3, 12)
LOCKS = {"demo": "requirements.lock", "dev": "requirements-dev.lock"}
SCRIPTS, EXE = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")


class Environment:
    """One virtual environment and the stamp that says what was installed into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / SCRIPTS / f"python{EXE}"
        self.uv = folder / SCRIPTS / f"uv{EXE}"
        self.stamp = folder / "gongzhi-stamp"

    def make(self) -> None:
        """Make the folder, or remake one that is broken, was moved, or is not of the PYTHON asked for."""
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        origin = self.folder / "gongzhi-origin"
        made = origin.read_text("utf-8").splitlines() if origin.is_file() else []
        right_python = made[1:] == [version] or not os.environ.get("PYTHON")
        if made[:1] == [str(ROOT)] and right_python and self._runs():
            return
        if self.folder.exists():
            if not (self.folder / "pyvenv.cfg").is_file():
                sys.exit(f"{self.folder} exists and is not a virtual environment: please move it away.")
            say(f"Replacing {self.folder.name}: broken, moved, or not of the Python asked for")
            shutil.rmtree(self.folder)
        say(f"Making {self.folder.name} with Python {sys.version.split()[0]}")
        venv.create(self.folder, with_pip=True, symlinks=os.name != "nt")
        origin.write_text(f"{ROOT}\n{version}", "utf-8")

    def get_uv(self) -> bool:
        """Install the pinned uv with pip. Returns whether there is one that runs."""
        lock = ROOT / "requirements-uv.lock"
        say("Fetching uv, which installs the rest")
        return self.pip("-qq", "--require-hashes", "-r", lock) and run([self.uv, "--version"])

    def install(self, kind: str) -> None:
        """Install the locked packages, then the project itself as an editable install."""
        had_dev = self.stamp.is_file() and self.stamp.read_text("utf-8").startswith("dev ")
        kind = "dev" if had_dev else kind
        lock = ROOT / LOCKS[kind]
        stamp = f"{kind} {digest(lock, ROOT / 'requirements-uv.lock', ROOT / 'pyproject.toml')}\n"
        if self.stamp.is_file() and self.stamp.read_text("utf-8") == stamp:
            return
        has_uv = self.get_uv()
        # Until the end, a broken-off install must not look finished.
        self.stamp.unlink(missing_ok=True)
        say(f"Installing {lock.name}")
        sync = [self.uv, "pip", "sync", "--python", self.python, "--require-hashes", lock]
        if not (has_uv and run(sync, uv_environment(self.python))):
            say("uv cannot be used here; installing with pip instead, which takes a minute or two")
            if not self.pip("--require-hashes", "-r", lock):
                sys.exit("The packages could not be installed; pip says why above.")
        if not self.pip("-q", "--no-build-isolation", "--no-deps", "-e", ROOT):
            sys.exit("The project itself could not be installed; pip says why above.")
        self.stamp.write_text(stamp, "utf-8")

    def pip(self, *arguments: str | Path) -> bool:
        """Run pip install in the environment. Returns whether it succeeded."""
        return run([self.python, "-m", "pip", "--disable-pip-version-check", "install", *arguments])

    def _runs(self) -> bool:
        return self.python.exists() and run([self.python, "-c", ""])


def uv_environment(python: Path) -> dict[str, str]:
    """Let uv behave as pip does: the system's certificates, and the mirror that pip is set to, if any."""
    environment = dict(os.environ)
    environment["UV_PYTHON_DOWNLOADS"] = "never"
    environment.setdefault("UV_SYSTEM_CERTS", "1")
    mirror = os.environ.get("PIP_INDEX_URL")
    if not mirror:
        asked = [str(python), "-m", "pip", "config", "get", "global.index-url"]
        mirror = subprocess.run(asked, capture_output=True, text=True).stdout.strip()
    if mirror and "UV_INDEX_URL" not in environment:
        environment.setdefault("UV_DEFAULT_INDEX", mirror)
    return environment


def run(command: list[str | Path], environment: dict[str, str] | None = None) -> bool:
    """Run a command with its output shown. Returns whether it succeeded."""
    try:
        return subprocess.run([str(word) for word in command], env=environment, cwd=ROOT).returncode == 0
    except OSError as problem:  # a uv built for another machine does not start at all
        print(problem, file=sys.stderr)
        return False


def digest(*files: Path) -> str:
    """Hash the contents: a fresh checkout changes dates, not what has to be installed."""
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def say(text: str) -> None:
    """Print one step, at once."""
    print(f"==> {text}", flush=True)


def arguments() -> argparse.ArgumentParser:
    """What this tool understands."""
    parser = argparse.ArgumentParser(description="Set up the virtual environment from the locks.")
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv")
    parser.add_argument("--with", dest="kind", choices=["demo", "dev", "lock"], default="demo")
    return parser


def main() -> None:
    """Read the arguments and bring the environment up to date."""
    options = arguments().parse_args()
    if sys.version_info < MINIMUM:
        sys.exit(f"{sys.executable} is Python {sys.version.split()[0]}; 3.12 or newer is needed.")
    environment = Environment((ROOT / options.venv).absolute())
    environment.make()
    if options.kind != "lock":
        environment.install(options.kind)
    elif not environment.get_uv():
        sys.exit("uv could not be installed; the locks are made with it.")


if __name__ == "__main__":
    main()
