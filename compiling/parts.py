"""Compile functions as parts, and join the parts of a call once: the side of `compiling.marks` that needs Numba.

Numba compiles every function into a library of its own; at every level it copies into it, optimises and
translates again all that the function calls. Here a function that compiled code calls is a *part*: its code is
kept as it is. Only a *whole*, a function that Python calls, gathers the parts below it, each once, and has
them optimised and translated together. What is computed does not change.

This needs the insides of Numba's compiler. They are used in `compiling.joining` only; where a version of Numba
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
    from compiling import joining
except ImportError:
    _PART: dict[str, Any] = {**_OPTIONS, "no_cpython_wrapper": True}
    _INLINE_PART: dict[str, Any] = {**_PART, "forceinline": True}
    _WHOLE: dict[str, Any] = _OPTIONS
    _ENTRY: dict[str, Any] | None = None
else:
    # All have the same options, so that what Numba itself adds is compiled once for all of them.
    _PART = {**_OPTIONS, "no_cpython_wrapper": True, "pipeline_class": joining.PartCompiler}
    _INLINE_PART = {**_PART, "pipeline_class": joining.InlinePartCompiler}
    _WHOLE = {**_PART, "pipeline_class": joining.WholeCompiler}
    _ENTRY = {**_PART, "pipeline_class": joining.EntryCompiler}


def compile_whole(function: Callable[..., Any], folder: str) -> Callable[..., Any]:
    """`function` for calls from Python, compiled with all that it calls on first use; kept in `folder`."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = folder
    try:
        compiled: Any = numba.njit(cache=True, **_WHOLE)(function)
    finally:
        numba.config.CACHE_DIR = before
    _compile_again_if_damaged(compiled._cache._cache_file)
    return compiled


def _compile_again_if_damaged(kept: Any) -> None:
    """Take files of Numba's cache that cannot be read for none: Numba would raise until somebody deletes them."""
    as_kept = kept.load

    def load(key: Any) -> Any:
        try:
            return as_kept(key)
        except Exception:  # whatever unpickling damaged bytes may raise
            kept.flush()
            return None

    kept.load = load


def is_joining() -> bool:
    """Whether this version of Numba lets parts be joined, and entries be made of them."""
    return _ENTRY is not None


def compile_entry(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes | None:
    """Machine code of `function` for these types and of all that it calls, as an object file.

    The function stands in it as `compiling.names.entry_name` says. None where Numba lacks what is needed.
    """
    if _ENTRY is None:
        return None
    dispatcher = numba.njit(**_ENTRY)(function)
    dispatcher.compile(arguments)
    return dispatcher.overloads[arguments].library.made


def declare_part(
    function: Callable[..., Any], implementation: Callable[..., Any], *, double: bool, inline: bool
) -> None:
    """Let compiled code that calls `function` call `implementation`, see `compiling.marks.part`."""
    dispatcher = numba.njit(**(_INLINE_PART if inline else _PART))(implementation)
    signature = inspect.signature(implementation)
    taken_as = _as_double if double else _as_whole_number

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


def _as_whole_number(numba_type: Any) -> Any:
    plain = types.unliteral(numba_type)
    if isinstance(plain, types.IntEnumMember) or plain in (types.int8, types.int16, types.int32):
        return types.int64
    return plain


def _as_double(numba_type: Any) -> Any:
    plain = _as_whole_number(numba_type)
    return types.float64 if plain in (types.float32, types.uint8, types.boolean) else plain
