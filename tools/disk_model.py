"""A disk that forgets: records what a program does to its files, and makes what a power cut may leave of it.

    with Disk(folder) as disk:
        ...                                  # the program; disk.promise(…) where it says that something is kept
    for state in crash_states(disk, draw):   # state.files, state.promises
        state.write(elsewhere)

Taken for granted is what POSIX promises and no more. Bytes of a file are safe once the file was flushed, names in a
folder once the folder was: until then any of them may be lost, whatever came later may be there, and of bytes any block
of 512 may be missing or cut. A rename within a folder happens or does not; one between folders is two changes.

The same records serve to disturb: `before` is called with every operation, and may raise in its place.
"""

import builtins
import io
import os
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

BLOCK = 512
ROOT = 0
#: Flags and modes that may change a file.
_WRITES = set("wxa+")
#: What can be done to unflushed bytes; see `_survived`.
FATES = ("old", "new", "empty", "cut", "torn", "hole")


class Killed(BaseException):
    """The process ended here: nothing that it still tries to do to a file happens."""


class Operation(NamedTuple):
    """One operation: what, on which file or folder (by number), names it sets or clears in a folder, bytes.

    what : "folder" (a new one), "names", "write", "flush" or "promise"; names : (name, number or None)
    """

    what: str
    target: int = ROOT
    names: tuple[tuple[str, int | None], ...] = ()
    content: bytes = b""
    promise: Any = None


@dataclass(frozen=True)
class State:
    """What a power cut may leave: files by relative path (None: a folder), and what had been promised by then.

    lasting : whether nothing was lost
    """

    files: Mapping[str, bytes | None]
    promises: tuple[Any, ...]
    after: int
    lasting: bool

    def write(self, folder: Path) -> None:
        """Make these files below a folder."""
        for name, content in self.files.items():
            if content is None:
                (folder / name).mkdir(parents=True, exist_ok=True)
            else:
                (folder / name).write_bytes(content)


@dataclass
class _Disk:
    """What is safe, and what is under way."""

    names: dict[int, dict[str, int]] = field(default_factory=lambda: {ROOT: {}})
    content: dict[int, bytes] = field(default_factory=dict)
    changes: dict[int, list[tuple[tuple[str, int | None], ...]]] = field(default_factory=dict)
    unflushed: dict[int, bytes] = field(default_factory=dict)

    def apply(self, operation: Operation) -> None:
        """Do one operation."""
        target = operation.target
        if operation.what == "folder":
            self.names[target] = {}
        elif operation.what == "names":
            self.changes.setdefault(target, []).append(operation.names)
        elif operation.what == "write":
            self.unflushed[target] = operation.content
        elif operation.what == "flush" and target in self.names:
            _change(self.names[target], self.changes.pop(target, []))
        elif operation.what == "flush" and target in self.unflushed:
            self.content[target] = self.unflushed.pop(target)


def _change(names: dict[str, int], changes: list[tuple[tuple[str, int | None], ...]]) -> None:
    for change in changes:
        for name, number in change:
            if number is None:
                names.pop(name, None)
            else:
                names[name] = number


class Disk:
    """Records file operations below a folder while it is entered. What is in the folder before is safe.

    before : called with what ("create", "write", "flush", "rename", "unlink", "mkdir") and the path before it happens;
    may raise OSError, or Killed, after which nothing happens any more
    """

    def __init__(self, root: Path, before: Callable[[str, Path], None] | None = None) -> None:
        self.root = Path(os.path.realpath(root))
        self._within = f"{self.root}{os.sep}"
        self.before = before
        self.operations: list[Operation] = []
        self.safe = _Disk()
        self.dead = False
        self._numbers: dict[tuple[int, int], int] = {}
        self._folders: dict[str, int] = {str(self.root): ROOT}
        self._written: dict[int, tuple[Path, tuple[int, int]]] = {}
        self._next = 1
        self._real: dict[tuple[Any, str], Any] = {}
        self._register(self.root, ROOT)

    def promise(self, what: Any) -> None:
        """From here on the program has said that something is kept (or that it no longer is)."""
        self._look()
        self.operations.append(Operation("promise", promise=what))

    def __enter__(self) -> "Disk":
        replaced = {
            (os, "open"): self._os_open, (os, "fsync"): self._fsync, (os, "mkdir"): self._mkdir,
            (os, "replace"): self._rename, (os, "rename"): self._rename, (os, "unlink"): self._unlink,
            (os, "remove"): self._unlink, (os, "rmdir"): self._unlink,
            (io, "open"): self._io_open, (builtins, "open"): self._io_open,
        }  # fmt: skip
        for (module, name), function in replaced.items():
            self._real[module, name] = getattr(module, name)
            setattr(module, name, function)
        return self

    def __exit__(self, *_: object) -> None:
        for (module, name), function in self._real.items():
            setattr(module, name, function)
        if not self.dead:
            self._look()

    # What the program calls in place of the system's functions.

    def _os_open(self, path: Any, flags: int, mode: int = 0o777, **more: Any) -> int:
        real = self._real[os, "open"]
        place = self._ours(path)
        if place is None or not flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR):
            return real(path, flags, mode, **more)
        before = self._stamp(place)
        if before is None:
            self._begin("create", place)
        handle = real(path, flags, mode, **more)
        self._opened(place, before)
        return handle

    def _io_open(self, file: Any, mode: str = "r", *args: Any, **more: Any) -> Any:
        real = self._real[io, "open"]
        place = None if isinstance(file, int) else self._ours(file)
        if place is None or not _WRITES & set(mode):
            return real(file, mode, *args, **more)
        before = self._stamp(place)
        self._begin("create" if before is None else "write", place)
        opened = real(file, mode, *args, **more)
        self._opened(place, before)
        return opened

    def _fsync(self, handle: int) -> None:
        number = self._numbers.get(_identity(os.fstat(handle)))
        if number is not None:
            self._begin("flush", self.root)
            self.operations.append(Operation("flush", number))

    def _mkdir(self, path: Any, mode: int = 0o777, **more: Any) -> None:
        place = self._ours(path)
        if place is not None:
            self._begin("mkdir", place)
        self._real[os, "mkdir"](path, mode, **more)
        if place is not None:
            number = self._number(place)
            self._folders[str(place)] = number
            self.operations.append(Operation("folder", number))
            self._name(place, number)

    def _rename(self, source: Any, goal: Any, **more: Any) -> None:
        old, new = self._ours(source), self._ours(goal)
        if old is None or new is None:
            self._real[os, "replace"](source, goal, **more)
            return
        self._begin("rename", new)
        self._real[os, "replace"](source, goal, **more)
        number = self._numbers[_identity(os.stat(new))]
        self._written = {n: (path, seen) for n, (path, seen) in self._written.items() if path != new}
        if number in self._written:
            self._written[number] = (new, self._written[number][1])
        if old.parent == new.parent:
            names = ((old.name, None), (new.name, number))
            self.operations.append(Operation("names", self._folders[str(old.parent)], names))
        else:
            self._name(new, number)
            self._name(old, None)

    def _unlink(self, path: Any, **more: Any) -> None:
        place = self._ours(path)
        if place is not None:
            self._begin("unlink", place)
            is_folder = place.is_dir()
            self._real[os, "rmdir" if is_folder else "unlink"](path, **more)
            self._name(place, None)
        else:
            self._real[os, "unlink"](path, **more)

    # The record.

    def _ours(self, path: Any) -> Path | None:
        place = os.path.abspath(os.fspath(path))
        return Path(place) if place.startswith(self._within) else None

    def _begin(self, what: str, place: Path) -> None:
        if self.dead:
            raise Killed
        self._look()
        if self.before is not None:
            try:
                self.before(what, place)
            except Killed:
                self.dead = True
                raise

    def _look(self) -> None:
        """Note what was written to open files since the last operation."""
        for number, (place, seen) in list(self._written.items()):
            now = self._stamp(place)
            if now is None:
                del self._written[number]
            elif now != seen:
                with self._real.get((io, "open"), io.open)(place, "rb") as file:
                    content = file.read()
                self.operations.append(Operation("write", number, content=content))
                self._written[number] = (place, now)

    def _opened(self, place: Path, before: tuple[int, int] | None) -> None:
        if before is None:
            number = self._number(place)
            self._name(place, number)
            self._written[number] = (place, (0, 0))
        else:
            self._written.setdefault(self._numbers[_identity(os.stat(place))], (place, before))

    def _stamp(self, place: Path) -> tuple[int, int] | None:
        """Changes when a file is written to; None where there is none."""
        try:
            found = os.stat(place)
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_size

    def _name(self, place: Path, number: int | None) -> None:
        self.operations.append(Operation("names", self._folders[str(place.parent)], ((place.name, number),)))

    def _number(self, place: Path) -> int:
        number, self._next = self._next, self._next + 1
        self._numbers[_identity(os.stat(place))] = number
        return number

    def _register(self, folder: Path, number: int) -> None:
        """Take what is there for safe."""
        self._numbers[_identity(os.stat(folder))] = number
        names = self.safe.names[number] = {}
        for path in sorted(folder.iterdir()):
            own = names[path.name] = self._number(path)
            if path.is_dir():
                self._folders[str(path)] = own
                self._register(path, own)
            else:
                self.safe.content[own] = path.read_bytes()


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def crash_states(disk: Disk, draw: random.Random, most: int = 8) -> Iterator[State]:
    """States a power cut may leave after each prefix of the operations: all if they are few, else `most` drawn.

    Always among them: everything lost that may be, nothing lost, all names and no bytes.
    """
    now = disk.safe
    now = _Disk({n: dict(d) for n, d in now.names.items()}, dict(now.content))
    promises: list[Any] = []
    for i, operation in enumerate([None, *disk.operations]):
        if operation is not None and operation.what == "promise":
            promises.append(operation.promise)
        elif operation is not None:
            now.apply(operation)
        for kept, fates in _choices(now, draw, most):
            lasting = all(all(some) for some in kept.values()) and set(fates.values()) <= {"new"}
            yield State(_files(now, kept, fates, draw), tuple(promises), i, lasting)


type _Choice = tuple[dict[int, tuple[bool, ...]], dict[int, str]]


def _choices(now: _Disk, draw: random.Random, most: int) -> Iterator[_Choice]:
    """Which changes of names are kept in each folder, and what becomes of the bytes of each unflushed file."""
    folders, files = list(now.changes), list(now.unflushed)
    n_changes = [len(now.changes[folder]) for folder in folders]
    total = 2 ** sum(n_changes) * len(FATES) ** len(files)
    if total <= most:
        kept = [product((False, True), repeat=n) for n in n_changes]
        for chosen in product(*kept, *[FATES] * len(files)):
            yield (
                dict(zip(folders, chosen, strict=False)),
                dict(zip(files, chosen[len(folders) :], strict=True)),
            )
        return
    for names, fate in ((False, "old"), (True, "new"), (True, "old"), (True, "torn")):
        yield {f: (names,) * n for f, n in zip(folders, n_changes, strict=True)}, dict.fromkeys(files, fate)
    for _ in range(most - 4):
        some = {
            f: tuple(draw.random() < 0.6 for _ in range(n)) for f, n in zip(folders, n_changes, strict=True)
        }
        yield some, {file: draw.choice(FATES) for file in files}


def _files(
    now: _Disk, kept: dict[int, tuple[bool, ...]], fates: dict[int, str], draw: random.Random
) -> dict[str, bytes | None]:
    """Every file and folder that can be reached, with its bytes."""
    names = {number: dict(there) for number, there in now.names.items()}
    for folder, changes in now.changes.items():
        _change(names[folder], [change for change, keep in zip(changes, kept[folder], strict=True) if keep])
    files: dict[str, bytes | None] = {}
    waiting = [("", ROOT)]
    while waiting:
        above, folder = waiting.pop()
        for name, number in sorted(names.get(folder, {}).items()):
            path = f"{above}{name}"
            old = now.content.get(number, b"")
            if number in names:
                files[path] = None
                waiting.append((f"{path}/", number))
            elif number in now.unflushed:
                files[path] = _survived(old, now.unflushed[number], fates[number], draw)
            else:
                files[path] = old
    return files


def _survived(old: bytes, new: bytes, fate: str, draw: random.Random) -> bytes:
    """What is left of bytes that were not flushed."""
    if fate == "old":
        return old
    if fate == "empty":
        return b""
    if fate == "cut":
        return new[: draw.randrange(0, len(new) + 1, BLOCK)]
    last = (max(len(new) - 1, 0) // BLOCK) * BLOCK
    if fate == "torn":  # in the middle of the last block
        return new[: draw.randint(last, len(new))]
    if fate == "hole" and new:
        begin = draw.randrange(0, len(new), BLOCK)
        return new[:begin] + bytes(min(BLOCK, len(new) - begin)) + new[begin + BLOCK :]
    return new
