"""Make the virtual environment what the locks say, and do nothing when it already is.

    python tools/bootstrap.py [--venv .venv] [--with {demo,dev,lock}]

demo installs what running needs and compiles the engine, dev installs also what the tests and checks need, lock only
uv. An environment once made with dev stays so. Needs Python 3.12 and nothing else, on Linux, macOS and Windows.
"""

import argparse
import contextlib
import csv
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MINIMUM = (3, 12)
LOCKS = {"demo": "requirements.lock", "dev": "requirements-dev.lock"}
#: What installers that are started keep open: the lock.
KEPT_OPEN: list[int] = []
SCRIPTS, EXE = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")


class Environment:
    """One virtual environment, the stamp that says what was installed into it, and the mark of what is not finished.

    Whatever ends the program at whatever moment, the next call finds either a finished environment or a mark, and
    makes the environment anew.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / SCRIPTS / f"python{EXE}"
        self.uv = folder / SCRIPTS / f"uv{EXE}"
        self.stamp = folder / "gongzhi-stamp"
        self.unfinished = folder / "gongzhi-unfinished"
        self.origin = folder / "gongzhi-origin"
        self.version = f"{sys.version_info[0]}.{sys.version_info[1]}"

    def make(self, kind: str) -> None:
        """Make the folder, or remake one that is not finished, broken, moved, or not of the PYTHON asked for."""
        for passing in (self._beside("removed"), self._beside("new")):
            if passing.exists():  # of a set-up that was broken off
                shutil.rmtree(passing)
        made = self.origin.read_text("utf-8").splitlines() if self.origin.is_file() else []
        right_python = made[1:] == [self.version] or not os.environ.get("PYTHON")
        finished = not self.unfinished.exists()
        if finished and made[:1] == [str(ROOT)] and right_python and self._runs():
            return
        if self.folder.is_file():
            sys.exit(f"{self.folder} is a file: please move it away.")
        if self.folder.exists() and any(self.folder.iterdir()):
            if finished and not (self.folder / "pyvenv.cfg").is_file():
                sys.exit(f"{self.folder} exists and is not a virtual environment: please move it away.")
            why = "broken, moved, or not of the Python asked for" if finished else "its set-up was broken off"
            say(f"Replacing {self.folder.name}: {why}")
        self._begin(kind)

    def _begin(self, kind: str) -> None:
        """Make an empty environment in place of what is there; it bears the mark from its first moment."""
        kind = self._kind(kind)
        if self.folder.exists():
            # Renamed first: half of a folder would be nobody's.
            self.folder.rename(self._beside("removed"))
            shutil.rmtree(self._beside("removed"))
        say(f"Making {self.folder.name} with Python {sys.version.split()[0]}")
        new = self._beside("new")
        new.mkdir(parents=True)
        (new / self.unfinished.name).write_text(kind, "utf-8")
        new.rename(self.folder)
        venv.create(self.folder, symlinks=os.name != "nt")
        if not run([self.python, "-Im", "ensurepip", "--upgrade", "--default-pip"], quiet=True):
            sys.exit("pip could not be put into the environment; Python's module ensurepip says why above.")
        self.origin.write_text(f"{ROOT}\n{self.version}", "utf-8")

    def _beside(self, word: str) -> Path:
        return self.folder.with_name(f"{self.folder.name}.gongzhi-{word}")

    def _kind(self, kind: str) -> str:
        """What is to be installed: an environment once made with dev stays so."""
        known = [file.read_text("utf-8") for file in (self.stamp, self.unfinished) if file.is_file()]
        return "dev" if any(text.split(" ")[0] == "dev" for text in known) else kind

    def get_uv(self) -> bool:
        """Install the pinned uv with pip. Returns whether there is one that runs."""
        lock = ROOT / "requirements-uv.lock"
        say("Fetching uv, which installs the rest")
        return self.pip("-qq", "--require-hashes", "-r", lock) and run([self.uv, "--version"])

    def get_uv_alone(self) -> None:
        """Install uv and nothing else, into what is there."""
        self._mark("lock")
        if not self.get_uv():
            sys.exit("uv could not be installed; the locks are made with it.")
        self.unfinished.unlink()

    def install(self, kind: str) -> None:
        """Install the locked packages, then the project itself as an editable install."""
        kind = self._kind(kind)
        lock = ROOT / LOCKS[kind]
        stamp = f"{kind} {digest(lock, ROOT / 'requirements-uv.lock', ROOT / 'pyproject.toml')}\n"
        if self.stamp.is_file() and self.stamp.read_text("utf-8") == stamp:
            return
        self._mark(kind)
        has_uv = self.get_uv()
        say(f"Installing {lock.name}")
        sync = [self.uv, "pip", "sync", "--python", self.python, "--require-hashes", lock]
        if not (has_uv and run(sync, uv_environment(self.python))):
            if has_uv:  # and left some packages half installed, which pip would take for whole
                self._begin(kind)
            say("uv cannot be used here; installing with pip instead, which takes a minute or two")
            if not self.pip("--require-hashes", "-r", lock):
                sys.exit("The packages could not be installed; pip says why above.")
        if not self.pip("-q", "--no-build-isolation", "--no-deps", "-e", ROOT):
            sys.exit("The project itself could not be installed; pip says why above.")
        missing = next(self.incomplete(), None)
        if missing is not None:
            sys.exit(f"{missing} is missing or cut short; the same command again makes everything anew.")
        replace(self.stamp, stamp)
        self.unfinished.unlink()

    def _mark(self, kind: str) -> None:
        """Until the end, a broken-off install must not look finished."""
        replace(self.unfinished, kind)

    def incomplete(self) -> Iterator[Path]:
        """Files of installed packages that are not there in the size that is recorded, and packages without record."""
        for package in self.folder.glob("[Ll]ib/**/site-packages/*.dist-info"):
            record = package / "RECORD"
            if not record.is_file():
                yield record
                continue
            with record.open(encoding="utf-8", newline="") as lines:
                for name, _, size in csv.reader(lines):
                    file = package.parent / name
                    if size and not (file.is_file() and file.stat().st_size == int(size)):
                        yield file

    def compile_engine(self) -> None:
        """Compile the engine where it is not, so that no command has to; the first run does what fails here."""
        if not run([self.python, "-P", "-m", "model.preparation"], without_bytecode_refused()):
            say("The engine could not be compiled now; the first run tries again")

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


def without_bytecode_refused() -> dict[str, str]:
    """The environment, in which Python may keep the bytecode of what it imports: commands start sooner."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def run(command: list[str | Path], environment: dict[str, str] | None = None, *, quiet: bool = False) -> bool:
    """Run a command with its output shown, or only what it complains of. Returns whether it succeeded."""
    try:
        words = [str(word) for word in command]
        out = subprocess.DEVNULL if quiet else None
        return (
            subprocess.run(words, env=environment, cwd=ROOT, pass_fds=KEPT_OPEN, stdout=out).returncode == 0
        )
    except OSError as problem:  # a uv built for another machine does not start at all
        print(problem, file=sys.stderr)
        return False


def replace(file: Path, text: str) -> None:
    """Write a small file whole or not at all."""
    passing = file.with_name(f"{file.name}.new")
    passing.write_text(text, "utf-8")
    passing.replace(file)


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


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until nobody else sets up this environment, an installer left by a set-up that was killed included."""
    lock = folder.with_name(f"{folder.name}.gongzhi-lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as held:
        try:
            import fcntl
        except ImportError:  # Windows, where what is open cannot be removed
            yield
            return
        os.set_inheritable(held.fileno(), True)  # installers hold it as long as they live
        KEPT_OPEN.append(held.fileno())
        with contextlib.suppress(OSError):  # a file system without locks
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"Another set-up of {folder.name} is under way; waiting for its end")
                fcntl.flock(held, fcntl.LOCK_EX)
        yield


def main() -> None:
    """Read the arguments and bring the environment up to date."""
    options = arguments().parse_args()
    if sys.version_info < MINIMUM:
        sys.exit(f"{sys.executable} is Python {sys.version.split()[0]}; 3.12 or newer is needed.")
    environment = Environment((ROOT / options.venv).absolute())
    with alone(environment.folder):
        environment.make(options.kind)
        if options.kind == "lock":
            environment.get_uv_alone()
        else:
            environment.install(options.kind)
        if options.kind == "demo":
            environment.compile_engine()


if __name__ == "__main__":
    main()
