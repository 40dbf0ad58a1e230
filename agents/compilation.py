"""Compile functions as parts, and join the parts of a call once.

Numba compiles every function into a library of its own; at every level it copies into it, optimises and
translates again all that the function calls. Here a function that compiled code calls is a *part*: its code is
kept as it is. Only a *whole*, a function that Python calls, gathers the parts below it, each once, and has
them optimised and translated together. What is computed does not change.

This needs the insides of Numba's compiler. They are used in `agents.joining` only; where a version of Numba
lacks one, functions are compiled in Numba's own way, which takes about twice as long.
"""

import inspect
from collections.abc import Callable
from typing import Any

import numba
from numba import types
from numba.core.typing.templates import AbstractTemplate, infer_global

#: No fast-math, no global lock, division by zero as in NumPy, nothing for callers in C.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}

try:
    from agents.joining import InlinePartCompiler, PartCompiler, WholeCompiler
except ImportError:
    _PART: dict[str, Any] = {**_OPTIONS, "no_cpython_wrapper": True}
    _INLINE_PART: dict[str, Any] = {**_PART, "forceinline": True}
    _WHOLE: dict[str, Any] = _OPTIONS
else:
    # All three have the same options, so that what Numba itself adds is compiled once for all of them.
    _PART = {**_OPTIONS, "no_cpython_wrapper": True, "pipeline_class": PartCompiler}
    _INLINE_PART = {**_PART, "pipeline_class": InlinePartCompiler}
    _WHOLE = {**_PART, "pipeline_class": WholeCompiler}


def whole(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile `function` for calls from Python, with all that it calls, on first use; kept on disk."""
    compiled: Callable[..., Any] = numba.njit(cache=True, **_WHOLE)(function)
    return compiled


def part(
    function: Callable[..., Any],
    implementation: Callable[..., Any],
    taken_as: Callable[[Any], Any],
    *,
    inline: bool = False,
) -> None:
    """Let compiled code that calls `function` call `implementation`, compiled once for the types it is given.

    taken_as : the type under which an argument of a type is handed over; the caller converts it
    inline : compile it into its callers
    """
    dispatcher = numba.njit(**(_INLINE_PART if inline else _PART))(implementation)
    signature = inspect.signature(implementation)

    class Call(AbstractTemplate):
        """A call of the part, as Numba's type inference sees it."""

        key = function

        def generic(self, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
            given = signature.bind(*args, **kws).args
            return types.Dispatcher(dispatcher).get_call_type(
                self.context, tuple(taken_as(t) for t in given), {}
            )

        def get_impl_key(self, sig: Any) -> Any:
            return dispatcher.get_overload(sig.args)

    infer_global(function, types.Function(Call))


def as_whole_number(numba_type: Any) -> Any:
    """Enumeration members and short whole numbers as int64, everything else as it is."""
    plain = types.unliteral(numba_type)
    if isinstance(plain, types.IntEnumMember) or plain in (types.int8, types.int16, types.int32):
        return types.int64
    return plain


def as_double(numba_type: Any) -> Any:
    """Single precision and marks as double precision, the rest as `as_whole_number`."""
    plain = as_whole_number(numba_type)
    return types.float64 if plain in (types.float32, types.uint8, types.boolean) else plain
