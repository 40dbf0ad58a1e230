"""The model's source files, and a digest of them that cached machine code and stored results carry."""

import hashlib
from functools import cache
from importlib import resources
from pathlib import Path


@cache
def sources() -> tuple[tuple[str, Path], ...]:
    """Every Python file of `agents`, `compiling` and `model`: its path from the package on, and its path on disk."""
    roots = [Path(str(resources.files(package))) for package in ("agents", "compiling", "model")]
    found = [
        (file.relative_to(root.parent).as_posix(), file) for root in roots for file in root.rglob("*.py")
    ]
    return tuple(sorted(found))


def sources_digest(*more: bytes, size: int = 16) -> str:
    """`size` bytes in hexadecimal that change when any source of the model changes, or `more`."""
    digest = hashlib.blake2b(digest_size=size)
    for name, file in sources():
        digest.update(name.encode() + b"\0" + file.read_bytes())
    for content in more:
        digest.update(b"\0" + content)
    return digest.hexdigest()
