"""One run, household by household and week by week, for pages that show windows and tell stories.

The world is advanced a week at a time, which gives what a whole run gives, and after each week what a window can
show is copied as small whole numbers.
"""

import zlib
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from compiling.entries import laid_out
from dashboard.own import walk
from model.engine import check_audit
from model.measures import Outcome, Weekly
from model.specification import Scenario
from model.week.reasons import reasons_of
from model.world.state import Flag, Real, Whole, World

#: The run that is shown window by window and played by classes, the same throughout: compounds differ much, and this
#: one is seldom among the quickest or the slowest quarter, whatever the case and the strategy.
SHOWN_SEED = 14


class Plane(IntEnum):
    """What is kept of each household and week, each one byte."""

    SUPPORT = 0  # private support, 0 for −1 to 200 for 1: `MIDDLE` is neither for nor against
    VOICED = 1  # what it says in public, likewise
    MARKS = 2  # bits of `Mark`
    TRUST = 3  # trust in the office, 0 to 200
    REASON = 4  # an `agents.categories.Reason`


class Mark(IntEnum):
    """Bits of the plane of marks, each of the `Flag` of its name."""

    SIGNED = 1
    PROXIED = 2
    VISITED = 4
    ATTENDED = 8
    BILLED = 16
    PAID = 32
    REMOVED = 64
    ACTED_FIRST = 128


#: What is read of the world each week: in the order of `snapshots`, and of `Mark`.
_SEEN_REALS = [Real.SUPPORT, Real.VOICED, Real.TRUST_OFFICE]
_SEEN_FLAGS = [Flag[mark.name] for mark in Mark]
#: Of a plane of support: neither for nor against.
MIDDLE = 100


#: What of a household does not change, or only adds up: tenure a `Tenure`, party a `Party`, visits of the whole run.
TRAITS_TYPE = np.dtype(
    [(name, np.uint8) for name in ("floor", "tenure", "elder", "party", "structure_m2", "visits")]
)


@dataclass(frozen=True)
class Trajectory:
    """One run as the pages show it.

    planes : zlib of uint8 (planes, weeks, households), differences from week to week
    traits : records of `TRAITS_TYPE`, (households,)
    building, stairwell, place : whole numbers by household; place : position among the flats of its floor
    ties : (m, 2) acquaintances at the start, each once; stage : by week; meetings : weeks with a meeting
    """

    planes: bytes
    weeks: int
    traits: np.ndarray
    building: np.ndarray
    stairwell: np.ndarray
    place: np.ndarray
    ties: np.ndarray
    stage: np.ndarray
    area_m2: np.ndarray

    @property
    def households(self) -> int:
        """How many households there are."""
        return len(self.building)

    def unpacked(self) -> np.ndarray:
        """The planes as uint8, shape (planes, weeks, households)."""
        flat = np.frombuffer(zlib.decompress(self.planes), np.uint8)
        shape = (len(Plane), self.weeks, self.households)
        return np.cumsum(flat.reshape(shape), axis=1, dtype=np.uint8)


def follow(scenario: Scenario, seed: int, weekly: Weekly = Weekly.NOTHING) -> tuple[Trajectory, np.ndarray]:
    """Run a scenario and keep what every household did; also returns its series, (weeks, outcomes) float32.

    weekly : what has to be measured in every week, at least
    Raises EngineError when an audit fails.
    """
    world, step, guard = walk(scenario, seed, weekly)
    ties = ties_of(world)
    weeks, n = scenario.horizon_weeks, scenario.compound.households
    seen = Seen(
        np.empty((len(_SEEN_REALS), weeks, n), np.float32),
        np.empty((len(Mark), weeks, n), np.uint8),
        np.empty((weeks, n), np.uint8),
    )
    # column by column: a list of columns at once would be copied twice
    columns = [*zip(seen.reals, (world.reals[real] for real in _SEEN_REALS), strict=True)]
    columns += zip(seen.flags, (world.flags[flag] for flag in _SEEN_FLAGS), strict=True)
    with laid_out(world), guard:
        for week in range(weeks):
            step(week)
            for place, column in columns:
                place[week] = column
            seen.reasons[week] = reasons_of(world, 0)
    check_audit(world)
    planes = snapshots(seen)
    moved = np.diff(planes, axis=1, prepend=np.zeros((len(Plane), 1, n), np.uint8))
    found = Trajectory(
        planes=packed(moved),
        weeks=weeks,
        traits=traits_of(world),
        building=world.wholes[Whole.BUILDING].astype(np.int16),
        stairwell=world.wholes[Whole.STAIRWELL].astype(np.int16),
        place=places(world),
        ties=ties,
        stage=world.series[0, :, Outcome.STAGE].astype(np.uint8),
        area_m2=(world.wholes[Whole.AREA] / 100.0).astype(np.float32),
    )
    return found, world.series[0].copy()


def packed(moved: np.ndarray) -> bytes:
    """Differences from week to week in the form of zlib; most are 0, and runs of equal ones are all it looks for.

    That is a fifth smaller than with the words that zlib finds in haste, and takes no longer.
    """
    pack = zlib.compressobj(1, strategy=zlib.Z_RLE)
    return pack.compress(moved.tobytes()) + pack.flush()


class Seen(NamedTuple):
    """What the world was at the end of every week: one look at all weeks is many times faster than one at each.

    reals : float32 (_SEEN_REALS, weeks, households); flags : uint8 (Mark in its order, weeks, households)
    reasons : uint8 (weeks, households), see `model.week.reasons.reasons_of`
    """

    reals: np.ndarray
    flags: np.ndarray
    reasons: np.ndarray


def snapshots(seen: Seen) -> np.ndarray:
    """What is kept of every week. uint8, shape (planes, weeks, households)."""
    support, voiced, trust = seen.reals
    marks = np.zeros(seen.flags.shape[1:], np.uint8)
    for mark, flag in zip(Mark, seen.flags, strict=True):
        marks |= (flag == 1).astype(np.uint8) * np.uint8(mark)
    planes = {
        Plane.SUPPORT: level(support + 1.0),
        Plane.VOICED: level(voiced + 1.0),
        Plane.MARKS: marks,
        Plane.TRUST: level(2.0 * trust),
        Plane.REASON: seen.reasons,
    }
    return np.array([planes[plane] for plane in Plane], np.uint8)


def level(values: np.ndarray) -> np.ndarray:
    """Values in [0, 2] as whole numbers from 0 to 200."""
    return np.clip(np.rint(values * MIDDLE), 0, 2 * MIDDLE).astype(np.uint8)


def traits_of(world: World) -> np.ndarray:
    """What of a household does not change, or only adds up: records of `TRAITS_TYPE`, (households,)."""
    traits = np.zeros(world.reals.shape[1], TRAITS_TYPE)
    traits["floor"] = world.wholes[Whole.FLOOR]
    traits["tenure"] = world.flags[Flag.TENURE]
    traits["elder"] = world.flags[Flag.ELDER]
    traits["party"] = world.flags[Flag.PARTY]
    traits["structure_m2"] = np.rint(world.reals[Real.STRUCTURE])
    traits["visits"] = np.minimum(world.wholes[Whole.N_VISITS], 255)
    return traits


def places(world: World) -> np.ndarray:
    """Position of each flat on its floor, counted from 0 within its stairwell."""
    stairwell, floor = world.wholes[Whole.STAIRWELL], world.wholes[Whole.FLOOR]
    key = stairwell.astype(np.int64) * 1000 + floor
    starts = np.r_[0, np.flatnonzero(np.diff(key)) + 1]
    sizes = np.diff(np.r_[starts, len(key)])
    return (np.arange(len(key)) - np.repeat(starts, sizes)).astype(np.uint8)


def ties_of(world: World) -> np.ndarray:
    """Personal ties of the only compound, each once. Whole numbers, shape (ties, 2)."""
    n = world.reals.shape[1]
    starts, counts = world.tie_start[:n], world.tie_stop[:n] - world.tie_start[:n]
    one = np.repeat(np.arange(n), counts)
    within = np.arange(one.size) - np.repeat(np.cumsum(counts) - counts, counts)
    other = world.ties[np.repeat(starts, counts) + within]
    once = other > one
    return np.column_stack([one[once], other[once]]).astype(np.int32)
