"""Results as the tools of a researcher want them: pandas, Polars, DuckDB, xarray."""

import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from model.brought import Brought, bringing
from scenarios.catalogue import languages, text
from scenarios.libraries import library
from scenarios.moments import moment_of
from scenarios.store.files import StoreError
from scenarios.store.manifest import model_code, wrong_in
from scenarios.store.store import MANIFEST, OtherWriterError, Store
from scenarios.store.written import Written
from scenarios.totals import own_totals

if TYPE_CHECKING:
    import pandas as pd

#: The table that says which point of the design a run belongs to.
DESIGN = "design"
#: The table of households at the end of chosen weeks.
HOUSEHOLDS = "households"
#: The table of a collection, a row a compound.
COMPOUNDS = "compounds"
#: The table of outcomes by week.
WEEKLY = "weekly"


class Opened:
    """A folder of results, to read. May be opened while it is being written; every call reads what is there now.

    Every part is checked before it is used, which the tools themselves do not do: they would read a flipped bit as a
    number.
    """

    def __init__(self, folder: str | Path, *, damaged: Literal["raise", "skip"] = "raise") -> None:
        self.store = store_of(folder)
        self.damaged: Literal["raise", "skip"] = damaged
        if not self.store.folder.is_dir() or not (self.store.tables() or self.store.manifest):
            raise StoreError(f"{folder}: no results here; expected a folder that `gongzhi sweep` has written")

    @property
    def manifest(self) -> dict[str, Any]:
        """How the results came about."""
        return self.store.manifest

    def manifest_for(self, form: str) -> dict[str, Any]:
        """The manifest, if it says what is written into "netcdf" or "ro-crate". Raises StoreError."""
        found = self.manifest
        if wrong := wrong_in(found, form):
            raise StoreError(f"{self.store.folder / MANIFEST}: {wrong}; expected the manifest of a sweep")
        return found

    @property
    def is_stored(self) -> bool:
        """Whether it is a store, of a sweep, a collection or a calibration, and not the tables of another command."""
        return not isinstance(self.store, Written)

    @property
    def factors(self) -> list[str]:
        """Names of the columns that hold levers and uncertainties."""
        return [factor["name"] for factor in self.manifest.get("factors", [])]

    def arrow(self, table: str | None = None) -> pa.Table:
        """A table as it is stored: `runs`, `weekly` or `design`."""
        return self.store.table(table, damaged=self.damaged)

    def runs(self) -> "pd.DataFrame":
        """One row a run: key, point of the design, case, strategy, seed, factors, status, error, outcomes.

        Sorted by point, case, strategy, seed. A run that failed has no outcomes: select `status == "ok"`, and say how
        many were left out. Where two points of the design are the same, each has the row.
        """
        found = self.arrow().to_pandas()
        if found.empty:
            return found
        missing = [name for name in self.factors if name not in found]
        if missing:
            raise StoreError(
                f"{self.store.folder}: no column {missing[0][:60]!r} in its runs, which its manifest names"
            )
        for name in ("error", "reproduce"):
            if name in found:
                found[name] = found[name].astype(object).where(found[name].notna(), "")
        if DESIGN not in self.store.tables():
            return found
        design = self.design()
        found = found.merge(design, on=self.factors, how="left") if self.factors else found.assign(point=0)
        first = ["key", "point"]
        found = found[first + [name for name in found if name not in first]]
        by = [name for name in ("point", "case", "strategy", "seed") if name in found]
        return found.sort_values(by, kind="stable", ignore_index=True)

    @property
    def of_collection(self) -> bool:
        """Whether it holds the compounds of a collection, and no runs of a sweep."""
        tables = self.store.tables()
        return COMPOUNDS in tables and "runs" not in tables

    def compounds(self) -> "pd.DataFrame":
        """Of a collection, one row a compound: key, what was drawn for it, its outcomes; sorted by `compound`."""
        return self.arrow(COMPOUNDS).to_pandas().sort_values("compound", kind="stable", ignore_index=True)

    def frame(self, table: str) -> "pd.DataFrame":
        """Any of its tables, as the method of that name has it where there is one."""
        forms = {"runs": self.runs, COMPOUNDS: self.compounds, WEEKLY: self.weekly}
        forms |= {HOUSEHOLDS: self.households, DESIGN: self.design}
        return forms[table]() if table in forms else self.arrow(table).to_pandas()

    def weekly(self) -> "pd.DataFrame":
        """One row a run and week: key, week, and the outcomes kept by week."""
        found = self.arrow(WEEKLY).to_pandas()
        return found.sort_values(["key", "week"], kind="stable", ignore_index=True) if len(found) else found

    def households(self) -> "pd.DataFrame":
        """One row a run, week and household: key, week, household, and the columns that were kept."""
        found = self.arrow(HOUSEHOLDS).to_pandas()
        by = ["key", "week", "household"]
        return found.sort_values(by, kind="stable", ignore_index=True) if len(found) else found

    def design(self) -> "pd.DataFrame":
        """One row a point in the order of the design: `point`, and the value of every factor."""
        return self.arrow(DESIGN).to_pandas().drop(columns="key")

    def polars(self, table: str | None = None) -> Any:
        """A table as a Polars data frame; extra `tables`."""
        polars = library("polars", "polars()")
        return polars.from_arrow(self._sorted(table))

    def duckdb(self) -> Any:
        """A DuckDB connection, in memory, with a table for each of the store's; extra `tables`."""
        connection = library("duckdb", "duckdb()").connect()
        for name in self.store.tables():
            connection.register(f"arrow_{name}", self._sorted(name))
            connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM "arrow_{name}"')
            connection.unregister(f"arrow_{name}")
        return connection

    def xarray(self, table: str | None = None) -> Any:
        """A table as an xarray data set, with the names of the other forms; extra `tables`.

        Of a full grid the dimensions are case, strategy, the factors and seed; of any other design `run`. Of the weekly
        outcomes `week` is one more; of the design the dimension is `point`, of households key, week and household.
        """
        if table == DESIGN:
            return _described(
                _xarray().Dataset.from_dataframe(self.design().set_index("point")),
                self.manifest_for("netcdf"),
            )
        if table == HOUSEHOLDS:
            by = ["key", "week", "household"]
            made = _xarray().Dataset.from_dataframe(self.households().set_index(by))
            return _described(made, self.manifest_for("netcdf"))
        if table == WEEKLY:
            return as_xarray(self.runs(), self.manifest_for("netcdf"), self.weekly())
        return as_xarray(self.runs(), self.manifest_for("netcdf"))

    def _sorted(self, table: str | None) -> pa.Table:
        if table in (None, "runs") and DESIGN in self.store.tables():
            return pa.Table.from_pandas(self.runs(), preserve_index=False)
        return self.arrow(table)


def store_of(folder: str | Path) -> Store:
    """The store in a folder; where its command keeps none, the tables it has written, which are read in the same way.

    Raises OtherWriterError where none of these has a row a run.
    """
    store = Store(folder)
    try:
        _ = store.tables() or store.manifest
    except OtherWriterError as error:
        return Written(folder, error)
    except StoreError:  # which is said where it is asked for
        pass
    return store


def open_results(folder: str | Path, *, damaged: Literal["raise", "skip"] = "raise") -> Opened:
    """Open a folder of results.

    damaged : raise StoreError for a damaged part, or leave its rows out
    Raises StoreError where there are no results.
    """
    return Opened(folder, damaged=damaged)


def outcomes_beside(manifest: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Outcomes of a sweep that no list of the model has: label in both languages, unit and definition.

    Those of a researcher's own, and those at a moment (`scenarios.moments`).
    """
    found = {}
    own = manifest.get("own") or {"outcomes": {}}
    measured = f"measured by {own.get('file') or own.get('module')}, BLAKE2b {own.get('blake2b')}"
    for name, said in _own_labels(manifest).items():
        definition = said.get("definition", "")
        found[name] = {**said, "definition": f"{definition}; {measured}" if definition else measured}
    with bringing(Brought.remembered(manifest.get("own"))):
        moments = {name: moment for name in manifest.get("outcomes", []) if (moment := moment_of(name))}
        for name, moment in moments.items():
            labels = {lang: text(f"summary.{name}", lang) for lang in languages}
            found[name] = {**labels, "unit": moment.unit, "definition": f"{moment.outcome}, {labels['en']}"}
    return found


def _own_labels(manifest: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Labels and unit of own outcomes; of districts those of their totals, with how they are made."""
    own = manifest.get("own")
    if own is None:
        return {}
    if manifest.get("of_districts"):
        return {name: asdict(info) for name, info in own_totals(Brought.remembered(own)).items()}
    return {name: {key: said[key] for key in ("en", "zh", "unit")} for name, said in own["outcomes"].items()}


def as_xarray(runs: "pd.DataFrame", manifest: dict[str, Any], weekly: "pd.DataFrame | None" = None) -> Any:
    """The table of runs as an xarray data set; labels, units and definitions in the attributes.

    weekly : their outcomes by week, which take the place of the outcomes of runs
    """
    of_runs = manifest.get("outcomes", [])
    names = [factor["name"] for factor in manifest.get("factors", [])]
    dimensions = [name for name in ("case", "strategy", *names, "seed") if name in runs]
    columns = [name for name in ("key", "point", "status") if name in runs]
    full = math.prod(runs[name].nunique() for name in dimensions) == len(runs)
    if full and not runs.duplicated(dimensions).any():
        index = dimensions
        made = _by(index, runs[[*index, *columns, *(of_runs if weekly is None else [])]])
    else:
        index = ["run"]
        runs = runs.rename_axis("run").reset_index()
        made = _by(index, runs[[*index, *dimensions, *columns, *(of_runs if weekly is None else [])]])
    if weekly is not None:
        placed = runs[[*index, "key"]].merge(weekly, on="key").drop(columns="key")
        made = made.merge(_by([*index, "week"], placed), join="left")
    if "point" in made and index is dimensions:
        # A point is a place on the axes of the factors alone.
        made["point"] = made["point"].isel(dict.fromkeys(set(index) - set(names), 0), drop=True)
    return _described(made, manifest)


def _by(index: list[str], rows: "pd.DataFrame") -> Any:
    return _xarray().Dataset.from_dataframe(rows.set_index(index))


def _xarray() -> Any:
    return library("xarray", "xarray() and netCDF")


def _described(made: Any, manifest: dict[str, Any]) -> Any:
    """The data set with titles, labels, units and definitions."""
    from model.measures import OUTCOMES, SUMMARY
    from scenarios.totals import TOTALS

    made.attrs = {
        "title": manifest.get("described", {}).get("en", "") or manifest.get("id", ""),
        "source": f"gongzhi {manifest.get('versions', {}).get('gongzhi', '')}, model code {model_code(manifest)}",
        "comment": "simulated, not observed",
    }
    weekly = {outcome.name.lower(): info for outcome, info in OUTCOMES.items()}
    for name, info in {**weekly, **TOTALS, **SUMMARY}.items():
        if name in made:
            made[name].attrs = {"long_name": info.en, "units": info.unit, "comment": info.definition}
    for name, said in outcomes_beside(manifest).items():
        if name in made:
            made[name].attrs = {"long_name": said["en"], "units": said["unit"], "comment": said["definition"]}
    for factor in manifest.get("factors", []):
        if factor["name"] in made:
            described = {"long_name": factor["en"], "units": factor["unit"], "role": factor["role"]}
            made[factor["name"]].attrs = described
    return made
