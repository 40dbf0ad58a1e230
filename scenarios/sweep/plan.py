"""The plan of a sweep: every run by number, with its key. Nothing here runs anything.

Runs are numbered point by point, within a point base by base (a case under a strategy), within a base seed by seed:
neighbours share a scenario, which the engine prepares once.
"""

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np

from model.measures import SUMMARY, Outcome
from model.specification import District, Scenario
from scenarios import district as districts
from scenarios.identity import code_of
from scenarios.store import canonical, key_of
from scenarios.sweep.designs import Point
from scenarios.sweep.factors import Factor, Value
from scenarios.totals import TOTALS

USUAL_LIMIT_SECONDS = 300.0


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


@dataclass(frozen=True)
class Task:
    """One run: its key, which base, the values of the factors, the seed."""

    key: str
    base: int
    values: Point
    seed: int


@dataclass(frozen=True)
class Plan:
    """What to run and what to keep.

    points : one value a factor each; seeds : replicates, the same draws under every strategy and at every point
    outcomes : columns of the table, names of `SUMMARY` (of districts: of `TOTALS`); weekly : outcomes kept by week
    limit_seconds : a run that takes longer is given up
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

    def __len__(self) -> int:
        return len(self.points) * len(self.bases) * len(self.seeds)

    def task(self, number: int) -> Task:
        """The run of this number, from 0."""
        rest, s = divmod(number, len(self.seeds))
        p, b = divmod(rest, len(self.bases))
        values, seed = self.points[p], self.seeds[s]
        return Task(self._key(b, values, seed), b, values, seed)

    def _key(self, b: int, values: Point, seed: int) -> str:
        settings = dict(zip(self.names, values, strict=True))
        return key_of(code_version(), self.bases[b].content, settings, seed, self.kept)

    @cached_property
    def different(self) -> np.ndarray:
        """Numbers of all runs, int64; where points, bases or seeds of the plan are the same, those of the first."""
        points = first_of_each(self.points)
        bases = first_of_each([base.content for base in self.bases])
        seeds = first_of_each(self.seeds)
        numbers = (points[:, None, None] * len(self.bases) + bases[:, None]) * len(self.seeds) + seeds
        return np.asarray(numbers.reshape(-1))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the factors, which are their columns."""
        return tuple(factor.name for factor in self.factors)

    @cached_property
    def kept(self) -> str:
        """What is kept of a run is part of its key: a row without a column that is wanted now is run again."""
        return key_of(list(self.outcomes), list(self.weekly))

    @cached_property
    def content(self) -> str:
        """Changes when any run of the plan, or what is kept of it, changes."""
        hashed = hashlib.blake2b(digest_size=16)
        for part in ([b.content for b in self.bases], self.names, list(self.seeds), self.kept):
            hashed.update(canonical(part).encode())
        for point in self.points:
            hashed.update(canonical(list(point)).encode())
        return hashed.hexdigest()

    @property
    def of_districts(self) -> bool:
        """Whether each run is a whole district."""
        return self.bases[0].district is not None

    def households(self, b: int) -> int:
        """Households of one run of a base, before factors change it."""
        base = self.bases[b]
        return base.district.households if base.district else base.scenario.compound.households


def first_of_each(items: Sequence[Hashable]) -> np.ndarray:
    """Positions of the first of each distinct item, in order, int64."""
    if isinstance(items, range):
        return np.arange(len(items))
    first: dict[Hashable, int] = {}
    for i, item in enumerate(items):
        first.setdefault(item, i)
    return np.array(list(first.values()), np.int64)


def known_outcomes(*, of_districts: bool) -> list[str]:
    """Names of the outcomes a run may be summarised by."""
    return list(TOTALS) if of_districts else list(SUMMARY)


def known_weekly() -> list[str]:
    """Names of the outcomes that may be kept by week."""
    return [outcome.name.lower() for outcome in Outcome]


#: What a row passes through between its scenario and the store, beside the model: how settings are put in force, how a
#: district is drawn and summed up, which columns there are.
SOURCES = ("district.py", "totals.py", "files/quantities.py", "files/settings.py", "sweep/chunk.py")


@cache
def code_version() -> str:
    """Changes when any code does on which rows depend: results of two versions are never mixed."""
    return code_of(SOURCES)
