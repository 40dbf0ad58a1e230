"""Compile functions as parts, and link and optimise them once: the half of `compiling.marks` that needs Numba.

Numba compiles every function into a library of its own; at every level of the call graph it copies all callees into
it, optimises them and generates machine code again. Here a function that compiled code calls is a *part*: its LLVM
code is kept unoptimised. Only a *whole*, a function that Python calls, links the parts below it, each once, and has
them optimised and translated together. Results do not change.

This needs internals of Numba's compiler, which only `compiling.joining` touches; if the installed version lacks one,
functions are compiled in Numba's own way, which takes about twice as long.
"""

import inspect
from collections.abc import Callable
from typing import Any

import numba
from numba import types
from numba.core.typing.templates import AbstractTemplate, infer_global

#: No fast-math, no global interpreter lock, division by zero as in NumPy, no wrapper for callers in C.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}

try:
    from compiling import joining
except ImportError:
    _PART: dict[str, Any] = {**_OPTIONS, "no_cpython_wrapper": True}
    _INLINE_PART: dict[str, Any] = {**_PART, "forceinline": True}
    _WHOLE: dict[str, Any] = _OPTIONS
    _ENTRY: dict[str, Any] | None = None
else:
    # Options are the same for all, so that Numba compiles its own helpers once for all of them.
    _PART = {**_OPTIONS, "no_cpython_wrapper": True, "pipeline_class": joining.PartCompiler}
    _INLINE_PART = {**_PART, "pipeline_class": joining.InlinePartCompiler}
    _WHOLE = {**_PART, "pipeline_class": joining.WholeCompiler}
    _ENTRY = {**_PART, "pipeline_class": joining.EntryCompiler}


def compile_whole(function: Callable[..., Any], folder: str) -> Callable[..., Any]:
    """`function` for calls from Python: compiled with everything it calls on first use, cached in `folder`."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = folder
    try:
        compiled: Any = numba.njit(cache=True, **_WHOLE)(function)
    finally:
        numba.config.CACHE_DIR = before
    _compile_again_if_damaged(compiled._cache._cache_file)
    return compiled


def _compile_again_if_damaged(kept: Any) -> None:
    """Treat damaged files of Numba's cache as missing: Numba would raise until somebody deletes them."""
    as_kept = kept.load

    def load(key: Any) -> Any:
        try:
            return as_kept(key)
        except Exception:  # whatever unpickling damaged bytes may raise
            kept.flush()
            return None

    kept.load = load


def is_joining() -> bool:
    """Whether this version of Numba lets us link parts, and so make entries."""
    return _ENTRY is not None


def compile_entry(
    function: Callable[..., Any], arguments: tuple[Any, ...], *, straight: bool = False
) -> bytes | None:
    """Object code of `function` and everything it calls, for these argument types.

    The function's symbol is its `compiling.names.entry_name`. None if this version of Numba cannot produce it.
    straight : see `compiling.entries.apart`
    """
    if _ENTRY is None:
        return None
    dispatcher = numba.njit(**_ENTRY)(function)
    usual = numba.config.SLP_VECTORIZE
    numba.config.SLP_VECTORIZE = straight or usual
    try:
        dispatcher.compile(arguments)
    finally:
        numba.config.SLP_VECTORIZE = usual
    return dispatcher.overloads[arguments].library.made


def declare_part(
    function: Callable[..., Any], implementation: Callable[..., Any], *, double: bool, inline: bool
) -> None:
    """Make Numba compile a call of `function` into a call of `implementation`, see `compiling.marks.part`."""
    dispatcher = numba.njit(**(_INLINE_PART if inline else _PART))(implementation)
    signature = inspect.signature(implementation)
    taken_as = _as_double if double else _as_whole_number

    class Call(AbstractTemplate):
        """What Numba's type inference asks about a call of the part."""

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
