"""Compile the engine's functions once and keep the result, keyed by everything that could change it.

Compilers' own caches look only at the file a function stands in; a changed rule in another file would go
unnoticed. The cache folder therefore carries a hash of all sources of `agents`, `compiling` and `model`, the
versions of Python, NumPy and Numba, and the processor. It lives in the user's cache folder, or where
`GONGZHI_CACHE_DIR` says, or, when neither can be written, in a temporary folder.

`compiling.entries` calls what is kept of the engine without loading Numba.
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
    """Compile a function of the engine on first use: no fast-math, no global lock, cached on disk.

    What is cached is what Python has called, with everything below it.
    """
    return _compiled(function)


def inlined[F: Callable[..., Any]](function: F) -> F:
    """Compile what is done for one household into the loop that does it."""
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
    """Hand named tuples of this class to compiled code as one address instead of all the arrays' headers.

    Calls are then cheap to compile and to make. An array read from it does not keep its memory alive: Python
    holds the tuple while compiled code runs, and compiled code returns no view of it to Python.
    """
    if IS_PLAIN:
        return plain_tuple(tuple_class)

    def declare() -> None:
        from compiling.numba_types import pass_by_address

        pass_by_address(tuple_class)

    with_compiler(declare)
    return tuple_class


def held[R](record: R) -> R:
    """A record that stays as it is: compiled code reads its fields once, before a loop, instead of in every turn."""
    return record


def _declare_held() -> None:
    from compiling.numba_types import copy_when_called

    copy_when_called(held)


with_compiler(_declare_held)


@cache
def cache_folder() -> Path:
    """The folder of compiled code for exactly these sources and versions; created when missing."""
    root = _writable_root()
    folder = root / _version_key()
    folder.mkdir(parents=True, exist_ok=True)
    folder.touch()
    _forget_old_versions(root, keep=folder)
    return folder


def _version_key() -> str:
    versions = f"{sys.version}|{version('numpy')}|{version('numba')}|{version('llvmlite')}"
    processor = f"{llvm.get_host_cpu_name()}|{llvm.get_host_cpu_features().flatten()}"
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
