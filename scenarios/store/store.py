"""The store: tables of keyed rows in parts, and a manifest beside them."""

import errno
import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pyarrow as pa

from scenarios.arrow import texts
from scenarios.reading import names_in, read_json
from scenarios.store import files
from scenarios.store.files import StoreError
from scenarios.store.keys import canonical
from scenarios.store.manifest import wrong_in
from scenarios.store.parts import Part, is_damaged, parts_of, read_part, with_keys, write_part

MANIFEST = "manifest.json"
PARTS = "parts"
DAMAGED = "damaged"
#: Commands whose folders have a manifest and no store; they are read by people, and never resumed.
WITHOUT_STORE = ("run", "compare", "demo", "analyse", "search")
#: What an exported crate has beside the manifest of its sweep.
CRATE = "ro-crate-metadata.json"
_WITH_STORE = ("sweep", "run", "calibrate")
MAIN = "runs"
#: Compacted parts hold about this many bytes of rows in memory.
COMPACT_BYTES = 256_000_000


class Damage(NamedTuple):
    """A damaged file of a store, and what is wrong with it."""

    file: str
    problem: str


class DamagedManifestError(StoreError):
    """A manifest whose content is not what was written."""

    def __init__(self, path: Path, problem: str) -> None:
        again = "give the command that wrote this folder again"
        kept = (path.parent / PARTS).is_dir()  # of a command that goes on, which others do not
        way = ": it sets the file aside and writes another" if kept else ", with another --out"
        super().__init__(f"{path}: {problem}; {again}{way}")
        self.damage = Damage(MANIFEST, problem)


class OtherWriterError(StoreError):
    """A folder of a command that keeps no store: it is left as it is. writer : the command, such as `gongzhi run`"""

    def __init__(self, path: Path, writer: str) -> None:
        super().__init__(
            f"{path}: of {writer}, which keeps no results of this form; expected a folder that "
            "`gongzhi sweep` has written"
        )
        self.writer = writer


class Verification(NamedTuple):
    """What a check of every byte found. `keys`, `rows` are those of the main table in sound parts.

    repeated : keys that are in more than one part, as after a compaction that was interrupted; read once
    """

    parts: int
    bytes: int
    rows: int
    keys: int
    repeated: int
    damaged: list[Damage]

    @property
    def sound(self) -> bool:
        """Whether nothing is damaged."""
        return not self.damaged


class Store:
    """Tables of rows by key in a folder; see the package.

    folder : made on the first write
    main : the table whose keys count as done: append its rows last
    """

    def __init__(self, folder: str | Path, main: str = MAIN) -> None:
        self.folder = Path(folder)
        self.main = main
        self._lasts = False

    # Writing.

    @contextmanager
    def lock(self, *, anew: bool = False) -> Iterator[None]:
        """`with store.lock():` one writer at a time; raises StoreError at once where there is another.

        Raises OtherWriterError for the folder of a command without a store, unless it is going to be filled anew.
        What is there counts as done from here on, so it is made to last: its writer may have been killed before.
        """
        if not anew:
            with suppress(DamagedManifestError):
                _ = self.manifest
        files.make_folder(self._parts)
        with files.locked(self.folder):
            self._lasts = False
            self._make_ready()
            yield

    def _make_ready(self) -> None:
        """Make the folder, if it is not there; at the first write make last what others have left in it."""
        files.make_folder(self._parts, lasting=not self._lasts)
        self._lasts = True

    def append(
        self, rows: pa.Table, keys: str | Iterable[str] | None = None, *, table: str | None = None
    ) -> Path:
        """Add rows to a table, the main one unless named; returns the part they are in, safe on the disk.

        keys : one a row, or one text for all; else the column `key` of the rows
        All rows of one key belong in one call: of a key that is in several parts the first part counts.
        Raises StoreError where the disk is full or the folder cannot be written to; then nothing was added.
        """
        self._make_ready()
        given = keys if keys is None or isinstance(keys, str) else list(keys)
        return write_part(self._parts, table or self.main, with_keys(rows, given)).path

    def write_manifest(self, content: dict[str, Any]) -> None:
        """Write the manifest, with its own checksum, in place of the last."""
        self._make_ready()
        whole = {**content, "sha256": _checksum(content)}
        text = json.dumps(whole, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
        files.write_whole(self.folder / MANIFEST, text.encode())

    def mend(self) -> list[Damage]:
        """Set what is damaged aside, in `damaged/`, and remove what dead writers left; returns what was damaged.

        The keys that were in a part are no longer among `keys()`, and there is no manifest where it was damaged:
        whoever fills the store writes them again.
        """
        files.remove_abandoned(self._parts)
        files.remove_abandoned(self.folder)
        damaged = [
            Damage(f"{PARTS}/{part.path.name}", problem)
            for part in self.parts()
            if (problem := is_damaged(part))
        ]
        try:
            _ = self.manifest
        except DamagedManifestError as error:
            damaged.append(error.damage)
        for damage in damaged:
            self._set_aside(self.folder / damage.file)
        for folder in (self.folder, self.folder / DAMAGED, self._parts) if damaged else ():
            self._flush(folder)
        return damaged

    def _set_aside(self, path: Path) -> None:
        files.make_folder(self.folder / DAMAGED)
        goal = self.folder / DAMAGED / path.name
        try:
            # A folder in place of a part goes nowhere where another lies.
            path.replace(goal if not goal.is_dir() else goal.with_name(f"{goal.name}.{time.time_ns()}"))
        except OSError as error:
            raise StoreError(f"{path}: damaged, and cannot be set aside ({error.strerror})") from error

    def forget(self, keys: set[str]) -> None:
        """Remove rows from the main table, so that their keys count as not done.

        Interrupted at any moment no other row is lost: a part goes only after what is left of it is on the disk.
        """
        gone = texts(sorted(keys))
        for part in self.parts(self.main) if keys else []:
            rows = read_part(part)
            left = rows.filter(_compute().invert(_compute().is_in(rows["key"], gone)))
            if left.num_rows < rows.num_rows:
                if left.num_rows:
                    write_part(self._parts, self.main, left)
                self._remove([part])

    def replace(self, rows: pa.Table, *, table: str) -> None:
        """Put rows in place of all that a table holds.

        Interrupted between the two the table is empty, which is seen, and never a mixture, which is not.
        """
        self._make_ready()
        self._remove(self.parts(table))
        self.append(rows, table=table)

    def compact(self) -> tuple[int, int]:
        """Merge the small parts of each table into few large ones; returns parts before and after.

        Interrupted at any moment nothing is lost: the old parts go only after the new one is on the disk.
        """
        before = len(self.parts())
        for table in self.tables():
            parts = self.parts(table)
            for rows, merged in self._merged(parts):
                kept = write_part(self._parts, table, rows)
                self._remove([part for part in merged if part.path != kept.path])
        return before, len(self.parts())

    def _remove(self, parts: list[Part]) -> None:
        """Remove parts for good; another writer may have done it."""
        with files.in_words(self._parts):
            for part in parts:
                part.path.unlink(missing_ok=True)
            files.flush_folder(self._parts)

    def _flush(self, folder: Path) -> None:
        with files.in_words(folder):
            files.flush_folder(folder)

    def _merged(self, parts: list[Part]) -> Iterator[tuple[pa.Table, list[Part]]]:
        batch: list[Part] = []
        held: list[pa.Table] = []
        n_bytes = 0
        for part in parts:
            batch.append(part)
            held.append(read_part(part))
            n_bytes += held[-1].nbytes
            if n_bytes >= COMPACT_BYTES:
                yield _joined(held).sort_by("key"), batch
                batch, held, n_bytes = [], [], 0
        if held:
            yield _joined(held).sort_by("key"), batch

    # Reading.

    @property
    def manifest(self) -> dict[str, Any]:
        """What the folder holds, as its writer described it; empty where there is none yet.

        Raises StoreError for one that cannot be read or has been changed: `mend` sets such a one aside.
        """
        path = self.folder / MANIFEST
        try:
            found = manifest_as_it_is(self.folder)
        except FileNotFoundError:
            return {}
        if writer := _other_writer(found, self.folder):
            raise OtherWriterError(path, writer)
        if not isinstance(found, dict) or found.pop("sha256", "") != _checksum(found):
            raise DamagedManifestError(path, "its content has changed since it was written (SHA-256 differs)")
        if wrong := wrong_in(found):
            raise StoreError(
                f"{path}: {wrong}; expected the manifest of a sweep by this version of the program"
            )
        return found

    def tables(self) -> list[str]:
        """Names of the tables that have parts."""
        return sorted({part.table for part in self.parts()})

    def tables_beside(self, *own: str) -> list[str]:
        """Names of the tables that have parts and are none of these: another's, whatever the manifest says."""
        return [table for table in self.tables() if table not in own]

    def parts(self, table: str | None = None) -> list[Part]:
        """The parts of a table, or of all."""
        return parts_of(self._parts, table)

    def keys(self, table: str | None = None, *, damaged: Literal["raise", "skip"] = "raise") -> set[str]:
        """Keys of a table, the main one unless named, which says what is done; of damaged parts as in `table`."""
        found: set[str] = set()
        for rows in self._read(table or self.main, ["key"], damaged):
            found.update(rows["key"].unique().to_pylist())
        return found

    def table(
        self,
        table: str | None = None,
        columns: list[str] | None = None,
        *,
        damaged: Literal["raise", "skip"] = "raise",
    ) -> pa.Table:
        """Every row of a table, each key once, sorted by key; may be called while others write.

        columns : those wanted, `key` is always among them
        damaged : raise StoreError for a damaged part, or leave its rows out
        An empty table where there are no parts.
        """
        wanted = None if columns is None else ["key", *(c for c in columns if c != "key")]
        rows = _joined(self._read(table or self.main, wanted, damaged))
        return rows.sort_by("key") if rows.num_rows else rows

    def _read(
        self, table: str, columns: list[str] | None, damaged: Literal["raise", "skip"]
    ) -> list[pa.Table]:
        """The rows of every part. Begins again where a compaction has replaced parts since they were listed."""
        while True:
            try:
                return [
                    read_part(part, columns)
                    for part in self.parts(table)
                    if damaged == "raise" or not is_damaged(part)
                ]
            except FileNotFoundError:
                continue

    def verify(self) -> Verification:
        """Read every byte of every part and of the manifest, and name what is damaged."""
        damaged: list[Damage] = []
        n_parts = n_bytes = 0
        keys: list[pa.Array] = []
        rows = 0
        for part in self.parts():
            n_parts += 1
            try:
                held = read_part(part, ["key"])["key"]
                n_bytes += part.path.stat().st_size
            except FileNotFoundError:
                continue
            except (StoreError, OSError, pa.ArrowInvalid):
                damaged.append(Damage(f"{PARTS}/{part.path.name}", is_damaged(part)))
                continue
            if part.table == self.main:
                rows += len(held)
                keys.append(held.unique())
        try:
            _ = self.manifest
        except DamagedManifestError as error:
            damaged.append(error.damage)
        except StoreError as error:
            damaged.append(Damage(MANIFEST, str(error).partition(": ")[2]))
        n_keys = len(pa.chunked_array(keys).unique()) if keys else 0
        return Verification(n_parts, n_bytes, rows, n_keys, sum(map(len, keys)) - n_keys, damaged)

    @property
    def _parts(self) -> Path:
        return self.folder / PARTS


def manifest_as_it_is(folder: Path) -> Any:
    """What the manifest of a folder holds, whoever has written it. Raises FileNotFoundError, StoreError."""
    path = folder / MANIFEST
    try:
        return read_json(path)
    except FileNotFoundError:
        raise
    except OSError as error:
        problem = f"cannot be read ({error.strerror or error})"
        if error.errno == errno.EFBIG:  # no manifest is that large
            raise DamagedManifestError(path, problem) from None
        raise StoreError(f"{path}: {problem}") from None
    except (ValueError, RecursionError) as error:
        raise DamagedManifestError(path, f"cannot be read ({str(error)[:80]}); expected JSON") from None


def _joined(held: list[pa.Table]) -> pa.Table:
    """Rows of several parts; of a key in several of them those of the first only."""
    if not held:
        return pa.table({"key": texts([])})
    unique = [rows["key"].unique() for rows in held]
    if len(pa.chunked_array(unique, pa.string()).unique()) < sum(map(len, unique)):
        seen: set[str] = set()
        for i, (rows, keys) in enumerate(zip(held, unique, strict=True)):
            new = [key for key in keys.to_pylist() if key not in seen]
            seen.update(new)
            held[i] = rows.filter(_compute().is_in(rows["key"], texts(new)))
    return pa.concat_tables(held, promote_options="permissive")


def _compute() -> Any:
    """Arrow's functions, loaded by whoever removes rows: that takes a while."""
    import pyarrow.compute as pc

    return pc


def _other_writer(manifest: Any, folder: Path) -> str:
    """Which command has written a manifest that has no checksum of its own, as those of stores have; empty for none."""
    if not isinstance(manifest, dict) or "sha256" in manifest:
        return ""
    if (folder / CRATE).exists():
        return "gongzhi results export"
    writer = manifest.get("made_by")
    return f"gongzhi {writer}" if writer in WITHOUT_STORE else ""


def holds(store: Store) -> str:
    """What a folder with a manifest holds, for who is refused to write there. Raises StoreError."""
    try:
        manifest = store.manifest
    except OtherWriterError as error:
        return f"holds results of {error.writer}"
    kind = "calibrate" if manifest.get("kind") == "calibration" else manifest.get("made_by")
    return f"holds results of gongzhi {kind}" if kind in _WITH_STORE else "holds other results"


def strange_files(store: Store) -> str:
    """What lies in a folder in which no results were begun, in words; nothing where it is empty or holds results.

    A store is begun by its folder of parts. Raises OtherWriterError for the folder of another command, StoreError.
    """
    parts = store.folder / PARTS
    with files.in_words(store.folder):
        if store.parts() or (parts.is_dir() and not names_in(parts)):
            return ""
        with suppress(DamagedManifestError):  # which may be anybody's
            if store.manifest:
                return ""
        return names_in(store.folder)


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(content).encode()).hexdigest()
