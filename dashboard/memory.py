"""Memory that nobody uses any more goes back to the system, in the server and in each worker."""

import ctypes
import importlib
import threading
import time
from collections.abc import Callable
from typing import Any

#: glibc's number for "most arenas".
_M_ARENA_MAX = -8


def give_memory_back(*tidy: Callable[[], None], every: float = 20.0) -> None:
    """Tidy now and then, and have the C library return what is free.

    tidy : called before; every : seconds
    """
    trim = few_arenas()

    def run() -> None:
        while True:
            time.sleep(every)
            for one in tidy:
                one()
            trim()

    threading.Thread(target=run, daemon=True).start()


def few_arenas() -> Callable[[], None]:
    """Have the C library keep two arenas, where every thread would else have its own; gives what returns free pages.

    Where the library is not glibc nothing happens.
    """
    try:
        library = ctypes.CDLL(None)
        keep, trim = library.mallopt, library.malloc_trim
    except (OSError, AttributeError, TypeError):
        return lambda: None
    keep(_M_ARENA_MAX, 2)
    return lambda: trim(0)


def forget_ended_threads() -> None:
    """Let go what the framework notes of every thread that has ended; it would keep a line for each for ever.

    When a page's thread ends, it is known no more, and its last note goes under the name of a stand-in
    (`Dummy-…`), which nothing reads again. Names are never used twice.
    """
    noted: dict[str, Any] = importlib.import_module("solara.server.kernel_context").current_context
    for name, context in list(noted.items()):
        if context is None and name.startswith("Dummy-"):
            noted.pop(name, None)
