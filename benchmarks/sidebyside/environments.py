"""The throw-away environments of the peers: made on first use under `.venv-peers/`, removed by `make clean`.

A peer that does not install is not left out in silence: what the installer said is its result.
"""

import hashlib
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bootstrap import EXE, SCRIPTS, uv_environment

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".venv-peers"
PINS = Path(__file__).parents[1] / "peers.txt"
PATIENCE = 300


class NotInstalledError(Exception):
    """A peer's environment could not be made; the message says why."""


@dataclass(frozen=True)
class Pins:
    """One section of peers.txt: the packages with their versions, and the Python they need, if not this one."""

    packages: tuple[str, ...]
    python: str | None = None


def pins(text: str) -> dict[str, Pins]:
    """The sections of peers.txt by name."""
    sections: dict[str, list[str]] = {}
    for line in (line.strip() for line in text.splitlines()):
        if line.startswith("["):
            lines = sections.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return {
        name: Pins(
            tuple(line for line in lines if "==" in line),
            next((line.split()[1] for line in lines if line.startswith("python ")), None),
        )
        for name, lines in sections.items()
    }


def python_of(environment: str) -> Path:
    """The Python of a peer's environment, which is made when it is missing or its pins have changed.

    Raises NotInstalledError with what the installer said.
    """
    wanted = pins(PINS.read_text("utf-8"))[environment]
    folder = FOLDER / environment
    python = folder / SCRIPTS / f"python{EXE}"
    stamp, made = folder / "stamp", hashlib.sha256(repr(wanted).encode()).hexdigest()
    if stamp.is_file() and stamp.read_text("utf-8") == made:
        return python
    base = _find_python(wanted.python) if wanted.python else sys.executable
    _uv("venv", "--quiet", "--clear", "--python", base, folder)
    _uv("pip", "install", "--quiet", "--only-binary", ":all:", "--python", python, *wanted.packages)
    stamp.write_text(made, "utf-8")
    return python


def _find_python(version: str) -> str:
    found = subprocess.run(["sh", ROOT / "tools" / "find-python", version], capture_output=True, text=True)
    if found.returncode:
        raise NotInstalledError(f"needs Python {version}, which this machine does not have")
    return found.stdout.strip()


def _uv(*arguments: str | Path) -> None:
    uv = Path(sys.executable).parent / f"uv{EXE}"
    command = [str(word) for word in (uv, *arguments)]
    try:
        done = subprocess.run(
            command,
            env=uv_environment(Path(sys.executable)),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        raise NotInstalledError(f"gave up after {PATIENCE} seconds") from None
    except OSError as problem:
        raise NotInstalledError(f"uv cannot be used: {problem.strerror}") from None
    if done.returncode:
        raise NotInstalledError(plain(done.stderr))


def plain(said: str) -> str:
    """What a program said, in one line, without addresses and folders of this machine."""
    said = re.sub(r"https?://\S+", "(address)", said)
    said = re.sub(rf"{re.escape(os.sep)}[\w.@+-]+(?:{re.escape(os.sep)}[\w.@+-]*)+", "(folder)", said)
    return " ".join(re.sub(r"[×╰─▶│├]", " ", said).split())[:400]
