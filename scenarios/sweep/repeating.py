"""One run of a sweep once more, from what the folder says of it; and whether it gives what stands there."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from model.engine import Results, simulate_runs
from model.engine import Run as EngineRun
from model.specification import District, Scenario
from scenarios.district import runs_of_seeds
from scenarios.files.settings import table_with_values, with_values
from scenarios.store import Opened, StoreError
from scenarios.store.opening import HOUSEHOLDS, WEEKLY, open_results
from scenarios.store.written import Written
from scenarios.sweep.chunk import KILLED, TIMED_OUT, Chunk, run_chunk
from scenarios.sweep.factors import Factor
from scenarios.sweep.noting import Wanted
from scenarios.sweep.plan import Base, Task, code_version

if TYPE_CHECKING:
    from scenarios.own import Own

#: Columns that say where a run was made, and not what came of it.
_NOT_COMPARED = ("reproduce",)
MOST_SHOWN = 10


@dataclass(frozen=True)
class Difference:
    """A value that is another one now. table : of the folder; week : of weekly rows, else None"""

    table: str
    column: str
    week: int | None
    stored: Any
    now: Any


@dataclass(frozen=True)
class Repeated:
    """A run once more. n_values : how many were compared, bit for bit; same_code : by the same version of the model"""

    key: str
    n_values: int
    differences: tuple[Difference, ...]
    same_code: bool

    @property
    def equal(self) -> bool:
        """Whether every value is the same to the last bit."""
        return not self.differences


def repeat_run(folder: str | Path, key: str, own: "Own | str | Path | None" = None) -> Results:
    """Run one run of a sweep again, exactly, in this process; of a district all its compounds.

    key : of the run, as in its row; the first digits are enough
    own : the researcher's own file the sweep was run with, where there was one
    Raises StoreError where the folder has no such run, or was made with another file.
    """
    opened = _sweep_in(folder)
    mine = own_of(opened, own)
    with _known(mine):
        scenario, district, seed = scenario_of(opened, run_of(opened, key))
        if mine is not None and district is not None:
            return mine.simulate_districts(runs_of_seeds(scenario, district, [seed]))
        if mine is not None:
            return mine.results(scenario, seed)
    if district is None:
        return simulate_runs([EngineRun(scenario, seed)], threads=1)
    return simulate_runs(runs_of_seeds(scenario, district, [seed]), threads=1)


def repeated(folder: str | Path, key: str, own: "Own | str | Path | None" = None) -> Repeated:
    """Run one run of a sweep again and compare what comes of it with its rows, bit for bit.

    Raises StoreError where there is no such run, one of which nothing came back, or the own file is another.
    """
    opened = _sweep_in(folder)
    row, manifest = run_of(opened, key), opened.manifest
    if row["status"] in (TIMED_OUT, KILLED):
        raise StoreError(
            f"{folder}: run {row['key']}: {row['status']} ({row['error']}): nothing came back that could be compared"
        )
    done = run_chunk(_chunk(opened, row, own_of(opened, own)))
    columns = [name for name in done.runs.column_names if name not in _NOT_COMPARED]
    tables = [("runs", opened.arrow(), done.runs.select(columns))]
    if done.weekly is not None:
        tables.append((WEEKLY, opened.arrow(WEEKLY), done.weekly))
    if done.households is not None:
        tables.append((HOUSEHOLDS, opened.arrow(HOUSEHOLDS), done.households))
    differences: list[Difference] = []
    n_values = 0
    for name, stored, now in tables:
        there = stored.filter(pc.equal(stored["key"], row["key"]))
        order = [(c, "ascending") for c in ("week", "household") if c in there.column_names]
        there, now = (t.sort_by(order) if order else t for t in (there, now))
        differences += _differences(name, there.select(now.column_names), now)
        n_values += now.num_rows * now.num_columns
    return Repeated(row["key"], n_values, tuple(differences), manifest.get("code") == code_version())


def _sweep_in(folder: str | Path) -> Opened:
    """The results in a folder. Raises StoreError where its command keeps no runs that could be run again."""
    opened = open_results(folder)
    if isinstance(opened.store, Written):
        opened.store.refuse()
    return opened


def _differences(table: str, stored: pa.Table, now: pa.Table) -> Iterator[Difference]:
    if stored.num_rows != now.num_rows:
        yield Difference(table, "rows", None, stored.num_rows, now.num_rows)
        return
    for name in now.column_names:
        weeks = now["week"].to_pylist() if "week" in now.column_names else [None] * now.num_rows
        pairs = zip(weeks, stored[name].to_pylist(), now[name].to_pylist(), strict=True)
        yield from (
            Difference(table, name, week, was, found)
            for week, was, found in pairs
            if repr(was) != repr(found)
        )


def _chunk(opened: Opened, row: Mapping[str, Any], own: "Own | None") -> Chunk:
    """One run as a worker is given it, with the key that its row has."""
    manifest = opened.manifest
    said = _base_of(opened, row)
    district = None if said["district"] is None else District.model_validate(said["district"])
    scenario = Scenario.model_validate(said["scenario"])
    base = Base(said["case"], said["strategy"], scenario, district, said["constants"])
    factors = tuple(_factor(factor) for factor in manifest["factors"])
    task = Task(row["key"], 0, tuple(row[factor.name] for factor in factors), int(row["seed"]))
    kept = tuple(manifest["outcomes"]), tuple(manifest["weekly"])
    said_of = manifest.get(HOUSEHOLDS) or {}
    wanted = Wanted(*(tuple(said_of.get(part, ())) for part in Wanted._fields))
    return Chunk((base,), factors, (task,), *kept, own=own, households=wanted)


def _factor(said: Mapping[str, Any]) -> Factor:
    path, levels = tuple(said["name"].split(".")), tuple(said["levels"])
    return Factor(path, said["role"], levels, said["low"], said["high"], bool(said.get("whole")))


def own_of(opened: Opened, own: "Own | str | Path | None") -> "Own | None":
    """The researcher's own file that a sweep was run with, which is given. Raises StoreError for another, or none."""
    said, folder = opened.manifest.get("own"), opened.store.folder
    if said is None:
        if own is not None:
            raise StoreError(f"{folder}: was run without own things; expected no own file")
        return None
    name, digest = said.get("file") or said.get("module"), said["blake2b"]
    if own is None:
        raise StoreError(f"{folder}: was run with {name}; expected --own with that file (BLAKE2b {digest})")
    from scenarios.own import load_own  # loads Mesa

    mine = load_own(own)
    if mine.code.digest != digest:
        raise StoreError(
            f"{folder}: was run with another version of {name}; expected one with BLAKE2b {digest}, "
            f"found {mine.code.digest}"
        )
    return mine


def _known(own: "Own | None") -> AbstractContextManager[None]:
    return nullcontext() if own is None else own.known()


def run_of(opened: Opened, key: str) -> dict[str, Any]:
    """The row of one run. Raises StoreError where none, or several, begin so."""
    rows = [row for row in opened.arrow().to_pylist() if row["key"].startswith(key)]
    if len(rows) != 1 or not key:
        found = f"{len(rows)} runs begin so" if rows else "no such run"
        raise StoreError(f"{opened.store.folder}: key {key[:40]!r}: {found}; expected the key of one run")
    return dict(rows[0])


def _base_of(opened: Opened, row: Mapping[str, Any]) -> dict[str, Any]:
    """What the manifest says of the case and strategy of a run. Raises StoreError where it says nothing."""
    for base in opened.manifest.get("bases", []):
        if base["content"] == row["scenario"]:
            return dict(base)
    raise StoreError(
        f"{opened.store.folder}: run {row['key']}: its scenario is not in the manifest; expected a sweep's"
    )


def scenario_of(opened: Opened, row: Mapping[str, Any]) -> tuple[Scenario, District | None, int]:
    """The scenario, the district where there is one, and the seed of one run of a sweep."""
    base = _base_of(opened, row)
    values = {tuple(name.split(".")): row[name] for name in opened.factors}
    scenario = with_values(Scenario.model_validate(base["scenario"]), values)
    plain = base["district"]
    district = table_with_values("district", District.model_validate(plain), values) if plain else None
    return scenario, district, int(row["seed"])
