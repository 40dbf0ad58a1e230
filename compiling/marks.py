"""What is to be compiled, said where it is defined; the compiler itself is loaded only when something must be.

Numba takes longer to load than most runs take. A run whose machine code is there already does without it: the
marks below only note what they mark, and `load_compiler` tells it all to Numba, in the same order.
"""

from collections.abc import Callable
from threading import RLock
from typing import Any

_noted: list[Callable[[], None]] = []
_lock = RLock()
_loaded = False


def with_compiler(declare: Callable[[], None]) -> None:
    """Do something that needs the compiler as soon as it is loaded, in the order of these calls."""
    with _lock:
        if _loaded:
            declare()
        else:
            _noted.append(declare)


def load_compiler() -> None:
    """Load Numba and do all that has been waiting for it."""
    global _loaded
    with _lock:
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
    """Let compiled code that calls `function` call `implementation`, compiled once for the types it is given.

    Members of enumerations and short whole numbers are handed over as int64.
    double : hand over single precision and marks as double precision
    inline : compile it into its callers
    """

    def declare() -> None:
        from compiling.parts import declare_part

        declare_part(function, implementation, double=double, inline=inline)

    with_compiler(declare)
