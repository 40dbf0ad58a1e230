"""Machine code that came with the package, compiled in advance for a whole family of processors.

`tools/wheel.py` puts it into a wheel, so that the first run on a computer need not compile. It is taken where the
sources and the versions of Numba and LLVM are those it was made with, and the processor has all its family has. Code
compiled on this computer goes first, and where nothing fits, the engine is compiled as ever.
"""

import platform
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

from llvmlite import binding as llvm

from compiling.sources import sources_digest

_V2 = {"cx16", "popcnt", "sahf", "sse3", "sse4.1", "sse4.2", "ssse3"}
_V3 = _V2 | {"avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe", "xsave"}
_V4 = _V3 | {"avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl"}
#: Families by the name LLVM has for them, the fastest first, and the features every member has, in LLVM's words.
#: The levels of x86-64 are those of its psABI.
FAMILIES = {"x86-64-v4": frozenset(_V4), "x86-64-v3": frozenset(_V3)}
#: Where the machine code lies in the package: a folder a family.
SHIPPED = Path(__file__).parent / "machine_code"


def shipped_file(entry: str) -> Path | None:
    """The object file of an entry that fits this computer best; None where none came with the package."""
    if not SHIPPED.is_dir():
        return None
    files = (SHIPPED / folder_of(family) / f"{entry}.o" for family in FAMILIES if is_of(family))
    return next((file for file in files if file.exists()), None)


def is_of(family: str) -> bool:
    """Whether this computer's processor has all that a family has."""
    has = llvm.get_host_cpu_features()
    return all(has.get(feature, False) for feature in FAMILIES[family])


@cache
def folder_of(family: str) -> str:
    """The folder of a family below `SHIPPED`: a digest of everything its code depends on."""
    made_with = f"{version('numba')}|{version('llvmlite')}|{version('numpy').partition('.')[0]}"
    made_for = f"{sys.platform}|{platform.machine()}|{family}"
    return sources_digest(made_with.encode(), made_for.encode(), size=12)
