"""The folder of a command that keeps no store, such as `gongzhi run`: the tables beside its manifest, to be read."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import pyarrow as pa

from model.brought import Brought
from model.reading import read_at_most
from scenarios.files.problems import ScenarioError
from scenarios.reading import read_json
from scenarios.store.files import StoreError
from scenarios.store.manifest import wrong_in
from scenarios.store.store import MAIN, MANIFEST, Damage, OtherWriterError, Store, Verification

if TYPE_CHECKING:
    import pandas as pd

#: A weekly table of a thousand runs takes a hundred megabytes.
LARGEST_FILE = 2_000_000_000
#: The table with a row a run, by its file: of compounds, and of a district, of which a row is a draw.
_RUNS = {"summary.csv": False, "totals.csv": True}


class Written(Store):
    """What such a folder holds, with the tables of a sweep: `runs`, `weekly`, and every other table it was given.

    Nothing is written here. Every table is compared with its hash in the manifest before it is used.
    Raises OtherWriterError where none of its tables has a row a run, StoreError for what cannot be read.
    """

    def __init__(self, folder: str | Path, other: OtherWriterError) -> None:
        super().__init__(folder)
        self._other = other
        named = read_json(self.folder / MANIFEST).get("files")
        listed = named.items() if isinstance(named, dict) else ()
        self._hashes = {name: said for name, said in listed if _is_inside(self.folder, name)}
        runs = [name for name in _RUNS if name in self._hashes]
        if not runs:
            raise other
        self._of_districts = _RUNS[runs[0]]
        tables = {Path(name).stem: name for name in self._hashes if "/" not in name and name.endswith(".csv")}
        self._files = {MAIN: runs[0], **{stem: name for stem, name in tables.items() if name != runs[0]}}

    @contextmanager
    def lock(self, *, anew: bool = False) -> Iterator[None]:
        """Raises OtherWriterError: it is never filled further."""
        yield self.refuse()

    def refuse(self) -> NoReturn:
        """Raise OtherWriterError, for who needs rows that can be added to or run again."""
        raise self._other

    @property
    def manifest(self) -> dict[str, Any]:
        """How the results came about, with what a sweep's says of its rows. Raises StoreError."""
        return dict(self._described)

    @cached_property
    def _described(self) -> dict[str, Any]:
        found = read_json(self.folder / MANIFEST)
        if wrong := wrong_in(found):
            raise StoreError(
                f"{self.folder / MANIFEST}: {wrong}; expected the manifest of {self._other.writer}"
            )
        rows, known, weeks = self._frame(MAIN), self._known(found), _horizons(found.get("scenarios"))
        return {
            **found,
            "id": str(found.get("command", "")),
            "different_runs": len(rows),
            "outcomes": [name for name in rows if name in known],
            "of_districts": self._of_districts,
            "bases": [{"scenario": {"horizon_weeks": each}} for each in weeks],
        }

    def _known(self, manifest: dict[str, Any]) -> set[str]:
        """Names of outcomes that its rows may have."""
        from model.measures import SUMMARY
        from scenarios.totals import TOTALS, own_totals

        own = Brought.remembered(manifest.get("own"))
        return {*TOTALS, *own_totals(own)} if self._of_districts else {*SUMMARY, *own.outcomes}

    def tables(self) -> list[str]:
        """Names of the tables."""
        return sorted(self._files)

    def _read(
        self, table: str, columns: list[str] | None, damaged: Literal["raise", "skip"]
    ) -> list[pa.Table]:
        if table not in self._files or (damaged == "skip" and self._problem(self._files[table])):
            return []
        made = pa.Table.from_pandas(self._frame(table), preserve_index=False)
        words = [f.with_type(pa.string()) if pa.types.is_large_string(f.type) else f for f in made.schema]
        rows = made.cast(pa.schema(words))  # as those of a store
        return [rows if columns is None else rows.select(columns)]

    def _frame(self, table: str) -> "pd.DataFrame":
        """A table with the key of its run: the number of the run, of a district the seed; of `runs` also its status."""
        from scenarios.files.spreadsheets import read_csv

        file = self.folder / self._files[table]
        if problem := self._problem(file.name):
            raise StoreError(f"{file}: {problem}; give the command that wrote this folder again")
        try:
            found = read_csv(file)
            by = "seed" if self._of_districts else "run"
            numbers = found[by] if by in found else range(len(found))
            found.insert(0, "key", [f"{by}-{number:09d}" for number in numbers])
            return (
                found if table != MAIN else found.assign(status="ok").astype({"case": str, "strategy": str})
            )
        except (OSError, ValueError, KeyError, ScenarioError):
            raise StoreError(
                f"{file}: is no table of {self._other.writer}; expected one as it was written"
            ) from None

    def _problem(self, name: str) -> str:
        """What has happened to a file since it was written; nothing where it is the same."""
        try:
            content = read_at_most(self.folder / name, LARGEST_FILE)
        except OSError as error:
            return f"cannot be read ({(error.strerror or str(error)).lower()})"
        same = hashlib.blake2b(content, digest_size=16).hexdigest() == self._hashes[name]
        return "" if same else "its content has changed since it was written (BLAKE2b differs)"

    def verify(self) -> Verification:
        """Compare every file with its hash, and name what is damaged."""
        damaged = [Damage(name, problem) for name in self._hashes if (problem := self._problem(name))]
        wrong = {damage.file for damage in damaged}
        sound = [self.folder / name for name in self._hashes if name not in wrong]
        n = 0 if self._files[MAIN] in wrong else len(self._frame(MAIN))
        return Verification(len(self._hashes), sum(file.stat().st_size for file in sound), n, n, 0, damaged)


def _horizons(scenarios: Any) -> list[int]:
    """The weeks of every scenario that a manifest describes."""
    described = [each for each in scenarios if isinstance(each, dict)] if isinstance(scenarios, list) else []
    return [each["horizon_weeks"] for each in described if isinstance(each.get("horizon_weeks"), int)]


def _is_inside(folder: Path, name: str) -> bool:
    """Whether a file that a manifest names is one of its folder: somebody may have edited it."""
    try:
        return (folder / name).resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):  # a NUL character, a loop of links
        return False
