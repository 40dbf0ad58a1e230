"""Compile the engine's functions once and keep the result, keyed by everything that could change it.

Numba's own cache looks only at the file a function stands in; a changed rule in another file would go
unnoticed. The cache folder therefore carries a hash of all sources of `agents` and `model` and the versions
of Python, NumPy and Numba. It lives in the user's cache folder, or where `GONGZHI_CACHE_DIR` says, or, when
neither can be written, in a temporary folder.
"""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any, cast

import numba
import numpy as np
from numba import types
from numba.core import cgutils
from numba.core.errors import NumbaTypeError
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import NativeValue, intrinsic, models, register_model, typeof_impl, unbox

from agents.compilation import as_whole_number, part, whole
from model.sources import sources_digest

_KEPT_VERSIONS = 3


def compiled[F: Callable[..., Any]](function: F) -> F:
    """Compile a function of the engine on first use: no fast-math, no global lock, cached on disk.

    What is cached is what Python has called, with everything below it.
    """
    return _compiled(function)


def inlined[F: Callable[..., Any]](function: F) -> F:
    """Compile what is done for one household into the loop that does it."""
    return _compiled(function, inline=True)


def _compiled[F: Callable[..., Any]](function: F, inline: bool = False) -> F:
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(cache_folder())
    try:
        from_python = whole(function)
    finally:
        numba.config.CACHE_DIR = before

    @wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        return from_python(*args, **named)

    part(call, function, as_whole_number, inline=inline)
    return cast(F, call)


@cache
def cache_folder() -> Path:
    """The folder of compiled code for exactly these sources and versions; created when missing."""
    root = _writable_root()
    folder = root / _version_key()
    folder.mkdir(parents=True, exist_ok=True)
    folder.touch()
    _forget_old_versions(root, keep=folder)
    return folder


def is_first_run() -> bool:
    """Whether the engine has to compile before it can run (about a minute, once)."""
    return not any(cache_folder().rglob("*.nbi"))


def _version_key() -> str:
    return sources_digest(f"{sys.version}|{np.__version__}|{numba.__version__}".encode(), size=12)


def _writable_root() -> Path:
    chosen = os.environ.get("GONGZHI_CACHE_DIR")
    base = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.environ.get("XDG_CACHE_HOME")
    usual = Path(base) if base else Path.home() / ".cache"
    for root in (
        Path(chosen) if chosen else usual / "gongzhi",
        Path(tempfile.gettempdir()) / "gongzhi-cache",
    ):
        try:
            root.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=root):
                return root
        except OSError:
            continue
    return Path(tempfile.mkdtemp(prefix="gongzhi-cache-"))


def _forget_old_versions(root: Path, keep: Path) -> None:
    versions = sorted(
        (d for d in root.iterdir() if d.is_dir() and d != keep), key=lambda d: d.stat().st_mtime
    )
    for old in versions[: max(0, len(versions) - _KEPT_VERSIONS + 1)]:
        shutil.rmtree(old, ignore_errors=True)


# -- the world as one address -----------------------------------------------------------------------------


class ByAddress(types.Type):
    """What compiled code takes for a named tuple of arrays: the address of the arrays' headers."""

    def __init__(self, contents: Any) -> None:
        self.contents = contents
        digest = hashlib.blake2b(str(contents).encode(), digest_size=8).hexdigest()
        super().__init__(f"{contents.instance_class.__name__}_{digest}")


def by_address[T: type](tuple_class: T) -> T:
    """Hand named tuples of this class to compiled code as one address instead of all the arrays' headers.

    Calls are then cheap to compile and to make. An array read from it does not keep its memory alive: Python
    holds the tuple while compiled code runs, and compiled code returns no view of it to Python.
    """

    @typeof_impl.register(tuple_class)
    def _typeof(value: Any, context: Any) -> Any:
        return ByAddress(types.NamedTuple([typeof_impl(array, context) for array in value], tuple_class))

    return tuple_class


@register_model(ByAddress)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, numba_type: Any) -> None:
        headers = manager[numba_type.contents].get_value_type()
        super().__init__(manager, numba_type, headers.as_pointer())


@unbox(ByAddress)
def _unbox(numba_type: Any, value: Any, c: Any) -> Any:
    """Put the headers on the stack of the call from Python; afterwards let go of the arrays they keep alive."""
    headers = c.unbox(numba_type.contents, value)
    address = cgutils.alloca_once_value(c.builder, headers.value)

    def let_go() -> None:
        if headers.cleanup is not None:
            headers.cleanup()
        c.context.nrt.decref(c.builder, numba_type.contents, headers.value)

    return NativeValue(address, is_error=headers.is_error, cleanup=let_go)


@infer_getattr
class _Attributes(AttributeTemplate):
    key = ByAddress

    def generic_resolve(self, numba_type: Any, name: str) -> Any:
        contents = numba_type.contents
        return contents[contents.fields.index(name)] if name in contents.fields else None


@lower_getattr_generic(ByAddress)
def _read_array(context: Any, builder: Any, numba_type: Any, address: Any, name: str) -> Any:
    """Build the array from its header, without a reference to count."""
    contents = numba_type.contents
    position = contents.fields.index(name)
    array_type = contents[position]
    if array_type.layout != "C":
        raise NumbaTypeError(f"array {name!r} of {contents.instance_class.__name__} is not contiguous")
    # Nothing writes to the headers while compiled code runs: they may be read once, before a loop.
    for argument in builder.function.args:
        if argument.type == address.type:
            argument.add_attribute("noalias")
            argument.attributes.dereferenceable = context.get_abi_sizeof(address.type.pointee)
    stored = context.make_helper(builder, array_type, ref=cgutils.gep_inbounds(builder, address, 0, position))
    shape = cgutils.unpack_tuple(builder, stored.shape)
    item = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(array_type.dtype)))
    strides = [item]
    for extent in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], extent, flags=["nsw"]))
    array = context.make_array(array_type)(context, builder)
    context.populate_array(array, data=stored.data, shape=shape, strides=strides, itemsize=item, meminfo=None)
    return array._getvalue()


# -- a record held fast -----------------------------------------------------------------------------------


@intrinsic
def held(_context: Any, record: Any) -> Any:
    """A copy of a record that stays as it is: its fields are read once, before a loop, instead of in every turn."""
    if not isinstance(record, types.Record):
        return None

    def copy(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        size = context.get_constant(types.intp, record.size)
        place = cgutils.alloca_once(builder, context.get_data_type(record))
        cgutils.raw_memcpy(builder, place, arguments[0], size, 1)
        return place

    return record(record), copy
