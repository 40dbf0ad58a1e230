"""One run, household by household and week by week, for pages that show windows and tell stories.

The world is advanced a week at a time, which gives what a whole run gives, and after each week what a window can
show is copied as small whole numbers.
"""

import zlib
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from agents.categories import Stage, Tenure
from model.engine import Run, build_world, check_audit
from model.measures import Outcome
from model.schedule import advance
from model.specification import Scenario
from model.state import Flag, Real, Whole, World


class Plane(IntEnum):
    """What is kept of each household and week, each one byte."""

    SUPPORT = 0  # private support, 0 for −1 to 200 for 1
    VOICED = 1  # what it says in public, likewise
    MARKS = 2  # bits of `Mark`
    TRUST = 3  # trust in the office, 0 to 200
    REASON = 4  # a `Reason`


class Mark(IntEnum):
    """Bits of the plane of marks."""

    SIGNED = 1
    PROXIED = 2
    VISITED = 4
    ATTENDED = 8
    BILLED = 16
    PAID = 32
    REMOVED = 64
    ACTED_FIRST = 128


class Reason(IntEnum):
    """Why a household has not signed; what sets it apart from its neighbours most, where it is against."""

    SIGNED = 0
    NOT_ASKED = 1
    WAITING = 2
    STRUCTURE = 3
    INTERIOR = 4
    COST = 5
    NUISANCE = 6
    DISTRUST = 7
    PLAN = 8
    REACTANCE = 9
    TASTE = 10


#: The order of `Reason.STRUCTURE` … `Reason.TASTE` in what `pains` returns.
PAINS = ("structure", "interior", "cost", "nuisance", "distrust", "plan", "reactance", "taste")
_LEVELS = 100.0


@dataclass(frozen=True)
class Trajectory:
    """One run as the pages show it.

    planes : zlib of uint8 (planes, weeks, households), differences from week to week
    traits : uint8 (households, 6): floor, tenure, elder, Party, structure m² (rounded), visits of the whole run
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


def follow(scenario: Scenario, seed: int) -> tuple[Trajectory, np.ndarray]:
    """Run a scenario and keep what every household did; also returns its series, (weeks, outcomes) float32.

    Raises EngineError when an audit fails.
    """
    world = build_world([Run(scenario, seed)])
    ties = ties_of(world)
    weeks, n = scenario.horizon_weeks, scenario.compound.households
    planes = np.zeros((len(Plane), weeks, n), np.uint8)
    asked = np.zeros(n, bool)
    for week in range(weeks):
        advance(world, 0, 1, week, 1)
        asked |= (world.flags[Flag.ASKED] == 1) | (world.flags[Flag.VISITED] == 1)
        planes[:, week] = snapshot(world, asked)
    check_audit(world)
    moved = np.diff(planes, axis=1, prepend=np.zeros((len(Plane), 1, n), np.uint8))
    found = Trajectory(
        planes=zlib.compress(moved.tobytes(), 6),
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


def snapshot(world: World, asked: np.ndarray) -> np.ndarray:
    """What is kept of this week. uint8, shape (planes, households)."""
    reals, flags = world.reals, world.flags
    bits = (
        (Mark.SIGNED, Flag.SIGNED),
        (Mark.PROXIED, Flag.PROXIED),
        (Mark.VISITED, Flag.VISITED),
        (Mark.ATTENDED, Flag.ATTENDED),
        (Mark.BILLED, Flag.BILLED),
        (Mark.PAID, Flag.PAID),
        (Mark.REMOVED, Flag.REMOVED),
        (Mark.ACTED_FIRST, Flag.ACTED_FIRST),
    )
    marks = np.zeros(flags.shape[1], np.uint8)
    for mark, flag in bits:
        marks |= (flags[flag] == 1).astype(np.uint8) * np.uint8(mark)
    return np.array(
        [
            level(reals[Real.SUPPORT] + 1.0),
            level(reals[Real.VOICED] + 1.0),
            marks,
            level(2.0 * reals[Real.TRUST_OFFICE]),
            reasons(world, asked),
        ],
        np.uint8,
    )


def level(values: np.ndarray) -> np.ndarray:
    """Values in [0, 2] as whole numbers from 0 to 200."""
    return np.clip(np.rint(values * _LEVELS), 0, 2 * _LEVELS).astype(np.uint8)


def pains(world: World) -> np.ndarray:
    """What weighs against the project for each household, as `model.opinion.utility_at` counts it.

    Shape (len(PAINS), households), in units of utility, 0 and up but for taste; reactance is no part of utility.
    Their sum taken from the greatest possible gain is the utility before it is bent into (−1, 1): a test holds that.
    """
    k, p = world.compounds[0], world.parameters[0]
    reals, flags = world.reals.astype(float), world.flags.astype(float)
    delivered = bool(Stage.ACCEPTANCE <= k["stage"] <= Stage.MANAGEMENT)
    absent = flags[Flag.TENURE] != Tenure.OWNER_OCCUPIED
    benefit = np.where(absent, p["absentee_benefit"], 1.0) * (
        1.0 + p["freed_benefit"] * k["freed_m2"] / reals.shape[1]
    )
    kept = (1.0 - flags[Flag.REMOVED]) * (1.0 - reals[Real.MADE_GOOD])
    loss = reals[Real.STRUCTURE] / p["structure_scale_m2"] * kept
    interior = 0.0 if delivered else flags[Flag.FRESH] * (1.0 - reals[Real.MADE_GOOD])
    nuisance = 0.0 if delivered else k["nuisance"] * (1.0 + p["elder_nuisance"] * flags[Flag.ELDER])
    n = reals.shape[1]
    return np.array(
        [
            p["loss_aversion"] * p["structure_weight"] * loss,
            np.broadcast_to(p["fresh_interior_weight"] * interior, n),
            p["cost_weight"] * reals[Real.OWN_COST],
            np.broadcast_to(p["nuisance_weight"] * nuisance, n),
            p["benefit_weight"] * benefit * (1.0 - belief_of(world, delivered)),
            p["fit_weight"] * (1.0 - reals[Real.FIT]),
            p["reactance_weight"] * reals[Real.REACTANCE] / max(p["support_rate"], 1e-9),
            p["taste_scale"] * (p["taste_mean"] - reals[Real.TASTE]),
        ]
    )


def belief_of(world: World, delivered: bool) -> np.ndarray:
    """How far each household believes in the benefit, in [0, 1]; see `agents.resident.credibility`."""
    k, p, reals = world.compounds[0], world.parameters[0], world.reals.astype(float)
    if delivered:
        return np.full(reals.shape[1], float(k["delivered"]))
    trust = reals[Real.TRUST_OFFICE]
    seen = np.where(reals[Real.SHOWN] > 0, p["demonstration_weight"] * (reals[Real.SHOWN] - trust), 0.0)
    example = p["example_credibility"] * world.flags[Flag.EXAMPLE]
    return reals[Real.PRESENT_BIAS] * np.clip(trust + example + seen, 0.0, 1.0)


def reasons(world: World, asked: np.ndarray) -> np.ndarray:
    """A `Reason` for each household. uint8, shape (households,).

    Who has never been asked comes first; who is in favour waits; of the others, what weighs more on them than on the
    compound on average, and most so.
    """
    weights = pains(world)
    excess = weights - weights.mean(axis=1, keepdims=True)
    found = (Reason.STRUCTURE + excess.argmax(axis=0)).astype(np.uint8)
    found[world.reals[Real.SUPPORT] > 0.0] = Reason.WAITING
    found[~asked] = Reason.NOT_ASKED
    found[world.flags[Flag.SIGNED] == 1] = Reason.SIGNED
    return found


def traits_of(world: World) -> np.ndarray:
    """What of a household does not change, or only adds up. uint8, shape (households, 6)."""
    columns = (
        world.wholes[Whole.FLOOR],
        world.flags[Flag.TENURE],
        world.flags[Flag.ELDER],
        world.flags[Flag.PARTY],
        np.rint(world.reals[Real.STRUCTURE]),
        np.minimum(world.wholes[Whole.N_VISITS], 255),
    )
    return np.array(columns).T.astype(np.uint8)


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
    pairs = [
        (i, int(world.ties[e]))
        for i in range(n)
        for e in range(int(world.tie_start[i]), int(world.tie_stop[i]))
        if world.ties[e] > i
    ]
    return np.array(pairs, np.int32).reshape(-1, 2)
