"""The plan of a sweep: every run by number, with its key. Nothing here runs anything.

Runs are numbered point by point, within a point base by base (a case under a strategy), within a base seed by seed:
neighbours share a scenario, which the engine prepares once.
"""

import hashlib
import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from model.brought import brought
from model.measures import SUMMARY, Outcome
from model.specification import District, Scenario
from scenarios import district as districts
from scenarios.identity import code_of
from scenarios.plausible import PLAUSIBLE_SET
from scenarios.store import canonical, key_of, key_of_texts
from scenarios.sweep.factors import Factor, Value
from scenarios.sweep.noting import NO_HOUSEHOLDS, Wanted
from scenarios.sweep.points import Grid, Point
from scenarios.totals import totals

if TYPE_CHECKING:
    from scenarios.own import Own

USUAL_LIMIT_SECONDS = 300.0
#: So many points are compared as they are, more by their digests.
MOST_REMEMBERED = 200_000


@dataclass(frozen=True)
class Base:
    """A case under a strategy, constants in force: what the factors of a sweep are varied around.

    case, strategy : as `gongzhi run` takes them, names or paths
    district : where runs are of whole districts
    """

    case: str
    strategy: str
    scenario: Scenario
    district: District | None = None
    constants: Mapping[str, Value] = field(default_factory=dict)

    @cached_property
    def content(self) -> str:
        """Changes when anything in the scenario or its district changes."""
        if self.district is None:
            return self.scenario.content_hash()
        return districts.content_hash(self.scenario, self.district)

    @property
    def labels(self) -> tuple[str, str]:
        """Identifiers of the case and of the strategy, for the table."""
        return self.scenario.id, self.scenario.strategy.id


class Task(NamedTuple):
    """One run: its key, which base, the values of the factors, the seed."""

    key: str
    base: int
    values: Point
    seed: int


class Impossible(NamedTuple):
    """Points that cannot be run and will be rows with an error: `n` of those `tried`, and what the first says."""

    n: int
    tried: int
    why: str


@dataclass(frozen=True)
class Plan:
    """What to run and what to keep.

    points : one value a factor each; seeds : replicates, the same draws under every strategy and at every point
    outcomes : columns of the table, names of `SUMMARY` (of districts: of `totals`); weekly : outcomes kept by week
    limit_seconds : a run that takes longer is given up; own : a researcher's own things, which run the model
    households : what is kept of every household
    """

    id: str
    bases: tuple[Base, ...]
    factors: tuple[Factor, ...] = ()
    points: Sequence[Point] = ((),)
    seeds: Sequence[int] = (1,)
    outcomes: tuple[str, ...] = ()
    weekly: tuple[str, ...] = ()
    limit_seconds: float = USUAL_LIMIT_SECONDS
    described: Mapping[str, Any] = field(default_factory=dict)
    impossible: Impossible | None = None
    own: "Own | None" = None
    households: Wanted = NO_HOUSEHOLDS

    def __len__(self) -> int:
        return len(self.points) * len(self.bases) * len(self.seeds)

    def task(self, number: int) -> Task:
        """The run of this number, from 0."""
        return next(self.tasks([number]))

    def tasks(self, numbers: Iterable[int]) -> Iterator[Task]:
        """The runs of these numbers; what neighbours share, all but the seed, is made once for them."""
        last = -1
        for number in numbers:
            rest, s = divmod(int(number), len(self.seeds))
            if rest != last:
                (p, b), last = divmod(rest, len(self.bases)), rest
                values = self.points[p]
                key = self._keys(b, values)
            yield Task(key(self.seeds[s]), b, values, self.seeds[s])

    def _keys(self, b: int, values: Point) -> Callable[[int], str]:
        """From a seed to the key of its run, under a base at a point."""
        settings = dict(zip(self.names, values, strict=True))
        before = [canonical(part) for part in (self.code, self._worlds[b], settings)]
        after = canonical(self.kept)
        return lambda seed: key_of_texts(*before, _seed_written(seed), after)

    @cached_property
    def code(self) -> str:
        """Changes with the model's code, and with the file of a researcher's own."""
        return code_version() if self.own is None else key_of(code_version(), self.own.code.digest)

    @cached_property
    def different(self) -> np.ndarray:
        """Numbers of all runs, int64; where points, bases or seeds of the plan are the same, those of the first."""
        points, bases, seeds = (np.asarray(firsts, np.int64) for firsts in self._firsts)
        numbers = (points[:, None, None] * len(self.bases) + bases[:, None]) * len(self.seeds) + seeds
        return np.asarray(numbers.reshape(-1))

    @property
    def n_different(self) -> int:
        """How many runs differ, without a list of them."""
        return math.prod(len(firsts) for firsts in self._firsts)

    @cached_property
    def _firsts(self) -> tuple[Sequence[int] | np.ndarray, ...]:
        """The first of each distinct point, base and seed."""
        return first_of_each(self.points), first_of_each(self._worlds), first_of_each(self.seeds)

    @cached_property
    def _worlds(self) -> list[str]:
        """Of each base, what changes with the world of its runs; under sets of parameters also with defaults stated."""
        stated = [base.scenario.stated if PLAUSIBLE_SET in self.names else () for base in self.bases]
        return [
            key_of(base.content, *said) if said else base.content
            for base, said in zip(self.bases, stated, strict=True)
        ]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the factors, which are their columns."""
        return tuple(factor.name for factor in self.factors)

    @cached_property
    def kept(self) -> str:
        """What is kept of a run is part of its key: a row without a column that is wanted now is run again."""
        people = [list(part) for part in self.households] if self.households.weeks else []
        return key_of(list(self.outcomes), list(self.weekly), *people)

    @cached_property
    def content(self) -> str:
        """Changes when any run of the plan, or what is kept of it, changes."""
        hashed = hashlib.blake2b(digest_size=16)
        own = [] if self.own is None else [self.own.code.digest]
        for part in (self._worlds, self.names, list(self.seeds), self.kept, *own):
            hashed.update(canonical(part).encode())
        if isinstance(self.points, Grid):  # its levels and numbers say all
            levels = [list(factor.levels) for factor in self.factors]
            hashed.update(f"{canonical(levels)} {self.points.numbers}".encode())
            return hashed.hexdigest()
        for point in self.points:
            hashed.update(canonical(list(point)).encode())
        return hashed.hexdigest()

    @property
    def of_districts(self) -> bool:
        """Whether each run is a whole district."""
        return self.bases[0].district is not None


@lru_cache(maxsize=4096)
def _seed_written(seed: int) -> str:
    """A seed as keys are made of it; every point has the same ones."""
    return canonical(seed)


def first_of_each(items: Sequence[Hashable]) -> Sequence[int] | np.ndarray:
    """Positions of the first of each distinct item, in order."""
    if isinstance(items, range) or getattr(items, "distinct", False):
        return range(len(items))
    if len(items) > MOST_REMEMBERED:
        return _first_of_many(items)
    first: dict[Hashable, int] = {}
    for i, item in enumerate(items):
        first.setdefault(item, i)
    return np.array(list(first.values()), np.int64)


def _first_of_many(items: Sequence[Hashable]) -> np.ndarray:
    """The same with 16 bytes an item, where the items themselves would take a gigabyte."""
    digests = (hashlib.blake2b(repr(item).encode(), digest_size=16).digest() for item in items)
    return np.sort(np.unique(np.fromiter(digests, "S16", len(items)), return_index=True)[1])


def known_outcomes(*, of_districts: bool) -> list[str]:
    """Names of the outcomes a run may be summarised by; of one's own as long as they are brought."""
    return list(totals()) if of_districts else [*SUMMARY, *brought().outcomes]


def known_weekly() -> list[str]:
    """Names of the outcomes that may be kept by week; of one's own as long as they are brought."""
    return [*(outcome.name.lower() for outcome in Outcome), *brought().outcomes]


#: What a row passes through between its scenario and the store, beside the model: how settings are put in force, how a
#: district is drawn and summed up, which columns there are.
SOURCES = (
    "district.py",
    "totals.py",
    "plausible.py",
    "own.py",
    "moments.py",
    "files/quantities.py",
    "files/settings.py",
    "arrow.py",
    "sweep/chunk.py",
    "sweep/noting.py",
)


@cache
def code_version() -> str:
    """Changes when any code does on which rows depend: results of two versions are never mixed."""
    return code_of(SOURCES)
