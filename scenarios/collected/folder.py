"""The folder of a collection: a store of outcome rows, and a manifest that says what they are rows of.

Rows of another seed, scenario or code are never added to them.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from scenarios.arrow import numbers
from scenarios.collected.rows import SCHEMA
from scenarios.collected.runs import Drawn
from scenarios.files.problems import shown
from scenarios.identity import code_of
from scenarios.store import Damage, Store, key_of
from scenarios.store.opening import COMPOUNDS
from scenarios.store.store import DamagedManifestError

#: The table of outcome rows: its parts are `parts/compounds-….parquet`.
TABLE = COMPOUNDS
#: Merged at the end where there are more parts than this.
_MANY_PARTS = 8
_SHOWN_DIFFERENCES = 4
#: Beside `agents` and `model`, what rows depend on.
SOURCES = (
    "files/collectionfile.py",
    "collected/runs.py",
    "collected/rows.py",
    "arrow.py",
    "own.py",
    "totals.py",
)


class OtherRunError(Exception):
    """The folder holds rows that do not belong to what is to be run; says what differs."""


@cache
def code_version() -> str:
    """Changes when any code does on which rows depend."""
    return code_of(SOURCES)


def identity(drawn: Drawn) -> dict[str, Any]:
    """What determines the rows of a run."""
    own = {} if drawn.own is None else {"own": drawn.own.code.digest}
    return {
        "code": code_version(),
        "seed": drawn.seed,
        "collection": drawn.collection.model_dump(mode="json"),
        "scenario": drawn.scenario.model_dump(mode="json"),
        **own,
    }


class Rows:
    """The outcome rows of one run in a folder.

    Every row has the key of its compound: its index, and behind it the hash of what is run.
    """

    def __init__(self, folder: Path, drawn: Drawn) -> None:
        self.store = Store(folder, main=TABLE)
        self.identity = identity(drawn)
        self._run = key_of(self.identity)

    def begin(self, manifest: dict[str, Any]) -> list[Damage]:
        """Make the folder ready and set damaged files aside, which are returned.

        Raises OtherRunError where it holds rows of another run, StoreError where it cannot be read or written.
        """
        try:
            found = self.store.manifest
        except DamagedManifestError:
            found = {}  # whose rows they are their keys say, too
        differing = differences(found["run"], self.identity) if "run" in found else []
        if differing:
            raise OtherRunError("; ".join(differing[:_SHOWN_DIFFERENCES]))
        damaged = self.store.mend()
        if not found:
            if self.store.tables_beside(TABLE) or len(self.store.keys()) > len(self.done()):
                raise OtherRunError("the manifest is gone, and the rows are not of this run")
            self.describe(manifest)
        return damaged

    def describe(self, manifest: dict[str, Any]) -> None:
        """Write the manifest, with what is run."""
        self.store.write_manifest({**manifest, "run": self.identity})

    def done(self) -> np.ndarray:
        """Indices of the compounds whose rows are there, ascending."""
        keys = (key.partition("-") for key in self.store.keys())
        return np.sort(np.array([int(index) for index, _, run in keys if run == self._run], np.int64))

    def append(self, rows: pa.Table) -> None:
        """Keep the rows of a block for good. Raises StoreError."""
        self.store.append(rows, keys=[f"{index:07d}-{self._run}" for index in rows["compound"].to_pylist()])

    def columns(self, names: Sequence[str], upto: int) -> dict[str, np.ndarray]:
        """Columns of the first `upto` compounds in their order, however they were run. Raises StoreError."""
        table = self.store.table(columns=[*dict.fromkeys(["compound", *names])])
        whole = {name: numbers(table[name]) for name in table.column_names if name != "key"}
        of_this_run = np.array([key.endswith(self._run) for key in table["key"].to_pylist()], bool)
        wanted = of_this_run & (whole["compound"] < upto)
        return {name: whole[name][wanted] for name in names}

    def merge(self) -> None:
        """Make few large files of many small ones. Raises StoreError."""
        if len(self.store.parts()) > _MANY_PARTS:
            self.store.compact()


def differences(found: Any, expected: Any, key: str = "") -> list[str]:
    """What differs between two nested tables, one line a key."""
    if isinstance(found, dict) and isinstance(expected, dict):
        names = dict.fromkeys([*expected, *found])
        inside = [differences(found.get(n), expected.get(n), f"{key}.{n}" if key else n) for n in names]
        return [line for lines in inside for line in lines]
    if found == expected:
        return []
    if key == "code":
        return ["the code of the model has changed since"]
    if key == "own":
        return ["they were made with another version of the own file, or without one"]
    return [f"{key} = {shown(found)} there and {shown(expected)} here"]


def column_names() -> list[str]:
    """Every column of the outcome rows, in order."""
    return list(SCHEMA.names)
