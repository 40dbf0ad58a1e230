"""Files that are whole or not there: written under another name, flushed, renamed; and the lock of a folder."""

import errno
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

#: Files on their way are hidden, and say who writes them: `.part-HOST-PROCESS-NUMBER.writing`.
SUFFIX = ".writing"
#: A file on its way from another computer is given up after this long.
ABANDONED_SECONDS = 3600
LOCK = ".lock"
#: Copy of a researcher's own file, for the record; nothing runs it.
OWN_COPY = "own.py"
_WRITER = re.compile(r"\.part-(?P<host>.+)-(?P<process>[0-9]{1,9})-[0-9]+\.writing")
_numbers = count()
#: Set where locks cannot be had, by who knows that nobody else writes.
UNLOCKED = "GONGZHI_UNLOCKED"


class StoreError(Exception):
    """A store that cannot be read or written, or a part of it that is damaged; the message says what to do."""


def write_whole(goal: Path, content: bytes) -> None:
    """Write a file so that it is there completely or not at all, even if the computer stops now.

    Raises StoreError where the disk is full, the folder cannot be written to, or writing fails.
    """
    with in_words(goal):
        replace_whole(goal, content)


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """What goes wrong with a file within the block leaves as StoreError, which says what to do."""
    try:
        yield
    except OSError as error:
        raise StoreError(_reason(path, error)) from error


def replace_whole(goal: Path, content: bytes, mode: int = 0o666) -> None:
    """What `write_whole` does, for who says in other words what went wrong. mode : who may read it. Raises OSError."""
    passing = goal.parent / f".part-{socket.gethostname()}-{os.getpid()}-{next(_numbers)}{SUFFIX}"
    try:
        passing.touch(mode, exist_ok=False)
        with passing.open("r+b") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        passing.replace(goal)
        flush_folder(goal.parent)
    except OSError:
        with suppress(OSError):  # what went wrong first is what is said
            passing.unlink()
        raise


def make_last(path: Path) -> None:
    """Bring a file that is there to the disk, and its name. Raises StoreError."""
    with in_words(path):
        with path.open("r+b") as file:
            os.fsync(file.fileno())
        flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make the names in a folder last; where folders cannot be opened or flushed the system does so by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def make_folder(folder: Path, *, lasting: bool = False) -> None:
    """Make a folder and those above it; lasting : as `lasting_folder` does. Raises StoreError."""
    with in_words(folder):
        if lasting:
            lasting_folder(folder)
        else:
            folder.mkdir(parents=True, exist_ok=True)


def lasting_folder(folder: Path, mode: int = 0o777) -> None:
    """Make a folder and those above it, and make last all names on the way to it and in it.

    An earlier writer may have made them, and been killed before they were safe. mode : its own. Raises OSError.
    """
    folder.mkdir(mode, parents=True, exist_ok=True)
    for place in (folder, *folder.absolute().parents):
        with suppress(PermissionError):  # not made by who may not even look into it
            flush_folder(place)


def remove_abandoned(folder: Path) -> int:
    """Remove what dead writers left on its way; returns how many files. Other writers may do the same."""
    removed = 0
    for path in folder.glob(f".part-*{SUFFIX}"):
        with suppress(OSError):
            if _abandoned(path):
                path.unlink()
                removed += 1
    return removed


def _abandoned(path: Path) -> bool:
    """Whether its writer has ended; of a writer elsewhere, or a name that says none, by its age."""
    writer = _WRITER.fullmatch(path.name)
    if writer and writer["host"] == socket.gethostname():
        import psutil  # takes a while to load, and is seldom needed

        return not psutil.pid_exists(int(writer["process"]))
    return time.time() - path.stat().st_mtime > ABANDONED_SECONDS


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: one writer of a sweep at a time. Whoever dies gives it back.

    What an earlier writer has done lasts from here on. Raises StoreError at once where another holds it.
    """
    with in_words(folder / LOCK):
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if os.environ.get(UNLOCKED, "") != "1" and not _take(folder, handle):
            raise StoreError(
                f"{folder}: another run is writing to this folder; wait for it, end it, or give another one"
            )
        yield
    finally:
        os.close(handle)


def _take(folder: Path, handle: int) -> bool:
    """Whether the lock could be taken; the system releases it when the process ends.

    Raises StoreError where the file system has no locks.
    """
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # on Windows only
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            return False
        if error.errno in (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS):
            what = (error.strerror or str(error)).lower()
            raise StoreError(
                f"{folder}: no locks can be had here ({what}), as on some network file systems; expected a folder on "
                f"another one, or {UNLOCKED}=1 in the environment where nothing else writes to this folder meanwhile"
            ) from None
        raise
    return True


def _reason(path: Path, error: OSError) -> str:
    """What went wrong with a file and what to do about it."""
    what = (error.strerror or str(error)).lower()
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{path.parent}: the disk is full ({what}); make room and give the same command again: nothing is lost"
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return f"{path.parent}: cannot be written to ({what}); expected a folder you may write to"
    lost = (place for place in (path, *path.parents) if os.path.islink(place) and not os.path.exists(place))
    link = next(lost, None)
    if link is not None:
        return f"{link}: is a link to nothing; expected a folder"
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"{path}: is a file or lies in one ({what}); expected a folder"
    return f"{path}: writing failed ({what})"
