"""Parts: Parquet files whose names carry the SHA-256 of their bytes.

    runs-9f2c….parquet      table `runs`, and 64 hexadecimal digits

A changed, missing or surplus bit anywhere in the file no longer fits the name. Page checksums are written as well, for
tools that read a part by itself.
"""

import hashlib
import io
import re
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from model.reading import read_at_most
from scenarios.arrow import texts
from scenarios.store.files import StoreError, make_last, write_whole

_NAME = re.compile(r"([a-z][a-z0-9_]*)-([0-9a-f]{64})\.parquet")
#: Zstandard's level: 3 is its default; higher ones shrink these tables by a few per cent and take several times longer.
LEVEL = 3
#: Compacted parts have about 100 MB; what is larger was not written here, and is not read to find that out.
LARGEST_PART = 400_000_000
#: Up to so many bytes a part is read sooner by one thread than by several.
_SMALL_PART = 1_000_000


class Part(NamedTuple):
    """A part by its name: which table it belongs to, and what its bytes must hash to."""

    path: Path
    table: str
    sha256: str


def parts_of(folder: Path, table: str | None = None) -> list[Part]:
    """The parts in a folder, sorted by name; of one table or of all. A missing folder holds none."""
    found = []
    for path in sorted(folder.glob("*.parquet")):
        match = _NAME.fullmatch(path.name)
        if match and table in (None, match[1]):
            found.append(Part(path, match[1], match[2]))
    return found


def write_part(folder: Path, table: str, rows: pa.Table) -> Part:
    """Write rows as one part of a table; the same rows again are the same part."""
    buffer = io.BytesIO()
    _parquet().write_table(
        rows,
        buffer,
        compression="zstd",
        compression_level=LEVEL,
        write_page_checksum=True,
        write_statistics=True,
    )
    content = buffer.getvalue()
    sha256 = hashlib.sha256(content).hexdigest()
    path = folder / f"{table}-{sha256}.parquet"
    if not path.exists() or is_damaged(Part(path, table, sha256)):
        write_whole(path, content)
    else:
        make_last(path)  # who wrote it may have been stopped before it was safe
    return Part(path, table, sha256)


def read_part(part: Part, columns: list[str] | None = None) -> pa.Table:
    """The rows of a part, after its bytes were found to be those that were written.

    Raises StoreError for a damaged part, FileNotFoundError for one that has gone since it was listed.
    """
    try:
        content = read_at_most(part.path, LARGEST_PART)
    except OSError as error:
        if _is_gone(part, error):
            raise
        problem = _unreadable(error)
    else:
        problem = _problem(part, content)
    if problem:
        raise StoreError(
            f"{part.path}: {problem}; give the command that wrote it again: it sets the part aside and does again what "
            "was in it"
        )
    held = _parquet().ParquetFile(pa.BufferReader(content))
    missing = sorted(set(columns or ()) - set(held.schema_arrow.names))
    if missing:
        raise pa.ArrowInvalid(f"{part.path}: no column {', '.join(map(repr, missing))}")
    return held.read(columns=columns, use_threads=len(content) > _SMALL_PART)


def _parquet() -> Any:
    """What reads and writes Parquet, loaded by whoever does: a city's compounds are simulated meanwhile."""
    import pyarrow.parquet as pq

    return pq


def is_damaged(part: Part) -> str:
    """What is wrong with a part, or nothing. A part that has gone since it was listed is not damaged."""
    try:
        return _problem(part, read_at_most(part.path, LARGEST_PART))
    except OSError as error:
        return "" if _is_gone(part, error) else _unreadable(error)


def _is_gone(part: Part, error: OSError) -> bool:
    """Whether a part is no longer there. A link that leads nowhere stays, and is damaged."""
    return isinstance(error, FileNotFoundError) and not part.path.is_symlink()


def _unreadable(error: OSError) -> str:
    return f"cannot be read ({(error.strerror or str(error)).lower()})"


def _problem(part: Part, content: bytes) -> str:
    if hashlib.sha256(content).hexdigest() == part.sha256:
        return ""
    if len(content) < 12 or content[-4:] != b"PAR1":
        return f"the file is incomplete ({len(content):,} bytes are left)"
    return "its bytes have changed since it was written (SHA-256 differs)"


def with_keys(rows: pa.Table, keys: Any) -> pa.Table:
    """The rows with a column `key`: given, one for each row, or one text for all of them.

    Raises ValueError where there is neither.
    """
    if keys is None:
        if "key" not in rows.column_names:
            raise ValueError("rows without a column 'key'; expected one, or keys=")
        return rows
    if isinstance(keys, str):
        keys = [keys] * rows.num_rows
    if len(keys) != rows.num_rows:
        raise ValueError(f"{len(keys)} keys for {rows.num_rows} rows; expected one a row, or one text")
    column = texts(keys)
    if "key" in rows.column_names:
        return rows.set_column(rows.column_names.index("key"), "key", column)
    return rows.add_column(0, "key", column)
