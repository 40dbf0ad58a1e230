"""How a command ends whose connection to a cluster was lost."""

import atexit
import os
import sys
from contextlib import suppress


def leave_threads_behind() -> None:
    """End with status 1 once all has been said and put away, whatever threads of the connection still do.

    They may write while Python closes down, which it answers by aborting.
    """
    atexit.register(_leave)


def _leave() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(1)
