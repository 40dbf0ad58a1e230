"""Imported once by the server that worker processes are forked from: they begin with a loaded, compiled engine.

Nothing here starts a thread, which a fork would not survive.
"""

import ctypes
import gc
import sys

from model.preparation import load_engine

#: Settings of glibc's `mallopt`, by the numbers of its header.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3


def keep_memory() -> None:
    """Let what one chunk has freed serve the next, where the C library is glibc.

    It would give large arrays back to the system, which clears their pages anew for every chunk.
    """
    settle = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if settle is not None:
        settle(_MMAP_THRESHOLD, 1 << 30)
        settle(_TRIM_THRESHOLD, (1 << 31) - 1)


load_engine()
keep_memory()
# What is loaded stays shared between the workers: the collector does not touch it any more.
gc.collect()
gc.freeze()
