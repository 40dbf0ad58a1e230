"""Households and ties of one's own: tables and graphs as people have them, checked before anything is drawn.

A table of households has a row a household, and who it is as far as anybody knows; what a column leaves out is drawn as
always. No personal data enters: columns that look like it are refused, and so is every column that is not known.
"""

from collections.abc import Callable, Iterable
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from agents.categories import Cooperation, Party, Tenure, names
from model.directions import listed, nearest, shown
from model.world.network import build_network, compress_ties
from model.world.population import draw_households, draw_needs, draw_preferences
from model.world.state import TIE_SLACK, Flag, Real, Whole, World

if TYPE_CHECKING:
    import pandas as pd

#: The most that is read of a file, and of a message's list of wrong rows.
_MOST_ROWS = 20_000
_SHOWN = 5
#: Parts of column names behind which persons stand.
_PERSONAL = (
    "name", "姓名", "户主", "phone", "tel", "mobile", "电话", "手机", "address", "地址", "住址", "门牌", "身份证",
    "idcard", "id_card", "passport", "护照", "birth", "生日", "出生", "mail", "邮箱", "wechat_id", "微信号", "openid",
    "account", "账号", "bank", "银行", "plate", "车牌",
)  # fmt: skip


class TableError(ValueError):
    """A table of households or ties that cannot be used; the message has a line for every problem."""


class _Column(NamedTuple):
    """A column of households: where it goes, and which values it takes.

    kinds : the words of a category; low, high : of a number; per : by what a number is multiplied to be stored
    """

    goal: Real | Flag | Whole
    kinds: type[IntEnum] | None = None
    low: float = 0.0
    high: float = 1.0
    whole: bool = False
    per: float = 1.0

    @property
    def expected(self) -> str:
        if self.kinds is not None:
            return " or ".join(f"'{word}'" for word in names(self.kinds))
        if isinstance(self.goal, Flag):
            return "true or false"
        return f"a {'whole ' if self.whole else ''}number from {self.low:g} to {self.high:g}"


#: Where a household lives: all of these, or none.
PLACES = {
    "building": _Column(Whole.BUILDING, low=0, high=1_000_000, whole=True),
    "stairwell": _Column(Whole.STAIRWELL, low=0, high=1_000_000, whole=True),
    "floor": _Column(Whole.FLOOR, low=1, high=40, whole=True),
    "area_m2": _Column(Whole.AREA, low=1, high=1000, per=100.0),
    "tenure": _Column(Flag.TENURE, Tenure),
}
#: Who it is, where it is known; what is left out is drawn.
TRAITS = {
    "elder": _Column(Flag.ELDER),
    "party": _Column(Flag.PARTY, Party),
    "activist": _Column(Flag.ACTIVIST),
    "wechat": _Column(Flag.WECHAT),
    "fresh_interior": _Column(Flag.FRESH),
    "cooperation": _Column(Flag.COOPERATION, Cooperation),
    "structure_m2": _Column(Real.STRUCTURE, low=0, high=500),
    "income": _Column(Real.INCOME, low=0.01, high=100),
}
_COLUMNS = {**PLACES, **TRAITS}
#: What ties call a household; a row's number where there is no such column.
KEY = "household"


class Households(NamedTuple):
    """A table of households that has been checked: columns by name as stored, in building order; `keys` of its rows."""

    columns: dict[str, np.ndarray]
    keys: dict[int, int]

    @property
    def settings(self) -> dict[str, int]:
        """What the compound has by this table."""
        stairwells, buildings = self.columns["stairwell"], self.columns["building"]
        most = max(len(np.unique(stairwells[buildings == b])) for b in np.unique(buildings))
        return {
            "households": len(buildings),
            "buildings": int(buildings.max()) + 1,
            "stairwells_per_building": most,
            "floors": int(self.columns["floor"].max()),
        }


def read_households(given: Any) -> Households:
    """A table of households from a data frame, or a CSV or Parquet file. Raises TableError with every problem."""
    table = _table(given, "households")
    problems = _wrong_columns(table.columns)
    if problems:
        raise TableError("\n".join(problems))
    columns = {}
    for name in table.columns:
        if name == KEY:
            continue
        try:
            columns[name] = _stored(table[name], name)
        except TableError as error:
            problems += str(error).split("\n")
    keys = _keys(table, problems)
    if problems:
        raise TableError("\n".join(problems))
    return _in_building_order(columns, keys)


def read_ties(given: Any, keys: dict[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Mutual ties from a networkx graph, a table of pairs, or a CSV, Parquet or GraphML file: two arrays of rows.

    keys : row of each household by what ties call it
    Raises TableError for what is no tie between two of them.
    """
    pairs = _pairs(given)
    rows = np.empty((len(pairs), 2), np.int32)
    problems = []
    for place, pair in enumerate(pairs):
        for end, household in enumerate(pair):
            row = keys.get(household, -1) if isinstance(household, int) else -1
            if row < 0:
                expected = f"a household from {min(keys)} to {max(keys)}"
                problems.append(
                    f"ties, pair {place + 1}: {shown(household)} is no household; expected {expected}"
                )
            rows[place, end] = row
        if pair[0] == pair[1]:
            problems.append(f"ties, pair {place + 1}: {shown(pair[0])} twice; expected two households")
    if problems:
        raise TableError(_first_of(problems))
    return rows[:, 0].copy(), rows[:, 1].copy()


def amended(
    households: Households | None, ties: tuple[np.ndarray, np.ndarray] | None
) -> Callable[[World], World]:
    """What puts own households and ties in place of those drawn, before first opinions form."""

    def amend(world: World) -> World:
        if households is not None:
            _put_households(world, households)
        if households is None and ties is None:
            return world
        n = world.reals.shape[1]
        if ties is None:
            k, d = world.compounds[0], world.demography[0]
            starts, others = build_network(world.flags, world.wholes, 0, n, k["seed"], k["number"], d)
        else:
            starts, others = compress_ties(*ties, n)
        return _with_ties(world, starts, others)

    return amend


def to_tables(world: World, c: int = 0) -> "dict[str, pd.DataFrame]":
    """Households and ties of compound `c` as tables that `read_households` and `read_ties` take."""
    import pandas as pd

    first, stop = int(world.compounds["start"][c]), int(world.compounds["stop"][c])
    table: dict[str, Any] = {KEY: np.arange(stop - first)}
    for name, column in _COLUMNS.items():
        stored = _block(world, column.goal)[column.goal, first:stop]
        if column.kinds is not None:
            table[name] = np.array(names(column.kinds))[stored]
        elif isinstance(column.goal, Flag):
            table[name] = stored == 1
        elif column.per != 1.0:
            table[name] = stored / column.per
        else:
            table[name] = stored.astype(np.int64 if column.whole else np.float64)
    offset = int(world.compounds["tie_offset"][c])
    pairs = [
        (i, int(j))
        for i in range(stop - first)
        for j in world.ties[world.tie_start[offset + i] : world.tie_stop[offset + i]]
        if i < j
    ]
    return {"households": pd.DataFrame(table), "ties": pd.DataFrame(pairs, columns=["a", "b"])}


# -- reading ----------------------------------------------------------------------------------------------


def _table(given: Any, what: str) -> "pd.DataFrame":
    """A data frame, from memory or from a file."""
    import pandas as pd

    if isinstance(given, str | Path):
        path = Path(given).expanduser()
        reader = {".csv": pd.read_csv, ".parquet": pd.read_parquet}.get(path.suffix.lower())
        if reader is None:
            raise TableError(
                f"{what} = {shown(str(given))}; expected a .csv or .parquet file, or a data frame"
            )
        try:
            given = reader(path, encoding="utf-8-sig") if path.suffix.lower() == ".csv" else reader(path)
        except (OSError, ValueError) as error:
            raise TableError(f"{what}: {path}: cannot be read ({str(error).splitlines()[0][:100]})") from None
    if not isinstance(given, pd.DataFrame):
        raise TableError(f"{what} = {shown(given)[:60]}; expected a data frame, or a .csv or .parquet file")
    if not 0 < len(given) <= _MOST_ROWS:
        raise TableError(f"{what}: {len(given):,} rows; expected 1 to {_MOST_ROWS:,}")
    return given.rename(columns=lambda name: str(name).strip())


def _wrong_columns(given: Iterable[str]) -> list[str]:
    columns = list(given)
    problems = []
    for name in columns:
        if name in _COLUMNS or name == KEY:
            continue
        if any(part in name.lower() for part in _PERSONAL):
            problems.append(
                f"households, column {shown(name)}: looks like personal data, which never enters; expected none"
            )
        else:
            known = [KEY, *_COLUMNS]
            problems.append(
                f"households, column {shown(name)}: unknown; expected some of {listed(known, 20)}{nearest(name, known)}"
            )
    problems += [
        f"households: no column {name!r}; expected {', '.join(PLACES)}"
        for name in PLACES
        if name not in columns
    ]
    twice = sorted({name for name in columns if columns.count(name) > 1})
    return problems + [f"households, column {name!r}: is given twice; expected it once" for name in twice]


def _stored(values: "pd.Series", name: str) -> np.ndarray:
    """A column as it is stored. Raises TableError with the first rows that are wrong."""
    column = _COLUMNS[name]
    words = {word: i for i, word in enumerate(names(column.kinds))} if column.kinds is not None else {}
    stored = np.empty(len(values))
    problems = []
    for row, value in enumerate(values.tolist()):
        number = _number(value, column, words)
        if number is None:
            hint = nearest(value, words) if isinstance(value, str) and words else ""
            problems.append(
                f"households, row {row + 1}: {name} = {shown(value)}; expected {column.expected}{hint}"
            )
        stored[row] = np.nan if number is None else number
    if problems:
        raise TableError(_first_of(problems))
    return np.floor(stored * column.per + 0.5) if column.per != 1.0 else stored


def _number(value: Any, column: _Column, words: dict[str, int]) -> float | None:
    """The number of a value of a column; None where it is none of it."""
    if words:
        return words.get(value) if isinstance(value, str) else None
    if isinstance(column.goal, Flag):
        known = {"true": 1, "false": 0, "1": 1, "0": 0}
        return known.get(str(value).lower().removesuffix(".0"))
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not column.low <= value <= column.high
    ):
        return None
    return None if column.whole and value != int(value) else float(value)


def _keys(table: "pd.DataFrame", problems: list[str]) -> dict[int, int]:
    """Row of each household by what ties call it."""
    if KEY not in table:
        return {row: row for row in range(len(table))}
    keys: dict[int, int] = {}
    for row, value in enumerate(table[KEY].tolist()):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            problems.append(
                f"households, row {row + 1}: {KEY} = {shown(value)}; expected a whole number from 0 up"
            )
        elif value in keys:
            problems.append(f"households, row {row + 1}: {KEY} = {value} is given twice; expected each once")
        else:
            keys[value] = row
    return keys


def _in_building_order(columns: dict[str, np.ndarray], keys: dict[int, int]) -> Households:
    """Buildings and stairwells numbered from 0, and households as they stand: by building, stairwell and floor."""
    order = np.lexsort((columns["floor"], columns["stairwell"], columns["building"]))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    columns = {name: values[order] for name, values in columns.items()}
    buildings, stairwells = columns["building"], columns["stairwell"]
    _, numbered = np.unique(buildings, return_inverse=True)
    changes = np.r_[False, (np.diff(buildings) != 0) | (np.diff(stairwells) != 0)]
    columns |= {"building": numbered.astype(float), "stairwell": np.cumsum(changes).astype(float)}
    return Households(columns, {key: int(place[row]) for key, row in keys.items()})


def _pairs(given: Any) -> list[tuple[Any, Any]]:
    """The ends of every tie, whole numbers as such."""
    if isinstance(given, str | Path) and Path(given).suffix.lower() == ".graphml":
        import networkx

        try:
            given = networkx.read_graphml(Path(given).expanduser())
        except Exception as error:  # whatever the XML parser says
            raise TableError(f"ties: {given}: cannot be read ({str(error)[:100]})") from None
    if hasattr(given, "is_directed") and hasattr(given, "edges"):
        if given.is_directed():
            raise TableError(
                "ties: a directed graph; expected mutual acquaintance, such as graph.to_undirected()"
            )
        return [(_whole(a), _whole(b)) for a, b in given.edges()]
    table = _table(given, "ties")
    if len(table.columns) != 2:
        raise TableError(
            f"ties: columns {listed([str(c) for c in table.columns])}; expected two, a household in each"
        )
    return [(_whole(a), _whole(b)) for a, b in table.itertuples(index=False)]


def _whole(value: Any) -> Any:
    """A whole number as one, also where a file holds it as text; anything else as it is."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _first_of(problems: list[str]) -> str:
    more = len(problems) - _SHOWN
    return "\n".join(
        [*problems[:_SHOWN], *([f"and {more:,} more; expected these to be mended first"] if more > 0 else [])]
    )


# -- putting in place -------------------------------------------------------------------------------------


def _put_households(world: World, households: Households) -> None:
    """Lay the compound out by the table, draw who lives there, and put what is known in place of what was drawn."""
    k, d, p = world.compounds[0], world.demography[0], world.parameters[0]
    columns = households.columns
    for name in ("building", "stairwell", "floor"):
        world.wholes[PLACES[name].goal] = columns[name]
    world.wholes[Whole.RISER] = _risers(columns["stairwell"], columns["floor"])
    world.reals[Real.STRUCTURE] = 0.0
    seed, number = k["seed"], k["number"]
    draw_households(world.reals, world.flags, world.wholes, world.preferences, 0, seed, number, d, p)
    before = {flag: world.flags[flag].copy() for flag in (Flag.PARTY, Flag.ACTIVIST)}
    for name, values in columns.items():
        if name in TRAITS or name in ("tenure", "area_m2"):
            goal = _COLUMNS[name].goal
            _block(world, goal)[goal] = values
    members = (world.flags[Flag.PARTY] != Party.NONE).astype(float) - (before[Flag.PARTY] != Party.NONE)
    activists = world.flags[Flag.ACTIVIST].astype(float) - before[Flag.ACTIVIST]
    world.reals[Real.TASTE] += p["member_support"] * members + p["activist_support"] * activists
    if "elder" in columns:
        needs = draw_needs(seed, number, p)
        for i in range(len(columns["floor"])):
            elder, top = world.flags[Flag.ELDER, i] == 1, columns["floor"][i] == d["floors"]
            draw_preferences(world.preferences, i, seed, number, i, bool(elder), bool(top), needs, p)
    k["n_buildings"], k["n_stairwells"] = int(columns["building"][-1]) + 1, int(columns["stairwell"][-1]) + 1
    k["n_risers"] = int(world.wholes[Whole.RISER].max()) + 1
    k["total_area"] = int(world.wholes[Whole.AREA].sum())
    k["n_structures"] = int((world.reals[Real.STRUCTURE] > 0.0).sum())
    world.settings[0]["n_members_in_service"] = int((world.flags[Flag.PARTY] == Party.IN_SERVICE).sum())


def _risers(stairwells: np.ndarray, floors: np.ndarray) -> np.ndarray:
    """The riser of each household: flats above one another, counted along each floor, share one."""
    position = np.zeros(len(floors), np.int64)
    for i in range(1, len(floors)):
        same = stairwells[i] == stairwells[i - 1] and floors[i] == floors[i - 1]
        position[i] = position[i - 1] + 1 if same else 0
    before = 0
    risers = np.empty(len(floors), np.int64)
    for stairwell in np.unique(stairwells):
        here = stairwells == stairwell
        risers[here] = before + position[here]
        before += int(position[here].max()) + 1
    return risers


def _with_ties(world: World, starts: np.ndarray, others: np.ndarray) -> World:
    """The world with these ties, and room behind those of each household for `TIE_SLACK` more."""
    n = len(starts) - 1
    room = np.arange(n + 1) * TIE_SLACK
    ties = np.full(len(others) + n * TIE_SLACK, -1, np.int32)
    for i in range(n):
        at = starts[i] + room[i]
        ties[at : at + starts[i + 1] - starts[i]] = others[starts[i] : starts[i + 1]]
    world.tie_start[:] = starts + room
    world.tie_stop[:n] = starts[1:] + room[:n]
    world.tie_stop[n] = world.tie_start[n]
    world.compounds[0]["known"] = len(others)
    return world._replace(ties=ties)


def _block(world: World, goal: Real | Flag | Whole) -> np.ndarray:
    if isinstance(goal, Real):
        return world.reals
    return world.flags if isinstance(goal, Flag) else world.wholes
