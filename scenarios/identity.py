"""What rows depend on beside scenario and seed: the code they pass through, and the libraries that compute."""

from collections.abc import Iterable
from importlib import resources
from importlib.metadata import version

from compiling.sources import sources_digest

#: Their versions can change the last bit of a number.
LIBRARIES = ("numpy", "numba", "llvmlite")


def code_of(files: Iterable[str]) -> str:
    """Sixteen bytes in hexadecimal that change with the model's code, these files of `scenarios`, or a library."""
    own = resources.files("scenarios")
    versions = (f"{name} {version(name)}".encode() for name in LIBRARIES)
    return sources_digest(*((own / name).read_bytes() for name in files), *versions)
