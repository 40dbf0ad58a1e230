"""Which version of the project this is, and of what its results depend on."""

import platform
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("numpy", "numba", "mesa", "pandas", "matplotlib", "pydantic")


def project_version() -> str:
    """The version installed, or that of the source tree where nothing is installed."""
    try:
        return version("gongzhi")
    except PackageNotFoundError:
        source = Path(__file__).parents[1] / "pyproject.toml"
        return str(tomllib.loads(source.read_text(encoding="utf-8"))["project"]["version"])


def package_versions() -> dict[str, str]:
    """Versions of Python, of the project and of the packages its results depend on."""
    return {
        "python": platform.python_version(),
        "gongzhi": project_version(),
        **{name: version(name) for name in PACKAGES},
    }
