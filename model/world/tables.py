"""Own households and ties in place of those drawn, and a world's households and ties as tables again."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.categories import Party, names
from model.households import COLUMNS, COMPOUND, KEY, CompoundTables
from model.world.state import TIE_SLACK, Flag, Real, Whole, World

if TYPE_CHECKING:
    import pandas as pd

#: Where each column of a table is kept.
_GOALS: dict[str, Real | Flag | Whole] = {
    "building": Whole.BUILDING,
    "stairwell": Whole.STAIRWELL,
    "floor": Whole.FLOOR,
    "area_m2": Whole.AREA,
    "tenure": Flag.TENURE,
    "elder": Flag.ELDER,
    "party": Flag.PARTY,
    "activist": Flag.ACTIVIST,
    "wechat": Flag.WECHAT,
    "fresh_interior": Flag.FRESH,
    "cooperation": Flag.COOPERATION,
    "structure_m2": Real.STRUCTURE,
    "income": Real.INCOME,
}
_PLACES = ("building", "stairwell", "floor")


def put_households(world: World, c: int, own: CompoundTables, draw: Callable[[int], object]) -> None:
    """Lay compound `c` out by its table, draw who lives there, and put what is known in place of what was drawn.

    draw : draws the households of the compound where they stand, with 1 only their wishes
    """
    if not own.columns:
        return
    k, p = world.compounds[c], world.parameters[c]
    rows, columns = slice(int(k["start"]), int(k["stop"])), own.columns
    for name in _PLACES:
        world.wholes[_GOALS[name], rows] = columns[name]
    world.wholes[Whole.RISER, rows] = risers(columns["stairwell"], columns["floor"])
    world.reals[Real.STRUCTURE, rows] = 0.0
    draw(0)
    party, activist = world.flags[Flag.PARTY, rows].copy(), world.flags[Flag.ACTIVIST, rows].copy()
    for name in columns:
        if name not in _PLACES:
            goal = _GOALS[name]
            _block(world, goal)[goal, rows] = columns[name]
    members = (world.flags[Flag.PARTY, rows] != Party.NONE).astype(float) - (party != Party.NONE)
    activists = world.flags[Flag.ACTIVIST, rows].astype(float) - activist
    world.reals[Real.TASTE, rows] += p["member_support"] * members + p["activist_support"] * activists
    if "elder" in columns:
        draw(1)
    k["n_buildings"], k["n_stairwells"] = own.n_buildings, own.n_stairwells
    k["n_risers"] = int(world.wholes[Whole.RISER, rows].max()) + 1
    k["total_area"] = int(world.wholes[Whole.AREA, rows].sum())
    k["n_structures"] = int((world.reals[Real.STRUCTURE, rows] > 0.0).sum())
    in_service = (world.flags[Flag.PARTY, rows] == Party.IN_SERVICE).sum()
    world.settings[c]["n_members_in_service"] = int(in_service)


def risers(stairwells: np.ndarray, floors: np.ndarray) -> np.ndarray:
    """The riser (立管) of each household: flats above one another, counted along each floor, share one.

    stairwells, floors : of each household, in building order
    """
    n = len(floors)
    new = np.r_[True, (np.diff(stairwells) != 0) | (np.diff(floors) != 0)]
    position = np.arange(n) - np.maximum.accumulate(np.where(new, np.arange(n), 0))
    numbers = stairwells.astype(np.int64)
    wide = np.zeros(int(numbers.max()) + 1, np.int64)
    np.maximum.at(wide, numbers, position + 1)
    return (np.cumsum(wide) - wide)[numbers] + position


def with_ties(world: World, own: Mapping[int, np.ndarray]) -> World:
    """The world in which compounds have ties of their own, and room behind each household's for `TIE_SLACK` more.

    own : by compound, pairs of its rows
    """
    parts, at = [], 0
    for c, k in enumerate(world.compounds):
        n, offset = int(k["stop"] - k["start"]), int(k["tie_offset"])
        before = int(world.tie_start[offset])
        if c in own:
            starts, others = _rows_of(own[c], n)
            room = starts + np.arange(n + 1) * TIE_SLACK
            part = np.full(int(room[-1]), -1, np.int32)
            part[np.arange(len(others)) + np.repeat(np.arange(n) * TIE_SLACK, np.diff(starts))] = others
            world.tie_start[offset : offset + n + 1] = room + at
            world.tie_stop[offset : offset + n] = room[:-1] + np.diff(starts) + at
            k["known"] = len(others)
        else:
            part = world.ties[before : int(world.tie_stop[offset + n])]
            world.tie_start[offset : offset + n + 1] += at - before
            world.tie_stop[offset : offset + n] += at - before
        at += len(part)
        world.tie_stop[offset + n] = at
        parts.append(part)
    return world._replace(ties=np.concatenate(parts))


def _rows_of(pairs: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Mutual ties as compressed sparse rows: starts (n + 1) and neighbours, ascending."""
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    starts = np.searchsorted(both[:, 0], np.arange(n + 1))
    return starts, both[:, 1]


def to_tables(world: World, compounds: Sequence[str] = ()) -> "dict[str, pd.DataFrame]":
    """Households and ties of a world as tables that `model.table_files.read_tables` takes.

    compounds : what they are called, in a column of their own; where it is empty, only the first is told
    """
    import pandas as pd

    households, ties = [], []
    for c in range(len(compounds) or 1):
        first, stop = int(world.compounds["start"][c]), int(world.compounds["stop"][c])
        table: dict[str, Any] = {COMPOUND: compounds[c]} if compounds else {}
        table[KEY] = np.arange(first, stop)
        table.update({name: _said(world, name, slice(first, stop)) for name in COLUMNS})
        households.append(pd.DataFrame(table))
        offset = int(world.compounds["tie_offset"][c])
        for i in range(stop - first):
            others = world.ties[world.tie_start[offset + i] : world.tie_stop[offset + i]]
            ties += [(first + i, first + int(j)) for j in others if i < j]
    return {
        "households": pd.concat(households, ignore_index=True),
        "ties": pd.DataFrame(ties, columns=["a", "b"], dtype=np.int64),
    }


def _said(world: World, name: str, rows: slice) -> np.ndarray:
    """A column as a table writes it."""
    column, goal = COLUMNS[name], _GOALS[name]
    stored = _block(world, goal)[goal, rows]
    if column.kinds is not None:
        return np.array(names(column.kinds))[stored]
    if column.truth:
        return stored == 1
    return stored / column.per if column.per != 1.0 else stored.astype(np.int64 if column.whole else float)


def _block(world: World, goal: Real | Flag | Whole) -> np.ndarray:
    if isinstance(goal, Real):
        return world.reals
    return world.flags if isinstance(goal, Flag) else world.wholes
