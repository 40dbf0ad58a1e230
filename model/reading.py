"""Files of whoever wrote them: a limit comes before the first byte is read."""

import errno
import os
import stat
from importlib.resources.abc import Traversable
from pathlib import Path


def read_at_most(file: Traversable | Path, largest: int) -> bytes:
    """The content of a file. Raises OSError where there is none, for what is no regular file, and for one too large.

    largest : bytes; a sparse file of gigabytes is refused by its size, a pipe before anybody waits for its end
    """
    if not isinstance(file, Path):
        return file.read_bytes()  # it came with the project
    found = os.stat(file)
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "is no regular file", str(file))
    with file.open("rb") as stream:
        raw = stream.read(found.st_size + 1) if found.st_size <= largest else b""
        if len(raw) > found.st_size:  # it grows while it is read
            raw += stream.read(largest)
    if found.st_size > largest or len(raw) > largest:
        size = max(found.st_size, len(raw))
        raise OSError(errno.EFBIG, f"{size:,} bytes; expected at most {largest:,}", str(file))
    return raw
