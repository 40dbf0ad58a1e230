"""How a command ends whose connection to a cluster was lost."""

import atexit
import os
import sys
from contextlib import suppress


def leave_threads_behind() -> None:
    """At exit, flush output and end with status 1 even if connection threads still run.

    Python aborts if such a thread writes while it shuts down.
    """
    atexit.register(_leave)


def _leave() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(1)
