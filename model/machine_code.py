"""Call the engine's machine code without its compiler.

The few functions that Python calls for a whole batch are *entries*: they take the world and whole numbers, and
give a whole number. The first call on a computer compiles an entry into an object file, see
`model.compilation.cache_folder`; every later one loads that file with LLVM alone, in milliseconds. Where a version
of Numba lacks what is needed for that, an entry is an ordinary compiled function.
"""

import ctypes
import os
import sys
import tempfile
from collections.abc import Callable
from functools import cache, wraps
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import Any, cast

import numpy as np
from llvmlite import binding as llvm

from agents.compilation import load_compiler
from model.compilation import cache_folder, compiled
from model.state import World
from model.world import empty_world

_lock = RLock()
_entries: list[str] = []


def entry[F: Callable[..., int]](function: F) -> F:
    """Mark a function of the world and whole numbers, with a whole number as result, as called from Python.

    Raises TypeError where an array of the world is not of the kind it was compiled for, and MemoryError where
    there is no room for what it needs meanwhile.
    """
    _entries.append(function.__name__)
    usual = compiled(function)

    @cache
    def machine_code() -> Callable[..., int] | None:
        return _machine_code(function)

    @wraps(function)
    def call(world: World, *numbers: int) -> int:
        run = machine_code()
        return usual(world, *numbers) if run is None else run(world, *numbers)

    return cast(F, call)


def is_first_run() -> bool:
    """Whether the engine has to compile before it can run (about a minute, once)."""
    return not all(_file(name).exists() or _file_of_usual(name) for name in _entries)


# -- files ------------------------------------------------------------------------------------------------


def _file(name: str) -> Path:
    return cache_folder() / f"{name}.o"


def _file_of_usual(name: str) -> bool:
    return any(cache_folder().rglob(f"*.{name}-*.nbi"))


def _object_file(function: Callable[..., int]) -> bytes | None:
    """The object file of an entry, compiled and kept if there is none yet; None where that cannot be done."""
    file = _file(function.__name__)
    if file.exists():
        return file.read_bytes()
    load_compiler()
    from agents.parts import compile_entry
    from model.numba_types import types_of_entry

    made = compile_entry(function, types_of_entry(function, empty_world(0, 0, 0, 0, 0, 0)))
    if made is not None:
        _write_whole(file, made)
    return made


def _write_whole(file: Path, content: bytes) -> None:
    """Write a file that others see complete or not at all; where it cannot be written, it is made again next time."""
    try:
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as part:
            part.write(content)
        os.replace(part.name, file)
    except OSError:
        return


# -- loading ----------------------------------------------------------------------------------------------


def _machine_code(function: Callable[..., int]) -> Callable[..., int] | None:
    """The entry as a function of the world and whole numbers."""
    with _lock:
        content = _object_file(function)
        if content is None:
            return None
        address = _load(content, f"gongzhi.{function.__name__}")
    n_numbers = function.__code__.co_argcount - 1
    kind = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 3, *[ctypes.c_int64] * n_numbers)
    native = kind(address)

    def run(world: World, *numbers: int) -> int:
        result, error = ctypes.c_int64(), ctypes.c_void_p()
        headers = _headers(world)
        status = native(
            ctypes.addressof(result), ctypes.addressof(error), headers.ctypes.data, *map(int, numbers)
        )
        if status:
            raise MemoryError(f"{function.__name__} found no memory for what it keeps meanwhile")
        return result.value

    return run


def _load(content: bytes, name: str) -> int:
    """Load an object file; returns the address of the function called `name`."""
    engine = _engine()
    engine.add_object_file(llvm.ObjectFileRef.from_data(content))
    engine.finalize_object()
    return int(engine.get_function_address(name))


@cache
def _engine() -> Any:
    """What holds machine code for as long as this process lives."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    _find_allocator()
    target = llvm.Target.from_default_triple().create_target_machine(jit=True)
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), target)


def _find_allocator() -> None:
    """Make known where machine code finds the functions that get and free memory: in a small library of Numba's."""
    runtime = _runtime()
    runtime.memsys_use_cpython_allocator()
    for name, address in runtime.c_helpers.items():
        llvm.add_symbol(name if name.startswith("_") else f"NRT_{name}", address)


def _runtime() -> ModuleType:
    """That library, loaded without the rest of Numba where possible."""
    numba = find_spec("numba")
    if "numba" not in sys.modules and numba is not None and numba.submodule_search_locations:
        folder = Path(numba.submodule_search_locations[0]) / "core" / "runtime"
        for suffix in EXTENSION_SUFFIXES:
            file = str(folder / f"_nrt_python{suffix}")
            spec = spec_from_file_location(
                "_nrt_python", file, loader=ExtensionFileLoader("_nrt_python", file)
            )
            if Path(file).exists() and spec is not None and spec.loader is not None:
                module = module_from_spec(spec)
                spec.loader.exec_module(module)
                return module
    from numba.core.runtime import _nrt_python

    return cast(ModuleType, _nrt_python)


# -- the world as headers of arrays -----------------------------------------------------------------------


def _headers(world: World) -> np.ndarray:
    """The headers of all arrays of the world one after another, as machine code reads them; int64.

    Of each array: two addresses that stay empty, how many items, bytes an item, where they are, shape, strides.
    Raises TypeError where an array is not of the kind the code was compiled for.
    """
    numbers: list[int] = []
    for name, array, (dtype, ndim) in zip(World._fields, world, _kinds(), strict=True):
        if array.dtype != dtype or array.ndim != ndim or not array.flags.c_contiguous:
            raise TypeError(
                f"world.{name} is {array.dtype} with {array.ndim} dimensions; "
                f"expected contiguous {dtype} with {ndim}"
            )
        numbers += (0, 0, array.size, array.itemsize, array.ctypes.data, *array.shape, *array.strides)
    return np.array(numbers, np.int64)


@cache
def _kinds() -> tuple[tuple[np.dtype, int], ...]:
    return tuple((array.dtype, array.ndim) for array in empty_world(0, 0, 0, 0, 0, 0))
