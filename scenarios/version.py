"""Which version of the project this is, and of what its results depend on."""

import platform
import tomllib
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


def source_commit() -> str:
    """The commit that the source tree was at when it was loaded; empty where there is no such tree.

    Whether files were changed after it shows in the digest of the code.
    """
    return _COMMIT


def _read_commit(root: Path) -> str:
    """The commit of a git repository, of a worktree too, as its files say; empty where they do not."""
    try:
        folder = root / ".git"
        if folder.is_file():  # a worktree, whose own files are elsewhere
            folder = root / folder.read_text("utf-8").partition("gitdir: ")[2].strip()
        head = (folder / "HEAD").read_text("utf-8").strip()
        if not head.startswith("ref: "):
            return head
        reference = head.removeprefix("ref: ")
        shared = folder / "commondir"
        common = folder / shared.read_text("utf-8").strip() if shared.is_file() else folder
        for place in (folder / reference, common / reference):
            if place.is_file():
                return place.read_text("utf-8").strip()
        packed = (common / "packed-refs").read_text("utf-8")
        return next(
            (line.split(" ")[0] for line in packed.splitlines() if line.endswith(f" {reference}")), ""
        )
    except (OSError, ValueError):
        return ""


_COMMIT = _read_commit(Path(__file__).parents[1])


def package_versions() -> dict[str, str]:
    """Versions of Python, of the project and of the packages its results depend on."""
    return {
        "python": platform.python_version(),
        "gongzhi": project_version(),
        **{name: version(name) for name in PACKAGES},
    }
