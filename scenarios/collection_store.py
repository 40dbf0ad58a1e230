"""The outcome rows of a collection in a folder: one Parquet file a block, written whole or not at all.

`run.json` says what is run: rows of another seed, scenario or code are never added to them.
"""

import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scenarios.collection_rows import SCHEMA
from scenarios.collection_runs import Drawn
from scenarios.problems import shown

PARTS = "compounds"
IDENTITY = "run.json"
_OLD_SECONDS = 3600.0
_SHOWN_DIFFERENCES = 4
_SOURCES = ("collection.py", "collection_runs.py", "collection_rows.py")


class OtherRun(Exception):
    """The folder holds rows that do not belong to what is to be run; says what differs."""


class DamagedPart(Exception):
    """A file of rows cannot be read, or its checksum is wrong."""


@cache
def code_version() -> str:
    """Changes when any code changes on which rows depend."""
    digest = hashlib.blake2b(digest_size=16)
    folders = [(p, None) for p in ("agents", "model")] + [("scenarios", _SOURCES)]
    for package, names in folders:
        for source in sorted(resources.files(package).iterdir(), key=lambda f: f.name):
            if source.name.endswith(".py") and (names is None or source.name in names):
                digest.update(source.name.encode())
                digest.update(source.read_bytes())
    return digest.hexdigest()


def identity(drawn: Drawn) -> dict[str, Any]:
    """What determines the rows of a run."""
    return {
        "content_hash": drawn.content_hash(),
        "code": code_version(),
        "seed": drawn.seed,
        "collection": drawn.collection.model_dump(mode="json"),
        "scenario": drawn.scenario.model_dump(mode="json"),
    }


class Rows:
    """The rows of one run in a folder."""

    def __init__(self, folder: Path, drawn: Drawn) -> None:
        self.folder = folder
        self._identity = identity(drawn)
        self._key = hashlib.blake2b(
            f"{self._identity['content_hash']} {self._identity['code']}".encode(), digest_size=8
        ).hexdigest()

    def begin(self) -> None:
        """Make the folder ready. Raises OtherRun where it holds rows of another run; OSError."""
        (self.folder / PARTS).mkdir(parents=True, exist_ok=True)
        file = self.folder / IDENTITY
        if file.exists():
            differing = differences(_read_json(file), self._identity)
            if differing:
                raise OtherRun("; ".join(differing[:_SHOWN_DIFFERENCES]))
        else:
            text = json.dumps(self._identity, ensure_ascii=False, indent=2) + "\n"
            _write(file, text.encode())
        self._forget_broken_writes()

    def parts(self) -> list[Path]:
        """The files of rows, in the order of their compounds."""
        return sorted((self.folder / PARTS).glob(f"*-{self._key}.parquet"))

    def done(self) -> tuple[np.ndarray, list[Path]]:
        """Indices of the compounds whose rows are whole, and files that turned out damaged and were put aside."""
        found, damaged = [np.zeros(0, np.int32)], []
        for part in self.parts():
            try:
                found.append(_read(part, SCHEMA.names)["compound"].to_numpy())
            except DamagedPart:
                damaged.append(part)
                part.rename(part.with_suffix(".damaged"))
        return np.concatenate(found), damaged

    def append(self, block: range, rows: pa.Table) -> None:
        """Keep the rows of a block for good. Raises OSError."""
        sink = pa.BufferOutputStream()
        pq.write_table(rows, sink, compression="zstd", write_page_checksum=True, store_schema=True)
        name = f"{block.start:08d}-{block.stop:08d}-{self._key}.parquet"
        _write(self.folder / PARTS / name, sink.getvalue())

    def columns(self, names: Sequence[str], upto: int) -> dict[str, np.ndarray]:
        """Columns of the first `upto` compounds, in their order, whatever the order in which they were run.

        Raises DamagedPart.
        """
        tables = [_read(part, ["compound", *(n for n in names if n != "compound")]) for part in self.parts()]
        whole = {name: np.concatenate([t[name].to_numpy() for t in tables]) for name in ("compound", *names)}
        compounds, first = np.unique(whole["compound"], return_index=True)
        first = first[compounds < upto]
        return {name: whole[name][first] for name in names}

    def _forget_broken_writes(self) -> None:
        """Files of killed runs; young ones may belong to a run that is still writing."""
        for file in (self.folder / PARTS).glob("*.partial"):
            try:
                if time.time() - file.stat().st_mtime > _OLD_SECONDS:
                    file.unlink()
            except FileNotFoundError:
                continue


def differences(found: Any, expected: Any, key: str = "") -> list[str]:
    """What differs between two nested tables, one line a key."""
    if isinstance(found, dict) and isinstance(expected, dict):
        names = dict.fromkeys([*expected, *found])
        inside = [
            differences(found.get(n), expected.get(n), f"{key}.{n}" if key else n)
            for n in names
            if n != "content_hash"
        ]
        return [line for lines in inside for line in lines]
    if found == expected:
        return []
    if key == "code":
        return ["the code of the model has changed"]
    return [f"{key} = {shown(found)} there, {shown(expected)} here"]


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return None


def _read(part: Path, names: Sequence[str]) -> pa.Table:
    try:
        return pq.read_table(
            part, columns=list(names), page_checksum_verification=True, memory_map=False, partitioning=None
        )
    except (pa.ArrowException, OSError) as error:
        raise DamagedPart(f"{part.name}: {str(error).splitlines()[0][:200]}") from None


def _write(file: Path, content: Any) -> None:
    """Write a file so that it is there whole, or not at all, whatever happens."""
    partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
    with partial.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(file)
    _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut; Windows has no such call for folders."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def each_part(rows: Rows) -> Iterator[pa.Table]:
    """Whole parts one after another, for who wants every column without holding all rows."""
    for part in rows.parts():
        yield _read(part, SCHEMA.names)
