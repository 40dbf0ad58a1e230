"""Households fitted to counts of a census or a register: a table that `gongzhi run --households` takes.

Counts by one or more columns (tenure by elder, floor) are met exactly together; what no table says is independent of
the rest, as far as whole households allow. The joint counts come from humanleague (Smith, Lovelace and Birkin 2017,
JASSS 20(4) 14): quasirandom sampling of whole households without repetition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field, model_validator

from agents.categories import names
from model.households import COLUMNS, KEY, Column
from model.table_files import TableError, read_tables
from scenarios.files.checking import check, read_toml
from scenarios.files.problems import ScenarioError, listed, nearest, shown
from scenarios.files.quantities import FileTable, between_keys
from scenarios.libraries import library

if TYPE_CHECKING:
    import pandas as pd

#: Cells of all columns together; more could not be held.
MOST_CELLS = 2_000_000
#: How far areas that are drawn lie from their mean at most, in spreads.
_WIDEST = 2.5


class Counts(FileTable):
    """One table of counts: its columns, and rows of a value each and how many households have them."""

    columns: list[str] = Field(min_length=1, max_length=4, description="列 · Columns of households")
    rows: list[list[str | bool | int | float]] = Field(
        min_length=1, description="行 · Rows: a value for every column, then how many households"
    )

    @model_validator(mode="after")
    def _can_be_counted(self) -> Counts:
        for name in self.columns:
            if name not in COLUMNS or name == "stairwell":
                known = [known for known in COLUMNS if known != "stairwell"]
                text = f": {shown(name)}: unknown column; expected {listed(known, 20)}{nearest(name, known)}"
                raise between_keys("columns", text)
        if len(set(self.columns)) < len(self.columns):
            raise between_keys("columns", ": one is given twice; expected each once")
        for number, row in enumerate(self.rows, 1):
            _check_row(self.columns, row, number)
        twice = [row for row, n in Counter(map(_values, self.rows)).items() if n > 1]
        if twice:
            raise between_keys(
                "rows", f": {', '.join(map(shown, twice[0]))} is given twice; expected it once"
            )
        return self

    @property
    def total(self) -> int:
        """Households that it counts."""
        return sum(int(row[-1]) for row in self.rows)

    def along(self, chosen: Sequence[str]) -> Counter[tuple[Any, ...]]:
        """The counts by some of its columns."""
        places = [self.columns.index(name) for name in chosen]
        found: Counter[tuple[Any, ...]] = Counter()
        for row in self.rows:
            found[tuple(row[place] for place in places)] += int(row[-1])
        return found


class Area(FileTable):
    """Areas where no table counts them: normal, cut off at 2.5 spreads."""

    mean: float = Field(70.0, ge=15, le=300, description="户均面积 · Mean (m²)")
    sd: float = Field(14.0, ge=0, le=100, description="标准差 · Spread (m²)")


class Marginals(FileTable):
    """What is known of households: how many, how they are housed, and tables of counts."""

    households: int | None = Field(
        None, ge=4, le=20_000, description="户数 · Households; of more that are counted, a sample"
    )
    buildings: int = Field(5, ge=1, le=500, description="楼栋数 · Buildings, where no table counts them")
    stairwells_per_building: int = Field(3, ge=1, le=20, description="每栋单元数 · Stairwells per building")
    floors: int = Field(6, ge=1, le=40, description="层数 · Floors, where no table counts them")
    area_m2: Area = Field(Area(), description="面积 · Areas, where no table counts them")
    tables: list[Counts] = Field(min_length=1, description="计数表 · Tables of counts")

    @model_validator(mode="after")
    def _agree(self) -> Marginals:
        first = self.tables[0]
        for number, table in enumerate(self.tables[1:], 2):
            if table.total != first.total:
                text = f": table {number} counts {table.total:,} households, table 1 {first.total:,}"
                raise between_keys("tables", f"{text}; expected the same")
        for number, table in enumerate(self.tables):
            for other in range(number):
                _refuse_disagreement(self.tables[other], table, other + 1, number + 1)
        if not any("tenure" in table.columns for table in self.tables):
            raise between_keys("tables", ": none has the column 'tenure'; expected one that has")
        if self.households is not None and self.households > first.total:
            text = f" = {self.households}; expected at most the {first.total:,} that the tables count"
            raise between_keys("households", text)
        return self


def _values(row: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(row[:-1])


def _check_row(columns: Sequence[str], row: Sequence[Any], number: int) -> None:
    """Raise for a row that has too few values, values its columns do not take, or no count."""
    where = f": row {number}"
    if len(row) != len(columns) + 1:
        text = f"{where}: {len(row)} values; expected {len(columns) + 1}: {', '.join(columns)}, households"
        raise between_keys("rows", text)
    for name, value in zip(columns, row, strict=False):
        column = COLUMNS[name]
        if not _takes(column, value):
            words = names(column.kinds) if column.kinds is not None else ()
            hint = nearest(value, words) if isinstance(value, str) else ""
            text = f"{where}: {name} = {shown(value)}; expected {column.expected}{hint}"
            raise between_keys("rows", text)
    count = row[-1]
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise between_keys("rows", f"{where}: households = {shown(count)}; expected a whole number from 0 up")


def _takes(column: Column, value: Any) -> bool:
    if column.kinds is not None:
        return isinstance(value, str) and value in names(column.kinds)
    if column.truth:
        return isinstance(value, bool)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and column.low <= value <= column.high and not (column.whole and value != int(value))


def _refuse_disagreement(one: Counts, other: Counts, first: int, second: int) -> None:
    shared = [name for name in one.columns if name in other.columns]
    if not shared:
        return
    a, b = one.along(shared), other.along(shared)
    for values in dict.fromkeys([*a, *b]):
        if a[values] != b[values]:
            said = ", ".join(f"{n} = {shown(v)}" for n, v in zip(shared, values, strict=True))
            text = f": {said}: table {first} counts {a[values]:,}, table {second} {b[values]:,}"
            raise between_keys("tables", f"{text}; expected the same")


def read_marginals(file: str | Path) -> Marginals:
    """A TOML file of counts. Raises ScenarioError with every problem."""
    return check(read_toml(Path(file)), Marginals)


def fitted_households(marginals: Marginals, seed: int) -> pd.DataFrame:
    """A table of households that meets the counts, in building order; the same seed gives the same table.

    Of fewer households than are counted it is a sample, whose counts are those of the tables to about a household.
    Raises ScenarioError where whole households cannot meet the counts, MissingLibraryError without humanleague.
    """
    import pandas as pd

    random = np.random.default_rng(seed)
    columns = list(dict.fromkeys(name for table in marginals.tables for name in table.columns))
    known = {name: _levels(marginals.tables, name) for name in columns}
    cells = _joint(marginals.tables, known)
    people = pd.DataFrame({name: [known[name][i] for i in cells[:, at]] for at, name in enumerate(columns)})
    if marginals.households is not None and marginals.households < len(people):
        people = people.iloc[_systematic(len(people), marginals.households, random)]
    people = people.iloc[random.permutation(len(people))].reset_index(drop=True)
    _house(people, marginals)
    if "area_m2" not in people:
        of = marginals.area_m2
        spread = np.clip(random.standard_normal(len(people)), -_WIDEST, _WIDEST)
        people["area_m2"] = np.round(np.maximum(of.mean + of.sd * spread, 1.0), 1)
    ordered = people.sort_values(["building", "stairwell", "floor"], kind="stable", ignore_index=True)
    ordered.insert(0, KEY, np.arange(len(ordered)))
    table = ordered[[KEY, *(name for name in COLUMNS if name in ordered)]]
    try:
        read_tables(table)
    except TableError as error:
        raise ScenarioError(str(error)) from None
    return table


def _levels(tables: Sequence[Counts], name: str) -> list[Any]:
    """The values of a column in all tables: as they come, numbers in order."""
    found = dict.fromkeys(
        row[table.columns.index(name)] for table in tables if name in table.columns for row in table.rows
    )
    return list(found) if COLUMNS[name].kinds is not None else sorted(found)


def _joint(tables: Sequence[Counts], known: dict[str, list[Any]]) -> np.ndarray:
    """The values of every household, as positions in the levels of each column: (households, columns)."""
    columns = list(known)
    n_cells = int(np.prod([len(levels) for levels in known.values()]))
    if n_cells > MOST_CELLS:
        raise ScenarioError(
            f"tables: {n_cells:,} combinations of values; expected at most {MOST_CELLS:,}: fewer columns or values"
        )
    if len(tables) == 1:
        counts = _array(tables[0], known)
    else:
        qis = library("humanleague", "households from several tables of counts").qis
        indices = [np.array([columns.index(name) for name in table.columns]) for table in tables]
        counts, found = qis(indices, [_array(table, known) for table in tables])
        if not found["conv"]:
            raise ScenarioError(
                "tables: whole households cannot meet them together; expected counts that agree"
            )
    cells = np.argwhere(counts > 0)
    return np.repeat(cells, counts[tuple(cells.T)], axis=0)


def _array(table: Counts, known: dict[str, list[Any]]) -> np.ndarray:
    counts = np.zeros([len(known[name]) for name in table.columns], np.int64)
    for *values, n in table.rows:
        counts[tuple(known[name].index(v) for name, v in zip(table.columns, values, strict=True))] = int(n)
    return counts


def _systematic(n: int, wanted: int, random: np.random.Generator) -> np.ndarray:
    """`wanted` of n rows at equal steps from a random start: sorted rows are sampled in due proportion."""
    return np.floor((np.arange(wanted) + random.random()) * n / wanted).astype(np.int64)


def _house(people: pd.DataFrame, marginals: Marginals) -> None:
    """Put households into buildings, stairwells and floors, evenly, where no table says where they live."""
    if "building" not in people:
        order = people["floor"].argsort(kind="stable") if "floor" in people else np.arange(len(people))
        dealt = np.empty(len(people), np.int64)
        dealt[order] = np.arange(len(people)) % marginals.buildings
        people["building"] = dealt + 1
    within = ["building", "floor"] if "floor" in people else ["building"]
    people["stairwell"] = people.groupby(within).cumcount() % marginals.stairwells_per_building + 1
    if "floor" not in people:
        stairwells = people.groupby(["building", "stairwell"])
        place, size = stairwells.cumcount(), stairwells["stairwell"].transform("size")
        people["floor"] = place * marginals.floors // size + 1
