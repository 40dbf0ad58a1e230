"""How the program ends."""

import atexit
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import Any, NoReturn

INTERRUPTED = 130
TERMINATED = 143
#: After which an interruption that nobody heard is said again: until whatever ignored it has ended.
SECONDS_UNTIL_SAID_AGAIN = 0.05


class Terminated(KeyboardInterrupt):
    """The system asks the program to end, as a cluster's scheduler does when the time is up."""


def end_as_with_ctrl_c_on_termination() -> None:
    """End as with Ctrl-C, rows kept, when asked to by the system."""

    def end(*_: Any) -> None:
        raise Terminated

    signal.signal(signal.SIGTERM, end)


def say_ignored_interruptions_again() -> None:
    """Say an interruption again, once what was going on has ended, where Python would print and forget it.

    It is raised wherever the program is. In a destructor, or where a weak reference is told that its object is gone,
    nothing raised gets any further: the program would go on for hours.
    """
    usual = sys.unraisablehook

    def hook(ignored: "sys.UnraisableHookArgs") -> None:
        if not isinstance(ignored.exc_value, KeyboardInterrupt):
            usual(ignored)
            return
        number = signal.SIGTERM if isinstance(ignored.exc_value, Terminated) else signal.SIGINT
        again = threading.Timer(SECONDS_UNTIL_SAID_AGAIN, _to_the_main_thread, [number])
        again.daemon = True
        again.start()

    sys.unraisablehook = hook


def _to_the_main_thread(number: signal.Signals) -> None:
    """Send the signal where it wakes whoever waits, if the system can."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, number)
    else:
        signal.raise_signal(number)


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
