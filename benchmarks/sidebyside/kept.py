"""Where measurements are kept, and on what they were made."""

import json
import os
import platform
import subprocess
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from standin.floor import FLAGS, compiler

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "benchmarks" / "results"
RESULTS = FOLDER / "peers.json"
AGENTS_WHOLE = FOLDER / "agents_100k.json"
AGENTS_UNFINISHED = ROOT / "results" / "agents_100k.unfinished.json"
LONG_RUNS = FOLDER / "long_runs.json"
PACKAGES = ("gongzhi", "mesa", "numpy", "numba", "llvmlite", "scipy")


def load(file: Path) -> dict[str, Any] | None:
    """What a file holds; None when there is none."""
    return json.loads(file.read_text("utf-8")) if file.is_file() else None


def save(file: Path, content: dict[str, Any]) -> None:
    """Write a file whole or not at all."""
    file.parent.mkdir(exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
    partial.replace(file)


def circumstances() -> dict[str, Any]:
    """The machine, the versions and the day of a measurement."""
    gcc = compiler()
    said = subprocess.run([gcc, "--version"], capture_output=True, text=True).stdout if gcc else ""
    return {
        "date": date.today().isoformat(),
        "code": _git("rev-parse", "--short=12", "HEAD") or "unknown",
        "changed": bool(_git("status", "--porcelain", "--", "agents", "model", "benchmarks/standin")),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
        if hasattr(os, "sysconf")
        else None,
        "system": f"{platform.system()} {platform.machine()}",
        "load_before": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "gcc": said.partition("\n")[0],
        "gcc_flags": " ".join(FLAGS),
    }


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    fields = dict(line.split("\t: ", 1) for line in lines if "\t: " in line)
    kind = f"family {fields.get('cpu family', '?')}, model {fields.get('model\t', fields.get('model', '?'))}"
    return f"{fields.get('model name', 'unknown')} ({kind})"
