"""Register functions to compile where they are defined; Numba itself is imported only when something must be compiled.

Importing Numba takes longer than most runs. A run whose machine code is cached does without it: the decorators only
record what they mark, and `load_compiler` tells Numba all of it, in the same order.
"""

from collections.abc import Callable
from threading import RLock
from typing import Any

from compiling.importing import import_numba

_noted: list[Callable[[], None]] = []
_lock = RLock()
_loaded = False


def with_compiler(declare: Callable[[], None]) -> None:
    """Call `declare` once Numba is loaded: now if it is, else in the order in which these calls were made."""
    with _lock:
        if _loaded:
            declare()
        else:
            _noted.append(declare)


def load_compiler() -> None:
    """Import Numba and make all calls that have been waiting for it."""
    global _loaded
    with _lock:
        if not _loaded:
            import_numba()
        while _noted:
            _noted.pop(0)()
        _loaded = True


def part(
    function: Callable[..., Any],
    implementation: Callable[..., Any],
    *,
    double: bool = False,
    inline: bool = False,
) -> None:
    """Let compiled code that calls `function` call `implementation`, compiled once for each set of argument types.

    Enumeration members and integers of fewer than 64 bits are passed as int64.
    double : pass single precision, uint8 and booleans as double precision
    inline : inline it into its callers
    """

    def declare() -> None:
        from compiling.parts import declare_part

        declare_part(function, implementation, double=double, inline=inline)

    with_compiler(declare)
