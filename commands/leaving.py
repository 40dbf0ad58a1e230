"""How the program ends."""

import atexit
import os
import sys
import threading
from contextlib import suppress
from typing import NoReturn


def leave(status: int) -> NoReturn:
    """End as Python does, threads waited for and files closed, but do not take the loaded libraries apart.

    Some of them abort in that now and then, with all results written and status 134.
    """
    threading._shutdown()  # type: ignore[attr-defined]  # what Python does first and second at an exit
    atexit._run_exitfuncs()
    _end(status)


def leave_threads_behind() -> None:
    """At exit, flush output and end with status 1 even if connection threads still run.

    Python aborts if such a thread writes while it shuts down.
    """
    atexit.register(_end, 1)


def _end(status: int) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)
