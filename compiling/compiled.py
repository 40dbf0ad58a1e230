"""Compile the engine's functions on first use and cache the machine code, keyed by everything that could change it.

Numba's own cache looks only at the file in which a function is defined; a changed rule in another file would go
unnoticed. The name of the cache folder is therefore a hash of all sources of `agents`, `compiling` and `model`, the
versions of Python, NumPy and Numba, and the processor. The folder lies in the user's cache directory or in
`GONGZHI_CACHE_DIR`; if neither is writable, in a temporary directory.

`compiling.entries` calls cached machine code without importing Numba.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import cache, wraps
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from llvmlite import binding as llvm

from compiling.marks import load_compiler, part, with_compiler
from compiling.plain import IS_PLAIN, plain, plain_tuple
from compiling.sources import sources_digest

_KEPT_VERSIONS = 3


def compiled[F: Callable[..., Any]](function: F) -> F:
    """Compile a function for calls from Python, on first use: no fast-math, no global interpreter lock, cached on disk.

    The cached machine code includes every function it calls.
    """
    return _compiled(function)


def inlined[F: Callable[..., Any]](function: F) -> F:
    """Compile a function that deals with one household, inlined into the loop that calls it."""
    return _compiled(function, inline=True)


def _compiled[F: Callable[..., Any]](function: F, inline: bool = False) -> F:
    if IS_PLAIN:
        return cast(F, plain(function))

    @cache
    def from_python() -> Callable[..., Any]:
        load_compiler()
        from compiling.parts import compile_whole

        return compile_whole(function, str(cache_folder()))

    @wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        return from_python()(*args, **named)

    part(call, function, inline=inline)
    return cast(F, call)


def by_address[T: type](tuple_class: T) -> T:
    """Pass named tuples of this class to compiled code as one pointer instead of all the arrays' headers.

    Calls then compile and run faster. Compiled code takes no reference to the arrays: Python keeps the tuple alive
    during the call, and compiled code must not return views of its arrays.
    """
    if IS_PLAIN:
        return plain_tuple(tuple_class)

    def declare() -> None:
        from compiling.numba_types import pass_by_address

        pass_by_address(tuple_class)

    with_compiler(declare)
    return tuple_class


def held[R](record: R) -> R:
    """Treat the record as constant, so that field reads leave the loop; returns the record itself in Python."""
    return record


def _declare_held() -> None:
    from compiling.numba_types import copy_when_called

    copy_when_called(held)


with_compiler(_declare_held)


@cache
def cache_folder() -> Path:
    """The cache folder for exactly these sources and versions; created if missing."""
    root = _writable_root()
    folder = root / _version_key()
    folder.mkdir(parents=True, exist_ok=True)
    folder.touch()
    _forget_old_versions(root, keep=folder)
    return folder


def _version_key() -> str:
    versions = f"{sys.version}|{version('numpy')}|{version('numba')}|{version('llvmlite')}"
    processor = f"{llvm.get_host_cpu_name()}|{llvm.get_host_cpu_features().flatten()}"
    # Numba compiles for another processor where these say so.
    processor += f"|{os.environ.get('NUMBA_CPU_NAME')}|{os.environ.get('NUMBA_CPU_FEATURES')}"
    return sources_digest(versions.encode(), processor.encode(), size=12)


def _writable_root() -> Path:
    chosen = os.environ.get("GONGZHI_CACHE_DIR")
    base = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.environ.get("XDG_CACHE_HOME")
    usual = Path(base) if base else Path.home() / ".cache"
    for root in (
        Path(chosen) if chosen else usual / "gongzhi",
        Path(tempfile.gettempdir()) / "gongzhi-cache",
    ):
        try:
            root.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=root):
                return root
        except OSError:
            continue
    return Path(tempfile.mkdtemp(prefix="gongzhi-cache-"))


def _forget_old_versions(root: Path, keep: Path) -> None:
    versions = sorted(
        (d for d in root.iterdir() if d.is_dir() and d != keep), key=lambda d: d.stat().st_mtime
    )
    for old in versions[: max(0, len(versions) - _KEPT_VERSIONS + 1)]:
        shutil.rmtree(old, ignore_errors=True)
