"""Call the engine's machine code without importing Numba.

Python calls only a few compiled functions, each once for a whole batch. These *entries* take the world and integers
and return an integer or nothing. The first call on a computer compiles an entry to an object file in
`compiling.compiled.cache_folder`, unless one came with the package (`compiling.shipped`); later processes load that
file with LLVM alone, in milliseconds. If the installed version of Numba cannot produce object files this way, an entry
is an ordinary compiled function.
"""

import ctypes
import hashlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, wraps
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import Any, cast

import numpy as np
from llvmlite import binding as llvm

from compiling.compiled import cache_folder, compiled
from compiling.importing import import_numba
from compiling.marks import load_compiler, with_compiler
from compiling.names import entry_name
from compiling.plain import IS_PLAIN
from compiling.shipped import shipped_file

_CHECKSUM_BYTES = 16
_lock = RLock()


@dataclass(frozen=True)
class Entry:
    """One entry point.

    function : the Python function; usual : the ordinary compiled function, called if there is no object file
    is_apart : whether other entries call it, see `apart`; straight : see there
    """

    function: Callable[..., int | None]
    usual: Callable[..., int | None]
    is_apart: bool
    straight: bool = False

    @property
    def name(self) -> str:
        """Name of the Python function."""
        return self.function.__name__

    @property
    def gives_number(self) -> bool:
        """Whether it returns an integer; if not, it returns nothing."""
        return self.function.__annotations__["return"] is not None

    @property
    def file(self) -> Path:
        """Path of its object file in the cache."""
        return cache_folder() / f"{self.name}.o"

    def is_kept(self) -> bool:
        """Whether its machine code is at hand: cached, as an object file or in Numba's own format, or shipped."""
        if self.file.exists() or shipped_file(self.name) is not None:
            return True
        return any(cache_folder().rglob(f"*.{self.name}-*.nbi"))


#: All entries by name.
ENTRIES: dict[str, Entry] = {}

#: The arrays of a batch as a named tuple, first argument of every entry: `model.world.state.World`.
World = Any

_examples: list[Callable[[], World]] = []


def taken_by_entries(make_example: Callable[[], World]) -> None:
    """Register a function that makes an empty world: entries are compiled for arrays of the same types."""
    _examples[:] = [make_example]


def entry[F: Callable[..., int | None]](function: F) -> F:
    """Mark a function of the world and integers, which returns an integer or nothing, as called from Python.

    A call raises TypeError if an array of the world has another type than the code was compiled for, and MemoryError
    if there is no memory for intermediate arrays.
    """
    return _callable(function, is_apart=False)


def apart[F: Callable[[World, int, int], None]](function: F, *, straight: bool = False) -> F:
    """Compile this callee of other entries as a separate object file, so that both build in parallel.

    function : takes the world and two integers, such as the index of a compound and a week
    straight : let the compiler look for vectors in lines of code, too, and not in loops only. Elsewhere it would slow
        the engine by a tenth.
    """
    call = _callable(function, is_apart=True, straight=straight)
    if IS_PLAIN:
        return call

    def declare() -> None:
        from compiling.numba_types import call_by_name
        from compiling.parts import declare_part, is_joining

        if is_joining():
            call_by_name(call, entry_name(function.__name__))
        else:
            declare_part(call, function, double=False, inline=False)

    with_compiler(declare)
    return call


def _callable[F: Callable[..., int | None]](function: F, *, is_apart: bool, straight: bool = False) -> F:
    if IS_PLAIN:
        return compiled(function)
    noted = ENTRIES[function.__name__] = Entry(function, compiled(function), is_apart, straight)

    @wraps(function)
    def call(world: World, *numbers: int) -> int | None:
        return _machine_code(noted)(world, *numbers)

    return cast(F, call)


def is_first_run() -> bool:
    """Whether some entry must still be compiled before the engine can run (half a minute or more, once)."""
    return not all(noted.is_kept() for noted in ENTRIES.values())


# -- files ------------------------------------------------------------------------------------------------


def object_file(noted: Entry) -> bytes | None:
    """Object code of an entry, from the cache, come with the package or compiled now.

    None if this version of Numba cannot produce it.
    """
    for file in (noted.file, shipped_file(noted.name)):
        kept = _read_whole(file) if file is not None else None
        if kept is not None:
            return kept
    load_compiler()
    from compiling.numba_types import types_of_entry
    from compiling.parts import compile_entry

    arguments = types_of_entry(noted.function, _example())
    made = compile_entry(noted.function, arguments, straight=noted.straight)
    if made is not None:
        _write_whole(noted.file, made)
    return made


def _write_whole(file: Path, content: bytes) -> None:
    """Write a file with a checksum, atomically; a file that cannot be written is compiled again next time."""
    with suppress(OSError), tempfile.TemporaryDirectory(dir=file.parent) as folder:
        part = Path(folder) / file.name
        part.write_bytes(_checksum(content) + content)
        part.replace(file)


def _read_whole(file: Path) -> bytes | None:
    """Content of a file from `_write_whole`; None if it is missing or damaged: damaged code could do anything."""
    try:
        read = file.read_bytes()
    except OSError:
        return None
    content = read[_CHECKSUM_BYTES:]
    return content if read[:_CHECKSUM_BYTES] == _checksum(content) else None


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_CHECKSUM_BYTES).digest()


# -- loading ----------------------------------------------------------------------------------------------


@cache
def _machine_code(noted: Entry) -> Callable[..., int | None]:
    """The entry as a function of the world and integers: its object code, or else the ordinary compiled function."""
    address = _address(noted)
    if address is None:
        return noted.usual
    n_numbers = noted.function.__code__.co_argcount - 1
    kind = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 3, *[ctypes.c_int64] * n_numbers)
    native = kind(address)

    def run(world: World, *numbers: int) -> int | None:
        result, error = ctypes.c_int64(), ctypes.c_void_p()
        headers = _laid_out.get(id(world))
        if headers is None:
            headers = _headers(world)
        status = native(
            ctypes.addressof(result), ctypes.addressof(error), headers.ctypes.data, *map(int, numbers)
        )
        if status:
            raise MemoryError(f"{noted.name} found no memory for what it keeps meanwhile")
        return result.value if noted.gives_number else None

    return run


_addresses: dict[Entry, int | None] = {}


def _address(noted: Entry) -> int | None:
    """Address of the entry's machine code, loaded on first use; None if there is no object file."""
    with _lock:
        if noted not in _addresses:
            _addresses[noted] = _loaded(noted)
        return _addresses[noted]


def _loaded(noted: Entry) -> int | None:
    """Load the entry's object file, after those of the entries it calls by name, and return its address."""
    if not noted.is_apart and None in [_address(other) for other in ENTRIES.values() if other.is_apart]:
        return None
    content = object_file(noted)
    if content is None:
        return None
    engine, name = _engine(), entry_name(noted.name)
    engine.add_object_file(llvm.ObjectFileRef.from_data(content))
    engine.finalize_object()
    address = int(engine.get_function_address(name))
    llvm.add_symbol(name, address)
    return address


@cache
def _engine() -> Any:
    """The LLVM execution engine, which owns all loaded machine code until the process ends."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    _find_allocator()
    target = llvm.Target.from_default_triple().create_target_machine(jit=True)
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), target)


def _find_allocator() -> None:
    """Register Numba's memory functions with LLVM, so that loaded code can allocate and free arrays."""
    runtime = _runtime()
    runtime.memsys_use_cpython_allocator()
    for name, address in runtime.c_helpers.items():
        llvm.add_symbol(name if name.startswith("_") else f"NRT_{name}", address)


def _runtime() -> ModuleType:
    """The extension module with Numba's memory functions, imported without the rest of Numba if possible."""
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
    import_numba()
    from numba.core.runtime import _nrt_python

    return cast(ModuleType, _nrt_python)


# -- the world as headers of arrays -----------------------------------------------------------------------

#: By id of a world in a block of `laid_out`, which keeps it alive.
_laid_out: dict[int, np.ndarray] = {}


@contextmanager
def laid_out(world: World) -> Iterator[None]:
    """Lay out the world's headers once for all calls in the block; a call each week spends half its time on them.

    Within the block arrays may change their values, but not their type, shape or place in memory.
    """
    if not IS_PLAIN:
        _laid_out[id(world)] = _headers(world)
    try:
        yield
    finally:
        _laid_out.pop(id(world), None)


def _headers(world: World) -> np.ndarray:
    """Headers of all arrays of the world in one int64 array, laid out as compiled code expects them.

    For each array: two null pointers (no owner), number of items, bytes per item, data pointer, shape, strides.
    Raises TypeError if an array's type, dimensions or memory layout differ from what the code was compiled for.
    """
    numbers: list[int] = []
    for name, array, (dtype, ndim) in zip(world._fields, world, _kinds(), strict=True):
        if array.dtype != dtype or array.ndim != ndim or not array.flags.c_contiguous:
            raise TypeError(
                f"world.{name} is {array.dtype} with {array.ndim} dimensions; "
                f"expected contiguous {dtype} with {ndim}"
            )
        numbers += (0, 0, array.size, array.itemsize, array.ctypes.data, *array.shape, *array.strides)
    return np.array(numbers, np.int64)


@cache
def _kinds() -> tuple[tuple[np.dtype, int], ...]:
    return tuple((array.dtype, array.ndim) for array in _example())


def _example() -> World:
    """An empty world, which shows the types of the arrays."""
    return _examples[0]()
