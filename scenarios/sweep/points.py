"""Points of a design that are made when they are asked for: a hundred million take no memory, a shard only its own."""

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import overload

import numpy as np

from scenarios.sweep.factors import Factor, Value

type Point = tuple[Value, ...]
#: Rows that are drawn together of a design any part of which can be drawn by itself; a power of two, for Sobol's.
BLOCK_ROWS = 4096
#: Values of a part of such a design that are kept.
MOST_KEPT = 4_000_000


class Points(Sequence[Point]):
    """Points by number. A slice of them, such as a shard's, is the like."""

    #: Whether it is certain that no two are the same.
    distinct = False

    @overload
    def __getitem__(self, at: int) -> Point: ...
    @overload
    def __getitem__(self, at: slice) -> "Points": ...
    def __getitem__(self, at: int | slice) -> "Point | Points":
        return self.part(at) if isinstance(at, slice) else self.point(at)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # as a list has none

    @abstractmethod
    def point(self, number: int) -> Point:
        """The point of this number, from 0. Raises IndexError."""

    @abstractmethod
    def part(self, which: slice) -> "Points":
        """Some of the points."""


@dataclass(frozen=True, eq=False)
class Grid(Points):
    """Every combination of the levels; the last factor moves fastest."""

    factors: tuple[Factor, ...]
    numbers: range = field(default=range(0))
    distinct = True

    @classmethod
    def of(cls, factors: Sequence[Factor]) -> "Grid":
        """The whole grid."""
        return cls(tuple(factors), range(math.prod(len(factor.levels) for factor in factors)))

    def __len__(self) -> int:
        return len(self.numbers)

    def point(self, number: int) -> Point:
        """The levels a number stands for, digit by digit."""
        rest, values = self.numbers[number], list[Value]()
        for factor in reversed(self.factors):
            rest, digit = divmod(rest, len(factor.levels))
            values.append(factor.levels[digit])
        return tuple(reversed(values))

    def part(self, which: slice) -> "Grid":
        """Some of the grid."""
        return replace(self, numbers=self.numbers[which])


@dataclass(frozen=True, eq=False)
class Drawn(Points):
    """A sample that has been drawn whole. rows : positions in the unit cube, shape (points, factors)."""

    factors: tuple[Factor, ...]
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def point(self, number: int) -> Point:
        """The values at a position."""
        return _values(self.factors, self.rows[number])

    def part(self, which: slice) -> "Drawn":
        """Some of the sample, and nothing of the rest."""
        return replace(self, rows=self.rows[which].copy())


@dataclass(frozen=True, eq=False)
class Picked(Points):
    """A sample of which only the rows asked for are kept; they are drawn when the first of them is.

    draw : from numbers of rows to these rows, positions in the unit cube
    """

    factors: tuple[Factor, ...]
    numbers: range
    draw: Callable[[range], np.ndarray]

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def rows(self) -> np.ndarray:
        """Positions in the unit cube, shape (points, factors)."""
        return self.draw(self.numbers)

    def point(self, number: int) -> Point:
        """The values at a position."""
        return _values(self.factors, self.rows[number])

    def part(self, which: slice) -> "Picked":
        """Some of the sample."""
        return replace(self, numbers=self.numbers[which])


@dataclass(frozen=True, eq=False)
class Streamed(Points):
    """A sample whose rows are drawn block by block when they are asked for.

    block : from the number of its first row to `BLOCK_ROWS` rows, positions in the unit cube
    """

    factors: tuple[Factor, ...]
    numbers: range
    block: Callable[[int], np.ndarray]
    _last: dict[int, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.numbers)

    def point(self, number: int) -> Point:
        """The values at a position."""
        return _values(self.factors, self.row(number))

    def row(self, number: int) -> np.ndarray:
        """The position in the unit cube of a point; its block is kept until another is needed."""
        block, row = divmod(self.numbers[number], BLOCK_ROWS)
        if block not in self._last:
            self._last.clear()
            self._last[block] = self.block(block * BLOCK_ROWS)
        found: np.ndarray = self._last[block][row]
        return found

    def part(self, which: slice) -> "Streamed | Drawn":
        """Some of the sample; those of a shard are drawn now, which is faster than block by block again and again."""
        some = replace(self, numbers=self.numbers[which])
        if len(some) * max(1, len(self.factors)) > MOST_KEPT:
            return some
        return Drawn(self.factors, np.array([some.row(i) for i in range(len(some))]))


def _values(factors: tuple[Factor, ...], row: np.ndarray) -> Point:
    return tuple(factor.at(float(u)) for factor, u in zip(factors, row, strict=True))
