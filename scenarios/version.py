"""Which version of the project this is, and of what its results depend on."""

import platform
import subprocess
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

#: By which algorithm the hashes of a manifest are made.
HASHES = {"files": "BLAKE2b, 16 bytes", "content_hash": "BLAKE2b, 16 bytes", "code": "BLAKE2b, 16 bytes"}
PACKAGES = ("numpy", "numba", "mesa", "pandas", "matplotlib", "pydantic")


def project_version() -> str:
    """The version installed, or that of the source tree where nothing is installed."""
    try:
        return version("gongzhi")
    except PackageNotFoundError:
        source = Path(__file__).parents[1] / "pyproject.toml"
        return str(tomllib.loads(source.read_text(encoding="utf-8"))["project"]["version"])


@cache
def source_commit() -> str:
    """The commit of the source tree, and whether files have been changed since; empty where there is no such tree."""
    root = Path(__file__).parents[1]
    if not (root / ".git").exists():
        return ""
    try:
        commit, changed = (
            subprocess.run(
                ["git", "-C", root, *asked], capture_output=True, text=True, timeout=10, check=True
            ).stdout.strip()
            for asked in (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return commit + (", files changed since" if changed else "")


def package_versions() -> dict[str, str]:
    """Versions of Python, of the project and of the packages its results depend on."""
    return {
        "python": platform.python_version(),
        "gongzhi": project_version(),
        **{name: version(name) for name in PACKAGES},
    }
