"""Read households and ties of one's own: data frames, CSV and Parquet files, graphs; every problem is told at once.

No personal data enters: columns that look like it are refused, and so is every column that is not known.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from pydantic import ValidationError

from agents.categories import names
from model.directions import alternatives, expected, listed, nearest, nearest_file, no_file, shown
from model.households import (
    COLUMNS,
    COMPOUND,
    KEY,
    LARGEST_KEY,
    PLACES,
    Column,
    CompoundTables,
    TableFile,
    Tables,
)
from model.reading import read_at_most
from model.specification import Compound
from model.texts import EncodingError, decoded, first_wide, narrow, number_meant, plain_number, separator_of

if TYPE_CHECKING:
    import networkx

MOST_ROWS = 200_000
MOST_COMPOUNDS = 500
LARGEST_FILE_BYTES = 100_000_000
#: What is looked for in a file.
_HOLDS = {"households": "households", "ties": "ties", "table": "households or ties"}
#: So many wrong rows of a column are told.
_SHOWN = 5
#: Parts of column names behind which persons stand.
_PERSONAL = (
    "name", "姓名", "户主", "phone", "tel", "mobile", "电话", "手机", "address", "地址", "住址", "门牌", "身份证",
    "idcard", "id_card", "passport", "护照", "birth", "生日", "出生", "mail", "邮箱", "wechat_id", "微信号", "openid",
    "account", "账号", "bank", "银行", "plate", "车牌", "身份", "微信", "weixin", "qq", "户名", "联系", "dob", "ssn",
    "電話", "手機", "xingming", "shenfen", "dianhua", "shouji", "zhuzhi", "房号", "室号", "gps", "经度", "纬度",
    "latitude", "longitude", "照片", "photo", "性别", "gender", "民族", "ethnic", "宗教", "religion", "籍贯", "病",
    "残疾", "工作单位", "employer",
)  # fmt: skip
#: What people write for the words of a table.
_MEANT = {
    "自住": "owner_occupied", "出租": "rented_out", "空置": "vacant", "是": "true", "否": "false", "有": "true",
    "无": "false", "yes": "true", "no": "false", "y": "true", "n": "false", "owner": "owner_occupied",
    "owned": "owner_occupied", "tenant": "rented_out", "rented": "rented_out", "let": "rented_out", "empty": "vacant",
}  # fmt: skip
#: What people call the columns of a table, beside the label of each.
_CALLED = {
    "小区": COMPOUND, "户号": KEY, "编号": KEY, "序号": KEY, "id": KEY, "楼号": "building", "楼栋号": "building",
    "栋": "building", "幢": "building", "单元号": "stairwell", "entrance": "stairwell", "层": "floor",
    "所在楼层": "floor", "建筑面积": "area_m2", "房屋面积": "area_m2", "套内面积": "area_m2", "area": "area_m2",
    "产权": "tenure", "房屋状态": "tenure", "居住情况": "tenure", "居住状态": "tenure", "自住或出租": "tenure",
}  # fmt: skip
#: What programs call the two columns of ties beside which others may stand.
_ENDS = (("source", "target"), ("from", "to"))
#: Workbooks, which hold a table that can be saved as CSV.
_WORKBOOKS = (".xlsx", ".xls", ".ods", ".et", ".numbers")
_WITH_UNIT = re.compile(r"\s*([\d.,]+)\s*(?:㎡|m2|m²|平米|平方米|层|楼|元|号楼|栋|单元)\s*", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"\d{7,}")
LONGEST_NAME = 40
PERSONAL = "looks like personal data, which never enters"


class TableError(ValueError):
    """A table of households or ties that cannot be used; the message has a line for every problem."""


class _Table(NamedTuple):
    """A table as it was read: cells by column and row, in which file or table, and the line of each row of a text."""

    columns: list[str]
    rows: Sequence[Sequence[Any]]
    where: str
    file: TableFile | None = None
    lines: Sequence[int] = ()

    @property
    def head(self) -> str:
        """Where the names of columns are."""
        return f"{self.where}:1" if self.lines else self.where

    def at(self, row: int) -> str:
        """Where a row is: `people.csv:5` in a text, `people.parquet, row 4` elsewhere."""
        return f"{self.where}:{self.lines[row]}" if self.lines else f"{self.where}, row {row + 1}"

    def column(self, name: str) -> list[Any]:
        """The cells of a column."""
        at = self.columns.index(name)
        return [row[at] for row in self.rows]


def read_tables(households: Any = None, ties: Any = None, *, drawn: int = 0) -> Tables:
    """Own households, ties or both, checked.

    households : a data frame, or a CSV or Parquet file; several compounds where it has a column `compound`
    ties : a networkx graph, a data frame of pairs, or a CSV, Parquet or GraphML file
    drawn : where households are drawn, how many there are: ties call them 0, 1, 2 …
    Raises TableError with a line for every problem.
    """
    problems: list[str] = []
    files = []
    compounds = [CompoundTables("", {}, None, np.arange(drawn))]
    if households is not None:
        table = _table(households, "households")
        files.append(table.file)
        compounds = _compounds(table, problems)
    if ties is not None and compounds:
        found, where, file = _pairs(ties)
        files.append(file)
        compounds = _with_ties(compounds, found, where, problems)
    if problems:
        raise TableError("\n".join(problems))
    return Tables(tuple(compounds), tuple(file for file in files if file is not None))


def read_ties_alone(ties: Any) -> Tables:
    """Ties whose households are not at hand, checked: whoever is named is one. Raises TableError."""
    pairs, where, file = _pairs(ties)
    ends = [_as_number(end) for pair in pairs for end in pair.ends]
    named = {int(n) for n in ends if n is not None and n == int(n) and 0 <= n <= LARGEST_KEY}
    problems: list[str] = []
    nobody = [CompoundTables("", {}, None, np.array(sorted(named), np.int64))]
    compounds = _with_ties(nobody, pairs, where, problems)
    if problems:
        raise TableError("\n".join(problems))
    return Tables(tuple(compounds), (file,) if file is not None else ())


def table_of(file: str | Path) -> str:
    """What a CSV or Parquet file holds by its columns: `households` or `ties`. Raises TableError."""
    columns = _table(file, "table").columns
    if len(columns) == 2:
        return "households" if set(columns) & set(COLUMNS) else "ties"
    return "ties" if _ends(columns) else "households"


def is_workbook(file: str | Path) -> bool:
    """Whether a file is a workbook of a spreadsheet program, by its name."""
    return Path(file).suffix.lower() in _WORKBOOKS


# -- households -------------------------------------------------------------------------------------------


def _compounds(table: _Table, problems: list[str]) -> list[CompoundTables]:
    """The compounds of a table; none where it has a problem."""
    problems += _wrong_columns(table)
    known = [name for name in table.columns if name in COLUMNS]
    columns = {name: _stored(table, name, problems) for name in known}
    keys, groups = _keys(table, problems), _groups(table, problems)
    if problems:
        return []
    found = []
    for name, rows in groups.items():
        own = {column: values[rows] for column, values in columns.items()}
        one = _in_building_order(name, own, keys[rows])
        problems += _out_of_range(one, table.where)
        found.append(one)
    return [] if problems else found


def _wrong_columns(table: _Table) -> list[str]:
    place = table.head
    known = [COMPOUND, KEY, *COLUMNS]
    problems: list[str] = []
    meant: set[str] = set()
    for name in dict.fromkeys(table.columns):
        if name in known:
            continue
        if is_personal(name):
            problems.append(f"{place}: column {shown(name)}: {PERSONAL}; expected none")
        else:
            hint = _nearest_column(name)
            meant.update(column for column in PLACES if f"'{column}'" in hint)
            wanted = f"expected some of {listed(known, 20)}{hint}"
            problems.append(f"{place}: column {shown(name)}: unknown; {wanted}")
    problems += [
        f"{place}: no column {name!r}; expected {', '.join(PLACES)}"
        for name in PLACES
        if name not in table.columns and name not in meant
    ]
    twice = sorted({name for name in table.columns if table.columns.count(name) > 1})
    return problems + [f"{place}: column {name!r}: is given twice; expected it once" for name in twice]


def is_personal(name: str) -> bool:
    """Whether a column of this name may hold personal data."""
    return any(part in narrow(name).lower() for part in _PERSONAL)


def _nearest_column(name: str) -> str:
    meant = {column.zh: known for known, column in COLUMNS.items()} | _CALLED
    found = meant.get(narrow(name).strip().lower(), "")
    return f"; did you mean '{found}'?" if found else nearest(narrow(name), [COMPOUND, KEY, *COLUMNS])


def _stored(table: _Table, name: str, problems: list[str]) -> np.ndarray:
    """A column as it is stored; what is wrong with it joins the problems."""
    column = COLUMNS[name]
    cells = table.column(name)
    numbers = [_number(cell, column) for cell in cells]
    wrong = [
        f"{table.at(row)}: {name} = {shown(cell)}; expected {column.expected}{_hint(cell, column)}"
        for row, (cell, number) in enumerate(zip(cells, numbers, strict=True))
        if number is None
    ]
    problems += _first_of(wrong)
    stored = np.array([np.nan if number is None else number for number in numbers])
    return np.floor(stored * column.per + 0.5) if column.per != 1.0 else stored


def _number(cell: Any, column: Column) -> float | None:
    """The number of a cell of a column; None where it is none of it."""
    if column.kinds is not None:
        words = names(column.kinds)
        return float(words.index(cell)) if isinstance(cell, str) and cell in words else None
    if column.truth:
        return {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0}.get(str(cell).lower().removesuffix(".0"))
    number = _as_number(cell)
    if number is None or not column.low <= number <= column.high:
        return None
    return None if column.whole and number != int(number) else number


def _as_number(cell: Any) -> float | None:
    """A number, also as a text file holds it; None for anything else, such as a full-width digit."""
    if isinstance(cell, bool | np.bool_) or not isinstance(cell, int | float | str | np.number):
        return None
    if isinstance(cell, str) and not (
        cell.isascii() and re.fullmatch(r"\s*[+-]?[\d.]+(e[+-]?\d+)?\s*", cell)
    ):
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def _hint(cell: Any, column: Column) -> str:
    """What was meant by a cell, where that can be told."""
    if not isinstance(cell, str):
        return ""
    typed = narrow(cell).strip()
    with_unit = _WITH_UNIT.fullmatch(typed)
    meant = _MEANT.get(typed.lower(), with_unit[1] if with_unit else typed)
    if meant != cell and _number(meant, column) is not None:
        return f"; did you mean '{meant}'?"
    return nearest(typed, names(column.kinds)) if column.kinds is not None else ""


def _hint_of_number(cell: Any) -> str:
    """What was meant by a cell that is a number of another keyboard."""
    meant = number_meant(cell)
    return f"; did you mean '{meant}'?" if meant and meant != cell else ""


def _keys(table: _Table, problems: list[str]) -> np.ndarray:
    """What ties call each row."""
    if KEY not in table.columns:
        return np.arange(len(table.rows))
    keys: dict[int, int] = {}
    wrong = []
    for row, cell in enumerate(table.column(KEY)):
        number = _as_number(cell)
        if number is None or number != int(number) or not 0 <= number <= LARGEST_KEY:
            looks = f": {PERSONAL}" if _LONG_NUMBER.search(str(cell)) else ""
            wanted = f"expected a whole number from 0 to {LARGEST_KEY}{_hint_of_number(cell)}"
            wrong.append(f"{table.at(row)}: {KEY} = {shown(cell)}{looks}; {wanted}")
        elif int(number) in keys:
            wrong.append(f"{table.at(row)}: {KEY} = {int(number)} is given twice; expected each once")
        else:
            keys[int(number)] = row
    problems += _first_of(wrong)
    return np.array(list(keys), np.int64)


def _groups(table: _Table, problems: list[str]) -> dict[str, np.ndarray]:
    """The rows of each compound, by its name, in the order of the table."""
    if COMPOUND not in table.columns:
        return {"": np.arange(len(table.rows))}
    groups: dict[str, list[int]] = {}
    wrong = []
    for row, cell in enumerate(table.column(COMPOUND)):
        name = str(cell).strip().removesuffix(".0")
        if not name or name == "nan" or len(name) > LONGEST_NAME or not name.isprintable():
            wanted = f"expected a name of at most {LONGEST_NAME} characters"
            wrong.append(f"{table.at(row)}: {COMPOUND} = {shown(cell)}; {wanted}")
        elif _LONG_NUMBER.search(name):
            wrong.append(f"{table.at(row)}: {COMPOUND} = {shown(cell)}: {PERSONAL}; expected a name")
        groups.setdefault(name, []).append(row)
    problems += _first_of(wrong)
    if len(groups) > MOST_COMPOUNDS:
        problems.append(f"{table.where}: {len(groups):,} compounds; expected at most {MOST_COMPOUNDS}")
    return {name: np.array(rows) for name, rows in groups.items()}


def _in_building_order(name: str, columns: dict[str, np.ndarray], keys: np.ndarray) -> CompoundTables:
    """Buildings and stairwells numbered from 0, and households as they stand: by building, stairwell and floor."""
    order = np.lexsort((columns["floor"], columns["stairwell"], columns["building"]))
    columns = {column: values[order] for column, values in columns.items()}
    buildings, stairwells = columns["building"], columns["stairwell"]
    _, numbered = np.unique(buildings, return_inverse=True)
    changes = np.r_[False, (np.diff(buildings) != 0) | (np.diff(stairwells) != 0)]
    columns |= {"building": numbered.astype(float), "stairwell": np.cumsum(changes).astype(float)}
    return CompoundTables(name, columns, None, keys[order])


def _out_of_range(one: CompoundTables, where: str) -> list[str]:
    """What a table comes to that no compound may be: three households, a mean of 8 m²."""
    try:
        Compound.model_validate({**Compound().__dict__, **Tables((one,)).numbers})
    except ValidationError as errors:
        called = f" of {COMPOUND} {shown(one.name)}" if one.name else ""
        return [
            f"{where}: the households{called} come to {error['loc'][0]} = {error['input']:.10g}; "
            f"expected {expected(Compound.model_fields[str(error['loc'][0])])}"
            for error in errors.errors(include_url=False)
            if error["loc"]
        ]
    return []


# -- ties -------------------------------------------------------------------------------------------------


class _Pair(NamedTuple):
    ends: tuple[Any, Any]
    where: str


def _pairs(given: Any) -> tuple[list[_Pair], str, TableFile | None]:
    """The ends of every tie, where the table is, and its file."""
    if isinstance(given, str | Path) and Path(given).suffix.lower() == ".graphml":
        graph, file = _graphml(Path(given).expanduser())
        return _of_graph(graph, file.file), file.file, file
    if hasattr(given, "is_directed") and hasattr(given, "edges"):
        return _of_graph(given, "ties"), "ties", None
    table = _table(given, "ties", (".csv", ".parquet", ".graphml"))
    place = table.head
    personal = [
        f"{place}: column {shown(c)}: {PERSONAL}; expected none" for c in table.columns if is_personal(c)
    ]
    if personal:
        raise TableError("\n".join(personal))
    ends = (0, 1) if len(table.columns) == 2 else _ends(table.columns)
    if ends is None:
        wanted = "expected two, a household in each, or 'source' and 'target' among them"
        raise TableError(f"{place}: columns {listed(table.columns)}; {wanted}")
    a, b = ends
    pairs = [_Pair((row[a], row[b]), table.at(i)) for i, row in enumerate(table.rows)]
    unread = tuple(sorted(name for i, name in enumerate(table.columns) if i not in (a, b)))
    return pairs, table.where, table.file and table.file._replace(unread=unread)


def _ends(columns: Sequence[str]) -> tuple[int, int] | None:
    """Which columns hold the two households of a tie, by their names, such as source and target; else None."""
    called = [narrow(name).lower() for name in columns]
    for a, b in _ENDS:
        if called.count(a) == called.count(b) == 1:
            return called.index(a), called.index(b)
    return None


def _graphml(path: Path) -> "tuple[networkx.Graph[Any], TableFile]":
    import networkx

    raw = _raw(path, "ties")
    try:
        graph = networkx.read_graphml(io.BytesIO(raw))
    except Exception as error:  # whatever the XML parser says
        raise TableError(f"{path}: cannot be read ({str(error)[:100]}); expected GraphML") from None
    unread = _attributes(graph)
    return graph, TableFile("ties", path.name, _digest(raw), tuple(unread))


def _attributes(graph: Any) -> list[str]:
    """What is said of nodes and edges, which is not read."""
    said = [data for _, data in graph.nodes(data=True)] + [data for _, _, data in graph.edges(data=True)]
    return sorted({str(name) for data in said for name in data})


def _of_graph(graph: Any, where: str) -> list[_Pair]:
    if graph.is_directed():
        raise TableError(
            f"{where}: a directed graph; expected mutual acquaintance, such as graph.to_undirected()"
        )
    personal = [name for name in _attributes(graph) if is_personal(name)]
    if personal:
        raise TableError(
            "\n".join(f"{where}: attribute {shown(name)}: {PERSONAL}; expected none" for name in personal)
        )
    return [_Pair((edge[0], edge[1]), f"{where}, pair {i + 1}") for i, edge in enumerate(graph.edges())]


def _with_ties(
    compounds: Sequence[CompoundTables], pairs: Sequence[_Pair], where: str, problems: list[str]
) -> list[CompoundTables]:
    """The compounds with the ties between their households."""
    places = {
        int(key): (c, row) for c, one in enumerate(compounds) for row, key in enumerate(one.keys.tolist())
    }
    wanted = f"expected a household from {min(places)} to {max(places)}" if places else "expected none"
    found: list[set[tuple[int, int]]] = [set() for _ in compounds]
    wrong = []
    for ends, at in pairs:
        numbers = [_as_number(end) for end in ends]
        known = [places.get(int(n)) if n is not None and n == int(n) else None for n in numbers]
        strangers = [end for end, place in zip(ends, known, strict=True) if place is None]
        wrong += [f"{at}: {shown(end)} is no household; {wanted}{_hint_of_number(end)}" for end in strangers]
        a, b = known
        if a is None or b is None:
            continue
        if a == b:
            wrong.append(f"{at}: {shown(ends[0])} twice; expected two households")
        elif a[0] != b[0]:
            both = f"{shown(ends[0])} and {shown(ends[1])} are of two compounds"
            wrong.append(f"{at}: {both}; expected two households of one")
        else:
            found[a[0]].add((min(a[1], b[1]), max(a[1], b[1])))
    problems += _first_of(wrong)
    return [
        replace(one, ties=np.array(sorted(ties), np.int64).reshape(-1, 2))
        for one, ties in zip(compounds, found, strict=True)
    ]


# -- files ------------------------------------------------------------------------------------------------


def _table(given: Any, what: str, kinds: Sequence[str] = (".csv", ".parquet")) -> _Table:
    """A table from memory or from a file."""
    import pandas as pd

    if isinstance(given, str | Path):
        table = _from_file(Path(given).expanduser(), what, kinds)
    elif isinstance(given, pd.DataFrame):
        table = _of_frame(given, what)
    else:
        raise TableError(
            f"{what} = {shown(given)[:60]}; expected a data frame, or a {alternatives(kinds)} file"
        )
    if not 0 < len(table.rows) <= MOST_ROWS:
        raise TableError(f"{table.where}: {len(table.rows):,} rows; expected 1 to {MOST_ROWS:,}")
    return table


def _from_file(path: Path, what: str, kinds: Sequence[str]) -> _Table:
    kind = path.suffix.lower()
    if kind not in kinds:
        saved = "; save it as 'CSV UTF-8'" if is_workbook(path) else ""
        raise TableError(f"{what} = {shown(str(path))}; expected a {alternatives(kinds)} file{saved}")
    raw = _raw(path, what)
    file = TableFile(what, path.name, _digest(raw))
    if kind == ".csv":
        return _of_text(raw, str(path), file)
    import pandas as pd

    try:
        frame = pd.read_parquet(io.BytesIO(raw))
    except (OSError, ValueError) as error:
        said = str(error).splitlines()[0][:100]
        raise TableError(f"{path}: cannot be read ({said}); expected Parquet") from None
    return _of_frame(frame, str(path))._replace(file=file)


def _raw(path: Path, what: str) -> bytes:
    try:
        return read_at_most(path, LARGEST_FILE_BYTES)
    except FileNotFoundError:
        raise TableError(
            f"{path}: {no_file(path)}; expected a table of {_HOLDS[what]}{nearest_file(path)}"
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the name
        said = getattr(error, "strerror", None) or str(error)
        raise TableError(
            f"{path}: cannot be read ({said.lower()}); expected a table of {_HOLDS[what]}"
        ) from None


def _digest(raw: bytes) -> str:
    return hashlib.blake2b(raw, digest_size=16).hexdigest()


def _of_frame(frame: Any, where: str) -> _Table:
    columns = [str(name).strip() for name in frame.columns]
    cells = [frame.iloc[:, i].tolist() for i in range(len(columns))]
    return _Table(columns, list(zip(*cells, strict=True)), where)


def _of_text(raw: bytes, where: str, file: TableFile) -> _Table:
    """The table of a CSV text; numbers in it are as programs write them."""
    try:
        text = decoded(raw, where)
    except EncodingError as error:
        raise TableError(str(error)) from None
    separator = separator_of(text)
    try:
        lines = [
            (reader.line_num, cells)
            for reader in [csv.reader(io.StringIO(text), delimiter=separator, strict=True)]
            for cells in reader
        ]
    except csv.Error as error:
        raise TableError(f"{where}: no table ({str(error)[:100]}); expected CSV") from None
    if not lines:
        raise TableError(f"{where}:1: the file is empty; expected a table")
    columns = [cell.strip() for cell in lines[0][1]]
    rows = [(line, cells) for line, cells in lines[1:] if any(cell.strip() for cell in cells)]
    wrong = _wrong_widths(text, where, len(columns), rows)
    if wrong:
        raise TableError("\n".join(_first_of(wrong)))
    cells_of = [[plain_number(cell.strip(), separator) for cell in cells] for _, cells in rows]
    return _Table(columns, cells_of, where, file, [line for line, _ in rows])


def _wrong_widths(text: str, where: str, width: int, rows: Iterable[tuple[int, list[str]]]) -> list[str]:
    """What is wrong with how cells are separated: a comma of another keyboard, a cell too many."""
    header = first_wide(text.partition("\n")[0])
    if header is not None and header.meant in ",;":
        return [f"{where}:1: {header}"]
    wrong = []
    for line, cells in rows:
        if len(cells) != width:
            wide = first_wide(text.split("\n")[line - 1])
            said = (
                f"{wide}"
                if wide is not None
                else f"{len(cells)} cells; expected {width}, as the first line has"
            )
            wrong.append(f"{where}:{line}: {said}")
    return wrong


def _first_of(problems: list[str]) -> list[str]:
    more = len(problems) - _SHOWN
    last = [f"and {more:,} more; expected these to be mended first"] if more > 0 else []
    return [*problems[:_SHOWN], *last]
