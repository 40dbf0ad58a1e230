"""Compile the engine's functions once and keep the result, keyed by everything that could change it.

Numba's own cache looks only at the file a function stands in; a changed rule in another file would go
unnoticed. The cache folder therefore carries a hash of all sources of `agents` and `model` and the versions
of Python, NumPy and Numba. It lives in the user's cache folder, or where `GONGZHI_CACHE_DIR` says, or, when
neither can be written, in a temporary folder.
"""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numba
import numpy as np

_KEPT_VERSIONS = 3


def compiled[F: Callable[..., Any]](function: F) -> F:
    """Compile a function of the engine on first use: no fast-math, no global lock, cached on disk."""
    return _compile(function)


def _compile[F: Callable[..., Any]](function: F, **options: bool) -> F:
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(cache_folder())
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy", **options)(function)
    finally:
        numba.config.CACHE_DIR = before


def inlined[F: Callable[..., Any]](function: F) -> F:
    """Compile what is done for one household into the loop that does it.

    Such a function takes arrays, not the world: handing over the world costs more than the work itself.
    """
    return _compile(function, forceinline=True)


@cache
def cache_folder() -> Path:
    """The folder of compiled code for exactly these sources and versions; created when missing."""
    root = _writable_root()
    folder = root / _version_key()
    folder.mkdir(parents=True, exist_ok=True)
    folder.touch()
    _forget_old_versions(root, keep=folder)
    return folder


def is_first_run() -> bool:
    """Whether the engine has to compile before it can run (about half a minute, once)."""
    return not any(cache_folder().rglob("*.nbi"))


def _version_key() -> str:
    digest = hashlib.blake2b(digest_size=12)
    digest.update(f"{sys.version}|{np.__version__}|{numba.__version__}".encode())
    for package in ("agents", "model"):
        for source in sorted(resources.files(package).iterdir(), key=lambda f: f.name):
            if source.name.endswith(".py"):
                digest.update(source.name.encode())
                digest.update(source.read_bytes())
    return digest.hexdigest()


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
